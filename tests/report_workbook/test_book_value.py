"""The book value of assets is live: typed over, depreciation, net book value and profit are those of such a plan."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from planner.finance import books
from tests.report_workbook.made import cell_of
from tests.report_workbook.sheets import line, master, recalculated, rows, values


@pytest.mark.parametrize("name", ["base", "us", "bonus"])
def test_book_values_move_what_follows_from_them(all_made, tmp_path: Path, name: str) -> None:
    one, typed = all_made[name], 30_000.0
    book = openpyxl.load_workbook(one.path)
    book["assets"][cell_of(one.formulas, "assets", "old", "book_value")] = typed
    book.save(tmp_path / "typed.xlsx")
    (tmp_path / "again").mkdir()
    found = values(recalculated([tmp_path / "typed.xlsx"], tmp_path / "again")[0])
    assert master(found) == "Sound, but differs from what was solved"
    assets = one.plan.tables["assets"]
    plan = one.plan.replace(
        assets=assets.assign(book_value=assets["book_value"].where(assets["asset"] != "old", typed))
    )
    want = books(plan, one.result, one.policy)
    result = want.profit_and_loss.groupby("period")["amount"].sum()
    assert line(found, "P&L", "Result") == pytest.approx(result.tolist(), abs=0.005)
    closing = rows(found, "NBV", "Net book value at the end of the period")
    closing.pop("Total")
    equipment = (want.register.lots["kind"] == "equipment").to_numpy()
    assert [sum(v) for v in zip(*closing.values(), strict=True)] == pytest.approx(
        want.register.closing[equipment].sum(axis=0).tolist(), abs=0.005
    )
    before = one.books.profit_and_loss.groupby("period")["amount"].sum()
    assert (result - before).abs().max() > 1000
