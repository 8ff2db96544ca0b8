"""The frontier of cost against another measure: its points, what each step costs, and how the mix moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from planner.explore.frontier import CHEAPEST, END, PLAN
from planner.explore.frontier_words import LESS, NO_TIME, STEP, finding, reach_text, rough, value_text, wide
from planner.report import cost_words as words
from planner.report import format as fmt
from planner.report.charts.base import Figure, empty, table, targets, tip
from planner.report.insight import Number
from planner.report.theme import ACCENT, CHOSEN, INK, MUTED, NEUTRAL

SELECTION = "chosen"
"""Name of the chart's selection: a click chooses a point."""
HERE = "This plan"
CLEAR, CLOSE = "Point", "Cannot be told from the point before"


@dataclass(frozen=True)
class Against:
    """How a measure is told: its name, that of its axis, and a step of it in short (the rest: `frontier_words`)."""

    title: str
    axis: str
    each: str
    charge: str = "penalties"
    """What the plan itself charges for it."""


AGAINST = {
    "carbon": Against("Carbon", "Carbon over the plan, t CO2e", "per tonne", "carbon price"),
    "capex_peak": Against("Highest capex of a year", "Capex of the year with most, less resale", "per {} 1"),
    "latency": Against("Mean network latency", "Network latency, mean over volume, ms", "per ms"),
    "concentration": Against(
        "Share of the largest vendor", "Share of all spend with the vendor that gets most", "per point"
    ),
    "unserved": Against(
        "Volume left unserved", "Share of the volume left unserved", "per 1 % of volume", "penalty for unserved volume"
    ),
}


def _axis(against: str, currency: str) -> alt.Axis:
    count = alt.ExprRef("width < 300 ? 2 : 5")
    if against == "capex_peak":
        return alt.Axis(labelExpr=fmt.d3_axis(currency), tickCount=count)
    if against in ("concentration", "unserved"):
        return alt.Axis(format=".1~%", tickCount=count)
    return alt.Axis(labelExpr=fmt.d3_axis(), tickCount=count)


def cost_name(facts: Mapping[str, Any]) -> str:
    """What the cost of the search is called: that of other pages, unless the plan's own charge is left out of it."""
    if not facts["charged"]:
        return words.COST
    name, _, basis = words.COST.partition(", ")
    return f"{name} without the {AGAINST[str(facts['against'])].charge}, {basis}"


def _scale(points: pd.DataFrame) -> alt.Scale:
    """The scale of the measure, with room in pixels for what is written beside the outermost points."""
    low, high = float(points["value"].min()), float(points["value"].max())
    room = 0.0 if high > low else 0.05 * (abs(high) or 1.0)
    ends = alt.ExprRef("max(width - 64, 96)")
    return alt.Scale(domain=[low - room, high + room], range=[24, ends], nice=False, zero=False)


def labels(points: pd.DataFrame, facts: Mapping[str, Any], currency: str) -> dict[str, str]:
    """What each point is called: its measure, and which end it is. Equal names get a number.

    The far end of a search that was cut is not the least there is, only the least within its reach.
    """
    against, out = str(facts["against"]), dict[str, str]()
    least = f"least within {reach_text(facts)}" if facts["cut"] else f"least {LESS[against]}"
    known = set(points["point"])
    for i, p in enumerate(points.itertuples()):
        roles = [value_text(against, p.value, currency)]
        roles += ["this plan"] if p.kind == PLAN else []
        # Without charges the plan is the cheapest; a point as good in both can stand in the place of either end.
        roles += ["least cost"] if i == 0 and (not facts["charged"] or CHEAPEST in {*facts["dropped"], p.kind}) else []
        roles += (
            [least] if 0 < i == len(points) - 1 and (p.kind == END or END not in known | {*facts["missing"]}) else []
        )
        name = ", ".join(roles)
        out[str(p.point)] = name if name not in out.values() else f"{name} ({len(out) + 1})"
    return out


def frontier(points: pd.DataFrame, facts: Mapping[str, Any], currency: str, chosen: str = "") -> Figure:
    """The frame `points` of the question of that name as a curve whose points can be clicked.

    A rule from each point down to what is proven; hollow points cannot be told from the one before.
    """
    against = str(facts["against"])
    what = AGAINST[against]
    if points.empty:
        return empty("frontier", "No point was found", "The search was stopped before it had one.")
    title = finding(points, facts, currency)
    name = labels(points, facts, currency)
    drawn = points.assign(
        name=points["point"].map(name),
        low=points["low"].where(np.isfinite(points["low"]), points["cost"]),
        state=np.where(points["overlaps"], CLOSE, CLEAR),
        value_text=[value_text(against, v, currency) for v in points["value"]],
        cost_text=[fmt.money(c, currency) for c in points["cost"]],
        gap_text=points["gap"].map(fmt.gap),
        marginal_text=[marginal_text(p, currency) for p in points.to_dict("records")],
        picked=points["point"] == chosen,
        tag=_tags(points, against, currency),
        here=HERE,
    )
    ends = [float(drawn["low"].min()), float(drawn["cost"].max())]
    room = 0.06 * ((max(ends) - min(ends)) or abs(ends[0]) or 1.0)
    x = alt.X("value:Q", title=what.axis, axis=_axis(against, currency), scale=_scale(points))
    # Of a narrow range many labels would read alike.
    wide = max(ends) - min(ends) > 0.04 * max(abs(e) for e in ends)
    axis = alt.Axis(labelExpr=fmt.d3_axis(currency), tickCount=5 if wide else 1)
    scale = alt.Scale(domain=[min(ends) - room, max(ends) + room], nice=False, zero=False)
    y, y_low = (alt.Y(f"{c}:Q", title=cost_name(facts), axis=axis, scale=scale) for c in ("cost", "low"))
    base = alt.Chart(drawn)
    line = base.mark_line(color=ACCENT.css, strokeWidth=2, opacity=0.6).encode(x, y, order=alt.Order("cost:Q"))
    proven = base.mark_rule(color=NEUTRAL.css, strokeWidth=4, opacity=0.5).encode(x, y_low, alt.Y2("cost:Q"))
    tips = [
        tip("Point", "name"),
        tip(what.title, "value_text"),
        tip(cost_name(facts).partition(",")[0], "cost_text"),
        tip("Known to be", "gap_text"),
        tip("Price of the step to it", "marginal_text"),
    ]
    click = alt.selection_point(name=SELECTION, fields=["point"], on="click", empty=False)
    fill = alt.Fill("state:N", scale=alt.Scale(domain=[CLEAR, CLOSE], range=[ACCENT.css, "transparent"]), legend=None)
    marks = base.mark_point(filled=True, opacity=1.0).encode(
        x,
        y,
        fill=fill,
        stroke=alt.value(ACCENT.css),
        strokeWidth=alt.value(2),
        size=alt.condition("datum.picked", alt.value(340), alt.value(150)),
    )
    discs = targets(base).encode(x, y, tooltip=tips).add_params(click)
    ring = base.transform_filter("datum.picked").mark_point(size=620, color=CHOSEN.css, strokeWidth=2).encode(x, y)
    tags = base.mark_text(align="left", dx=12, dy=-10, color=MUTED.css).encode(x, y, text="tag:N")
    # The plan often lies upon the point of least cost: outlined in ink above it, and named on the other side.
    here = base.transform_filter(f"datum.kind == '{PLAN}'")
    here = here if facts_on_curve(points) else _now(facts, against, currency)
    mine = here.mark_point(shape="diamond", size=300, color=INK.css, strokeWidth=2, filled=False).encode(x, y)
    called = here.mark_text(align="right", baseline="top", dx=-10, dy=8, color=INK.css).encode(x, y, text="here:N")
    layers = [proven, line, ring, tags, marks, mine.encode(tooltip=tips[:3]), discs, called]
    return Figure(
        "frontier",
        title,
        note(points, facts, currency),
        f"{title}. " + "; ".join(f"{r.value_text} costs {r.cost_text}" for r in drawn.itertuples()) + ".",
        alt.layer(*layers).properties(height=380),
        point_table(drawn, facts, currency),
    )


def _tags(points: pd.DataFrame, against: str, currency: str) -> list[str]:
    """What stands beside each point: its measure, where the point before leaves room for it."""
    out: list[str] = []
    room = 0.04 * float(points["value"].max() - points["value"].min())
    last = np.inf
    for value in points["value"]:
        clear = last - value > room
        out.append(value_text(against, value, currency) if clear else "")
        last = value if clear else last
    return out


def facts_on_curve(points: pd.DataFrame) -> bool:
    """True where the plan itself is a point of the frontier."""
    return bool((points["kind"] == PLAN).any())


def _now(facts: Mapping[str, Any], against: str, currency: str) -> alt.Chart:
    here = {
        "value": facts["value_now"],
        "cost": facts["cost_now"],
        "name": HERE,
        "here": HERE,
        "value_text": value_text(against, facts["value_now"], currency),
        "cost_text": fmt.money(facts["cost_now"], currency),
    }
    return alt.Chart(pd.DataFrame([here]))


def _unfound(point: Mapping[str, Any]) -> bool:
    """True for a point whose cost was not found in time: see `frontier_words.rough`."""
    return point["kind"] not in (PLAN, CHEAPEST) and wide(point["gap"])


def marginal_text(point: Mapping[str, Any], currency: str) -> str:
    """What the step to a point costs, or that it cannot be told."""
    if _unfound(point):
        return NO_TIME
    if not np.isfinite(point["marginal"]):
        return fmt.DASH
    if point["overlaps"]:
        return "no difference that could be told"
    return fmt.money(point["marginal"], currency)


def note(points: pd.DataFrame, facts: Mapping[str, Any], currency: str) -> str:
    """How to read the chart, and how honest it is."""
    against = str(facts["against"])
    said = [
        "No plan that was found beats a point in both. The grey bar below a point reaches down to what is proven: "
        "no plan with so little can cost less."
    ]
    unpriced = rough(points)
    if unpriced.any():
        at = fmt.listing([value_text(against, v, currency) for v in points.loc[unpriced, "value"]])
        said.append(
            f"What {at} costs was {NO_TIME}: that so little can be had is known, and that it costs no more than shown."
        )
    if (points["overlaps"] & ~unpriced).any():
        said.append("A hollow point is within the gaps of the point before: its cost cannot be told apart.")
    if facts["charged"]:
        charge = AGAINST[against].charge
        here, whole = (fmt.money(facts[k], currency) for k in ("cost_now", "objective_now"))
        differs = f": {here} for this plan, where other pages say {whole}" if here != whole else ""
        said.append(
            f"The cost leaves out the plan's own {charge}, so that the price of a step can be held against it{differs}."
        )
    if facts["cut"]:
        said.append(
            f"The search ends at {reach_text(facts)}, {fmt.money(facts['most'], currency)}: with more, less may be possible."
        )
    if facts.get("least_proven"):  # that none has less than nothing goes without saying
        floor = value_text(against, float(facts["least_proven"]), currency)
        said.append(f"Proven: within {reach_text(facts)} none has less than {floor}.")
    if against == "concentration":
        said.append("The far end is the plan in which the vendor that gets most gets least.")
    if facts["dropped"]:
        dropped = len(facts["dropped"])
        said.append(f"{fmt.plural(dropped, 'point')} left out: another is as good in both.")
    if facts["missing"]:
        said.append(f"{fmt.plural(len(facts['missing']), 'point')} not found in the time given.")
    return " ".join(said)


def point_table(drawn: pd.DataFrame, facts: Mapping[str, Any], currency: str) -> pd.DataFrame:
    """The points under headings that people read; beside the cost of the search that of other pages."""
    what = AGAINST[str(facts["against"])]
    whole = {"objective": words.heading(words.COST, currency)} if facts["charged"] else {}
    rows = drawn.assign(told=np.where(drawn["overlaps"], "no", "yes"))
    return table(
        rows,
        {
            "name": "Point",
            "value_text": what.title,
            "cost": words.heading(cost_name(facts), currency),
            **whole,
            "cash": words.heading(words.CASH, currency),
            "low": f"No less than ({currency})",
            "gap": "Share not proven (gap)",
            "told": "Can be told from the point before",
            "marginal": f"Price of the step ({currency}, {STEP[str(facts['against'])].format(currency)})",
            "marginal_low": f"Price at least ({currency})",
            "marginal_high": f"Price at most ({currency})",
        },
    )


def _price(point: Mapping[str, Any], what: Against, currency: str, found: bool) -> Number:
    label = "Price of the step"
    if not found:
        return Number(label, fmt.DASH, NO_TIME)
    told = bool(np.isfinite(point["marginal"])) and not point["overlaps"]
    if told:
        return Number(label, fmt.money(point["marginal"], currency), what.each.format(currency))
    return Number(label, fmt.DASH, "no step" if np.isnan(point["marginal"]) else "cannot be told")


def headline(point: Mapping[str, Any], facts: Mapping[str, Any], currency: str) -> tuple[Number, ...]:
    """A point in five numbers, each against the plan as it is."""
    against = str(facts["against"])
    what = AGAINST[against]
    extra = float(point["cost"]) - float(facts["cost_now"])
    slack = float(point["gap"] or 0.0) * abs(float(point["cost"])) if np.isfinite(point["gap"]) else np.inf
    told = abs(extra) > slack + float(facts["gap_now"] or 0.0) * abs(float(facts["objective_now"]))
    change = fmt.money(extra, currency, signed=True) if told else "no difference"
    found = not _unfound(point)
    if not found:
        told, change = False, "at most: least cost " + NO_TIME
    less = float(point["value"]) - float(facts["value_now"])
    same = abs(less) <= 1e-4 * max(abs(float(facts["value_now"])), 1e-12)
    sign = "+" if less > 0 else fmt.MINUS
    value_change = "no difference" if same else f"{sign}{value_text(against, abs(less), currency)}"
    label, parts = words.COST, words.told_of(point, currency, cost_name(facts))
    if facts["charged"]:
        label = f"Cost, no {what.charge.partition(' for ')[0]}"
        parts += f" With the {what.charge}: {fmt.money(point['objective'], currency)}, the cost that other pages show."
    title = "Peak capex less resale" if against == "capex_peak" else what.title
    return (
        Number(label, fmt.money(point["cost"], currency), change, None if not told else extra < 0, note=parts),
        Number(
            title,
            value_text(against, point["value"], currency).removesuffix(" (less resale)"),
            value_change,
            None if same else less < 0,
        ),
        _price(point, what, currency, found),
        Number(words.CAPEX_NET, fmt.money(point["capex"], currency)),
        Number("Opex, nominal", fmt.money(point["opex"], currency)),
    )
