"""The index sets of a plan as arrays: codes, feasible pairs, rates, prices in time.

Every set is numbered from 0 in the order of its table; -1 means "none". Periods are numbered
from 0 here and from 1 in the tables.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from planner.plan.plan import Plan
from planner.plan.reach import reach_tests
from planner.plan.tables import API, COMMITTED, HELD, LEASED, OWNED, RENTED, SPOT

Array = np.ndarray


def periods_of(months: Array, months_per_period: int) -> Array:
    """Whole periods that cover the months, rounded up."""
    return -(-np.asarray(months, dtype=int) // months_per_period)


def months_between(first: str, last: str) -> int:
    """Months from YYYY-MM `first` to YYYY-MM `last`, negative when last is earlier."""
    a, b = pd.Period(first, freq="M"), pd.Period(last, freq="M")
    return (b.year - a.year) * 12 + (b.month - a.month)


def codes(values: pd.Series, names: pd.Series) -> Array:
    """Position of each value in `names`, -1 where blank or unknown."""
    return pd.Index(names).get_indexer(pd.Index(values))


@dataclass(frozen=True)
class Places:
    """Demand of a workload at locations that the model cannot tell apart, taken as one.

    Locations are one place when the same sites may serve them at the same cost per unit over links
    without ports or bandwidth (and, where a policy counts latency, with the same latency): any split
    of the place's flows by demand is then as good as another.
    `location` is one of the place's locations; `demand` has the shape (places, T, B);
    `member_place` and `member_location` list all of them.
    """

    workload: Array
    location: Array
    demand: Array
    member_place: Array
    member_location: Array


@dataclass(frozen=True)
class Pairs:
    """Feasible (place, site) pairs, with the workload and one location of the place."""

    place: Array
    workload: Array
    location: Array
    site: Array


@dataclass(frozen=True)
class Arcs:
    """Feasible (workload, offer) pairs. `rate`: units per device-hour as planned (inf for api)."""

    workload: Array
    offer: Array
    site: Array
    rate: Array


@dataclass(frozen=True)
class AssetSet:
    """Devices that are there already, those still in service at or after the start.

    `first` and `last`: first and last period in service (last may lie beyond the horizon);
    `age`: months in service before `first`.
    """

    name: list[str]
    offer: Array
    devices: Array
    first: Array
    last: Array
    age: Array


class Sets:
    """Everything that the model needs to know of a plan, as arrays.

    Shapes are written with W workloads, L locations, S sites, O offers, T periods, B slices.
    """

    def __init__(self, plan: Plan) -> None:
        self.settings = plan.settings
        self.workloads = plan.table("workloads")
        self.locations = plan.table("locations")
        self.sites = plan.table("sites")
        self.offers = plan.table("offers")
        self.hardware = plan.table("hardware")
        self.slices = plan.table("slices")
        self.links = plan.table("network")
        self.policies = plan.table("policies")
        self._plan = plan
        self.T = plan.settings.periods
        self.months = plan.settings.months_per_period
        self.H = plan.settings.hours
        self.phi = self.slices["share_of_hours"].to_numpy(float)
        self.df = plan.settings.discount_factors()
        self.W, self.L, self.S = len(self.workloads), len(self.locations), len(self.sites)
        self.O, self.B = len(self.offers), len(self.slices)
        self._offers()
        self.demand = self._demand()
        self.assets = self._assets()

    @property
    def slice_hours(self) -> Array:
        """Hours of each slice in a period, shape (B,)."""
        return self.phi * self.H

    def _offers(self) -> None:
        o, s = self.offers, self.sites
        self.offer_site = codes(o["site"], s["site"])
        self.offer_hardware = codes(o["hardware"], self.hardware["hardware"])
        self.offer_workload = codes(o["workload"], self.workloads["workload"])
        self.pricing = o["pricing"].to_numpy(str)
        self.is_held = np.isin(self.pricing, HELD)
        self.is_owned = self.pricing == OWNED
        self.is_term = np.isin(self.pricing, (COMMITTED, LEASED))
        self.is_rented = np.isin(self.pricing, RENTED)
        self.is_spot = self.pricing == SPOT
        self.is_api = self.pricing == API
        self.lead = periods_of(o["lead_time_months"], self.months)
        self.term = np.where(
            self.is_owned,
            periods_of(o["useful_life_months"], self.months),
            periods_of(o["term_months"], self.months),
        )
        site_from = s["available_from"].to_numpy(int)[self.offer_site] - 1
        self.first_order = o["available_from"].to_numpy(int) - 1
        self.first_service = np.maximum(self.first_order + self.lead, site_from)
        years = self.settings.years_since_start()
        self.price_factor = (1.0 + o["annual_price_change"].to_numpy(float)[:, None]) ** years[None, :]

        def of_hardware(column: str) -> Array:
            values = np.append(self.hardware[column].to_numpy(float), 0.0)
            return values[self.offer_hardware]

        self.power = of_hardware("power_kw")
        self.idle = of_hardware("idle_power_kw")
        self.embodied = of_hardware("embodied_kgco2e")
        self.held = np.flatnonzero(self.is_held)
        self.rented = np.flatnonzero(self.is_rented)

    def _demand(self) -> Array:
        """Volume, shape (W, L, T, B)."""
        d = self._plan.table("demand")
        volume = np.zeros((self.W, self.L, self.T))
        at = (
            codes(d["workload"], self.workloads["workload"]),
            codes(d["location"], self.locations["location"]),
            d["period"].to_numpy(int) - 1,
        )
        np.add.at(volume, at, d["volume"].to_numpy(float))
        shape = np.ones((self.W, self.L, self.B))
        rows = self._plan.table("load_shapes")
        w = codes(rows["workload"], self.workloads["workload"])
        loc = codes(rows["location"], self.locations["location"])
        b = codes(rows["slice"], self.slices["slice"])
        m = rows["multiplier"].to_numpy(float)
        everywhere = rows["location"].isna().to_numpy()
        shape[w[everywhere], :, b[everywhere]] = m[everywhere][:, None]
        own = ~everywhere  # the row of a location goes before the row for every location
        shape[w[own], loc[own], b[own]] = m[own]
        return volume[..., None] * shape[:, :, None, :] * self.phi

    def _assets(self) -> AssetSet:
        a = self._plan.table("assets")
        offer = codes(a["offer"], self.offers["offer"])
        since = np.array([months_between(m, self.settings.start) for m in a["in_service"]], dtype=int)
        months = np.where(
            self.is_owned[offer],
            self.offers["useful_life_months"].to_numpy(int)[offer],
            self.offers["term_months"].to_numpy(int)[offer],
        )
        # An asset that arrives later starts in the first period that begins with it there.
        first = np.where(since < 0, periods_of(np.maximum(-since, 0), self.months), 0)
        age = np.maximum(since, 0)
        last = first + periods_of(np.maximum(months - age, 0), self.months) - 1
        keep = (last >= 0) & (first < self.T) & (a["devices"].to_numpy(float) > 0)
        return AssetSet(
            name=a["asset"][keep].tolist(),
            offer=offer[keep],
            devices=a["devices"].to_numpy(float)[keep],
            first=first[keep],
            last=last[keep],
            age=age[keep],
        )

    @cached_property
    def arcs(self) -> Arcs:
        """Which offers can run which workloads, where some location could be served from there."""
        t = self._plan.table("throughput")
        uph = np.full((self.W, len(self.hardware) + 1), np.nan)
        uph[codes(t["workload"], self.workloads["workload"]), codes(t["hardware"], self.hardware["hardware"])] = t[
            "units_per_hour"
        ]
        w, o = np.indices((self.W, self.O))
        allowed = (self.offer_workload[o] < 0) | (self.offer_workload[o] == w)
        rate = (
            uph[w, self.offer_hardware[o]]
            * self.workloads["max_utilization"].to_numpy(float)[:, None]
            * (1.0 - self.offers["overhead_share"].to_numpy(float)[None, :])
        )
        rate = np.where(self.is_api[o], np.inf, rate)
        interruptible = self.workloads["interruptible_share"].to_numpy(float)[w] > 0
        ok: Array = allowed & ~np.isnan(rate) & (~self.is_spot[o] | interruptible)
        served_from: Array = np.asarray(self.reachable.any(axis=1))
        ok &= served_from[w, self.offer_site[o]]
        w, o = np.nonzero(ok)
        return Arcs(w, o, self.offer_site[o], rate[w, o])

    @cached_property
    def link_of(self) -> Array:
        """Row of the network table for each (site, location), -1 where there is none; shape (S, L)."""
        link = np.full((self.S, self.L), -1)
        at = codes(self.links["site"], self.sites["site"]), codes(self.links["location"], self.locations["location"])
        link[at] = np.arange(len(self.links))
        return link

    @cached_property
    def reach_tests(self) -> dict[str, Array]:
        """Each rule of reach on its own as booleans, shape (W, L, S): network, latency, zone, certification."""
        return reach_tests(self.workloads, self.locations, self.sites, self.links)

    @cached_property
    def reachable(self) -> Array:
        """True where a site passes every rule of reach, shape (W, L, S)."""
        return np.all(np.stack(list(self.reach_tests.values())), axis=0)

    @cached_property
    def served_by(self) -> Array:
        """True where a site may serve a location and has an offer for the workload, shape (W, L, S)."""
        runs = np.zeros((self.W, self.S), dtype=bool)
        runs[self.arcs.workload, self.arcs.site] = True
        return np.asarray(self.reachable & runs[:, None, :])

    @cached_property
    def places(self) -> Places:
        """(workload, location) with any demand, those that cannot be told apart put together."""
        w, loc = np.nonzero(self.demand.sum(axis=(2, 3)) > 0)
        link = self.link_of[:, loc].T  # (n, S)
        may = self.served_by[w, loc]
        traits = [may.astype(float), w[:, None].astype(float)]
        own = np.zeros(len(w), dtype=bool)
        moved = np.zeros(len(w))
        for way in ("egress", "ingress"):
            gb = self.workload_column(f"{way}_gb_per_unit")[w]
            moved += gb
            price = np.append(self.links[f"{way}_price_per_gb"].to_numpy(float), 0.0)[link]
            traits.append(np.where(may, price * gb[:, None], 0.0))
        port = np.append(self.links["port_price_per_month"].to_numpy(float), 0.0)[link]
        narrow = np.isfinite(np.append(self.links["bandwidth_gbps"].to_numpy(float), np.nan)[link])
        own |= (may & ((port > 0) | (narrow & (moved > 0)[:, None]))).any(axis=1)
        traits.append(np.where(own, np.arange(len(w)) + 1.0, 0.0)[:, None])
        if self.counts_latency:
            traits.append(np.where(may, self.latency[:, loc].T, 0.0))
        _, first, place = np.unique(np.concatenate(traits, axis=1), axis=0, return_index=True, return_inverse=True)
        # Numbered by first appearance, so that the order is that of the tables.
        order = np.argsort(first, kind="stable")
        rank = np.empty(len(order), dtype=int)
        rank[order] = np.arange(len(order))
        place, first = rank[place.ravel()], first[order]
        demand = np.zeros((len(first), self.T, self.B))
        np.add.at(demand, place, self.demand[w, loc])
        return Places(w[first], loc[first], demand, place, loc)

    @cached_property
    def pairs(self) -> Pairs:
        """Places and the sites that may serve them."""
        p = self.places
        place, s = np.nonzero(self.served_by[p.workload, p.location])
        return Pairs(place, p.workload[place], p.location[place], s)

    @property
    def counts_latency(self) -> bool:
        """True where a policy limits the mean latency."""
        return bool((self.policies["measure"] == "latency").any())

    @cached_property
    def latency(self) -> Array:
        """Network latency in ms of each (site, location), 0 where there is no link; shape (S, L)."""
        return np.append(self.links["latency_ms"].to_numpy(float), 0.0)[self.link_of]

    def site_column(self, name: str) -> Array:
        """A numeric column of the sites, blank as inf, shape (S,)."""
        return self.sites[name].astype(float).fillna(math.inf).to_numpy(float)

    def offer_column(self, name: str) -> Array:
        """A numeric column of the offers, blank as inf, shape (O,)."""
        return self.offers[name].astype(float).fillna(math.inf).to_numpy(float)

    def workload_column(self, name: str) -> Array:
        """A numeric column of the workloads, blank as inf, shape (W,)."""
        return self.workloads[name].astype(float).fillna(math.inf).to_numpy(float)
