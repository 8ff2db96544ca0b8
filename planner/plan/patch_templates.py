"""Changes that rooms ask for again and again, ready to fill in; and levers for a plan that has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from planner.plan.cells import plain
from planner.plan.patch import Change, PatchError, rows_of
from planner.plan.plan import Plan
from planner.plan.tables import API, ON_PREMISES
from planner.plan.what_if import ADD, MULTIPLY, NO, REMOVE, SET, YES
from planner.text.numbers import MINUS

FACTOR, PERCENT, MONTHS, CHOICE = "factor", "per cent", "months", "choice"
DEVICE_PRICES = "price_per_hour;upfront_price;purchase_price"
DELIVERED = "lead_time_months>=1"
"""The offers that are delivered: those with a lead time."""
SLIDERS = ("Demand", "Purchase prices", "Electricity price")
"""The levers of a plan without any that executives move."""


@dataclass(frozen=True)
class Template:
    """A change with one thing left open. `kind` says what that is: a factor, a change in per cent, months, a choice."""

    name: str
    title: str
    help: str
    kind: str
    default: float | str
    low: float
    high: float
    cause: Callable[[float | str], str]
    make: Callable[[Plan, float | str], list[Change]]
    choices: Callable[[Plan], list[str]] = lambda plan: []

    def changes(self, plan: Plan, value: float | str) -> list[Change]:
        """The changes with `value` filled in; those that match nothing in this plan are left out."""
        return [c for c in self.make(plan, value) if matches(plan, c)]

    def fits(self, plan: Plan) -> bool:
        """True when the plan has something that the template changes."""
        options = self.choices(plan)
        if self.kind == CHOICE and not options:
            return False
        return bool(self.changes(plan, options[0] if options else self.default))

    def rows(self, plan: Plan, scenario: str, value: float | str, first: int = 1) -> pd.DataFrame:
        """The changes as rows of the table `changes`, steps counted from `first`."""
        made = self.changes(plan, value)
        return pd.DataFrame(
            [
                {
                    "scenario": scenario,
                    "step": first + i,
                    "cause": self.cause(value),
                    "table": c.table,
                    "where": c.where or None,
                    "column": c.column or None,
                    "change": c.change,
                    "value": (c.value or None) if isinstance(c.value, str) else plain(c.value),
                }
                for i, c in enumerate(made)
            ],
        )


def matches(plan: Plan, change: Change) -> bool:
    """True when there are rows that the change would touch, with a number in them where it reckons with one."""
    try:
        rows = rows_of(dict(plan.tables), change.table, change.where)
    except PatchError:
        return False
    if change.change != MULTIPLY:
        return bool(rows.any())
    cells = plan.tables[change.table].loc[rows, [c.strip() for c in change.column.split(";")]]
    numbers = cells.apply(pd.to_numeric, errors="coerce").astype(float)
    return bool((numbers.fillna(0.0) != 0).any(axis=None))


def _scaled(per_cent: float | str) -> float:
    return round(1 + float(per_cent) / 100, 6)


def _signed(per_cent: float | str) -> str:
    value = float(per_cent)
    return f"{'+' if value > 0 else MINUS}{abs(value):g} %"


def _nothing_new(plan: Plan, provider: float | str) -> list[Change]:
    """Nothing more can be had of the provider; what is signed already stays, and runs to the end of its term or life."""
    return [Change("offers", f"provider={provider}", "available_from", SET, plan.settings.periods + 1)]


def _gone(plan: Plan, provider: float | str) -> list[Change]:
    """Nothing of the provider can be used, and what is held there is lost; what was paid for it is sunk."""
    return [Change("assets", f"provider={provider}", "", REMOVE), *_nothing_new(plan, provider)]


def ours(plan: Plan) -> set[str]:
    """The providers that are the company itself: those that run a site on premises. Nobody negotiates with himself."""
    sites = plan.tables["sites"]
    return {str(p) for p in sites.loc[sites["kind"] == ON_PREMISES, "provider"].dropna()}


def providers(plan: Plan) -> list[str]:
    """Vendors: the providers of sites with offers, without the company itself, the one with most offers first."""
    site = plan.tables["offers"]["site"].map(plan.tables["sites"].set_index("site")["provider"])
    own = ours(plan)
    return [str(p) for p in site.dropna().value_counts().index if p not in own]


TEMPLATES: dict[str, Template] = {
    t.name: t
    for t in (
        Template(
            "demand",
            "Demand",
            "All volume in all periods, times a factor",
            FACTOR,
            1.5,
            0.1,
            10.0,
            lambda x: f"Demand x {float(x):g}",
            lambda plan, x: [Change("demand", "", "volume", MULTIPLY, float(x))],
        ),
        Template(
            "gpu_price",
            "GPU price",
            "What devices cost, by the hour (running commitments too), upfront and to buy",
            PERCENT,
            -30.0,
            -90.0,
            300.0,
            lambda x: f"GPU price {_signed(x)}",
            lambda plan, x: [Change("offers", f"pricing!={API}", DEVICE_PRICES, MULTIPLY, _scaled(x))],
        ),
        Template(
            "token_price",
            "Token price",
            "What token APIs cost per unit",
            PERCENT,
            -30.0,
            -90.0,
            300.0,
            lambda x: f"Token price {_signed(x)}",
            lambda plan, x: [Change("offers", f"pricing={API}", "price_per_unit", MULTIPLY, _scaled(x))],
        ),
        Template(
            "power",
            "Electricity price",
            "What electricity costs at every site that pays for it",
            PERCENT,
            40.0,
            -90.0,
            300.0,
            lambda x: f"Electricity {_signed(x)}",
            lambda plan, x: [Change("sites", "", "electricity_price_per_kwh", MULTIPLY, _scaled(x))],
        ),
        Template(
            "late",
            "Late delivery",
            "Everything that is delivered comes so many months later",
            MONTHS,
            6.0,
            1.0,
            36.0,
            lambda x: f"Delivery {float(x):g} months late",
            lambda plan, x: [Change("offers", DELIVERED, "lead_time_months", ADD, float(x))],
        ),
        Template(
            "nothing_new",
            "Nothing new from a vendor",
            "Nothing more can be had of a vendor from the first period on; what is signed already runs to its end",
            CHOICE,
            "",
            0.0,
            0.0,
            lambda x: f"Nothing new from {x}",
            _nothing_new,
            providers,
        ),
        Template(
            "vendor",
            "A vendor gone at once",
            "Nothing of a vendor can be used from the first period on, what is signed already is lost too; what is "
            "still owed for it comes on top",
            CHOICE,
            "",
            0.0,
            0.0,
            lambda x: f"{x} gone at once",
            _gone,
            providers,
        ),
    )
}
"""By name, in the order in which people choose from them."""


def default_levers(plan: Plan) -> pd.DataFrame:
    """Levers for a plan that declares none: every priced group, demand, time and the discount rate.

    The columns of the table `levers`; the ranges are generic multipliers, not estimates, and say so
    in `note`. Groups that the plan does not have are left out.
    """
    offers = "offers"
    rows = [
        ("Demand", "demand", "", "volume", MULTIPLY, 0.7, 1.5),
        ("On-demand and spot prices", offers, "pricing=on_demand|spot", "price_per_hour", MULTIPLY, 0.7, 1.3),
        ("Commitment prices", offers, "pricing=committed|leased", "price_per_hour;upfront_price", MULTIPLY, 0.7, 1.3),
        ("Purchase prices", offers, "pricing=owned", "purchase_price", MULTIPLY, 0.7, 1.3),
        ("Token prices", offers, f"pricing={API}", "price_per_unit", MULTIPLY, 0.5, 1.3),
        ("Electricity price", "sites", "", "electricity_price_per_kwh", MULTIPLY, 0.7, 1.5),
        ("Network prices", "network", "", "egress_price_per_gb;ingress_price_per_gb", MULTIPLY, 0.5, 1.5),
        ("Discount rate", "settings", "key=discount_rate", "value", MULTIPLY, 0.5, 1.5),
        ("Carbon price", "settings", "key=carbon_price", "value", MULTIPLY, 0.0, 2.0),
        ("Delivery, months later", offers, DELIVERED, "lead_time_months", ADD, 0.0, 6.0),
    ]
    names = ["lever", "table", "where", "column", "change", "low", "high"]
    out = pd.DataFrame(rows, columns=names)
    out["slider"] = [YES if r in SLIDERS else NO for r in out["lever"]]
    out["note"] = "assumption: low, high (a generic range, not an estimate)"
    there = [matches(plan, Change(r.table, r.where, r.column, r.change)) for r in out.itertuples()]
    return out[there].reset_index(drop=True)
