"""Workbooks recalculated by LibreOffice without a screen, and what tests read out of them."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
from openpyxl.workbook import Workbook

ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def recalculated(paths: Sequence[Path], folder: Path) -> list[Path]:
    """The workbooks as LibreOffice recalculates and saves them, in a folder; one start for all of them."""
    profile = Path(tempfile.mkdtemp(prefix="office-"))
    try:
        (profile / "user").mkdir()
        (profile / "user/registrymodifications.xcu").write_text(ALWAYS_RECALCULATE)
        command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--convert-to"]
        ran = subprocess.run(
            [*command, "xlsx", "--outdir", str(folder), *map(str, paths)], capture_output=True, text=True, timeout=600
        )
        out = [folder / p.name for p in paths]
        assert all(p.exists() for p in out), ran.stdout + ran.stderr
        return out
    finally:
        shutil.rmtree(profile, ignore_errors=True)


def values(path: Path) -> Workbook:
    """The workbook's cached values."""
    return openpyxl.load_workbook(path, data_only=True)


def formulas(path: Path) -> Workbook:
    """The workbook's formulas."""
    return openpyxl.load_workbook(path)


FIRST = 14
"""The column of period 1, from 1."""


def rows(book: Workbook, sheet: str, block: str) -> dict[str, list[float]]:
    """A block's period cells by the first label of each row (a number is added to one that comes again)."""
    ws = book[sheet]
    title = next(r for r in range(1, ws.max_row + 1) if str(ws.cell(r, 1).value or "").split(". ")[0] == block)
    out: dict[str, list[float]] = {}
    has_heading = ws.cell(title + 1, 5).value is None and ws.cell(title + 2, 1).value is not None
    r = title + (2 if has_heading else 1)  # lines have no headings of their own, and a unit each
    while ws.cell(r, 1).value is not None:
        name, k = str(ws.cell(r, 1).value), 1
        while name in out:
            k += 1
            name = f"{ws.cell(r, 1).value} {k}"
        cells = [ws.cell(r, c).value for c in range(FIRST, ws.max_column + 1)]
        out[name] = [float(v) for v in cells if v is not None]
        r += 1
    return {k: v for k, v in out.items() if v}  # a block without rows says "none"


def line(book: Workbook, sheet: str, label: str) -> list[float]:
    """The period cells of the row with this label in the first column."""
    ws = book[sheet]
    r = next(r for r in range(5, ws.max_row + 1) if ws.cell(r, 1).value == label)
    return [float(v) for c in range(FIRST, ws.max_column + 1) if (v := ws.cell(r, c).value) is not None]


def master(book: Workbook) -> str:
    """What the master check says."""
    return str(book["Checks"]["B5"].value)


REFERENCE = re.compile(r"(?:'[^']+'!|[A-Za-z_][A-Za-z_0-9.]*!)?\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?")
WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9.]*")


def constants(formula: str) -> list[str]:
    """The numbers and quoted texts that stand inside a formula."""
    bare = re.sub(r"'[^']+'!", "", formula)
    texts = re.findall(r'"[^"]*"', bare)
    bare = REFERENCE.sub(" ", re.sub(r'"[^"]*"', " ", bare))
    return texts + re.findall(r"\d+(?:\.\d+)?", WORD.sub(" ", bare))
