"""What pages say where there is no answer to show: never that the plan be run when it was, always the way on."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from pages._shared import services
from pages._shared.ways import PAGES
from planner.jobs import Job
from planner.plan.files import read_plan
from planner.result.result import Result
from planner.result.run import solve_plan
from planner.store import Draft, draft_from_plan, options_key
from sample_data.ahead import SAMPLE
from tests.app.conftest import sidebar
from tests.builders import solved, tiny

Visit = Callable[..., AppTest]
ANSWERS = (
    "overview", "plan_detail", "finance", "chargeback", "executive", "why", "scenarios", "tradeoffs",
    "alternatives", "negotiation", "lenses", "workshop",
)  # fmt: skip
WHAT_IF = {
    "scenarios": [{"scenario": "Growth"}],
    "changes": [
        {"scenario": "Growth", "step": 1, "table": "demand", "column": "volume", "change": "multiply", "value": "1.5"}
    ],
}
OFFER = {"offer": "a", "price_per_hour": 2.0}
PLAN = tiny([OFFER], 8760.0, **WHAT_IF)
SOLVED = tiny([OFFER], 17520.0, **WHAT_IF)
IMPOSSIBLE = tiny([{**OFFER, "max_devices": 1}], 20 * 8760.0, **WHAT_IF)


def said(visitor: AppTest) -> str:
    """What the page itself says, without the sidebar."""
    shown = [*visitor.main.info, *visitor.main.warning, *visitor.main.error, *visitor.main.markdown]
    return " | ".join(str(e.value) for e in shown).replace("\\", "")


def leads_to(visitor: AppTest) -> list[tuple[str, str]]:
    """Links of the page to other pages: page and label."""
    return [(link.proto.page, link.proto.label) for link in visitor.main.get("page_link")]


def healthy(visitor: AppTest) -> AppTest:
    assert not visitor.exception
    assert len(visitor.title) == 1
    assert "went wrong" not in said(visitor)
    return visitor


def test_a_plan_that_was_not_run_is_run_from_any_page(visit: Visit):
    visit()
    for page in reversed(ANSWERS):  # the last one runs the plan
        made = services.store().create(draft_from_plan(PLAN), "Small").plan_id
        visitor = healthy(visit(page, plan=made))
        assert "the plan was not run" in said(visitor)
        assert [p for p, _ in leads_to(visitor)] == ["optimize"]
        if page == "overview":
            visitor.button(key="run-now").click().run()
            (job,) = [j for j in services.work().jobs(made) if PLAN.content_hash in j.key]
            assert job.wait(90)
            assert job.state == "done", job.error


def test_a_plan_without_a_way_is_told_with_its_reasons(visit: Visit):
    visit()
    for page in ANSWERS:
        found = solve_plan(IMPOSSIBLE, services.QUICK.options)
        assert found.status == "infeasible"
        made = services.store().create(draft_from_plan(IMPOSSIBLE), "Too much").plan_id
        services.store().results.put(IMPOSSIBLE, options_key(services.BOARD.options), found)
        visitor = healthy(visit(page, plan=made))
        assert "No plan can meet all rules at once" in said(visitor)
        assert found.conflicts[0].sentence in said(visitor)
        assert "not run" not in said(visitor)
        assert "run the plan" not in said(visitor).lower()
        assert leads_to(visitor) == [("optimize", "All reasons, and ways out")]
        assert not [b for b in visitor.button if b.key == "run-now"]
        links = [link.proto.page for link in visitor.sidebar.get("page_link")]
        assert links == ["optimize"]


def test_faults_lead_to_the_first_table_that_has_some(visit: Visit):
    visit()
    for page in ANSWERS:
        offers = draft_from_plan(PLAN).tables["offers"].frame().assign(site="nowhere")
        made = services.store().create(draft_from_plan(PLAN).replace(offers=offers), "Faulty").plan_id
        visitor = healthy(visit(page, plan=made))
        first = services.reading_of(services.store().load(made).draft).faults[0]
        assert f"have {len(services.reading_of(services.store().load(made).draft).faults)} fault" in said(visitor)
        assert first.message in said(visitor)
        assert [p for p, _ in leads_to(visitor)] == [PAGES[first.table]]


@pytest.mark.parametrize("page", ["overview", "workshop", "finance", "why"])
def test_a_run_that_ended_without_a_plan_says_so(visit: Visit, page: str):
    visit()
    made = services.store().create(draft_from_plan(PLAN), "Small").plan_id
    services.store().results.put(
        PLAN, options_key(services.QUICK.options), Result("unsolved", PLAN.content_hash, bound=1.0)
    )
    visitor = healthy(visit(page, plan=made))
    assert "no time left before it had found a plan" in said(visitor)
    assert visitor.button(key="run-now").label == "Run it again"
    assert "Ended without a plan" in sidebar(visitor)


def waiting(block: Block) -> list[str]:
    """What the bars of jobs that wait say."""
    return [bar.proto.text for bar in block.get("progress")]


def test_a_run_waits_in_words_and_one_that_was_stopped_says_so(visit: Visit, monkeypatch: pytest.MonkeyPatch):
    visit()
    made = services.store().create(draft_from_plan(PLAN), "Small").plan_id
    work = services.work()
    work.queue.slots = 0  # it waits until it is stopped
    first = services.solve("another", SOLVED, services.QUICK.options, "somebody else")
    job = services.solve(made, PLAN, services.QUICK.options, "somebody")
    visitor = healthy(visit("overview", plan=made))
    assert "the plan is being run" in said(visitor)
    visitor.switch_page("pages/optimize.py").run()
    assert set(waiting(visitor.main)) == {"Waiting for 1 job before this one"}
    monkeypatch.setattr(work.queue, "running", lambda: [Job({}, "another plan")])
    assert set(waiting(visitor.run().sidebar)) == {"Waiting for what runs now and 1 job before this one"}
    work.queue.cancel(first)
    assert set(waiting(visitor.run().sidebar)) == {"Waiting for what runs now"}
    monkeypatch.setattr(work.queue, "running", lambda: [Job({}, "a question", background=True)])
    assert set(waiting(visitor.run().main)) == {"Waiting for its turn"}  # no solve waits for a question
    for one in work.live(made):
        work.queue.cancel(one)
    assert job.state == "cancelled"
    assert "stopped before it had found a plan" in said(visitor.run())
    assert "Ended without a plan" in sidebar(visitor)
    visitor.switch_page("pages/overview.py").run()
    assert "stopped before it had found a plan" in said(healthy(visitor))
    assert visitor.button(key="run-now").label == "Run it again"


def test_a_reader_is_not_asked_to_run_it(visit: Visit):
    visit()
    made = services.store().create(draft_from_plan(PLAN), "Small").plan_id
    visitor = healthy(visit("overview", view=services.store().view_token(made)))
    assert not [b for b in visitor.button if b.key == "run-now"]
    assert any("Whoever may change the plan" in c.value for c in visitor.caption)


def test_an_older_answer_says_what_stands_in_the_way_of_a_new_one(visit: Visit):
    visit()
    store = services.store()
    made = store.create(draft_from_plan(SOLVED), "Small").plan_id
    store.results.put(SOLVED, options_key(services.BOARD.options), solved(SOLVED))
    visitor = healthy(visit("overview", plan=made))
    assert visitor.metric
    assert not leads_to(visitor)
    store.save(made, 1, draft_from_plan(IMPOSSIBLE))
    assert leads_to(visitor.run()) == [("optimize", "Run it again")]
    services.work().queue.slots = 0
    job = services.solve(made, IMPOSSIBLE, services.QUICK.options)
    assert leads_to(visitor.run()) == [("optimize", "Watch the new run")]
    services.work().queue.cancel(job)
    store.results.put(IMPOSSIBLE, options_key(services.BOARD.options), solve_plan(IMPOSSIBLE, services.QUICK.options))
    visitor.run()
    assert "No plan can meet all rules with the inputs as they are now" in said(healthy(visitor))
    assert leads_to(visitor) == [("optimize", "Reasons and ways out")]
    assert visitor.metric
    offers = draft_from_plan(PLAN).tables["offers"].frame().assign(site="nowhere")
    store.save(made, 2, draft_from_plan(PLAN).replace(offers=offers))
    visitor.run()
    assert "have faults: this is the answer to older ones" in said(healthy(visitor))


def test_an_empty_plan_is_led_to_its_settings_or_tables(visit: Visit):
    visit()
    made = services.store().create(Draft({}), "Empty").plan_id
    for page in ANSWERS:
        visitor = healthy(visit(page, plan=made))
        assert "fault" in said(visitor), page
        assert leads_to(visitor), page


def test_the_sample_has_an_answer_and_says_none_of_this(visit: Visit):
    assert read_plan(SAMPLE).plan is not None
    visitor = healthy(visit())
    assert not leads_to(visitor)
