"""A vendor's offers under other prices and terms, and without them. What is signed already stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.explore.signed import apart, held_apart, signed_names
from planner.plan.patch_templates import ours
from planner.plan.plan import Plan
from planner.plan.schema import join_list
from planner.plan.tables import API, COMMITTED, HELD, LEASED, OFFERS
from planner.result.result import Result
from planner.text.numbers import figures

PER = {
    "price_per_hour": "device-hour",
    "upfront_price": "device and term",
    "purchase_price": "device",
    "price_per_unit": "",
}
"""What a price is for, by its column; that of a token API is for a unit of its workload, as on its invoice."""
PRICES = tuple(PER)
"""What a vendor asks for: the columns that a price factor moves together."""
PRICED = ("compute", "api", "hardware", "resale", "maintenance")
"""Categories of the ledger that are proportional to those prices, for what the plan itself orders or uses."""
PAID = ("compute", "api", "hardware")
"""Those of them that the vendor is paid: what is sold again later and looked after is not his."""
TERMED = (COMMITTED, LEASED)
LONGEST = OFFERS["term_months"].high


@dataclass(frozen=True)
class Vendor:
    """A vendor's side of a plan: `plan` with what is signed held apart, `offers` that are still to be talked about.

    `offers` are all offers at the sites that the provider runs; `whole` is the plan as it was given.
    """

    name: str
    plan: Plan
    offers: tuple[str, ...]
    whole: Plan

    @property
    def rows(self) -> np.ndarray:
        """Which rows of `offers` are the vendor's, as booleans."""
        return self.plan.tables["offers"]["offer"].isin(self.offers).to_numpy()

    def with_offers(self, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Plan:
        """The plan with the vendor's rows of offers (defaults applied) changed by a function."""
        table = self.plan.table("offers")
        mine = self.rows
        return self.plan.replace(offers=pd.concat([table[~mine], change(table[mine].copy())]).loc[table.index])

    def at(self, factor: float) -> Plan:
        """The plan with the vendor's prices times a factor."""
        return self.plan if factor == 1 else self.with_offers(lambda o: o.assign(**{c: o[c] * factor for c in PRICES}))

    def gone(self) -> Plan:
        """The plan with nothing new to be had from the vendor; what is signed runs to its end: the template `nothing_new`."""
        offers, never = self.whole.tables["offers"], self.whole.settings.periods + 1
        mine = offers["offer"].isin(self.offers)
        return self.whole.replace(offers=offers.assign(available_from=offers["available_from"].mask(mine, never)))

    @property
    def signed(self) -> dict[str, str]:
        """Under which offers of `plan` the assets of the vendor's offers stand, by offer."""
        return signed_names(self.whole, self.offers)

    def of(self, result: Result) -> Result:
        """An answer to the plan as it was given, as one to `plan`."""
        return apart(self.whole, self.offers, result)

    def prices(self, frame: pd.DataFrame, categories: tuple[str, ...]) -> np.ndarray:
        """Which rows of a ledger are the vendor's, in these categories, as booleans."""
        return (frame["offer"].isin(self.offers) & frame["category"].isin(categories)).to_numpy()


def providers(plan: Plan) -> list[str]:
    """The vendors: providers at whose sites there are offers, without the company itself, in the order of the sites."""
    sites = plan.tables["sites"]
    used = sites[sites["site"].isin(plan.tables["offers"]["site"])]["provider"].dropna()
    own = ours(plan)
    return [str(p) for p in dict.fromkeys(used) if p not in own]


def vendor_of(plan: Plan, provider: str) -> Vendor:
    """The vendor's side of a plan. Raises KeyError for a provider without offers, and for the company itself."""
    if provider not in providers(plan):
        raise KeyError(provider)
    sites = plan.tables["sites"]
    here = sites.loc[sites["provider"] == provider, "site"]
    offers = plan.tables["offers"]
    mine = tuple(str(o) for o in offers.loc[offers["site"].isin(here), "offer"])
    return Vendor(provider, held_apart(plan, mine), mine, plan)


@dataclass(frozen=True)
class Term:
    """A term to be talked about: what it is called, what it changes in words, and the plan with it."""

    name: str
    label: str
    change: str
    plan: Plan


def terms(vendor: Vendor, devices: np.ndarray, exit_months: int, delay_months: int) -> list[Term]:
    """The terms that mean something for this vendor's offers, each alone, at the prices of the plan.

    `devices`: what the answer has of his by period, shape (periods,): the ramp halves them in the first year.
    """
    x = vendor.plan.settings
    offers = vendor.plan.table("offers")[vendor.rows]
    term = offers["pricing"].isin(TERMED)
    held = offers["pricing"].isin(HELD)
    months = offers["term_months"].astype(int)
    out: list[Term] = []

    def add(name: str, label: str, change: str, means: bool, how: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        if means:
            out.append(Term(name, label, change, vendor.with_offers(how)))

    def hours(o: pd.DataFrame) -> pd.Series:
        return -(-o["term_months"].astype(int) // x.months_per_period) * x.hours

    def by_the_hour(o: pd.DataFrame) -> pd.DataFrame:
        t = o["pricing"].isin(TERMED)
        more = (o["upfront_price"] / hours(o)).where(t, 0.0)
        return o.assign(price_per_hour=o["price_per_hour"] + more, upfront_price=o["upfront_price"].where(~t, 0.0))

    def all_upfront(o: pd.DataFrame) -> pd.DataFrame:
        t = o["pricing"].isin(TERMED)
        more = (o["price_per_hour"] * hours(o)).where(t, 0.0)
        return o.assign(upfront_price=o["upfront_price"] + more, price_per_hour=o["price_per_hour"].where(~t, 0.0))

    def of_term(length: Callable[[pd.Series], pd.Series]) -> Callable[[pd.DataFrame], pd.DataFrame]:
        def change(o: pd.DataFrame) -> pd.DataFrame:
            t = o["pricing"].isin(TERMED)
            new = length(o["term_months"].astype(float)).clip(x.months_per_period, LONGEST).round()
            new = new.where(t, o["term_months"].astype(float))
            share = new / o["term_months"].astype(float)
            return o.assign(term_months=new.astype("Int64"), upfront_price=o["upfront_price"] * share)

        return change

    upfront = term & (offers["upfront_price"] > 0)
    hourly = term & (offers["price_per_hour"] > 0)
    longer = term & (months > x.months_per_period)
    add("no-upfront", "Nothing upfront", "the same total by the hour", bool(upfront.any()), by_the_hour)
    add("all-upfront", "All upfront", "the same total on the first day", bool(hourly.any()), all_upfront)
    add(
        "half-term", "Half the term", "prices stay, upfront in proportion", bool(longer.any()), of_term(lambda m: m / 2)
    )
    add(
        "double-term",
        "Twice the term",
        "prices stay, upfront in proportion",
        bool(term.any()),
        of_term(lambda m: m * 2),
    )
    add(
        "exit",
        f"Exit after {exit_months} months",
        "terms end there at the prices of the full term",
        bool((term & (months > exit_months)).any()),
        of_term(lambda m: m.clip(upper=exit_months)),
    )
    add(
        "at-once",
        "Delivered at once",
        "no time between order and service",
        bool((held & (offers["lead_time_months"] > 0)).any()),
        lambda o: o.assign(lead_time_months=0),
    )
    later = -(-delay_months // x.months_per_period)
    add(
        "later",
        f"{delay_months} months later",
        "can be had that much later",
        later > 0,
        lambda o: o.assign(available_from=o["available_from"] + later),
    )
    first_year = devices[: max(1, 12 // x.months_per_period)]
    mine = offers.loc[offers["pricing"] != API, "offer"]
    if first_year.mean() > 0:
        cap = float(first_year.mean() / 2)
        row = {
            "policy": f"ramp of {vendor.name}",
            "measure": "devices",
            "sense": "max",
            "limit": cap,
            "to_period": len(first_year),
            "offer": join_list(mine),
        }
        policies = pd.concat([vendor.plan.tables["policies"].astype(object), pd.DataFrame([row])], ignore_index=True)
        said = f"at most {figures(cap)} devices in the first year, half of what the plan has then"
        out.append(Term("ramp", "Half the devices in year one", said, vendor.plan.replace(policies=policies)))
    return out


def by_spend(plan: Plan, result: Result) -> list[str]:
    """The providers, those first that the answer pays most for offers (present value, signed contracts included)."""
    ledger = result.ledger
    paid = ledger[ledger["category"].isin(PAID)].groupby("provider")["present_value"].sum()
    return sorted(providers(plan), key=lambda p: -float(paid.get(p, 0.0)))
