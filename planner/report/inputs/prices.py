"""What capacity costs before anything is solved: by the hour and by the unit, owned at its full cost.

The hour of a held device carries everything that the device causes while it is in service; a
rented one what is paid as it is used. Prices are those of the first period.
"""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from planner.model.costs import market_value_share
from planner.model.sets import Sets
from planner.plan.plan import Plan
from planner.plan.tables import HELD, ON_DEMAND
from planner.report import format as fmt
from planner.report.charts.base import Figure, empty, source_color, table, tip
from planner.report.labels import names, offers
from planner.report.theme import INK, MUTED, SIZE, AnyChart

MOST = 18
"""Offers that a figure shows at most: the cheapest."""


def hourly(plan: Plan) -> pd.DataFrame:
    """Cost of a device-hour of every offer but token APIs, by offer.

    Columns beside those of `labels.offers`: fixed (per hour in service, used or not), variable (per
    hour used: electricity above idle, and for rented ones the price), full (both, at full use),
    per_accelerator (full, per accelerator and hour of work: overhead taken off), break_even (share
    of the hours from which a held offer is cheaper than renting its hardware on demand; NaN where
    nothing is to be compared with, above 1 where it never is), against (the on-demand offer).

    Owned devices carry the equal yearly payment that repays the price less the market value at the
    end of life (capital recovery factor, e.g. Park, Contemporary Engineering Economics, ch. 5), at
    the plan's discount rate.
    """
    sets = Sets(plan)
    known = offers(plan)
    table_ = sets.offers
    hours = plan.settings.hours_per_month
    held = np.isin(sets.pricing, HELD)
    column = {c: table_[c].to_numpy(float) for c in ("price_per_hour", "upfront_price", "purchase_price")}
    life = table_["useful_life_months"].to_numpy(float)
    rate = (1.0 + plan.settings.discount_rate) ** (1 / 12) - 1.0
    left = market_value_share(sets, np.arange(sets.O), life) / (1.0 + rate) ** life
    recovery = rate / (1.0 - (1.0 + rate) ** -life) if rate > 0 else 1.0 / life
    capital = column["purchase_price"] * (1.0 - left) * recovery / hours
    site = {
        c: sets.sites[c].to_numpy(float)[sets.offer_site]
        for c in ("space_price_per_kw_month", "electricity_price_per_kwh", "pue")
    }
    per_kw = site["electricity_price_per_kwh"] * site["pue"]
    staff = table_["fte_per_device"].to_numpy(float) * plan.settings.labour_cost_per_fte_year / 12 / hours
    running = (
        column["purchase_price"] * table_["maintenance_rate"].to_numpy(float) / 12 / hours
        + table_["license_price_per_month"].to_numpy(float) / hours
        + staff
        + sets.power * site["space_price_per_kw_month"] / hours
        + sets.idle * per_kw
    )
    term = column["price_per_hour"] + column["upfront_price"] / (table_["term_months"].to_numpy(float) * hours)
    fixed = np.where(held, np.where(sets.is_owned, capital, term) + running, 0.0)
    variable = np.where(held, (sets.power - sets.idle) * per_kw, column["price_per_hour"] + sets.power * per_kw)
    out = known.reset_index(drop=True).assign(fixed=fixed, variable=variable, full=fixed + variable)
    out["hardware"] = table_["hardware"].to_numpy(object)
    work = out["accelerators"] * (1.0 - table_["overhead_share"].to_numpy(float))
    out["per_accelerator"] = (out["full"] / work).where(work > 0)
    out = out[~sets.is_api & (out["full"] > 0)]
    return _break_even(out)


def _break_even(rows: pd.DataFrame) -> pd.DataFrame:
    """Use above which each held offer is cheaper than renting the same hardware on demand.

    Compared with the cheapest on-demand offer at the same site; where there is none, in the same
    zone; else anywhere.
    """
    rented = rows[rows["pricing"] == ON_DEMAND].sort_values("full", kind="stable")
    price = pd.Series(np.nan, index=rows.index)
    label = pd.Series("", index=rows.index, dtype=object)
    for keys in (["hardware", "site"], ["hardware", "zone"], ["hardware"]):
        best = rented.drop_duplicates(keys).set_index(keys)
        at = pd.MultiIndex.from_frame(rows[keys]) if len(keys) > 1 else pd.Index(rows[keys[0]])
        found = best[["full", "label"]].reindex(at).set_index(rows.index)
        label = label.where(price.notna() | found["full"].isna(), found["label"])
        price = price.fillna(found["full"])
    held = rows["pricing"].isin(HELD)
    above = price - rows["variable"]
    share = (rows["fixed"] / above).where(held & (above > 0))
    return rows.assign(break_even=share, against=label.where(share.notna(), "")).reset_index(drop=True)


def hourly_figure(plan: Plan, hardware: str = "") -> Figure:
    """Price of an accelerator-hour across offers, cheapest first, with the use from which holding pays."""
    rows = hourly(plan)
    rows = rows[rows["per_accelerator"].notna() & ((rows["hardware"] == hardware) | (hardware == ""))]
    device = str(names(plan, "hardware").get(hardware, hardware))
    if rows.empty:
        return empty("prices", "No price to compare yet", "Enter offers with hardware and a price.")
    rows = rows.sort_values("per_accelerator", ignore_index=True)
    currency = plan.settings.currency
    pays = rows["break_even"].le(1.0)
    note = (
        pd.Series("", index=rows.index, dtype=object)
        .mask(pays, "pays from " + rows["break_even"].map(fmt.percent) + " use")
        .mask(rows["break_even"].gt(1.0), "never below on demand")
    )
    drawn = rows.assign(
        text=rows["per_accelerator"].map(lambda v: fmt.money(v, currency)) + note.where(note == "", "  " + note),
        price_text=rows["full"].map(lambda v: fmt.unit_price(v, currency, "device-hour")),
        each_text=rows["per_accelerator"].map(lambda v: fmt.unit_price(v, currency, "accelerator-hour")),
        break_text=note,
        row="=" + rows["label"],
    )
    title = _hourly_finding(rows, currency, device if hardware else "")
    drawn = drawn.head(MOST)
    return Figure(
        "prices",
        title,
        "An accelerator at work for an hour, fully used, with all that the device causes: capital, power, space, "
        "maintenance, licenses, staff. “Pays from” is the use above which holding beats on demand.",
        f"{title}. {len(drawn)} of {fmt.plural(len(rows), 'offer')} by price.",
        _bars(drawn, "per_accelerator", "each_text", currency),
        table(
            rows,
            {
                "label": "Offer",
                "source_label": "Source",
                "full": f"Full cost of a device-hour ({currency})",
                "fixed": f"of it used or not ({currency})",
                "per_accelerator": f"Accelerator-hour at work ({currency})",
                "break_even": "Share of hours from which it pays",
                "against": "Compared with",
            },
        ),
    )


def _hourly_finding(rows: pd.DataFrame, currency: str, device: str) -> str:
    what = f"{device}: an" if device else "An"
    low, high = float(rows["per_accelerator"].iloc[0]), float(rows["per_accelerator"].iloc[-1])
    span = f"{what} accelerator-hour costs {fmt.money(low, currency)}"
    if len(rows) > 1 and high > low * 1.01:
        span += f" to {fmt.money(high, currency)}"
    best = rows[rows["break_even"].le(1.0)].sort_values("break_even")
    return span + (f"; holding pays from {fmt.percent(float(best['break_even'].iloc[0]))} use" if len(best) else "")


def per_unit(plan: Plan) -> pd.DataFrame:
    """Cost of a unit of each workload by every offer that can serve it, at the planned utilization.

    Columns: workload, offer, label, source, source_label, unit_cost, and for held offers idle_share
    (share of the cost that is paid used or not).
    """
    sets = Sets(plan)
    arcs = sets.arcs
    known = offers(plan).reset_index(drop=True)
    cost = hourly(plan).set_index("offer")[["fixed", "variable"]]
    offer = known["offer"].to_numpy(object)[arcs.offer]
    fixed = cost["fixed"].reindex(offer).fillna(0.0).to_numpy(float)
    variable = cost["variable"].reindex(offer).fillna(0.0).to_numpy(float)
    used = sets.workloads["max_utilization"].to_numpy(float)[arcs.workload]
    # Rates are per hour in service at the planned utilization; power above idle is drawn while used.
    hour = np.where(sets.is_held[arcs.offer], fixed + variable, variable)
    price = sets.offers["price_per_unit"].to_numpy(float)[arcs.offer]
    with np.errstate(divide="ignore", invalid="ignore"):
        unit_cost = np.where(sets.is_api[arcs.offer], price, hour / arcs.rate)
        idle = np.where(sets.is_held[arcs.offer], fixed / hour, 0.0)
    out = known[["offer", "label", "source", "source_label", "site_name"]].iloc[arcs.offer].reset_index(drop=True)
    out.insert(0, "workload", sets.workloads["workload"].to_numpy(object)[arcs.workload])
    return out.assign(unit_cost=unit_cost, idle_share=idle, utilization=used)


def unit_figure(plan: Plan, workload: str) -> Figure:
    """Cost of a unit of a workload across the offers that can serve it, cheapest first."""
    rows = per_unit(plan)
    rows = rows[(rows["workload"] == workload) & np.isfinite(rows["unit_cost"])]
    name = str(names(plan, "workloads").get(workload, workload))
    unit = str(plan.table("workloads").set_index("workload")["unit"].get(workload, "unit"))
    if rows.empty:
        return empty("unit-prices", f"Nothing can serve {name} yet", "No offer's hardware has a throughput for it.")
    rows = rows.sort_values("unit_cost", ignore_index=True)
    currency = plan.settings.currency
    text = rows["unit_cost"].map(lambda v: fmt.unit_price(v, currency, unit))
    drawn = rows.assign(text=text, each_text=text, break_text="", price_text=text, row="=" + rows["label"]).head(MOST)
    low, high = rows.iloc[0], rows.iloc[-1]
    title = f"{name}: from {fmt.unit_price(float(low['unit_cost']), currency, unit)}, {low['label']}"
    if len(rows) > 1 and low["unit_cost"] > 0:
        title += f"; the dearest is {fmt.figures(float(high['unit_cost'] / low['unit_cost']), 2)} times that"
    return Figure(
        "unit-prices",
        title,
        "Cost of one unit at the planned utilization, with everything that the device causes; network not included.",
        f"{title}. {len(drawn)} of {fmt.plural(len(rows), 'offer')} by cost of a unit.",
        _bars(drawn, "unit_cost", "each_text", currency),
        table(
            rows,
            {
                "label": "Offer",
                "source_label": "Source",
                "unit_cost": f"Cost of a unit ({currency})",
                "idle_share": "Share paid used or not",
            },
        ),
    )


def _bars(drawn: pd.DataFrame, value: str, said: str, currency: str) -> AnyChart:
    """Bars with the offer's name above and the price beside, so that long names fit a phone."""
    heads = drawn.assign(row="-" + drawn["row"])
    order = [row for one in drawn["row"] for row in ("-" + one, one)]
    y = alt.Y("row:N", sort=order, title=None, axis=None)
    most = float(drawn[value].max()) or 1.0
    x = alt.X(f"{value}:Q", title=None, axis=None, scale=alt.Scale(domain=[0, most * 1.45]))
    title = (
        alt.Chart(heads)
        .mark_text(align="left", color=INK.css, fontSize=SIZE["label"], dy=3)
        .encode(y, x=alt.value(0), text="label:N")
    )
    bars = (
        alt.Chart(drawn)
        .mark_bar(height=9, cornerRadius=2)
        .encode(
            x,
            y,
            source_color(drawn["source"]),
            tooltip=[tip("Offer", "label"), tip("Price", "price_text"), tip("", said), tip("Holding", "break_text")],
        )
    )
    text = (
        alt.Chart(drawn)
        .mark_text(align="left", dx=5, color=MUTED.css, fontSize=SIZE["note"])
        .encode(x, y, text="text:N")
    )
    return alt.layer(title, bars, text).properties(height=alt.Step(16))
