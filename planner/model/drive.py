"""The staged solve: a good plan with an honest bound early, then the proof.

1. Everything relaxed: a bound, and which yes-or-no decisions (sites, deployments, ports) it leans on.
2. Those fixed to yes, the others to no, orders rounded, then devices whole around them: a plan, within seconds.
3. Yes-or-no decisions exact, devices relaxed: a better bound, then devices whole around it: a better plan.
4. Everything at once from the best plan.
It stops after the stage that reaches the gap. Last, all whole numbers are fixed and the rest is solved again: exact values, and duals.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from planner.model.build import Model
from planner.model.builder import Matrix
from planner.model.cbc import solve_cbc
from planner.model.dive import Dive
from planner.model.highs import Outcome, SolveStatus, solve_highs
from planner.model.options import Cancel, Options, Progress, ProgressCallback, relative_gap
from planner.model.parts import fixed, relaxed
from planner.model.sites import without_idle_ports
from planner.model.warm import WarmLp

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
    relaxed: float | None = None
    """Optimum with every decision divisible, where it was found on the way."""

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
        self.relaxed: float | None = None
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
        return Solved(status, None, None, watch.bound, None, None, "HiGHS", watch.relaxed)
    watch.begin("polish")
    values, _, duals, reduced = polish(matrix, watch.values)
    values = without_idle_ports(model.sets, model.routing, model.presence, values)
    objective = float(matrix.cost @ values)
    if watch.bound is not None:
        watch.bound = min(watch.bound, objective)
    gap = relative_gap(objective, watch.bound)
    # The polish can differ from the incumbent by the solver's tolerances, never by more.
    done = gap is not None and gap <= options.gap + 1e-9
    status = "optimal" if done else "feasible"
    return Solved(status, values, objective, watch.bound, duals, reduced, "HiGHS", watch.relaxed)


LEANS_ON = (0.1, 0.2, 1e-7)
"""Shares from which a relaxed yes-or-no decision is taken as yes; the next is tried while the gap is not
reached, since a cut costs far less than the exact decisions of the stage that follows."""

LARGE = 20_000
"""Columns from which the relaxation is left at interior point, without a way to a vertex."""
INTERIOR_ACCURACY = 1e-6
"""Relative accuracy of interior point: its bound is lowered by so much."""
FINE = 0.3
"""Share of the gap asked for at which no other way of rounding is tried."""
FIRST_GAP = 0.004
"""Gap of the first plan's devices: the decisions around them are rough, so more is wasted on it."""


class _Search:
    """The stages over one model; the best plan and bound are left in `watch`."""

    def __init__(self, model: Model, options: Options, watch: _Watch) -> None:
        self.matrix, self.options, self.watch = model.matrix, options, watch
        self.orders = model.capacity.new.ids
        free = self.matrix.integer & (self.matrix.col_upper > self.matrix.col_lower)
        devices = np.zeros(len(free), dtype=bool)
        devices[self.orders.ravel()] = True
        self.devices, self.choices = free & devices, free & ~devices
        self.dive: Dive | None = None

    def run(self, part: Matrix, gap: float, share: float, proves: bool, start: np.ndarray | None = None) -> Outcome:
        """Solve a part within a share of the time left; only a relaxation or the whole proves a bound."""
        watch = self.watch
        left = None if watch.left is None else max(watch.left * share, 0.05)
        is_plan = not (self.matrix.integer & ~part.integer & (part.col_upper > part.col_lower)).any()

        def tell(incumbent: float | None, bound: float | None) -> None:
            watch.tell(incumbent if is_plan else None, bound if proves else None)

        found = solve_highs(part, gap, left, self.options.threads, start, tell, watch.cancel)
        if is_plan:
            watch.keep(found, proves)
        elif proves:
            watch.raise_bound(found.bound)
        return found

    def everything(self, start: np.ndarray | None = None) -> SolveStatus:
        """The whole problem at once."""
        return self.run(self.matrix, self.options.gap, 1.0, proves=True, start=start).status

    def devices_around(self, choices: np.ndarray, gap: float, share: float = 0.5) -> None:
        """Whole devices with the yes-or-no decisions fixed: a plan."""
        part = fixed(self.matrix, self.choices, choices) if self.choices.any() else self.matrix
        self.run(part, gap, share, proves=not self.choices.any())

    def around_guess(self, guess: np.ndarray) -> None:
        """Whole devices anew around the yes-or-no decisions of a plan that is known."""
        if self.choices.any() and self.devices.any() and not self.done:
            part = fixed(self.matrix, self.choices, guess)
            self.run(part, max(self.options.gap / 2, FIRST_GAP), 0.5, proves=False, start=self.watch.values)

    def relax(self) -> Outcome:
        """Everything continuous, by interior point: on large models it takes a tenth of the simplex's time.

        Below that size to a vertex, from which the first plans are a few steps of the simplex away.
        """
        watch, part = self.watch, relaxed(self.matrix, self.matrix.integer)
        left = None if watch.left is None else max(watch.left * 0.8, 0.05)
        if len(part.cost) <= LARGE:
            lp = WarmLp(part, cancel=watch.cancel, threads=self.options.threads)
            vertex = lp.solve(left)
            if vertex is None:
                return Outcome("unsolved", None, None, None) if watch.stopped else self.run(part, 0.0, 0.8, proves=True)
            watch.relaxed = vertex.objective
            watch.raise_bound(vertex.objective)
            self.dive = Dive(self.matrix, self.orders, lp, vertex)
            return Outcome("optimal", vertex.values, vertex.objective, vertex.objective)
        found = solve_highs(part, 0.0, left, self.options.threads, cancel=watch.cancel, method="interior")
        if found.status == "unsolved" and not watch.stopped:
            return self.run(part, 0.0, 0.8, proves=True)
        if found.status == "optimal" and found.objective is not None:
            watch.relaxed = found.objective
            watch.raise_bound(found.objective - INTERIOR_ACCURACY * abs(found.objective))
        return found

    def round(self) -> None:
        """Plans near the relaxation's vertex: decisions and orders rounded, the rest solved again."""
        if self.dive is not None:
            for found in self.dive.plans(lambda: self.watch.left, lambda: self.watch.stopped):
                self.watch.keep(Outcome("feasible", found.values, found.objective, None), proves=False)
                self.watch.tell()
                if self.watch.gap is not None and self.watch.gap <= FINE * self.options.gap:
                    break

    def stages(self) -> SolveStatus:
        """All stages, until the gap is reached or the time is up."""
        watch, gap, guess = self.watch, self.options.gap, self.matrix.guess
        if guess is not None:
            watch.begin("known")
            self.run(fixed(self.matrix, self.matrix.integer, guess), 0.0, 0.2, proves=False)
        watch.begin("relax")
        first = self.relax()
        if first.status in ("infeasible", "unbounded"):
            return first.status
        if guess is not None:
            watch.begin("devices")
            self.around_guess(guess)
        elif first.values is not None:
            watch.begin("round")
            self.round()
            for cut in LEANS_ON:
                if not self.done:
                    self.devices_around((first.values > cut).astype(float), max(gap / 2, FIRST_GAP))
        if not self.done and self.choices.any():
            watch.begin("sites")
            second = self.run(relaxed(self.matrix, self.devices), gap / 2, 0.6, proves=True, start=watch.values)
            if second.status == "infeasible":
                return "infeasible"
            if second.values is not None and not self.done:
                watch.begin("devices")
                self.devices_around(second.values, gap / 2)
        if not self.done:
            watch.begin("proof")
            if self.everything(watch.values) == "infeasible" and watch.values is None:
                return "infeasible"
        return "unsolved" if watch.values is None else "optimal" if watch.good_enough else "feasible"

    @property
    def done(self) -> bool:
        """True when the gap is reached or there is no time left."""
        return self.watch.good_enough or self.watch.stopped


def _search(model: Model, options: Options, watch: _Watch) -> SolveStatus:
    """The plan of a small model at once, of a large one in stages."""
    search = _Search(model, options, watch)
    if not (search.devices.any() or search.choices.any()) or len(model.matrix.cost) < SMALL:
        watch.begin("solve")
        return search.everything()
    return search.stages()


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
    values, _, duals, reduced = polish(model.matrix, found.values)
    values = without_idle_ports(model.sets, model.routing, model.presence, values)
    objective = float(model.matrix.cost @ values)
    bound = None if found.bound is None else min(found.bound, objective)
    gap = relative_gap(objective, bound)
    done = gap is not None and gap <= options.gap + 1e-6
    return Solved("optimal" if done else "feasible", values, objective, bound, duals, reduced, "CBC")
