"""What the question of lenses says of plans whose answer is known."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from planner.explore import questions
from planner.explore.lenses import OTHER, SAME, UNTOLD
from planner.explore.lenses_policy import CHOICES, policy_of, told
from planner.explore.question import Answer, QuestionError
from planner.explore.runner import Runner
from planner.finance import AccountingPolicy, books
from planner.finance.lens import ACCOUNTING, AFTER_TAX, CASH, TITLES, Lens, value
from planner.plan.plan import Plan
from planner.report import cost_words
from planner.report.charts.lenses_parts import breakdown, made_of
from planner.report.format import money
from planner.result.result import Result
from planner.result.run import solve_plan
from tests.builders import EXACT, solved, tiny
from tests.finance.test_lens import BONUS, RATES, buy_or_lease


def ask(plan: Plan, result: Result | None = None, policy: AccountingPolicy | None = None, **more: object) -> Answer:
    given = {"gap": 0.0, **told(policy or AccountingPolicy()), **more}
    return questions()["lenses"].ask(plan, result or solved(plan), Runner.here(), **given)


def by_lens(answer: Answer) -> pd.DataFrame:
    return answer.frames["lenses"].set_index("lens")


def test_the_decision_that_tax_turns_is_found_and_priced() -> None:
    """99,000 leased or 100,000 bought and deducted at once: see `test_lens`."""
    plan = buy_or_lease(99_000.0, 3)
    answer = ask(plan, policy=BONUS)
    after = by_lens(answer).loc[AFTER_TAX]
    lease = 99_000 - 0.3 * 33_000 * (1 + 1 / 1.1 + 1 / 1.21)
    assert after["state"] == OTHER
    assert after["value"] == pytest.approx(70_000)
    assert after["saves"] == pytest.approx(lease - 70_000)
    assert after["costs"] == pytest.approx(1_000)
    moved = answer.frames["decisions"].query("lens == 'after_tax' and kind == 'devices' and year == 1")
    assert moved.set_index("what")["change"].to_dict() == {"own": 1.0, "lease": -1.0}
    assert any("Cost after tax, present value: another plan saves" in s for s in answer.sentences)


def test_totals_are_the_books_of_each_plan_and_every_lens_is_best_by_itself() -> None:
    plan = buy_or_lease(99_000.0, 3)
    result = solved(plan)
    answer = ask(plan, result, BONUS)
    totals = answer.frames["totals"].set_index(["plan", "measure"])
    for measure in TITLES:
        assert totals.loc[(CASH, measure), "total"] == pytest.approx(value(books(plan, result, BONUS), measure))
    assert by_lens(answer)["value"].to_dict() == pytest.approx(totals.groupby("measure")["total"].min().to_dict())
    assert (totals["cash"] + totals["non_cash"]).to_numpy() == pytest.approx(totals["total"].to_numpy())


def test_every_figure_is_the_sum_of_its_parts_and_says_what_is_not_cash() -> None:
    """99,000 paid at once and 0.3 of a third of it saved a year, plus 1 t of carbon at 50: no tax on carbon."""
    lease = {"pricing": "leased", "upfront_price": 99_000.0, "price_per_hour": 0.0, "term_months": 36}
    priced = tiny(
        [{**lease, "useful_life_months": 36}], 8760.0, periods=3, settings={**RATES, "carbon_price": 50.0},
        hardware=[{"hardware": "H", "embodied_kgco2e": 1000.0}],
    )  # fmt: skip
    answer = ask(priced)
    parts = answer.frames["parts"]
    assert parts.groupby("lens")["amount"].sum().to_dict() == pytest.approx(by_lens(answer)["value"].to_dict())
    of = parts.set_index(["lens", "part"])["amount"]
    assert of[CASH, "Cash before tax"] == pytest.approx(99_000)
    assert of[ACCOUNTING, "carbon"] == pytest.approx(50.0)
    assert of[AFTER_TAX, "carbon"] == pytest.approx(of[CASH, "carbon"])
    assert of[AFTER_TAX, "Tax saved"] == pytest.approx(-0.3 * 33_000 * (1 + 1 / 1.1 + 1 / 1.21))
    assert set(parts.loc[parts["lens"] == ACCOUNTING, "kind"]) == {"expense", "not cash"}
    result = solved(priced)
    figure = breakdown(parts, "USD")
    other = result.objective - result.cash_present_value
    assert other > 40
    assert TITLES[CASH] == cost_words.COST
    assert f"of it {money(other, 'USD')} not cash: carbon price" in figure.title
    assert made_of(parts, CASH, "USD") == f"$99.0\u00a0k cash before tax, {money(other, 'USD')} not cash: carbon price"


def test_lenses_that_agree_say_so_and_without_tax_nothing_is_solved_for_it() -> None:
    plan = tiny([{"offer": "rent", "price_per_hour": 1.0}], 100.0)
    runner = Runner.here()
    answer = questions()["lenses"].ask(plan, solved(plan), runner, gap=0.0)
    assert by_lens(answer)["state"].to_dict() == {CASH: "base", AFTER_TAX: SAME, ACCOUNTING: SAME}
    assert runner.solves == 1
    assert answer.frames["decisions"].empty
    assert "The plan's tax rate is 0: after tax is before tax." in answer.sentences


def test_a_saving_that_the_gap_could_explain_is_no_difference() -> None:
    plan = buy_or_lease(99_000.0, 3)
    result = solved(plan)
    rough = dataclasses.replace(result, bound=90_000.0)
    after = by_lens(ask(plan, rough, BONUS)).loc[AFTER_TAX]
    assert after["state"] == UNTOLD
    assert after["open"] == pytest.approx(9_000)


def test_a_plan_in_hand_that_was_stopped_early_gives_way_to_a_better_one() -> None:
    plan = buy_or_lease(99_000.0, 3)
    dear = solve_plan(plan, EXACT, aim=Lens(plan, AFTER_TAX, BONUS))
    answer = ask(plan, dataclasses.replace(dear, aim=None, bound=90_000.0, gap=0.1), BONUS)
    rows = by_lens(answer)
    assert rows.loc[CASH, "value"] == pytest.approx(99_000)
    assert rows.loc[AFTER_TAX, "state"] == OTHER
    assert any("a better one than the plan in hand" in s for s in answer.facts["notes"])


def test_what_is_not_linear_is_refused_in_words() -> None:
    plan = buy_or_lease(99_000.0, 3)
    with pytest.raises(QuestionError, match="units of production"):
        ask(plan, policy=AccountingPolicy(depreciation="units_of_production"))
    with pytest.raises(QuestionError, match="bonus_share: must be between"):
        ask(plan, bonus_share=2.0)


def test_every_policy_goes_through_the_parameters_and_back() -> None:
    policy = AccountingPolicy(
        depreciation="macrs", bonus_share=0.4, tax_depreciation="declining_balance", lease_rate=0.06,
        lease_pricings=("leased", "committed"), macrs_convention="half_year", short_term_months=0,
    )  # fmt: skip
    again = policy_of(told(policy))
    assert {n: getattr(again, n) for n in CHOICES} == {n: getattr(policy, n) for n in CHOICES}
    assert told(AccountingPolicy()) == {}
    question = questions()["lenses"]
    assert question.key(buy_or_lease(1.0, 2), told(policy)) != question.key(buy_or_lease(1.0, 2), {})
    assert Answer.unpack(ask(buy_or_lease(99_000.0, 3)).pack()).facts["tax_rate"] == 0.3
