"""The sheet Limits: every policy and window, live, through columns of 0 and 1 that say what a policy counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.plan.plan import Plan
from planner.plan.schema import split_list
from planner.plan.tables import MONEY_MEASURES, RENTED, SCOPES
from planner.report.workbook.book import FIRST, finish
from planner.report.workbook.costs import Costs
from planner.report.workbook.expr import Array, Cells, Column, Expr, Written, letters
from planner.report.workbook.frame import Layout
from planner.report.workbook.printing import fit_columns
from planner.report.workbook.sheet import TimeSheet
from planner.report.workbook.statements import OUTPUT_TAB
from planner.report.workbook.styles import HEAD, Number
from planner.report.workbook.workings import Capacity, Context, Decisions, Energy
from planner.result.frames import NON_CASH

AVERAGED = ("devices", "open_sites")
"""Over a longer window these are the average of its periods, the others the sum."""
LATENCY = "latency"
"""The measure that is a mean over the volume asked for."""
USED, TOTAL, SHARE, LIMIT, ALLOWED, SLACK, HOLDS, HARD, CHARGED, PAID, SHADOW = range(6, 17)
HEADS = ("Policy", "Measure", "Sense", "Window", "From period", "To period", "Used", "Of a total of", "Share", "Limit", "Allowed", "Slack", "Holds", "Hard", "Violation charged", "Holds or is paid for", "Shadow price, as solved")  # fmt: skip
WORDS = (HOLDS, HARD, PAID)


@dataclass
class Sources:
    """Where the measures stand."""

    d: Decisions
    k: Capacity
    e: Energy
    costs: Costs


@dataclass
class Term:
    """Rows that a measure adds up: their cells, who causes each, a figure beside each, and the name that divides."""

    cells: Cells
    who: pd.DataFrame
    beside: Column | None = None
    divisor: str = ""


def in_scope(plan: Plan, who: pd.DataFrame, policy: pd.Series) -> Array:
    """Which rows (columns site, offer, workload; "" for none) a policy counts: 1 or 0.

    A row without an offer is out where offer or pricing is asked for, one without a workload where workload or
    team is.
    """
    sites = plan.tables["sites"].set_index("site")
    offers = plan.tables["offers"].set_index("offer")
    workloads = plan.tables["workloads"].set_index("workload")
    of = {
        "provider": who["site"].map(sites["provider"]),
        "site": who["site"],
        "site_kind": who["site"].map(sites["kind"]),
        "zone": who["site"].map(sites["zone"]),
        "pricing": who["offer"].map(offers["pricing"]),
        "offer": who["offer"],
        "workload": who["workload"],
        "team": who["workload"].map(workloads["team"]),
    }
    hit = np.ones(len(who), dtype=bool)
    for scope in SCOPES:
        wanted = split_list(policy[scope])
        if wanted:
            hit &= of[scope].isin(wanted).to_numpy(dtype=bool, na_value=False)
    return hit.astype(float)


def terms(x: Context, s: Sources) -> dict[str, list[Term]]:
    """The rows that each measure adds up."""
    a, e = x.layout, s.e
    offers = a.offers.set_index("offer")
    only = a.plan.tables["offers"].set_index("offer")["workload"].fillna("")

    def of_offers(frame: pd.DataFrame) -> pd.DataFrame:
        workload = frame["workload"] if "workload" in frame else frame["offer"].map(only)
        return pd.DataFrame({"site": frame["offer"].map(offers["site"]), "offer": frame["offer"], "workload": workload})

    pairs = a.pairs.iloc[a.device_pairs].reset_index(drop=True)
    held, used = of_offers(a.held), of_offers(pairs)
    rented = np.flatnonzero(pairs["pricing"].isin(RENTED).to_numpy())
    apis = of_offers(a.pairs.iloc[e.apis])
    sites = a.open_sites.assign(offer="", workload="")[["site", "offer", "workload"]]
    costs = s.costs.frame[["site", "offer", "workload"]]
    cash = (s.costs.frame["cash"] != NON_CASH).to_numpy()
    out = {"spend": [_money(s.costs, costs, cash)]}
    out |= {kind: [_money(s.costs, costs, (s.costs.frame["cash"] == kind).to_numpy())] for kind in ("capex", "opex")}
    gram, litre = "Grams_per_tonne", "Litres_per_m3"
    return out | {
        "volume": [Term(s.d.volume.cells, of_offers(a.pairs))],
        "devices": [Term(s.k.held.cells, held), Term(s.k.hours.cells.take(rented), used.iloc[rented], None, "Hours_per_period")],
        "energy_kwh": [Term(e.idle.cells, held), Term(e.used.cells, used)],
        "carbon_t": [
            Term(e.idle.cells, held, e.idle["gCO2e per kWh"], gram),
            Term(e.used.cells, used, e.used["gCO2e per kWh"], gram),
            Term(e.embodied_held.cells, held),
            Term(e.embodied_rented.cells, used.iloc[e.rented]),
            Term(e.api.cells, apis),
        ],
        "water_m3": [Term(e.idle.cells, held, e.idle["l per kWh"], litre), Term(e.used.cells, used, e.used["l per kWh"], litre)],
        "open_sites": [Term(s.d.open.cells, sites)],
        LATENCY: _latency(a, s.d),
    }  # fmt: skip


def _latency(a: Layout, d: Decisions) -> list[Term]:
    """Volumes routed and left unserved, each with the latency beside it; none where no policy counts it."""
    if "ms" not in d.routes.params:
        return []
    work = a.plan.tables["workloads"]["workload"]
    served = a.routes.assign(offer="")[["site", "offer", "workload"]]
    unserved = pd.DataFrame({"site": "", "offer": "", "workload": work})
    return [Term(d.routes.cells, served, d.routes["ms"]), Term(d.unserved.cells, unserved, d.unserved["ms"])]


def _money(costs: Costs, who: pd.DataFrame, which: Array) -> Term:
    return Term(costs.cells.take(np.flatnonzero(which)), who[which])


class Flags:
    """Columns of 0 and 1 to the right of the periods, written once for each policy (or for the total) and row."""

    def __init__(self, x: Context) -> None:
        self.x = x
        self.column: dict[object, int] = {}
        self.hits: dict[tuple[object, str, int, int], Array] = {}

    def place(self, mark: object) -> int:
        """The column of a policy; None is the whole of a measure."""
        return self.column.setdefault(mark, FIRST + self.x.book.periods + 1 + len(self.column))

    def put(self, mark: object, term: Term, rule: pd.Series | None) -> tuple[str, Array, Array]:
        """Write a term's flags where they are not; returns the column's letter, the term's first and last row, the flags.

        Rows of the run that the term does not hold count 0. `rule`: the policy that counts; None counts all.
        """
        column, sheet = self.place(mark), term.cells.sheet
        assert isinstance(sheet, TimeSheet)
        rows = term.cells.rows
        done = (mark, sheet.name, int(rows[0]), len(rows))
        ends = np.array([rows[0] + 1, rows[-1] + 1])
        if done in self.hits:
            return letters(column), ends, self.hits[done]
        hit = np.ones(len(term.who)) if rule is None else in_scope(self.x.layout.plan, term.who, rule)
        self.hits[done] = hit
        style = self.x.book.styles.cell("input", "whole")
        for r in rows[hit > 0].tolist():
            sheet.ws.write_number(r, column, 1.0, style)  # a blank counts as 0
        title = "Counts" if mark is None else f"Counts for {mark}"
        sheet.ws.write_string(3, column, title, self.x.book.styles.head)
        sheet.ws.set_column(column, column, 12)
        return letters(column), ends, hit


@dataclass(frozen=True)
class Broken:
    """How many windows of policies do not hold, each of shape (1, 1)."""

    hard: Expr
    """Of hard policies."""
    unpaid: Expr
    """Of policies with a penalty, beyond the violation that is charged."""


def write_limits(x: Context, s: Sources) -> Broken:
    """Every policy and window: used, of what total, limit, what it allows, slack; returns how many do not hold."""
    ws, styles, a = x.book.add("Limits", OUTPUT_TAB), x.book.styles, x.layout
    ws.write_string(0, 0, "Policies", styles.title)
    ws.write_string(1, 0, "Live: columns of 0 and 1 right of the periods on the sheets say what each policy counts.", styles.note)  # fmt: skip
    word = styles.of(
        **HEAD, align="left", indent=1
    )  # as the words below it; else it touches the figures' heading to its left
    for i, text in enumerate(HEADS):
        ws.write_string(3, i, text, styles.head if i <= 3 else word if i in WORDS else styles.head_right)
    ws.set_row(3, 26)
    table, flags, measured = a.plan.tables["policies"], Flags(x), terms(x, s)
    row_of = pd.Series(np.arange(len(table)), index=table["policy"].to_numpy(object))
    hard, unpaid, r = 0, 0, 3
    for r, p in enumerate(a.frames["policies"].itertuples(index=False), start=4):
        k = int(row_of[p.policy])
        formula, holds, slack, least = _row(x, ws, r, p, table.iloc[k], k, measured[str(p.measure)], flags)
        is_hard, paid = _paid(x, ws, r, p, k, s.d, formula, slack, least)
        hard, unpaid = hard + (is_hard and not holds), unpaid + (not is_hard and not paid)
    if r > 3:
        for word, style in (("Word_no", styles.bad), ("Word_yes", styles.good)):
            rule = {"type": "formula", "criteria": f"=AND($M5={word},$N5=Word_yes)", "format": style}
            ws.conditional_format(4, HOLDS, r, HOLDS, rule)
    ws.set_column(0, 0, 26)
    ws.set_column(1, len(HEADS) - 1, 13)
    for first, last, width in ((1, 3, 10), (4, 5, 7), (HOLDS, HARD, 8), (PAID, PAID, 15)):
        ws.set_column(first, last, width)
    ws.freeze_panes(4, 1)
    finish(ws, "Limits", 4)
    fit_columns(ws, 1, len(HEADS))
    return Broken(_count(x, r, HOLDS, "Word_yes", hard), _count(x, r, PAID, "Word_no", unpaid))


def _count(x: Context, last: int, column: int, hard: str, value: int) -> Expr:
    """Rows with "no" in a column and the given word under Hard; nothing where there are no policies."""
    if last < 4:
        return x.c["Nothing"]
    no, kind = (f"Limits!${letters(c)}$5:${letters(c)}${last + 1}" for c in (column, HARD))
    text = f"SUMPRODUCT(({no}=Word_no)*({kind}={hard}))"
    return Written(lambda row, home: text, np.array([[float(value)]]))


def _paid(
    x: Context, ws, r: int, p, k: int, d: Decisions, tolerance: str, slack: float, least: float
) -> tuple[bool, bool]:
    """Whether the policy of a row is hard, and whether it holds or its violation is charged on Decisions."""
    styles, c, n = x.book.styles, x.c, r + 1
    cell = x.inputs["policies"].cell("penalty", np.array([k]))
    hard = bool(np.isnan(cell.value[0, 0]))
    word = styles.of(align="left", indent=1)
    text = f"=IF(ISBLANK({cell.text(0, x.inputs['demand'])}),Word_yes,Word_no)"
    ws.write_formula(r, HARD, text, word, c["Word_yes" if hard else "Word_no"].value[0, 0])
    at = np.flatnonzero((x.layout.penalties["policy_row"] == k).to_numpy())
    charged = 0.0
    if len(at):
        charged = float(d.violations.cells.value[at[0], p.to_period - 1])
        row = int(d.violations.cells.rows[at[0]]) + 1
        source = f"={d.violations.sheet.prefix}{letters(FIRST + p.to_period - 1)}{row}"
        ws.write_formula(r, CHARGED, source, styles.cell("link", "amount"), charged)
    paid = slack + charged >= -least
    text = f"=IF(L{n}+O{n}>=-{tolerance},Word_yes,Word_no)"
    ws.write_formula(r, PAID, text, word, c["Word_yes" if paid else "Word_no"].value[0, 0])
    return hard, paid


def _row(
    x: Context, ws, r: int, p, rule: pd.Series, k: int, counted: list[Term], flags: Flags
) -> tuple[str, bool, float, float]:
    """One policy and window; returns the formula of its tolerance, whether it holds, its slack, and the tolerance."""
    styles, c = x.book.styles, x.c
    money = p.measure in MONEY_MEASURES
    number: Number = "money" if money else "amount"
    for column, text in enumerate((p.policy, p.measure, p.sense, p.window)):
        ws.write_string(r, column, str(text), styles.label)
    for column, period in ((4, p.from_period), (5, p.to_period)):
        ws.write_number(r, column, period, styles.cell("value", "whole"))
    n = r + 1
    formula, used = _value(x, counted, rule, p, flags, n)
    ws.write_formula(r, USED, f"={formula}", styles.cell("formula", number), used)
    limit = x.inputs["policies"].cell("limit", np.array([k]))
    shared = rule["share_of"] == "total"
    ws.write_formula(r, LIMIT, "=" + limit.text(0, x.inputs["demand"]), styles.cell("link", "share" if shared else number), float(p.limit))  # fmt: skip
    allowed = float(p.limit)
    if shared:
        formula, total = _value(x, counted, None, p, flags, n)
        ws.write_formula(r, TOTAL, f"={formula}", styles.cell("formula", number), total)
        ws.write_formula(r, SHARE, f"=IF(H{n},G{n}/H{n},H{n})", styles.cell("formula", "share"), used / total if total else 0.0)  # fmt: skip
        allowed *= total
        ws.write_formula(r, ALLOWED, f"=J{n}*H{n}", styles.cell("formula", number), allowed)
    else:
        ws.write_formula(r, ALLOWED, f"=J{n}", styles.cell("link", number), allowed)
    slack = allowed - used if p.sense == "max" else used - allowed
    ws.write_formula(r, SLACK, f"=K{n}-G{n}" if p.sense == "max" else f"=G{n}-K{n}", styles.cell("formula", number), slack)  # fmt: skip
    least = max(1e-6 * abs(allowed), 0.01 if money else 1e-6)
    name = "Tolerance" if money else "Small_share"
    tolerance = f"MAX(Small_share*ABS(K{n}),{name})"
    word = c["Word_yes"] if slack >= -least else c["Word_no"]
    text = f"=IF(L{n}>=-{tolerance},Word_yes,Word_no)"
    ws.write_formula(r, HOLDS, text, styles.of(align="left", indent=1), word.value[0, 0])
    if np.isfinite(p.shadow_price):
        ws.write_number(r, SHADOW, p.shadow_price, styles.cell("value", "price"))
    return tolerance, bool(slack >= -least), float(slack), least


def _value(x: Context, counted: list[Term], rule: pd.Series | None, p, flags: Flags, n: int) -> tuple[str, float]:
    """Formula and value of a measure over the window of row `n`, in the scope of a policy, or of everything."""
    text, value = _sum(x, counted, rule, p, flags, p.policy)
    if p.measure in AVERAGED:
        return f"({text})/(F{n}-E{n}+Whole)", value / (p.to_period - p.from_period + 1)
    if p.measure == LATENCY and rule is not None:
        by_workload = rule.where(rule.index.isin(["workload", "team"]))
        volumes = [Term(t.cells, t.who) for t in counted]
        volume, size = _sum(x, volumes, by_workload, p, flags, f"volume of {p.policy}")
        return f"IF({volume},({text})/({volume}),Nothing)", value / size if size else 0.0
    return text, value


def _sum(x: Context, counted: list[Term], rule: pd.Series | None, p, flags: Flags, own: str) -> tuple[str, float]:
    """Formula and value of the sum of a measure over a window, with flags under the policy's `own` mark."""
    start, end = letters(FIRST + p.from_period - 1), letters(FIRST + p.to_period - 1)
    parts, value = [], 0.0
    for term in counted:
        if not len(term.cells.rows):
            continue
        mark = f"total of {p.measure}" if rule is None else own
        column, (first, last), hit = flags.put(mark, term, rule)
        prefix = term.cells.sheet.prefix
        text = f"{prefix}${column}${first}:${column}${last}*{prefix}${start}${first}:${end}${last}"
        amounts = term.cells.value[:, p.from_period - 1 : p.to_period].sum(axis=1) * hit
        if term.beside is not None:
            beside = letters(term.beside.column)
            text = f"{prefix}${beside}${first}:${beside}${last}*{text}"
            amounts = amounts * term.beside.value[:, 0]
        part, worth = f"SUMPRODUCT({text})", float(amounts.sum())
        if term.divisor:
            part, worth = f"{part}/{term.divisor}", worth / float(x.c[term.divisor].value[0, 0])
        parts.append(part)
        value += worth
    return "+".join(parts) or "Nothing", value
