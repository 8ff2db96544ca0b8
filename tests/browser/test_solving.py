"""Solving in the browser: stale answers say so, progress is seen, a cancel keeps the best, conflicts are told."""

from __future__ import annotations

import re

from planner.plan.files import read_plan
from planner.store import Store, draft_from_plan
from tests.browser.app_server import PILOT, ROOT
from tests.browser.conftest import OpenTab

LONG = 60_000
"""Milliseconds that a solve of the pilot may take on a busy machine."""


def test_a_changed_input_makes_the_answer_old_until_it_is_solved_again(tab: OpenTab, store: Store, pilot: str) -> None:
    one = tab(f"demand?plan={pilot}")
    one.sidebar().get_by_text("Not solved yet").wait_for()
    one.press("Solve")
    one.sidebar().get_by_text("Up to date").wait_for(timeout=LONG)
    one.type_into(0, 3, "250000")
    one.sidebar().get_by_text("older inputs").wait_for()
    one.open_page("Overview")
    one.page.get_by_test_id("stMetric").filter(
        has_text="Present value"
    ).first.wait_for()  # the old answer stays in sight
    one.press("Update the answer")
    one.sidebar().get_by_text("Up to date").wait_for(timeout=LONG)
    one.press("Undo")
    one.sidebar().get_by_text("Up to date").wait_for()  # known from before: nothing to solve


def test_a_cancel_keeps_the_best_plan_so_far(tab: OpenTab, store: Store) -> None:
    plan = read_plan(ROOT / "sample_data" / "global_assistant").plan
    assert plan is not None
    demand = plan.tables["demand"].copy()
    demand["volume"] *= 1.01  # a question that has no answer yet
    plan_id = store.create(draft_from_plan(plan.replace(demand=demand)), "Cancelled").plan_id
    one = tab(f"optimize?plan={plan_id}")
    one.main().get_by_text("Board paper", exact=True).click()
    one.settle()
    one.button("Run").click()
    one.sidebar().get_by_text("proven within").wait_for(timeout=LONG)  # there is a plan, and a bound
    one.main().get_by_test_id("stVegaLiteChart").first.wait_for()
    one.sidebar().get_by_role("button", name="Stop and keep the best").click()
    one.main().get_by_text("Solved: cost").wait_for(timeout=LONG)
    one.open_page("Overview")
    one.page.get_by_test_id("stMetric").filter(has_text="Present value").first.wait_for()


def test_a_solve_does_not_wait_for_a_long_question_and_both_can_be_stopped(tab: OpenTab, sample: str) -> None:
    one = tab(f"why?plan={sample}")
    one.main().get_by_text("25 %", exact=True).click()
    one.settle()
    one.button("Price every rule").click()
    one.main().get_by_text(re.compile(r"Getting ready|of \d+ solves")).wait_for(timeout=LONG)
    one.open_page("Optimize")
    one.main().get_by_text("Board paper", exact=True).click()
    one.settle()
    one.button("Run").click()
    one.main().get_by_text(re.compile(r", \d+ s, ")).first.wait_for(timeout=LONG)
    assert one.page.get_by_text("Waiting").count() == 0
    one.sidebar().get_by_role("button", name="Stop and keep the best").click()
    one.sidebar().get_by_text("Up to date").wait_for(timeout=LONG)
    one.open_page("Why this plan")
    one.main().get_by_text("25 %", exact=True).click()
    one.settle()
    one.main().get_by_role("button", name="Stop").click()
    one.main().get_by_text("Stopped before there was an answer").wait_for(timeout=LONG)


def test_a_solve_behind_another_says_what_it_waits_for_and_can_be_stopped(
    tab: OpenTab, sample: str, store: Store
) -> None:
    plan = read_plan(PILOT).plan
    assert plan is not None
    demand = plan.tables["demand"].assign(volume=plan.tables["demand"]["volume"] * 1.017)  # solved by no other test
    unsolved = store.create(draft_from_plan(plan.replace(demand=demand)), "Waits").plan_id
    first, second = tab(f"optimize?plan={sample}"), tab(f"optimize?plan={unsolved}")
    first.main().get_by_text("Board paper", exact=True).click()
    first.settle()
    first.button("Run").click()
    first.main().get_by_text(re.compile(r", \d+ s, ")).first.wait_for(timeout=LONG)
    second.button("Run").click()
    second.sidebar().get_by_text("Waiting for what runs now").wait_for(timeout=LONG)
    second.open_page("Overview")
    second.main().get_by_text("the plan is being run").wait_for()
    second.sidebar().get_by_role("button", name="Stop and keep the best").click()
    second.main().get_by_text("was stopped before it had found a plan").wait_for(timeout=LONG)
    first.sidebar().get_by_role("button", name="Stop and keep the best").click()
    first.sidebar().get_by_text("Up to date").wait_for(timeout=LONG)
    second.main().get_by_role("button", name="Run it again").click()
    second.sidebar().get_by_text("Up to date").wait_for(timeout=LONG)


def test_an_infeasible_plan_is_told_what_would_help(tab: OpenTab, store: Store) -> None:
    plan = read_plan(PILOT).plan
    assert plan is not None
    workloads = plan.tables["workloads"].assign(max_latency_ms=0.5)
    plan_id = store.create(draft_from_plan(plan.replace(workloads=workloads)), "Impossible").plan_id
    one = tab(f"optimize?plan={plan_id}")
    one.button("Run").click()
    one.main().get_by_text("No plan meets every rule at once").wait_for(timeout=LONG)
    one.main().get_by_text("latency").first.wait_for()
    one.sidebar().get_by_text("No plan meets every rule").wait_for()
    one.open_page("Overview")
    one.main().get_by_text("No plan can meet all rules at once").wait_for()
    one.main().get_by_text("latency").first.wait_for()
    one.main().get_by_role("link", name="All reasons, and ways out").click()
    one.main().get_by_role("heading", name="Optimize").wait_for()
