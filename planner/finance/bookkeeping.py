"""The books of a solved plan: every statement, made when it is asked for, from the ledger and its frames alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pandas as pd

from planner.finance import accrual, assets_register, contracts, depreciation, lots, statements, tco, units
from planner.finance.allocation import Allocation, chargeback, showback
from planner.finance.assets_register import Register
from planner.finance.budget import budget
from planner.finance.categories import is_cash
from planner.finance.contracts import ContractBooks
from planner.finance.investment import Case, case, return_on_investment
from planner.finance.policy import AccountingPolicy
from planner.finance.statements import Tax
from planner.plan.plan import Plan
from planner.result.result import Result

BILLED = "Bills sum to the ledger's cash, rounded once"
"""The check of `Books.checks` that allows no cent."""


class Books:
    """Every statement of a solved plan. Raises ValueError for a result that has no plan.

    Frames are computed when first asked for and kept; they must not be changed in place.
    """

    def __init__(self, plan: Plan, result: Result, policy: AccountingPolicy | None = None) -> None:
        if not result.has_plan:
            raise ValueError("there is no solved plan to keep books of")
        self.plan = plan
        self.result = result
        self.policy = policy or AccountingPolicy()
        self.frames: Mapping[str, pd.DataFrame] = result.frames

    @property
    def ledger(self) -> pd.DataFrame:
        """The ledger, as the result has it."""
        return self.frames["ledger"]

    @cached_property
    def lots(self) -> pd.DataFrame:
        """Owned devices and site fit-outs: see `lots.asset_lots`."""
        return lots.asset_lots(self.plan, self.frames, self.policy.site_life_months)

    @cached_property
    def register(self) -> Register:
        """Net book value of every lot under the books' depreciation."""
        return self._register(self.policy)

    @cached_property
    def tax_register(self) -> Register:
        """The same under the depreciation of the tax return."""
        return self.register if self.policy.tax_depreciation is None else self._register(self.policy.for_tax())

    def _register(self, policy: AccountingPolicy) -> Register:
        return assets_register.register(self.lots, depreciation.schedule(self.plan, self.frames, self.lots, policy))

    @cached_property
    def contracts(self) -> ContractBooks:
        """Commitments and leases under the policy."""
        return contracts.contract_books(self.plan, lots.contracts(self.plan, self.frames), self.policy)

    @cached_property
    def commitments(self) -> pd.DataFrame:
        """What is owed under contract, by contract and period due: see `contracts.commitments`."""
        return contracts.commitments(self.plan, self.contracts.contracts)

    @cached_property
    def outstanding(self) -> pd.DataFrame:
        """Commitments outstanding by period: opening, contracted, paid, closing."""
        return contracts.outstanding(self.commitments, self.plan.settings.periods)

    def ladder(self, as_of: int = 0) -> pd.DataFrame:
        """What is owed at the end of period `as_of`, by plan year due and offer."""
        return contracts.ladder(self.commitments, as_of)

    @cached_property
    def expenses(self) -> pd.DataFrame:
        """The ledger turned from cash to expense: see `accrual.expenses`."""
        return accrual.expenses(self.plan, self.ledger, self.register, self.contracts)

    @cached_property
    def tax(self) -> Tax:
        """Current and deferred tax by period."""
        taxed = self.expenses
        if self.tax_register is not self.register:
            taxed = accrual.expenses(self.plan, self.ledger, self.tax_register, self.contracts)
        return statements.tax(self.plan, self.expenses, taxed, self.contracts)

    @cached_property
    def tax_table(self) -> pd.DataFrame:
        """Tax by period: profit and taxable income, current and deferred tax, the shield, and what of it comes from
        depreciation (rate x depreciation in the tax return)."""
        t = self.tax
        return pd.DataFrame(
            {
                "period": np.arange(1, self.plan.settings.periods + 1),
                "profit": t.profit,
                "taxable": t.taxable,
                "current": t.current,
                "deferred": t.deferred,
                "shield": t.shield,
                "depreciation_shield": t.rate * self.tax_register.depreciation.sum(axis=0),
            }
        )

    @cached_property
    def cash_flow(self) -> pd.DataFrame:
        """Cash flow statement: section, line, period, amount."""
        return statements.cash_flow(self.plan, self.ledger, self.contracts, self.tax)

    @cached_property
    def profit_and_loss(self) -> pd.DataFrame:
        """Profit and loss: section, line, period, amount."""
        return statements.profit_and_loss(self.plan, self.expenses, self.tax)

    @cached_property
    def results(self) -> pd.DataFrame:
        """EBITDA, EBIT and results before and after tax by period: see `statements.results`."""
        return statements.results(self.profit_and_loss, self.plan.settings.periods)

    @cached_property
    def balance(self) -> pd.DataFrame:
        """Balance view at the end of each period, 0 is before the plan: section, line, period, amount."""
        return statements.balance(
            self.plan, self.register, self.contracts, self.cash_flow, self.profit_and_loss, self.tax
        )

    @cached_property
    def allocation(self) -> Allocation:
        """What splits money rows over workloads and teams."""
        return Allocation(self.plan, self.frames, self.policy)

    @cached_property
    def allocated(self) -> pd.DataFrame:
        """The ledger split over workloads and teams, with the dimensions of `tco.DIMENSIONS`."""
        return tco.described(self.plan, self.allocation.split(self.ledger))

    @cached_property
    def allocated_expenses(self) -> pd.DataFrame:
        """The expenses split over workloads and teams."""
        return self.allocation.split(self.expenses, lumps=("resale",))

    def tco(self, *by: str, non_cash: bool = False) -> pd.DataFrame:
        """Total cost of ownership by dimensions: see `tco.tco`."""
        return tco.tco(self.allocated, *by, non_cash=non_cash)

    @cached_property
    def showback(self) -> pd.DataFrame:
        """Cash by team and workload: amount, present_value, caused, shared, idle."""
        return showback(self.allocated[is_cash(self.allocated)])

    @cached_property
    def total_cash(self) -> float:
        """All cash of the ledger, nominal, in the plan's currency."""
        return float(self.ledger.loc[is_cash(self.ledger), "amount"].sum())

    @cached_property
    def chargeback(self) -> pd.DataFrame:
        """Bills to teams in whole cents: see `allocation.chargeback`."""
        return chargeback(self.allocated[is_cash(self.allocated)], self.total_cash)

    @cached_property
    def unit_costs(self) -> pd.DataFrame:
        """Average expense of a unit by workload and period: see `units.unit_costs`."""
        return units.unit_costs(self.plan, self.frames, self.allocated_expenses)

    @cached_property
    def levelised_costs(self) -> pd.DataFrame:
        """Levelised cash cost of a unit by workload: see `units.levelised_costs`."""
        return units.levelised_costs(self.plan, self.frames, self.allocated)

    def incremental_cost(self, more: Books, workload: str) -> float | None:
        """Cost of one more unit, from the books of `units.more_of(plan, workload)`: see `units.incremental_cost`."""
        return units.incremental_cost(self.plan, self.frames, more.frames, workload)

    @cached_property
    def gpu_hour_costs(self) -> pd.DataFrame:
        """Expense of a GPU-hour in service and of a useful one, by period: see `units.gpu_hour_costs`."""
        return units.gpu_hour_costs(self.plan, self.frames, self.expenses)

    @cached_property
    def budget(self) -> pd.DataFrame:
        """Cash by cost centre, account and month: see `budget.budget`."""
        return budget(self.plan, self.allocated, self.policy.accounts)

    @cached_property
    def roi_by_workload(self) -> pd.DataFrame:
        """Return on investment of each workload: see `investment.return_on_investment`."""
        return return_on_investment(self.plan, self.frames, self.allocated)

    @cached_property
    def roi_by_team(self) -> pd.DataFrame:
        """Return on investment of each team."""
        return return_on_investment(self.plan, self.frames, self.allocated, "team")

    def against(self, alternative: Books) -> Case:
        """The investment case against another plan's books, usually business as usual."""
        return case(self, alternative)

    @cached_property
    def checks(self) -> pd.DataFrame:
        """Every identity that the books must satisfy: columns check, found, expected, difference, holds.

        Amounts in the plan's currency; one holds when the difference is below a cent or 1e-9 of the amount, and that
        of the bills, which are in whole cents, when there is none.
        """
        x = self.plan.settings
        cash = self.ledger[is_cash(self.ledger)]
        before_tax = self.cash_flow[self.cash_flow["section"] != statements.TAXES]
        r = self.register
        roll = r.opening + r.additions - r.depreciation - r.disposals - r.horizon - r.closing
        side = np.where(self.balance["section"] == "Equity", -1.0, 1.0)
        uneven = (self.balance["amount"] * side).groupby(self.balance["period"]).sum().to_numpy(float)
        by_period = statements.per_period(before_tax, x.periods) + statements.per_period(cash, x.periods)
        billed = statements.per_period(self.chargeback, x.periods) - statements.per_period(cash, x.periods)
        objective = np.nan if self.result.objective is None else self.result.objective
        rows = [
            ("Cash flow before tax equals the ledger's cash, worst period", np.abs(by_period).max(), 0.0),
            ("Allocation sums to the ledger", self.allocated["amount"].sum(), self.ledger["amount"].sum()),
            (BILLED, self.chargeback["amount"].sum(), round(self.total_cash, 2)),
            ("Bills sum to the ledger's cash within a cent, worst period", np.abs(billed).max(), 0.0),
            ("Budget sums to the ledger's cash", self.budget["amount"].sum(), cash["amount"].sum()),
            ("Net book value rolls forward, worst lot", np.abs(roll).max(initial=0.0), 0.0),
            ("Net book value is never negative", min(float(r.closing.min(initial=0.0)), 0.0), 0.0),
            (
                "Balance: assets and liabilities equal equity, worst period",
                np.abs(uneven).max(initial=0.0),
                0.0,
            ),
            ("Ledger's present value equals the objective", self.ledger["present_value"].sum(), objective),
        ]
        out = pd.DataFrame(rows, columns=["check", "found", "expected"])
        out["difference"] = out["found"] - out["expected"]
        scale = np.where(out["check"].str.contains("objective"), 1e-6, 1e-9) * out["expected"].abs()
        least = np.where(out["check"] == BILLED, 0.005, np.maximum(0.01, scale))
        out["holds"] = out["difference"].abs() <= least
        return out


def books(plan: Plan, result: Result, policy: AccountingPolicy | None = None) -> Books:
    """The books of a solved plan under an accounting policy (default: `AccountingPolicy()`)."""
    return Books(plan, result, policy)
