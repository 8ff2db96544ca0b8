"""The independent check against plans that ask for more than a result gives: each rule is tightened in turn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.plan.plan import Plan
from planner.result.verify import verify
from tests.builders import solved, tiny
from tests.result.rich import rich_result


def tightened(table: str, row: dict[str, Any], column: str, value: Any) -> Plan:
    """The rich plan with one cell changed, in the rows that have these values."""
    plan = rich_result()[0]
    frame = plan.tables[table].copy()
    mine = np.ones(len(frame), dtype=bool)
    for key, label in row.items():
        mine &= (frame[key] == label).to_numpy(bool, na_value=False)
    assert mine.any()
    frame.loc[mine, column] = value
    return plan.replace(**{table: frame})


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "words"),
    [
        ("workloads", {"workload": "W"}, "max_latency_ms", 1.0, "Latency is"),
        ("workloads", {"workload": "V"}, "allowed_zones", "Q", "outside its zones"),
        ("workloads", {"workload": "W"}, "required_certifications", "ISO", "lacks a certification"),
        ("workloads", {"workload": "W"}, "interruptible_share", 0.01, "the interruptible share allows"),
        ("workloads", {"workload": "W"}, "max_utilization", 0.5, "by throughput"),
        ("workloads", {"workload": "W"}, "survive_site_loss_share", 1.0, "After the loss of"),
        ("workloads", {"workload": "V"}, "unserved_penalty_per_unit", None, "must be served in full"),
        ("workloads", {"workload": "V"}, "deployment_cost_per_site", 1.0, "category deployment"),
        ("sites", {"site": "A"}, "power_capacity_kw", 1.0, "Installed IT power"),
        ("sites", {"site": "B"}, "max_devices", 0.5, "Devices at the site"),
        ("sites", {"site": "A"}, "available_from", 3, "before the site is available"),
        ("sites", {"site": "A"}, "available_from", 4, "enters a site before it is available"),
        ("sites", {"site": "A"}, "provider", "another", "has another provider"),
        ("offers", {"offer": "a_own"}, "max_devices", 1.0, "Devices in service are"),
        ("offers", {"offer": "a_own"}, "lead_time_months", 12, "orders and assets give"),
        ("offers", {"offer": "a_own"}, "available_from", 4, "before it can be"),
        ("offers", {"offer": "b_api"}, "available_from", 3, "before it is available"),
        ("offers", {"offer": "b_api"}, "max_units_per_hour", 0.1, "its rate limit allows"),
        ("offers", {"offer": "b_com"}, "term_months", 6, "which is not its term"),
        ("offers", {"offer": "b_com"}, "workload", "V", "restricted to another workload"),
        ("offers", {"offer": "a_own"}, "annual_value_loss", None, "category resale"),
        ("offers", {"offer": "a_spot"}, "annual_price_change", 0.1, "category compute"),
        ("network", {"site": "B", "location": "L"}, "bandwidth_gbps", 1e-6, "The link carries"),
        ("demand", {"workload": "W", "location": "L"}, "volume", 1.0, "Served and unserved volume"),
        ("throughput", {"workload": "V"}, "units_per_hour", 0.7, "by throughput"),
        ("policies", {"policy": "capex_cap"}, "limit", -1e6, "is broken by"),
        ("policies", {"policy": "serve_blue"}, "limit", 20000.0, "gives way by"),
        ("policies", {"policy": "capex_cap"}, "window", "horizon", "its windows are others"),
        ("assets", {"asset": "old"}, "in_service", "2026-07", "months old"),
        ("assets", {"asset": "old"}, "devices", 3.0, "the asset has 3"),
    ],
)
def test_a_rule_that_the_result_does_not_keep_is_noticed(
    table: str, row: dict[str, Any], column: str, value: Any, words: str
) -> None:
    said = verify(tightened(table, row, column, value), rich_result()[1].frames)
    assert any(words in sentence for sentence in said), said


@pytest.mark.parametrize(("key", "value"), [("discount_rate", "0.1"), ("discount_timing", "end"), ("start", "2028-01")])
def test_settings_of_another_plan_are_noticed(key: str, value: str) -> None:
    plan, result = rich_result()
    settings = plan.tables["settings"]
    settings = pd.concat([settings[settings["key"] != key], pd.DataFrame([{"key": key, "value": value}])])
    assert verify(plan.replace(settings=settings), result.frames)


def test_a_link_that_is_not_there_is_noticed() -> None:
    plan, result = rich_result()
    network = plan.tables["network"]
    fewer = network[~((network["site"] == "B") & (network["location"] == "M"))]
    said = verify(plan.replace(network=fewer), result.frames)
    assert any("which has no network row" in sentence for sentence in said), said


def test_hardware_that_cannot_run_a_workload_is_noticed() -> None:
    plan, result = rich_result()
    throughput = plan.tables["throughput"]
    said = verify(plan.replace(throughput=throughput[throughput["workload"] == "V"]), result.frames)
    assert any("which its hardware cannot run" in sentence for sentence in said), said


def test_money_charged_to_the_wrong_cause_is_noticed() -> None:
    """Same amounts, same sums by category and period: only who caused them is wrong."""
    plan, result = rich_result()
    for category, column in (("compute", "workload"), ("electricity", "offer"), ("network", "site")):
        ledger = result.ledger.copy()
        row = ledger.index[(ledger["category"] == category) & (ledger[column] != "") & (ledger["amount"] > 1)][0]
        ledger.loc[row, column] = ""
        said = verify(plan, {**result.frames, "ledger": ledger}, objective=result.objective)
        assert any(f"category {category}" in sentence for sentence in said), said


def test_a_slice_whose_load_is_elsewhere_is_tried_in_the_loss_of_a_site() -> None:
    """The night is lower than the day at both places, yet only at night too little of the load is near."""
    hours = 8760.0
    plan = tiny(
        [{"offer": "a", "site": "A", "price_per_hour": 1.0}, {"offer": "b", "site": "B", "price_per_hour": 2.0}],
        {("W", "near"): [0.55 * hours], ("W", "far"): [hours]},
        locations=[{"location": "near", "zone": "Z"}, {"location": "far", "zone": "Z"}],
        slices=[{"slice": "day", "share_of_hours": 0.5}, {"slice": "night", "share_of_hours": 0.5}],
        load_shapes=[
            {"workload": "W", "location": "near", "slice": "day", "multiplier": 1.0 / 0.55},
            {"workload": "W", "location": "near", "slice": "night", "multiplier": 0.1 / 0.55},
        ],
        sites=[{"site": s, "zone": "Z", "kind": "cloud"} for s in "AB"],
        network=[
            {"site": s, "location": place, "latency_ms": 1.0}
            for s, place in (("A", "near"), ("B", "near"), ("A", "far"))
        ],
    )
    frames = solved(plan).frames
    critical = plan.tables["workloads"].assign(survive_site_loss_share=0.5)
    said = verify(plan.replace(workloads=critical), frames)
    assert len(said) == 1
    assert said[0].startswith("After the loss of A, 1,971 of W")  # half of 1.1 less 0.1 near, in 4,380 hours
    assert said[0].endswith("slice night.")
