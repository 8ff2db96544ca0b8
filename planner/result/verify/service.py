"""Demand is served, over links that may carry it, by offers that can."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.plan.schema import split_list
from planner.result.verify.case import CELL, RENTED, Case, Findings, lookup, side_by_side

SECONDS = 3600.0


def check_service(case: Case, say: Findings) -> None:
    """Demand, reach, dispatch, device-hours, rate limits, interruptible share, bandwidth."""
    _demand(case, say)
    _reach(case, say)
    _dispatch(case, say)
    _offers(case, say)
    _interruptible(case, say)
    _bandwidth(case, say)


def _demand(case: Case, say: Findings) -> None:
    served = case.frames["routing"].groupby(CELL, as_index=False)["volume"].sum()
    left = case.frames["unserved"].groupby(CELL, as_index=False)["volume"].sum()
    x = case.demand.groupby(CELL, as_index=False)["demand"].sum()
    x = side_by_side(side_by_side(x, served, CELL), left.rename(columns={"volume": "left"}), CELL)
    x["given"] = x["volume"] + x["left"]
    say.equal("demand", x, "given", "demand", CELL, "Served and unserved volume is {found}, demand {other}")
    penalty = lookup(left["workload"], case.workloads["unserved_penalty_per_unit"])
    say.none(
        "unserved",
        left[penalty.isna() & (left["volume"] > 1e-6)],
        CELL,
        "{workload} at {location} must be served in full, but is not in period {period}, slice {slice}.",
    )
    negative = [n for n in ("routing", "unserved", "dispatch") if (case.frames[n]["volume"] < 0).any()]
    for name in negative:
        say.say("negative", f"The frame {name} holds a negative volume.")


def _reach(case: Case, say: Findings) -> None:
    r = case.routing.drop_duplicates(["workload", "location", "site", "period"])
    keys = ["workload", "location", "site", "period"]
    say.none(
        "network",
        r[r["latency_ms"].isna()],
        keys,
        "{workload} goes from {location} to {site}, which has no network row.",
    )
    say.at_most("latency", r, "latency_ms", "max_latency_ms", keys, "Latency is {found} ms, allowed are {other}")
    zones = r["allowed_zones"].map(split_list)
    wrong = [bool(z) and site not in z for z, site in zip(zones, r["site_zone"], strict=True)]
    say.none("zone", r[np.array(wrong, dtype=bool)], keys, "{workload} runs at {site}, outside its zones.")
    wrong = [
        not set(split_list(need)) <= set(split_list(has))
        for need, has in zip(r["required_certifications"], r["site_certifications"], strict=True)
    ]
    say.none(
        "certification", r[np.array(wrong, dtype=bool)], keys, "{workload} runs at {site}, which lacks a certification."
    )
    early = r[r["period"] < r["site_available_from"].astype(float)]
    say.none("site time", early, keys, "{workload} runs at {site} in period {period}, before the site is available.")


def _dispatch(case: Case, say: Findings) -> None:
    keys = ["workload", "site", "period", "slice"]
    sent = case.frames["routing"].groupby(keys, as_index=False)["volume"].sum()
    served = case.dispatch.groupby(keys, as_index=False)["volume"].sum().rename(columns={"volume": "served"})
    x = side_by_side(sent, served, keys)
    say.equal("dispatch", x, "served", "volume", keys, "Offers serve {found}, routing sends {other}")


def _offers(case: Case, say: Findings) -> None:
    d = case.dispatch
    keys = ["workload", "offer", "period", "slice"]
    other = d[d["only"].notna() & (d["only"] != d["workload"])]
    say.none("restricted", other, keys, "{offer} serves {workload}, but is restricted to another workload.")
    t = case.plan.table("throughput")[["workload", "hardware", "units_per_hour"]]
    d = d.merge(t, on=["workload", "hardware"], how="left")
    runs = d[(d["pricing"] != "api")]
    say.none(
        "throughput",
        runs[runs["units_per_hour"].isna()],
        keys,
        "{offer} serves {workload}, which its hardware cannot run.",
    )
    util = lookup(d["workload"], case.workloads["max_utilization"])
    rate = d["units_per_hour"] * util * (1 - d["overhead_share"])
    d["expected"] = (d["volume"] / rate).where(d["pricing"] != "api", 0.0)
    say.equal("device-hours", d, "device_hours", "expected", keys, "Device-hours are {found}, by throughput {other}")
    start = np.maximum(d["available_from"].astype(int) + d["lead"], d["site_available_from"].astype(int))
    as_used = d["pricing"].isin((*RENTED, "api"))
    say.none(
        "offer time",
        d[as_used & (d["period"] < start)],
        keys,
        "{offer} serves in period {period}, before it is available.",
    )

    by = ["offer", "period", "slice"]
    used = d.groupby(by, as_index=False)[["device_hours", "volume"]].sum()
    used = used.merge(
        case.offers.reset_index(drop=True)[["offer", "pricing", "max_devices", "max_units_per_hour"]], on="offer"
    )
    used = used.merge(
        case.frames["capacity"][["offer", "period", "devices_in_service"]], on=["offer", "period"], how="left"
    )
    hours = lookup(used["slice"], case.slice_hours)
    held = ~used["pricing"].isin((*RENTED, "api"))
    used["limit"] = np.where(
        held,
        used["devices_in_service"].fillna(0.0) * hours,
        np.where(used["pricing"] == "api", np.inf, used["max_devices"] * hours),
    )
    say.at_most("capacity", used, "device_hours", "limit", by, "Device-hours used are {found}, there are {other}")
    used["most"] = (used["max_units_per_hour"] * hours).where(used["pricing"] == "api")
    say.at_most("rate limit", used, "volume", "most", by, "The API serves {found}, its rate limit allows {other}")

    total = d.groupby(["offer", "period"], as_index=False)["device_hours"].sum()
    x = side_by_side(case.frames["capacity"], total, ["offer", "period"])
    say.equal(
        "hours used",
        x,
        "hours_used",
        "device_hours",
        ["offer", "period"],
        "Capacity says {found} hours used, dispatch {other}",
    )
    x = x.merge(case.offers.reset_index(drop=True)[["offer", "pricing"]], on="offer")
    x = x[x["pricing"].isin(RENTED)].assign(average=lambda f: f["device_hours"] / case.hours)
    say.equal(
        "rented devices",
        x,
        "devices_in_service",
        "average",
        ["offer", "period"],
        "Devices are {found}, device-hours over hours {other}",
    )


def _interruptible(case: Case, say: Findings) -> None:
    keys = ["workload", "period", "slice"]
    spot = case.dispatch[case.dispatch["pricing"] == "spot"].groupby(keys, as_index=False)["volume"].sum()
    total = case.demand.groupby(keys, as_index=False)["demand"].sum()
    x = spot.merge(total, on=keys, how="left")
    x["limit"] = x["demand"] * lookup(x["workload"], case.workloads["interruptible_share"])
    say.at_most(
        "interruptible", x, "volume", "limit", keys, "Spot serves {found}, the interruptible share allows {other}"
    )


def _bandwidth(case: Case, say: Findings) -> None:
    r = case.routing[case.routing["bandwidth_gbps"].notna()].copy()
    if r.empty:
        return
    r["gbit"] = r["volume"] * (r["egress_gb_per_unit"] + r["ingress_gb_per_unit"]) * 8
    keys = ["site", "location", "period", "slice"]
    x: pd.DataFrame = r.groupby(keys, as_index=False).agg(gbit=("gbit", "sum"), bandwidth=("bandwidth_gbps", "first"))
    x["limit"] = x["bandwidth"] * lookup(x["slice"], case.slice_hours) * SECONDS
    say.at_most("bandwidth", x, "gbit", "limit", keys, "The link carries {found} Gbit, it can carry {other}")
