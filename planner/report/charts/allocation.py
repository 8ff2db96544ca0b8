"""Charts of allocation: who bears what, and what a unit costs over time."""

from __future__ import annotations

import altair as alt
import pandas as pd

from planner.report import format as fmt
from planner.report.charts.base import HEIGHT, Figure, empty, legend, period_axis, room_for_text, table, tip
from planner.report.charts.statement import money_axis
from planner.report.theme import ACCENT, INK, NEUTRAL, SIZE, Tone

MANNERS = {"Caused": ACCENT, "Shared": Tone("#8FB3DC", "#3D6695"), "Idle": NEUTRAL}
"""How a cost came to who bears it, and its colour."""


def bearers(parts: pd.DataFrame, totals: pd.DataFrame, currency: str, title: str, heading: str, note: str) -> Figure:
    """Who bears how much, the greatest first: bars of what was caused, shared and idle.

    `parts`: who, manner, amount. `totals`: who, amount, share, in order.
    """
    name = "who-bears-it"
    if totals.empty or not totals["amount"].any():
        return empty(name, title, "There is nothing to allocate.")
    rank = {m: i for i, m in enumerate(MANNERS)}
    drawn = parts[parts["amount"] != 0].assign(
        rank=lambda d: d["manner"].map(rank), text=lambda d: d["amount"].map(lambda v: fmt.money(v, currency))
    )
    order = list(totals["who"])
    y = alt.Y(
        "who:N",
        sort=order,
        title=None,
        axis=alt.Axis(domain=False, ticks=False, labelLimit=190, labelColor=INK.css),
    )
    least = min(0.0, float(parts.loc[parts["amount"] < 0].groupby("who")["amount"].sum().min() or 0.0))
    most = float(parts.loc[parts["amount"] > 0].groupby("who")["amount"].sum().max())
    scale = room_for_text(least if least == least else 0.0, most, 112)
    present = [m for m in MANNERS if m in set(drawn["manner"])]
    bars = (
        alt.Chart(drawn)
        .mark_bar(height=18)
        .encode(
            alt.X("amount:Q", title=None, axis=money_axis(currency), scale=scale),
            y,
            alt.Color(
                "manner:N",
                scale=alt.Scale(domain=present, range=[MANNERS[m].css for m in present]),
                legend=legend(len(present), 3, 3),
            ),
            order=alt.Order("rank:Q"),
            tooltip=[tip(heading, "who"), tip("How", "manner"), tip("Amount", "text")],
        )
    )
    ends = totals.assign(
        top=totals["who"].map(parts[parts["amount"] > 0].groupby("who")["amount"].sum()).fillna(0.0),
        text=[
            fmt.money(a, currency) + " · " + fmt.percent(s)
            for a, s in zip(totals["amount"], totals["share"], strict=True)
        ],
    )
    texts = (
        alt.Chart(ends)
        .mark_text(align="left", dx=6, color=INK.css, fontSize=SIZE["label"])
        .encode(alt.X("top:Q"), y, text="text:N")
    )
    wide = parts.pivot_table(index="who", columns="manner", values="amount", aggfunc="sum", fill_value=0.0)
    wide = wide.reindex(index=order, columns=list(MANNERS)).fillna(0.0)
    wide.columns.name = None
    wide = wide.rename(columns={m: f"{m} ({currency})" for m in MANNERS}).rename_axis(heading).reset_index()
    wide[f"In all ({currency})"] = totals["amount"].to_numpy(float)
    wide["Share"] = totals["share"].to_numpy(float)
    said = "; ".join(f"{n} {t}" for n, t in zip(ends["who"], ends["text"], strict=True))
    return Figure(name, title, note, f"{title}. {said}.", alt.layer(bars, texts).properties(height=alt.Step(30)), wide)


def unit_cost(rows: pd.DataFrame, currency: str, unit: str, title: str, labels: list[str]) -> Figure:
    """Average cost of a unit of one workload by period, what was caused, shared and idle in it.

    `rows`: period_label, manner, cost (per unit), total (per unit).
    """
    name = "unit-cost"
    if rows.empty or not rows["cost"].any():
        return empty(name, title, "Nothing is served.")
    rank = {m: i for i, m in enumerate(MANNERS)}
    drawn = rows[rows["cost"].notna()].assign(
        rank=lambda d: d["manner"].map(rank),
        text=lambda d: d["cost"].map(lambda v: fmt.unit_price(v, currency, unit)),
        total_text=lambda d: d["total"].map(lambda v: fmt.unit_price(v, currency, unit)),
    )
    present = [m for m in MANNERS if m in set(drawn["manner"])]
    bars = (
        alt.Chart(drawn)
        .mark_bar()
        .encode(
            period_axis(labels),
            alt.Y("cost:Q", title=None, axis=money_axis(currency)),
            alt.Color(
                "manner:N",
                scale=alt.Scale(domain=present, range=[MANNERS[m].css for m in present]),
                legend=legend(len(present), 3, 3),
            ),
            order=alt.Order("rank:Q"),
            tooltip=[
                tip("Period", "period_label"),
                tip("How", "manner"),
                tip("A unit", "text"),
                tip("In all", "total_text"),
            ],
        )
    )
    return Figure(
        name,
        title,
        f"Expense (not cash) for each unit served: {unit}. Caused by the workload, its share of what it uses, and of what was idle.",
        f"{title}. By period, for {len(labels)} periods.",
        bars.properties(height=HEIGHT),
        table(
            rows,
            {"period_label": "Period", "manner": "How", "cost": f"Cost per unit ({currency})"},
        ),
    )
