"""The charts of the finance pages, each from the books: its frames and its finding."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.finance import Books
from planner.finance.categories import is_cash
from planner.finance.lots import FIT_OUT
from planner.report import format as fmt
from planner.report.charts import allocation, statement
from planner.report.charts.base import Figure
from planner.report.labels import Calendar, names, offers
from planner.report.money import cost, holdings
from planner.report.theme import SOURCE, SOURCE_LABELS

TOP = 18
"""Bars of a ranking; the rest are one bar."""


def _when(books: Books, period: pd.Series, yearly: bool) -> pd.Series:
    calendar = Calendar(books.plan.settings)
    if yearly:
        return calendar.year_of(period)
    labels = np.array(calendar.period_labels, dtype=object)
    return pd.Series(labels[period.to_numpy(int) - 1], index=period.index)


def _heads(books: Books, yearly: bool) -> list[str]:
    calendar = Calendar(books.plan.settings)
    return calendar.year_labels if yearly else calendar.period_labels


def _by_part(books: Books, rows: pd.DataFrame, part: str, yearly: bool) -> pd.DataFrame:
    """Amounts by year or period and part, every one of them there: when, part, amount."""
    found = rows.assign(when=_when(books, rows["period"], yearly), part=rows[part])
    sums = found.groupby(["when", "part"])["amount"].sum()
    keys = pd.MultiIndex.from_product(
        [_heads(books, yearly), list(dict.fromkeys(found["part"]))], names=["when", "part"]
    )
    return sums.reindex(keys, fill_value=0.0).reset_index()


def _net(parts: pd.DataFrame) -> pd.DataFrame:
    return parts.groupby("when", as_index=False, sort=False)["amount"].sum()


def cash_flow(books: Books, yearly: bool) -> Figure:
    """Cash by section with its net after tax."""
    currency = books.plan.settings.currency
    parts = _by_part(books, books.cash_flow, "section", yearly)
    net = _net(parts)
    spent = -float(net["amount"].sum())
    worst = net.loc[net["amount"].idxmin(), "when"] if len(net) else ""
    title = f"The plan takes {fmt.money(spent, currency)} of cash after tax, the most in {worst}"
    note = "Below zero: cash out. Line: cash after tax. Tax is what the plan's costs save a company with other profits."
    return statement.movements("cash-flow-statement", title, note, parts, net, currency, "Cash after tax")


def profit_and_loss(books: Books, yearly: bool) -> Figure:
    """Expenses by section with the result after tax."""
    currency = books.plan.settings.currency
    parts = _by_part(books, books.profit_and_loss, "section", yearly)
    ebitda = float(books.results.loc[books.results["line"] == "EBITDA", "amount"].sum())
    total = float(parts["amount"].sum())
    title = f"The plan takes {fmt.money(-total, currency)} from the result after tax, {fmt.money(-ebitda, currency)} from EBITDA"
    note = "Below zero: expense. Line: result after tax. A plan has no revenue: every result is what it takes away."
    return statement.movements("profit-and-loss", title, note, parts, _net(parts), currency, "Result after tax")


def balance(books: Books, yearly: bool) -> Figure:
    """Assets above zero, liabilities below, at the end of each year or period."""
    currency = books.plan.settings.currency
    rows = books.balance
    rows = rows[(rows["section"] != "Equity") & (rows["period"] > 0)]
    last = rows.assign(when=_when(books, rows["period"], yearly))
    ends = last.groupby("when")["period"].transform("max")
    parts = _by_part(books, last[last["period"] == ends], "line", yearly)
    net = _net(parts)
    most = net.loc[net["amount"].abs().idxmax()] if len(net) else None
    title = "The plan leaves nothing on the balance sheet"
    if most is not None and most["amount"]:
        title = (
            f"Assets less liabilities come to {fmt.money(float(most['amount']), currency)} at the end of {most['when']}"
        )
    note = "At the end of each column. Above zero: assets; below: liabilities. Line: what is left."
    return statement.movements("balance", title, note, parts, net, currency, "Assets less liabilities")


def net_book_value(books: Books, yearly: bool) -> Figure:
    """Closing net book value by asset class."""
    currency = books.plan.settings.currency
    r = books.register.frame()
    r = r.assign(amount=r["closing"], when=_when(books, r["period"], yearly))
    ends = r.groupby("when")["period"].transform("max")
    parts = _by_part(books, r[r["period"] == ends], "asset_class", yearly)
    classes = list(dict.fromkeys(parts["part"]))
    net = _net(parts)
    title = "No asset has a book value at the end of any column"
    if len(net) and net["amount"].max() > 0:
        top = net.loc[net["amount"].idxmax()]
        title = f"Net book value is highest at the end of {top['when']}: {fmt.money(float(top['amount']), currency)}"
    note = "Net book value at the end of each column, after what is sold with the plan's last period."
    built = set(r.loc[r["kind"] == FIT_OUT, "asset_class"])
    tones = statement.asset_tones(classes, built)
    return statement.movements("net-book-value", title, note, parts, None, currency, tones=tones)


def outstanding(books: Books, yearly: bool) -> Figure:
    """Contracted and paid, with what is still owed."""
    currency, o = books.plan.settings.currency, books.outstanding
    when = _when(books, o["period"], yearly)
    rows = pd.concat(
        [
            pd.DataFrame({"when": when, "part": "Contracted", "amount": o["contracted"]}),
            pd.DataFrame({"when": when, "part": "Paid", "amount": -o["paid"]}),
        ]
    )
    keys = pd.MultiIndex.from_product([_heads(books, yearly), ["Contracted", "Paid"]], names=["when", "part"])
    parts = rows.groupby(["when", "part"])["amount"].sum().reindex(keys, fill_value=0.0).reset_index()
    net = o.assign(when=when).groupby("when", as_index=False, sort=False)["closing"].last()
    net = net.rename(columns={"closing": "amount"})
    end = float(o["closing"].iloc[-1]) if len(o) else 0.0
    title = f"{fmt.money(end, currency)} are still owed under contract when the plan ends"
    note = "Commitments and leases, undiscounted. Line: owed at the end of each column."
    tones = {"Contracted": statement.TONES["Investing"], "Paid": statement.TONES["Operating"]}
    return statement.movements("outstanding", title, note, parts, net, currency, "Owed", tones)


def ladder(books: Books, as_of: int = 0) -> Figure:
    """What is owed by year due and way to get it."""
    currency = books.plan.settings.currency
    found = books.ladder(as_of)
    calendar = Calendar(books.plan.settings)
    when = "before the plan" if not as_of else f"at the end of {calendar.period_labels[as_of - 1]}"
    about = offers(books.plan)["source"]
    known = found.assign(
        when=[holdings.year_label(books, int(y)) for y in found["due_year"]],
        part=found["offer"].map(about).map(SOURCE_LABELS),
    )
    years = range(int(found["due_year"].min()), int(found["due_year"].max()) + 1) if len(found) else ()
    keys = pd.MultiIndex.from_product(
        [[holdings.year_label(books, y) for y in years], list(dict.fromkeys(known["part"]))], names=["when", "part"]
    )
    parts = known.groupby(["when", "part"])["amount"].sum().reindex(keys, fill_value=0.0).reset_index()
    total, beyond = float(found["amount"].sum()), float(found.loc[found["beyond"], "amount"].sum())
    title = f"{fmt.money(total, currency)} are owed under contract {when}"
    if beyond:
        part = "all" if beyond >= 0.9995 * total else fmt.money(beyond, currency)
        title += f", {part} of it due after the plan"
    note = "Undiscounted, by the year in which it falls due."
    tones = {SOURCE_LABELS[s]: t for s, t in SOURCE.items()}
    return statement.movements("ladder", title, note, parts, None, currency, tones=tones)


def tco(books: Books, by: str, basis: str, non_cash: bool = False) -> Figure:
    """Total cost of ownership by a dimension, the greatest first."""
    currency = books.plan.settings.currency
    found = books.tco(by, non_cash=non_cash).sort_values(basis, ascending=False, kind="stable")
    known = cost.namer(books.plan, by)
    label = [cost.label_in(by, known, str(v)) for v in found[by]]
    total = float(found[basis].sum())
    rows = pd.DataFrame({"label": label, "amount": found[basis].to_numpy(float)})
    if len(rows) > TOP:
        rest = pd.DataFrame(
            {"label": [f"{len(rows) - TOP + 1} more"], "amount": [rows["amount"].iloc[TOP - 1 :].sum()]}
        )
        rows = pd.concat([rows.iloc[: TOP - 1], rest], ignore_index=True)
    rows["share"] = rows["amount"] / total if total else 0.0
    title = "Nothing is spent"
    if len(rows) and total:
        first = rows.iloc[0]
        title = f"{first['label']}: {fmt.percent(first['share'])} of a total cost of {fmt.money(total, currency)}"
    what = "present value" if basis == "present_value" else "nominal amounts"
    scope = "Cash and costs that are not cash" if non_cash else "Cash"
    note = f"{scope} over the whole plan, {what}."
    return statement.ranked(f"tco-{by}", title, note, rows, currency, cost.CUTS[by])


def budget(books: Books) -> Figure:
    """Capex and opex by month."""
    currency = books.plan.settings.currency
    b = books.budget
    months = sorted(set(b["month"]))
    kinds = {"opex": "Opex", "capex": "Capex"}
    sums = b.assign(part=b["cash"].map(kinds)).groupby(["month", "part"])["amount"].sum()
    keys = pd.MultiIndex.from_product([months, list(kinds.values())], names=["month", "part"])
    parts = sums.reindex(keys, fill_value=0.0).reset_index()
    parts["when"] = parts["month"].map(fmt.month)
    title = "Nothing is spent"
    if len(parts):
        by_month = parts.groupby("when", sort=False)["amount"].sum()
        title = f"The costliest month is {by_month.idxmax()} with {fmt.money(float(by_month.max()), currency)}"
    note = "Cash by month: each period is split evenly into its months. Below zero: what is sold or credited."
    return statement.movements("budget", title, note, parts[["when", "part", "amount"]], None, currency)


def showback(books: Books, by: str = "team") -> Figure:
    """Who bears how much of the ledger's cash: caused, shared and idle, by `team` or `to_workload`."""
    currency = books.plan.settings.currency
    lines = books.allocated[is_cash(books.allocated)]
    known = names(books.plan, "workloads").to_dict() if by == "to_workload" else {}
    platform = books.policy.platform
    who = lines[by].map(lambda k: known.get(k, k) or platform)
    kept = lines.assign(who=who, manner=pd.Series(cost.manner(lines["key"]), index=lines.index).map(cost.MANNERS))
    parts = kept.groupby(["who", "manner"], as_index=False)["amount"].sum()
    totals = kept.groupby("who", as_index=False)["amount"].sum()
    totals = totals.sort_values("amount", ascending=False, kind="stable", ignore_index=True)
    total = float(totals["amount"].sum())
    totals["share"] = totals["amount"] / total if total else 0.0
    heading = "Team" if by == "team" else "Workload"
    title = "Nothing is spent"
    if len(totals) and total:
        first = totals.iloc[0]
        title = f"{first['who']} bears {fmt.percent(first['share'])} of {fmt.money(total, currency)}"
        idle = float(parts.loc[parts["manner"] == "Idle", "amount"].sum())
        if abs(idle) > 0.005 * abs(total):
            title += f"; {fmt.percent(idle / total)} is idle capacity"
    note = "Cash over the whole plan. Caused: by one workload. Shared: by what it uses. Idle: by the chosen rule."
    return allocation.bearers(parts, totals, currency, title, heading, note)
