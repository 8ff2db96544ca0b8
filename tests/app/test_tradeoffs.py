"""The page of trade-offs: points that can be chosen, each with its plan, and a scenario made of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from pages._shared import services
from planner.explore import questions
from planner.explore.question import Answer
from planner.explore.runner import Memory, Runner
from planner.plan.patch import scenario as scenario_of
from planner.plan.plan import Plan
from planner.report.charts import frontier as told
from planner.store import draft_from_plan
from tests.app.conftest import healthy
from tests.builders import cost, solved, tiny
from tests.explore.test_frontier import three_sites

Visit = Callable[..., AppTest]
QUICK = {"points": 5, "gap": 1.0, "seconds": 30.0}


def answered(visit: Visit, plan: Plan, **told_: Any) -> tuple[str, Answer]:
    """The plan in the store with its answer and that to the question; returns its identifier and the latter."""
    visit()
    store, result = services.store(), solved(plan)
    store.results.put(plan, "{}", result)
    question = questions()["frontier"]
    with Runner.here(Memory()) as runner:
        answer = question.ask(plan, result, runner, **told_)
    store.results.put_answer(plan.content_hash, question.key(plan, told_), answer.pack())
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
    visitor.selectbox[0].set_value(point["point"]).run()
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
    hollow = points.assign(overlaps=True)
    assert "no more than the gaps can tell" in told.finding(hollow, answer.facts, "USD")
    assert "hollow" in told.note(hollow, answer.facts, "USD")
    assert "Nothing to weigh" in told.finding(points.iloc[:1], answer.facts, "USD")
