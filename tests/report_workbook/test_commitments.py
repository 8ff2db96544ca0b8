"""What is owed under contract: as recalculated, the books' roll-forward and ladder at the end of every period."""

from __future__ import annotations

import numpy as np
import pytest
from openpyxl.workbook import Workbook

from planner.finance import Books
from planner.report.money.holdings import year_label
from tests.report_workbook.made import POLICIES, Made
from tests.report_workbook.sheets import line, master, rows

CENT = 0.005
LADDER = "Liability ladder: owed at the end of the period, by year due"
BEFORE = 13
"""The column before the first period, from 1."""


def expected(b: Books) -> dict[str, list[float]]:
    """What is owed by year due: before the plan, and at the end of each period."""
    out: dict[str, list[float]] = {}
    for as_of in range(b.plan.settings.periods + 1):
        for year, amount in b.ladder(as_of).groupby("due_year")["amount"].sum().items():
            out.setdefault(year_label(b, int(year)), [0.0] * (b.plan.settings.periods + 1))[as_of] = float(amount)
    return out


def with_before(book: Workbook, block: str) -> dict[str, list[float]]:
    """A block's rows from the column before the first period on."""
    ws = book["Commitments"]
    cells = {ws.cell(r, 1).value: ws.cell(r, BEFORE).value for r in range(1, ws.max_row + 1)}
    return {k: [float(cells[k] or 0.0), *v] for k, v in rows(book, "Commitments", block).items() if k != "Total"}


@pytest.mark.parametrize("name", [*POLICIES, "hostile", "bare"])
def test_roll_forward_and_ladder_are_the_apps(all_made, name: str) -> None:
    one = all_made[name]
    assert isinstance(one, Made)
    book, b = one.recalculated, one.books
    for label, column, sign in (
        ("Opening", "opening", 1), ("Contracted", "contracted", 1), ("Paid", "paid", -1), ("Closing", "closing", 1),
    ):  # fmt: skip
        want = sign * b.outstanding[column].to_numpy(float)
        assert line(book, "Commitments", label) == pytest.approx(want.tolist(), abs=CENT), label
    found, want = with_before(book, LADDER), expected(b)
    assert set(want) <= set(found)
    for year, amounts in found.items():
        assert amounts == pytest.approx(want.get(year, [0.0] * len(amounts)), abs=CENT), year


def test_the_company_owes_before_the_plan_and_beyond_it(all_made) -> None:
    """Eight quarters from 2027 with terms of up to three years: the ladder says what no cash flow of the plan shows."""
    ws = all_made["base"].recalculated["Commitments"]
    when = {str(ws.cell(r, 1).value): ws.cell(r, 2).value for r in range(1, ws.max_row + 1) if ws.cell(r, 2).value}
    assert when["2027"] == when["2028"] == "within the plan"
    assert when["2029"] == "after the plan"
    found = with_before(all_made["base"].recalculated, LADDER)
    assert found["2027"][0] > 0
    assert found["2029"][-1] > 0
    assert found["2027"][4:] == [0.0] * 5


def test_by_offer_is_what_each_offer_owes(all_made) -> None:
    one = all_made["base"]
    found = with_before(one.recalculated, "Owed at the end of the period, by offer")
    due = one.books.commitments
    assert set(found) == {"commit", "lease", "short"}
    for offer, amounts in found.items():
        mine = due[due["offer"] == offer]
        for as_of, amount in enumerate(amounts):
            owed = mine[(mine["contracted_period"] <= as_of) & (mine["due_period"] > as_of)]["amount"].sum()
            assert amount == pytest.approx(owed, abs=CENT), (offer, as_of)


@pytest.mark.parametrize("name", ["price", "devices", "short"])
def test_what_is_typed_over_moves_what_is_owed(all_made, name: str) -> None:
    """The ladder and the roll-forward are different formulas: they still agree, and differ from what was solved."""
    book, base = all_made[name].recalculated, all_made["base"].recalculated
    assert master(book) != "All checks hold"
    ladder = np.array([v for k, v in with_before(book, LADDER).items()])
    closing = np.array(line(book, "Commitments", "Closing"))
    assert ladder[:, 1:].sum(axis=0) == pytest.approx(closing, abs=CENT)
    assert np.abs(closing - line(base, "Commitments", "Closing")).max() > 1
    checks = {r[0].value: r[9].value for r in book["Checks"].iter_rows(min_row=6, max_row=60)}
    assert checks["Commitments by year due are what is owed, every period"] == 1
    assert checks["Commitments by offer are what is owed, every period"] == 1
    assert checks["Commitments outstanding: as the app has them"] == 0


def test_a_ladder_that_is_wrong_fails_its_check(all_made) -> None:
    assert master(all_made["ladder"].recalculated) == "A check fails"
