"""Sensitivity: both ends of every lever, and the place where the decision flips, known by hand."""

import pandas as pd
import pytest

from planner.explore.question import QuestionError
from planner.plan.plan import Plan
from tests.explore.what_if import YEAR, ask, choice, rented, with_levers

RENT = {"lever": "Rent", "table": "offers", "where": "offer=rent", "column": "price_per_hour", "change": "multiply",
        "low": 0.2, "high": 1.8}  # fmt: skip
POWER = {"lever": "Power", "table": "sites", "column": "electricity_price_per_kwh", "change": "set",
         "low": 0.5, "high": 1.5}  # fmt: skip
VOLUME = {"lever": "Volume", "table": "demand", "column": "volume", "change": "multiply", "low": 1.0, "high": 3.0}


def ends(frame: pd.DataFrame, lever: str) -> pd.DataFrame:
    return frame[frame["lever"] == lever].set_index("end")


def test_both_ends_of_every_lever_widest_first():
    table = ask(with_levers(rented(), POWER, VOLUME, RENT), "tornado").frames["tornado"]
    assert list(dict.fromkeys(table["lever"])) == ["Volume", "Rent", "Power"]
    assert ends(table, "Rent")["difference"].to_dict() == pytest.approx({"low": -1.6 * YEAR, "high": 1.6 * YEAR})
    assert ends(table, "Power")["difference"].to_dict() == pytest.approx({"low": -0.5 * YEAR, "high": 0.5 * YEAR})
    assert ends(table, "Volume")["difference"].to_dict() == pytest.approx({"low": 0, "high": 6 * YEAR})
    assert table.set_index("lever")["stands"].to_dict() == {"Volume": 1.0, "Rent": 1.0, "Power": 1.0}
    # The cost moves, no decision does.
    assert (table["flips"] == 0).all()
    assert not ends(table, "Volume").loc["low", "certain"]


def test_where_the_decision_flips_and_not_only_the_cost():
    # Rent at 2 against a commitment at 1: renting pays below a factor of a half.
    plan = with_levers(choice(), RENT)
    answer = ask(plan, "tornado", rounds=4)
    table = ends(answer.frames["tornado"], "Rent")
    assert table["flips"].to_dict() == {"low": 2.0, "high": 0.0}
    assert table["difference"].to_dict() == pytest.approx({"low": -0.6 * YEAR, "high": 0.0})
    flips = answer.frames["flips"]
    assert set(zip(flips["end"], flips["what"], flips["turn"], strict=True)) == {
        ("low", "hold", "leaves"),
        ("low", "rent", "enters"),
    }
    threshold = answer.frames["thresholds"].iloc[0]
    assert (threshold["lever"], threshold["end"]) == ("Rent", "low")
    assert threshold["flipped"] <= 0.5 <= threshold["unflipped"]
    assert threshold["unflipped"] - threshold["flipped"] == pytest.approx(0.8 / 2**4)
    assert set(answer.frames["firsts"]["what"]) == {"hold", "rent"}
    assert answer.sentences[0].endswith("A decision flips.")
    # Without renting, a device-year costs 1 an hour there, not 0.4.
    assert table["priced"].to_dict() == {"low": True, "high": False}


def test_a_flip_between_plans_that_cost_the_same_is_a_tie():
    # Rent as cheap as the commitment: which of the two does the work is a matter of chance, not of price.
    even = RENT | {"low": 0.5, "high": 0.5}
    answer = ask(with_levers(choice(), even), "tornado")
    table = ends(answer.frames["tornado"], "Rent")
    assert not table["priced"].any()
    hair = RENT | {"low": 0.4999999999, "high": 1.0}
    answer = ask(with_levers(choice(), hair), "tornado")
    table = ends(answer.frames["tornado"], "Rent")
    assert table["flips"].to_dict() == {"low": 2.0, "high": 0.0}
    assert answer.sentences[0].endswith("can be a tie.")
    assert not table["priced"].any()


def test_without_bisection_no_threshold():
    answer = ask(with_levers(choice(), RENT), "tornado", ties="no")
    assert not answer.frames["tornado"]["priced"].any()
    assert answer.frames["thresholds"].empty
    assert len(answer.frames["flips"]) == 2


def test_a_whole_number_is_halved_in_whole_steps():
    term = {"lever": "Late", "table": "offers", "where": "offer=hold", "column": "lead_time_months", "change": "add",
            "low": 0.0, "high": 3.0}  # fmt: skip
    # Whatever is late by a month comes after the only period, so that nothing can be committed.
    answer = ask(with_levers(choice(), term), "tornado", rounds=3)
    threshold = answer.frames["thresholds"].iloc[0]
    assert (threshold["unflipped"], threshold["flipped"]) == (0.0, 1.0)


def test_a_plan_without_levers_has_those_of_what_it_has():
    answer = ask(rented(), "tornado")
    assert answer.facts["generic"]
    assert set(answer.frames["tornado"]["lever"]) == {"Demand", "On-demand and spot prices", "Electricity price"}


def test_an_end_that_cannot_be_says_why():
    quota = {"lever": "Quota", "table": "offers", "column": "max_devices", "change": "set", "low": 0.5, "high": 2.0}
    bad = {"lever": "Bad", "table": "sites", "column": "pue", "change": "set", "low": 0.5, "high": 1.5}
    table = ask(with_levers(rented(), quota, bad), "tornado").frames["tornado"]
    assert ends(table, "Quota")["state"].to_dict() == {"low": "infeasible", "high": "solved"}
    assert ends(table, "Bad")["state"].to_dict() == {"low": "not valid", "high": "solved"}
    assert "1 or more" in ends(table, "Bad").loc["low", "why"]
    assert pd.isna(ends(table, "Quota").loc["low", "stands"])


def test_levers_may_be_chosen():
    plan: Plan = with_levers(rented(), POWER, VOLUME)
    assert set(ask(plan, "tornado", chosen="Power").frames["tornado"]["lever"]) == {"Power"}
    with pytest.raises(QuestionError, match="Nothing"):
        ask(plan, "tornado", chosen="Nothing")
    with pytest.raises(QuestionError, match="0 to 6"):
        ask(plan, "tornado", rounds=9)
