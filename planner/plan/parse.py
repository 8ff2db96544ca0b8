"""Raw tables in, a plan or all that is wrong with them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from planner.plan.cells import blank, number_values, text_values
from planner.plan.faults import Fault, Notice, nearest, shown
from planner.plan.plan import Plan, all_columns, canonical
from planner.plan.schema import Column, Table, split_list
from planner.plan.tables import MONTHS_PER_PERIOD, SETTING_COLUMNS, TABLES

ROW = "row in the file"
"""Name of the index of a raw frame that tells the rows as a person counts them; else they count from 2."""


@dataclass(frozen=True)
class Reading:
    """What came of reading: a plan, or None and every fault; notices; the raw tables as they were typed."""

    plan: Plan | None
    faults: tuple[Fault, ...]
    notices: tuple[Notice, ...]
    tables: Mapping[str, pd.DataFrame]


class _Faults(list[Fault]):
    def say(self, table: str, row: int | None, column: str, message: str) -> None:
        self.append(Fault(table, row, column, message))


def parse_tables(raw: Mapping[str, pd.DataFrame], earlier: tuple[Fault, ...] = ()) -> Reading:
    """Check raw tables and make a plan of them.

    `raw`: frames of cells as they were typed, by table name. `earlier`: faults that reading the
    files found already. The plan is None exactly when there is any fault.
    """
    from planner.plan.notices import notices
    from planner.plan.rules import check_rules

    faults = _Faults(earlier)
    for name in raw:
        if name not in TABLES:
            faults.say(
                name, None, "", f"found the table {shown(name)}; allowed are {', '.join(TABLES)}{nearest(name, TABLES)}"
            )
    frames: dict[str, pd.DataFrame] = {}
    rows: dict[str, list[int]] = {}
    bad: dict[str, set[tuple[int, str]]] = {}
    unread = {f.table for f in earlier}
    for name, table in TABLES.items():
        frames[name], rows[name], bad[name] = _table(table, raw.get(name), faults, name in unread)
    _settings(frames["settings"], rows["settings"], faults)
    _references(frames, rows, bad, faults)
    check_rules(frames, rows, faults.say)
    if faults:
        unique = sorted(
            set(faults), key=lambda f: (list(TABLES).index(f.table) if f.table in TABLES else -1, f.row or 0)
        )
        return Reading(None, tuple(unique), (), raw)
    plan = Plan.of(frames)
    return Reading(plan, (), tuple(notices(plan)), raw)


def _table(
    table: Table, raw: pd.DataFrame | None, faults: _Faults, unread: bool
) -> tuple[pd.DataFrame, list[int], set[tuple[int, str]]]:
    """One table in canonical types (bad cells blank), its rows as people count them, and its bad cells."""
    raw = pd.DataFrame() if raw is None else raw
    raw = raw.rename(columns=lambda c: str(c).strip())
    numbers = list(raw.index) if raw.index.name == ROW else list(range(2, len(raw) + 2))
    known = {c.name: c for c in all_columns(table)}
    for name in raw.columns:
        if name not in known:
            faults.say(
                table.name,
                1,
                name,
                f"found the column {shown(name)}; allowed are {', '.join(table.names)}{nearest(name, known)}",
            )
    for name in raw.columns[raw.columns.duplicated()]:
        faults.say(table.name, 1, name, f"found the column {shown(name)} twice; it must stand once")
    raw = raw.loc[:, ~raw.columns.duplicated()].reset_index(drop=True)
    filled = [c for c in raw.columns if c in known]
    if len(raw) and filled:
        keep = ~pd.concat([blank(raw[c]) for c in filled], axis=1).all(axis=1)
        numbers = [n for n, k in zip(numbers, keep, strict=True) if k]
        raw = raw[keep].reset_index(drop=True)
    elif not filled:
        raw, numbers = raw.iloc[:0], []
    out: dict[str, pd.Series] = {}
    bad: set[tuple[int, str]] = set()
    for name, column in known.items():
        if name not in raw.columns:
            if column.required and len(raw):
                faults.say(table.name, 1, name, f"the column is missing; it must hold {column.allowed}")
            continue
        cells = raw[name]
        values, wrong = (text_values if column.is_text else number_values)(column, cells)
        for i, message in wrong.items():
            bad.add((i, name))
            faults.say(table.name, numbers[i], name, message)
        if column.required:
            for i in cells.index[blank(cells)]:
                bad.add((i, name))
                faults.say(table.name, numbers[i], name, f"the cell is blank; it must hold {column.allowed}")
        out[name] = values
    frame = canonical(table, pd.DataFrame(out, index=raw.index))
    if table.required and frame.empty and not unread:
        faults.say(table.name, None, "", "the table is missing or has no rows; a plan needs at least one")
    _keys(table, frame, numbers, bad, faults)
    return frame, numbers, bad


def _keys(table: Table, frame: pd.DataFrame, numbers: list[int], bad: set[tuple[int, str]], faults: _Faults) -> None:
    if frame.empty:
        return
    key = list(table.key)
    whole = pd.Series([not any((i, k) in bad for k in key) for i in range(len(frame))])
    first: dict[tuple, int] = {}
    again = frame.duplicated(key, keep=False) & whole
    for i in frame.index[again]:
        value = tuple(None if pd.isna(v) else v for v in frame.loc[i, key])
        if value in first:
            said = ", ".join(f"{k} {shown(v)}" for k, v in zip(key, value, strict=True) if v is not None)
            faults.say(
                table.name, numbers[i], key[0], f"{said} stands already in row {first[value]}; it must stand once"
            )
        else:
            first[value] = numbers[i]


def _settings(frame: pd.DataFrame, numbers: list[int], faults: _Faults) -> None:
    """Each setting's value against its own declaration."""
    by_name = {c.name: c for c in SETTING_COLUMNS}
    for i, (key, value) in enumerate(zip(frame["key"], frame["value"], strict=True)):
        column = by_name.get(str(key))
        if column is None or not isinstance(value, str) or not value.strip():
            continue
        check = text_values if column.is_text else number_values
        _, wrong = check(column, pd.Series([value], dtype=object))
        message = wrong.get(0, "")
        if not message and key == "months_per_period" and int(float(value)) not in MONTHS_PER_PERIOD:
            message = f"found {shown(value)}; allowed is one of {', '.join(map(str, MONTHS_PER_PERIOD))}"
        if (
            not message
            and key == "currency"
            and not (len(value.strip()) == 3 and value.strip().isalpha() and value.strip().isupper())
        ):
            message = f"found {shown(value)}; allowed is an ISO 4217 code such as USD"
        if message:
            faults.say("settings", numbers[i], "value", f"{key}: {message}")
            frame.loc[i, "value"] = None


def _references(
    frames: dict[str, pd.DataFrame], rows: dict[str, list[int]], bad: dict[str, set[tuple[int, str]]], faults: _Faults
) -> None:
    for name, table in TABLES.items():
        for column in table.columns:
            if column.ref and len(frames[name]):
                _reference(name, column, frames, rows[name], bad[name], faults)


def _reference(
    name: str,
    column: Column,
    frames: dict[str, pd.DataFrame],
    rows: list[int],
    bad: set[tuple[int, str]],
    faults: _Faults,
) -> None:
    target, key = column.ref.split(".")
    known = set(frames[target][key].dropna())
    if target == "slices" and not known:
        known = {"all"}
    cells = frames[name][column.name]
    is_list = column.kind == "list"
    suspects = cells.index[cells.notna() & (~cells.isin(known))]
    for i in suspects:
        if (i, column.name) in bad:
            continue
        for item in split_list(cells[i]) if is_list else (cells[i],):
            if item not in known:
                message = f"found {shown(item)}; allowed is {column.allowed}{nearest(item, known)}"
                faults.say(name, rows[i], column.name, message)
