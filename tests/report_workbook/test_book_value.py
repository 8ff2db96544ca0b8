"""The book value of assets is live: typed over, depreciation, net book value and profit are those of such a plan."""

from __future__ import annotations

import pytest

from planner.finance import books
from tests.report_workbook.made import BOOK_VALUE
from tests.report_workbook.sheets import line, master, rows


@pytest.mark.parametrize("name", ["base", "us", "bonus"])
def test_book_values_move_what_follows_from_them(all_made, name: str) -> None:
    one, found = all_made[name], all_made[f"{name} book value"].recalculated
    assert master(found) == "Sound, but differs from what was solved"
    assets = one.plan.tables["assets"]
    plan = one.plan.replace(
        assets=assets.assign(book_value=assets["book_value"].where(assets["asset"] != "old", BOOK_VALUE))
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
