"""The page of scenarios: made from templates, run, compared, edited."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages._shared import services
from planner.explore import questions
from planner.explore.question import Answer
from planner.explore.runner import Memory, Runner
from planner.plan.plan import Plan
from planner.result.result import Result
from planner.store import draft_from_plan
from tests.app.conftest import healthy
from tests.builders import solved
from tests.explore.what_if import DEMAND, POWER, PRICE, choice, rented, with_levers, with_scenarios

Visit = Callable[..., AppTest]
LEVER = {"lever": "Rent", "table": "offers", "where": "offer=rent", "column": "price_per_hour", "change": "multiply",
         "low": 0.2, "high": 1.8}  # fmt: skip


def kept(plan: Plan) -> str:
    """A plan in the store with its answer; returns its identifier."""
    store = services.store()
    result = solved(plan)
    store.results.put(plan, "{}", result)
    return store.create(draft_from_plan(plan), "Tiny").plan_id


def answered(plan: Plan, name: str, **told: Any) -> Answer:
    """The answer to a question, put where the page finds it."""
    question = questions()[name]
    with Runner.here(Memory()) as runner:
        answer = question.ask(plan, base(plan), runner, **told)
    services.store().results.put_answer(plan.content_hash, question.key(plan, told), answer.pack())
    return answer


def base(plan: Plan) -> Result:
    found = services.best(plan.content_hash)
    assert found is not None
    return found


def texts(visitor: AppTest) -> str:
    kinds = (visitor.markdown, visitor.header, visitor.subheader, visitor.info, visitor.warning, visitor.error)
    return " | ".join(str(e.value) for kind in kinds for e in kind)


def view(visitor: AppTest, name: str) -> AppTest:
    return healthy(visitor.segmented_control(key="scenario-view").set_value(name).run())


QUICK = {"gap": 0.01, "seconds": 60.0}


@pytest.fixture
def plan() -> Plan:
    return with_scenarios(rented(), more=[("demand", DEMAND)], both=[("price", PRICE), ("power", POWER)])


def test_a_scenario_from_a_template(visit: Visit, plan: Plan):
    plan_id = kept(plan)
    visitor = healthy(visit("scenarios", plan=plan_id))
    visitor.selectbox(key="template").select_index(0).run()
    visitor.number_input(key="template-demand").set_value(2.0).run()
    visitor.text_input(key="scenario-name").set_value("Twice")
    healthy(visitor.button(key="add-scenario").click().run())
    tables = services.store().load(plan_id).draft.tables
    assert list(tables["scenarios"].frame()["scenario"]) == ["more", "both", "Twice"]
    row = tables["changes"].frame().iloc[-1]
    assert (row["scenario"], row["step"], row["cause"], row["value"]) == ("Twice", 1, "Demand x 2", "2")
    # Behind the changes of the one just made.
    visitor.selectbox(key="target").set_value("Twice")
    healthy(visitor.button(key="add-scenario").click().run())
    frame = services.store().load(plan_id).draft.tables["changes"].frame()
    assert list(frame.loc[frame["scenario"] == "Twice", "step"]) == [1, 2]
    # The same name again gets a number; the answer stays what it was.
    visitor.selectbox(key="target").select_index(0).run()
    visitor.text_input(key="scenario-name").set_value("Twice")
    healthy(visitor.button(key="add-scenario").click().run())
    assert "Twice (2)" in list(services.store().load(plan_id).draft.tables["scenarios"].frame()["scenario"])


def test_what_was_typed_last_comes_with_the_click(visit: Visit, plan: Plan):
    plan_id = kept(plan)
    visitor = healthy(visit("scenarios", plan=plan_id))
    # No run between typing and the click, as with a browser that has not heard of what is in the field.
    visitor.number_input(key="template-demand").set_value(3.0)
    visitor.text_input(key="scenario-name").set_value("Thrice; at once")
    healthy(visitor.button(key="add-scenario").click().run())
    tables = services.store().load(plan_id).draft.tables
    assert tables["scenarios"].frame()["scenario"].iloc[-1] == "Thrice, at once"
    row = tables["changes"].frame().iloc[-1]
    assert (row["scenario"], row["cause"], row["value"]) == ("Thrice, at once", "Demand x 3", "3")
    assert any("Added to Thrice, at once" in str(s.value).replace("\\", "") for s in visitor.success)
    # The field is blank again: the next one gets a name of its own, though it says the same.
    assert not visitor.text_input(key="scenario-name").value
    healthy(visitor.button(key="add-scenario").click().run())
    names = list(services.store().load(plan_id).draft.tables["scenarios"].frame()["scenario"])
    assert names[-2:] == ["Thrice, at once", "Demand x 3"]
    reading = services.reading_of(services.store().load(plan_id).draft)
    assert reading.plan is not None
    # A scenario that was chosen is run by its name, which a list of names must be able to hold.
    assert questions()["scenarios"].key(reading.plan, {"chosen": "Thrice, at once", **QUICK})


def test_a_template_chosen_with_the_click_is_not_added_unseen(visit: Visit, plan: Plan):
    plan_id = kept(plan)
    visitor = healthy(visit("scenarios", plan=plan_id))
    visitor.selectbox(key="template").select_index(1)
    visitor.button(key="add-scenario").click().run()
    assert "look at its value" in texts(visitor)
    assert len(services.store().load(plan_id).draft.tables["scenarios"].rows) == 2


def test_who_adds_to_an_older_version_adds_to_the_newest_and_is_told(visit: Visit, plan: Plan):
    plan_id = kept(plan)
    late = healthy(visit("scenarios", plan=plan_id))
    early = healthy(visit("scenarios", plan=plan_id))
    for visitor in (early, late):
        visitor.text_input(key="scenario-name").set_value("Growth")
        healthy(visitor.button(key="add-scenario").click().run())
    assert "meanwhile" in " ".join(str(s.value) for s in late.success)
    assert "meanwhile" not in " ".join(str(s.value) for s in early.success)
    tables = services.store().load(plan_id).draft.tables
    assert list(tables["scenarios"].frame()["scenario"])[2:] == ["Growth", "Growth (2)"]
    assert set(tables["changes"].frame()["scenario"]) >= {"Growth", "Growth (2)"}
    # One who would add to a scenario that has gone meanwhile is told so.
    late.selectbox(key="target").set_value("more").run()
    frames = {n: tables[n].frame() for n in ("scenarios", "changes")}
    gone = services.store().load(plan_id)
    without = gone.draft.replace(**{n: f[f["scenario"] != "more"] for n, f in frames.items()})
    services.store().save(plan_id, gone.number, without)
    late.button(key="add-scenario").click().run()
    assert "There is no scenario more any more" in texts(late)


def test_side_by_side(visit: Visit, plan: Plan):
    plan_id = kept(plan)
    visitor = healthy(visit("scenarios", plan=plan_id))
    assert any(b.label == "Run 2 scenarios" for b in visitor.button)
    answered(plan, "scenarios", chosen="", **QUICK)
    visitor = healthy(visit("scenarios", plan=plan_id))
    said = texts(visitor)
    assert "more costs" in said
    assert "Headline measures" in said
    assert [m.value for m in visitor.metric] == ["+$13.1\u00a0k", "\u2212$5.26\u00a0k"]


def test_a_run_is_found_and_stopped_after_a_reload(visit: Visit, plan: Plan, monkeypatch: pytest.MonkeyPatch):
    """Another session sees the run under the effort that was chosen for it, and can stop it."""
    plan_id = kept(plan)
    visitor = healthy(visit("scenarios", plan=plan_id))
    queue = services.work().queue
    busy = queue.submit({"kind": "tests.jobs.fakes:count", "steps": 100_000}, background=True)  # it waits behind this
    visitor.segmented_control(key="precision").set_value("Careful, to 0.3 %").run()
    visitor.button(key="ask-scenarios").click().run()
    job = next(j for j in queue._jobs.values() if j.spec.get("question") == "scenarios")
    monkeypatch.setattr(queue, "running", lambda: [job])
    again = healthy(visit("scenarios", plan=plan_id))
    assert again.segmented_control(key="precision").value == "Careful, to 0.3 %"
    again.button(key="ask-scenarios-stop").click().run()
    assert job.state == "cancelled"
    queue.kill(busy)


def test_the_bridge(visit: Visit, plan: Plan):
    plan_id = kept(plan)
    answered(plan, "bridge", start="", end="both", **QUICK)
    visitor = view(visit("scenarios", plan=plan_id), "Bridge")
    said = texts(visitor)
    assert "Both costs" in said
    assert "Each cause is solved on top of those above it" in said
    visitor.selectbox(key="bridge-from").set_value("both").run()
    assert "Choose two different ones" in texts(healthy(visitor))


def test_decisions_that_differ_are_listed(visit: Visit):
    from planner.plan.patch import Change

    cheap = Change("offers", "offer=rent", "price_per_hour", "set", "0.5")
    plan = with_scenarios(choice(), cheap=[("rent", cheap)])
    plan_id = kept(plan)
    answered(plan, "bridge", start="", end="cheap", **QUICK)
    visitor = view(visit("scenarios", plan=plan_id), "Bridge")
    said = texts(visitor)
    assert "decisions differ" in said
    assert "In: H at S, on demand" in said.replace("\\", "")


def test_sensitivity(visit: Visit):
    plan = with_levers(choice(), LEVER)
    plan_id = kept(plan)
    answered(plan, "tornado", ties="yes", rounds=0, **QUICK)
    visitor = view(visit("scenarios", plan=plan_id), "Sensitivity")
    assert "decisions flip on 1 of 1 lever" in texts(visitor)


def test_the_tables_are_edited_here(visit: Visit, plan: Plan):
    visitor = view(visit("scenarios", plan=kept(plan)), "Edit")
    assert [s.value for s in visitor.subheader] == ["Scenarios", "Changes", "Levers"]
    from planner.plan.patch import Change

    broken = with_scenarios(rented(), odd=[("", Change("offers", "offer=nobody", "price_per_hour", "set", "1"))])
    visitor = view(visit("scenarios", plan=kept(broken)), "Edit")
    assert "1 scenario cannot be made" in texts(visitor)


def test_a_plan_without_scenarios_says_so(visit: Visit):
    visitor = healthy(visit("scenarios", plan=kept(rented())))
    assert "There are no scenarios yet" in texts(visitor)
    assert "There are no scenarios yet" in texts(view(visitor, "Bridge"))
