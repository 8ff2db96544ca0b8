"""Lead times, terms, renewals, lives, retirement, resale and assets, worked out by hand."""

import pytest

from tests.builders import amount, cost, ordered, solved, tiny

HOURS = 8760.0
OD = {"offer": "od", "price_per_hour": 1.0}


def own(**more) -> dict:
    return {"offer": "own", "pricing": "owned", "purchase_price": 9000.0, "useful_life_months": 36, **more}


def test_lead_time_is_bridged_on_demand() -> None:
    """A device ordered in period 1 with 12 months of lead serves periods 2 and 3; period 1 is rented for 8,760.

    It loses half its value a year, so one device for two years (9,000 - 2,250) beats one a year (2 x 4,500).
    """
    result = solved(tiny([OD, own(lead_time_months=12, annual_value_loss=0.5)], volume=HOURS, periods=3))
    assert ordered(result) == {"own": 1}
    assert result.objective == pytest.approx(8760 + 9000 - 2250)
    row = result.frames["capacity"].set_index(["offer", "period"])
    assert row.loc[("own", 1), "ordered"] == 1
    assert row.loc[("own", 2), "entered"] == 1


def test_lead_time_is_rounded_up_to_whole_periods() -> None:
    """13 months of lead are two periods of a year: only period 3 is served, and 9,000 - 6,000 beats a rent of 8,760."""
    result = solved(tiny([OD, own(lead_time_months=13)], volume=HOURS, periods=3))
    assert result.objective == pytest.approx(2 * 8760 + 3000)


def test_order_must_be_in_service_by_the_last_period() -> None:
    assert ordered(solved(tiny([OD, own(lead_time_months=36)], volume=HOURS, periods=3))) == {}


def test_early_retirement_at_market_value() -> None:
    """Demand ends after period 1. Kept to the end the device brings 9,000 x 0.5^3 = 1,125; sold at once 4,500."""
    result = solved(tiny([OD, own(annual_value_loss=0.5)], volume=[HOURS, 0, 0], periods=3))
    assert result.objective == pytest.approx(9000 - 4500)
    vintage = result.frames["vintages"].iloc[0]
    assert (vintage["first_period"], vintage["last_period"], vintage["ends"]) == (1, 1, "retired")
    assert result.ledger.loc[result.ledger["category"] == "resale", "period"].tolist() == [2]


def test_life_ends_and_a_second_device_follows() -> None:
    """A life of 12 months serves one period: three periods take three devices, each worth 0.4 x price at its end.

    The last one leaves with the horizon, so its resale falls in period 3, as does that of the second.
    """
    offer = own(useful_life_months=12, annual_value_loss=0.6)
    result = solved(tiny([OD, offer], volume=HOURS, periods=3))
    assert ordered(result) == {"own": 3}
    assert result.objective == pytest.approx(3 * (9000 - 3600))
    resale = result.ledger[result.ledger["category"] == "resale"].set_index("period")["amount"]
    assert resale.to_dict() == pytest.approx({2: -3600, 3: -7200})


def test_prices_change_stepwise_and_a_commitment_keeps_its_first() -> None:
    """On demand falls by 20 % a year: 8,760 x (1 + 0.8 + 0.64). A two-year commitment keeps the price of period 1."""
    od = {**OD, "annual_price_change": -0.2}
    assert cost(tiny([od], volume=HOURS, periods=3)) == pytest.approx(8760 * 2.44)
    c = {"offer": "c", "pricing": "committed", "term_months": 24, "price_per_hour": 0.5, "annual_price_change": 0.2}
    result = solved(tiny([c], volume=HOURS, periods=3))
    # Renewed in period 3 at 0.5 x 1.2^2.
    assert result.objective == pytest.approx(8760 * (0.5 + 0.5 + 0.72))
    assert ordered(result) == {"c": 2}


def test_upfront_payment_is_credited_for_what_lies_beyond_the_horizon() -> None:
    """36 months from period 1 of 2: one third of 9,000 is credited in period 2."""
    c = {"offer": "c", "pricing": "leased", "term_months": 36, "upfront_price": 9000.0}
    result = solved(tiny([c], volume=HOURS, periods=2))
    assert result.objective == pytest.approx(6000)
    assert result.ledger.groupby("period")["amount"].sum().to_dict() == pytest.approx({1: 9000, 2: -3000})


def test_discounting_at_start_middle_and_end() -> None:
    """Present value of a rent of 8,760 a year for two years at 10 %."""
    for timing, shift in (("start", 0.0), ("mid", 0.5), ("end", 1.0)):
        plan = tiny([OD], volume=HOURS, periods=2, settings={"discount_rate": 0.1, "discount_timing": timing})
        assert cost(plan) == pytest.approx(sum(8760 / 1.1 ** (t + shift) for t in range(2)))


def test_committed_asset_runs_to_the_end_of_its_term() -> None:
    """Committed for 36 months since January 2026: two more years are paid, used or not; then on demand."""
    c = {"offer": "c", "pricing": "committed", "term_months": 36, "price_per_hour": 0.9, "available_from": 4}
    asset = {"asset": "a", "offer": "c", "devices": 2, "in_service": "2026-01"}
    result = solved(tiny([OD, c], volume=HOURS, periods=3, assets=[asset]))
    assert result.objective == pytest.approx(8760 * (0.9 * 2 * 2 + 1.0))
    assert result.frames["capacity"].set_index(["offer", "period"]).loc[("c", 3), "expired"] == 2


def test_owned_asset_is_sold_at_its_true_age() -> None:
    """A second device too many, two years old: sold in period 1 for 9,000 x 0.5^2; the other serves its last year."""
    asset = {"asset": "a", "offer": "own", "devices": 2, "in_service": "2025-01", "book_value": 1.0}
    offer = own(annual_value_loss=0.5, available_from=3)
    result = solved(tiny([OD, offer], volume=HOURS, periods=2, assets=[asset]))
    resale = result.ledger[result.ledger["category"] == "resale"].set_index("period")["amount"].to_dict()
    assert resale == pytest.approx({1: -2250, 2: -1125})
    assert result.objective == pytest.approx(-2250 - 1125 + 8760)


def test_running_costs_of_devices_in_service() -> None:
    """Maintenance 10 % of 9,000, licenses 12 x 10, labour 0.1 x 1,000, space 12 x 2 kW x 5, idle and busy energy.

    Half the hours used: 0.5 kW idle all year and 1.5 kW more while used, at PUE 1.2 and 0.1 a kWh.
    """
    plan = tiny(
        [own(maintenance_rate=0.1, license_price_per_month=10.0, fte_per_device=0.1, annual_value_loss=1.0)],
        volume=HOURS / 2,
        settings={"labour_cost_per_fte_year": 1000},
        hardware=[{"hardware": "H", "power_kw": 2.0, "idle_power_kw": 0.5, "embodied_kgco2e": 3600.0}],
        sites=[
            {"site": "S", "zone": "Z", "kind": "colocation", "space_price_per_kw_month": 5.0, "pue": 1.2,
             "electricity_price_per_kwh": 0.1, "carbon_g_per_kwh": 100.0, "water_l_per_kwh": 2.0}
        ],
    )  # fmt: skip
    result = solved(plan)
    kwh = (0.5 * 8760 + 1.5 * 4380) * 1.2
    expected = {
        "hardware": 9000,
        "maintenance": 900,
        "licenses": 120,
        "labour": 100,
        "space": 120,
        "electricity": kwh / 10,
    }
    assert {c: amount(result, c) for c in expected} == pytest.approx(expected)
    assert result.objective == pytest.approx(sum(expected.values()))
    total = result.frames["emissions"].sum(numeric_only=True)
    assert total["energy_kwh"] == pytest.approx(kwh)
    assert total["carbon_t"] == pytest.approx(kwh * 100 / 1e6 + 3.6 / 3)
    assert total["water_m3"] == pytest.approx(kwh * 2 / 1000)
