"""Solving in the browser: stale answers say so, progress is seen, a cancel keeps the best, conflicts are told."""

from __future__ import annotations

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
    one.main().get_by_text("Solved: present value").wait_for(timeout=LONG)
    one.open_page("Overview")
    one.page.get_by_test_id("stMetric").filter(has_text="Present value").first.wait_for()


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
