"""Plans written as workbooks that are pleasant to type into: notes, drop-downs, formats, all from the declarations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from planner.plan.cells import plain
from planner.plan.csv_tables import RISKY
from planner.plan.plan import Plan, all_columns
from planner.plan.schema import Column, Table
from planner.plan.tables import PROVENANCE, SETTING_COLUMNS, SETTINGS, TABLES

HEADER_FILL = PatternFill("solid", fgColor="1F3A5F")
REQUIRED_FILL = PatternFill("solid", fgColor="0B6E69")
HEADER_FONT = Font(name="Calibri", bold=True, color="FFFFFF")
INPUT_FONT = Font(name="Calibri", color="0000FF")
ROWS_TO_TYPE = 500
"""Rows below the last for which drop-downs are laid out."""
LIKE_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
"""What a spreadsheet would take for an escaped character."""
NARROWEST, WIDEST = 9, 46
TEXT_FORMAT, MONEY_FORMAT, SHARE_FORMAT, WHOLE_FORMAT = "@", "#,##0.00##", "0.0##%", "0"


def write_workbook(plan: Plan, target: str | Path | BinaryIO) -> None:
    """Write the plan's tables as a workbook, one sheet a table, to a path or a binary buffer."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for table in TABLES.values():
        _write_sheet(book.create_sheet(table.name), table, _frame(plan, table))
    for table in TABLES.values():
        for rule in _rules(plan, table):
            book[table.name].add_data_validation(rule)
    _describe_settings(book[SETTINGS.name])
    book.save(target)


def _frame(plan: Plan, table: Table) -> pd.DataFrame:
    """The rows to write; the settings that are not given stand there too, blank."""
    frame = plan.tables[table.name]
    if table is not SETTINGS:
        return frame
    absent = [c.name for c in SETTING_COLUMNS if c.name not in set(frame["key"])]
    return pd.concat([frame, pd.DataFrame({"key": absent}, dtype="str")], ignore_index=True)


def _write_sheet(sheet: Worksheet, table: Table, frame: pd.DataFrame) -> None:
    columns = all_columns(table)
    for j, column in enumerate(columns, start=1):
        cell = sheet.cell(1, j, column.name)
        cell.font, cell.fill = HEADER_FONT, REQUIRED_FILL if column.required else HEADER_FILL
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        _note(cell, note_of(column))
        _write_cells(sheet, j, column, frame[column.name])
        sheet.column_dimensions[get_column_letter(j)].width = _width(column, frame[column.name])
    sheet.freeze_panes = f"{get_column_letter(len(table.key) + 1)}2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{max(len(frame) + 1, 2)}"
    sheet.sheet_properties.tabColor = "0B6E69" if table.required else "1F3A5F"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"
    # Sources and notes are long; they stay off the paper.
    sheet.print_area = f"A1:{get_column_letter(len(table.columns))}{max(len(frame) + 1, 2)}"


def _note(cell: object, text: str) -> None:
    assert isinstance(cell, Cell)
    cell.comment = Comment(text, "planner", width=280, height=120)


def _width(column: Column, cells: pd.Series) -> float:
    longest = max((len(str(x)) for x in cells.dropna().head(2_000)), default=0)
    return float(min(max(len(column.name) + 4, longest + 2, NARROWEST), WIDEST))


def _write_cells(sheet: Worksheet, j: int, column: Column, cells: pd.Series) -> None:
    style = _format(column)
    for i, value in enumerate(cells.astype(object).where(cells.notna(), None), start=2):
        if value is None:
            continue
        cell = sheet.cell(i, j)
        assert isinstance(cell, Cell)
        cell.font, cell.number_format = INPUT_FONT, style
        if column.is_text:
            _write_text(cell, str(value))
        else:
            _write_number(cell, float(value))


def _write_text(cell: Cell, text: str) -> None:
    """Text stays text, whatever it starts with and whatever escape it looks like."""
    cell.value = LIKE_ESCAPED.sub("_x005F_", text)
    cell.data_type = "s"
    if text.startswith(RISKY):
        cell.quotePrefix = True  # a spreadsheet shows it and never runs it


def _write_number(cell: Cell, number: float) -> None:
    # openpyxl spells numbers with 16 digits, which do not read back exactly; what is spelt already it leaves.
    cell.value = plain(number)
    cell.data_type = "n"


def _format(column: Column) -> str:
    if column.is_text:
        return TEXT_FORMAT
    if column.kind == "integer":
        return WHOLE_FORMAT
    return MONEY_FORMAT if column.money else SHARE_FORMAT if column.share else "General"


def note_of(column: Column) -> str:
    """What a column means, its unit, what is allowed and what blank means."""
    parts = [column.help]
    if column.unit:
        parts.append(f"Unit: {column.unit}")
    parts.append(f"Allowed: {column.allowed}")
    if column.required:
        parts.append("Required")
    elif column.default is not None:
        parts.append(f"Blank: {column.default if isinstance(column.default, str) else plain(float(column.default))}")
    elif column not in PROVENANCE:
        parts.append("Blank: none")
    return "\n".join(parts)


def _describe_settings(sheet: Worksheet) -> None:
    """Beside each setting what it means; numbers as numbers, in their own format."""
    declared = {c.name: c for c in SETTING_COLUMNS}
    for row in sheet.iter_rows(min_row=2, max_col=2):
        key, value = row
        assert isinstance(value, Cell)
        column = declared[str(key.value)]
        _note(key, note_of(column))
        value.font, value.number_format = INPUT_FONT, _format(column)
        value.alignment = Alignment(horizontal="left")
        if value.value is not None and not column.is_text:
            _write_number(value, float(str(value.value)))
        rule = _rule(column, "")
        if rule is not None:
            rule.add(value.coordinate)
            sheet.add_data_validation(rule)


def _rules(plan: Plan, table: Table) -> Iterator[DataValidation]:
    """What each column of a sheet lets one type: a drop-down, or numbers within bounds."""
    last = len(plan.tables[table.name]) + ROWS_TO_TYPE
    for j, column in enumerate(table.columns, start=1):
        source = ""
        if column.ref:
            target, key = column.ref.split(".")
            letter = get_column_letter(TABLES[target].names.index(key) + 1)
            source = f"{target}!${letter}$2:${letter}${len(plan.tables[target]) + ROWS_TO_TYPE}"
        rule = _rule(column, source)
        if rule is not None:
            letter = get_column_letter(j)
            rule.add(f"{letter}2:{letter}{last}")
            yield rule


def _rule(column: Column, source: str) -> DataValidation | None:
    """The check that a spreadsheet makes of a cell; `source` is the range of a reference."""
    if column.kind == "list":
        return None  # a drop-down cannot hold several items
    if column.choices:
        source = '"' + ",".join(column.choices) + '"'
    if source:
        rule = DataValidation(type="list", formula1=source)
    elif column.kind in ("number", "integer"):
        rule = _bounds(column)
    else:
        return None
    rule.allow_blank = not column.required
    rule.showErrorMessage = True
    rule.error, rule.errorTitle = f"Allowed: {column.allowed}"[:250], column.label[:30]
    return rule


def _bounds(column: Column) -> DataValidation:
    kind: Literal["whole", "decimal"] = "whole" if column.kind == "integer" else "decimal"
    low = column.low
    if low is not None and column.high is not None:
        return DataValidation(type=kind, operator="between", formula1=plain(low), formula2=plain(column.high))
    if column.above is not None:  # an upper bound beside it is left to the reader
        return DataValidation(type=kind, operator="greaterThan", formula1=plain(column.above))
    if low is not None:
        return DataValidation(type=kind, operator="greaterThanOrEqual", formula1=plain(low))
    if column.high is not None:
        return DataValidation(type=kind, operator="lessThanOrEqual", formula1=plain(column.high))
    return DataValidation(type=kind, operator="between", formula1="-1E+300", formula2="1E+300")
