"""What a frontier says, in the words that its page and its command share."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from planner.text.numbers import mass, money, percent, quantity

LESS = {
    "carbon": "carbon",
    "capex_peak": "capex in its highest year",
    "latency": "latency",
    "concentration": "spend with the largest vendor",
    "unserved": "unserved volume",
}
"""What there is less of along the frontier against each measure."""
STEP = {
    "carbon": "per tonne avoided",
    "capex_peak": "per {} 1 off the peak",
    "latency": "per ms less",
    "concentration": "per percentage point less",
    "unserved": "per 1 % of the volume more served",
}
"""The amount of each measure by which its price is told; {} stands for the currency."""
ROUGH = 0.05
"""Gap beyond which the cost of a point was not found: only that it can be had, at no more than that."""
NONE = 1e-6
"""Share of the volume that is a solver's rounding."""
NO_TIME = "not found in the time given"


def value_text(against: str, value: float, currency: str) -> str:
    """A value of a measure, as people read it; capex below zero says why it can be."""
    if against == "carbon":
        return mass(value)
    if against == "capex_peak":
        return money(value, currency) + (" (less resale)" if value < 0 else "")
    if against == "latency":
        return quantity(value, "ms")
    return percent(0.0 if abs(value) < NONE else value)


def reach_text(facts: Mapping[str, Any]) -> str:
    """How much dearer than the plan the search was to go: +50 % cost."""
    now = float(facts["cost_now"])
    return f"{percent((float(facts['most']) - now) / abs(now), signed=True)} cost" if now else "the cost asked for"


def wide(gap: float) -> bool:
    """True where a gap leaves open what a point costs; also where nothing is proven."""
    return not gap <= ROUGH


CLOSE = 0.8
"""Share of the reach of a search beyond which a point is close to it."""


def rough(points: pd.DataFrame) -> pd.Series:
    """True for each point whose cost was not brought down in the time given; the first is the plan to start from."""
    return points["gap"].astype(float).map(wide).astype(bool) & (np.arange(len(points)) > 0)


def prices(points: pd.DataFrame, step: float) -> list[float]:
    """What a `step` less of the measure costs, from each point that can be told from the last that could be to it.

    Points within the gaps of the last that could be told are passed over, and so are those without a price:
    the first price is that from the cheapest plan on, however many points cannot be told from it.
    """
    sure = points[~rough(points)]
    kept: list[tuple[float, float]] = []
    for cost, low, value in zip(sure["cost"], sure["low"], sure["value"], strict=True):
        if not kept or (low > kept[-1][0] and value < kept[-1][1]):
            kept.append((float(cost), float(value)))
    return [(after[0] - before[0]) / ((before[1] - after[1]) / step) for before, after in pairwise(kept)]


def finding(points: pd.DataFrame, facts: Mapping[str, Any], currency: str) -> str:
    """The frontier in a sentence without its full stop: what the first and the last step off cost."""
    against = str(facts["against"])
    less = LESS[against]
    if len(points) == 1:
        if facts["missing"]:
            return f"No plan with less {less} was found in the time given"
        if against == "concentration":
            return "Nothing to weigh: giving the largest vendor less money does not bring its share down"
        asked = " that was asked for" if facts["cut"] else ""
        return f"Nothing to weigh: the least cost comes with the least {less}{asked}"
    told, open_end = prices(points, float(facts["step"])), bool(rough(points).iloc[-1])
    if not told:
        if rough(points).any():
            return f"Less {less} is possible, but what it costs was {NO_TIME}"
        return f"Less {less} costs no more than the gaps can tell"
    step = STEP[against].format(currency)
    rest = f"; what the far end costs was {NO_TIME}" if open_end else ""
    if len(told) == 1:
        return f"Less {less} costs {money(told[0], currency)} {step}{rest}"
    # A search that ended well before its reach is not said to have come close to it.
    near = facts["cut"] and points["cost"].iloc[-1] - facts["cost_now"] > CLOSE * (facts["most"] - facts["cost_now"])
    end = "later" if open_end else f"close to {reach_text(facts)}" if near else "at last"
    return f"Less {less} costs {money(told[0], currency)} at first and {money(told[-1], currency)} {end}, {step}{rest}"


def extent(points: pd.DataFrame, facts: Mapping[str, Any], currency: str) -> str:
    """How far the measure can fall, and what that costs in all, as a sentence."""
    first, last = points.iloc[0], points.iloc[-1]
    begin, end = (value_text(str(facts["against"]), float(p["value"]), currency) for p in (first, last))
    less = LESS[str(facts["against"])]
    said = f"{less[:1].upper()}{less[1:]} can fall from {begin} to {end}"
    if bool(rough(points).iloc[-1]):
        return f"{said}, for no more than {money(last['cost'], currency)}: its least cost was {NO_TIME}."
    if last["low"] <= first["cost"]:
        return f"{said}, for no more than the gaps can tell."
    return f"{said}, for {money(last['cost'] - first['cost'], currency)} more."
