"""What policies say, in words: what they are about, what they limit, to how much, and over how long."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from planner.plan.plan import Plan
from planner.plan.schema import split_list
from planner.plan.tables import MONEY_MEASURES, SCOPES, TABLES
from planner.text.names import names, offer_names
from planner.text.numbers import NBSP, energy, listed, mass, money, one, quantity, sentence

MEASURES = {
    "carbon_t": ("carbon", "t"),
    "energy_kwh": ("energy", "kWh"),
    "water_m3": ("water", "m3"),
    "open_sites": ("open sites", ""),
    "latency": ("average latency", "ms"),
}
"""What measures are called in a sentence, and their unit, where their name does not say it."""
WINDOWS = {"year": " in each year", "period": " in each period", "horizon": " over the plan"}
SIZES = {"carbon_t": mass, "energy_kwh": energy}
"""How amounts of measures are said that have units of several sizes."""


def measure_of(measure: str, currency: str) -> tuple[str, str]:
    """What a measure is called in a sentence, and its unit; blank where the name says it."""
    return MEASURES.get(measure, (measure, currency if measure in MONEY_MEASURES else ""))


def size_of(measure: str, value: float, currency: str) -> str:
    """An amount of a measure with its unit: $6.57 M, 15.4 kt, 3 devices as 3."""
    unit = measure_of(measure, currency)[1]
    if measure in MONEY_MEASURES:
        return money(value, unit)
    return SIZES.get(measure, partial(_amount, unit=unit))(value)


def _amount(value: float, unit: str) -> str:
    return quantity(value, one(unit) if value == 1 else unit)


def policies_said(plan: Plan) -> dict[str, str]:
    """What each policy says, by policy: AWS: at most 35 % of spend in each year."""
    called, currency = names_by_key(plan), plan.settings.currency
    return {str(row["policy"]): _said(row, called, currency) for row in plan.table("policies").to_dict("records")}


def _said(row: Mapping[str, Any], called: Mapping[str, pd.Series], currency: str) -> str:
    measure, limit = str(row["measure"]), float(row["limit"])
    what = measure_of(measure, currency)[0]
    bound = "at least" if row["sense"] == "min" else "at most"
    share = row["share_of"] == "total"
    said = f"{bound} {exact(limit)} of {what}" if share else f"{what} {bound} {size_of(measure, limit, currency)}"
    return f"{_scope(row, called)}: {said}{WINDOWS[str(row['window'])]}"


def _scope(row: Mapping[str, Any], called: Mapping[str, pd.Series]) -> str:
    """What a policy is about, by the names of what its scope lists."""
    said = []
    for scope in SCOPES:
        listing = split_list(row[scope])
        if listing:
            known = called.get(scope)
            said.append(
                listed([str(known.get(x, x)) if known is not None else x.replace("_", " ") for x in listing], "or")
            )
    return sentence(", ".join(said)) if said else "Everything"


def names_by_key(plan: Plan) -> dict[str, pd.Series]:
    """Names by identifier, by what they name: site, workload, location, offer."""
    return {
        **{TABLES[table].key[0]: names(plan, table) for table in ("sites", "workloads", "locations")},
        "offer": offer_names(plan),
    }


def exact(value: float) -> str:
    """A share that somebody set, as it was set: 12.5 %."""
    return f"{100 * value:g}{NBSP}%"
