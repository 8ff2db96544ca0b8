"""What a little more demand of a workload costs in each period, with devices and yes-or-no decisions divisible.

The derivative of the relaxation's optimum: demand stands on the right of rows (what must be served, the
interruptible share), in coefficients (how much an open site may take) and in bounds, and the multipliers of all of
them together say what more of it costs (the envelope theorem; Bertsimas and Tsitsiklis, Introduction to Linear
Optimization, sections 5.2 and 5.5). How demand enters is not written down here a second time: the model is built
again with a little more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from planner.model.build import Model, build
from planner.model.builder import Matrix
from planner.model.drive import LARGE
from planner.model.highs import Outcome, solve_highs
from planner.model.options import Cancel
from planner.model.parts import relaxed
from planner.plan.plan import Plan

Array = np.ndarray
STEP = 1e-6
"""Share by which demand is raised to see where it stands in the model."""
COLUMNS = {"workload": "str", "period": "int64", "volume": "float64", "slope": "float64", "marginal": "float64"}


@dataclass(frozen=True)
class _Change:
    """How a matrix moves for the whole of a demand: right-hand sides, coefficients, column bounds."""

    lower: Array
    upper: Array
    a: sp.csr_matrix
    most: Array

    @property
    def rows(self) -> Array:
        """Which rows move."""
        return (self.lower != 0) | (self.upper != 0) | (np.diff(self.a.indptr) > 0)


def more(plan: Plan, at: Array, share: float) -> Plan:
    """The plan with so much more of the demand in the rows `at` of its table."""
    demand = plan.tables["demand"]
    return plan.replace(demand=demand.assign(volume=demand["volume"].where(~at, demand["volume"] * (1.0 + share))))


def slopes(plan: Plan, cancel: Cancel | None = None) -> pd.DataFrame:
    """One row for each workload and period with demand.

    Columns: workload, period, volume, slope (present value of as much demand again, if it went on like the first
    unit), marginal (nominal money for one more unit in the period). Empty where the relaxation was not solved, or
    demand changes the model's shape.
    """
    model = build(plan)
    base = relaxed(model.matrix, model.matrix.integer)
    # On large models interior point with a way to a vertex takes a fraction of the simplex's time.
    found = solve_highs(base, cancel=cancel, method="crossover" if len(base.cost) > LARGE else "choose")
    nothing = pd.DataFrame({c: pd.Series([], dtype=t) for c, t in COLUMNS.items()})
    if found.duals is None or found.values is None or found.reduced_costs is None:
        return nothing
    demand = plan.tables["demand"]
    workload, period = demand["workload"].to_numpy(object), demand["period"].to_numpy(int)
    by_workload = {w: _change(base, plan, (workload == w)) for w in dict.fromkeys(workload)}
    by_period = {t: _change(base, plan, period == t) for t in range(1, plan.settings.periods + 1)}
    known = [c.rows for c in by_period.values() if c is not None]
    shared = np.sum(known, axis=0) > 1 if known else np.zeros(0, dtype=bool)  # as of a policy over several periods
    factors, rows = plan.settings.discount_factors(), []
    volume = _volume(model, plan)
    for w, of_workload in by_workload.items():
        for t, of_period in by_period.items():
            if of_workload is None or of_period is None:
                return nothing
            here = volume.get((w, t), 0.0)
            if here <= 0:
                continue
            both = None
            if (of_workload.rows & shared).any():  # its part of such a row is not known from the two alone
                both = _change(base, plan, (workload == w) & (period == t))
                if both is None:
                    return nothing
            slope = _slope(found, both or of_workload, both or of_period)
            rows.append((w, t, here, slope, slope / (factors[t - 1] * here)))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS) if rows else nothing


def _volume(model: Model, plan: Plan) -> dict[tuple[object, int], float]:
    """Units demanded by workload and period."""
    total = model.sets.demand.sum(axis=(1, 3))
    names = plan.tables["workloads"]["workload"].tolist()
    return {(w, t + 1): float(total[i, t]) for i, w in enumerate(names) for t in range(total.shape[1])}


def _change(base: Matrix, plan: Plan, at: Array) -> _Change | None:
    """How the matrix moves with the demand in the rows `at`, scaled to the whole of it; None where its shape changes.

    What moves out of proportion is a limit rounded to whole devices, not demand.
    """
    other = build(more(plan, at, STEP)).matrix
    if other.a.shape != base.a.shape:
        return None

    def moved(before: Array, after: Array) -> Array:
        with np.errstate(invalid="ignore"):
            delta = np.where(np.isfinite(before) & np.isfinite(after), after - before, 0.0)
        return np.where(np.abs(delta) <= 1.5 * STEP * np.abs(before), delta, 0.0) / STEP

    a = sp.csr_matrix(other.a - base.a)
    coo, old = a.tocoo(), base.a
    before = np.asarray(old[coo.row, coo.col]).ravel()
    kept = np.abs(coo.data) <= 1.5 * STEP * np.abs(before)
    kept &= coo.data != 0
    a = sp.csr_matrix((coo.data[kept] / STEP, (coo.row[kept], coo.col[kept])), shape=a.shape)
    return _Change(
        moved(base.row_lower, other.row_lower),
        moved(base.row_upper, other.row_upper),
        a,
        moved(base.col_upper, other.col_upper),
    )


def _slope(found: Outcome, of_workload: _Change, of_period: _Change) -> float:
    """The multipliers of what moves with both the workload's demand and the period's."""
    values, duals, reduced = found.values, found.duals, found.reduced_costs
    assert values is not None
    assert duals is not None
    assert reduced is not None
    in_period = of_period.rows
    right = np.where(of_workload.upper != 0, of_workload.upper, of_workload.lower)
    rows = (duals * (right - of_workload.a @ values))[in_period]
    bound = np.where((of_period.most != 0) & (reduced < 0), reduced * of_workload.most, 0.0)
    return float(rows.sum() + bound.sum())
