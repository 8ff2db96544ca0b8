"""Expressions that are said once and used twice: as the formula of a cell and as its cached value.

An expression knows its value as an array that broadcasts over (rows, periods), and its text in any row. The
text is a template: `NOW` stands for the letter of the period's column, `PREVIOUS` for the one before. Only
expressions combine with expressions, so that no number can stand inside a formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

NOW, PREVIOUS = "\x01", "\x02"
Array = np.ndarray


class HasName(Protocol):
    """A sheet, as far as an expression needs to know it."""

    @property
    def prefix(self) -> str:
        """What stands before a cell of the sheet when another sheet names it: `'Cash flow'!`."""


def letters(column: int) -> str:
    """The letters of a column counted from 0: 0 is A, 26 is AA."""
    out = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        out = chr(65 + rest) + out
    return out


class Expr:
    """A value of shape (rows or 1, periods or 1) and its formula text."""

    value: Array
    strength = 9
    """How tightly the outermost operator binds; operands that bind less are put in parentheses."""

    def text(self, row: int, home: HasName) -> str:
        """The formula's text, without "=", in the expression's row `row` on the sheet `home`."""
        raise NotImplementedError

    @property
    def is_link(self) -> bool:
        """True when the formula does nothing but name another cell."""
        return False

    def __add__(self, other: Expr) -> Expr:
        return Operation("+", self, other, self.value + other.value, 4)

    def __sub__(self, other: Expr) -> Expr:
        return Operation("-", self, other, self.value - other.value, 4)

    def __mul__(self, other: Expr) -> Expr:
        with np.errstate(invalid="ignore"):  # a branch that IF does not take may be no number
            return Operation("*", self, other, self.value * other.value, 5)

    def __truediv__(self, other: Expr) -> Expr:
        with np.errstate(divide="ignore", invalid="ignore"):
            return Operation("/", self, other, self.value / other.value, 5)

    def __pow__(self, other: Expr) -> Expr:
        return Operation("^", self, other, np.asarray(self.value, dtype=float) ** other.value, 7)

    def __neg__(self) -> Expr:
        return Negative(self)

    def ge(self, other: Expr) -> Expr:
        """1 where this is at least the other, else 0."""
        return Operation(">=", self, other, (self.value >= other.value) * 1.0, 2)

    def le(self, other: Expr) -> Expr:
        """1 where this is at most the other, else 0."""
        return Operation("<=", self, other, (self.value <= other.value) * 1.0, 2)

    def gt(self, other: Expr) -> Expr:
        """1 where this is above the other, else 0."""
        return Operation(">", self, other, (self.value > other.value) * 1.0, 2)

    def lt(self, other: Expr) -> Expr:
        """1 where this is below the other, else 0."""
        return Operation("<", self, other, (self.value < other.value) * 1.0, 2)

    def eq(self, other: Expr) -> Expr:
        """1 where this equals the other, else 0."""
        return Operation("=", self, other, (self.value == other.value) * 1.0, 2)


@dataclass
class Operation(Expr):
    """Two expressions joined by an operator of the spreadsheet."""

    symbol: str
    left: Expr
    right: Expr
    value: Array
    strength: int

    def text(self, row: int, home: HasName) -> str:
        """`left symbol right`, parentheses where the order of operations needs them."""
        left, right = self.left.text(row, home), self.right.text(row, home)
        if self.left.strength < self.strength or (self.symbol == "^" and self.left.strength <= self.strength):
            left = f"({left})"
        if self.right.strength < self.strength or (
            (self.right.strength == self.strength and self.symbol in "-/^=<>")
            or self.right.strength == 2 == self.strength
        ):
            right = f"({right})"
        return f"{left}{self.symbol}{right}"


class Negative(Expr):
    """An expression with the opposite sign."""

    strength = 6

    def __init__(self, of: Expr) -> None:
        self.of, self.value = of, -of.value

    def text(self, row: int, home: HasName) -> str:
        """`-of`."""
        inner = self.of.text(row, home)
        return f"-({inner})" if self.of.strength < 9 else f"-{inner}"


def _prefix(sheet: HasName, home: HasName) -> str:
    return "" if sheet is home else sheet.prefix


class Name(Expr):
    """A named cell: a setting or a constant."""

    def __init__(self, name: str, value: float | str) -> None:
        self.name = name
        self.value = np.array([[value]])

    def text(self, row: int, home: HasName) -> str:
        """The name."""
        return self.name


class Cells(Expr):
    """Rows of period cells: row i of the expression is the sheet's row `rows[i]`, from 0. value (rows, periods)."""

    def __init__(self, sheet: HasName, rows: Array, value: Array) -> None:
        self.sheet, self.rows, self.value = sheet, np.asarray(rows, dtype=int), value

    def text(self, row: int, home: HasName) -> str:
        """The cell of the row in the period's column."""
        return f"{_prefix(self.sheet, home)}{NOW}{self.rows[row] + 1}"

    @property
    def is_link(self) -> bool:
        """A plain reference."""
        return True

    def take(self, rows: Array) -> Cells:
        """The rows `rows` of this expression as an expression of their own."""
        return Cells(self.sheet, self.rows[rows], self.value[rows])


class Line(Expr):
    """One row of period cells, the same for every row that refers to it. value (1, periods)."""

    def __init__(self, sheet: HasName, row: int, value: Array) -> None:
        self.sheet, self.row, self.value = sheet, row, np.asarray(value).reshape(1, -1)

    def text(self, row: int, home: HasName) -> str:
        """The cell of the line in the period's column, its row fixed."""
        return f"{_prefix(self.sheet, home)}{NOW}${self.row + 1}"


class Column(Expr):
    """Cells of one fixed column: row i is the sheet's row `rows[i]`. value (rows, 1)."""

    def __init__(self, sheet: HasName, column: int, rows: Array, value: Array) -> None:
        self.sheet, self.column, self.rows = sheet, column, np.asarray(rows, dtype=int)
        self.value = np.asarray(value).reshape(-1, 1)

    def text(self, row: int, home: HasName) -> str:
        """The cell of the row in the fixed column."""
        return f"{_prefix(self.sheet, home)}${letters(self.column)}{self.rows[row] + 1}"

    @property
    def is_link(self) -> bool:
        """A plain reference."""
        return True

    def take(self, rows: Array) -> Column:
        """The rows `rows` of this expression as an expression of their own."""
        return Column(self.sheet, self.column, self.rows[rows], self.value[rows])


class Before(Expr):
    """What a row of cells had in the period before; `before` is what stands left of the first period."""

    def __init__(self, of: Cells | Own, before: Array) -> None:
        self.of = of
        first = np.broadcast_to(np.asarray(before, dtype=float).reshape(-1, 1), (of.value.shape[0], 1))
        self.value = np.hstack([first, of.value[:, :-1]])

    def text(self, row: int, home: HasName) -> str:
        """The cell to the left."""
        return self.of.text(row, home).replace(NOW, PREVIOUS)


class Own(Expr):
    """The row of the very cells that the formula is written into; only `Before` may hold it."""

    def __init__(self, sheet: HasName, rows: Array, value: Array) -> None:
        self.sheet, self.rows, self.value = sheet, rows, value

    def text(self, row: int, home: HasName) -> str:
        """The cell itself."""
        return f"{NOW}{self.rows[row] + 1}"


class Call(Expr):
    """A function of the spreadsheet over arguments that are expressions, or None for one left out."""

    def __init__(self, name: str, arguments: Sequence[Expr | None], value: Array) -> None:
        self.name, self.arguments, self.value = name, arguments, value

    def text(self, row: int, home: HasName) -> str:
        """`NAME(a,b,...)`."""
        inside = ",".join("" if a is None else a.text(row, home) for a in self.arguments)
        return f"{self.name}({inside})"


class Written(Expr):
    """Text that a function writes for each row, with the value that it stands for."""

    def __init__(self, write: WrittenText, value: Array, strength: int = 9) -> None:
        self.write, self.value, self.strength = write, value, strength

    def text(self, row: int, home: HasName) -> str:
        """What the function writes."""
        return self.write(row, home)


class WrittenText(Protocol):
    """Writes the text of one row, as seen from a sheet."""

    def __call__(self, row: int, home: HasName) -> str:
        """The text."""


def choose(condition: Expr, then: Expr, otherwise: Expr) -> Expr:
    """IF(condition, then, otherwise): the condition holds where it is not 0."""
    return Call("IF", [condition, then, otherwise], np.where(condition.value != 0, then.value, otherwise.value))


def least(a: Expr, b: Expr) -> Expr:
    """MIN(a, b)."""
    return Call("MIN", [a, b], np.minimum(a.value, b.value))


def greatest(a: Expr, b: Expr) -> Expr:
    """MAX(a, b)."""
    return Call("MAX", [a, b], np.maximum(a.value, b.value))


def sign(a: Expr) -> Expr:
    """SIGN(a)."""
    return Call("SIGN", [a], np.sign(a.value))


def whole(a: Expr) -> Expr:
    """INT(a): rounded down."""
    return Call("INT", [a], np.floor(a.value))


def ratio(a: Expr, b: Expr) -> Expr:
    """a / b, and b itself (0) where b is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(b.value != 0, a.value / b.value, 0.0)
    return Call("IF", [b, Operation("/", a, b, value, 5), b], value)


def sum_of(cells: Cells, groups: Sequence[Array]) -> Expr:
    """SUM over consecutive rows of `cells`: row i of the result sums the rows `groups[i]`, of which there is one."""
    bounds = [(cells.rows[g[0]] + 1, cells.rows[g[-1]] + 1) for g in groups]
    value = np.array([cells.value[g].sum(axis=0) for g in groups]).reshape(len(groups), -1)

    def write(row: int, home: HasName) -> str:
        first, last = bounds[row]
        before = _prefix(cells.sheet, home)
        return f"SUM({before}{NOW}{first}:{NOW}{last})"

    return Written(write, value)


@dataclass(frozen=True)
class Key:
    """A column of keys beside rows of cells, and the criterion that each row of a sum compares with it."""

    cells: Column
    """The keys, one for each summed row."""
    criterion: Expr
    """What they must equal, one for each row of the sum (or one for all); a word after "<>": must not equal."""

    @property
    def single(self) -> Array | None:
        """Which keys meet the criterion where all rows of the sum have the same one, else None."""
        if len(self.criterion.value) != 1:
            return None
        have, wanted = self.cells.value.ravel(), self.criterion.value.ravel()[0]
        if isinstance(wanted, str) and wanted.startswith("<>"):
            return np.asarray(have != wanted[2:])
        return np.asarray(have == wanted)


def key(cells: Column, criterion: Expr) -> Key:
    """The key of a conditional sum: the rows in which `cells` equals `criterion` (or not, where it says "<>...")."""
    return Key(cells, criterion)


def sum_where(cells: Cells | Column, *keys: Key) -> Expr:
    """SUMIFS over consecutive rows of `cells` with every key; shape (rows of the criteria, periods).

    Criteria are numbers or words of our own: a spreadsheet would take wild cards and case in names from users
    for what they are not.
    """
    value = _sums_where(np.asarray(cells.value, dtype=float), keys)
    first, last = cells.rows[0] + 1, cells.rows[-1] + 1

    def write(row: int, home: HasName) -> str:
        before = _prefix(cells.sheet, home)
        column = f"${letters(cells.column)}" if isinstance(cells, Column) else NOW
        parts = [f"{before}{column}${first}:{column}${last}"]
        for k in keys:
            mark = f"${letters(k.cells.column)}"
            parts.append(f"{_prefix(k.cells.sheet, home)}{mark}${first}:{mark}${last}")
            parts.append(k.criterion.text(row, home))
        return f"SUMIFS({','.join(parts)})"

    return Written(write, value)


def _sums_where(amounts: Array, keys: Sequence[Key]) -> Array:
    """What `sum_where` comes to, shape (rows of the criteria, periods): time and memory grow with the rows alone."""
    keep = np.ones(len(amounts), dtype=bool)
    several = []
    for k in keys:
        if k.single is None:
            several.append(k)
        else:
            keep &= k.single
    if not several:
        return amounts[keep].sum(axis=0, keepdims=True)
    n = len(several[0].criterion.value)
    have, wanted = np.zeros(len(amounts), dtype=int), np.zeros(n, dtype=int)
    for k in several:
        codes, names = pd.factorize(np.concatenate([k.criterion.value.ravel(), k.cells.value.ravel()]))
        wanted, have = wanted * len(names) + codes[:n], have * len(names) + codes[n:]
    distinct, row = np.unique(wanted, return_inverse=True)
    at = np.searchsorted(distinct, have)
    keep &= distinct[np.minimum(at, len(distinct) - 1)] == have if n else False
    sums = np.zeros((len(distinct), amounts.shape[1]))
    np.add.at(sums, at[keep], amounts[keep])
    return sums[row]


def picked(cells: Cells, groups: Sequence[Array]) -> Expr:
    """Sums of rows named one by one, A1+A4+A7: row i of the result sums the rows `groups[i]`, of which there may be none."""
    value = np.array([cells.value[g].sum(axis=0) for g in groups]).reshape(len(groups), cells.value.shape[1])

    def write(row: int, home: HasName) -> str:
        before, chosen = _prefix(cells.sheet, home), groups[row]
        return "+".join(f"{before}{NOW}{cells.rows[i] + 1}" for i in chosen) if len(chosen) else "Nothing"

    return Written(write, value, 4)


def repeated(a: Expr, rows: Array) -> Expr:
    """Row i of the result is row `rows[i]` of `a`."""
    return Written(lambda row, home: a.text(int(rows[row]), home), a.value[rows], a.strength)


def span(cells: Cells, first: str, last: str) -> WrittenText:
    """Writes the range of a row from the column `first` to the column `last`; columns may be fixed ($N) or NOW."""

    def write(row: int, home: HasName) -> str:
        number = cells.rows[row] + 1
        return f"{_prefix(cells.sheet, home)}{first}{number}:{last}{number}"

    return write
