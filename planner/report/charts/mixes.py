"""Several plans side by side: how much of all work each source does in them."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.charts.base import Figure, empty, legend, table, tip
from planner.report.labels import offers
from planner.report.theme import INK, SOURCE, SOURCE_LABELS, SOURCES, scale


def mix_by_source(plan: Plan, mix: pd.DataFrame, key: str) -> pd.DataFrame:
    """Share of all work by `key` (the column that names the plans) and source: key, source, source_label, share."""
    known = offers(plan)[["source", "source_label"]]
    out = mix.join(known, on="offer").groupby([key, "source", "source_label"], as_index=False)["share"].sum()
    return out[out["share"] > 0]


def mixes(plan: Plan, mix: pd.DataFrame, key: str, names: Mapping[str, str], title: str) -> Figure:
    """A bar for each plan in the order of `names`, stacked by source; see `explore.measures.work_by_offer`."""
    shares = mix_by_source(plan, mix[mix[key].isin(list(names))], key)
    if shares.empty:
        return empty("mixes", "No plan does any work", "Nothing to draw.")
    present = [s for s in SOURCES if s in set(shares["source"])]
    rank = {s: i for i, s in enumerate(SOURCES)}
    drawn = shares.assign(
        name=shares[key].map(dict(names)), rank=shares["source"].map(rank), text=shares["share"].map(fmt.percent)
    )
    bars = (
        alt.Chart(drawn)
        .mark_bar(height=18)
        .encode(
            alt.X(
                "share:Q",
                title="Share of all work",
                axis=alt.Axis(format=fmt.D3_PERCENT, tickCount=5),
                scale=alt.Scale(domain=[0, max(1.0, float(shares.groupby(key)["share"].sum().max()))], nice=False),
            ),
            alt.Y(
                "name:N",
                sort=list(names.values()),
                title=None,
                # What follows a comma stands below: there is little room on a phone.
                axis=alt.Axis(
                    domain=False,
                    ticks=False,
                    labelLimit=190,
                    labelOverlap=False,
                    labelPadding=8,
                    labelColor=INK.css,
                    labelExpr="split(datum.label, ', ')",
                ),
            ),
            alt.Color(
                "source_label:N", scale=scale(SOURCE, present, SOURCE_LABELS), legend=legend(len(present), narrow=2)
            ),
            order=alt.Order("rank:Q"),
            tooltip=[tip("Plan", "name"), tip("Source", "source_label"), tip("Share of all work", "text")],
        )
    )
    said = "; ".join(
        f"{names[k]}: " + ", ".join(f"{r.source_label} {fmt.percent(r.share)}" for r in rows.itertuples())
        for k, rows in shares.groupby(key)
    )
    return Figure(
        "mixes",
        title,
        "Work in device-hours of comparable devices, over the whole plan. What is left unserved makes a bar shorter.",
        f"{title}. {said}.",
        bars.properties(height=alt.Step(34 if any(", " in name for name in names.values()) else 28)),
        table(drawn, {"name": "Plan", "source_label": "Source", "share": "Share of all work"}),
    )
