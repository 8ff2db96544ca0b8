"""Every figure of every statement, under every policy: what stands behind it adds up to it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from planner.finance import Books
from planner.finance.categories import is_cash
from planner.report.money import accounts, cost, holdings
from planner.report.money.statement import Statement, same
from tests.report_workbook.made import POLICIES

WHO = [*POLICIES, "hostile", "bare"]


def _cut(by: str, basis: str) -> Callable[[Books, bool], Statement]:
    return lambda books, yearly: cost.tco(books, by, basis, yearly, non_cash=yearly)


MADE: dict[str, Callable[[Books, bool], Statement]] = {
    "cash flow": accounts.cash_flow,
    "profit and loss": accounts.profit_and_loss,
    "balance": accounts.balance,
    "net book value": holdings.net_book_value,
    "vintages": lambda b, yearly: holdings.net_book_value(b, yearly, vintages=True),
    "outstanding": holdings.outstanding,
    "ladder": lambda b, yearly: holdings.ladder(b, 2 * yearly),
    "budget": lambda b, yearly: cost.budget(b, int(yearly)),
    "showback": cost.showback,
    "by key": lambda b, yearly: cost.showback(b, yearly, by_key=True),
    **{f"tco {by} {basis}": _cut(by, basis) for by in cost.CUTS for basis in cost.BASES},
}


@pytest.mark.parametrize("yearly", [True, False])
@pytest.mark.parametrize("name", MADE)
def test_what_stands_behind_every_figure_adds_up_to_it(all_books: dict[str, Books], name: str, yearly: bool):
    looked_into = 0
    for who in WHO:
        statement = MADE[name](all_books[who], yearly)
        for i, row in enumerate(statement.rows):
            for j, column in enumerate(statement.columns):
                behind = statement.behind(i, j)
                figure = statement.figures[i, j]
                assert same(behind["amount"].sum(), figure), (who, row.section, row.label, column.label)
                looked_into += figure != 0
    assert looked_into > 10


def test_a_trace_leaves_no_line_out(all_books: dict[str, Books]):
    for who in WHO:
        for name in ("cash flow", "profit and loss", "balance"):
            statement = MADE[name](all_books[who], True)
            in_rows = {x for row in statement.rows for x in row.lines}
            for frame in (statement.amounts, statement.trace):
                real = frame[frame["amount"].abs() > 0.01]
                assert set(zip(real["section"], real["line"], strict=True)) <= in_rows, (who, name)


def test_totals_are_those_of_the_books(made: Books):
    x = made.plan.settings
    cash = accounts.cash_flow(made, False)
    before = next(i for i, r in enumerate(cash.rows) if r.label == "Cash flow before tax")
    ledger = made.ledger[is_cash(made.ledger)].groupby("period")["amount"].sum().reindex(range(1, x.periods + 1))
    np.testing.assert_allclose(cash.figures[before, :-1], -ledger.fillna(0.0), atol=0.01)
    profit = accounts.profit_and_loss(made, False)
    for line, found in made.results.groupby("line"):
        at = next(i for i, r in enumerate(profit.rows) if r.label == line)
        np.testing.assert_allclose(profit.figures[at, :-1], found["amount"], atol=0.01)
    sheet = accounts.balance(made, True)
    by_label = {r.label: sheet.figures[i] for i, r in enumerate(sheet.rows)}
    np.testing.assert_allclose(by_label["Assets less liabilities"], by_label["Total equity"], atol=0.01)
    assert abs(by_label["Total equity"]).max() > 1000


def test_a_roll_forward_rolls(all_books: dict[str, Books]):
    for who in WHO:
        for yearly in (True, False):
            s = holdings.net_book_value(all_books[who], yearly)
            for section in dict.fromkeys(r.section for r in s.rows):
                mine = [i for i, r in enumerate(s.rows) if r.section == section]
                closing = next(i for i in mine if s.rows[i].label == holdings.MOVES["closing"][0])
                moved = s.figures[[i for i in mine if i != closing]].sum(axis=0)
                np.testing.assert_allclose(moved, s.figures[closing], atol=0.01)
            o = holdings.outstanding(all_books[who], yearly)
            np.testing.assert_allclose(o.figures[:3].sum(axis=0), o.figures[3], atol=0.01)


def test_cost_by_any_dimension_is_the_ledger(made: Books):
    cash = is_cash(made.ledger)
    for by in cost.CUTS:
        for basis in cost.BASES:
            for non_cash in (False, True):
                total = made.ledger.loc[cash | non_cash, basis].sum()
                s = cost.tco(made, by, basis, True, non_cash)
                assert s.figures[-1, -1] == pytest.approx(total, abs=0.01)
                assert s.figures[:, -1][[not r.total for r in s.rows]].sum() == pytest.approx(total, abs=0.01)
    assert made.ledger.loc[~cash, "amount"].abs().sum() > 1


def test_the_budget_has_every_month_and_the_ledgers_cash(made: Books):
    total = made.ledger.loc[is_cash(made.ledger), "amount"].sum()
    years = [cost.budget(made, y) for y in (1, 2)]
    assert [len(s.columns) for s in years] == [13, 13]
    assert sum(s.figures[-1, -1] for s in years) == pytest.approx(total, abs=0.01)
    assert cost.budget(made).figures[-1, -1] == pytest.approx(total, abs=0.01)
    assert years[0].columns[0].label == "Jan 2027"


def test_a_wrong_figure_is_found(made: Books):
    s = accounts.cash_flow(made, True)
    wrong = Statement(s.name, s.amounts.assign(amount=s.amounts["amount"] + 1.0), s.trace, s.rows, s.columns)
    assert not same(wrong.behind(0, 0)["amount"].sum(), wrong.figures[0, 0])


def test_what_people_read_has_every_figure_once_under_its_section(all_books: dict[str, Books]):
    for who in WHO:
        for make in MADE.values():
            s = make(all_books[who], True)
            shown = s.readable
            assert len(shown) == len(s.places)
            at = [i for i, k in enumerate(s.places) if k is not None]
            assert [s.places[i] for i in at] == list(range(len(s.rows)))
            labels = [c.label for c in s.columns]
            np.testing.assert_array_equal(shown.loc[at, labels].to_numpy(float), s.figures)
            assert (None in s.places) == (s.grouped and any(r.section for r in s.rows))
            for i, k in enumerate(s.places):
                if k is None:
                    row = s.rows[s.places[i + 1] or 0]
                    assert shown.iloc[i, 0] == row.section
                    assert shown.loc[i, labels].isna().all()
