"""The pages that show the answer run on the sample without a fault, in every view."""

from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

VIEWS = ("Capacity", "Load", "Orders", "Places", "Money", "Policies", "Footprint", "Ledger")


@pytest.fixture
def app(tmp_path, monkeypatch) -> Iterator[AppTest]:
    monkeypatch.setenv("PLANNER_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("PLANNER_DATABASE_URL", raising=False)
    st.cache_resource.clear()
    yield AppTest.from_file("../../app.py", default_timeout=60).run()
    st.cache_resource.clear()


def test_overview_shows_the_answer(app):
    assert not app.exception
    labels = [m.label for m in app.metric]
    assert labels == ["Cash, present value", "Cash a year", "Saving", "Carbon, CO2e", "Gap to the best"]
    assert all(m.value and m.value != "–" for m in app.metric)
    headings = [h.value for h in app.header]
    assert "What to do, and by when" in headings
    assert len(headings) == 5


def test_every_view_of_the_plan_runs(app):
    app.switch_page("pages/plan_detail.py").run()
    for view in VIEWS:
        app.session_state["plan-view"] = view
        app.run()
        assert not app.exception, view
        assert app.header or app.dataframe, view


def test_the_ledger_narrows_down(app):
    app.switch_page("pages/plan_detail.py")
    app.session_state["plan-view"] = "Ledger"
    app.run()
    whole = app.dataframe[0].value
    app.multiselect(key="ledger-Category").select("compute").run()
    part = app.dataframe[0].value
    assert 0 < len(part) < len(whole)
    assert set(part["Category"]) == {"compute"}
