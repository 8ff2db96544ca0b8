"""Who uses what: the shares by which costs that no single workload causes are split."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.finance.policy import AccountingPolicy
from planner.plan.plan import Plan

WHOLE = 0
"""The period that stands for the whole horizon."""
IDLE = "idle"
COLUMNS = ["period", "workload", "share", "key"]


def with_horizon(frame: pd.DataFrame, by: list[str], values: list[str]) -> pd.DataFrame:
    """The frame and below it its sums over all periods, as period `WHOLE`."""
    total = frame.groupby(by, as_index=False)[values].sum().assign(period=WHOLE)
    return pd.concat([frame, total], ignore_index=True)


def offer_shares(plan: Plan, frames: Mapping[str, pd.DataFrame], policy: AccountingPolicy) -> pd.DataFrame:
    """Shares of each offer by workload for each period and for the horizon (period 0), summing to 1.

    Columns: offer, period, workload ("" is the platform), share, key. Of held devices the hours that were used
    go to their users (key `device hours`), the idle rest by the policy's rule (key `idle, users` and so on). Of
    what is paid by use there is no idle rest. An offer that nobody used in a period is split as over the whole
    horizon (key `..., horizon`); one that nobody ever used goes to the platform.
    """
    d = frames["dispatch"]
    measure = np.where(d["device_hours"] > 0, d["device_hours"], d["volume"])  # a token API has no hours
    used = d.assign(used=measure).groupby(["offer", "period", "workload"], as_index=False)["used"].sum()
    used = with_horizon(used[used["used"] > 0], ["offer", "workload"], ["used"])
    c = frames["capacity"]
    held = c.assign(hours=c["devices_in_service"] * plan.settings.hours)[["offer", "period", "hours"]]
    held = with_horizon(held, ["offer"], ["hours"])
    pricing = plan.table("offers").set_index("offer")["pricing"]
    is_held = held["offer"].map(pricing).isin(["committed", "leased", "owned"]).to_numpy()

    total = used.groupby(["offer", "period"])["used"].transform("sum")
    of_use = used.assign(of_use=used["used"] / total)
    held = held.assign(is_held=is_held).set_index(["offer", "period"])
    at = pd.MultiIndex.from_frame(of_use[["offer", "period"]])
    hours = held["hours"].reindex(at).to_numpy(float)
    here = held["is_held"].reindex(at, fill_value=False).to_numpy(bool)
    busy = np.where(here & (hours > 0), np.minimum(total / np.where(hours > 0, hours, 1.0), 1.0), 1.0)
    of_use["busy"] = busy
    direct = of_use.assign(share=of_use["of_use"] * busy, key="device hours")
    idle = _idle(of_use[here], policy)
    out = pd.concat([direct[["offer", *COLUMNS]], idle[["offer", *COLUMNS]]], ignore_index=True)
    out = out[out["share"] > 0]
    return _complete(out, ["offer"], _needed(plan, "offers", "offer"))


def _idle(used: pd.DataFrame, policy: AccountingPolicy) -> pd.DataFrame:
    """The idle part of held offers, by the rule, for the offers and periods in which somebody used them."""
    rest = 1.0 - used["busy"]
    if policy.idle == "users":
        return used.assign(share=used["of_use"] * rest, key=f"{IDLE}, users")
    if policy.idle == "even":
        count = used.groupby(["offer", "period"])["workload"].transform("count")
        return used.assign(share=rest / count, key=f"{IDLE}, even")
    once = used.assign(share=rest).drop_duplicates(["offer", "period"])
    return once.assign(workload="", key=f"{IDLE}, platform")


def site_shares(plan: Plan, frames: Mapping[str, pd.DataFrame], policy: AccountingPolicy) -> pd.DataFrame:
    """Shares of each site by workload for each period and for the horizon (period 0), summing to 1.

    Columns: site, period, workload, share, key. By device-hours, energy or traffic (GB) at the site, or evenly
    over the workloads that it serves. Where a site has none of the chosen measure in a period the horizon
    stands in, then even shares of those it serves, then the platform.
    """
    site = plan.table("offers").set_index("offer")["site"]
    d = frames["dispatch"]
    served = d.assign(site=d["offer"].map(site), one=1.0)
    by = ["site", "period", "workload"]
    evenly = served.groupby(by, as_index=False).agg(measure=("one", "max"))
    if policy.site_key == "device_hours":
        chosen = served.groupby(by, as_index=False).agg(measure=("device_hours", "sum"))
    elif policy.site_key == "energy":
        e = frames["emissions"]
        e = e[e["workload"] != ""]
        chosen = e.groupby(by, as_index=False).agg(measure=("energy_kwh", "sum"))
    elif policy.site_key == "traffic":
        w = plan.table("workloads").set_index("workload")
        r = frames["routing"]
        gb = r["volume"] * r["workload"].map(w["egress_gb_per_unit"] + w["ingress_gb_per_unit"]).astype(float)
        chosen = r.assign(gb=gb).groupby(by, as_index=False).agg(measure=("gb", "sum"))
    else:
        chosen = evenly
    name = policy.site_key.replace("_", " ")
    out = _normal(chosen, "site", f"site, {name}")
    fallback = _normal(evenly, "site", "site, even")
    taken = pd.MultiIndex.from_frame(out[["site", "period"]])
    missing = ~pd.MultiIndex.from_frame(fallback[["site", "period"]]).isin(taken)
    out = pd.concat([out, fallback[missing]], ignore_index=True)
    return _complete(out, ["site"], _needed(plan, "sites", "site"))


def _normal(frame: pd.DataFrame, by: str, key: str) -> pd.DataFrame:
    """Shares of a measure within each `by` and period, the horizon too; groups without any are left out."""
    frame = with_horizon(frame[frame["measure"] > 0], [by, "workload"], ["measure"])
    total = frame.groupby([by, "period"])["measure"].transform("sum")
    return frame.assign(share=frame["measure"] / total, key=key)[[by, *COLUMNS]]


def _needed(plan: Plan, table: str, column: str) -> pd.MultiIndex:
    ids = plan.tables[table][column]
    return pd.MultiIndex.from_product([ids, range(plan.settings.periods + 1)], names=[column, "period"])


def _complete(shares: pd.DataFrame, by: list[str], needed: pd.MultiIndex) -> pd.DataFrame:
    """The shares with every needed pair there: from the horizon's shares, else all to the platform."""
    have = pd.MultiIndex.from_frame(shares[[*by, "period"]])
    absent = needed[~needed.isin(have)].to_frame(index=False)
    horizon = shares[shares["period"] == WHOLE].drop(columns="period")
    lent = absent.merge(horizon, on=by, how="left")
    nobody = lent["share"].isna()
    lent["key"] = np.where(nobody, "unused, platform", lent["key"].fillna("") + ", horizon")
    lent["share"] = lent["share"].fillna(1.0)
    lent["workload"] = lent["workload"].fillna("")
    return pd.concat([shares, lent[shares.columns]], ignore_index=True)
