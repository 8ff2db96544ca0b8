"""How a solve comes along: the best plan so far and what no plan can beat, over time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import altair as alt
import pandas as pd

from planner.report import cost_words as words
from planner.report import format as fmt
from planner.report.charts.base import Figure, empty, table, tip
from planner.report.theme import ACCENT, NEUTRAL

BEST, BOUND = "Best plan so far", "No plan can cost less"
HEIGHT = 260


class Step(Protocol):
    """What a solve reports on the way: see `planner.jobs.job.Step`."""

    @property
    def stage(self) -> str:
        """What the solver is at."""
        ...

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        ...

    @property
    def incumbent(self) -> float | None:
        """Cost of the best plan so far, present value."""
        ...

    @property
    def bound(self) -> float | None:
        """Cost that no plan can be below, present value."""
        ...

    @property
    def gap(self) -> float | None:
        """Relative distance between the two."""
        ...


def steps_frame(steps: Iterable[Step]) -> pd.DataFrame:
    """The steps as a frame: seconds, stage, incumbent, bound, gap; missing as NaN."""
    rows = [(s.seconds, s.stage, s.incumbent, s.bound, s.gap) for s in steps]
    frame = pd.DataFrame(rows, columns=["seconds", "stage", "incumbent", "bound", "gap"])
    return frame.astype({"seconds": float, "stage": object, "incumbent": float, "bound": float, "gap": float})


def search(steps: Iterable[Step], currency: str) -> Figure:
    """Incumbent and bound over the seconds of a solve; the title says where it stands."""
    frame = steps_frame(steps)
    if not frame[["incumbent", "bound"]].notna().any(axis=None):
        return empty("search", "Getting ready", "There is neither a plan nor a bound yet.")
    last = frame.ffill().iloc[-1]
    title = (
        f"{fmt.gap(last['gap']).capitalize()} after {fmt.figures(last['seconds'], 2)} s"
        if pd.notna(last["gap"])
        else f"No plan yet after {fmt.figures(last['seconds'], 2)} s"
    )
    long = (
        frame.rename(columns={"incumbent": BEST, "bound": BOUND})
        .melt(["seconds", "gap"], [BEST, BOUND], "line", "value")
        .dropna(subset=["value"])
    )
    long = long.assign(
        value_text=long["value"].map(lambda v: fmt.money(v, currency)), gap_text=long["gap"].map(fmt.gap)
    )
    chart = (
        alt.Chart(long)
        .mark_line(interpolate="step-after", point={"size": 26, "filled": True})
        .encode(
            x=alt.X("seconds:Q", title="Seconds"),
            y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(format="~s")),
            color=alt.Color(
                "line:N", scale=alt.Scale(domain=[BEST, BOUND], range=[ACCENT.css, NEUTRAL.css]), legend=alt.Legend()
            ),
            strokeDash=alt.StrokeDash(
                "line:N", scale=alt.Scale(domain=[BEST, BOUND], range=[[1, 0], [4, 3]]), legend=None
            ),
            tooltip=[tip("Line", "line"), tip(words.COST, "value_text"), tip("Known to be", "gap_text")],
        )
        .properties(height=HEIGHT)
    )
    note = f"{words.COST}, in {currency}. The best plan falls and the bound rises until they meet closely enough."
    headings = {"seconds": "Seconds", "stage": "Stage", "incumbent": BEST, "bound": BOUND, "gap": "Share between them"}
    return Figure("search", title, note, f"{title}. Best plan and bound over time.", chart, table(frame, headings))
