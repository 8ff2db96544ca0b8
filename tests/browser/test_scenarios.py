"""A scenario from a template, run, and its bridge, as a person does it."""

from __future__ import annotations

from playwright.sync_api import Locator

from planner.plan.files import read_plan
from planner.store import Store, draft_from_plan
from tests.browser.app_server import PILOT
from tests.browser.conftest import PHONE, OpenTab
from tests.browser.hands import Tab

LONG = 180_000
"""Milliseconds that a sweep of the pilot may take on a busy machine."""


def view(one: Tab, name: str) -> None:
    one.main().get_by_role("radio", name=name, exact=True).or_(one.button(name)).first.click()
    one.settle()


def card(one: Tab, key: str) -> Locator:
    return one.main().locator(f".st-key-{key}")


def test_a_scenario_is_made_run_and_bridged(tab: OpenTab, store: Store) -> None:
    plan = read_plan(PILOT).plan
    assert plan is not None
    demand = plan.tables["demand"].assign(volume=plan.tables["demand"]["volume"] * 1.01)  # no other test solves it
    pilot = store.create(draft_from_plan(plan.replace(demand=demand)), "Scenarios").plan_id
    one = tab(f"scenarios?plan={pilot}")
    one.press("Solve")
    one.sidebar().get_by_text("Up to date").wait_for(timeout=LONG)
    one.main().get_by_label("Name", exact=True).fill("Half as much again")
    one.page.keyboard.press("Enter")  # as "Add" does
    one.main().get_by_text("Added to Half as much again: Demand x 1.5.").wait_for()
    draft = store.load(pilot).draft.tables
    assert draft["scenarios"].frame()["scenario"].iloc[-1] == "Half as much again"
    assert draft["changes"].frame()["value"].iloc[-1] == "1.5"
    one.sidebar().get_by_text("Up to date").wait_for()  # a scenario makes no answer old
    one.button("Run 6 scenarios").click()
    card(one, "card-scenarios").wait_for(timeout=LONG)
    one.settle()
    # The pilot cannot do without its GPU cloud, which is told instead of a cost.
    assert one.main().get_by_test_id("stMetric").count() == 5
    one.main().get_by_text("What stands in the way").wait_for()
    one.main().get_by_role("heading", name="Half as much again", exact=True).wait_for()
    view(one, "Bridge")
    one.button("Build the bridge").click()
    shown = card(one, "card-scenario-bridge")
    shown.wait_for(timeout=LONG)
    one.settle()
    shown.get_by_role("heading", name="Half as much again costs").wait_for()
    assert shown.get_by_test_id("stVegaLiteChart").locator("svg").count() == 1
    one.main().get_by_role("heading", name="decisions differ").wait_for()
    # A reload has the answers at once, and so has a phone.
    phone = tab(f"scenarios?plan={pilot}", size=PHONE)
    card(phone, "card-scenarios").wait_for(timeout=LONG)
    assert not phone.page.evaluate("document.documentElement.scrollWidth > innerWidth")
