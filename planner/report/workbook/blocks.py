"""Rows that were laid out on a sheet, and what they are laid out from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from planner.report.workbook.expr import Array, Before, Cells, Column, Expr, Own
from planner.report.workbook.styles import Number

if TYPE_CHECKING:
    from planner.report.workbook.sheet import TimeSheet

Totals = Literal["sum", "last", "present", "none"]


@dataclass(frozen=True)
class Param:
    """A figure beside a row that holds for all its periods: an expression, or an input (an array of numbers)."""

    source: Expr | Array | Callable[[Block], Expr]
    number: Number = "price"


@dataclass(frozen=True)
class Style:
    """How a line of `TimeSheet.lines` looks."""

    number: Number = "money"
    total: Totals = "sum"
    bold: bool = False
    unit: str = ""
    before: Expr | None = None
    """What stands before the first period."""


@dataclass
class Block:
    """Rows that were laid out: what other expressions refer to."""

    sheet: TimeSheet
    rows: Array
    params: dict[str, Column] = field(default_factory=dict)
    cells_: Cells | None = None
    total_: Column | None = None
    before_: Array | None = None
    before_sum: Column | None = None
    """The sum of what stands before the first period, of a block with sums."""
    own: Own | None = None
    used_previous: bool = False
    sum_row: int | None = None
    sum_: Cells | None = None
    text: dict[str, list[object]] = field(default_factory=dict)

    @property
    def labels(self) -> list[object]:
        """The first label of each row."""
        return next(iter(self.text.values()))

    def labels_of(self, heading: str) -> list[object]:
        """The labels under a heading."""
        return self.text[heading]

    def __getitem__(self, name: str) -> Column:
        """The parameter `name` of each row."""
        return self.params[name]

    @property
    def cells(self) -> Cells:
        """The period cells."""
        assert self.cells_ is not None
        return self.cells_

    @property
    def total(self) -> Column:
        """The total of each row."""
        assert self.total_ is not None
        return self.total_

    @property
    def sum(self) -> Cells:
        """The row of sums, as cells of one row."""
        assert self.sum_ is not None
        return self.sum_

    @property
    def previous(self) -> Expr:
        """The row's own value in the period before."""
        self.used_previous = True
        assert self.own is not None
        before = np.zeros(len(self.rows)) if self.before_ is None else self.before_
        return Before(self.own, before)
