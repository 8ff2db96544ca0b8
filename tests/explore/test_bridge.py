"""The bridge: it sums exactly in any order, and says which bars mean nothing."""

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from planner.explore.bridge import REORDERED
from planner.explore.question import Answer, QuestionError
from planner.plan.patch import Change
from planner.plan.what_if import ADD, INSERT, MULTIPLY, SET
from tests.explore.what_if import DEMAND, NOTHING, POWER, PRICE, YEAR, ask, choice, rented, with_scenarios

CAUSES = {"demand": DEMAND, "price": PRICE, "power": POWER, "nothing": NOTHING}


def steps(answer: Answer) -> dict[str, float]:
    frame = answer.frames["bridge"]
    return dict(zip(*(frame.loc[frame["role"] == "step", c] for c in ("cause", "value")), strict=True))


def exact(answer: Answer) -> pd.DataFrame:
    """The bridge, having checked that it sums and hangs together."""
    frame = answer.frames["bridge"]
    assert frame["role"].tolist() == ["total", *["step"] * (len(frame) - 2), "total"]
    first, last = frame["value"].iloc[0], frame["value"].iloc[-1]
    assert first + frame["value"].iloc[1:-1].sum() == pytest.approx(last, rel=1e-12)
    assert answer.facts["difference"] == pytest.approx(last - first)
    middle = frame.iloc[1:-1]
    assert [first, *middle["finish"]][: len(middle)] == middle["begin"].tolist()
    assert (middle["finish"] - middle["begin"]).tolist() == middle["value"].tolist()
    categories = answer.frames["categories"].groupby("number")["change"].sum()
    for number, value in zip(middle["number"], middle["value"], strict=True):
        assert categories.get(number, 0.0) == pytest.approx(value, abs=1e-6)
    return frame


@given(order=st.permutations(sorted(CAUSES)), start=st.permutations(sorted(CAUSES)), cut=st.integers(0, 4))
@settings(max_examples=3, deadline=None, phases=[Phase.explicit, Phase.generate])
def test_it_sums_exactly_in_any_order(order: list[str], start: list[str], cut: int):
    plan = with_scenarios(rented(), a=[(c, CAUSES[c]) for c in start[:cut]], b=[(c, CAUSES[c]) for c in order])
    frame = exact(ask(plan, "bridge", start="a", end="b"))
    # What both have is no step.
    assert list(frame["cause"][1:-1]) == [c for c in order if c not in start[:cut]]
    exact(ask(plan, "bridge", end="b"))
    exact(ask(plan, "bridge", start="b"))


def test_each_step_is_made_after_those_before_it():
    plan = with_scenarios(
        rented(), one=[("demand", DEMAND), ("price", PRICE)], two=[("price", PRICE), ("demand", DEMAND)]
    )
    first = steps(ask(plan, "bridge", end="one"))
    second = steps(ask(plan, "bridge", end="two"))
    # Half as much again costs 1.5 more while rent is 2, and 1 more once it is 1.
    assert first == pytest.approx({"demand": 1.5 * YEAR, "price": -1.5 * YEAR})
    assert second == pytest.approx({"price": -YEAR, "demand": YEAR})
    assert steps(ask(plan, "bridge", start="one", end="two")) == {}


def test_changes_of_one_cause_are_one_step():
    plan = with_scenarios(rented(), both=[("boom", DEMAND), ("rest", POWER), ("boom", PRICE)])
    frame = exact(ask(plan, "bridge", end="both"))
    assert list(frame["cause"][1:-1]) == ["boom", "rest"]
    assert frame["value"][1] == pytest.approx(0.0)  # 1.5 units at 2 cost what a unit at 3 does


def test_taken_back_replaced_and_added():
    other = Change("demand", "", "volume", MULTIPLY, "3")
    plan = with_scenarios(rented(), a=[("demand", DEMAND), ("price", PRICE)], b=[("power", POWER), ("demand", other)])
    frame = exact(ask(plan, "bridge", start="a", end="b"))
    assert list(frame["cause"][1:-1]) == ["price, taken back", "power", "demand"]
    assert steps(ask(plan, "bridge", start="a", end="b")) == pytest.approx(
        {"price, taken back": 1.5 * YEAR, "power": 0.6 * YEAR, "demand": 1.5 * 3.4 * YEAR}
    )


def test_where_the_order_matters_a_last_step_says_so():
    double = Change("offers", "", "price_per_hour", MULTIPLY, "2")
    more = Change("offers", "", "price_per_hour", ADD, "1")
    plan = with_scenarios(rented(), a=[("double", double), ("more", more)], b=[("more", more), ("double", double)])
    assert steps(ask(plan, "bridge", start="a", end="b")) == pytest.approx({REORDERED: YEAR})


def test_changes_that_need_each_other_are_one_step():
    # A new offer at a site that is not there yet cannot be made alone.
    offer = Change("offers", "offer=new; site=T; pricing=on_demand; hardware=H; price_per_hour=0.5", "", INSERT)
    site = Change("sites", "site=T; zone=Z; kind=cloud", "", INSERT)
    link = Change("network", "site=T; location=L; latency_ms=1", "", INSERT)
    plan = with_scenarios(rented(), new=[("offer", offer), ("site", site), ("link", link)])
    frame = exact(ask(plan, "bridge", end="new"))
    assert list(frame["cause"][1:-1]) == ["offer and site", "link"]
    assert frame["value"].iloc[-1] == pytest.approx(0.5 * YEAR)


def test_a_bar_smaller_than_the_gaps_is_marked():
    slight = Change("offers", "", "price_per_hour", MULTIPLY, "1.000000000001")
    plan = with_scenarios(rented(), a=[("slight", slight), ("price", PRICE)])
    answer = ask(plan, "bridge", end="a")
    certain = answer.frames["bridge"].set_index("cause")["certain"]
    assert not certain["slight"]
    assert certain["price"]
    assert any("Smaller than the gaps" in s and "slight" in s for s in answer.sentences)
    assert answer.facts["certain"]
    assert not any("USD" in s for s in answer.sentences[1:])


def test_two_causes_that_undo_each_other_leave_no_difference():
    half = Change("offers", "offer=rent", "price_per_hour", MULTIPLY, "0.5")
    twice = Change("offers", "offer=rent", "price_per_hour", MULTIPLY, "2")
    plan = with_scenarios(rented(), nil=[("half", half), ("twice", twice)])
    answer = ask(plan, "bridge", end="nil")
    assert steps(answer) == pytest.approx({"half": -YEAR, "twice": YEAR})
    assert answer.frames["bridge"]["certain"].tolist() == [True, True, True, False]
    assert "no difference" in answer.sentences[0]


def test_decisions_that_differ_come_along():
    plan = with_scenarios(choice(), cheap=[("rent", Change("offers", "offer=rent", "price_per_hour", SET, "0.5"))])
    answer = ask(plan, "bridge", end="cheap")
    devices = answer.frames["decisions"].query("kind == 'devices'").set_index("what")["change"]
    assert devices.to_dict() == pytest.approx({"hold": -1, "rent": 1})
    assert set(answer.frames["flips"]["turn"]) == {"enters", "leaves"}


def test_an_end_without_an_answer_is_said():
    full = Change("offers", "", "max_devices", SET, "0.5")
    plan = with_scenarios(rented(), full=[("", full)], odd=[("", Change("offers", "offer=x", "site", SET, "S"))])
    with pytest.raises(QuestionError, match="full has no answer: infeasible"):
        ask(plan, "bridge", end="full")
    with pytest.raises(QuestionError, match="odd cannot be made"):
        ask(plan, "bridge", start="odd")
    with pytest.raises(QuestionError, match="nobody"):
        ask(plan, "bridge", end="nobody")
