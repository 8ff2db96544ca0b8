"""What the checks work on: the plan and the frames of its result as coded arrays.

Every identifier is its position in the plan's table, so that sums over workloads, sites, periods
and so on are one `bincount`. Nothing here decides what is right: that is in the checks.
"""

from __future__ import annotations

from functools import cache, cached_property

import numpy as np
import pandas as pd

from planner.plan.plan import Plan
from planner.plan.schema import split_list
from planner.result.verify.findings import Labelled

RENTED = ("on_demand", "spot")
TERM = ("committed", "leased")
HELD = (*TERM, "owned")

Coded = dict[str, np.ndarray]
"""A frame as arrays by column: positions for identifiers (periods from 0), floats for figures."""


class Case:
    """A plan and its result, coded. W, L, S, O, T, B: how many workloads, locations, sites, offers, periods, slices.

    `rows[name]` is a result frame with only those rows whose identifiers exist (`form.py` tells of the others).
    """

    def __init__(self, plan: Plan, rows: dict[str, Coded], names: dict[str, np.ndarray]) -> None:
        self.rows, self.names = rows, names
        self.table = cache(plan.table)
        x = plan.settings
        self.settings = x
        self.W, self.L, self.S, self.O, self.T, self.B = (
            len(self.names[n]) for n in ("workload", "location", "site", "offer", "period", "slice")
        )
        self.months, self.hours = x.months_per_period, x.hours_per_month * x.months_per_period
        at = {"start": 0.0, "mid": 0.5, "end": 1.0}[x.discount_timing]
        self.years = np.arange(self.T) * self.months / 12
        self.discount = (1 + x.discount_rate) ** -(self.years + at * self.months / 12)
        self.workloads, self.sites, self.hardware, self.network = (
            Columns(self.table(n)) for n in ("workloads", "sites", "hardware", "network")
        )
        self.slice_hours = self.table("slices")["share_of_hours"].to_numpy(float) * self.hours

    def axes(self, *names: str) -> dict[str, Labelled]:
        """Labels of the named axes, for `Findings`."""
        return {n: self.names[n] for n in names}

    def label(self, rows: Coded, *columns: str) -> dict[str, Labelled]:
        """Labels of the rows of a coded frame as one axis, for `Findings`."""
        return {"|".join(columns): Labels(self, rows, columns)}

    def code(self, axis: str, labels: pd.Series) -> np.ndarray:
        """Positions of labels on an axis, -1 where blank or unknown."""
        return codes(self.names[axis], labels)

    def total(self, values: np.ndarray, frame: Coded, *axes: str) -> np.ndarray:
        """Sum of values by the named columns of a coded frame, as an array with these axes."""
        shape = tuple(len(self.names[a]) for a in axes)
        flat = np.ravel_multi_index(tuple(frame[a] for a in axes), shape) if len(values) else np.zeros(0, int)
        return np.bincount(flat, values, int(np.prod(shape))).reshape(shape)

    @cached_property
    def offers(self) -> Offers:
        """The offers, coded."""
        return Offers(self)

    @cached_property
    def demand(self) -> np.ndarray:
        """Volume, shape (W, L, T, B)."""
        d = self.table("demand")
        volume = np.zeros((self.W, self.L, self.T))
        inside = d["period"].to_numpy(int) <= self.T
        w, place = self.code("workload", d["workload"]), self.code("location", d["location"])
        t = d["period"].to_numpy(int) - 1
        volume[w[inside], place[inside], t[inside]] = d["volume"].to_numpy(float)[inside]
        shape = np.ones((self.W, self.L, self.B))
        rows = self.table("load_shapes")
        for general in (True, False):  # a row with a location goes before one for every location
            mine = rows[rows["location"].isna() == general]
            w, b = self.code("workload", mine["workload"]), self.code("slice", mine["slice"])
            where = self.code("location", mine["location"])
            multiplier = mine["multiplier"].to_numpy(float)
            if general:
                shape[w, :, b] = multiplier[:, None]
            else:
                shape[w, where, b] = multiplier
        share = self.slice_hours / self.hours
        return volume[:, :, :, None] * (shape * share)[:, :, None, :]

    @cached_property
    def link(self) -> np.ndarray:
        """Row of the network table for each site and location, -1 where there is none, shape (S, L)."""
        out = np.full((self.S, self.L), -1)
        n = self.table("network")
        out[self.code("site", n["site"]), self.code("location", n["location"])] = np.arange(len(n))
        return out

    @cached_property
    def latency(self) -> np.ndarray:
        """Latency in ms, infinite without a link, shape (S, L)."""
        return np.where(self.link >= 0, self.network["latency_ms"][self.link], np.inf)

    @cached_property
    def zone_fits(self) -> np.ndarray:
        """Whether the site is in a zone that the workload allows, shape (W, S)."""
        allowed = [split_list(z) for z in self.workloads.text("allowed_zones")]
        return np.array([[not a or z in a for z in self.sites.text("zone")] for a in allowed], bool).reshape(self.W, -1)

    @cached_property
    def certified(self) -> np.ndarray:
        """Whether the site holds every certification that the workload requires, shape (W, S)."""
        need = [set(split_list(c)) for c in self.workloads.text("required_certifications")]
        have = [set(split_list(c)) for c in self.sites.text("certifications")]
        return np.array([[n <= h for h in have] for n in need], bool).reshape(self.W, -1)

    @cached_property
    def capacity(self) -> dict[str, np.ndarray]:
        """Columns of the capacity frame, 0 where it has no row, each of shape (O, T)."""
        rows = self.rows["capacity"]
        return {c: self.total(v, rows, "offer", "period") for c, v in rows.items() if c not in ("offer", "period")}

    @cached_property
    def held(self) -> np.ndarray:
        """Devices in service of committed, leased and owned offers, others 0, shape (O, T)."""
        return np.where(self.offers.is_held[:, None], self.capacity["devices_in_service"], 0.0)

    @cached_property
    def open(self) -> np.ndarray:
        """Whether the result says that a site is open, shape (S, T)."""
        rows = self.rows["sites"]
        return self.total(np.ones(len(rows["site"])), rows, "site", "period") > 0

    @cached_property
    def hosted(self) -> np.ndarray:
        """Whether the result says that a site hosts a workload, shape (W, S, T)."""
        rows = self.rows["deployments"]
        return self.total(np.ones(len(rows["site"])), rows, "workload", "site", "period") > 0

    @cached_property
    def site_costs(self) -> np.ndarray:
        """Whether being open or opening costs something, shape (S,)."""
        s = self.sites
        return s["opening_cost"] + s["fixed_cost_per_month"] + s["security_cost_per_month"] > 0

    @cached_property
    def hosting_costs(self) -> np.ndarray:
        """Whether hosting a workload at a site costs something, shape (W, S)."""
        storage = np.outer(self.workloads["storage_gb"], self.sites["storage_price_per_gb_month"])
        return storage + self.workloads["deployment_cost_per_site"][:, None] > 0

    @cached_property
    def assets(self) -> Coded:
        """Assets that serve within the plan: position, offer, devices, age (months before the plan), first, last
        (last of its term or life, may be beyond the plan), before (in service before the start); periods from 0.
        """
        a, o = self.table("assets"), self.offers
        offer = self.code("offer", a["offer"])
        start = pd.Period(self.settings.start, freq="M")
        since = np.array([(start - pd.Period(m, freq="M")).n for m in a["in_service"]], int)
        age = np.maximum(since, 0)
        first = np.ceil(np.maximum(-since, 0) / self.months - 1e-9).astype(int)
        last = first + np.ceil((o.months[offer] - age) / self.months - 1e-9).astype(int) - 1
        out = {
            "asset": np.arange(len(a)),
            "offer": offer,
            "devices": a["devices"].to_numpy(float),
            "age": age,
            "first": first,
            "last": last,
            "before": since > 0,
        }
        keep = (last >= 0) & (first < self.T) & (out["devices"] > 0)
        return {k: v[keep] for k, v in out.items()}

    @cached_property
    def vintages(self) -> Coded:
        """The vintages frame with periods from 0 (ordered -1 and asset -1 where there is none) and `natural`,
        the last period of the term or life, which may be beyond the plan.
        """
        v = dict(self.rows["vintages"])
        natural = v["first_period"] + self.offers.life[v["offer"]] - 1
        last = np.full(len(self.names["asset"]) + 1, -1)
        last[self.assets["asset"]] = self.assets["last"]
        v["natural"] = np.where(v["asset"] >= 0, last[v["asset"]], natural)
        return v


class Labels:
    """What a person calls each row of a coded frame, made only for the rows that are asked for."""

    def __init__(self, case: Case, rows: Coded, columns: tuple[str, ...]) -> None:
        self._names = [case.names.get("period" if c.endswith("period") else c) for c in columns]
        self._rows = [rows[c] for c in columns]
        self._single = len(columns) == 1

    def __getitem__(self, i: int) -> object:
        found = tuple(
            values[i] if names is None else _name(names, int(values[i]))
            for names, values in zip(self._names, self._rows, strict=True)
        )
        return found[0] if self._single else found

    def __len__(self) -> int:
        return len(self._rows[0])


def _name(names: np.ndarray, i: int) -> object:
    if i >= 0:
        return names[i]
    return 0 if names.dtype.kind == "i" else ""


class Columns:
    """A plan's table as arrays: numbers as floats (blank: NaN), text as a list (blank: "")."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self._numbers: dict[str, np.ndarray] = {}

    def __getitem__(self, column: str) -> np.ndarray:
        if column not in self._numbers:
            self._numbers[column] = self._frame[column].to_numpy(float, na_value=np.nan)
        return self._numbers[column]

    def text(self, column: str) -> np.ndarray:
        """A column of text, blank as the empty string."""
        return self._frame[column].fillna("").to_numpy(object)


class Offers(Columns):
    """Offers as arrays: numbers by column name; positions of site, hardware and workload (-1: none); whole periods."""

    def __init__(self, case: Case) -> None:
        table = case.table("offers")
        super().__init__(table)
        self.site = case.code("site", table["site"])
        self.kind = codes(case.table("hardware")["hardware"].to_numpy(object), table["hardware"])
        self.only = case.code("workload", table["workload"])
        self.pricing = self.text("pricing").astype(str)
        self.is_rented, self.is_held = np.isin(self.pricing, RENTED), np.isin(self.pricing, HELD)
        self.is_term, self.is_owned = np.isin(self.pricing, TERM), self.pricing == "owned"
        self.is_api, self.is_spot = self.pricing == "api", self.pricing == "spot"
        self.months = np.where(self.is_owned, self["useful_life_months"], self["term_months"])
        self.life = np.ceil(self.months / case.months - 1e-9).astype(int)
        self.lead = np.ceil(self["lead_time_months"] / case.months - 1e-9).astype(int)
        self.start = self["available_from"].astype(int) - 1
        """First period, from 0, in which it can be ordered."""
        self.usable = np.maximum(self.start + self.lead, case.sites["available_from"].astype(int)[self.site] - 1)
        """First period, from 0, in which an on-demand, spot or api offer can serve."""
        h = case.hardware
        self.kw, self.idle_kw, self.embodied = (
            np.append(h[c], 0.0)[self.kind] for c in ("power_kw", "idle_power_kw", "embodied_kgco2e")
        )
        self.price_factor = (1 + self["annual_price_change"])[:, None] ** case.years
        """Prices against those of the table, shape (O, T)."""
        self.rate = _rates(case, self)


def _rates(case: Case, o: Offers) -> np.ndarray:
    """Units of a workload by one device-hour, infinite for api, NaN where the offer cannot serve it, shape (W, O)."""
    t = case.table("throughput")
    speed = np.full((case.W, len(case.hardware["power_kw"]) + 1), np.nan)
    kinds = case.table("hardware")["hardware"].to_numpy(object)
    speed[case.code("workload", t["workload"]), codes(kinds, t["hardware"])] = t["units_per_hour"].to_numpy(float)
    rate = speed[:, o.kind] * case.workloads["max_utilization"][:, None] * (1 - o["overhead_share"])
    rate[:, o.is_api] = np.inf
    other = (o.only >= 0) & (o.only != np.arange(case.W)[:, None])
    return np.where(other | (o.is_api & (o.only < 0)), np.nan, rate)


def names_of(plan: Plan) -> dict[str, np.ndarray]:
    """Labels of every axis, in the order of the plan's tables."""
    columns = {
        "workload": "workloads",
        "location": "locations",
        "site": "sites",
        "offer": "offers",
        "slice": "slices",
        "policy": "policies",
        "asset": "assets",
    }
    out = {axis: plan.tables[table][axis].to_numpy(object) for axis, table in columns.items()}
    if not len(out["slice"]):
        out["slice"] = plan.table("slices")["slice"].to_numpy(object)
    return {**out, "period": np.arange(1, plan.settings.periods + 1)}


def codes(names: np.ndarray, labels: pd.Series) -> np.ndarray:
    """Positions of labels among names, -1 where blank or unknown."""
    return pd.Index(names, dtype=object).get_indexer(pd.Index(labels.to_numpy(object), dtype=object))
