"""Another aim than least cost: other costs on the same columns, or more rows, for questions about a plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from planner.model.build import Model
from planner.model.builder import Matrix


class Aim(Protocol):
    """What a solve is asked to do instead of finding least cost. It is pickled, to be solved elsewhere."""

    @property
    def key(self) -> str:
        """What makes two aims the same, for caches."""
        ...

    def apply(self, model: Model) -> Matrix:
        """The problem to solve: the model's matrix with another objective, more rows, or more columns at its end.

        Columns and rows of the model keep their places.
        """
        ...


def with_rows(matrix: Matrix, rows: Iterable[tuple[np.ndarray, float, float]]) -> Matrix:
    """The matrix with rows at its end, each as coefficients over all columns, lower and upper bound."""
    rows = list(rows)
    if not rows:
        return matrix
    more = sp.csr_matrix(np.vstack([coefficients for coefficients, _, _ in rows]))
    return replace(
        matrix,
        a=sp.csr_matrix(sp.vstack([matrix.a, more])),
        row_lower=np.concatenate([matrix.row_lower, [low for _, low, _ in rows]]),
        row_upper=np.concatenate([matrix.row_upper, [high for _, _, high in rows]]),
    )
