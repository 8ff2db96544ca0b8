"""Assets as a timeline: what is there, since when, and when it leaves."""

from __future__ import annotations

import altair as alt
import pandas as pd

from planner.plan.plan import Plan
from planner.plan.tables import OWNED
from planner.report import format as fmt
from planner.report.charts.base import Figure, empty, source_color, table, tip
from planner.report.labels import offers
from planner.report.theme import INK, MUTED, SIZE


def holdings(plan: Plan) -> pd.DataFrame:
    """Every asset with its dates: asset, label, source, source_label, devices, start, end, months_left, book_value.

    Committed and leased ones run to the end of their term, owned ones to the end of their life.
    `months_left` counts from the plan's start, 0 when the asset is gone by then.
    """
    rows = plan.table("assets")
    known = offers(plan).drop(columns="offer")
    out = rows[["asset", "offer", "devices", "in_service", "book_value"]].join(known, on="offer")
    life = plan.table("offers").set_index("offer")["useful_life_months"].reindex(rows["offer"].to_numpy(object))
    months = out["term_months"].where(out["pricing"] != OWNED, life.to_numpy()).astype(int)
    start = pd.PeriodIndex(out["in_service"].astype(str), freq="M")
    end = pd.PeriodIndex([s + int(m) for s, m in zip(start, months, strict=True)], freq="M")
    begin = pd.Period(plan.settings.start, freq="M")
    out["start"], out["end"] = start.to_timestamp(), end.to_timestamp()
    out["months_left"] = [max((e - begin).n, 0) for e in end]
    return out.sort_values(["end", "asset"], ignore_index=True)


def assets(plan: Plan) -> Figure:
    """Assets as bars from the month of service to the end of term or life, against the plan's horizon."""
    if plan.tables["assets"].empty:
        return empty("assets", "The plan starts with nothing in service", "Enter what is there already.")
    rows = holdings(plan)
    settings = plan.settings
    begin = pd.Period(settings.start, freq="M")
    over = begin + settings.periods * settings.months_per_period
    last = rows[rows["months_left"] > 0]
    leaving = last[last["end"] <= over.to_timestamp()]
    title = f"{fmt.compact(float(last['devices'].sum()))} devices are in service when the plan starts"
    if len(leaving):
        count = fmt.compact(float(leaving["devices"].sum()))
        title += f"; {count} leave within it, the first in {fmt.month(str(leaving['end'].iloc[0])[:7])}"
    drawn = rows.assign(
        row="=" + rows["asset"],
        text=rows["asset"] + ": " + rows["devices"].map(fmt.compact) + " x " + rows["label"],
        start_text=rows["start"].dt.strftime(fmt.D3_MONTH),
        end_text=rows["end"].dt.strftime(fmt.D3_MONTH),
        book_text=rows["book_value"].map(lambda v: fmt.money(float(v), settings.currency)),
    )
    heads = drawn.assign(row="-" + drawn["row"])
    # A row of air on top for the words at the ends of the plan.
    order = ["", *(row for one in drawn["row"] for row in ("-" + one, one))]
    y = alt.Y("row:N", sort=order, title=None, axis=None)
    label = (
        alt.Chart(heads)
        .mark_text(align="left", color=INK.css, fontSize=SIZE["label"], dy=2)
        .encode(y, x=alt.value(0), text="text:N")
    )
    bars = (
        alt.Chart(drawn)
        .mark_bar(height=11, cornerRadius=2)
        .encode(
            alt.X("start:T", title=None, axis=alt.Axis(format="%Y", tickCount="year", grid=True)),
            alt.X2("end:T"),
            y,
            source_color(drawn["source"]),
            tooltip=[
                tip("Asset", "asset"),
                tip("Offer", "label"),
                tip("In service from", "start_text"),
                tip("until", "end_text"),
                tip("Book value", "book_text"),
            ],
        )
    )
    span = pd.DataFrame(
        {"at": [begin.to_timestamp(), over.to_timestamp()], "text": ["Plan starts", "Plan ends"], "row": ["", ""]}
    )
    lines = alt.Chart(span).mark_rule(color=MUTED.css, strokeDash=[4, 3]).encode(alt.X("at:T"))
    words = (
        alt.Chart(span)
        .mark_text(align="right", dx=-4, color=MUTED.css, fontSize=SIZE["note"])
        .encode(alt.X("at:T"), y, text="text:N")
    )
    return Figure(
        "assets",
        title,
        "Bar: in service, to the end of the term or of the useful life.",
        f"{title}. {fmt.plural(len(rows), 'asset')} with first and last month.",
        alt.layer(label, bars, lines, words).properties(height=alt.Step(18)),
        table(
            drawn,
            {
                "asset": "Asset",
                "label": "Offer",
                "devices": "Devices",
                "start_text": "In service from",
                "end_text": "until",
                "months_left": "Months left at the start",
                "book_value": f"Book value ({settings.currency})",
            },
        ),
    )
