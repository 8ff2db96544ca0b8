"""What a policy counts and when: stocks are averaged, causes decide the scope, penalties fall due at the end."""

from itertools import pairwise

import pytest

from planner.result.run import solve_plan
from tests.builders import EXACT, amount, cost, ordered, solved, tiny

HOURS = 8760.0
RENT = {"offer": "rent", "price_per_hour": 2.0}
HOLD = {"offer": "hold", "pricing": "committed", "price_per_hour": 1.0, "term_months": 12}


def policy(measure: str, limit: float, sense: str = "max", **more) -> dict:
    return {"policies": [{"policy": "p", "measure": measure, "sense": sense, "limit": limit, **more}]}


def test_devices_are_averaged_over_a_year_and_the_horizon() -> None:
    """Held devices cost half. On average 0.5 over a year of two half-years is one device in one of them.

    Each device that is held for a half-year saves 4,380. Two years: one saving in each year; over the
    horizon of two years the same average of 0.5 allows two savings in any of the four half-years.
    """
    short = {**HOLD, "term_months": 6}
    base = {"settings": {"months_per_period": 6}, "periods": 4}
    full, saved = 4 * HOURS / 2 * 2, HOURS / 2

    def least(volume: list[float], **rule) -> float:
        return cost(tiny([RENT, short], volume, **base, **policy("devices", 0.5, offer="hold", **rule)))

    one = [HOURS / 2] * 4
    assert least(one, window="period") == pytest.approx(full)  # no half a device
    assert least(one, window="year") == pytest.approx(full - 2 * saved)
    assert least(one, window="horizon") == pytest.approx(full - 2 * saved)
    # Load in the first year only: the year allows one saving, the horizon both.
    early = [HOURS / 2, HOURS / 2, 0.0, 0.0]
    assert least(early, window="year") == pytest.approx(full / 2 - saved)
    assert least(early, window="horizon") == pytest.approx(full / 2 - 2 * saved)


def test_rented_devices_count_by_the_hours_that_they_are_used() -> None:
    """Half a device on average over the period, two in a quarter of the hours: 0.5 x 8,760 hours at most are rented."""
    peak = {
        "slices": [{"slice": "peak", "share_of_hours": 0.25}, {"slice": "rest", "share_of_hours": 0.75}],
        "load_shapes": [
            {"workload": "W", "slice": "peak", "multiplier": 4.0},
            {"workload": "W", "slice": "rest", "multiplier": 0.0},
        ],
    }
    dear = {"offer": "dear", "price_per_hour": 5.0}
    plan = tiny([RENT, dear], HOURS / 2, **peak, **policy("devices", 0.4, offer="rent"))
    assert cost(plan) == pytest.approx(HOURS * (0.4 * 2 + 0.1 * 5))


def test_open_sites_are_averaged_over_the_horizon() -> None:
    """Two sites of a quota of half each: at most 1.5 sites on average over two periods is both in one of them only."""
    two = {
        "sites": [{"site": s, "zone": "Z", "kind": "cloud"} for s in "AB"],
        "network": [{"site": s, "location": "L", "latency_ms": 1.0} for s in "AB"],
    }
    offers = [
        {"offer": "a", "site": "A", "price_per_hour": 1.0, "max_devices": 0.5},
        {"offer": "a2", "site": "A", "price_per_hour": 3.0},
        {"offer": "b", "site": "B", "price_per_hour": 2.0},
    ]
    # Both open: 0.5 x 1 + 0.5 x 2. One alone: all at B, 2.
    for limit, hourly in ((2.0, 1.5 + 1.5), (1.5, 1.5 + 2.0), (1.0, 2.0 + 2.0)):
        plan = tiny(offers, HOURS, 2, **two, **policy("open_sites", limit, window="horizon"))
        assert cost(plan) == pytest.approx(HOURS * hourly)


def test_water_is_limited() -> None:
    """1 kW at 2 l a kWh there, 0.5 l here at twice the price: 1.25 l on average is half of each."""
    sites = [{"site": s, "zone": "Z", "kind": "cloud", "water_l_per_kwh": w} for s, w in (("wet", 2.0), ("dry", 0.5))]
    plan = tiny(
        [
            {"offer": "wet", "site": "wet", "price_per_hour": 1.0},
            {"offer": "dry", "site": "dry", "price_per_hour": 2.0},
        ],
        HOURS,
        sites=sites,
        network=[{"site": s, "location": "L", "latency_ms": 1.0} for s in ("wet", "dry")],
        hardware=[{"hardware": "H", "power_kw": 1.0}],
        **policy("water_m3", 1.25 * HOURS / 1000),
    )
    assert cost(plan) == pytest.approx(1.5 * HOURS)


TWO_TEAMS = {
    "workloads": [{"workload": "W", "unit": "u", "team": "red"}, {"workload": "V", "unit": "u", "team": "blue"}],
    "throughput": [{"workload": w, "hardware": "H", "units_per_hour": 1.0} for w in "WV"],
}
BOTH = {("W", "L"): [HOURS], ("V", "L"): [HOURS]}


def test_a_team_is_charged_for_what_its_workload_causes() -> None:
    """Rent is caused by the workload that uses it, a commitment by none: the team's limit moves it onto commitments."""
    base = {"volume": BOTH, **TWO_TEAMS}
    offers = [{**RENT, "price_per_hour": 0.5}, HOLD]
    assert ordered(solved(tiny(offers, **base))) == {}
    result = solved(tiny(offers, **base, **policy("spend", 0.0, team="red")))
    assert ordered(result) == {"hold": 1}
    assert result.objective == pytest.approx(1.5 * HOURS)


def test_a_commitment_for_one_workload_is_caused_by_it() -> None:
    """Restricted to W, the commitment is in W's scope: both ways of W then cost more than the limit allows."""
    mine = {**HOLD, "workload": "W"}
    offers = [{**RENT, "price_per_hour": 0.5}, mine]
    plan = tiny(offers, volume=BOTH, **TWO_TEAMS, **policy("spend", 0.0, team="red"))
    assert solve_plan(plan, EXACT).status == "infeasible"
    soft = policy("spend", 0.0, team="red", penalty=0.25)
    assert cost(tiny(offers, volume=BOTH, **TWO_TEAMS, **soft)) == pytest.approx(HOURS * (0.5 * 1.25 + 0.5))


def test_costs_without_an_offer_are_outside_a_scope_of_pricings() -> None:
    """Site rent of 100 a month has a site but no offer: out of scope with a pricing, in scope with a site."""
    site = {"sites": [{"site": "S", "zone": "Z", "kind": "cloud", "fixed_cost_per_month": 100.0}]}
    plan = tiny([RENT], HOURS, **site, **policy("opex", 2 * HOURS, pricing="on_demand"))
    assert cost(plan) == pytest.approx(2 * HOURS + 1200)
    plan = tiny([RENT], HOURS, **site, **policy("opex", 2 * HOURS, site="S"))
    assert solve_plan(plan, EXACT).status == "infeasible"


def test_scopes_of_several_columns_must_all_match() -> None:
    """Limited is what is rented at A or B by offers of two names; only one offer matches all of it."""
    sites = [{"site": s, "zone": z, "kind": "cloud"} for s, z in (("A", "Y"), ("B", "Z"))]
    network = [{"site": s, "location": "L", "latency_ms": 1.0} for s in "AB"]
    offers = [
        {"offer": "a", "site": "A", "price_per_hour": 1.0},
        {"offer": "b", "site": "B", "price_per_hour": 2.0},
        {"offer": "c", "site": "A", "price_per_hour": 3.0},
    ]
    for scope, hourly in (
        ({"offer": "a;b", "zone": "Y;Q"}, 2.0),  # a is full, b is not in scope
        ({"offer": "a;b"}, 3.0),
        ({"zone": "Y", "site": "A;B"}, 2.0),
        ({"offer": "a", "zone": "Z"}, 1.0),  # nothing matches both
    ):
        plan = tiny(offers, HOURS, sites=sites, network=network, **policy("volume", 0.0, **scope))
        assert cost(plan) == pytest.approx(HOURS * hourly), scope


def test_minimum_hard_and_soft() -> None:
    """At least 0.75 of the volume at the dear offer, 1 more an hour: obeyed, or paid for at 0.4 a unit."""
    offers = [RENT, {"offer": "dear", "price_per_hour": 3.0}]
    rule = policy("volume", 0.75 * HOURS, "min", offer="dear")
    assert cost(tiny(offers, HOURS, **rule)) == pytest.approx(HOURS * 2.75)
    rule["policies"][0]["penalty"] = 0.4
    result = solved(tiny(offers, HOURS, **rule))
    assert result.objective == pytest.approx(HOURS * (2 + 0.75 * 0.4))
    row = result.frames["policies"].iloc[0]
    assert row["violation"] == pytest.approx(0.75 * HOURS)
    assert row["slack"] == pytest.approx(-0.75 * HOURS)


def test_soft_share_is_charged_by_the_unit_of_its_measure() -> None:
    """At most 40 % rented: each unit above is charged 0.3, less than the 1 that the dear offer costs more."""
    offers = [RENT, {"offer": "dear", "price_per_hour": 3.0}]
    rule = policy("volume", 0.4, share_of="total", offer="rent", penalty=0.3)
    result = solved(tiny(offers, HOURS, **rule))
    assert result.objective == pytest.approx(HOURS * (2 + 0.6 * 0.3))
    row = result.frames["policies"].iloc[0]
    assert row["value"] == pytest.approx(1.0)
    assert row["violation"] == pytest.approx(0.6 * HOURS)


def test_violation_is_charged_in_the_last_period_of_its_window() -> None:
    """Years of four quarters, the rule from period 3 to 6: windows 3 to 4 and 5 to 6, charged in periods 4 and 6."""
    plan = tiny(
        [RENT],
        100.0,
        8,
        {"months_per_period": 3, "discount_rate": 0.1, "discount_timing": "end"},
        **policy("volume", 50.0, window="year", from_period=3, to_period=6, penalty=2.0),
    )
    result = solved(plan)
    charged = result.ledger[result.ledger["category"] == "policy"].set_index("period")
    assert charged["amount"].to_dict() == pytest.approx({4: 300.0, 6: 300.0})
    assert charged["present_value"].to_dict() == pytest.approx({4: 300 / 1.1, 6: 300 / 1.1**1.5})
    windows = result.frames["policies"][["from_period", "to_period"]].to_numpy().tolist()
    assert windows == [[3, 4], [5, 6]]


def test_share_of_spend_counts_everything_that_is_cash() -> None:
    """Rent may be 60 % of all spend. Site rent of 12 x 365 = 4,380 is in the total, expected downtime is not.

    x hours of rent at 2 and 1 - x at 3: 2 x <= 0.6 (2 x + 3 (1 - x) + 0.5) gives x = 2.1 / 2.6.
    """
    plan = tiny(
        [RENT, {"offer": "dear", "price_per_hour": 3.0}],
        HOURS,
        workloads=[{"workload": "W", "unit": "u", "downtime_cost_per_unit": 9.0}],
        sites=[{"site": "S", "zone": "Z", "kind": "cloud", "fixed_cost_per_month": 365.0, "availability": 0.5}],
        **policy("spend", 0.6, share_of="total", offer="rent"),
    )
    x = 2.1 / 2.6
    result = solved(plan)
    assert result.objective == pytest.approx(HOURS * (2 * x + 3 * (1 - x) + 0.5 + 4.5))
    assert amount(result, "downtime") == pytest.approx(4.5 * HOURS)


def test_capex_may_be_limited_in_one_period_and_resale_makes_room() -> None:
    """Two devices at 4,000 keep their value. 4,000 a period allows one in each; sold at the end they cost nothing.

    Without room the second waits for period 2, and period 1 rents one device at 2.
    """
    own = {"offer": "own", "pricing": "owned", "purchase_price": 4000.0, "annual_value_loss": 0.0}
    free = solved(tiny([RENT, own], 2 * HOURS, 2))
    assert free.objective == pytest.approx(0.0, abs=1e-6)
    result = solved(tiny([RENT, own], 2 * HOURS, 2, **policy("capex", 4000.0)))
    assert result.objective == pytest.approx(2 * HOURS)
    orders = result.frames["capacity"].query("ordered > 0")
    assert orders["period"].min() == 1
    assert orders.set_index("period").loc[1, "ordered"] == 1


def test_nothing_is_wasted_to_please_a_policy() -> None:
    """Rent must be at most 60 % of spend and all else is a site's opening of 500, paid once: it cannot be paid twice."""
    plan = tiny(
        [RENT],
        1000.0,
        2,
        workloads=[{"workload": "W", "unit": "u", "unserved_penalty_per_unit": 50.0}],
        sites=[{"site": "S", "zone": "Z", "kind": "cloud", "opening_cost": 600.0}],
        **policy("spend", 0.6, share_of="total", offer="rent", window="horizon"),
    )
    result = solved(plan)
    assert amount(result, "site") <= 1200.0
    rent = amount(result, "compute")
    assert rent == pytest.approx(0.6 / 0.4 * amount(result, "site"))
    on = sorted(result.frames["sites"]["period"])
    openings = int(result.frames["sites"]["opened"].sum())
    assert openings == 1 + sum(b - a > 1 for a, b in pairwise(on))


def test_a_minimum_that_nothing_can_reach_is_infeasible() -> None:
    """Capex of at least 1 where nothing can be bought."""
    assert solve_plan(tiny([RENT], HOURS, **policy("capex", 1.0, "min")), EXACT).status == "infeasible"
