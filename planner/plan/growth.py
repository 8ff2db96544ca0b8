"""Where a demand curve starts from: what the plan already says of a workload's volume."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.plan.curves import GrowthCurve, demand_rows
from planner.plan.plan import Plan


def location_shares(plan: Plan, workload: str) -> dict[str, float]:
    """Each location's part of the workload's volume over the plan, sum 1; equal parts where there is none."""
    by = plan.table("demand").query("workload == @workload").groupby("location")["volume"].sum()
    volumes = by.reindex(plan.table("locations")["location"]).fillna(0.0)
    if not volumes.sum() > 0:
        volumes = volumes + 1.0
    return {str(k): float(v) for k, v in (volumes / volumes.sum()).items()}


def first_month_volume(plan: Plan, workload: str) -> float:
    """Units a month of the workload in the first period that has any; 0 without demand."""
    volumes = period_totals(plan, workload)
    some = volumes[volumes > 0]
    return float(some.iloc[0]) / plan.settings.months_per_period if len(some) else 0.0


def period_totals(plan: Plan, workload: str) -> pd.Series:
    """Units of the workload in each period over all locations, indexed by period."""
    by = plan.table("demand").query("workload == @workload").groupby("period")["volume"].sum()
    return by.reindex(range(1, plan.settings.periods + 1)).fillna(0.0).astype(float)


def normalized(shares: dict[str, float]) -> dict[str, float]:
    """The parts divided by their sum, blank and negative ones left out. Raises ValueError when nothing is left."""
    kept = {k: float(v) for k, v in shares.items() if v is not None and np.isfinite(v) and v > 0}
    total = sum(kept.values())
    if not total > 0:
        raise ValueError("at least one location needs a part above 0")
    return {k: v / total for k, v in kept.items()}


def compared(plan: Plan, workload: str, curve: GrowthCurve, shares: dict[str, float]) -> tuple[pd.DataFrame, pd.Series]:
    """The rows of demand that a curve makes, and their sum by period. Raises ValueError as `demand_rows` does."""
    rows = demand_rows(workload, curve, plan.settings, shares)
    return rows, rows.groupby("period")["volume"].sum().astype(float)
