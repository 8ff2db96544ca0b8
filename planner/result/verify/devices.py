"""Devices come by orders and assets, go by term, life and retirement, and are never more than allowed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.result.verify.case import TERM, Case, Findings, lookup, side_by_side

KEYS = ["offer", "period"]


def check_devices(case: Case, say: Findings) -> None:
    """Balance, orders, vintages, limits."""
    _balance(case, say)
    _orders(case, say)
    _vintages(case, say)


def _balance(case: Case, say: Findings) -> None:
    g = case.grid.copy()
    assets = case.assets
    g["before"] = g.groupby("offer")["devices_in_service"].shift(1)
    at_start = assets[assets["before"] & (assets["first"] == 1)].groupby("offer")["devices"].sum()
    first = g["period"] == 1
    g.loc[first, "before"] = lookup(g.loc[first, "offer"], at_start).fillna(0.0).astype(float)
    g["balance"] = g["before"] + g["entered"] - g["retired"] - g["expired"]
    say.equal(
        "balance",
        g,
        "devices_in_service",
        "balance",
        KEYS,
        "Devices in service are {found}, before + entered - left {other}",
    )
    x = g.merge(case.offers.reset_index(drop=True)[["offer", "max_devices"]], on="offer")
    say.at_most(
        "offer limit",
        x,
        "devices_in_service",
        "max_devices",
        KEYS,
        "Devices in service are {found}, allowed are {other}",
    )


def _orders(case: Case, say: Findings) -> None:
    g = case.grid.merge(
        case.offers.reset_index(drop=True)[
            ["offer", "pricing", "lead", "life", "available_from", "site_available_from"]
        ],
        on="offer",
    )
    ordered = g[g["ordered"] > 0]
    whole = ordered[np.abs(ordered["ordered"] - np.round(ordered["ordered"])) > 1e-6]
    say.none("whole", whole, KEYS, "{offer} orders a part of a device in period {period}.")
    say.none(
        "ordered early",
        ordered[ordered["period"] < ordered["available_from"].astype(int)],
        KEYS,
        "{offer} is ordered in period {period}, before it can be.",
    )
    service = ordered["period"] + ordered["lead"]
    say.none(
        "ordered late",
        ordered[service > case.periods],
        KEYS,
        "{offer} ordered in period {period} is not in service by the last period.",
    )
    say.none(
        "site not there",
        ordered[service < ordered["site_available_from"].astype(int)],
        KEYS,
        "{offer} ordered in period {period} enters a site before it is available.",
    )

    lead = case.offers["lead"]
    arrive = ordered[["offer", "period", "ordered"]].copy()
    arrive["period"] += lookup(arrive["offer"], lead)
    new = case.assets[~case.assets["before"]][["offer", "first", "devices"]].rename(
        columns={"first": "period", "devices": "ordered"}
    )
    expected = pd.concat([arrive, new], ignore_index=True).groupby(KEYS, as_index=False)["ordered"].sum()
    x = side_by_side(case.grid[[*KEYS, "entered"]], expected, KEYS)
    say.equal(
        "lead time",
        x,
        "entered",
        "ordered",
        KEYS,
        "Devices that enter service are {found}, orders and assets give {other}",
    )

    # Terms end by the clock, whatever the solver says.
    term = g[g["pricing"].isin(TERM)]
    ends = term[term["ordered"] > 0][["offer", "period", "ordered"]].copy()
    ends["period"] += lookup(ends["offer"], lead) + lookup(ends["offer"], case.offers["life"])
    a = case.assets[case.assets["pricing"].isin(TERM)]
    gone = pd.DataFrame({"offer": a["offer"], "period": a["last"] + 1, "ordered": a["devices"]})
    expected = pd.concat([ends, gone], ignore_index=True).groupby(KEYS, as_index=False)["ordered"].sum()
    x = term[[*KEYS, "expired", "retired"]].merge(expected, on=KEYS, how="left").fillna(0.0)
    say.equal("term", x, "expired", "ordered", KEYS, "Terms that end are {found}, by the clock {other}")
    say.none(
        "retired early",
        x[x["retired"] > 1e-6],
        KEYS,
        "{offer} is a commitment and cannot be retired in period {period}.",
    )


def _vintages(case: Case, say: Findings) -> None:
    v = case.frames["vintages"].merge(
        case.offers.reset_index(drop=True)[["offer", "pricing", "lead", "life", "purchase_price"]], on="offer"
    )
    periods = pd.DataFrame({"period": range(1, case.periods + 1)})
    alive = v.merge(periods, how="cross").query("first_period <= period <= last_period")
    total = alive.groupby(KEYS, as_index=False)["devices"].sum()
    x = side_by_side(case.grid[[*KEYS, "devices_in_service"]], total, KEYS)
    say.equal("vintages", x, "devices", "devices_in_service", KEYS, "Vintages hold {found} devices, capacity {other}")

    new = v[v["asset"] == ""]
    by_order = (
        new.groupby(["offer", "ordered_period"], as_index=False)["devices"]
        .sum()
        .rename(columns={"ordered_period": "period"})
    )
    x = side_by_side(case.grid[[*KEYS, "ordered"]], by_order, KEYS)
    say.equal(
        "vintage orders",
        x,
        "devices",
        "ordered",
        KEYS,
        "Vintages of this order hold {found} devices, ordered were {other}",
    )
    keys = ["offer", "ordered_period", "first_period", "last_period"]
    say.none(
        "vintage lead",
        new[new["first_period"] != new["ordered_period"] + new["lead"]],
        keys,
        "{offer} ordered in {ordered_period} enters in {first_period}, which is not its lead time.",
    )
    served = v["last_period"] - v["first_period"] + 1
    over = new[(served > new["life"].reindex(v.index)).reindex(new.index, fill_value=False)]
    say.none(
        "life", over, keys, "{offer} of period {first_period} serves until {last_period}, longer than its term or life."
    )
    short = new[(served.reindex(new.index) < 1)]
    say.none("one period", short, keys, "{offer} of period {first_period} leaves before it served one period.")
    early = new[
        new["pricing"].isin(TERM)
        & (new["last_period"] != np.minimum(new["first_period"] + new["life"] - 1, case.periods))
    ]
    say.none(
        "term length", early, keys, "{offer} of period {first_period} ends in {last_period}, which is not its term."
    )

    a = v[v["asset"] != ""].merge(
        case.assets[["asset", "first", "last", "devices"]].rename(columns={"devices": "had"}), on="asset", how="left"
    )
    late = a[a["last_period"] > np.minimum(a["last"], case.periods)]
    say.none(
        "asset life", late, [*keys, "asset"], "The asset {asset} serves until {last_period}, past its term or life."
    )
    total = a.groupby("asset", as_index=False).agg(devices=("devices", "sum"), had=("had", "first"))
    say.equal(
        "assets", total, "devices", "had", ["asset"], "Vintages of the asset hold {found} devices, it has {other}"
    )
    price = new["purchase_price"].to_numpy(float) * case.price_factor(new["offer"], new["ordered_period"])
    x = new.assign(expected=np.where(new["pricing"] == "owned", price, 0.0))
    say.equal("price paid", x, "price_paid", "expected", keys, "The price paid is {found}, the table gives {other}")
