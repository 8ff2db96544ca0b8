"""Tiny plans with scenarios, changes and levers, said in as few words as a test needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from planner.explore import questions
from planner.explore.question import Answer
from planner.explore.runner import Memory, Runner
from planner.plan.patch import Change
from planner.plan.plan import Plan
from planner.plan.what_if import MULTIPLY, SET
from planner.result.result import Result
from tests.builders import solved, tiny

YEAR = 8760.0
"""Units that one device serves in a year."""
DEMAND = Change("demand", "", "volume", MULTIPLY, "1.5")
PRICE = Change("offers", "offer=rent", "price_per_hour", MULTIPLY, "0.5")
POWER = Change("sites", "", "electricity_price_per_kwh", MULTIPLY, "1.4")
NOTHING = Change("sites", "", "pue", SET, "1")


def rented(volume: float = YEAR, price: float = 2.0) -> Plan:
    """One kW devices rented by the hour at `price` beside electricity at 1 a kWh: (price + 1) a unit."""
    sites = [{"site": "S", "zone": "Z", "kind": "cloud", "electricity_price_per_kwh": 1.0}]
    hardware = [{"hardware": "H", "power_kw": 1.0}]
    return tiny([{"offer": "rent", "price_per_hour": price}], volume, sites=sites, hardware=hardware)


def choice(rent: float = 2.0, hold: float = 1.0) -> Plan:
    """One device-year of work, rented by the hour or committed for the year."""
    offers = [
        {"offer": "rent", "price_per_hour": rent},
        {"offer": "hold", "pricing": "committed", "price_per_hour": hold, "term_months": 12},
    ]
    return tiny(offers, YEAR)


def with_scenarios(plan: Plan, **scenarios: Sequence[tuple[str, Change]]) -> Plan:
    """The plan with scenarios, each a sequence of (cause, change)."""
    rows = [
        {
            "scenario": name,
            "step": step,
            "cause": cause or None,
            "table": c.table,
            "where": c.where or None,
            "column": c.column or None,
            "change": c.change,
            "value": str(c.value),
        }
        for name, changes in scenarios.items()
        for step, (cause, c) in enumerate(changes, start=1)
    ]
    return plan.replace(scenarios=pd.DataFrame({"scenario": list(scenarios)}), changes=pd.DataFrame(rows))


def with_levers(plan: Plan, *levers: Mapping[str, Any]) -> Plan:
    """The plan with levers."""
    return plan.replace(levers=pd.DataFrame(list(levers)))


CACHE = Memory()
"""Equal plans have equal answers: sweeps of many tests share them."""
BASES: dict[str, Result] = {}


def ask(plan: Plan, question: str, **given: object) -> Answer:
    """The answer to a question, solved to the optimum in this process, and through its stored form."""
    if plan.content_hash not in BASES:
        BASES[plan.content_hash] = solved(plan)
    with Runner.here(CACHE) as runner:
        answer = questions()[question].ask(plan, BASES[plan.content_hash], runner, **{"gap": 0.0, **given})
    kept = Answer.unpack(answer.pack())
    assert kept.facts == answer.facts
    return kept


def near_and_far(**workload: Any) -> Plan:
    """One device-year, rented at 2 an hour near by or at 1 an hour in another zone, far off and without papers."""
    return tiny(
        [{"offer": "near", "price_per_hour": 2.0}, {"offer": "far", "site": "F", "price_per_hour": 1.0}],
        YEAR,
        workloads=[{"workload": "W", "unit": "units", **workload}],
        sites=[
            {"site": "S", "zone": "Z", "kind": "cloud", "certifications": "ISO"},
            {"site": "F", "zone": "Y", "kind": "cloud"},
        ],
        network=[
            {"site": "S", "location": "L", "latency_ms": 5.0},
            {"site": "F", "location": "L", "latency_ms": 100.0},
        ],
    )
