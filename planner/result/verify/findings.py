"""Sentences on what is wrong, made from arrays of figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

MOST_SHOWN = 5


class Labelled(Protocol):
    """Labels by position along one dimension of an array."""

    def __getitem__(self, i: Any, /) -> Any: ...


Axes = Mapping[str, Labelled]
"""Labels by name of the axis, in the order of the dimensions; an axis named `a|b` holds pairs."""


class Findings:
    """Sentences on what is wrong; of each kind only the first few are told in full."""

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance
        self._by_kind: dict[str, list[str]] = {}
        self._more: dict[str, int] = {}

    def say(self, kind: str, sentence: str) -> None:
        """Keep a sentence."""
        found = self._by_kind.setdefault(kind, [])
        if len(found) < MOST_SHOWN:
            found.append(sentence)
        else:
            self._more[kind] = self._more.get(kind, 0) + 1

    def sentences(self) -> list[str]:
        """All kinds, the first few of each, and how many more there are."""
        out: list[str] = []
        for kind, found in self._by_kind.items():
            out += found
            if kind in self._more:
                out.append(f"{kind}: {self._more[kind]:,} more of the same kind.")
        return out

    def equal(
        self,
        kind: str,
        found: np.ndarray,
        expected: np.ndarray,
        axes: Axes,
        sentence: str,
        tolerance: float | None = None,
    ) -> None:
        """Say so wherever two arrays differ, relative to their size. `axes`: the labels along each dimension."""
        size = np.maximum(1.0, np.maximum(np.abs(found), np.abs(expected)))
        with np.errstate(invalid="ignore"):
            fine = np.abs(found - expected) <= (tolerance or self.tolerance) * size
        self._tell(kind, ~fine, found, expected, axes, sentence)

    def at_most(self, kind: str, found: np.ndarray, limit: np.ndarray, axes: Axes, sentence: str) -> None:
        """Say so wherever an array is above another; NaN in `limit` is no limit."""
        limit = np.broadcast_to(limit, found.shape)
        some = np.where(np.isnan(limit) | np.isposinf(limit), 0.0, limit)
        with np.errstate(invalid="ignore"):
            fine = found <= some + self.tolerance * np.maximum(1.0, np.abs(some))
        self._tell(kind, ~(fine | np.isnan(limit) | np.isposinf(limit)), found, limit, axes, sentence)

    def where(self, kind: str, wrong: np.ndarray, axes: Axes, sentence: str) -> None:
        """Say the sentence for every true cell; it names the axes in braces."""
        for at in np.argwhere(wrong):
            self.say(kind, sentence.format(**_labels(axes, at)))

    def _tell(
        self,
        kind: str,
        wrong: np.ndarray,
        found: np.ndarray,
        other: np.ndarray,
        axes: Axes,
        sentence: str,
    ) -> None:
        for at in np.argwhere(wrong):
            words = sentence.format(found=_figure(found[tuple(at)]), other=_figure(other[tuple(at)]))
            where = ", ".join(f"{k} {v}" for k, v in _labels(axes, at).items() if v != "")
            self.say(kind, f"{words} ({where}).")


def _labels(axes: Axes, at: np.ndarray) -> dict[str, object]:
    """The label of a cell on each axis; an axis may hold several labels as a tuple, named `a|b`."""
    out: dict[str, object] = {}
    for (names, labels), i in zip(axes.items(), at, strict=True):
        keys = names.split("|")
        label = labels[i]
        out |= dict(zip(keys, label if len(keys) > 1 else (label,), strict=True))
    return out


def _figure(x: float) -> str:
    return f"{x:,.7g}"
