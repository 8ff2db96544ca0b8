"""Bills and cells as people read them."""

from __future__ import annotations

import pytest

from planner.finance import Books, books
from planner.finance.bookkeeping import BILLED
from planner.finance.categories import is_cash
from planner.report import format as fmt
from planner.report.charts.statement import BLUES, asset_tones
from planner.report.money import bills
from planner.report.money.statement import cell, same
from planner.report.theme import NEUTRAL
from tests.report_workbook.made import POLICIES


@pytest.mark.parametrize("who", [*POLICIES, "hostile", "bare"])
def test_bills_are_the_ledger_and_every_key_is_explained(all_books: dict[str, Books], who: str):
    made = all_books[who]
    assert bills.agrees(made)
    cash = made.ledger.loc[is_cash(made.ledger), "amount"].sum()
    assert f"{fmt.money_exact(cash, made.plan.settings.currency, 2)}: the ledger's cash" in bills.sentence(made)
    lines, keys = bills.table(made), bills.keys(made)
    assert round(lines["Amount"].sum(), 2) == round(cash, 2)
    assert keys.filter(like="Amount").sum().iloc[0] == pytest.approx(lines["Amount"].sum(), abs=0.01)
    assert set(bills.FILTERS) <= set(lines)
    for key, said in zip(keys["Key"], keys["What it says"], strict=True):
        assert len(said) > len(key)
        assert said.lower() != key.lower()
        assert not said.startswith(";")


def test_bills_that_are_not_the_ledger_are_told(made: Books):
    wrong = books(made.plan, made.result)
    wrong.__dict__["chargeback"] = made.chargeback.iloc[1:]
    assert not bills.agrees(wrong)
    assert "but the ledger's cash is" in bills.sentence(wrong)


def test_one_cent_too_many_is_told(made: Books):
    wrong = books(made.plan, made.result)
    lines = made.chargeback.copy()
    lines.loc[0, "amount"] += 0.01
    wrong.__dict__["chargeback"] = lines
    assert not bills.agrees(wrong)
    assert not wrong.checks.set_index("check").loc[BILLED, "holds"]
    assert made.checks["holds"].all()


def test_a_cell_is_whole_and_says_nothing_for_nothing():
    assert cell(1240311.6) == "1,240,312"
    assert cell(-5.4) == f"{fmt.MINUS}5"
    assert cell(-0.2) == fmt.DASH
    assert cell(float("nan")) == ""
    assert same(1e12, 1e12 + 100)
    assert not same(100.0, 100.02)


def test_what_is_owned_is_blue_and_fit_out_is_not():
    classes = [str(i) for i in range(7)]
    tones = asset_tones([*classes, "fit-out"], {"fit-out"})
    assert tones["fit-out"] is NEUTRAL
    assert {tones[c] for c in classes} == set(BLUES)
