"""Why an offer is in a plan or not: prices, utilizations and reasons that can be worked out by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from planner.explore import questions
from planner.explore.case import Case
from planner.explore.question import Answer, QuestionError
from planner.explore.runner import Runner
from planner.plan.plan import Plan
from planner.result.result import Result
from tests.builders import solved, tiny
from tests.explore.what_if import near_and_far

YEAR = 8760.0
"""Units that one device serves in a year."""


def asked(plan: Plan, offer: str, **told: Any) -> Answer:
    with Runner.here() as runner:
        return questions()["why"].ask(plan, solved(plan), runner, offer=offer, gap=0.0, **told)


def reason(answer: Answer, bottleneck: str) -> dict[str, Any]:
    rows = answer.frames["reasons"]
    return rows[rows["bottleneck"] == bottleneck].iloc[0].to_dict()


def plain(answer: Answer) -> list[str]:
    """The sentences, with plain spaces."""
    return [t.replace("\u00a0", " ") for t in answer.sentences]


def busy(share: float, committed: float, devices: int = 2) -> Plan:
    """Work for some devices in a share of the hours and for none in the others, rented at 2 an hour or committed."""
    offers = [
        {"offer": "rent", "price_per_hour": 2.0},
        {"offer": "commit", "pricing": "committed", "price_per_hour": committed},
    ]
    return tiny(
        offers,
        devices * share * YEAR,
        slices=[{"slice": "on", "share_of_hours": share}, {"slice": "off", "share_of_hours": 1 - share}],
        load_shapes=[
            {"workload": "W", "slice": "on", "multiplier": 1 / share},
            {"workload": "W", "slice": "off", "multiplier": 0.0},
        ],
    )


@pytest.mark.parametrize("share", [0.25, 0.4, 0.75])
@pytest.mark.parametrize("side", [0.6, 1.3])
def test_a_commitment_turns_at_the_newsvendor_ratio(share: float, side: float) -> None:
    """Commit while the share of hours with demand is above committed / on-demand price: it turns at share x 2."""
    committed = side * share * 2.0
    facts = asked(busy(share, committed), "commit").facts
    assert facts["in_plan"] == (side < 1)
    turn, price = facts["break_even"], facts["price"]
    assert price["now"] * turn["found"] == pytest.approx(share * 2.0, rel=1e-4)
    assert price["now"] * turn["relaxed"] == pytest.approx(share * 2.0, rel=1e-4)
    assert price["now"] * turn["proven"] == pytest.approx(share * 2.0, rel=1e-4)
    assert turn["exact"]
    assert facts["use"]["now"] == pytest.approx(share)
    assert facts["use"]["break_even"] == pytest.approx(committed / 2.0)


def test_the_layer_above_the_base_turns_at_its_own_share_of_hours() -> None:
    """One device is there already; the second has work in 30 % of the hours."""
    plan = tiny(
        [
            {"offer": "rent", "price_per_hour": 2.0},
            {"offer": "commit", "pricing": "committed", "price_per_hour": 0.5, "term_months": 12},
        ],
        1.3 * YEAR,
        slices=[{"slice": "peak", "share_of_hours": 0.3}, {"slice": "base", "share_of_hours": 0.7}],
        load_shapes=[
            {"workload": "W", "slice": "peak", "multiplier": 2 / 1.3},
            {"workload": "W", "slice": "base", "multiplier": 1 / 1.3},
        ],
        assets=[{"asset": "A", "offer": "commit", "devices": 1.0, "in_service": "2027-01"}],
    )
    facts = asked(plan, "commit").facts
    assert facts["in_plan"]
    assert facts["amount"] == pytest.approx(1.0)
    assert facts["price"]["now"] * facts["break_even"]["found"] == pytest.approx(0.6)
    assert facts["swap"]["a_year"] == pytest.approx(0.3 * YEAR * 2.0 - 0.5 * YEAR)


def test_devices_that_are_there_are_told_from_those_that_would_be_bought() -> None:
    """One device is owned already; a second pays while it costs less than a year of renting."""
    offers = [
        {"offer": "rent", "price_per_hour": 2.0},
        {"offer": "own", "pricing": "owned", "purchase_price": 20000.0, "useful_life_months": 12},
    ]
    asset = {"asset": "A", "offer": "own", "devices": 1.0, "in_service": "2027-01"}
    answer = asked(tiny(offers, 2 * YEAR, assets=[asset]), "own")
    facts = answer.facts
    assert not facts["in_plan"]
    assert facts["assets"] == pytest.approx(1.0)
    assert facts["price"]["now"] * facts["break_even"]["found"] == pytest.approx(2 * YEAR, rel=1e-4)
    assert facts["price"]["now"] * facts["break_even"]["relaxed"] == pytest.approx(2 * YEAR, rel=1e-4)
    assert facts["swap"]["a_year"] == pytest.approx(20000.0 - 2 * YEAR)
    assert plain(answer)[0].startswith("H at S, owned, serves with the 1 device that is there already")


def test_an_offer_outside_is_forced_in_and_says_what_it_replaces() -> None:
    offers = [{"offer": "cheap", "price_per_hour": 2.0}, {"offer": "dear", "price_per_hour": 3.0}]
    answer = asked(tiny(offers, YEAR), "dear", devices=0.5)
    swap = answer.facts["swap"]
    assert swap["kind"] == "forced in"
    assert swap["amount"] == pytest.approx(0.5)
    assert swap["a_year"] == pytest.approx(0.5 * YEAR)
    assert swap["relaxed_a_year"] == pytest.approx(0.5 * YEAR)
    replaced = answer.frames["replaced"].set_index("offer")
    assert replaced.loc["cheap", ["before", "after"]].tolist() == pytest.approx([1.0, 0.5])
    assert answer.facts["reduced_cost"]["net"] == pytest.approx(YEAR)
    assert answer.facts["price"]["now"] * answer.facts["break_even"]["found"] == pytest.approx(2.0, rel=1e-4)
    assert any(t.startswith("With divisible devices it would replace 0.500 devices of H at ") for t in plain(answer))


def test_an_offer_inside_is_left_out_and_says_what_takes_its_place() -> None:
    offers = [{"offer": "cheap", "price_per_hour": 2.0}, {"offer": "dear", "price_per_hour": 3.0}]
    answer = asked(tiny(offers, YEAR), "cheap")
    assert answer.facts["swap"]["kind"] == "left out"
    assert answer.facts["swap"]["a_year"] == pytest.approx(YEAR)
    assert any(
        t.startswith("With divisible devices its place would be taken by 1 device of H at ") for t in plain(answer)
    )
    assert answer.facts["price"]["now"] * answer.facts["break_even"]["found"] == pytest.approx(3.0, rel=1e-4)


def test_an_offer_that_nothing_can_replace_says_so() -> None:
    answer = asked(tiny([{"offer": "only", "price_per_hour": 2.0}], YEAR), "only")
    assert answer.facts["swap"]["state"] == "infeasible"
    assert "No plan exists without it." in answer.sentences


class Late(Runner):
    """A runner whose solves without the offer end without a plan, as at a time limit."""

    def solve(self, cases: Iterable[Case]) -> dict[str, Result]:
        found = super().solve(cases)
        return {
            name: replace(r, status="unsolved", objective=None, bound=None, frames={}) if name == "left out" else r
            for name, r in found.items()
        }


@pytest.mark.parametrize("missing", [False, True])
def test_an_offer_whose_absence_was_not_solved_is_not_said_to_make_no_difference(missing: bool) -> None:
    """Renting elsewhere costs a device-year of 1 an hour more: the relaxation knows, the search does not."""
    offers = [{"offer": "cheap", "price_per_hour": 2.0}, {"offer": "dear", "price_per_hour": 3.0}]
    plan = tiny(offers, YEAR)

    class Lost(Runner):
        def solve(self, cases: Iterable[Case]) -> dict[str, Result]:
            return {name: r for name, r in super().solve(cases).items() if name != "left out"}

    with (Lost if missing else Late).here() as runner:
        answer = questions()["why"].ask(plan, solved(plan), runner, offer="cheap", gap=0.0)
    told = " ".join(plain(answer))
    assert "makes no difference" not in told
    assert "In whole devices no price at which it leaves is known: the plan without it was not solved in time." in told
    assert "Without it the plan was not solved in time; with divisible devices it costs $8.76 k more a year" in told


def test_a_token_api_turns_at_the_price_of_a_unit() -> None:
    offers = [
        {"offer": "rent", "price_per_hour": 2.0},
        {"offer": "api", "pricing": "api", "workload": "W", "price_per_unit": 2.5},
    ]
    facts = asked(tiny(offers, YEAR), "api").facts
    assert facts["price"]["per"] == "unit"
    assert facts["price"]["now"] * facts["break_even"]["found"] == pytest.approx(2.0, rel=1e-4)
    assert facts["use"] is None


@pytest.mark.parametrize(
    ("column", "value", "bottleneck", "figures"),
    [
        ("max_latency_ms", 50.0, "latency", (100.0, 50.0)),
        ("allowed_zones", "Z", "zone", None),
        ("required_certifications", "ISO", "certification", None),
    ],
)
def test_a_rule_that_keeps_an_offer_out_is_named_with_what_it_costs(
    column: str, value: Any, bottleneck: str, figures: tuple[float, float] | None
) -> None:
    answer = asked(near_and_far(**{column: value}), "far")
    found = reason(answer, bottleneck)
    assert found["absolute"]
    assert found["share"] == pytest.approx(1.0)
    if figures:
        assert (found["value"], found["limit"], found["unit"]) == (*figures, "ms")
    assert answer.facts["barred"]
    assert answer.facts["lifted"]["amount"] == pytest.approx(1.0)
    assert answer.facts["lifted"]["a_year"] == pytest.approx(YEAR)
    assert answer.facts["break_even"] is None


@pytest.mark.parametrize(
    ("offer", "site", "bottleneck", "figures"),
    [
        ({"pricing": "on_demand", "max_devices": 0.0}, {}, "quota", (0.0, 0.0)),
        ({"pricing": "owned"}, {"power_capacity_kw": 5.0}, "power", (0.0, 5.0)),
        ({"pricing": "committed"}, {"max_devices": 0.0}, "room", (0.0, 0.0)),
        ({"pricing": "owned", "lead_time_months": 24}, {}, "date", (3.0, 1.0)),
    ],
)
def test_a_limit_that_keeps_an_offer_out_is_named_with_its_figures(
    offer: dict[str, Any], site: dict[str, Any], bottleneck: str, figures: tuple[float, float]
) -> None:
    plan = tiny(
        [{"offer": "rent", "price_per_hour": 2.0}, {"offer": "it", "site": "F", **offer}],
        YEAR,
        hardware=[{"hardware": "H", "power_kw": 10.0}],
        sites=[{"site": "S", "zone": "Z", "kind": "cloud"}, {"site": "F", "zone": "Z", "kind": "colocation", **site}],
        network=[{"site": s, "location": "L", "latency_ms": 1.0} for s in "SF"],
    )
    answer = asked(plan, "it")
    found = reason(answer, bottleneck)
    assert found["absolute"]
    assert (found["value"], found["limit"]) == figures
    label = f"H at F, {str(offer['pricing']).replace('_', ' ')}"
    assert plain(answer)[0].startswith(label)
    assert plain(answer)[0].endswith(", is not in the plan, and cannot be as things are.")
    assert not any(" it " in t or "max_devices" in t for t in plain(answer)[:1])


def test_a_quota_that_is_used_up_holds_an_offer_down_and_does_not_bar_it() -> None:
    offers = [{"offer": "cheap", "price_per_hour": 1.0, "max_devices": 0.5}, {"offer": "dear", "price_per_hour": 2.0}]
    found = reason(asked(tiny(offers, YEAR), "cheap"), "quota")
    assert (found["value"], found["limit"], found["absolute"]) == (pytest.approx(0.5), 0.5, False)


def test_power_that_is_too_little_for_one_more_device_holds_an_offer_down() -> None:
    plan = tiny(
        [{"offer": "own", "pricing": "owned", "purchase_price": 100.0}, {"offer": "rent", "price_per_hour": 2.0}],
        2 * YEAR,
        hardware=[{"hardware": "H", "power_kw": 10.0}],
        sites=[{"site": "S", "zone": "Z", "kind": "colocation", "power_capacity_kw": 15.0}],
    )
    found = reason(asked(plan, "own"), "power")
    assert (found["value"], found["limit"], found["unit"], found["absolute"]) == (10.0, 15.0, "kW", False)


def test_a_token_api_at_its_rate_limit_says_so() -> None:
    offers = [
        {"offer": "rent", "price_per_hour": 2.0},
        {"offer": "api", "pricing": "api", "workload": "W", "price_per_unit": 1.0, "max_units_per_hour": 0.25},
    ]
    found = reason(asked(tiny(offers, YEAR), "api"), "quota")
    assert (found["value"], found["limit"]) == (pytest.approx(0.25), 0.25)


def test_what_is_stopped_says_only_what_is_known_without_a_solve() -> None:
    class Stopped:
        def is_set(self) -> bool:
            return True

    plan = busy(0.4, 1.0)
    base = solved(plan)
    with Runner.here(cancel=Stopped()) as runner:
        answer = questions()["why"].ask(plan, base, runner, offer="commit")
    assert answer.facts["break_even"] is None
    assert answer.facts["swap"]["a_year"] is None
    assert set(answer.frames["volumes"]["state"]) == {"not solved"}
    assert plain(answer)[0] == "H at S, committed 12 months, could be used and is not in the plan."


def test_hardware_that_cannot_run_the_work_is_no_matter_of_price() -> None:
    plan = tiny(
        [{"offer": "rent", "price_per_hour": 2.0}, {"offer": "odd", "hardware": "K"}],
        YEAR,
        hardware=[{"hardware": "H"}, {"hardware": "K"}],
    )
    answer = asked(plan, "odd")
    assert reason(answer, "throughput")["absolute"]
    assert answer.facts["lifted"] is None
    assert answer.frames["prices"].empty


def test_spot_for_what_may_not_be_interrupted_enters_when_it_may() -> None:
    offers = [{"offer": "rent", "price_per_hour": 2.0}, {"offer": "spot", "pricing": "spot", "price_per_hour": 0.5}]
    answer = asked(tiny(offers, YEAR), "spot")
    assert reason(answer, "interruptible share")["absolute"]
    assert answer.facts["lifted"]["a_year"] == pytest.approx(1.5 * YEAR)


def test_an_offer_that_would_come_too_late_says_whether_the_date_is_to_blame() -> None:
    offers = [
        {"offer": "rent", "price_per_hour": 2.0},
        {"offer": "buy", "pricing": "committed", "price_per_hour": 1.0, "term_months": 24, "lead_time_months": 12},
    ]
    late = tiny(offers, [YEAR, 0.0], periods=2)
    answer = asked(late, "buy")
    assert not answer.facts["in_plan"]
    assert not reason(answer, "date")["absolute"]
    assert answer.facts["at_once"]["amount"] == pytest.approx(0.0)


def test_a_policy_at_its_limit_is_a_reason_with_its_price() -> None:
    offers = [{"offer": "cheap", "price_per_hour": 1.0}, {"offer": "dear", "price_per_hour": 2.0}]
    cap = {"policy": "cap", "measure": "devices", "sense": "max", "limit": 0.5, "offer": "cheap"}
    answer = asked(tiny(offers, YEAR, policies=[cap]), "cheap")
    found = reason(answer, "policy")
    assert (found["what"], found["value"], found["limit"]) == ("cap", 0.5, 0.5)
    assert not found["absolute"]


def test_the_volume_at_which_an_offer_enters() -> None:
    """A device for 10,000 a year beside renting at 2 an hour: worth it from 5,000 of 8,760 hours on."""
    offers = [
        {"offer": "rent", "price_per_hour": 2.0},
        {"offer": "own", "pricing": "owned", "purchase_price": 10000.0, "useful_life_months": 12},
    ]
    answer = asked(tiny(offers, 4000.0), "own")
    volumes = answer.frames["volumes"].set_index("factor")
    assert volumes.loc[1.5, "state"] == "in the plan"
    assert "enters the plan" in answer.sentences[-1]


def test_an_unknown_offer_is_refused_in_words() -> None:
    with pytest.raises(QuestionError, match="no offer is called 'x'"):
        asked(tiny([{"offer": "rent", "price_per_hour": 2.0}], YEAR), "x")


def test_the_solves_are_few_and_the_answer_can_be_kept() -> None:
    plan = busy(0.4, 1.0)
    base = solved(plan)
    with Runner.here() as runner:
        answer = questions()["why"].ask(plan, base, runner, offer="commit")
        assert runner.solves <= 12
    again = Answer.unpack(answer.pack())
    assert again.sentences == answer.sentences
    assert again.facts == answer.facts
