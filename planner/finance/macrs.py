"""MACRS for five-year property: the tables of IRS Publication 946, spread over the periods of a plan.

Tax years are the plan's years. Sources: IRS Publication 946, appendix A, tables A-1 (half-year) and A-2 to A-5
(mid-quarter, placed in service in the first to fourth quarter); chapter 4 on which convention applies and on
the year of disposition.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

HALF_YEAR = np.array([20.0, 32.0, 19.2, 11.52, 11.52, 5.76]) / 100
MID_QUARTER = (
    np.array(
        [
            [35.0, 26.0, 15.6, 11.01, 11.01, 1.38],
            [25.0, 30.0, 18.0, 11.37, 11.37, 4.26],
            [15.0, 34.0, 20.4, 12.24, 11.3, 7.06],
            [5.0, 38.0, 22.8, 13.68, 10.94, 9.58],
        ]
    )
    / 100
)
TABLES = np.vstack([HALF_YEAR, MID_QUARTER])
"""Share of the basis by convention (half-year, then quarters 1 to 4) and year of recovery, shape (5, 6)."""
REMAINING = np.hstack([TABLES[:, ::-1].cumsum(axis=1)[:, ::-1], np.zeros((len(TABLES), 1))])
"""Share of the basis that is left to be taken from each year of recovery on, shape (5, 7)."""
DISPOSAL = np.array([0.125, 0.375, 0.625, 0.875])
"""Mid-quarter: part of the year's depreciation that is left in a year of disposition in quarter 1 to 4."""
LATE_SHARE = 0.4
"""Mid-quarter applies where more than this share of a year's additions falls in its last three months."""


def convention_rows(
    year: np.ndarray, quarter: np.ndarray, basis: np.ndarray, choice: Literal["auto", "half_year", "mid_quarter"]
) -> np.ndarray:
    """Which row of `TABLES` each addition uses, shape (n,). `quarter` from 1, of the year of service."""
    if choice == "half_year":
        return np.zeros(len(year), dtype=int)
    if choice == "mid_quarter":
        return np.asarray(quarter, dtype=int)
    by_year = pd.DataFrame({"year": year, "basis": basis, "late": np.where(quarter == 4, basis, 0.0)})
    total = by_year.groupby("year")[["basis", "late"]].transform("sum")
    late = (total["late"] > LATE_SHARE * total["basis"]).to_numpy()
    return np.where(late, quarter, 0).astype(int)


def macrs(
    lots: pd.DataFrame,
    basis: np.ndarray,
    periods: int,
    months: int,
    choice: Literal["auto", "half_year", "mid_quarter"] = "auto",
) -> np.ndarray:
    """Depreciation by lot and period, shape (lots, periods), of `basis` (lots,).

    The allowance of a year is spread evenly over the periods of that year from the first in service to the
    last, or to the one of the disposal. In the year of disposition only the convention's part is allowed, and
    nothing for what comes and goes within one year. What was there before the plan takes the rest of the table
    of its own year of service, scaled to its book value.
    """
    first, last = lots["first_period"].to_numpy(int), lots["last_period"].to_numpy(int)
    disposal, age = lots["disposal_period"].to_numpy(int), lots["age_months"].to_numpy(int)
    old = lots["ordered_period"].to_numpy(int) == 0
    start = (first - 1) * months - np.where(old, age, 0)  # month of service, 0 is the plan's first month
    year, quarter = start // 12, start % 12 // 3 + 1
    row = convention_rows(year, quarter, np.where(old, 0.0, basis), choice)
    years = -(-periods * months // 12)
    out = np.zeros((len(lots), periods))
    left = REMAINING[row, np.clip(-year, 0, TABLES.shape[1])]
    scale = np.where(old & (left > 0), basis / np.where(left > 0, left, 1.0), basis)
    over = old & (left <= 0)
    gone = np.where(disposal > 0, (disposal - 1) * months // 12, years)
    gone_quarter = np.where(lots["ends"] == "horizon", periods * months - 1, (disposal - 1) * months) % 12 // 3
    per_year = 12 // months
    until = np.maximum(last, disposal)
    for y in range(years):
        k = y - year
        inside = (k >= 0) & (k < TABLES.shape[1]) & (y <= gone) & ~over
        rate = TABLES[row, np.clip(k, 0, TABLES.shape[1] - 1)]
        leaving = (y == gone) & (disposal > 0) & (k < TABLES.shape[1] - 1)
        part = np.where(row == 0, 0.5, DISPOSAL[gone_quarter])
        rate = np.where(leaving, np.where(k == 0, 0.0, rate * part), rate)
        _spread(out, np.where(inside, scale * rate, 0.0), y, per_year, first, until)
    # Past the table's end there is nothing to scale: the rest goes in the first period.
    at = np.flatnonzero(over & (last >= first))
    out[at, first[at] - 1] = basis[at]
    return out


def _spread(
    out: np.ndarray, amount: np.ndarray, year: int, per_year: int, first: np.ndarray, until: np.ndarray
) -> None:
    """Add a year's amounts evenly to those of its periods that lie within first and until."""
    t = np.arange(year * per_year, min((year + 1) * per_year, out.shape[1]))
    inside = (t + 1 >= first[:, None]) & (t + 1 <= until[:, None])
    count = inside.sum(axis=1)
    each = np.divide(amount, count, out=np.zeros(len(amount)), where=count > 0)
    out[:, t] += inside * each[:, None]
