"""Capacity and what it does, from the result's frames: mix, load by slice, utilization, timeline.

Devices of different size are made comparable by counting accelerators (`hardware.accelerators`).
Work of token APIs has no devices; it counts as the accelerator-hours that the plan's own devices
would need for it (`reference_rates`).
"""

from __future__ import annotations

import pandas as pd

from planner.plan.plan import Plan
from planner.plan.tables import API, HELD
from planner.report.labels import Calendar, look_up
from planner.report.theme import SOURCE_LABELS, SOURCES

Frames = dict[str, pd.DataFrame]


def reference_rates(plan: Plan, frames: Frames, offers: pd.DataFrame) -> pd.Series:
    """Units of each workload per accelerator-hour, indexed by workload.

    What the plan's own devices achieve in it; where no device serves it, the middle of what the
    hardware table allows. Workloads that no hardware can run are missing.
    """
    own = frames["dispatch"].merge(offers[["offer", "pricing", "accelerators"]].reset_index(drop=True), on="offer")
    own = own[own["pricing"] != API]
    own["accelerator_hours"] = own["device_hours"] * own["accelerators"]
    done = own.groupby("workload")[["volume", "accelerator_hours"]].sum()
    seen = (done["volume"] / done["accelerator_hours"])[done["accelerator_hours"] > 0]
    able = plan.table("throughput").merge(plan.table("hardware")[["hardware", "accelerators"]], on="hardware")
    able = able[able["accelerators"] > 0]
    middle = (able["units_per_hour"] / able["accelerators"]).groupby(able["workload"]).median()
    return seen.combine_first(middle)


def work(plan: Plan, frames: Frames, offers: pd.DataFrame) -> pd.DataFrame:
    """Accelerator-hours at work: workload, offer, period, slice, volume, accelerator_hours, source, site."""
    known = offers[["offer", "site", "pricing", "source", "accelerators"]].reset_index(drop=True)
    out = frames["dispatch"].merge(known, on="offer", how="left", validate="many_to_one")
    rate = look_up(out["workload"], reference_rates(plan, frames, offers))
    on_devices = out["device_hours"] * out["accelerators"]
    out["accelerator_hours"] = on_devices.where(out["pricing"] != API, out["volume"] / rate).fillna(0.0)
    return out.drop(columns=["accelerators", "device_hours"])


def mix(plan: Plan, frames: Frames, offers: pd.DataFrame, work: pd.DataFrame) -> pd.DataFrame:
    """Accelerator-hours that each source has and uses in each period.

    Columns: period, start, period_label, source, source_label, available, used, share_of_work.
    Held devices are available all hours of the period; what is rented or bought by the token is
    available as it is used.
    """
    calendar = Calendar(plan.settings)
    used = work.groupby(["period", "source"])["accelerator_hours"].sum().rename("used")
    held = frames["capacity"].merge(offers.reset_index(drop=True), on="offer")
    held = held[held["pricing"].isin(HELD)]
    held["available"] = held["devices_in_service"] * held["accelerators"] * plan.settings.hours
    available = held.groupby(["period", "source"])["available"].sum()
    paid_by_use = work[~work["pricing"].isin(HELD)].groupby(["period", "source"])["accelerator_hours"].sum()
    keys = pd.MultiIndex.from_product(
        [range(1, plan.settings.periods + 1), [s for s in SOURCES if s in set(offers["source"])]],
        names=["period", "source"],
    )
    out = pd.DataFrame(
        {
            "available": available.reindex(keys, fill_value=0.0) + paid_by_use.reindex(keys, fill_value=0.0),
            "used": used.reindex(keys, fill_value=0.0),
        }
    ).reset_index()
    ever = out.groupby("source")["available"].transform("max") > 0
    out = out[ever].reset_index(drop=True)
    total = out.groupby("period")["used"].transform("sum")
    out["share_of_work"] = (out["used"] / total).where(total > 0, 0.0)
    out["source_label"] = out["source"].map(SOURCE_LABELS)
    out["start"] = calendar.start_of(out["period"])
    out["end"] = calendar.start_of(out["period"] + 1)
    out["period_label"] = [calendar.period_labels[p - 1] for p in out["period"]]
    out["accelerators"] = out["available"] / plan.settings.hours
    return out


def needed(mix: pd.DataFrame) -> pd.DataFrame:
    """Accelerator-hours of work in each period: period, start, end, period_label, needed, available."""
    keys = ["period", "start", "end", "period_label"]
    out = mix.groupby(keys, as_index=False)[["used", "available"]].sum()
    return out.rename(columns={"used": "needed"})


def shares_by_year(plan: Plan, mix: pd.DataFrame) -> pd.DataFrame:
    """Share of the work that each source carries in each plan year: year, source, source_label, share."""
    calendar = Calendar(plan.settings)
    table = mix.assign(year=calendar.year_of(mix["period"]))
    out = table.groupby(["year", "source", "source_label"], as_index=False, sort=False)["used"].sum()
    total = out.groupby("year")["used"].transform("sum")
    out["share"] = (out["used"] / total).where(total > 0, 0.0)
    return out


def load(plan: Plan, work: pd.DataFrame) -> pd.DataFrame:
    """Load-duration steps: accelerators at work in each slice, highest slice first.

    Columns: period, slice, x0, x1 (share of the period's hours), source, source_label, y0, y1
    (accelerators, stacked in the palette's order), accelerators, share_of_slice.
    """
    slices = plan.table("slices")[["slice", "share_of_hours"]]
    rates = work.groupby(["period", "slice", "source"], as_index=False)["accelerator_hours"].sum()
    rates = rates.merge(slices, on="slice")
    rates["accelerators"] = rates["accelerator_hours"] / (rates["share_of_hours"] * plan.settings.hours)
    rates = rates[rates["accelerators"] > 0]
    rates["rank"] = rates["source"].map({s: i for i, s in enumerate(SOURCES)})
    total = rates.groupby(["period", "slice"], as_index=False)["accelerators"].sum().merge(slices, on="slice")
    total = total.sort_values(["period", "accelerators", "slice"], ascending=[True, False, True])
    total["x1"] = total.groupby("period")["share_of_hours"].cumsum()
    total["x0"] = total["x1"] - total["share_of_hours"]
    out = rates.merge(
        total[["period", "slice", "x0", "x1", "accelerators"]].rename(columns={"accelerators": "total"}),
        on=["period", "slice"],
    )
    out = out.sort_values(["period", "x0", "rank"]).reset_index(drop=True)
    out["y1"] = out.groupby(["period", "slice"])["accelerators"].cumsum()
    out["y0"] = out["y1"] - out["accelerators"]
    out["share_of_slice"] = out["accelerators"] / out["total"]
    out["source_label"] = out["source"].map(SOURCE_LABELS)
    return out[
        [
            "period",
            "slice",
            "x0",
            "x1",
            "source",
            "source_label",
            "y0",
            "y1",
            "accelerators",
            "share_of_slice",
        ]
    ]


def utilization(plan: Plan, frames: Frames, offers: pd.DataFrame) -> pd.DataFrame:
    """How busy held devices are: offer, label, short, source, period, period_label, slice, devices, used_hours, utilization.

    utilization = device-hours used / device-hours in service of that slice.
    """
    settings = plan.settings
    known = offers[offers["pricing"].isin(HELD)][["offer", "label", "short", "source", "source_label"]].reset_index(
        drop=True
    )
    held = frames["capacity"][["offer", "period", "devices_in_service"]].merge(known, on="offer")
    held = held[held["devices_in_service"] > 0]
    out = held.merge(plan.table("slices")[["slice", "share_of_hours"]], how="cross")
    used = frames["dispatch"].groupby(["offer", "period", "slice"], as_index=False)["device_hours"].sum()
    out = out.merge(used, on=["offer", "period", "slice"], how="left")
    out["used_hours"] = out["device_hours"].fillna(0.0)
    out["utilization"] = out["used_hours"] / (out["devices_in_service"] * settings.hours * out["share_of_hours"])
    labels = Calendar(settings).period_labels
    out["period_label"] = [labels[p - 1] for p in out["period"]]
    return out.rename(columns={"devices_in_service": "devices"})[
        [
            "offer",
            "label",
            "short",
            "source",
            "source_label",
            "period",
            "period_label",
            "slice",
            "devices",
            "used_hours",
            "utilization",
        ]
    ]


def by_offer(plan: Plan, frames: Frames, offers: pd.DataFrame) -> pd.DataFrame:
    """Capacity by offer and period with names: what the capacity table of the plan shows."""
    out = frames["capacity"].merge(
        offers[["offer", "label", "site_name", "source", "source_label", "accelerators"]].reset_index(drop=True),
        on="offer",
    )
    labels = Calendar(plan.settings).period_labels
    out["period_label"] = [labels[p - 1] for p in out["period"]]
    out["accelerators"] = out["devices_in_service"] * out["accelerators"]
    return out


def timeline(plan: Plan, frames: Frames, offers: pd.DataFrame) -> pd.DataFrame:
    """Every holding of devices by the time that it comes and goes.

    Columns: offer, label, short, source, source_label, asset, devices, ordered (NaT for assets), start,
    end, ends. The order date allows for the lead time in whole months.
    """
    calendar = Calendar(plan.settings)
    known = offers[["offer", "label", "short", "source", "source_label", "lead_time_months"]].reset_index(drop=True)
    out = frames["vintages"].merge(known, on="offer")
    out = out[out["last_period"] >= out["first_period"]]
    keys = ["offer", "label", "short", "source", "source_label", "asset", "lead_time_months"]
    keys += ["ordered_period", "first_period", "last_period", "ends"]
    out = out.groupby(keys, as_index=False)["devices"].sum()
    out["start"] = calendar.start_of(out["first_period"])
    out["end"] = calendar.start_of(out["last_period"] + 1)
    ordered = [
        pd.Period(calendar.month(first, lead), freq="M").to_timestamp() if asset == "" else pd.NaT
        for first, lead, asset in zip(out["first_period"], out["lead_time_months"], out["asset"], strict=True)
    ]
    out["ordered"] = pd.to_datetime(pd.Series(ordered, index=out.index, dtype="datetime64[ns]"))
    out["rank"] = out["source"].map({s: i for i, s in enumerate(SOURCES)})
    out = out.sort_values(["rank", "start", "label", "end"]).reset_index(drop=True)
    return out.drop(columns=["rank", "lead_time_months"])


def held_accelerators(plan: Plan, by_offer: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """Accelerators held (owned, leased, committed) in each period, indexed by period from 1."""
    held = by_offer[by_offer["offer"].isin(set(offers.loc[offers["pricing"].isin(HELD), "offer"]))]
    periods = pd.RangeIndex(1, plan.settings.periods + 1, name="period")
    return held.groupby("period")["accelerators"].sum().reindex(periods, fill_value=0.0)
