"""Cells as they were typed, made into values of their column, and what is wrong where that fails."""

from __future__ import annotations

import datetime as dt
import math
import re

import numpy as np
import pandas as pd

from planner.plan.faults import nearest, shown
from planner.plan.limits import MOST_TEXT
from planner.plan.schema import Column, split_list
from planner.plan.tables import TABLES

MONTH = re.compile(r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$", re.ASCII)
FIRST_MONTH, LAST_MONTH = "1900-01", "2199-12"
LARGEST_INTEGER = 2**53
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no workbook can hold (XML 1.0, section 2.2)."""
LISTED = {c.ref for t in TABLES.values() for c in t.columns if c.kind == "list" and c.ref}
"""Columns as "table.column" whose values are items of some list elsewhere."""

_AMOUNT = r"[-+]?\s*[\d.,' \u00a0\u202f]*\d[\d.,]*"
_CURRENCY = re.compile(rf"^(?:[$€£¥₹₩]|[A-Z]{{3}}\s?|kr\s?)\s*({_AMOUNT})$|^({_AMOUNT})\s*(?:[$€£¥₹₩]|[A-Z]{{3}}|kr)$")
_PERCENT = re.compile(rf"^({_AMOUNT})\s*%$")
_UNIT = re.compile(r"^([-+]?\d+(?:\.\d+)?)\s*[A-Za-z/µ°²³]+$")
_DATE = re.compile(r"^\d{4}-\d\d?(-\d\d?)?([T ].*)?$|^\d\d?[./-]\d\d?[./-]\d{2,4}$|^[A-Za-z]{3,9}[- ]\d{2,4}$")
_NOTHING = {"n/a", "na", "none", "null", "nil", "nan", "-", "--", "–", "—", "?", "unlimited", "tbd", "inf", "infinity"}


class Formula(str):
    """A cell that holds a formula; its text is the formula."""


def blank(cells: pd.Series) -> np.ndarray:
    """Which cells hold nothing, missing or white space alone, as booleans."""
    empty = np.asarray(cells.isna(), dtype=bool)
    if cells.dtype.kind not in "fiub":
        empty = empty | np.array([isinstance(x, str) and not x.strip() for x in cells], dtype=bool)
    return empty


def values_of(table: str, column: Column, cells: pd.Series) -> tuple[pd.Series, dict[int, str]]:
    """Cells as values of the column of `table`, bad ones blank, and what is wrong by position."""
    return text_values(column, cells, f"{table}.{column.name}") if column.is_text else number_values(column, cells)


def text_values(column: Column, cells: pd.Series, place: str = "") -> tuple[pd.Series, dict[int, str]]:
    """Cells as text of the column's kind; faults by position."""
    faults: dict[int, str] = {}
    out: list[str | None] = []
    known: dict[str, tuple[str | None, str]] = {}
    for i, (cell, empty) in enumerate(zip(cells, blank(cells), strict=True)):
        if empty:
            value, message = None, ""
        elif type(cell) is str:  # most cells repeat: each text is looked at once
            if cell not in known:
                known[cell] = _text(column, cell, place)
            value, message = known[cell]
        else:
            value, message = _text(column, cell, place)
        out.append(value)
        if message:
            faults[i] = message
    return pd.Series(out, index=cells.index, dtype="str"), faults


def _text(column: Column, cell: object, place: str) -> tuple[str | None, str]:
    if isinstance(cell, Formula):
        return None, f"found the formula {shown(cell)}; write its value, {column.allowed}"
    if isinstance(cell, int) and cell.bit_length() > 10_000:  # Python refuses to spell these
        return None, f"found a number that is too large; allowed is {column.allowed}"
    # Text keeps no outer blanks: it would look equal and not be. Line ends become one kind.
    text = _as_text(column, cell).replace("_x000D_", "\r").replace("\r\n", "\n").replace("\r", "\n").strip()
    odd = NOT_TEXT.search(text)
    if odd:
        return None, f"found the character U+{ord(odd[0]):04X}, which is not text"
    if len(text) > MOST_TEXT:
        return None, f"the text has {len(text):,} characters; allowed are {MOST_TEXT:,}"
    if column.kind == "month" and not MONTH.match(text):
        span = f" from {FIRST_MONTH} to {LAST_MONTH}" if re.match(r"^\d{4}-(0[1-9]|1[0-2])$", text) else ""
        return None, f"found {shown(text)}; allowed is {column.allowed}{span}"
    if column.kind == "id" and ";" in text:
        return None, f"found {shown(text)}; an identifier must not hold ';', which separates items of a list"
    if place in LISTED and ";" in text:
        return None, f"found {shown(text)}; it must not hold ';', which separates items of a list"
    if column.kind == "id" and "\n" in text:
        return None, f"found {shown(text)} with a line break; an identifier stands on one line"
    if column.choices:
        for item in split_list(text) if column.kind == "list" else (text,):
            if item not in column.choices:
                return None, f"found {shown(item)}; allowed is {column.allowed}{nearest(item, column.choices)}"
    return text, ""


def _as_text(column: Column, cell: object) -> str:
    if isinstance(cell, dt.date):  # a datetime is one too
        if column.kind == "month":
            return f"{cell.year:04d}-{cell.month:02d}"
        midnight = isinstance(cell, dt.datetime) and cell.time() == dt.time()
        return str(cell.date() if isinstance(cell, dt.datetime) and midnight else cell)
    if isinstance(cell, bool | np.bool_):
        return str(cell).upper()
    if isinstance(cell, float | np.number):
        return plain(float(cell))
    return str(cell)


def plain(number: float) -> str:
    """A number as text that reads back to the same number, whole ones without a point."""
    number = float(number)
    return str(int(number)) if number.is_integer() and abs(number) < LARGEST_INTEGER else repr(number)


def number_values(column: Column, cells: pd.Series) -> tuple[pd.Series, dict[int, str]]:
    """Cells as numbers of the column's kind and bounds; faults by position."""
    empty = blank(cells)
    if cells.dtype.kind in "fiu":
        values = cells.to_numpy(dtype=float, na_value=np.nan, copy=True)
    else:
        values = np.array([_number(x) for x in cells], dtype=float)
    bad = ~empty & ~np.isfinite(values)
    faults = {int(i): why_no_number(column, cells.iloc[i]) for i in np.flatnonzero(bad)}
    values[bad | empty] = np.nan
    with np.errstate(invalid="ignore"):
        out = np.zeros(len(values), dtype=bool)
        if column.low is not None:
            out |= values < column.low
        if column.above is not None:
            out |= values <= column.above
        if column.high is not None:
            out |= values > column.high
        if column.kind == "integer":
            out |= (values != np.round(values)) | (np.abs(values) > LARGEST_INTEGER)
    out &= ~np.isnan(values)
    for i in np.flatnonzero(out):
        hint = f" (a fraction: {values[i]:g} % is {values[i] / 100:g})" if column.share and 1 < values[i] <= 100 else ""
        faults[int(i)] = f"found {values[i]:.15g}; allowed is {column.allowed}{hint}"
    values[out] = np.nan
    values += 0.0  # -0 and 0 are one number
    series = pd.Series(values, index=cells.index)
    return series.astype("Int64") if column.kind == "integer" else series, faults


def _number(cell: object) -> float:
    """The number that a cell holds or spells, NaN where it does not."""
    if type(cell) is str:
        text = cell.strip()
        return float(text) if NUMBER.fullmatch(text) else math.nan
    if isinstance(cell, int | float | np.number) and not isinstance(cell, bool):
        try:
            return float(cell)
        except OverflowError:
            return math.inf
    return math.nan


def why_no_number(column: Column, cell: object) -> str:
    """What stands where a number belongs, and how to write it."""
    allowed = f"allowed is {column.allowed}"
    if isinstance(cell, bool | np.bool_):
        return f"found {str(cell).upper()} where a number belongs; {allowed}"
    if isinstance(cell, int):  # only one that no float holds comes here
        return f"found a number that is too large; {allowed}"
    text = str(cell).strip()
    if isinstance(cell, Formula) or text.startswith("="):
        return f"found the formula {shown(text)} where a number belongs; {allowed}"
    if isinstance(cell, dt.date | dt.time | dt.timedelta):
        return f"found the date or time {cell} where a number belongs; {allowed}"
    if match := _PERCENT.match(text):
        return f"found {shown(text)} with a percent sign; write a fraction{_as_fraction(match[1])}; {allowed}"
    if match := _CURRENCY.match(text):
        write = _write(match[1] or match[2])
        return f"found {shown(text)} with a currency sign; write {write or 'the number alone'}; {allowed}"
    if why := _separators(text):
        return f"found {shown(text)} with {why}; write {_write(text)}; {allowed}"
    if _DATE.match(text):
        return f"found {shown(text)}, which looks like a date; {allowed}"
    if match := _UNIT.match(text):
        return f"found {shown(text)} with a unit; write {match[1]}; {allowed}"
    if text.lower() in _NOTHING and not column.required:
        return f"found {shown(text)}; leave the cell blank where there is no value; {allowed}"
    return f"found {shown(text)}; {allowed}"


_GROUPED = re.compile(r"^[-+]?\d{1,3}([,.' \u00a0\u202f])\d{3}(\1\d{3})*([.,]\d+)?$")
_COMMA = re.compile(r"^[-+]?\d+,\d+$")


def _separators(text: str) -> str:
    """`thousands separators` or `a decimal comma` where the text is a number but for these."""
    if _COMMA.match(text) and _GROUPED.match(text):
        return "a comma"
    if _COMMA.match(text):
        return "a decimal comma"
    return "thousands separators" if _GROUPED.match(text) else ""


def _write(text: str) -> str:
    """How to write a number that has separators: digits and at most one point; both readings where there are two."""
    text = text.strip().replace(" ", "")
    match = _GROUPED.match(text)
    if _COMMA.match(text):
        point = text.replace(",", ".")
        return f"{text.replace(',', '')} or {point}" if match else point
    if match:
        decimals = match[3] or ""
        whole = text[: len(text) - len(decimals)]
        return re.sub(r"[^0-9+-]", "", whole) + decimals.replace(",", ".")
    return text if NUMBER.fullmatch(text) else ""


def _as_fraction(text: str) -> str:
    try:
        value = float(text.strip().replace(",", ".")) / 100
    except ValueError:
        return ""
    return f", {plain(round(value, 12))}" if math.isfinite(value) else ""
