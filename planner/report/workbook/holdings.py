"""What is bought, leased and committed, live: payments and resale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.finance.lots import CONTRACTS
from planner.plan.tables import OWNED
from planner.report.workbook.blocks import Block, Param
from planner.report.workbook.expr import (
    Array,
    Call,
    Expr,
    choose,
    least,
    sign,
    whole,
)
from planner.report.workbook.workings import WORK_TAB, Capacity, Context, Decisions, Prices


@dataclass
class Owned:
    """Owned lots, rows `at` of `layout.lots`."""

    at: Array
    purchase: Block
    resale: Block


@dataclass
class Contracts:
    """Commitments and leases, rows `at` of `layout.lots`; `kind` says how each is accounted for."""

    at: Array
    kind: Array
    hourly: Block
    upfront: Block


def _price_at(x: Context, p: Prices, offer_rows: Array, period: Expr, new: Expr, base: Expr) -> Expr:
    """The offer's price in a period for what is new, the base price for what was there before the plan."""
    row = x.book.line(p.unit.cells.take(offer_rows))
    axis = x.book.axis(x.time.number)
    return choose(new, x.book.product(Call("", [axis.eq(period)], (axis.value == period.value) * 1.0), row), base)


def write_contracts(x: Context, d: Decisions, k: Capacity, p: Prices) -> Contracts:
    """The sheet Contracts: what commitments and leases pay by the hour and upfront."""
    s = x.sheet("Contracts", "Commitments and leases: payments", WORK_TAB, "The price of the first period in service holds to the end of the term.")  # fmt: skip
    a, c, t = x.layout, x.c, x.time.number
    at = np.flatnonzero(a.lots["pricing"].isin(CONTRACTS).to_numpy())
    lots = a.lots.iloc[at]
    rows = lots["offer_row"].to_numpy(int)
    first, ordered = d.lots["first"].take(at), d.lots["ordered"].take(at)
    devices, age = d.lots["devices"].take(at), d.lots["age"].take(at)
    who = {"Offer": lots["offer"], "How": lots["pricing"], "Asset": lots["asset"]}
    term = periods_of(x, x.offer("term_months", rows), age)
    hourly = s.block(
        "Paid by the hour", who, "money",
        lambda b: k.lots.cells.take(at) * b["price"] * c["Hours_per_period"],
        params={
            "price": Param(_price_at(x, p, rows, first, sign(ordered), p.unit["base price"].take(rows))),
            "term, periods": Param(term, "whole"),
        },
        sums=True,
    )  # fmt: skip
    upfront = s.block(
        "Paid upfront, less the credit for the term beyond the horizon", who, "money",
        lambda b: b["upfront"] * (t.eq(first) - t.eq(c["Periods"]) * b["beyond"] / hourly["term, periods"]),
        params={
            "upfront": Param(devices * x.offer("upfront_price", rows) * sign(ordered), "money"),
            "beyond": Param(_beyond(first + hourly["term, periods"] - c["Whole"], c["Periods"]), "whole"),
        },
        sums=True,
    )  # fmt: skip
    books = a.books.contracts
    return Contracts(at, books.kind[lots["book_row"].to_numpy(int)], hourly, upfront)


def periods_of(x: Context, months: Expr, age: Expr) -> Expr:
    """Whole periods that cover what is left of some months after an age in months, rounded up."""
    return -whole(-((months - age) / x.c["Months_per_period"]))


def _beyond(last: Expr, periods: Expr) -> Expr:
    """Periods after the horizon: last - periods where that is above 0."""
    return last.gt(periods) * (last - periods)


def write_owned(x: Context, d: Decisions, p: Prices) -> Owned:
    """The sheet Owned: purchases when ordered, sales at market value when devices leave."""
    s = x.sheet("Owned", "Owned devices: purchase and sale", WORK_TAB, "Paid when ordered; sold at market value in the period after the last in service, or at the end of the plan.")  # fmt: skip
    a, c, t = x.layout, x.c, x.time.number
    at = np.flatnonzero((a.lots["pricing"] == OWNED).to_numpy())
    lots = a.lots.iloc[at]
    rows = lots["offer_row"].to_numpy(int)
    ordered, first, last = (d.lots[n].take(at) for n in ("ordered", "first", "last"))
    devices, age = d.lots["devices"].take(at), d.lots["age"].take(at)
    who = {"Offer": lots["offer"], "How": lots["pricing"], "Asset": lots["asset"]}
    purchase = s.block(
        "Purchases", who, "money", lambda b: devices * b["price"] * t.eq(ordered),
        params={"price": Param(_price_at(x, p, rows, ordered, sign(ordered), p.unit["base price"].take(rows)), "money")},
        sums=True,
    )  # fmt: skip
    offers = x.inputs["offers"]
    months = age + (last - first + c["Whole"]) * c["Months_per_period"]
    life = x.offer("useful_life_months", rows)
    loss = x.offer("annual_value_loss", rows)

    def share(b: Block) -> Expr:
        line = b["months"].lt(b["life"]) * (c["Whole"] - b["months"] / b["life"])
        falling = (c["Whole"] - b["loss a year"]) ** (b["months"] / c["Months_per_year"])
        return offers.if_blank("annual_value_loss", rows, line, falling)

    resale = s.block(
        "Sales", who, "money",
        lambda b: devices * purchase["price"] * share(b) * t.eq(least(last + c["Whole"], c["Periods"])),
        params={"months": Param(months, "whole"), "life": Param(life, "whole"), "loss a year": Param(loss, "share")},
        sums=True, help="Price paid x (1 - loss a year) ^ years in service, or straight line over the life where no loss is given",
    )  # fmt: skip
    return Owned(at, purchase, resale)
