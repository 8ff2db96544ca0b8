"""Charts of capacity: the mix over time, load by slice, utilization and the timeline of orders."""

from __future__ import annotations

import altair as alt
import pandas as pd

from planner.report import format as fmt
from planner.report import insight_findings as finding
from planner.report.charts.base import HEIGHT, Figure, empty, period_axis, source_color, table, tip
from planner.report.theme import BACKGROUND, INK, MUTED, SIZE, SOURCES

_HOURS = "accelerator-hours"


def capacity_mix(mix: pd.DataFrame, needed: pd.DataFrame, shares: pd.DataFrame) -> Figure:
    """Accelerator-hours by source as stacked bars against the hours at work as a line, by period."""
    title = finding.mix(shares)
    if mix.empty:
        return empty("capacity-mix", title, "The plan holds no capacity.")
    labels = list(needed["period_label"])
    rank = {s: i for i, s in enumerate(SOURCES)}
    drawn = mix[mix["available"] > 0].assign(
        rank=lambda d: d["source"].map(rank),
        available_text=lambda d: d["available"].map(lambda v: fmt.quantity(v, _HOURS)),
        used_text=lambda d: d["used"].map(lambda v: fmt.quantity(v, _HOURS)),
        share_text=lambda d: d["share_of_work"].map(fmt.percent),
        count_text=lambda d: d["accelerators"].map(lambda v: fmt.compact(v)),
    )
    x = period_axis(labels)
    bars = (
        alt.Chart(drawn)
        .mark_bar()
        .encode(
            x,
            alt.Y(
                "available:Q",
                title="Accelerator-hours a period",
                axis=alt.Axis(
                    labelExpr=fmt.d3_axis(), tickCount=5, titleAngle=0, titleAlign="left", titleX=0, titleY=-8
                ),
            ),
            source_color(mix["source"]),
            order=alt.Order("rank:Q"),
            tooltip=[
                tip("Period", "period_label"),
                tip("Source", "source_label"),
                tip("Capacity", "available_text"),
                tip("of these at work", "used_text"),
                tip("Share of all work", "share_text"),
                tip("Accelerators on average", "count_text"),
            ],
        )
    )
    work = needed.assign(text=needed["needed"].map(lambda v: fmt.quantity(v, _HOURS)))
    base = alt.Chart(work).encode(
        x, y=alt.Y("needed:Q"), tooltip=[tip("Period", "period_label"), tip("Demand", "text")]
    )
    # a halo in the colour of the page keeps the line readable on every bar
    line = base.mark_line(color=BACKGROUND.css, strokeWidth=5) + base.mark_line(
        color=INK.css, strokeWidth=2.5, point=alt.OverlayMarkDef(color=INK.css, size=28, filled=True)
    )
    idle = 1 - needed["needed"].sum() / needed["available"].sum() if needed["available"].sum() > 0 else 0.0
    return Figure(
        "capacity-mix",
        title,
        "Bars: capacity in service by source. Line: demand at work. What a bar rises above the line is headroom.",
        f"{title}. Stacked bars of accelerator-hours by source for {len(labels)} periods with the demand as a line; "
        f"{fmt.percent(idle)} of capacity is headroom.",
        alt.layer(bars, line).properties(height=HEIGHT),
        table(
            mix,
            {
                "period_label": "Period",
                "source_label": "Source",
                "available": "Capacity (accelerator-hours)",
                "used": "At work (accelerator-hours)",
                "share_of_work": "Share of work",
                "accelerators": "Accelerators (average)",
            },
        ),
    )


def load_duration(load: pd.DataFrame, period: int, period_label: str, held: float) -> Figure:
    """Accelerators at work in one period from the highest slice to the lowest, by what serves them.

    `held` is the number of accelerators held in that period (owned, leased and committed).
    """
    rows = load[load["period"] == period]
    title = finding.load(rows, period_label)
    if rows.empty:
        return empty("load-duration", title, "Nothing is served in this period.")
    drawn = rows.assign(
        count_text=rows["accelerators"].map(fmt.compact),
        share_text=rows["share_of_slice"].map(fmt.percent),
        hours_text=(rows["x1"] - rows["x0"]).map(fmt.percent),
    )
    x_axis = alt.Axis(format="%", tickCount=5, labelFlush=True)
    rect = (
        alt.Chart(drawn)
        .mark_rect(stroke=BACKGROUND.css, strokeWidth=1)
        .encode(
            alt.X(
                "x0:Q",
                title="Share of the period's hours, highest load first",
                axis=x_axis,
                scale=alt.Scale(domain=[0, 1]),
            ),
            alt.X2("x1:Q"),
            alt.Y(
                "y0:Q",
                title="Accelerators at work",
                axis=alt.Axis(
                    labelExpr=fmt.d3_axis(), tickCount=5, titleAngle=0, titleAlign="left", titleX=0, titleY=-8
                ),
            ),
            alt.Y2("y1:Q"),
            source_color(rows["source"]),
            tooltip=[
                tip("Slice", "slice"),
                tip("Source", "source_label"),
                tip("Accelerators at work", "count_text"),
                tip("Share of the slice", "share_text"),
                tip("Hours of the period", "hours_text"),
            ],
        )
    )
    tops = rows.groupby("slice", as_index=False).agg(x0=("x0", "min"), x1=("x1", "max"), top=("y1", "max"))
    tops["middle"] = (tops["x0"] + tops["x1"]) / 2
    names = (
        alt.Chart(tops)
        .mark_text(dy=-8, fontSize=SIZE["label"], color=INK.css)
        .encode(x=alt.X("middle:Q"), y=alt.Y("top:Q"), text="slice:N")
    )
    layers: list[alt.Chart] = [rect, names]
    if held > 0:
        line = pd.DataFrame({"held": [held], "text": [f"{fmt.compact(held)} held"], "at": [1.0]})
        rule = alt.Chart(line).mark_rule(color=INK.css, strokeWidth=1.5, strokeDash=[5, 4]).encode(y="held:Q")
        text = (
            alt.Chart(line)
            .mark_text(align="right", dy=-7, dx=-2, color=INK.css, fontSize=SIZE["label"])
            .encode(x="at:Q", y="held:Q", text="text:N")
        )
        layers += [rule, text]
    return Figure(
        "load-duration",
        title,
        "Each step is a slice of the period, as wide as its hours. Dashed: accelerators held (owned, leased, committed).",
        f"{title}. {len(tops)} slices, stacked by source; {fmt.compact(held)} accelerators are held.",
        alt.layer(*layers).properties(height=HEIGHT),
        table(
            rows.assign(hours=rows["x1"] - rows["x0"]),
            {
                "slice": "Slice",
                "hours": "Share of hours",
                "source_label": "Source",
                "accelerators": "Accelerators at work",
                "share_of_slice": "Share of slice",
            },
        ),
    )


def utilization(frame: pd.DataFrame, period: int, period_label: str) -> Figure:
    """How busy each held offer is in one period: a mark for each slice and a bar for the average."""
    rows = frame[frame["period"] == period]
    title = finding.utilization(rows)
    if rows.empty:
        return empty("utilization", title, "No devices are held in this period.")
    hours = rows["used_hours"].sum()
    average = rows.groupby(["offer", "label", "source", "source_label", "devices"], as_index=False).agg(
        low=("utilization", "min"), high=("utilization", "max")
    )
    order = list(rows.groupby("label")["devices"].max().sort_values(ascending=False).index)
    drawn = rows.assign(
        text=rows["utilization"].map(fmt.percent),
        devices_text=rows["devices"].map(lambda v: fmt.quantity(v, "devices")),
    )
    y = alt.Y(
        "label:N",
        sort=order,
        title=None,
        axis=alt.Axis(domain=False, ticks=False, labelLimit=190, labelColor=INK.css),
    )
    x = alt.X("utilization:Q", title="Busy share of device-hours", axis=alt.Axis(format="%", tickCount=5))
    span = (
        alt.Chart(average)
        .mark_rule(strokeWidth=3, opacity=0.45)
        .encode(alt.X("low:Q"), alt.X2("high:Q"), y, source_color(rows["source"]))
    )
    dots = (
        alt.Chart(drawn)
        .mark_point(filled=True, size=90, opacity=1)
        .encode(
            x.scale(domain=[0, max(1.0, float(rows["utilization"].max()))]),
            y,
            source_color(rows["source"]),
            alt.Shape(
                "slice:N",
                legend=alt.Legend(title="Slice", columns=4, symbolFillColor=MUTED.css, symbolStrokeColor=MUTED.css),
            ),
            tooltip=[
                tip("Offer", "label"),
                tip("Slice", "slice"),
                tip("Busy", "text"),
                tip("In service", "devices_text"),
            ],
        )
    )
    return Figure(
        "utilization",
        f"{title} in {period_label}",
        "One mark for each slice of the period. Headroom below 100 % may be wanted: planned utilization, lead times, whole devices.",
        f"{title} in {period_label}: {fmt.plural(len(order), 'offer')}, {fmt.quantity(hours, 'device-hours')} used.",
        alt.layer(span, dots).properties(height=alt.Step(30)),
        table(
            rows,
            {
                "label": "Offer",
                "slice": "Slice",
                "devices": "Devices in service",
                "used_hours": "Device-hours used",
                "utilization": "Utilization",
            },
        ),
    )


def timeline(frame: pd.DataFrame) -> Figure:
    """Holdings as bars from first to last month in service, with a mark at the month of the order."""
    title = finding.timeline(frame)
    if frame.empty:
        return empty("timeline", title, "The plan holds no devices.")
    rows = frame.copy()
    turn = rows.groupby("label").cumcount()
    rows["row"] = rows["label"] + "|" + turn.astype(str)
    rows["devices_text"] = rows["devices"].map(lambda v: fmt.compact(v))
    rows["start_text"] = rows["start"].dt.strftime(fmt.D3_MONTH)
    rows["end_text"] = (rows["end"] - pd.Timedelta(days=1)).dt.strftime(fmt.D3_MONTH)
    rows["order_text"] = rows["ordered"].dt.strftime(fmt.D3_MONTH).fillna("before the plan")
    rows["ends_text"] = rows["ends"].map(
        {"retired": "retired early", "expired": "term or life over", "horizon": "still in service at the end"}
    )
    rows["how"] = rows["asset"].where(rows["asset"] != "", "ordered by the plan")
    y = alt.Y(
        "row:N",
        sort=list(rows["row"]),
        title=None,
        axis=alt.Axis(
            domain=False,
            ticks=False,
            labelLimit=200,
            labelOverlap=False,
            labelColor=INK.css,
            labelExpr="split(datum.label, '|')[1] == '0' ? split(datum.label, '|')[0] : ''",
        ),
    )
    tooltip = [
        tip("Offer", "label"),
        tip("Devices", "devices_text"),
        tip("Ordered", "order_text"),
        tip("In service from", "start_text"),
        tip("until", "end_text"),
        tip("Then", "ends_text"),
        tip("Holding", "how"),
    ]
    x = alt.X("start:T", title=None, axis=alt.Axis(format="%Y", tickCount="year", grid=True))
    bars = (
        alt.Chart(rows)
        .mark_bar(height=12, cornerRadius=2)
        .encode(x, alt.X2("end:T"), y, source_color(rows["source"]), tooltip=tooltip)
    )
    count = (
        alt.Chart(rows)
        .mark_text(align="left", dx=4, color=INK.css, fontSize=SIZE["note"], fontWeight=600)
        .encode(alt.X("end:T"), y, text="devices_text:N")
    )
    new = rows[rows["ordered"].notna()]
    wait = alt.Chart(new).mark_rule(color=MUTED.css, strokeDash=[2, 2]).encode(alt.X("ordered:T"), alt.X2("start:T"), y)
    order = (
        alt.Chart(new)
        .mark_point(shape="diamond", filled=True, size=55, color=INK.css, opacity=1)
        .encode(alt.X("ordered:T"), y, tooltip=tooltip)
    )
    return Figure(
        "timeline",
        title,
        "Bar: in service, with the number of devices at its end. Diamond: the month in which to order.",
        f"{title}. {fmt.plural(len(rows), 'holding')} of devices with order, start and end dates.",
        alt.layer(bars, count, wait, order).properties(height=alt.Step(17)),
        table(
            rows.assign(first=rows["start_text"], last=rows["end_text"]),
            {
                "label": "Offer",
                "how": "Holding",
                "devices": "Devices",
                "order_text": "Order in",
                "first": "In service from",
                "last": "until",
                "ends_text": "Then",
            },
        ),
    )
