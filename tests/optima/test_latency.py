"""A policy on latency: the mean over volume, weighed against cost, with locations told apart by it."""

from __future__ import annotations

from typing import Any

import pytest

from planner.model.sets import Sets
from planner.plan.parse import parse_tables
from planner.plan.plan import Plan
from planner.result.verify import verify
from tests.builders import solved, tiny

Volume = float | dict[tuple[str, str], list[float]]
SITES = [{"site": s, "zone": "Z", "kind": "cloud"} for s in ("near", "far")]
OFFERS = [
    {"offer": "dear", "site": "near", "price_per_hour": 3.0},
    {"offer": "cheap", "site": "far", "price_per_hour": 1.0},
]
LINKS = [
    {"site": "near", "location": "L", "latency_ms": 10.0},
    {"site": "far", "location": "L", "latency_ms": 90.0},
]


def two_sites(limit: float, volume: Volume = 100.0, **more: Any) -> Plan:
    """A near dear site and a far cheap one, and a limit on the mean latency."""
    policy = {"policy": "p", "measure": "latency", "sense": "max", "limit": limit, **more.pop("policy", {})}
    tables: dict[str, Any] = {"sites": SITES, "network": LINKS, "policies": [policy], **more}
    return tiny(OFFERS, volume, **tables)


@pytest.mark.parametrize(("limit", "near"), [(90.0, 0.0), (50.0, 50.0), (30.0, 75.0), (10.0, 100.0)])
def test_the_mean_latency_is_bought_down(limit: float, near: float) -> None:
    """Each unit moved near takes 80 ms off and costs 2 more."""
    result = solved(two_sites(limit))
    assert result.objective == pytest.approx(100.0 + 2.0 * near)
    row = result.frames["policies"].iloc[0]
    assert row["value"] == pytest.approx(90.0 - 0.8 * near)
    if 10.0 < limit < 90.0:  # one ms of the mean over 100 units is 1.25 units moved near
        assert row["shadow_price"] == pytest.approx(2.5)


def test_a_penalty_is_per_ms() -> None:
    """A ms costs 2.5 to take off: at 2 it is paid for, at 3 it is taken off."""
    assert solved(two_sites(50.0, policy={"penalty": 2.0})).objective == pytest.approx(100.0 + 40.0 * 2.0)
    assert solved(two_sites(50.0, policy={"penalty": 3.0})).objective == pytest.approx(200.0)


def test_a_scope_takes_the_mean_over_its_workloads() -> None:
    two: dict[str, Any] = {"workloads": [{"workload": w, "unit": "units"} for w in "WV"],
           "throughput": [{"workload": w, "hardware": "H", "units_per_hour": 1.0} for w in "WV"]}  # fmt: skip
    plan = two_sites(50.0, {("W", "L"): [100.0], ("V", "L"): [900.0]}, policy={"workload": "W"}, **two)
    assert solved(plan).objective == pytest.approx(1000.0 + 2.0 * 50.0)


def test_what_is_left_unserved_is_not_fast() -> None:
    """It counts with the slowest link: leaving volume out does not bring the mean down."""
    work = [{"workload": "W", "unit": "units", "unserved_penalty_per_unit": 1.5}]
    assert solved(two_sites(50.0, workloads=work)).objective == pytest.approx(200.0)


def test_locations_are_told_apart_where_latency_counts() -> None:
    """Twins but for latency: the site with few devices serves the one to which it is near."""
    places = [{"location": x, "zone": "Z"} for x in "KL"]
    links = [
        *({"site": "near", "location": x, "latency_ms": ms} for x, ms in (("K", 10.0), ("L", 50.0))),
        *({"site": "far", "location": x, "latency_ms": 90.0} for x in "KL"),
    ]
    offers = [{**OFFERS[0], "max_devices": 50.0 / 8760.0}, OFFERS[1]]
    base: dict[str, Any] = {"locations": places, "network": links, "sites": SITES}
    volume = {("W", "K"): [50.0], ("W", "L"): [50.0]}
    policy = {"policy": "p", "measure": "latency", "sense": "max", "limit": 50.0}
    result = solved(tiny(offers, volume, policies=[policy], **base))
    assert result.objective == pytest.approx(100.0 + 2.0 * 50.0)
    routed = result.frames["routing"].set_index(["site", "location"])["volume"]
    assert routed["near", "K"] == pytest.approx(50.0)
    assert len(Sets(tiny(offers, volume, **base)).places.workload) == 1


def test_a_mean_has_no_shares() -> None:
    plan = two_sites(0.5, policy={"share_of": "total"})
    assert [f.column for f in parse_tables(dict(plan.tables)).faults] == ["share_of"]


def test_the_check_measures_it_again() -> None:
    plan = two_sites(50.0)
    frames = dict(solved(plan).frames)
    routing = frames["routing"].copy()
    routing["site"] = "far"
    frames["routing"] = routing.groupby([c for c in routing if c != "volume"], as_index=False)["volume"].sum()
    assert any("p in periods 1 to 1 is broken" in s for s in verify(plan, frames))
