"""Random small plans with every part of the plan format switched on at random."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from planner.plan.plan import Plan
from planner.plan.tables import API, COMMITTED, HELD, LEASED, ON_DEMAND, OWNED, PRICINGS, SPOT

Row = dict[str, Any]
Draw = Callable[[st.SearchStrategy], Any]
AMOUNT_MEASURES = {  # measure: limits that may or may not bind in plans of this size
    "spend": (2e3, 8e3, 3e4),
    "capex": (1.0, 9e3),
    "opex": (3e3, 1.5e4),
    "volume": (500.0, 4e3),
    "devices": (0.5, 2.0, 5.0),
    "energy_kwh": (500.0, 5e3),
    "carbon_t": (0.2, 2.0),
    "water_m3": (1.0, 10.0),
    "open_sites": (1.0, 2.0),
    "latency": (20.0, 60.0),
}
MONEY_MEASURES = ("spend", "capex", "opex")


class _Dice:
    """Short words for drawing: a choice, a share of times, a column that is there or blank."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw

    def one(self, *values: Any) -> Any:
        return self.draw(st.sampled_from(values))

    def count(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def some(self, values: Sequence[Any]) -> list[Any]:
        return [v for v in values if self.draw(st.booleans())]


def _settings(d: _Dice) -> Row:
    return {
        "periods": d.count(1, 4),
        "months_per_period": d.one(3, 12),
        "hours_per_month": d.one(100, 730),
        "discount_rate": d.one(0, 0.08, 0.3),
        "discount_timing": d.one("mid", "start", "end"),
        "carbon_price": d.one(0, 100),
        "labour_cost_per_fte_year": d.one(0, 2000),
    }


def _workload(d: _Dice, name: str, survive: bool, must_serve: bool) -> Row:
    return {
        "workload": name,
        "unit": d.one("units", "tokens"),
        "team": d.one("red", "blue"),
        "max_latency_ms": d.one(None, None, 30.0, 80.0),
        "allowed_zones": d.one(None, None, "EU", "EU;US"),
        "required_certifications": d.one(None, None, "ISO"),
        "interruptible_share": d.one(0.0, 0.4, 1.0),
        "max_utilization": d.one(1.0, 0.8),
        "survive_site_loss_share": d.one(0.0, 0.0, 0.5, 1.0) if survive else 0.0,
        "egress_gb_per_unit": d.one(0.0, 0.5),
        "ingress_gb_per_unit": d.one(0.0, 0.2),
        "storage_gb": d.one(0.0, 100.0),
        "deployment_cost_per_site": d.one(0.0, 300.0),
        "unserved_penalty_per_unit": None if must_serve else d.one(3.0, 20.0),
        "downtime_cost_per_unit": d.one(0.0, 2.0),
    }


def _site(d: _Dice, name: str) -> Row:
    return {
        "site": name,
        "provider": d.one("north", "south"),
        "zone": d.one("EU", "US"),
        "kind": d.one("cloud", "colocation", "on_premises", "edge"),
        "certifications": d.one("ISO", "ISO;SOC", None),
        "opening_cost": d.one(0.0, 500.0),
        "fixed_cost_per_month": d.one(0.0, 20.0),
        "security_cost_per_month": d.one(0.0, 5.0),
        "power_capacity_kw": d.one(None, 3.5),
        "max_devices": d.one(None, 4.0),
        "space_price_per_kw_month": d.one(0.0, 10.0),
        "electricity_price_per_kwh": d.one(0.0, 0.2),
        "pue": d.one(1.0, 1.4),
        "carbon_g_per_kwh": d.one(0.0, 400.0),
        "water_l_per_kwh": d.one(0.0, 2.0),
        "storage_price_per_gb_month": d.one(0.0, 0.1),
        "availability": d.one(1.0, 0.99),
        "available_from": d.one(1, 1, 2),
    }


def offer_row(d: _Dice, name: str, sites: Sequence[str], workloads: Sequence[str]) -> Row:
    """One offer of any pricing, with the columns that its pricing knows."""
    pricing = d.one(*PRICINGS)
    row: Row = {
        "offer": name,
        "site": d.one(*sites),
        "pricing": pricing,
        "annual_price_change": d.one(0.0, -0.2, 0.1),
        "available_from": d.one(1, 1, 2),
        "lead_time_months": d.one(0, 0, 3, 4),
    }
    if pricing == API:
        row |= {
            "workload": d.one(*workloads),
            "price_per_unit": d.one(0.5, 2.0),
            "max_units_per_hour": d.one(None, 1.0),
            "carbon_g_per_unit": d.one(0.0, 50.0),
        }
        return row
    row |= {
        "hardware": d.one("small", "large"),
        "workload": d.one(None, None, *workloads),
        "overhead_share": d.one(0.0, 0.1),
        "max_devices": d.one(None, 1.5, 3.0),
    }
    if pricing in (ON_DEMAND, SPOT):
        row["price_per_hour"] = d.one(2.0, 3.5) if pricing == ON_DEMAND else d.one(0.7, 1.1)
    if pricing in (COMMITTED, LEASED):
        row |= {
            "price_per_hour": d.one(0.0, 1.0, 1.6),
            "upfront_price": d.one(0.0, 1000.0),
            "term_months": d.one(3, 12, 14, 36),
        }
    if pricing == OWNED:
        row |= {
            "purchase_price": d.one(2000.0, 9000.0),
            "useful_life_months": d.one(6, 24, 60),
            "maintenance_rate": d.one(0.0, 0.1),
            "annual_value_loss": d.one(None, 0.4),
        }
    if pricing in HELD:
        row |= {"license_price_per_month": d.one(0.0, 10.0), "fte_per_device": d.one(0.0, 0.05)}
    return row


def _link(d: _Dice, site: str, location: str, ports: bool) -> Row:
    return {
        "site": site,
        "location": location,
        "latency_ms": d.one(5.0, 40.0, 100.0),
        "egress_price_per_gb": d.one(0.0, 0.1),
        "ingress_price_per_gb": d.one(0.0, 0.02),
        "port_price_per_month": d.one(0.0, 0.0, 15.0) if ports else 0.0,
        "bandwidth_gbps": d.one(None, None, 0.0005) if ports else None,
    }


def policy_row(d: _Dice, name: str, plan: dict[str, list[Row]], kind: str) -> Row:
    """One policy. `kind`: any; or `caps`, which hold amounts down, so that doing less never breaks them."""
    # A mean may rise where less is done.
    measure = d.one(*[m for m in AMOUNT_MEASURES if kind == "any" or m != "latency"])
    share = kind == "any" and measure != "latency" and d.one(False, False, True)
    floor = kind == "any" and d.one(False, False, True)  # soft ones: a hard floor is mostly out of reach
    last = plan["settings"][0]["periods"]
    return {
        "policy": name,
        "measure": measure,
        "sense": "min" if floor else "max",
        "limit": d.one(0.3, 0.7) if share else d.one(*AMOUNT_MEASURES[measure]),
        "share_of": "total" if share else None,
        "window": d.one(None, "period", "year", "horizon"),
        "from_period": d.one(None, None, last),
        "to_period": d.one(None, None, last),
        "penalty": d.one(0.5, 5.0) if floor else d.one(None, 0.5, 5.0),
        "provider": d.one(None, None, "north"),
        "site": d.one(None, None, plan["sites"][0]["site"]),
        "site_kind": d.one(None, None, None, "cloud;edge"),
        "pricing": d.one(None, None, None, "owned;committed", "on_demand"),
        "workload": d.one(None, None, None, plan["workloads"][0]["workload"]),
        "team": d.one(None, None, None, "red"),
    }


def _known(rows: list[Row], plan: dict[str, list[Row]]) -> list[Row]:
    """Policies whose scope names only what this plan has."""
    known = {
        "provider": {r["provider"] for r in plan["sites"]},
        "team": {r["team"] for r in plan["workloads"]},
    }
    return [{**r, **{c: r[c] if r[c] in names else None for c, names in known.items()}} for r in rows]


def to_plan(rows: dict[str, list[Row]]) -> Plan:
    """The plan of these rows; `settings` is one row of keys."""
    settings = [{"key": k, "value": str(v)} for k, v in rows["settings"][0].items()]
    return Plan.of({n: pd.DataFrame(r) for n, r in {**rows, "settings": settings}.items() if r})


@st.composite
def plan_rows(
    draw: Draw,
    policies: str = "any",
    survive: bool = True,
    ports: bool = True,
    assets: bool = True,
    slices: bool = True,
    must_serve: bool = False,
) -> dict[str, list[Row]]:
    """Rows by table of a random plan. `policies`: any, caps or none; `must_serve`: may leave penalties out."""
    d = _Dice(draw)
    rows: dict[str, list[Row]] = {"settings": [_settings(d)]}
    t, month = rows["settings"][0]["periods"], rows["settings"][0]["months_per_period"]
    hours = month * rows["settings"][0]["hours_per_month"]
    locations = [f"L{i}" for i in range(d.count(1, 3))]
    workloads = [f"W{i}" for i in range(d.count(1, 2))]
    sites = [f"S{i}" for i in range(d.count(1, 3))]
    rows["locations"] = [{"location": x, "zone": d.one("EU", "US")} for x in locations]
    rows["workloads"] = [
        _workload(d, x, survive and len(sites) > 1, must_serve and d.one(True, False)) for x in workloads
    ]
    rows["hardware"] = [
        {"hardware": "small", "power_kw": 0.5, "idle_power_kw": d.one(0.0, 0.2), "embodied_kgco2e": d.one(0.0, 900.0)},
        {"hardware": "large", "power_kw": 1.5, "idle_power_kw": d.one(0.0, 1.5)},
    ]
    rows["throughput"] = [
        {"workload": w, "hardware": h, "units_per_hour": d.one(*speeds)}
        for w in workloads
        for h, speeds in (("small", (1.0, 1.5)), ("large", (2.0, 4.0)))
        if h == "small" or d.one(True, True, False)
    ]
    rows["sites"] = [_site(d, x) for x in sites]
    rows["network"] = [
        _link(d, s, x, ports) for s in sites for x in locations if s in sites[:2] or d.one(True, True, False)
    ]
    rows["offers"] = [offer_row(d, f"o{i}", sites, workloads) for i in range(d.count(2, 6))]
    _make_able(d, rows)
    rows["demand"] = [
        {"workload": w, "location": x, "period": n + 1, "volume": hours * d.one(1.0, 2.6, 0.4, 0.4, 0.0)}
        for w in workloads
        for x in locations
        for n in range(t)
    ]
    if slices and d.one(True, False):
        rows["slices"] = [{"slice": "day", "share_of_hours": 0.25}, {"slice": "night", "share_of_hours": 0.75}]
        rows["load_shapes"] = [
            {"workload": w, "location": where, "slice": name, "multiplier": x}
            for w in d.some(workloads)
            for where in (None, *d.some(locations))
            for peak in (d.one(2.0, 3.0),)
            for name, x in (("day", peak), ("night", (1 - 0.25 * peak) / 0.75))
        ]
    held = [o["offer"] for o in rows["offers"] if o["pricing"] in HELD]
    if assets and held:
        rows["assets"] = [
            {
                "asset": f"a{i}",
                "offer": d.one(*held),
                "devices": d.one(1.0, 1.0, 0.5),
                "in_service": d.one("2026-01", "2026-09", "2027-01", "2027-05"),
            }
            for i in range(d.count(0, 2))
        ]
        _fit(rows)
    if policies != "none":
        rows["policies"] = _known([policy_row(d, f"p{i}", rows, policies) for i in range(d.count(0, 2))], rows)
    return rows


def _make_able(d: _Dice, rows: dict[str, list[Row]]) -> None:
    """Give what must be served, or survive a loss, one or two sites that can: most plans should have an answer.

    The others pay for what they leave out, so that they need no help.
    """
    must = [r for r in rows["workloads"] if r["unserved_penalty_per_unit"] is None]
    critical = [r for r in rows["workloads"] if r["survive_site_loss_share"] > 0]
    able = [r["site"] for r in rows["sites"][: 2 if critical else 1 if must else 0]]
    for workload in (*must, *critical):
        workload |= {"max_latency_ms": None, "allowed_zones": None, "required_certifications": None}
    for site, offer in zip(able, rows["offers"], strict=False):
        plain = {"annual_price_change": 0.0, "available_from": 1, "lead_time_months": 0, "hardware": "small"}
        offer.clear()
        offer |= {"offer": f"at {site}", "site": site, "pricing": ON_DEMAND, "price_per_hour": d.one(2.0, 3.5), **plain}
    for row in rows["sites"]:
        if row["site"] in able:
            row |= {"available_from": 1, "max_devices": None}
    for link in rows["network"]:
        if link["site"] in able and must:
            link["bandwidth_gbps"] = None


def _fit(rows: dict[str, list[Row]]) -> None:
    """Limits that the assets alone would break make nothing but infeasible plans: lift them there."""
    with_assets = {a["offer"] for a in rows["assets"]}
    for offer in rows["offers"]:
        if offer["offer"] in with_assets:
            offer["max_devices"] = None
            for site in rows["sites"]:
                if site["site"] == offer["site"]:
                    site |= {"max_devices": None, "power_capacity_kw": None, "available_from": 1}


def plans(**switches: Any) -> st.SearchStrategy[Plan]:
    """Random plans; for the switches see `plan_rows`."""
    return plan_rows(**switches).map(to_plan)


@st.composite
def plans_and(draw: Draw, extra: str, **switches: Any) -> tuple[Plan, Row]:
    """A random plan and one more row for it: an `offer` or a `policy`."""
    rows = draw(plan_rows(**switches))
    d = _Dice(draw)
    if extra == "offer":
        names = [r["site"] for r in rows["sites"]], [r["workload"] for r in rows["workloads"]]
        return to_plan(rows), offer_row(d, "extra", *names)
    row = _known([policy_row(d, "extra", rows, "any")], rows)[0]
    return to_plan(rows), row
