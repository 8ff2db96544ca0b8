"""The app as a whole: it opens on an answer, every page holds, links open what they should."""

import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages._shared import services, state, ways
from planner.plan.blank import blank_tables
from planner.plan.files import read_plan, workbook_bytes, zip_bytes
from planner.plan.tables import TABLES
from planner.report import theme
from planner.store import Draft
from sample_data import ahead
from tests.app.conftest import cell, edit, healthy, sidebar

Visit = Callable[..., AppTest]
ROOT = Path(__file__).parents[2]
PAGES = sorted(p.stem for p in (ROOT / "pages").glob("*.py") if not p.stem.startswith("_"))
PILOT = read_plan(ROOT / "sample_data" / "pilot").plan


def test_the_first_thing_that_anybody_sees_is_an_answer(visit: Visit, tmp_path: Path):
    (tmp_path / "planner.db").unlink()
    visitor = healthy(visit())
    assert "Up to date" in sidebar(visitor)
    assert len(visitor.metric) >= 5
    assert "plan" in visitor.query_params


def test_the_sample_is_solved_ahead_for_what_it_says_now():
    assert ahead.main(["--check"]) == 0


def test_what_pages_ask_first_of_the_sample_is_answered_ahead(visit: Visit):
    visitor = visit()
    for page, button in (("why", "ask-rules-0"), ("scenarios", "ask-scenarios")):
        visitor.switch_page(f"pages/{page}.py").run()
        assert not [b for b in healthy(visitor).button if b.key == button], page
        assert not [s for s in visitor.info if "answer" in s.value]


def test_a_sample_that_was_not_solved_ahead_is_solved_at_the_first_visit(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "planner.db").unlink()
    monkeypatch.setattr(services, "path_of", lambda plan_hash: tmp_path / plan_hash)
    visitor = visit()
    jobs = services.work().jobs(visitor.query_params["plan"])
    assert jobs
    for job in jobs:
        services.work().queue.kill(job)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens(visit: Visit, page: str):
    visitor = healthy(visit(page))
    assert len(visitor.sidebar) > 1


def test_a_link_to_a_table_opens_the_view_that_shows_it(visit: Visit):
    for table, view in ways.VIEWS.items():
        visitor = healthy(visit(ways.PAGES[table], table=table))
        chosen = [g.value for g in visitor.get("button_group") if g.label == "View"]
        assert chosen == [view], table
        assert ways.ASKED not in visitor.query_params


def test_every_table_is_edited_on_some_page():
    assert set(ways.PAGES) == set(TABLES)
    assert set(ways.PAGES.values()) <= set(PAGES)


def test_a_read_only_link_changes_nothing(visit: Visit):
    owner = visit()
    plan_id = owner.query_params["plan"]
    visitor = healthy(visit("policies", view=services.store().view_token(plan_id)))
    assert "plan" not in visitor.query_params
    assert not [b for b in visitor.button if b.key in ("undo", "redo", "solve-now")]
    edit(visitor, "policies", 0, limit=1.0)
    assert cell(owner, "policies", 0, "limit") == 20e6
    for page in PAGES:
        visitor.switch_page(f"pages/{page}.py").run()
        healthy(visitor)
        assert plan_id not in str([c.value for c in visitor.code])


def test_a_renewed_link_makes_the_old_one_void(visit: Visit):
    owner = visit("plans")
    token = services.store().view_token(owner.query_params["plan"])
    next(b for b in owner.button if "read-only link" in b.label).click().run()
    assert visit(view=token).title[0].value == "No plan has this link"


def test_nothing_is_shown_before_sign_in(visit: Visit, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(state, "must_sign_in", lambda: True)
    visitor = visit()
    assert [b.label for b in visitor.button] == ["Sign in"]
    assert not visitor.metric
    assert not visitor.query_params


def test_in_private_plans_are_found_by_their_links_alone(visit: Visit, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PLANNER_PRIVATE", "1")
    one, other = visit("plans"), visit("plans")
    ids = [v.query_params["plan"] for v in (one, other)]
    assert ids[0] != ids[1]
    other.segmented_control(key="plans-view").set_value("All plans").run()
    keys = [str(b.key) for b in healthy(other).button]
    assert f"copy-{ids[1]}" in keys
    assert f"copy-{ids[0]}" not in keys


def test_the_bare_address_opens_the_last_plan_with_an_answer(visit: Visit):
    sample = visit().query_params["plan"]
    begun = services.store().create(Draft.of(blank_tables("Begun")), "Begun").plan_id
    assert [info.plan_id for info in services.store().list_plans()] == [begun, sample]
    visitor = healthy(visit())
    assert visitor.query_params["plan"] == sample
    edit(visitor.switch_page("pages/policies.py").run(), "policies", 0, limit=15e6)
    assert visit().query_params["plan"] == sample  # answered once, changed since
    assert visit(plan=begun).query_params["plan"] == begun
    services.store().archive(sample)
    assert visit().query_params["plan"] == begun


def test_an_unknown_link_is_told_and_leads_on(visit: Visit):
    visitor = visit(plan="../../etc/passwd")
    assert visitor.title[0].value == "No plan has this link"
    visitor.button[0].click().run()
    healthy(visitor)


def test_what_goes_wrong_is_told_without_a_traceback(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fail() -> None:
        raise ValueError("secret detail")

    visitor = visit()
    monkeypatch.setattr(state, "now", fail)
    visitor.run()
    said = " ".join(e.value for e in visitor.error)
    assert "went wrong" in said
    assert "secret" not in said
    assert not visitor.exception
    assert "secret detail" in caplog.text


def test_a_broken_upload_changes_nothing(visit: Visit):
    visitor = visit("plans")
    visitor.file_uploader[0].upload("plan.xlsx", b"this is no workbook").run()
    assert "fault" in visitor.error[0].value
    assert "version 1" in sidebar(visitor)
    assert len(services.store().list_plans()) == 1


def test_a_plan_goes_out_and_comes_in_again(visit: Visit):
    assert PILOT is not None
    visitor = visit("plans")
    for name, data in (("pilot.xlsx", workbook_bytes(PILOT)), ("pilot.zip", zip_bytes(PILOT))):
        visitor.file_uploader[0].upload(name, data).run()
        healthy(visitor)
        next(b for b in visitor.button if b.label == "Open as a new plan").click().run()
        healthy(visitor)
        reading = services.reading_of(services.store().load(visitor.query_params["plan"]).draft)
        assert reading.plan == PILOT
    assert len(services.store().list_plans()) == 3


def test_a_new_plan_is_solved_on_demand(visit: Visit):
    assert PILOT is not None
    visitor = visit("plans")
    visitor.file_uploader[0].upload("pilot.zip", zip_bytes(PILOT)).run()
    next(b for b in visitor.button if b.label == "Open as a new plan").click().run()
    assert "Not solved yet" in sidebar(visitor)
    visitor.button(key="solve-now").click().run()
    for job in services.work().jobs(visitor.query_params["plan"]):
        assert job.wait(60)
    end = time.monotonic() + 10
    while "Up to date" not in sidebar(visitor.run()) and time.monotonic() < end:
        time.sleep(0.1)
    assert "Up to date" in sidebar(visitor)
    visitor.switch_page("pages/optimize.py").run()
    healthy(visitor)
    assert any("Solved" in s.value for s in visitor.success)


def test_versions_are_named_copied_and_brought_back(visit: Visit):
    visitor = edit(visit("policies"), "policies", 0, limit=15e6)
    plan_id = visitor.query_params["plan"]
    services.store().name_version(plan_id, 1, "Kick-off")
    visitor.switch_page("pages/plans.py").run()
    visitor.segmented_control(key="plans-view").set_value("History").run()
    healthy(visitor)
    visitor.toggle(key="named-only").set_value(True).run()
    next(b for b in visitor.button if b.label == "Bring back").click().run()
    assert cell(visitor, "policies", 0, "limit") == 20e6
    assert "Kick" in sidebar(visitor)


def test_plans_are_copied_archived_and_put_back(visit: Visit):
    visitor = visit("plans")
    first = visitor.query_params["plan"]
    visitor.segmented_control(key="plans-view").set_value("All plans").run()
    visitor.button(key=f"copy-{first}").click().run()
    assert visitor.query_params["plan"] != first
    assert "Up to date" in sidebar(visitor)
    visitor.button(key=f"archive-{first}").click().run()
    assert len(services.store().list_plans()) == 1
    visitor.toggle(key="archived").set_value(True).run()
    visitor.button(key=f"archive-{first}").click().run()
    healthy(visitor)
    assert len(services.store().list_plans()) == 2


def test_names_are_escaped(visit: Visit):
    visitor = visit("plans")
    key = f"rename-{visitor.query_params['plan']}"
    visitor.text_input(key=key).set_value("**bold** <script>alert(1)</script> :red[x]").run()
    healthy(visitor)
    name = next(m.value for m in visitor.sidebar.markdown)
    assert "**bold**" not in name[2:-2]
    assert "\\:red" in name


def test_the_theme_is_that_of_the_charts():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    for mode in ("light", "dark"):
        assert config[mode]["backgroundColor"] == theme.BACKGROUND.of(mode)
        assert config[mode]["secondaryBackgroundColor"] == theme.SURFACE.of(mode)
        assert config[mode]["textColor"] == theme.INK.of(mode)
        # What stands on the primary colour is white in both modes.
        assert theme.contrast(config[mode]["primaryColor"], "#FFFFFF") >= 3
