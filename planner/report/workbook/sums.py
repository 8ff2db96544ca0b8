"""Sums over blocks for the checks: one cell each, from any sheet."""

from __future__ import annotations

import numpy as np

from planner.report.workbook.blocks import Block
from planner.report.workbook.book import BEFORE, FIRST
from planner.report.workbook.costs import Costs
from planner.report.workbook.expr import Call, Cells, Column, Expr, Line, Written, letters
from planner.report.workbook.workings import Context


def grand(x: Context, block: Block) -> Expr:
    """The total of all rows and periods of a block; nothing where it has no rows."""
    if not len(block.rows):
        return x.c["Nothing"]
    first, last = int(block.rows[0]) + 1, int(block.rows[-1]) + 1
    column = letters(block.total.column)
    text = f"{block.sheet.prefix}${column}${first}:${column}${last}"
    return Written(lambda row, home: f"SUM({text})", np.array([[float(np.sum(block.total.value))]]))


def first_total(block: Block) -> Expr:
    """The total of the first row of a block."""
    return block.total.take(np.array([0]))


def all_costs(costs: Costs) -> Expr:
    """The sum of the totals of all costs."""
    return Call("SUM", [column_range(costs.total)], np.array([[float(costs.total.value.sum())]]))


def column_range(cells: Column) -> Expr:
    """The consecutive rows of a column as one range; value (rows, 1)."""
    first, last = int(cells.rows[0]) + 1, int(cells.rows[-1]) + 1
    letter = letters(cells.column)
    return Written(lambda row, home: f"{cells.sheet.prefix}${letter}${first}:${letter}${last}", cells.value)


def block_range(x: Context, block: Block) -> str:
    """The text of the range of a block: its rows, all periods."""
    start, end = x.book.ends
    return f"{block.sheet.prefix}{start}${int(block.rows[0]) + 1}:{end}${int(block.rows[-1]) + 1}"


def absolute_sum(x: Context, block: Block) -> Expr:
    """The sum of the absolute values of a block."""
    if not len(block.rows):
        return x.c["Nothing"]
    text = f"SUMPRODUCT(ABS({block_range(x, block)}))"
    return Written(lambda row, home: text, np.array([[float(np.abs(block.cells.value).sum())]]))


def plain_sum(x: Context, block: Block) -> Expr:
    """The sum of a block, all rows and periods."""
    if not len(block.rows):
        return x.c["Nothing"]
    text = f"SUM({block_range(x, block)})"
    return Written(lambda row, home: text, np.array([[float(block.cells.value.sum())]]))


def absolute_line(x: Context, line: Cells) -> Expr:
    """The sum of the absolute values of a line."""
    return Call(
        "SUMPRODUCT",
        [Call("ABS", [x.book.line(line)], np.abs(line.value))],
        np.abs(line.value).sum(axis=1, keepdims=True),
    )


def below_zero(x: Context, block: Block) -> Expr:
    """The sum of what is below 0."""
    if not len(block.rows):
        return x.c["Nothing"]
    text = f"SUMPRODUCT(({block_range(x, block)}<Nothing)*{block_range(x, block)})"
    value = block.cells.value
    return Written(lambda row, home: text, np.array([[float(np.where(value < 0, value, 0.0).sum())]]))


def last_period(x: Context, block: Block, column: str) -> Expr:
    """The sum of a block in one period's column."""
    if not len(block.rows):
        return x.c["Nothing"]
    first, last = int(block.rows[0]) + 1, int(block.rows[-1]) + 1
    text = f"SUM({block.sheet.prefix}${column}${first}:${column}${last})"
    return Written(lambda row, home: text, np.array([[float(block.cells.value[:, -1].sum())]]))


def before_sum(x: Context, block: Block) -> Expr:
    """The sum of what a block has before period 1."""
    if not len(block.rows) or block.before_ is None:
        return x.c["Nothing"]
    first, last, column = int(block.rows[0]) + 1, int(block.rows[-1]) + 1, letters(BEFORE)
    text = f"SUM({block.sheet.prefix}${column}${first}:${column}${last})"
    return Written(lambda row, home: text, np.array([[float(np.sum(block.before_))]]))


def end_of(x: Context, line: Line) -> Expr:
    """A line of the time axis in the last period; value (1, 1)."""
    last = letters(FIRST + x.book.periods - 1)
    return Written(lambda row, home: f"{line.sheet.prefix}${last}${line.row + 1}", line.value[:, -1:])
