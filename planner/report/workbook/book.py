"""The workbook being written: its sheets in order, names of cells, sums over the time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xlsxwriter

from planner.report.workbook.cells import Exact, Spooled
from planner.report.workbook.expr import NOW, Call, Cells, Expr, HasName, Line, Name, Written, letters, span
from planner.report.workbook.printing import MARGIN
from planner.report.workbook.styles import Styles

if TYPE_CHECKING:
    from planner.report.workbook.sheet import TimeSheet

LABELS = 4  # A to D
UNIT, TOTAL, PARAMS, BEFORE, FIRST = 4, 5, 6, 12, 13
MOST_PARAMS = BEFORE - PARAMS
TOP = 4
"""Rows of a sheet's head; they stay when it is scrolled."""

WHOLE_SHEETS = ("Cover", "Summary")
"""Sheets whose cells are kept until the end: they have row heights, and charts that read them."""


@dataclass
class TimeHead:
    """The lines that every sheet's head links to."""

    number: Expr
    month: Expr


class Book:
    """The workbook being written."""

    def __init__(self, book: xlsxwriter.Workbook, currency: str, periods: int, order: Sequence[str]) -> None:
        self.book, self.periods, self.order = book, periods, order
        self.styles = Styles(book, currency)
        self.currency = currency
        self.time_sheets: list[TimeSheet] = []
        self.sheets = {name: book.add_worksheet(name, Exact if name in WHOLE_SHEETS else Spooled) for name in order}

    def add(self, name: str, tab: str) -> Spooled:
        """The worksheet of that name, with a coloured tab. Raises KeyError for one that is not in the order."""
        ws: Spooled = self.sheets[name]
        ws.set_tab_color(tab)
        ws.hide_gridlines(2)
        return ws

    def name(self, name: str, sheet: str, row: int, column: int, value: float | str) -> Name:
        """Give a cell a name for formulas."""
        quoted = sheet.replace("'", "''")
        self.book.define_name(name, f"='{quoted}'!${letters(column)}${row + 1}")
        return Name(name, value)

    @property
    def ends(self) -> tuple[str, str]:
        """The columns of the first and the last period, fixed."""
        return f"${letters(FIRST)}", f"${letters(FIRST + self.periods - 1)}"

    def line(self, cells: Cells) -> Expr:
        """All periods of a row as one range; value (rows, periods)."""
        return Written(span(cells, *self.ends), cells.value)

    def axis(self, line: Line) -> Expr:
        """All periods of a line of the time axis as one range; value (1, periods)."""
        first, last = self.ends

        def write(row: int, home: HasName) -> str:
            before = "" if line.sheet is home else line.sheet.prefix
            return f"{before}{first}${line.row + 1}:{last}${line.row + 1}"

        return Written(write, line.value)

    def over(self, cells: Cells) -> Expr:
        """SUM over the periods of each row; value (rows, 1)."""
        return Call("SUM", [self.line(cells)], cells.value.sum(axis=1, keepdims=True))

    def product(self, *lines: Expr) -> Expr:
        """SUMPRODUCT over the periods of lines; value (rows, 1)."""
        value = lines[0].value
        for other in lines[1:]:
            value = value * other.value
        joined = lines[0]
        for other in lines[1:]:
            joined = joined * other
        return Call("SUMPRODUCT", [joined], np.asarray(value, dtype=float).sum(axis=1, keepdims=True))

    def upto(self, cells: Cells) -> Expr:
        """The range from the first period to the present one; value: the running sum (rows, periods)."""
        return Call("SUM", [Written(span(cells, self.ends[0], NOW), cells.value)], np.cumsum(cells.value, axis=1))


def finish(ws: Exact, name: str, repeat: int) -> None:
    """Print and protection as every sheet has them: landscape, one page wide, head repeated, formulas locked."""
    ws.set_landscape()
    ws.set_paper(9)
    ws.fit_to_pages(1, 0)
    ws.set_margins(left=MARGIN, right=MARGIN, top=0.5, bottom=0.6)
    ws.repeat_rows(0, repeat - 1)
    ws.set_footer("&L&F, &A&RPage &P of &N")
    ws.protect("", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True})
