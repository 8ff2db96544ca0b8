"""Plans near a vertex of the relaxation: yes-or-no decisions fixed, orders made whole, the rest solved again.

A few steps of the simplex each, from where it stood: a fraction of the time of a search, and often as good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from planner.model.builder import Matrix
from planner.model.warm import Vertex, WarmLp

CUTS = (0.1, 1e-7)
"""Shares from which a relaxed yes-or-no decision is taken as yes; the last keeps all that the relaxation uses."""
WHOLE = 1e-6


class Dive:
    """The way from a vertex of the relaxation, held in `lp`, to plans of the whole problem."""

    def __init__(self, matrix: Matrix, orders: np.ndarray, lp: WarmLp, vertex: Vertex) -> None:
        """`orders`: columns of the devices that enter service, shape (offers, periods)."""
        self.matrix, self.orders, self.lp, self.vertex = matrix, orders, lp, vertex
        devices = np.zeros(len(matrix.cost), dtype=bool)
        devices[orders.ravel()] = True
        self.choices = np.flatnonzero(matrix.integer & ~devices)
        """Columns of the yes-or-no decisions."""

    def plans(
        self, left: Callable[[], float | None], stopped: Callable[[], bool], known: np.ndarray | None = None
    ) -> Iterator[Vertex]:
        """Plans, one for each set of yes-or-no decisions that is worth a try, until it is `stopped`.

        `left`: seconds that a solve may take. `known`: decisions of a plan before a change, which may still be good.
        """
        for choices in self._ways(known):
            if stopped():
                return
            self.lp.fix(self.choices, choices)
            around = self.lp.solve(left())
            if around is not None and (found := self._whole(around, left)) is not None:
                yield found

    def _ways(self, known: np.ndarray | None) -> Iterator[np.ndarray]:
        """Yes-or-no decisions worth a try: those that the relaxation leans on, and those known."""
        seen: set[bytes] = set()
        part = self.vertex.values[self.choices]
        told = [(part > cut).astype(float) for cut in CUTS]
        if known is not None:
            told.append(np.round(known))
        for choices in told:
            if choices.tobytes() not in seen:
                seen.add(choices.tobytes())
                yield choices

    def _whole(self, around: Vertex, left: Callable[[], float | None]) -> Vertex | None:
        """Whole orders near those of a vertex, and the best of the rest around them."""
        columns, matrix = self.orders.ravel(), self.matrix
        found: Vertex | None = None
        for orders in _rounded(around.values[self.orders]):
            self.lp.restart(around.basis)
            self.lp.fix(columns, np.clip(orders.ravel(), matrix.col_lower[columns], matrix.col_upper[columns]))
            found = self.lp.solve(left())
            if found is not None:
                break
        self.lp.free(columns)
        self.lp.restart(around.basis)
        return found


def _rounded(orders: np.ndarray) -> Iterator[np.ndarray]:
    """Whole orders (offers, periods) by rounding the running total, so that what is left over is ordered later.

    To the nearest first; up where that leaves too little, down where it is too much.
    """
    total = np.cumsum(orders, axis=1)
    for rounded in (np.round(total), np.ceil(total - WHOLE), np.floor(total + WHOLE)):
        whole = np.maximum.accumulate(rounded, axis=1)
        yield np.diff(whole, axis=1, prepend=0.0)
