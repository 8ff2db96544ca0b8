"""A continuous problem that stays in the solver: bounds change in place, each solve begins where the last one ended."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from planner.model.builder import Matrix
from planner.model.highs import to_highs, use_threads
from planner.model.options import Cancel
from planner.model.parts import relaxed


@dataclass(frozen=True)
class Basis:
    """A vertex by what is basic in it: the solver's status of each column and row, as small whole numbers."""

    columns: np.ndarray
    rows: np.ndarray


@dataclass(frozen=True)
class Vertex:
    """An optimal vertex: values by column, objective, duals by row, and its basis."""

    values: np.ndarray
    objective: float
    duals: np.ndarray
    basis: Basis


class WarmLp:
    """The relaxation of a matrix, held by HiGHS.

    From a basis near the optimum the simplex takes a tenth of the time of a solve from nothing. Without
    one the first solve is by interior point with a way to a vertex, the quickest from nothing.
    """

    def __init__(
        self, matrix: Matrix, basis: Basis | None = None, cancel: Cancel | None = None, threads: int = 1
    ) -> None:
        self.matrix = relaxed(matrix, matrix.integer)
        use_threads(threads)
        self._solver = solver = highspy.Highs()
        solver.silent()
        solver.setOptionValue("threads", threads)
        solver.setOptionValue("random_seed", 0)
        solver.passModel(to_highs(self.matrix))
        self._cold = basis is None
        if basis is not None:
            self.restart(basis)
        if cancel is not None:

            def stop(event: highspy.HighsCallbackEvent) -> None:
                if cancel.is_set():
                    event.interrupt()

            for callback in (solver.cbSimplexInterrupt, solver.cbIpmInterrupt):
                callback.subscribe(stop)

    def solve(self, time_limit: float | None = None) -> Vertex | None:
        """The optimal vertex; None when there is none, or the time (seconds) was not enough."""
        solver = self._solver
        solver.setOptionValue("time_limit", float("inf") if time_limit is None else max(time_limit, 0.01))
        solver.setOptionValue("solver", "ipm" if self._cold else "simplex")
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        self._cold = False
        solution, basis = solver.getSolution(), solver.getBasis()
        values = np.asarray(solution.col_value)
        return Vertex(
            values,
            float(self.matrix.cost @ values),
            np.asarray(solution.row_dual),
            Basis(_numbers(basis.col_status), _numbers(basis.row_status)),
        )

    def restart(self, basis: Basis) -> None:
        """Begin the next solve at this vertex."""
        told = highspy.HighsBasis()
        told.col_status = [highspy.HighsBasisStatus(i) for i in basis.columns.tolist()]
        told.row_status = [highspy.HighsBasisStatus(i) for i in basis.rows.tolist()]
        self._solver.setBasis(told)
        self._cold = False

    def fix(self, columns: np.ndarray, values: np.ndarray) -> None:
        """Hold the columns with these numbers at values, until `free`."""
        self._bounds(columns, values, values)

    def free(self, columns: np.ndarray) -> None:
        """Give the columns with these numbers their bounds back."""
        self._bounds(columns, self.matrix.col_lower[columns], self.matrix.col_upper[columns])

    def _bounds(self, columns: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> None:
        if len(columns):
            number = columns.astype(np.int32)
            self._solver.changeColsBounds(len(number), number, lower.astype(float), upper.astype(float))


def _numbers(statuses: list[highspy.HighsBasisStatus]) -> np.ndarray:
    return np.array([int(s) for s in statuses], dtype=np.int8)
