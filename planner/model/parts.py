"""Parts of a problem: some decisions fixed, or allowed to be fractional."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.model.builder import Matrix


def fixed(matrix: Matrix, which: np.ndarray, values: np.ndarray) -> Matrix:
    """The matrix with the chosen columns fixed at whole values, and no longer counted as integer."""
    whole = np.round(values)
    lower = np.where(which, whole, matrix.col_lower)
    upper = np.where(which, whole, matrix.col_upper)
    return replace(matrix, col_lower=lower, col_upper=upper, integer=matrix.integer & ~which)


def relaxed(matrix: Matrix, which: np.ndarray) -> Matrix:
    """The matrix with the chosen columns allowed to be fractional."""
    return replace(matrix, integer=matrix.integer & ~which)
