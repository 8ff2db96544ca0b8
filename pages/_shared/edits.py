"""What an editor's edits make of a table, and how a change is told in the history. No widgets here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.plan.places import row_name
from planner.plan.plan import all_columns
from planner.plan.schema import Column, Table, join_list, split_list
from planner.store import RawTable
from planner.store.draft import Cell


def applied(table: Table, base: RawTable, edits: Mapping[str, Any]) -> RawTable:
    """The table with the edits of `st.data_editor` applied: cells, then rows taken away, then rows added.

    Edits come from a browser: what names no column or row of the table is left out. A row added
    without any cell is no row yet.
    """
    changed, gone, added = (edits.get(k) or () for k in ("edited_rows", "deleted_rows", "added_rows"))
    if not (changed or gone or added):
        return base
    known = {c.name: c for c in all_columns(table)}
    columns = tuple(dict.fromkeys((*base.columns, *known)))
    rows = [dict(zip(base.columns, row, strict=True)) for row in base.rows]
    for at, cells in dict(changed).items():
        if int(at) < len(rows):
            rows[int(at)].update(_cells(known, cells))
    lost = {int(at) for at in gone}
    rows = [row for at, row in enumerate(rows) if at not in lost]
    new = (_cells(known, cells) for cells in added)
    rows += [row for row in new if any(cell is not None for cell in row.values())]
    return RawTable(columns, tuple(tuple(row.get(c) for c in columns) for row in rows))


def _cells(known: Mapping[str, Column], cells: Mapping[str, Any]) -> dict[str, Cell]:
    return {name: cell_of(known[name], value) for name, value in cells.items() if name in known}


def cell_of(column: Column, value: Any) -> Cell:
    """What an editor or a form gave for a column, as the store keeps it: blank is None, a list is text."""
    if isinstance(value, list | tuple):
        return join_list(map(str, value)) or None
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, float) and column.kind == "integer" and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and column.kind == "number":
        return float(value)
    return value


def shown(table: Table, base: RawTable) -> pd.DataFrame:
    """The table as an editor shows it: declared columns in order, numbers as numbers, lists as lists.

    A column in which some cell is not what the column holds is shown as text, so that nothing is hidden.
    """
    raw = base.frame()
    out: dict[str, pd.Series] = {}
    for column in all_columns(table):
        cells = raw[column.name] if column.name in raw else pd.Series([None] * len(raw), dtype=object)
        out[column.name] = _column(column, cells)
    return pd.DataFrame(out)


def _column(column: Column, cells: pd.Series) -> pd.Series:
    if column.kind == "list":
        return cells.map(lambda c: list(split_list(c)) or None).astype(object)
    if not column.is_text:
        numbers = pd.to_numeric(cells, errors="coerce")
        if not (numbers.isna() & cells.notna()).any():
            whole = column.kind == "integer" and bool((numbers.dropna() % 1 == 0).all())
            return numbers.astype("Int64" if whole else "float64")
    return cells.map(lambda c: None if c is None else str(c)).astype(object)


def told(table: Table, old: RawTable, new: RawTable) -> str:
    """A change of a table in a few words, for the history."""
    more = len(new.rows) - len(old.rows)
    if more:
        return f"{table.title}: {abs(more)} row{'s' if abs(more) > 1 else ''} {'added' if more > 0 else 'removed'}"
    before, after = shown(table, old), shown(table, new)
    cells = [
        (row, name)
        for name in before.columns
        for row, (was, now) in enumerate(zip(before[name].map(_text), after[name].map(_text), strict=True))
        if was != now
    ]
    if len(cells) != 1:
        return f"{table.title}: {len(cells)} cells changed"
    row, name = cells[0]
    label = next(c.label for c in all_columns(table) if c.name == name)
    where = row_name(table, after, row)
    return f"{table.title}: {label.lower()} of {where} from {_text(before[name][row])} to {_text(after[name][row])}"


def _text(cell: object) -> str:
    if isinstance(cell, list):
        return join_list(cell) or "blank"
    if cell is None or pd.isna(cell):
        return "blank"
    return f"{cell:,.12g}" if isinstance(cell, float) else str(cell)
