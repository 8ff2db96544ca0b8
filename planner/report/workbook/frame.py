"""What a workbook lays out, in the order of its rows: lots, who serves what, routes, sites; arrays over periods."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from planner.finance import Books
from planner.finance.lots import CONTRACTS, offer_facts
from planner.plan.tables import API, HELD, OWNED
from planner.report.workbook.expr import Array
from planner.report.workbook.inputs import positions


class Layout:
    """Index frames of a solved plan, sorted so that what is summed together stands together.

    Frames hold one row for each row of the workbook; `matrix` turns their figures into (rows, periods).
    """

    def __init__(self, books: Books) -> None:
        self.books, self.plan, self.frames = books, books.plan, books.frames
        self.settings = books.plan.settings
        self.periods = self.settings.periods
        sites = self.plan.tables["sites"]["site"]
        offers = offer_facts(self.plan).reset_index(drop=True)
        offers["no"] = np.arange(1, len(offers) + 1)
        offers["site_no"] = positions(offers["site"], sites) + 1
        self.offers = offers
        self.order = offers.sort_values(["site_no", "no"])["no"].to_numpy(int)

    def offer_rows(self, offers: pd.Series) -> Array:
        """The row of each offer in the plan's table."""
        return positions(offers, self.offers["offer"])

    def matrix(self, frame: pd.DataFrame, keys: pd.DataFrame, value: str) -> Array:
        """Sums of a column by the rows of `keys` and period, shape (rows, periods)."""
        names = list(keys.columns)
        summed = frame.groupby([*names, "period"], as_index=False)[value].sum()
        at = pd.Series(np.arange(len(keys)), index=pd.MultiIndex.from_frame(keys))
        row = at.reindex(pd.MultiIndex.from_frame(summed[names])).to_numpy()
        out = np.zeros((len(keys), self.periods))
        out[row.astype(int), summed["period"].to_numpy(int) - 1] = summed[value].to_numpy(float)
        return out

    def _sorted(self, frame: pd.DataFrame, *then: str) -> pd.DataFrame:
        """Rows of offers in the order of sites and offers."""
        row = self.offer_rows(frame["offer"])
        frame = frame.assign(offer_row=row, site_no=self.offers["site_no"].to_numpy(int)[row])
        return frame.sort_values(["site_no", "offer_row", *then], kind="stable", ignore_index=True)

    @cached_property
    def lots(self) -> pd.DataFrame:
        """Held devices: the vintages, with offer_row, site_no, pricing, and the lot's or contract's place in the books."""
        v = self.frames["vintages"].copy()
        pricing = self.offers["pricing"].to_numpy(object)[self.offer_rows(v["offer"])]
        v["pricing"] = pricing
        v["book_row"] = -1
        for kind in ((OWNED,), CONTRACTS):
            at = np.flatnonzero(np.isin(pricing.astype(str), kind))
            v.loc[at, "book_row"] = np.arange(len(at))
        return self._sorted(v, "first_period", "last_period")

    @cached_property
    def held(self) -> pd.DataFrame:
        """Offers that hold lots: offer, offer_row, site_no, pricing."""
        return self.lots.drop_duplicates("offer")[["offer", "offer_row", "site_no", "pricing"]].reset_index(drop=True)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Which offer serves which workload: offer, workload, offer_row, site_no, pricing, workload_row."""
        d = self.frames["dispatch"][["offer", "workload"]].drop_duplicates()
        d = d.assign(workload_row=positions(d["workload"], self.plan.tables["workloads"]["workload"]))
        d = self._sorted(d, "workload_row")
        return d.assign(pricing=self.offers["pricing"].to_numpy(object)[d["offer_row"]])

    @cached_property
    def volume(self) -> Array:
        """Volume of each pair by period."""
        return self.matrix(self.frames["dispatch"], self.pairs[["offer", "workload"]], "volume")

    @cached_property
    def device_pairs(self) -> Array:
        """The rows of `pairs` that use devices."""
        return np.flatnonzero((self.pairs["pricing"] != API).to_numpy())

    @cached_property
    def routes(self) -> pd.DataFrame:
        """Who is served from where: site, location, workload, their rows in the plan's tables and that of the link."""
        r = self.frames["routing"][["site", "location", "workload"]].drop_duplicates()
        t = self.plan.tables
        r = r.assign(
            site_row=positions(r["site"], t["sites"]["site"]),
            location_row=positions(r["location"], t["locations"]["location"]),
            workload_row=positions(r["workload"], t["workloads"]["workload"]),
        )
        link = t["network"]["site"].astype(str) + "\n" + t["network"]["location"].astype(str)
        r["link_row"] = positions(r["site"] + "\n" + r["location"], link)
        return r.sort_values(["site_row", "location_row", "workload_row"], kind="stable", ignore_index=True)

    @cached_property
    def routed(self) -> Array:
        """Volume of each route by period."""
        return self.matrix(self.frames["routing"], self.routes[["site", "location", "workload"]], "volume")

    @cached_property
    def open_sites(self) -> pd.DataFrame:
        """Sites that are open in some period: site, site_row, before (1: open before the plan)."""
        sites = self.plan.tables["sites"]["site"]
        used = sites.isin(self.frames["sites"]["site"])
        out = pd.DataFrame({"site": sites[used], "site_row": np.flatnonzero(used)}).reset_index(drop=True)
        f = self.frames["sites"]
        first = f[(f["period"] == 1) & (f["opened"] == 0)]["site"]
        return out.assign(before=out["site"].isin(first).astype(float))

    @cached_property
    def is_open(self) -> Array:
        """1 while a site is open."""
        return self.matrix(self.frames["sites"].assign(one=1.0), self.open_sites[["site"]], "one")

    @cached_property
    def hosts(self) -> pd.DataFrame:
        """Workloads at sites: site, workload, site_row, workload_row, before (1: there before the plan)."""
        f = self.frames["deployments"]
        out = f[["site", "workload"]].drop_duplicates()
        t = self.plan.tables
        out = out.assign(
            site_row=positions(out["site"], t["sites"]["site"]),
            workload_row=positions(out["workload"], t["workloads"]["workload"]),
        ).sort_values(["site_row", "workload_row"], ignore_index=True)
        was = f[(f["period"] == 1) & (f["started"] == 0)]
        there = pd.MultiIndex.from_frame(out[["site", "workload"]]).isin(
            pd.MultiIndex.from_frame(was[["site", "workload"]])
        )
        return out.assign(before=there.astype(float))

    @cached_property
    def hosted(self) -> Array:
        """1 while a workload is at a site."""
        return self.matrix(self.frames["deployments"].assign(one=1.0), self.hosts[["site", "workload"]], "one")

    @cached_property
    def unserved(self) -> Array:
        """Volume of each workload that is left unserved, by period."""
        keys = self.plan.tables["workloads"][["workload"]]
        return self.matrix(self.frames["unserved"], keys, "volume")

    @cached_property
    def penalties(self) -> pd.DataFrame:
        """Policies with a penalty: policy, policy_row."""
        p = self.plan.tables["policies"]
        at = np.flatnonzero(p["penalty"].notna().to_numpy())
        return pd.DataFrame({"policy": p["policy"].iloc[at].to_numpy(object), "policy_row": at})

    @cached_property
    def violations(self) -> Array:
        """Violation of each policy with a penalty, in the last period of its window."""
        f = self.frames["policies"]
        f = f[f["policy"].isin(self.penalties["policy"])].rename(columns={"to_period": "period"})
        return self.matrix(f, self.penalties[["policy"]], "violation")

    def runs(self, labels: Array) -> list[Array]:
        """Positions of each run of equal neighbours."""
        labels = np.asarray(labels)
        starts = np.flatnonzero(np.r_[True, labels[1:] != labels[:-1]]) if len(labels) else np.zeros(0, dtype=int)
        return np.split(np.arange(len(labels)), starts[1:]) if len(labels) else []


def is_held(pricing: pd.Series) -> Array:
    """Which pricings hold devices."""
    return pricing.isin(HELD).to_numpy()
