"""Plans as workbooks: one sheet a table, read with care and written to be typed into."""

from __future__ import annotations

import warnings
import zipfile
from io import BytesIO
from typing import Any

import pandas as pd
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from planner.plan.archive import member, open_archive
from planner.plan.cells import Formula
from planner.plan.csv_tables import RISKY
from planner.plan.faults import Fault, nearest, shown
from planner.plan.limits import MOST_COLUMNS, MOST_ROWS
from planner.plan.parse import ROW
from planner.plan.plan import Plan, all_columns
from planner.plan.schema import Column, Table
from planner.plan.tables import PROVENANCE, TABLES

HEADER_FILL = PatternFill("solid", fgColor="1F3A5F")
REQUIRED_FILL = PatternFill("solid", fgColor="0B6E69")
HEADER_FONT = Font(name="Calibri", bold=True, color="FFFFFF")
INPUT_FONT = Font(name="Calibri", color="0000FF")
ROWS_TO_TYPE = 500
"""Rows below the last for which drop-downs are laid out."""


def read_workbook(name: str, data: bytes) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
    """Raw tables of a workbook by sheet, and the faults that keep sheets from being read."""
    archive, fault = open_archive(name, data)
    if archive is None:
        return {}, [fault] if fault else []
    faults = _unsafe(name, archive)
    if faults:
        return {}, faults
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of extensions that it leaves out
            book = load_workbook(BytesIO(data), read_only=True, data_only=False)
            try:
                return _sheets(name, book)
            finally:
                book.close()
    except Exception:  # a damaged workbook fails in openpyxl in many ways; each means the same to a person
        return {}, [Fault(name, None, "", "the workbook is damaged and cannot be read")]


def _unsafe(name: str, archive: zipfile.ZipFile) -> list[Fault]:
    paths = archive.namelist()
    if "[Content_Types].xml" not in paths or not any(p.startswith("xl/workbook") for p in paths):
        return [Fault(name, None, "", "the file is no workbook (.xlsx)")]
    if any(p.lower().endswith("vbaproject.bin") for p in paths):
        return [Fault(name, None, "", "the workbook holds macros; save it as .xlsx without them")]
    for path in paths:
        if path.endswith((".xml", ".rels", ".vml")):
            content, fault = member(archive, name, path)
            if content is None:
                return [fault] if fault else []
            head = content[:4096].replace(b"\x00", b"").upper()
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                return [Fault(name, None, "", "the workbook declares XML entities, which it must not")]
    return []


def _sheets(name: str, book: Any) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
    out: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    known = [t for t in book.sheetnames if t.strip() in TABLES]
    for title in book.sheetnames:
        sheet = book[title]
        if not hasattr(sheet, "iter_rows"):
            continue  # a chart sheet
        if title.strip() in TABLES:
            frame, wrong = _sheet(title.strip(), sheet)
            faults += wrong
            if frame is not None:
                out[title.strip()] = frame
        elif title == title.lower() and nearest(title, TABLES):
            # Other sheets are welcome; one that looks like a misspelt table is not.
            missing = [t for t in TABLES if t not in known]
            if nearest(title, missing):
                faults.append(Fault(title, None, "", f"found the sheet {shown(title)}{nearest(title, missing)}"))
    if not known:
        faults.append(Fault(name, None, "", f"no sheet is named like a table of a plan ({', '.join(TABLES)})"))
    return out, faults


def _sheet(name: str, sheet: Any) -> tuple[pd.DataFrame | None, list[Fault]]:
    sheet.reset_dimensions()  # what a file says of its size may be wrong
    header: list[str] = []
    body: list[list[object]] = []
    rows: list[int] = []
    for number, line in enumerate(sheet.iter_rows(), start=1):
        if number > MOST_ROWS:
            return None, [Fault(name, None, "", f"the sheet has more than {MOST_ROWS:,} rows")]
        cells = [_value(c) for c in line[:MOST_COLUMNS]]
        if not header:
            if any(c is not None for c in cells):
                if number > 1:
                    return None, [Fault(name, number, "", "the header must stand in row 1")]
                header = [str(c).strip() if c is not None else "" for c in cells]
            continue
        if any(c is not None and (not isinstance(c, str) or c.strip()) for c in cells):
            body.append(cells)
            rows.append(number)
    if not header:
        return pd.DataFrame(), []
    used = [i for i, title in enumerate(header) if title]
    faults = [
        Fault(name, n, "", f"a cell stands right of the header, in column {get_column_letter(i + 1)}")
        for n, r in zip(rows, body, strict=True)
        for i in range(len(r))
        if r[i] is not None and (i >= len(header) or not header[i])
    ]
    data = [[r[i] if i < len(r) else None for i in used] for r in body]
    frame = pd.DataFrame(data, columns=[header[i] for i in used], dtype=object)
    frame.index = pd.Index(rows, name=ROW)
    return frame, faults


def _value(cell: Any) -> object:
    if getattr(cell, "data_type", "n") == "f":
        return Formula(str(cell.value))
    if getattr(cell, "data_type", "n") == "e":
        return str(cell.value)
    return cell.value


def write_workbook(plan: Plan, target: Any) -> None:
    """Write the plan's tables as a workbook to a path or a binary buffer."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, table in TABLES.items():
        _write_sheet(book.create_sheet(name), table, plan)
    for name, table in TABLES.items():
        _add_drop_downs(book[name], table, plan)
    book.save(target)


def _write_sheet(sheet: Worksheet, table: Table, plan: Plan) -> None:
    frame = plan.tables[table.name]
    columns = all_columns(table)
    for j, column in enumerate(columns, start=1):
        cell = sheet.cell(1, j, column.name)
        assert isinstance(cell, Cell)
        cell.font, cell.fill = HEADER_FONT, REQUIRED_FILL if column.required else HEADER_FILL
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.comment = Comment(note_of(column), "planner", width=280, height=120)
        _write_cells(sheet, j, column, frame[column.name])
        widest = frame[column.name].dropna().astype(str).str.len().max() if frame[column.name].notna().any() else 0
        sheet.column_dimensions[get_column_letter(j)].width = float(
            min(max(len(column.name) * 0.8 + 3, widest + 2, 9), 46)
        )
    sheet.freeze_panes = f"{get_column_letter(len(table.key) + 1)}2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{max(len(frame) + 1, 2)}"
    sheet.sheet_properties.tabColor = "0B6E69" if table.required else "1F3A5F"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"


def _write_cells(sheet: Worksheet, j: int, column: Column, cells: pd.Series) -> None:
    for i, value in enumerate(cells.astype(object).where(cells.notna(), None), start=2):
        if value is None:
            continue
        cell = sheet.cell(i, j)
        cell.font = INPUT_FONT
        if column.is_text:
            cell.value = str(value)
            if str(value).startswith(RISKY):
                cell.data_type = "s"
                cell.quotePrefix = True  # Excel shows the text and never runs it
            cell.number_format = "@"
        else:
            cell.value = int(value) if column.kind == "integer" else float(value)


def note_of(column: Column) -> str:
    """What a column means, its unit, what is allowed and what blank means."""
    parts = [column.help]
    if column.unit:
        parts.append(f"Unit: {column.unit}")
    parts.append(f"Allowed: {column.allowed}")
    if column.required:
        parts.append("Required")
    elif column not in PROVENANCE:
        parts.append(f"Blank: {column.default}" if column.default is not None else "Blank: none")
    return "\n".join(parts)


def _add_drop_downs(sheet: Worksheet, table: Table, plan: Plan) -> None:
    last = len(plan.tables[table.name]) + ROWS_TO_TYPE
    for j, column in enumerate(table.columns, start=1):
        source = ""
        if column.kind == "list":
            continue  # a drop-down cannot hold several items
        if column.choices and len(",".join(column.choices)) < 250:
            source = '"' + ",".join(column.choices) + '"'
        elif column.ref:
            target, key = column.ref.split(".")
            letter = get_column_letter(TABLES[target].names.index(key) + 1)
            source = f"{target}!${letter}$2:${letter}${len(plan.tables[target]) + ROWS_TO_TYPE}"
        if source:
            rule = DataValidation(type="list", formula1=source, allow_blank=not column.required)
            rule.error, rule.errorTitle = f"Allowed: {column.allowed}"[:250], column.name[:30]
            letter = get_column_letter(j)
            rule.add(f"{letter}2:{letter}{last}")
            sheet.add_data_validation(rule)
