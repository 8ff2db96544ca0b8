"""The chart of buying, leasing, renting and committing: what a useful hour costs against how well a device is used."""

from __future__ import annotations

import altair as alt
import pandas as pd

from planner.plan.tables import SPOT
from planner.report import format as fmt
from planner.report.charts.base import Figure, empty, source_color, table, tip
from planner.report.theme import BACKGROUND, INK, MUTED, SIZE

TALL = 380
ROOM = 235
"""Px on the right for the names of the lines, where the chart is wide."""
WIDE = "width > 620"


def cost_per_useful_hour(
    curves: pd.DataFrame, points: pd.DataFrame, used: pd.DataFrame, currency: str, title: str, taxed: bool
) -> Figure:
    """Cost per useful device-hour by utilization, one line for each way; break-even points and where the plan is.

    `curves`: label, source, source_label, utilization, cost. `points` (break-evens): utilization, cost, text. `used`:
    label, utilization, cost, where the plan uses a way. Costs above what is drawn are cut off.
    """
    name = "buy-lease-rent-commit"
    note = (
        "Cost of an hour in which a device works, levelised over the life or the term. "
        + ("After tax. " if taxed else "Before tax. ")
        + "Rings: break-even. Dots: as the plan uses it."
        + (" Spot may be taken away at any time." if (curves["source"] == SPOT).any() else "")
    )
    drawn = curves.dropna(subset=["cost"])
    if drawn.empty:
        return empty(name, title, "No offer gives this device here.")
    # Held devices cost without limit when they hardly work: draw up to a little above what renting costs.
    at_full = drawn.loc[drawn.groupby("label")["utilization"].idxmax(), "cost"]
    top = max(1.35 * float(at_full.max()), 1.6 * float(points["cost"].max() if len(points) else 0.0))
    drawn = drawn[drawn["cost"] <= top].assign(
        cost_text=lambda d: d["cost"].map(lambda v: fmt.money(v, currency)),
        at=lambda d: d["utilization"].map(fmt.percent),
    )
    x = alt.X(
        "utilization:Q",
        title="Share of all hours at useful work",
        axis=alt.Axis(format="%", tickCount=5, grid=False),
        scale=alt.Scale(domain=[0, 1], range=[0, alt.ExprRef(f"max(width - ({WIDE} ? {ROOM} : 12), 40)")]),
    )
    y = alt.Y(
        "cost:Q",
        title=None,
        axis=alt.Axis(labelExpr=fmt.d3_axis(currency), tickCount=5),
        scale=alt.Scale(domain=[0, top]),
    )
    lines = (
        alt.Chart(drawn)
        .mark_line(strokeWidth=2.5, clip=True)
        .encode(
            x,
            y,
            source_color(drawn["source"]),
            alt.Detail("label:N"),
            tooltip=[tip("Way", "label"), tip("At a use of", "at"), tip("Useful hour", "cost_text")],
        )
    )
    layers: list[alt.Chart | alt.LayerChart] = [lines]
    ends = drawn.loc[drawn.groupby("label")["utilization"].idxmax()].sort_values("cost")
    labels = _apart(ends, top).assign(at=1.0)
    layers.append(
        alt.Chart(labels)
        .mark_text(align="left", dx=12, limit=ROOM - 14, fontSize=SIZE["label"], color=INK.css)
        .encode(x=alt.X("at:Q"), y=alt.Y("place:Q"), text=alt.condition(WIDE, "label:N", alt.value("")))
    )
    if len(used):
        here = used[used["cost"] <= top].assign(
            cost_text=lambda d: d["cost"].map(lambda v: fmt.money(v, currency)),
            at=lambda d: d["utilization"].map(fmt.percent),
        )
        layers.append(
            alt.Chart(here)
            .mark_point(filled=True, size=95, opacity=1, stroke=BACKGROUND.css, strokeWidth=1.5)
            .encode(
                x=alt.X("utilization:Q"),
                y=alt.Y("cost:Q"),
                color=source_color(drawn["source"]),
                tooltip=[tip("In the plan", "label"), tip("Used", "at"), tip("Useful hour", "cost_text")],
            )
        )
    if len(points):
        cross = points.assign(at=points["utilization"].map(fmt.percent))
        layers.append(
            alt.Chart(cross)
            .mark_point(size=85, filled=False, color=INK.css, strokeWidth=1.8, opacity=1)
            .encode(
                x=alt.X("utilization:Q"),
                y=alt.Y("cost:Q"),
                tooltip=[tip("Break-even", "text"), tip("At a use of", "at")],
            )
        )
        layers.append(
            alt.Chart(cross.drop_duplicates("at"))
            .mark_text(dy=-12, dx=6, align="left", fontSize=SIZE["label"], fontWeight=600, color=MUTED.css)
            .encode(x=alt.X("utilization:Q"), y=alt.Y("cost:Q"), text=alt.condition(WIDE, "at:N", alt.value("")))
        )
    said = "; ".join(f"{n} {fmt.money(c, currency)}" for n, c in zip(ends["label"], ends["cost"], strict=True))
    return Figure(
        name,
        title,
        note,
        f"{title}. Cost of a useful hour at full use: {said}.",
        alt.layer(*layers).properties(height=TALL),
        table(
            curves,
            {
                "label": "Way to get it",
                "utilization": "Utilization",
                "cost": f"Cost per useful hour ({currency})",
            },
        ),
    )


def _apart(ends: pd.DataFrame, top: float) -> pd.DataFrame:
    """Labels at the ends of lines, moved apart where they would lie on each other."""
    least, last, places = 0.058 * top, -1.0, []
    for cost in ends["cost"]:
        last = max(float(cost), last + least) if last >= 0 else float(cost)
        places.append(last)
    return ends.assign(place=places)
