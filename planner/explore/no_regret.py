"""What every one of several plans does: the moves that are right whichever of them is chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from planner.plan.plan import Plan
from planner.result.result import Result

COLUMNS = ["kind", "what", "count", "period", "by", "service"]
ORDER, OPEN = "order", "open"


def no_regret(plan: Plan, results: Sequence[Result]) -> pd.DataFrame:
    """The orders and openings that all plans have in common, by the last date at which each can be made.

    Columns: kind (order, open), what (offer or site), count (devices; 1 for a site), period (in
    which the last of the plans orders or opens it), by (YYYY-MM, the last month to order it: in
    service less lead time), service (YYYY-MM, first month in service).
    The nth device of an offer is common to all when each plan orders n; it can wait until the last
    of them orders its nth: that is where the least of the cumulative orders steps up.
    """
    if not results:
        return pd.DataFrame({c: pd.Series(dtype=object) for c in COLUMNS})
    s = plan.settings
    offers, sites = plan.table("offers"), plan.table("sites")
    lead = offers["lead_time_months"].to_numpy(int)
    orders = np.array([_by_period(r, "capacity", "offer", "ordered", offers["offer"], s.periods) for r in results])
    opened = np.array([_by_period(r, "sites", "site", "opened", sites["site"], s.periods) for r in results])
    costs = sites[["opening_cost", "fixed_cost_per_month", "security_cost_per_month"]].sum(axis=1).to_numpy() > 0
    first = np.minimum(opened.cumsum(axis=2), 1.0) * costs[:, None]
    frames = [
        _steps(plan, ORDER, offers["offer"], orders.cumsum(axis=2).min(axis=0), lead),
        _steps(plan, OPEN, sites["site"], first.min(axis=0), np.zeros(len(sites), dtype=int)),
    ]
    out = pd.concat(frames, ignore_index=True)
    return out.sort_values(["by", "kind", "what"], ascending=[True, False, True], ignore_index=True)[COLUMNS]


def _by_period(result: Result, frame: str, key: str, value: str, names: pd.Series, periods: int) -> np.ndarray:
    """Sums of a frame's column by name and period, shape (names, periods)."""
    rows = result.frames[frame]
    out = np.zeros((len(names), periods))
    at = pd.Index(names).get_indexer(pd.Index(rows[key])), rows["period"].to_numpy(int) - 1
    np.add.at(out, at, rows[value].to_numpy(float))
    return out


def _steps(plan: Plan, kind: str, names: pd.Series, common: np.ndarray, lead: np.ndarray) -> pd.DataFrame:
    s = plan.settings
    step = np.diff(common, axis=1, prepend=0.0)
    i, t = np.nonzero(step > 1e-6)
    service = t + -(-lead[i] // s.months_per_period)
    start = pd.Period(s.start, freq="M")
    return pd.DataFrame(
        {
            "kind": kind,
            "what": names.to_numpy(object)[i],
            "count": step[i, t],
            "period": t + 1,
            "by": [str(start + int(p) * s.months_per_period - int(m)) for p, m in zip(service, lead[i], strict=True)],
            "service": [str(start + int(p) * s.months_per_period) for p in service],
        }
    )
