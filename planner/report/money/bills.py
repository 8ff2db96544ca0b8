"""The bills to teams as people read them: whole cents, each line with its key, and the sum against the ledger."""

from __future__ import annotations

import pandas as pd

from planner.finance import Books
from planner.finance.allocation import CAUSED, NOBODY
from planner.finance.categories import is_cash
from planner.report import format as fmt
from planner.report.labels import Calendar
from planner.report.money.cost import label_in, namer
from planner.report.money.statement import same

_RULES = {
    "users": "idle hours of held devices, to those who used the rest of them, in proportion",
    "platform": "idle hours of held devices, to the platform",
    "even": "idle hours of held devices, to those who used the rest of them, evenly",
}
_SITES = {
    "device hours": "what a site costs as a whole, by device-hours there",
    "energy": "what a site costs as a whole, by energy used there",
    "traffic": "what a site costs as a whole, by traffic there",
    "even": "what a site costs as a whole, evenly over the workloads that it serves",
}
HORIZON = ", horizon"


def meaning(key: str) -> str:
    """What a key of the allocation says, in words."""
    base = key.removesuffix(HORIZON)
    head, _, rest = base.partition(", ")
    known = {
        CAUSED: "the row of the ledger names the workload",
        NOBODY: "what no workload caused, to the platform",
        "device hours": "what an offer costs, by device-hours used (token APIs: by volume)",
        "unused, platform": "what nobody used, to the platform",
        "idle": _RULES.get(rest, ""),
        "site": _SITES.get(rest, ""),
    }
    said = known.get(base) or known.get(head) or base
    over = "; as over the whole plan, because the period has no use of its own" if base != key else ""
    return fmt.sentence(said + over)


def keys(books: Books) -> pd.DataFrame:
    """How much came by which key, the most first: Key, What it says, Amount, Share."""
    currency = books.plan.settings.currency
    bills = books.chargeback
    sums = bills.groupby("key")["amount"].sum().sort_values(ascending=False, kind="stable")
    total = float(sums.sum())
    return pd.DataFrame(
        {
            "Key": sums.index.astype(object),
            "What it says": [meaning(str(k)) for k in sums.index],
            f"Amount ({currency})": sums.to_numpy(float),
            "Share": sums.to_numpy(float) / total if total else 0.0,
        }
    )


def table(books: Books) -> pd.DataFrame:
    """Every line of every bill: Team, Workload, Period, Year, Category, Key, Amount in whole cents."""
    bills, calendar = books.chargeback, Calendar(books.plan.settings)
    known = namer(books.plan, "to_workload")
    return pd.DataFrame(
        {
            "Team": bills["team"].astype(object),
            "Workload": bills["to_workload"].map(lambda w: known.get(w, w)),
            "Period": bills["period"].map(lambda t: calendar.period_labels[t - 1]),
            "Year": calendar.year_of(bills["period"]),
            "Category": bills["category"].map(lambda c: label_in("category", {}, str(c))),
            "Key": bills["key"].astype(object),
            "Amount": bills["amount"],
        }
    )


FILTERS = ("Team", "Workload", "Year", "Category", "Key")
"""Columns by which people narrow the bills down."""


def of(rows: pd.DataFrame, currency: str) -> str:
    """What some lines of the bills add up to, in words."""
    amount = fmt.money_exact(float(rows["Amount"].sum()), currency, 2)
    return f"{fmt.plural(len(rows), 'line')}, {amount}"


def agrees(books: Books) -> bool:
    """True when all bills add up to the ledger's cash, rounded to the cent once, and in every period within a cent."""
    cash = books.ledger[is_cash(books.ledger)].groupby("period")["amount"].sum()
    billed = books.chargeback.groupby("period")["amount"].sum()
    both = pd.concat([cash, billed], axis=1).fillna(0.0)
    to_the_cent = round(float(books.chargeback["amount"].sum()), 2) == round(books.total_cash, 2)
    return to_the_cent and all(same(a, b) for a, b in both.to_numpy(float))


def sentence(books: Books) -> str:
    """What all bills add up to, against the ledger's cash."""
    currency = books.plan.settings.currency
    billed = fmt.money_exact(float(books.chargeback["amount"].sum()), currency, 2)
    cash = fmt.money_exact(books.total_cash, currency, 2)
    lines = fmt.plural(len(books.chargeback), "line")
    if agrees(books):
        return f"{fmt.sentence(lines)} add up to {billed}: the ledger's cash, to the cent; in every period, within one."
    return f"{fmt.sentence(lines)} add up to {billed}, but the ledger's cash is {cash}."
