"""Demand is served, over links that may carry it, by offers that can."""

from __future__ import annotations

import numpy as np

from planner.result.verify.case import Case
from planner.result.verify.findings import Findings

SECONDS = 3600.0
EXACT = 1e-7
"""For figures that follow from other figures of the same result."""
CELL = ("workload", "location", "period", "slice")


def check_service(case: Case, say: Findings) -> None:
    """Demand, reach, dispatch, device-hours, quotas, rate limits, interruptible share, bandwidth."""
    _demand(case, say)
    _reach(case, say)
    _dispatch(case, say)
    _limits(case, say)
    _bandwidth(case, say)


def _demand(case: Case, say: Findings) -> None:
    r, u = case.rows["routing"], case.rows["unserved"]
    left = case.total(u["volume"], u, *CELL)
    given = case.total(r["volume"], r, *CELL) + left
    say.equal("demand", given, case.demand, case.axes(*CELL), "Served and unserved volume is {found}, demand {other}")
    must = np.isnan(case.workloads["unserved_penalty_per_unit"])[:, None, None, None]
    say.where(
        "unserved",
        must & (left > say.tolerance * np.maximum(1.0, case.demand)),
        case.axes(*CELL),
        "{workload} at {location} must be served in full, but is not in period {period}, slice {slice}.",
    )


def _reach(case: Case, say: Findings) -> None:
    r = case.rows["routing"]
    sent = {k: v[r["volume"] > 0] for k, v in r.items()}
    shape = (case.W, case.L, case.S, case.T)
    used = np.zeros(shape, bool)
    used[sent["workload"], sent["location"], sent["site"], sent["period"]] = True
    ever = np.asarray(used.any(axis=3))
    axes = case.axes("workload", "location", "site")
    latency = np.broadcast_to(case.latency.T, ever.shape)
    say.where(
        "network",
        ever & ~np.isfinite(latency),
        axes,
        "{workload} goes from {location} to {site}, which has no network row for it.",
    )
    limit = np.broadcast_to(case.workloads["max_latency_ms"][:, None, None], ever.shape)
    far = np.where(ever & np.isfinite(latency), latency, 0.0)
    say.at_most("latency", far, limit, axes, "Latency is {found} ms, allowed are {other}")
    at = np.asarray(ever.any(axis=1))
    axes = case.axes("workload", "site")
    say.where("zone", at & ~case.zone_fits, axes, "{workload} runs at {site}, outside its zones.")
    say.where("certification", at & ~case.certified, axes, "{workload} runs at {site}, which lacks a certification.")
    early = np.arange(1, case.T + 1) < case.sites["available_from"][:, None]
    say.where(
        "site time",
        used.any(axis=1) & early,
        case.axes("workload", "site", "period"),
        "{workload} runs at {site} in period {period}, before the site is available.",
    )


def _dispatch(case: Case, say: Findings) -> None:
    r, d, o = case.rows["routing"], case.rows["dispatch"], case.offers
    cell = ("workload", "site", "period", "slice")
    served = case.total(d["volume"], {**d, "site": o.site[d["offer"]]}, *cell)
    sent = case.total(r["volume"], r, *cell)
    say.equal("dispatch", served, sent, case.axes(*cell), "Offers serve {found}, routing sends {other}")

    w, offer = d["workload"], d["offer"]
    pair = case.axes("workload", "offer")
    busy = np.zeros((case.W, case.O), bool)
    busy[w, offer] = True
    other = (o.only >= 0) & (o.only != np.arange(case.W)[:, None])
    say.where("restricted", busy & other, pair, "{offer} serves {workload}, but is restricted to another workload.")
    unable = np.isnan(o.rate) & ~other
    say.where("throughput", busy & unable, pair, "{offer} serves {workload}, which its hardware cannot run.")

    expected = d["volume"] / o.rate[w, offer]
    expected = np.where(np.isnan(expected), d["device_hours"], expected)  # told just above
    labels = case.label(d, "workload", "offer", "period", "slice")
    say.equal(
        "device-hours",
        d["device_hours"],
        expected,
        labels,
        "Device-hours are {found}, by throughput {other}",
        EXACT,
    )
    busy_in = np.zeros((case.O, case.T), bool)
    busy_in[offer, d["period"]] = True
    early = ~o.is_held[:, None] & (np.arange(case.T) < o.usable[:, None])
    say.where(
        "offer time",
        busy_in & early,
        case.axes("offer", "period"),
        "{offer} serves in period {period}, before it is available.",
    )


def _limits(case: Case, say: Findings) -> None:
    d, o, c = case.rows["dispatch"], case.offers, case.capacity
    cell = ("offer", "period", "slice")
    used = case.total(d["device_hours"], d, *cell)
    quota = np.where(o.is_held[:, None], c["devices_in_service"], o["max_devices"][:, None])
    quota = np.where(o.is_api[:, None], np.nan, quota)
    say.at_most(
        "capacity",
        used,
        quota[:, :, None] * case.slice_hours,
        case.axes(*cell),
        "Device-hours used are {found}, there are {other}",
    )
    units = case.total(d["volume"], d, *cell) * o.is_api[:, None, None]
    most = o["max_units_per_hour"][:, None, None] * case.slice_hours
    say.at_most("rate limit", units, most, case.axes(*cell), "The API serves {found}, its rate limit allows {other}")

    period = case.axes("offer", "period")
    total = used.sum(axis=2)
    say.equal("hours used", c["hours_used"], total, period, "Capacity says {found} hours used, dispatch {other}", EXACT)
    average = np.where(o.is_held[:, None], c["devices_in_service"], total / case.hours)
    say.equal(
        "rented devices",
        c["devices_in_service"],
        average,
        period,
        "Devices are {found}, device-hours over hours {other}",
        EXACT,
    )

    cell = ("workload", "period", "slice")
    spot = case.total(d["volume"] * o.is_spot[d["offer"]], d, *cell)
    most = case.demand.sum(axis=1) * case.workloads["interruptible_share"][:, None, None]
    say.at_most(
        "interruptible",
        spot,
        most,
        case.axes(*cell),
        "Spot serves {found}, the interruptible share allows {other}",
    )


def _bandwidth(case: Case, say: Findings) -> None:
    r = case.rows["routing"]
    gb = (case.workloads["egress_gb_per_unit"] + case.workloads["ingress_gb_per_unit"])[r["workload"]]
    cell = ("site", "location", "period", "slice")
    gbit = case.total(r["volume"] * gb * 8, r, *cell)
    most = np.where(case.link >= 0, np.append(case.network["bandwidth_gbps"], np.nan)[case.link], np.nan)
    limit = most[:, :, None, None] * case.slice_hours * SECONDS
    say.at_most("bandwidth", gbit, limit, case.axes(*cell), "The link carries {found} Gbit, it can carry {other}")
