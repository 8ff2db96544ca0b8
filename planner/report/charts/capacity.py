"""Charts of capacity: the mix over time, load by slice, utilization and the timeline of orders."""

from __future__ import annotations

import altair as alt
import pandas as pd

from planner.report import format as fmt
from planner.report import insight_findings as finding
from planner.report.charts.base import HEIGHT, Figure, empty, period_axis, source_color, table, tip
from planner.report.theme import BACKGROUND, INK, MUTED, SIZE, SOURCE_LABELS, SOURCES

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
                title=None,
                axis=alt.Axis(labelExpr=fmt.d3_axis(), tickCount=5),
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
        "Accelerator-hours by period. Bars: capacity in service by source. Line: demand at work. What a bar rises above the line is headroom.",
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


def by_offer(frame: pd.DataFrame, periods: list[str]) -> Figure:
    """Accelerators in service by offer and period, stacked; rented ones as used on average."""
    rows = frame[frame["accelerators"] > 0]
    if rows.empty:
        return empty("capacity-by-offer", "No devices are in service", "The plan uses token APIs only, or nothing.")
    peak = rows.groupby("label")["accelerators"].max()
    top = rows.loc[rows["accelerators"].idxmax()]
    title = (
        f"{fmt.sentence(str(top['label']))} is the largest block: {fmt.compact(top['accelerators'])} accelerators "
        f"in {top['period_label']}"
    )
    rank = {s: i for i, s in enumerate(SOURCES)}
    order = {label: i for i, label in enumerate(peak.sort_values(ascending=False).index)}
    drawn = rows.assign(
        rank=[rank[s] * len(order) + order[o] for s, o in zip(rows["source"], rows["label"], strict=True)],
        count_text=rows["accelerators"].map(fmt.compact),
        devices_text=rows["devices_in_service"].map(fmt.compact),
        ordered_text=rows["ordered"].map(fmt.compact),
        retired_text=(rows["retired"] + rows["expired"]).map(fmt.compact),
    )
    bars = (
        alt.Chart(drawn)
        .mark_bar(stroke=BACKGROUND.css, strokeWidth=0.7)
        .encode(
            period_axis(periods),
            alt.Y("accelerators:Q", title=None, axis=alt.Axis(labelExpr=fmt.d3_axis(), tickCount=5)),
            source_color(rows["source"]),
            alt.Detail("offer:N"),
            order=alt.Order("rank:Q"),
            tooltip=[
                tip("Offer", "label"),
                tip("Period", "period_label"),
                tip("Accelerators", "count_text"),
                tip("Devices in service", "devices_text"),
                tip("Ordered in the period", "ordered_text"),
                tip("Left before the period", "retired_text"),
            ],
        )
    )
    wide = rows.pivot_table(index=["label", "source_label"], columns="period_label", values="devices_in_service")
    wide = wide.reindex(columns=periods).fillna(0.0).reset_index()
    wide.columns.name = None
    return Figure(
        "capacity-by-offer",
        title,
        "Accelerators in service, one block for each offer. On demand and spot: as used, on average over the period.",
        f"{title}. {fmt.plural(len(order), 'offer')} over {fmt.plural(len(periods), 'period')}.",
        bars.properties(height=HEIGHT),
        wide.rename(columns={"label": "Offer (devices in service)", "source_label": "Source"}),
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
    # room above the highest step for the names of the slices
    top = max(float(rows["y1"].max()), held) * 1.12
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
                title=None,
                axis=alt.Axis(labelExpr=fmt.d3_axis(), tickCount=5),
                scale=alt.Scale(domainMax=top),
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
        .mark_text(baseline="top", fontSize=SIZE["label"], fontWeight=600, color=INK.css)
        .encode(x=alt.X("middle:Q"), y=alt.value(2), text="slice:N")
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
        "Accelerators at work. Each step is a slice of the period, as wide as its hours. Dashed: accelerators held (owned, leased, committed).",
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
    heads = rows.groupby(["offer", "label", "short", "source"], as_index=False).agg(
        low=("utilization", "min"), high=("utilization", "max"), devices=("devices", "max")
    )
    heads = heads.sort_values(["devices", "label"], ascending=[False, True], ignore_index=True)
    heads["source_label"] = heads["source"].map(SOURCE_LABELS)
    order = list(heads["offer"])
    heads["text"] = heads["short"] + " (" + heads["devices"].map(fmt.compact) + ")"
    drawn = rows.assign(
        text=rows["utilization"].map(fmt.percent),
        devices_text=rows["devices"].map(lambda v: fmt.quantity(v, "devices")),
    )
    y = alt.Y("offer:N", sort=order, title=None, axis=None)
    x = alt.X(
        "utilization:Q",
        title="Busy share of device-hours",
        axis=alt.Axis(format="%", tickCount=5, grid=True, labelFlush=True),
        scale=alt.Scale(domain=[0, max(1.0, float(rows["utilization"].max()))]),
    )
    names = alt.Chart(heads).mark_text(
        align="left", dy=-8, color=INK.css, fontSize=SIZE["label"], limit=alt.ExprRef("width")
    )
    span = alt.Chart(heads).mark_rule(strokeWidth=3, opacity=0.45, yOffset=9)
    dots = (
        alt.Chart(drawn)
        .mark_point(filled=True, size=90, opacity=1, yOffset=9)
        .encode(
            x,
            y,
            source_color(rows["source"]),
            alt.Shape(
                "slice:N",
                legend=alt.Legend(
                    orient="bottom",
                    title="Slice",
                    columns=alt.ExprRef("width < 400 ? 3 : 6"),
                    symbolFillColor=MUTED.css,
                    symbolStrokeColor=MUTED.css,
                ),
            ),
            tooltip=[
                tip("Offer", "label"),
                tip("Slice", "slice"),
                tip("Busy", "text"),
                tip("In service", "devices_text"),
            ],
        )
    )
    layers = [
        names.encode(y, x=alt.value(0), text="text:N"),
        span.encode(alt.X("low:Q"), alt.X2("high:Q"), y, source_color(rows["source"])),
        dots,
    ]
    return Figure(
        "utilization",
        f"{title} in {period_label}",
        "One mark for each slice of the period. Headroom below 100 % may be wanted: planned utilization, lead times, whole devices.",
        f"{title} in {period_label}: {fmt.plural(len(order), 'offer')}, {fmt.quantity(hours, 'device-hours')} used.",
        alt.layer(*layers).properties(height=alt.Step(40)),
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
    rows = _tranches(frame)
    heads = rows.drop_duplicates("label").assign(row=lambda d: "=" + d["label"], text=lambda d: d["short"])
    order = list(
        pd.concat([heads.assign(place=0), rows.assign(place=1)], ignore_index=True).sort_values(
            ["group", "place"], kind="stable"
        )["row"]
    )
    y = alt.Y("row:N", sort=order, title=None, axis=None)
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
    names = (
        alt.Chart(heads)
        .mark_text(align="left", color=INK.css, fontSize=SIZE["label"], dy=2, limit=alt.ExprRef("width"))
        .encode(y, x=alt.value(0), text="text:N")
    )
    bars = (
        alt.Chart(rows)
        .mark_bar(height=11, cornerRadius=2)
        .encode(x, alt.X2("end:T"), y, source_color(rows["source"]), tooltip=tooltip)
    )
    count = (
        alt.Chart(rows)
        .mark_text(align="left", dx=4, color=INK.css, fontSize=SIZE["note"], fontWeight=600)
        .encode(alt.X("end:T"), y, text="devices_text:N")
    )
    new = rows[rows["ordered"].notna()]
    wait = alt.Chart(new).mark_rule(color=MUTED.css, strokeDash=[2, 2]).encode(alt.X("ordered:T"), alt.X2("start:T"), y)
    diamond = (
        alt.Chart(new)
        .mark_point(shape="diamond", filled=True, size=55, color=INK.css, opacity=1)
        .encode(alt.X("ordered:T"), y, tooltip=tooltip)
    )
    return Figure(
        "timeline",
        title,
        "Bar: in service, with the number of devices at its end. Diamond: the month in which to order.",
        f"{title}. {fmt.plural(len(rows), 'holding')} of devices with order, start and end dates.",
        alt.layer(names, bars, count, wait, diamond).properties(height=alt.Step(16)),
        table(
            _texts(frame),
            {
                "label": "Offer",
                "how": "Holding",
                "devices": "Devices",
                "order_text": "Order in",
                "start_text": "In service from",
                "end_text": "until",
                "ends_text": "Then",
            },
        ),
    )


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Holdings with their dates and ends in words."""
    ends = {
        "retired": "retired early",
        "expired": "term or life over",
        "horizon": "still in service at the end",
        "": "leaves in parts",
    }
    return frame.assign(
        devices_text=frame["devices"].map(fmt.compact),
        start_text=frame["start"].dt.strftime(fmt.D3_MONTH),
        end_text=(frame["end"] - pd.Timedelta(days=1)).dt.strftime(fmt.D3_MONTH),
        order_text=frame["ordered"].dt.strftime(fmt.D3_MONTH).fillna("before the plan"),
        ends_text=frame["ends"].map(ends),
        how=("asset " + frame["asset"]).where(frame["asset"] != "", "ordered by the plan"),
    )


def _tranches(frame: pd.DataFrame) -> pd.DataFrame:
    """One row for each tranche: what came at the same time is one bar, to the end of its last device."""
    keys = ["offer", "label", "short", "source", "source_label", "asset", "start"]
    out = frame.groupby(keys, as_index=False).agg(
        devices=("devices", "sum"),
        end=("end", "max"),
        ordered=("ordered", "first"),
        ends=("ends", lambda v: v.iloc[0] if (v == v.iloc[0]).all() else ""),
    )
    out["rank"] = out["source"].map({s: i for i, s in enumerate(SOURCES)})
    out = out.sort_values(["rank", "label", "start", "asset"], ignore_index=True)
    out["group"] = out["label"].ne(out["label"].shift()).cumsum()
    out["row"] = out["label"] + "|" + out.groupby("label").cumcount().astype(str)
    return _texts(out)
