"""A plan in hand: an immutable set of frames in canonical types, with typed settings and defaults."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd

from planner.plan.schema import Column, Table
from planner.plan.tables import PROVENANCE, SETTING_COLUMNS, TABLES


@dataclass(frozen=True)
class Settings:
    """The settings of a plan, typed, defaults applied. Meanings are declared in `tables.SETTING_COLUMNS`."""

    name: str
    currency: str
    start: str
    periods: int
    months_per_period: int
    hours_per_month: float
    discount_rate: float
    discount_timing: str
    tax_rate: float
    carbon_price: float
    labour_cost_per_fte_year: float

    @property
    def hours(self) -> float:
        """Hours in a period."""
        return self.hours_per_month * self.months_per_period

    def years_since_start(self) -> np.ndarray:
        """Years from the plan's start to the start of each period, shape (periods,)."""
        return np.arange(self.periods) * self.months_per_period / 12

    def discount_factors(self) -> np.ndarray:
        """Factor that turns a period's cash into present value, shape (periods,).

        (1 + discount_rate) ** -(years to the start, middle or end of the period).
        """
        offset = {"start": 0.0, "mid": 0.5, "end": 1.0}[self.discount_timing]
        years = (np.arange(self.periods) + offset) * self.months_per_period / 12
        return (1.0 + self.discount_rate) ** -years

    def year_of_period(self) -> np.ndarray:
        """Plan year of each period, counted from 1, shape (periods,)."""
        return np.arange(self.periods) * self.months_per_period // 12 + 1

    def month_of_period(self) -> list[str]:
        """First month of each period as YYYY-MM."""
        first = pd.Period(self.start, freq="M")
        return [str(first + i * self.months_per_period) for i in range(self.periods)]


def all_columns(table: Table) -> tuple[Column, ...]:
    """The declared columns of a table and the provenance columns that every table may carry."""
    return table.columns + PROVENANCE


def empty_frame(table: Table) -> pd.DataFrame:
    """A frame of no rows with every column of the table in its canonical type."""
    return _empty(table.name).copy()


@cache
def _empty(name: str) -> pd.DataFrame:
    return canonical(TABLES[name], pd.DataFrame())


def canonical(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with exactly the declared columns, in order and in canonical types.

    Text is `str` (missing: NaN), number is float64, integer is Int64. Columns that are not there
    are added blank; unknown columns are dropped. Cells must already be valid: see `parse.py`.
    """
    out: dict[str, Any] = {}
    for column in all_columns(table):
        cells = frame[column.name] if column.name in frame else pd.Series([None] * len(frame))
        dtype = "str" if column.is_text else "Int64" if column.kind == "integer" else "float64"
        out[column.name] = cells.astype(dtype).reset_index(drop=True)
    return pd.DataFrame(out)


@dataclass(frozen=True, eq=False)
class Plan:
    """An immutable, valid plan. Frames must not be changed in place; use `replace`.

    Make one with `parse.parse_tables`, `files.read_plan` or, from frames known to be valid, `Plan.of`.
    """

    tables: Mapping[str, pd.DataFrame]

    @classmethod
    def of(cls, frames: Mapping[str, pd.DataFrame]) -> Plan:
        """A plan from frames by table name; missing tables are empty, cells become canonical."""
        unknown = set(frames) - set(TABLES)
        if unknown:
            raise KeyError(f"no such table: {', '.join(sorted(unknown))}")
        return cls({n: canonical(t, frames[n]) if n in frames else empty_frame(t) for n, t in TABLES.items()})

    def replace(self, **frames: pd.DataFrame) -> Plan:
        """A copy with the given tables put in place of the present ones, which are canonical already."""
        return Plan({**self.tables, **{name: canonical(TABLES[name], frame) for name, frame in frames.items()}})

    def table(self, name: str) -> pd.DataFrame:
        """The table with its defaults put in blank cells (blank stays where blank has a meaning)."""
        if name not in self._filled:
            self._filled[name] = self._fill(name)
        return self._filled[name].copy(deep=False)  # written to, it parts from ours

    @cached_property
    def _filled(self) -> dict[str, pd.DataFrame]:
        """Tables with their defaults, as far as they were asked for."""
        return {}

    def __getstate__(self) -> dict[str, Any]:
        """What goes to another process: not the filled tables, which are made again faster than sent."""
        return {k: v for k, v in vars(self).items() if k != "_filled"}

    def _fill(self, name: str) -> pd.DataFrame:
        frame = self.tables[name].copy()
        for column in TABLES[name].columns:
            if column.default is not None:
                frame[column.name] = frame[column.name].fillna(column.default)
        if name == "slices" and frame.empty:
            frame = canonical(TABLES["slices"], pd.DataFrame({"slice": ["all"], "share_of_hours": [1.0]}))
        return frame

    @cached_property
    def settings(self) -> Settings:
        """The typed settings, defaults applied."""
        frame = self.tables["settings"]
        given = dict(zip(frame["key"], frame["value"], strict=True))
        values: dict[str, Any] = {}
        for column in SETTING_COLUMNS:
            text = given.get(column.name)
            value = str(text if isinstance(text, str) and text.strip() else column.default).strip()
            number = 0.0 if column.is_text else float(value)
            values[column.name] = value if column.is_text else int(number) if column.kind == "integer" else number
        return Settings(**{f.name: values[f.name] for f in fields(Settings)})

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of everything that an answer depends on, in hex: equal questions have equal hashes."""
        asked = {n: [c.name for c in all_columns(t) if not c.aside] for n, t in TABLES.items() if not t.aside}
        return self._hash(asked)

    def hash_of(self, *tables: str) -> str:
        """SHA-256 of all that these tables say, what is aside included."""
        return self._hash({n: [c.name for c in all_columns(TABLES[n])] for n in tables})

    def _hash(self, columns: Mapping[str, list[str]]) -> str:
        digest = hashlib.sha256()
        for name, names in columns.items():
            frame = self.tables[name][names]
            cells = [
                [v if told else None for v, told in zip(frame[n].tolist(), frame[n].notna(), strict=True)]
                for n in (frame if len(frame) else ())
            ]
            rows = list(zip(*cells, strict=True))
            digest.update(json.dumps([name, list(frame.columns), rows], default=float).encode())
        return digest.hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plan) and all(self.tables[n].equals(other.tables[n]) for n in TABLES)

    def __hash__(self) -> int:
        return hash(self.content_hash)
