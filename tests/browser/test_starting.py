"""A plan from nothing, and what was tried with one: typed, reloaded, still there."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from planner.store import Store, draft_from_plan, options_key
from tests.browser.conftest import PHONE, OpenTab
from tests.browser.hands import Tab
from tests.browser.test_typed_last import ROUGH, SOON, small
from tests.builders import solved


def test_a_new_empty_plan_is_named_and_gets_a_workload(tab: OpenTab, store: Store) -> None:
    one = tab("plans")
    one.press("New empty plan", exact=False)
    name = one.page.get_by_label("Name of the new plan")
    name.fill("From nothing")
    one.page.wait_for_timeout(80)  # Enter in the same tick would submit the value before
    name.press("Enter")
    one.main().get_by_role("heading", name="What this plan needs first").wait_for()
    one.settle()
    link = one.page.url.partition("plan=")[2].partition("&")[0]
    assert store.newest(link).name == "From nothing"
    one.main().get_by_role("link", name=re.compile("Workloads")).click()
    one.settle()
    expect(one.page.get_by_role("radio", name="Workloads", exact=True)).to_be_checked()
    frame = one.grid()
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    assert box is not None
    one.page.mouse.click(box["x"] + 60, box["y"] + 35 + 17)  # the row in which a new one begins
    one.settle()
    one.select(0, 0)
    one.page.keyboard.type("chat", delay=120)
    one.page.keyboard.press("Enter")
    one.sidebar().get_by_text("Workloads: 1 row added").wait_for()
    assert store.load(link).draft.tables["workloads"].frame()["workload"].tolist() == ["chat"]
    grown = frame.bounding_box()
    assert grown is not None
    assert grown["height"] > box["height"] + 25  # what was typed and the row for the next are both in sight


def answered(one: Tab, words: str) -> None:
    """Wait until the answer to what is tried is there."""
    expect(one.main().get_by_role("heading", name=re.compile(words))).to_be_visible(timeout=SOON)
    one.settle()


def steps(one: Tab) -> list[str]:
    found = one.main().locator(".st-key-card-trail").get_by_role("button").all_inner_texts()
    return [text.split("\n")[-1] for text in found]


def test_a_reload_keeps_the_trail_and_the_sliders_of_each_tab(tab: OpenTab, store: Store) -> None:
    plan = small()
    link = store.create(draft_from_plan(plan), "Tried").plan_id
    store.results.put(plan, options_key(ROUGH), solved(plan, ROUGH))
    one = tab(f"executive?plan={link}")
    slider = one.page.get_by_role("slider").first
    slider.focus()
    one.page.keyboard.press("End")
    answered(one, "Demand.*costs .* more")
    second = Tab(one.page.context.new_page(), one.url)
    second.go(f"executive?plan={link}")
    expect(second.page.get_by_role("slider").first).to_have_value("0")
    assert len(steps(second)) == 2  # what the first tab tried, and the plan as it is
    second.page.get_by_role("slider").first.focus()
    second.page.keyboard.press("Home")
    answered(second, "Demand.*costs .* less")
    for page, where in ((one, "1"), (second, "-0.5")):
        page.page.reload()
        page.settle()
        expect(page.page.get_by_role("slider").first).to_have_value(where)
        assert [re.sub(r"\s", " ", text) for text in steps(page)][1:] == ["Demand +100 %", "Demand \u221250 %"]
    second.assert_healthy()
    # A phone of somebody else starts with the plan as it is and without a trail.
    phone = tab(f"executive?plan={link}", size=PHONE)
    expect(phone.page.get_by_role("slider").first).to_have_value("0")
    assert steps(phone) == []
