"""Lease accounting of a lessee: liability, right-of-use asset and expense, for many leases at once.

Time runs from the commencement of each lease. Sources: IFRS 16 paragraphs 22 to 38 and its Illustrative
Example 13; ASC 842-20-25 and 842-20-35 (finance and operating leases of a lessee).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Array = np.ndarray
Pattern = Literal["finance", "operating", "straight_line"]


@dataclass(frozen=True)
class LeaseSchedule:
    """Balances and flows of leases by period of their term, matrices of shape (leases, longest term).

    liability and right_of_use are closing balances, `*_opening` those at commencement (leases,). With payments
    at the start of a period the opening liability is after the payment at commencement (IFRS 16.26).
    expense = amortization + interest + level_cost.
    """

    liability_opening: Array
    right_of_use_opening: Array
    interest: Array
    payment: Array
    liability: Array
    amortization: Array
    right_of_use: Array
    level_cost: Array

    @property
    def expense(self) -> Array:
        """What goes through profit or loss in each period."""
        return self.amortization + self.interest + self.level_cost


def liability(payments: Array, rate: float, timing: Literal["start", "end"]) -> tuple[Array, Array, Array]:
    """Closing liability (n, terms), interest (n, terms) and the liability at commencement (n,).

    The present value of the payments that are not paid (IFRS 16.26); `rate` is that of one period.
    """
    n, width = payments.shape
    pay = payments if timing == "end" else np.hstack([payments[:, 1:], np.zeros((n, 1))])
    factors = (1.0 + rate) ** -np.arange(1, width + 1)
    opening = pay @ factors
    closing = np.empty_like(pay, dtype=float)
    interest = np.empty_like(closing)
    balance = opening.copy()
    for k in range(width):
        interest[:, k] = balance * rate
        # A payment at the start of the next period is made after this one's close.
        paid = pay[:, k] if timing == "end" else (pay[:, k - 1] if k else np.zeros(n))
        if timing == "start":
            interest[:, k] = (balance - paid) * rate
        balance = balance + interest[:, k] - paid
        closing[:, k] = balance
    closing[np.abs(closing) < 1e-6] = 0.0
    return closing, interest, opening


def schedule(
    payments: Array,
    terms: Array,
    extra: Array,
    rate: float,
    timing: Literal["start", "end"] = "end",
    pattern: Pattern = "finance",
) -> LeaseSchedule:
    """Schedules of leases: `payments` (n, longest term) from commencement, `terms` (n,) in periods.

    `extra` (n,) is what the right of use holds beyond the liability and payments at commencement: payments made
    before, initial direct costs, less incentives (IFRS 16.24). `rate` is that of one period. Patterns:

    - finance (IFRS 16, ASC 842 finance lease): the right of use is written off evenly, interest comes on top;
    - operating (ASC 842-20-25-6): one even cost; the right of use takes what interest leaves of it;
    - straight_line (short-term exemption): no balances, all payments as one even cost (IFRS 16.6).
    """
    n, width = payments.shape
    k = np.arange(width)[None, :]
    inside = k < terms[:, None]
    nothing = np.zeros((n, width))
    level = inside * ((payments.sum(axis=1) + extra) / np.maximum(terms, 1))[:, None]
    if pattern == "straight_line":
        none = np.zeros(n)
        return LeaseSchedule(none, none, nothing, payments, nothing, nothing, nothing, level)
    closing, interest, opening = liability(payments, rate, timing)
    right = opening + extra + (payments[:, 0] if timing == "start" else 0.0)
    if pattern == "operating":
        taken = level - interest
        held = right[:, None] - np.cumsum(taken, axis=1)
        held = np.where(inside, held, 0.0)
        return LeaseSchedule(opening, right, nothing, payments, closing, nothing, held, level)
    amortization = inside * (right / np.maximum(terms, 1))[:, None]
    held = np.where(inside, right[:, None] - np.cumsum(amortization, axis=1), 0.0)
    return LeaseSchedule(opening, right, interest, payments, closing, amortization, held, nothing)
