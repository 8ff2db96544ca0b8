"""The investment case against business as usual, with flows that can be followed by hand."""

from __future__ import annotations

import pytest

from planner.finance import books
from planner.finance.investment import Case
from planner.plan.plan import Plan
from planner.result.run import business_as_usual
from tests.builders import solved, tiny


def buy_or_rent(rent: float = 10.0, **settings) -> Plan:
    """A device for 100,000 that lasts the two years of the plan, against renting it for every hour of them."""
    return tiny(
        [
            {"offer": "rent", "price_per_hour": rent},
            {"offer": "own", "pricing": "owned", "purchase_price": 100000.0, "useful_life_months": 24},
        ],
        8760.0,
        periods=2,
        settings={"discount_rate": 0.1, "discount_timing": "start", "tax_rate": 0.25, **settings},
        workloads=[{"workload": "W", "unit": "units", "team": "Lab", "value_per_unit": 20.0}],
    )


def against_usual(plan: Plan) -> Case:
    usual = business_as_usual(plan)
    return books(plan, solved(plan)).against(books(usual, solved(usual)))


def test_buying_instead_of_renting() -> None:
    """Rent of 87,600 a year saved for 100,000: -12,400 and +87,600, after 25 % tax with depreciation of 50,000 a
    year -21,800 and +78,200. Everything served is worth 175,200 a year in both."""
    case = against_usual(buy_or_rent())
    assert case.flows["capex"].tolist() == pytest.approx([-100000, 0])
    assert case.flows["opex"].tolist() == pytest.approx([87600, 87600])
    assert case.flows["value"].tolist() == [0, 0]
    assert case.flows["before_tax"].tolist() == pytest.approx([-12400, 87600])
    assert case.flows["after_tax"].tolist() == pytest.approx([-21800, 78200])
    r = case.before_tax
    assert r.npv == pytest.approx(-12400 + 87600 / 1.1)
    assert r.irr.rate == pytest.approx(87600 / 12400 - 1)
    assert r.mirr == pytest.approx(87600 / 12400 - 1)
    assert r.payback == pytest.approx(12400 / 87600)
    assert r.discounted_payback == pytest.approx(12400 / (87600 / 1.1))
    assert r.profitability_index == pytest.approx(1 + r.npv / 100000)
    assert case.after_tax.npv == pytest.approx(-21800 + 78200 / 1.1)
    assert case.benefit_cost_ratio == pytest.approx(175200 * (1 + 1 / 1.1) / 100000)


def test_return_of_the_team_that_it_is_bought_for() -> None:
    plan = buy_or_rent()
    roi = books(plan, solved(plan)).roi_by_team.set_index("team")
    assert roi.loc["Lab", "roi"] == pytest.approx(175200 * (1 + 1 / 1.1) / 100000 - 1)


def test_no_outlay_no_rate() -> None:
    """Where the plan is business as usual there is no flow to find a rate of, and the case says so."""
    case = against_usual(buy_or_rent(rent=1.0))
    assert case.before_tax.npv == pytest.approx(0)
    assert case.before_tax.irr.rate is None
    assert any("no internal rate" in note for note in case.before_tax.notes)


def test_net_present_value_is_the_difference_of_the_objectives() -> None:
    """Without anything that is not cash, the case before tax is what the optimizer saved."""
    plan = buy_or_rent()
    usual = business_as_usual(plan)
    a, b = solved(plan), solved(usual)
    saved = (b.cash_present_value or 0.0) - (a.cash_present_value or 0.0)
    assert books(plan, a).against(books(usual, b)).before_tax.npv == pytest.approx(saved)


def test_plans_with_other_calendars_are_not_compared() -> None:
    one, other = buy_or_rent(), buy_or_rent(start="2028-01")
    with pytest.raises(ValueError, match="different periods"):
        books(one, solved(one)).against(books(other, solved(other)))
