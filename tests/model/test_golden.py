"""One small plan for each concern, written as an LP file and compared with the one kept in `golden`.

A changed row is seen in review. `UPDATE_GOLDEN=1 pytest tests/model/test_golden.py` writes the files anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from planner.plan.plan import Plan
from planner.result.run import write_problem
from tests.builders import tiny

GOLDEN = Path(__file__).parent / "golden"
OD = {"offer": "od", "price_per_hour": 2.0}
COM = {"offer": "com", "pricing": "committed", "price_per_hour": 1.0}
TWO_SLICES: dict[str, Any] = {
    "slices": [{"slice": "day", "share_of_hours": 0.25}, {"slice": "night", "share_of_hours": 0.75}],
    "load_shapes": [
        {"workload": "W", "slice": "day", "multiplier": 2.0},
        {"workload": "W", "slice": "night", "multiplier": 2 / 3},
    ],
}
TWO_SITES: dict[str, Any] = {
    "sites": [{"site": s, "zone": "Z", "kind": "cloud"} for s in "AB"],
    "network": [{"site": s, "location": "L", "latency_ms": 1.0} for s in "AB"],
}


def workload(**more) -> dict:
    return {"workloads": [{"workload": "W", "unit": "units", **more}]}


def site(**more) -> dict:
    return {"sites": [{"site": "S", "zone": "Z", "kind": "colocation", **more}]}


def link(**more) -> dict:
    return {"network": [{"site": "S", "location": "L", "latency_ms": 1.0, **more}]}


def policy(**more) -> dict:
    return {"policies": [{"policy": "p", "sense": "max", **more}]}


PLANS: dict[str, Callable[[], Plan]] = {
    "on_demand_quota": lambda: tiny([{**OD, "max_devices": 3.0}], 8760.0),
    "slices": lambda: tiny([OD, COM], 8760.0, **TWO_SLICES),
    "spot_interruptible_share": lambda: tiny(
        [OD, {"offer": "spot", "pricing": "spot", "price_per_hour": 0.5}], 8760.0, **workload(interruptible_share=0.4)
    ),
    "api_rate_limit": lambda: tiny(
        [{"offer": "api", "pricing": "api", "workload": "W", "price_per_unit": 0.5, "max_units_per_hour": 2.0}], 8760.0
    ),
    "unserved": lambda: tiny([{**OD, "max_devices": 1.0}], 8760.0, **workload(unserved_penalty_per_unit=9.0)),
    "committed_terms": lambda: tiny([{**COM, "upfront_price": 100.0, "term_months": 24}], 8760.0, 3),
    "owned_lead_time_life_and_resale": lambda: tiny(
        [OD, {"offer": "own", "pricing": "owned", "purchase_price": 9000.0, "useful_life_months": 24,
              "lead_time_months": 12, "annual_price_change": -0.1}], 8760.0, 3,
    ),
    "owned_asset": lambda: tiny(
        [{"offer": "own", "pricing": "owned", "purchase_price": 9000.0, "useful_life_months": 36, "available_from": 2}],
        8760.0, 2, assets=[{"asset": "a", "offer": "own", "devices": 2.0, "in_service": "2026-01"}],
    ),
    "site_opening": lambda: tiny([OD, COM], 8760.0, 2, **site(opening_cost=50.0, fixed_cost_per_month=5.0)),
    "power_and_room": lambda: tiny(
        [OD, COM], 8760.0, **site(power_capacity_kw=3.0, max_devices=4.0),
        hardware=[{"hardware": "H", "power_kw": 1.5, "idle_power_kw": 0.5}],
    ),
    "deployment_and_storage": lambda: tiny(
        [OD], 8760.0, 2, **site(storage_price_per_gb_month=0.1),
        **workload(storage_gb=10.0, deployment_cost_per_site=7.0),
    ),
    "port": lambda: tiny([OD], 8760.0, 2, **link(port_price_per_month=3.0)),
    "bandwidth_and_egress": lambda: tiny(
        [OD], 8760.0, **link(bandwidth_gbps=0.1, egress_price_per_gb=0.05),
        **workload(egress_gb_per_unit=2.0, ingress_gb_per_unit=1.0),
    ),
    "loss_of_a_site": lambda: tiny(
        [{**COM, "offer": "a", "site": "A"}, {**OD, "offer": "b", "site": "B", "max_devices": 1.0}], 8760.0,
        **TWO_SITES, **workload(survive_site_loss_share=0.5),
    ),
    "policy_on_spend_by_year": lambda: tiny(
        [OD, COM], 8760.0, 2, **policy(measure="spend", limit=9000.0, window="year", pricing="on_demand", penalty=2.0)
    ),
    "policy_share_of_total": lambda: tiny(
        [OD, COM], 8760.0, 2, **policy(measure="volume", limit=0.5, share_of="total", window="horizon", offer="od")
    ),
    "policy_on_devices_over_the_horizon": lambda: tiny(
        [OD, COM], 8760.0, 2, **policy(measure="devices", sense="min", limit=1.5, window="horizon", site="S")
    ),
    "policy_on_carbon": lambda: tiny(
        [OD, COM], 8760.0, **policy(measure="carbon_t", limit=1.0), **site(carbon_g_per_kwh=400.0, pue=1.5),
        hardware=[{"hardware": "H", "power_kw": 1.0, "idle_power_kw": 0.25, "embodied_kgco2e": 1000.0}],
        settings={"carbon_price": 50},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(PLANS))
def test_the_problem_is_as_it_was(name: str, tmp_path: Path) -> None:
    path, kept = tmp_path / "problem.lp", GOLDEN / f"{name}.lp"
    write_problem(PLANS[name](), path)
    if os.environ.get("UPDATE_GOLDEN"):
        kept.write_text(path.read_text())
    assert path.read_text() == kept.read_text()


def test_no_golden_file_is_left_over() -> None:
    assert {p.stem for p in GOLDEN.glob("*.lp")} == set(PLANS)
