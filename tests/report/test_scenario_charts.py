"""Charts of scenarios, bridge and sensitivity: what they claim is in the frames, and nothing more."""

from __future__ import annotations

import pytest

from planner.plan.patch import Change
from planner.plan.what_if import MULTIPLY, SET
from planner.report.charts.base import Figure
from planner.report.charts.bridge import scenario_bridge
from planner.report.charts.scenario import (
    LESS,
    MORE,
    SAME,
    amount,
    decision_table,
    measure_table,
    measured,
    scenario_costs,
    turned_text,
)
from planner.report.charts.tornado import lever_value, tornado
from tests.explore.what_if import DEMAND, NOTHING, PRICE, ask, choice, rented, with_levers, with_scenarios

CHEAP = Change("offers", "offer=rent", "price_per_hour", SET, "0.5")


def drawn(figure: Figure) -> list[dict]:
    """Every row of data that the chart draws; the chart can be made a picture."""
    assert figure.png(scale=0.5).startswith(b"\x89PNG")
    return [row for rows in figure.spec["datasets"].values() for row in rows]


def test_side_by_side():
    full = Change("offers", "", "max_devices", SET, "0.5")
    plan = with_scenarios(rented(), more=[("", DEMAND)], cheap=[("", PRICE)], same=[("", NOTHING)], full=[("", full)])
    answer = ask(plan, "scenarios")
    figure = scenario_costs(answer.frames["scenarios"], "USD")
    assert figure.title.startswith("more costs $13.1\u00a0k more (50\u00a0%), the widest apart")
    assert figure.title.endswith("1 scenario has no plan")
    kinds = {r["scenario"]: r["kind"] for r in drawn(figure) if "kind" in r}
    assert kinds == {"more": MORE, "cheap": LESS, "same": SAME}
    assert list(figure.table["Scenario"]) == ["Plan as it is", "more", "cheap", "same", "full"]
    assert list(figure.table["Larger than both gaps"]) == ["", "yes", "yes", "no", ""]
    measures = measure_table(answer.frames["measures"], "USD").set_index("Measure")
    assert measures.loc["Cost, present value", "more"] == "$39.4\u00a0k (+$13.1\u00a0k)"
    assert measures.loc["Devices at most", "more"] == "1.5 (+0.5)"
    assert measures.loc["Cost, present value", "same"] == "$26.3\u00a0k"
    none = scenario_costs(answer.frames["scenarios"].query("scenario == 'full'"), "USD")
    assert none.title == "No scenario has a plan"


def test_the_bridge_is_drawn_as_it_sums():
    slight = Change("offers", "", "price_per_hour", MULTIPLY, "1.000000000001")
    plan = with_scenarios(rented(), both=[("demand", DEMAND), ("slight", slight), ("price", PRICE)])
    answer = ask(plan, "bridge", end="both")
    figure = scenario_bridge(answer.frames["bridge"], answer.frames["categories"], "USD")
    bars = {r["name"]: r for r in drawn(figure)}
    assert bars["slight"]["kind"] == SAME
    assert bars["slight"]["text"] == "no difference"
    assert figure.chart.to_dict()["layer"][1]["encoding"]["x"]["title"] == "Cost, present value"
    assert "carbon price" in figure.note
    assert bars["demand"]["finish"] - bars["demand"]["begin"] == pytest.approx(1.5 * 8760)
    assert "compute" in bars["price"]["mostly"]
    assert figure.chart.to_dict()["layer"][1]["encoding"]["x"]["scale"]["domain"][0] == 0
    # Half as much again at half the price costs the same.
    assert figure.title == "Both differs from the plan as it is by no more than the gaps of the solves"
    assert list(figure.table["Cause"]) == ["Plan as it is", "demand", "slight", "price", "both"]


def test_small_steps_of_a_large_cost_are_drawn_large_and_said_so():
    small = Change("offers", "", "price_per_hour", MULTIPLY, "1.01")
    plan = with_scenarios(rented(), dearer=[("price", small)])
    answer = ask(plan, "bridge", end="dearer")
    figure = scenario_bridge(answer.frames["bridge"], answer.frames["categories"], "USD")
    x = figure.chart.to_dict()["layer"][1]["encoding"]["x"]
    assert x["scale"]["domain"][0] > 0
    assert "does not begin at 0" in x["title"]
    assert figure.title == "Dearer costs $175 more than the plan as it is"


def test_what_turns_and_what_differs_in_words():
    plan = with_scenarios(choice(), cheap=[("rent", CHEAP)])
    frames = ask(plan, "bridge", end="cheap").frames
    assert turned_text(plan, frames["flips"]) == "In: H at S, on demand. Out: H at S, committed 12 months."
    table = decision_table(plan, frames["decisions"]).set_index(["Decision", "Which"])
    assert table.loc[("Devices", "H at S, on demand"), "2027"] == "0 \u2192 1"
    assert table.loc[("Orders", "H at S, committed 12 months"), "2027"] == "1 \u2192 0"
    assert decision_table(plan, frames["decisions"].iloc[:0]).empty
    assert [amount(v) for v in (0, 0.04, 1.0, 2.25, 99.96, 12345.0)] == ["0", "0.04", "1", "2.2", "100", "12.3\u00a0k"]


def test_the_tornado_marks_flips():
    rent = {"lever": "Rent", "table": "offers", "where": "offer=rent", "column": "price_per_hour",
            "change": "multiply", "low": 0.3, "high": 1.8}  # fmt: skip
    quota = {"lever": "Quota", "table": "offers", "where": "offer=rent", "column": "max_devices", "change": "set",
             "low": -1.0, "high": 5.0}  # fmt: skip
    plan = with_levers(choice(), rent, quota)
    frames = ask(plan, "tornado", rounds=3).frames
    figure = tornado(plan, frames["tornado"], frames["flips"], frames["thresholds"], "USD")
    assert "decisions flip on 1 of 2 levers" in figure.title
    marks = [r for r in drawn(figure) if r.get("mark")]
    assert {(r["lever"], r["end"], r["mark"]) for r in marks} == {("Rent", "low", "A decision flips")}
    assert "No plan: Quota at -1" in figure.note
    row = figure.table[figure.table["Flip"] == "yes"].iloc[0]
    assert row["At"] == "x 0.3"
    assert row["First flip"] == "between 0.562 and 0.475"
    assert measured(-0.031, "share", "USD", signed=True) == "\u22123.1\u00a0points"
    assert measured(-20.14, "devices", "USD", signed=True) == "\u221220.1"
    assert lever_value("add", 6.0) == "+6"
    assert lever_value("set", 2e7) == "20.0\u00a0M"
