"""A company small enough to follow, with one of everything that the books must handle."""

from __future__ import annotations

from planner.plan.plan import Plan
from planner.plan.tables import MEASURES
from tests.builders import tiny


def at_least(offer: str, devices: float, start: int, end: int) -> dict:
    """A policy that has devices of an offer in service."""
    return {
        "policy": f"{offer}-{start}", "measure": "devices", "sense": "min", "limit": devices,
        "offer": offer, "from_period": start, "to_period": end,
    }  # fmt: skip


def company() -> Plan:
    """Eight quarters, three sites, three workloads; owned, leased and committed devices new and old, API and on demand.

    What is held in each period is forced by policies, so that the books have something to show.
    """
    volumes = {
        ("chat", "L"): [6000, 6500, 7000, 7500, 8000, 8000, 8500, 9000],
        ("code", "L"): [2000, 2000, 2500, 2500, 2500, 3000, 3000, 3000],
        ("api", "L"): [100.0] * 8,
    }
    offers = [
        {"offer": "rent", "price_per_hour": 5.0, "annual_price_change": -0.1},
        {"offer": "own", "site": "R", "pricing": "owned", "purchase_price": 40000.0, "useful_life_months": 18,
         "lead_time_months": 3, "maintenance_rate": 0.04, "annual_value_loss": 0.4, "annual_price_change": -0.1,
         "license_price_per_month": 20.0, "fte_per_device": 0.01},
        {"offer": "lease", "site": "R", "pricing": "leased", "price_per_hour": 1.5, "upfront_price": 3000.0,
         "term_months": 24, "annual_price_change": 0.05},
        {"offer": "short", "site": "R", "pricing": "leased", "price_per_hour": 2.5, "term_months": 12,
         "upfront_price": 400.0},
        {"offer": "commit", "pricing": "committed", "price_per_hour": 2.0, "upfront_price": 6000.0, "term_months": 36},
        {"offer": "own-code", "site": "N", "pricing": "owned", "purchase_price": 9000.0, "workload": "code"},
        {"offer": "tokens", "pricing": "api", "workload": "api", "price_per_unit": 3.0},
    ]  # fmt: skip
    assets = [
        {"asset": "old", "offer": "own", "devices": 2.0, "in_service": "2026-04", "book_value": 50000.0},
        {"asset": "old-lease", "offer": "lease", "devices": 1.0, "in_service": "2026-01", "book_value": 0.0},
        {"asset": "old-commit", "offer": "commit", "devices": 1.0, "in_service": "2025-07", "book_value": 2000.0},
    ]
    policies = [
        at_least("own", 3.0, 2, 4),
        at_least("own", 4.0, 5, 6),
        at_least("lease", 2.0, 3, 8),
        at_least("short", 1.0, 2, 5),
        at_least("commit", 2.0, 1, 6),
        at_least("own-code", 1.0, 4, 8),
        # Wide enough to bind nothing: they are there to be counted.
        *({"policy": m, "measure": m, "sense": "max", "limit": 1e9, "window": "year"} for m in MEASURES),
        {
            "policy": "own-energy",
            "measure": "energy_kwh",
            "sense": "max",
            "limit": 1.0,
            "share_of": "total",
            "provider": "Own",
        },
        {
            "policy": "code-carbon",
            "measure": "carbon_t",
            "sense": "max",
            "limit": 1e9,
            "workload": "code",
            "window": "horizon",
        },
        {
            "policy": "sales",
            "measure": "spend",
            "sense": "max",
            "limit": 1.0,
            "share_of": "total",
            "team": "Sales;Engineering",
        },
        {
            "policy": "rented",
            "measure": "devices",
            "sense": "max",
            "limit": 1.0,
            "share_of": "total",
            "pricing": "on_demand",
        },
    ]
    return tiny(
        offers,
        volumes,
        periods=8,
        settings={"months_per_period": 3, "discount_rate": 0.09, "tax_rate": 0.25, "carbon_price": 50,
                  "labour_cost_per_fte_year": 100000},
        workloads=[
            {"workload": "chat", "team": "Sales", "unit": "M output tokens", "value_per_unit": 20.0,
             "egress_gb_per_unit": 0.1},
            {"workload": "code", "team": "Engineering", "unit": "k tokens", "value_per_unit": 9.0,
             "storage_gb": 100.0, "egress_gb_per_unit": 0.3},
            {"workload": "api", "unit": "calls"},
        ],
        throughput=[{"workload": w, "hardware": "H", "units_per_hour": 1.0} for w in ("chat", "code")],
        hardware=[{"hardware": "H", "name": "Server", "accelerators": 8.0, "power_kw": 6.0, "idle_power_kw": 2.0,
                   "embodied_kgco2e": 3000.0}],
        sites=[
            {"site": "S", "zone": "Z", "kind": "cloud", "provider": "Cloud", "storage_price_per_gb_month": 0.02},
            {"site": "R", "zone": "Z", "kind": "on_premises", "provider": "Own", "opening_cost": 12000.0,
             "fixed_cost_per_month": 500.0, "security_cost_per_month": 100.0, "space_price_per_kw_month": 90.0,
             "electricity_price_per_kwh": 0.12, "pue": 1.3, "carbon_g_per_kwh": 300.0},
            {"site": "N", "zone": "Z", "kind": "colocation", "opening_cost": 12000.0, "fixed_cost_per_month": 100.0},
        ],
        network=[
            {"site": "S", "location": "L", "latency_ms": 1.0, "egress_price_per_gb": 0.05},
            {"site": "R", "location": "L", "latency_ms": 1.0, "port_price_per_month": 50.0},
            {"site": "N", "location": "L", "latency_ms": 1.0},
        ],
        assets=assets,
        policies=policies,
    )  # fmt: skip
