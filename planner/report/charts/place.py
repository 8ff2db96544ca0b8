"""Charts of place: the map of sites and flows, and which site serves which location."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import altair as alt
import pandas as pd

from planner.report import format as fmt
from planner.report import insight_findings as finding
from planner.report.charts.base import Figure, empty, source_color, table, tip
from planner.report.theme import BACKGROUND, INK, LAND, MUTED, NEUTRAL, SIZE

MAP_LABELS = 6
"""Sites named on the map; the others tell their name when pointed at."""


@cache
def world() -> dict[str, Any]:
    """Country outlines as TopoJSON, object `countries` (see data/README.md)."""
    shapes: dict[str, Any] = json.loads((files("planner.report") / "data" / "countries-110m.json").read_text())
    return shapes


def site_map(sites: pd.DataFrame, locations: pd.DataFrame, lines: pd.DataFrame) -> Figure:
    """Sites by the work that they do, locations, and the flows between them on a world map."""
    title = finding.places(sites)
    known = sites.dropna(subset=["latitude", "longitude"])
    used = known[known["accelerator_hours"] > 0].assign(
        share_text=lambda d: d["share"].map(fmt.percent),
        place=lambda d: d["latitude"].round(1).astype(str) + d["longitude"].round(1).astype(str),
    )
    land = alt.Chart(
        alt.Data(values=world(), format=alt.TopoDataFormat(type="topojson", feature="countries"))
    ).mark_geoshape(fill=LAND.css, stroke=BACKGROUND.css, strokeWidth=0.6)
    layers: list[alt.Chart] = [land]
    drawn = lines[lines["share"] > 0.001].assign(
        share_text=lambda d: d["share"].map(fmt.percent),
        latency_text=lambda d: d["latency_ms"].map(lambda v: fmt.quantity(v, "ms")),
    )
    if len(drawn):
        layers.append(
            alt.Chart(drawn)
            .mark_rule(color=MUTED.css, opacity=0.6)
            .encode(
                latitude="latitude:Q",
                longitude="longitude:Q",
                latitude2="latitude2:Q",
                longitude2="longitude2:Q",
                strokeWidth=alt.StrokeWidth(
                    "share:Q", scale=alt.Scale(domain=[0, float(drawn["share"].max())], range=[0.6, 5]), legend=None
                ),
                tooltip=[
                    tip("From", "site_name"),
                    tip("To", "location_name"),
                    tip("Share of all work", "share_text"),
                    tip("Latency", "latency_text"),
                ],
            )
        )
    spots = locations.dropna(subset=["latitude", "longitude"]).assign(share_text=lambda d: d["share"].map(fmt.percent))
    if len(spots):
        layers.append(
            alt.Chart(spots)
            .mark_point(shape="circle", filled=False, stroke=INK.css, strokeWidth=1.6, size=46, opacity=1)
            .encode(
                latitude="latitude:Q",
                longitude="longitude:Q",
                tooltip=[tip("Demand at", "name"), tip("Share of all work", "share_text")],
            )
        )
    spare = known[known["accelerator_hours"] <= 0]
    if len(spare):
        layers.append(
            alt.Chart(spare)
            .mark_point(shape="cross", filled=True, color=NEUTRAL.css, size=40, opacity=1)
            .encode(latitude="latitude:Q", longitude="longitude:Q", tooltip=[tip("Not used", "name")])
        )
    if len(used):
        layers.append(
            alt.Chart(used)
            .mark_circle(stroke=BACKGROUND.css, strokeWidth=1.2, opacity=0.95)
            .encode(
                latitude="latitude:Q",
                longitude="longitude:Q",
                size=alt.Size(
                    "share:Q", scale=alt.Scale(domain=[0, float(used["share"].max())], range=[60, 900]), legend=None
                ),
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
        named = used.drop_duplicates("place").head(MAP_LABELS)
        layers.append(
            alt.Chart(named)
            .mark_text(
                dy=-17,
                fontSize=SIZE["note"],
                fontWeight=600,
                color=INK.css,
                stroke=BACKGROUND.css,
                strokeWidth=3,
                strokeJoin="round",
            )
            .encode(latitude="latitude:Q", longitude="longitude:Q", text="name:N")
        )
        layers.append(
            alt.Chart(named)
            .mark_text(dy=-17, fontSize=SIZE["note"], fontWeight=600, color=INK.css)
            .encode(latitude="latitude:Q", longitude="longitude:Q", text="name:N")
        )
    return Figure(
        "map",
        title,
        "Filled: sites, as large as their share of the work, in the colour of what serves most of it. Rings: demand. "
        "Lines: flows. Crosses: sites that the plan does not use.",
        f"{title}. World map of {fmt.plural(len(used), 'site')} in use and {fmt.plural(len(spots), 'location')}.",
        alt.layer(*layers).project("equalEarth").properties(height=360),
        table(
            sites,
            {
                "name": "Site",
                "kind_label": "Kind",
                "provider": "Provider",
                "zone": "Zone",
                "accelerator_hours": "Work (accelerator-hours)",
                "share": "Share of work",
                "cost": "Cost (present value of cash)",
                "carbon_t": "Carbon (t CO2e)",
                "first_open": "Open from",
                "last_open": "until",
            },
        ),
    )


def flow_matrix(pairs: pd.DataFrame, sites: pd.DataFrame) -> Figure:
    """Which site serves which location: circles as large as the share of all work."""
    rows = pairs[pairs["accelerator_hours"] > 0]
    if rows.empty:
        return empty("flows", "Nothing flows", "No site serves any location.")
    rows = rows.merge(sites[["site", "source", "source_label"]], on="site", how="left")
    near = rows["latency_ms"].notna()
    weight = rows.loc[near, "accelerator_hours"]
    average = float((rows.loc[near, "latency_ms"] * weight).sum() / weight.sum()) if weight.sum() > 0 else float("nan")
    title = f"Work travels {fmt.quantity(average, 'ms')} on average" if near.any() else "Which site serves whom"
    drawn = rows.assign(
        text=rows["share"].map(fmt.percent),
        hours_text=rows["accelerator_hours"].map(lambda v: fmt.quantity(v, "accelerator-hours")),
        latency_text=rows["latency_ms"].map(lambda v: fmt.quantity(v, "ms")),
    )
    by_site = list(rows.groupby("site_name")["accelerator_hours"].sum().sort_values(ascending=False).index)
    by_location = list(rows.groupby("location_name")["accelerator_hours"].sum().sort_values(ascending=False).index)
    chart = (
        alt.Chart(drawn)
        .mark_circle(opacity=1)
        .encode(
            alt.X(
                "location_name:N",
                sort=by_location,
                title=None,
                axis=alt.Axis(labelAngle=-40, labelLimit=110, ticks=False, grid=True, orient="top"),
            ),
            alt.Y(
                "site_name:N",
                sort=by_site,
                title=None,
                axis=alt.Axis(domain=False, labelLimit=160, grid=True, labelColor=INK.css),
            ),
            size=alt.Size(
                "share:Q", scale=alt.Scale(domain=[0, float(rows["share"].max())], range=[12, 620]), legend=None
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
    return Figure(
        "flows",
        title,
        "A circle is as large as the share of all work that the site does for the location.",
        f"{title}. {fmt.plural(len(by_site), 'site')} by {fmt.plural(len(by_location), 'location')}.",
        chart.properties(height=alt.Step(34)),
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
