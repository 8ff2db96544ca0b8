"""Charts and tables of the finance pages: their numbers are the books', their findings are true."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.finance import AccountingPolicy, Books, books
from planner.finance.categories import is_cash
from planner.report.money import cost, investment, sourcing, units
from planner.report.money.view import FIGURES, STATEMENTS, Money
from tests.report_workbook.made import POLICIES

OPTIONS: dict[str, list[tuple[object, ...]]] = {
    "ladder": [(0,), (2,)],
    "tco": [(by, basis, non) for by in cost.CUTS for basis in cost.BASES for non in (True, False)],
    "budget": [()],
    "showback": [("team",), ("to_workload",)],
}


@pytest.mark.parametrize("who", [*POLICIES, "hostile", "bare"])
def test_every_figure_is_drawn_for_every_policy_and_name(all_books: dict[str, Books], who: str):
    money = Money(all_books[who])
    workloads = [(w,) for w in money.books.plan.tables["workloads"]["workload"]]
    for name in FIGURES:
        for options in OPTIONS.get(name, workloads if name == "unit-cost" else [(True,), (False,)]):
            fig = money.figure(name, *options)
            assert fig.title
            assert fig.alt_text
            assert fig.spec["$schema"]
            assert money.figure(name, *options) is fig


def test_every_statement_is_made_once(made: Books):
    money = Money(made)
    assert set(STATEMENTS) <= set(FIGURES)
    assert money.statement("cash-flow", True) is money.statement("cash-flow", True)
    assert money.statement("cash-flow", True) is not money.statement("cash-flow", False)
    assert money.sound


def drawn(fig_table: pd.DataFrame, heading: str, without: str = "") -> float:
    rows = fig_table if not without else fig_table[fig_table["What"] != without]
    return float(rows[heading].sum())


@pytest.mark.parametrize("yearly", [True, False])
def test_what_is_drawn_is_what_the_books_hold(made: Books, yearly: bool):
    money = Money(made)
    amount = "Amount (USD)"
    cash = money.figure("cash-flow", yearly).table
    assert drawn(cash, amount, "Cash after tax") == pytest.approx(made.cash_flow["amount"].sum())
    profit = money.figure("profit-and-loss", yearly).table
    assert drawn(profit, amount, "Result after tax") == pytest.approx(made.profit_and_loss["amount"].sum())
    book = money.figure("net-book-value", yearly).table
    last = list(dict.fromkeys(book["When"]))[-1]
    at_end = made.register.closing[:, -1].sum()
    assert book.loc[book["When"] == last, amount].sum() == pytest.approx(at_end)
    owed = money.figure("outstanding", yearly).table
    assert owed.loc[owed["What"] == "Owed", amount].iloc[-1] == pytest.approx(made.outstanding["closing"].iloc[-1])
    sheet = money.figure("balance", yearly).table
    rest = sheet.loc[sheet["What"] == "Assets less liabilities", amount].iloc[-1]
    equity = made.balance[(made.balance["section"] == "Equity") & (made.balance["period"] == 8)]["amount"].sum()
    assert rest == pytest.approx(equity, abs=0.01)


def test_shares_and_sums_of_cost_are_the_ledgers(made: Books):
    money = Money(made)
    cash = made.ledger.loc[is_cash(made.ledger), "amount"].sum()
    for by in ("team", "to_workload"):
        table = money.figure("showback", by).table
        assert table["In all (USD)"].sum() == pytest.approx(cash)
        parts = [f"{m} (USD)" for m in cost.MANNERS.values()]
        np.testing.assert_allclose(table[parts].sum(axis=1), table["In all (USD)"], atol=0.01)
        assert table["Share"].sum() == pytest.approx(1.0)
    assert money.figure("budget").table["Amount (USD)"].sum() == pytest.approx(cash)
    assert money.figure("tco", "site", "amount").table["Amount (USD)"].sum() == pytest.approx(cash)


def test_the_case_states_what_is_not_defined(made: Books, usual: Books):
    money = Money(made, usual)
    case = made.against(usual)
    assert money.case_measures is not None
    assert money.case_figure is not None
    said = money.case_measures.set_index("Measure")
    assert len(said) == 7
    undefined = said["After tax"].eq(investment.UNDEFINED)
    r = case.after_tax
    expected = [r.irr.rate is None, r.mirr is None, r.payback is None, r.discounted_payback is None]
    assert list(undefined.iloc[1:5]) == expected
    if undefined.any():
        assert len(money.case_notes) > 1
    # The company's policies force what business as usual need not buy: the case is against the plan.
    assert (case.after_tax.npv <= 0) == (
        "costs" in money.case_figure.title or "No difference" in money.case_figure.title
    )
    assert money.case_figure.table["After tax (USD)"].sum() == pytest.approx(case.flows["after_tax"].sum())


def test_a_case_against_itself_is_no_difference(made: Books):
    money = Money(made, made)
    assert money.case_figure is not None
    assert "No difference" in money.case_figure.title
    assert any("No difference can be told" in n for n in money.case_notes)
    assert Money(made).case_measures is None


@pytest.mark.parametrize("taxed", [True, False])
def test_ways_to_get_a_device_meet_where_the_curves_cross(made: Books, taxed: bool):
    plan = made.plan
    hardware = sourcing.devices(plan)[0]
    sites = sourcing.telling(plan, hardware)
    assert set(sites) <= set(sourcing.sites_of(plan, hardware))
    compared = Money(made).comparison(hardware, tuple(sites), taxed)
    curves = compared.curves()
    assert curves["label"].nunique() == curves["offer"].nunique() == len(compared.ways)
    points = compared.break_evens()
    assert len(points) > 1
    for p in points.itertuples():
        one, other = (
            np.interp(p.utilization, c["utilization"], 1 / c["cost"])
            for c in (curves[curves["offer"] == o] for o in (p.offer, p.against))
        )
        assert one == pytest.approx(other, rel=0.02)
        assert 1 / one == pytest.approx(p.cost, rel=0.02)
    used = compared.in_plan()
    assert len(used)
    assert (used["utilization"] <= 1).all()
    for p in used.itertuples():
        c = curves[curves["offer"] == p.offer].dropna()
        assert 1 / np.interp(p.utilization, c["utilization"], 1 / c["cost"]) == pytest.approx(p.cost, rel=0.05)
    fig = compared.figure()
    assert fig.spec["layer"]
    assert len(compared.table()) == len(compared.ways)
    assert len(compared.break_even_table()) == len(points)


def test_the_cheapest_way_is_the_lowest_curve_at_every_use(made: Books):
    plan = made.plan
    for taxed in (False, True):
        compared = Money(made).comparison("H", tuple(sourcing.telling(plan, "H")), taxed)
        wide = compared.curves().pivot_table(index="utilization", columns="label", values="cost")
        runs = compared.cheapest()
        assert len(runs) > 1
        assert runs["until"].iloc[-1] == 1.0
        since = 0.0
        for run in runs.itertuples():
            here = wide[(wide.index > since) & (wide.index <= run.until)]
            assert (here[run.label] == here.min(axis=1)).all()
            assert str(run.label) in compared.title()
            since = run.until


def test_what_is_left_out_and_the_convention_are_said(made: Books):
    def said(**choices: Any) -> str:
        here = books(made.plan, made.result, AccountingPolicy(**choices))
        return Money(here).comparison("H", tuple(sourcing.telling(made.plan, "H")), True).left_out()

    assert made.plan.settings.tax_rate > 0
    assert "lead time" in said()
    assert "opening" in said()
    assert "MACRS" not in said()
    assert "half-year" in said(tax_depreciation="macrs")
    assert "mid-quarter" in said(depreciation="macrs", macrs_convention="mid_quarter")


def test_units_cost_what_the_books_say(made: Books):
    table = units.unit_table(made)
    total = made.unit_costs[made.unit_costs["period"] == 0]["cost"].sum()
    assert table["Expense (USD)"].sum() == pytest.approx(total)
    parts = [f"{m} per unit (USD)" for m in cost.MANNERS.values()]
    np.testing.assert_allclose(table[parts].sum(axis=1), table["Average cost per unit (USD)"], rtol=1e-9)
    hours = units.gpu_hours(made)
    assert hours["Period"].iloc[-1] == "Whole plan"
    fig = units.unit_figure(made, "chat")
    assert len(fig.table) == 3 * made.plan.settings.periods
