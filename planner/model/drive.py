"""The staged solve: a good plan with an honest bound early, then the proof.

1. Whole devices relaxed, yes-or-no decisions exact: its bound holds for the whole problem.
2. Yes-or-no decisions fixed, devices whole around them: a plan.
3. Everything at once from that plan, when the gap asked for is not reached yet.
Last, all whole numbers are fixed and the rest is solved again: exact values, and duals.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from planner.model.build import Model
from planner.model.builder import Matrix
from planner.model.cbc import solve_cbc
from planner.model.highs import Outcome, SolveStatus, solve_highs
from planner.model.options import Cancel, Options, Progress, ProgressCallback, relative_gap

SMALL = 2000
"""Columns below which one solve of everything is quicker than stages."""


@dataclass(frozen=True)
class Solved:
    """The outcome for a model: values by column, objective and proven bound in present value, duals."""

    status: SolveStatus
    values: np.ndarray | None
    objective: float | None
    bound: float | None
    duals: np.ndarray | None
    reduced_costs: np.ndarray | None
    solver: str

    @property
    def gap(self) -> float | None:
        """Relative optimality gap."""
        return relative_gap(self.objective, self.bound)


class _Watch:
    """Keeps the best incumbent and bound over the stages and reports them."""

    def __init__(self, progress: ProgressCallback | None, cancel: Cancel | None, options: Options) -> None:
        self.progress, self.cancel, self.options = progress, cancel, options
        self.began = time.monotonic()
        self.incumbent: float | None = None
        self.bound: float | None = None
        self.values: np.ndarray | None = None
        self.stage = ""

    @property
    def left(self) -> float | None:
        """Seconds left of the time limit, None without one."""
        if self.options.time_limit is None:
            return None
        return self.options.time_limit - (time.monotonic() - self.began)

    @property
    def stopped(self) -> bool:
        """True when time is up or the caller cancelled."""
        return (self.left is not None and self.left <= 0) or (self.cancel is not None and self.cancel.is_set())

    @property
    def gap(self) -> float | None:
        return relative_gap(self.incumbent, self.bound)

    @property
    def good_enough(self) -> bool:
        """True when the plan in hand is within the gap asked for."""
        return self.gap is not None and self.gap <= self.options.gap

    def begin(self, stage: str) -> None:
        """Name the stage and report it."""
        self.stage = stage
        self.tell()

    def tell(self, incumbent: float | None = None, bound: float | None = None) -> None:
        """Report, with a better incumbent or bound of a running stage where it has one."""
        if self.progress is not None:
            best = min((x for x in (self.incumbent, incumbent) if x is not None), default=None)
            proven = max((x for x in (self.bound, bound) if x is not None), default=None)
            if best is not None and proven is not None:
                proven = min(proven, best)
            self.progress(Progress(self.stage, best, proven, relative_gap(best, proven), time.monotonic() - self.began))

    def keep(self, found: Outcome, proves: bool) -> None:
        """Take a better plan, and a better bound when the stage's bound holds for everything."""
        if (
            found.values is not None
            and found.objective is not None
            and (self.incumbent is None or found.objective < self.incumbent)
        ):
            self.incumbent, self.values = found.objective, found.values
        self.raise_bound(found.bound if proves else None)

    def raise_bound(self, bound: float | None) -> None:
        """Take a bound where it is better."""
        if bound is not None and (self.bound is None or bound > self.bound):
            self.bound = bound


def fixed(matrix: Matrix, which: np.ndarray, values: np.ndarray) -> Matrix:
    """The matrix with the chosen columns fixed at whole values, and no longer counted as integer."""
    whole = np.round(values)
    lower = np.where(which, whole, matrix.col_lower)
    upper = np.where(which, whole, matrix.col_upper)
    return replace(matrix, col_lower=lower, col_upper=upper, integer=matrix.integer & ~which)


def relaxed(matrix: Matrix, which: np.ndarray) -> Matrix:
    """The matrix with the chosen columns allowed to be fractional."""
    return replace(matrix, integer=matrix.integer & ~which)


def drive(
    model: Model, options: Options, progress: ProgressCallback | None = None, cancel: Cancel | None = None
) -> Solved:
    """Solve a model. Cancel keeps the best plan so far; the status is the truth."""
    watch = _Watch(progress, cancel, options)
    if options.solver == "cbc":
        return _with_cbc(model, options, watch)
    matrix = model.matrix
    status = _search(model, options, watch)
    if watch.values is None:
        return Solved(status, None, None, watch.bound, None, None, "HiGHS")
    watch.begin("polish")
    values, objective, duals, reduced = polish(matrix, watch.values)
    if watch.bound is not None:
        watch.bound = min(watch.bound, objective)
    gap = relative_gap(objective, watch.bound)
    # The polish can differ from the incumbent by the solver's tolerances, never by more.
    done = gap is not None and gap <= options.gap + 1e-9
    return Solved("optimal" if done else "feasible", values, objective, watch.bound, duals, reduced, "HiGHS")


def _search(model: Model, options: Options, watch: _Watch) -> SolveStatus:
    """Run the stages; the best plan is left in `watch`."""
    matrix = model.matrix
    devices = np.zeros(len(matrix.cost), dtype=bool)
    devices[model.capacity.new.ids.ravel()] = True
    devices &= matrix.integer & (matrix.col_upper > matrix.col_lower)
    choices = matrix.integer & ~devices

    def run(
        part: Matrix, gap: float, share: float = 1.0, start: np.ndarray | None = None, tell: bool = False
    ) -> Outcome:
        left = None if watch.left is None else max(watch.left * share, 0.05)
        said = (
            watch.tell
            if tell
            else (lambda _incumbent, bound: watch.tell(None, bound))
            if not tell and start is None
            else None
        )
        return solve_highs(part, gap, left, options.threads, start, said, watch.cancel)

    if not matrix.integer.any() or len(matrix.cost) < SMALL:
        watch.begin("solve")
        found = run(matrix, options.gap, tell=True)
        watch.keep(found, proves=True)
        return found.status
    watch.begin("sites")
    first = run(relaxed(matrix, devices), options.gap / 4, share=0.5)
    if first.status in ("infeasible", "unbounded"):
        return first.status
    watch.raise_bound(first.bound)
    if first.values is not None and not watch.stopped:
        watch.begin("devices")
        around = fixed(matrix, choices, first.values)
        found = solve_highs(
            around,
            options.gap / 2,
            None if watch.left is None else max(watch.left * 0.5, 0.05),
            options.threads,
            None,
            lambda incumbent, _bound: watch.tell(incumbent, None),
            watch.cancel,
        )
        watch.keep(found, proves=not choices.any())
    if watch.good_enough:
        return "optimal"
    if watch.stopped:
        return "feasible" if watch.values is not None else "unsolved"
    watch.begin("proof")
    last = run(matrix, options.gap, start=watch.values, tell=True)
    if last.status == "infeasible":
        return last.status
    watch.keep(last, proves=True)
    return last.status


def polish(matrix: Matrix, values: np.ndarray) -> tuple[np.ndarray, float, np.ndarray | None, np.ndarray | None]:
    """Fix the whole numbers of a plan and solve the rest: exact values, objective, duals, reduced costs.

    Duals are those of the plan with its whole numbers fixed: they hold for small changes around it.
    """
    again = solve_highs(fixed(matrix, matrix.integer, values)) if matrix.integer.any() else solve_highs(matrix)
    if again.values is None or again.objective is None:  # rounding broke a row by a hair: keep what the solver gave
        return values, float(matrix.cost @ values), None, None
    return again.values, again.objective, again.duals, again.reduced_costs


def _with_cbc(model: Model, options: Options, watch: _Watch) -> Solved:
    watch.begin("solve")
    found = solve_cbc(model.matrix, model.builder.names, options.gap, options.time_limit, options.threads)
    if found.values is None:
        return Solved(found.status, None, None, found.bound, None, None, "CBC")
    values, objective, duals, reduced = polish(model.matrix, found.values)
    bound = None if found.bound is None else min(found.bound, objective)
    gap = relative_gap(objective, bound)
    done = gap is not None and gap <= options.gap + 1e-6
    return Solved("optimal" if done else "feasible", values, objective, bound, duals, reduced, "CBC")
