"""The books of commitments and leases by period of the plan: prepaid terms, leases, what is still to be paid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.finance import leases
from planner.finance.lots import Contracts
from planner.finance.policy import AccountingPolicy
from planner.plan.plan import Plan

Array = np.ndarray
SERVICE, LEASE, OPERATING, SHORT_TERM = "service", "lease", "operating lease", "short-term lease"

_PATTERNS: dict[str, leases.Pattern] = {LEASE: "finance", OPERATING: "operating", SHORT_TERM: "straight_line"}


@dataclass(frozen=True)
class ContractBooks:
    """Contracts by period of the plan; matrices of shape (contracts, periods).

    kind: how each contract is accounted for. paid is cash (hourly and upfront, less the credit). What goes
    through profit or loss is service_cost, amortization, interest and level_cost, each for its kind. Closing
    balances: prepaid, right_of_use, liability; those before period 1 are `*_before` (contracts,).
    """

    contracts: Contracts
    kind: Array
    paid: Array
    service_cost: Array
    amortization: Array
    interest: Array
    level_cost: Array
    tax_cost: Array
    """What the tax return deducts: payments by the hour as paid, the upfront payment evenly over the term."""
    prepaid: Array
    right_of_use: Array
    liability: Array
    prepaid_before: Array
    right_of_use_before: Array
    liability_before: Array

    @property
    def expense(self) -> Array:
        """All that goes through profit or loss, shape (contracts, periods)."""
        return self.service_cost + self.amortization + self.interest + self.level_cost


def period_rate(annual: float, months: int) -> float:
    """The effective rate of one period: (1 + annual) ** (months / 12) - 1."""
    return float((1.0 + annual) ** (months / 12) - 1.0)


def contract_books(plan: Plan, contracts: Contracts, policy: AccountingPolicy) -> ContractBooks:
    """Account for every commitment and lease under the policy.

    The upfront payment of a service contract is prepaid and expensed evenly over the term. What the plan gets
    credited at its end for the part of the term beyond the horizon settles the prepaid asset (for a lease: that
    part of the right of use), so that it never goes through profit or loss.
    """
    f, x = contracts.frame, plan.settings
    n, periods = len(f), x.periods
    first, until = f["first_period"].to_numpy(int), f["last_period"].to_numpy(int)
    terms = np.maximum(until - first + 1, 0)
    is_lease = f["pricing"].isin(policy.lease_pricings).to_numpy() & (policy.lease_standard != "none")
    short = f["term_months"].to_numpy(int) <= policy.short_term_months
    on_books = OPERATING if policy.lease_standard == "asc842_operating" else LEASE
    kind = np.where(is_lease, np.where(short, SHORT_TERM, on_books), SERVICE).astype(object)

    t = np.arange(1, periods + 1)[None, :]
    runs = (t >= first[:, None]) & (t <= until[:, None])
    hourly = contracts.payments[:, :periods]
    upfront, credit, book = (f[c].to_numpy(float) for c in ("upfront", "credit", "opening_book"))
    paid = hourly + upfront[:, None] * (t == first[:, None]) - credit[:, None] * (t == periods)
    off_books = np.isin(kind, (SERVICE, SHORT_TERM))
    spread = runs * ((upfront + np.where(off_books, book, 0.0)) / np.maximum(terms, 1))[:, None]
    nothing = np.zeros((n, periods))
    fields = {name: nothing.copy() for name in ("amortization", "interest", "level_cost", "right_of_use", "liability")}
    right_before, debt_before = np.zeros(n), np.zeros(n)
    rate = period_rate(x.discount_rate if policy.lease_rate is None else policy.lease_rate, x.months_per_period)
    relative = _from_commencement(contracts.payments, first, terms)
    old = f["ordered_period"].to_numpy(int) == 0
    later = old & (first > 1)
    for name, pattern in _PATTERNS.items():
        at = np.flatnonzero(kind == name)
        if not len(at):
            continue
        pay = relative[at]
        extra = upfront[at]
        if name != SHORT_TERM:
            # A lease that runs goes on from its book value where the plan has one; for one that begins later
            # the book value is what was paid before it does.
            debt = leases.liability(pay, rate, policy.lease_timing)[2]
            begun = debt + (pay[:, 0] if policy.lease_timing == "start" else 0.0)
            known = np.where(later[at], book[at], np.where(book[at] > 0, book[at] - begun, 0.0))
            extra = extra + known
        else:
            extra = extra + book[at]
        s = leases.schedule(pay, terms[at], extra, rate, policy.lease_timing, pattern)
        for field in fields:
            fields[field][at] = _to_plan(getattr(s, field), first[at], periods)
        if name != SHORT_TERM:
            runs_now = old[at] & ~later[at]
            right_before[at] = np.where(runs_now, s.right_of_use_opening, 0.0)
            paid_at_once = pay[:, 0] if policy.lease_timing == "start" else 0.0
            debt_before[at] = np.where(runs_now, s.liability_opening + paid_at_once, 0.0)
    fields["right_of_use"][:, -1] -= np.where(np.isin(kind, (LEASE, OPERATING)), credit, 0.0)
    service = (kind == SERVICE)[:, None]
    service_cost = np.where(service, hourly + spread, 0.0)
    waits = (later & ~off_books)[:, None] & (t < first[:, None])
    before = np.where(off_books | later, book, 0.0)
    expensed = service_cost + np.where((kind == SHORT_TERM)[:, None], fields["level_cost"], 0.0)
    prepaid = np.where(off_books[:, None], before[:, None] + np.cumsum(paid - expensed, axis=1), waits * book[:, None])
    return ContractBooks(
        contracts,
        kind,
        paid,
        service_cost,
        **fields,
        tax_cost=hourly + spread,
        prepaid=np.where(np.abs(prepaid) < 1e-6, 0.0, prepaid),
        prepaid_before=before,
        right_of_use_before=right_before,
        liability_before=debt_before,
    )


def _from_commencement(payments: Array, first: Array, terms: Array) -> Array:
    """Payments by period of each contract's own term, shape (contracts, longest term)."""
    n = len(first)
    width = max(int(terms.max(initial=1)), 1)
    at = first[:, None] - 1 + np.arange(width)[None, :]
    inside = np.arange(width)[None, :] < terms[:, None]
    padded = np.hstack([payments, np.zeros((n, 1))])
    at = np.minimum(at, padded.shape[1] - 1)
    return np.where(inside, np.take_along_axis(padded, at, axis=1), 0.0)


def _to_plan(relative: Array, first: Array, periods: int) -> Array:
    """The inverse: a matrix by period of the term laid out by period of the plan, cut at the horizon."""
    n, width = relative.shape
    at = np.arange(periods)[None, :] - (first[:, None] - 1)
    padded = np.hstack([relative, np.zeros((n, 1))])
    return np.take_along_axis(padded, np.where((at >= 0) & (at < width), at, width), axis=1)


def commitments(plan: Plan, contracts: Contracts) -> pd.DataFrame:
    """What is owed under contract: one row for each contract and period due.

    Columns: contract, offer, site, pricing, asset, contracted_period (0: before the plan), due_period (may lie
    beyond the horizon: then `beyond` is true), due_year (plan year), upfront, hourly, amount. Undiscounted; what the plan gets
    credited at its end is not taken off, because the contract goes on.
    """
    f, x = contracts.frame, plan.settings
    n, width = contracts.payments.shape
    long = f[["contract", "offer", "site", "pricing", "asset", "ordered_period", "first_period", "upfront"]]
    long = long.loc[long.index.repeat(width)].reset_index(drop=True)
    long["due_period"] = np.tile(np.arange(1, width + 1), n)
    long["hourly"] = contracts.payments.ravel()
    long["upfront"] = np.where(long["due_period"] == long["first_period"], long["upfront"], 0.0)
    long["amount"] = long["hourly"] + long["upfront"]
    long["due_year"] = (long["due_period"] - 1) * x.months_per_period // 12 + 1
    long["beyond"] = long["due_period"] > x.periods
    long = long.rename(columns={"ordered_period": "contracted_period"}).drop(columns="first_period")
    return long[long["amount"] != 0].reset_index(drop=True)


def outstanding(owed: pd.DataFrame, periods: int) -> pd.DataFrame:
    """Commitments outstanding by period: opening, contracted, paid, closing; closing = opening + contracted - paid."""
    t = pd.RangeIndex(1, periods + 1)
    contracted = owed.groupby("contracted_period")["amount"].sum()
    paid = owed.groupby("due_period")["amount"].sum().reindex(t).fillna(0.0).to_numpy(float)
    new = contracted.reindex(t).fillna(0.0).to_numpy(float)
    closing = float(contracted.get(0, 0.0)) + np.cumsum(new - paid)
    opening = np.concatenate([[float(contracted.get(0, 0.0))], closing[:-1]])
    return pd.DataFrame({"period": t, "opening": opening, "contracted": new, "paid": paid, "closing": closing})


def ladder(owed: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """The liability ladder at the end of period `as_of` (0: before the plan): due_year, beyond, offer, amount.

    `beyond` says what falls due after the horizon, which no cash flow of the plan shows.
    """
    due = owed[(owed["contracted_period"] <= as_of) & (owed["due_period"] > as_of)]
    return due.groupby(["due_year", "beyond", "offer"], as_index=False)["amount"].sum()
