"""Odd rows: what is listed and never used, and what is missing beside it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.plan.faults import Notice
from planner.plan.oddity import Check, View, counted, listed
from planner.plan.tables import SCOPES


def no_demand(v: View) -> Iterator[Notice]:
    """Workloads and locations without any volume."""
    for table, axis in (("workloads", (1, 2)), ("locations", (0, 2))):
        column = v[table].columns[0]
        for i in np.flatnonzero(v.demand.sum(axis=axis) == 0):
            yield v.notice(table, int(i), str(column), f"{v.names(table)[i]} has no demand")


def demand_gaps(v: View) -> Iterator[Notice]:
    """Periods without a row between periods with one: no volume there."""
    d = v["demand"]
    spans = d.assign(at=np.arange(len(d))).groupby(["workload", "location"], sort=False)
    facts = spans.agg(first=("period", "min"), last=("period", "max"), n=("period", "size"), at=("at", "min"))
    facts = facts[facts["last"] - facts["first"] + 1 > facts["n"]]
    for (workload, location), f in facts.iterrows():
        mine = d[(d["workload"] == workload) & (d["location"] == location)]["period"]
        absent = sorted(set(range(int(f["first"]), int(f["last"]))) - set(mine.astype(int)))
        message = (
            f"{workload} at {location} has no row for period {listed(map(str, absent))}, which means no volume then"
        )
        yield v.notice("demand", int(f["at"]), "period", message)


def idle_hardware(v: View) -> Iterator[Notice]:
    """Hardware that no offer has."""
    used = set(v["offers"]["hardware"].dropna())
    for i, name in enumerate(v.names("hardware")):
        if name not in used:
            yield v.notice("hardware", i, "hardware", f"no offer has {name}")


def idle_sites(v: View) -> Iterator[Notice]:
    """Sites without an offer, and sites that become available after the last period."""
    used = set(v["offers"]["site"])
    for i, (name, since) in enumerate(zip(v.names("sites"), v["sites"]["available_from"], strict=True)):
        if name not in used:
            yield v.notice("sites", i, "site", f"{name} has no offer, so nothing can be served from there")
        elif since > v.periods:
            message = f"{name} can be used from period {since}; the plan has {v.periods}"
            yield v.notice("sites", i, "available_from", message)


def flat_slices(v: View) -> Iterator[Notice]:
    """Slices that change nothing, because no load differs between them."""
    if len(v.plan.tables["slices"]) > 1 and v["load_shapes"].empty:
        message = "there are slices but no load_shapes: the load is the same in all of them"
        yield v.notice("slices", None, "", message)


def ended_assets(v: View) -> Iterator[Notice]:
    """Assets at the end of their term or life before the plan starts, or in service after it ends."""
    for i, a in enumerate(v.assets.itertuples(index=False)):
        if a.last < 1:
            message = f"the term or life of {a.asset} ended before the plan starts in {v.plan.settings.start}: it serves nothing"
            yield v.notice("assets", i, "in_service", message)
        elif a.first > v.periods:
            message = f"{a.asset} comes into service after the last period"
            yield v.notice("assets", i, "in_service", message)


def empty_rules(v: View) -> Iterator[Notice]:
    """Policies that limit everything to a share of everything."""
    p = v["policies"]
    scope = p[list(SCOPES)]
    for i in p.index[(p["share_of"] == "total") & scope.isna().all(axis=1)]:
        message = f"{p['policy'][i]} has no scope: the total is always the whole of the total"
        yield v.notice("policies", int(i), "share_of", message)


def no_coordinates(v: View) -> Iterator[Notice]:
    """Places that no map can show."""
    for table in ("locations", "sites"):
        missing = v[table][["latitude", "longitude"]].isna().any(axis=1).to_numpy()
        names = v.names(table)[missing]
        if len(names):
            message = f"{counted(len(names), table[:-1])} without coordinates, on no map: {listed(names)}"
            yield v.notice(table, int(np.flatnonzero(missing)[0]), "latitude", message)


CHECKS: tuple[Check, ...] = (
    no_demand,
    demand_gaps,
    idle_hardware,
    idle_sites,
    flat_slices,
    ended_assets,
    empty_rules,
    no_coordinates,
)
