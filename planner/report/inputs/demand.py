"""Demand as figures: how much work arises, from which workload, and how it moves within a period."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from planner.model.sets import Sets
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.charts.base import HEIGHT, Figure, empty, legend, period_axis, table, tip
from planner.report.labels import Calendar, names
from planner.report.theme import ACCENT, BACKGROUND, INK, workload_tones

PEAK = "Busiest slice"


def rates(plan: Plan) -> pd.Series:
    """Units of each workload in an accelerator-hour, indexed by workload; workloads without throughput are missing.

    The middle of what the hardware table allows: a common measure for work in different units.
    """
    able = plan.table("throughput").merge(plan.table("hardware")[["hardware", "accelerators"]], on="hardware")
    able = able[able["accelerators"] > 0]
    return (able["units_per_hour"] / able["accelerators"]).groupby(able["workload"]).median()


def work(plan: Plan) -> pd.DataFrame:
    """Accelerators that each workload keeps busy in each period and slice, were they fully used.

    Columns: workload, name, period, period_label, slice, share_of_hours, accelerators (average in
    the slice). Workloads that no hardware can run (token APIs alone) are left out.
    """
    sets = Sets(plan)
    per_hour = sets.demand.sum(axis=1) / sets.slice_hours
    rate = rates(plan).reindex(sets.workloads["workload"]).to_numpy(float)
    w, t, b = (x.ravel() for x in np.indices(per_hour.shape))
    named = names(plan, "workloads")
    labels = np.array(Calendar(plan.settings).period_labels, dtype=object)
    out = pd.DataFrame(
        {
            "workload": sets.workloads["workload"].to_numpy(object)[w],
            "name": named.to_numpy(object)[w],
            "period": t + 1,
            "period_label": labels[t],
            "slice": sets.slices["slice"].to_numpy(object)[b],
            "share_of_hours": sets.phi[b],
            "accelerators": (per_hour / rate[:, None, None]).ravel(),
        }
    )
    return out[out["accelerators"].notna()].reset_index(drop=True)


def by_period(work: pd.DataFrame) -> pd.DataFrame:
    """The average over the slices: workload, name, period, period_label, accelerators."""
    weighted = work.assign(accelerators=work["accelerators"] * work["share_of_hours"])
    keys = ["workload", "name", "period", "period_label"]
    return weighted.groupby(keys, as_index=False, sort=False)["accelerators"].sum()


def busiest(work: pd.DataFrame) -> pd.DataFrame:
    """The busiest slice of each period over all workloads: period, period_label, slice, accelerators."""
    total = work.groupby(["period", "period_label", "slice"], as_index=False, sort=False)["accelerators"].sum()
    return total.loc[total.groupby("period")["accelerators"].idxmax()].reset_index(drop=True)


def finding(average: pd.DataFrame, peak: pd.DataFrame) -> str:
    """What demand does over the plan, in words with numbers."""
    total = average.groupby("period")["accelerators"].sum()
    first, last = float(total.iloc[0]), float(total.iloc[-1])
    if last <= 0 and first <= 0:
        return "No demand yet"
    end = fmt.compact(last, 2)
    grown = f"grows {fmt.figures(last / first, 2)}-fold to" if first > 0 and last > 1.05 * first else "ends at"
    text = f"Demand {grown} {end} accelerators at work on average"
    ratio = float(peak["accelerators"].iloc[-1]) / last if last > 0 else 1.0
    return text + (f", {fmt.figures(ratio, 2)} times that in its busiest slice" if ratio > 1.02 else "")


def volume_text(value: float, unit: str) -> str:
    """A volume with its unit; a unit of millions is counted out: 8 M of "M tokens" are 8 tn tokens."""
    return fmt.quantity(value * 1e6, unit[2:]) if unit.startswith("M ") else fmt.quantity(value, unit)


def demand(plan: Plan) -> Figure:
    """Accelerators at work by workload, stacked over the periods, with the busiest slice as a line."""
    load = work(plan)
    if load.empty or not load["accelerators"].sum() > 0:
        return empty("demand", "No demand yet", "Enter volumes and throughput to see what they amount to.")
    average, peak = by_period(load), busiest(load)
    title = finding(average, peak)
    order = list(average.groupby("name")["accelerators"].sum().sort_values(ascending=False).index)
    tones = workload_tones(len(order))
    x = period_axis(list(dict.fromkeys(average["period_label"])))
    drawn = average.assign(
        rank=average["name"].map({n: i for i, n in enumerate(order)}),
        text=average["accelerators"].map(fmt.compact),
    )
    bars = (
        alt.Chart(drawn)
        .mark_bar(stroke=BACKGROUND.css, strokeWidth=0.6)
        .encode(
            x,
            alt.Y("accelerators:Q", title=None, axis=alt.Axis(labelExpr=fmt.d3_axis(), tickCount=5)),
            alt.Color(
                "name:N",
                scale=alt.Scale(domain=order, range=[t.css for t in tones]),
                legend=legend(len(order), wide=4, narrow=2),
            ),
            order=alt.Order("rank:Q"),
            tooltip=[tip("Workload", "name"), tip("Period", "period_label"), tip("Accelerators at work", "text")],
        )
    )
    marks = peak.assign(text=peak["accelerators"].map(fmt.compact))
    base = alt.Chart(marks).encode(
        x,
        y="accelerators:Q",
        tooltip=[tip("Period", "period_label"), tip(PEAK, "slice"), tip("Accelerators at work", "text")],
    )
    line = base.mark_line(color=ACCENT.css, strokeWidth=2) + base.mark_point(color=ACCENT.css, filled=True, size=36)
    return Figure(
        "demand",
        title,
        "Bars: accelerators that the volumes keep busy on average, at the middle of the hardware table's throughput. "
        "Line: the busiest slice of the period.",
        f"{title}. Stacked bars by workload for {len(peak)} periods, with a line for the busiest slice.",
        alt.layer(bars, line).properties(height=HEIGHT),
        table(
            average,
            {"name": "Workload", "period_label": "Period", "accelerators": "Accelerators at work (average)"},
        ),
    )


def slices(plan: Plan, period: int) -> Figure:
    """Load within a period: each slice as wide as its share of the hours, as high as its accelerators."""
    load = work(plan)
    load = load[load["period"] == period]
    if load.empty or not load["accelerators"].sum() > 0:
        return empty("slices", "No load in this period", "There is no volume in this period.")
    label = str(load["period_label"].iloc[0])
    total = load.groupby(["slice", "share_of_hours"], as_index=False)["accelerators"].sum()
    total = total.sort_values("accelerators", ascending=False, ignore_index=True)
    total["x1"] = total["share_of_hours"].cumsum()
    total["x0"] = total["x1"] - total["share_of_hours"]
    top, low = total.iloc[0], total.iloc[-1]
    if len(total) > 1 and low["accelerators"] > 0:
        many = fmt.figures(float(top["accelerators"] / low["accelerators"]), 2)
        title = f"In {label}, {top['slice']} is {many} times as busy as {low['slice']}"
    else:
        title = f"In {label}, {fmt.compact(float(top['accelerators']))} accelerators are at work"
    order = list(load.groupby("name")["accelerators"].sum().sort_values(ascending=False).index)
    drawn = load.merge(total[["slice", "x0", "x1"]], on="slice")
    drawn["rank"] = drawn["name"].map({n: i for i, n in enumerate(order)})
    drawn = drawn.sort_values(["x0", "rank"])
    drawn["y1"] = drawn.groupby("slice")["accelerators"].cumsum()
    drawn["y0"] = drawn["y1"] - drawn["accelerators"]
    drawn["text"] = drawn["accelerators"].map(fmt.compact)
    drawn["share"] = drawn["share_of_hours"].map(fmt.percent)
    tones = workload_tones(len(order))
    bars = (
        alt.Chart(drawn)
        .mark_rect(stroke=BACKGROUND.css, strokeWidth=0.6)
        .encode(
            alt.X(
                "x0:Q",
                title="Share of the period's hours",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=fmt.D3_PERCENT, tickCount=5),
            ),
            alt.X2("x1:Q"),
            alt.Y("y0:Q", title=None, axis=alt.Axis(labelExpr=fmt.d3_axis(), tickCount=5)),
            alt.Y2("y1:Q"),
            alt.Color(
                "name:N",
                scale=alt.Scale(domain=order, range=[t.css for t in tones]),
                legend=legend(len(order), wide=4, narrow=2),
            ),
            tooltip=[
                tip("Workload", "name"),
                tip("Slice", "slice"),
                tip("Share of hours", "share"),
                tip("Accelerators at work", "text"),
            ],
        )
    )
    middle = total.assign(at=(total["x0"] + total["x1"]) / 2)
    text = (
        alt.Chart(middle)
        .mark_text(dy=-9, color=INK.css, fontWeight=600)
        .encode(alt.X("at:Q"), alt.Y("accelerators:Q"), text="slice:N")
    )
    return Figure(
        "slices",
        title,
        "Each block is a slice: as wide as its share of the hours, as high as the accelerators that it keeps busy.",
        f"{title}. {len(total)} slices by workload.",
        alt.layer(bars, text).properties(height=HEIGHT),
        table(
            drawn,
            {
                "slice": "Slice",
                "share_of_hours": "Share of hours",
                "name": "Workload",
                "accelerators": "Accelerators at work",
            },
        ),
    )


def volumes(plan: Plan, workload: str) -> Figure:
    """The volume of one workload by location, stacked over the periods, in its own unit."""
    rows = plan.table("demand")
    rows = rows[rows["workload"] == workload]
    unit = str(plan.table("workloads").set_index("workload")["unit"].get(workload, "units"))
    name = str(names(plan, "workloads").get(workload, workload))
    if rows.empty or not rows["volume"].sum() > 0:
        return empty("volumes", f"{name} has no volume yet", "Enter volumes to see them here.")
    labels = Calendar(plan.settings).period_labels
    drawn = rows.groupby(["location", "period"], as_index=False)["volume"].sum()
    drawn["name"] = drawn["location"].map(names(plan, "locations"))
    drawn["period_label"] = [labels[p - 1] for p in drawn["period"].astype(int)]
    drawn["text"] = drawn["volume"].map(lambda v: volume_text(float(v), unit))
    order = list(drawn.groupby("name")["volume"].sum().sort_values(ascending=False).index)
    drawn["rank"] = drawn["name"].map({n: i for i, n in enumerate(order)})
    total = drawn.groupby("period")["volume"].sum()
    first, last = float(total.iloc[0]), float(total.iloc[-1])
    share = float(drawn.loc[drawn["name"] == order[0], "volume"].sum() / drawn["volume"].sum())
    grown = f"grows {fmt.figures(last / first, 2)}-fold" if first > 0 and last > 1.05 * first else "holds its volume"
    where = f"; {fmt.percent(share)} arises in {order[0]}" if len(order) > 1 else ""
    title = f"{name} {grown} to {volume_text(last, unit)} a period{where}"
    tones = workload_tones(len(order))
    chart = (
        alt.Chart(drawn)
        .mark_bar(stroke=BACKGROUND.css, strokeWidth=0.6)
        .encode(
            period_axis(labels),
            alt.Y("volume:Q", title=None, axis=alt.Axis(labelExpr=fmt.d3_axis(), tickCount=5)),
            alt.Color(
                "name:N",
                scale=alt.Scale(domain=order, range=[t.css for t in tones]),
                legend=legend(len(order), wide=4, narrow=2),
            ),
            order=alt.Order("rank:Q"),
            tooltip=[tip("Location", "name"), tip("Period", "period_label"), tip("Volume", "text")],
        )
        .properties(height=HEIGHT)
    )
    return Figure(
        "volumes",
        title,
        f"{fmt.sentence(unit)} in each period, by the location where they arise.",
        f"{title}. Stacked bars by location for {len(total)} periods.",
        chart,
        table(drawn, {"name": "Location", "period_label": "Period", "volume": f"Volume ({unit})"}),
    )
