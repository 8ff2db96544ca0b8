"""A difference is only said where both gaps together leave it."""

from __future__ import annotations

import pytest

from planner.explore.difference import Difference
from planner.result.result import Result
from tests.builders import tiny


def result(objective: float, bound: float | None) -> Result:
    return Result("feasible", "x", objective=objective, bound=bound)


def test_larger_than_both_gaps_is_certain():
    found = Difference.between(result(100.0, 99.0), result(110.0, 108.0))
    assert (found.estimate, found.low, found.high) == (10.0, 8.0, 11.0)
    assert found.certain


def test_smaller_than_both_gaps_is_no_difference():
    found = Difference.between(result(100.0, 98.0), result(102.0, 100.5))
    assert found.estimate == 2.0
    assert not found.certain


def test_equal_optima_differ_by_nothing():
    assert not Difference.between(result(100.0, 100.0), result(100.0, 100.0)).certain


@pytest.mark.parametrize(("restricts", "estimate", "low", "high"), [(True, 0.0, 0.0, 1.0), (False, -1.0, -2.0, 0.0)])
def test_a_narrower_question_never_costs_less(restricts, estimate, low, high):
    found = Difference.between(result(100.0, 98.0), result(99.0, 98.0), restricts)
    assert (found.estimate, found.low, found.high) == (estimate, low, high)


def test_no_bound_is_never_certain():
    assert not Difference.between(result(100.0, None), result(200.0, 199.0)).certain


def test_a_year():
    plan = tiny([{"price_per_hour": 1.0}], periods=4, volume=1.0)
    assert Difference(8.0, 4.0, 12.0, True).a_year(plan) == Difference(2.0, 1.0, 3.0, True)


def test_without_a_plan_there_is_none():
    with pytest.raises(ValueError, match="two plans"):
        Difference.between(Result("infeasible", "x"), result(1.0, 1.0))


def test_the_relaxed_problems_are_compared_where_both_are_known():
    before, after = (Result("feasible", "x", objective=o, bound=o - 5, relaxed=o - 5) for o in (100.0, 102.0))
    found = Difference.between(before, after)
    assert not found.certain
    assert found.relaxed == 2.0
    assert Difference.between(before, result(1.0, 1.0)).relaxed is None
