"""What would make an infeasible plan feasible is said with names, amounts and units, each thing once."""

from __future__ import annotations

from typing import Any

import pytest

from planner.model.elastic import Change
from planner.plan.plan import Plan
from planner.result.conflicts import conflicts_of
from planner.result.result import Conflict
from planner.result.run import solve_plan
from planner.text.numbers import NBSP, listed, rounded_up, spans
from tests.builders import EXACT, solved, tiny

HOURS = 8760.0
NAMES: dict[str, Any] = {
    "workloads": [{"workload": "W", "name": "Chat", "unit": "M tokens"}],
    "locations": [{"location": "L", "name": "Pune", "zone": "Z"}],
    "sites": [{"site": "S", "name": "Virginia", "zone": "Z", "kind": "cloud"}],
    "hardware": [{"hardware": "H", "name": "H100 server"}],
}
RENT: dict[str, Any] = {"offer": "rent-1", "price_per_hour": 1.0}


def said(plan: Plan) -> dict[str, str]:
    """Sentences by table, of the smallest change and of all other ways; spaces are plain."""
    result = solve_plan(plan, EXACT)
    assert result.status == "infeasible"
    found: list[Conflict] = [c for way in (result.conflicts, *result.alternatives) for c in way]
    return {c.table: c.sentence.replace(NBSP, " ") for c in found}


def test_offers_workloads_and_places_go_by_their_names_and_periods_are_told_once() -> None:
    plan = tiny([{**RENT, "max_devices": 1.0}], [HOURS, 2 * HOURS, 2 * HOURS], 3, **NAMES)
    sentences = said(plan)
    assert sentences["demand"] == (
        "17,520 of 35,040 M tokens of Chat at Pune in periods 2 to 3 (from Jan 2028) cannot be served: "
        "lower the volume, add capacity, or give the workload an unserved penalty."
    )
    assert sentences["offers"] == (
        "H100 server at Virginia, on demand, would need a quota of 2 devices instead of 1 device."
    )


def test_volume_over_several_periods_is_one_conflict_over_all_of_it() -> None:
    result = solve_plan(tiny([{**RENT, "max_devices": 1.0}], [HOURS, 2 * HOURS, 2 * HOURS], 3, **NAMES), EXACT)
    volume = [c for way in (result.conflicts, *result.alternatives) for c in way if c.table == "demand"]
    assert [(c.key, c.period, c.amount) for c in volume] == [("W;L", None, pytest.approx(2 * HOURS))]


def test_policies_are_said_as_elsewhere_with_units() -> None:
    money = {"policy": "board", "measure": "spend", "sense": "max", "limit": 0.75 * HOURS, "site": "S"}
    assert said(tiny([RENT], HOURS, policies=[money], **NAMES))["policies"] == (
        "The policy “Virginia: spend at most $6.57 k in each period” (board) would have to give way by $2.19 k "
        "in period 1 (Jan 2027)."
    )
    devices = {"policy": "few", "measure": "devices", "sense": "max", "limit": 1.0, "offer": "rent-1"}
    assert said(tiny([RENT], 2 * HOURS, policies=[devices], **NAMES))["policies"] == (
        "The policy “H100 server at Virginia, on demand: devices at most 1 in each period” (few) would have to give "
        "way by 1 device in period 1 (Jan 2027)."
    )


def test_a_policy_over_years_or_the_whole_plan_says_so() -> None:
    half = {"months_per_period": 6}
    year = {"policy": "board", "measure": "spend", "sense": "max", "limit": 0.75 * HOURS, "window": "year"}
    plan = tiny([RENT], [HOURS / 2, HOURS / 2], 2, half, policies=[year], **NAMES)
    assert said(plan)["policies"].endswith("give way by $2.19 k in the year that ends with period 2 (Jul 2027).")
    whole = tiny([RENT], [HOURS / 2, HOURS / 2], 2, half, policies=[{**year, "window": "horizon"}], **NAMES)
    assert said(whole)["policies"].endswith(
        "spend at most $6.57 k over the plan” (board) would have to give way by $2.19 k."
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("sites", "power_capacity_kw", "S", 5.0, "kW", 15.0), "Virginia would need 20 kW of power instead of 15 kW."),
        (("sites", "max_devices", "S", 1.0, "devices", 1.0), "Virginia would need room for 2 devices instead of 1 device."),
        (("network", "bandwidth_gbps", "S;L", 1.5, "Gbit/s", 2.0), "Virginia to Pune would need a link of 3.5 Gbit/s instead of 2 Gbit/s."),
        (("workloads", "interruptible_share", "W", 0.25, "share", 0.5), "Chat would need an interruptible share of 75 % instead of 50 %."),
    ],
)  # fmt: skip
def test_other_changes_have_names_and_units(change: tuple[str, str, str, float, str, float], sentence: str) -> None:
    table, column, key, amount, unit, present = change
    made = Change(table, column, key, 1, amount, unit, present)
    assert conflicts_of([made], tiny([RENT], **NAMES))[0].sentence.replace(NBSP, " ") == sentence


def test_what_no_site_can_serve_goes_by_its_names() -> None:
    workload = {**NAMES["workloads"][0], "max_latency_ms": 0.5}
    assert said(tiny([RENT], HOURS, **{**NAMES, "workloads": [workload]}))["demand"].startswith(
        "No site can serve Chat at Pune: none of those is within its latency limit"
    )


def test_the_loss_of_a_site_is_told_by_its_name() -> None:
    workload = {**NAMES["workloads"][0], "survive_site_loss_share": 0.7}
    assert said(tiny([RENT], HOURS, **{**NAMES, "workloads": [workload]}))["workloads"] == (
        "Chat: 0 % can be served after the loss of Virginia, not the 70 % asked for."
    )


def test_what_is_proposed_suffices_as_it_is_said() -> None:
    """A third of a device more is said as 0.3334 more, not 0.3333."""
    plan = tiny([{**RENT, "max_devices": 1.0}], HOURS * 4 / 3, **NAMES)
    needed = float(said(plan)["offers"].split("quota of ")[1].split(" ")[0])
    solved(tiny([{**RENT, "max_devices": needed}], HOURS * 4 / 3, **NAMES))


@pytest.mark.parametrize(
    ("value", "expected"), [(1.3333333, 1.34), (2.0000000001, 2.0), (-1.231, -1.24), (0.0, 0.0), (9.999, 10.0)]
)
def test_rounding_up(value: float, expected: float) -> None:
    assert rounded_up(value) == pytest.approx(expected)


def test_lists_and_runs() -> None:
    assert listed(["a", "b", "c"], "or") == "a, b or c"
    assert listed([]) == ""
    assert listed(["2 of a, owned", "3 of b"]) == "2 of a, owned; and 3 of b"
    assert spans([12, 3, 1, 2]) == "1 to 3 and 12"
