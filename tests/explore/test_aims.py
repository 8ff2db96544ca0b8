"""Searches: what they start from, and how charges are left out of a cost."""

from __future__ import annotations

import numpy as np
import pytest

from planner.explore.aims import Decisions, Search, charges, is_charged
from planner.explore.measures import Look, Measure, counted
from planner.model.build import build
from planner.model.highs import solve_highs
from planner.model.parts import fixed
from planner.result.run import solve_plan
from tests.builders import EXACT, solved, tiny
from tests.result.rich import rich_plan


def test_the_decisions_of_a_plan_are_those_of_its_model() -> None:
    """Fixed at what the frames say, the model finds the plan again."""
    plan = rich_plan()
    result = solved(plan)
    model = build(plan)
    guess = Decisions.of(Look(plan, result)).guess(model, len(model.matrix.cost))
    again = solve_highs(fixed(model.matrix, model.matrix.integer, guess))
    assert again.objective == pytest.approx(result.objective, rel=1e-6)


@pytest.mark.parametrize("of", ["capex", "opex", "spend", "carbon_t", "open_sites", "latency", "devices", "volume"])
def test_a_measure_of_the_model_is_that_of_the_result(of: str) -> None:
    """The least of a measure, as the solver sees it, is what the independent sum over the frames gives."""
    measure = Measure("m", of)
    plan = counted(rich_plan(), (measure,))
    best = solved(plan)
    now = measure.value(Look(plan, best))
    search = Search(
        abs(best.objective or 1.0), measure, scale=abs(now) or 1.0, cost_limit=1.5 * (best.objective or 0.0)
    )
    result = solve_plan(plan, EXACT, aim=search)
    assert result.violations == ()
    value = measure.value(Look(plan, result))
    assert value <= now + 1e-6 * abs(now)
    assert result.aim is not None
    proven = search.proven(result)
    assert proven is not None
    assert proven <= value + 1e-6 * max(abs(value), 1.0)
    assert proven == pytest.approx(value, abs=2e-3 * (abs(now) or 1.0))


def test_equal_searches_have_equal_keys() -> None:
    one = Search(1.0, Measure("m", "capex"))
    assert one.key == Search(1.0, Measure("m", "capex")).key
    assert one.key != Search(1.0, Measure("m", "capex"), most=True).key


def test_charges_are_what_the_plan_asks_for_a_measure() -> None:
    """10 units at 1 a unit, 0.1 t of carbon at 50 a t, and 0.02 t above a limit at 100 a t; all in one year."""
    plan = tiny(
        [{"pricing": "api", "workload": "W", "price_per_unit": 1.0, "carbon_g_per_unit": 10000.0}],
        10.0,
        settings={"carbon_price": 50},
        policies=[
            {"policy": "p", "measure": "carbon_t", "sense": "max", "limit": 0.08, "penalty": 100.0, "window": "year"}
        ],
    )
    result = solved(plan)
    assert charges(plan, "carbon_t", Look(plan, result)) == pytest.approx(0.1 * 50 + 0.02 * 100)
    assert is_charged(plan, "carbon_t")
    assert not is_charged(plan, "capex")
    free = solve_plan(plan, EXACT, aim=Search(10.0, uncharged="carbon_t"))
    assert free.aim is not None
    assert free.aim.value == pytest.approx(10.0, rel=1e-5)
    assert free.violations == ()
    assert np.isclose(free.objective or 0.0, 17.0)
