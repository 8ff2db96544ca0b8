"""The plan's tables as sheets that load back as a plan, and expressions that refer to their cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from planner.plan.plan import Plan, all_columns
from planner.plan.schema import Column as PlanColumn
from planner.plan.schema import Table
from planner.plan.tables import PROVENANCE, SETTING_COLUMNS, SETTINGS, TABLES
from planner.plan.workbook_write import note_of
from planner.report.workbook.book import Book
from planner.report.workbook.cells import Spooled
from planner.report.workbook.expr import Array, Call, Column, Expr, Name, Written, letters
from planner.report.workbook.printing import MARGIN, fit_columns
from planner.report.workbook.styles import INPUT_FILL, NAVY, TEAL, WHITE, Number

ROWS_TO_TYPE = 500
"""Rows below the last for which drop-downs are laid out."""
WIDEST = 46


class InputTable:
    """One table of the plan on its sheet: row i of the table is row i + 1 of the sheet, from 0."""

    def __init__(self, name: str, plan: Plan, frame: pd.DataFrame, defaults: dict[str, Name]) -> None:
        self.name, self.table = name, TABLES[name]
        self.frame = frame
        self.filled = plan.table(name) if name != SETTINGS.name else frame
        self.defaults = defaults

    @property
    def prefix(self) -> str:
        """The sheet as formulas name it."""
        return f"{self.name}!"

    def cell(self, column: str, rows: Array) -> Column:
        """The cells of a column in the given rows of the table, blanks as they are; value (rows, 1)."""
        place = [c.name for c in all_columns(self.table)].index(column)
        value = self.filled[column].iloc[rows].to_numpy(dtype=float, na_value=np.nan)
        return Column(self, place, np.asarray(rows) + 1, value)

    def figure(self, column: str, rows: Array) -> Expr:
        """A number of each of the given rows, its default where the cell is blank; row -1 stands for none: 0."""
        rows = np.asarray(rows, dtype=int)
        if not (rows >= 0).any():
            return Written(lambda row, home: "Nothing", np.zeros((len(rows), 1)))
        cell, default = self.cell(column, np.maximum(rows, 0)), self.defaults.get(column)
        value = np.where(rows[:, None] >= 0, np.nan_to_num(cell.value), 0.0)
        if default is None and (rows >= 0).all():
            return Column(self, cell.column, cell.rows, value)  # a blank counts as 0 by itself

        def write(row: int, home: object) -> str:
            if rows[row] < 0:
                return "Nothing"
            text = f"{self.prefix}${letters(cell.column)}{cell.rows[row] + 1}"
            return text if default is None else f"IF(ISBLANK({text}),{default.name},{text})"

        return Written(write, value)

    def if_blank(self, column: str, rows: Array, then: Expr, otherwise: Expr) -> Expr:
        """IF(ISBLANK(cell), then, otherwise)."""
        cell = self.cell(column, rows)
        blank = np.isnan(cell.value)
        asked = Call("ISBLANK", [cell], blank * 1.0)
        return Call("IF", [asked, then, otherwise], np.where(blank, then.value, otherwise.value))


def default_columns(table: Table) -> list[PlanColumn]:
    """The number columns of a table whose blank cells mean something other than 0."""
    return [c for c in table.columns if not c.is_text and c.default not in (None, 0, 0.0)]


def default_name(table: str, column: str) -> str:
    """The name of the cell that holds the default of a column."""
    return f"Default_{table}_{column}"


def setting_rows(plan: Plan) -> pd.DataFrame:
    """Every setting as a row, those that the plan leaves out blank and below."""
    frame = plan.tables[SETTINGS.name]
    absent = [c.name for c in SETTING_COLUMNS if c.name not in set(frame["key"])]
    return pd.concat([frame, pd.DataFrame({"key": absent}, dtype="str")], ignore_index=True)


def write_tables(book: Book, plan: Plan, defaults: dict[str, dict[str, Name]]) -> dict[str, InputTable]:
    """A sheet for each table of the plan, as `planner.plan.files.read_plan` reads them; by table name."""
    out = {}
    for name, table in TABLES.items():
        frame = setting_rows(plan) if name == SETTINGS.name else plan.tables[name]
        ws = book.add(name, TEAL if table.required else NAVY)
        _write(book, ws, plan, table, frame)
        out[name] = InputTable(name, plan, frame, defaults.get(name, {}))
    return out


def _write(book: Book, ws: Spooled, plan: Plan, table: Table, frame: pd.DataFrame) -> None:
    columns = all_columns(table)
    for c, column in enumerate(columns):
        head = book.styles.of(
            bold=True, font_color=WHITE, bg_color=TEAL if column.required else NAVY, text_wrap=True, valign="top"
        )
        ws.write_string(0, c, column.name, head)
        ws.write_comment(0, c, note_of(column), {"author": "planner", "x_scale": 2})
        _column(book, ws, c, column, frame[column.name])
        if column not in PROVENANCE:
            _validate(ws, c, column, plan, len(frame))
        longest = max((len(str(x)) for x in frame[column.name].dropna().head(2000)), default=0)
        ws.set_column(c, c, min(max(len(column.name) + 3, longest + 2, 9), WIDEST))
    if table is SETTINGS:
        _settings(book, ws, frame)
    ws.freeze_panes(1, len(table.key))
    ws.autofilter(0, 0, max(len(frame), 1), len(columns) - 1)
    ws.set_landscape()
    ws.set_paper(9)
    fit_columns(ws, len(table.key), len(table.columns))
    ws.set_margins(left=MARGIN, right=MARGIN, top=0.5, bottom=0.6)
    ws.repeat_rows(0, 0)
    ws.print_area(0, 0, max(len(frame), 1), len(table.columns) - 1)
    ws.set_footer("&L&F, &A&RPage &P of &N")


def number_of(column: PlanColumn) -> Number:
    """The number format of a column."""
    if column.is_text:
        return "text"
    return "whole" if column.kind == "integer" else "price" if column.money else "factor"


def _input(book: Book, column: PlanColumn, text: str = "") -> object:
    """The style of a cell to type into; one whose text a spreadsheet could run is marked as text for good."""
    options: dict[str, object] = {"font_color": "#0000FF", "bg_color": INPUT_FILL, "locked": False}
    if column.is_text:
        options["num_format"] = "@"
        if text[:1] in ("=", "+", "-", "@", "\t", "\r"):
            options["quote_prefix"] = True
    else:
        style = {"whole": "0", "price": "#,##0.00##"}.get(number_of(column), "0.0##%" if column.share else "General")
        options["num_format"] = style
    return book.styles.of(**options)


def _column(book: Book, ws: Spooled, c: int, column: PlanColumn, cells: pd.Series) -> None:
    for i, value in enumerate(cells.astype(object).where(cells.notna(), None), start=1):
        if value is None:
            continue
        if column.is_text:
            ws.write_string(i, c, str(value), _input(book, column, str(value)))
        else:
            ws.write_number(i, c, float(value), _input(book, column))


def _settings(book: Book, ws: Spooled, frame: pd.DataFrame) -> None:
    """Numbers among the settings as numbers, in their own format."""
    declared = {c.name: c for c in SETTING_COLUMNS}
    for i, (key, value) in enumerate(zip(frame["key"], frame["value"], strict=True), start=1):
        column = declared[str(key)]
        if isinstance(value, str) and value.strip() and not column.is_text:
            ws.write_number(i, 1, float(value), _input(book, column))
        elif not isinstance(value, str):
            ws.write_blank(i, 1, None, _input(book, column))
        ws.write_comment(i, 0, note_of(column), {"author": "planner", "x_scale": 2})


def _validate(ws: Spooled, c: int, column: PlanColumn, plan: Plan, rows: int) -> None:
    """A drop-down or bounds, as the column is declared."""
    rule: dict[str, object] = {"ignore_blank": not column.required, "error_message": f"Allowed: {column.allowed}"[:250]}
    if column.kind == "list":
        return
    if column.choices and len(",".join(column.choices)) <= 255:
        rule |= {"validate": "list", "source": list(column.choices)}
    elif column.ref:
        target, key = column.ref.split(".")
        letter = letters([x.name for x in all_columns(TABLES[target])].index(key))
        last = len(plan.tables[target]) + ROWS_TO_TYPE
        rule |= {"validate": "list", "source": f"={target}!${letter}$2:${letter}${last}"}
    elif column.kind in ("number", "integer"):
        rule |= {"validate": "integer" if column.kind == "integer" else "decimal", **_bounds(column)}
    else:
        return
    ws.data_validation(1, c, rows + ROWS_TO_TYPE, c, rule)


def _bounds(column: PlanColumn) -> dict[str, object]:
    if column.low is not None and column.high is not None:
        return {"criteria": "between", "minimum": column.low, "maximum": column.high}
    if column.above is not None:
        return {"criteria": ">", "value": column.above}
    if column.low is not None:
        return {"criteria": ">=", "value": column.low}
    if column.high is not None:
        return {"criteria": "<=", "value": column.high}
    return {"criteria": "between", "minimum": -1e300, "maximum": 1e300}


def positions(keys: Sequence[object] | pd.Series, table: pd.Series) -> Array:
    """The row of each key in a table's key column, -1 where it is blank or missing."""
    at = pd.Series(np.arange(len(table)), index=table.to_numpy(object))
    return at.reindex(pd.Series(list(keys), dtype=object)).fillna(-1).to_numpy(int)
