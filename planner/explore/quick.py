"""A plan and its proof in a fraction of a solve's time, for people who wait: a dive from a vertex that is known.

A change of prices, volumes or limits moves the optimum of the relaxation a little, so the simplex gets
there in a few steps from where it stood before the change: that is the proof. Then the yes-or-no
decisions are fixed, the orders made whole, and the rest solved again in the same way: that is the plan.
Gap and bound are those of these two, as honest as those of any solve. Where the gap is not reached,
or there is no plan, the ordinary solve answers.
"""

from __future__ import annotations

import io
import time
from dataclasses import dataclass

import numpy as np

from planner.model.build import Model, build
from planner.model.dive import Dive
from planner.model.drive import FINE
from planner.model.options import Cancel, Options, Progress, ProgressCallback, relative_gap
from planner.model.sites import without_idle_ports
from planner.model.warm import Basis, Vertex, WarmLp
from planner.plan.plan import Plan
from planner.result.extract import frames_of
from planner.result.result import Result
from planner.result.run import solve_plan
from planner.result.verify import verify

QUICK = Options(gap=0.03, time_limit=60.0)
"""How good a quick answer has to be."""


@dataclass(frozen=True)
class Start:
    """What the answer to one plan leaves for the next: the vertex of its relaxation, its yes-or-no decisions.

    It fits a model with the same blocks and rows; for any other it is of no use, and of no harm.
    """

    shape: str
    basis: Basis
    choices: np.ndarray

    def pack(self) -> bytes:
        """The start as bytes; `unpack` is the inverse."""
        out = io.BytesIO()
        columns, rows = self.basis.columns, self.basis.rows
        np.savez_compressed(out, shape=np.array(self.shape), columns=columns, rows=rows, choices=self.choices)
        return out.getvalue()

    @classmethod
    def unpack(cls, body: bytes) -> Start:
        """The start that `pack` made the bytes from."""
        with np.load(io.BytesIO(body)) as held:
            return cls(str(held["shape"]), Basis(held["columns"], held["rows"]), held["choices"])


def quick(
    plan: Plan,
    start: Start | None = None,
    options: Options = QUICK,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
) -> tuple[Result, Start | None]:
    """A plan within `options.gap` and where it started from, for the answers to come.

    Everything that holds of the result of a solve holds of this one too. The start is None where
    the ordinary solve had to answer. `start`: of a plan that differs little from this one.
    """
    began = time.monotonic()
    model = build(plan)
    built = time.monotonic()
    dive = _Dive(model, start, options, progress, cancel)
    best = dive.run()
    gap = relative_gap(best.objective, dive.bound) if best is not None else None
    if best is None or gap is None or gap > options.gap:
        return solve_plan(plan, options, progress, cancel), dive.start
    values = without_idle_ports(model.sets, model.routing, model.presence, best.values)
    objective = float(model.matrix.cost @ values)
    bound = objective if dive.bound is None else min(dive.bound, objective)
    done = time.monotonic()
    frames = frames_of(model, values, best.duals)
    told = time.monotonic()
    violations = tuple(verify(plan, frames, objective=objective))
    seconds = {
        "build": built - began,
        "solve": done - built,
        "results": told - done,
        "check": time.monotonic() - told,
    }
    result = Result(
        "optimal",
        plan.content_hash,
        objective=objective,
        bound=bound,
        gap=relative_gap(objective, bound),
        seconds=seconds,
        size=model.size,
        frames=frames,
        violations=violations,
        solver="HiGHS",
        relaxed=dive.bound,
    )
    return result, dive.start


class _Dive:
    """One model's way from the relaxation to a plan; `bound` is the relaxation's optimum."""

    def __init__(
        self,
        model: Model,
        start: Start | None,
        options: Options,
        progress: ProgressCallback | None,
        cancel: Cancel | None,
    ) -> None:
        self.model, self.options, self.progress, self.cancel = model, options, progress, cancel
        self.began = time.monotonic()
        self.bound: float | None = None
        self.best: Vertex | None = None
        self.start: Start | None = None
        self.shape = shape_of(model)
        self.known = start if start is not None and start.shape == self.shape else None

    def run(self) -> Vertex | None:
        """The best plan found; None when there is none this way."""
        self.tell("relax")
        matrix = self.model.matrix
        lp = WarmLp(matrix, self.known.basis if self.known is not None else None, self.cancel, self.options.threads)
        first = lp.solve(self.left)
        if first is None:
            return None
        self.bound = first.objective
        dive = Dive(matrix, self.model.capacity.new.ids, lp, first)
        self.tell("round")
        before = self.known.choices if self.known is not None else None
        for found in dive.plans(lambda: self.left, lambda: self.stopped, before):
            if self.best is None or found.objective < self.best.objective:
                self.best = found
            self.tell("round")
            if self.good_enough:
                break
        if self.best is not None:
            self.start = Start(self.shape, first.basis, self.best.values[dive.choices])
            self.tell("polish")
        return self.best

    @property
    def left(self) -> float | None:
        """Seconds left of half the time limit; longer than that, the ordinary solve is the better way."""
        if self.options.time_limit is None:
            return None
        return self.options.time_limit / 2 - (time.monotonic() - self.began)

    @property
    def stopped(self) -> bool:
        """True when the time is up or nobody wants the answer any more."""
        return (self.left is not None and self.left <= 0) or (self.cancel is not None and self.cancel.is_set())

    @property
    def good_enough(self) -> bool:
        """True when another way of rounding is not worth its time."""
        gap = relative_gap(self.best.objective, self.bound) if self.best is not None else None
        return gap is not None and gap <= FINE * self.options.gap

    def tell(self, stage: str) -> None:
        """Report where the dive stands."""
        if self.progress is not None:
            incumbent = None if self.best is None else self.best.objective
            gap = relative_gap(incumbent, self.bound)
            self.progress(Progress(stage, incumbent, self.bound, gap, time.monotonic() - self.began))


def shape_of(model: Model) -> str:
    """What two models have in common when a start of one fits the other: their blocks and families of rows."""
    blocks = [f"{b.name}{b.shape}" for b in model.builder.blocks.values()]
    rows = [f"{r.family}{r.n}" for r in model.builder.rows]
    return " ".join([*blocks, "|", *rows])
