"""What an infeasible plan is told, where the plan has little to change."""

from __future__ import annotations

import pytest

from planner.model.build import build
from planner.model.elastic import explain
from planner.result.run import solve_plan
from tests.builders import EXACT, solved, tiny

OD = {"offer": "od", "price_per_hour": 1.0}


def test_without_demand_there_is_no_volume_to_leave_out() -> None:
    """A floor on what on demand emits cannot be met by a plan that needs nothing: only the floor can give way."""
    floor = {"policy": "p", "measure": "volume", "sense": "min", "limit": 5.0, "pricing": "on_demand"}
    result = solve_plan(tiny([OD], 0.0, policies=[floor]), EXACT)
    assert result.status == "infeasible"
    assert [(c.table, c.key, c.amount) for c in result.conflicts] == [("policies", "p", pytest.approx(5.0))]
    assert result.alternatives == ()


def test_where_nothing_can_give_way_nothing_is_proposed() -> None:
    """A committed asset stands at a site with rent that is not available yet."""
    offer = {"offer": "c", "pricing": "committed", "term_months": 24}
    site = {"site": "S", "zone": "Z", "kind": "cloud", "fixed_cost_per_month": 1.0, "available_from": 2}
    asset = {"asset": "a", "offer": "c", "devices": 1.0, "in_service": "2026-07"}
    plan = tiny([offer], 0.0, 2, sites=[site], assets=[asset])
    assert explain(build(plan)) == ([], [])
    assert solve_plan(plan, EXACT).status == "infeasible"


def test_the_change_that_is_proposed_is_enough() -> None:
    offers = [{**OD, "max_devices": 1.5}]
    result = solve_plan(tiny(offers, 2 * 8760.0), EXACT)
    by_table = {c.table: c.amount for way in (result.conflicts, *result.alternatives) for c in way}
    assert by_table == {"demand": pytest.approx(4380.0), "offers": pytest.approx(0.5)}
    solved(tiny(offers, 2 * 8760.0 - by_table["demand"]))
    solved(tiny([{**OD, "max_devices": 1.5 + by_table["offers"]}], 2 * 8760.0))
