"""A draft: the tables of a plan as they were typed, valid or not, in a form that can be kept and compared."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from planner.plan.cells import Formula
from planner.plan.parse import GRID
from planner.plan.plan import Plan

Cell = str | int | float | bool | None | dt.date | dt.time
"""What a cell may hold. Dates, times and formulas are kept as such, so that a fault found once is found again."""


@dataclass(frozen=True, eq=False)
class RawTable:
    """One table as typed: its columns and rows of cells. Never changed in place."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> RawTable:
        """The cells of a frame; its index is not kept, a missing value of any kind becomes None."""
        columns = [_cells(frame.iloc[:, i]) for i in range(frame.shape[1])]
        return cls(tuple(str(c) for c in frame.columns), tuple(zip(*columns, strict=True)))

    def frame(self) -> pd.DataFrame:
        """The cells as a frame of objects, one row a row, missing as None."""
        return pd.DataFrame(list(self.rows), columns=pd.Index(self.columns, dtype=object), dtype=object)

    @cached_property
    def text(self) -> bytes:
        """The table as JSON."""
        rows = [[_said(c) if isinstance(c, Formula) else c for c in row] for row in self.rows]
        said = {"columns": self.columns, "rows": rows}
        return json.dumps(said, default=_said, separators=(",", ":"), ensure_ascii=False).encode()

    @cached_property
    def key(self) -> str:
        """A hash of the content: equal tables have equal keys."""
        return hashlib.sha256(self.text).hexdigest()[:40]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RawTable) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def packed(self) -> bytes:
        """The table compressed, for keeping; `unpacked` is the inverse."""
        return zlib.compress(self.text)

    @classmethod
    def unpacked(cls, body: bytes) -> RawTable:
        """The table that `packed` made the bytes from."""
        return cls._read(json.loads(zlib.decompress(body), object_hook=_decode))

    @classmethod
    def _read(cls, said: dict[str, Any]) -> RawTable:
        return cls(tuple(said["columns"]), tuple(tuple(row) for row in said["rows"]))


@dataclass(frozen=True)
class Draft:
    """The raw tables of a plan by name. Never changed in place; `replace` keeps what did not change."""

    tables: Mapping[str, RawTable]

    @classmethod
    def of(cls, frames: Mapping[str, pd.DataFrame]) -> Draft:
        """A draft of frames of cells as typed, by table name."""
        return cls({name: RawTable.of(frame) for name, frame in frames.items()})

    def replace(self, **frames: pd.DataFrame) -> Draft:
        """A copy with the given tables put in place of the present ones."""
        return Draft({**self.tables, **{name: RawTable.of(frame) for name, frame in frames.items()}})

    @property
    def keys(self) -> dict[str, str]:
        """The key of each table by its name."""
        return {name: table.key for name, table in self.tables.items()}

    def packed(self) -> bytes:
        """The whole draft compressed; `unpacked` is the inverse."""
        parts = (json.dumps(name).encode() + b":" + table.text for name, table in self.tables.items())
        return zlib.compress(b"{" + b",".join(parts) + b"}")

    @classmethod
    def unpacked(cls, body: bytes) -> Draft:
        """The draft that `packed` made the bytes from."""
        said = json.loads(zlib.decompress(body), object_hook=_decode)
        return cls({name: RawTable._read(table) for name, table in said.items()})


def draft_from_plan(plan: Plan) -> Draft:
    """The draft that says what the plan says: parsing its tables gives the plan again."""
    return Draft.of(plan.tables)


def draft_tables(draft: Draft) -> dict[str, pd.DataFrame]:
    """The draft's frames of raw cells by table name, as `parse_tables` takes them: rows count as editors show them."""
    return {name: _as_in_grid(table.frame()) for name, table in draft.tables.items()}


def _as_in_grid(frame: pd.DataFrame) -> pd.DataFrame:
    frame.index = pd.RangeIndex(1, len(frame) + 1, name=GRID)
    return frame


def merge(base: Draft, mine: Draft, theirs: Draft) -> tuple[Draft, tuple[str, ...]]:
    """Two drafts that grew from one: each table from the side that changed it.

    Returns the merged draft and the names of the tables that both sides changed, differently;
    for those the draft holds mine.
    """
    was, here, there = base.keys, mine.keys, theirs.keys
    tables: dict[str, RawTable] = {}
    both = []
    for name in dict.fromkeys((*here, *there)):
        old, my, their = was.get(name), here.get(name), there.get(name)
        if my != old and their != old and my != their:
            both.append(name)
        side = mine if my != old else theirs
        if name in side.tables:
            tables[name] = side.tables[name]
    return Draft(tables), tuple(both)


def _cells(series: pd.Series) -> list[Cell]:
    missing = series.isna()
    return [None if gone else _cell(cell) for cell, gone in zip(series.astype(object), missing, strict=True)]


def _cell(cell: Any) -> Cell:
    if isinstance(cell, np.generic):
        cell = cell.item()
    if isinstance(cell, pd.Timestamp):
        cell = cell.to_pydatetime()
    if cell is None or isinstance(cell, str | int | float | bool | dt.date | dt.time):
        return cell
    if isinstance(cell, list | tuple):  # an editor's list column
        return ";".join(map(str, cell))
    return str(cell)


_KINDS: dict[str, Callable[[str], Cell]] = {
    "date": dt.date.fromisoformat,
    "datetime": dt.datetime.fromisoformat,
    "time": dt.time.fromisoformat,
    "formula": Formula,
}


def _said(cell: object) -> dict[str, str]:
    """A cell that JSON does not know, as an object of its kind and text."""
    if isinstance(cell, Formula):
        return {"formula": str(cell)}
    if isinstance(cell, dt.date | dt.time):
        return {"datetime" if isinstance(cell, dt.datetime) else type(cell).__name__: cell.isoformat()}
    raise TypeError(f"a cell cannot hold {type(cell).__name__}")


def _decode(said: dict[str, Any]) -> Any:
    if len(said) == 1:
        ((kind, text),) = said.items()
        if kind in _KINDS and isinstance(text, str):
            return _KINDS[kind](text)
    return said
