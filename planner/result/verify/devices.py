"""Devices come by orders and assets, go by term, life and retirement, and are never more than allowed."""

from __future__ import annotations

import numpy as np

from planner.result.verify.case import Case
from planner.result.verify.findings import Findings

EXACT = 1e-7


def check_devices(case: Case, say: Findings) -> None:
    """Balance, orders, leaving, vintages, limits."""
    _balance(case, say)
    _orders(case, say)
    _vintages(case, say)
    _leaving(case, say)
    _assets(case, say)


def _balance(case: Case, say: Findings) -> None:
    c, a, axes = case.capacity, case.assets, case.axes("offer", "period")
    at_start = np.bincount(a["offer"][a["before"]], a["devices"][a["before"]], case.O)
    before = np.column_stack([at_start, case.held[:, :-1]])
    balance = before + c["entered"] - c["retired"] - c["expired"]
    held = case.offers.is_held[:, None]
    say.equal(
        "balance",
        case.held,
        np.where(held, balance, 0.0),
        axes,
        "Devices in service are {found}, before + entered - left {other}",
    )
    moved = c["ordered"] + c["entered"] + c["retired"] + c["expired"]
    say.where(
        "not held",
        ~held & (moved > 0),
        axes,
        "{offer} is paid as used, but devices of it come or go in period {period}.",
    )
    limit = np.where(held, case.offers["max_devices"][:, None], np.nan)
    say.at_most("offer limit", case.held, limit, axes, "Devices in service are {found}, allowed are {other}")


def _orders(case: Case, say: Findings) -> None:
    o, axes = case.offers, case.axes("offer", "period")
    ordered, t = case.capacity["ordered"], np.arange(case.T)
    some = ordered > 0
    part = np.abs(ordered - np.round(ordered)) > 1e-9
    say.where("whole", part, axes, "{offer} orders a part of a device in period {period}.")
    say.where(
        "ordered early", some & (t < o.start[:, None]), axes, "{offer} is ordered in period {period}, before it can be."
    )
    service = t + o.lead[:, None]
    say.where(
        "ordered late",
        some & (service >= case.T),
        axes,
        "{offer} ordered in period {period} is not in service by the last period.",
    )
    there = case.sites["available_from"].astype(int)[o.site] - 1
    say.where(
        "site not there",
        some & (service < there[:, None]),
        axes,
        "{offer} ordered in period {period} enters a site before it is available.",
    )
    entered = np.zeros((case.O, case.T))
    offer, when = np.nonzero(some & (service < case.T))
    np.add.at(entered, (offer, service[offer, when]), ordered[offer, when])
    new = ~case.assets["before"]
    np.add.at(entered, (case.assets["offer"][new], case.assets["first"][new]), case.assets["devices"][new])
    say.equal(
        "lead time",
        case.capacity["entered"],
        entered,
        axes,
        "Devices that enter service are {found}, orders and assets give {other}",
        EXACT,
    )


def _vintages(case: Case, say: Findings) -> None:
    v, o = case.vintages, case.offers
    axes = case.axes("offer", "period")
    offer, first, last, new = v["offer"], v["first_period"], v["last_period"], v["asset"] < 0
    alive = np.zeros((case.O, case.T + 1))
    np.add.at(alive, (offer, first), v["devices"])
    np.subtract.at(alive, (offer, last + 1), v["devices"])
    alive = alive.cumsum(axis=1)[:, : case.T]
    say.equal("vintages", alive, case.held, axes, "Vintages hold {found} devices, capacity {other}", EXACT)
    orders = np.zeros((case.O, case.T))
    mine = new & (v["ordered_period"] >= 0)
    np.add.at(orders, (offer[mine], v["ordered_period"][mine]), v["devices"][mine])
    say.equal(
        "vintage orders",
        orders,
        case.capacity["ordered"],
        axes,
        "Vintages of this order hold {found} devices, ordered were {other}",
        EXACT,
    )

    one = case.label(v, "offer", "asset", "ordered_period", "first_period", "last_period")
    say.where(
        "vintage kind",
        ~o.is_held[offer],
        one,
        "{offer} is paid as used, but has a vintage of period {first_period}.",
    )
    say.where(
        "vintage lead",
        new & (first != v["ordered_period"] + o.lead[offer]),
        one,
        "{offer} ordered in {ordered_period} enters in {first_period}, which is not its lead time.",
    )
    say.where(
        "life",
        new & (last > v["natural"]),
        one,
        "{offer} of period {first_period} serves until {last_period}, longer than its term or life.",
    )
    stays = np.zeros(len(case.names["asset"]) + 1, bool)
    stays[case.assets["asset"]] = ~case.assets["before"]  # comes within the plan: like a new device
    stays[-1] = True
    say.where(
        "one period",
        stays[v["asset"]] & (last < first),
        one,
        "{offer} of period {first_period} leaves before it served one period.",
    )
    say.where(
        "term length",
        o.is_term[offer] & (last != np.minimum(v["natural"], case.T - 1)),
        one,
        "{offer} of period {first_period} ends in {last_period}, which is not its term.",
    )
    when = np.where(new, v["ordered_period"], 0)
    paid = o["purchase_price"][offer] * np.where(new, o.price_factor[offer, when], 1.0) * o.is_owned[offer]
    say.equal("price paid", v["price_paid"], paid, one, "The price paid is {found}, the table gives {other}", EXACT)


def _leaving(case: Case, say: Findings) -> None:
    """Retired is what leaves before its term or life is over, expired what leaves then."""
    v, o, c = case.vintages, case.offers, case.capacity
    axes = case.axes("offer", "period")
    leaves = v["last_period"] + 1
    early = v["last_period"] < v["natural"]
    for column, mine, words in (
        ("retired", early, "Devices that are retired are {found}, by vintages {other}"),
        ("expired", ~early, "Devices whose term or life ends are {found}, by vintages {other}"),
    ):
        rows = mine & (leaves < case.T)
        by_vintage = np.zeros((case.O, case.T))
        np.add.at(by_vintage, (v["offer"][rows], leaves[rows]), v["devices"][rows])
        say.equal(column, c[column], by_vintage, axes, words, EXACT)
    say.where(
        "retired early",
        o.is_term[:, None] & (c["retired"] > 0),
        axes,
        "{offer} is a commitment and cannot be retired in period {period}.",
    )
    # Terms end by the clock, whatever the vintages say.
    ends = np.zeros((case.O, case.T + 1))
    offer, when = np.nonzero(c["ordered"])
    np.add.at(ends, (offer, np.minimum(when + (o.lead + o.life)[offer], case.T)), c["ordered"][offer, when])
    a = case.assets
    np.add.at(ends, (a["offer"], np.minimum(a["last"] + 1, case.T)), a["devices"])
    term = o.is_term[:, None]
    say.equal(
        "term",
        c["expired"] * term,
        ends[:, : case.T] * term,
        axes,
        "Terms that end are {found}, by the clock {other}",
        EXACT,
    )
    at_end = v["last_period"] == case.T - 1
    ends_as = np.where(at_end, "horizon", np.where(early, "retired", "expired"))
    fine = (v["ends"] == ends_as) | (at_end & ~early & (v["ends"] == "expired"))
    say.where(
        "ends",
        ~fine,
        case.label(v, "offer", "first_period", "last_period", "ends"),
        "{offer} of period {first_period} is said to end as {ends} after period {last_period}, which is not so.",
    )


def _assets(case: Case, say: Findings) -> None:
    v, a = case.vintages, case.assets
    n = len(case.names["asset"])
    had, first, age, offer = (np.zeros(n + 1) for _ in range(4))
    had[a["asset"]], first[a["asset"]], age[a["asset"]] = a["devices"], a["first"], a["age"]
    offer[a["asset"]] = a["offer"]
    mine = v["asset"] >= 0
    there = np.bincount(v["asset"][mine], v["devices"][mine], n)
    say.equal(
        "assets",
        there,
        had[:n],
        case.axes("asset"),
        "Vintages of the asset hold {found} devices, the asset has {other}",
        EXACT,
    )
    one = case.label(v, "asset", "offer", "first_period", "last_period", "age_months")
    say.where(
        "asset life",
        mine & (v["last_period"] > v["natural"]),
        one,
        "The asset {asset} serves until {last_period}, past its term or life.",
    )
    wrong = (v["first_period"] != first[v["asset"]]) | (v["offer"] != offer[v["asset"]])
    say.where(
        "asset start", mine & wrong, one, "The asset {asset} is not of {offer} or not from period {first_period}."
    )
    wrong = v["age_months"] != np.where(mine, age[v["asset"]], 0)
    say.where("age", wrong, one, "{offer} of period {first_period} was not {age_months} months old then.")
