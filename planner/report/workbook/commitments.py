"""What is owed under contract, live: how it moves, by year due (the liability ladder) and by offer.

The terms of each contract stand on the sheet Contracts, below its payments; Commitments adds them up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.report.money.holdings import year_label
from planner.report.workbook.blocks import Block, Param, Style
from planner.report.workbook.book import BEFORE, TOTAL
from planner.report.workbook.expr import (
    Array,
    Before,
    Call,
    Cells,
    Column,
    Expr,
    HasName,
    Written,
    greatest,
    least,
    letters,
    sum_of,
    whole,
)
from planner.report.workbook.holdings import Contracts
from planner.report.workbook.sheet import TimeSheet
from planner.report.workbook.statements import OUTPUT_TAB, total
from planner.report.workbook.workings import Context, Decisions

Who = dict[str, pd.Series]


@dataclass
class Commitments:
    """What is owed at the end of each period: as a line of the roll-forward, by plan year due, and by offer."""

    closing: Cells
    before: float
    """Owed before the plan."""
    ladder: Block
    by_offer: Block

    @property
    def left(self) -> Expr:
        """What is owed when the plan ends; value (1, 1)."""
        sheet, row, last = self.closing.sheet, int(self.closing.rows[0]) + 1, self.closing.value[:, -1:]
        return Written(lambda _, home: f"{sheet.prefix}${letters(TOTAL)}${row}", last)


def write_commitments(x: Context, d: Decisions, con: Contracts) -> Commitments:
    """The sheet Commitments, with what it adds up on the sheet Contracts."""
    lots = x.layout.lots.iloc[con.at]
    who: Who = {"Offer": lots["offer"], "How": lots["pricing"], "Asset": lots["asset"]}
    made, paid = _moves(x, d, con, who)
    due = _due_by_year(x, d, con, who, made)
    s = x.sheet("Commitments", "Commitments outstanding", OUTPUT_TAB, "Owed under signed and new commitments and leases, not discounted. The credit at the plan's end for the rest of a term is not taken off: the contract goes on.")  # fmt: skip
    s.ws.write_string(2, TOTAL, "Total, or at the end", x.book.styles.head_right)
    closing = _roll_forward(x, s, made, paid)
    ladder = _ladder(x, s, due)
    runs = x.layout.runs(who["Offer"].to_numpy(object))
    first = [int(g[0]) for g in runs]
    by_offer = s.block(
        "Owed at the end of the period, by offer", {k: who[k].iloc[first] for k in ("Offer", "How")}, "money",
        lambda b: b.previous + sum_of(made.cells, runs) - sum_of(paid.cells, runs),
        before=_before(made, runs), total="last", sums=True,
    )  # fmt: skip
    return Commitments(closing, _there(made), ladder, by_offer)


def apart(x: Context, owed: Commitments, block: Block) -> Expr:
    """How far the sums of a block are from what is owed: added up over the periods, and before them."""
    if block.sum_ is None:
        return x.book.over(owed.closing)
    first, last = f"${letters(BEFORE)}", x.book.ends[1]
    one, two = (f"{c.sheet.prefix}{first}${c.rows[0] + 1}:{last}${c.rows[0] + 1}" for c in (block.sum, owed.closing))
    value = float(np.abs(block.sum.value - owed.closing.value).sum()) + abs(owed.before - _there(block))
    return Written(lambda row, home: f"SUMPRODUCT(ABS({one}-{two}))", np.array([[value]]))


def _there(block: Block) -> float:
    """The sum of what stands before the first period."""
    return 0.0 if block.before_sum is None else float(block.before_sum.value[0, 0])


def _moves(x: Context, d: Decisions, con: Contracts, who: Who) -> tuple[Block, Block]:
    """What each contract is worth when it is made, and what it pays."""
    c, t, s = x.c, x.time.number, con.hourly.sheet
    term, upfront = con.hourly["term, periods"], con.upfront["upfront"]
    ordered, first, devices = (d.lots[n].take(con.at) for n in ("ordered", "first", "devices"))
    made = s.block(
        "Contracted: all payments of the term", who, "money", lambda b: t.eq(ordered) * b["whole term"],
        params={
            "last period": Param(first + term - c["Whole"], "whole"),
            "a period": Param(devices * con.hourly["price"] * c["Hours_per_period"], "money"),
            "whole term": Param(lambda b: b["a period"] * term + upfront, "money"),
        },
        before=lambda b: ordered.eq(c["Nothing"]) * b["whole term"], sums=True,
        help="Before the plan: what is still to be paid then",
    )  # fmt: skip
    paid = s.block(
        "Paid under contract", who, "money", lambda b: con.hourly.cells + upfront * t.eq(first), sums=True,
        help="By the hour and upfront, before the credit for the term beyond the horizon",
    )  # fmt: skip
    return made, paid


def _years(x: Context, con: Contracts) -> int:
    """Plan years in which something may fall due: to the end of the longest term that begins in the last period."""
    rows = x.layout.lots["offer_row"].to_numpy(int)[con.at]
    if not len(rows):
        return 0
    months = x.layout.settings.months_per_period
    longest = int(np.ceil(x.offer("term_months", rows).value.max() / months))
    return (x.book.periods + longest - 2) * months // 12 + 1


def _due_by_year(x: Context, d: Decisions, con: Contracts, who: Who, made: Block) -> list[Block]:
    """What of each contract is owed at the end of a period, a block for each plan year in which it falls due.

    A year's periods are those that begin in it: from the one after `periods before` to `until period`. Of those still
    to come at the end of a period, a contract pays in the ones that its term covers.
    """
    c, t = x.c, x.time.number
    per_year = c["Months_per_year"] / c["Months_per_period"]
    ordered, first = (d.lots[n].take(con.at) for n in ("ordered", "first"))

    def owed(b: Block, now: Expr) -> Expr:
        before, until, begins = b["periods before"], b["until period"], first - c["Whole"]
        start = Call("MAX", [begins, now, before], np.maximum(np.maximum(begins.value, now.value), before.value))
        left = greatest(c["Nothing"], least(made["last period"], until) - start)
        once = now.lt(first) * first.gt(before) * first.le(until)
        return now.ge(ordered) * (made["a period"] * left + con.upfront["upfront"] * once)

    due: list[Block] = []
    for year in range(1, _years(x, con) + 1):
        number: Expr = due[-1]["plan year"] + c["Whole"] if due else c["Whole"]
        params = {
            "plan year": Param(number, "whole"),
            "periods before": Param(lambda b: -whole(-((b["plan year"] - c["Whole"]) * per_year)), "whole"),
            "until period": Param(lambda b: -whole(-(b["plan year"] * per_year)), "whole"),
        }
        due.append(
            con.hourly.sheet.block(
                f"Owed at the end of the period, due in {year_label(x.layout.books, year)}", who, "money",
                lambda b: owed(b, t), params=params, before=lambda b: owed(b, c["Nothing"]), total="last", sums=True,
            )
        )  # fmt: skip
    return due


def _roll_forward(x: Context, s: TimeSheet, made: Block, paid: Block) -> Cells:
    """Opening + contracted - paid = closing; returns the closing line."""
    there: Expr = made.before_sum if made.before_sum is not None else x.c["Nothing"]
    contracted, spent = total(x, made), total(x, paid)
    change = np.broadcast_to(contracted.value - spent.value, (1, x.book.periods))
    closing = Cells(s, np.array([s.row + 4]), there.value + np.cumsum(change, axis=1))
    lines = s.lines(
        "Roll-forward",
        [
            ("Opening", Before(closing, there.value), Style(total="none")),
            ("Contracted", contracted),
            ("Paid", -spent),
            ("Closing", lambda n: n["Opening"] + n["Contracted"] + n["Paid"], Style(total="last", bold=True, before=there)),
        ],
        help="Opening + contracted - paid = closing",
    )  # fmt: skip
    assert lines["Closing"].rows[0] == closing.rows[0]
    return lines["Closing"]


def _ladder(x: Context, s: TimeSheet, due: list[Block]) -> Block:
    """What is owed at the end of each period by the plan year in which it falls due."""
    settings, books = x.layout.settings, x.layout.books
    years = np.arange(1, len(due) + 1)
    within = (years - 1) * 12 < settings.periods * settings.months_per_period
    labels: dict[str, list[object]] = {
        "Due in": [year_label(books, int(y)) for y in years],
        "When": list(np.where(within, "within the plan", "after the plan")),
    }
    sheet = due[0].sheet if due else s
    sums = Cells(
        sheet,
        np.array([b.sum.rows[0] for b in due], dtype=int),
        np.vstack([b.sum.value for b in due]) if due else np.zeros((0, x.book.periods)),
    )
    there = [b.before_sum for b in due if b.before_sum is not None]
    before = Column(sheet, BEFORE, sums.rows, np.array([b.value[0, 0] for b in there]))
    return s.block(
        "Liability ladder: owed at the end of the period, by year due", labels, "money", lambda b: sums,
        before=before, total="last", sums=True,
    )  # fmt: skip


def _before(made: Block, runs: list[Array]) -> Expr:
    """Sums of what stands before the first period over consecutive rows."""
    there = np.zeros(len(made.rows)) if made.before_ is None else np.asarray(made.before_).ravel()
    column = f"${letters(BEFORE)}"

    def write(row: int, home: HasName) -> str:
        first, last = (int(made.rows[runs[row][i]]) + 1 for i in (0, -1))
        return f"SUM({made.sheet.prefix}{column}{first}:{column}{last})"

    return Written(write, np.array([there[g].sum() for g in runs]).reshape(-1, 1))
