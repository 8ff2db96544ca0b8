"""How closely a case is solved: by the plan's size, and never looser than asked."""

from __future__ import annotations

import pytest

from planner.explore.case import CLOSE, SMALL, Case
from planner.model.options import Options
from planner.plan.files import read_plan
from sample_data.ahead import SAMPLE
from tests.builders import tiny

PLAN = tiny([{"price_per_hour": 1.0}], volume=10_000.0)


@pytest.mark.parametrize(("asked", "tried"), [(0.01, CLOSE), (CLOSE / 2, CLOSE / 2)])
def test_a_small_plan_is_solved_more_closely_than_asked_and_never_less(asked: float, tried: float) -> None:
    case = Case("it", PLAN, Options(gap=asked, time_limit=10))
    result = case.solve()
    assert case.tries.gap == tried
    assert result.gap is not None
    assert result.gap <= tried
    assert case.key == Case("other", PLAN, Options(gap=tried, time_limit=10)).key


def test_a_large_plan_is_solved_as_asked() -> None:
    plan = read_plan(SAMPLE).plan
    assert plan is not None
    assert plan.settings.periods * len(plan.tables["offers"]) * len(plan.tables["workloads"]) > SMALL
    assert Case("it", plan, Options(gap=0.01)).tries == Options(gap=0.01)
