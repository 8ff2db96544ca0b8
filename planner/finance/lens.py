"""By what a plan is judged: cost before tax or after tax, both present values, or accounting cost over the horizon.

A lens is an aim of the optimizer: the objective that it makes of a model is exactly what the books of the solved
plan then say (`value`). What is not cash (carbon price, unserved volume, downtime, penalties of policies) is in
every lens, because it holds the plan to its rules; it is never taxed, discounted where cash is and not discounted
where the lens adds up a profit and loss account.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd

from planner.finance import lens_columns as columns
from planner.finance.bookkeeping import Books
from planner.finance.categories import is_cash
from planner.finance.policy import AccountingPolicy
from planner.finance.statements import TAXES, per_period
from planner.model.build import Model
from planner.model.builder import Matrix
from planner.plan.plan import Plan

Measure = Literal["cash", "after_tax", "accounting"]
CASH, AFTER_TAX, ACCOUNTING = get_args(Measure)
TITLES: dict[Measure, str] = {
    CASH: "Cost, present value",
    AFTER_TAX: "Cost after tax, present value",
    ACCOUNTING: "Accounting cost",
}
_NOT_CASH = "costs that are not cash: carbon price, unserved volume, downtime, penalties of policies"
HELP: dict[Measure, str] = {
    CASH: f"Present value of the cash that is paid and received, before tax, and of {_NOT_CASH}.",
    AFTER_TAX: "Cost, present value, less the tax that the deductions save, discounted from when they are taken.",
    ACCOUNTING: f"Expenses of the profit and loss account before tax, and {_NOT_CASH}; over the horizon, not discounted.",
}
BEFORE_TAX, TAX_PART = "Cash before tax", "Tax saved"
CASH_KIND, TAX_KIND, EXPENSE_KIND, NOT_CASH_KIND = "cash", "tax", "expense", "not cash"
"""Kinds of `parts`."""
NOT_OF_THE_DECISION = ("idle", "platform", "site_key", "accounts", "expected_utilization")
"""Choices of the policy that only allocate or show: no lens depends on them."""


class LensError(ValueError):
    """A lens cannot be made of these choices; the message says why and what would do."""


@dataclass(frozen=True, eq=False)
class Lens:
    """An aim (`planner.model.aim.Aim`): minimise `measure` of `plan` as the books under `policy` state it.

    Raises LensError where the books are not linear in the decisions: units of production (depreciation follows
    the hours worked), and MACRS with the convention left to the additions of each year.
    """

    plan: Plan
    measure: Measure = CASH
    policy: AccountingPolicy = field(default_factory=AccountingPolicy)

    def __post_init__(self) -> None:
        if self.measure not in TITLES:
            raise LensError(f"lens: {self.measure!r} is not one of {', '.join(TITLES)}")
        if self.measure != CASH:
            fault = not_linear(self.plan, self.books_policy)
            if fault:
                raise LensError(fault)

    @property
    def books_policy(self) -> AccountingPolicy:
        """The policy whose depreciation counts: that of the tax return after tax, that of the books else."""
        return self.policy.for_tax() if self.measure == AFTER_TAX else self.policy

    @property
    def key(self) -> str:
        """Equal for lenses that make the same objective of the same plan."""
        if self.measure == CASH:
            return f"lens {CASH}"
        said = {f.name: getattr(self.policy, f.name) for f in fields(self.policy) if f.name not in NOT_OF_THE_DECISION}
        return f"lens {self.measure} {json.dumps(said, sort_keys=True)}"

    def apply(self, model: Model) -> Matrix:
        """The model's matrix with the lens's objective, and with columns at its end that say how long sites are open
        where fit-outs are written off."""
        matrix, s = model.matrix, model.sets
        rate = s.settings.tax_rate
        if self.measure == CASH or (self.measure == AFTER_TAX and rate == 0):
            return matrix
        taxed = self.measure == AFTER_TAX
        weight = -rate * s.df if taxed else np.ones(s.T)
        n = len(matrix.cost)
        cost = matrix.cost.copy() if taxed else _by_column(columns.non_cash(model), np.ones(s.T), n)
        cost += _by_column(columns.operating(model), weight, n)
        unit = columns.unit_books(model, self.plan, self.policy)
        booked = unit.deduction if taxed else unit.expense
        cost += np.bincount(unit.columns, weights=booked @ weight, minlength=n).astype(float)
        runs = columns.runs_of(model)
        if not len(runs):
            return replace(matrix, cost=cost)
        of_runs = columns.run_expense(model, self.plan, runs, self.books_policy) @ weight
        return columns.with_runs(model, replace(matrix, cost=cost), runs, of_runs)


def _by_column(terms: tuple[np.ndarray, np.ndarray, np.ndarray], weight: np.ndarray, n: int) -> np.ndarray:
    """Amounts by column, each weighted by its period; shape (n,)."""
    col, period, amount = terms
    return np.bincount(col, weights=amount * weight[period], minlength=n).astype(float)


def measure_of(key: str) -> Measure | None:
    """The measure of the lens that has this key (`Lens.key`, `AimOutcome.key`); None where it is another aim's."""
    words = key.split(" ", 2)
    return next((m for m in TITLES if words[:1] == ["lens"] and words[1:2] == [m]), None)


def not_linear(plan: Plan, policy: AccountingPolicy) -> str:
    """Why depreciation under the policy is not linear in the decisions; blank where it is."""
    if policy.depreciation == "units_of_production":
        return (
            "No lens with depreciation by units of production: it follows the hours worked, which the plan decides as "
            "well. Choose straight line, declining balance or MACRS."
        )
    months = plan.settings.months_per_period
    late = any(month % 12 // 3 == 3 for month in range(0, plan.settings.periods * months, months))
    if policy.depreciation == "macrs" and policy.macrs_convention == "auto" and late:
        return (
            "No lens with a MACRS convention that follows the additions of each year: which one applies would depend on "
            "the plan. Choose half-year or mid-quarter."
        )
    return ""


def value(books: Books, measure: Measure) -> float:
    """What the books say the plan costs under a lens: money of the plan, a cost is positive."""
    return cash_part(books, measure) + non_cash_part(books, measure)


def cash_part(books: Books, measure: Measure) -> float:
    """The statements' part: the cash flow's present value before or after tax, or the expenses before tax."""
    periods = books.plan.settings.periods
    if measure == ACCOUNTING:
        statement = books.profit_and_loss
        return -float(statement.loc[statement["section"] != TAXES, "amount"].sum())
    statement = books.cash_flow
    if measure == CASH:
        statement = statement[statement["section"] != TAXES]
    return -float(per_period(statement, periods) @ books.plan.settings.discount_factors())


def parts(books: Books, measure: Measure) -> pd.DataFrame:
    """What `value` is made of: part, kind, amount (a cost is positive). The amounts add up to it.

    Kinds: cash before tax; tax (saved: negative); expenses by section of the profit and loss account; not cash, by
    category of the ledger. Parts of nothing are left out, but for cash before tax.
    """
    rows: list[tuple[str, str, float]] = []
    if measure == ACCOUNTING:
        statement = books.profit_and_loss
        sections = statement[statement["section"] != TAXES].groupby("section", sort=False)["amount"].sum()
        rows += [(str(name), EXPENSE_KIND, -float(amount)) for name, amount in sections.items()]
    else:
        before = cash_part(books, CASH)
        rows.append((BEFORE_TAX, CASH_KIND, before))
        if measure == AFTER_TAX:
            rows.append((TAX_PART, TAX_KIND, cash_part(books, AFTER_TAX) - before))
    other = books.ledger[~is_cash(books.ledger)]
    by_category = other.groupby("category", sort=False)[_counted(measure)].sum()
    rows += [(str(name), NOT_CASH_KIND, float(amount)) for name, amount in by_category.items()]
    out = pd.DataFrame(rows, columns=["part", "kind", "amount"])
    return out[(out["amount"].abs() > 1e-9) | (out["kind"] == CASH_KIND)].reset_index(drop=True)


def _counted(measure: Measure) -> str:
    """The column of the ledger that a measure adds up."""
    return "amount" if measure == ACCOUNTING else "present_value"


def non_cash_part(books: Books, measure: Measure) -> float:
    """What is not cash: discounted, but in the accounting lens."""
    rows = books.ledger[~is_cash(books.ledger)]
    return float(rows[_counted(measure)].sum())
