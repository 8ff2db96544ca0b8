"""Where a fault stands: as the grid shows it in the app, as the file has it elsewhere."""

from pathlib import Path

import pandas as pd
import pytest

from planner.plan.files import read_plan
from planner.plan.parse import parse_tables
from planner.plan.patch import Change, PatchError, apply
from planner.plan.places import sentence
from planner.plan.plan import Plan
from planner.store import Draft, draft_from_plan, draft_tables

PILOT = Path(__file__).parents[2] / "sample_data" / "pilot"


@pytest.fixture(scope="module")
def plan() -> Plan:
    found = read_plan(PILOT).plan
    assert found is not None
    return found


def test_rows_of_an_editor_count_from_one_and_those_of_a_file_from_the_header(plan: Plan):
    """The cell, the row that is meant in a message, and a column that is not there."""
    raw = dict(draft_from_plan(plan).tables)
    locations = raw["locations"].frame()
    blank = dict.fromkeys(locations.columns)
    twice = [locations, pd.DataFrame([blank]), locations.iloc[:1].assign(zone=None)]
    locations = pd.concat([t.astype(object) for t in twice], ignore_index=True)
    name, last = locations["location"][0], len(locations)
    typed = Draft({**raw, **Draft.of({"locations": locations}).tables})
    grid = parse_tables(draft_tables(typed))
    assert [sentence(f, grid.tables) for f in grid.faults] == [
        f"Locations, row {last}, {name}, Location: location {name!r} stands already in row 1; it must stand once",
        f"Locations, row {last}, {name}, Zone: the cell is blank; it must hold text",
    ]
    file = parse_tables({k: t.frame() for k, t in typed.tables.items()})
    assert [(f.row, "already in row 2" in f.message) for f in file.faults] == [(last + 1, True), (last + 1, False)]
    without = typed.replace(locations=locations.iloc[:1].drop(columns="zone"))
    found = parse_tables(draft_tables(without))
    assert [sentence(f, found.tables).partition(":")[0] for f in found.faults if f.column == "zone"] == [
        "Locations, Zone"
    ]


def test_a_setting_is_told_by_its_field(plan: Plan):
    raw = draft_from_plan(plan)
    settings = raw.tables["settings"].frame()
    settings.loc[settings["key"] == "currency", "value"] = "euro"
    found = parse_tables(draft_tables(raw.replace(settings=settings)))
    assert [sentence(f, found.tables) for f in found.faults] == [
        "Settings, Currency: found 'euro'; allowed is an ISO 4217 code such as USD"
    ]


def test_rows_of_a_changed_plan_are_told_by_their_key(plan: Plan):
    """Nobody sees the rows of a plan that a scenario has changed."""
    name = plan.tables["locations"]["location"].iloc[0]
    with pytest.raises(PatchError) as caught:
        apply(plan, [Change("locations", f"location={name}", "zone", "set", "")])
    assert [f.partition(":")[0] for f in caught.value.faults] == [f"Locations, {name}, Zone"]
