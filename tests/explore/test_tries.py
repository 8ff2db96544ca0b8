"""Levers as sliders: where they stand, how they move, and what a try makes of the plan."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.explore.tries import STEPS, Try, changes, patched, restricts, scenario_rows, sliders, step, vendors
from planner.plan.patch import PatchError, apply, scenario
from planner.plan.patch_templates import TEMPLATES
from planner.plan.plan import Plan
from tests.builders import cost, tiny

YEAR = 8760.0


def plan() -> Plan:
    """On demand at 2 an hour from A or at 3 from B; a cap on spend; levers of every kind."""
    return tiny(
        [{"offer": "a", "site": "S", "price_per_hour": 2.0}, {"offer": "b", "site": "T", "price_per_hour": 3.0}],
        YEAR,
        sites=[
            {"site": "S", "zone": "Z", "kind": "cloud", "provider": "A"},
            {"site": "T", "zone": "Z", "kind": "cloud", "provider": "B"},
        ],
        network=[{"site": s, "location": "L", "latency_ms": 1.0} for s in "ST"],
        policies=[
            {"policy": "money", "measure": "spend", "sense": "max", "limit": 50000.0},
            {"policy": "share", "measure": "spend", "sense": "max", "limit": 1.0, "share_of": "total", "provider": "A"},
        ],
        levers=[
            {"lever": "Demand", "table": "demand", "column": "volume", "change": "multiply", "low": 0.5, "high": 2.0, "slider": "yes"},
            {"lever": "Later", "table": "offers", "column": "available_from", "change": "add", "low": 0, "high": 3, "slider": "no"},
            {"lever": "Share of A", "table": "policies", "where": "policy=share", "column": "limit", "change": "set", "low": 0.0, "high": 1.0, "slider": "yes"},
            {"lever": "Nothing", "table": "sites", "where": "site=X", "column": "pue", "change": "set", "low": 1, "high": 2, "slider": "yes"},
        ],
    )  # fmt: skip


def test_sliders_are_the_rows_that_say_so_and_touch_something():
    demand, share = sliders(plan())
    assert (demand.name, demand.kind, demand.low, demand.high, demand.stands) == ("Demand", "change", -0.5, 1.0, 0.0)
    assert (share.kind, share.low, share.high, share.stands, share.share) == ("set", 0.0, 1.0, 1.0, True)
    assert demand.value(0.2) == pytest.approx(1.2)
    assert share.value(0.25) == 0.25
    assert not demand.moved(0.0)
    assert demand.moved(0.05)


def test_values_are_in_their_units():
    levers = [
        {"lever": "Rate", "table": "settings", "where": "key=discount_rate", "column": "value", "change": "set", "low": 0.0, "high": 0.2, "slider": "yes"},
        {"lever": "Cap", "table": "policies", "where": "policy=money", "column": "limit", "change": "set", "low": 0, "high": 1e5, "slider": "yes"},
        {"lever": "Late", "table": "offers", "column": "lead_time_months", "change": "add", "low": 0, "high": 12, "slider": "yes"},
    ]  # fmt: skip
    rate, cap, late = sliders(plan().replace(levers=pd.DataFrame(levers)))
    assert (rate.share, rate.money, rate.stands) == (True, False, 0.0)
    assert (cap.share, cap.money, cap.stands) == (False, True, 50000.0)
    assert (late.kind, late.stands, late.unit) == ("add", 0.0, "months")


@given(st.floats(-100, 100), st.floats(0.01, 1000), st.floats(0, 1))
def test_steps_are_small_enough(low: float, width: float, share: float):
    stands = low + share * width
    assert 0 < step(low, low + width, stands) <= width / STEPS * 1.001


def test_people_move_in_steps_of_people():
    assert step(-0.3, 0.5, 0.0) == pytest.approx(0.02)
    assert step(0.0, 1.0, 0.35) == pytest.approx(0.01)
    assert step(0.0, 40e6, 20e6) == pytest.approx(1e6)


def test_a_try_costs_what_it_must():
    base = plan()
    assert cost(base) == pytest.approx(2 * YEAR)
    assert cost(patched(base, Try((("Demand", 0.5),)))) == pytest.approx(3 * YEAR)
    assert cost(patched(base, Try((), "A"))) == pytest.approx(3 * YEAR)
    half = Try((("Share of A", 0.4), ("Demand", 0.0)))
    # Spend on A is at most 40 % of all: 2a = 0.4 (2a + 3b) with a + b = 1.
    a = 0.4 * 3 / (2 - 0.4 * 2 + 0.4 * 3)
    assert cost(patched(base, half)) == pytest.approx((2 * a + 3 * (1 - a)) * YEAR)


def test_a_try_saved_as_a_scenario_is_the_same_plan():
    base = plan()
    tried = Try((("Demand", 0.5), ("Share of A", 0.4)), "B")
    rows = scenario_rows(base, "Try", tried, {"Demand": "Demand +50 %"})
    assert list(rows["cause"])[:2] == ["Demand +50 %", "Share of A"]
    assert list(rows["step"]) == [1, 2, 3]
    saved = base.replace(scenarios=pd.DataFrame([{"scenario": "Try"}]), changes=rows)
    assert scenario(saved, "Try").content_hash == patched(base, tried).content_hash


def test_nothing_tried_changes_nothing():
    assert not Try()
    assert changes(plan(), Try()) == []
    assert patched(plan(), Try()).content_hash == plan().content_hash


def test_a_slider_that_is_gone_is_said():
    with pytest.raises(PatchError, match="Colour"):
        patched(plan(), Try((("Colour", 1.0),)))


def test_vendors_with_offers_can_be_left_out():
    assert set(vendors(plan())) == {"A", "B"}


def test_what_only_tightens_or_only_loosens_is_known():
    base = plan()
    assert restricts(base, Try((("Share of A", 0.4),))) is True
    assert restricts(base, Try((("Demand", 0.2),))) is None
    assert restricts(base, Try((("Share of A", 0.4), ("Demand", 0.2)))) is None
    assert restricts(base, Try((), "A")) is True
    assert restricts(base, Try((("Share of A", 0.4),), "A")) is True
    assert restricts(base, Try()) is None
    tight = patched(base, Try((("Share of A", 0.4),)))
    assert restricts(tight, Try((("Share of A", 0.6),))) is False


def test_what_is_signed_with_a_vendor_runs_to_its_end():
    """Being out of a vendor means nothing new from him: a device of his that runs for a year serves that year."""
    offer = {"offer": "hold", "site": "S", "pricing": "committed", "term_months": 12, "price_per_hour": 1.0}
    base = plan()
    held = base.replace(
        offers=pd.concat([base.tables["offers"], pd.DataFrame([{**offer, "hardware": "H"}])], ignore_index=True),
        assets=pd.DataFrame([{"asset": "x", "offer": "hold", "devices": 1.0, "in_service": "2027-01"}]),
    )
    out = patched(held, Try((), "A"))
    assert len(out.tables["assets"]) == 1
    assert cost(out) == pytest.approx(YEAR)
    assert restricts(held, Try((), "A")) is True
    assert cost(apply(held, TEMPLATES["vendor"].changes(held, "A"))) == pytest.approx(3 * YEAR)


def test_nobody_is_out_of_himself():
    base = plan()
    sites = base.tables["sites"].assign(kind=["cloud", "on_premises"])
    assert vendors(base.replace(sites=sites)) == ["A"]
