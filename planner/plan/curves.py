"""Demand from a base volume: growth, season and ramp, month by month, summed to the plan's periods.

v(m) = base x growth(m / 12) x season(calendar month of m) x ramp(m), m = months since the plan's start.
A period's volume is the sum of its months, so that a plan in quarters and one in months agree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, get_args

import numpy as np
import pandas as pd

from planner.plan.plan import Plan, Settings, canonical
from planner.plan.tables import TABLES

Growth = Literal["flat", "linear", "compound", "s_curve"]
GROWTHS: tuple[Growth, ...] = get_args(Growth)

SHARE_TOLERANCE = 1e-9
"""How far shares of locations may be from summing to 1."""


@dataclass(frozen=True)
class GrowthCurve:
    """How a workload's volume develops. Every field is a plain value that a form can hold.

    `base_volume`: units a month at the plan's start, before season and ramp.
    `growth`: flat; linear and compound by `annual_growth` (0.4 = 40 % a year); s_curve towards
    `ceiling_multiple` x base, of which 90 % is reached after `months_to_ceiling` months.
    `season`: 12 multipliers for January to December or 4 for the calendar quarters, empty for none.
    They are divided by their mean, so that season moves volume within a year and adds none.
    `ramp_start_period`: first period with volume. `ramp_periods`: periods in which volume climbs
    in a straight line from nothing to all of it; 0: all at once.
    """

    base_volume: float
    growth: Growth = "compound"
    annual_growth: float = 0.0
    ceiling_multiple: float = 10.0
    months_to_ceiling: float = 36.0
    season: tuple[float, ...] = ()
    ramp_start_period: int = 1
    ramp_periods: int = 0

    def problems(self) -> list[str]:
        """What is wrong with the fields, as sentences for the person who filled them in; none: empty."""
        said = []
        numbers = [(f.name, getattr(self, f.name)) for f in fields(self) if f.name not in ("growth", "season")]
        said += [f"{name} must be a finite number" for name, value in numbers if not math.isfinite(value)]
        if self.growth not in GROWTHS:
            said.append(f"growth must be one of {', '.join(GROWTHS)}")
        if said:
            return said
        if self.base_volume < 0:
            said.append("base_volume must be 0 or more")
        if self.growth in ("linear", "compound") and self.annual_growth <= -1:
            said.append("annual_growth must be above -1 (-100 % a year)")
        if self.growth == "s_curve":
            if self.ceiling_multiple <= 10 / 9:
                said.append("ceiling_multiple must be above 1.12: at 90 % of it, volume must have grown")
            if self.months_to_ceiling <= 0:
                said.append("months_to_ceiling must be above 0")
        if len(self.season) not in (0, 4, 12):
            said.append("season must have 12 multipliers (months), 4 (quarters) or none")
        elif self.season and not (all(math.isfinite(x) and x >= 0 for x in self.season) and sum(self.season) > 0):
            said.append("season multipliers must be 0 or more, and not all 0")
        if self.ramp_start_period < 1:
            said.append("ramp_start_period must be 1 or more")
        if self.ramp_periods < 0:
            said.append("ramp_periods must be 0 or more")
        return said

    def describe(self) -> str:
        """The curve in words, for the `source` of the rows made from it."""
        grown = {
            "flat": "flat",
            "linear": f"linear growth of {self.annual_growth:.4g} of the base a year",
            "compound": f"compound growth of {self.annual_growth:.4g} a year",
            "s_curve": (
                f"logistic growth to {self.ceiling_multiple:.4g} x the base, "
                f"90 % of it after {self.months_to_ceiling:.4g} months"
            ),
        }[self.growth]
        parts = [f"demand curve: {self.base_volume:.6g} a month at the start", grown]
        if self.season:
            parts.append("seasonal")
        if self.ramp_start_period > 1:
            parts.append(f"from period {self.ramp_start_period}")
        if self.ramp_periods:
            parts.append(f"ramp over {self.ramp_periods} periods")
        return ", ".join(parts)


def growth_factor(curve: GrowthCurve, months: np.ndarray) -> np.ndarray:
    """Volume against the base, `months` after the start; same shape.

    flat 1; linear max(0, 1 + g t); compound (1 + g)^t (compound interest), t in years.
    s_curve: the logistic function (P.-F. Verhulst, 1838) K / (1 + (K - 1) e^(-r t)) with the start
    at 1 and K = ceiling_multiple; r = ln(9 (K - 1)) / months_to_ceiling makes it 0.9 K there.
    """
    months = np.asarray(months, dtype=float)
    if curve.growth == "linear":
        return np.maximum(0.0, 1.0 + curve.annual_growth * months / 12)
    if curve.growth == "compound":
        return (1.0 + curve.annual_growth) ** (months / 12)
    if curve.growth == "s_curve":
        ceiling = curve.ceiling_multiple
        rate = math.log(9 * (ceiling - 1)) / curve.months_to_ceiling
        return ceiling / (1.0 + (ceiling - 1.0) * np.exp(-rate * months))
    return np.ones_like(months)


def season_factor(curve: GrowthCurve, calendar_months: np.ndarray) -> np.ndarray:
    """Multiplier of each calendar month (1 = January), mean 1 over a year; same shape."""
    if not curve.season:
        return np.ones(np.shape(calendar_months))
    given = np.asarray(curve.season, dtype=float)
    months = np.repeat(given, 12 // len(given))
    return (months / months.mean())[np.asarray(calendar_months) - 1]


def ramp_factor(curve: GrowthCurve, months: np.ndarray, months_per_period: int) -> np.ndarray:
    """Share of the volume that has arrived in each month (0 = first of the plan), 0 to 1; same shape.

    A straight line from the start of the ramp, taken in the middle of each month.
    """
    since = np.asarray(months, dtype=float) - (curve.ramp_start_period - 1) * months_per_period
    length = curve.ramp_periods * months_per_period
    arrived = np.ones_like(since) if length == 0 else np.clip((since + 0.5) / length, 0.0, 1.0)
    return np.where(since >= 0, arrived, 0.0)


def monthly_volumes(curve: GrowthCurve, settings: Settings) -> np.ndarray:
    """Units in each month of the plan, shape (periods x months_per_period,).

    Raises ValueError with every problem of the curve.
    """
    problems = curve.problems()
    if problems:
        raise ValueError("; ".join(problems))
    months = np.arange(settings.periods * settings.months_per_period)
    calendar = (int(settings.start[5:7]) - 1 + months) % 12 + 1
    return (
        curve.base_volume
        * growth_factor(curve, months)
        * season_factor(curve, calendar)
        * ramp_factor(curve, months, settings.months_per_period)
    )


def period_volumes(curve: GrowthCurve, settings: Settings) -> np.ndarray:
    """Units in each period, shape (periods,). Raises ValueError as `monthly_volumes` does."""
    return monthly_volumes(curve, settings).reshape(settings.periods, settings.months_per_period).sum(axis=1)


def demand_rows(
    workload: str, curve: GrowthCurve, settings: Settings, shares: Mapping[str, float], note: str = "assumption"
) -> pd.DataFrame:
    """Rows of the demand table: one for each location with a share, and period; `source` tells the curve.

    `shares`: each location's part of the volume, 0 or more, in sum 1.
    Raises ValueError when the shares are not that, or with every problem of the curve.
    """
    given = np.array(list(shares.values()), dtype=float)
    if not len(given) or not np.isfinite(given).all() or (given < 0).any() or abs(given.sum() - 1) > SHARE_TOLERANCE:
        raise ValueError(f"the locations' shares must be 0 or more and sum to 1; they sum to {given.sum():.12g}")
    volumes = period_volumes(curve, settings)
    used = {location: share for location, share in shares.items() if share > 0}
    return canonical(
        TABLES["demand"],
        pd.DataFrame(
            {
                "workload": workload,
                "location": np.repeat(list(used), settings.periods),
                "period": np.tile(np.arange(1, settings.periods + 1), len(used)),
                "volume": np.outer(list(used.values()), volumes).ravel(),
                "source": curve.describe(),
                "note": note or None,
            }
        ),
    )


def with_demand(plan: Plan, rows: pd.DataFrame) -> Plan:
    """The plan with all demand of the workloads in `rows` replaced by `rows`."""
    kept = plan.tables["demand"]
    kept = kept[~kept["workload"].isin(rows["workload"])]
    return plan.replace(demand=pd.concat([kept, canonical(TABLES["demand"], rows)], ignore_index=True))
