"""The model against a second, dumb formulation of the same plan, on random small plans."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings

from planner.model.options import Options
from planner.plan.plan import Plan
from planner.result.run import solve_plan
from tests.properties.plans import plans
from tests.properties.second import least_cost


@settings(max_examples=60)
@given(plans(must_serve=True))
def test_the_model_finds_what_a_second_formulation_finds(plan: Plan) -> None:
    """Both say infeasible, or both find the same least cost."""
    expected = least_cost(plan)
    result = solve_plan(plan, Options(gap=0.0))
    if math.isinf(expected):
        assert result.status == "infeasible"
        return
    assert result.status == "optimal", [c.sentence for c in result.conflicts]
    assert result.objective == pytest.approx(expected, rel=1e-6, abs=1e-3)
