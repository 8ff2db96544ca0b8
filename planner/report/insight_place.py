"""Where the plan runs: sites, locations and what flows between them."""

from __future__ import annotations

import pandas as pd

from planner.plan.plan import Plan
from planner.report.labels import Calendar, look_up, names
from planner.report.theme import EDGE, SOURCE_LABELS

Frames = dict[str, pd.DataFrame]

SITE_KIND_LABELS = {"cloud": "Cloud", "colocation": "Colocation", "on_premises": "On premises", EDGE: "Edge"}


def flows(plan: Plan, frames: Frames, work: pd.DataFrame) -> pd.DataFrame:
    """What each site does for each location, made comparable across workloads.

    Columns: workload, location, site, period, slice, volume (the workload's unit),
    accelerator_hours: the site's work for that workload, shared by volume.
    """
    keys = ["workload", "site", "period", "slice"]
    done = work.groupby(keys, as_index=False)[["volume", "accelerator_hours"]].sum()
    done = done.rename(columns={"volume": "at_site", "accelerator_hours": "hours"})
    out = frames["routing"].merge(done, on=keys, how="left")
    share = (out["volume"] / out["at_site"]).where(out["at_site"] > 0, 0.0)
    out["accelerator_hours"] = (share * out["hours"]).fillna(0.0)
    return out.drop(columns=["at_site", "hours"])


def pairs(plan: Plan, flows: pd.DataFrame) -> pd.DataFrame:
    """Flows between each site and location: site, location, names, accelerator_hours, share, latency_ms."""
    out = flows.groupby(["site", "location"], as_index=False)["accelerator_hours"].sum()
    total = out["accelerator_hours"].sum()
    out["share"] = out["accelerator_hours"] / total if total > 0 else 0.0
    latency = plan.table("network")[["site", "location", "latency_ms"]]
    out = out.merge(latency, on=["site", "location"], how="left")
    out["site_name"] = out["site"].map(names(plan, "sites"))
    out["location_name"] = out["location"].map(names(plan, "locations"))
    return out.sort_values("accelerator_hours", ascending=False, ignore_index=True)


def sites(plan: Plan, frames: Frames, flows: pd.DataFrame, work: pd.DataFrame) -> pd.DataFrame:
    """Every site with what it does over the horizon, busiest first.

    Columns: site, name, kind, kind_label, provider, zone, latitude, longitude, accelerator_hours,
    share (of all work), source and source_label (what serves most of its work), cost (present value of cash), carbon_t, first_open, last_open (period
    labels; blank when never open), used.
    """
    table = plan.table("sites")
    out = table[["site", "kind", "provider", "zone", "latitude", "longitude"]].copy()
    out["name"] = out["site"].map(names(plan, "sites"))
    out["kind_label"] = out["kind"].map(SITE_KIND_LABELS)
    hours = flows.groupby("site")["accelerator_hours"].sum()
    out["accelerator_hours"] = look_up(out["site"], hours).fillna(0.0)
    total = out["accelerator_hours"].sum()
    out["share"] = out["accelerator_hours"] / total if total > 0 else 0.0
    most = work.groupby(["site", "source"])["accelerator_hours"].sum().reset_index()
    most = most.sort_values("accelerator_hours", ascending=False).drop_duplicates("site").set_index("site")["source"]
    out["source"] = most.reindex(out["site"].to_numpy(object)).to_numpy(object)
    out["source_label"] = [SOURCE_LABELS.get(s, "") for s in out["source"]]
    ledger = frames["ledger"]
    cash = ledger[ledger["cash"] != "non_cash"].groupby("site")["present_value"].sum()
    out["cost"] = look_up(out["site"], cash).fillna(0.0)
    out["carbon_t"] = look_up(out["site"], frames["emissions"].groupby("site")["carbon_t"].sum()).fillna(0.0)
    spans = frames["sites"].groupby("site")["period"].agg(["min", "max"])
    labels = pd.Series(Calendar(plan.settings).period_labels, index=range(1, plan.settings.periods + 1))
    out["first_open"] = out["site"].map(spans["min"]).map(labels).fillna("")
    out["last_open"] = out["site"].map(spans["max"]).map(labels).fillna("")
    out["used"] = out["site"].isin(spans.index)
    return out.sort_values(["accelerator_hours", "cost"], ascending=False, ignore_index=True)


def locations(plan: Plan, flows: pd.DataFrame) -> pd.DataFrame:
    """Every location with the work done for it: location, name, zone, latitude, longitude, accelerator_hours, share."""
    out = plan.table("locations")[["location", "zone", "latitude", "longitude"]].copy()
    out["name"] = out["location"].map(names(plan, "locations"))
    hours = flows.groupby("location")["accelerator_hours"].sum()
    out["accelerator_hours"] = look_up(out["location"], hours).fillna(0.0)
    total = out["accelerator_hours"].sum()
    out["share"] = out["accelerator_hours"] / total if total > 0 else 0.0
    return out.sort_values("accelerator_hours", ascending=False, ignore_index=True)


def flow_lines(pairs: pd.DataFrame, sites: pd.DataFrame, locations: pd.DataFrame) -> pd.DataFrame:
    """The pairs that have coordinates at both ends, with them: latitude, longitude, latitude2, longitude2."""
    start = sites.set_index("site")[["latitude", "longitude"]]
    end = locations.set_index("location")[["latitude", "longitude"]]
    end.columns = ["latitude2", "longitude2"]
    out = pairs.join(start, on="site").join(end, on="location")
    return out.dropna(subset=["latitude", "longitude", "latitude2", "longitude2"]).reset_index(drop=True)
