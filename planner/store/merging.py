"""Two changes of one table laid over each other, cell by cell where rows can be told apart by their keys."""

from __future__ import annotations

from planner.plan.tables import TABLES
from planner.store.draft import Cell, Draft, RawTable, merge

Row = dict[str, Cell]


def merge_cells(base: Draft, mine: Draft, theirs: Draft) -> Draft:
    """The draft with my changes over theirs.

    A table that one side changed is that side's. In one that both changed, what I changed of a row
    (found again by its key) goes over theirs, rows that I added are added and rows that I removed
    are removed; where keys are missing or stand twice, the whole table is mine.
    """
    merged, both = merge(base, mine, theirs)
    tables = dict(merged.tables)
    for name in both:
        old = base.tables.get(name, RawTable((), ()))
        if name in mine.tables and name in theirs.tables:
            tables[name] = merge_table(name, old, mine.tables[name], theirs.tables[name])
    return Draft(tables)


def merge_table(name: str, base: RawTable, mine: RawTable, theirs: RawTable) -> RawTable:
    """My changes of one table over theirs; mine as it is where rows cannot be told apart."""
    key = TABLES[name].key if name in TABLES else ()
    old, my, their = (_by_key(t, key) for t in (base, mine, theirs))
    if old is None or my is None or their is None:
        return mine
    out: dict[tuple[Cell, ...], Row] = {}
    for at, row in their.items():
        if at in old and at not in my:
            continue  # I removed it
        changed = {c: v for c, v in my[at].items() if v != old[at].get(c)} if at in my and at in old else my.get(at, {})
        out[at] = {**row, **changed}
    for at, row in my.items():
        # New, or changed by me and removed by them: what somebody typed is not dropped.
        if at not in their and row != old.get(at):
            out[at] = row
    columns = tuple(dict.fromkeys((*theirs.columns, *mine.columns)))
    return RawTable(columns, tuple(tuple(row.get(c) for c in columns) for row in out.values()))


def changed_cells(old: RawTable, new: RawTable) -> int | None:
    """How many cells differ; None when rows or columns came or went."""
    if len(old.rows) != len(new.rows) or old.columns != new.columns:
        return None
    return sum(a != b for was, now in zip(old.rows, new.rows, strict=True) for a, b in zip(was, now, strict=True))


def _by_key(table: RawTable, key: tuple[str, ...]) -> dict[tuple[Cell, ...], Row] | None:
    """Rows by their key; None when keys are not there or not unique."""
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    out = {tuple(row.get(c) for c in key): row for row in rows}
    whole = bool(key) and len(out) == len(rows) and all(any(c is not None for c in at) for at in out)
    return out if whole else None
