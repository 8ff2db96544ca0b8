"""What the decisions may not go beyond, live: limits of offers and sites, rate limits, terms and useful lives.

A period has parts with loads of their own (slices), the decisions on the sheets have none: what a limit holds to in
the busiest slice is the average of the period times a factor, which stands as an input, as it was solved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.finance.lots import CONTRACTS
from planner.plan.tables import API, HELD, OWNED
from planner.report.workbook.blocks import Block, Param
from planner.report.workbook.expr import Array, Expr, HasName, Written, greatest, picked, repeated, sum_of
from planner.report.workbook.holdings import periods_of
from planner.report.workbook.sheet import TimeSheet
from planner.report.workbook.workings import Capacity, Context, Decisions


@dataclass(frozen=True)
class Bound:
    """What is used (rows of a block), and how far it goes beyond its limit, row by row."""

    used: Block
    beyond: Block


@dataclass(frozen=True)
class Bounds:
    """All of them; `past` are lots whose parameter `beyond` counts device-periods after their end."""

    devices: Bound
    rate: Bound
    power: Bound
    at_site: Bound
    past_term: Block
    past_life: Block


def write_bounds(x: Context, s: TimeSheet, d: Decisions, k: Capacity) -> Bounds:
    """Lay out below what stands on `s`: use, and what of it is beyond a limit that is not blank."""
    rented = np.flatnonzero(~x.layout.offers["pricing"].iloc[k.offers].isin(HELD).to_numpy())
    peak = _Peaks(x, s, k, rented)
    return Bounds(
        _devices(x, s, k, rented, peak),
        _rate(x, s, d, peak),
        _power(x, s, k),
        _at_site(x, s, k, rented, peak),
        _past(x, s, d, CONTRACTS, "term_months", "Commitments and leases held beyond their term"),
        _past(x, s, d, (OWNED,), "useful_life_months", "Owned devices kept beyond their useful life"),
    )


class _Peaks:
    """Use in the busiest slice over the average of the period, as solved; 1 where a period has one slice."""

    def __init__(self, x: Context, s: TimeSheet, k: Capacity, rented: Array) -> None:
        self.x, self.s = x, s
        a = x.layout
        self.slices = a.plan.table("slices")
        if len(self.slices) < 2:
            return
        dispatch = a.frames["dispatch"]
        offers = a.offers.iloc[k.offers[rented]]
        apis = a.pairs[a.pairs["pricing"] == API]
        self.devices = self._block(dispatch, "device_hours", "Offer", offers["offer"], dispatch["offer"])
        self.volume = self._block(dispatch, "volume", "API", apis["offer"], dispatch["offer"])
        of_rented = dispatch[dispatch["offer"].isin(offers["offer"])]
        site = of_rented["offer"].map(a.offers.set_index("offer")["site"])
        names = a.plan.tables["sites"]["site"]
        self.site = self._block(of_rented, "device_hours", "Site", names[names.isin(site)], site)

    def _block(self, frame: pd.DataFrame, value: str, label: str, names: pd.Series, of: pd.Series) -> Block:
        keys = pd.DataFrame({"of": names.to_numpy(object)})
        share = self.slices.set_index("slice")["share_of_hours"]
        by_slice = np.stack([
            self.x.layout.matrix(frame[here].assign(of=of[here]), keys, value)
            for here in ((frame["slice"] == name) & of.isin(names) for name in share.index)
        ])  # fmt: skip
        called = label if label == "API" else label.lower()
        return busiest(self.s, called, {label: names}, by_slice, share.to_numpy(float)[:, None, None])

    def over(self, use: Expr, kind: str, rows: Array | None = None) -> Expr:
        """The average use of a period as that of its busiest slice; row i of `use` is row `rows[i]` of the factors."""
        if len(self.slices) < 2:
            return use
        factors: Block = getattr(self, kind)
        return use * (factors.cells if rows is None else factors.cells.take(rows))


def busiest(s: TimeSheet, called: str, who: dict[str, pd.Series], by_slice: Array, share: Array) -> Block:
    """Lay out the use of the busiest slice over the average of its period: 1 where nothing is used.

    `by_slice`, shape (slices, rows, periods), in any unit; `share`: of the period that each slice is, same shape.
    """
    whole = by_slice.sum(axis=0)
    factor = np.divide((by_slice / share).max(axis=0), whole, out=np.ones_like(whole), where=whole > 0)
    title = f"Busiest part of a period over its average, as solved, by {called}"
    return s.block(title, who, "factor", factor, number="factor", total="none")


def over_limit(x: Context, table: str, column: str, rows: Array, used: Block) -> Expr:
    """Use above a limit of the plan's table; nothing where the cell is blank."""
    cell = x.inputs[table].cell(column, rows)
    return x.inputs[table].if_blank(column, rows, x.c["Nothing"], greatest(used.cells - cell, x.c["Nothing"]))


def _stacked(one: Expr, two: Expr) -> Expr:
    """The rows of one expression above those of another."""
    n = len(one.value)

    def write(row: int, home: HasName) -> str:
        return one.text(row, home) if row < n else two.text(row - n, home)

    return Written(write, np.vstack([one.value, two.value]), min(one.strength, two.strength))


def _devices(x: Context, s: TimeSheet, k: Capacity, rented: Array, peak: _Peaks) -> Bound:
    a = x.layout
    rows = np.concatenate([a.held["offer_row"].to_numpy(int), k.offers[rented]])
    label = a.offers.iloc[rows]
    who = {"Offer": label["offer"], "How": label["pricing"]}
    hours = k.used.cells.take(rented)
    used = s.block(
        "Devices held, and rented in the busiest part of a period", who, "devices",
        lambda b: _stacked(k.held.cells, peak.over(hours / x.c["Hours_per_period"], "devices")),
        number="amount", total="none",
    )  # fmt: skip
    beyond = s.block(
        "Devices beyond the limit of their offer (offers: max_devices)", who, "devices",
        lambda b: over_limit(x, "offers", "max_devices", rows, used), number="amount",
    )  # fmt: skip
    return Bound(used, beyond)


def _rate(x: Context, s: TimeSheet, d: Decisions, peak: _Peaks) -> Bound:
    at = np.flatnonzero((x.layout.pairs["pricing"] == API).to_numpy())
    pairs = x.layout.pairs.iloc[at]
    who = {"Offer": pairs["offer"], "Workload": pairs["workload"]}
    used = s.block(
        "Units an hour of APIs in the busiest part of a period", who, "units per hour",
        lambda b: peak.over(d.volume.cells.take(at) / x.c["Hours_per_period"], "volume"), number="amount", total="none",
    )  # fmt: skip
    beyond = s.block(
        "Units an hour beyond the rate limit (offers: max_units_per_hour)", who, "units per hour",
        lambda b: over_limit(x, "offers", "max_units_per_hour", pairs["offer_row"].to_numpy(int), used), number="amount",
    )  # fmt: skip
    return Bound(used, beyond)


def _power(x: Context, s: TimeSheet, k: Capacity) -> Bound:
    h = x.layout.held
    power = s.block(
        "Installed power, by offer", {"Offer": h["offer"]}, "kW", lambda b: k.held.cells * b["kW a device"],
        params={"kW a device": Param(x.hardware("power_kw", h["offer_row"].to_numpy(int)), "factor")},
        number="amount", total="none",
    )  # fmt: skip
    runs = x.layout.runs(h["site_no"].to_numpy(int))
    sites = h["site_no"].to_numpy(int)[[g[0] for g in runs]] - 1 if runs else np.zeros(0, dtype=int)
    who = {"Site": x.layout.plan.tables["sites"]["site"].iloc[sites]}
    used = s.block("Installed power, by site", who, "kW", lambda b: sum_of(power.cells, runs), number="amount", total="none")  # fmt: skip
    beyond = s.block(
        "Installed power beyond the capacity of its site (sites: power_capacity_kw)", who, "kW",
        lambda b: over_limit(x, "sites", "power_capacity_kw", sites, used), number="amount",
    )  # fmt: skip
    return Bound(used, beyond)


def _at_site(x: Context, s: TimeSheet, k: Capacity, rented: Array, peak: _Peaks) -> Bound:
    a = x.layout
    held, lent = a.held["site_no"].to_numpy(int) - 1, a.offers["site_no"].to_numpy(int)[k.offers[rented]] - 1
    sites, with_rent = np.union1d(held, lent).astype(int), np.unique(lent)
    groups = [[np.flatnonzero(of == i) for i in sites] for of in (held, lent)]
    row = np.searchsorted(with_rent, sites)  # that of a site in the factors, for those that rent

    def use(b: Block) -> Expr:
        own, rent = picked(k.held.cells, groups[0]), picked(k.used.cells.take(rented), groups[1])
        average = rent / x.c["Hours_per_period"]
        at = np.flatnonzero(np.isin(sites, with_rent))
        most = peak.over(repeated(average, at), "site", row[at])
        where = np.full(len(sites), -1)
        where[at] = np.arange(len(at))
        value = own.value.copy()
        value[at] += most.value

        def write(row: int, home: HasName) -> str:
            text = own.text(row, home)
            return text if where[row] < 0 else f"{text}+{most.text(int(where[row]), home)}"

        return Written(write, value, 4)

    who = {"Site": a.plan.tables["sites"]["site"].iloc[sites]}
    used = s.block("Devices at a site in the busiest part of a period", who, "devices", use, number="amount", total="none")  # fmt: skip
    beyond = s.block(
        "Devices beyond the limit of their site (sites: max_devices)", who, "devices",
        lambda b: over_limit(x, "sites", "max_devices", sites, used), number="amount",
    )  # fmt: skip
    return Bound(used, beyond)


def _past(x: Context, s: TimeSheet, d: Decisions, pricings: tuple[str, ...], months: str, title: str) -> Block:
    """Lots of these pricings: the periods they are held, those they may be, and devices times periods beyond."""
    lots, c = x.layout.lots, x.c
    at = np.flatnonzero(lots["pricing"].isin(pricings).to_numpy())
    rows = lots["offer_row"].to_numpy(int)[at]
    first, last, age, devices = (d.lots[n].take(at) for n in ("first", "last", "age", "devices"))
    who = {"Offer": lots["offer"].iloc[at], "How": lots["pricing"].iloc[at], "Asset": lots["asset"].iloc[at]}
    return s.block(
        title, who, "device-periods",
        params={
            "periods held": Param(last - first + c["Whole"], "whole"),
            "may be held": Param(greatest(periods_of(x, x.offer(months, rows), age), c["Nothing"]), "whole"),
            "beyond": Param(lambda b: devices * greatest(b["periods held"] - b["may be held"], c["Nothing"]), "amount"),
        },
    )  # fmt: skip
