"""Inputs that no formula reads look otherwise than those that can be tried, and the cover says so."""

from __future__ import annotations

import re

from openpyxl.utils import get_column_letter

from planner.plan.plan import all_columns
from planner.plan.tables import PROVENANCE, SETTINGS, TABLES
from planner.report.workbook.live import SOLVER_ONLY
from tests.report_workbook.made import Made


def grey(one: Made, table: str) -> set[str]:
    """Columns of a table's sheet that a rule makes grey."""
    out = set()
    for area in one.formulas[table].conditional_formatting:
        for rule in area.rules:
            if rule.formula == ["Whole"]:
                out |= {str(one.formulas[table].cell(1, cells.min_col).value) for cells in area.sqref.ranges}
    return out


def test_what_no_formula_reads_is_grey_and_nothing_else(all_made) -> None:
    one = all_made["base"]
    text = [str(c.value) for ws in one.formulas for row in ws.iter_rows() for c in row if c.data_type == "f"]
    named = {found for t in text if "!" in t for found in re.findall(r"(?<![A-Za-z'])([a-z_]+)!\$?([A-Z]+)\$?\d", t)}
    for name, table in TABLES.items():
        if name == SETTINGS.name or one.plan.tables[name].empty:
            continue
        columns = [c for c in all_columns(table) if c not in PROVENANCE]
        letter = {c.name: get_column_letter(i) for i, c in enumerate(all_columns(table), start=1)}
        assert grey(one, name) == {c.name for c in columns if (name, letter[c.name]) not in named}, name


def test_prices_and_lead_times_can_be_tried_and_the_loss_of_a_site_cannot(all_made) -> None:
    one = all_made["base"]
    assert "survive_site_loss_share" in grey(one, "workloads")
    live = {"price_per_hour", "purchase_price", "term_months", "useful_life_months", "lead_time_months"}
    assert not live & grey(one, "offers")
    assert "devices" in grey(one, "assets")
    assert "book_value" not in grey(one, "assets")
    assert any(SOLVER_ONLY in str(c.value) for row in one.written["Cover"].iter_rows() for c in row)
