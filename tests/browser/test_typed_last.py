"""Who types and clicks at once, without Enter or Tab in between, gets what was typed: on every kind of page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from planner.model.options import Options
from planner.plan.plan import Plan
from planner.store import Store, draft_from_plan, options_key
from tests.browser.conftest import OpenTab
from tests.browser.hands import Tab
from tests.builders import solved, tiny

SOON = 90_000
"""ms for an answer on a machine that is busy."""
ROUGH = Options(0.002, 60)


def small() -> Plan:
    """One device-year at 2 an hour of one vendor or at 3 of another, a slider, a scenario."""
    return tiny(
        [{"offer": "a", "price_per_hour": 2.0}, {"offer": "b", "site": "T", "price_per_hour": 3.0}],
        8760.0,
        sites=[
            {"site": "S", "zone": "Z", "kind": "cloud", "provider": "Sunny"},
            {"site": "T", "zone": "Z", "kind": "cloud", "provider": "Rainy"},
        ],
        network=[{"site": s, "location": "L", "latency_ms": 1.0} for s in "ST"],
        scenarios=[{"scenario": "Growth", "owner": "Ana"}],
        changes=[
            {"scenario": "Growth", "step": 1, "table": "demand", "column": "volume", "change": "multiply", "value": "1.5"}
        ],
        levers=[
            {"lever": "Demand", "table": "demand", "column": "volume", "change": "multiply", "low": 0.5, "high": 2.0, "slider": "yes"}
        ],
    )  # fmt: skip


@pytest.fixture
def link(store: Store) -> str:
    """A solved plan of its own."""
    plan = small()
    made = store.create(draft_from_plan(plan), "Typed last")
    store.results.put(plan, options_key(ROUGH), solved(plan, ROUGH))
    return made.plan_id


def fill(one: Tab, label: str, text: str) -> None:
    """Type into a field, and leave it at that."""
    one.page.get_by_label(label, exact=True).fill(text)


def table(store: Store, link: str, name: str) -> list[dict]:
    return store.load(link).draft.tables[name].frame().to_dict("records")


def saved(one: Tab, number: int) -> None:
    one.sidebar().get_by_text(f"version {number}:").wait_for()


def test_a_scenario_has_the_number_and_the_name_in_the_fields(tab: OpenTab, store: Store, link: str) -> None:
    one = tab(f"scenarios?plan={link}")
    fill(one, "Factor", "3")
    fill(one, "Name", "Thrice; at once")
    one.button("Add").click()
    saved(one, 2)
    assert table(store, link, "scenarios")[-1]["scenario"] == "Thrice, at once"
    row = table(store, link, "changes")[-1]
    assert (row["scenario"], row["value"]) == ("Thrice, at once", "3")
    one.main().get_by_text("Added to Thrice, at once").wait_for()
    expect(one.page.get_by_label("Name", exact=True)).to_have_value("")


def test_two_tabs_add_each_a_scenario_and_the_second_is_told(tab: OpenTab, store: Store, link: str) -> None:
    first, second = tab(f"scenarios?plan={link}"), tab(f"scenarios?plan={link}")
    for one, factor, number in ((first, "2", 2), (second, "3", 3)):
        fill(one, "Factor", factor)
        fill(one, "Name", "Mine")
        one.button("Add").click()
        saved(one, number)
    second.main().get_by_text("changed this plan meanwhile").wait_for()
    assert [r["scenario"] for r in table(store, link, "scenarios")] == ["Growth", "Mine", "Mine (2)"]
    assert [r["value"] for r in table(store, link, "changes")] == ["1.5", "2", "3"]


def test_a_tried_slider_is_saved_under_the_name_in_the_field(tab: OpenTab, store: Store, link: str) -> None:
    one = tab(f"executive?plan={link}")
    one.page.get_by_role("slider").first.focus()
    one.page.keyboard.press("End")
    expect(one.main().get_by_role("heading", name=re.compile("Demand.*costs .* more"))).to_be_visible(timeout=SOON)
    one.settle()
    one.press("Save as scenario", exact=False)
    fill(one, "Name", "Twice")
    fill(one, "Owner", "Bo")
    fill(one, "Note", "for the board")
    one.button("Save").click()
    saved(one, 2)
    row = table(store, link, "scenarios")[-1]
    assert (row["scenario"], row["owner"], row["note"]) == ("Twice", "Bo", "for the board")
    one.main().get_by_text("Saved as the scenario Twice").wait_for()
    expect(one.page.get_by_label("Note", exact=True)).to_have_count(0)  # the form is closed


def test_a_wish_has_the_owner_reason_and_number_in_the_fields(tab: OpenTab, store: Store, link: str) -> None:
    one = tab(f"plan_detail?plan={link}")
    one.page.get_by_role("combobox", name="Offer").click()
    one.page.get_by_role("combobox", name="Offer").fill("H at S")
    one.page.locator('[role="option"]').filter(has_text="H at S, on demand").click()
    one.settle()
    one.press("At least", exact=False)
    fill(one, "Devices", "2")
    one.page.keyboard.press("Escape")
    fill(one, "Owner", "Cy")
    fill(one, "Reason", "a hall is free")
    one.button("Keep this", exact=False).click()
    saved(one, 2)
    (row,) = table(store, link, "policies")
    assert (row["policy"], row["owner"], row["note"]) == ("wish: keep a", "Cy", "a hall is free")
    one.sidebar().get_by_text("Up to date").wait_for(timeout=SOON)  # its answer draws the form anew
    one.settle()
    one.press("At least", exact=False)
    fill(one, "Devices", "3")
    one.button("This offer").click()
    # An owner stays; the number is the one that was typed last.
    saved(one, 3)
    assert table(store, link, "policies")[-1]["policy"].startswith("wish: at least 3 a")


def test_the_log_has_the_words_in_the_fields(tab: OpenTab, store: Store, link: str) -> None:
    one = tab(f"workshop?plan={link}")
    one.press("Decide", exact=False)
    fill(one, "Because", "it is the cheapest")
    one.button("Agree on it").click()
    saved(one, 2)
    fill(one, "What was said", "Ask the vendor")
    fill(one, "By", "Dee")
    one.button("Add to the log", exact=False).click()
    one.main().get_by_text("Decision log").wait_for()
    one.settle()
    entries = store.board.entries(link)
    assert [(e.what, e.text) for e in entries] == [("agreed", "it is the cheapest"), ("decision", "Ask the vendor")]
    assert entries[-1].who == "Dee"


def test_a_brief_is_worked_out_for_the_months_in_the_field(tab: OpenTab, store: Store, link: str) -> None:
    one = tab(f"negotiation?plan={link}")
    one.press("Terms", exact=False)
    fill(one, "Exit after, months", "24")
    one.button("Work out the brief", exact=False).click()
    # What is shown is about what stands in the fields: with other months under way, the button would be back.
    asked = one.button("Stop", exact=False).or_(one.button("Brief to print", exact=False))
    expect(asked.first).to_be_visible(timeout=SOON)


def test_settings_are_saved_by_the_click_that_follows(tab: OpenTab, store: Store, link: str) -> None:
    one = tab(f"settings?plan={link}")
    one.page.get_by_role("spinbutton", name=re.compile("^Discount rate")).fill("0.07")
    one.page.get_by_role("spinbutton", name=re.compile("^Tax rate")).fill("0.3")
    saved(one, 2)
    one.main().get_by_text("Sources and notes of the settings").click()
    saved(one, 3)
    one.page.get_by_role("textbox", name="Name", exact=True).fill("New name")
    one.button("Undo").click()
    saved(one, 5)
    given = {r["key"]: r["value"] for r in table(store, link, "settings")}
    assert given == {"periods": "1", "months_per_period": "12", "discount_rate": "0.07", "tax_rate": "0.3"}
