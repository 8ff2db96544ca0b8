"""HiGHS as a PuLP solver that is handed arrays and tells the truth about status, bound and gap."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import highspy
import numpy as np
import pulp

from planner.model.builder import Matrix
from planner.model.options import Cancel
from planner.model.problem import ArrayProblem


def _swallow_banner() -> None:
    """Make the first solver object of the process with standard output closed.

    HiGHS prints its banner then, whatever its options say, and it would spoil `--json`.
    """
    sys.stdout.flush()
    with open(os.devnull, "w") as nowhere:
        kept = os.dup(1)
        try:
            os.dup2(nowhere.fileno(), 1)
            highspy.Highs()
            libc = ctypes.cdll.msvcrt if os.name == "nt" else ctypes.CDLL(None)
            libc.fflush(None)
        finally:
            os.dup2(kept, 1)
            os.close(kept)


_swallow_banner()

Method = Literal["choose", "crossover", "interior"]
"""How a continuous problem is solved: HiGHS's choice; interior point to a vertex; interior point alone."""

SolveStatus = Literal["optimal", "feasible", "infeasible", "unbounded", "unsolved"]

STOPPED = {
    highspy.HighsModelStatus.kTimeLimit,
    highspy.HighsModelStatus.kInterrupt,
    highspy.HighsModelStatus.kIterationLimit,
    highspy.HighsModelStatus.kSolutionLimit,
    highspy.HighsModelStatus.kObjectiveTarget,
    highspy.HighsModelStatus.kObjectiveBound,
}


@dataclass(frozen=True)
class Outcome:
    """What a solver run gives: values by column, duals by row (continuous problems only)."""

    status: SolveStatus
    values: np.ndarray | None
    objective: float | None
    bound: float | None
    duals: np.ndarray | None = None
    reduced_costs: np.ndarray | None = None


Watch = Callable[[float | None, float | None], None]
"""Called with incumbent and bound while the solver runs."""


def to_highs(matrix: Matrix) -> highspy.HighsLp:
    """The matrix as HiGHS takes it, row-wise."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(matrix.cost), len(matrix.row_lower)
    lp.col_cost_ = matrix.cost
    lp.col_lower_, lp.col_upper_ = matrix.col_lower, matrix.col_upper
    lp.row_lower_, lp.row_upper_ = matrix.row_lower, matrix.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_ = matrix.a.indptr.astype(np.int32)
    lp.a_matrix_.index_ = matrix.a.indices.astype(np.int32)
    lp.a_matrix_.value_ = matrix.a.data
    if matrix.integer.any():
        kinds = np.array([highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger], dtype=object)
        lp.integrality_ = kinds[matrix.integer.astype(int)].tolist()
    return lp


_scheduler = threading.local()


def use_threads(threads: int) -> None:
    """HiGHS keeps the workers of a thread's first solve and refuses any other number until they are let go."""
    if getattr(_scheduler, "threads", None) != threads:
        highspy.Highs.resetThreadScheduler(True)
        _scheduler.threads = threads


class ArrayHighs(pulp.LpSolver):
    """HiGHS for an `ArrayProblem`: PuLP's documented extension point, without a detour through objects."""

    name = "ArrayHighs"

    def __init__(
        self,
        gap: float = 0.0,
        time_limit: float | None = None,
        threads: int = 1,
        start: np.ndarray | None = None,
        watch: Watch | None = None,
        cancel: Cancel | None = None,
        method: Method = "choose",
    ) -> None:
        super().__init__(mip=True, msg=False, timeLimit=time_limit)
        self.gap, self.threads, self.start, self.method = gap, threads, start, method
        self.watch, self.cancel = watch, cancel
        self.outcome: Outcome | None = None

    def available(self) -> bool:
        """True: highspy is a requirement."""
        return True

    def actualSolve(self, lp: ArrayProblem) -> int:
        """Solve the arrays of the problem; the truth is in `outcome`, PuLP's status follows it."""
        use_threads(self.threads)
        solver = highspy.Highs()
        solver.silent()
        solver.setOptionValue("threads", self.threads)
        solver.setOptionValue("mip_rel_gap", max(self.gap, 0.0))
        solver.setOptionValue("mip_abs_gap", 1e-6)
        solver.setOptionValue("random_seed", 0)
        if self.method != "choose":
            solver.setOptionValue("solver", "ipm")
            solver.setOptionValue("run_crossover", "off" if self.method == "interior" else "on")
        if self.timeLimit is not None:
            solver.setOptionValue("time_limit", max(float(self.timeLimit), 0.01))
        solver.passModel(to_highs(lp.matrix))
        if self.start is not None:
            guess = highspy.HighsSolution()
            guess.col_value = self.start.tolist()
            solver.setSolution(guess)
        self._listen(solver)
        solver.run()
        self.outcome = _outcome(solver, lp.matrix)
        codes = {
            "optimal": (pulp.LpStatusOptimal, pulp.LpSolutionOptimal),
            "feasible": (pulp.LpStatusOptimal, pulp.LpSolutionIntegerFeasible),
            "infeasible": (pulp.LpStatusInfeasible, pulp.LpSolutionInfeasible),
            "unbounded": (pulp.LpStatusUnbounded, pulp.LpSolutionUnbounded),
            "unsolved": (pulp.LpStatusNotSolved, pulp.LpSolutionNoSolutionFound),
        }
        status, solution = codes[self.outcome.status]
        lp.assignStatus(status, solution)
        return status

    def _listen(self, solver: highspy.Highs) -> None:
        cancel, watch = self.cancel, self.watch
        if cancel is not None:

            def stop(event: highspy.HighsCallbackEvent) -> None:
                if cancel.is_set():
                    event.interrupt()

            for callback in (solver.cbMipInterrupt, solver.cbSimplexInterrupt, solver.cbIpmInterrupt):
                callback.subscribe(stop)
        if watch is not None:
            said = [0.0]

            def tell(event: highspy.HighsCallbackEvent) -> None:
                out = event.data_out
                now = time.monotonic()
                if event.callback_type == highspy.cb.HighsCallbackType.kCallbackMipLogging and now - said[0] < 0.2:
                    return
                said[0] = now
                watch(_finite(out.mip_primal_bound), _finite(out.mip_dual_bound))

            solver.cbMipImprovingSolution.subscribe(tell)
            solver.cbMipLogging.subscribe(tell)


def _finite(value: float) -> float | None:
    return float(value) if abs(value) < highspy.kHighsInf / 10 and np.isfinite(value) else None


def _outcome(solver: highspy.Highs, matrix: Matrix) -> Outcome:
    status, info = solver.getModelStatus(), solver.getInfo()
    is_mip = bool(matrix.integer.any())
    bound = _finite(info.mip_dual_bound) if is_mip else None
    if status == highspy.HighsModelStatus.kInfeasible:
        return Outcome("infeasible", None, None, None)
    if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        # Costs are bounded below whenever a plan exists, so presolve's "either" means infeasible.
        kind: SolveStatus = "unbounded" if status == highspy.HighsModelStatus.kUnbounded else "infeasible"
        return Outcome(kind, None, None, None)
    if status == highspy.HighsModelStatus.kModelEmpty:
        if (matrix.row_lower > 0).any() or (matrix.row_upper < 0).any():
            return Outcome("infeasible", None, None, None)
        return Outcome("optimal", np.zeros(len(matrix.cost)), 0.0, 0.0, np.zeros(len(matrix.row_lower)))
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if not feasible:
        return Outcome("unsolved", None, None, bound)
    solution = solver.getSolution()
    values = np.asarray(solution.col_value)
    objective = float(matrix.cost @ values)
    if status == highspy.HighsModelStatus.kOptimal:
        duals = None if is_mip else np.asarray(solution.row_dual)
        reduced = None if is_mip else np.asarray(solution.col_dual)
        return Outcome("optimal", values, objective, bound if is_mip else objective, duals, reduced)
    if status in STOPPED:
        return Outcome("feasible", values, objective, bound)
    return Outcome("unsolved", None, None, bound)


def solve_highs(
    matrix: Matrix,
    gap: float = 0.0,
    time_limit: float | None = None,
    threads: int = 1,
    start: np.ndarray | None = None,
    watch: Watch | None = None,
    cancel: Cancel | None = None,
    method: Method = "choose",
) -> Outcome:
    """Solve a matrix with HiGHS through PuLP. Bound and gap come from the solver."""
    solver = ArrayHighs(gap, time_limit, threads, start, watch, cancel, method)
    ArrayProblem(matrix, lambda: ([], [])).solve(solver)
    assert solver.outcome is not None
    return solver.outcome
