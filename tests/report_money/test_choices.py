"""Choices that were kept give the same policy again; what no form can show is the default."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.finance import AccountingPolicy
from planner.finance.categories import default_accounts
from planner.report.money.choices import (
    CHOICES,
    Choice,
    changes,
    given_back,
    kept,
    kept_accounts,
    packed,
    policy_of,
)


def values(choice: Choice) -> st.SearchStrategy[object]:
    """What the form's field of a choice can give."""
    if choice.kind == "choice":
        return st.sampled_from(choice.options)
    if choice.kind == "several":
        return st.lists(st.sampled_from(choice.options), unique=True)
    if choice.kind == "text":
        return st.text(max_size=60)
    if choice.kind == "months":
        return st.integers(int(choice.least), int(choice.most))
    numbers = st.floats(choice.least, choice.most)
    return st.none() | numbers if choice.blank else numbers


@given(made=st.fixed_dictionaries({}, optional={c.name: values(c) for c in CHOICES}), text=st.text(max_size=30))
def test_kept_choices_are_the_same_policy_again(made: dict[str, object], text: str):
    accounts = default_accounts()
    accounts.loc[3, ["account", "account_name"]] = ["7777", text]
    texts = {**kept(made), **kept_accounts(accounts.iloc[3:4])}
    assert packed(policy_of(*given_back(texts))) == packed(policy_of(made, accounts))


@pytest.mark.parametrize("choice", CHOICES, ids=lambda c: c.name)
def test_what_no_form_can_show_is_the_default(choice: Choice):
    wrong = ["{", "[]", json.dumps("gone"), json.dumps(-5.0), json.dumps(True), json.dumps({"a": 1}), "null"]
    for text in wrong:
        made, _ = given_back({choice.name: text, "unknown": "1", "account compute opex": text})
        assert choice.allows(made[choice.name])
        policy_of(made)
    assert packed(policy_of(*given_back({"account compute opex": "[1, 2]"}))) == packed(AccountingPolicy())


def test_changes_are_told_in_words():
    before = kept({"depreciation": "macrs", "lease_rate": None})
    now = {**kept({"depreciation": "macrs", "lease_rate": 5.5, "idle": "users"}), **kept_accounts(default_accounts())}
    assert changes(before, now) == ["Borrowing rate, % a year: 5.5"]
    assert changes(before, {}) == ["Depreciation in the books: Straight line"]
    other = default_accounts().assign(account_name="x")
    assert changes({}, kept_accounts(other)) == ["the chart of accounts"]
