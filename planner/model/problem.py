"""The matrix as a PuLP problem. The only module that touches PuLP's objects row by row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pulp

from planner.model.builder import Matrix

Names = Callable[[], tuple[list[str], list[str]]]


class ArrayProblem(pulp.LpProblem):
    """A PuLP problem that is held as arrays and becomes PuLP objects only when somebody needs them.

    `solve(ArrayHighs(...))` hands the arrays over as they are; `fill` makes variables and
    constraints for writers (LP, MPS) and for other PuLP solvers.
    """

    def __init__(self, matrix: Matrix, names: Names, name: str = "plan") -> None:
        super().__init__(name, pulp.LpMinimize)
        self.matrix = matrix
        self._names = names
        self._columns: list[pulp.LpVariable] | None = None
        self.objective = pulp.LpAffineExpression()

    def fill(self) -> list[pulp.LpVariable]:
        """Make the PuLP variables and constraints, once; returns the variables in column order."""
        if self._columns is not None:
            return self._columns
        x = self.matrix
        col_names, row_names = self._names()
        lower = [v if np.isfinite(v) else None for v in x.col_lower.tolist()]
        upper = [v if np.isfinite(v) else None for v in x.col_upper.tolist()]
        kinds = np.where(x.integer, pulp.LpInteger, pulp.LpContinuous).tolist()
        columns = [self.add_variable(*spec) for spec in zip(col_names, lower, upper, kinds, strict=True)]
        self.objective = pulp.LpAffineExpression(zip(columns, x.cost.tolist(), strict=True))
        a = x.a
        start, index, value = a.indptr.tolist(), a.indices.tolist(), a.data.tolist()
        equal = x.row_lower == x.row_upper
        senses = np.where(
            equal, pulp.LpConstraintEQ, np.where(np.isfinite(x.row_upper), pulp.LpConstraintLE, pulp.LpConstraintGE)
        )
        rhs = np.where(np.isfinite(x.row_upper), x.row_upper, x.row_lower)
        for i, (name, sense, b) in enumerate(zip(row_names, senses.tolist(), rhs.tolist(), strict=True)):
            part = slice(start[i], start[i + 1])
            terms = [(columns[j], v) for j, v in zip(index[part], value[part], strict=True)]
            self.addConstraint(pulp.LpConstraint(pulp.LpAffineExpression(terms), sense, name, b))
        self._columns = columns
        return columns

    def values(self) -> np.ndarray:
        """Values of the filled variables in column order, 0 where the solver dropped one."""
        return np.array([v.varValue or 0.0 for v in self.fill()])
