"""A room decides: two visitors vote, a slider is moved and answered, a brief is printed."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from planner.model.options import Options
from planner.plan.plan import Plan
from planner.report.brief import cards, workshop_brief
from planner.report.brief.cards import scenario_plans
from planner.result.result import Result
from planner.store import Entry, Store, draft_from_plan, options_key
from tests.browser.conftest import PHONE, OpenTab
from tests.browser.hands import Tab
from tests.builders import solved, tiny

SOON = 90_000
"""ms for an answer on a machine that is busy."""
ROUGH = Options(0.002, 60)


def two_scenarios() -> Plan:
    """One device-year at 2 an hour, a slider for the demand, two scenarios."""
    return tiny(
        [{"offer": "a", "price_per_hour": 2.0}],
        8760.0,
        settings={"name": "Room"},
        scenarios=[{"scenario": "Growth", "owner": "Ana"}, {"scenario": "Cheap"}],
        changes=[
            {"scenario": "Growth", "step": 1, "table": "demand", "column": "volume", "change": "multiply", "value": "1.5"},
            {"scenario": "Cheap", "step": 1, "table": "offers", "column": "price_per_hour", "change": "set", "value": "1"},
        ],
        levers=[
            {"lever": "Demand", "table": "demand", "column": "volume", "change": "multiply", "low": 0.5, "high": 2.0, "slider": "yes"}
        ],
    )  # fmt: skip


@pytest.fixture
def room(store: Store) -> str:
    """A solved plan of its own; gives its link."""
    plan = two_scenarios()
    made = store.create(draft_from_plan(plan), "Room")
    store.results.put(plan, options_key(ROUGH), solved(plan, ROUGH))
    return made.plan_id


def test_two_visitors_vote_and_a_reload_votes_no_second_time(tab: OpenTab, store: Store, room: str) -> None:
    ana, ben = tab(f"workshop?plan={room}"), tab(f"workshop?plan={room}")
    for one in (ana, ben):
        one.main().get_by_role("button", name=re.compile(r"\d votes?$")).first.click()
        one.settle()
    expect(ana.main().get_by_role("button", name="2 votes")).to_be_visible(timeout=SOON)
    assert len(store.board.votes(room)["Growth"]) == 2
    ana.page.reload()
    ana.settle()
    ana.main().get_by_role("button", name="2 votes").click()  # known again: this takes the vote back
    expect(ana.main().get_by_role("button", name="1 vote").first).to_be_visible(timeout=SOON)
    assert len(store.board.votes(room)["Growth"]) == 1


def test_on_a_phone_no_card_moves_under_a_finger_and_an_undo_is_in_the_log(
    tab: OpenTab, store: Store, room: str
) -> None:
    phone, other = tab(f"workshop?plan={room}", size=PHONE), tab(f"workshop?plan={room}")

    def cards(one: Tab) -> list[str]:
        found = one.main().get_by_role("heading", level=2).all_inner_texts()
        return [name for name in found if name in ("Growth", "Cheap")]

    phone.main().get_by_role("button", name=re.compile(r"\d votes?$")).nth(1).click()
    expect(other.main().get_by_text("Place 1 by votes")).to_be_visible(timeout=SOON)
    assert cards(phone) == cards(other) == ["Growth", "Cheap"]
    phone.press("Sort by votes", exact=False)
    assert cards(phone) == ["Cheap", "Growth"]
    assert cards(other) == ["Growth", "Cheap"]
    outside = phone.page.evaluate(
        """[...document.querySelectorAll('[data-testid=stMain] button')].map(b => b.getBoundingClientRect())
           .filter(r => r.width && (r.left < 0 || r.right > innerWidth || r.height < 24)).length"""
    )
    assert outside == 0
    phone.press("Decide", exact=False)
    phone.page.get_by_label("Because").fill("Sales is sure")
    phone.press("Agree on it")
    expect(other.main().get_by_text("Agreed: Cheap")).to_be_visible(timeout=SOON)
    phone.page.get_by_test_id("stExpandSidebarButton").click()
    phone.sidebar().get_by_role("button", name="Undo").click()
    expect(other.main().get_by_text("Nothing is agreed on yet")).to_be_visible(timeout=SOON)
    assert [(e.what, e.scenario) for e in store.board.entries(room)] == [("agreed", "Cheap"), ("undone", "Cheap")]


def test_a_moved_slider_is_answered_and_becomes_a_scenario(tab: OpenTab, store: Store, room: str) -> None:
    one = tab(f"executive?plan={room}")
    one.page.get_by_role("slider").first.focus()
    one.page.keyboard.press("End")
    expect(one.main().get_by_role("heading", name=re.compile("Demand.*costs .* more"))).to_be_visible(timeout=SOON)
    one.settle()
    one.press("Save as scenario", exact=False)
    one.page.get_by_label("Name", exact=True).fill("Twice as much")
    one.page.get_by_label("Name", exact=True).press("Tab")
    one.settle()
    one.press("Save")
    one.sidebar().get_by_text("version 2:").wait_for()
    rows = store.load(room).draft.tables["changes"].frame()
    assert rows.loc[rows["scenario"] == "Twice as much", "value"].tolist() == ["2"]
    one.main().get_by_role("button", name="The plan as it is").click()
    expect(one.main().get_by_role("heading", name="The plan as it is")).to_be_visible(timeout=SOON)


def test_the_brief_prints_on_one_page(tab: OpenTab, browser: Browser, room: str, tmp_path: Path) -> None:
    one = tab(f"workshop?plan={room}")
    with one.page.expect_download() as download:
        one.button("One-page brief", exact=False).click()
    path = tmp_path / "brief.html"
    download.value.save_as(path)
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.get_by_role("heading", name="Room").count() == 1
    assert page.get_by_role("img").count() == 1
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    context.close()


def test_a_long_workshop_still_prints_on_one_page(browser: Browser, tmp_path: Path) -> None:
    base = two_scenarios()
    words = (
        "A long sentence that somebody typed in the heat of the moment, with a reason and a promise to come back to it"
    )
    result, plans = solved(base), scenario_plans(base)
    answers: dict[str, Result | None] = {n: solved(p) for n, p in plans.items() if isinstance(p, Plan)}
    made = cards(base, result, plans, answers, {})
    many = [replace(c, name=f"{c.name} {words}", owner=words, causes=(words,) * 3) for c in made * 5]
    agreed = replace(many[0], status="agreed", note=words)
    now = dt.datetime(2027, 3, 1, tzinfo=dt.UTC)
    lines = [Entry(i, now, words, kind, "", f"{i} {words}") for i in range(9) for kind in ("decision", "open point")]
    path = tmp_path / "long.html"
    path.write_text(workshop_brief(base, result, [agreed, *many], lines), encoding="utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    context.close()
