"""Cash flow, profit and loss, tax and the balance view, by period, as lines that add up.

Amounts are signed by their effect: what lowers cash or profit is negative. Every statement is a frame with
columns section, line, period, amount; `wide` lays one out over periods or years.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.finance.accrual import AMORTIZATION, DEPRECIATION, DISPOSAL, INTEREST, SECTIONS
from planner.finance.accrual import OPERATING as OPERATING_COST
from planner.finance.assets_register import Register
from planner.finance.categories import is_cash
from planner.finance.contracts import LEASE, ContractBooks
from planner.finance.lots import CONTRACTS, EQUIPMENT
from planner.plan.plan import Plan, Settings

OPERATING, INVESTING, FINANCING, TAXES = "Operating", "Investing", "Financing", "Tax"
COLUMNS = ["section", "line", "period", "amount"]


@dataclass(frozen=True)
class Tax:
    """Tax by period, arrays of shape (periods,); positive is paid or owed.

    profit: before tax, by the books. taxable: by the tax return. current: rate x taxable, a credit where there
    is a loss (the company is taken to have other profits to set it against). total: rate x profit. deferred:
    total - current (IAS 12). shield: what the deductions save, rate x deductions.
    """

    rate: float
    profit: np.ndarray
    taxable: np.ndarray

    @property
    def current(self) -> np.ndarray:
        """Tax of the period by the tax return."""
        return self.rate * self.taxable

    @property
    def deferred(self) -> np.ndarray:
        """Tax by the books that is not due yet."""
        return self.rate * (self.profit - self.taxable)

    @property
    def shield(self) -> np.ndarray:
        """Tax that the deductions of the period save."""
        return -self.current


def per_period(rows: pd.DataFrame, periods: int) -> np.ndarray:
    """Sum of `amount` in each period, shape (periods,)."""
    return np.bincount(rows["period"].to_numpy(int) - 1, rows["amount"].to_numpy(float), minlength=periods)[:periods]


def tax(plan: Plan, expenses: pd.DataFrame, taxed: pd.DataFrame, contracts: ContractBooks) -> Tax:
    """Tax on the plan's costs alone. `taxed` are the expenses under the depreciation of the tax return.

    The tax return deducts lease payments as paid (the upfront payment over the term) instead of amortization
    and interest.
    """
    periods = plan.settings.periods
    profit = -per_period(expenses, periods)
    deductions = per_period(taxed, periods) - contracts.expense.sum(axis=0) + contracts.tax_cost.sum(axis=0)
    return Tax(plan.settings.tax_rate, profit, -deductions)


def _lines(section: str, line: str, amounts: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {"section": section, "line": line, "period": np.arange(1, len(amounts) + 1), "amount": amounts}
    )[COLUMNS]


def _statement(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Lines together; a line that is zero in every period is left out."""
    whole = pd.concat(parts, ignore_index=True)
    some = whole.groupby(["section", "line"])["amount"].transform(lambda x: (x != 0).any())
    return whole[some.to_numpy(bool)].reset_index(drop=True)


def cash_flow(plan: Plan, ledger: pd.DataFrame, contracts: ContractBooks, taxes: Tax) -> pd.DataFrame:
    """The cash flow statement: its lines before tax add up to the ledger's cash, period by period.

    Payments for leases on the balance sheet are financing under IFRS 16.50 and for ASC 842 finance leases, split
    into principal and interest; an upfront payment is investing. All other contract payments are operating.
    """
    periods = plan.settings.periods
    cash = ledger[is_cash(ledger)]
    pricing = plan.table("offers").set_index("offer")["pricing"]
    contract_rows = cash["category"].eq("compute") & cash["offer"].map(pricing).isin(CONTRACTS)
    parts = []
    for category, rows in cash[cash["cash"].eq("opex") & ~contract_rows].groupby("category", sort=False):
        parts.append(_lines(OPERATING, str(category).capitalize(), -per_period(rows, periods)))
    on_books = contracts.kind == LEASE
    upfront = contracts.paid - contracts.contracts.payments[:, :periods]
    parts.append(_lines(OPERATING, "Compute commitments", -contracts.paid[~on_books].sum(axis=0)))
    for category, line in (("hardware", "Purchase of equipment"), ("resale", "Sale of equipment")):
        parts.append(_lines(INVESTING, line, -per_period(cash[cash["category"] == category], periods)))
    fit_out = cash[cash["category"].eq("site") & cash["cash"].eq("capex")]
    parts.append(_lines(INVESTING, "Site fit-out", -per_period(fit_out, periods)))
    parts.append(_lines(INVESTING, "Upfront payments of leases", -upfront[on_books].sum(axis=0)))
    interest = contracts.interest[on_books].sum(axis=0)
    principal = contracts.contracts.payments[on_books, :periods].sum(axis=0) - interest
    parts.append(_lines(FINANCING, "Lease principal", -principal))
    parts.append(_lines(FINANCING, "Lease interest", -interest))
    parts.append(_lines(TAXES, "Tax saved (paid)", taxes.shield))
    return _statement(parts)


def profit_and_loss(plan: Plan, expenses: pd.DataFrame, taxes: Tax) -> pd.DataFrame:
    """Expenses by section and line, then current and deferred tax; the sum is the result after tax."""
    periods = plan.settings.periods
    parts = [
        _lines(section, str(line), -per_period(rows, periods))
        for section in SECTIONS
        for line, rows in expenses[expenses["section"] == section].groupby("line", sort=False)
    ]
    parts.append(_lines(TAXES, "Current tax", -taxes.current))
    parts.append(_lines(TAXES, "Deferred tax", -taxes.deferred))
    return _statement(parts)


def balance(
    plan: Plan, register: Register, contracts: ContractBooks, cash: pd.DataFrame, profit: pd.DataFrame, taxes: Tax
) -> pd.DataFrame:
    """What the plan leaves on the balance sheet at the end of each period; period 0 is before the plan.

    Assets and liabilities (negative) against equity: what was there at the start, what the company put in
    (all cash paid, after tax) and the result so far. Assets + liabilities = equity.
    """
    periods = plan.settings.periods
    equipment = (register.lots["kind"] == EQUIPMENT).to_numpy()
    t = np.arange(1, periods + 1)[None, :]
    building = t < register.lots["first_period"].to_numpy(int)[:, None]

    def path(before: float, closing: np.ndarray) -> np.ndarray:
        return np.concatenate([[before], closing])

    start = register.opening[:, 0]
    first = register.lots["first_period"].to_numpy(int) > 1
    held, fit_out = register.closing[equipment], register.closing[~equipment]
    waiting = building[equipment]
    assets = {
        "Equipment": path(start[equipment & ~first].sum(), np.where(waiting, 0.0, held).sum(axis=0)),
        "Equipment not in service yet": path(start[equipment & first].sum(), np.where(waiting, held, 0.0).sum(axis=0)),
        "Site fit-out": path(0.0, fit_out.sum(axis=0)),
        "Right of use": path(contracts.right_of_use_before.sum(), contracts.right_of_use.sum(axis=0)),
        "Prepaid commitments": path(contracts.prepaid_before.sum(), contracts.prepaid.sum(axis=0)),
    }
    debts = {
        "Lease liability": -path(contracts.liability_before.sum(), contracts.liability.sum(axis=0)),
        "Deferred tax": -path(0.0, np.cumsum(taxes.deferred)),
    }
    before = sum(v[0] for v in assets.values()) + sum(v[0] for v in debts.values())
    equity = {
        "Equity at the start": np.full(periods + 1, before),
        "Cash put in": path(0.0, -np.cumsum(per_period(cash, periods))),
        "Result so far": path(0.0, np.cumsum(per_period(profit, periods))),
    }
    parts = []
    for section, lines in (("Assets", assets), ("Liabilities", debts), ("Equity", equity)):
        for line, amounts in lines.items():
            parts.append(_lines(section, line, amounts).assign(period=np.arange(periods + 1)))
    return _statement(parts)


def wide(statement: pd.DataFrame, settings: Settings, yearly: bool = False, last: bool = False) -> pd.DataFrame:
    """A statement with a column for each period (or plan year), rows by section and line in their order.

    A year is the sum of its periods, or with `last` (balances) the value of its last one.
    """
    rows = statement
    if yearly:
        year = np.concatenate([[0], settings.year_of_period()])
        rows = rows.assign(period=year[rows["period"].to_numpy(int)])
    how = "last" if last else "sum"
    order = pd.MultiIndex.from_frame(statement[["section", "line"]].drop_duplicates())
    return rows.pivot_table(index=["section", "line"], columns="period", values="amount", aggfunc=how).reindex(order)


RESULTS = {
    "EBITDA": (OPERATING_COST,),
    "EBIT": (DEPRECIATION, AMORTIZATION, DISPOSAL),
    "Result before tax": (INTEREST,),
    "Result after tax": (TAXES,),
}
"""Results of the P&L in order, each with the sections that it adds to the one before."""


def results(profit: pd.DataFrame, periods: int) -> pd.DataFrame:
    """EBITDA, EBIT and the results before and after tax of a P&L: columns line, period, amount.

    Costs alone: a plan has no revenue, so every result is what it takes away from that of the company.
    """
    total = np.zeros(periods)
    parts = []
    for line, sections in RESULTS.items():
        total = total + per_period(profit[profit["section"].isin(sections)], periods)
        parts.append(_lines("", line, total).drop(columns="section"))
    return pd.concat(parts, ignore_index=True)
