"""From a plan to a result: cheap checks, model, solve, frames, independent check."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from planner.model.build import Model, build
from planner.model.drive import drive
from planner.model.elastic import explain
from planner.model.options import Cancel, Options, Progress, ProgressCallback
from planner.model.reach import unreachable
from planner.plan.plan import Plan
from planner.plan.tables import API, ON_DEMAND
from planner.result.conflicts import conflict, conflict_of_reach
from planner.result.extract import frames_of
from planner.result.result import Conflict, Result, Status
from planner.result.verify import verify

__all__ = ["Options", "Progress", "business_as_usual", "solve_plan", "write_problem"]


def solve_plan(
    plan: Plan,
    options: Options | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
) -> Result:
    """Solve a plan: the cost-minimal mix, how far from optimal it may be, and every figure of it.

    Never raises for a plan that is valid: an infeasible one comes back with its conflicts.
    """
    options = options or Options()
    clock = [time.monotonic()]
    seconds: dict[str, float] = {}

    def lap(name: str) -> None:
        clock.append(time.monotonic())
        seconds[name] = clock[-1] - clock[-2]

    model = build(plan)
    lap("build")
    blocked = _unreachable(model)
    if blocked:
        return Result("infeasible", plan.content_hash, seconds=seconds, size=model.size, conflicts=blocked)
    solved = drive(model, options, progress, cancel)
    lap("solve")
    if solved.values is None or solved.objective is None:
        return _without_plan(plan, model, solved.status, solved.bound, seconds, solved.solver, cancel)
    frames = frames_of(model, solved.values, solved.duals)
    lap("results")
    violations = tuple(verify(plan, frames, objective=solved.objective))
    lap("check")
    return Result(
        "optimal" if solved.status == "optimal" else "feasible",
        plan.content_hash,
        objective=solved.objective,
        bound=solved.bound,
        gap=solved.gap,
        seconds=seconds,
        size=model.size,
        frames=frames,
        violations=violations,
        solver=solved.solver,
    )


def _unreachable(model: Model) -> tuple[Conflict, ...]:
    """Volume that must be served and has no site at all."""
    s = model.sets
    must = dict(zip(s.workloads["workload"], ~np.isfinite(s.workload_column("unserved_penalty_per_unit")), strict=True))
    units = dict(zip(s.workloads["workload"], s.workloads["unit"], strict=True))
    total = {
        (str(s.workloads["workload"].iloc[w]), str(s.locations["location"].iloc[loc])): float(s.demand[w, loc].sum())
        for w, loc in np.argwhere(s.demand.sum(axis=(2, 3)) > 0)
    }
    return tuple(
        conflict_of_reach(x, total[x.workload, x.location], str(units[x.workload]))
        for x in unreachable(s)
        if must[x.workload]
    )


def _without_plan(
    plan: Plan,
    model: Model,
    status: str,
    bound: float | None,
    seconds: dict[str, float],
    solver: str,
    cancel: Cancel | None,
) -> Result:
    if status != "infeasible":
        kind: Status = "unsolved"
        return Result(kind, plan.content_hash, bound=bound, seconds=seconds, size=model.size, solver=solver)
    began = time.monotonic()
    main, ways = explain(model, cancel)
    seconds["explain"] = time.monotonic() - began
    return Result(
        "infeasible",
        plan.content_hash,
        seconds=seconds,
        size=model.size,
        conflicts=tuple(conflict(x) for x in main),
        alternatives=tuple(tuple(conflict(x) for x in way) for way in ways),
        solver=solver,
    )


def business_as_usual(plan: Plan) -> Plan:
    """The same plan with nothing but its assets and what is paid as it is used: on demand and token APIs.

    Offers of assets stay so that their devices keep serving, but nothing more can be ordered from them.
    """
    offers = plan.tables["offers"]
    held = set(plan.tables["assets"]["offer"])
    as_used = offers["pricing"].isin([ON_DEMAND, API])
    offers = offers[as_used | offers["offer"].isin(held)].copy()
    frozen = ~offers["pricing"].isin([ON_DEMAND, API])
    offers.loc[frozen, "available_from"] = plan.settings.periods + 1
    return plan.replace(offers=offers)


def write_problem(plan: Plan, path: str | Path) -> None:
    """Write the plan's model as an LP or MPS file, by the ending of the path."""
    problem = build(plan).problem()
    problem.fill()
    if str(path).endswith(".mps"):
        problem.writeMPS(str(path))
    else:
        problem.writeLP(str(path))
