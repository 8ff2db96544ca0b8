"""What a figure points to: rows that people can read, what they add up to, and how they were paid for."""

from __future__ import annotations

from dataclasses import fields, replace

import pandas as pd
import pytest

from planner.finance import AccountingPolicy, Books
from planner.finance.categories import is_cash
from planner.report.money import accounts, choices, cost, holdings
from planner.report.money.sources import SHARE, Sources
from planner.report.money.statement import CONTRACT, DUE, LEDGER, LOT, Statement
from tests.report_workbook.made import POLICIES


def row_of(statement: Statement, label: str, section: str = "") -> int:
    return next(i for i, r in enumerate(statement.rows) if r.label == label and (not section or r.section == section))


def test_a_figure_of_cash_leads_to_rows_of_the_ledger(made: Books):
    s = accounts.cash_flow(made, True)
    last = len(s.columns) - 1
    found = Sources(made).evidence(s, row_of(s, "Purchase of equipment"), last)
    assert [p.source for p in found.parts] == [LEDGER]
    bought = made.ledger[made.ledger["category"] == "hardware"]
    assert list(found.parts[0].rows[SHARE]) == list(-bought["amount"])
    assert list(found.parts[0].rows["Amount"]) == list(bought["amount"])
    assert found.equal
    assert found.sentence.endswith("the figure.")
    assert found.label == "Investing, Purchase of equipment, Whole plan"
    assert found.paid.empty


def test_depreciation_leads_to_lots_and_these_to_their_purchase(made: Books):
    s = accounts.profit_and_loss(made, True)
    found = Sources(made).evidence(s, row_of(s, "IT equipment", "Depreciation"), len(s.columns) - 1)
    assert [p.source for p in found.parts] == [LOT]
    assert found.equal
    assert found.total == pytest.approx(-made.register.depreciation[made.lots["kind"] == "equipment"].sum())
    bought = made.ledger.loc[made.ledger["category"] == "hardware", "amount"].sum()
    assert found.paid["Amount"].sum() == pytest.approx(bought)
    new = found.parts[0].rows["Ordered"] != "before the plan"
    assert found.parts[0].rows.loc[new, "Cost"].sum() == pytest.approx(bought)


def test_tax_leads_to_everything_that_is_deducted(made: Books):
    s = accounts.cash_flow(made, True)
    found = Sources(made).evidence(s, row_of(s, "Tax saved (paid)"), len(s.columns) - 1)
    assert {p.source for p in found.parts} == {LEDGER, LOT, CONTRACT}
    assert found.equal


def test_commitments_lead_to_what_is_due(made: Books):
    s = holdings.ladder(made)
    found = Sources(made).evidence(s, 0, len(s.columns) - 1)
    assert [p.source for p in found.parts] == [DUE]
    assert found.equal
    assert len(found.paid)


def test_what_is_allocated_says_by_which_key(made: Books):
    s = cost.showback(made, True)
    found = Sources(made).evidence(s, len(s.rows) - 1, len(s.columns) - 1)
    assert found.equal
    assert found.total == pytest.approx(made.ledger.loc[is_cash(made.ledger), "amount"].sum())
    assert (found.parts[0].rows["Key"] != "").all()
    assert found.parts[0].rows["Key"].nunique() > 2


def test_a_figure_that_its_rows_do_not_give_is_told(made: Books):
    s = accounts.cash_flow(made, True)
    wrong = Statement(s.name, s.amounts.assign(amount=s.amounts["amount"] + 1.0), s.trace, s.rows, s.columns)
    found = Sources(made).evidence(wrong, 0, 0)
    assert not found.equal
    assert "but the figure is" in found.sentence


def test_every_field_of_the_policy_can_be_chosen_in_words():
    assert {c.name for c in choices.CHOICES} == {f.name for f in fields(AccountingPolicy)} - {"accounts"}
    assert {c.group for c in choices.CHOICES} == set(choices.GROUPS)
    for choice in choices.CHOICES:
        if choice.kind in ("choice", "several"):
            assert choice.options
            assert set(choice.options) <= set(choices.WORDS)
        assert choice.taken(choice.shown(choice.default)) == choice.default


def test_a_form_left_as_it_is_gives_the_usual_policy():
    shown = {c.name: c.shown(c.default) for c in choices.CHOICES}
    assert choices.packed(choices.policy_of(shown)) == choices.packed(AccountingPolicy())
    assert choices.policy_of({"bonus_share": 30.0, "platform": " "}).bonus_share == 0.3


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_comes_back_from_its_text(name: str):
    policy = POLICIES[name]
    back = choices.unpacked(choices.packed(policy))
    for field in fields(AccountingPolicy):
        if field.name != "accounts":
            assert getattr(back, field.name) == getattr(policy, field.name)
    pd.testing.assert_frame_equal(back.accounts, policy.accounts, check_dtype=False)
    assert choices.sentence(policy)


def test_other_accounts_make_another_policy():
    usual = AccountingPolicy()
    other = replace(usual, accounts=usual.accounts.assign(account="1"))
    assert choices.packed(other) != choices.packed(usual)
