"""Waterfall between two scenarios: the cost of each cause, made after those before it."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from planner.explore.bridge import STEP, TOTAL
from planner.report import cost_words as words
from planner.report import format as fmt
from planner.report.charts.base import Figure, tip
from planner.report.charts.scenario import BASE_NAME, SAME, TOLD, TONES, kind_of, range_text, told_apart
from planner.report.theme import ACCENT, INK, MUTED, SIZE

ENDS = "Cost of a scenario"
ZOOM = 4.0
"""Where the whole is more than so many times the span of the steps, the axis does not begin at 0."""


def scenario_bridge(bridge: pd.DataFrame, categories: pd.DataFrame, currency: str) -> Figure:
    """The frames `bridge` and `categories` of the question of that name as a waterfall from top to bottom."""
    title = _finding(bridge, currency)
    total = bridge["role"] == TOTAL
    drawn = bridge.assign(
        kind=np.where(total, ENDS, kind_of(bridge["value"], bridge["certain"])),
        name=_names(bridge),
        text=[_text(r, currency) for r in bridge.to_dict("records")],
        range_text=[
            "" if r.role == TOTAL else range_text(r.low, r.high, currency) for r in bridge.itertuples(index=False)
        ],
        mostly=[_mostly(r.number, categories, currency) if r.role == STEP else "" for r in bridge.itertuples()],
    )
    low, high = float(drawn[["begin", "finish"]].min().min()), float(drawn["finish"].max())
    steps = drawn[~total]
    inner = float(bridge.loc[total, "finish"].min()), float(drawn["finish"].max())
    if len(steps):
        inner = float(steps[["begin", "finish"]].min().min()), float(steps[["begin", "finish"]].max().max())
    span = inner[1] - inner[0]
    zoomed = span > 0 and high > ZOOM * span
    if zoomed:
        low, high = inner[0] - 0.08 * span, inner[1] + 0.02 * span
    drawn["begin"] = drawn["begin"].clip(lower=low) if zoomed else drawn["begin"]
    drawn["right"] = drawn[["begin", "finish"]].max(axis=1)
    order = list(drawn["name"])
    y = alt.Y(
        "name:N",
        sort=order,
        title=None,
        axis=alt.Axis(domain=False, ticks=False, labelLimit=150, labelPadding=8, labelColor=INK.css),
    )
    x = alt.X(
        "begin:Q",
        title=words.COST + (", the axis does not begin at 0" if zoomed else ""),
        axis=alt.Axis(labelExpr=fmt.d3_axis(currency), tickCount=4, grid=True),
        scale=alt.Scale(domain=[low, high], range=[0, alt.ExprRef("max(width - 84, 40)")], nice=False, zero=False),
    )
    tones = {ENDS: ACCENT, **TONES}
    present = [k for k in tones if k in set(drawn["kind"])]
    color = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=present, range=[tones[k].css for k in present]),
        legend=alt.Legend(title=None, columns=alt.ExprRef("width < 500 ? 1 : 4")),
    )
    tips = [tip("Cause", "name"), tip("Amount", "text"), tip("Proven", "range_text"), tip("Most of it", "mostly")]
    unsure = alt.condition(alt.datum.kind == SAME, alt.value(0.45), alt.value(1.0))
    bars = alt.Chart(drawn).mark_bar(height=20).encode(x, y, alt.X2("finish:Q"), color=color, opacity=unsure)
    bars = bars.encode(tooltip=tips)
    joints = drawn.assign(next=[*order[1:], order[-1]]).iloc[:-1]
    links = (
        alt.Chart(joints)
        .mark_rule(color=MUTED.css, strokeWidth=1, strokeDash=[2, 2])
        .encode(alt.X("finish:Q"), y, alt.Y2("next:N"))
    )
    labels = (
        alt.Chart(drawn)
        .mark_text(align="left", dx=6, color=INK.css, fontSize=SIZE["label"])
        .encode(alt.X("right:Q"), y, text="text:N")
    )
    said = "; ".join(f"{r.name} {r.text}" for r in drawn.itertuples(index=False))
    return Figure(
        "scenario-bridge",
        title,
        "Each cause is solved on top of those above it, in this order; in another order the bars would differ, "
        "their sum would not. A pale bar, its amount in brackets, is smaller than the gaps of its two solves. "
        + words.WHAT,
        f"{title}. {said}.",
        alt.layer(links, bars, labels).properties(height=alt.Step(36)),
        bridge_table(drawn, categories, currency),
    )


def bridge_table(drawn: pd.DataFrame, categories: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The bars with their proven bounds, and each by category of the ledger."""
    by_category = categories.pivot_table(index="number", columns="category", values="change", aggfunc="sum")
    out = pd.DataFrame(
        {
            "Cause": drawn["name"],
            f"Amount ({currency}, present value)": drawn["value"],
            f"At least ({currency})": drawn["low"],
            f"At most ({currency})": drawn["high"],
            TOLD: np.where(drawn["role"] == TOTAL, "", told_apart(drawn["certain"])),
        }
    )
    for category in by_category.columns:
        out[f"{fmt.sentence(str(category))} ({currency})"] = drawn["number"].map(by_category[category])
    return out.reset_index(drop=True)


def _names(bridge: pd.DataFrame) -> list[str]:
    """What stands beside each bar; a name held twice gets its number."""
    names = [str(c) or BASE_NAME for c in bridge["cause"]]
    return [n if names.count(n) == 1 else f"{n} ({i + 1})" for i, n in enumerate(names)]


def _text(row: dict, currency: str) -> str:
    if row["role"] == STEP and not round(row["value"], 2):
        return "no difference"
    text = fmt.money(row["value"], currency, signed=row["role"] == STEP)
    return text if row["certain"] or row["role"] == TOTAL else f"({text})"


def _mostly(number: int, categories: pd.DataFrame, currency: str) -> str:
    """The two categories that change most in a step."""
    rows = categories[categories["number"] == number]
    rows = rows.loc[rows["change"].astype(float).abs().sort_values(ascending=False).index[:2]] if len(rows) else rows
    return ", ".join(f"{r.category} {fmt.money(float(r.change), currency, signed=True)}" for r in rows.itertuples())


def _finding(bridge: pd.DataFrame, currency: str) -> str:
    first, last = bridge.iloc[0], bridge.iloc[-1]
    steps = bridge[bridge["role"] == STEP]
    a, b = (str(end["cause"]) or "the plan as it is" for end in (first, last))
    if steps.empty:
        return f"{fmt.sentence(a)} and {b} are the same plan"
    sure = steps[steps["certain"].astype(bool)]
    if not last["certain"]:
        return f"{fmt.sentence(b)} differs from {a} by no more than the gaps of the solves"
    difference = float(last["value"] - first["value"])
    word = "more" if difference > 0 else "less"
    said = f"{fmt.sentence(b)} costs {fmt.money(abs(difference), currency)} {word} than {a}"
    if sure.empty:
        return said
    top = sure.loc[sure["value"].abs().idxmax()]
    most = f"{top['cause']} alone {fmt.money(float(top['value']), currency, signed=True)}"
    return f"{said}; {most}" if len(steps) > 1 else said
