"""The budget: cash by cost centre, account and month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.finance.categories import chart_of, is_cash
from planner.plan.plan import Plan

COLUMNS = ["cost_centre", "account", "account_name", "cash", "category", "month", "amount"]


def budget(plan: Plan, lines: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Allocated ledger lines by team, account and month (YYYY-MM), each period split evenly over its months.

    `accounts` maps category and cash kind to account and account_name; what it does not name is `unmapped`.
    The sum is the ledger's cash.
    """
    cash = lines[is_cash(lines)]
    by = ["team", "cash", "category", "period"]
    spent = cash.groupby(by, as_index=False)["amount"].sum().rename(columns={"team": "cost_centre"})
    spent = spent.merge(chart_of(accounts), on=["category", "cash"], how="left")
    m = plan.settings.months_per_period
    out = spent.loc[spent.index.repeat(m)].reset_index(drop=True)
    offset = (out["period"].to_numpy(int) - 1) * m + np.tile(np.arange(m), len(spent))
    first = pd.Period(plan.settings.start, freq="M")
    names = np.array([str(first + i) for i in range(plan.settings.periods * m)], dtype=object)
    out["month"] = names[offset]
    out["amount"] = out["amount"] / m
    return out[COLUMNS]
