"""Negotiation: curves, walk-away prices and terms that can be worked out by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.explore.negotiation import negotiation
from planner.explore.price_curve import envelope, line_of, on_money, steps
from planner.explore.question import Answer, QuestionError
from planner.explore.runner import Runner
from planner.explore.signed import held_apart
from planner.explore.vendor import providers, terms, vendor_of
from planner.plan.parse import parse_tables
from planner.plan.plan import Plan
from tests.builders import cost, solved, tiny

HOURS = 8760.0
SITES = [
    {"site": "S", "zone": "Z", "kind": "cloud", "provider": "Sunny"},
    {"site": "R", "zone": "Z", "kind": "cloud", "provider": "Rainy"},
]
LINKS = [{"site": s, "location": "L", "latency_ms": 1.0} for s in "SR"]
YEAR: dict[str, Any] = {"offer": "year", "site": "R", "pricing": "committed", "term_months": 12, "price_per_hour": 0.6}
RENT: dict[str, Any] = {"offer": "rent", "site": "S", "price_per_hour": 1.0}


def two(offers: list[dict[str, Any]], volume: Any = HOURS, periods: int = 1, **tables: Any) -> Plan:
    return tiny(offers, volume, periods, sites=SITES, network=LINKS, **tables)


def ask(plan: Plan, provider: str = "Rainy", **told: Any) -> Answer:
    said = {"exit_months": 12, "delay_months": 12, "refine": 12, "gap": 0.0, "seconds": 60.0, **told}
    return negotiation(plan, solved(plan), Runner.here(), provider=provider, **said)


def test_one_offer_against_on_demand_wins_all_below_the_break_even_and_nothing_above():
    answer = ask(two([YEAR, RENT]))
    curve = answer.frames["curve"]
    even = 1.0 / 0.6
    assert answer.facts["walk_away"] == pytest.approx(even)
    assert curve["factor_to"].iloc[0] == pytest.approx(even)
    assert curve["device_hours"].tolist() == pytest.approx([HOURS, 0.0])
    assert curve["devices"].tolist() == pytest.approx([1.0, 0.0])
    assert curve["spend_to"].iloc[0] == pytest.approx(HOURS)
    assert answer.facts["proven"]
    assert answer.facts["walk_away_low"] == pytest.approx(even)
    assert answer.facts["walk_away_high"] == pytest.approx(even, rel=0.01)


def test_the_steps_of_the_curve_are_the_newsvendor_ratios():
    """Layer n of the load is worth committing to while committed / on-demand price is below the share of hours
    in which demand reaches n."""
    share = {"low": 0.3, "mid": 0.3, "high": 0.4}
    per_hour = {"low": 1.0, "mid": 2.0, "high": 3.0}
    slices = [{"slice": s, "share_of_hours": x} for s, x in share.items()]
    mean = sum(share[s] * per_hour[s] for s in share)
    shapes = [{"workload": "W", "slice": s, "multiplier": v / mean} for s, v in per_hour.items()]
    plan = two([YEAR, RENT], mean * HOURS, slices=slices, load_shapes=shapes)
    curve = ask(plan).frames["curve"]
    reached = [0.4, 0.7, 1.0]
    assert curve["factor_to"].tolist()[:-1] == pytest.approx([x / 0.6 for x in reached])
    assert curve["devices"].tolist() == pytest.approx([3, 2, 1, 0])


def test_the_walk_away_price_is_that_of_the_alternative():
    plan = two(
        [{**RENT, "offer": "dear", "price_per_hour": 3.0}, {**RENT, "offer": "r", "site": "R", "price_per_hour": 0.7}]
    )
    answer = ask(plan)
    assert answer.facts["walk_away"] == pytest.approx(3.0 / 0.7)
    offers = answer.frames["offers"]
    assert offers[["offer", "today", "walk_away"]].values.tolist() == [["r", 0.7, pytest.approx(3.0)]]
    assert answer.facts["gone_pv"] == pytest.approx(2.3 * HOURS)
    assert answer.facts["gone_certain"]
    other = answer.frames["alternatives"].set_index("offer")["change"]
    assert other.to_dict() == pytest.approx({"dear": 3 * HOURS, "r": -0.7 * HOURS})


def test_a_vendor_who_is_too_dear_wins_below_his_walk_away_price():
    answer = ask(two([YEAR, {**RENT, "price_per_hour": 0.15}]))
    assert not answer.facts["wins_now"]
    assert answer.facts["walk_away"] == pytest.approx(0.25)
    assert answer.facts["target"] == pytest.approx(0.25)
    assert answer.facts["gone_pv"] == 0


def test_a_vendor_who_wins_at_no_price_has_no_walk_away_price():
    answer = ask(two([{**YEAR, "fte_per_device": 1.0}, RENT], settings={"labour_cost_per_fte_year": 9e9}))
    assert answer.facts["walk_away"] is None
    assert answer.frames["curve"]["devices"].tolist() == [0.0]


def test_without_an_alternative_there_is_no_walk_away_price_and_the_answer_says_why():
    answer = ask(two([YEAR]))
    assert answer.facts["walk_away"] is None
    assert answer.facts["gone"] == "infeasible"
    assert answer.facts["conflicts"]
    assert any("no plan does without Rainy" in s for s in answer.sentences)


def test_the_target_price_keeps_what_the_vendor_is_paid():
    """At 0.6 he wins one of two layers; at half the price both, for as many hours of payment as one today."""
    slices = [{"slice": "low", "share_of_hours": 0.5}, {"slice": "high", "share_of_hours": 0.5}]
    shapes = [
        {"workload": "W", "slice": "low", "multiplier": 2 / 3},
        {"workload": "W", "slice": "high", "multiplier": 4 / 3},
    ]
    plan = two([YEAR, RENT], 1.5 * HOURS, slices=slices, load_shapes=shapes)
    facts = ask(plan).facts
    # Two layers below 0.5 / 0.6 of today's price: paid as much as today from half of it.
    assert facts["target"] == pytest.approx(0.5)
    assert facts["spend_now"] == pytest.approx(0.6 * HOURS)


def test_terms_by_hand():
    offer = {**YEAR, "term_months": 24, "price_per_hour": 0.3, "upfront_price": 0.2 * 2 * HOURS}
    plan = two([offer, RENT], [HOURS, HOURS], 2, settings={"discount_rate": 0.1, "discount_timing": "end"})
    rows = ask(plan).frames["terms"].set_index("term")
    one, both = 1 / 1.1, 1 / 1.1 + 1 / 1.21
    # 0.2 an hour of two years on the first day's period, or as it goes.
    assert rows.loc["no-upfront", "value_pv"] == pytest.approx(0.2 * HOURS * (2 * one - both))
    assert rows.loc["all-upfront", "value_pv"] == pytest.approx(-0.3 * HOURS * (2 * one - both))
    # A year later: the first year is rented, and the second half of the upfront payment is credited.
    today = 0.3 * HOURS * both + 0.4 * HOURS * one
    late = HOURS * one + (0.3 + 0.4 - 0.2) * HOURS / 1.21
    assert rows.loc["later", "value_pv"] == pytest.approx(today - late)
    # Terms of a year with half of it upfront, twice: the second is paid for a year later.
    assert rows.loc["half-term", "value_pv"] == pytest.approx(today - (0.3 + 0.2) * HOURS * both)
    assert rows.loc["exit", "value_pv"] == pytest.approx(rows.loc["half-term", "value_pv"])
    # Half a device cannot be ordered: in the first year everything is rented.
    assert rows.loc["ramp", "value_pv"] == pytest.approx(rows.loc["later", "value_pv"])
    assert rows.loc["no-upfront", "share"] == pytest.approx(rows.loc["no-upfront", "value_pv"] / today)
    assert rows["certain"].all()


def test_what_is_signed_keeps_its_price():
    assets = [{"asset": "a", "offer": "year", "devices": 1, "in_service": "2027-01"}]
    plan = two([{**YEAR, "max_devices": 2}, RENT], [2 * HOURS, 2 * HOURS], 2, assets=assets)
    vendor = vendor_of(plan, "Rainy")
    assert cost(vendor.plan) == pytest.approx(cost(plan))
    assert parse_tables(dict(vendor.plan.tables)).faults == ()
    # One device is signed for the first year; the factor moves the other one and the second year.
    assert cost(plan) - cost(vendor.at(0.5)) == pytest.approx(0.3 * HOURS * 3)
    assert cost(vendor.gone()) == pytest.approx((0.6 + 1.0 + 2.0) * HOURS)
    more = two([{**YEAR, "max_devices": 2}, RENT], [5 * HOURS, 5 * HOURS], 2, assets=assets)
    assert cost(vendor_of(more, "Rainy").plan) == pytest.approx(cost(more))


def test_nothing_to_hold_apart_is_the_plan_itself():
    plan = two([YEAR, RENT])
    assert held_apart(plan, ("year",)) is plan
    assert vendor_of(plan, "Rainy").at(1.0) is plan


def test_an_unknown_vendor_is_answered_with_those_there_are():
    with pytest.raises(QuestionError, match="Sunny, Rainy"):
        ask(two([YEAR, RENT]), "Nobody")
    assert providers(two([YEAR, RENT])) == ["Sunny", "Rainy"]


def test_a_line_is_only_used_where_policies_on_money_allow_its_plan():
    policies = [{"policy": "purse", "measure": "spend", "sense": "max", "limit": 0.75 * HOURS, "provider": "Rainy"}]
    plan = two([YEAR, RENT], policies=policies)
    answer = ask(plan)
    # Worth having up to 1 / 0.6, allowed up to 0.75 / 0.6.
    assert not answer.facts["proven"]
    assert answer.facts["walk_away"] == pytest.approx(1.25, rel=1e-3)
    line = line_of(vendor_of(plan, "Rainy"), solved(plan), 1.0)
    assert (line.low, line.high) == (0.0, pytest.approx(1.25, rel=1e-3))


def test_a_share_of_spend_bounds_a_line_too():
    policies = [
        {"policy": "share", "measure": "spend", "sense": "max", "limit": 0.5, "share_of": "total", "provider": "Rainy"}
    ]
    plan = two([{**YEAR, "pricing": "on_demand"}, RENT], policies=policies)
    line = line_of(vendor_of(plan, "Rainy"), solved(plan), 1.0)
    # At 0.6 as much money goes to each: 0.6 x = 1 - x.
    assert line.spend == pytest.approx(0.6 * 0.625 * HOURS)
    assert line.high == pytest.approx(1.0, abs=1e-3)
    again = line_of(vendor_of(plan, "Rainy"), solved(vendor_of(plan, "Rainy").at(0.5)), 0.5)
    assert again.high == pytest.approx(0.5, abs=1e-3)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    price=st.floats(0.2, 1.5),
    upfront=st.floats(0, 2000),
    rival=st.floats(0.3, 1.2),
    volume=st.lists(st.floats(0.2, 3.0), min_size=2, max_size=2),
    owned=st.booleans(),
)
def test_a_higher_price_never_wins_more_and_the_lines_are_what_solves_find(
    price: float, upfront: float, rival: float, volume: list[float], owned: bool
):
    mine: dict[str, Any] = {**YEAR, "price_per_hour": price, "upfront_price": upfront}
    if owned:
        mine = {
            "offer": "own",
            "site": "R",
            "pricing": "owned",
            "purchase_price": 5000 * price,
            "maintenance_rate": 0.1,
        }
    plan = two([mine, {**RENT, "price_per_hour": rival}], [v * HOURS for v in volume], 2)
    vendor = vendor_of(plan, "Rainy")
    factors = (0.5, 0.8, 1.0, 1.3)
    results = {f: solved(vendor.at(f)) for f in factors}
    lines = {f: line_of(vendor, r, f) for f, r in results.items()}
    costs = [r.objective or 0.0 for r in results.values()]
    assert np.all(np.diff(costs) >= -1e-6 * max(costs))
    slopes = [lines[f].slope for f in factors]
    assert np.all(np.diff(slopes) <= 1e-5 * max(*slopes, 1.0))
    for f, line in lines.items():
        # The cost of a plan at its own price, and never below the optimum at another.
        assert float(line.at(f)) == pytest.approx(results[f].objective, rel=1e-6)
        for other in factors:
            assert float(line.at(other)) >= (results[other].objective or 0.0) * (1 - 1e-6)
    pieces = envelope(list(lines.values()), 0.5, 1.3)
    assert pieces[0].low == 0.5
    assert pieces[-1].high == 1.3
    assert all(change < 0 for _, change in steps(pieces))


def test_terms_are_only_those_that_mean_something():
    vendor = vendor_of(two([{**YEAR, "pricing": "on_demand"}, RENT]), "Rainy")
    assert [t.name for t in terms(vendor, np.zeros(1), 12, 6)] == ["later"]


def test_a_limit_on_capex_leaves_the_prices_of_rented_capacity_alone():
    policies = [{"policy": "capex", "measure": "capex", "sense": "max", "limit": 5.0}]
    assert not on_money(vendor_of(two([YEAR, RENT], policies=policies), "Rainy"))
    own = {"offer": "own", "site": "R", "pricing": "owned", "purchase_price": 5.0}
    assert on_money(vendor_of(two([YEAR, RENT, own], policies=policies), "Rainy"))
