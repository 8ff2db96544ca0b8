"""Charts of place: the map of sites and flows, and which site serves which location."""

from __future__ import annotations

import itertools
import json
from functools import cache
from importlib.resources import files
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from planner.report import format as fmt
from planner.report import insight_findings as finding
from planner.report.charts.base import Figure, empty, source_color, table, tip
from planner.report.theme import BACKGROUND, INK, LAND, MUTED, NEUTRAL, SIZE

MAP_LABELS = 8
"""Sites named on the map at most; the others tell their name when pointed at."""
PHONE_LABELS = 3
"""Sites named where the map is narrow."""
MAP_HEIGHT = 370
NOMINAL = 520
"""Width in px for which labels are placed: between a phone's and a screen's."""


@cache
def world() -> dict[str, Any]:
    """Country outlines as TopoJSON, object `countries` (see data/README.md)."""
    shapes: dict[str, Any] = json.loads((files("planner.report") / "data" / "countries-110m.json").read_text())
    return shapes


def equal_earth(latitude: np.ndarray, longitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Plane coordinates of degrees in the Equal Earth projection, unit sphere, y upwards.

    Savric, Patterson and Jenny 2018, equations 3 to 5; the same as Vega's `equalEarth`.
    """
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    root = np.sqrt(3.0)
    theta = np.arcsin(root / 2 * np.sin(np.radians(latitude)))
    t2 = theta * theta
    t6 = t2 * t2 * t2
    below = root * (9 * a4 * t6 * t2 + 7 * a3 * t6 + 3 * a2 * t2 + a1)
    x = 2 * root * np.radians(longitude) * np.cos(theta) / (3 * below / root)
    return x, theta * (a4 * t6 * t2 + a3 * t6 + a2 * t2 + a1)


def _window(latitude: np.ndarray, longitude: np.ndarray) -> tuple[float, float, float, float]:
    """Centre and size of the part of the map to show, in plane coordinates: all points and a margin."""
    if not len(latitude):
        return 0.0, 0.0, 5.4, 2.6
    x, y = equal_earth(latitude, longitude)
    wide = max(float(np.ptp(x)) * 1.22, 0.5)
    high = max(float(np.ptp(y)) * 1.35, 0.35)
    return float(x.min() + x.max()) / 2, float(y.min() + y.max()) / 2, wide, high


def place_labels(x: np.ndarray, y: np.ndarray, texts: list[str], most: int = MAP_LABELS) -> list[str]:
    """Where each label goes (above, below, right, left) so that none covers another; "" when nowhere.

    x, y in px, downwards; the first in the list has the first choice.
    """
    taken: list[tuple[float, float, float, float]] = []
    out = []
    for at_x, at_y, text in zip(x, y, texts, strict=True):
        wide, high = 6.3 * len(text), 19.0
        spots = {
            "above": (at_x - wide / 2, at_y - 19 - high / 2),
            "below": (at_x - wide / 2, at_y + 19 - high / 2),
            "right": (at_x + 14, at_y - high / 2),
            "left": (at_x - 14 - wide, at_y - high / 2),
        }
        chosen = ""
        for side, (left, top) in spots.items():
            box = (left, top, left + wide, top + high)
            free = all(box[2] <= b[0] or box[0] >= b[2] or box[3] <= b[1] or box[1] >= b[3] for b in taken)
            if free and len(taken) < most and box[0] > -10 and box[2] < NOMINAL + 10:
                taken.append(box)
                chosen = side
                break
        out.append(chosen)
    return out


_SIDES: dict[str, dict[str, Any]] = {
    "above": {"dy": -19},
    "below": {"dy": 19},
    "right": {"dx": 14, "align": "left"},
    "left": {"dx": -14, "align": "right"},
}


def site_map(sites: pd.DataFrame, locations: pd.DataFrame, lines: pd.DataFrame) -> Figure:
    """Sites by the work that they do, locations, and the flows between them on a world map."""
    title = finding.places(sites)
    known = sites.dropna(subset=["latitude", "longitude"])
    used = known[known["accelerator_hours"] > 0].assign(share_text=lambda d: d["share"].map(fmt.percent))
    spots = locations.dropna(subset=["latitude", "longitude"]).assign(share_text=lambda d: d["share"].map(fmt.percent))
    points = pd.concat([known[["latitude", "longitude"]], spots[["latitude", "longitude"]]])
    window = _window(points["latitude"].to_numpy(float), points["longitude"].to_numpy(float))
    layers = [_land(), *_lines(lines), *_rings(spots), *_spare(known), *_used(used, window)]
    cx, cy, wide, high = window
    zoom = f"min(width / {wide:.4f}, height / {high:.4f})"
    projection = alt.Projection(
        type="equalEarth",
        scale=alt.ExprRef(zoom),
        translate=alt.ExprRef(f"[width / 2 - {cx:.4f} * {zoom}, height / 2 + {cy:.4f} * {zoom}]"),
    )
    chart = alt.layer(*layers).properties(height=MAP_HEIGHT, projection=projection)
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
                "cost": "Cost (present value of cash)",
                "carbon_t": "Carbon (t CO2e)",
                "first_open": "Open from",
                "last_open": "until",
            },
        ),
    )


def _land() -> alt.Chart:
    shapes = alt.Data(values=world(), format=alt.TopoDataFormat(type="topojson", feature="countries"))
    return alt.Chart(shapes).mark_geoshape(
        fill=LAND.css, stroke=BACKGROUND.css, strokeWidth=0.6, clip=True, tooltip=None, aria=False
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
        .mark_point(shape="circle", filled=False, stroke=INK.css, strokeWidth=1.6, size=46, opacity=1)
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


def _used(used: pd.DataFrame, window: tuple[float, float, float, float]) -> list[alt.Chart]:
    if used.empty:
        return []
    size = alt.Scale(domain=[0, float(used["share"].max())], range=[60, 900])
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
    cx, cy, wide, high = window
    zoom = min(NOMINAL / wide, MAP_HEIGHT / high)
    x, y = equal_earth(used["latitude"].to_numpy(float), used["longitude"].to_numpy(float))
    sides = np.array(
        place_labels(NOMINAL / 2 + (x - cx) * zoom, MAP_HEIGHT / 2 - (y - cy) * zoom, [str(n) for n in used["name"]])
    )
    named_first = np.cumsum(sides != "") <= PHONE_LABELS
    out = [circles]
    for side, first in itertools.product(_SIDES, (True, False)):
        here = used[(sides == side) & (named_first == first)]
        named = alt.Chart(here).encode(latitude="latitude:Q", longitude="longitude:Q", text="name:N")
        if len(here):
            style: dict[str, Any] = {"fontSize": SIZE["note"], "fontWeight": 600, "tooltip": None, **_SIDES[side]}
            if not first:
                style["opacity"] = alt.ExprRef("width < 420 ? 0 : 1")
            # a halo in the colour of the page, so that names are read across borders and lines
            out.append(named.mark_text(stroke=BACKGROUND.css, strokeWidth=3, strokeJoin="round", **style))
            out.append(named.mark_text(color=INK.css, **style))
    return out


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
