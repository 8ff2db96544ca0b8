"""Numbers that remember where they come from, and rows that write it down.

A cell of a sample plan is a `Value`: an amount, the sources behind it and what in it is assumed.
Arithmetic on values joins both, so that a row's source, as_of and note cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

DIGITS = 6
"""Significant digits that a figure keeps in a plan."""


@dataclass(frozen=True)
class Value:
    """An amount with its `origins` (source, date) and what is `assumed` in it, in words ('' for all of it)."""

    amount: float
    origins: tuple[tuple[str, str], ...] = ()
    assumed: tuple[str, ...] = ()

    def _with(self, amount: float, other: Value | float) -> Value:
        if not isinstance(other, Value):
            return Value(amount, self.origins, self.assumed)
        return Value(amount, _union(self.origins, other.origins), _union(self.assumed, other.assumed))

    def __add__(self, other: Value | float) -> Value:
        return self._with(self.amount + _amount(other), other)

    def __sub__(self, other: Value | float) -> Value:
        return self._with(self.amount - _amount(other), other)

    def __mul__(self, other: Value | float) -> Value:
        return self._with(self.amount * _amount(other), other)

    def __truediv__(self, other: Value | float) -> Value:
        return self._with(self.amount / _amount(other), other)

    def __pow__(self, power: float) -> Value:
        return self._with(self.amount**power, power)

    def __rtruediv__(self, other: float) -> Value:
        return self._with(other / self.amount, other)

    def __rsub__(self, other: float) -> Value:
        return self._with(other - self.amount, other)

    __radd__, __rmul__ = __add__, __mul__


def _amount(x: Value | float) -> float:
    return x.amount if isinstance(x, Value) else x


def _union(a: tuple, b: tuple) -> tuple:
    return a + tuple(x for x in b if x not in a)


def assume(amount: float, why: str = "") -> Value:
    """An amount without a source: a judgement, in words where that helps."""
    return Value(amount, (), (why,))


Cell = Value | str | float | int | None


def table(rows: Iterable[Mapping[str, Cell]]) -> pd.DataFrame:
    """Rows as a frame with `source`, `as_of` and `note` written from the values in them.

    source and as_of list the origins in the same order, separated by ' | '. The note begins with
    'assumption: ' and the columns that rest on one; a `note` given in the row follows it.
    """
    return pd.DataFrame([_row(r) for r in rows])


def _row(row: Mapping[str, Cell]) -> dict[str, object]:
    out: dict[str, object] = {}
    origins: tuple[tuple[str, str], ...] = ()
    assumed: dict[str, str] = {}
    for column, cell in row.items():
        if isinstance(cell, Value):
            out[column] = significant(cell.amount)
            origins = _union(origins, cell.origins)
            if cell.assumed:
                assumed[column] = ", ".join(w for w in cell.assumed if w)
        elif cell is not None and column != "note":
            out[column] = cell
    words = [f"{c} ({why})" if why else c for c, why in assumed.items()]
    note = [f"assumption: {', '.join(words)}"] if words else []
    if row.get("note"):
        note.append(str(row["note"]))
    out["source"] = " | ".join(s for s, _ in origins) or None
    out["as_of"] = " | ".join(d for _, d in origins) or None
    out["note"] = "; ".join(note) or None
    return out


def significant(x: float) -> float:
    """x to DIGITS significant digits, a whole number where it is one."""
    rounded = float(f"{x:.{DIGITS}g}")
    return int(rounded) if rounded == int(rounded) else rounded
