"""What the cost of a plan is made of, in words: what is paid, and what counts beside it without being paid.

Two sums go by the name of cost, and every page, chart and table names them alike. `CASH`: the rows of
the ledger that are paid or received. `COST`: what the optimizer minimises, which is that cash and what
is not cash: the internal price of carbon, volume left unserved, downtime, penalties of policies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from planner.explore.scenarios import MEASURES
from planner.plan.schema import split_list
from planner.report import format as fmt
from planner.result.frames import CAPEX
from planner.result.result import Result

CASH, COST = "Cash, present value", "Cost, present value"
CAPEX_NET = MEASURES[CAPEX][0]
"""Capex in sums of the ledger, nominal: what is sold again counts against it, which can leave it below zero."""
NAMES = {
    "carbon": "carbon price",
    "unserved": "unserved volume",
    "downtime": "downtime",
    "policy": "penalties of policies",
}
"""What people call the categories of the ledger that are not cash."""
WHAT = (
    "Cost is what the plan minimises: cash, and what counts without being paid (carbon price, unserved volume, "
    "downtime, penalties of policies)."
)
SMALL = 1e-6
"""Share of a cost that is rounding."""


def not_cash(result: Result) -> dict[str, float]:
    """Present value of what is not cash, by category, without what is rounding; greatest first."""
    least = SMALL * max(abs(result.objective or 0.0), 1.0)
    found = {str(k): float(v) for k, v in result.not_cash.items() if abs(float(v)) > least}
    return dict(sorted(found.items(), key=lambda item: -abs(item[1])))


def of_it(amount: float, categories: Iterable[str], currency: str) -> str:
    """How much of a cost is not cash, and what: of it $3.10 M not cash: carbon price and downtime."""
    called = fmt.listing([NAMES.get(c, c) for c in categories])
    return f"of it {fmt.money(amount, currency)} not cash" + (f": {called}" if called else "")


def told(result: Result, currency: str) -> str:
    """The cost of an answer with its parts: Cost, present value: $158 M, of it $3.10 M not cash: carbon price."""
    beside = not_cash(result)
    parts = of_it(sum(beside.values()), beside, currency) if beside else "all of it cash"
    return f"{COST}: {fmt.money(result.objective, currency)}, {parts}."


def told_of(row: Mapping[str, Any], currency: str, name: str = COST) -> str:
    """The same of a row of a question's answer with its `cost` and, of that, its `cash`; `not_cash` names the rest."""
    cost, cash = float(row["cost"]), float(row["cash"])
    beside = cost - cash > SMALL * max(abs(cost), 1.0)
    parts = of_it(cost - cash, split_list(row.get("not_cash")), currency) if beside else "all of it cash"
    return f"{name}: {fmt.money(cost, currency)}, {parts}."


def heading(words: str, currency: str) -> str:
    """`CASH`, `COST` or a difference of it as the heading of a column: Cost (USD, present value)."""
    name, _, basis = words.partition(", ")
    return f"{name} ({currency}, {basis})" if basis else f"{name} ({currency})"
