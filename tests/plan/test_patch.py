"""Changes in words: which rows, which cells, and what is refused."""

from __future__ import annotations

import pickle

import pandas as pd
import pytest

from planner.plan.patch import Change, PatchError, apply, lever_change, scenario, scenario_changes
from planner.plan.plan import Plan
from tests.builders import tiny


def plan(**tables) -> Plan:
    return tiny(
        [
            {"offer": "gpu_rent", "price_per_hour": 2.0},
            {"offer": "gpu_buy", "pricing": "owned", "purchase_price": 1000.0, "max_devices": 4, "site": "S2"},
        ],
        volume=[10.0, 20.0],
        periods=2,
        sites=[
            {"site": "S", "zone": "Z", "kind": "cloud", "provider": "aws"},
            {"site": "S2", "zone": "Z", "kind": "colocation", "provider": "colo"},
        ],
        network=[{"site": s, "location": "L", "latency_ms": 1.0} for s in ("S", "S2")],
        **tables,
    )


def cell(made: Plan, table: str, row: int, column: str) -> object:
    return made.tables[table][column].iloc[row]


@pytest.mark.parametrize(
    ("change", "table", "row", "column", "wanted"),
    [
        (Change("demand", "", "volume", "multiply", 1.5), "demand", 1, "volume", 30.0),
        (Change("demand", "period>=2", "volume", "add", 5), "demand", 1, "volume", 25.0),
        (Change("demand", "period>=2", "volume", "add", 5), "demand", 0, "volume", 10.0),
        (Change("offers", "offer=gpu_*; site_kind=colocation", "purchase_price", "multiply", "0.7"), "offers", 1, "purchase_price", 700.0),
        (Change("offers", "provider=aws|azure", "price_per_hour", "set", "3"), "offers", 0, "price_per_hour", 3.0),
        (Change("offers", "provider!=aws", "lead_time_months", "add", 6), "offers", 1, "lead_time_months", 6),
        (Change("offers", "", "max_devices", "multiply", 2), "offers", 1, "max_devices", 8.0),
        (Change("settings", "key=discount_rate", "value", "set", 0.1), "settings", 2, "value", "0.1"),
        (Change("settings", "key=periods", "value", "multiply", 1), "settings", 0, "value", "2"),
    ],
)  # fmt: skip
def test_cells_change(change, table, row, column, wanted):
    made = apply(plan(), [change])
    assert cell(made, table, row, column) == wanted


def test_a_blank_that_means_no_limit_stays_blank():
    made = apply(plan(), [Change("offers", "", "max_devices", "multiply", 2)])
    assert pd.isna(cell(made, "offers", 0, "max_devices"))


def test_rows_come_and_go():
    rule = Change("policies", "policy=out; measure=volume; sense=max; limit=0; provider=aws|colo", "", "insert")
    made = apply(plan(), [rule])
    assert cell(made, "policies", 0, "provider") == "aws;colo"
    assert cell(made, "policies", 0, "limit") == 0.0
    gone = apply(made, [Change("policies", "policy=out", "", "remove")])
    assert gone.content_hash == plan().content_hash


def test_no_change_is_the_same_plan():
    assert apply(plan(), []) == plan()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change("offer", "", "price_per_hour", "set", 1), "table"),
        (Change("offers", "offer=none", "price_per_hour", "set", 1), "no row"),
        (Change("offers", "", "price", "set", 1), "column"),
        (Change("offers", "colour=red", "price_per_hour", "set", 1), "colour"),
        (Change("offers", "gpu", "price_per_hour", "set", 1), "column=value"),
        (Change("offers", "", "price_per_hour", "multiply", "lots"), "number"),
        (Change("offers", "", "hardware", "multiply", 2), "text"),
        (Change("offers", "", "price_per_hour", "set", -1), "0 or more"),
        (Change("offers", "", "price_per_hour", "double", 1), "allowed"),
        (Change("sites", "site=S2", "", "remove"), "S2"),
        (Change("scenarios", "", "owner", "set", "me"), "table"),
        (Change("policies", "", "", "insert"), "empty"),
    ],
)
def test_what_cannot_be_is_refused_in_words(change, said):
    with pytest.raises(PatchError, match=said):
        apply(plan(), [change])


def test_all_faults_at_once_and_they_travel_between_processes():
    with pytest.raises(PatchError) as caught:
        apply(plan(), [Change("offers", "", "price", "set", 1), Change("demand", "period=9", "volume", "set", 1)])
    assert len(caught.value.faults) == 2
    assert pickle.loads(pickle.dumps(caught.value)).faults == caught.value.faults


def test_scenarios_are_made_of_changes_in_order():
    rows = [
        {"scenario": "boom", "step": 2, "table": "demand", "column": "volume", "change": "add", "value": "1"},
        {"scenario": "boom", "step": 1, "cause": "growth", "table": "demand", "column": "volume", "change": "multiply", "value": "2"},
    ]  # fmt: skip
    base = plan(scenarios=[{"scenario": "boom"}, {"scenario": "nothing"}], changes=rows)
    assert [cause for cause, _ in scenario_changes(base, "boom")] == ["growth", "demand: volume + 1"]
    assert cell(scenario(base, "boom"), "demand", 0, "volume") == 21.0
    assert scenario(base, "nothing").content_hash == scenario(base, "").content_hash == base.content_hash
    with pytest.raises(KeyError):
        scenario(base, "unknown")


def test_what_people_try_changes_no_answer():
    assert plan(scenarios=[{"scenario": "boom"}]).content_hash == plan().content_hash
    assert plan(scenarios=[{"scenario": "boom"}]).hash_of("scenarios") != plan().hash_of("scenarios")


def test_a_lever_is_a_change_at_a_value():
    lever = pd.Series({"lever": "Demand", "table": "demand", "where": None, "column": "volume", "change": "multiply"})
    assert cell(apply(plan(), [lever_change(lever, 1.2)]), "demand", 0, "volume") == pytest.approx(12.0)
