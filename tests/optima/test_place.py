"""Sites, links, loss of a site, storage and deployment, worked out by hand or enumerated."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from planner.result.run import solve_plan
from tests.builders import EXACT, amount, cost, ordered, solved, tiny

HOURS = 8760.0


def sites(**columns) -> list[dict]:
    names = ["A", "B", "C"][: len(next(iter(columns.values())))]
    return [
        {"site": n, "zone": "Z", "kind": "colocation", **{c: v[i] for c, v in columns.items()}}
        for i, n in enumerate(names)
    ]


def links(*names: str, **more) -> list[dict]:
    return [{"site": n, "location": "L", "latency_ms": 1.0, **more} for n in names]


def test_capacitated_facility_location() -> None:
    """Three sites, four customers, whole enumeration of the eight sets of open sites as the proof.

    Capacities 60, 50, 45 units; openings 400, 250, 200; demands 30, 20, 25, 15; transport by egress.
    """
    open_cost, capacity, demand = [400.0, 250.0, 200.0], [60.0, 50.0, 45.0], [30.0, 20.0, 25.0, 15.0]
    unit = np.array([[4.0, 9.0, 12.0, 11.0], [10.0, 5.0, 6.0, 12.0], [12.0, 11.0, 7.0, 4.0]])
    places = [f"L{j}" for j in range(4)]
    plan = tiny(
        [{"offer": f"o{s}", "site": s, "max_devices": c / HOURS} for s, c in zip("ABC", capacity, strict=True)],
        volume={("W", p): [d] for p, d in zip(places, demand, strict=True)},
        locations=[{"location": p, "zone": "Z"} for p in places],
        workloads=[{"workload": "W", "unit": "units", "egress_gb_per_unit": 1.0}],
        sites=sites(opening_cost=open_cost),
        network=[
            {"site": s, "location": places[j], "latency_ms": 1.0, "egress_price_per_gb": unit[i, j]}
            for i, s in enumerate("ABC")
            for j in range(4)
        ],
    )

    def transport(chosen: tuple[int, ...]) -> float:
        a_ub = np.kron(np.eye(3), np.ones(4))
        a_eq = np.kron(np.ones(3), np.eye(4))
        limit = np.array(capacity) * np.array(chosen)
        found = linprog(unit.ravel(), A_ub=a_ub, b_ub=limit, A_eq=a_eq, b_eq=demand)
        return found.fun + float(np.dot(open_cost, chosen)) if found.success else np.inf

    best = min(product((0, 1), repeat=3), key=transport)
    result = solved(plan)
    assert result.objective == pytest.approx(transport(best))
    assert set(result.frames["sites"]["site"]) == {s for s, y in zip("ABC", best, strict=True) if y}
    assert 1 < sum(best) < 3


def test_site_rent_is_paid_while_open_and_opening_again_costs_again() -> None:
    """Demand in periods 1 and 3: keeping the site open costs 12 x 10, opening it again 100. It closes only when dear."""
    offers = [{"offer": "o", "site": "A", "price_per_hour": 0.0}]

    def plan(rent: float):
        return tiny(
            offers,
            [1.0, 0.0, 1.0],
            3,
            sites=sites(opening_cost=[100.0], fixed_cost_per_month=[rent]),
            network=links("A"),
        )

    assert cost(plan(5.0)) == pytest.approx(100 + 3 * 60)
    assert cost(plan(10.0)) == pytest.approx(2 * 100 + 2 * 120)


def test_site_with_assets_is_open_before_the_plan() -> None:
    offer = {"offer": "o", "site": "A", "pricing": "committed", "term_months": 24}
    asset = [{"asset": "a", "offer": "o", "devices": 1, "in_service": "2026-01"}]
    base = {"sites": sites(opening_cost=[100.0]), "network": links("A")}
    assert cost(tiny([offer], HOURS, **base)) == pytest.approx(100)
    assert cost(tiny([offer], HOURS, assets=asset, **base)) == pytest.approx(0)


def test_loss_of_a_site() -> None:
    """Half of a load of two devices must survive the loss of a site. B rents at 2, A commits at 1.

    Without the rule both devices are committed at A. With it one must stand elsewhere: one at B.
    """
    offers = [
        {"offer": "a", "site": "A", "pricing": "committed", "price_per_hour": 1.0},
        {"offer": "b", "site": "B", "pricing": "committed", "price_per_hour": 2.0},
    ]
    base = {"sites": sites(max_devices=[9.0, 9.0]), "network": links("A", "B")}
    workload = {"workload": "W", "unit": "units"}
    assert cost(tiny(offers, 2 * HOURS, workloads=[workload], **base)) == pytest.approx(2 * HOURS)
    result = solved(tiny(offers, 2 * HOURS, workloads=[{**workload, "survive_site_loss_share": 0.5}], **base))
    assert ordered(result) == {"a": 1, "b": 1}
    assert result.objective == pytest.approx(3 * HOURS)
    # All of it: two devices at each of two sites.
    result = solved(tiny(offers, 2 * HOURS, workloads=[{**workload, "survive_site_loss_share": 1.0}], **base))
    assert ordered(result) == {"a": 2, "b": 2}


def test_loss_of_a_site_is_covered_by_on_demand_quota() -> None:
    """Capacity that is not used costs nothing: an on-demand quota of one device elsewhere is cover enough."""
    offers = [
        {"offer": "a", "site": "A", "pricing": "committed", "price_per_hour": 1.0},
        {"offer": "b", "site": "B", "price_per_hour": 5.0, "max_devices": 1.0},
    ]
    workload = [{"workload": "W", "unit": "units", "survive_site_loss_share": 0.5}]
    plan = tiny(offers, 2 * HOURS, workloads=workload, sites=sites(max_devices=[9.0, 9.0]), network=links("A", "B"))
    assert cost(plan) == pytest.approx(2 * HOURS)


def test_storage_and_deployment_keep_a_workload_at_one_site() -> None:
    """Two sites of one device each would save 0.1 an hour on the second; a copy of 100 GB and a start cost more."""
    offers = [
        {"offer": "a", "site": "A", "price_per_hour": 1.0, "max_devices": 1.0},
        {"offer": "b", "site": "B", "price_per_hour": 1.1, "max_devices": 2.0},
    ]

    def plan(storage_price: float, start: float):
        workload = {"workload": "W", "unit": "units", "storage_gb": 100.0, "deployment_cost_per_site": start}
        return tiny(
            offers,
            2 * HOURS,
            workloads=[workload],
            sites=sites(storage_price_per_gb_month=[storage_price] * 2),
            network=links("A", "B"),
        )

    assert cost(plan(0.0, 0.0)) == pytest.approx(2.1 * HOURS)
    assert cost(plan(0.1, 50.0)) == pytest.approx(2.1 * HOURS + 2 * (120 + 50))
    assert cost(plan(0.5, 300.0)) == pytest.approx(2.2 * HOURS + 600 + 300)


def test_ports_and_bandwidth() -> None:
    """A link of 1 Gbit/s carries 3.942 million GB a year; what is more goes over the dearer one, with its port."""
    most = 8760 * 3600 / 8
    plan = tiny(
        [{"offer": s, "site": s} for s in "AB"],
        volume=1.5 * most,
        workloads=[{"workload": "W", "unit": "GB", "egress_gb_per_unit": 0.4, "ingress_gb_per_unit": 0.6}],
        sites=sites(max_devices=[None, None]),
        network=[
            {"site": "A", "location": "L", "latency_ms": 1.0, "bandwidth_gbps": 1.0, "port_price_per_month": 7.0},
            {"site": "B", "location": "L", "latency_ms": 1.0, "egress_price_per_gb": 0.01, "port_price_per_month": 9.0},
        ],
    )
    result = solved(plan)
    assert result.objective == pytest.approx(0.5 * most * 0.4 * 0.01 + 12 * 16)
    assert amount(result, "network") == pytest.approx(result.objective)


def test_power_limits_devices() -> None:
    """Ten kilowatts hold three devices of 3 kW; the rest of a load of five is rented elsewhere."""
    plan = tiny(
        [
            {"offer": "a", "site": "A", "pricing": "committed", "price_per_hour": 1.0},
            {"offer": "b", "site": "B", "price_per_hour": 4.0},
        ],
        5 * HOURS,
        hardware=[{"hardware": "H", "power_kw": 3.0}],
        sites=sites(power_capacity_kw=[10.0, None]),
        network=links("A", "B"),
    )
    result = solved(plan)
    assert ordered(result) == {"a": 3}
    assert result.objective == pytest.approx(3 * HOURS + 2 * 4 * HOURS)


def test_room_for_devices_counts_rented_and_held_together() -> None:
    """Room for three in every slice: two committed and one rented at A, the fourth at B."""
    plan = tiny(
        [
            {"offer": "a", "site": "A", "pricing": "committed", "price_per_hour": 1.0, "max_devices": 2.0},
            {"offer": "a2", "site": "A", "price_per_hour": 2.0},
            {"offer": "b", "site": "B", "price_per_hour": 4.0},
        ],
        4 * HOURS,
        sites=sites(max_devices=[3.0, None]),
        network=links("A", "B"),
    )
    assert cost(plan) == pytest.approx(HOURS * (2 + 2 + 4))


def test_latency_zone_and_certification_decide_who_may_serve() -> None:
    """A is cheapest but far, B near but in the wrong zone, C right. Each rule moves the work on."""
    offers = [{"offer": s, "site": s, "price_per_hour": p} for s, p in zip("ABC", (1.0, 2.0, 3.0), strict=True)]
    place = sites(certifications=[None, None, "iso;soc"])
    for s, zone in zip(place, ("Y", "X", "Y"), strict=True):
        s["zone"] = zone
    network = [{"site": s, "location": "L", "latency_ms": ms} for s, ms in zip("ABC", (90.0, 10.0, 10.0), strict=True)]

    def hourly(**rules) -> float:
        workload = {"workload": "W", "unit": "units", **rules}
        return cost(tiny(offers, HOURS, workloads=[workload], sites=place, network=network)) / HOURS

    assert hourly() == pytest.approx(1)
    assert hourly(max_latency_ms=90.0) == pytest.approx(1)
    assert hourly(max_latency_ms=50.0) == pytest.approx(2)
    assert hourly(max_latency_ms=50.0, allowed_zones="Y;Q") == pytest.approx(3)
    assert hourly(required_certifications="soc") == pytest.approx(3)


def test_loss_of_a_site_counts_every_slice_whose_places_differ() -> None:
    """By day both places need a device, by night the near one a tenth; half of each slice must survive the loss of A.

    Only A reaches the far place. By day the near one alone is half of the load. By night it is 0.1 of 1.1:
    0.45 more would have to be served at the far place without A, so no plan serves the far place by night in full.
    """
    shapes = [
        {"workload": "W", "location": "near", "slice": "day", "multiplier": 1.0 / 0.55},
        {"workload": "W", "location": "near", "slice": "night", "multiplier": 0.1 / 0.55},
    ]
    plan = tiny(
        [{"offer": "a", "site": "A", "price_per_hour": 1.0}, {"offer": "b", "site": "B", "price_per_hour": 2.0}],
        {("W", "near"): [0.55 * HOURS], ("W", "far"): [HOURS]},
        locations=[{"location": "near", "zone": "Z"}, {"location": "far", "zone": "Z"}],
        workloads=[{"workload": "W", "unit": "units", "survive_site_loss_share": 0.5}],
        slices=[{"slice": "day", "share_of_hours": 0.5}, {"slice": "night", "share_of_hours": 0.5}],
        load_shapes=shapes,
        sites=sites(max_devices=[9.0, 9.0]),
        network=[
            {"site": "A", "location": "near", "latency_ms": 1.0},
            {"site": "B", "location": "near", "latency_ms": 1.0},
            {"site": "A", "location": "far", "latency_ms": 1.0},
        ],
    )
    assert solve_plan(plan, EXACT).status == "infeasible"
