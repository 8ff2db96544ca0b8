"""Scenarios and levers of the sample plans: questions for a room, not forecasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from planner.plan.patch_templates import TEMPLATES
from planner.plan.plan import Plan
from sample_data.values import Cell, assume, table

QUESTION = "assumption: scenario (a question for the room, not a forecast)"
Asked = Mapping[str, Sequence[tuple[str, float | str]]]
"""By scenario: the templates that it is made of, each with what is filled in."""

ASSISTANT: Asked = {
    "Strong demand": [("demand", 1.5)],
    "Cheaper GPUs": [("gpu_price", -30.0)],
    "Dear electricity": [("power", 40.0)],
    "Late delivery": [("late", 6.0)],
    "Without the GPU cloud": [("nothing_new", "Nebius")],
    "Boom": [("demand", 1.25), ("gpu_price", 20.0), ("late", 3.0), ("power", 20.0)],
}
PILOT: Asked = {
    "Strong demand": [("demand", 1.5)],
    "Cheaper GPUs": [("gpu_price", -30.0)],
    "Dear electricity": [("power", 40.0)],
    "Late delivery": [("late", 3.0)],
    "Without the GPU cloud": [("nothing_new", "Nebius")],
}
OWNERS = {
    "Strong demand": "Product",
    "Cheaper GPUs": "Procurement",
    "Dear electricity": "Finance",
    "Late delivery": "Operations",
    "Boom": "Facilitator",
}


def with_scenarios(plan: Plan, asked: Asked) -> Plan:
    """The plan with its scenarios and their changes."""
    names = [
        {"scenario": name, "owner": OWNERS.get(name, "Risk"), "status": "open", "note": QUESTION} for name in asked
    ]
    parts: list[pd.DataFrame] = []
    for name, filled in asked.items():
        for template, value in filled:
            first = 1 + sum(len(p) for p in parts if str(p["scenario"].iloc[0]) == name)
            parts.append(TEMPLATES[template].rows(plan, name, value, first))
    changes = pd.concat(parts, ignore_index=True)
    why = changes["value"].map(lambda v: "assumption: value" if isinstance(v, str) else "assumption: change")
    return plan.replace(scenarios=pd.DataFrame(names), changes=changes.assign(note=why))


def _lever(name: str, where: tuple[str, str, str], change: str, low: float, high: float, why: str, slider: bool) -> dict[str, Cell]:  # fmt: skip
    tables, rows, columns = where
    return {
        "lever": name,
        "table": tables,
        "where": rows or None,
        "column": columns,
        "change": change,
        "low": assume(low),
        "high": assume(high, why),
        "slider": "yes" if slider else "no",
    }


PRICES = ("offers", "pricing!=api", "price_per_hour;upfront_price;purchase_price")
DEMAND = ("demand", "", "volume")
DELIVERY = ("offers", "lead_time_months>=1", "lead_time_months")
POWER = ("sites", "", "electricity_price_per_kwh")


def assistant_levers() -> pd.DataFrame:
    """The levers of the global assistant."""
    halves = "half a price to a fifth more"
    return table(
        [
            _lever("Demand", DEMAND, "multiply", 0.7, 1.5, "slower or faster take-up", True),
            _lever("GPU price", PRICES, "multiply", 0.6, 1.2, "next generation or shortage", True),
            _lever("AWS share at most", ("policies", "policy=aws_share", "limit"), "set", 0.15, 0.6, "the board's room", True),
            _lever("Capex a year at most", ("policies", "policy=capex_a_year", "limit"), "set", 10e6, 40e6, "half and double", False),
            _lever("Token price", ("offers", "pricing=api", "price_per_unit"), "multiply", 0.5, 1.2, halves, False),
            _lever("Electricity price", POWER, "multiply", 0.7, 1.5, "a glut or a crisis", False),
            _lever("Delivery, months later", DELIVERY, "add", 0, 9, "an allocation missed", False),
            _lever("Discount rate", ("settings", "key=discount_rate", "value"), "set", 0.06, 0.12, "range of the cost of capital", False),
            _lever("Carbon price", ("settings", "key=carbon_price", "value"), "set", 0, 200, "none to tight", False),
        ]
    )  # fmt: skip


def pilot_levers() -> pd.DataFrame:
    """The levers of the pilot."""
    return table(
        [
            _lever("Demand", DEMAND, "multiply", 0.7, 1.5, "slower or faster take-up", True),
            _lever("GPU price", PRICES, "multiply", 0.6, 1.2, "next generation or shortage", True),
            _lever("Capex a quarter at most", ("policies", "policy=capex_a_quarter", "limit"), "set", 0, 2e6, "none to five servers", True),
            _lever("Electricity price", POWER, "multiply", 0.7, 1.5, "a glut or a crisis", False),
            _lever("Delivery, months later", DELIVERY, "add", 0, 6, "an allocation missed", False),
        ]
    )  # fmt: skip
