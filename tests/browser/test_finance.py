"""Finance in a browser: choose how the books are kept, look into a figure, take the workbook along."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from playwright.sync_api import TimeoutError

from planner.store import Store
from tests.browser.conftest import DESKTOP, PHONE, OpenTab
from tests.browser.hands import Tab
from tests.browser.test_pages import FITS, violations_in_both_themes


def choose(one: Tab, label: str, option: str) -> None:
    """Choose an option of a select box by its label."""
    wanted = one.page.get_by_role("option", name=option, exact=True)
    for _ in range(4):  # a page that is drawn again at this moment closes the list
        one.page.get_by_role("combobox", name=label).click()
        try:
            wanted.click(timeout=4_000)
            break
        except TimeoutError:
            one.settle()
    one.settle()


def view(one: Tab, name: str) -> None:
    """Go to a view of the page."""
    one.main().get_by_role("radio", name=name, exact=True).or_(
        one.main().get_by_role("button", name=name, exact=True)
    ).first.click()
    one.settle()


def chart_of_accounts(one: Tab) -> None:
    """Open the chart of accounts and wait for its grid; a page that is drawn again at this moment closes it."""
    grid = one.page.get_by_test_id("stPopoverBody").get_by_test_id("stDataFrame")
    for _ in range(4):
        one.main().get_by_role("button", name="Chart of accounts").click()
        try:
            grid.locator('td[role="gridcell"]').first.wait_for(state="attached", timeout=5_000)
            return
        except TimeoutError:
            one.settle()
    grid.wait_for()


def test_a_policy_is_chosen_a_figure_looked_into_and_the_workbook_taken_along(
    tab: OpenTab, sample: str, tmp_path: Path
) -> None:
    one = tab(f"finance?plan={sample}")
    one.main().get_by_text("Accounting policy:").click()
    choose(one, "Depreciation in the books", "MACRS, 5 years")
    one.main().get_by_text("MACRS, 5 years · IFRS 16").wait_for()
    view(one, "Assets")
    one.select(3, 1)
    one.settle()
    one.main().get_by_text("lots of the asset register add up to").first.wait_for()
    one.main().get_by_text("How they were paid for").wait_for()
    one.page.get_by_role("button", name="Files").click()
    one.settle()
    one.page.get_by_role("button", name="Make it").first.click()
    ready = one.page.get_by_role("button", name="Download,").first
    ready.wait_for(timeout=120_000)
    with one.page.expect_download() as waiting:
        ready.click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    assert path.suffix == ".xlsx"
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    assert {"Cover", "P&L", "Cash flow", "Checks"} <= set(book.sheetnames)


def test_books_are_kept_after_a_reload_and_told_in_another_tab(tab: OpenTab, sample: str, store: Store) -> None:
    one, other = tab(f"finance?plan={sample}"), tab(f"finance?plan={sample}")
    for here, label, option in (
        (one, "Depreciation in the books", "MACRS, 5 years"),
        (other, "Leases", "ASC 842, operating leases"),
    ):
        here.main().get_by_text("Accounting policy:").click()
        choose(here, label, option)
    told = other.main().get_by_text("changed how the books are kept meanwhile")
    told.get_by_text("MACRS").wait_for()
    chart_of_accounts(other)
    other.type_into(3, 2, "7777", grid=-1)  # it lies over the page
    assert any("7777" in kept.body for kept in store.choices.of(sample).values())
    one.page.get_by_role("button", name="Show it").click()  # asked for by itself, some seconds later
    one.settle()
    for here in (one, other):
        here.page.reload()
        here.settle()
        here.main().get_by_text("MACRS, 5 years · ASC 842, operating leases").click()
        chart_of_accounts(here)
        here.page.locator('td[data-testid="glide-cell-2-3"]', has_text="7777").wait_for(state="attached")


def test_every_view_fits(tab: OpenTab, sample: str) -> None:
    for page, views in {
        "finance": ("P&L", "Balance", "Assets", "Commitments", "Cost", "Budget", "Buy or rent", "Investment case"),
        "chargeback": ("Keys", "Bills", "Unit costs"),
    }.items():
        one = tab(f"{page}?plan={sample}")
        for name in views:
            view(one, name)
            assert one.page.get_by_role("heading", level=1).count() == 1, name
            for width, height in (PHONE, DESKTOP):
                one.page.set_viewport_size({"width": width, "height": height})
                one.page.wait_for_timeout(200)
                assert one.page.evaluate(FITS), (name, width)


def test_a_figure_looked_into_passes_axe(tab: OpenTab, sample: str) -> None:
    one = tab(f"finance?plan={sample}")  # as it opens, it is seen with all other pages
    one.main().get_by_text("Accounting policy:").click()
    one.settle()
    one.select(2, 1)
    one.settle()
    wrong = violations_in_both_themes(one)
    assert not wrong, wrong
