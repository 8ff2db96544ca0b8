"""Raw tables in, a plan or all that is wrong with them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.plan.cells import blank, plain, values_of
from planner.plan.checked import Checked
from planner.plan.faults import Fault, Notice, near, nearest, shown
from planner.plan.notices import notices
from planner.plan.plan import Plan, all_columns, canonical
from planner.plan.rules import check_rules
from planner.plan.schema import Column, Table, split_list
from planner.plan.tables import MONTHS_PER_PERIOD, SETTING_COLUMNS, SETTINGS, TABLES

ROW, GRID = "row in the file", "row in the grid"
"""Names of the index of a raw frame that tells the rows as a person counts them: in a file, where the header is
row 1, or in an editor, which counts from 1 below the header; without either, rows count as in a file."""
ALIKE = 0.75
"""How like a table's name the name of another file or sheet must be to be taken for a slip."""
MOST_SUGGESTIONS = 100
"""Unknown references of one column for which a near known one is looked up: it is slow."""


@dataclass(frozen=True)
class Reading:
    """What came of reading: a plan, or None and every fault; notices; the raw tables as they were typed."""

    plan: Plan | None
    faults: tuple[Fault, ...]
    notices: tuple[Notice, ...]
    tables: Mapping[str, pd.DataFrame]


def counted(frame: pd.DataFrame) -> bool:
    """True when the index of a raw frame tells its rows as a person counts them."""
    return frame.index.name in (ROW, GRID)


def numbers_of(frame: pd.DataFrame) -> np.ndarray:
    """The rows of a raw frame as a person counts them."""
    return np.array(frame.index if counted(frame) else range(2, len(frame) + 2), dtype=int)


def _header(frame: pd.DataFrame) -> int:
    """The row of the header, as a person counts: an editor does not count it."""
    return 0 if frame.index.name == GRID else 1


def table_name(name: str) -> str:
    """The table that the name of a file or sheet means: letter case and outer blanks do not matter."""
    plain_name = name.strip().lower()
    return plain_name if plain_name in TABLES else name


def misspelt(name: str, missing: Iterable[str]) -> str:
    """The missing table that a file's or sheet's name seems to mean, empty when it is something else."""
    return near(name, missing, ALIKE)


def parse_tables(raw: Mapping[str, pd.DataFrame], earlier: tuple[Fault, ...] = ()) -> Reading:
    """Check raw tables and make a plan of them.

    `raw`: frames of cells as they were typed, by table name. `earlier`: faults that reading the
    files found already. The plan is None exactly when there is any fault.
    """
    check = Checked(
        list(earlier),
        {(f.table, f.row) for f in earlier if f.row is not None and f.row > 1},
        {f.table if f.table in TABLES else near(f.table, TABLES) for f in earlier if f.table not in raw},
    )
    for name in raw:
        if name not in TABLES:
            check.unread.add(near(str(name), TABLES))
            allowed = f"allowed are {', '.join(TABLES)}"
            check.say(str(name), None, "", f"found the table {shown(name)}; {allowed}{nearest(str(name), TABLES)}")
    for name, table in TABLES.items():
        _table(check, table, raw.get(name))
    _references(check)
    check_rules(check)
    if check.faults:
        return Reading(None, _in_order(check.faults), (), raw)
    plan = Plan(check.frames)  # canonical already
    return Reading(plan, (), tuple(notices(plan, check.rows)), raw)


def _in_order(faults: list[Fault]) -> tuple[Fault, ...]:
    """Each fault once, in the order of files, tables, rows and columns."""
    table = {name: i for i, name in enumerate(TABLES)}
    column = {(t.name, c.name): i for t in TABLES.values() for i, c in enumerate(all_columns(t))}

    def place(f: Fault) -> tuple[int, int, int]:
        return table.get(f.table, -1), f.row or 0, column.get((f.table, f.column), -1)

    return tuple(sorted(dict.fromkeys(faults), key=place))


def _table(check: Checked, table: Table, raw: pd.DataFrame | None) -> None:
    """Check one table cell by cell and put it into the frames."""
    raw = pd.DataFrame() if raw is None else raw
    numbers, header = numbers_of(raw), _header(raw)
    raw = _known_columns(check, table, raw)
    if len(raw.columns):
        keep = ~np.logical_and.reduce([blank(raw[c]) for c in raw.columns])
        raw, numbers = raw[keep].reset_index(drop=True), numbers[keep]
    else:
        raw, numbers = raw.iloc[:0], numbers[:0]
    if table is SETTINGS:
        raw = _settings(check, raw, numbers)
    out: dict[str, pd.Series] = {}
    bad = pd.DataFrame(False, index=raw.index, columns=list(table.names))
    for column in all_columns(table):
        if column.name not in raw.columns:
            if column.required and (len(raw) or (table.required and len(raw.columns))):
                check.say(table.name, header, column.name, f"the column is missing; it must hold {column.allowed}")
                bad[column.name] = True
                if column.name in table.key:
                    check.unread.add(table.name)
            continue
        cells = raw[column.name]
        out[column.name], wrong = values_of(table.name, column, cells)
        if column.required:
            absent = np.flatnonzero(blank(cells)).tolist()
            wrong |= dict.fromkeys(absent, f"the cell is blank; it must hold {column.allowed}")
        for i, message in wrong.items():
            check.say(table.name, numbers[i], column.name, message)
        if wrong and column.name in bad:
            bad.loc[list(wrong), column.name] = True
    frame = canonical(table, pd.DataFrame(out, index=raw.index))
    if table.required and frame.empty and table.name not in check.unread:
        check.say(table.name, None, "", "the table is missing or has no rows; a plan needs at least one")
    _keys(check, table, frame, numbers, bad)
    if table is SETTINGS:  # a blank setting says nothing
        given = frame["value"].notna()
        frame, numbers, bad = frame[given].reset_index(drop=True), numbers[given], bad[given].reset_index(drop=True)
    check.frames[table.name], check.rows[table.name], check.bad[table.name] = frame, numbers, bad


def _known_columns(check: Checked, table: Table, raw: pd.DataFrame) -> pd.DataFrame:
    """The declared columns of a raw table; the others are faults."""
    header, names = _header(raw), [str(c).strip() for c in raw.columns]
    known = [c.name for c in all_columns(table)]
    at: dict[str, int] = {}
    for i, name in enumerate(names):
        if name in at:
            check.say(table.name, header, name, f"found the column {shown(name)} twice; it must stand once")
        elif name in known:
            at[name] = i
        else:
            left = [c for c in known if c not in names]
            allowed = f"allowed are {', '.join(table.names)}"
            check.say(table.name, header, name, f"found the column {shown(name)}; {allowed}{nearest(name, left)}")
    # As series: pandas would take bare arrays of objects for text, and formulas among them with it.
    cells = {name: raw.iloc[:, i].reset_index(drop=True) for name, i in at.items()}
    return pd.DataFrame(cells, index=range(len(raw)), columns=list(at))


def _keys(check: Checked, table: Table, frame: pd.DataFrame, numbers: np.ndarray, bad: pd.DataFrame) -> None:
    """No two rows may say the same thing."""
    key = list(table.key)
    whole = ~bad[key].any(axis=1).to_numpy(dtype=bool)
    if not frame.duplicated(key).any():
        return
    some = frame.loc[whole, key].assign(number=numbers[whole])
    some["first"] = some.groupby(key, dropna=False, sort=False)["number"].transform("first")
    for row in some[some["number"] != some["first"]].itertuples(index=False):
        said = ", ".join(f"{k} {shown(v)}" for k, v in zip(key, row, strict=False) if not pd.isna(v))
        check.say(table.name, row.number, key[0], f"{said} stands already in row {row.first}; it must stand once")


def _settings(check: Checked, raw: pd.DataFrame, numbers: np.ndarray) -> pd.DataFrame:
    """Settings with each value checked against its own declaration and spelt in one way; bad ones blank."""
    if not {"key", "value"} <= set(raw.columns):
        return raw
    declared = {c.name: c for c in SETTING_COLUMNS}
    values: list[object] = []
    for number, key, value in zip(numbers, raw["key"], raw["value"], strict=True):
        column = declared.get(str(key).strip())
        if column is None or blank(pd.Series([value], dtype=object))[0]:
            values.append(None)
            continue
        text, message = _setting(column, value)
        values.append(text)
        if message:
            check.say("settings", number, "value", f"{column.name}: {message}")
    return raw.assign(value=pd.Series(values, dtype=object))


def _setting(column: Column, value: object) -> tuple[str | None, str]:
    series, wrong = values_of("", column, pd.Series([value], dtype=object))
    if wrong:
        return None, wrong[0]
    text = series[0] if column.is_text else plain(float(series[0]))
    if column.name == "months_per_period" and int(text) not in MONTHS_PER_PERIOD:
        return None, f"found {text}; allowed is one of {', '.join(map(str, MONTHS_PER_PERIOD))}"
    if column.name == "currency" and not (len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()):
        return None, f"found {shown(text)}; allowed is an ISO 4217 code such as USD"
    return text, ""


def _references(check: Checked) -> None:
    """Every value of a column that refers to another must stand there."""
    for name, table in TABLES.items():
        for column in table.columns:
            if column.ref and len(check.frames[name]):
                _reference(check, name, column)


def _reference(check: Checked, name: str, column: Column) -> None:
    target, key = column.ref.split(".")
    if target in check.unread:
        return
    known = set(check.frames[target][key].dropna())
    if target == "slices" and check.frames[target].empty:
        known = {"all"}
    cells = check.frames[name][column.name]
    suspects = cells[cells.notna() & ~cells.isin(known)]
    hints: dict[str, str] = {}
    for i, cell in suspects.items():
        for item in split_list(cell) if column.kind == "list" else (cell,):
            if item not in known:
                if item not in hints:
                    hints[item] = nearest(item, known) if len(hints) < MOST_SUGGESTIONS else ""
                message = f"found {shown(item)}; allowed is {column.allowed}{hints[item]}"
                check.say(name, check.rows[name][i], column.name, message)
