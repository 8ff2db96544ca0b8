"""A demand curve against what the plan has now."""

from __future__ import annotations

import altair as alt
import pandas as pd

from planner.report import format as fmt
from planner.report.charts.base import Figure, period_axis, table, tip
from planner.report.theme import ACCENT, NEUTRAL

NOW, NEW = "In the plan now", "With this curve"
HEIGHT = 240


def growth(now: pd.Series, new: pd.Series, labels: list[str], unit: str) -> Figure:
    """Volumes by period, before and after; the title says what the curve comes to.

    `now`, `new`: units by period (index, from 1). `labels`: the periods by name.
    """
    parts = [
        pd.DataFrame({"period": s.index, "volume": s.to_numpy(float), "line": name})
        for s, name in ((now, NOW), (new, NEW))
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame = frame.assign(
        period_label=[labels[p - 1] for p in frame["period"]], text=[fmt.quantity(v, unit) for v in frame["volume"]]
    )
    first, last = float(new.iloc[0]), float(new.iloc[-1])
    title = f"From {fmt.quantity(first, unit)} in {labels[0]} to {fmt.compact(last)} in {labels[-1]}"
    color = alt.Color("line:N", scale=alt.Scale(domain=[NOW, NEW], range=[NEUTRAL.css, ACCENT.css]))
    dash = alt.StrokeDash("line:N", scale=alt.Scale(domain=[NOW, NEW], range=[[4, 3], [1, 0]]), legend=None)
    chart = (
        alt.Chart(frame)
        .mark_line(point=True)
        .encode(
            x=period_axis(labels),
            y=alt.Y("volume:Q", title=None, axis=alt.Axis(format="~s")),
            color=color,
            strokeDash=dash,
            tooltip=[tip("Period", "period_label"), tip("", "line"), tip("Volume", "text")],
        )
        .properties(height=HEIGHT)
    )
    note = f"Units ({unit}) in each period, all locations together."
    headings = {"period_label": "Period", "line": "Line", "volume": "Volume"}
    return Figure("growth", title, note, f"{title}. Line of volume by period.", chart, table(frame, headings))
