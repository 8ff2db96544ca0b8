"""Editing as people do it: what is committed to a cell is never lost, what is wrong is told at its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from planner.store import Store
from tests.browser.app_server import AppServer, add_pilot
from tests.browser.conftest import OpenTab
from tests.browser.hands import Tab

VOLUME = 3
"""Column of the volume in the demand table: workload, location, period, volume."""


def volume(store: Store, plan_id: str, row: int = 0) -> object:
    """What the store holds in a cell of the volume."""
    return store.load(plan_id).draft.tables["demand"].frame()["volume"].iloc[row]


def saved(one: Tab, number: int) -> None:
    """Wait until the sidebar says that this version is saved."""
    one.sidebar().get_by_text(f"version {number}:").wait_for()


def shows(one: Tab, row: int, number: str) -> None:
    """Wait until the grid shows a volume."""
    cell = one.grid().get_by_test_id(f"glide-cell-{VOLUME + 1}-{row}")
    cell.filter(has_text=re.compile("^" + ",?".join(number) + "$")).wait_for(state="attached")


def test_a_committed_cell_is_saved_and_survives_page_switch_and_reload(tab: OpenTab, store: Store, pilot: str) -> None:
    one = tab(f"demand?plan={pilot}")
    one.type_into(0, VOLUME, "123456")
    saved(one, 2)
    assert volume(store, pilot) == 123456
    one.open_page("Assets")
    one.open_page("Demand")
    one.page.reload()
    one.settle()
    assert f"plan={pilot}" in one.page.url
    shows(one, 0, "123456")
    assert volume(store, pilot) == 123456


def test_cells_typed_one_after_another_are_all_kept(tab: OpenTab, store: Store, pilot: str) -> None:
    one = tab(f"demand?plan={pilot}")
    one.select(0, VOLUME)
    for digits in ("111", "222", "333"):
        one.page.keyboard.type(digits, delay=120)  # typing opens the cell, Enter commits and moves down
        one.page.wait_for_timeout(120)
        one.page.keyboard.press("Enter")
        one.page.wait_for_timeout(120)
    saved(one, 4)
    assert [volume(store, pilot, row) for row in range(3)] == [111, 222, 333]


def test_a_fault_is_told_at_its_place_and_goes_when_mended(tab: OpenTab, store: Store, pilot: str) -> None:
    one = tab(f"demand?plan={pilot}")
    one.page.get_by_text("Load within a period").click()
    one.settle()
    one.type_into(0, 1, "0.9")  # share of hours of the first slice
    alert = one.main().get_by_test_id("stAlert").first
    alert.wait_for()
    assert "fault" in alert.inner_text()
    assert "sum" in alert.inner_text()
    one.sidebar().get_by_text("in the inputs").wait_for()
    one.press("Undo")
    one.main().get_by_test_id("stAlert").first.wait_for(state="detached")
    assert one.sidebar().get_by_text("in the inputs").count() == 0


def test_undo_and_redo_walk_the_history(tab: OpenTab, store: Store, pilot: str) -> None:
    before = volume(store, pilot)
    one = tab(f"demand?plan={pilot}")
    one.type_into(0, VOLUME, "777")
    one.press("Undo")
    assert volume(store, pilot) == before
    one.press("Redo")
    assert volume(store, pilot) == 777
    shows(one, 0, "777")


@pytest.mark.parametrize(
    ("choice", "mine", "theirs"),
    [("Take theirs", 8, 9), ("Apply mine over theirs", 7, 9), ("Keep mine as a copy", 8, 9)],
)
def test_a_stale_write_is_refused_with_a_choice(
    tab: OpenTab, store: Store, pilot: str, choice: str, mine: int, theirs: int
) -> None:
    first = tab(f"demand?plan={pilot}")
    second = tab(f"demand?plan={pilot}")
    first.type_into(1, VOLUME, "999")
    saved(first, 2)
    second.type_into(0, VOLUME, "888")
    second.page.get_by_text("The plan was changed in the meantime").wait_for()
    assert volume(store, pilot, 1) == 999
    assert volume(store, pilot, 0) != 888
    second.press(choice)
    plans = {p.plan_id for p in store.list_plans()}
    if choice == "Take theirs":
        assert volume(store, pilot, 1) == 999
        assert volume(store, pilot, 0) != 888
    elif choice == "Apply mine over theirs":
        assert volume(store, pilot, 0) == 888
    else:
        copy = second.page.url.partition("plan=")[2]
        assert copy != pilot
        assert copy in plans
        assert volume(store, copy, 0) == 888
        assert volume(store, pilot, 0) != 888


def test_a_killed_server_loses_nothing_that_was_committed(
    tab: OpenTab, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = AppServer(tmp_path_factory.mktemp("killed"))
    own.start()
    try:
        kept = own.store()
        plan_id = add_pilot(kept)
        one = tab(f"demand?plan={plan_id}", url=own.url, check=False)
        one.type_into(0, VOLUME, "4242")
        own.kill()
        one.page.locator('[data-testid="stApp"]:not([data-test-connection-state="CONNECTED"])').wait_for()
        own.start()
        one.settle()
        one.type_into(1, VOLUME, "4343")
        saved(one, 3)
        assert [volume(kept, plan_id, row) for row in range(2)] == [4242, 4343]
        one.page.reload()
        one.settle()
        shows(one, 0, "4242")
        kept.close()
    finally:
        own.stop()
    assert Path(own.log).exists()
    assert not own.tracebacks(), own.tracebacks()


def test_names_are_shown_as_typed(tab: OpenTab, store: Store, pilot: str) -> None:
    nasty = "<b>x</b> **y** $z$ :red[w]"
    store.rename(pilot, nasty)
    one = tab(f"assets?plan={pilot}")
    one.sidebar().get_by_text(nasty, exact=True).wait_for()
