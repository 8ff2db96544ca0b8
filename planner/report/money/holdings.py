"""What is held and what is owed, as statements that can be looked into: net book value, commitments."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.finance import Books
from planner.report.labels import Calendar, offers
from planner.report.money.statement import (
    DUE,
    LOT,
    Column,
    How,
    Row,
    Statement,
    columns,
    matrix,
    together,
    traced,
)

MOVES: dict[str, tuple[str, How, float]] = {
    "opening": ("Opening net book value", "first", 1.0),
    "additions": ("Additions", "sum", 1.0),
    "depreciation": ("Depreciation", "sum", -1.0),
    "disposals": ("Disposals", "sum", -1.0),
    "horizon": ("Sold at the end of the plan", "sum", -1.0),
    "closing": ("Closing net book value", "last", 1.0),
}
"""Movements of the register: what each is called, how it goes over periods, and its sign in the roll-forward."""
ALL = "All assets"


def net_book_value(books: Books, yearly: bool, vintages: bool = False) -> Statement:
    """The roll-forward of net book value by asset class, on request also by vintage, and of everything."""
    lots = books.register.lots
    name = lots["asset_class"].astype(object)
    if vintages:
        label = Calendar(books.plan.settings).period_labels
        ordered = lots["ordered_period"].map(lambda t: f"ordered {label[t - 1]}" if t else "from before the plan")
        name = name + ", " + ordered
    group = name.to_numpy(object)
    long = books.register.frame()
    long["section"] = group[long["lot"].to_numpy(int)]
    parts, traces = [], []
    for move, (line, _, sign) in MOVES.items():
        sums = long.groupby(["section", "period"], as_index=False)[move].sum()
        parts.append(sums.assign(line=line, amount=sign * sums[move])[["section", "line", "period", "amount"]])
        traces.append(matrix(group, line, sign * getattr(books.register, move), LOT))
    amounts = pd.concat(parts, ignore_index=True)
    some = amounts[amounts["amount"] != 0].groupby(["section", "line"]).size()
    groups = list(dict.fromkeys(group))
    rows = [
        Row(line, section, ((section, line),), how, total=move == "closing")
        for section in groups
        for move, (line, how, _) in MOVES.items()
        if (section, line) in some.index or move in ("opening", "closing")
    ]
    if len(groups) > 1:
        rows += [
            Row(line, ALL, tuple((s, line) for s in groups), how, total=True)
            for line, how, _ in MOVES.values()
            if line in some.index.get_level_values("line")
        ]
    return Statement(
        "net-book-value",
        amounts,
        together(traces),
        tuple(rows),
        columns(books.plan.settings, yearly),
        headings=("Asset class", "Movement"),
    )


def outstanding(books: Books, yearly: bool) -> Statement:
    """Commitments outstanding: opening, contracted, paid, closing."""
    o, due, last = books.outstanding, books.commitments, books.plan.settings.periods
    words: dict[str, tuple[str, How, float]] = {
        "opening": ("Opening commitments", "first", 1.0),
        "contracted": ("Contracted", "sum", 1.0),
        "paid": ("Paid", "sum", -1.0),
        "closing": ("Closing commitments", "last", 1.0),
    }
    amounts = pd.concat(
        [
            pd.DataFrame({"section": "", "line": line, "period": o["period"], "amount": sign * o[column]})
            for column, (line, _, sign) in words.items()
        ],
        ignore_index=True,
    )
    made, paid = due["contracted_period"].to_numpy(int), due["due_period"].to_numpy(int)
    amount, ref = due["amount"].to_numpy(float), np.arange(len(due))

    def part(column: str, at: np.ndarray, since: np.ndarray, until: np.ndarray) -> pd.DataFrame:
        line, _, sign = words[column]
        return traced("", line, since[at], sign * amount[at], DUE, ref[at], until[at])

    # What was contracted before the plan is there in its first period; what is due in a period is paid in it.
    parts = [
        part("opening", paid > made, made + 1, np.minimum(paid, last)),
        part("contracted", made > 0, made, made),
        part("paid", paid <= last, paid, paid),
        part("closing", paid > np.maximum(made, 1), np.maximum(made, 1), np.minimum(paid - 1, last)),
    ]
    rows = tuple(Row(line, "", (("", line),), how, total=how != "sum") for line, how, _ in words.values())
    return Statement("outstanding", amounts, together(parts), rows, columns(books.plan.settings, yearly), ("", "Line"))


WITHIN, BEYOND = "Due within the plan", "Due after the plan"


def ladder(books: Books, as_of: int = 0) -> Statement:
    """What is owed at the end of a period (0: before the plan) by offer and plan year due; columns are years due."""
    found, due, x = books.ladder(as_of), books.commitments, books.plan.settings
    label = offers(books.plan)["label"]

    def section(frame: pd.DataFrame) -> np.ndarray:
        return np.where(frame["beyond"], BEYOND, WITHIN).astype(object)

    amounts = pd.DataFrame(
        {"section": section(found), "line": found["offer"], "period": found["due_year"], "amount": found["amount"]}
    )
    at = ((due["contracted_period"] <= as_of) & (due["due_period"] > as_of)).to_numpy()
    owed = due[at]
    trace = traced(
        section(owed),
        owed["offer"].to_numpy(object),
        owed["due_year"].to_numpy(int),
        owed["amount"].to_numpy(float),
        DUE,
        np.flatnonzero(at),
    )
    years = sorted({int(y) for y in found["due_year"]})
    heads = [Column(year_label(books, y), (y,)) for y in years]
    if len(years) > 1:
        heads.append(Column("In all", tuple(years)))
    rows = []
    for part in (WITHIN, BEYOND):
        lines = tuple((part, str(o)) for o in dict.fromkeys(found.loc[section(found) == part, "offer"]))
        rows += [Row(str(label.get(o, o)), part, ((s, o),)) for s, o in lines]
        if len(lines) > 1:
            rows.append(Row(f"{part}, in all", part, lines, total=True))
    if not years:
        heads = [Column(year_label(books, 1 + as_of * x.months_per_period // 12), (1,))]
    return Statement("ladder", amounts, trace, tuple(rows), tuple(heads), ("When", "Offer"))


def year_label(books: Books, year: int) -> str:
    """A plan year by name, also beyond the horizon (it is a calendar year where the plan starts in January)."""
    x = books.plan.settings
    begin = pd.Period(x.start, freq="M") + 12 * (year - 1)
    return str(begin.year) if begin.month == 1 else f"{begin.year}/{(begin.year + 1) % 100:02d}"
