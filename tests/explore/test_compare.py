"""Decisions that differ and flips, by plans whose answers are known by hand."""

import pytest

from planner.explore.compare import DECISIONS, decisions_that_differ, flips
from planner.plan.plan import Plan
from tests.builders import solved, tiny

YEAR = 8760.0


def plan(rent: float, volume: float = YEAR) -> Plan:
    """One device-year of work in each of two years: rented by the hour, or committed at 1 an hour."""
    offers = [
        {"offer": "rent", "price_per_hour": rent},
        {"offer": "hold", "pricing": "committed", "price_per_hour": 1.0, "term_months": 12},
    ]
    return tiny(offers, [volume, volume], periods=2)


def test_the_same_answer_differs_in_nothing():
    one = plan(3.0)
    assert decisions_that_differ(one, solved(one), one, solved(one)).empty
    assert flips(solved(one), solved(one)).empty


def test_devices_and_orders_by_year():
    dear, cheap = plan(3.0), plan(0.5)
    rows = decisions_that_differ(dear, solved(dear), cheap, solved(cheap))
    assert list(rows.columns) == DECISIONS
    devices = rows[rows["kind"] == "devices"].set_index(["what", "year"])["change"].to_dict()
    assert devices == pytest.approx({("hold", 1): -1, ("hold", 2): -1, ("rent", 1): 1, ("rent", 2): 1})
    orders = rows[rows["kind"] == "orders"].set_index(["what", "year"])
    assert orders["before"].to_dict() == pytest.approx({("hold", 1): 1, ("hold", 2): 1})
    assert (orders["after"] == 0).all()
    assert not rows["kind"].isin(["volume", "unserved"]).any()


def test_what_leaves_and_what_enters():
    rows = flips(solved(plan(3.0)), solved(plan(0.5)))
    assert dict(zip(rows["what"], rows["turn"], strict=True)) == {"hold": "leaves", "rent": "enters"}
    assert rows["before"].max() == pytest.approx(1.0)
    # Renting a little more is no flip.
    assert flips(solved(plan(3.0, YEAR * 1.2)), solved(plan(3.0, YEAR * 1.3))).empty


def test_volume_and_sites_of_another_place():
    def two(far: float) -> Plan:
        sites = [
            {"site": s, "zone": "Z", "kind": "colocation", "fixed_cost_per_month": cost}
            for s, cost in (("S", 10.0), ("T", far))
        ]
        network = [{"site": s, "location": "L", "latency_ms": 1.0} for s in "ST"]
        offers = [{"offer": f"at {s}", "site": s, "price_per_hour": 1.0} for s in "ST"]
        return tiny(offers, YEAR, sites=sites, network=network)

    near, other = two(20.0), two(5.0)
    rows = decisions_that_differ(near, solved(near), other, solved(other))
    site = rows[rows["kind"] == "sites"].set_index("what")["change"].to_dict()
    assert site == pytest.approx({"S": -12, "T": 12})
    volume = rows[rows["kind"] == "volume"]
    assert dict(zip(volume["what"], volume["change"], strict=True)) == pytest.approx({"S": -YEAR, "T": YEAR})
    assert set(volume["workload"]) == {"W"}
    assert set(volume["unit"]) == {"units"}
    gone = flips(solved(near), solved(other))
    assert {("site", "S", "leaves"), ("site", "T", "enters")} <= set(
        zip(gone["kind"], gone["what"], gone["turn"], strict=True)
    )


def test_volume_left_out_is_a_decision():
    def left(penalty: float) -> Plan:
        workloads = [{"workload": "W", "unit": "units", "unserved_penalty_per_unit": penalty}]
        return tiny([{"price_per_hour": 1.0}], 10.0, workloads=workloads)

    served, dropped = left(2.0), left(0.5)
    rows = decisions_that_differ(served, solved(served), dropped, solved(dropped)).set_index("kind")
    assert rows.loc["unserved", "change"] == pytest.approx(10.0)
    assert rows.loc["volume", "change"] == pytest.approx(-10.0)
