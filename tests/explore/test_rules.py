"""Rules whose price can be worked out by hand, and that no rule ever pays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from planner.explore import questions
from planner.explore.question import Answer
from planner.explore.rules_list import BUDGET, Rule, can_give_way, eased, rules_of, without
from planner.explore.rules_margins import margins
from planner.explore.rules_ranges import ranges
from planner.explore.runner import Runner
from planner.model.options import Options
from planner.plan.plan import Plan
from planner.result.run import solve_plan
from tests.builders import EXACT, cost, solved, tiny
from tests.explore.what_if import near_and_far
from tests.properties.plans import plans

YEAR = 8760.0
"""Units that one device serves in a year."""


def asked(plan: Plan, **told: Any) -> Answer:
    with Runner.here() as runner:
        return questions()["rules"].ask(plan, solved(plan), runner, gap=0.0, **told)


def row(answer: Answer, rule: str) -> dict[str, Any]:
    frame = answer.frames["rules"].set_index("rule")
    return {"rule": rule, **frame.loc[rule].to_dict()}


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("max_latency_ms", 50.0, "latency"),
        ("allowed_zones", "Z", "zone"),
        ("required_certifications", "ISO", "certification"),
    ],
)
def test_what_a_workload_asks_for_costs_the_difference_of_the_two_prices(column: str, value: Any, kind: str) -> None:
    answer = asked(near_and_far(**{column: value}))
    found = row(answer, f"{kind}:W")
    assert found["a_year"] == pytest.approx(YEAR)
    assert found["low"] == pytest.approx(YEAR)
    assert found["high"] == pytest.approx(YEAR)
    assert found["state"] == "costs"
    changes = answer.frames["changes"].set_index("offer")
    assert changes.loc["near", ["before", "after"]].tolist() == pytest.approx([1.0, 0.0])
    assert changes.loc["far", ["before", "after"]].tolist() == pytest.approx([0.0, 1.0])
    assert changes["money"].sum() == pytest.approx(-YEAR)


def test_a_rule_that_shuts_nothing_out_costs_nothing_and_is_not_solved() -> None:
    answer = asked(near_and_far(max_latency_ms=200.0))
    assert row(answer, "latency:W")["state"] == "costs nothing"
    assert answer.facts["solves"] == 0


def test_a_rule_in_the_shadow_of_another_costs_nothing_alone() -> None:
    answer = asked(near_and_far(max_latency_ms=50.0, allowed_zones="Z"))
    assert row(answer, "latency:W")["state"] == "costs nothing"
    assert row(answer, "zone:W")["state"] == "costs nothing"


def test_a_latency_limit_is_eased_by_a_share_of_itself() -> None:
    answer = asked(near_and_far(max_latency_ms=95.0), ease=0.1)
    found = row(answer, "latency:W")
    assert found["eased_limit"] == pytest.approx(104.5)
    assert found["eased_a_year"] == pytest.approx(YEAR)


def test_a_budget_costs_what_it_keeps_from_being_bought() -> None:
    offers = [
        {"offer": "rent", "price_per_hour": 2.0},
        {"offer": "own", "pricing": "owned", "purchase_price": 4000.0, "useful_life_months": 12},
    ]
    plan = tiny(offers, YEAR, policies=[{"policy": "cap", "measure": "capex", "sense": "max", "limit": 3000.0}])
    found = row(asked(plan, ease=0.5), "policy:cap")
    assert found["kind"] == BUDGET
    assert found["a_year"] == pytest.approx(2 * YEAR - 4000)
    assert found["eased_limit"] == pytest.approx(4500.0)
    assert found["eased_a_year"] == pytest.approx(2 * YEAR - 4000)


def test_a_floor_is_eased_downwards_and_its_shadow_price_stands_beside_it() -> None:
    offers = [{"offer": "cheap", "price_per_hour": 1.0}, {"offer": "dear", "price_per_hour": 3.0}]
    floor = {"policy": "floor", "measure": "volume", "sense": "min", "limit": 1000.0, "offer": "dear"}
    found = row(asked(tiny(offers, YEAR, policies=[floor]), ease=0.2), "policy:floor")
    assert found["a_year"] == pytest.approx(2000.0)
    assert found["eased_a_year"] == pytest.approx(400.0)
    assert found["shadow_price"] == pytest.approx(2.0)
    assert (found["binding"], found["windows"]) == (1, 1)
    assert (found["shadow_less"], found["shadow_more"]) == pytest.approx((1000.0, YEAR - 1000.0))


def test_the_range_of_a_shadow_price_is_that_in_which_solving_again_confirms_it() -> None:
    """Up to half a device at 1 an hour saves 1 a unit; beyond the whole work there is nothing left to save."""
    offers = [{"offer": "cheap", "price_per_hour": 1.0}, {"offer": "dear", "price_per_hour": 2.0}]

    def plan(limit: float) -> Plan:
        return tiny(
            offers,
            YEAR,
            policies=[{"policy": "cap", "measure": "volume", "sense": "max", "limit": limit, "offer": "cheap"}],
        )

    base = solved(plan(1000.0))
    found = ranges(plan(1000.0), base).iloc[0]
    for change, worth in ((-found["less"], 1.0), (found["more"], 1.0), (found["more"] + 500.0, 0.0)):
        again = solved(plan(1000.0 + change))
        edge = min(change, found["more"])
        saved = float(base.objective or 0.0) - float(again.objective or 0.0)
        assert saved == pytest.approx(edge + worth * (change - edge), abs=1e-6)


def test_a_plan_with_whole_decisions_is_put_back_exactly() -> None:
    plan = tiny(
        [
            {"offer": "rent", "price_per_hour": 2.0},
            {"offer": "own", "site": "F", "pricing": "owned", "purchase_price": 5000.0, "lead_time_months": 12},
        ],
        [YEAR] * 3,
        periods=3,
        workloads=[{"workload": "W", "unit": "units", "deployment_cost_per_site": 10.0}],
        sites=[
            {"site": "S", "zone": "Z", "kind": "cloud"},
            {"site": "F", "zone": "Z", "kind": "colocation", "opening_cost": 100.0, "fixed_cost_per_month": 5.0},
        ],
        network=[{"site": s, "location": "L", "latency_ms": 1.0, "port_price_per_month": 2.0} for s in "SF"],
        policies=[{"policy": "cap", "measure": "capex", "sense": "max", "limit": 9000.0, "window": "horizon"}],
    )
    found = ranges(plan, solved(plan))
    assert found["policy"].tolist() == ["cap"]


def test_a_quota_costs_what_is_rented_elsewhere_for_it() -> None:
    offers = [{"offer": "cheap", "price_per_hour": 1.0, "max_devices": 0.5}, {"offer": "dear", "price_per_hour": 2.0}]
    found = row(asked(tiny(offers, YEAR)), "quota:cheap")
    assert found["a_year"] == pytest.approx(YEAR / 2)
    assert found["shadow_price"] == pytest.approx(YEAR)


def test_limits_that_do_not_bind_are_not_asked_about() -> None:
    offers = [{"offer": "cheap", "price_per_hour": 1.0, "max_devices": 2.0}, {"offer": "dear", "price_per_hour": 2.0}]
    assert asked(tiny(offers, YEAR)).frames["rules"].empty


def test_surviving_the_loss_of_a_site_costs_a_second_device() -> None:
    plan = tiny(
        [
            {"offer": "a", "pricing": "committed", "price_per_hour": 1.0},
            {"offer": "b", "site": "F", "pricing": "committed", "price_per_hour": 1.0},
        ],
        YEAR,
        workloads=[{"workload": "W", "unit": "units", "survive_site_loss_share": 1.0}],
        sites=[{"site": s, "zone": "Z", "kind": "cloud"} for s in "SF"],
        network=[{"site": s, "location": "L", "latency_ms": 1.0} for s in "SF"],
    )
    assert row(asked(plan), "survival:W")["a_year"] == pytest.approx(YEAR)


def test_residency_rules_together_cost_what_none_costs_alone() -> None:
    """A site abroad with a rent of 12,000 a year pays for two workloads that save 8,760 each, not for one."""
    plan = tiny(
        [{"offer": "here", "price_per_hour": 2.0}, {"offer": "abroad", "site": "F", "price_per_hour": 1.0}],
        {("W", "L"): [YEAR], ("V", "L"): [YEAR]},
        workloads=[{"workload": w, "unit": "units", "allowed_zones": "Z"} for w in "WV"],
        throughput=[{"workload": w, "hardware": "H", "units_per_hour": 1.0} for w in "WV"],
        sites=[
            {"site": "S", "zone": "Z", "kind": "cloud"},
            {"site": "F", "zone": "Y", "kind": "cloud", "fixed_cost_per_month": 1000.0},
        ],
        network=[{"site": s, "location": "L", "latency_ms": 1.0} for s in "SF"],
    )
    answer = asked(plan)
    assert row(answer, "all:zone")["a_year"] == pytest.approx(2 * YEAR - 12000)
    assert row(answer, "zone:W")["a_year"] == pytest.approx(0.0, abs=1e-6)
    assert answer.frames["rules"]["rule"].iloc[0] == "all:zone"
    assert "together" in answer.sentences[0]


def test_a_price_smaller_than_the_gaps_is_no_difference_but_never_below_nothing() -> None:
    plan = near_and_far(max_latency_ms=50.0)
    rough = solve_plan(plan, EXACT)
    rough = type(rough)(**{**rough.__dict__, "bound": 0.1 * float(rough.objective or 0.0)})
    with Runner.here() as runner:
        answer = questions()["rules"].ask(plan, rough, runner, gap=0.0)
    found = row(answer, "latency:W")
    assert found["state"] == "no difference"
    assert found["low"] == 0.0
    assert found["high"] == pytest.approx(YEAR)


def test_a_search_that_is_stopped_says_which_rules_have_no_answer() -> None:
    class Stopped:
        def is_set(self) -> bool:
            return True

    plan = near_and_far(max_latency_ms=50.0)
    base = solved(plan)
    with Runner.here(cancel=Stopped()) as runner:
        answer = questions()["rules"].ask(plan, base, runner)
    assert answer.facts["cancelled"]
    assert row(answer, "latency:W")["state"] == "not solved"
    assert np.isnan(row(answer, "latency:W")["a_year"])


def test_the_answer_survives_being_kept() -> None:
    answer = asked(near_and_far(max_latency_ms=50.0, allowed_zones="Z"))
    again = Answer.unpack(answer.pack())
    assert again.sentences == answer.sentences
    assert again.frames["rules"].equals(answer.frames["rules"])


def test_a_share_of_a_total_below_nothing_is_not_eased() -> None:
    """An idle device sells for 800 at once or for 400 later: at least 70 % of -400 is broken by 0.3 x 400."""
    plan = tiny(
        [{"offer": "own", "pricing": "owned", "purchase_price": 1200.0, "useful_life_months": 36, "max_devices": 1}],
        0.0,
        assets=[{"asset": "a", "offer": "own", "devices": 1.0, "in_service": "2026-01", "purchase_price": 1200.0}],
        policies=[{"policy": "p", "measure": "spend", "sense": "min", "limit": 0.7, "share_of": "total", "penalty": 5}],
    )
    base = solved(plan)
    rule = rules_of(plan, margins(plan), 0)[0]
    assert base.objective == pytest.approx(-400 + 5 * 0.3 * 400)
    assert cost(eased(plan, rule, 0.5)) == pytest.approx(-400 + 5 * 0.65 * 400)
    assert not can_give_way(plan, base, rule)
    found = row(asked(plan, ease=0.5), "policy:p")
    assert np.isnan(found["eased_a_year"])
    assert found["a_year"] == pytest.approx(200 + 800)


@settings(max_examples=12)
@given(plan=plans())
def test_lifting_or_easing_a_rule_never_costs_more(plan: Plan) -> None:
    base = solve_plan(plan, EXACT)
    if base.objective is None:
        return
    rules: list[Rule] = rules_of(plan, margins(plan), 3)
    for rule in rules:
        looser = [without(plan, rule), *([eased(plan, rule, 0.2)] if can_give_way(plan, base, rule) else [])]
        for less in (solve_plan(one, Options(gap=0.0)) for one in looser):
            assert less.objective is not None, rule.sentence
            assert less.objective <= base.objective + 1e-5 * max(1.0, abs(base.objective)), rule.sentence
