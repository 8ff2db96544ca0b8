"""Tables as CSV: UTF-8, comma, one header row. Text that a spreadsheet would take for a formula is
kept from it by an apostrophe, which reading takes away again."""

from __future__ import annotations

import csv
import io

import pandas as pd

from planner.plan.faults import Fault, shown
from planner.plan.limits import MOST_COLUMNS, MOST_ROWS
from planner.plan.parse import ROW
from planner.plan.plan import all_columns
from planner.plan.schema import Column, Table

RISKY = ("=", "+", "-", "@", "\t", "\r", "'")
QUOTED = frozenset(',"\r\n')


def defused(text: str) -> str:
    """Text with an apostrophe before what a spreadsheet could run."""
    return "'" + text if text.startswith(RISKY) else text


def armed(text: str) -> str:
    """The inverse of `defused`."""
    return text[1:] if text.startswith("'") and text[1:].startswith(RISKY) else text


def write_csv(table: Table, frame: pd.DataFrame) -> str:
    """The table as CSV text; columns that are blank throughout are left out unless declared as required."""
    keep = [c for c in all_columns(table) if c.required or frame[c.name].notna().any()]
    columns = [_written(c, frame[c.name]) for c in keep]
    lines = [",".join(c.name for c in keep), *(",".join(cells) for cells in zip(*columns, strict=True))]
    return "\n".join(lines) + "\n"


def _written(column: Column, cells: pd.Series) -> list[str]:
    """Cells as CSV spells them: floats so that they read back exactly, blanks as nothing."""
    there = cells.notna()
    if not column.is_text:
        return [str(x) if given else "" for x, given in zip(cells.tolist(), there, strict=True)]
    return [_quoted(defused(x)) if given else "" for x, given in zip(cells.tolist(), there, strict=True)]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if QUOTED.intersection(text) else text


def read_csv(name: str, data: bytes) -> tuple[pd.DataFrame | None, list[Fault]]:
    """Raw cells of a CSV file, its rows numbered as people count them, or the faults that keep it from being read.

    Blank lines count as rows, as they do in a spreadsheet. A row whose cells do not match the header
    is a fault, and is read as far as it goes so that what refers to it still finds it.
    """
    text, message = _decoded(data)
    if text is None:
        return None, [Fault(name, *message)]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    body: list[list[str]] = []
    rows: list[int] = []
    try:
        for number, line in enumerate(reader, start=1):
            if number == 1:
                header = [cell.strip() for cell in line]
            elif any(cell and not cell.isspace() for cell in line):
                body.append(line)
                rows.append(number)
            if len(body) > MOST_ROWS:
                return None, [Fault(name, None, "", f"the file has more than {MOST_ROWS:,} rows")]
    except csv.Error as error:
        return None, [Fault(name, reader.line_num, "", f"line {reader.line_num} cannot be read as CSV: {error}")]
    wrong = _header_fault(name, header)
    if wrong is not None:
        return None, [wrong]
    faults = _ragged(name, header, body, rows)
    wide = len(header)
    cells = [[armed(x) if x else None for x in line[:wide]] + [None] * (wide - len(line)) for line in body]
    frame = pd.DataFrame(cells, columns=pd.Index(header, dtype=object), dtype=object)
    frame.index = pd.Index(rows, name=ROW, dtype=int)
    unnamed = [i for i, title in enumerate(header) if not title]
    for i in unnamed:  # with nothing in them they come from trailing commas
        if frame.iloc[:, i].notna().any():
            faults.append(Fault(name, 1, "", f"column {i + 1} has cells but no name"))
    return frame.iloc[:, [i for i in range(wide) if i not in unnamed]], faults


def _ragged(name: str, header: list[str], body: list[list[str]], rows: list[int]) -> list[Fault]:
    """Rows with cells right of the header, or with fewer cells than the header."""
    wide, faults = len(header), []
    for line, number in zip(body, rows, strict=True):
        long = len(line) > wide and any(cell.strip() for cell in line[wide:])
        if long or len(line) < wide:
            hint = "text with a comma stands in double quotes" if long else "a blank cell keeps its comma"
            faults.append(Fault(name, number, "", f"the row has {len(line)} cells, the header {wide}; {hint}"))
    return faults


def _header_fault(name: str, header: list[str]) -> Fault | None:
    """Why a header is none, if so."""
    if not any(header):
        return Fault(name, 1, "", "the first row is blank; it must name the columns")
    if len(header) == 1:
        for mark, said in ((";", "';'"), ("\t", "tabs"), ("|", "'|'")):
            if mark in header[0]:
                message = f"the columns are separated by {said}; save the file with commas, and numbers with points"
                return Fault(name, 1, "", message)
    if header[0].lower().startswith("sep="):
        return Fault(name, 1, "", f"the first row is {shown(header[0])}; it must name the columns")
    if len(header) > MOST_COLUMNS:
        return Fault(name, 1, "", f"the file has {len(header):,} columns; allowed are {MOST_COLUMNS}")
    return None


def _decoded(data: bytes) -> tuple[str | None, tuple[int | None, str, str]]:
    """The text of a file, or the row, column and message of the fault that keeps it from being text."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None, (None, "", "the text is UTF-16; save the file as CSV UTF-8")
    if data[:4] == b"PK\x03\x04":
        return None, (None, "", "the file is a workbook or zip, not CSV")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = error.start + (len(data) - len(data.removeprefix(b"\xef\xbb\xbf")))
        row = data.count(b"\n", 0, at) + 1
        message = f"byte {at + 1} of the file (0x{data[at]:02x}) is not UTF-8; save the file as CSV UTF-8"
        return None, (row, "", message)
    if "\x00" in text:
        at = text.index("\x00")
        message = f"character {at + 1} of the file is NUL; the file is not text, or UTF-16: save it as CSV UTF-8"
        return None, (text.count("\n", 0, at) + 1, "", message)
    if not text.strip():
        return None, (None, "", "the file is empty; it must have a header row")
    return text, (None, "", "")
