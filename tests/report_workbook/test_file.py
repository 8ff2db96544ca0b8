"""The file itself: loads back as a plan, opens where it should, prints, is safe, says what it is."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from xml.etree import ElementTree

import pandas as pd
import pytest
from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_to_tuple

from planner.plan.files import read_bytes, read_plan
from planner.plan.tables import TABLES
from planner.report.workbook import Extra, export_workbook
from planner.report.workbook.summary import CONTENTS
from planner.result.result import Result
from tests.report_workbook.made import POLICIES, Made

NAMES = [*POLICIES, "hostile", "bare"]
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.mark.parametrize("name", ["base", "hostile", "bare"])
def test_its_input_sheets_load_back_as_the_plan(all_made, name: str) -> None:
    one = all_made[name]
    reading = read_plan(one.path)
    assert reading.faults == ()
    assert reading.plan == one.plan
    assert reading.plan.content_hash == one.plan.content_hash


def test_every_sheet_is_there_and_linked_from_the_cover(all_made) -> None:
    book = all_made["base"].formulas
    assert book.sheetnames == [*CONTENTS, *TABLES]
    links = {c.value for row in book["Cover"].iter_rows() for c in row if c.hyperlink}
    assert links == set(book.sheetnames)


def test_cover_says_what_it_is(all_made) -> None:
    one = all_made["hostile"]
    text = [str(c.value) for row in one.written["Cover"].iter_rows() for c in row if c.value is not None]
    assert one.plan.content_hash in text
    assert "CHF" in text
    assert any("optimal" in t for t in text)
    assert text[0] == "=1+1"


def test_text_from_users_is_never_a_formula(all_made) -> None:
    one = all_made["hostile"]
    for ws in one.formulas:
        for row in ws.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert "cmd" not in str(cell.value)
                    assert cell.value != "=1+1"


def test_every_formula_has_its_value_cached(all_made) -> None:
    one = all_made["base"]
    for ws in one.formulas:
        for row in ws.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert one.written[ws.title][cell.coordinate].value is not None, (ws.title, cell.coordinate)


def test_sheets_freeze_print_and_protect(all_made) -> None:
    book = all_made["base"].formulas
    for ws in book:
        assert ws.page_setup.orientation == ("portrait" if ws.title == "Cover" else "landscape")
        assert ws.sheet_properties.pageSetUpPr.fitToPage
        if ws.title in CONTENTS:
            assert ws.protection.sheet
            assert not ws.protection.password
        else:
            assert not ws.protection.sheet
        if ws.title not in ("Cover", "Summary"):
            assert ws.freeze_panes is not None
    d = book["Decisions"]
    assert not d["K7"].protection.locked
    assert book["Costs"]["N7"].protection.locked


def test_amounts_are_in_the_plans_currency(all_made) -> None:
    formats = {c.number_format for c in all_made["hostile"].formulas["Costs"][7]}
    assert any('"CHF ' in f for f in formats)


def test_settings_have_names(all_made) -> None:
    book = all_made["base"].formulas
    for name in ("Discount_rate", "Tax_rate", "Carbon_price", "Hours_per_month", "Master_check", "Tolerance"):
        assert name in book.defined_names


def test_summary_has_native_charts(all_made) -> None:
    with zipfile.ZipFile(all_made["base"].path) as z:
        charts = [n for n in z.namelist() if n.startswith("xl/charts/chart")]
        assert len(charts) == 3
        assert not any("vba" in n.lower() or "externalLink" in n for n in z.namelist())


def test_rows_and_cells_are_in_the_order_that_excel_wants(all_made) -> None:
    """Cells that come late (what policies count) stand behind those that were packed before."""
    count = 0
    with zipfile.ZipFile(all_made["base"].path) as z:
        for name in z.namelist():
            if not name.startswith("xl/worksheets/sheet"):
                continue
            last = 0
            for row in ElementTree.fromstring(z.read(name)).iter(SHEET + "row"):
                number, cells = int(row.attrib["r"]), [c.attrib["r"] for c in row.iter(SHEET + "c")]
                assert number > last, (name, number)
                places = [coordinate_to_tuple(c) for c in cells]
                assert places == sorted(set(places)), (name, number)
                assert {r for r, _ in places} <= {number}
                last = number
                count += len(cells)
    assert count > 1000


def test_ledger_is_a_table(all_made) -> None:
    one = all_made["base"]
    ws = load_workbook(one.path)["Ledger"]
    table = ws.tables["Ledger_rows"]
    assert table.ref == f"A4:N{4 + len(one.result.ledger)}"


def test_to_a_buffer_with_progress_and_date(all_made) -> None:
    one = all_made["bare"]
    buffer, told = io.BytesIO(), []
    when = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    export_workbook(one.plan, one.result, buffer, progress=lambda s, x: told.append((s, x)), made=when)
    assert [x for _, x in told] == sorted(x for _, x in told)
    assert told[-1][1] == 1.0
    assert read_bytes("plan.xlsx", buffer.getvalue()).plan == one.plan
    again = io.BytesIO()
    export_workbook(one.plan, one.result, again, made=when)
    assert again.getvalue() == buffer.getvalue()


def test_tables_of_others_are_sheets_of_values_before_the_checks(all_made) -> None:
    one = all_made["bare"]
    log = pd.DataFrame({"who": ["=1+1", None], "amount": [1.5, float("nan")], "round": [1, 2], "agreed": [True, False]})
    extra = [Extra("Decision log", log, "What was decided"), Extra("Nothing yet", log.iloc[:0])]
    buffer = io.BytesIO()
    export_workbook(one.plan, one.result, buffer, extra=extra)
    book = load_workbook(io.BytesIO(buffer.getvalue()))
    at = book.sheetnames.index("Checks")
    assert book.sheetnames[at - 2 : at] == ["Decision log", "Nothing yet"]
    found = [[c.value for c in row] for row in book["Decision log"]["A4:D6"]]
    assert found == [["who", "amount", "round", "agreed"], ["=1+1", 1.5, 1, "yes"], [None, None, 2, "no"]]
    assert book["Decision log"]["A5"].data_type == "s"
    assert book["Nothing yet"]["A5"].value == "none"
    cover = {r[0].value: r[1].value for r in book["Cover"].iter_rows()}
    assert cover["Decision log"] == "What was decided"
    assert read_bytes("plan.xlsx", buffer.getvalue()).plan == one.plan
    for title in ("checks", "Offers", "Decision log"):
        with pytest.raises(ValueError, match="there is a sheet"):
            export_workbook(one.plan, one.result, io.BytesIO(), extra=[extra[0], Extra(title, log)])
    for title in ("", "a/b", "x" * 32, "'a"):
        with pytest.raises(ValueError, match="no sheet can have"):
            Extra(title, log)


def test_no_plan_no_workbook(all_made) -> None:
    one = all_made["bare"]
    assert isinstance(one, Made)
    with pytest.raises(ValueError, match="no solved plan"):
        export_workbook(one.plan, Result("infeasible", ""), io.BytesIO())
