"""Cells as they were typed, made into values of their column, and what is wrong where that fails."""

from __future__ import annotations

import datetime as dt
import math
import re

import numpy as np
import pandas as pd

from planner.plan.faults import nearest, shown
from planner.plan.schema import Column, split_list

MONTH = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])$")
_THOUSANDS = re.compile(r"^[-+]?\d{1,3}([,' \u00a0\u202f]\d{3})+(\.\d+)?$")
_DECIMAL_COMMA = re.compile(r"^[-+]?\d+,\d+$")
_PERCENT = re.compile(r"^[-+]?[\d.,]+\s*%$")
_CURRENCY = re.compile(r"^[-+]?\s*([$€£¥]|[A-Z]{3}\s)\s*[\d.,]+|^[\d.,]+\s*([$€£¥]|[A-Z]{3})$")


class Formula(str):
    """A cell that holds a formula; its text is the formula."""


def blank(cells: pd.Series) -> pd.Series:
    """Which cells hold nothing: missing, or white space alone."""
    empty = cells.isna()
    text = cells[~empty].map(lambda x: isinstance(x, str) and not x.strip())
    empty.loc[text.index[text.astype(bool)]] = True
    return empty


def text_values(column: Column, cells: pd.Series) -> tuple[pd.Series, dict[int, str]]:
    """Cells as text of the column's kind; faults by position."""
    faults: dict[int, str] = {}
    out: list[str | None] = []
    for i, (cell, empty) in enumerate(zip(cells, blank(cells), strict=True)):
        value, message = (None, "") if empty else _text(column, cell)
        out.append(value)
        if message:
            faults[i] = message
    return pd.Series(out, index=cells.index, dtype="str"), faults


def _text(column: Column, cell: object) -> tuple[str | None, str]:
    if isinstance(cell, Formula):
        return None, f"found the formula {shown(cell)}; write its value, {column.allowed}"
    if isinstance(cell, dt.datetime | dt.date):
        if column.kind == "month":
            return f"{cell.year:04d}-{cell.month:02d}", ""
        return str(cell.date() if isinstance(cell, dt.datetime) and cell.time() == dt.time() else cell), ""
    if isinstance(cell, bool | np.bool_):
        return str(cell).upper(), ""
    if isinstance(cell, int | float | np.number):
        number = float(cell)
        text = str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    else:
        text = str(cell)
    # Identifiers keep no outer blanks: they would look equal and not be.
    text = text if column.kind == "text" else text.strip()
    if "\x00" in text:
        return None, "found a character that is not text (NUL)"
    if column.kind == "month" and not MONTH.match(text):
        return None, f"found {shown(text)}; allowed is {column.allowed}"
    if column.kind == "id" and ";" in text:
        return None, f"found {shown(text)}; an identifier must not hold ';', which separates items of a list"
    if column.choices:
        for item in split_list(text) if column.kind == "list" else (text,):
            if item not in column.choices:
                return None, f"found {shown(item)}; allowed is {column.allowed}{nearest(item, column.choices)}"
    return text, ""


def number_values(column: Column, cells: pd.Series) -> tuple[pd.Series, dict[int, str]]:
    """Cells as numbers of the column's kind and bounds; faults by position."""
    faults: dict[int, str] = {}
    empty = blank(cells).to_numpy()
    plain = cells.map(lambda x: isinstance(x, int | float | np.number) and not isinstance(x, bool | np.bool_)).astype(
        bool
    )
    text = cells.map(lambda x: isinstance(x, str) and not isinstance(x, Formula)).astype(bool)
    numbers = pd.to_numeric(cells.where(plain | text), errors="coerce").astype(float)
    values = numbers.to_numpy(copy=True)
    # What pandas reads leniently (inf, nan, 0x10, 1_000) is not a number for people.
    odd = (
        text.to_numpy()
        & ~empty
        & ~cells.astype(str).str.strip().str.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?").to_numpy()
    )
    bad = ~empty & (odd | ~np.isfinite(values))
    for i in np.flatnonzero(bad):
        faults[int(i)] = why_no_number(column, cells.iloc[i])
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
            out |= values != np.round(values)
    out &= ~np.isnan(values)
    for i in np.flatnonzero(out):
        faults[int(i)] = f"found {values[i]:.15g}; allowed is {column.allowed}"
    values[out] = np.nan
    series = pd.Series(values, index=cells.index)
    return series.astype("Int64") if column.kind == "integer" else series, faults


def why_no_number(column: Column, cell: object) -> str:
    """What stands where a number belongs, and how to write it."""
    allowed = f"allowed is {column.allowed}"
    if isinstance(cell, Formula):
        return f"found the formula {shown(cell)} where a number belongs; {allowed}"
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return f"found the date {cell} where a number belongs; {allowed}"
    if isinstance(cell, bool | np.bool_):
        return f"found {str(cell).upper()} where a number belongs; {allowed}"
    text = str(cell).strip()
    if text.startswith("="):
        return f"found the formula {shown(text)} where a number belongs; {allowed}"
    if _PERCENT.match(text):
        hint = _as_fraction(text)
        return f"found {shown(text)} with a percent sign; write a fraction{hint}; {allowed}"
    if _THOUSANDS.match(text):
        return f"found {shown(text)} with thousands separators; write {re.sub(r'[^0-9.+-]', '', text)}; {allowed}"
    if _DECIMAL_COMMA.match(text):
        return f"found {shown(text)} with a decimal comma; write {text.replace(',', '.')}; {allowed}"
    if _CURRENCY.match(text):
        return f"found {shown(text)} with a currency sign; write the number alone; {allowed}"
    if re.match(r"^\d{4}-\d\d?(-\d\d?)?$|^\d\d?[./]\d\d?[./]\d{2,4}$", text):
        return f"found {shown(text)}, which looks like a date; {allowed}"
    return f"found {shown(text)}; {allowed}"


def _as_fraction(text: str) -> str:
    try:
        value = float(text.rstrip("% ").replace(",", ".")) / 100
    except ValueError:
        return ""
    return f" ({value:g})" if math.isfinite(value) else ""
