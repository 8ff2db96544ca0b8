"""Tables as CSV: UTF-8, comma, one header row. Text that a spreadsheet would take for a formula is
kept from it by an apostrophe, which reading takes away again."""

from __future__ import annotations

import csv
import io

import pandas as pd

from planner.plan.faults import Fault
from planner.plan.limits import MOST_COLUMNS, MOST_ROWS
from planner.plan.parse import ROW
from planner.plan.plan import all_columns
from planner.plan.schema import Table

RISKY = ("=", "+", "-", "@", "\t", "\r", "'")


def defused(text: str) -> str:
    """Text with an apostrophe before what a spreadsheet could run."""
    return "'" + text if text.startswith(RISKY) else text


def armed(text: str) -> str:
    """The inverse of `defused`."""
    return text[1:] if text.startswith("'") and text[1:].startswith(RISKY) else text


def write_csv(table: Table, frame: pd.DataFrame) -> str:
    """The table as CSV text; columns that are blank throughout are left out unless declared as required."""
    keep = [c for c in all_columns(table) if c.required or frame[c.name].notna().any()]
    out = pd.DataFrame(
        {c.name: frame[c.name].map(defused, na_action="ignore") if c.is_text else frame[c.name] for c in keep}
    )
    return out.to_csv(index=False, lineterminator="\n")


def read_csv(name: str, data: bytes) -> tuple[pd.DataFrame | None, list[Fault]]:
    """Raw cells of a CSV file, its rows numbered as people count them, or the faults that keep it from being read."""
    text, fault = _decoded(name, data)
    if fault is not None or text is None:
        return None, [fault] if fault else []
    if not text.strip():
        return None, [Fault(name, None, "", "the file is empty; it must have a header row")]
    faults: list[Fault] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: list[list[str]] = []
    numbers: list[int] = []
    try:
        for line in reader:
            lines.append(line)
            numbers.append(reader.line_num)
            if len(lines) > MOST_ROWS:
                return None, [Fault(name, None, "", f"the file has more than {MOST_ROWS:,} rows")]
    except csv.Error as error:
        return None, [Fault(name, reader.line_num, "", f"the line cannot be read as CSV: {error}")]
    header = [cell.strip() for cell in lines[0]]
    if len(header) == 1 and ";" in header[0]:
        return None, [Fault(name, 1, "", "the columns are separated by ';'; save the file with commas")]
    if len(header) == 1 and "\t" in header[0]:
        return None, [Fault(name, 1, "", "the columns are separated by tabs; save the file with commas")]
    if len(header) > MOST_COLUMNS:
        return None, [Fault(name, 1, "", f"the file has more than {MOST_COLUMNS} columns")]
    body: list[list[str | None]] = []
    rows: list[int] = []
    starts = [1] + [n + 1 for n in numbers[:-1]]
    for line, number in zip(lines[1:], starts[1:], strict=True):
        if not any(cell.strip() for cell in line):
            continue
        if len(line) > len(header) and any(cell.strip() for cell in line[len(header) :]):
            faults.append(Fault(name, number, "", f"the row has {len(line)} cells, the header {len(header)}"))
            continue
        cells = [armed(cell) if cell != "" else None for cell in line[: len(header)]]
        body.append(cells + [None] * (len(header) - len(cells)))
        rows.append(number)
    # Unnamed columns with nothing in them come from trailing commas.
    used = [i for i, title in enumerate(header) if title or any(r[i] and str(r[i]).strip() for r in body)]
    for i in used:
        if not header[i]:
            faults.append(Fault(name, 1, "", f"column {i + 1} has cells but no name"))
    used = [i for i in used if header[i]]
    frame = pd.DataFrame([[r[i] for i in used] for r in body], columns=[header[i] for i in used], dtype=object)
    frame.index = pd.Index(rows, name=ROW)
    return frame, faults


def _decoded(name: str, data: bytes) -> tuple[str | None, Fault | None]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None, Fault(name, None, "", "the text is UTF-16; save the file as UTF-8")
    if data[:4] == b"PK\x03\x04":
        return None, Fault(name, None, "", "the file is a workbook or zip, not CSV")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start]
        message = f"byte {error.start + 1} (0x{byte:02x}) is not UTF-8; save the file as UTF-8"
        return None, Fault(name, row, "", message)
    if "\x00" in text:
        row = text.count("\n", 0, text.index("\x00")) + 1
        return None, Fault(name, row, "", "the file holds NUL characters; it is no text")
    return text, None
