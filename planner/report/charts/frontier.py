"""The frontier of cost against another measure: its points, what each step costs, and how the mix moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from planner.explore.frontier import CHEAPEST, END, PLAN
from planner.report import format as fmt
from planner.report.charts.base import Figure, empty, table, tip
from planner.report.insight import Number
from planner.report.theme import ACCENT, CHOSEN, INK, MUTED, NEUTRAL

SELECTION = "chosen"
"""Name of the chart's selection: a click chooses a point."""
CLEAR, CLOSE = "Point", "Cannot be told from the point before"


@dataclass(frozen=True)
class Against:
    """How a measure is told: its name, that of its axis, what is had less of, and a step of it."""

    title: str
    axis: str
    less: str
    step: str


AGAINST = {
    "carbon": Against("Carbon", "Carbon over the plan, t CO2e", "carbon", "per tonne avoided"),
    "capex_peak": Against(
        "Highest capex of a year",
        "Capex of the year with most, nominal",
        "capex in its highest year",
        "per unit of money off the peak",
    ),
    "latency": Against("Mean network latency", "Network latency, mean over volume, ms", "latency", "per ms less"),
    "concentration": Against(
        "Share of the largest vendor",
        "Share of all spend with the vendor that gets most",
        "spend with the largest vendor",
        "per percentage point less",
    ),
    "unserved": Against(
        "Volume left unserved", "Share of the volume left unserved", "unserved volume", "per unit more served"
    ),
}


def value_text(against: str, value: float, currency: str) -> str:
    """A value of a measure, as people read it."""
    if against == "carbon":
        return fmt.mass(value)
    if against == "capex_peak":
        return fmt.money(value, currency)
    if against == "latency":
        return fmt.quantity(value, "ms")
    return fmt.percent(value)


def _axis(against: str, currency: str) -> alt.Axis:
    if against == "capex_peak":
        return alt.Axis(labelExpr=fmt.d3_axis(currency), tickCount=5)
    if against in ("concentration", "unserved"):
        return alt.Axis(format=".1~%", tickCount=5)
    return alt.Axis(labelExpr=fmt.d3_axis(), tickCount=5)


def labels(points: pd.DataFrame, against: str, currency: str) -> dict[str, str]:
    """What each point is called: its measure, and which end it is. Equal names get a number."""
    role = {PLAN: "this plan", CHEAPEST: "least cost", END: f"least {AGAINST[against].less}"}
    out: dict[str, str] = {}
    for p in points.itertuples():
        text = value_text(against, p.value, currency)
        name = f"{text}, {role[p.kind]}" if p.kind in role else text
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
    name = labels(points, against, currency)
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
    )
    ends = [float(drawn["low"].min()), float(drawn["cost"].max())]
    room = 0.06 * ((max(ends) - min(ends)) or abs(ends[0]) or 1.0)
    x = alt.X("value:Q", title=what.axis, axis=_axis(against, currency), scale=alt.Scale(zero=False, padding=24))
    axis = alt.Axis(labelExpr=fmt.d3_axis(currency), tickCount=5)
    scale = alt.Scale(domain=[min(ends) - room, max(ends) + room], nice=False, zero=False)
    y, y_low = (alt.Y(f"{c}:Q", title="Cost, present value", axis=axis, scale=scale) for c in ("cost", "low"))
    base = alt.Chart(drawn)
    line = base.mark_line(color=ACCENT.css, strokeWidth=2, opacity=0.6).encode(x, y, order=alt.Order("cost:Q"))
    proven = base.mark_rule(color=NEUTRAL.css, strokeWidth=4, opacity=0.5).encode(x, y_low, alt.Y2("cost:Q"))
    tips = [
        tip("Point", "name"),
        tip(what.title, "value_text"),
        tip("Cost", "cost_text"),
        tip("Known to be", "gap_text"),
        tip("Price of the step to it", "marginal_text"),
    ]
    click = alt.selection_point(name=SELECTION, fields=["point"], on="click", empty=False)
    marks = (
        base.mark_point(filled=True, opacity=1.0, cursor="pointer")
        .encode(
            x,
            y,
            fill=alt.Fill(
                "state:N", scale=alt.Scale(domain=[CLEAR, CLOSE], range=[ACCENT.css, "transparent"]), legend=None
            ),
            stroke=alt.value(ACCENT.css),
            strokeWidth=alt.value(2),
            size=alt.condition("datum.picked", alt.value(340), alt.value(150)),
            shape=alt.condition(f"datum.kind == '{PLAN}'", alt.value("diamond"), alt.value("circle")),
            tooltip=tips,
        )
        .add_params(click)
    )
    ring = base.transform_filter("datum.picked").mark_point(size=620, color=CHOSEN.css, strokeWidth=2).encode(x, y)
    tags = base.mark_text(align="left", dx=12, dy=-10, color=MUTED.css).encode(x, y, text="tag:N")
    layers = [proven, line, ring, tags, marks]
    if not facts_on_curve(points):
        layers.insert(2, _now(facts, x, y, against, currency))
    return Figure(
        "frontier",
        title,
        note(points, facts, currency),
        f"{title}. " + "; ".join(f"{r.value_text} costs {r.cost_text}" for r in drawn.itertuples()) + ".",
        alt.layer(*layers).properties(height=380),
        point_table(drawn, what, currency),
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


def _now(facts: Mapping[str, Any], x: alt.X, y: alt.Y, against: str, currency: str) -> alt.Chart:
    here = pd.DataFrame(
        {
            "value": [facts["value_now"]],
            "cost": [facts["cost_now"]],
            "name": ["This plan"],
            "value_text": [value_text(against, facts["value_now"], currency)],
            "cost_text": [fmt.money(facts["cost_now"], currency)],
        }
    )
    tips = [tip("", "name"), tip(AGAINST[against].title, "value_text"), tip("Cost", "cost_text")]
    return (
        alt.Chart(here)
        .mark_point(shape="diamond", size=160, filled=True, color=INK.css, opacity=0.8)
        .encode(x, y, tooltip=tips)
    )


def marginal_text(point: Mapping[str, Any], currency: str) -> str:
    """What the step to a point costs, or that it cannot be told."""
    if not np.isfinite(point["marginal"]):
        return fmt.DASH
    if point["overlaps"]:
        return "no difference that could be told"
    return fmt.money(point["marginal"], currency)


def finding(points: pd.DataFrame, facts: Mapping[str, Any], currency: str) -> str:
    """The frontier in a sentence: what the first and the last step off cost."""
    what = AGAINST[str(facts["against"])]
    sure = points[np.isfinite(points["marginal"].astype(float)) & ~points["overlaps"].astype(bool)]
    if len(points) == 1:
        if facts["missing"]:
            return f"No plan with less {what.less} was found in the time given"
        if facts["against"] == "concentration":
            return "Nothing to weigh: giving the largest vendor less money does not bring its share down"
        return f"Nothing to weigh: the least cost comes with the least {what.less}"
    if sure.empty:
        return f"Less {what.less} costs no more than the gaps can tell"
    first, last = sure.iloc[0], sure.iloc[-1]
    price = fmt.money(first["marginal"], currency)
    if len(sure) == 1:
        return f"Less {what.less} costs {price} {what.step}"
    return f"Less {what.less} costs {price} at first and {fmt.money(last['marginal'], currency)} at last, {what.step}"


def note(points: pd.DataFrame, facts: Mapping[str, Any], currency: str) -> str:
    """How to read the chart, and how honest it is."""
    against = str(facts["against"])
    said = [
        "Every point is a plan that no other beats in both. The grey bar below a point reaches down to what is proven: "
        "no plan with so little can cost less."
    ]
    if points["overlaps"].any():
        said.append("A hollow point is within the gaps of the point before: its cost cannot be told apart.")
    if facts["charged"]:
        charge = {"carbon": "price of carbon", "unserved": "penalty for unserved volume"}.get(against, "penalties")
        said.append(f"Cost is without the plan's own {charge}, so that the price of a step can be held against it.")
    if facts["cut"]:
        said.append(f"Even less is possible, above {fmt.money(facts['most'], currency)}: further than was asked for.")
    if against == "concentration":
        said.append("The far end is the plan in which the vendor that gets most gets least.")
    if facts["dropped"]:
        dropped = len(facts["dropped"])
        said.append(f"{fmt.plural(dropped, 'point')} left out: another is as good in both.")
    if facts["missing"]:
        said.append(f"{fmt.plural(len(facts['missing']), 'point')} not found in the time given.")
    return " ".join(said)


def point_table(drawn: pd.DataFrame, what: Against, currency: str) -> pd.DataFrame:
    """The points under headings that people read."""
    rows = drawn.assign(told=np.where(drawn["overlaps"], "no", "yes"))
    return table(
        rows,
        {
            "name": "Point",
            "value_text": what.title,
            "cost": f"Cost ({currency}, present value)",
            "low": f"No less than ({currency})",
            "gap": "Share not proven (gap)",
            "told": "Can be told from the point before",
            "marginal": f"Price of the step ({currency}, {what.step})",
            "marginal_low": f"Price at least ({currency})",
            "marginal_high": f"Price at most ({currency})",
        },
    )


def _price(point: Mapping[str, Any], what: Against, currency: str) -> Number:
    label = "Price of the step"
    told = bool(np.isfinite(point["marginal"])) and not point["overlaps"]
    if told:
        return Number(label, fmt.money(point["marginal"], currency), what.step)
    return Number(label, fmt.DASH, "no step" if np.isnan(point["marginal"]) else "cannot be told")


def headline(point: Mapping[str, Any], facts: Mapping[str, Any], currency: str) -> tuple[Number, ...]:
    """A point in five numbers, each against the plan as it is."""
    against = str(facts["against"])
    what = AGAINST[against]
    extra = float(point["cost"]) - float(facts["cost_now"])
    slack = float(point["gap"] or 0.0) * abs(float(point["cost"])) if np.isfinite(point["gap"]) else np.inf
    told = abs(extra) > slack + float(facts["gap_now"] or 0.0) * abs(float(facts["objective_now"]))
    change = fmt.money(extra, currency, signed=True) if told else "no difference"
    less = float(point["value"]) - float(facts["value_now"])
    same = abs(less) <= 1e-4 * max(abs(float(facts["value_now"])), 1e-12)
    sign = "+" if less > 0 else fmt.MINUS
    value_change = "as in this plan" if same else f"{sign}{value_text(against, abs(less), currency)}"
    helped = "Present value of everything, charges for the measure itself left out." if facts["charged"] else ""
    return (
        Number("Cost", fmt.money(point["cost"], currency), change, None if not told else extra < 0, help=helped),
        Number(what.title, value_text(against, point["value"], currency), value_change, None if same else less < 0),
        _price(point, what, currency),
        Number("Capex, nominal", fmt.money(point["capex"], currency)),
        Number("Opex, nominal", fmt.money(point["opex"], currency)),
    )
