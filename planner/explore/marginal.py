"""What one more unit of a workload costs, beside what a unit costs on average."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from planner.explore.case import Case
from planner.explore.difference import Difference
from planner.explore.marginal_slopes import slopes
from planner.explore.question import Answer, Param, QuestionError, question
from planner.explore.runner import Runner
from planner.explore.scenarios import GAP, SECONDS
from planner.explore.why_words import money, share
from planner.finance import books
from planner.finance.units import more_of
from planner.model.options import Options
from planner.plan.plan import Plan
from planner.result.result import Result

TOLD, UNTOLD, UNSOLVED = "known", "no difference", "not solved"
"""States of a step: its cost is larger than the two gaps; smaller; no answer."""


@question(
    "marginal",
    "What one more unit costs",
    "Solve the plan with more demand of each workload; marginal cost beside the average",
    (Param("step", "How much more demand, as a share", 0.1, float), GAP, SECONDS),
)
def marginal(plan: Plan, result: Result, runner: Runner, step: float, gap: float, seconds: float) -> Answer:
    """Frames: `marginal`, one row a workload, and `periods`.

    marginal: workload, unit, average (levelised: present value of all that the plan counts and allocates to the
    workload / discounted units demanded), marginal, low, high (what a unit of the step costs in whole devices and
    what the gaps leave), state, units (discounted, of the step), divisible (the first more unit with devices
    divisible: no gap, no rounding; NaN: unknown).
    periods: workload, period, volume, marginal (nominal money for one more unit in the period, devices divisible),
    average (expense for a unit in the period). All of it counts the carbon price and penalties as the plan does,
    but `periods.average`, which the books know in cash alone.
    """
    if not 0 < step <= 10:
        raise QuestionError("step: must be above 0 and at most 10")
    names = [w for w in plan.tables["workloads"]["workload"] if w in set(plan.tables["demand"]["workload"])]
    options = Options(gap=gap, time_limit=seconds)
    found = runner.solve([Case(_name(w, step), more_of(plan, w, step), options) for w in names])
    by_period = slopes(plan, runner.cancel)
    b = books(plan, result)
    factors = plan.settings.discount_factors()
    spent = b.allocated.groupby("to_workload")["present_value"].sum()
    units = _discounted(plan, factors)
    divisible = by_period.groupby("workload")["slope"].sum()
    rows = []
    for w in names:
        other, demanded = found.get(_name(w, step)), float(units[w])
        step_units = demanded * step
        rows.append(
            {
                "workload": w,
                "unit": str(plan.table("workloads").set_index("workload").loc[w, "unit"]),
                "average": float(spent.get(w, 0.0)) / demanded if demanded > 0 else np.nan,
                **_step(plan, result, other, step_units),
                "units": step_units,
                "divisible": float(divisible[w]) / demanded if w in divisible.index and demanded > 0 else np.nan,
            }
        )
    table = pd.DataFrame(rows)
    average = b.unit_costs.set_index(["workload", "period"])["cost_per_unit"]
    at = pd.MultiIndex.from_frame(by_period[["workload", "period"]])
    periods = by_period.drop(columns="slope").assign(average=average.reindex(at).to_numpy(float))
    facts = {
        "currency": plan.settings.currency,
        "step": step,
        "gap": gap,
        "cancelled": len(found) < len(names),
    }
    return Answer({"marginal": table, "periods": periods}, facts, tuple(_sentences(plan, table, step)))


def _name(workload: str, step: float) -> str:
    return f"{workload}: {share(step)} more"


def _discounted(plan: Plan, factors: np.ndarray) -> pd.Series:
    """Discounted units demanded by workload."""
    demand = plan.tables["demand"]
    weighted = demand["volume"].astype(float) * factors[demand["period"].to_numpy(int) - 1]
    return weighted.groupby(demand["workload"]).sum()


def monotone(plan: Plan) -> bool:
    """Whether more demand can only cost more: what serves it serves less of it too, unless a policy asks for a
    minimum or a share."""
    p = plan.table("policies")
    return not ((p["sense"] == "min") | (p["share_of"] == "total")).any()


def _step(plan: Plan, result: Result, other: Result | None, units: float) -> dict[str, Any]:
    """Cost of a unit of the step, between what the gaps leave."""
    if other is None or other.objective is None or units <= 0:
        return {"marginal": np.nan, "low": np.nan, "high": np.nan, "state": UNSOLVED}
    d = Difference.between(result, other, restricts=True if monotone(plan) else None)
    return {
        "marginal": d.estimate / units,
        "low": d.low / units,
        "high": d.high / units,
        "state": TOLD if d.certain else UNTOLD,
    }


def _sentences(plan: Plan, table: pd.DataFrame, step: float) -> list[str]:
    currency, out = plan.settings.currency, []
    for r in table.to_dict("records"):
        unit, said = str(r["unit"]), f"{r['workload']}: a unit costs {money(r['average'], currency)} on average"
        if r["state"] == TOLD:
            said += f", one of {share(step)} more demand {money(r['marginal'], currency)}"
            said += f" (between {money(r['low'], currency)} and {money(r['high'], currency)})"
        elif r["state"] == UNTOLD:
            said += f"; what {share(step)} more demand costs is smaller than the gaps"
        if np.isfinite(r["divisible"]):
            said += f"; with devices divisible, the next unit {money(r['divisible'], currency)}"
        out.append(f"{said} (unit: {unit}).")
    return out
