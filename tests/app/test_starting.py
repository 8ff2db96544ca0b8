"""An empty plan: named, opened on its settings, filled table by table, solved."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from pages._shared import services
from planner.plan.blank import blank_tables, still_blank
from planner.plan.parse import parse_tables
from planner.plan.plan import Plan
from planner.plan.tables import SETTING_COLUMNS, TABLES
from planner.store import draft_from_plan
from tests.app.conftest import healthy, send, sidebar
from tests.builders import tiny

Visit = Callable[..., AppTest]


def test_a_blank_plan_has_every_setting_and_misses_what_a_plan_needs():
    reading = parse_tables(blank_tables("New"))
    assert {f.table for f in reading.faults} == set(still_blank(blank_tables("New")))
    assert all("has no rows" in f.message for f in reading.faults)
    assert "locations" in still_blank({})
    plan = tiny([{"offer": "rent", "price_per_hour": 1.0}])
    assert still_blank(plan.tables) == []
    settings = Plan.of(blank_tables("New")).settings
    assert settings.name == "New"
    assert len(blank_tables("New")["settings"]) == len(SETTING_COLUMNS)
    assert (settings.periods, settings.currency) == (Plan.of({}).settings.periods, Plan.of({}).settings.currency)


def test_a_new_plan_asks_for_its_name_and_says_what_it_needs_first(visit: Visit):
    visitor = healthy(visit("plans"))
    before = visitor.query_params["plan"]
    visitor.button(key="new-plan-create").click().run()
    assert [e.value for e in visitor.error] == ["A name is needed."]
    visitor.text_input(key="new-plan-name").set_value("  From nothing ")  # and no run before the click
    visitor.button(key="new-plan-create").click().run()
    assert not visitor.exception
    assert [t.value for t in visitor.title] == ["Settings"]
    plan_id = visitor.query_params["plan"]
    assert plan_id != before
    made = services.store().load(plan_id)
    assert made.info.name == "From nothing"
    assert services.reading_of(made.draft).tables["settings"]["value"].iloc[0] == "From nothing"
    assert "What this plan needs first" in [h.value for h in visitor.header]
    assert "From nothing" in sidebar(visitor)
    # Every page of inputs can be worked with, and the rest says what is missing.
    for page in (
        "places",
        "demand",
        "offers",
        "policies",
        "assets",
        "overview",
        "executive",
        "scenarios",
        "optimize",
        "plans",
    ):
        visitor.switch_page(f"pages/{page}.py").run()
        assert not visitor.exception, page
    # A row of the first table, typed.
    visitor.switch_page("pages/places.py").run()
    visitor.segmented_control(key="places-view").set_value("Locations").run()
    send(visitor, "locations", added_rows=[{"location": "paris", "zone": "EU"}])
    assert services.store().load(plan_id).draft.tables["locations"].frame()["location"].tolist() == ["paris"]
    visitor.switch_page("pages/settings.py").run()
    assert TABLES["locations"].title not in " ".join(str(x.proto.label) for x in visitor.get("page_link") if x)


def test_a_plan_that_has_what_it_needs_is_told_nothing(visit: Visit):
    visit()
    plan = tiny([{"offer": "rent", "price_per_hour": 1.0}])
    link = services.store().create(draft_from_plan(plan), "Whole").plan_id
    assert not [h for h in healthy(visit("settings", plan=link)).header if "needs first" in h.value]
