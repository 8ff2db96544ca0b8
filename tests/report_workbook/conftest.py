"""Workbooks made and recalculated once for all tests: as solved, under other policies, and changed by hand."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from planner.finance import AccountingPolicy
from planner.model.options import Options
from planner.report.workbook import export_workbook
from planner.result.run import solve_plan
from tests.finance.company import company
from tests.report_workbook.made import (
    POLICIES,
    Changed,
    Made,
    bare,
    book_value,
    changes,
    charged,
    hostile,
    stretched,
    tightened,
)
from tests.report_workbook.sheets import recalculated


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workbooks")


def save_changed(book: openpyxl.Workbook, made: Changed, path: Path) -> None:
    """Save the workbook with the cells typed over, and leave it as it was: opening it takes longer than that."""
    before = [(sheet, cell, book[sheet][cell].value) for sheet, cell, _ in made.cells]
    for cells in (made.cells, before):
        for sheet, cell, value in cells:
            book[sheet][cell] = value
        if cells is made.cells:
            book.save(path)


@pytest.fixture(scope="session")
def all_made(folder: Path) -> dict[str, Made | Changed]:
    """Every workbook of these tests, recalculated in one run of LibreOffice."""
    plans = {"company": company(), "hostile": hostile(), "bare": bare(), "stretched": stretched()}
    out: dict[str, Made | Changed] = {}
    results = {}
    for name, plan in plans.items():
        results[name] = solve_plan(plan, Options(gap=0.001, time_limit=60))
        assert results[name].has_plan, (name, results[name].conflicts)
    for key, policy in POLICIES.items():
        out[key] = Made(plans["company"], results["company"], policy, folder / f"{key}.xlsx")
    for key in ("hostile", "bare", "stretched"):
        out[key] = Made(plans[key], results[key], AccountingPolicy(), folder / f"{key}.xlsx")
    for made in list(out.values()):
        assert isinstance(made, Made)
        export_workbook(made.plan, made.result, made.path, made.policy)
    typed = [("base", changes), ("hostile", charged), ("stretched", tightened)]
    for key, change in [*typed, *((key, book_value) for key in ("base", "us", "bonus"))]:
        plain = out[key]
        assert isinstance(plain, Made)
        out |= {name: Changed(plain, cells) for name, cells in change(plain).items()}
    opened: dict[Path, openpyxl.Workbook] = {}
    for key, made in out.items():
        if isinstance(made, Changed):
            base = made.base.path
            if base not in opened:
                opened[base] = openpyxl.load_workbook(base)
            save_changed(opened[base], made, folder / f"{key}.xlsx")
    paths = [folder / f"{key}.xlsx" for key in out]
    again = folder / "again"
    again.mkdir()
    for made, path in zip(out.values(), recalculated(paths, again), strict=True):
        made.again = path
    return out
