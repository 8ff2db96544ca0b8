"""What a unit costs on average, levelised and at the margin, by hand."""

from __future__ import annotations

import pytest

from planner.finance import books
from planner.finance.units import more_of
from planner.plan.plan import Plan
from tests.builders import solved, tiny


def full_device(**settings) -> Plan:
    """One committed device that its demand fills exactly; more can only be rented, at twice its price."""
    offers = [
        {"offer": "rent", "price_per_hour": 10.0},
        {"offer": "commit", "pricing": "committed", "price_per_hour": 5.0, "term_months": 24, "max_devices": 1.0},
    ]
    return tiny(offers, 8760.0, periods=2, settings=settings)


def test_marginal_is_what_more_would_cost_and_average_what_it_does() -> None:
    """5 an hour for the device that is full; the next unit is rented at 10."""
    plan = full_device()
    more = more_of(plan, "W", 0.1)
    here, there = books(plan, solved(plan)), books(more, solved(more))
    assert here.unit_costs.query("period == 0")["cost_per_unit"].item() == pytest.approx(5)
    assert here.incremental_cost(there, "W") == pytest.approx(10)
    assert here.incremental_cost(here, "W") is None
    with pytest.raises(KeyError, match="nobody"):
        more_of(plan, "nobody")


def test_levelised_cost_weighs_periods_by_their_present_value() -> None:
    """A price that falls by half: 10 then 5 with volumes of one and two; at 25 % from the start of the year.

    (10 x 1 + 5 x 2 / 1.25) / (1 + 2 / 1.25) = 18 / 2.6.
    """
    plan = tiny(
        [{"price_per_hour": 10.0, "annual_price_change": -0.5}],
        [1.0, 2.0],
        periods=2,
        settings={"discount_rate": 0.25, "discount_timing": "start"},
    )
    found = books(plan, solved(plan)).levelised_costs.set_index("workload")
    assert found.loc["W", "levelised_cost"] == pytest.approx(18 / 2.6)
