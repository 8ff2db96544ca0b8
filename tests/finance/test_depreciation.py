"""Schedules against published examples, and what must hold of every one of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.finance.assets_register import register
from planner.finance.depreciation import Basis, declining_balance, straight_line, units_of_production
from planner.finance.macrs import HALF_YEAR, MID_QUARTER, REMAINING, TABLES, convention_rows, macrs


def one(cost: float, life: int, residual: float = 0.0, first: int = 1, last: int = 999, months: int = 12) -> Basis:
    a = np.array
    return Basis(a([cost]), a([residual]), a([life]), a([first]), a([last]), months)


def lot(**more) -> pd.DataFrame:
    row = {
        "kind": "equipment", "ordered_period": 1, "first_period": 1, "last_period": 99, "disposal_period": 0,
        "ends": "", "age_months": 0, "cost": 0.0, "opening_book": 0.0, "proceeds": 0.0, **more,
    }  # fmt: skip
    return pd.DataFrame([row])


def test_straight_line_example() -> None:
    """The spreadsheet function SLN's documented example: 30,000 over ten years to 7,500 is 2,250 a year."""
    out = straight_line(one(30000, 120, 7500), 12)
    assert out[0].tolist() == pytest.approx([2250.0] * 10 + [0, 0])


@pytest.mark.parametrize(
    ("life", "months", "factor", "expected"),
    [
        # Documented examples of the spreadsheet functions DDB and VDB: cost 2,400, salvage 300, ten years.
        (120, 1, 2.0, {(0, 1): 40.00, (6, 18): 396.31}),
        (120, 1, 1.5, {(6, 18): 311.81}),
        (120, 12, 2.0, {(0, 1): 480.00}),
        (120, 12, 1.5, {(0, 1): 360.00, (1, 2): 306.00}),
    ],
)
def test_declining_balance_as_in_a_spreadsheet(life: int, months: int, factor: float, expected: dict) -> None:
    out = declining_balance(one(2400, life, 300, months=months), 120, factor)[0]
    for (start, end), amount in expected.items():
        assert out[start:end].sum() == pytest.approx(amount, abs=0.005)


def test_declining_balance_turns_to_straight_line() -> None:
    """10,000 over five years at 40 %: 4,000, 2,400, 1,440, then the rest of 2,160 in two equal years."""
    out = declining_balance(one(10000, 60), 6)[0]
    assert out.tolist() == pytest.approx([4000, 2400, 1440, 1080, 1080, 0])


def test_units_of_production_follows_the_hours_and_stops() -> None:
    """10,000 to 1,000 over 1,000 hours: 9 a hour; the last period takes what is left of the hours."""
    out = units_of_production(one(10000, 60, 1000), 4, np.array([[300.0, 0.0, 500.0, 400.0]]), np.array([1000.0]))
    assert out[0].tolist() == pytest.approx([2700, 0, 4500, 1800])


def test_macrs_tables() -> None:
    """Publication 946, appendix A: table A-1 for five-year property, tables A-2 to A-5."""
    assert HALF_YEAR.tolist() == pytest.approx([0.20, 0.32, 0.192, 0.1152, 0.1152, 0.0576])
    assert MID_QUARTER[3].tolist() == pytest.approx([0.05, 0.38, 0.228, 0.1368, 0.1094, 0.0958])
    assert TABLES.sum(axis=1) == pytest.approx(np.ones(5))
    assert REMAINING[:, 0] == pytest.approx(np.ones(5))


def test_macrs_tables_are_double_declining_balance() -> None:
    """The tables are what the method gives: 200 % declining balance over five years from the middle of the first
    half year (or quarter), straight line as soon as that is more, rounded to two figures of a per cent."""
    for row, months in zip(TABLES, (6.0, 10.5, 7.5, 4.5, 1.5), strict=True):
        book, left, got = 1.0, 5.0, []
        for year in range(6):
            part = months / 12 if year == 0 else min(left, 1.0)
            amount = book * max(0.4 * part, min(part / left, 1.0))
            got.append(amount)
            book, left = book - amount, left - part
        assert row == pytest.approx(got, abs=2e-4)


def test_macrs_by_year_and_quarter() -> None:
    """10,000 placed in service in the first quarter: the half-year table, evenly over the periods of each year."""
    out = macrs(lot(cost=10000.0), np.array([10000.0]), 24, 3)[0]
    assert out.reshape(6, 4).sum(axis=1).tolist() == pytest.approx([2000, 3200, 1920, 1152, 1152, 576])
    assert out[:4].tolist() == pytest.approx([500] * 4)


def test_macrs_sale_before_the_end_takes_half_a_year() -> None:
    """Publication 946 on dispositions: half of the year's depreciation under the half-year convention.

    Sold in year 3: 10,000 x (20 % + 32 % + 19.2 % / 2).
    """
    sold = lot(last_period=2, disposal_period=3, ends="retired")
    assert macrs(sold, np.array([10000.0]), 5, 12)[0].tolist() == pytest.approx([2000, 3200, 960, 0, 0])


def test_macrs_nothing_for_what_comes_and_goes_in_one_year() -> None:
    sold = lot(first_period=1, last_period=2, disposal_period=3, ends="retired")
    assert macrs(sold, np.array([10000.0]), 8, 3)[0].sum() == 0


def test_mid_quarter_when_more_than_40_per_cent_come_late() -> None:
    """60 in quarter 1 and 40 in quarter 4 are half-year; 59 and 41 are mid-quarter."""
    year, quarter = np.zeros(2, dtype=int), np.array([1, 4])
    assert convention_rows(year, quarter, np.array([60.0, 40.0]), "auto").tolist() == [0, 0]
    assert convention_rows(year, quarter, np.array([59.0, 41.0]), "auto").tolist() == [1, 4]
    late = lot(first_period=4, cost=1000.0)
    out = macrs(late, np.array([1000.0]), 8, 3)[0]
    assert out.tolist() == pytest.approx([0, 0, 0, 50, 95, 95, 95, 95])


def test_macrs_of_an_asset_goes_on_in_its_own_table() -> None:
    """In service 18 months before: this is its third year; its book value takes 19.2 : 11.52 : 11.52 : 5.76."""
    old = lot(ordered_period=0, age_months=18)
    out = macrs(old, np.array([480.0]), 5, 12)[0]
    assert out.tolist() == pytest.approx([192, 115.2, 115.2, 57.6, 0])
    assert macrs(lot(ordered_period=0, age_months=90), np.array([480.0]), 5, 12)[0].tolist() == [480, 0, 0, 0, 0]


schedules = st.sampled_from(["straight_line", "declining_balance", "units_of_production"])


@given(
    cost=st.floats(0, 1e6),
    share=st.floats(0, 1),
    life=st.integers(1, 90),
    first=st.integers(1, 6),
    months=st.sampled_from([1, 3, 6, 12]),
    method=schedules,
    factor=st.floats(1, 4),
)
def test_depreciation_and_residual_are_the_cost(cost, share, life, first, months, method, factor) -> None:
    """Over the whole life, whatever the method; never negative, never before the first period in service."""
    residual = cost * share
    periods = first + -(-life // months) + 2
    basis = one(cost, life, residual, first, months=months)
    if method == "straight_line":
        out = straight_line(basis, periods)
    elif method == "declining_balance":
        out = declining_balance(basis, periods, factor)
    else:
        hours = np.ones((1, periods))
        out = units_of_production(basis, periods, hours, np.array([float(-(-life // months))]))
    assert out.min() >= 0
    assert out[0, : first - 1].sum() == 0
    assert out.sum() + residual == pytest.approx(cost, rel=1e-9, abs=1e-6)


@given(
    cost=st.floats(1, 1e6),
    life=st.integers(3, 60),
    last=st.integers(0, 12),
    ordered=st.integers(1, 3),
    factor=st.floats(1, 4),
    proceeds=st.floats(0, 1e6),
)
def test_book_value_rolls_and_the_sale_settles_it(cost, life, last, ordered, factor, proceeds) -> None:
    """Whenever a lot is sold: book value is never negative and ends at 0, and over its life
    proceeds - gain = cost - depreciation."""
    first = ordered + 1
    last = max(last, first - 1)
    sold = lot(
        ordered_period=ordered, first_period=first, last_period=last, disposal_period=min(last + 1, 12),
        ends="horizon" if last >= 12 else "retired", cost=cost, proceeds=proceeds,
    )  # fmt: skip
    dep = declining_balance(one(cost, life, 0.0, first, last, 3), 12, factor)
    r = register(sold, dep)
    assert r.closing.min() >= 0
    assert r.closing[0, -1] == 0
    assert np.abs(r.opening + r.additions - r.depreciation - r.disposals - r.horizon - r.closing).max() < 1e-6
    assert r.proceeds.sum() - r.gain.sum() == pytest.approx(cost - r.depreciation.sum(), abs=1e-6)
