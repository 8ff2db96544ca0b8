"""What every chart is made of: a figure with its finding, alt text and table, and shared encodings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import altair as alt
import pandas as pd
import vl_convert as vlc

from planner.report.theme import SOURCE, SOURCE_LABELS, SOURCES, AnyChart, Mode, resolved, scale

HEIGHT = 310
"""Height in px of a chart whose rows do not set it."""


NARROWEST = 150
"""Width in px below which a legend has one column: long names beside the bars have left it no room."""
TARGET = 600
"""Size in px² of a disc that the tip of a finger meets: 24 px across."""


@dataclass(frozen=True)
class Figure:
    """A chart and everything that goes with it.

    `title` states the finding, `note` how to read the chart, `alt_text` is what it says for those who do not
    see it, and `table` holds the numbers drawn, with headings that people read.
    """

    name: str
    title: str
    note: str
    alt_text: str
    chart: AnyChart
    table: pd.DataFrame

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The Vega-Lite specification of the chart, made once."""
        return dict(self.chart.to_dict())

    def png(self, mode: Mode = "light", width: int = 760, scale: float = 2.0) -> bytes:
        """The chart with its title as a PNG picture, made without a browser or network."""
        spec = resolved(self.spec, mode)
        spec["width"] = width
        title = dict(spec.get("title") or {}) if isinstance(spec.get("title"), dict) else {}
        spec["title"] = {**title, "text": _lines(self.title, width // 9), "subtitle": _lines(self.note, width // 7)}
        return bytes(vlc.vegalite_to_png(spec, scale=scale))


def _lines(text: str, width: int) -> list[str]:
    """The text broken into lines of at most `width` characters, at spaces."""
    out = [""]
    for word in text.split(" "):
        if out[-1] and len(out[-1]) + len(word) >= width:
            out.append(word)
        else:
            out[-1] = f"{out[-1]} {word}".strip()
    return out


def tip(title: str, field: str) -> alt.Tooltip:
    """A tooltip line of text that is formatted already."""
    return alt.Tooltip(f"{field}:N", title=title)


def targets(data: alt.Chart) -> alt.Chart:
    """What is pointed at in place of small marks: discs for the tip of a finger that nobody sees, to be drawn last."""
    return data.mark_point(filled=True, shape="circle", color="transparent", size=TARGET, cursor="pointer", aria=False)


def period_axis(labels: list[str]) -> alt.X:
    """The time axis of periods as bands: Q1 over 2027, thinned out where there is no room."""
    return alt.X(
        "period_label:N",
        sort=labels,
        title=None,
        axis=alt.Axis(
            labelAngle=0,
            labelExpr="split(datum.label, ' ')",
            labelOverlap="greedy",
            labelSeparation=4,
            ticks=False,
        ),
        scale=alt.Scale(paddingInner=0.18, paddingOuter=0.1),
    )


def legend(count: int, wide: int = 7, narrow: int = 3) -> alt.Legend:
    """A legend in as many columns as there is room for: `narrow` on a phone, `wide` on a screen."""
    middle = (narrow + wide) // 2
    steps = [min(columns, count) for columns in (narrow, middle, wide)]
    columns = f"width < {NARROWEST} ? 1 : width < 400 ? {steps[0]} : width < 600 ? {steps[1]} : {steps[2]}"
    return alt.Legend(title=None, columns=alt.ExprRef(columns), symbolType="square")


def source_color(present: Iterable[str]) -> alt.Color:
    """Colour by `source_label`, one meaning each, with a legend that fits a phone."""
    here = [s for s in SOURCES if s in set(present)]
    return alt.Color(
        "source_label:N",
        scale=scale(SOURCE, here, SOURCE_LABELS),
        legend=legend(max(len(here), 1)),
    )


def room_for_text(low: float, high: float, px: int) -> alt.Scale:
    """A horizontal scale from `low` to `high` that leaves `px` free on the right for labels."""
    return alt.Scale(domain=[low, high], range=[0, alt.ExprRef(f"max(width - {px}, 40)")], nice=False, zero=False)


def table(frame: pd.DataFrame, headings: dict[str, str]) -> pd.DataFrame:
    """The columns named in `headings`, in that order and under those headings."""
    return frame[list(headings)].rename(columns=headings).reset_index(drop=True)


def empty(name: str, title: str, why: str) -> Figure:
    """A figure for when there is nothing to draw: says so in words."""
    chart = alt.Chart(pd.DataFrame({"text": [why]})).mark_text(align="left", x=0).encode(text="text:N")
    return Figure(name, title, "", why, chart.properties(height=40), pd.DataFrame({"": [why]}))
