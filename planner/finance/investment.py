"""The investment case: a plan against an alternative, usually business as usual, and the return of each workload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.finance.categories import is_cash
from planner.finance.returns import Returns, returns
from planner.finance.statements import per_period
from planner.plan.plan import Plan

if TYPE_CHECKING:
    from planner.finance.bookkeeping import Books


@dataclass(frozen=True)
class Case:
    """A plan compared with an alternative.

    flows: one row a period with capex, opex and tax saved (alternative less plan), value (plan less
    alternative, units served x value_per_unit), before_tax, after_tax, discount_factor, and the running sum of
    the present value before and after tax. benefit_cost_ratio is that of the plan alone: present value of what
    it serves / of what it costs; None where nothing has a value.
    """

    flows: pd.DataFrame
    before_tax: Returns
    after_tax: Returns
    benefit_cost_ratio: float | None
    notes: tuple[str, ...]


def value_served(plan: Plan, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Benefit by workload and period: columns workload, period, volume, amount (units served x value_per_unit)."""
    each = plan.table("workloads").set_index("workload")["value_per_unit"]
    served = frames["routing"].groupby(["workload", "period"], as_index=False)["volume"].sum()
    return served.assign(amount=served["volume"] * served["workload"].map(each).astype(float))


def case(plan: Books, alternative: Books) -> Case:
    """The plan as an investment against the alternative. Raises ValueError when their calendars differ."""
    x, y = plan.plan.settings, alternative.plan.settings
    if (x.periods, x.months_per_period, x.start) != (y.periods, y.months_per_period, y.start):
        raise ValueError("the two plans have different periods")
    factors = x.discount_factors()

    def cash(books: Books, kind: str) -> np.ndarray:
        return per_period(books.ledger[books.ledger["cash"] == kind], x.periods)

    def value(books: Books) -> np.ndarray:
        return per_period(value_served(books.plan, books.frames), x.periods)

    capex = cash(alternative, "capex") - cash(plan, "capex")
    opex = cash(alternative, "opex") - cash(plan, "opex")
    benefit = value(plan) - value(alternative)
    benefit = np.where(np.abs(benefit) < 1e-6 * max(1.0, np.abs(value(plan)).max(initial=0.0)), 0.0, benefit)
    taxes = plan.tax.shield - alternative.tax.shield
    before = capex + opex + benefit
    after = before + taxes - x.tax_rate * benefit
    flows = pd.DataFrame(
        {
            "period": np.arange(1, x.periods + 1),
            "capex": capex,
            "opex": opex,
            "value": benefit,
            "tax": taxes - x.tax_rate * benefit,
            "before_tax": before,
            "after_tax": after,
            "discount_factor": factors,
            "cumulative_before_tax": np.cumsum(before * factors),
            "cumulative_after_tax": np.cumsum(after * factors),
        }
    )
    invested = float((np.maximum(-capex, 0.0) * factors).sum())
    per_year = 12 / x.months_per_period
    worth = float((value(plan) * factors).sum())
    cost = float(plan.ledger.loc[is_cash(plan.ledger), "present_value"].sum())
    notes: tuple[str, ...] = ()
    if not worth:
        notes = ("No workload has a value per unit: the case counts costs alone.",)
    return Case(
        flows,
        returns(before, factors, x.discount_rate, per_year, invested),
        returns(after, factors, x.discount_rate, per_year, invested),
        worth / cost if worth and cost > 0 else None,
        notes,
    )


def return_on_investment(
    plan: Plan, frames: Mapping[str, pd.DataFrame], lines: pd.DataFrame, by: str = "to_workload"
) -> pd.DataFrame:
    """Value against allocated cash cost by workload (`to_workload`) or `team`, in present value.

    Columns: the key, value, cost, net, roi = (value - cost) / cost, benefit_cost_ratio = value / cost; NaN where
    nothing was spent or no unit has a value. What the platform bears is a row of its own with no value.
    """
    factors = plan.settings.discount_factors()
    served = value_served(plan, frames)
    served["present"] = served["amount"] * factors[served["period"].to_numpy(int) - 1]
    worth = served.groupby("workload")["present"].sum()
    cash = lines[is_cash(lines)]
    if by == "team":
        team = lines.drop_duplicates("to_workload").set_index("to_workload")["team"]
        worth = worth.groupby(team.reindex(worth.index).to_numpy()).sum()
    cost = cash.groupby(by)["present_value"].sum()
    out = pd.DataFrame({"value": worth, "cost": cost}).fillna(0.0).rename_axis(by).reset_index()
    out["net"] = out["value"] - out["cost"]
    valued = (out["value"] > 0) & (out["cost"] > 0)
    out["roi"] = (out["net"] / out["cost"]).where(valued)
    out["benefit_cost_ratio"] = (out["value"] / out["cost"]).where(valued)
    return out
