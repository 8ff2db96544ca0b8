"""Plans read from workbooks, one sheet a table. Nothing in a file is trusted before it is checked."""

from __future__ import annotations

import re
import warnings
import zipfile
from io import BytesIO
from typing import Any

import pandas as pd
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from planner.plan.archive import member, open_archive
from planner.plan.cells import Formula
from planner.plan.faults import Fault, shown
from planner.plan.limits import LAST_ROW, MOST_CELLS, MOST_COLUMNS, MOST_ROWS
from planner.plan.parse import ROW, misspelt, table_name
from planner.plan.tables import TABLES

MACROS = ("vbaproject.bin", "vbadata.xml")
ENCODINGS = {b"utf-8", b"utf-16", b"us-ascii", b"iso-8859-1"}
"""Encodings of XML in which a declaration of entities cannot hide."""
ESCAPED = re.compile(r"_x005F_(?=x[0-9A-Fa-f]{4}_)")


def read_workbook(name: str, data: bytes) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
    """Raw tables of a workbook by sheet, and the faults that keep sheets from being read.

    A formula is kept as one, whatever value was cached with it; sheets that are no tables are left alone.
    """
    archive, fault = open_archive(name, data)
    if archive is None:
        return {}, [fault] if fault else []
    with archive:
        fault = _unsafe(name, archive)
    if fault is not None:
        return {}, [fault]
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


def _unsafe(name: str, archive: zipfile.ZipFile) -> Fault | None:
    paths = archive.namelist()
    if "[Content_Types].xml" not in paths or not any(p.startswith("xl/workbook") for p in paths):
        return Fault(name, None, "", "the file is no workbook (.xlsx)")
    if any(p.lower().endswith(MACROS) for p in paths):
        return Fault(name, None, "", "the workbook holds macros; save it as .xlsx without them")
    if "xl/workbook.bin" in paths:
        return Fault(name, None, "", "the workbook is binary (.xlsb); save it as .xlsx")
    for path in paths:
        if path.lower().endswith((".xml", ".rels", ".vml")):
            content, fault = member(archive, name, path)
            if content is None:
                return fault
            plain = content.replace(b"\x00", b"") if content[:4].count(0) or content[:2] == b"\xff\xfe" else content
            said = re.search(rb"""^[^>]{0,200}encoding\s*=\s*["']([^"']+)""", plain[:400])
            if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
                return Fault(name, None, "", "the workbook declares XML entities, which it must not")
            if said and said[1].lower() not in ENCODINGS:
                return Fault(
                    name, None, "", f"the workbook is encoded as {shown(said[1].decode('latin-1'))}, not UTF-8"
                )
    return None


def _sheets(name: str, book: Any) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
    out: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    known = {table_name(title) for title in book.sheetnames} & set(TABLES)
    missing = [t for t in TABLES if t not in known]
    for title in book.sheetnames:
        sheet, table = book[title], table_name(title)
        if not hasattr(sheet, "iter_rows"):
            continue  # a chart sheet
        if table in TABLES:
            frame, wrong = _sheet(table, sheet)
            faults += wrong
            if frame is not None:
                out[table] = frame
        elif meant := misspelt(title, missing):
            # Other sheets are welcome; one that looks like a misspelt table is not.
            faults.append(Fault(title, None, "", f"found the sheet {shown(title)}; did you mean {meant}?"))
    if not known:
        faults.append(Fault(name, None, "", f"no sheet is named like a table of a plan ({', '.join(TABLES)})"))
    return out, faults


def _sheet(name: str, sheet: Any) -> tuple[pd.DataFrame | None, list[Fault]]:
    sheet.reset_dimensions()  # what a file says of its size may be wrong
    header: list[str] = []
    body: list[list[object]] = []
    rows: list[int] = []
    seen = 0
    for number, line in enumerate(sheet.iter_rows(), start=1):
        seen += len(line)
        if number > LAST_ROW or len(body) > MOST_ROWS or seen > MOST_CELLS:
            return None, [Fault(name, None, "", f"the sheet is too large; allowed are {MOST_ROWS:,} rows")]
        cells = [_value(c) for c in line]
        while cells and (cells[-1] is None or (isinstance(cells[-1], str) and not cells[-1].strip())):
            cells.pop()
        if not cells:
            continue
        if not header:
            if number > 1:
                return None, [Fault(name, number, "", "the header must stand in row 1")]
            if len(cells) > MOST_COLUMNS:
                return None, [Fault(name, 1, "", f"the sheet has {len(cells):,} columns; allowed are {MOST_COLUMNS}")]
            header = [str(c).strip() if c is not None else "" for c in cells]
            continue
        body.append(cells)
        rows.append(number)
    wide = len(header)
    named = [i for i, title in enumerate(header) if title]
    faults = [
        Fault(name, n, "", f"column {get_column_letter(i + 1)} has a cell, but no name in row 1")
        for n, r in zip(rows, body, strict=True)
        for i in range(len(r))
        if r[i] is not None and (i >= wide or not header[i])
    ]
    data = [[r[i] if i < len(r) else None for i in named] for r in body]
    frame = pd.DataFrame(data, columns=pd.Index([header[i] for i in named], dtype=object), dtype=object)
    frame.index = pd.Index(rows, name=ROW, dtype=int)
    return frame, faults[:MOST_COLUMNS]


def _value(cell: Any) -> object:
    value = cell.value
    if isinstance(value, str):
        if cell.data_type == "f":
            return Formula(value)
        return ESCAPED.sub("_", value) if "_x005F_" in value else value
    if cell.data_type == "f":  # an array or data table
        return Formula(getattr(value, "text", None) or "=TABLE()")
    return value
