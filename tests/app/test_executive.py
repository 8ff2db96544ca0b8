"""The executive page: sliders from the table of levers, an answer beside them, a trail, a scenario."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from pages._shared import board, services
from planner.explore.tries import Try, patched
from planner.jobs.solve import solve_key
from planner.plan.plan import Plan
from planner.report.trail import packed_try
from planner.store import draft_from_plan, options_key
from tests.app.conftest import healthy
from tests.builders import solved, tiny

Visit = Callable[..., AppTest]
YEAR = 8760.0
LEVERS = [
    {"lever": "Demand", "table": "demand", "column": "volume", "change": "multiply", "low": 0.5, "high": 2.0, "slider": "yes"},
    {"lever": "Hidden", "table": "offers", "column": "price_per_hour", "change": "multiply", "low": 0.5, "high": 2.0, "slider": "no"},
]  # fmt: skip


def two_vendors(levers: list[dict] = LEVERS) -> Plan:
    """Capacity at 2 an hour from A or at 3 from B, of one device each."""
    return tiny(
        [
            {"offer": "a", "site": "S", "price_per_hour": 2.0, "max_devices": 1.0},
            {"offer": "b", "site": "T", "price_per_hour": 3.0, "max_devices": 1.0},
        ],
        YEAR,
        settings={"name": "Two vendors"},
        sites=[
            {"site": "S", "zone": "Z", "kind": "cloud", "provider": "A"},
            {"site": "T", "zone": "Z", "kind": "cloud", "provider": "B"},
        ],
        network=[{"site": s, "location": "L", "latency_ms": 1.0} for s in "ST"],
        levers=levers,
    )


@pytest.fixture
def open_plan(visit: Visit) -> Callable[[Plan], AppTest]:
    def go(plan: Plan) -> AppTest:
        store = services.store()
        made = store.create(draft_from_plan(plan), "Two vendors")
        store.results.put(plan, options_key(services.BOARD.options), solved(plan))
        return healthy(visit("executive", plan=made.plan_id))

    return go


def settle(visitor: AppTest) -> AppTest:
    """Run until no answer is under way."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        visitor.run()
        if not visitor.get("progress"):
            return healthy(visitor)
        time.sleep(0.1)
    raise AssertionError("no answer came")


def said(visitor: AppTest) -> str:
    """All headings and metrics."""
    parts = [*visitor.header, *visitor.subheader, *visitor.markdown]
    shown = [str(e.value) for e in parts] + [f"{m.label} {m.value} {m.delta}" for m in visitor.metric]
    return " | ".join(shown).replace("\\", "").replace("\u00a0", " ")


def test_sliders_are_those_that_the_facilitator_chose(open_plan):
    visitor = open_plan(two_vendors())
    assert [s.label for s in visitor.slider] == ["Demand"]
    assert visitor.slider[0].value == 0.0
    assert visitor.selectbox(key="without-vendor").options == ["Nobody", "A", "B"]
    assert "The plan as it is" in said(visitor)


def test_a_move_is_answered_and_a_click_goes_back(open_plan):
    visitor = open_plan(two_vendors())
    visitor.slider[0].set_value(0.5).run()
    settle(visitor)
    # 1 device-year at 2, half of one at 3: 17,520 and 13,140 an hour-year each.
    assert "costs $13.1 k more (+75 %)" in said(visitor)
    visitor.selectbox(key="without-vendor").set_value("A").run()
    settle(visitor)
    assert "no plan meets every rule at once" in said(visitor)
    assert "Without A means nothing new from it." in said(visitor)
    visitor.slider[0].set_value(0.0).run()
    settle(visitor)
    assert "costs $8.76 k more" in said(visitor)
    trail = [b.label for b in visitor.button if str(b.key).startswith("go-")]
    assert len(trail) == 4
    visitor.button(key="go-1").click().run()
    assert visitor.slider[0].value == 0.5
    assert visitor.selectbox(key="without-vendor").value == "Nobody"
    assert "75" in said(healthy(visitor))  # known already: no job is needed
    visitor.button(key="back-to-plan").click().run()
    assert visitor.slider[0].value == 0.0


def test_sliders_stay_where_they_are_over_other_pages(open_plan):
    visitor = open_plan(two_vendors())
    visitor.slider[0].set_value(0.5).run()
    settle(visitor)
    visitor.switch_page("pages/overview.py").run()
    visitor.switch_page("pages/executive.py").run()
    assert healthy(visitor).slider[0].value == 0.5


def test_a_try_becomes_a_scenario_and_undo_takes_it_back(open_plan):
    visitor = open_plan(two_vendors())
    visitor.slider[0].set_value(0.5).run()
    settle(visitor)
    name = next(t for t in visitor.text_input if t.label == "Name")
    name.set_value("Growth")
    visitor.button(key="save-scenario").click().run()
    healthy(visitor)
    plan_id = visitor.query_params["plan"]
    plan = services.reading_of(services.store().load(plan_id).draft).plan
    assert plan is not None
    assert list(plan.tables["scenarios"]["scenario"]) == ["Growth"]
    row = plan.tables["changes"].iloc[0]
    assert (row["table"], row["column"], row["change"], row["value"]) == ("demand", "volume", "multiply", "1.5")
    assert plan.content_hash == two_vendors().content_hash
    visitor.button(key="undo").click().run()
    tables = services.store().load(plan_id).draft.tables
    assert not tables["scenarios"].rows
    assert not tables["changes"].rows


def test_a_scenario_is_what_the_sliders_and_the_name_say_at_the_click(open_plan):
    visitor = open_plan(two_vendors())
    visitor.slider[0].set_value(0.5).run()
    settle(visitor)
    # No run between typing and the click; the slider was moved on meanwhile, too.
    next(t for t in visitor.text_input if t.label == "Name").set_value("At; once")
    next(t for t in visitor.text_input if t.label == "Note").set_value("why not")
    visitor.slider[0].set_value(0.75)
    visitor.button(key="save-scenario").click().run()
    plan_id = visitor.query_params["plan"]
    tables = services.store().load(plan_id).draft.tables
    (row,) = tables["scenarios"].frame().to_dict("records")
    assert (row["scenario"], row["note"]) == ("At, once", "why not")
    assert list(tables["changes"].frame()["value"]) == ["1.75"]
    settle(visitor)
    assert "Saved as the scenario At, once" in " ".join(str(e.value).replace("\\", "") for e in visitor.success)
    # The form is another one now, closed, and its name is that of what is tried.
    name = next(t for t in visitor.text_input if t.label == "Name")
    assert name.value == "Demand +75\u00a0%"
    visitor.slider[0].set_value(0.25).run()
    assert not [e for e in visitor.success if "Saved as" in e.value]
    settle(visitor)


def test_a_reload_and_a_second_tab_find_the_trail_and_each_its_sliders(visit: Visit, open_plan, monkeypatch):
    monkeypatch.setattr(board, "visitor", lambda: "ana")
    one = open_plan(two_vendors())
    plan_id = one.query_params["plan"]
    other = healthy(visit("executive", plan=plan_id))
    assert "tab" not in one.query_params
    for visitor, where in ((one, 0.5), (other, 0.25)):
        visitor.slider[0].set_value(where).run()
        settle(visitor)
    other.selectbox(key="without-vendor").set_value("B").run()
    settle(other)
    tabs = [visitor.query_params["tab"] for visitor in (one, other)]
    assert tabs[0] != tabs[1]
    for tab, where, vendor in ((tabs[0], 0.5, "Nobody"), (tabs[1], 0.25, "B")):
        again = settle(visit("executive", plan=plan_id, tab=tab))
        assert (again.slider[0].value, again.selectbox(key="without-vendor").value) == (where, vendor)
        assert len([b for b in again.button if str(b.key).startswith("go-")]) == 4
    # A link without the tab starts with the plan as it is, and has the trail; so has nobody else.
    fresh = healthy(visit("executive", plan=plan_id))
    assert fresh.slider[0].value == 0.0
    fresh.button(key="go-1").click().run()
    assert healthy(fresh).slider[0].value == 0.5
    monkeypatch.setattr(board, "visitor", lambda: "ben")
    assert not [b for b in visit("executive", plan=plan_id, tab=tabs[0]).button if str(b.key).startswith("go-")]


def test_sliders_that_are_no_longer_there_are_no_trouble_after_a_reload(visit: Visit, open_plan, monkeypatch):
    monkeypatch.setattr(board, "visitor", lambda: "ana")
    visitor = open_plan(two_vendors())
    plan_id = visitor.query_params["plan"]
    tried = packed_try(Try((("Demand", 7.0), ("Gone", 1.0)), "Nobody's"))
    services.store().trail.stand(plan_id, "ana", "0123456789abcdef", tried)
    again = healthy(visit("executive", plan=plan_id, tab="0123456789abcdef"))
    assert (again.slider[0].value, again.selectbox(key="without-vendor").value) == (0.0, "Nobody")


def test_a_plan_without_levers_gets_the_usual_ones(open_plan):
    visitor = open_plan(two_vendors([]))
    assert not visitor.slider
    visitor.button(key="usual-levers").click().run()
    assert "Demand" in [s.label for s in healthy(visitor).slider]


def test_who_only_looks_may_move_sliders_and_saves_nothing(visit: Visit, open_plan):
    owner = open_plan(two_vendors())
    visitor = healthy(visit("executive", view=services.store().view_token(owner.query_params["plan"])))
    visitor.slider[0].set_value(0.5).run()
    settle(visitor)
    assert "75" in said(visitor)
    assert not [b for b in visitor.button if b.key in ("save-scenario", "usual-levers")]


def test_a_new_move_gives_the_old_one_up(open_plan):
    visitor = open_plan(two_vendors())
    visitor.slider[0].set_value(0.5).run()
    first = visitor.session_state["trying"]
    visitor.slider[0].set_value(0.25).run()
    old = services.work().queue.get(first)
    assert old is not None
    assert old.wait(20)
    assert "trying" not in visitor.session_state or visitor.session_state["trying"] != first
    settle(visitor)
    assert "Demand +25 %" in said(visitor)
    assert "+38" in said(visitor) or "+37" in said(visitor)
    trail = [b.label.replace("\\", "") for b in visitor.button if str(b.key).startswith("go-")]
    assert trail[1:] in (["Demand +25\u00a0%"], ["Demand +50\u00a0%", "Demand +25\u00a0%"])


def test_where_no_difference_could_be_told_a_closer_proof_may_be_had(open_plan):
    offers = [{"offer": "a", "pricing": "committed", "price_per_hour": 1.0, "term_months": 12}]
    lever = {"lever": "Price", "table": "offers", "column": "price_per_hour", "change": "multiply", "low": 0.9, "high": 1.001, "slider": "yes"}  # fmt: skip
    plan = tiny(offers, 99.2 * YEAR, levers=[lever])
    assert solved(plan).objective == pytest.approx(100 * YEAR)
    visitor = open_plan(plan)
    # An answer as a search that ran out of time leaves it: with a plan, and a bound far below.
    changed = patched(plan, Try((("Price", 0.001),)))
    found = solved(changed)
    assert found.objective is not None
    loose = replace(found, bound=0.97 * found.objective, gap=0.03, status="feasible")
    services.store().results.put(changed, options_key(services.QUICK.options), loose)
    visitor.slider[0].set_value(0.001).run()
    settle(visitor)
    assert "no difference in cost that could be told" in said(visitor)
    visitor.button(key="closer").click().run()
    job = services.work().queue.find(solve_key(patched(plan, Try((("Price", 0.001),))), services.BOARD.options))
    assert job is not None
    assert job.wait(90)
    assert (job.state, job.error) == ("done", "")
    assert "costs $876 more" in said(healthy(visitor.run()))
