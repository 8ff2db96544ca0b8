"""What wishes cost: by hand, never less than nothing, and adding up in the order in which they came."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.explore.question import Answer
from planner.explore.runner import Runner
from planner.explore.wishes import ALL, as_they_came, cost_of_wishes
from planner.plan.plan import Plan
from planner.plan.wishes import at_least, forbid, without
from tests.builders import cost, solved, tiny

HOURS = 8760.0
OWN: dict[str, Any] = {
    "offer": "own",
    "pricing": "owned",
    "purchase_price": 3000.0,
    "useful_life_months": 36,
    "annual_value_loss": 1.0,
}
RENT: dict[str, Any] = {"offer": "rent", "price_per_hour": 1.0}


def plan_of(*wishes: str) -> Plan:
    """Three years of two devices' work. Owned devices cost 3,000 each, renting costs 8,760 a device and year."""
    plan = tiny([OWN, RENT], 2 * HOURS, 3)
    for wish in wishes:
        if wish == "forbid":
            plan = forbid(plan, "Cy", "no hall", offer="own")
        else:
            plan = at_least(plan, float(wish), 1, "Ada", "spare", offer="own")
    return plan


def ask(plan: Plan) -> Answer:
    return cost_of_wishes(plan, solved(plan), Runner.here(), gap=0.0, seconds=60.0)


def test_the_cost_of_a_wish_by_hand():
    (row,) = ask(plan_of("5")).frames["wishes"].to_dict("records")
    assert (row["owner"], row["reason"], row["from"]) == ("Ada", "spare", "2027-01")
    assert row["cost"] == pytest.approx(3 * 3000)
    assert row["a_year"] == pytest.approx(3000)
    assert row["certain"]
    assert row["low"] <= 9000 + 1e-3
    assert row["high"] >= 9000 - 1e-3


def test_a_wish_that_the_plan_fulfils_anyway_costs_nothing():
    answer = ask(plan_of("2"))
    (row,) = answer.frames["wishes"].to_dict("records")
    assert row["cost"] == 0
    assert not row["certain"]
    assert "no difference" in answer.sentences[0]


def test_wishes_that_ask_for_the_same_cost_little_each_and_more_together():
    plan = at_least(plan_of("5"), 4, 2, "Bo", offer="own")
    rows = ask(plan).frames["wishes"].set_index("wish")["cost"]
    # Dropping the wish for 5 leaves that for 4 from the second year: two more devices instead of three.
    assert rows.tolist() == pytest.approx([3000, 0, 9000], abs=1e-6)
    assert rows.index[-1] == ALL


def test_a_plan_without_wishes_says_so():
    answer = ask(plan_of())
    assert answer.frames["wishes"].empty
    assert "no wishes" in answer.sentences[0]


def test_costs_in_the_order_in_which_wishes_came_add_up():
    plan = at_least(plan_of("5"), 7, 2, "Bo", offer="own")
    known = {
        p.content_hash: solved(p) for p in (plan, *(without(plan, w) for w in ("wish: at least 7 own by 2028-01",)))
    }
    rows = as_they_came(plan, lambda p: known.get(p.content_hash))
    assert rows["known"].tolist() == [False, True]
    assert rows["cost"].tolist()[1] == pytest.approx(2 * 3000)
    bare = plan_of()
    known[bare.content_hash] = solved(bare)
    rows = as_they_came(plan, lambda p: known.get(p.content_hash))
    assert rows["cost"].sum() == pytest.approx(cost(plan) - cost(bare))


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    price=st.floats(0.05, 3.0),
    purchase=st.floats(100, 30000),
    count=st.integers(1, 5),
    when=st.integers(1, 3),
    kind=st.sampled_from(["least", "forbid own", "forbid rent"]),
)
def test_a_wish_never_lowers_the_cost(price: float, purchase: float, count: int, when: int, kind: str):
    offers = [
        {**OWN, "purchase_price": purchase},
        {**RENT, "price_per_hour": price},
        {**RENT, "offer": "dear", "price_per_hour": 4.0},
    ]
    plan = tiny(offers, [HOURS, 2.5 * HOURS, HOURS], 3)
    wish = (
        at_least(plan, count, when, "A", offer="own") if kind == "least" else forbid(plan, "A", offer=kind.split()[1])
    )
    assert cost(wish) >= cost(plan) * (1 - 1e-7)
    (row,) = ask(wish).frames["wishes"].to_dict("records")
    assert row["cost"] == pytest.approx(max(0.0, cost(wish) - cost(plan)), abs=1e-3)
