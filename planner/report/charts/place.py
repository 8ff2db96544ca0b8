"""Charts of place: the map of sites and flows, and which site serves which location."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from planner.report import format as fmt
from planner.report import insight_findings as finding
from planner.report.charts.base import Figure, empty, source_color, table, tip
from planner.report.charts.world import SIDES, Window, names_beside
from planner.report.theme import BACKGROUND, INK, MUTED, NEUTRAL, SIZE

WIDE = "width < 420 ? 0 : 1"
NARROW = "width < 420 ? 1 : 0"
"""Opacity of what stands on the map of a screen, and of what stands on that of a phone."""
PHONE, PHONE_LABELS = 310, 3
"""Width in px of the map on a phone, and sites named on it at most."""
MAP_HEIGHT = 370
RING, SMALLEST, LARGEST = 46, 60, 900
"""Sizes in px² of the ring of a location, and of sites by their share."""


def site_map(sites: pd.DataFrame, locations: pd.DataFrame, lines: pd.DataFrame) -> Figure:
    """Sites by the work that they do, locations, and the flows between them on a world map."""
    title = finding.places(sites)
    known = sites.dropna(subset=["latitude", "longitude"])
    used = known[known["accelerator_hours"] > 0].assign(share_text=lambda d: d["share"].map(fmt.percent))
    spots = locations.dropna(subset=["latitude", "longitude"]).assign(share_text=lambda d: d["share"].map(fmt.percent))
    window = Window.around([known, spots], MAP_HEIGHT)
    chart = window.chart([*_lines(lines), *_rings(spots), *_spare(known), *_used(used, spots, window)])
    return Figure(
        "map",
        title,
        "Filled: sites, as large as their share of the work, in the colour of what serves most of it. Rings: demand. "
        "Lines: flows. Crosses: sites that the plan does not use.",
        f"{title}. World map of {fmt.plural(len(used), 'site')} in use and {fmt.plural(len(spots), 'location')}.",
        chart,
        table(
            sites,
            {
                "name": "Site",
                "kind_label": "Kind",
                "provider": "Provider",
                "zone": "Zone",
                "accelerator_hours": "Work (accelerator-hours)",
                "share": "Share of work",
                "cost": "Cash (present value)",
                "carbon_t": "Carbon (t CO2e)",
                "first_open": "Open from",
                "last_open": "until",
            },
        ),
    )


def _lines(lines: pd.DataFrame) -> list[alt.Chart]:
    drawn = lines[lines["share"] > 0.001]
    if drawn.empty:
        return []
    drawn = drawn.assign(
        share_text=drawn["share"].map(fmt.percent),
        latency_text=drawn["latency_ms"].map(lambda v: fmt.quantity(v, "ms")),
    )
    width = alt.Scale(domain=[0, float(drawn["share"].max())], range=[0.6, 5])
    return [
        alt.Chart(drawn)
        .mark_rule(color=MUTED.css, opacity=0.6, clip=True)
        .encode(
            latitude="latitude:Q",
            longitude="longitude:Q",
            latitude2="latitude2:Q",
            longitude2="longitude2:Q",
            strokeWidth=alt.StrokeWidth("share:Q", scale=width, legend=None),
            tooltip=[
                tip("From", "site_name"),
                tip("To", "location_name"),
                tip("Share of all work", "share_text"),
                tip("Latency", "latency_text"),
            ],
        )
    ]


def _rings(spots: pd.DataFrame) -> list[alt.Chart]:
    if spots.empty:
        return []
    return [
        alt.Chart(spots)
        .mark_point(shape="circle", filled=False, stroke=INK.css, strokeWidth=1.6, size=RING, opacity=1)
        .encode(
            latitude="latitude:Q",
            longitude="longitude:Q",
            tooltip=[tip("Demand at", "name"), tip("Share of all work", "share_text")],
        )
    ]


def _spare(known: pd.DataFrame) -> list[alt.Chart]:
    spare = known[known["accelerator_hours"] <= 0]
    if spare.empty:
        return []
    return [
        alt.Chart(spare)
        .mark_point(shape="cross", filled=True, color=NEUTRAL.css, size=40, opacity=1)
        .encode(latitude="latitude:Q", longitude="longitude:Q", tooltip=[tip("Not used", "name")])
    ]


def _used(used: pd.DataFrame, spots: pd.DataFrame, window: Window) -> list[alt.Chart]:
    if used.empty:
        return []
    size = alt.Scale(domain=[0, float(used["share"].max())], range=[SMALLEST, LARGEST])
    circles = (
        alt.Chart(used)
        .mark_circle(stroke=BACKGROUND.css, strokeWidth=1.2, opacity=0.95)
        .encode(
            latitude="latitude:Q",
            longitude="longitude:Q",
            size=alt.Size("share:Q", scale=size, legend=None),
            color=source_color(used["source"]),
            tooltip=[
                tip("Site", "name"),
                tip("Kind", "kind_label"),
                tip("Mostly", "source_label"),
                tip("Share of all work", "share_text"),
                tip("Open from", "first_open"),
                tip("until", "last_open"),
            ],
        )
    )
    return [circles, *_names(used, _marks(used, spots), window)]


def _marks(used: pd.DataFrame, spots: pd.DataFrame) -> pd.DataFrame:
    """What no name may cover: latitude, longitude and radius in px of sites and locations."""
    size = SMALLEST + used["share"] / used["share"].max() * (LARGEST - SMALLEST)
    both = [used.assign(radius=np.sqrt(size) / 2), spots.assign(radius=np.sqrt(RING) / 2)]
    return pd.concat([marks[["latitude", "longitude", "radius"]] for marks in both])


def _names(used: pd.DataFrame, marks: pd.DataFrame, window: Window) -> list[alt.Chart]:
    """The names of sites: placed once for screens and once for phones, where fewer have room."""
    screen, phone = window.sides(used, around=marks), window.sides(used, PHONE_LABELS, marks, PHONE)
    return [
        layer
        for sides, shown in ((screen, WIDE), (phone, NARROW))
        for side in SIDES
        for layer in names_beside(used[sides == side], side, opacity=alt.ExprRef(shown))
    ]


def flow_matrix(pairs: pd.DataFrame, sites: pd.DataFrame) -> Figure:
    """Which site serves which location: circles as large as the share of all work."""
    rows = pairs[pairs["accelerator_hours"] > 0]
    if rows.empty:
        return empty("flows", "Nothing flows", "No site serves any location.")
    rows = rows.merge(sites[["site", "source", "source_label"]], on="site", how="left")
    title = finding.travel(rows)
    drawn = rows.assign(
        text=rows["share"].map(fmt.percent),
        hours_text=rows["accelerator_hours"].map(lambda v: fmt.quantity(v, "accelerator-hours")),
        latency_text=rows["latency_ms"].map(lambda v: fmt.quantity(v, "ms")),
    )
    by_site = list(rows.groupby("site_name")["accelerator_hours"].sum().sort_values(ascending=False).index)
    by_location = list(rows.groupby("location_name")["accelerator_hours"].sum().sort_values(ascending=False).index)
    y = alt.Y("site_name:N", sort=by_site, title=None, axis=None)
    grid = alt.Axis(labelAngle=-40, labelLimit=110, ticks=False, grid=True, orient="top")
    circles = (
        alt.Chart(drawn)
        .mark_circle(opacity=1, yOffset=8)
        .encode(
            alt.X("location_name:N", sort=by_location, title=None, axis=grid),
            y,
            size=alt.Size(
                "share:Q", scale=alt.Scale(domain=[0, float(rows["share"].max())], range=[12, 560]), legend=None
            ),
            color=source_color(rows["source"].dropna()),
            tooltip=[
                tip("Site", "site_name"),
                tip("Location", "location_name"),
                tip("Share of all work", "text"),
                tip("Work", "hours_text"),
                tip("Latency", "latency_text"),
            ],
        )
    )
    # the name above its row leaves the width of a phone to the circles
    heads = pd.DataFrame({"site_name": by_site})
    names = (
        alt.Chart(heads)
        .mark_text(align="left", dy=-14, color=INK.css, fontSize=SIZE["label"], limit=alt.ExprRef("width"))
        .encode(y, x=alt.value(0), text="site_name:N")
    )
    chart = alt.layer(names, circles)
    return Figure(
        "flows",
        title,
        "A circle is as large as the share of all work that the site does for the location.",
        f"{title}. {fmt.plural(len(by_site), 'site')} by {fmt.plural(len(by_location), 'location')}.",
        chart.properties(height=alt.Step(46)),
        table(
            rows,
            {
                "site_name": "Site",
                "location_name": "Location",
                "accelerator_hours": "Work (accelerator-hours)",
                "share": "Share of all work",
                "latency_ms": "Latency (ms)",
            },
        ),
    )
