"""Lease schedules against the standards' own examples, and their balances against each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.finance.leases import schedule


def test_ifrs_16_illustrative_example_13() -> None:
    """IFRS 16 Illustrative Example 13, part 1: ten years, 50,000 a year in advance, 5 %.

    Initial direct costs 20,000, less an incentive of 5,000. Liability 355,391 after the first payment, right of
    use 420,391. Part 2: at the end of year 6, with four payments to come, liability 186,160 and right of use
    168,157.
    """
    pay = np.full((1, 10), 50000.0)
    s = schedule(pay, np.array([10]), np.array([15000.0]), 0.05, "start")
    assert s.liability_opening[0] == pytest.approx(355391, abs=0.5)
    assert s.right_of_use_opening[0] == pytest.approx(420391, abs=0.5)
    assert s.interest[0, 0] == pytest.approx(17770, abs=0.5)
    assert s.liability[0, 0] == pytest.approx(373161, abs=0.5)
    assert s.liability[0, 1] == pytest.approx(339319, abs=0.5)
    assert s.liability[0, 5] == pytest.approx(186160, abs=3)  # the example adds up rounded years
    assert s.right_of_use[0, 5] == pytest.approx(168157, abs=1)
    assert s.liability[0, -1] == pytest.approx(0, abs=1e-6)


THREE_YEARS = np.array([[10000.0, 12000.0, 14000.0]])


def test_three_year_lease_of_33_000() -> None:
    """A common example in guides to ASC 842: 10,000, 12,000 and 14,000 in arrears at 4.235 % are worth 33,000.

    Finance: 11,000 of amortization a year and interest of 1,398, 1,033 and 569. Operating: 12,000 a year, and
    the right of use falls by 10,602, 10,967 and 11,431.
    """
    terms, extra = np.array([3]), np.zeros(1)
    finance = schedule(THREE_YEARS, terms, extra, 0.04235)
    assert finance.liability_opening[0] == pytest.approx(33000, abs=1)
    assert finance.interest[0].tolist() == pytest.approx([1398, 1033, 569], abs=1)
    assert finance.amortization[0].tolist() == pytest.approx([11000] * 3, abs=1)
    assert finance.expense[0].tolist() == pytest.approx([12398, 12033, 11569], abs=1)
    operating = schedule(THREE_YEARS, terms, extra, 0.04235, pattern="operating")
    assert operating.expense[0].tolist() == pytest.approx([12000] * 3)
    assert operating.liability[0].tolist() == pytest.approx(finance.liability[0].tolist())
    fall = -np.diff(operating.right_of_use[0], prepend=operating.right_of_use_opening)
    assert fall.tolist() == pytest.approx([10602, 10967, 11431], abs=1)
    short = schedule(THREE_YEARS, terms, extra, 0.04235, pattern="straight_line")
    assert short.expense[0].tolist() == pytest.approx([12000] * 3)
    assert short.right_of_use_opening[0] == short.liability[0].max() == 0


@given(
    pay=st.lists(st.floats(0, 1e6), min_size=1, max_size=12),
    extra=st.floats(0, 1e6),
    rate=st.floats(0, 0.3),
    timing=st.sampled_from(["start", "end"]),
    pattern=st.sampled_from(["finance", "operating", "straight_line"]),
)
def test_expense_is_what_is_paid_and_balances_end_at_nothing(pay, extra, rate, timing, pattern) -> None:
    """Over the whole term, for every pattern: expense = payments; the balances differ by what was paid ahead."""
    pay = np.array([pay])
    s = schedule(pay, np.array([pay.shape[1]]), np.array([extra]), rate, timing, pattern)
    scale = 1e-9 * (pay.sum() + extra) + 1e-5
    assert s.expense.sum() == pytest.approx(pay.sum() + extra, abs=scale)
    assert abs(s.liability[0, -1]) < scale
    assert abs(s.right_of_use[0, -1]) < scale
    if pattern != "straight_line":
        paid = np.cumsum(s.payment - s.expense, axis=1) + extra
        due_later = s.right_of_use - s.liability
        assert np.abs(due_later - paid).max() < scale
