"""Chart of differences to the plan as it is: what was tried, or scenarios, each with the range that is proven."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from planner.report import cost_words as words
from planner.report import format as fmt
from planner.report.charts.base import Figure, empty, tip
from planner.report.theme import BAD, GOOD, INK, NEUTRAL, SIZE

MORE, LESS, SAME = "Costs more", "Costs less", "No difference that could be told"
TONES = {MORE: BAD, LESS: GOOD, SAME: NEUTRAL}
SHAPES = {MORE: "triangle-right", LESS: "triangle-left", SAME: "circle"}
LONGEST = 44
"""Characters of a label that are drawn; the tooltip has all of it."""


def differences(frame: pd.DataFrame, table: pd.DataFrame, currency: str, name: str = "differences") -> Figure:
    """Each row of `planner.report.tried.frame` as a mark with its range; `table` holds the same and more."""
    if frame.empty:
        return empty(name, "There is nothing to compare yet", "No other plan is solved.")
    title = _finding(frame)
    kind = np.where(~frame["certain"], SAME, np.where(frame["estimate"] > 0, MORE, LESS))
    low = frame["low"].replace([-np.inf, np.inf], np.nan).fillna(frame["estimate"])
    high = frame["high"].replace([-np.inf, np.inf], np.nan).fillna(frame["estimate"])
    drawn = frame.assign(kind=kind, low=low, high=high, name=_short(frame["label"]))
    present = [k for k in TONES if k in set(kind)]
    y = alt.Y(
        "name:N",
        sort=list(drawn["name"]),
        title=None,
        axis=alt.Axis(domain=False, ticks=False, labelLimit=240, labelPadding=10, labelColor=INK.css),
    )
    ends = [0.0, float(drawn["low"].min()), float(drawn["high"].max())]
    room = 0.04 * (max(ends) - min(ends) or 1.0)
    x = alt.X(
        "low:Q",
        title=f"Difference in {words.COST.lower()}",
        axis=alt.Axis(labelExpr=fmt.d3_axis(currency), tickCount=4, grid=True),
        scale=alt.Scale(domain=[min(ends) - room, max(ends) + room], nice=False),
    )
    color = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=present, range=[TONES[k].css for k in present]),
        legend=alt.Legend(title=None, columns=alt.ExprRef("width < 400 ? 1 : 3"), symbolOpacity=1, labelLimit=260),
    )
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=present, range=[SHAPES[k] for k in present]))
    tips = [tip("Tried", "label"), tip("Difference", "text"), tip("Proven", "range_text")]
    ranges = alt.Chart(drawn).mark_rule(strokeWidth=5, opacity=0.4, strokeCap="round").encode(x, y, alt.X2("high:Q"))
    ranges = ranges.encode(color=color, tooltip=tips)
    marks = alt.Chart(drawn).mark_point(filled=True, size=130, opacity=1.0)
    marks = marks.encode(alt.X("estimate:Q"), y, color=color, shape=shape, tooltip=tips)
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=INK.css, strokeWidth=1.5).encode(x="zero:Q")
    return Figure(
        name,
        title,
        "Marks: the plans in hand. Bars: where the true difference must lie. The line is the plan as it is.",
        f"{title}. " + "; ".join(f"{r.label}: {r.text}" for r in frame.itertuples(index=False)) + ".",
        alt.layer(zero, ranges, marks).properties(height=alt.Step(max(30, 2 * SIZE["title"]))),
        table,
    )


def _short(labels: pd.Series) -> list[str]:
    """Labels that fit, each different from the others: those that are drawn alike would fall on one row."""
    cut = [x if len(x) <= LONGEST else x[: LONGEST - 1] + "…" for x in labels]
    return [f"{x} ({i + 1})" if cut.count(x) > 1 else x for i, x in enumerate(cut)]


def _finding(frame: pd.DataFrame) -> str:
    sure = frame[frame["certain"]]
    if sure.empty:
        return "Nothing changes the cost by more than the gaps"
    most = sure.loc[sure["estimate"].abs().idxmax()]
    return f"{most['label']} changes the cost most: {most['text']}"
