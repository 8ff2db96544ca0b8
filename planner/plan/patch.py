"""Changes to a plan's cells, said in words that stand in a table: scenarios and levers are made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from planner.plan.cells import plain
from planner.plan.faults import nearest, shown
from planner.plan.parse import parse_tables
from planner.plan.places import sentence
from planner.plan.plan import Plan, all_columns
from planner.plan.schema import Column, Table, split_list
from planner.plan.tables import TABLES
from planner.plan.what_if import ADD, CHANGES_OF, INSERT, MULTIPLY, REMOVE, SET

CONDITION = re.compile(r"\s*(\w+)\s*(>=|<=|!=|=)\s*(.*?)\s*$")
OF_SITE = {"provider": "provider", "site_kind": "kind", "zone": "zone"}
"""Properties of a row's site by which rows of other tables may be chosen."""
MOST = 20


class PatchError(ValueError):
    """Changes cannot be made; `faults` says why, a sentence each, all at once."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)

    def __reduce__(self) -> tuple[type[PatchError], tuple[Sequence[str]]]:
        return PatchError, (self.faults,)


@dataclass(frozen=True)
class Change:
    """One change: what is done (`change`) with `column` (one, or several separated by ;) of the rows `where`.

    `where` is "column=value; column=value", all of which must hold; a value may be a list a|b and
    hold * and ?; numbers may be compared by >=, <= and !=. Blank: every row. Rows that have a site
    (their own, or their offer's) may be chosen by provider, site_kind and zone.
    set puts `value` into the cells, multiply and add reckon with it (a blank cell that means "no
    limit" stays blank), insert adds a row whose cells are `where`, remove takes rows out.
    """

    table: str
    where: str
    column: str
    change: str
    value: str | float = ""

    @property
    def text(self) -> str:
        """The change in a few words."""
        rows = f" where {self.where}" if self.where else ""
        value = self.value if isinstance(self.value, str) else plain(self.value)
        what = ", ".join(split_list(self.column)).replace("_", " ")
        if self.change == INSERT:
            return f"add to {self.table}: {self.where}"
        if self.change == REMOVE:
            return f"remove from {self.table}{rows}"
        done = {SET: f"{what} = {value}", MULTIPLY: f"{what} x {value}", ADD: f"{what} + {value}"}
        return f"{self.table}{rows}: {done.get(self.change, self.change)}"


def apply(plan: Plan, changes: Iterable[Change]) -> Plan:
    """The plan with the changes made, one after another.

    Raises PatchError when a change matches nothing or cannot be made, or leaves a plan that is not valid.
    """
    frames = dict(plan.tables)
    faults: list[str] = []
    for change in changes:
        try:
            frames[change.table] = _made(frames, change)
        except PatchError as error:
            faults += [f"{change.text}: {fault}" for fault in error.faults]
    if not faults:
        reading = parse_tables(frames)
        if reading.plan is not None:
            return reading.plan
        faults = [sentence(fault, frames) for fault in reading.faults[:MOST]]
    raise PatchError(faults)


def scenario_changes(plan: Plan, scenario: str) -> list[tuple[str, Change]]:
    """The changes of a scenario in order, each with its cause."""
    rows = plan.table("changes")
    rows = rows[rows["scenario"] == scenario].sort_values("step", kind="stable")
    out = []
    for row in rows.fillna("").itertuples(index=False):
        change = Change(row.table, row.where, row.column, row.change, row.value)
        out.append((row.cause or change.text, change))
    return out


def scenario(plan: Plan, name: str) -> Plan:
    """The plan as a scenario has it; the plan itself where `name` is blank. Raises PatchError, KeyError."""
    if not name:
        return plan
    if name not in set(plan.tables["scenarios"]["scenario"]):
        raise KeyError(name)
    return apply(plan, [change for _, change in scenario_changes(plan, name)])


def lever_change(lever: pd.Series, value: float) -> Change:
    """The change that a row of `levers` stands for at a value."""
    cells = lever.fillna("")
    return Change(cells["table"], cells["where"], cells["column"], cells["change"] or SET, float(value))


def _made(frames: dict[str, pd.DataFrame], change: Change) -> pd.DataFrame:
    table = TABLES.get(change.table)
    if table is None or table.aside:
        raise PatchError([f"found the table {shown(change.table)}{nearest(change.table, TABLES)}"])
    if change.change not in CHANGES_OF:
        raise PatchError([f"found {shown(change.change)}; allowed is one of {', '.join(CHANGES_OF)}"])
    frame = frames[change.table]
    if change.change == INSERT:
        return _inserted(table, frame, change)
    chosen = rows_of(frames, change.table, change.where)
    if not chosen.any():
        raise PatchError(["no row is like that"])
    if change.change == REMOVE:
        return frame[~chosen].reset_index(drop=True)
    declared = {c.name: c for c in all_columns(table)}
    names = split_list(change.column)
    unknown = [n for n in names if n not in declared]
    if unknown or not names:
        found = unknown[0] if unknown else ""
        raise PatchError([f"found the column {shown(found)}{nearest(found, declared)}"])
    return frame.assign(**{n: _cells(declared[n], frame[n], chosen, change) for n in names})


def _inserted(table: Table, frame: pd.DataFrame, change: Change) -> pd.DataFrame:
    declared = {c.name: c for c in all_columns(table)}
    cells: dict[str, object] = {}
    for name, sign, value in _conditions(change.where):
        if name not in declared or sign != "=":
            raise PatchError([f"found {shown(name + sign)}; a new row's cells are written as column=value"])
        cells[name] = value.replace("|", ";") if declared[name].kind == "list" else value
    if not cells:
        raise PatchError(["the new row is empty; its cells are written as column=value; column=value"])
    # As typed: the check of the whole plan reads it like any other row.
    return pd.concat([frame.astype(object), pd.DataFrame([cells], dtype=object)], ignore_index=True)


def _cells(column: Column, cells: pd.Series, chosen: np.ndarray, change: Change) -> pd.Series:
    if change.change == SET:
        text = change.value if isinstance(change.value, str) else plain(change.value)
        out = cells.astype(object)
        out[chosen] = (text if column.is_text else _number(text)) if text.strip() else None
        return out
    by = _number(change.value)
    # Settings are numbers written as text.
    was = pd.to_numeric(cells, errors="coerce").astype(float)
    if change.change == ADD and isinstance(column.default, int | float):
        was = was.fillna(float(column.default))
    if column.is_text and was[chosen].isna().any():
        raise PatchError([f"{column.name} holds text; only numbers can be reckoned with"])
    now = was * by if change.change == MULTIPLY else was + by
    if column.kind == "integer":
        now = now.round()
    out = cells.astype(object)
    out[chosen] = now[chosen].where(now[chosen].notna(), None)
    if column.is_text:
        out[chosen] = [plain(float(x)) for x in now[chosen]]
    return out


def rows_of(frames: dict[str, pd.DataFrame], table: str, where: str) -> np.ndarray:
    """Which rows of a table a condition chooses, shape (rows,). Raises PatchError."""
    frame = frames[table]
    chosen = np.ones(len(frame), dtype=bool)
    for name, sign, wanted in _conditions(where):
        cells = _values(frames, table, name)
        chosen &= _holds(cells, sign, wanted)
    return chosen


def _conditions(where: str) -> list[tuple[str, str, str]]:
    out = []
    for part in (p for p in where.split(";") if p.strip()):
        found = CONDITION.match(part)
        if found is None:
            raise PatchError([f"found {shown(part.strip())}; rows are chosen by column=value; column=value"])
        out.append((found[1], found[2], found[3]))
    return out


def _values(frames: dict[str, pd.DataFrame], table: str, name: str) -> pd.Series:
    """The cells by which rows are chosen: a column of the table, or a property of the rows' site."""
    frame = frames[table]
    if name in frame:
        return frame[name]
    sites = frames["sites"].drop_duplicates("site").set_index("site")
    if name in OF_SITE and table == "sites":
        return frame[OF_SITE[name]]
    if name in (*OF_SITE, "site") and ("site" in frame or "offer" in frame):
        offers = frames["offers"].drop_duplicates("offer").set_index("offer")
        site = frame["site"] if "site" in frame else frame["offer"].map(offers["site"])
        return site if name == "site" else site.map(sites[OF_SITE[name]])
    raise PatchError([f"found the column {shown(name)}{nearest(name, frame.columns)}"])


def _holds(cells: pd.Series, sign: str, wanted: str) -> np.ndarray:
    if sign in (">=", "<="):
        number, limit = pd.to_numeric(cells, errors="coerce").astype(float), _number(wanted)
        return np.asarray(number >= limit if sign == ">=" else number <= limit)
    options = [w.strip() for w in wanted.split("|")]
    texts = ["" if pd.isna(c) else c if isinstance(c, str) else plain(float(c)) for c in cells]
    equal = np.array([any(fnmatchcase(t, o) for o in options) for t in texts], dtype=bool)
    return equal if sign == "=" else ~equal


def _number(value: str | float) -> float:
    try:
        return float(value)
    except ValueError:
        raise PatchError([f"found {shown(value)}; a number is needed"]) from None
