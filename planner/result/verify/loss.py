"""Loss of any one site, tried out: what is left must serve the survive share of every critical workload.

One linear problem for each site that could be lost: volume may be sent and served anew on the
devices in service; the least shortfall must be nothing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.optimize import linprog

from planner.plan.schema import split_list
from planner.result.verify.case import RENTED, Case, Findings, lookup

MOMENT = ["period", "slice"]


def check_loss(case: Case, say: Findings) -> None:
    """Try the loss of every site that serves or could serve a critical workload."""
    share = case.workloads["survive_site_loss_share"]
    critical = [w for w in share.index[share > 0] if case.demand.loc[case.demand["workload"] == w, "demand"].sum() > 0]
    if not critical:
        return
    reach = _reach(case, critical)
    demand = _moments(case, critical)
    offers = _offers(case, critical, reach)
    for lost in sorted(reach["site"].unique()):
        for workload, period, slice_, missing in _shortfall(case, lost, reach, demand, offers):
            say.say(
                "loss of a site",
                f"After the loss of {lost}, {missing:,.6g} of {workload} that must survive is not served in period {period}, slice {slice_}.",
            )


def _reach(case: Case, critical: list[str]) -> pd.DataFrame:
    """(workload, location, site) that pass latency, zone and certification."""
    links = case.plan.table("network")[["site", "location", "latency_ms"]]
    r = pd.DataFrame({"workload": critical}).merge(links, how="cross")
    w, s = case.workloads, case.sites
    limit = lookup(r["workload"], w["max_latency_ms"]).fillna(np.inf).astype(float)
    zones = [split_list(z) for z in lookup(r["workload"], w["allowed_zones"])]
    needs = [set(split_list(c)) for c in lookup(r["workload"], w["required_certifications"])]
    has = [set(split_list(c)) for c in lookup(r["site"], s["certifications"])]
    zone = lookup(r["site"], s["zone"])
    ok = (r["latency_ms"] <= limit).to_numpy(copy=True)
    ok &= np.array([not z or site in z for z, site in zip(zones, zone, strict=True)], dtype=bool)
    ok &= np.array([n <= h for n, h in zip(needs, has, strict=True)], dtype=bool)
    return r[ok]


def _moments(case: Case, critical: list[str]) -> pd.DataFrame:
    """Critical demand in those slices of a period that no other slice of it exceeds everywhere."""
    d = case.demand[case.demand["workload"].isin(critical)].copy()
    d["rate"] = d["demand"] / lookup(d["slice"], case.slice_hours)
    keep = []
    for period, mine in d.groupby("period"):
        wide = mine.pivot_table(index=["workload", "location"], columns="slice", values="rate", fill_value=0.0)
        names = list(wide.columns)
        for i, a in enumerate(names):
            above = [
                b
                for j, b in enumerate(names)
                if j != i and (wide[b] >= wide[a]).all() and ((wide[b] > wide[a]).any() or j < i)
            ]
            if not above:
                keep.append((period, a))
    return d.merge(pd.DataFrame(keep, columns=MOMENT), on=MOMENT)


def _offers(case: Case, critical: list[str], reach: pd.DataFrame) -> pd.DataFrame:
    """(workload, offer) that can serve, with units per device-hour."""
    o = case.offers.reset_index(drop=True).rename(columns={"workload": "only"})
    t = case.plan.table("throughput")[["workload", "hardware", "units_per_hour"]]
    x = o[o["pricing"] != "api"].merge(t[t["workload"].isin(critical)], on="hardware")
    x = x[x["only"].isna() | (x["only"] == x["workload"])]
    api = o[(o["pricing"] == "api") & o["only"].isin(critical)].assign(
        workload=lambda f: f["only"], units_per_hour=np.inf
    )
    x = pd.concat([x, api], ignore_index=True)
    x["rate"] = (
        x["units_per_hour"] * lookup(x["workload"], case.workloads["max_utilization"]) * (1 - x["overhead_share"])
    )
    x.loc[x["pricing"] == "api", "rate"] = np.inf
    spot_ok = lookup(x["workload"], case.workloads["interruptible_share"]) > 0
    x = x[(x["pricing"] != "spot") | spot_ok]
    return x.merge(reach[["workload", "site"]].drop_duplicates(), on=["workload", "site"])


class _Rows:
    """Rows `coefficients x <= limit` collected as triplets."""

    def __init__(self) -> None:
        self.r: list[np.ndarray] = []
        self.c: list[np.ndarray] = []
        self.v: list[np.ndarray] = []
        self.b: list[np.ndarray] = []
        self.n = 0

    def add(self, group: pd.Series | np.ndarray, cols: np.ndarray, values: np.ndarray, limit: pd.Series) -> None:
        """One row for each label of `limit`; `group` says into which row each entry goes."""
        at = pd.Index(limit.index).get_indexer(pd.Index(group))
        keep = at >= 0
        self.r.append(self.n + at[keep])
        self.c.append(np.asarray(cols)[keep])
        self.v.append(np.asarray(values, float)[keep])
        self.b.append(limit.to_numpy(float))
        self.n += len(limit)


def _shortfall(case: Case, lost: str, reach: pd.DataFrame, demand: pd.DataFrame, offers: pd.DataFrame) -> list[tuple]:
    reach = reach[reach["site"] != lost]
    offers = offers[offers["site"] != lost]
    moments = demand[MOMENT].drop_duplicates().assign(hours=lambda f: lookup(f["slice"], case.slice_hours))
    flow = demand.merge(reach[["workload", "location", "site"]], on=["workload", "location"]).reset_index(drop=True)
    flow = flow[_usable(case, flow)].reset_index(drop=True)
    serve = offers.merge(moments, how="cross").reset_index(drop=True)
    serve = serve[_on_time(serve)].reset_index(drop=True)
    need = demand.groupby(["workload", *MOMENT], as_index=False)["demand"].sum()
    need["must"] = need["demand"] * lookup(need["workload"], case.workloads["survive_site_loss_share"])
    nf, ns, nz = len(flow), len(serve), len(need)
    f, g, z = np.arange(nf), nf + np.arange(ns), nf + ns + np.arange(nz)

    def key(frame: pd.DataFrame, *columns: str) -> np.ndarray:
        return (
            frame[list(columns)].astype(str).agg("|".join, axis=1).to_numpy() if len(frame) else np.array([], dtype=str)
        )

    rows = _Rows()
    d = demand.assign(k=key(demand, "workload", "location", *MOMENT)).set_index("k")["demand"]
    rows.add(key(flow, "workload", "location", *MOMENT), f, np.ones(nf), d)
    arrive, served = key(flow, "workload", "site", *MOMENT), key(serve, "workload", "site", *MOMENT)
    both = pd.Series(0.0, index=pd.unique(np.concatenate([arrive, served])))
    rows.add(
        np.concatenate([served, arrive]), np.concatenate([g, f]), np.concatenate([np.ones(ns), -np.ones(nf)]), both
    )
    must = pd.Series(-need["must"].to_numpy(float), index=key(need, "workload", *MOMENT))
    rows.add(
        np.concatenate([key(serve, "workload", *MOMENT), key(need, "workload", *MOMENT)]),
        np.concatenate([g, z]),
        -np.ones(ns + nz),
        must,
    )
    _limits(case, serve, g, key, rows)
    a = sp.csr_matrix(
        (np.concatenate(rows.v), (np.concatenate(rows.r), np.concatenate(rows.c))), shape=(rows.n, nf + ns + nz)
    )
    b = np.concatenate(rows.b)
    cost = np.concatenate([np.zeros(nf + ns), 1 / np.maximum(need["demand"].to_numpy(float), 1e-12)])
    answer = linprog(cost, A_ub=a, b_ub=b, bounds=(0, None), method="highs")
    if answer.x is None:
        return []
    missing = answer.x[z]
    bad = missing > 1e-5 * np.maximum(1.0, need["demand"].to_numpy(float))
    return list(zip(need["workload"][bad], need["period"][bad], need["slice"][bad], missing[bad], strict=True))


def _usable(case: Case, flow: pd.DataFrame) -> np.ndarray:
    """Sites that are available, open where that costs, and hold the workload where that costs."""
    s, w = case.sites, case.workloads
    ok = (flow["period"] >= lookup(flow["site"], s["available_from"]).astype(int)).to_numpy(copy=True)
    counted = (case.plan.table("policies")["measure"] == "open_sites").any()
    costly = (s["opening_cost"] + s["fixed_cost_per_month"] + s["security_cost_per_month"]) > 0
    chosen = lookup(flow["site"], costly).astype(bool).to_numpy() | counted
    is_open = (
        flow.merge(case.frames["sites"].assign(on=1.0), on=["site", "period"], how="left")["on"].notna().to_numpy()
    )
    storage = lookup(flow["workload"], w["storage_gb"]) * lookup(flow["site"], s["storage_price_per_gb_month"])
    choice = ((storage + lookup(flow["workload"], w["deployment_cost_per_site"])) > 0).to_numpy()
    hosted = flow.merge(case.frames["deployments"].assign(on=1.0), on=["workload", "site", "period"], how="left")["on"]
    return ok & (~chosen | is_open) & (~choice | hosted.notna().to_numpy())


def _on_time(serve: pd.DataFrame) -> np.ndarray:
    start = np.maximum(serve["available_from"].astype(int) + serve["lead"], serve["site_available_from"].astype(int))
    as_used = serve["pricing"].isin((*RENTED, "api"))
    return (~as_used | (serve["period"] >= start)).to_numpy()


def _limits(case: Case, serve: pd.DataFrame, g: np.ndarray, key, rows: _Rows) -> None:
    per_unit = np.where(np.isinf(serve["rate"]), 0.0, 1 / serve["rate"].to_numpy(float))
    who = key(serve, "offer", *MOMENT)
    one = serve.assign(k=who).drop_duplicates("k").set_index("k")
    devices = case.frames["capacity"].set_index(["offer", "period"])["devices_in_service"]
    there = devices.reindex(pd.MultiIndex.from_frame(one[["offer", "period"]])).fillna(0.0).to_numpy()
    rented, api = one["pricing"].isin(RENTED).to_numpy(), (one["pricing"] == "api").to_numpy()
    limit = pd.Series(np.where(rented, one["max_devices"], there) * one["hours"].to_numpy(float), index=one.index)
    limit = limit[~api & limit.notna().to_numpy()]
    rows.add(who, g, per_unit, limit)
    most = (one["max_units_per_hour"] * one["hours"])[api]
    rows.add(who, g, np.ones(len(g)), most[most.notna()])
    # Room for devices at a site: what is held there leaves the rest for rented ones.
    room = case.sites["max_devices"]
    held = case.held.groupby(["site", "period"])["devices_in_service"].sum()
    at = key(serve, "site", *MOMENT)
    first = serve.assign(k=at).drop_duplicates("k").set_index("k")
    taken = held.reindex(pd.MultiIndex.from_frame(first[["site", "period"]])).fillna(0.0).to_numpy()
    left = (lookup(first["site"], room).astype(float) - taken) * first["hours"]
    is_rented = serve["pricing"].isin(RENTED).to_numpy()
    rows.add(at[is_rented], g[is_rented], per_unit[is_rented], left[left.notna()].clip(lower=0.0))
    spot = (serve["pricing"] == "spot").to_numpy()
    total = case.demand.groupby(["workload", *MOMENT], as_index=False)["demand"].sum()
    share = total["demand"] * lookup(total["workload"], case.workloads["interruptible_share"])
    limit = pd.Series(share.to_numpy(float), index=key(total, "workload", *MOMENT))
    rows.add(key(serve[spot], "workload", *MOMENT), g[spot], np.ones(int(spot.sum())), limit)
