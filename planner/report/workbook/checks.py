"""The sheet Checks: what must hold whatever is typed, what ties to the planner's own figures, and one master check."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.finance.lens import ACCOUNTING, AFTER_TAX, CASH, TITLES, value
from planner.finance.lots import EQUIPMENT
from planner.plan.tables import HELD
from planner.report import cost_words
from planner.report.workbook import remedies
from planner.report.workbook.accounts import Accounts
from planner.report.workbook.allocation import Allocated
from planner.report.workbook.blocks import Block
from planner.report.workbook.book import FIRST, TOTAL
from planner.report.workbook.bounds import Bound, write_bounds
from planner.report.workbook.budget import Budget
from planner.report.workbook.commitments import Commitments, apart
from planner.report.workbook.costs import Costs
from planner.report.workbook.expr import Array, Call, Cells, Column, Expr, Written, letters, picked, sum_where
from planner.report.workbook.expr import key as key_of
from planner.report.workbook.holdings import Owned
from planner.report.workbook.judged import Judged, column_sum
from planner.report.workbook.limits import Broken
from planner.report.workbook.outputs import Tco
from planner.report.workbook.reach import write_reach
from planner.report.workbook.sheet import TimeSheet
from planner.report.workbook.standing import write_standing
from planner.report.workbook.statements import OUTPUT_TAB
from planner.report.workbook.styles import NAVY, WHITE
from planner.report.workbook.sums import (
    absolute_line,
    absolute_sum,
    all_costs,
    before_sum,
    below_zero,
    column_range,
    end_of,
    first_total,
    grand,
    last_period,
    plain_sum,
)
from planner.report.workbook.workings import Capacity, Context, Decisions
from planner.result.frames import CATEGORIES

FOUND, EXPECTED, DIFFERENCE, WITHIN, HOLDS, REMEDY = range(TOTAL, TOTAL + 6)

ROOM = 46
"""Rows for the two lists, each with a heading, a last line and a blank one."""


@dataclass
class Parts:
    """What the checks look at."""

    d: Decisions
    k: Capacity
    own: Owned
    accounts: Accounts
    costs: Costs
    who: Allocated
    tco: Tco
    cash: dict[str, Cells]
    judged: Judged
    balance: dict[str, Cells]
    owed: Commitments
    budget: Budget
    ledger: dict[str, tuple[str, int, int]]
    broken: Broken


@dataclass
class Check:
    """One line: what is found, what is expected, and how far apart they may be."""

    name: str
    found: Expr
    expected: Expr
    within: Expr
    remedy: str = ""
    """What to do where it does not hold."""

    @property
    def holds(self) -> bool:
        """True when it does, as cached."""
        return bool(abs(_scalar(self.found) - _scalar(self.expected)) <= _scalar(self.within))


def _scalar(a: Expr) -> float:
    return float(np.asarray(a.value, dtype=float).ravel()[0])


def write_checks(x: Context, p: Parts) -> bool:
    """Write the sheet and name its cell `Master_check`; True when every check holds."""
    s = x.sheet("Checks", "Checks", OUTPUT_TAB, f"Every difference should be nothing. {remedies.LOSS}")
    s.columns_used |= {1, FOUND, EXPECTED, DIFFERENCE, WITHIN, HOLDS, REMEDY}
    s.ws.hold = True
    s.ws.set_column(0, 0, 44)
    s.ws.set_column(FOUND, DIFFERENCE, 18)
    s.ws.set_column(WITHIN, HOLDS, 12)
    s.ws.set_column(REMEDY, REMEDY, 66)
    master = s.row
    top = s.row + 4
    s.row = top + ROOM  # the lists come first on the sheet and need what stands below
    sound, solved = _checks(x, s, p)
    s.row = top
    for check in sound:
        check.remedy = check.remedy or remedies.OVERTYPED
    for check in solved:
        check.remedy = check.remedy or remedies.CHANGED
    start, first = top + 1, _list(x, s, "Holds whatever is typed", sound)
    second = _list(x, s, "Ties to the planner's figures as long as nothing is changed", solved)
    assert s.row <= top + ROOM, "more checks than there is room for"
    s.printed = (s.row, FIRST)  # the lists; what stands below is for the screen
    hold, changed, fail = x.c["Word_hold"], x.c["Word_changed"], x.c["Word_fail"]
    states = (all(c.holds for c in sound), all(c.holds for c in solved))
    state = hold if all(states) else changed if states[0] else fail
    styles = x.book.styles
    big = styles.of(bold=True, font_size=12)
    s.ws.write_string(master, 0, "Master check", big)
    text = f"=IF({first},IF({second},{hold.name},{changed.name}),{fail.name})"
    s.ws.write_formula(master, 1, text, big, state.value[0, 0])
    _colour(x, s.ws, master, 1, hold.value[0, 0], fail.value[0, 0])
    x.book.name("Master_check", "Checks", master, 1, state.value[0, 0])
    _first_failing(x, s, master + 1, sound, start, first)
    return all(states)


def _first_failing(x: Context, s: TimeSheet, row: int, sound: list[Check], start: int, all_hold: str) -> None:
    """Name the first of the checks (from the row `start`) that does not hold, and what to do about it."""
    none, holds = x.c["Word_none"], letters(HOLDS)
    failing = next((c for c in sound if not c.holds), None)
    ends = start + 1, start + len(sound)
    at = f"MATCH(Nothing,${holds}${ends[0]}:${holds}${ends[1]},Nothing)"
    for i, (label, name, column, found) in enumerate((
        ("Fails first", "Fails_first", 0, failing and failing.name),
        ("What to do", "What_to_do", REMEDY, failing and failing.remedy),
    )):  # fmt: skip
        letter, said = letters(column), found or none.value[0, 0]
        text = f"IF({all_hold},{none.name},INDEX(${letter}${ends[0]}:${letter}${ends[1]},{at}))"
        s.ws.write_string(row + i, 0, label, x.book.styles.label)
        s.ws.write_formula(row + i, 1, text, x.book.styles.label, said)
        x.book.name(name, "Checks", row + i, 1, said)


def _colour(x: Context, ws, row: int, column: int, good: object, bad: object) -> None:
    for word, style in ((good, x.book.styles.good), (bad, x.book.styles.bad)):
        rule = {
            "type": "cell",
            "criteria": "==",
            "value": f'"{word}"' if isinstance(word, str) else word,
            "format": style,
        }
        ws.conditional_format(row, column, row, column, rule)


def _checks(x: Context, s: TimeSheet, p: Parts) -> tuple[list[Check], list[Check]]:
    c, costs = x.c, p.costs
    demand, balance = _demand(x, s, p.d), _balance(x, s, p.d)
    over, ties = _excess(x, s, p.k), _ties(x, s, p)
    bounds, reach = write_bounds(x, s, p.d, p.k), write_reach(x, s, p.d, p.k)
    standing = write_standing(x, s, p.d, p.k)
    nothing, cent = c["Nothing"], c["Tolerance"]
    last = letters(FIRST + x.book.periods - 1)

    def volume(block: Block) -> Expr:
        return c["Small_share"] * (absolute_sum(x, block) + c["Whole"])

    def none(name: str, left: Block, of: Block, remedy: str) -> Check:
        return Check(name, grand(x, left), nothing, volume(of), remedy)

    def within(name: str, bound: Bound, remedy: str) -> Check:
        return none(name, bound.beyond, bound.used, remedy)

    def past(name: str, lots: Block, remedy: str) -> Check:
        found = column_sum(lots["beyond"]) if len(lots.rows) else nothing
        return Check(name, found, nothing, c["Small_share"], remedy)

    cash = sum_where(costs.total, costs.where("cash", c["Word_cash"]))
    a = p.accounts
    rolled = before_sum(x, a.closing) + grand(x, p.own.purchase) - grand(x, a.depreciation) - grand(x, a.disposals)
    left = last_period(x, a.closing, last)
    books = x.layout.books
    sound = [
        Check(
            "Supply covers demand, every workload and period",
            absolute_sum(x, demand),
            nothing,
            volume(p.d.volume),
            remedies.SERVE,
        ),
        Check(
            "What is routed to a site is served there",
            absolute_sum(x, balance),
            nothing,
            volume(p.d.volume),
            remedies.SERVE,
        ),
        none("Device-hours used fit what is held", over, p.k.hours, remedies.MORE_DEVICES),
        none("No device is held at a closed site", standing.held, p.k.held, remedies.OPEN),
        none("Nothing is served from a closed site", standing.routed, p.d.routes, remedies.OPEN),
        none("Workloads are served where they are deployed", standing.apart, p.d.routes, remedies.DEPLOY),
        Check(
            "No site is open before it can be used",
            grand(x, standing.sites),
            nothing,
            c["Small_share"],
            remedies.SITE_LATER,
        ),
        past("No lot is in service before its order and lead time", standing.early, remedies.ORDER),
        Check("Hard policies hold, every window", p.broken.hard, nothing, nothing, remedies.POLICY),
        within("Devices fit the limit of their offer", bounds.devices, remedies.FEWER),
        within("APIs keep to their rate limit", bounds.rate, remedies.SLOWER),
        within("Installed power fits the capacity of its site", bounds.power, remedies.AT_SITE),
        within("Devices fit the limit of their site", bounds.at_site, remedies.AT_SITE),
        within("Traffic fits the bandwidth of its link", reach.traffic, remedies.LINK),
        within("Spot keeps to the interruptible share", reach.spot, remedies.SPOT_LESS),
        none("No workload is served beyond its latency limit", reach.far, p.d.routes, remedies.NEARER),
        past("No contract is held beyond its term", bounds.past_term, remedies.TERM),
        past("No owned device is kept beyond its useful life", bounds.past_life, remedies.LIFE),
        Check("Lease liability is never negative", below_zero(x, a.liability), nothing, cent, remedies.TERM),
        Check("Net book value: opening + additions - depreciation - sold = closing", rolled, left, cent),
        Check("Net book value is never negative", below_zero(x, a.closing), nothing, cent),
        Check("Cash flow before tax is the cash of Costs", x.book.over(p.cash["Cash flow before tax"]), -cash, cent),
        Check(
            "Assets and liabilities equal equity, every period",
            absolute_line(x, p.balance["Assets and liabilities less equity"]),
            nothing,
            cent,
        ),
        Check("Commitments by year due are what is owed, every period", apart(x, p.owed, p.owed.ladder), nothing, cent),
        Check("Commitments by offer are what is owed, every period", apart(x, p.owed, p.owed.by_offer), nothing, cent),
        Check("Allocation gives all cash away", grand(x, p.who.by_workload) + first_total(p.who.platform), cash, cent),
        Check("Budget by account adds up to all cash", column_sum(p.budget.by_account.total), cash, cent),
        Check(
            "Categories add up to all costs", grand(x, p.tco.cash) + grand(x, p.tco.non_cash), all_costs(costs), cent
        ),
        Check("The time axis has the plan's periods", end_of(x, x.time.number), c["Periods"], c["Small_share"]),
    ]
    given = {
        cost_words.CASH: books.result.cash_present_value or 0.0,
        TITLES[CASH]: float(books.ledger["present_value"].sum()),
        **{TITLES[m]: value(books, m) for m in (AFTER_TAX, ACCOUNTING)},
    }
    owed = books.outstanding["closing"].to_numpy(float)
    given["Commitments at the end of each period, added up"] = float(owed.sum())
    equipment = (books.register.lots["kind"] == EQUIPMENT).to_numpy(bool)
    given["Net book value of equipment at the end of each period, added up"] = float(
        books.register.closing[equipment].sum()
    )
    *rows, outstanding, book_value = _given(x, s, given)
    present = Call("SUM", [column_range(costs.present)], np.array([[costs.present.value.sum()]]))
    solved = [
        Check("Costs by category and period are the ledger's", absolute_sum(x, ties), nothing, cent),
        Check(
            "Violations of policies with a penalty are charged", p.broken.unpaid, nothing, nothing, remedies.VIOLATION
        ),
        Check("Budget lines add up to the cash of Costs", p.budget.lines, cash, cent),
        Check(f"{cost_words.CASH}: as the app has it", p.judged.cash, rows[0], cent),
        Check(f"{TITLES[CASH]}: as the app has it", present, rows[1], cent),
        *(
            Check(f"{TITLES[m]}: as the app has it", p.judged.by(m), row, cent)
            for m, row in zip((AFTER_TAX, ACCOUNTING), rows[2:], strict=True)
        ),
        Check("Commitments outstanding: as the app has them", x.book.over(p.owed.closing), outstanding, cent),
        Check("Net book value of equipment: as the app has it", plain_sum(x, a.closing), book_value, cent),
    ]
    return sound, solved


def _given(x: Context, s: TimeSheet, figures: dict[str, float]) -> list[Expr]:
    """The planner's own figures, as cells."""
    out: list[Expr] = []
    for name, figure in figures.items():
        s.ws.write_string(s.row, 0, f"{name}, by the planner", x.book.styles.label)
        s.ws.write_number(s.row, TOTAL, figure, x.book.styles.cell("value", "money"))
        out.append(Column(s, TOTAL, np.array([s.row]), np.array([figure])))
        s.row += 1
    s.row += 1
    return out


def _list(x: Context, s: TimeSheet, title: str, checks: list[Check]) -> str:
    """The lines of a list and whether they all hold; returns the cell that says so."""
    styles = x.book.styles
    s.ws.write_string(s.row, 0, title, styles.block)
    heads = (
        (FOUND, "Found"),
        (EXPECTED, "Expected"),
        (DIFFERENCE, "Difference"),
        (WITHIN, "Within"),
        (HOLDS, "1 = holds"),
    )
    bar: dict[str, object] = {"bold": True, "font_color": WHITE, "bg_color": NAVY}
    # As the words below it; else it touches the heading to its left.
    s.ws.write_string(s.row, REMEDY, "If not", styles.of(**bar, indent=1))
    right = styles.of(**bar, align="right")
    for column, text in heads:
        s.ws.write_string(s.row, column, text, right)
    s.ws.blanks(s.row, 1, FIRST + x.book.periods - 1, styles.block)
    s.row += 1
    start, number = s.row, styles.of(num_format="#,##0.00;-#,##0.00;0.00")
    for check in checks:
        r = s.row
        s.ws.write_string(r, 0, check.name, styles.label)
        found, expected, within = (_scalar(e) for e in (check.found, check.expected, check.within))
        s.put(r, FOUND, check.found.text(0, s), found, number)
        s.put(r, EXPECTED, check.expected.text(0, s), expected, number)
        f, e, w, d = (letters(n) for n in (FOUND, EXPECTED, WITHIN, DIFFERENCE))
        s.put(r, DIFFERENCE, f"{f}{r + 1}-{e}{r + 1}", found - expected, number)
        s.put(r, WITHIN, check.within.text(0, s), within, number)
        s.put(r, HOLDS, f"IF(ABS({d}{r + 1})<={w}{r + 1},Whole,Nothing)", float(check.holds), styles.of(num_format="0"))
        s.ws.write_string(r, REMEDY, check.remedy, styles.beside)
        _colour(x, s.ws, r, HOLDS, 1, 0)
        s.row += 1
    h = letters(HOLDS)
    s.ws.write_string(s.row, 0, "All of them", styles.total_label)
    s.put(
        s.row,
        HOLDS,
        f"MIN({h}{start + 1}:{h}{s.row})",
        float(all(c.holds for c in checks)),
        styles.cell("total", "whole"),
    )
    cell = f"{h}{s.row + 1}"
    s.row += 2
    return cell


def _demand(x: Context, s: TimeSheet, d: Decisions) -> Block:
    """Demand less what is served and left unserved, by workload."""
    a = x.layout
    w, table, p = a.plan.tables["workloads"], a.plan.tables["demand"], a.pairs
    names = list(a.plan.tables["demand"].columns)
    n = len(table) + 1
    column = {c: f"demand!${letters(names.index(c))}$2:${letters(names.index(c))}${n}" for c in ("workload", "period", "volume")}  # fmt: skip
    asked = a.matrix(table.astype({"period": "int64"}), w[["workload"]], "volume")

    def needed(b: Block) -> Expr:
        def write(row: int, home: object) -> str:
            me = f"$A{b.rows[row] + 1}"
            return f"SUMPRODUCT(EXACT({column['workload']},{me})*({column['period']}={x.time.number.text(0, s)})*{column['volume']})"  # fmt: skip

        return Written(write, asked)

    groups = [np.flatnonzero((p["workload_row"] == i).to_numpy()) for i in range(len(w))]
    return s.block(
        "Demand less what is served and what is left unserved", {"Workload": w["workload"]}, list(w["unit"]),
        lambda b: needed(b) - picked(d.volume.cells, groups) - d.unserved.cells, number="amount",
    )  # fmt: skip


def _balance(x: Context, s: TimeSheet, d: Decisions) -> Block:
    """Volume routed to a site less volume served there, by workload."""
    a = x.layout
    r, p = a.routes, a.pairs.assign(site_row=a.pairs["site_no"] - 1)
    both = pd.concat([r[["site_row", "workload_row"]], p[["site_row", "workload_row"]]]).drop_duplicates()
    both = both.sort_values(["site_row", "workload_row"], ignore_index=True)

    def of(frame: pd.DataFrame) -> list[Array]:
        by = frame.reset_index(drop=True).groupby(["site_row", "workload_row"]).indices
        none = np.zeros(0, dtype=int)
        return [by.get((i, j), none) for i, j in zip(both["site_row"], both["workload_row"], strict=True)]

    t = a.plan.tables
    who = {
        "Site": t["sites"]["site"].to_numpy(object)[both["site_row"]],
        "Workload": t["workloads"]["workload"].to_numpy(object)[both["workload_row"]],
    }
    units = list(t["workloads"]["unit"].to_numpy(object)[both["workload_row"]])
    return s.block("Volume routed less volume served", who, units, lambda b: picked(d.routes.cells, of(r)) - picked(d.volume.cells, of(p)), number="amount")  # fmt: skip


def _excess(x: Context, s: TimeSheet, k: Capacity) -> Block:
    """Device-hours used beyond the hours of what is held, by offer."""
    a = x.layout
    offers = a.offers.iloc[k.offers]
    at = np.flatnonzero(offers["pricing"].isin(HELD).to_numpy())
    held = pd.Series(np.arange(len(a.held)), index=a.held["offer_row"])
    rows = held.reindex(k.offers[at]).to_numpy(int)
    used, hours = k.used.cells.take(at), k.held.cells.take(rows) * x.c["Hours_per_period"]
    label = offers["offer"].iloc[at]
    return s.block("Device-hours used beyond what is held", {"Offer": label}, "device-hours", lambda b: used.gt(hours) * (used - hours), number="amount")  # fmt: skip


def _ties(x: Context, s: TimeSheet, p: Parts) -> Block:
    """Costs less the ledger, by category."""
    n = x.book.periods
    ledger = x.layout.frames["ledger"]
    by = pd.DataFrame({"category": list(CATEGORIES)})
    given = x.layout.matrix(ledger, by, "amount")
    names = np.array(CATEGORIES, dtype=object)

    def tied(b: Block) -> Expr:
        label = Column(s, 0, b.rows, names)

        def write(row: int, home: object) -> str:
            (a, first, last), (c, _, _), (t, _, _) = (p.ledger[k] for k in ("amount", "category", "period"))
            ranges = [f"Ledger!${v}${first}:${v}${last}" for v in (a, c, t)]
            return f"SUMIFS({ranges[0]},{ranges[1]},{label.text(row, s)},{ranges[2]},{x.time.number.text(0, s)})"

        return p.costs.sum(key_of(p.costs.keys["category"], label)) - Written(write, given)

    assert given.shape == (len(names), n)
    return s.block("Costs less the planner's ledger", {"Category": names}, "money", tied)
