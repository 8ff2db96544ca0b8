"""From a plan to a result: cheap checks, model, solve, frames, independent check."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from planner.model.aim import Aim
from planner.model.build import Model, build
from planner.model.drive import Solved, drive
from planner.model.elastic import explain
from planner.model.options import Cancel, Options, Progress, ProgressCallback
from planner.model.reach import unreachable
from planner.plan.plan import Plan
from planner.plan.tables import API, ON_DEMAND
from planner.result.conflicts import conflicts_of, conflicts_of_reach
from planner.result.extract import frames_of
from planner.result.result import AimOutcome, Conflict, Result, Status
from planner.result.verify import verify

__all__ = ["Options", "Progress", "business_as_usual", "solve_plan", "write_problem"]


def solve_plan(
    plan: Plan,
    options: Options | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    aim: Aim | None = None,
    explained: bool = True,
) -> Result:
    """Solve a plan: the cost-minimal mix, how far from optimal it may be, and every figure of it.

    With an `aim` the plan that serves it best; the figures are those of the plan all the same, and
    `Result.aim` says how well it serves. Never raises for a plan that is valid: an infeasible one
    comes back with its conflicts, unless they are not to be `explained`.
    """
    options = options or Options()
    clock = [time.monotonic()]
    seconds: dict[str, float] = {}

    def lap(name: str) -> None:
        clock.append(time.monotonic())
        seconds[name] = clock[-1] - clock[-2]

    whole = build(plan, generous=aim is not None)
    model = whole if aim is None else replace(whole, matrix=aim.apply(whole))
    lap("build")
    blocked = _unreachable(plan, model)
    if blocked:
        return Result("infeasible", plan.content_hash, seconds=seconds, size=model.size, conflicts=blocked)
    solved = drive(model, options, progress, cancel)
    lap("solve")
    if solved.values is None or solved.objective is None:
        return _without_plan(plan, model, solved, seconds, cancel, explained)
    objective, bound, gap, served = _figures(whole, model, solved, aim)
    frames = frames_of(model, solved.values, solved.duals)
    lap("results")
    violations = tuple(verify(plan, frames, objective=objective))
    lap("check")
    return Result(
        "optimal" if solved.status == "optimal" else "feasible",
        plan.content_hash,
        objective=objective,
        bound=bound,
        gap=gap,
        seconds=seconds,
        size=model.size,
        frames=frames,
        violations=violations,
        solver=solved.solver,
        relaxed=solved.relaxed if served is None else None,
        aim=served,
    )


def _figures(
    whole: Model, model: Model, solved: Solved, aim: Aim | None
) -> tuple[float | None, float | None, float | None, AimOutcome | None]:
    """Objective, bound and gap in present value, and how the aim is served.

    Where an aim only adds rows, its bound is one of the cost; another objective says nothing of it.
    """
    if aim is None or solved.values is None:
        return solved.objective, solved.bound, solved.gap, None
    cost = np.zeros(len(solved.values))
    cost[: len(whole.matrix.cost)] = whole.matrix.cost
    served = AimOutcome(aim.key, float(solved.objective or 0.0), solved.bound, solved.gap)
    if np.array_equal(cost, model.matrix.cost):
        return solved.objective, solved.bound, solved.gap, served
    return float(cost @ solved.values), None, None, served


def _unreachable(plan: Plan, model: Model) -> tuple[Conflict, ...]:
    """Volume that must be served and has no site at all."""
    s = model.sets
    found = unreachable(s)
    if not found:
        return ()
    must = dict(zip(s.workloads["workload"], ~np.isfinite(s.workload_column("unserved_penalty_per_unit")), strict=True))
    total = {
        (str(s.workloads["workload"].iloc[w]), str(s.locations["location"].iloc[loc])): float(s.demand[w, loc].sum())
        for w, loc in np.argwhere(s.demand.sum(axis=(2, 3)) > 0)
    }
    return conflicts_of_reach([x for x in found if must[x.workload]], total, plan)


def _without_plan(
    plan: Plan,
    model: Model,
    solved: Solved,
    seconds: dict[str, float],
    cancel: Cancel | None,
    explained: bool,
) -> Result:
    if solved.status != "infeasible" or not explained:
        kind: Status = "infeasible" if solved.status == "infeasible" else "unsolved"
        return Result(
            kind, plan.content_hash, bound=solved.bound, seconds=seconds, size=model.size, solver=solved.solver
        )
    began = time.monotonic()
    main, ways = explain(model, cancel)
    seconds["explain"] = time.monotonic() - began
    return Result(
        "infeasible",
        plan.content_hash,
        seconds=seconds,
        size=model.size,
        conflicts=conflicts_of(main, plan),
        alternatives=tuple(conflicts_of(way, plan) for way in ways),
        solver=solved.solver,
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
