"""A small plan in which every table of a result has rows, solved once for all tests that need one."""

from __future__ import annotations

from functools import cache

from planner.plan.plan import Plan
from planner.result.result import Result
from tests.builders import solved, tiny

HOURS = 4380.0  # half a year


def rich_plan() -> Plan:
    """Two sites, two locations, all six pricings, slices, assets, loss of a site, policies soft and hard."""
    site = {
        "zone": "Z",
        "opening_cost": 500.0,
        "fixed_cost_per_month": 10.0,
        "security_cost_per_month": 5.0,
        "power_capacity_kw": 12.0,
        "max_devices": 20.0,
        "space_price_per_kw_month": 2.0,
        "electricity_price_per_kwh": 0.1,
        "pue": 1.2,
        "carbon_g_per_kwh": 300.0,
        "water_l_per_kwh": 1.5,
        "storage_price_per_gb_month": 0.02,
    }
    offers = [
        {"offer": "a_od", "site": "A", "price_per_hour": 3.0, "max_devices": 6.0},
        {"offer": "b_od", "site": "B", "price_per_hour": 3.2},
        {"offer": "a_spot", "site": "A", "pricing": "spot", "price_per_hour": 0.8, "overhead_share": 0.1},
        {"offer": "a_own", "site": "A", "pricing": "owned", "purchase_price": 9000.0, "useful_life_months": 36,
         "lead_time_months": 6, "maintenance_rate": 0.05, "fte_per_device": 0.01, "annual_value_loss": 0.3,
         "max_devices": 4.0},
        {"offer": "b_com", "site": "B", "pricing": "committed", "price_per_hour": 1.2, "upfront_price": 500.0,
         "term_months": 12, "license_price_per_month": 5.0},
        {"offer": "b_lease", "site": "B", "pricing": "leased", "price_per_hour": 1.1, "term_months": 18,
         "lead_time_months": 6, "max_devices": 1.0},
        {"offer": "b_api", "site": "B", "pricing": "api", "workload": "V", "price_per_unit": 0.4,
         "carbon_g_per_unit": 20.0, "max_units_per_hour": 2.0},
    ]  # fmt: skip
    return tiny(
        offers,
        {
            ("W", "L"): [2.0 * HOURS, 3.0 * HOURS, 3.5 * HOURS, 1.0 * HOURS],
            ("W", "M"): [1.0 * HOURS, 1.0 * HOURS, 1.5 * HOURS, 1.0 * HOURS],
            ("V", "M"): [1.5 * HOURS, 2.5 * HOURS, 2.5 * HOURS, 2.5 * HOURS],
        },
        periods=4,
        settings={
            "months_per_period": 6,
            "discount_rate": 0.08,
            "carbon_price": 100,
            "labour_cost_per_fte_year": 60000,
        },
        locations=[{"location": "L", "zone": "Z"}, {"location": "M", "zone": "Z"}],
        workloads=[
            {
                "workload": "W",
                "unit": "units",
                "team": "red",
                "max_latency_ms": 50.0,
                "interruptible_share": 0.3,
                "max_utilization": 0.9,
                "survive_site_loss_share": 0.5,
                "egress_gb_per_unit": 0.1,
                "storage_gb": 100.0,
                "deployment_cost_per_site": 200.0,
                "downtime_cost_per_unit": 1.0,
            },
            {"workload": "V", "unit": "units", "team": "blue", "allowed_zones": "Z", "unserved_penalty_per_unit": 2.0},
        ],
        hardware=[{"hardware": "H", "power_kw": 2.0, "idle_power_kw": 0.5, "embodied_kgco2e": 1500.0}],
        throughput=[
            {"workload": "W", "hardware": "H", "units_per_hour": 1.0},
            {"workload": "V", "hardware": "H", "units_per_hour": 0.8},
        ],
        slices=[{"slice": "day", "share_of_hours": 0.4}, {"slice": "night", "share_of_hours": 0.6}],
        load_shapes=[
            {"workload": "W", "slice": "day", "multiplier": 1.6},
            {"workload": "W", "slice": "night", "multiplier": 0.6},
        ],
        sites=[
            {"site": "A", "kind": "colocation", "provider": "own", "availability": 0.99, **site},
            {"site": "B", "kind": "cloud", "provider": "rent", **site},
        ],
        network=[
            {"site": "A", "location": "L", "latency_ms": 5.0, "egress_price_per_gb": 0.02},
            {"site": "A", "location": "M", "latency_ms": 80.0, "port_price_per_month": 5.0},
            {"site": "B", "location": "L", "latency_ms": 20.0, "egress_price_per_gb": 0.05, "bandwidth_gbps": 1.0},
            {"site": "B", "location": "M", "latency_ms": 5.0, "port_price_per_month": 20.0},
        ],
        assets=[{"asset": "old", "offer": "a_own", "devices": 2.0, "in_service": "2025-07", "book_value": 9000.0}],
        policies=[
            {"policy": "half_rented", "measure": "spend", "sense": "max", "limit": 0.65, "share_of": "total",
             "window": "horizon", "provider": "rent"},
            {"policy": "capex_cap", "measure": "capex", "sense": "max", "limit": 30000.0, "window": "year"},
            {"policy": "serve_blue", "measure": "volume", "sense": "min", "limit": 11000.0, "team": "blue",
             "penalty": 0.5},
        ],
    )  # fmt: skip


@cache
def rich_result() -> tuple[Plan, Result]:
    """The plan and its result; do not change the frames in place."""
    plan = rich_plan()
    return plan, solved(plan)
