"""What a declared table is made of: columns with type, unit, default, bounds, references and help.

Everything that needs to know a column (readers, checks, editors, workbook sheets, the data
dictionary) derives it from these declarations; the declarations themselves are in `tables.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "text", "list", "number", "integer", "month", "choice"]

TEXT_KINDS: frozenset[Kind] = frozenset({"id", "text", "list", "month", "choice"})
"""Kinds whose cells are held as text; the others are held as numbers."""


@dataclass(frozen=True)
class Column:
    """One column of a plan table.

    `default` is what a blank cell means; None means that blank is itself a meaning ("no limit").
    `low` and `high` bound numbers inclusively; `above` bounds them from below exclusively.
    `ref` is "table.column": every value (every item, for a list) must exist there.
    `money` marks an amount in the plan's currency, `share` a fraction that people read as a per cent.
    `aside` marks what changes no answer.
    """

    name: str
    kind: Kind
    help: str
    unit: str = ""
    default: str | float | int | None = None
    required: bool = False
    low: float | None = None
    high: float | None = None
    above: float | None = None
    choices: tuple[str, ...] = ()
    ref: str = ""
    money: bool = False
    share: bool = False
    aside: bool = False

    @property
    def is_text(self) -> bool:
        """True when the cells are text rather than numbers."""
        return self.kind in TEXT_KINDS

    @property
    def label(self) -> str:
        """The heading that a person reads: the name with spaces and a capital."""
        return self.name.replace("_", " ").capitalize()

    @property
    def allowed(self) -> str:
        """What the column accepts, as the second half of an error message."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if self.kind == "month":
            return "a month as YYYY-MM"
        if self.ref:
            table, column = self.ref.split(".")
            some = "values" if self.kind == "list" else "a value"
            return f"{some} of the column {column} of the table {table}"
        if self.is_text:
            return "items separated by ;" if self.kind == "list" else "text"
        noun = "a whole number" if self.kind == "integer" else "a number"
        parts = []
        if self.above is not None:
            parts.append(f"above {self.above:g}")
        if self.low is not None:
            parts.append(f"{self.low:g} or more")
        if self.high is not None:
            parts.append(f"{self.high:g} or less")
        return " ".join([noun, " and ".join(parts)]).strip()


@dataclass(frozen=True)
class Table:
    """One table of a plan: its columns in order, and which of them identify a row."""

    name: str
    title: str
    help: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    required: bool = False
    """True when a plan cannot be solved without at least one row here."""
    aside: bool = False
    """True when nothing in the table changes an answer."""

    def __post_init__(self) -> None:
        names = [c.name for c in self.columns]
        if len(set(names)) != len(names) or not set(self.key) <= set(names):
            raise ValueError(f"table {self.name}: columns repeat or a key column is missing")

    def __getitem__(self, name: str) -> Column:
        """The column called `name`. Raises KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in declared order."""
        return tuple(c.name for c in self.columns)


def split_list(text: object) -> tuple[str, ...]:
    """The items of a list cell ("EU; US" gives EU and US); blank or missing gives none."""
    if not isinstance(text, str):
        return ()
    return tuple(item for item in (part.strip() for part in text.split(";")) if item)


def join_list(items: Iterable[str]) -> str:
    """A list cell from its items, the inverse of `split_list`."""
    return ";".join(items)
