"""Odd figures: prices far from their neighbours, figures that nothing uses, no headroom, no room."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from planner.plan.faults import Notice
from planner.plan.oddity import Check, View, listed
from planner.plan.tables import API, COMMITTED, HELD, LEASED, OWNED, PRICINGS, RENTED

FAR = 100.0
"""How many times the median of its neighbours a price is when it is told."""
SERVICE_KINDS = ("inference", "edge_analytics")
"""Kinds of workload that people wait for: these need headroom."""
SITE_PRICES = ("electricity_price_per_kwh", "space_price_per_kw_month", "storage_price_per_gb_month")
LINK_PRICES = ("egress_price_per_gb", "ingress_price_per_gb")
USED_BY: dict[str, tuple[str, ...]] = {
    "price_per_hour": (*RENTED, COMMITTED, LEASED),
    "upfront_price": (COMMITTED, LEASED),
    "price_per_unit": (API,),
    "purchase_price": (OWNED,),
    "license_price_per_month": HELD,
    "fte_per_device": HELD,
    "max_units_per_hour": (API,),
    "carbon_g_per_unit": (API,),
    "annual_value_loss": (OWNED,),
    "hardware": tuple(p for p in PRICINGS if p != API),
}
"""Pricings for which a column of offers counts; maintenance may need the purchase price of any device held."""


def middles_of_others(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each of n >= 2 values the lower and the upper middle one of the other n - 1, shapes (n,)."""
    order = np.argsort(values, kind="stable")
    rank = np.empty(len(values), dtype=int)
    rank[order] = np.arange(len(values))
    ordered, rest = values[order], len(values) - 1

    def kth(k: int) -> np.ndarray:
        return ordered[k + (rank <= k)]

    return kth((rest - 1) // 2), kth(rest // 2)


def _far(values: pd.Series, groups: list[pd.Series]) -> pd.DataFrame:
    """Positive values that are FAR from their group: `median` of the others and `times` it.

    Far is above the upper middle or below the lower one, so that of three values the one that is
    wrong is told and not the two that are right; of two, the larger.
    """
    if (values > 0).sum() < 2:
        return pd.DataFrame(columns=["value", "median", "times"], dtype=float)
    frame = pd.DataFrame({"value": values, **{str(i): g for i, g in enumerate(groups)}})
    frame = frame[frame["value"] > 0].dropna()
    parts = [pd.DataFrame(columns=["value", "median", "times"], dtype=float)]
    for _, group in frame.groupby([str(i) for i in range(len(groups))], sort=False):
        if len(group) > 1:
            value = group["value"].to_numpy(dtype=float)
            low, high = middles_of_others(value)
            far = (value >= FAR * high) | ((value * FAR <= low) & (len(group) > 2))
            median = (low + high) / 2
            parts.append(group[["value"]].assign(median=median, times=value / median)[far])
    return pd.concat([p for p in parts if len(p)] or parts).sort_index()


def _times(times: float) -> str:
    return f"{times:,.0f} times" if times >= 1 else f"one {1 / times:,.0f}th of"


def far_prices(v: View) -> Iterator[Notice]:
    """A price a hundred times, or a hundredth of, its neighbours: often a slip of units."""
    o = v["offers"]
    hours = o["term_months"].to_numpy(dtype=float) * v.plan.settings.hours_per_month
    term = o["price_per_hour"] + o["upfront_price"] / hours
    per_hour = o["price_per_hour"].where(o["pricing"].isin(RENTED), term).where(~o["pricing"].isin((OWNED, API)))
    upfront = o["upfront_price"] / hours > o["price_per_hour"]
    kinds = (
        ("price_per_hour", per_hour, "hardware"),
        ("purchase_price", o["purchase_price"].where(o["pricing"] == OWNED), "hardware"),
        ("price_per_unit", o["price_per_unit"].where(o["pricing"] == API), "workload"),
    )
    for column, prices, by in kinds:
        for i, (value, median, times) in _far(prices, [o["pricing"], o[by]]).iterrows():
            at = "upfront_price" if column == "price_per_hour" and upfront[i] else column
            what = "an hour " if column == "price_per_hour" and o["upfront_price"][i] > 0 else ""
            message = f"{value:,.6g} {what}is {_times(times)} the median of the other {o['pricing'][i]} offers of {o[by][i]} ({median:,.6g})"
            yield v.notice("offers", int(i), at, message)
    for table, rows, columns in (("sites", "sites", SITE_PRICES), ("network", "links", LINK_PRICES)):
        for column in columns:
            everyone = pd.Series(0, index=v[table].index)
            for i, (value, median, times) in _far(v[table][column], [everyone])[
                ["value", "median", "times"]
            ].iterrows():
                message = f"{value:,.6g} is {_times(times)} the median of the other {rows} ({median:,.6g})"
                yield v.notice(table, int(i), column, message)


def free_offers(v: View) -> Iterator[Notice]:
    """Offers without any price."""
    o = v["offers"]
    price = pd.Series(0.0, index=o.index)
    for column in ("price_per_hour", "upfront_price", "purchase_price", "price_per_unit"):
        price += o[column].where(o["pricing"].isin(USED_BY[column]), 0.0)
    for i in o.index[price == 0]:
        column = next(
            c for c in ("price_per_hour", "purchase_price", "price_per_unit") if o["pricing"][i] in USED_BY[c]
        )
        yield v.notice("offers", int(i), column, f"{o['offer'][i]} costs nothing: {column} is 0")


def unused_figures(v: View) -> Iterator[Notice]:
    """Figures that the pricing of an offer does not use."""
    given, o = v.plan.tables["offers"], v["offers"]
    for column, pricings in USED_BY.items():
        idle = given[column].notna() & ~given["pricing"].isin(pricings)
        if not idle.any():
            continue
        if column != "hardware":
            idle &= given[column].fillna(0) != 0
        if column == "purchase_price":
            idle &= ~((o["maintenance_rate"] > 0) & o["pricing"].isin(HELD))
        for pricing, offers in o[idle].groupby("pricing", sort=False)["offer"]:
            message = f"{column} does not count for {pricing}: {listed(offers)}"
            yield v.notice("offers", int(offers.index[0]), column, message)


def no_headroom(v: View) -> Iterator[Notice]:
    """Workloads that people wait for, planned on devices that are fully busy."""
    w = v["workloads"]
    on_devices = (v.runs & (v["offers"]["pricing"] != API).to_numpy()[None, :]).any(axis=1)
    busy = (w["max_utilization"] == 1.0).to_numpy(dtype=bool) & w["kind"].isin(SERVICE_KINDS).to_numpy() & on_devices
    for i in np.flatnonzero(busy):
        message = f"{w['workload'][i]} is planned at a utilization of 1: no headroom for its latency when load varies"
        yield v.notice("workloads", int(i), "max_utilization", message)


def idle_above_full(v: View) -> Iterator[Notice]:
    """Devices that need more power idle than busy."""
    h = v["hardware"]
    for i in h.index[h["idle_power_kw"] > h["power_kw"]]:
        message = f"idle_power_kw {h['idle_power_kw'][i]:g} is above power_kw {h['power_kw'][i]:g}"
        yield v.notice("hardware", int(i), "idle_power_kw", message)


def full_sites(v: View) -> Iterator[Notice]:
    """Sites whose assets alone are more than they hold."""
    a, o, s = v.assets, v["offers"], v["sites"]
    there = a[(a["first"] <= 1) & (a["last"] >= 1)]
    at = there["offer_at"].to_numpy(dtype=int)
    power = o["hardware"].map(v["hardware"].set_index("hardware")["power_kw"]).astype(float).fillna(0.0).to_numpy()
    held = pd.DataFrame(
        {
            "site": o["site"].to_numpy(dtype=object)[at],
            "max_devices": there["devices"].to_numpy(dtype=float),
            "power_capacity_kw": there["devices"].to_numpy(dtype=float) * power[at],
        }
    )
    total = held.groupby("site").sum().reindex(s["site"]).fillna(0.0).reset_index(drop=True)
    for column, unit in (("max_devices", "devices"), ("power_capacity_kw", "kW")):
        for i in s.index[(total[column] > s[column] * (1 + 1e-9)).fillna(False).astype(bool)]:
            message = f"the assets at {s['site'][i]} are {total[column][i]:,.6g} {unit}; it holds {s[column][i]:,.6g}"
            yield v.notice("sites", int(i), column, message)


CHECKS: tuple[Check, ...] = (far_prices, free_offers, unused_figures, no_headroom, idle_above_full, full_sites)
