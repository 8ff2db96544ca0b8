"""What the checks work on: the plan's tables joined with the result's, and the list of findings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pandas as pd

from planner.plan.plan import Plan

CELL = ["workload", "location", "period", "slice"]
RENTED = ("on_demand", "spot")
TERM = ("committed", "leased")
HELD = (*TERM, "owned")
MOST_SHOWN = 5
RELATIVE = 1e-5
"""A solver keeps its rows to about 1e-6 of their size."""


def lookup(keys: pd.Series, values: pd.Series) -> pd.Series:
    """The value of each key, missing where there is none; the type is that of the values even when there are no keys."""
    return pd.Series(values.reindex(keys.to_numpy()).to_numpy(), index=keys.index)


def side_by_side(a: pd.DataFrame, b: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Two frames of figures joined on their keys, 0 where one of them has no such row (an outer join that bears empty frames)."""
    if a.empty and b.empty:
        columns = [*keys, *[c for c in (*a.columns, *b.columns) if c not in keys]]
        return pd.DataFrame({c: pd.Series([], dtype=float) for c in columns})
    if b.empty:
        return a.assign(**{c: 0.0 for c in b.columns if c not in keys})
    if a.empty:
        return b.assign(**{c: 0.0 for c in a.columns if c not in keys})
    return a.merge(b, on=keys, how="outer").fillna(0.0)


class Findings:
    """Sentences on what is wrong; of each kind only the first few are told in full."""

    def __init__(self) -> None:
        self._by_kind: dict[str, list[str]] = {}

    def say(self, kind: str, sentence: str) -> None:
        """Keep a sentence."""
        self._by_kind.setdefault(kind, []).append(sentence)

    def sentences(self) -> list[str]:
        """All kinds, the first few of each, and how many more there are."""
        out: list[str] = []
        for kind, found in self._by_kind.items():
            out += found[:MOST_SHOWN]
            if len(found) > MOST_SHOWN:
                out.append(f"{kind}: {len(found) - MOST_SHOWN} more of the same kind.")
        return out

    def compare(self, what: str, found: float, expected: float, name: str, relative: float = RELATIVE) -> None:
        """Say so when two figures differ."""
        if not abs(found - expected) <= relative * max(1.0, abs(found), abs(expected)):
            self.say(what, f"{what[0].upper() + what[1:]} is {found:,.6g}, {name} {expected:,.6g}.")

    def equal(self, kind: str, frame: pd.DataFrame, found: str, expected: str, keys: list[str], sentence: str) -> None:
        """Say so for every row in which two columns differ; blanks count as 0."""
        a, b = frame[found].fillna(0.0).to_numpy(float), frame[expected].fillna(0.0).to_numpy(float)
        scale = RELATIVE * np.maximum(1.0, np.maximum(np.abs(a), np.abs(b)))
        self._rows(kind, frame, np.abs(a - b) > scale, found, expected, keys, sentence)

    def at_most(self, kind: str, frame: pd.DataFrame, found: str, limit: str, keys: list[str], sentence: str) -> None:
        """Say so for every row in which a column is above another; a blank limit is none."""
        a, b = frame[found].fillna(0.0).to_numpy(float), frame[limit].fillna(np.inf).to_numpy(float)
        with np.errstate(invalid="ignore"):
            wrong = a > b + RELATIVE * np.maximum(1.0, np.abs(np.where(np.isfinite(b), b, 0.0)))
        self._rows(kind, frame, wrong, found, limit, keys, sentence)

    def none(self, kind: str, frame: pd.DataFrame, keys: list[str], sentence: str) -> None:
        """Say so for every row: there should be none."""
        for row in frame[keys].head(MOST_SHOWN * 4).itertuples(index=False):
            self.say(kind, sentence.format(**row._asdict()))

    def _rows(
        self, kind: str, frame: pd.DataFrame, wrong: np.ndarray, found: str, other: str, keys: list[str], sentence: str
    ) -> None:
        for _, row in frame[wrong].iterrows():
            where = ", ".join(f"{k} {row[k]}" for k in keys)
            self.say(kind, f"{sentence.format(found=f'{row[found]:,.6g}', other=f'{row[other]:,.6g}')} ({where}).")


class Case:
    """A plan and its result, joined."""

    def __init__(self, plan: Plan, frames: Mapping[str, pd.DataFrame]) -> None:
        self.plan, self.frames = plan, frames
        x = plan.settings
        self.settings = x
        self.periods, self.months, self.hours = x.periods, x.months_per_period, x.hours_per_month * x.months_per_period
        at = {"start": 0.0, "mid": 0.5, "end": 1.0}[x.discount_timing]
        self.discount = pd.Series(
            {t: (1 + x.discount_rate) ** -((t - 1 + at) * self.months / 12) for t in range(1, self.periods + 1)}
        )
        self.workloads = plan.table("workloads").set_index("workload", drop=False)
        self.sites = plan.table("sites").set_index("site", drop=False)
        self.slice_hours = plan.table("slices").set_index("slice")["share_of_hours"] * self.hours

    @cached_property
    def offers(self) -> pd.DataFrame:
        """Offers with their site's and hardware's columns (site_..., hw_...), whole periods of lead and term."""
        o = self.plan.table("offers")
        sites = self.plan.table("sites").add_prefix("site_").rename(columns={"site_site": "site"})
        hardware = self.plan.table("hardware").add_prefix("hw_").rename(columns={"hw_hardware": "hardware"})
        o = o.merge(sites, on="site", how="left").merge(hardware, on="hardware", how="left")
        for column in ("hw_power_kw", "hw_idle_power_kw", "hw_embodied_kgco2e"):
            o[column] = o[column].fillna(0.0)

        def whole(months: pd.Series) -> pd.Series:
            return np.ceil(months.astype(float) / self.months - 1e-9).astype(int)

        o["lead"] = whole(o["lead_time_months"])
        o["life"] = whole(o["useful_life_months"].where(o["pricing"] == "owned", o["term_months"]))
        return o.set_index("offer", drop=False)

    def price_factor(self, offer: pd.Series, period: pd.Series) -> np.ndarray:
        """(1 + annual price change) ** years from the start of the plan to the start of the period."""
        change = lookup(offer, self.offers["annual_price_change"]).to_numpy(float)
        return (1 + change) ** ((period.to_numpy(float) - 1) * self.months / 12)

    @cached_property
    def demand(self) -> pd.DataFrame:
        """Volume by workload, location, period and slice."""
        d = self.plan.table("demand")[["workload", "location", "period", "volume"]]
        d = d.merge(self.plan.table("slices")[["slice", "share_of_hours"]], how="cross")
        shapes = self.plan.table("load_shapes")
        own = shapes[shapes["location"].notna()][["workload", "location", "slice", "multiplier"]]
        general = shapes[shapes["location"].isna()][["workload", "slice", "multiplier"]]
        d = d.merge(own, on=["workload", "location", "slice"], how="left")
        d = d.merge(general, on=["workload", "slice"], how="left", suffixes=("", "_general"))
        multiplier = d["multiplier"].fillna(d["multiplier_general"]).fillna(1.0)
        d["demand"] = d["volume"].astype(float) * d["share_of_hours"] * multiplier
        return d[[*CELL, "demand"]].astype({"period": "int64"})

    @cached_property
    def routing(self) -> pd.DataFrame:
        """Routing with the network row and the columns of site and workload."""
        links = self.plan.table("network").drop(columns=["source", "as_of", "note"])
        r = self.frames["routing"].merge(links, on=["site", "location"], how="left")
        for column in ("zone", "certifications", "available_from", "availability"):
            r[f"site_{column}"] = lookup(r["site"], self.sites[column])
        for column in (
            "max_latency_ms",
            "allowed_zones",
            "required_certifications",
            "egress_gb_per_unit",
            "ingress_gb_per_unit",
            "downtime_cost_per_unit",
        ):
            r[column] = lookup(r["workload"], self.workloads[column])
        return r

    @cached_property
    def dispatch(self) -> pd.DataFrame:
        """Dispatch with the columns of its offer (`only`: the workload that an offer is restricted to)."""
        o = self.offers.reset_index(drop=True).rename(columns={"workload": "only"})
        return self.frames["dispatch"].merge(o.drop(columns=["source", "as_of", "note"]), on="offer", how="left")

    @cached_property
    def held(self) -> pd.DataFrame:
        """The capacity frame of held offers with the columns of the offer."""
        c = self.frames["capacity"]
        o = self.offers.reset_index(drop=True)
        return c.merge(o[o["pricing"].isin(HELD)].drop(columns=["source", "as_of", "note"]), on="offer")

    @cached_property
    def grid(self) -> pd.DataFrame:
        """Every held offer in every period, what the capacity frame leaves out as 0."""
        o = self.offers[self.offers["pricing"].isin(HELD)]["offer"].reset_index(drop=True)
        every = pd.DataFrame({"offer": o}).merge(pd.DataFrame({"period": range(1, self.periods + 1)}), how="cross")
        every = every.merge(self.frames["capacity"], on=["offer", "period"], how="left")
        return every.fillna(0.0)

    @cached_property
    def assets(self) -> pd.DataFrame:
        """Assets with first and last period in service; gone ones left out. `before`: in service before the start."""
        a = self.plan.table("assets").merge(
            self.offers.reset_index(drop=True)[["offer", "pricing", "useful_life_months", "term_months"]], on="offer"
        )
        start = pd.Period(self.settings.start, freq="M")
        since = np.array([(start - pd.Period(m, freq="M")).n for m in a["in_service"]], dtype=int)
        months = a["useful_life_months"].where(a["pricing"] == "owned", a["term_months"]).to_numpy(float)
        a["age"] = np.maximum(since, 0)
        a["first"] = np.where(since >= 0, 1, np.ceil(-since / self.months) + 1).astype(int)
        a["last"] = (a["first"] - 1 + np.ceil(np.maximum(months - a["age"], 0) / self.months - 1e-9)).astype(int)
        a["before"] = since > 0
        return a[(a["last"] >= 1) & (a["first"] <= self.periods) & (a["devices"] > 0)]
