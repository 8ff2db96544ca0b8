"""What volumes may not go beyond, live: bandwidth of links, the interruptible share of a workload, latency limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.plan.tables import SPOT
from planner.report.workbook.blocks import Block, Param
from planner.report.workbook.bounds import Bound, busiest, over_limit
from planner.report.workbook.expr import Array, Expr, greatest, picked, sum_of
from planner.report.workbook.sheet import TimeSheet
from planner.report.workbook.workings import Capacity, Context, Decisions


@dataclass(frozen=True)
class Reach:
    """Traffic of links, volume on spot, and what is routed over links that are too slow."""

    traffic: Bound
    spot: Bound
    far: Block


def write_reach(x: Context, s: TimeSheet, d: Decisions, k: Capacity) -> Reach:
    """Lay out below what stands on `s`: use, and what of it is beyond a limit that is not blank."""
    return Reach(_traffic(x, s, d, k), _spot(x, s, d), _far(x, s, d))


def _traffic(x: Context, s: TimeSheet, d: Decisions, k: Capacity) -> Bound:
    a, c, r = x.layout, x.c, x.layout.routes
    workload = r["workload_row"].to_numpy(int)
    both = x.workload("egress_gb_per_unit", workload) + x.workload("ingress_gb_per_unit", workload)
    who = {"Workload": r["workload"], "Site": r["site"], "Location": r["location"]}
    moved = s.block(
        "Traffic of routes, both directions", who, "GB", lambda b: d.routes.cells * b["GB a unit"],
        params={"GB a unit": Param(both, "factor")}, number="amount", total="none",
    )  # fmt: skip
    ends = {"Site": k.links["site"], "Location": k.links["location"]}
    factor = _peak_of_links(x, s, k, ends, both.value[:, 0])

    def use(b: Block) -> Expr:
        rate = sum_of(moved.cells, a.runs(r["link_row"])) * c["Bits_per_byte"] / (c["Hours_per_period"] * c["Seconds_per_hour"])  # fmt: skip
        return rate if factor is None else rate * factor.cells

    used = s.block(
        "Traffic of links in the busiest part of a period", ends, "Gbit/s", use, number="factor", total="none",
    )  # fmt: skip
    over = s.block(
        "Traffic beyond the bandwidth of its link (network: bandwidth_gbps)", ends, "Gbit/s",
        lambda b: over_limit(x, "network", "bandwidth_gbps", k.links["link_row"].to_numpy(int), used), number="factor",
    )  # fmt: skip
    return Bound(used, over)


def _peak_of_links(x: Context, s: TimeSheet, k: Capacity, ends: dict[str, pd.Series], gb: Array) -> Block | None:
    """Traffic of the busiest slice over the average of the period, by link, as solved; None with one slice."""
    a = x.layout
    slices = a.plan.table("slices")
    if len(slices) < 2 or not len(k.links):
        return None
    keys = ["site", "location", "workload"]
    each = a.routes[keys].assign(gb=gb)
    frame = a.frames["routing"].merge(each, on=keys)
    frame["gb"] *= frame["volume"]
    by_slice = np.stack([a.matrix(frame[frame["slice"] == n], k.links[["site", "location"]], "gb") for n in slices["slice"]])  # fmt: skip
    return busiest(s, "link", ends, by_slice, slices["share_of_hours"].to_numpy(float)[:, None, None])


def _spot(x: Context, s: TimeSheet, d: Decisions) -> Bound:
    a, p = x.layout, x.layout.pairs
    on_spot = (p["pricing"] == SPOT).to_numpy()
    rows = np.unique(p["workload_row"].to_numpy(int)[on_spot])
    name = a.plan.tables["workloads"]["workload"].iloc[rows]
    who, units = {"Workload": name}, list(a.plan.tables["workloads"]["unit"].iloc[rows])
    at = p["workload_row"].to_numpy(int)
    mine = [np.flatnonzero(on_spot & (at == i)) for i in rows]
    every = [np.flatnonzero(at == i) for i in rows]
    factor = _peak_of_spot(x, s, name)

    def use(b: Block) -> Expr:
        volume = picked(d.volume.cells, mine)
        return volume if factor is None else volume * factor.cells

    used = s.block(
        "Volume on spot, as if the whole period were its part with the largest share of it", who, units,
        use, number="amount", total="none",
    )  # fmt: skip
    asked = s.block(
        "Volume served and left unserved, of workloads on spot", who, units,
        lambda b: picked(d.volume.cells, every) + d.unserved.cells.take(rows), number="amount", total="none",
    )  # fmt: skip

    def above(b: Block) -> Expr:
        return greatest(used.cells - asked.cells * b["interruptible"], x.c["Nothing"])

    over = s.block(
        "Volume on spot beyond the interruptible share (workloads: interruptible_share)", who, units, above,
        params={"interruptible": Param(x.workload("interruptible_share", rows), "share")}, number="amount",
    )  # fmt: skip
    return Bound(used, over)


def _peak_of_spot(x: Context, s: TimeSheet, names: pd.Series) -> Block | None:
    """Spot's largest share of a workload in a slice over its share in the period, as solved; None with one slice."""
    a = x.layout
    slices = a.plan.table("slices")["slice"]
    if len(slices) < 2 or not len(names):
        return None
    keys = pd.DataFrame({"workload": names.to_numpy(object)})
    served, left = (a.frames[n][a.frames[n]["workload"].isin(names)] for n in ("dispatch", "unserved"))
    spot = served[served["offer"].isin(a.offers.loc[a.offers["pricing"] == SPOT, "offer"])]

    def of(frame: pd.DataFrame) -> Array:
        return np.stack([a.matrix(frame[frame["slice"] == n], keys, "volume") for n in slices])

    asked = of(served) + of(left)
    whole = asked.sum(axis=0)
    share = np.divide(asked, whole, out=np.ones_like(asked), where=asked > 0)
    return busiest(s, "workload on spot", {"Workload": names}, of(spot), share)


def _far(x: Context, s: TimeSheet, d: Decisions) -> Block:
    r = x.layout.routes
    workload, link = r["workload_row"].to_numpy(int), r["link_row"].to_numpy(int)
    who = {"Workload": r["workload"], "Site": r["site"], "Location": r["location"]}
    units = list(x.layout.plan.tables["workloads"]["unit"].iloc[workload])
    work, network = x.inputs["workloads"], x.inputs["network"]

    def too_far(b: Block) -> Expr:
        slow = network.figure("latency_ms", link).gt(work.cell("max_latency_ms", workload))
        return work.if_blank("max_latency_ms", workload, x.c["Nothing"], d.routes.cells * slow)

    return s.block(
        "Volume routed over links slower than its workload allows (workloads: max_latency_ms)", who, units, too_far,
        number="amount",
    )  # fmt: skip
