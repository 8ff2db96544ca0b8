"""The workbook of a plan that another lens chose: says so on its cover, and ties by every lens."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from planner.cli import main
from planner.finance import AccountingPolicy, books
from planner.finance.lens import ACCOUNTING, AFTER_TAX, CASH, TITLES, Lens, measure_of, value
from planner.plan.files import write_folder
from planner.plan.plan import Plan
from planner.report import cost_words
from planner.report.workbook import export_books
from planner.report.workbook.judged import chosen
from planner.result.result import AimOutcome, Result
from planner.result.run import solve_plan
from tests.builders import EXACT, solved, tiny
from tests.finance.test_lens import BONUS, RATES, buy_or_lease
from tests.report_workbook.made import Made
from tests.report_workbook.sheets import line, master, recalculated, values


def rent_or_buy() -> Plan:
    """Rented for 36,000 a year (98,479 discounted, 108,000 nominal), or bought for 100,000; 1 t of carbon a device."""
    return tiny(
        [
            {"offer": "own", "pricing": "owned", "purchase_price": 100_000.0, "useful_life_months": 36,
             "annual_value_loss": 1.0},
            {"offer": "rent", "price_per_hour": 36_000 / 8760, "useful_life_months": 36},
        ],
        8760.0, periods=3, settings={**RATES, "carbon_price": 30.0},
        hardware=[{"hardware": "H", "embodied_kgco2e": 1000.0}],
    )  # fmt: skip


def written(plan: Plan, result: Result, policy: AccountingPolicy | None = None) -> Workbook:
    buffer = io.BytesIO()
    export_books(books(plan, result, policy), buffer)
    return load_workbook(io.BytesIO(buffer.getvalue()), data_only=True)


def said(book: Workbook, sheet: str) -> dict[str, object]:
    return {str(r[0].value): r[1].value for r in book[sheet].iter_rows(max_row=20) if r[0].value is not None}


def test_the_command_exports_the_plan_of_a_lens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = rent_or_buy()
    write_folder(plan, tmp_path / "plan")
    out = tmp_path / "books.xlsx"
    assert main(["export", str(tmp_path / "plan"), "--out", str(out), "--lens", "accounting", "--gap", "0"]) == 0
    assert "Chosen by another lens, accounting: $100\u00a0k, proven optimal" in capsys.readouterr().out
    (tmp_path / "again").mkdir()
    book = values(recalculated([out], tmp_path / "again")[0])
    assert master(book) == "All checks hold"
    cover = said(book, "Cover")
    assert str(cover["Chosen for the least"]).startswith("Accounting cost: expenses of the profit and loss account")
    assert str(cover["Found"]).startswith("$100,030; no plan can be below $100,030")
    assert cover[TITLES[ACCOUNTING]] == pytest.approx(100_030)
    assert cover[cost_words.CASH] == pytest.approx(100_000)
    other = 10 * (1 + 1 / 1.1 + 1 / 1.21)
    assert cover["Not cash, present value"] == pytest.approx(other)
    assert cover[TITLES[CASH]] == pytest.approx(100_000 + other)


def test_the_plan_of_least_cost_says_that_it_is(tmp_path: Path) -> None:
    plan = rent_or_buy()
    result = solved(plan)
    cover = said(written(plan, result), "Cover")
    assert str(cover["Chosen for the least"]).startswith("Cost, present value: present value of the cash")
    assert cover[TITLES[CASH]] == pytest.approx(result.objective)
    assert cover[cost_words.CASH] == pytest.approx(result.cash_present_value)
    assert TITLES[ACCOUNTING] not in cover


@pytest.mark.parametrize("name", ["base", "us", "even", "bonus", "none", "hostile", "bare"])
def test_every_lens_has_the_figure_of_the_books(all_made, name: str) -> None:
    one = all_made[name]
    assert isinstance(one, Made)
    summary = said(one.recalculated, "Summary")
    for label, measure in (
        (TITLES[CASH], CASH),
        (TITLES[AFTER_TAX], AFTER_TAX),
        (f"{TITLES[ACCOUNTING]}: expenses and not cash, nominal", ACCOUNTING),
    ):
        assert summary[label] == pytest.approx(value(one.books, measure), abs=0.005), label


def test_a_policy_that_is_not_the_lenss_is_told() -> None:
    plan = buy_or_lease(99_000.0, 3)
    result = solve_plan(plan, EXACT, aim=Lens(plan, AFTER_TAX, BONUS))
    assert "another accounting policy" not in str(said(written(plan, result, BONUS), "Cover")["Found"])
    book = written(plan, result)
    assert "another accounting policy" in str(said(book, "Cover")["Found"])
    assert master(book) == "All checks hold"
    units = chosen(books(plan, result, AccountingPolicy(depreciation="units_of_production")))
    assert units is not None
    assert not units.same


def test_an_aim_that_is_no_lens_is_none() -> None:
    plan = rent_or_buy()
    assert measure_of("lens cash") == CASH
    assert measure_of(Lens(plan, ACCOUNTING).key) == ACCOUNTING
    assert measure_of("lens other {}") is None
    assert measure_of("carbon") is None
    result = dataclasses.replace(solved(plan), aim=AimOutcome("carbon", 1.0, 1.0, 0.0))
    assert chosen(books(plan, result)) is None
    assert "Chosen for the least" not in said(written(plan, result), "Cover")


def test_the_cash_flow_has_its_sections_and_the_summary_what_is_owed(all_made) -> None:
    one = all_made["base"]
    assert isinstance(one, Made)
    by_section = one.books.cash_flow.groupby(["section", "period"])["amount"].sum()
    for section in ("Operating", "Investing", "Financing"):
        want = by_section.loc[section].reindex(range(1, one.plan.settings.periods + 1)).fillna(0.0)
        assert line(one.recalculated, "Cash flow", f"{section} cash flow") == pytest.approx(want.tolist(), abs=0.005)
    owed = said(one.recalculated, "Summary")["Owed under contract after the plan"]
    assert owed == pytest.approx(one.books.outstanding["closing"].iloc[-1], abs=0.005)
    assert owed > 0
