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
    size, what = fmt.counted_up_to(float(frame["volume"].abs().max()), unit)
    frame = frame.assign(
        period_label=[labels[p - 1] for p in frame["period"]],
        text=[fmt.quantity(v, unit) for v in frame["volume"]],
        drawn=frame["volume"] * size,
    )
    first, last = (f"{fmt.compact(float(v) * size)}{fmt.NBSP}{what}" for v in (new.iloc[0], new.iloc[-1]))
    title = f"From {first} in {labels[0]} to {last} in {labels[-1]}"
    color = alt.Color("line:N", scale=alt.Scale(domain=[NOW, NEW], range=[NEUTRAL.css, ACCENT.css]))
    dash = alt.StrokeDash("line:N", scale=alt.Scale(domain=[NOW, NEW], range=[[4, 3], [1, 0]]), legend=None)
    chart = (
        alt.Chart(frame)
        .mark_line(point=True)
        .encode(
            x=period_axis(labels),
            y=alt.Y("drawn:Q", title=None, axis=alt.Axis(labelExpr=fmt.d3_axis())),
            color=color,
            strokeDash=dash,
            tooltip=[tip("Period", "period_label"), tip("", "line"), tip("Volume", "text")],
        )
        .properties(height=HEIGHT)
    )
    note = f"{fmt.sentence(what)} in each period, all locations together."
    headings = {"period_label": "Period", "line": "Line", "volume": f"Volume ({unit})"}
    return Figure("growth", title, note, f"{title}. Line of volume by period.", chart, table(frame, headings))
