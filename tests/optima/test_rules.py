"""Policies, spot, prices of carbon, downtime and unserved volume, worked out by hand."""

import pytest

from planner.result.run import solve_plan
from tests.builders import amount, cost, solved, tiny

HOURS = 8760.0
GREEN = {"offer": "green", "site": "G", "price_per_hour": 2.0}
CHEAP = {"offer": "cheap", "site": "S", "price_per_hour": 1.0}
SITES = [
    {"site": "S", "zone": "Z", "kind": "cloud", "provider": "one", "carbon_g_per_kwh": 500.0, "availability": 0.9},
    {"site": "G", "zone": "Y", "kind": "edge", "provider": "two", "carbon_g_per_kwh": 100.0},
]
BASE = {
    "sites": SITES,
    "network": [{"site": s, "location": "L", "latency_ms": 1.0} for s in "SG"],
    "hardware": [{"hardware": "H", "power_kw": 1.0}],
}


def policy(measure: str, limit: float, sense: str = "max", **more) -> dict:
    return {"policies": [{"policy": "p", "measure": measure, "sense": sense, "limit": limit, **more}]}


def two(periods: int = 1, **tables):
    return tiny([CHEAP, GREEN], HOURS, periods, **{**BASE, **tables})


@pytest.mark.parametrize(
    ("rule", "green"),
    [
        (policy("volume", 0.25 * HOURS, site="S"), 0.75),
        (policy("volume", 0.25, share_of="total", provider="one"), 0.75),
        (policy("volume", 0.4 * HOURS, "min", zone="Y"), 0.4),
        (policy("devices", 0.3, site_kind="cloud"), 0.7),
        (policy("devices", 0.6, "min", offer="green"), 0.6),
        (policy("energy_kwh", 0.5 * HOURS, site="S"), 0.5),
        # Carbon: 500 g and 100 g a kWh; 300 g on average is half of each.
        (policy("carbon_t", 0.3 * HOURS / 1000), 0.5),
        (policy("spend", 0.2 * HOURS, pricing="on_demand", provider="one"), 0.8),
        (policy("opex", 0.2 * HOURS, workload="W", site="S"), 0.8),
        (policy("spend", 0.5, share_of="total", provider="two;three"), 0.0),
        (policy("spend", 0.5, "min", share_of="total", provider="two"), 1 / 3),
    ],
)
def test_measures_and_scopes(rule: dict, green: float) -> None:
    """A rule moves the share `green` of the load from the cheap site at 1 an hour to the green one at 2."""
    result = solved(two(**rule))
    assert result.objective == pytest.approx(HOURS * (1 + green))


def test_windows_of_a_policy() -> None:
    """Four half-years, at most half a year at the cheap site: each period, each year, or once and for all."""
    settings = {"months_per_period": 6}
    most = HOURS / 2
    for window, cheap in (("period", 4 * most), ("year", 2 * most), ("horizon", most)):
        plan = tiny([CHEAP, GREEN], most, 4, settings, **BASE, **policy("volume", most, site="S", window=window))
        assert cost(plan) == pytest.approx(4 * most * 2 - cheap), window
    plan = tiny(
        [CHEAP, GREEN], most, 4, settings, **BASE, **policy("volume", 0.0, site="S", from_period=2, to_period=3)
    )
    assert cost(plan) == pytest.approx(most * (1 + 2 + 2 + 1))


def test_soft_policy_gives_way_when_the_penalty_is_lower() -> None:
    """Half may stay at the cheap site. Giving way costs the penalty a unit, obeying 1: the lower one is paid."""
    for penalty, extra in ((0.4, 0.4), (3.0, 1.0)):
        result = solved(two(**policy("volume", HOURS / 2, site="S", penalty=penalty)))
        assert result.objective == pytest.approx(HOURS + HOURS / 2 * extra)
        violation = result.frames["policies"]["violation"].iloc[0]
        assert violation == pytest.approx(HOURS / 2 if penalty < 1 else 0)
        assert result.cash_present_value == pytest.approx(HOURS if penalty < 1 else 1.5 * HOURS)


def test_shadow_price_is_what_one_more_unit_saves() -> None:
    """One more unit of volume at the cheap site saves the difference of 1 an hour."""
    row = solved(two(**policy("volume", HOURS / 2, site="S"))).frames["policies"].iloc[0]
    assert row["shadow_price"] == pytest.approx(1.0)
    assert row["slack"] == pytest.approx(0.0, abs=1e-6)


def test_open_sites_are_counted() -> None:
    """At most one open site, where a quota would have used both: the dearer one must take it all."""
    offers = [{**CHEAP, "max_devices": 0.5}, GREEN]
    assert cost(tiny(offers, HOURS, **BASE)) == pytest.approx(1.5 * HOURS)
    assert cost(tiny(offers, HOURS, **BASE, **policy("open_sites", 1))) == pytest.approx(2 * HOURS)


def test_capex_limit_delays_a_purchase() -> None:
    """One device at 1,000 a year and no more: a second waits for the second year."""
    own = {"offer": "own", "pricing": "owned", "purchase_price": 1000.0, "annual_value_loss": 0.0}
    plan = tiny([CHEAP, own], 2 * HOURS, 2, **policy("capex", 1000.0, window="year"))
    result = solved(plan)
    orders = result.frames["capacity"].query("ordered > 0").set_index("period")["ordered"].to_dict()
    # Devices keep their value and are sold at the end: resale in year 2 makes room for more than one.
    assert orders[1] == 1
    assert result.objective == pytest.approx(HOURS)


def test_carbon_price_flips_the_choice() -> None:
    """0.4 kg an hour more at the cheap site: it stays cheaper below a price of 2,500 a tonne. The price is not cash."""
    for price, hourly, cash in ((2400, 1 + 0.5 * 2.4, 1), (2600, 2 + 0.1 * 2.6, 2)):
        result = solved(two(settings={"carbon_price": price}))
        assert result.objective == pytest.approx(HOURS * hourly)
        assert result.cash_present_value == pytest.approx(HOURS * cash)


def test_downtime_cost_flips_the_choice() -> None:
    """The cheap site fails for a tenth of the time: 0.1 x cost of a lost unit against 1 more an hour."""
    for lost, hourly in ((9.0, 1.9), (11.0, 2.0)):
        workload = {"workload": "W", "unit": "units", "downtime_cost_per_unit": lost}
        assert cost(two(workloads=[workload])) == pytest.approx(HOURS * hourly)


def test_volume_is_left_unserved_when_that_is_cheaper() -> None:
    """A penalty of 0.6 a unit is below the price of 1; with 1.2 it is not."""
    for penalty, served in ((0.6, 0.0), (1.2, 1.0)):
        workload = {"workload": "W", "unit": "units", "unserved_penalty_per_unit": penalty}
        result = solved(two(workloads=[workload]))
        assert result.frames["routing"]["volume"].sum() == pytest.approx(served * HOURS)
        assert amount(result, "unserved") == pytest.approx((1 - served) * HOURS * penalty)


def test_spot_serves_its_share_in_every_slice() -> None:
    """40 % may be interrupted, in day and night alike, although spot could hold it all at night."""
    spot = {"offer": "spot", "pricing": "spot", "price_per_hour": 0.25}
    plan = tiny(
        [CHEAP, spot],
        HOURS,
        workloads=[{"workload": "W", "unit": "units", "interruptible_share": 0.4}],
        slices=[{"slice": "day", "share_of_hours": 0.5}, {"slice": "night", "share_of_hours": 0.5}],
        load_shapes=[
            {"workload": "W", "slice": "day", "multiplier": 1.6},
            {"workload": "W", "slice": "night", "multiplier": 0.4},
        ],
    )
    result = solved(plan)
    assert result.objective == pytest.approx(HOURS * (0.6 + 0.4 * 0.25))
    share = result.frames["dispatch"].query("offer == 'spot'").groupby("slice")["volume"].sum() / HOURS
    assert share.to_dict() == pytest.approx({"day": 0.8 * 0.4, "night": 0.2 * 0.4})


def test_api_rate_limit_and_price() -> None:
    """An API at 0.5 a unit takes 0.3 units an hour at most; the rest of one unit an hour is rented at 1."""
    api = {
        "offer": "api",
        "pricing": "api",
        "workload": "W",
        "price_per_unit": 0.5,
        "max_units_per_hour": 0.3,
        "carbon_g_per_unit": 2.0,
    }
    result = solved(tiny([CHEAP, api], HOURS))
    assert amount(result, "api") == pytest.approx(0.3 * 0.5 * HOURS)
    assert result.objective == pytest.approx(HOURS * (0.7 + 0.15))
    assert result.frames["emissions"]["carbon_t"].sum() == pytest.approx(0.3 * HOURS * 2 / 1e6)


def test_utilization_and_overhead_raise_the_hours() -> None:
    """A unit takes 1 / (0.8 x (1 - 0.5)) device-hours."""
    workload = {"workload": "W", "unit": "units", "max_utilization": 0.8}
    assert cost(tiny([{**CHEAP, "overhead_share": 0.5}], HOURS, workloads=[workload])) == pytest.approx(HOURS / 0.4)


def test_infeasible_plan_says_what_would_help() -> None:
    """A quota of one device for a load of two: one more device, or half the volume."""
    result = solve_plan(tiny([{**CHEAP, "max_devices": 1.0}], 2 * HOURS))
    assert result.status == "infeasible"
    ways = [result.conflicts, *result.alternatives]
    said = {(c.table, c.key): c.amount for way in ways for c in way}
    assert said[("offers", "cheap")] == pytest.approx(1.0)
    assert said[("demand", "W;L")] == pytest.approx(HOURS)


def test_infeasible_policy_is_named_with_its_amount() -> None:
    result = solve_plan(tiny([CHEAP], HOURS, **policy("spend", 0.75 * HOURS)))
    said = {(c.table, c.key): c.amount for way in (result.conflicts, *result.alternatives) for c in way}
    assert said[("policies", "p")] == pytest.approx(0.25 * HOURS)


def test_unreachable_workload_is_named_with_the_test_that_emptied_its_list() -> None:
    workload = {"workload": "W", "unit": "units", "max_latency_ms": 0.5}
    result = solve_plan(tiny([CHEAP], HOURS, workloads=[workload]))
    assert result.status == "infeasible"
    assert "latency" in result.conflicts[0].sentence
