"""Which inputs the workbook's formulas read: what only the solver reads must not look as if it could be tried here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from planner.plan.plan import all_columns
from planner.plan.tables import PROVENANCE, SETTINGS
from planner.report.workbook.book import Book
from planner.report.workbook.cells import Spooled
from planner.report.workbook.expr import letters
from planner.report.workbook.inputs import InputTable
from planner.report.workbook.styles import GREY, WHITE

SOLVER_ONLY = "Read by the solver alone: change it in the plan and solve again to see what it does."


def read_by_formulas(sheets: Iterable[Spooled]) -> set[tuple[str, str]]:
    """Sheet and column letters of every cell that a formula of another sheet names."""
    return {place for ws in sheets for place in ws.named}


def mark_solver_only(book: Book, inputs: Mapping[str, InputTable]) -> list[tuple[str, str]]:
    """Make grey what no formula reads; returns table and column of each. To be called when every sheet is written.

    Settings are rows, which Constants links to one by one; what says where a figure comes from is no input.
    """
    live = read_by_formulas(ws for ws in book.sheets.values() if isinstance(ws, Spooled))
    grey = book.styles.of(font_color=GREY, bg_color=WHITE)
    out = []
    for name, table in inputs.items():
        if name == SETTINGS.name or not len(table.frame):
            continue
        for c, column in enumerate(all_columns(table.table)):
            if column in PROVENANCE or (name, letters(c)) in live:
                continue
            # The cells stand written; a rule that always holds changes how they look.
            rule = {"type": "formula", "criteria": "=Whole", "format": grey}
            book.sheets[name].conditional_format(1, c, len(table.frame), c, rule)
            out.append((name, column.name))
    return out
