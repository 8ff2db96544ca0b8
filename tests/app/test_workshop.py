"""The workshop board: cards with votes, one scenario agreed on, the log, the brief."""

import time
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages._shared import services
from planner.plan.plan import Plan
from planner.store import draft_from_plan, options_key
from planner.store.board import TAKEN_BACK
from tests.app.conftest import healthy
from tests.builders import solved, tiny

Visit = Callable[..., AppTest]
YEAR = 8760.0


def two_scenarios() -> Plan:
    """Half a device-year at 2 an hour; one scenario with more of it, one at another price."""
    return tiny(
        [{"offer": "a", "price_per_hour": 2.0}],
        YEAR,
        settings={"name": "Workshop"},
        scenarios=[
            {"scenario": "Growth", "owner": "Ana", "note": "What sales hopes for"},
            {"scenario": "Cheap $ *GPU*", "owner": "Ben"},
        ],
        changes=[
            {"scenario": "Growth", "step": 1, "cause": "Demand x 1.5", "table": "demand", "column": "volume", "change": "multiply", "value": "1.5"},
            {"scenario": "Cheap $ *GPU*", "step": 1, "table": "offers", "column": "price_per_hour", "change": "set", "value": "1"},
        ],
    )  # fmt: skip


@pytest.fixture
def link(visit: Visit) -> str:
    """The plan's link."""
    plan = two_scenarios()
    store = services.store()
    made = store.create(draft_from_plan(plan), "Workshop")
    store.results.put(plan, options_key(services.BOARD.options), solved(plan))
    return made.plan_id


def said(visitor: AppTest) -> str:
    """All that the page says in words."""
    parts = [*visitor.header, *visitor.subheader, *visitor.markdown]
    return " | ".join(str(e.value) for e in parts).replace("\\", "").replace("\u00a0", " ")


def statuses(link: str) -> dict[str, object]:
    frame = services.store().load(link).draft.tables["scenarios"].frame()
    return dict(zip(frame["scenario"], frame["status"], strict=True))


def test_scenarios_are_cards_and_are_solved_by_a_button(visit: Visit, link: str):
    visitor = healthy(visit("workshop", plan=link))
    assert [h.value.replace("\\", "") for h in visitor.header][:2] == ["Growth", "Cheap $ *GPU*"]
    assert "Brought in by Ana. What sales hopes for" in said(visitor)
    assert said(visitor).count("Not solved yet") == 2
    visitor.button(key="solve-scenarios").click().run()
    job = services.work().queue.get(visitor.session_state["solving-scenarios"])
    assert job is not None
    assert job.wait(90)
    assert job.state == "done", job.error
    end = time.monotonic() + 20
    while "Not solved yet" in said(visitor.run()) and time.monotonic() < end:
        time.sleep(0.1)
    assert "Costs $8.76 k more (+50 %)" in said(visitor)
    assert "Costs $8.76 k less" in said(visitor)
    assert not [b for b in visitor.button if b.key == "solve-scenarios"]


def test_each_visitor_has_one_vote_for_each_scenario(visit: Visit, link: str):
    ana, ben = visit("workshop", plan=link), visit("workshop", view=services.store().view_token(link))
    for visitor in (ana, ben):
        visitor.button(key="vote Growth").click().run()
        healthy(visitor)
    ana.run()
    assert ana.button(key="vote Growth").label == "2 votes"
    assert ana.button(key="vote Cheap $ *GPU*").label == "0 votes"
    ana.button(key="vote Growth").click().run()
    assert ana.button(key="vote Growth").label == "1 vote"
    assert len(services.store().board.votes(link)["Growth"]) == 1


def order(visitor: AppTest) -> list[str]:
    """The scenarios in the order of their cards."""
    return [str(b.key).removeprefix("vote ") for b in visitor.button if str(b.key).startswith("vote ")]


def test_no_vote_moves_a_card_until_somebody_sorts_them(visit: Visit, link: str):
    ana, ben = visit("workshop", plan=link), visit("workshop", plan=link)
    written = ["Growth", "Cheap $ *GPU*"]
    assert order(ana) == written
    assert said(ana).count("No votes yet") == 2
    ben.button(key="vote Cheap $ *GPU*").click().run()
    assert order(ben) == order(ana.run()) == written
    assert "Place 1 by votes" in said(ana)
    ana.button(key="sort-votes").click().run()
    assert order(ana) == written[::-1]
    assert order(ben.run()) == written  # for the one who asked alone
    ben.button(key="vote Cheap $ *GPU*").click().run()
    ben.button(key="vote Growth").click().run()
    assert order(ana.run()) == written[::-1]  # once: later votes move nothing either
    ana.button(key="agreed Growth").click().run()
    assert order(ana.run()) == written[::-1]
    ana.button(key="sort-written").click().run()
    assert order(healthy(ana)) == written


def test_an_agreement_that_is_undone_is_undone_in_the_log_too(visit: Visit, link: str):
    visitor = visit("workshop", plan=link)
    visitor.button(key="agreed Growth").click().run()
    visitor.run()
    visitor.button(key="agreed Cheap $ *GPU*").click().run()
    visitor.run()
    visitor.button(key="undo").click().run()
    assert statuses(link) == {"Growth": "agreed", "Cheap $ *GPU*": None}
    log = [(e.what, e.scenario, e.text) for e in services.store().board.entries(link)][3:]
    assert log == [("undone", "Growth", TAKEN_BACK["open"]), ("undone", "Cheap $ *GPU*", TAKEN_BACK["agreed"])]
    visitor.button(key="redo").click().run()
    log = [(e.what, e.scenario, e.text) for e in services.store().board.entries(link)][5:]
    again = "Done again after it was undone"
    assert log == [("reopened", "Growth", again), ("agreed", "Cheap $ *GPU*", again)]
    visitor.button(key="undo").click().run()
    visitor.button(key="undo").click().run()
    assert "Nothing is agreed on yet" in said(healthy(visitor))
    assert [e.what for e in services.store().board.entries(link)][-1] == "undone"
    table = next(d.value for d in visitor.dataframe if "Kind" in d.value)
    assert table["Kind"].iloc[0] == "Undone"


def test_going_back_to_an_older_version_is_in_the_log(visit: Visit, link: str):
    visitor = visit("workshop", plan=link)
    visitor.button(key="agreed Growth").click().run()
    visitor.switch_page("pages/plans.py").run()
    visitor.segmented_control(key="plans-view").set_value("History").run()
    store = services.store()
    store.name_version(link, 1, "Before lunch")
    visitor.toggle(key="named-only").set_value(True).run()
    next(b for b in visitor.button if b.label == "Bring back").click().run()
    assert [(e.what, e.text) for e in store.board.entries(link)] == [
        ("agreed", ""),
        ("reopened", "Back to Before lunch"),
    ]


def test_a_second_click_decides_and_settles_nothing_twice(visit: Visit, link: str):
    ana, ben = visit("workshop", plan=link), visit("workshop", plan=link)
    services.store().board.log(link, "open point", "Who signs?", "Ana")
    ana.run()
    ben.run()
    for one in (ana, ben):
        one.button(key="agreed Growth").click()
        one.button(key="settle Who signs?").click()
    ana.run()
    ben.run()
    assert sorted(e.what for e in services.store().board.entries(link)) == ["agreed", "open point", "settled"]
    assert ana.session_state["clash"] is None


def test_what_others_decide_is_seen_without_a_click(visit: Visit, link: str):
    ana, ben = visit("workshop", plan=link), visit("workshop", plan=link)
    ben.button(key="agreed Growth").click().run()
    assert "Agreed: Growth" in said(healthy(ana.run()))


def test_what_is_dropped_is_not_solved(visit: Visit, link: str):
    visitor = visit("workshop", plan=link)
    assert visitor.button(key="solve-scenarios").label == "Solve 2 scenarios"
    visitor.button(key="dropped Growth").click().run()
    assert visitor.run().button(key="solve-scenarios").label == "Solve 1 scenario"


def test_one_scenario_is_agreed_on_and_the_log_says_so(visit: Visit, link: str):
    visitor = visit("workshop", plan=link)
    visitor.text_input(key="reason Growth").set_value("Sales is sure").run()
    visitor.button(key="agreed Growth").click().run()
    assert statuses(link) == {"Growth": "agreed", "Cheap $ *GPU*": None}
    assert "Agreed: Growth" in said(healthy(visitor.run()))
    visitor.button(key="agreed Cheap $ *GPU*").click().run()
    assert statuses(link) == {"Growth": "open", "Cheap $ *GPU*": "agreed"}
    log = services.store().board.entries(link)
    assert [(e.what, e.scenario) for e in log] == [
        ("agreed", "Growth"),
        ("reopened", "Growth"),
        ("agreed", "Cheap $ *GPU*"),
    ]
    assert log[0].text == "Sales is sure"
    visitor.run()
    visitor.button(key="reopen Cheap $ *GPU*").click().run()
    visitor.button(key="dropped Growth").click().run()
    assert statuses(link) == {"Growth": "dropped", "Cheap $ *GPU*": "open"}
    healthy(visitor.run())


def test_open_points_stay_until_they_are_settled(visit: Visit, link: str):
    visitor = visit("workshop", plan=link)
    text = next(t for t in visitor.text_input if t.label == "What was said")
    text.set_value("Who signs? *now*")
    by = next(t for t in visitor.text_input if t.label == "By")
    by.set_value("Ana")
    visitor.segmented_control[0].set_value("open point")
    next(b for b in visitor.button if b.label == "Add to the log").click().run()
    assert "1 open point" in said(healthy(visitor))
    assert "Who signs? *now*" in said(visitor)
    visitor.button(key="settle Who signs? *now*").click().run()
    assert "0 open points" in said(healthy(visitor))
    assert [(e.what, e.who) for e in services.store().board.entries(link)] == [
        ("open point", "Ana"),
        ("settled", "Ana"),
    ]


def test_who_only_looks_decides_nothing(visit: Visit, link: str):
    visitor = healthy(visit("workshop", view=services.store().view_token(link)))
    keys = [str(b.key) for b in visitor.button]
    assert [k for k in keys if k.startswith("vote ")]
    assert not [k for k in keys if k.startswith(("agreed ", "dropped ", "solve-", "settle "))]
    assert not [b for b in visitor.button if b.label == "Add to the log"]


def test_a_plan_without_scenarios_says_where_they_come_from(visit: Visit):
    visitor = visit()
    plan_id = visitor.query_params["plan"]
    draft = services.store().load(plan_id).draft
    bare = {k: v for k, v in draft.tables.items() if k not in ("scenarios", "changes", "levers")}
    services.store().save(plan_id, 1, type(draft)(bare))
    visitor.run()
    visitor.switch_page("pages/workshop.py").run()
    healthy(visitor)
    assert any("no scenarios yet" in i.value for i in visitor.info)
