"""Cost by any of its dimensions, the budget and the showback, as statements that can be looked into."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.finance import Books
from planner.finance.categories import category_table, is_cash
from planner.plan.plan import Plan
from planner.report.labels import names
from planner.report.money.accounts import category_label
from planner.report.money.statement import LEDGER, Column, Row, Statement, columns, traced

CUTS = {
    "category": "Category",
    "pool": "Cost pool (TBM)",
    "directness": "Direct or indirect",
    "site": "Site",
    "provider": "Provider",
    "pricing": "Way to get it",
    "team": "Team",
    "to_workload": "Workload",
}
"""The dimensions of `tco.DIMENSIONS` by which people cut cost, and what they are called."""
BASES = {"amount": "Nominal", "present_value": "Present value"}
NOWHERE = {
    "site": "No site",
    "provider": "No provider",
    "pricing": "No offer",
    "to_workload": "Platform",
}
"""What stands where a cost has no value of the dimension."""


def namer(plan: Plan, dimension: str) -> dict[str, str]:
    """What the values of a dimension are called: names for identifiers."""
    tables = {"site": "sites", "to_workload": "workloads"}
    known = names(plan, tables[dimension]).to_dict() if dimension in tables else {}
    return {**{str(k): str(v) for k, v in known.items()}, "": NOWHERE.get(dimension, "None")}


def label_in(dimension: str, known: dict[str, str], value: str) -> str:
    """A value of a dimension in words; `known` is what `namer` gives."""
    if dimension in ("category", "pricing") and value:
        return category_label(value)
    return known.get(value, value)


def tco(books: Books, by: str, basis: str, yearly: bool, non_cash: bool = False) -> Statement:
    """Total cost of ownership by a dimension: a row for each value, categories in their cost pools, and the total."""
    found = books.tco(by, "period", non_cash=non_cash)
    pool = category_table()["pool"]
    section = found["category"].map(pool) if by == "category" else pd.Series("", index=found.index)
    line = found[by].astype(object)
    amounts = pd.DataFrame({"section": section, "line": line, "period": found["period"], "amount": found[basis]})
    lines = books.allocated
    if not non_cash:
        lines = lines[is_cash(lines)]
    trace = traced(
        lines["pool"].to_numpy(object) if by == "category" else "",
        lines[by].to_numpy(object),
        lines["period"].to_numpy(int),
        lines[basis].to_numpy(float),
        LEDGER,
        lines["row"].to_numpy(int),
        key=lines["key"].to_numpy(object) if by in ("team", "to_workload") else "",
    )
    rows = _category_rows(amounts) if by == "category" else _plain_rows(books.plan, by, amounts)
    every = tuple(x for row in rows if not row.total for x in row.lines)
    rows.append(Row("Total cost", "", every, total=True))
    headings = ("Cost pool", "Category", "Sub-pool") if by == "category" else ("", CUTS[by])
    rows = [Row(r.label, r.section, r.lines, r.how, r.total, r.about or ("",) * (len(headings) - 2)) for r in rows]
    return Statement(f"tco-{by}", amounts, trace, tuple(rows), columns(books.plan.settings, yearly), headings)


def _category_rows(amounts: pd.DataFrame) -> list[Row]:
    """Rows of categories, cost pool by cost pool, each pool with its total where it holds more than one."""
    about, here = category_table(), set(amounts["line"])
    present = [c for c in about.index if c in here]
    rows = []
    for pool in dict.fromkeys(about.loc[present, "pool"]):
        members = [c for c in present if about.loc[c, "pool"] == pool]
        rows += [
            Row(label_in("category", {}, c), pool, ((pool, c),), about=(str(about.loc[c, "sub_pool"]),))
            for c in members
        ]
        if len(members) > 1:
            rows.append(Row(f"{pool}, in all", pool, tuple((pool, c) for c in members), total=True))
    return rows


def _plain_rows(plan: Plan, by: str, amounts: pd.DataFrame) -> list[Row]:
    """A row for each value, the most expensive first."""
    known = namer(plan, by)
    order = amounts.groupby("line")["amount"].sum().sort_values(ascending=False, kind="stable").index
    return [Row(label_in(by, known, str(value)), "", (("", value),)) for value in order]


def budget_columns(books: Books, year: int = 0) -> tuple[Column, ...]:
    """The months of a plan year and their sum, or with 0 every plan year and the whole plan."""
    x = books.plan.settings
    if not year:
        m = x.months_per_period
        return tuple(
            Column(c.label, tuple(m * (t - 1) + i for t in c.periods for i in range(1, m + 1)))
            for c in columns(x, yearly=True)
        )
    last = x.periods * x.months_per_period
    months = range(12 * (year - 1) + 1, min(12 * year, last) + 1)
    first = pd.Period(x.start, freq="M")
    out = [Column((first + (i - 1)).strftime("%b %Y"), (i,)) for i in months]
    return (*out, Column("Year", tuple(months)))


def budget(books: Books, year: int = 0) -> Statement:
    """The budget by cost centre and account; its periods are months of the plan, 1 first."""
    x = books.plan.settings
    b, m = books.budget, x.months_per_period
    month = {str(pd.Period(x.start, freq="M") + i): i + 1 for i in range(x.periods * m)}
    # Account and cash kind together: one account may hold both.
    amounts = pd.DataFrame(
        {
            "section": b["cost_centre"].astype(object),
            "line": b["account"].astype(object) + " " + b["account_name"].astype(object) + " (" + b["cash"] + ")",
            "period": b["month"].map(month).astype(int),
            "amount": b["amount"],
        }
    )
    name = b.assign(line=amounts["line"]).drop_duplicates(["category", "cash"]).set_index(["category", "cash"])["line"]
    lines = books.allocated[is_cash(books.allocated)]
    row = np.repeat(np.arange(len(lines)), m)
    each = lines.iloc[row]
    offset = np.tile(np.arange(1, m + 1), len(lines))
    trace = traced(
        each["team"].to_numpy(object),
        name.reindex(pd.MultiIndex.from_frame(each[["category", "cash"]])).to_numpy(object),
        (each["period"].to_numpy(int) - 1) * m + offset,
        each["amount"].to_numpy(float) / m,
        LEDGER,
        each["row"].to_numpy(int),
        key=each["key"].to_numpy(object),
    )
    rows: list[Row] = []
    every: list[tuple[str, str]] = []
    for team, of_team in amounts.groupby("section", sort=True):
        here = tuple((str(team), str(line)) for line in sorted(set(of_team["line"])))
        rows += [Row(line, s, ((s, line),)) for s, line in here]
        rows.append(Row(f"{team}, in all", str(team), here, total=True))
        every += here
    rows.append(Row("Budget", "", tuple(every), total=True))
    return Statement("budget", amounts, trace, tuple(rows), budget_columns(books, year), ("Cost centre", "Account"))


MANNERS = {"caused": "Caused", "shared": "Shared", "idle": "Idle"}
"""How a line of the showback came to its workload: it caused it, it shares what it uses, it bears what was idle."""


def manner(key: pd.Series) -> np.ndarray:
    """Caused, shared or idle, by the key of an allocated line."""
    return np.where(key.eq("caused"), "caused", np.where(key.str.contains("idle"), "idle", "shared")).astype(object)


def showback(books: Books, yearly: bool, by_key: bool = False) -> Statement:
    """Cash by team and workload, on request by the key by which it came there; the sum is the ledger's cash."""
    lines = books.allocated[is_cash(books.allocated)]
    known = namer(books.plan, "to_workload")
    third = lines["key"] if by_key else pd.Series("", index=lines.index)
    line = lines["to_workload"].astype(object) + "\x1f" + third.astype(object)
    cells = pd.DataFrame(
        {"section": lines["team"].astype(object), "line": line, "period": lines["period"], "amount": lines["amount"]}
    )
    amounts = cells.groupby(["section", "line", "period"], as_index=False)["amount"].sum()
    trace = traced(
        cells["section"].to_numpy(object),
        cells["line"].to_numpy(object),
        cells["period"].to_numpy(int),
        cells["amount"].to_numpy(float),
        LEDGER,
        lines["row"].to_numpy(int),
        key=lines["key"].to_numpy(object),
    )
    rows: list[Row] = []
    every: list[tuple[str, str]] = []
    for team, here in amounts.groupby("section", sort=True):
        order = list(here.groupby("line")["amount"].sum().sort_values(ascending=False, kind="stable").index)
        mine = tuple((str(team), x) for x in order)
        rows += [_shown(known, s, x, by_key) for s, x in mine]
        if len(mine) > 1:
            rows.append(Row(f"{team}, in all", str(team), mine, total=True, about=("",) * by_key))
        every += mine
    rows.append(Row("All teams: the ledger's cash", "", tuple(every), total=True, about=("",) * by_key))
    headings = ("Team", "Workload", *(("Key",) if by_key else ()))
    return Statement("showback", amounts, trace, tuple(rows), columns(books.plan.settings, yearly), headings, False)


def _shown(known: dict[str, str], team: str, line: str, by_key: bool) -> Row:
    workload, _, key = line.partition("\x1f")
    return Row(known.get(workload, workload), team, ((team, line),), about=(key,) if by_key else ())
