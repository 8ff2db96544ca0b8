"""The page of trade-offs: points that can be chosen, each with its plan, and a scenario made of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from pages._shared import services
from planner.explore import questions
from planner.explore.frontier import frontier
from planner.explore.question import Answer
from planner.explore.runner import Memory, Runner
from planner.plan.patch import scenario as scenario_of
from planner.plan.plan import Plan
from planner.report.charts import frontier as told
from planner.result.result import Result
from planner.store import draft_from_plan
from tests.app.conftest import healthy
from tests.builders import cost, solved, tiny
from tests.explore.test_frontier import Hurried, three_sites

Visit = Callable[..., AppTest]
QUICK = {"points": 5, "gap": 1.0, "seconds": 30.0}
ASKED: dict[tuple[str, str], tuple[Result, Answer]] = {}
"""What tests asked before, by plan and question."""


def answered(visit: Visit, plan: Plan, **told_: Any) -> tuple[str, Answer]:
    """The plan in the store with its answer and that to the question; returns its identifier and the latter."""
    visit()
    store, question = services.store(), questions()["frontier"]
    key = question.key(plan, told_)
    if (plan.content_hash, key) not in ASKED:
        result = solved(plan)
        with Runner.here(Memory()) as runner:
            ASKED[plan.content_hash, key] = result, question.ask(plan, result, runner, **told_)
    result, answer = ASKED[plan.content_hash, key]
    store.results.put(plan, "{}", result)
    store.results.put_answer(plan.content_hash, key, answer.pack())
    return store.create(draft_from_plan(plan), "Tiny").plan_id, answer


def texts(visitor: AppTest) -> str:
    kinds = (visitor.markdown, visitor.header, visitor.info, visitor.error)
    said = " | ".join(str(e.value) for kind in kinds for e in kind)
    numbers = " | ".join(f"{m.label} {m.value} {m.delta}" for m in visitor.metric)
    return f"{said} | {numbers}".replace("\\", "").replace("\u00a0", " ")


def test_without_an_answer_a_button_asks(visit: Visit):
    visitor = healthy(visit("tradeoffs"))
    assert not [b for b in visitor.button if b.key == "ask-frontier-carbon"], (
        "the sample's first question is answered ahead"
    )
    visitor.segmented_control(key="against").set_value("latency").run()
    assert visitor.button(key="ask-frontier-latency").label == "Find the frontier"


def test_a_point_opens_its_plan(visit: Visit):
    plan = three_sites()
    plan_id, answer = answered(visit, plan, against="carbon", **QUICK)
    visitor = healthy(visit("tradeoffs", plan=plan_id))
    said = texts(visitor)
    assert "Less carbon costs" in said
    assert "this plan" in visitor.selectbox[0].options[0]
    assert "Its decisions are those of this plan" in said
    assert not [b for b in visitor.button if b.key == "save-point"]
    last = answer.frames["points"]["point"].iloc[-1]
    healthy(visitor.selectbox[0].set_value(last).run())
    said = texts(visitor)
    assert "from this plan" in said
    assert (
        f"Carbon {told.value_text('carbon', answer.frames['points']['value'].iloc[-1], 'USD')}".replace("\u00a0", " ")
        in said
    )


def test_a_point_becomes_a_scenario_that_costs_what_it_says(visit: Visit):
    plan = three_sites()
    plan_id, answer = answered(visit, plan, against="carbon", **QUICK)
    visitor = healthy(visit("tradeoffs", plan=plan_id))
    point = answer.frames["points"].iloc[1]
    visitor.selectbox[0].set_value(answer.frames["points"]["point"].iloc[-1]).run()
    visitor.selectbox[0].set_value(point["point"])  # chosen just before the click
    healthy(visitor.button(key="save-point").click().run())
    saved = services.reading_of(services.store().load(plan_id).draft).plan
    assert saved is not None
    (name,) = saved.tables["scenarios"]["scenario"]
    assert name.startswith("Carbon at most")
    assert abs(cost(scenario_of(saved, name)) - point["cost"]) < 1e-4 * point["cost"]
    assert saved.content_hash == plan.content_hash


def test_who_only_looks_saves_nothing(visit: Visit):
    plan_id, answer = answered(visit, three_sites(), against="carbon", **QUICK)
    visitor = healthy(visit("tradeoffs", view=services.store().view_token(plan_id)))
    visitor.selectbox[0].set_value(answer.frames["points"]["point"].iloc[-1]).run()
    assert not [b for b in healthy(visitor).button if b.key == "save-point"]


def test_what_cannot_be_weighed_is_said_when_asked(visit: Visit, monkeypatch):
    monkeypatch.setenv("PLANNER_SWEEP", "here")
    visit()
    plan = tiny([{"price_per_hour": 1.0}])
    store = services.store()
    store.results.put(plan, "{}", solved(plan))
    plan_id = store.create(draft_from_plan(plan), "Tiny").plan_id
    visitor = healthy(visit("tradeoffs", plan=plan_id))
    visitor.segmented_control(key="against").set_value("unserved").run()
    visitor.button(key="ask-frontier-unserved").click().run()
    job = next(j for j in services.work().queue._jobs.values() if j.spec.get("question") == "frontier")
    assert job.wait(60)
    visitor.run()
    assert "all volume must be served" in " ".join(e.value for e in visitor.error).replace("\\", "")


def test_the_picture_says_what_it_shows(visit: Visit):
    _, answer = answered(visit, three_sites(), against="carbon", points=8, gap=0.0)
    points = answer.frames["points"]
    fig = told.frontier(points, answer.facts, "USD", "end")
    assert len(fig.table) == len(points)
    assert len(fig.png()) > 10_000
    assert "per tonne avoided" in fig.title
    assert answer.sentences[0] == f"{fig.title}."
    hollow = points.assign(overlaps=True, low=points["cost"].min())
    assert "no more than the gaps can tell" in told.finding(hollow, answer.facts, "USD")
    assert "hollow" in told.note(hollow, answer.facts, "USD")
    assert "Nothing to weigh" in told.finding(points.iloc[:1], answer.facts, "USD")


def test_the_cost_of_a_search_that_leaves_a_charge_out_is_not_called_the_cost_of_other_pages(visit: Visit):
    _, answer = answered(visit, three_sites(200.0), against="carbon", points=5, gap=0.0)
    points, facts = answer.frames["points"], answer.facts
    assert told.cost_name(facts) == "Cost without the carbon price, present value"
    fig = told.frontier(points, facts, "USD")
    axes = {layer["encoding"]["y"]["title"] for layer in fig.spec["layer"] if "y" in layer["encoding"]}
    assert axes == {"Cost without the carbon price, present value"}
    assert {"Cost without the carbon price (USD, present value)", "Cost (USD, present value)"} <= set(fig.table)
    here = points[points["kind"] == "plan"].iloc[0].to_dict()
    here_cost, whole = (told.fmt.money(facts[k]) for k in ("cost_now", "objective_now"))
    assert here_cost != whole
    number = told.headline(here, facts, "USD")[0]
    assert (number.label, number.value) == ("Cost, no carbon price", here_cost)
    assert number.note.endswith(f"With the carbon price: {whole}, the cost that other pages show.")
    assert f"{here_cost} for this plan, where other pages say {whole}" in fig.note
    _, other = answered(visit, three_sites(200.0), against="latency", points=3, gap=0.0)
    assert told.cost_name(other.facts) == "Cost, present value"
    number = told.headline(other.frames["points"].iloc[0].to_dict(), other.facts, "USD")[0]
    assert number.label == "Cost, present value"
    assert number.value == whole
    assert number.note.endswith("not cash: carbon price.")


def test_the_end_of_a_search_that_was_cut_is_not_called_the_least(visit: Visit):
    _, cut = answered(visit, three_sites(), against="carbon", points=3, gap=0.0, reach=20.0)
    points, facts = cut.frames["points"], cut.facts
    assert facts["cut"]
    names = told.labels(points, facts, "USD")
    assert "end" not in names  # a step to it is as good in both, and stands for it
    assert list(names.values())[-1].replace("\u00a0", " ").endswith(", least within +20 % cost")
    assert names["plan"].endswith(", this plan, least cost")
    said = told.note(points, facts, "USD").replace("\u00a0", " ")
    assert "The search ends at +20 % cost" in said
    assert "Proven: within +20 % cost none has less than" in said
    assert facts["least_proven"] <= points["value"].iloc[-1]
    assert told.finding(points.iloc[:1], facts, "USD").endswith("that was asked for")
    three = points.iloc[[0, 1, 1]].assign(value=[3.0, 2.0, 1.0], cost=[1.0, 3.0, 6.0], low=[1.0, 3.0, 6.0])
    for most, end in ((6.0, "close to +500 % cost"), (60.0, "at last")):
        reached = {**facts, "cost_now": 1.0, "most": most}
        assert f"{end}, per tonne" in told.finding(three, reached, "USD").replace("\u00a0", " ")


def test_where_there_is_nothing_left_the_end_is_the_least(visit: Visit):
    green = three_sites()
    green = green.replace(sites=green.tables["sites"].assign(carbon_g_per_kwh=[500.0, 0.0, 0.0]))
    _, none = answered(visit, green, against="carbon", points=3, gap=0.0, reach=900.0)
    points, facts = none.frames["points"], none.facts
    assert points["value"].iloc[-1] == pytest.approx(0.0, abs=1e-6)
    assert not facts["cut"]
    assert list(told.labels(points, facts, "USD").values())[-1].endswith(", least carbon")
    assert "ends at" not in told.note(points, facts, "USD")
    assert told.finding(points.iloc[:1], facts, "USD").endswith("the least carbon")


def test_capex_below_zero_says_why_and_a_step_is_in_money_of_the_plan(visit: Visit):
    facts = {"against": "capex_peak", "charged": False, "cut": False, "cost_now": 10.0, "objective_now": 10.0,
             "value_now": 100.0, "gap_now": 0.0, "most": 15.0, "step": 1.0, "dropped": [], "missing": []}  # fmt: skip
    row = {"limit": 1.0, "low": 10.0, "gap": 0.0, "overlaps": False, "marginal": np.nan, "marginal_low": np.nan,
           "marginal_high": np.nan, "cash": 10.0, "not_cash": "", "objective": 10.0, "opex": 1.0}  # fmt: skip
    points = pd.DataFrame(
        [
            {**row, "point": "plan", "kind": "plan", "value": 100.0, "cost": 10.0, "capex": 100.0},
            {
                **row,
                "point": "end",
                "kind": "end",
                "value": -20.0,
                "cost": 13.0,
                "low": 13.0,
                "capex": -60.0,
                "marginal": 0.025,
            },
        ]
    )
    fig = told.frontier(points, facts, "EUR")
    assert fig.spec["layer"][1]["encoding"]["x"]["title"].endswith(", less resale")
    assert fig.title == "Less capex in its highest year costs €0.0250 per EUR 1 off the peak"
    assert told.labels(points, facts, "EUR")["end"].startswith("\u2212€20 (less resale), ")
    numbers = told.headline(points.iloc[1].to_dict(), facts, "EUR")
    assert [n.label for n in numbers[1:4]] == ["Peak capex less resale", "Price of the step", "Capex less resale"]
    assert numbers[1].value == "\u2212€20"
    assert numbers[2].delta == "per EUR 1"
    bought = told.frontier(points.iloc[:1], facts, "EUR")
    assert bought.spec["layer"][1]["encoding"]["x"]["title"] == fig.spec["layer"][1]["encoding"]["x"]["title"]


def test_a_far_end_whose_cost_was_not_found_has_no_price(visit: Visit):
    plan = three_sites()
    with Hurried.here() as runner:
        answer = frontier(plan, solved(plan), runner, against="carbon", points=4, gap=0.0, reach=900.0, seconds=60.0)
    points, facts = answer.frames["points"], answer.facts
    fig = told.frontier(points, facts, "USD")
    assert fig.title == "Less carbon is possible, but what it costs was not found in the time given"
    assert answer.sentences[0] == f"{fig.title}."
    said = " ".join(answer.sentences).replace("\u00a0", " ")
    assert "its least cost was not found in the time given" in said
    assert "2 more were not found" in said
    assert "for each" not in said
    end = points.iloc[-1].to_dict()
    assert np.isnan(end["marginal"])
    cost_, _, price, *_ = told.headline(end, facts, "USD")
    assert (cost_.delta, cost_.good) == ("at most: least cost not found in the time given", None)
    assert (price.value, price.delta) == (told.fmt.DASH, "not found in the time given")
    assert "hollow" not in fig.note.lower()
    assert "that it costs no more than shown" in fig.note


def test_the_first_price_is_that_of_the_first_step_also_where_its_points_overlap(visit: Visit):
    """Of points at 0, 1, 6 and 18 dearer the second cannot be told from the first: 6 for the first two steps."""
    _, answer = answered(visit, three_sites(), against="carbon", points=3, gap=0.0)
    row = answer.frames["points"].iloc[0]
    cost_, low = np.array([100.0, 101.0, 106.0, 118.0]), np.array([100.0, 99.0, 106.0, 118.0])
    points = pd.DataFrame([row] * 4).assign(
        value=[4.0, 3.0, 2.0, 1.0], cost=cost_, low=low, gap=1 - low / cost_, overlaps=[False, True, False, False]
    )
    said = told.finding(points, {**answer.facts, "cut": False}, "USD")
    assert said == "Less carbon costs $3 at first and $12 at last, per tonne avoided"


def test_what_is_rounding_is_no_unserved_volume(visit: Visit):
    assert told.value_text("unserved", 1.8e-7, "USD") == "0\u00a0%"
    assert told.value_text("unserved", 0.018, "USD") == "1.8\u00a0%"


def test_this_plan_is_named_beside_its_point_wherever_it_lies(visit: Visit):
    _, answer = answered(visit, three_sites(200.0), against="carbon", points=3, gap=0.0)
    for points in (answer.frames["points"], answer.frames["points"].query("kind != 'plan'")):
        fig = told.frontier(points, answer.facts, "USD")
        layer = fig.spec["layer"][-1]
        rows = fig.spec["datasets"][(layer.get("data") or fig.spec["data"])["name"]]
        keep = layer.get("transform", [{}])[0].get("filter")
        rows = [r for r in rows if keep is None or r["kind"] == "plan"]
        assert [(r["here"], r["value"]) for r in rows] == [("This plan", answer.facts["value_now"])]
        assert layer["mark"]["align"] == "right"


def test_the_point_of_the_plan_says_that_it_is_this_plan(visit: Visit):
    plan_id, _ = answered(visit, three_sites(), against="carbon", **QUICK)
    said = texts(healthy(visit("tradeoffs", plan=plan_id)))
    assert "This point is this plan." in said
    assert "This point is no scenario" not in said
