"""Tornado: what each lever does to the cost at both ends of its range, and where a decision flips."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from planner.explore.scenarios import SOLVED
from planner.plan.plan import Plan
from planner.plan.what_if import ADD, MULTIPLY
from planner.report import cost_words as words
from planner.report import format as fmt
from planner.report.charts.base import Figure, empty, tip
from planner.report.charts.scenario import TOLD, difference_text, range_text, told_apart, turned_text
from planner.report.theme import ACCENT, BACKGROUND, INK, MUTED, NEUTRAL, SIZE, SOURCE

ENDS = {"low": ("Lever at its least", SOURCE["leased"]), "high": ("Lever at its most", ACCENT)}
FLIPS, TIES = "A decision flips", "Possible tie"


def tornado(plan: Plan, tornado: pd.DataFrame, flips: pd.DataFrame, thresholds: pd.DataFrame, currency: str) -> Figure:
    """The frames of the question of that name, the widest lever on top."""
    solved = tornado[tornado["state"] == SOLVED]
    if solved.empty:
        return empty("tornado", "No lever could be moved", "Each says why in the table.")
    title = _finding(tornado, currency)
    where = {(r.lever, r.end): (float(r.unflipped), float(r.flipped)) for r in thresholds.itertuples()}
    drawn = solved.assign(
        label=solved["end"].map({k: v[0] for k, v in ENDS.items()}),
        zero=0.0,
        at=[lever_value(r.change, float(r.value)) for r in solved.itertuples()],
        text=[difference_text(r, currency) for r in solved.to_dict("records")],
        range_text=[range_text(r.low, r.high, currency) for r in solved.itertuples()],
        turned=[_turned(plan, flips, r.lever, r.end) for r in solved.itertuples()],
        first=[_between(where.get((r.lever, r.end))) for r in solved.itertuples()],
        sure=solved["certain"].astype(bool),
    )
    order = list(dict.fromkeys(tornado["lever"]))
    y = alt.Y(
        "lever:N",
        sort=order,
        title=None,
        axis=alt.Axis(domain=False, ticks=False, labelLimit=150, labelPadding=8, labelColor=INK.css),
    )
    edge = [0.0, float(drawn["difference"].min()), float(drawn["difference"].max())]
    x = alt.X(
        "zero:Q",
        title=f"Difference in {words.COST.lower()}",
        axis=alt.Axis(labelExpr=fmt.d3_axis(currency), tickCount=4, grid=True),
        # Room for the small numbers beside the bars, the same in pixels on a phone.
        scale=alt.Scale(domain=[min(edge), max(edge)], range=[56, alt.ExprRef("max(width - 56, 96)")], nice=False),
    )
    domain = [ENDS[e][0] for e in ENDS if e in set(drawn["end"])]
    color = alt.Color(
        "label:N",
        scale=alt.Scale(domain=domain, range=[ENDS[e][1].css for e in ENDS if ENDS[e][0] in domain]),
        legend=alt.Legend(title=None, columns=alt.ExprRef("width < 400 ? 1 : 2")),
    )
    tips = [
        tip("Lever", "lever"),
        tip("At", "at"),
        tip("Difference", "text"),
        tip("Proven", "range_text"),
        tip("What flips", "turned"),
        tip("First flip", "first"),
    ]
    pale = alt.condition(alt.datum.sure, alt.value(1.0), alt.value(0.4))
    bars = alt.Chart(drawn).mark_bar(height=18).encode(x, y, alt.X2("difference:Q"), color=color, opacity=pale)
    turned = drawn[drawn["flips"] > 0]
    turned = turned.assign(mark=np.where(turned["priced"].astype(bool), FLIPS, TIES))
    kinds = [k for k in (FLIPS, TIES) if k in set(turned["mark"])]
    fills = {FLIPS: INK.css, TIES: BACKGROUND.css}
    marks = (
        alt.Chart(turned)
        .mark_point(shape="diamond", size=120, filled=True, opacity=1.0, stroke=INK.css, strokeWidth=1)
        .encode(
            alt.X("difference:Q"),
            y,
            fill=alt.Fill(
                "mark:N",
                scale=alt.Scale(domain=kinds, range=[fills[k] for k in kinds]),
                legend=alt.Legend(
                    title=None, orient="bottom", symbolType="diamond", symbolStrokeColor=INK.css, symbolStrokeWidth=1
                ),
            ),
            tooltip=tips,
        )
    )
    left, right = drawn[drawn["difference"] < 0], drawn[drawn["difference"] > 0]
    ink, size = MUTED.css, SIZE["note"]
    tags = [
        alt.Chart(left).mark_text(align="right", dx=-9, color=ink, fontSize=size),
        alt.Chart(right).mark_text(align="left", dx=9, color=ink, fontSize=size),
    ]
    tags = [t.encode(alt.X("difference:Q"), y, text="at:N") for t in tags]
    base = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=NEUTRAL.css, strokeWidth=1.5).encode(x="zero:Q")
    said = "; ".join(
        f"{r.lever} at {r.at}: {r.text}{', ' + r.turned if r.turned else ''}" for r in drawn.itertuples(index=False)
    )
    missing = [
        f"{r.lever} at {lever_value(r.change, float(r.value))}"
        for r in tornado[tornado["state"] != SOLVED].itertuples()
    ]
    lost = f" No plan: {fmt.listing(missing)}; the table says why." if missing else ""
    layers = [bars.encode(tooltip=tips), base, *tags, *([marks] if len(turned) else [])]
    return Figure(
        "tornado",
        title,
        "One lever at a time, at both ends of its range (the small numbers). A full diamond: an offer or a site "
        "enters or leaves the plan, and not to flip would cost more than the gaps. An empty one: a possible tie "
        "between plans that cost the same. A pale bar is smaller than the gaps of its two solves." + lost,
        f"{title}. {said}.{lost}",
        alt.layer(*layers).properties(height=alt.Step(36)),
        tornado_table(plan, tornado, flips, thresholds, currency),
    )


def lever_value(change: str, value: float) -> str:
    """Where a lever is: x 0.7 for a factor, +9 for an addition, else the value itself."""
    text = fmt.compact(value) if abs(value) >= 1e4 else f"{value:g}"
    return f"x {text}" if change == MULTIPLY else f"+{text}" if change == ADD and value > 0 else text


def tornado_table(
    plan: Plan, tornado: pd.DataFrame, flips: pd.DataFrame, thresholds: pd.DataFrame, currency: str
) -> pd.DataFrame:
    """Both ends of every lever: difference, proven bounds, what flips, and between which values first."""
    where = {(r.lever, r.end): (float(r.unflipped), float(r.flipped)) for r in thresholds.itertuples()}
    return pd.DataFrame(
        {
            "Lever": tornado["lever"],
            "At": [lever_value(r.change, float(r.value)) for r in tornado.itertuples()],
            "Stands at": tornado["stands"].astype(float),
            "State": tornado["state"],
            f"Difference ({currency}, present value)": tornado["difference"].astype(float),
            f"At least ({currency})": tornado["low"].astype(float),
            f"At most ({currency})": tornado["high"].astype(float),
            TOLD: told_apart(tornado["certain"]),
            "Flip": _kind(tornado),
            "What flips": [_turned(plan, flips, r.lever, r.end) for r in tornado.itertuples()],
            "First flip": [_between(where.get((r.lever, r.end))) for r in tornado.itertuples()],
            "Why there is no plan": tornado["why"],
        }
    ).reset_index(drop=True)


def _kind(tornado: pd.DataFrame) -> np.ndarray:
    priced = tornado["priced"].astype(bool)
    return np.where(tornado["flips"] == 0, "", np.where(priced, "yes", "possible tie"))


def _turned(plan: Plan, flips: pd.DataFrame, lever: str, end: str) -> str:
    return turned_text(plan, flips[(flips["lever"] == lever) & (flips["end"] == end)])


def _between(values: tuple[float, float] | None) -> str:
    return "" if values is None else f"between {fmt.figures(values[0])} and {fmt.figures(values[1])}"


def _finding(tornado: pd.DataFrame, currency: str) -> str:
    solved = tornado[tornado["state"] == SOLVED]
    sure = solved[solved["certain"].astype(bool)]
    flipped = list(dict.fromkeys(solved.loc[(solved["flips"] > 0) & solved["priced"].astype(bool), "lever"]))
    count = tornado["lever"].nunique()
    turns = (
        f"; decisions flip on {len(flipped)} of {fmt.plural(count, 'lever')}"
        if flipped
        else "; no decision flips for certain"
    )
    if sure.empty:
        return f"No lever moves the cost by more than the gaps{turns}"
    top = sure.loc[sure["difference"].abs().idxmax()]
    return f"{top['lever']} moves the cost most, by {fmt.money(float(top['difference']), currency, signed=True)}{turns}"
