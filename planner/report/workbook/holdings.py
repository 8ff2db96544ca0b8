"""What is bought, leased and committed, live: payments, resale, depreciation, book values, lease liabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.finance.contracts import LEASE, OPERATING, SERVICE, SHORT_TERM
from planner.finance.depreciation import residual_value, schedule
from planner.finance.lots import CONTRACTS
from planner.finance.policy import AccountingPolicy
from planner.plan.tables import OWNED
from planner.report.workbook.blocks import Block, Param
from planner.report.workbook.expr import (
    Array,
    Before,
    Call,
    Cells,
    Expr,
    HasName,
    Written,
    choose,
    greatest,
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


@dataclass
class Accounts:
    """What goes through profit or loss, and the balances; None where there is nothing of the kind."""

    depreciation: Block
    gain: Block
    closing: Block
    disposals: Block
    fit_out_additions: Block
    fit_out_depreciation: Block
    fit_out_loss: Block
    fit_out_closing: Block
    service: Block
    level: Block
    interest: Block
    amortization: Block
    liability: Block
    tax_cost: Block
    tax_depreciation: Block | None
    tax_gain: Block | None


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
    term = -whole(-((x.offer("term_months", rows) - age) / c["Months_per_period"]))
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


def write_accounts(x: Context, d: Decisions, k: Capacity, own: Owned, con: Contracts) -> Accounts:
    """The sheets NBV and Leases: depreciation, book values, gains; leases and prepaid commitments."""
    nbv = _write_nbv(x, d, k, own)
    leases = _write_leases(x, d, k, con)
    return Accounts(**nbv, **leases)


def _write_nbv(x: Context, d: Decisions, k: Capacity, own: Owned) -> dict[str, Any]:
    a, policy = x.layout, x.layout.books.policy
    s = x.sheet("NBV", "Depreciation and net book value", WORK_TAB, f"Method: {policy.depreciation.replace('_', ' ')}. Opening + additions - depreciation - disposals = closing.")  # fmt: skip
    lots = a.lots.iloc[own.at]
    who = {"Offer": lots["offer"], "Asset": lots["asset"]}
    at = lots["book_row"].to_numpy(int)
    out: dict[str, Block | None] = {}
    share, base, before = _shares(
        x, s, d, own, who, policy, "Depreciation of a period, share of what a lot starts from"
    )
    out |= _roll(x, s, d, own, who, share, base, before, "")
    if policy.tax_depreciation is None:
        out |= {"tax_depreciation": None, "tax_gain": None}
    else:
        share, base, before = _shares(x, s, d, own, who, policy.for_tax(), "Tax return: depreciation, share of what a lot starts from")  # fmt: skip
        tax = _roll(x, s, d, own, who, share, base, before, "Tax return: ")
        out |= {"tax_depreciation": tax["depreciation"], "tax_gain": tax["gain"]}
    assert len(at) == len(own.at)
    return out | _fit_out(x, s, d, k)


def _shares(x, s, d: Decisions, own: Owned, who, policy: AccountingPolicy, title: str):
    """Shares of the starting value by period, the starting value, and the book value before the plan."""
    a, c, t = x.layout, x.c, x.time.number
    lots = a.lots.iloc[own.at]
    at = lots["book_row"].to_numpy(int)
    table = a.books.lots.iloc[at]
    new = sign(d.lots["ordered"].take(own.at))
    cost = d.lots["devices"].take(own.at) * own.purchase["price"]
    book = table["opening_book"].to_numpy(float)
    params = {"opening book value": Param(book, "money")}
    if policy.depreciation == "straight_line" and policy.residual == "zero" and not policy.bonus_share:
        first, last, age = (d.lots[n].take(own.at) for n in ("first", "last", "age"))
        rows = lots["offer_row"].to_numpy(int)
        left = greatest(x.offer("useful_life_months", rows) - age * (c["Whole"] - new), c["Months_per_period"])
        params |= {"life left, months": Param(left, "whole")}

        def straight(b: Block) -> Expr:
            m, life = c["Months_per_period"], b["life left, months"]
            passed = least((t - first + c["Whole"]) * m, life) - least((t - first) * m, life)
            return t.ge(first) * t.le(last) * passed / life

        block = s.block(title, who, "share", straight, params=params, number="share")
    else:
        lost = schedule(a.plan, a.frames, a.books.lots, policy)[at]
        start = np.where(table["ordered_period"] > 0, table["cost"], table["opening_book"]).astype(float)
        shares = np.divide(lost, start[:, None], out=np.zeros_like(lost), where=start[:, None] > 0)
        assert residual_value(table, policy).min(initial=0.0) >= 0
        block = s.block(title, who, "share", shares, params=params, number="share", help="As the planner schedules it")
    return block, choose(new, cost, block["opening book value"]), choose(new, c["Nothing"], block["opening book value"])


def _roll(x, s, d: Decisions, own: Owned, who, share: Block, base: Expr, before: Expr, prefix: str):
    """Depreciation, disposals, closing book value and gain of each lot."""
    c, t = x.c, x.time.number
    sold = least(d.lots["last"].take(own.at) + c["Whole"], c["Periods"])
    dep = s.block(f"{prefix}Depreciation", who, "money", lambda b: share.cells * b["starts from"], params={"starts from": Param(base, "money")}, sums=True)  # fmt: skip
    closing = s.block(
        f"{prefix}Net book value at the end of the period", who, "money",
        lambda b: (b.previous + own.purchase.cells - dep.cells) * t.lt(sold), before=before, total="none", sums=True,
    )  # fmt: skip
    opening = Before(closing.cells, np.zeros(len(closing.rows)) if closing.before_ is None else closing.before_)
    disposals = s.block(
        f"{prefix}Book value of what is sold", who, "money",
        lambda b: t.eq(sold) * (opening + own.purchase.cells - dep.cells), sums=True,
    )  # fmt: skip
    gain = s.block(f"{prefix}Gain on sale: proceeds less book value", who, "money", lambda b: own.resale.cells - disposals.cells, sums=True)  # fmt: skip
    return {"depreciation": dep, "closing": closing, "disposals": disposals, "gain": gain}


def _fit_out(x: Context, s, d: Decisions, k: Capacity) -> dict[str, Block | None]:
    """Site fit-outs: straight line over their life, written off when the site closes."""
    c, o = x.c, x.layout.open_sites
    who = {"Site": o["site"]}
    costs = x.site("opening_cost", o["site_row"].to_numpy(int))
    additions = s.block("Site fit-out: additions", who, "money", lambda b: k.opened.cells * b["opening cost"], params={"opening cost": Param(costs, "money")}, sums=True)  # fmt: skip
    gross = s.block(
        "Site fit-out: cost of what is in use", who, "money",
        lambda b: additions.cells + b.previous * d.open.cells * (c["Whole"] - k.opened.cells), total="none",
    )  # fmt: skip
    per_month = c["Months_per_period"] / greatest(c["Site_life_months"], c["Months_per_period"])
    closing = s.block(
        "Site fit-out: net book value at the end of the period", who, "money",
        lambda b: _after(b.previous * d.open.cells * (c["Whole"] - k.opened.cells) + additions.cells, gross.cells * per_month),
        total="none", sums=True,
    )  # fmt: skip
    opening = Before(closing.cells, np.zeros(len(closing.rows)))
    kept = opening * d.open.cells * (c["Whole"] - k.opened.cells)
    dep = s.block("Site fit-out: depreciation", who, "money", lambda b: kept + additions.cells - closing.cells, sums=True)  # fmt: skip
    loss = s.block("Site fit-out: written off when a site closes", who, "money", lambda b: opening - kept, sums=True)
    return {
        "fit_out_additions": additions,
        "fit_out_depreciation": dep,
        "fit_out_loss": loss,
        "fit_out_closing": closing,
    }


def _after(value: Expr, lost: Expr) -> Expr:
    """What is left of a value when an amount is lost, at least nothing."""
    return value - least(value, lost)


def _write_leases(x: Context, d: Decisions, k: Capacity, con: Contracts) -> dict[str, Block]:
    a, policy = x.layout, x.layout.books.policy
    names = {"ifrs16": "IFRS 16", "asc842_finance": "ASC 842, finance", "asc842_operating": "ASC 842, operating"}
    s = x.sheet("Leases", "Leases and prepaid commitments", WORK_TAB, f"Standard: {names.get(policy.lease_standard, 'expensed as paid')}. Opening + additions + interest - payments = closing.")  # fmt: skip
    lots = a.lots.iloc[con.at].reset_index(drop=True)
    book = a.books.contracts.contracts.frame["opening_book"].to_numpy(float)[lots["book_row"].to_numpy(int)]

    def some(*kinds: str) -> Rows:
        at = np.flatnonzero(np.isin(con.kind.astype(str), kinds))
        return Rows(x, d, k, con, lots, at, book[at])

    r = some(SERVICE)
    service = s.block(
        "Service contracts: cost of the period", r.who, "money",
        lambda b: r.hourly + r.runs * b["prepaid"] / r.term, params={"prepaid": Param(r.upfront + r.opening(s), "money")}, sums=True,
        help="By the hour, and what was paid upfront evenly over the term",
    )  # fmt: skip
    r2 = some(SHORT_TERM)
    debt = some(LEASE, OPERATING)
    liability, interest = _liability(x, s, debt)
    r3 = some(LEASE)
    rights = np.flatnonzero(np.isin(con.kind.astype(str)[debt.at], (LEASE,)))
    amortization = s.block(
        "Right of use: amortization", r3.who, "money", lambda b: r3.runs * b["right of use"] / r3.term,
        params={"right of use": Param(_right(liability, rights, r3, s), "money")}, sums=True,
    )  # fmt: skip
    finance = s.block("Interest of finance leases", r3.who, "money", lambda b: interest.cells.take(rights), sums=True)
    level = _level(x, s, r2, some(OPERATING), liability, debt, con)
    everything = some(SERVICE, SHORT_TERM, LEASE, OPERATING)
    off = np.isin(con.kind.astype(str)[everything.at], (SERVICE, SHORT_TERM))
    tax_cost = s.block(
        "Tax return: deducted for commitments and leases", everything.who, "money",
        lambda b: everything.hourly + everything.runs * b["upfront"] / everything.term,
        params={"upfront": Param(everything.upfront + everything.opening(s, off), "money")}, sums=True,
    )  # fmt: skip
    return {
        "service": service,
        "level": level,
        "interest": finance,
        "amortization": amortization,
        "liability": liability,
        "tax_cost": tax_cost,
    }


@dataclass
class Rows:
    """Some of the contracts: expressions by row."""

    x: Context
    d: Decisions
    k: Capacity
    con: Contracts
    lots: pd.DataFrame
    at: Array
    book: Array

    @property
    def who(self) -> dict[str, pd.Series]:
        """Labels."""
        f = self.lots.iloc[self.at]
        return {"Offer": f["offer"], "How": f["pricing"], "Asset": f["asset"]}

    @property
    def hourly(self) -> Cells:
        """Payments by the hour."""
        return self.con.hourly.cells.take(self.at)

    @property
    def term(self) -> Expr:
        """Periods of the term from the first in service."""
        return self.con.hourly["term, periods"].take(self.at)

    @property
    def upfront(self) -> Expr:
        """The upfront payment."""
        return self.con.upfront["upfront"].take(self.at)

    @property
    def first(self) -> Expr:
        """First period in service."""
        return self.d.lots["first"].take(self.con.at[self.at])

    @property
    def ordered(self) -> Expr:
        """Period of the order, 0 for what was there."""
        return self.d.lots["ordered"].take(self.con.at[self.at])

    @property
    def runs(self) -> Expr:
        """1 while in service."""
        first = self.first
        return self.x.time.number.ge(first) * self.x.time.number.lt(first + self.term)

    @property
    def payment(self) -> Expr:
        """What a whole period pays."""
        devices = self.d.lots["devices"].take(self.con.at[self.at])
        return devices * self.con.hourly["price"].take(self.at) * self.x.c["Hours_per_period"]

    def opening(self, s: object, which: Array | None = None) -> Expr:
        """Book value before the plan, from the table of assets, of the rows in `which`."""
        f = self.lots.iloc[self.at]
        assets = self.x.inputs["assets"]
        known = pd.Series(np.arange(len(assets.frame)), index=assets.frame["asset"].to_numpy(object))
        rows = known.reindex(f["asset"].to_numpy(object)).fillna(-1).to_numpy(int)
        if which is not None:
            rows = np.where(which, rows, -1)
        return assets.figure("book_value", rows)


def _liability(x: Context, s, r: Rows) -> tuple[Block, Block]:
    """Lease liability: what is added when a lease begins, interest and closing balance."""
    c, t = x.c, x.time.number
    rate, ahead = c["Lease_rate_per_period"], c["Leases_paid_in_advance"]
    n = r.term.value
    begun = r.payment.value * _annuity(float(rate.value[0, 0]), n, float(ahead.value[0, 0]))
    worth = Call("PV", [rate, r.term, -r.payment, None, ahead], begun)
    new = sign(r.ordered)
    first = r.first
    before = Written(lambda row, home: f"IF({new.text(row, home)},Nothing,{worth.text(row, home)})", np.where(new.value != 0, 0.0, begun))  # fmt: skip
    later = first.gt(c["Whole"])  # what was there and has not begun yet comes in when it does
    old = before * (c["Whole"] - later)

    def closing(b: Block) -> Expr:
        had = b.previous + t.eq(first) * (new + (c["Whole"] - new) * later) * b["at commencement"]
        return had + (had - ahead * r.hourly) * rate - r.hourly

    balance = s.block(
        "Lease liability at the end of the period", r.who, "money", closing,
        params={"at commencement": Param(worth, "money")}, before=old, total="none", sums=True,
    )  # fmt: skip
    had = Before(balance.cells, np.zeros(len(balance.rows)) if balance.before_ is None else balance.before_)
    added = t.eq(first) * (new + (c["Whole"] - new) * later) * balance["at commencement"]
    interest = s.block(
        "Interest on the lease liability", r.who, "money", lambda b: (had + added - ahead * r.hourly) * rate, sums=True
    )
    return balance, interest


def _annuity(rate: float, n: Array, ahead: float) -> Array:
    """Present value of 1 a period, `n` times, as the function PV has it."""
    if rate == 0:
        return n.astype(float)
    return (1 - (1 + rate) ** -n) / rate * (1 + rate * ahead)


def _right(liability: Block, rows: Array, r: Rows, s: object) -> Expr:
    """Right of use at commencement: the liability and what was paid before; book value where there is one."""
    begun = liability["at commencement"].take(rows) + r.upfront
    book = r.opening(s)
    later = r.first.gt(r.x.c["Whole"])
    return choose(later, begun + book, choose(book, book, begun))


def _level(x: Context, s, short: Rows, operating: Rows, liability: Block, debt: Rows, con: Contracts) -> Block:
    """Short-term and operating leases: one even cost of all payments over the term."""
    kinds = np.concatenate([short.at, operating.at])
    r = Rows(x, short.d, short.k, con, short.lots, kinds, np.concatenate([short.book, operating.book]))
    total = r.payment * r.term + r.upfront
    at = np.flatnonzero(np.isin(con.kind.astype(str)[debt.at], (OPERATING,)))
    begun = liability["at commencement"].take(at)
    book = r.opening(s)
    k = len(short.at)

    def extra(row: int, home: HasName) -> str:
        b = book.text(row, home)
        return b if row < k else f"IF({b},{b}-{begun.text(row - k, home)},Nothing)"

    late = np.where(book.value[k:] != 0, book.value[k:] - begun.value, 0.0)
    more = Written(extra, np.vstack([book.value[:k], late]))
    return s.block(
        "Short-term and operating leases: cost of the period", r.who, "money",
        lambda b: r.runs * b["all payments"] / r.term, params={"all payments": Param(total + more, "money")}, sums=True,
    )  # fmt: skip
