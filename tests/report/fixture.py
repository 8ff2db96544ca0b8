"""A plan of one screen and a result made by hand: two half-years of 100 hours a month, 600 hours each.

Berlin needs 960 units of chat in each period, all served at Frankfurt and AWS:
period 1: 2 owned servers (8 accelerators each) do 480 units in 480 hours, on demand 240, the API 240;
period 2: 3 owned servers do 720 units in 720 hours, spot 240.
An old asset of 1 server is retired at the start of period 2; 2 servers are ordered in period 1.
"""

from __future__ import annotations

import pandas as pd

from planner.plan.plan import Plan
from planner.result.frames import FRAMES, result_frame
from planner.result.result import Result


def plan() -> Plan:
    """The inputs."""
    return Plan.of(
        {
            "settings": pd.DataFrame(
                {
                    "key": ["name", "currency", "start", "periods", "months_per_period", "hours_per_month"],
                    "value": ["Hand-made", "EUR", "2027-01", "2", "6", "100"],
                }
            ),
            "locations": pd.DataFrame(
                {"location": ["ber"], "name": ["Berlin"], "zone": ["EU"], "latitude": [52.5], "longitude": [13.4]}
            ),
            "workloads": pd.DataFrame(
                {"workload": ["chat"], "name": ["Chat"], "unit": ["M tokens"], "team": ["Sales"]}
            ),
            "demand": pd.DataFrame({"workload": "chat", "location": "ber", "period": [1, 2], "volume": [960.0, 960.0]}),
            "slices": pd.DataFrame({"slice": ["base", "peak"], "share_of_hours": [0.75, 0.25]}),
            "hardware": pd.DataFrame({"hardware": ["srv"], "name": ["GPU server"], "accelerators": [8.0]}),
            "throughput": pd.DataFrame({"workload": ["chat"], "hardware": ["srv"], "units_per_hour": [1.0]}),
            "sites": pd.DataFrame(
                {
                    "site": ["fra", "aws"],
                    "name": ["Frankfurt", "AWS"],
                    "provider": ["Own", "AWS"],
                    "zone": ["EU", "EU"],
                    "kind": ["on_premises", "cloud"],
                    "latitude": [50.1, 53.3],
                    "longitude": [8.7, -6.3],
                    "fixed_cost_per_month": [10.0, 0.0],
                    "opening_cost": [500.0, 0.0],
                }
            ),
            "offers": pd.DataFrame(
                {
                    "offer": ["own", "od", "spot", "tok"],
                    "site": ["fra", "aws", "aws", "aws"],
                    "pricing": ["owned", "on_demand", "spot", "api"],
                    "hardware": ["srv", "srv", "srv", None],
                    "workload": [None, None, None, "chat"],
                    "lead_time_months": [4, 0, 0, 0],
                    "purchase_price": [1000.0, 0.0, 0.0, 0.0],
                }
            ),
            "network": pd.DataFrame({"site": ["fra", "aws"], "location": "ber", "latency_ms": [10.0, 30.0]}),
            "policies": pd.DataFrame(
                {
                    "policy": ["capex-cap", "cloud-share"],
                    "measure": ["capex", "spend"],
                    "sense": ["max", "max"],
                    "limit": [2000.0, 0.5],
                    "share_of": [None, "total"],
                    "window": ["year", "horizon"],
                    "penalty": [None, 2.0],
                    "site_kind": [None, "cloud"],
                }
            ),
            "assets": pd.DataFrame({"asset": ["old"], "offer": ["own"], "devices": [2.0], "in_service": ["2025-01"]}),
        }
    )


LEDGER = [
    # period, offer, site, workload, category, cash, amount; discount factor 1 in period 1, 0.5 in period 2
    (1, "own", "fra", "", "hardware", "capex", 2000.0),
    (2, "own", "fra", "", "resale", "capex", -300.0),
    (1, "od", "aws", "chat", "compute", "opex", 600.0),
    (1, "tok", "aws", "chat", "api", "opex", 240.0),
    (2, "spot", "aws", "chat", "compute", "opex", 200.0),
    (1, "", "fra", "", "site", "opex", 60.0),
    (2, "", "fra", "", "site", "opex", 60.0),
    (2, "own", "fra", "", "carbon", "non_cash", 40.0),
]


def ledger(rows: list[tuple] = LEDGER) -> pd.DataFrame:
    """Ledger rows with the columns that follow from those given."""
    frame = pd.DataFrame(rows, columns=["period", "offer", "site", "workload", "category", "cash", "amount"])
    frame["date"] = frame["period"].map({1: "2027-01", 2: "2027-07"})
    frame["provider"] = frame["site"].map({"fra": "Own", "aws": "AWS"})
    frame["quantity"], frame["unit"], frame["unit_price"] = 1.0, "in all", frame["amount"]
    frame["discount_factor"] = frame["period"].map({1: 1.0, 2: 0.5})
    frame["present_value"] = frame["amount"] * frame["discount_factor"]
    return frame


def frames() -> dict[str, pd.DataFrame]:
    """The result's tables."""
    dispatch = [
        # workload, offer, period, slice, volume, device_hours
        ("chat", "own", 1, "base", 360.0, 360.0),
        ("chat", "own", 1, "peak", 120.0, 120.0),
        ("chat", "od", 1, "peak", 240.0, 240.0),
        ("chat", "tok", 1, "peak", 240.0, 0.0),
        ("chat", "own", 2, "base", 540.0, 540.0),
        ("chat", "own", 2, "peak", 180.0, 180.0),
        ("chat", "spot", 2, "peak", 240.0, 240.0),
    ]
    given = {
        "ledger": ledger(),
        "capacity": pd.DataFrame(
            [
                ("own", 1, 2.0, 2.0, 0.0, 0.0, 0.0, 480.0),
                ("own", 2, 3.0, 0.0, 2.0, 1.0, 0.0, 720.0),
                ("od", 1, 0.4, 0.0, 0.0, 0.0, 0.0, 240.0),
                ("spot", 2, 0.4, 0.0, 0.0, 0.0, 0.0, 240.0),
            ],
            columns=list(FRAMES["capacity"]),
        ),
        "vintages": pd.DataFrame(
            [
                ("own", "old", 0, 1, 1, 1.0, 1000.0, 24, "retired"),
                ("own", "old", 0, 1, 2, 1.0, 1000.0, 24, "horizon"),
                ("own", "", 1, 2, 2, 2.0, 1000.0, 0, "horizon"),
            ],
            columns=list(FRAMES["vintages"]),
        ),
        "routing": pd.DataFrame(
            [
                ("chat", "ber", "fra", 1, "base", 360.0),
                ("chat", "ber", "fra", 1, "peak", 120.0),
                ("chat", "ber", "aws", 1, "peak", 480.0),
                ("chat", "ber", "fra", 2, "base", 540.0),
                ("chat", "ber", "fra", 2, "peak", 180.0),
                ("chat", "ber", "aws", 2, "peak", 240.0),
            ],
            columns=list(FRAMES["routing"]),
        ),
        "unserved": pd.DataFrame(columns=list(FRAMES["unserved"])),
        "dispatch": pd.DataFrame(dispatch, columns=list(FRAMES["dispatch"])),
        "sites": pd.DataFrame(
            [("fra", 1, 0), ("fra", 2, 0), ("aws", 1, 1), ("aws", 2, 0)], columns=list(FRAMES["sites"])
        ),
        "deployments": pd.DataFrame(columns=list(FRAMES["deployments"])),
        "emissions": pd.DataFrame(
            [
                (1, "fra", "own", "chat", 1000.0, 0.3, 0.1, 0.4, 0.0),
                (2, "fra", "own", "chat", 2000.0, 0.6, 0.2, 0.8, 0.0),
            ],
            columns=list(FRAMES["emissions"]),
        ),
        "policies": pd.DataFrame(
            [
                ("capex-cap", "capex", "max", "year", 1, 2, 1700.0, 2000.0, 300.0, 0.0, 0.0),
                ("cloud-share", "spend", "max", "horizon", 1, 2, 0.6, 0.5, -0.1, 286.0, 1.0),
            ],
            columns=list(FRAMES["policies"]),
        ),
    }
    return {name: result_frame(name, frame) for name, frame in given.items()}


def result(**changes: object) -> Result:
    """The result; `changes` replace fields."""
    tables = frames()
    fields = {
        "status": "optimal",
        "plan_hash": plan().content_hash,
        "objective": float(tables["ledger"]["present_value"].sum()),
        "bound": float(tables["ledger"]["present_value"].sum()) * 0.9992,
        "gap": 0.0008,
        "frames": tables,
        **changes,
    }
    return Result(**fields)


def usual() -> Result:
    """Business as usual: everything on demand, 2000 in each period."""
    rows = [(1, "od", "aws", "chat", "compute", "opex", 2000.0), (2, "od", "aws", "chat", "compute", "opex", 2000.0)]
    tables = {**frames(), "ledger": result_frame("ledger", ledger(rows))}
    return result(frames=tables)
