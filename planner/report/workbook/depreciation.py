"""Depreciation of owned lots, live: what part of its starting value each loses in each period.

The methods are those of `planner.finance.depreciation`, said as formulas: straight line, declining balance that
turns to straight line, units of production, MACRS; with residual value and bonus.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.finance.lots import HORIZON
from planner.finance.policy import AccountingPolicy
from planner.report.workbook.blocks import Block, Param
from planner.report.workbook.expr import Before, Expr, HasName, Written, choose, greatest, least, ratio, sign
from planner.report.workbook.holdings import Owned
from planner.report.workbook.inputs import positions
from planner.report.workbook.macrs import Lots, write_macrs
from planner.report.workbook.sheet import TimeSheet
from planner.report.workbook.workings import Capacity, Context, Decisions

Labels = dict[str, pd.Series]


@dataclass
class Basis:
    """What depreciation works on: `facts` of each lot, and its share by period of what the lot starts from."""

    facts: Block
    shares: Block
    starts_from: Expr
    before: Expr
    """Book value before the plan; nothing of what is bought during it."""


def write_basis(
    x: Context,
    s: TimeSheet,
    d: Decisions,
    k: Capacity,
    own: Owned,
    who: Labels,
    policy: AccountingPolicy,
    prefix: str,
    fit_out: Block,
) -> Basis:
    """Lay out the facts and the shares under a policy; `prefix` comes before the titles ("Tax return: ").

    `fit_out` are the additions of site fit-outs, which count for the convention of MACRS.
    """
    c = x.c
    lots = x.layout.lots.iloc[own.at]
    table = x.layout.books.lots.iloc[lots["book_row"].to_numpy(int)]
    rows = lots["offer_row"].to_numpy(int)
    new = sign(d.lots["ordered"].take(own.at))
    first, last, age = (d.lots[n].take(own.at) for n in ("first", "last", "age"))
    left = greatest(x.offer("useful_life_months", rows) - age * (c["Whole"] - new), c["Nothing"])
    cost = d.lots["devices"].take(own.at) * own.purchase["price"]
    # An asset's residual stops at its book value; MACRS knows none.
    kept = c["Nothing"] if policy.depreciation == "macrs" else _residual(x, policy, rows)
    facts = s.block(
        f"{prefix}What lots start from", who, "", params={
            "opening book value": Param(_opening_book(x, d, own, lots["asset"]), "money"),
            "first in service": Param(first, "whole"),
            "last in service": Param(last, "whole"),
            "life left, months": Param(left, "whole"),
            "opening residual": Param(lambda b: (c["Whole"] - new) * least(kept * cost, b["opening book value"]), "money"),
        },
    )  # fmt: skip
    book = facts["opening book value"]
    starts_from, before = choose(new, cost, book), choose(new, c["Nothing"], book)
    bonus = c["Tax_bonus_share" if prefix else "Bonus_share"] * new
    if policy.depreciation == "macrs":
        ends = (table["ends"] == HORIZON).to_numpy()
        bought = cost * new
        lots_ = Lots(who, new, facts["first in service"], facts["last in service"], age, bought, bonus, ends)
        taken, at_once = write_macrs(x, s, lots_, policy, prefix, fit_out)
        t = x.time.number
        begins = t.eq(facts["first in service"]) * t.le(facts["last in service"])
        shares = s.block(
            f"{prefix}Depreciation of a period, share of what a lot starts from", who, "share",
            lambda b: (c["Whole"] - at_once) * taken + at_once * begins, number="share",
        )  # fmt: skip
    else:
        residual = choose(new, _residual(x, policy, rows), ratio(facts["opening residual"], book))
        shares = _Shares(x, s, d, k, own, who, policy, prefix, facts, residual, bonus).write()
    return Basis(facts, shares, starts_from, before)


def _opening_book(x: Context, d: Decisions, own: Owned, names: pd.Series) -> Expr:
    """Each lot's part of its asset's book value, by devices; nothing for what the plan orders."""
    assets, devices = x.inputs["assets"], d.lots["devices"].take(own.at)
    rows = positions(names, assets.frame["asset"])
    mates = [np.flatnonzero(rows == r) if r >= 0 else np.zeros(0, dtype=int) for r in rows.tolist()]
    whole = np.array([devices.value[g, 0].sum() for g in mates]).reshape(-1, 1)

    def write(row: int, home: HasName) -> str:
        return "+".join(devices.text(int(i), home) for i in mates[row]) or "Nothing"

    part = assets.figure("book_value", rows) * ratio(devices, Written(write, whole, 4))
    return Written(lambda row, home: part.text(row, home) if rows[row] >= 0 else "Nothing", part.value, part.strength)


def _residual(x: Context, policy: AccountingPolicy, rows: np.ndarray) -> Expr:
    """Where the depreciation of a new lot stops, as a share of its cost."""
    c = x.c
    if policy.residual == "zero":
        return c["Nothing"]
    if policy.residual == "share":
        return c["Residual_share"]
    kept = c["Whole"] - x.offer("annual_value_loss", rows)
    market = kept ** (x.offer("useful_life_months", rows) / c["Months_per_year"])
    return x.inputs["offers"].if_blank("annual_value_loss", rows, c["Nothing"], least(market, c["Whole"]))


@dataclass
class _Shares:
    """The parts that the methods share."""

    x: Context
    s: TimeSheet
    d: Decisions
    k: Capacity
    own: Owned
    who: Labels
    policy: AccountingPolicy
    prefix: str
    facts: Block
    residual: Expr
    bonus: Expr

    def write(self) -> Block:
        """The block of shares under the policy's method."""
        c, t = self.x.c, self.x.time.number
        first, last = self.facts["first in service"], self.facts["last in service"]
        life = greatest(self.facts["life left, months"], c["Months_per_period"])

        def passed(b: Block) -> Expr:
            m = c["Months_per_period"]
            months = least((t - first + c["Whole"]) * m, life) - least((t - first) * m, life)
            return t.ge(first) * t.le(last) * months

        self.months = self.s.block(
            f"{self.prefix}Months of useful life that pass", self.who, "months", passed, number="whole",
            params={
                "residual, share": Param(self.residual, "share"),
                "bonus, share": Param(lambda b: least(self.bonus, c["Whole"] - b["residual, share"]), "share"),
                "written down, share": Param(lambda b: c["Whole"] - b["residual, share"] - b["bonus, share"], "share"),
            },
        )  # fmt: skip
        self.life = life
        at_once = self.months["bonus, share"] * t.eq(first) * t.le(last)
        method = {
            "straight_line": self.straight_line,
            "declining_balance": self.declining_balance,
            "units_of_production": self.units_of_production,
        }[self.policy.depreciation]
        part = method()
        return self.s.block(
            f"{self.prefix}Depreciation of a period, share of what a lot starts from", self.who, "share",
            lambda b: part + at_once, number="share",
        )  # fmt: skip

    def straight_line(self) -> Expr:
        """Months that pass of the months of life."""
        return self.months["written down, share"] * self.months.cells / self.life

    def declining_balance(self) -> Expr:
        """Factor / life of what is left, or the rest evenly where that is more (the spreadsheet's VDB)."""
        c, t = self.x.c, self.x.time.number
        here, stop = self.months.cells, self.months["residual, share"]
        gone = least((t - self.facts["first in service"]) * c["Months_per_period"], self.life)
        start = c["Whole"] - self.months["bonus, share"]

        def left(b: Block) -> Expr:
            had = b.previous
            falling = had * least(c["Declining_factor"] * here / self.life, c["Whole"])
            level = ratio((had - stop) * here, self.life - gone)
            return had - sign(here) * least(greatest(falling, level), greatest(had - stop, c["Nothing"]))

        rest = self.s.block(
            f"{self.prefix}Not written down yet, share of what a lot starts from", self.who, "share", left,
            before=start, number="share", total="none",
        )  # fmt: skip
        return Before(rest.cells, np.zeros(len(rest.rows)) if rest.before_ is None else rest.before_) - rest.cells

    def units_of_production(self) -> Expr:
        """Hours worked of the hours expected over the life, until all are worked."""
        x, c, k = self.x, self.x.c, self.k
        offers = x.layout.lots.iloc[self.own.at]["offer_row"].to_numpy(int)
        used = _rows_of(k.used, k.offers, offers)
        held = pd.Series(np.arange(len(x.layout.held)), index=x.layout.held["offer_row"])
        there = k.held.cells.take(held.reindex(offers).to_numpy(int))
        hours = k.lots.cells.take(self.own.at) * ratio(used, there)
        if self.policy.expected_utilization is None:
            whole = _rows_of(k.used, k.offers, offers, x)
            rate = ratio(whole, x.book.over(there) * c["Hours_per_period"])
        else:
            rate = c["Expected_utilization"]
        devices = self.d.lots["devices"].take(self.own.at)

        def so_far(b: Block) -> Expr:
            part = sign(self.months.cells) * ratio(hours, b["hours expected"])
            return least(b.previous + part, c["Whole"])

        worked = self.s.block(
            f"{self.prefix}Hours worked so far, share of those expected", self.who, "share", so_far,
            params={"hours expected": Param(rate * self.facts["life left, months"] * c["Hours_per_month"] * devices, "amount")},
            number="share", total="none",
        )  # fmt: skip
        return self.months["written down, share"] * (worked.cells - Before(worked.cells, np.zeros(len(worked.rows))))


def _rows_of(used: Block, have: np.ndarray, wanted: np.ndarray, x: Context | None = None) -> Expr:
    """Rows of a block by offer, nothing for an offer that has none; with `x` their sums over the periods."""
    at = pd.Series(np.arange(len(have)), index=have).reindex(wanted).fillna(-1).to_numpy(int)
    source: Expr = used.cells if x is None else x.book.over(used.cells)
    value = np.vstack([source.value, np.zeros((1, source.value.shape[1]))])[at]

    def write(row: int, home: HasName) -> str:
        return "Nothing" if at[row] < 0 else source.text(int(at[row]), home)

    return Written(write, value)
