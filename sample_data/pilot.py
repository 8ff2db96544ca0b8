"""The pilot: one screen of tables whose answer can be worked out by hand (docs/pilot.md does).

Two offices, an assistant and a batch of reports, a cloud, a GPU cloud and an own server room, four
quarters of two slices. Nothing escalates and nothing is discounted, so that sums can be followed.
"""

from __future__ import annotations

import pandas as pd

from planner.plan.plan import Plan
from sample_data import supply_side, throughput, what_if
from sample_data.curated import discount, gpu_price, region, rtt
from sample_data.values import Cell, assume, table

SETTINGS = {
    "name": "Pilot",
    "currency": "USD",
    "start": "2027-01",
    "periods": "4",
    "months_per_period": "3",
    "discount_rate": "0",
}
NEBIUS_H100 = "gpu-h100-sxm_8gpu-128vcpu-1600gb"


def _workloads() -> list[dict[str, Cell]]:
    return [
        {
            "workload": "assistant",
            "name": "Staff assistant",
            "team": "Workplace",
            "kind": "inference",
            "unit": "M output tokens",
            "max_latency_ms": assume(60),
            "max_utilization": assume(0.7, "headroom for bursts"),
        },
        {
            "workload": "reports",
            "name": "Nightly reports",
            "team": "Finance",
            "kind": "batch",
            "unit": "M output tokens",
            "allowed_zones": "EU",
            "interruptible_share": assume(0.5, "the rest has a deadline"),
            "max_utilization": assume(0.95, "queued work"),
        },
    ]


def _demand() -> list[dict[str, Cell]]:
    volumes = (("assistant", "boston", 226_000), ("assistant", "berlin", 168_000), ("reports", "berlin", 56_000))
    return [
        {"workload": w, "location": place, "period": period, "volume": assume(volume, "level demand")}
        for w, place, volume in volumes
        for period in range(1, 5)
    ]


def _sites() -> list[dict[str, Cell]]:
    about = supply_side.SITES
    rows: list[dict[str, Cell]] = []
    for site in ("aws-virginia", "nebius-finland", "own-stockholm"):
        place = str(about[site]["place"])
        row: dict[str, Cell] = {
            "site": site,
            **{c: about[site][c] for c in ("name", "provider", "country", "zone", "kind")},
            "latitude": region(place, "lat"),
            "longitude": region(place, "lon"),
            "pue": region(place, "pue"),
            "carbon_g_per_kwh": region(place, "country_lifecycle_gco2e_per_kwh"),
        }
        if site == "own-stockholm":
            row |= {
                "name": "Own server room Stockholm",
                "pue": assume(1.35, "retrofit with liquid cooling"),
                "space_price_per_kw_month": assume(95, "building and plant, written off internally"),
                "electricity_price_per_kwh": region(place, "electricity_usd_per_kwh"),
            }
        rows.append(row)
    return rows


def _offers() -> list[dict[str, Cell]]:
    on_demand = gpu_price("aws", "us-east-1", "p5.48xlarge", "on_demand")
    cloud: dict[str, Cell] = {"hardware": "h100x8"}
    return [
        {
            "offer": "aws-on-demand",
            "site": "aws-virginia",
            "pricing": "on_demand",
            **cloud,
            "price_per_hour": on_demand,
        },
        {
            "offer": "aws-1y",
            "site": "aws-virginia",
            "pricing": "committed",
            **cloud,
            "price_per_hour": on_demand * (1 - discount("aws", "1yr_no_upfront")),
            "term_months": 12,
        },
        {
            "offer": "nebius-on-demand",
            "site": "nebius-finland",
            "pricing": "on_demand",
            **cloud,
            "price_per_hour": gpu_price("nebius", "eu-north1", NEBIUS_H100, "on_demand"),
        },
        {
            "offer": "nebius-spot",
            "site": "nebius-finland",
            "pricing": "spot",
            **cloud,
            "price_per_hour": gpu_price("nebius", "eu-north1", NEBIUS_H100, "spot"),
            "overhead_share": assume(0.12, "work lost to interruptions"),
        },
        {
            "offer": "own-h100",
            "site": "own-stockholm",
            "pricing": "owned",
            **cloud,
            "purchase_price": supply_side.server_price("h100x8"),
            "useful_life_months": supply_side.figure("hardware", item="Amazon servers (subset)") * 12,
            "lead_time_months": assume(3, "order to service"),
            "maintenance_rate": assume(0.04, "support contract"),
            "annual_value_loss": supply_side.value_loss(),
        },
    ]


def _network() -> list[dict[str, Cell]]:
    access = assume(10, "P50 between the nearest cloud regions + 10 ms access network")
    near = {"boston": "eastus", "berlin": "germanywestcentral"}
    rows: list[dict[str, Cell]] = []
    for site in ("aws-virginia", "nebius-finland", "own-stockholm"):
        for location, there in near.items():
            here = str(supply_side.SITES[site]["near"])
            latency = access + (rtt(here, there) if here != there else assume(9, "Virginia to Boston"))
            if site == "nebius-finland":
                latency = latency + assume(9, "9 ms from Stockholm to Helsinki")
            rows.append({"site": site, "location": location, "latency_ms": latency})
    return rows


def plan() -> Plan:
    """The pilot plan."""
    locations: list[dict[str, Cell]] = [
        {"location": "boston", "name": "Boston", "country": "US", "zone": "US", "latitude": assume(42.36), "longitude": assume(-71.06)},
        {"location": "berlin", "name": "Berlin", "country": "DE", "zone": "EU", "latitude": assume(52.52), "longitude": assume(13.4)},
    ]  # fmt: skip
    slices: list[dict[str, Cell]] = [
        {"slice": "day", "share_of_hours": assume(0.25, "42 of 168 hours a week")},
        {"slice": "rest", "share_of_hours": assume(0.75)},
    ]
    shapes: list[dict[str, Cell]] = [
        {"workload": "assistant", "slice": "day", "multiplier": assume(2.0, "three times the rest")},
        {"workload": "assistant", "slice": "rest", "multiplier": assume(2 / 3)},
    ]
    policy: dict[str, Cell] = {
        "policy": "capex_a_quarter",
        "measure": "capex",
        "sense": "max",
        "limit": assume(800_000, "set by the board"),
        "window": "period",
    }
    rates = [
        r | {"workload": {"chat": "assistant", "documents": "reports"}[str(r["workload"])]}
        for r in throughput.rows()
        if r["hardware"] == "h100x8" and r["workload"] in ("chat", "documents")
    ]
    settings = pd.DataFrame([{"key": k, "value": v} for k, v in SETTINGS.items()])
    settings["note"] = settings["key"].map({"discount_rate": "assumption: none, so that sums can be followed by hand"})
    made = Plan.of(
        {
            "settings": settings,
            "locations": table(locations),
            "workloads": table(_workloads()),
            "demand": table(_demand()),
            "slices": table(slices),
            "load_shapes": table(shapes),
            "hardware": table([r for r in supply_side.hardware() if r["hardware"] == "h100x8"]),
            "throughput": table(rates),
            "sites": table(_sites()),
            "offers": table(_offers()),
            "network": table(_network()),
            "policies": table([policy]),
            "levers": what_if.pilot_levers(),
        }
    )
    return what_if.with_scenarios(made, what_if.PILOT)
