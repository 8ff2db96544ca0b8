"""Rows put at the end of a draft's tables, as one change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from planner.plan.plan import all_columns
from planner.plan.tables import TABLES
from planner.store import Draft, RawTable


def with_rows(draft: Draft, **rows: pd.DataFrame | Sequence[Mapping[str, Any]]) -> Draft:
    """The draft with rows added to tables, by table name; what was typed before stays as it is."""
    return Draft({**draft.tables, **{name: _added(name, draft, more) for name, more in rows.items()}})


def _added(name: str, draft: Draft, more: pd.DataFrame | Sequence[Mapping[str, Any]]) -> RawTable:
    base = draft.tables.get(name, RawTable((), ()))
    new = RawTable.of(more if isinstance(more, pd.DataFrame) else pd.DataFrame(list(more)))
    declared = [c.name for c in all_columns(TABLES[name])]
    columns = tuple(dict.fromkeys((*base.columns, *declared)))
    rows = [dict(zip(t.columns, row, strict=True)) for t in (base, new) for row in t.rows]
    return RawTable(columns, tuple(tuple(row.get(c) for c in columns) for row in rows))


def with_cells(draft: Draft, table: str, key: Mapping[str, Any], **cells: Any) -> Draft:
    """The draft with cells set in the rows whose columns have the values of `key`."""
    frame = draft.tables[table].frame()
    chosen = pd.Series(True, index=frame.index)
    for column, value in key.items():
        chosen &= frame[column] == value
    for column, value in cells.items():
        if column not in frame:
            frame[column] = None
        frame[column] = frame[column].astype(object).where(~chosen, value)
    return draft.replace(**{table: frame})


def free_name(wanted: str, taken: Iterable[object]) -> str:
    """The name, with a number behind it where it is taken."""
    names = {str(t) for t in taken}
    number, name = 2, wanted
    while name in names:
        name, number = f"{wanted} ({number})", number + 1
    return name
