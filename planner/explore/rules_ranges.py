"""How far a limit may move before its shadow price changes: right-hand-side ranging of the plan with whole decisions fixed.

The plan is put back into its model from the frames of its result; the rest is a linear problem whose basis
stays optimal within the range (Chvatal, Linear Programming, 1983, chapter 10).
"""

from __future__ import annotations

import highspy
import numpy as np
import pandas as pd

from planner.model.build import Model, build
from planner.model.builder import Array
from planner.model.highs import to_highs
from planner.model.parts import fixed
from planner.model.sets import codes
from planner.plan.plan import Plan
from planner.result.result import Result

SAME = 1e-5
"""Relative difference of cost up to which the fixed problem is the plan in hand."""
COLUMNS = ["policy", "from_period", "less", "more"]


def whole_decisions(model: Model, result: Result) -> Array:
    """The plan's whole numbers over all columns of its model: orders, open sites, deployments and ports; else 0."""
    s, frames = model.sets, result.frames
    values = np.zeros(len(model.matrix.cost))
    offers = s.offers["offer"].iloc[s.held].reset_index(drop=True)

    def put(ids: Array, rows: Array, periods: pd.Series, amounts: Array | float) -> None:
        there = rows >= 0
        np.add.at(
            values,
            ids[rows[there], periods.to_numpy(int)[there] - 1],
            np.broadcast_to(np.asarray(amounts, float), there.shape)[there],
        )

    vintages = frames["vintages"]
    orders = vintages[vintages["asset"] == ""]
    put(model.capacity.new.ids, codes(orders["offer"], offers), orders["first_period"], orders["devices"].to_numpy())
    p, sites, works = model.presence, frames["sites"], frames["deployments"]
    put(p.is_open.ids, p.site_at[codes(sites["site"], s.sites["site"])], sites["period"], 1.0)
    at = codes(works["workload"], s.workloads["workload"]), codes(works["site"], s.sites["site"])
    put(p.hosts.ids, p.host_at[at], works["period"], 1.0)
    flows = frames["routing"].drop_duplicates(["site", "location", "period"])
    at = codes(flows["site"], s.sites["site"]), codes(flows["location"], s.locations["location"])
    put(p.port.ids, p.port_at[s.link_of[at]], flows["period"], 1.0)
    return values


def ranges(plan: Plan, result: Result) -> pd.DataFrame:
    """How far each policy's limit may fall (`less`) and rise (`more`) with its shadow price unchanged.

    Columns: policy, from_period (of the window), less, more, in units of the measure (of a share: of what is
    measured in scope). Empty where the plan cannot be put back exactly.
    """
    model = build(plan)
    none = pd.DataFrame({c: pd.Series([], dtype="str" if c == "policy" else float) for c in COLUMNS})
    windows = model.policies
    if not len(windows.policy):
        return none
    solver = highspy.Highs()
    solver.silent()
    solver.passModel(to_highs(fixed(model.matrix, model.matrix.integer, whole_decisions(model, result))))
    solver.run()
    objective = solver.getInfo().objective_function_value
    known = result.objective or 0.0
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return none
    if abs(objective - known) > SAME * max(abs(known), 1.0):
        return none
    status, told = solver.getRanging()
    if status != highspy.HighsStatus.kOk:
        return none
    ids = windows.rows.ids
    rhs = model.matrix.row_upper[ids]
    up = np.asarray(told.row_bound_up.value_)[ids] - rhs
    down = rhs - np.asarray(told.row_bound_dn.value_)[ids]
    floor = (model.sets.policies["sense"] == "min").to_numpy(bool)[windows.policy]
    far = highspy.kHighsInf / 10
    less, more = np.where(floor, up, down), np.where(floor, down, up)
    return pd.DataFrame(
        {
            "policy": model.sets.policies["policy"].to_numpy(str)[windows.policy],
            "from_period": windows.first + 1,
            "less": np.where(np.abs(less) < far, np.maximum(less, 0.0), np.inf),
            "more": np.where(np.abs(more) < far, np.maximum(more, 0.0), np.inf),
        }
    )
