"""Drafts: what is kept is what was typed."""

import datetime as dt
import math

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from planner.plan.cells import Formula
from planner.plan.parse import parse_tables
from planner.plan.plan import Plan
from planner.store.draft import Draft, RawTable, draft_from_plan, draft_tables, merge

CELLS = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.builds(Formula, st.sampled_from(["=A1", "=1+1"])),
)


@given(st.integers(0, 4).flatmap(lambda n: st.lists(st.tuples(*[CELLS] * n), max_size=4).map(lambda rows: (n, rows))))
def test_cells_come_back_as_they_were_typed(case):
    n, rows = case
    table = RawTable(tuple(f"c{i}" for i in range(n)), tuple(rows))
    again = RawTable.unpacked(table.packed())
    assert again.key == table.key
    assert again.columns == table.columns
    assert [[(type(c), c) for c in row] for row in again.rows] == [[(type(c), c) for c in row] for row in rows]
    draft = Draft({"x": table, "date": table})
    assert Draft.unpacked(draft.packed()) == draft


@given(st.lists(st.tuples(CELLS, CELLS), max_size=4))
def test_frames_come_back_cell_by_cell(rows):
    table = RawTable(("a", "b"), tuple(rows))
    again = RawTable.of(table.frame())
    assert again.columns == table.columns
    assert [[(type(c), c) for c in row] for row in again.rows] == [[(type(c), c) for c in row] for row in rows]


def test_missing_values_of_every_kind_are_blank_and_numpy_becomes_plain():
    frame = pd.DataFrame(
        {
            "a": [math.nan, 1.5],
            "b": pd.array([None, 2], dtype="Int64"),
            "c": pd.Series([None, "x"], dtype="str"),
            "d": pd.Series([pd.NaT, np.int64(3)], dtype=object),
            "e": pd.to_datetime(["2027-01-01", None]),
            "f": pd.Series([["a", "b"], np.bool_(True)], dtype=object),
        }
    )
    table = RawTable.of(frame)
    assert table.rows == (
        (None, None, None, None, dt.datetime(2027, 1, 1), "a;b"),
        (1.5, 2, "x", 3, None, True),
    )
    assert type(table.rows[1][1]) is int
    assert type(table.rows[1][3]) is int
    assert RawTable.of(pd.DataFrame({"a": [], "b": []})).frame().columns.tolist() == ["a", "b"]


def test_a_plan_survives_as_a_draft(small_plan: Plan):
    draft = Draft.unpacked(draft_from_plan(small_plan).packed())
    reading = parse_tables(draft_tables(draft))
    assert reading.faults == ()
    assert reading.plan == small_plan
    assert reading.plan is not None
    assert reading.plan.content_hash == small_plan.content_hash


def test_what_is_not_valid_is_kept_too():
    sites = pd.DataFrame({"site": ["a", "a"], "kind": ["clowd", Formula("=B1")], "oops": [1, 2]}, dtype=object)
    draft = Draft.of({"sites": sites})
    reading = parse_tables(draft_tables(Draft.unpacked(draft.packed())))
    assert reading.plan is None
    assert {(f.table, f.column) for f in reading.faults} >= {("sites", "kind"), ("sites", "oops")}
    assert any("formula" in f.message for f in reading.faults)


def test_merge_takes_each_table_from_the_side_that_changed_it():
    one, two, three = (pd.DataFrame({"a": [i]}) for i in (1, 2, 3))
    base = Draft.of({"x": one, "y": one, "z": one})
    merged, both = merge(base, base.replace(x=two, z=two), base.replace(y=three, z=two))
    assert both == ()
    assert merged == Draft.of({"x": two, "y": three, "z": two})
    merged, both = merge(base, base.replace(x=two), base.replace(x=three))
    assert both == ("x",)
    assert merged.tables["x"] == RawTable.of(two)
    gone = Draft({k: v for k, v in base.tables.items() if k != "y"})
    assert merge(base, gone, base)[0] == gone
