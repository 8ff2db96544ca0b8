"""Pages that sheets are printed on: as few beside each other as can be read, with the labels on every one."""

from __future__ import annotations

from planner.report.workbook.book import FIRST, UNIT
from planner.report.workbook.expr import letters
from planner.report.workbook.printing import pages_across


def test_pages_across() -> None:
    assert pages_across([10, 10, 10], 1, 30) == 1
    assert pages_across([10, 10, 10], 1, 29) == 2
    assert pages_across([10, 10, 10, 10, 10], 1, 30) == 2
    assert pages_across([10, 50, 50], 1, 30) == 2  # a column too wide for a page has one of its own
    assert pages_across([0, 10], 0, 30) == 1


def test_wide_sheets_are_split_and_repeat_their_labels(all_made) -> None:
    """Eight quarters: statements fit a page beside their labels, the costs by offer and site do not."""
    book = all_made["base"].formulas
    last = letters(FIRST + all_made["base"].plan.settings.periods - 1)
    for title in ("Cash flow", "P&L", "Cover", "Limits", "Checks"):
        assert book[title].page_setup.fitToWidth in (None, 1), title
    for title in ("TCO", "Costs", "sites"):
        assert book[title].page_setup.fitToWidth > 1, title
        assert book[title].page_setup.fitToHeight == 0
    assert book["TCO"].print_title_cols == f"$A:${letters(UNIT)}"
    assert book["sites"].print_title_cols == "$A:$A"
    # What counts for policies stands right of the periods and is not printed, nor what stands below the checks.
    assert book["Costs"].print_area.split(":")[1].startswith(f"${last}$")
    assert book["Costs"].max_column > FIRST + all_made["base"].plan.settings.periods
    checks = book["Checks"]
    assert int(checks.print_area.rsplit("$", 1)[1]) < checks.max_row / 2
