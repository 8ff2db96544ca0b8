"""What people do to a plan: every committed cell is kept, nobody's change is overwritten unseen."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages._shared import services, setting_fields, state
from planner.plan.tables import SETTING_COLUMNS
from planner.store import Draft
from tests.app.conftest import cell, edit, healthy, send, sidebar

Visit = Callable[..., AppTest]


def test_a_cell_is_saved_at_once_and_found_by_link(visit: Visit):
    first = edit(visit("policies"), "policies", 0, limit=15e6)
    healthy(first)
    assert cell(first, "policies", 0, "limit") == 15e6
    assert "older inputs" in sidebar(first)
    second = visit("policies", plan=first.query_params["plan"])
    assert second.data_editor[0].value["limit"][0] == 15e6
    assert any("older ones" in w.value for w in visit(plan=first.query_params["plan"]).warning)


def test_more_cells_on_the_same_editor_add_up(visit: Visit):
    visitor = visit("policies")
    edit(visitor, "policies", 0, limit=15e6)
    key = visitor.session_state["open-policies"].key
    visitor.session_state[key] = {"edited_rows": {0: {"limit": 15e6}, 1: {"limit": 14e3}}}
    healthy(visitor.run())
    assert visitor.session_state["open-policies"].key == key
    assert (cell(visitor, "policies", 0, "limit"), cell(visitor, "policies", 1, "limit")) == (15e6, 14e3)
    visitor.switch_page("pages/assets.py").run()
    visitor.switch_page("pages/policies.py").run()
    assert list(visitor.data_editor[0].value["limit"][:2]) == [15e6, 14e3]


def test_rows_come_and_go(visit: Visit):
    visitor = visit("assets")
    rows = len(visitor.data_editor[0].value)
    send(visitor, "assets", added_rows=[{}])
    assert "version 1" in sidebar(visitor)
    send(visitor, "assets", added_rows=[{"asset": "new"}], deleted_rows=[0])
    assert len(services.store().load(visitor.query_params["plan"]).draft.tables["assets"].rows) == rows
    assert [f for f in visitor.error if "blank" in f.value]


def test_a_fault_stands_at_its_table_until_it_is_mended(visit: Visit):
    visitor = edit(visit("policies"), "policies", 0, policy=None)
    said = visitor.error[0].value
    assert "row 1" in said
    assert "Policy" in said
    assert "1 fault" in sidebar(visitor)
    visitor.switch_page("pages/optimize.py").run()
    assert said.replace("**row", "**Policies, row") in [e.value for e in visitor.error]
    edit(visitor.switch_page("pages/policies.py").run(), "policies", 0, policy="capex_a_year")
    healthy(visitor)
    assert "Up to date" in sidebar(visitor)


def test_a_page_without_an_answer_tells_a_fault_as_its_table_does(visit: Visit):
    visitor = visit("plans")
    visitor.text_input(key="new-plan-name").input("New")
    visitor.button(key="new-plan-create").click().run()
    visitor.switch_page("pages/places.py").run()
    visitor.segmented_control(key="places-view").set_value("Locations").run()
    send(visitor, "locations", added_rows=[{"location": "berlin"}])
    told = "row 1, berlin, Zone"
    assert told in visitor.error[0].value
    visitor.switch_page("pages/workshop.py").run()
    said = [m.value.replace("\\", "") for m in visitor.main.markdown]
    assert f"The first: Locations, {told}: the cell is blank; it must hold text" in said


def test_a_browser_is_not_trusted(visit: Visit):
    visitor = edit(visit("policies"), "policies", 0, limit=-5.0, nonsense="x")
    edit(visitor, "policies", 99, limit=1.0)
    assert not visitor.exception
    visitor = edit(visit("offers"), "offers", 0, price_per_hour="=1+1")
    assert "price per hour" in visitor.error[0].value.lower()


def test_undo_and_redo(visit: Visit):
    visitor = edit(visit("policies"), "policies", 0, limit=15e6)
    before = visitor.session_state["open-policies"].key
    visitor.button(key="undo").click().run()
    assert cell(visitor, "policies", 0, "limit") == 20e6
    assert visitor.session_state["open-policies"].key != before
    assert visitor.data_editor[0].value["limit"][0] == 20e6
    assert "Up to date" in sidebar(visitor)
    visitor.button(key="redo").click().run()
    assert cell(visitor, "policies", 0, "limit") == 15e6


CHOICES = {"Apply mine over theirs": (15e6, 14e3), "Take theirs": (20e6, 14e3), "Keep mine as a copy": (15e6, 15400.0)}


@pytest.mark.parametrize("choice", CHOICES)
def test_a_stale_write_is_refused_with_a_choice(visit: Visit, choice: str):
    mine = visit("policies")
    theirs = visit("policies", plan=mine.query_params["plan"])
    edit(theirs, "policies", 1, limit=14e3)
    edit(mine, "policies", 0, limit=15e6)
    assert mine.title[0].value == "The plan was changed in the meantime"
    assert cell(theirs, "policies", 0, "limit") == 20e6
    next(b for b in mine.button if b.label == choice).click().run()
    healthy(mine)
    assert (cell(mine, "policies", 0, "limit"), cell(mine, "policies", 1, "limit")) == CHOICES[choice]
    assert (mine.query_params["plan"] == theirs.query_params["plan"]) == (choice != "Keep mine as a copy")
    assert cell(theirs, "policies", 1, "limit") == 14e3


def test_another_visitor_sees_the_change_on_the_next_click(visit: Visit):
    one = visit("policies")
    other = visit("policies", plan=one.query_params["plan"])
    edit(one, "policies", 0, limit=15e6)
    other.run()
    assert other.data_editor[0].value["limit"][0] == 15e6


def test_every_setting_has_a_field_that_saves(visit: Visit):
    visitor = healthy(visit("settings"))
    fields = [*visitor.number_input, *visitor.text_input, *visitor.selectbox]
    keys = " ".join(str(f.key) for f in fields)
    assert all(f"setting-{c.name}=" in keys for c in SETTING_COLUMNS)
    next(f for f in visitor.number_input if "discount_rate" in f.key).set_value(0.07).run()
    healthy(visitor)
    plan = services.reading_of(services.store().load(visitor.query_params["plan"]).draft).plan
    assert plan is not None
    assert plan.settings.discount_rate == 0.07
    next(f for f in visitor.text_input if "currency" in f.key).set_value("euro").run()
    assert "ISO 4217" in visitor.error[0].value
    visitor.button(key="undo").click().run()
    healthy(visitor)
    assert next(f for f in visitor.text_input if "currency" in f.key).value == "USD"


def test_a_setting_that_is_sent_as_it_stands_is_no_change(monkeypatch: pytest.MonkeyPatch):
    saved: list[object] = []
    monkeypatch.setattr(state, "save_table", lambda *told: saved.append(told))
    monkeypatch.setattr(st, "session_state", SimpleNamespace(snapshot=SimpleNamespace(draft=Draft({}))))
    for column in SETTING_COLUMNS:
        setting_fields._save(column, setting_fields._value(column, None))
    assert saved == []
    setting_fields._save(next(c for c in SETTING_COLUMNS if c.name == "tax_rate"), 0.3)
    assert len(saved) == 1


def test_the_growth_wizard_makes_demand(visit: Visit):
    visitor = visit("demand")
    visitor.number_input(key="grow-rate").set_value(1.0).run()
    visitor.button(key="grow-take").click().run()
    healthy(visitor)
    frame = services.store().load(visitor.query_params["plan"]).draft.tables["demand"].frame()
    made = frame[frame["source"].astype(str).str.startswith("demand curve")]
    assert set(made["workload"]) == {"chat"}
    assert "Demand" in sidebar(visitor)
