"""A statement laid out in rows and columns, with what stands behind each of its figures.

The figures come from the books. What stands behind them, the trace, comes from the ledger, the register of
assets and the contracts, row by row; that both agree is checked for every figure that somebody looks into.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from planner.plan.plan import Settings
from planner.report import format as fmt
from planner.report.labels import Calendar

How = Literal["sum", "first", "last"]
"""What a column of several periods shows: their sum, or the value at the first or at the last of them."""

LEDGER, LOT, CONTRACT, DUE = "ledger", "lot", "contract", "due"
"""What a row of a trace points to: the ledger, the register of assets, the contracts, what is due under them."""

TRACE = ["section", "line", "period", "until", "amount", "source", "ref", "key"]
"""Columns of a trace: the line, the periods (period to until) in which the row counts, its signed amount, where it
comes from, and for what is allocated the key."""

CENT, RELATIVE = 0.01, 1e-9


INDENT = "\u2003"


def cell(amount: float) -> str:
    """An amount in a cell of a statement, in whole units of the currency: 1,240,312; a dash for nothing."""
    if amount != amount:
        return ""
    whole = round(amount)
    return fmt.DASH if not whole else (fmt.MINUS if whole < 0 else "") + f"{abs(whole):,}"


def same(one: float, other: float) -> bool:
    """True when two amounts are equal to the cent, or to a billionth of the larger where that is more."""
    return bool(abs(one - other) <= max(CENT, RELATIVE * max(abs(one), abs(other))))


@dataclass(frozen=True)
class Row:
    """A row of a statement: the lines that it adds up, how it goes over periods, and whether it is a total."""

    label: str
    section: str
    lines: tuple[tuple[str, str], ...]
    how: How = "sum"
    total: bool = False
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column of a statement and the periods that it covers."""

    label: str
    periods: tuple[int, ...]


def columns(settings: Settings, yearly: bool, total: bool = True, before: bool = False) -> tuple[Column, ...]:
    """Plan years or periods, with `total` the whole plan too, with `before` the state before the plan first."""
    calendar = Calendar(settings)
    every = range(1, settings.periods + 1)
    if yearly:
        year = settings.year_of_period()
        out = [
            Column(label, tuple(t for t in every if year[t - 1] == y))
            for y, label in enumerate(calendar.year_labels, start=1)
        ]
    else:
        out = [Column(label, (t,)) for t, label in zip(every, calendar.period_labels, strict=True)]
    if before:
        out.insert(0, Column("Before the plan", (0,)))
    if total and len(out) > 1:
        out.append(Column("Whole plan", tuple(every)))
    return tuple(out)


@dataclass(frozen=True)
class Statement:
    """A statement: figures in `amounts` (section, line, period, amount), what is behind them in `trace`.

    `headings` name the texts before the figures: the row's section, its label, then what `Row.about` says.
    """

    name: str
    amounts: pd.DataFrame
    trace: pd.DataFrame
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    headings: tuple[str, ...] = ("Section", "Line")
    grouped: bool = True
    """Whether people read it section by section, or with the section in a column of its own."""

    @cached_property
    def _wide(self) -> pd.DataFrame:
        """Amounts by (section, line) and period, 0 where there is nothing."""
        return self.amounts.pivot_table(
            index=["section", "line"], columns="period", values="amount", aggfunc="sum", fill_value=0.0
        )

    @cached_property
    def figures(self) -> np.ndarray:
        """The figures, shape (rows, columns)."""
        out = np.zeros((len(self.rows), len(self.columns)))
        if not len(self.amounts):
            return out
        place = {key: i for i, key in enumerate(self._wide.index)}
        period = {int(p): i for i, p in enumerate(self._wide.columns)}
        cells = self._wide.to_numpy(float)
        for i, row in enumerate(self.rows):
            at = [place[x] for x in row.lines if x in place]
            path = cells[at].sum(axis=0)
            for j, column in enumerate(self.columns):
                out[i, j] = sum(path[period[t]] for t in _taken(row, column) if t in period)
        return out

    @cached_property
    def _places(self) -> dict[tuple[str, str], np.ndarray]:
        """Where the trace has each line."""
        found = self.trace.groupby(["section", "line"]).indices
        return {(str(s), str(x)): at for (s, x), at in found.items()}

    @cached_property
    def table(self) -> pd.DataFrame:
        """The statement as people read it: the headings, then a column for each of `columns`."""
        texts = {h: [_text(row, k) for row in self.rows] for k, h in enumerate(self.headings)}
        numbers = {c.label: self.figures[:, j] for j, c in enumerate(self.columns)}
        return pd.DataFrame({**texts, **numbers})

    @cached_property
    def readable(self) -> pd.DataFrame:
        """The table as it is shown: the label first, and when grouped each section in a row above its lines.

        A row that names a section has no figures.
        """
        texts = [self.headings[1], *(() if self.grouped else self.headings[:1]), *self.headings[2:]]
        numbers = [c.label for c in self.columns]
        out: list[list[object]] = []
        for at, i in enumerate(self.places):
            if i is None:
                name = self.rows[self.places[at + 1] or 0].section
                out.append([name, *[""] * (len(texts) - 1), *[np.nan] * len(numbers)])
                continue
            row = self.rows[i]
            indent = INDENT if self.grouped and row.section and not row.total else ""
            section = () if self.grouped else (row.section,)
            out.append([indent + row.label, *section, *row.about, *self.figures[i]])
        return pd.DataFrame(out, columns=[*texts, *numbers])

    @cached_property
    def places(self) -> tuple[int | None, ...]:
        """For each row of `readable` the row of the statement; None for one that only names a section."""
        out: list[int | None] = []
        before = ""
        for i, row in enumerate(self.rows):
            if self.grouped and row.section and row.section != before:
                out.append(None)
            before = row.section
            out.append(i)
        return tuple(out)

    def column(self, label: str) -> int:
        """The number of the column with this label; a text column stands for the last one."""
        return next((j for j, c in enumerate(self.columns) if c.label == label), len(self.columns) - 1)

    def behind(self, row: int, column: int) -> pd.DataFrame:
        """The rows of the trace behind a figure, one for each thing that it points to: source, ref, key, amount."""
        at, where = self.rows[row], self.columns[column]
        found = [self._places[x] for x in at.lines if x in self._places]
        rows = np.sort(np.concatenate(found)) if found else np.zeros(0, dtype=int)
        ends = np.array(sorted(_taken(at, where)))
        period, until, amount = (self.trace[c].to_numpy()[rows] for c in ("period", "until", "amount"))
        times = np.searchsorted(ends, until, "right") - np.searchsorted(ends, period, "left")
        taken = times > 0
        codes, things = self._things
        which, first, of = np.unique(codes[rows[taken]], return_index=True, return_inverse=True)
        sums = np.bincount(of, (amount * times)[taken], len(which)).astype(float)  # of nothing, it counts
        order = np.argsort(first)
        return things.iloc[which[order]].reset_index(drop=True).assign(amount=sums[order])

    @cached_property
    def _things(self) -> tuple[np.ndarray, pd.DataFrame]:
        """What each row of the trace points to, by number; and what the numbers stand for: source, ref, key."""
        keys = ["source", "ref", "key"]
        codes = self.trace.groupby(keys, sort=False).ngroup().to_numpy(int)
        return codes, self.trace.loc[np.unique(codes, return_index=True)[1], keys]


def _taken(row: Row, column: Column) -> tuple[int, ...]:
    if row.how == "sum":
        return column.periods
    return (column.periods[0 if row.how == "first" else -1],)


def _text(row: Row, number: int) -> str:
    return (row.section, row.label, *row.about)[number]


def traced(
    section: str | np.ndarray,
    line: str | np.ndarray,
    period: np.ndarray,
    amount: np.ndarray,
    source: str,
    ref: np.ndarray,
    until: np.ndarray | None = None,
    key: str | np.ndarray | pd.Series = "",
) -> pd.DataFrame:
    """Rows of a trace; amounts of 0 are left out. `until` is the period itself where it is not given."""
    out = pd.DataFrame({"period": period, "amount": amount, "ref": ref})
    out["until"] = out["period"] if until is None else until
    out["section"], out["line"], out["source"], out["key"] = section, line, source, key
    return out.loc[out["amount"] != 0, TRACE].reset_index(drop=True)


def matrix(
    section: str | np.ndarray, line: str | np.ndarray, amounts: np.ndarray, source: str, first: int = 1
) -> pd.DataFrame:
    """The trace of a matrix (things, periods): thing i counts with amounts[i, t] in period first + t.

    `line` may differ from thing to thing.
    """
    n, periods = amounts.shape
    lines = np.repeat(line, periods) if isinstance(line, np.ndarray) else line
    sections = np.repeat(section, periods) if isinstance(section, np.ndarray) else section
    period = np.tile(np.arange(first, first + periods), n)
    return traced(sections, lines, period, amounts.ravel(), source, np.repeat(np.arange(n), periods))


def together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Traces below one another."""
    some = [p for p in parts if len(p)] or list(parts[:1])
    return pd.concat(some, ignore_index=True)
