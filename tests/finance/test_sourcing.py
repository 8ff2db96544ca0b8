"""Buy, lease, rent, commit: published break-evens and sums by hand."""

from __future__ import annotations

import numpy as np
import pytest

from planner.finance import AccountingPolicy
from planner.finance.sourcing import break_even_hours, break_evens, curve, ways
from tests.builders import tiny


@pytest.mark.parametrize(("rent", "hours"), [(98.32, 2720), (62.92, 4423), (43.16, 6800)])
def test_published_break_even_hours(rent: float, hours: float) -> None:
    """8 x H100 server at 250,141.80, 6.37 an hour to run, against on-demand and one- and three-year rates."""
    assert break_even_hours(250141.80, 6.37, rent) == pytest.approx(hours, abs=1)


def test_never_breaks_even_when_running_costs_as_much() -> None:
    assert break_even_hours(1.0, 5.0, 5.0) is None


def plan(**settings):
    offers = [
        {"offer": "rent", "price_per_hour": 4.0},
        {"offer": "spot", "pricing": "spot", "price_per_hour": 2.0, "overhead_share": 0.2},
        {"offer": "commit", "pricing": "committed", "price_per_hour": 2.0, "upfront_price": 7300.0, "term_months": 12},
        {"offer": "own", "pricing": "owned", "purchase_price": 43800.0, "useful_life_months": 60},
    ]
    said = {"discount_rate": 0.0, **settings}
    hardware = [{"hardware": "H", "power_kw": 10.0, "idle_power_kw": 4.0}]
    sites = [{"site": "S", "zone": "Z", "kind": "cloud", "electricity_price_per_kwh": 0.1, "pue": 1.5}]
    return tiny(offers, settings=said, hardware=hardware, sites=sites)


def test_ways_by_hand() -> None:
    """No interest: own 43,800 / 43,800 hours = 1, idle power 4 kW x 0.15 = 0.6; 6 kW x 0.15 = 0.9 a useful hour.

    Commit 2 + 7,300 / 8,760 + 0.6. Rent 4 + 10 kW x 0.15. Spot (2 + 1.5) / 0.8 a useful hour.
    """
    found = ways(plan(), "S", "H").set_index("offer")
    assert found.loc["own", ["fixed", "variable"]].tolist() == pytest.approx([1.6, 0.9])
    assert found.loc["commit", ["fixed", "variable"]].tolist() == pytest.approx([2.6 + 7300 / 8760, 0.9])
    assert found.loc["rent", ["fixed", "variable"]].tolist() == pytest.approx([0, 5.5])
    assert found.loc["spot", ["fixed", "variable"]].tolist() == pytest.approx([0, 4.375])


def test_break_even_is_where_the_curves_cross() -> None:
    found = ways(plan(discount_rate=0.1, tax_rate=0.25), "S", "H")
    for row in break_evens(found).itertuples():
        for column, u in (("cost_per_useful_hour", row.utilization), ("after_tax", row.after_tax)):
            if np.isfinite(u):
                at = curve(found, np.array([u])).set_index("offer")[column]
                assert at[row.offer] == pytest.approx(at[row.against])
    pairs = set(zip(break_evens(found)["offer"], break_evens(found)["against"], strict=True))
    assert ("own", "rent") in pairs


def test_after_tax_without_interest_is_the_cost_less_the_tax() -> None:
    """When nothing is discounted it does not matter when the tax is saved, whatever the method."""
    for method in ("straight_line", "declining_balance", "macrs"):
        policy = AccountingPolicy(tax_depreciation=method, tax_bonus_share=0.4)
        found = ways(plan(tax_rate=0.25), "S", "H", policy, hold_months=48)
        assert found["fixed_after_tax"].to_numpy() == pytest.approx(0.75 * found["fixed"].to_numpy())
        assert found["variable_after_tax"].to_numpy() == pytest.approx(0.75 * found["variable"].to_numpy())


def test_bonus_makes_owning_cheaper_after_tax() -> None:
    slow = ways(plan(tax_rate=0.25, discount_rate=0.1), "S", "H").set_index("offer")
    fast = ways(
        plan(tax_rate=0.25, discount_rate=0.1),
        "S",
        "H",
        AccountingPolicy(tax_depreciation="macrs", tax_bonus_share=1.0),
    ).set_index("offer")
    assert fast.loc["own", "fixed_after_tax"] < slow.loc["own", "fixed_after_tax"]
    assert fast.loc["rent", "variable_after_tax"] == slow.loc["rent", "variable_after_tax"]


HALF_YEAR = (0.2, 0.32, 0.192, 0.1152, 0.1152, 0.0576)
FIRST_QUARTER = (0.35, 0.26, 0.156, 0.1101, 0.1101, 0.0138)


@pytest.mark.parametrize(
    ("policy", "rates"),
    [
        (AccountingPolicy(tax_depreciation="macrs", macrs_convention="half_year"), HALF_YEAR),
        # A lone purchase on the first day of a year is none of its last three months.
        (AccountingPolicy(tax_depreciation="macrs", macrs_convention="auto"), HALF_YEAR),
        (AccountingPolicy(tax_depreciation="macrs", macrs_convention="mid_quarter"), FIRST_QUARTER),
    ],
)
def test_macrs_goes_by_the_chosen_convention(policy: AccountingPolicy, rates: tuple[float, ...]) -> None:
    """Publication 946, tables A-1 and A-2; what is left after a life of five years goes in its last month."""
    at = plan(tax_rate=0.25, discount_rate=0.1)
    found = ways(at, "S", "H", policy).set_index("offer").loc["own"]
    written = np.repeat(rates[:5], 12) / 12
    written[-1] += rates[5]
    factor = 1.1 ** (-(np.arange(60) + 0.5) / 12)
    deducted = (43800.0 * written * factor).sum() / (factor.sum() * at.settings.hours_per_month) + 4.0 * 0.15
    assert found["fixed"] - found["fixed_after_tax"] == pytest.approx(0.25 * deducted)


def test_overhead_limits_the_utilization() -> None:
    at = curve(ways(plan(), "S", "H"), np.array([0.5, 0.9])).set_index(["offer", "utilization"])
    assert np.isnan(at.loc[("spot", 0.9), "cost_per_useful_hour"])
    assert at.loc[("spot", 0.5), "cost_per_useful_hour"] == pytest.approx(4.375)


def test_nothing_to_get() -> None:
    with pytest.raises(KeyError, match="nothing offers"):
        ways(plan(), "S", "X")
