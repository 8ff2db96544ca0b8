"""Files in and out: a download comes back equal, a broken file is told apart and changes nothing."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from planner.plan.files import read_plan
from planner.store import Store
from tests.browser.app_server import PILOT
from tests.browser.conftest import OpenTab
from tests.browser.hands import Tab


def give(one: Tab, name: str, body: bytes) -> None:
    """Hand a file to the upload on the page."""
    picker = one.page.locator('[data-testid="stFileUploader"] input[type=file]').first
    picker.set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": body})
    one.page.wait_for_timeout(300)
    one.settle()


@pytest.mark.parametrize("kind", ["Workbook", "Zipped CSV"])
def test_a_download_comes_back_equal(tab: OpenTab, store: Store, pilot: str, tmp_path: Path, kind: str) -> None:
    one = tab(f"plans?plan={pilot}")
    with one.page.expect_download() as waiting:
        one.button(kind).click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    assert read_plan(path).plan == read_plan(PILOT).plan
    give(one, path.name, path.read_bytes())
    one.main().get_by_text("No faults.").wait_for()
    one.press("Open as a new plan")
    one.page.wait_for_function(f"!location.href.includes('{pilot}')")
    opened = one.page.url.partition("plan=")[2]
    assert store.load(opened).draft.keys == store.load(pilot).draft.keys


def test_a_broken_workbook_is_told_and_changes_nothing(tab: OpenTab, store: Store, pilot: str) -> None:
    one = tab(f"plans?plan={pilot}")
    for name, body in (
        ("plan.xlsx", b"this is no workbook"),
        ("plan.zip", _zip({"demand.csv": "workload,location,period,volume\nx,y,1,many\n"})),
        ("plan.xlsx", _workbook_with_a_bad_cell()),
    ):
        give(one, name, body)
        one.main().get_by_text("the plan in hand is as it was").wait_for()
    assert store.newest(pilot).version == 1
    assert {p.plan_id for p in store.list_plans()} >= {pilot}


def _zip(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def _workbook_with_a_bad_cell() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "demand"
    for row in (["workload", "location", "period", "volume"], ["chat", "here", 1, "=1+1"]):
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
