"""Sheets of one shape: labels, a total, parameters, and one column a period, the same on every sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import SupportsFloat

import numpy as np

from planner.report.workbook.blocks import Block, Param, Style, Totals
from planner.report.workbook.book import (
    BEFORE,
    FIRST,
    LABELS,
    MOST_PARAMS,
    PARAMS,
    TOP,
    TOTAL,
    UNIT,
    Book,
    TimeHead,
    finish,
)
from planner.report.workbook.cells import Spooled
from planner.report.workbook.expr import NOW, PREVIOUS, Array, Cells, Column, Expr, Own, letters
from planner.report.workbook.expr import Written as WrittenExpr
from planner.report.workbook.printing import fit_columns
from planner.report.workbook.styles import Kind, Number

NARROW = 13
"""Letters of a heading that fit beside each other in a column of figures."""
WIDEST_UNIT = 18


class TimeSheet:
    """A sheet on the plan's time axis, filled from top to bottom by `block`."""

    def __init__(self, book: Book, name: str, title: str, tab: str) -> None:
        self.book, self.name = book, name
        self.ws: Spooled = book.add(name, tab)
        self.title = title
        self.row = TOP
        self.columns_used = {0, UNIT, TOTAL}
        self.longest_unit = len("Unit")
        self.printed: tuple[int, int] | None = None
        """The last row and how many columns are printed, where it is not all."""
        book.time_sheets.append(self)

    @property
    def prefix(self) -> str:
        """The sheet as formulas name it."""
        quoted = self.name.replace("'", "''")
        plain = self.name.isidentifier() and self.name.isascii()
        return f"{self.name}!" if plain else f"'{quoted}'!"

    def head(self, note: str, time: TimeHead) -> None:
        """Title, note and the time axis; freezes, prints and protects as every sheet does."""
        ws, styles, n = self.ws, self.book.styles, self.book.periods
        ws.write_string(0, 0, self.title, styles.title)
        ws.write_string(1, 0, note, styles.note)
        for c, text in ((0, "Period"), (UNIT, "Unit"), (TOTAL, "Total")):
            ws.write_string(2, c, text, styles.head_right if c == TOTAL else styles.head)
        for row, line in ((2, time.number), (3, time.month)):
            for c in range(FIRST):
                if row == 3 or c not in (0, UNIT, TOTAL):
                    ws.write_blank(row, c, None, styles.head)
            if isinstance(line.value[0, 0], str):
                for t in range(n):
                    self.put(row, FIRST + t, line.text(0, self), line.value[0, t], styles.head_right, t)
            else:
                ws.formulas(row, FIRST, line.text(0, self), styles.head_right, line.value[0].tolist())
        ws.write_string(2, BEFORE, "Before", styles.head_right)
        ws.set_column(0, 0, 42)
        ws.set_column(1, 1, 22)
        ws.set_column(2, 3, 17)
        ws.set_column(UNIT, UNIT, 20)
        ws.set_column(TOTAL, TOTAL, 16)
        ws.set_column(PARAMS, BEFORE, 12)
        ws.set_column(FIRST, FIRST + n - 1, 13)
        ws.freeze_panes(TOP, LABELS)
        finish(ws, self.name, TOP)

    def hide_unused(self) -> None:
        """Hide the columns that no block of this sheet needs; the periods keep their place on every sheet."""
        for column in set(range(FIRST)) - self.columns_used:
            self.ws.set_column(column, column, None, None, {"hidden": True})
        self.ws.set_column(UNIT, UNIT, self.longest_unit + 2)
        # What stands right of the periods says what policies count; on paper it would make the rest too small.
        bottom, columns = self.printed or (self.ws.bottom, FIRST + self.book.periods)
        self.ws.print_area(0, 0, bottom, columns - 1)
        fit_columns(self.ws, UNIT + 1, columns)

    def put(self, row: int, column: int, text: str, value: object, style: object, t: int = 0) -> None:
        """One formula with its cached value; `text` is a template for period t."""
        if NOW in text or PREVIOUS in text:
            text = text.replace(NOW, letters(FIRST + t)).replace(PREVIOUS, letters(FIRST + t - 1))
        self.ws.write_formula(row, column, text, style, value.item() if isinstance(value, np.generic) else value)

    def block(
        self,
        title: str,
        labels: Mapping[str, Sequence[object] | Array],
        unit: str | Sequence[str],
        cells: Callable[[Block], Expr] | Array | None = None,
        params: Mapping[str, Param] | None = None,
        before: Expr | Array | Callable[[Block], Expr] | None = None,
        number: Number = "money",
        total: Totals | Expr = "sum",
        sums: bool = False,
        kind: Kind | None = None,
        help: str = "",
    ) -> Block:
        """Lay out rows below what is there. Returns what other blocks may refer to.

        `labels` by heading, at most four; `cells` an input array (rows, periods) or a function that makes the
        rows' one expression of the block so far. total: what stands in the total column, an expression of the rows where it is no sum
        of the cells. sums: a row of sums.
        """
        n = max((len(v) for v in labels.values()), default=0)
        styles, ws = self.book.styles, self.ws
        self._heading(title, list(labels), list(params or {}), help)
        rows = np.arange(self.row, self.row + n)
        self.row += n
        for c, values in enumerate(labels.values()):
            for r, value in zip(rows, values, strict=True):
                self._label(int(r), c, value)
        units = [self._unit(u) for u in ([unit] * n if isinstance(unit, str) else unit)]
        for r, text in zip(rows, units, strict=True):
            ws.write_string(int(r), UNIT, text, styles.label)
        out = Block(self, rows, text={k: list(v) for k, v in labels.items()})
        if not n:
            return self._nothing(out, params or {})
        for i, (name, param) in enumerate((params or {}).items()):
            source = param.source(out) if callable(param.source) else param.source
            out.params[name] = self._column(PARAMS + i, rows, source, param.number)
        if before is not None:
            self.columns_used.add(BEFORE)
            out.before_ = self._column(BEFORE, rows, before(out) if callable(before) else before, number).value
        if cells is not None:
            out.cells_ = self._cells(out, cells, number, kind)
            self._totals(out, total, number)
        if sums:
            self._sums(out, number, total)
        self.row += 1
        ws.done(self.row)
        return out

    def _nothing(self, block: Block, params: Mapping[str, Param]) -> Block:
        """A block without rows says so; what refers to it gets empty columns."""
        self.ws.write_string(self.row, 0, "none", self.book.styles.note)
        self.row += 2
        empty = np.zeros((0, self.book.periods))
        block.cells_ = Cells(self, block.rows, empty)
        block.total_ = Column(self, TOTAL, block.rows, empty[:, :1])
        block.params = {name: Column(self, PARAMS + i, block.rows, empty[:, :1]) for i, name in enumerate(params)}
        return block

    def _unit(self, unit: str) -> str:
        """Money is in the plan's currency."""
        unit = self.book.currency if unit == "money" else unit
        self.longest_unit = min(max(self.longest_unit, len(unit)), WIDEST_UNIT)
        return unit

    def _heading(self, title: str, labels: list[str], params: list[str], help: str) -> None:
        styles, ws = self.book.styles, self.ws
        if len(labels) > LABELS or len(params) > MOST_PARAMS:
            raise ValueError(f"{title}: too many columns")
        self.columns_used |= set(range(len(labels))) | {PARAMS + i for i in range(len(params))}
        ws.write_string(self.row, 0, f"{title}. {help}" if help else title, styles.block)
        ws.blanks(self.row, 1, FIRST + self.book.periods - 1, styles.block)
        self.row += 1
        if not labels and not params:
            return
        if any(len(text) > NARROW for text in params):
            ws.set_row(self.row, 26)
        for c, text in enumerate(labels):
            ws.write_string(self.row, c, text, styles.head)
        for i, text in enumerate(params):
            ws.write_string(self.row, PARAMS + i, text, styles.head_right)
        self.row += 1

    def _label(self, row: int, column: int, value: object) -> None:
        styles = self.book.styles
        if isinstance(value, str):
            if value:
                self.ws.write_string(row, column, value, styles.label)
        elif isinstance(value, SupportsFloat):
            self.ws.write_number(row, column, float(value), styles.of(num_format="0", align="left"))
        else:
            raise TypeError(f"{self.name}: {value!r} is no label")

    def _column(self, column: int, rows: Array, source: Expr | Array, number: Number) -> Column:
        styles, n = self.book.styles, len(rows)
        if isinstance(source, Expr):
            value = np.broadcast_to(source.value, (n, 1))
            style = styles.cell("link" if source.is_link else "formula", number)
            for i in range(n):
                self.put(int(rows[i]), column, source.text(i, self), value[i, 0], style)
            return Column(self, column, rows, value)
        style = styles.cell("input", number)
        for i in range(n):
            self.ws.write_number(int(rows[i]), column, float(source[i]), style)
        return Column(self, column, rows, np.asarray(source, dtype=float))

    def _cells(self, block: Block, source: Callable[[Block], Expr] | Array, number: Number, kind: Kind | None) -> Cells:
        styles, rows, n, periods = self.book.styles, block.rows, len(block.rows), self.book.periods
        if not callable(source):
            style = styles.cell(kind or "input", number)
            values = np.asarray(source, dtype=float)
            for r, line in zip(rows.tolist(), values.tolist(), strict=True):
                self.ws.numbers(r, FIRST, style, line)
            return Cells(self, rows, values)
        block.own = Own(self, rows, np.zeros((n, periods)))
        expr = source(block)
        if block.used_previous:
            # Each period needs the one before: fill the row's own values from left to right.
            for t in range(periods):
                block.own.value[:, t] = np.broadcast_to(expr.value, (n, periods))[:, t]
                expr = source(block)
        value = self._formulas(expr, rows, number, kind or ("link" if expr.is_link else "formula"))
        return Cells(self, rows, value)

    def lines(
        self,
        title: str,
        entries: Sequence[
            tuple[str, Expr | Callable[[dict[str, Cells]], Expr]]
            | tuple[str, Expr | Callable[[dict[str, Cells]], Expr], Style]
        ],
        unit: str = "money",
        help: str = "",
    ) -> dict[str, Cells]:
        """Lines that each have a formula of their own, which may refer to the lines above by their label.

        Returns every line as cells of one row. A line named with a `Style` looks so, has its number and total.
        """
        self._heading(title, [], [], help)
        out: dict[str, Cells] = {}
        for label, source, *rest in entries:
            style = rest[0] if rest else Style()
            expr = source(out) if callable(source) else source
            row = self.row
            self.ws.write_string(row, 0, label, self.book.styles.total_label if style.bold else self.book.styles.label)
            beside = self.book.styles.total_label if style.bold else self.book.styles.label
            self.ws.write_string(row, UNIT, self._unit(style.unit or unit), beside)
            kind: Kind = "total" if style.bold else "link" if expr.is_link else "formula"
            value = self.fill(expr, 1, style.number, kind)
            out[label] = Cells(self, np.array([row]), value)
            if style.before is not None:
                self.columns_used.add(BEFORE)
                cell = self.book.styles.cell("total" if style.bold else "formula", style.number)
                self.put(row, BEFORE, style.before.text(0, self), style.before.value[0, 0], cell)
            if style.total != "none":
                whole = self._over(out[label], style.total)
                cell = self.book.styles.cell("total" if style.bold else "formula", style.number)
                self.put(row, TOTAL, whole.text(0, self), whole.value[0, 0], cell)
            if style.bold:
                self.ws.blanks(row, 1, FIRST - 1, beside)
        self.row += 1
        self.ws.done(self.row)
        return out

    def fill(self, expr: Expr, n: int, number: Number = "money", kind: Kind = "formula") -> Array:
        """Write the period cells of the next `n` rows and nothing else; returns their values (n, periods)."""
        rows = np.arange(self.row, self.row + n)
        self.row += n
        return self._formulas(expr, rows, number, kind)

    def _formulas(self, expr: Expr, rows: Array, number: Number, kind: Kind) -> Array:
        n, periods = len(rows), self.book.periods
        value = np.array(np.broadcast_to(expr.value, (n, periods)), dtype=float)
        if not np.isfinite(value).all():
            raise ValueError(f"{self.name}, row {int(rows[0]) + 1}: a figure is not finite")
        style = self.book.styles.cell(kind, number)
        for i, (r, line) in enumerate(zip(rows.tolist(), value.tolist(), strict=True)):
            self.ws.formulas(r, FIRST, expr.text(i, self), style, line)
        return value

    def _totals(self, block: Block, total: Totals | Expr, number: Number) -> None:
        if total == "none":
            return
        expr = total if isinstance(total, Expr) else self._over(block.cells, total)
        style = self.book.styles.cell("formula", number)
        for i, r in enumerate(block.rows):
            self.put(int(r), TOTAL, expr.text(i, self), expr.value[i, 0], style)
        block.total_ = Column(self, TOTAL, block.rows, expr.value)

    def _over(self, cells: Cells, total: Totals) -> Expr:
        if total == "last":
            last = letters(FIRST + self.book.periods - 1)
            return WrittenExpr(lambda row, _: f"{last}{cells.rows[row] + 1}", cells.value[:, -1:])
        return self.book.over(cells)

    def _sums(self, block: Block, number: Number, total: Totals | Expr) -> None:
        r, styles = self.row, self.book.styles
        first, last = int(block.rows[0]) + 1, int(block.rows[-1]) + 1
        style = styles.cell("total", number)
        self.ws.write_string(r, 0, "Total", styles.total_label)
        value = block.cells.value.sum(axis=0)
        self.ws.formulas(r, FIRST, f"SUM({NOW}{first}:{NOW}{last})", style, value.tolist())
        if total != "none":
            column = letters(TOTAL)
            self.put(r, TOTAL, f"SUM({column}{first}:{column}{last})", float(block.total.value.sum()), style)
        if block.before_ is not None:
            column, there = letters(BEFORE), np.asarray(block.before_, dtype=float).sum()
            self.put(r, BEFORE, f"SUM({column}{first}:{column}{last})", there, style)
            block.before_sum = Column(self, BEFORE, np.array([r]), np.array([there]))
        self.ws.blanks(r, 1, FIRST - 1, styles.total_label)
        block.sum_row = r
        block.sum_ = Cells(self, np.array([r]), value.reshape(1, -1))
        self.row += 1
