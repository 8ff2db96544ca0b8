"""The sheet Leases, live: lease liabilities, rights of use, prepaid commitments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.finance.contracts import LEASE, OPERATING, SERVICE, SHORT_TERM
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
    sign,
)
from planner.report.workbook.holdings import Contracts
from planner.report.workbook.sheet import TimeSheet
from planner.report.workbook.workings import WORK_TAB, Capacity, Context, Decisions


def write_leases(x: Context, d: Decisions, k: Capacity, con: Contracts) -> dict[str, Any]:
    """The sheet Leases: service contracts, lease liabilities, rights of use, and what the tax return deducts."""
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
    r4 = some(OPERATING)
    level = _level(x, s, r2, r4, liability, debt, con)
    short = np.arange(len(r2.at))
    even = np.flatnonzero(np.isin(con.kind.astype(str)[debt.at], (OPERATING,)))
    held = [
        _held(x, s, "finance", r3, _right(liability, rights, r3, s), amortization.cells),
        _held(
            x,
            s,
            "operating",
            r4,
            _right(liability, even, r4, s),
            level.cells.take(np.arange(len(r4.at)) + len(short)) - interest.cells.take(even),
        ),
    ]
    prepaid = [
        _prepaid(x, s, "service contracts", r, service.cells),
        _prepaid(x, s, "short-term leases", r2, level.cells.take(short)),
        _waiting(x, s, debt),
    ]  # fmt: skip
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
        "right_of_use": held,
        "prepaid": prepaid,
    }


def _commenced(r: Rows) -> Expr:
    """1 in the period in which a lease comes onto the books: new ones, and old ones that begin later."""
    c, t = r.x.c, r.x.time.number
    new, later = sign(r.ordered), r.first.gt(c["Whole"])
    return t.eq(r.first) * (new + (c["Whole"] - new) * later)


def _held(x: Context, s: TimeSheet, kind: str, r: Rows, right: Expr, taken: Expr) -> Block:
    """Right of use on the books: opening + what commences - what the period takes, less the credit at the end."""
    c, t = x.c, x.time.number
    upfront = r.con.upfront
    credit = upfront.cells.take(r.at) - r.upfront * t.eq(r.first)
    runs = (c["Whole"] - sign(r.ordered)) * (c["Whole"] - r.first.gt(c["Whole"]))
    return s.block(
        f"Right of use at the end of the period, {kind} leases", r.who, "money",
        lambda b: b.previous + _commenced(r) * b["right of use"] - taken + credit,
        params={"right of use": Param(right, "money")}, before=runs * right, total="none", sums=True,
    )  # fmt: skip


def _prepaid(x: Context, s: TimeSheet, kind: str, r: Rows, cost: Expr) -> Block:
    """Paid ahead and not expensed yet: opening + paid - expensed."""
    return s.block(
        f"Prepaid at the end of the period, {kind}", r.who, "money",
        lambda b: b.previous + r.hourly + r.con.upfront.cells.take(r.at) - cost,
        before=r.opening(s), total="none", sums=True,
    )  # fmt: skip


def _waiting(x: Context, s: TimeSheet, r: Rows) -> Block:
    """Paid for leases that were there before the plan and begin during it, until they do."""
    waits = (x.c["Whole"] - sign(r.ordered)) * r.first.gt(x.c["Whole"])
    return s.block(
        "Prepaid at the end of the period, leases that have not begun", r.who, "money",
        lambda b: b.previous * x.time.number.lt(r.first), before=waits * r.opening(s), total="none", sums=True,
    )  # fmt: skip


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


def _liability(x: Context, s: TimeSheet, r: Rows) -> tuple[Block, Block]:
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


def _level(
    x: Context, s: TimeSheet, short: Rows, operating: Rows, liability: Block, debt: Rows, con: Contracts
) -> Block:
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
