"""Where in a table something is wrong, by what people see: the table's title, the row, the column's label."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.plan.cells import blank, plain
from planner.plan.faults import Fault
from planner.plan.parse import counted, numbers_of
from planner.plan.plan import all_columns
from planner.plan.schema import Table
from planner.plan.tables import SETTING_COLUMNS, SETTINGS, TABLES


def sentence(fault: Fault, tables: Mapping[str, pd.DataFrame]) -> str:
    """`Locations, berlin, Zone: the cell is blank`: a fault with the title of its table, on one line."""
    return " ".join(": ".join(told(fault, tables, titled=True)).split())


def told(fault: Fault, tables: Mapping[str, pd.DataFrame], titled: bool = False) -> tuple[str, str]:
    """The place of a fault within its table, empty for the whole of it, and what is wrong there.

    `tables`: the frames that were read. `row 1, berlin, Zone` where they are those of an editor;
    `berlin, Zone` where nobody sees their rows, as those of a plan. `titled`: the table stands before it.
    """
    parts, said = _told(fault, tables)
    title = TABLES[fault.table].title if fault.table in TABLES else fault.table
    return ", ".join(part for part in (title if titled else "", *parts) if part), said


def _told(fault: Fault, tables: Mapping[str, pd.DataFrame]) -> tuple[list[str], str]:
    declared, frame = TABLES.get(fault.table), tables.get(fault.table)
    if declared is None or frame is None:
        return [fault.column], fault.message
    at = _position(frame, fault.row)
    if declared is SETTINGS and at is not None and "key" in frame:
        key = str(frame["key"].iloc[at]).strip()
        named = {c.name: c.label for c in SETTING_COLUMNS}
        if key in named:  # shown as fields, which have no rows
            return [named[key]], fault.message.removeprefix(f"{key}: ")
    label = next((c.label for c in all_columns(declared) if c.name == fault.column), fault.column)
    where = [] if at is None else _row(declared, frame, at, fault.row)
    return [*where, label], fault.message


def row_name(table: Table, frame: pd.DataFrame, position: int) -> str:
    """A row by its key, or by its number where the key is blank."""
    said = _key(table, frame, position) if 0 <= position < len(frame) else ""
    return said or f"row {position + 1}"


def _position(frame: pd.DataFrame, row: int | None) -> int | None:
    """The position of a fault's row in the frame; None for the header and for no row."""
    found = np.flatnonzero(numbers_of(frame) == (-1 if row is None else row))
    return int(found[0]) if len(found) else None


def _row(table: Table, frame: pd.DataFrame, position: int, number: int | None) -> list[str]:
    name = _key(table, frame, position)
    if counted(frame) or not name:
        return [part for part in (f"row {number}", name) if part]
    return [name]


def _key(table: Table, frame: pd.DataFrame, position: int) -> str:
    """The cells of a row's key that are not blank."""
    cells = [frame[name].iloc[position : position + 1] for name in table.key if name in frame]
    said = (None if blank(c)[0] else c.iloc[0] for c in cells)
    return ", ".join(plain(c) if isinstance(c, float) else str(c) for c in said if c is not None)
