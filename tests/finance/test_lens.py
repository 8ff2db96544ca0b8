"""Lenses on plans small enough to work out by hand: what each would do, and why."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from planner.finance import AccountingPolicy, books
from planner.finance.lens import ACCOUNTING, AFTER_TAX, CASH, Lens, LensError, Measure, value
from planner.model.build import build
from planner.plan.plan import Plan
from planner.result.result import Result
from planner.result.run import solve_plan
from tests.builders import EXACT, ordered, tiny

DEVICE_YEAR = 8760.0
RATES = {"discount_rate": 0.1, "discount_timing": "start", "tax_rate": 0.3}
BONUS = AccountingPolicy(bonus_share=1.0)
MACRS = AccountingPolicy(depreciation="macrs", macrs_convention="half_year")


def seen(plan: Plan, measure: Measure, policy: AccountingPolicy) -> Result:
    """The plan solved through a lens; its value is what the books say."""
    result = solve_plan(plan, EXACT, aim=Lens(plan, measure, policy))
    assert result.status == "optimal"
    assert result.violations == ()
    assert result.aim is not None
    b = books(plan, result, policy)
    assert b.checks["holds"].all()
    assert value(b, measure) == pytest.approx(result.aim.value, rel=1e-9, abs=1e-6)
    return result


def buy_or_lease(lease: float, years: int, **own: float) -> Plan:
    """One device for some years: bought for 100,000, worth nothing once used, or leased and paid at once."""
    months = 12 * years
    bought = {"purchase_price": 100_000.0, "useful_life_months": months, "annual_value_loss": 1.0, **own}
    offers = [
        {"offer": "own", "pricing": "owned", **bought},
        {"offer": "lease", "pricing": "leased", "upfront_price": lease, "price_per_hour": 0.0, "term_months": months},
    ]
    return tiny(offers, DEVICE_YEAR, periods=years, settings=RATES)


def aim_value(result: Result) -> float:
    assert result.aim is not None
    return result.aim.value


def test_bonus_depreciation_buys_what_cash_leases() -> None:
    """The lease is 1,000 cheaper, but its payment is deducted over three years and the purchase at once:
    100,000 x 0.7 against 99,000 - 0.3 x 33,000 x (1 + 1/1.1 + 1/1.21)."""
    plan = buy_or_lease(99_000.0, 3)
    cash, after = seen(plan, CASH, BONUS), seen(plan, AFTER_TAX, BONUS)
    assert ordered(cash) == {"lease": 1.0}
    assert aim_value(cash) == pytest.approx(99_000)
    assert ordered(after) == {"own": 1.0}
    assert aim_value(after) == pytest.approx(70_000)
    lease = 99_000 - 0.3 * 33_000 * (1 + 1 / 1.1 + 1 / 1.21)
    assert value(books(plan, cash, BONUS), AFTER_TAX) == pytest.approx(lease)
    # Straight line is as slow as the lease: then the cheaper one wins after tax as well.
    assert ordered(seen(plan, AFTER_TAX, AccountingPolicy())) == {"lease": 1.0}


def test_macrs_buys_what_cash_leases() -> None:
    """Six years: MACRS takes 20, 32, 19.2, 11.52, 11.52 and 5.76 % against a sixth of the lease each year."""
    plan = buy_or_lease(99_500.0, 6)
    assert ordered(seen(plan, CASH, MACRS)) == {"lease": 1.0}
    after = seen(plan, AFTER_TAX, MACRS)
    factors = 1.1 ** -np.arange(6.0)
    assert ordered(after) == {"own": 1.0}
    assert aim_value(after) == pytest.approx(100_000 - 0.3 * 1_000 * (factors @ [20, 32, 19.2, 11.52, 11.52, 5.76]))
    assert 99_500 - 0.3 * 99_500 / 6 * factors.sum() > aim_value(after)


def test_selling_is_taxed_on_the_gain_over_book_value() -> None:
    """Two years, worth 64,000 then, written down to zero at once: the sale is a gain of 64,000 in the second year."""
    plan = buy_or_lease(99_000.0, 2, annual_value_loss=0.2)
    after = seen(plan, AFTER_TAX, BONUS)
    assert ordered(after) == {"own": 1.0}
    assert aim_value(after) == pytest.approx(0.7 * (100_000 - 64_000 / 1.1))


def test_the_accounting_lens_buys_what_cash_rents() -> None:
    """Rent of 36,000 a year is 98,512 in present value and 108,000 in the accounts, a device 100,000 in both."""
    offers = [
        {"offer": "rent", "price_per_hour": 36_000 / DEVICE_YEAR},
        {"offer": "own", "pricing": "owned", "purchase_price": 100_000.0, "useful_life_months": 36,
         "annual_value_loss": 1.0},
    ]  # fmt: skip
    plan = tiny(offers, DEVICE_YEAR, periods=3, settings=RATES)
    policy = AccountingPolicy()
    cash, accounting = seen(plan, CASH, policy), seen(plan, ACCOUNTING, policy)
    assert ordered(cash) == {}
    assert aim_value(cash) == pytest.approx(36_000 * (1 + 1 / 1.1 + 1 / 1.21))
    assert ordered(accounting) == {"own": 1.0}
    assert aim_value(accounting) == pytest.approx(100_000)
    assert value(books(plan, cash, policy), ACCOUNTING) == pytest.approx(108_000)


def fit_out(years: int, own_use: list[float]) -> Plan:
    """A site that costs 50,000 to open (written off over ten years) beside a dear cloud."""
    return tiny(
        [
            {"offer": "cloud", "price_per_hour": 3.0},
            {"offer": "own", "site": "R", "price_per_hour": 1.0},
        ],
        own_use,
        periods=years,
        settings=RATES,
        sites=[
            {"site": "S", "zone": "Z", "kind": "cloud"},
            {"site": "R", "zone": "Z", "kind": "colocation", "opening_cost": 50_000.0, "fixed_cost_per_month": 500.0},
        ],
        network=[{"site": s, "location": "L", "latency_ms": 1.0} for s in "SR"],
    )


def test_a_fit_out_is_expensed_only_in_part_within_the_horizon() -> None:
    """Two years: 50,000 to open against 17,520 saved a year, less rent: cash stays away, the accounts see a fifth."""
    plan = fit_out(2, [DEVICE_YEAR, DEVICE_YEAR])
    policy = AccountingPolicy()
    assert "R" not in set(seen(plan, CASH, policy).frames["routing"]["site"])
    accounting = seen(plan, ACCOUNTING, policy)
    assert set(accounting.frames["routing"]["site"]) == {"R"}
    assert aim_value(accounting) == pytest.approx(50_000 * 2 / 10 + 2 * 6_000 + 2 * DEVICE_YEAR)


def test_a_site_that_closes_is_written_off_and_the_lens_knows() -> None:
    """A peak in the first year: closing saves rent of 6,000 a year and writes 45,000 off, so the accounts keep it open;
    with a lower fit-out cost it closes."""
    policy = AccountingPolicy()
    plan = fit_out(3, [10 * DEVICE_YEAR, 1.0, 1.0])
    kept = seen(plan, ACCOUNTING, policy)
    open_in = kept.frames["sites"].query("site == 'R'")["period"].tolist()
    assert open_in == [1, 2, 3]
    assert aim_value(kept) == pytest.approx(15_000 + 18_000 + 10 * DEVICE_YEAR + 2.0)
    sites = plan.tables["sites"].assign(opening_cost=[0.0, 10_000.0])
    closed = seen(plan.replace(sites=sites), ACCOUNTING, policy)
    assert closed.frames["sites"].query("site == 'R'")["period"].tolist() == [1]
    assert aim_value(closed) == pytest.approx(10_000 + 6_000 + 10 * DEVICE_YEAR + 2 * 3.0)


def test_what_is_not_cash_is_in_every_lens_and_never_taxed() -> None:
    """Serving costs 3 a unit, not serving 2.5: after tax serving costs 2.1, so it is served."""
    plan = tiny(
        [{"offer": "rent", "price_per_hour": 3.0}],
        100.0,
        settings=RATES,
        workloads=[{"workload": "W", "unit": "units", "unserved_penalty_per_unit": 2.5}],
    )
    policy = AccountingPolicy()
    assert aim_value(seen(plan, CASH, policy)) == pytest.approx(250)
    assert aim_value(seen(plan, ACCOUNTING, policy)) == pytest.approx(250)
    assert aim_value(seen(plan, AFTER_TAX, policy)) == pytest.approx(210)


def test_without_tax_the_after_tax_lens_is_the_cash_lens() -> None:
    plan = buy_or_lease(99_000.0, 3)
    rows = plan.tables["settings"]
    plan = plan.replace(settings=rows[rows["key"] != "tax_rate"])
    model = build(plan, generous=True)
    assert Lens(plan, AFTER_TAX, BONUS).apply(model) is model.matrix
    after = seen(plan, AFTER_TAX, BONUS)
    assert aim_value(after) == pytest.approx(aim_value(seen(plan, CASH, BONUS)))


def test_books_that_are_not_linear_are_refused() -> None:
    plan = buy_or_lease(99_000.0, 2)
    with pytest.raises(LensError, match="units of production"):
        Lens(plan, ACCOUNTING, AccountingPolicy(depreciation="units_of_production"))
    taxed_by_hours = AccountingPolicy(tax_depreciation="units_of_production")
    with pytest.raises(LensError, match="units of production"):
        Lens(plan, AFTER_TAX, taxed_by_hours)
    assert Lens(plan, ACCOUNTING, taxed_by_hours).key != Lens(plan, ACCOUNTING).key
    # Plan years never end in a fourth quarter of additions; quarters do.
    Lens(plan, AFTER_TAX, AccountingPolicy(depreciation="macrs"))
    quarters = tiny([{"price_per_hour": 1.0}], 1.0, periods=4, settings={"months_per_period": 3})
    with pytest.raises(LensError, match="half-year or mid-quarter"):
        Lens(quarters, AFTER_TAX, AccountingPolicy(depreciation="macrs"))
    with pytest.raises(LensError, match="not one of"):
        Lens(plan, cast(Measure, "feeling"))


def test_the_key_tells_what_makes_another_objective() -> None:
    plan = buy_or_lease(99_000.0, 2)
    keys = {Lens(plan, AFTER_TAX, p).key for p in (AccountingPolicy(), BONUS, MACRS)}
    assert len(keys) == 3
    assert Lens(plan, AFTER_TAX, AccountingPolicy(idle="platform")).key in keys
    assert Lens(plan, CASH, BONUS).key == Lens(plan, CASH, MACRS).key
