"""Who can reach whom: sites and locations on a map, and the links that a workload's rules leave."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from planner.model.sets import Sets
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.charts.base import Figure, empty, legend, table, tip
from planner.report.charts.world import SIDES, Window, names_beside
from planner.report.insight_place import SITE_KIND_LABELS
from planner.report.labels import names
from planner.report.theme import ACCENT, BACKGROUND, BAD, INK, MUTED, NEUTRAL, SOURCE, Tone

HEIGHT = 300

KIND_TONES: dict[str, Tone] = {
    "cloud": NEUTRAL,
    "colocation": ACCENT,
    "on_premises": INK,
    "edge": SOURCE["edge"],
}
KIND_SHAPES = {"cloud": "circle", "colocation": "square", "on_premises": "diamond", "edge": "triangle-up"}


def links(plan: Plan, workload: str = "") -> pd.DataFrame:
    """Every site and location joined by a network row, and whether a workload may use the link.

    Columns: site, site_name, location, location_name, latency_ms, allowed, why (the rule that
    forbids it, empty when allowed), latitude, longitude (site), latitude2, longitude2 (location).
    Without a workload every link is allowed.
    """
    sets = Sets(plan)
    out = sets.links[["site", "location", "latency_ms"]].copy()
    s = pd.Index(sets.sites["site"]).get_indexer(pd.Index(out["site"]))
    loc = pd.Index(sets.locations["location"]).get_indexer(pd.Index(out["location"]))
    out["site_name"] = out["site"].map(names(plan, "sites"))
    out["location_name"] = out["location"].map(names(plan, "locations"))
    for name, frame, at in (("", sets.sites, s), ("2", sets.locations, loc)):
        for c in ("latitude", "longitude"):
            out[c + name] = frame[c].to_numpy(float)[at]
    why = np.full(len(out), "", dtype=object)
    if workload:
        w = int(pd.Index(sets.workloads["workload"]).get_loc(workload))
        tests = dict(sets.reach_tests)
        runs = np.zeros((sets.W, sets.S), dtype=bool)
        runs[sets.arcs.workload, sets.arcs.site] = True
        tests["throughput"] = np.broadcast_to(runs[:, None, :], (sets.W, sets.L, sets.S))
        for name, passed in tests.items():
            why = np.where((why == "") & ~passed[w, loc, s], name, why)
    return out.assign(allowed=why == "", why=why)


def coverage(plan: Plan, rows: pd.DataFrame, workload: str = "") -> pd.DataFrame:
    """Sites that may serve each location: location, name, latitude, longitude, sites, nearest_ms, demand.

    `demand` tells whether the workload (any, when none is named) has volume there.
    """
    places = plan.table("locations")[["location", "latitude", "longitude"]].copy()
    places["name"] = places["location"].map(names(plan, "locations"))
    able = rows[rows["allowed"]].groupby("location")
    places["sites"] = able["site"].nunique().reindex(places["location"]).fillna(0).to_numpy(int)
    places["nearest_ms"] = able["latency_ms"].min().reindex(places["location"]).to_numpy(float)
    volume = plan.table("demand")
    volume = volume[(volume["volume"] > 0) & ((volume["workload"] == workload) | (workload == ""))]
    places["demand"] = places["location"].isin(set(volume["location"]))
    return places


def finding(rows: pd.DataFrame, cover: pd.DataFrame, name: str) -> str:
    """What reach allows, in words with numbers."""
    wanted = cover[cover["demand"]]
    if wanted.empty:
        return f"{name} has no demand yet" if name else "No location has demand yet"
    who = name or "A location"
    none = wanted[wanted["sites"] == 0]
    if len(none):
        return f"{name or 'Demand'} has no site within its rules at {fmt.listing([str(n) for n in none['name']], 3)}"
    one = wanted[wanted["sites"] == 1]
    if len(one):
        return f"{who} depends on a single site at {fmt.listing([str(n) for n in one['name']], 3)}"
    low, high = int(wanted["sites"].min()), int(wanted["sites"].max())
    span = f"{low} to {high}" if high > low else str(low)
    if len(wanted) == 1:
        return f"{who} can be served from {span} sites at {wanted['name'].iloc[0]}"
    whose = f"{name} can be served" if name else "Demand can be served"
    return f"{whose} from {span} sites at each of {len(wanted)} locations"


def reach(plan: Plan, workload: str = "") -> Figure:
    """Sites and locations on a world map, with the links that a workload's rules leave."""
    rows = links(plan, workload)
    cover = coverage(plan, rows, workload)
    name = str(names(plan, "workloads").get(workload, workload)) if workload else ""
    title = finding(rows, cover, name)
    sites = plan.table("sites")[["site", "kind", "provider", "zone", "latitude", "longitude"]].copy()
    sites["name"] = sites["site"].map(names(plan, "sites"))
    sites["kind_label"] = sites["kind"].map(SITE_KIND_LABELS)
    known = sites.dropna(subset=["latitude", "longitude"])
    spots = cover.dropna(subset=["latitude", "longitude"])
    if known.empty and spots.empty:
        return empty("reach", title, "Enter latitudes and longitudes to see the map.")
    window = Window.around([known, spots], HEIGHT)
    chart = window.chart([*_links(rows, cover), *_sites(known), *_locations(spots), *_names(spots, window)])
    return Figure(
        "reach",
        title,
        "Lines: links that the rules leave (latency, zone, certification, throughput). Rings: locations with demand; "
        "a red ring has no site left, a dashed one a single site.",
        f"{title}. World map of {fmt.plural(len(known), 'site')} and {fmt.plural(len(spots), 'location')}.",
        chart,
        table(
            rows.assign(state=np.where(rows["allowed"], "yes", "no: " + rows["why"])),
            {
                "site_name": "Site",
                "location_name": "Location",
                "latency_ms": "Latency (ms)",
                "state": "May serve",
            },
        ),
    )


def _links(rows: pd.DataFrame, cover: pd.DataFrame) -> list[alt.Chart]:
    wanted = set(cover.loc[cover["demand"], "location"])
    drawn = rows[rows["allowed"] & rows["location"].isin(wanted)]
    drawn = drawn.dropna(subset=["latitude", "longitude", "latitude2", "longitude2"])
    if drawn.empty:
        return []
    drawn = drawn.assign(text=drawn["latency_ms"].map(lambda v: fmt.quantity(float(v), "ms")))
    near = alt.Scale(domain=[0, float(max(drawn["latency_ms"].max(), 1.0))], range=[0.85, 0.25])
    return [
        alt.Chart(drawn)
        .mark_rule(color=ACCENT.css, strokeWidth=1.4, clip=True)
        .encode(
            latitude="latitude:Q",
            longitude="longitude:Q",
            latitude2="latitude2:Q",
            longitude2="longitude2:Q",
            opacity=alt.Opacity("latency_ms:Q", scale=near, legend=None),
            tooltip=[tip("Site", "site_name"), tip("Location", "location_name"), tip("Latency", "text")],
        )
    ]


def _sites(known: pd.DataFrame) -> list[alt.Chart]:
    if known.empty:
        return []
    here = [k for k in SITE_KIND_LABELS if k in set(known["kind"])]
    domain = [SITE_KIND_LABELS[k] for k in here]
    base = alt.Chart(known).encode(latitude="latitude:Q", longitude="longitude:Q")
    marks = base.mark_point(filled=True, size=110, opacity=1, stroke=BACKGROUND.css, strokeWidth=1).encode(
        color=alt.Color(
            "kind_label:N",
            scale=alt.Scale(domain=domain, range=[KIND_TONES[k].css for k in here]),
            legend=legend(len(here), wide=4, narrow=2),
        ),
        shape=alt.Shape("kind_label:N", scale=alt.Scale(domain=domain, range=[KIND_SHAPES[k] for k in here])),
        tooltip=[tip("Site", "name"), tip("Kind", "kind_label"), tip("Provider", "provider"), tip("Zone", "zone")],
    )
    return [marks]


def _locations(spots: pd.DataFrame) -> list[alt.Chart]:
    spots = spots.assign(
        nearest=spots["nearest_ms"].map(lambda v: fmt.quantity(float(v), "ms")),
        count=spots["sites"].map(lambda v: fmt.plural(int(v), "site")),
    )
    out = []
    for chosen, color, dash, width in (
        (~spots["demand"], MUTED, [1, 0], 1.0),
        (spots["demand"] & (spots["sites"] == 0), BAD, [1, 0], 2.6),
        (spots["demand"] & (spots["sites"] == 1), INK, [3, 2], 1.8),
        (spots["demand"] & (spots["sites"] > 1), INK, [1, 0], 1.8),
    ):
        if not chosen.any():
            continue
        some = alt.Chart(spots[chosen]).encode(latitude="latitude:Q", longitude="longitude:Q")
        out.append(
            some.mark_point(
                shape="circle", filled=False, stroke=color.css, strokeWidth=width, strokeDash=dash, size=170, opacity=1
            ).encode(
                tooltip=[tip("Location", "name"), tip("Served by", "count"), tip("Nearest", "nearest")],
            )
        )
    return out


def _names(spots: pd.DataFrame, window: Window) -> list[alt.Chart]:
    """Names of the locations with demand, where they do not cover one another."""
    wanted = spots[spots["demand"]]
    if wanted.empty:
        return []
    sides = window.sides(wanted, most=len(wanted))
    return [layer for side in SIDES for layer in names_beside(wanted[sides == side], side)]
