import dataclasses

import numpy as np
import pandas as pd
import pytest

from planner.plan.curves import (
    GrowthCurve,
    demand_rows,
    growth_factor,
    monthly_volumes,
    period_volumes,
    with_demand,
)
from planner.plan.plan import Plan


def settings(**values):
    keys = {"periods": 8, "months_per_period": 3, "start": "2027-02"} | values
    return Plan.of({"settings": pd.DataFrame({"key": list(keys), "value": [str(v) for v in keys.values()]})}).settings


def test_flat_volume_is_months_times_base():
    assert period_volumes(GrowthCurve(10, "flat"), settings()).tolist() == [30.0] * 8


def test_compound_growth_multiplies_each_year_by_the_rate():
    volumes = monthly_volumes(GrowthCurve(100, "compound", annual_growth=0.5), settings())
    assert volumes[0] == 100
    assert volumes[12:] / volumes[:12] == pytest.approx(1.5)


def test_linear_growth_adds_the_same_each_month_and_never_falls_below_zero():
    up = monthly_volumes(GrowthCurve(120, "linear", annual_growth=0.5), settings())
    assert np.diff(up) == pytest.approx(120 * 0.5 / 12)
    down = monthly_volumes(GrowthCurve(120, "linear", annual_growth=-0.9), settings())
    assert down.min() == 0.0
    assert down[-1] == 0.0


def test_s_curve_starts_at_base_reaches_nine_tenths_and_turns_at_half_of_the_ceiling():
    curve = GrowthCurve(1, "s_curve", ceiling_multiple=20, months_to_ceiling=30)
    assert growth_factor(curve, np.array([0.0, 30.0])) == pytest.approx([1.0, 18.0])
    months = np.linspace(0, 60, 6001)
    values = growth_factor(curve, months)
    assert values[np.argmax(np.diff(values))] == pytest.approx(10.0, rel=0.01)
    assert values.max() < 20


def test_season_follows_the_calendar_from_the_start_month_and_keeps_a_years_volume():
    months = tuple(float(m) for m in range(1, 13))
    volumes = monthly_volumes(GrowthCurve(1, "flat", season=months), settings())
    assert volumes[0] == pytest.approx(2 / 6.5)  # the plan starts in February
    assert volumes[:12].sum() == pytest.approx(12)
    quarters = monthly_volumes(GrowthCurve(1, "flat", season=(1, 1, 1, 5)), settings())
    assert quarters[:12] == pytest.approx([0.5] * 8 + [2.5] * 3 + [0.5])


def test_ramp_starts_with_its_period_and_climbs_in_a_straight_line():
    curve = GrowthCurve(1, "flat", ramp_start_period=3, ramp_periods=2)
    volumes = period_volumes(curve, settings())
    assert volumes[:2].tolist() == [0, 0]
    assert volumes[2:4] == pytest.approx([0.75, 2.25])  # 1/4 and 3/4 of 3 months on average
    assert volumes[4:] == pytest.approx(3)


@pytest.mark.parametrize("length", [1, 3, 6, 12])
def test_the_length_of_a_period_does_not_change_the_total(length):
    curve = GrowthCurve(7, "s_curve", season=(1, 2, 3, 4))
    total = period_volumes(curve, settings(periods=24 // length, months_per_period=length)).sum()
    assert total == pytest.approx(period_volumes(curve, settings(periods=24, months_per_period=1)).sum())


def test_rows_split_the_volume_by_shares_and_tell_their_curve():
    curve = GrowthCurve(10, "compound", annual_growth=0.2)
    rows = demand_rows("chat", curve, settings(), {"us": 0.75, "eu": 0.25, "no": 0.0})
    assert set(rows["location"]) == {"us", "eu"}
    by = rows.pivot_table(index="period", columns="location", values="volume")
    assert by["us"].to_numpy() == pytest.approx(3 * by["eu"].to_numpy())
    assert by.sum(axis=1).to_numpy() == pytest.approx(period_volumes(curve, settings()))
    assert "compound growth of 0.2 a year" in rows["source"].iloc[0]


@pytest.mark.parametrize("shares", [{}, {"a": 0.5}, {"a": 1.5, "b": -0.5}, {"a": float("nan")}])
def test_shares_that_are_no_split_are_refused(shares):
    with pytest.raises(ValueError, match="sum to"):
        demand_rows("chat", GrowthCurve(1), settings(), shares)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base_volume", -1.0),
        ("base_volume", float("inf")),
        ("growth", "spiral"),
        ("annual_growth", -1.0),
        ("season", (1.0, 2.0)),
        ("season", (0.0,) * 12),
        ("season", (1.0, -1.0, 1.0, 1.0)),
        ("ramp_start_period", 0),
        ("ramp_periods", -1),
    ],
)
def test_problems_are_told_by_the_fields_name(field, value):
    curve = dataclasses.replace(GrowthCurve(1.0), **{field: value})
    assert any(field in text for text in curve.problems())
    with pytest.raises(ValueError, match=field):
        period_volumes(curve, settings())


def test_a_ceiling_below_the_base_is_a_problem_of_the_s_curve_alone():
    assert GrowthCurve(1, "compound", ceiling_multiple=1).problems() == []
    assert len(GrowthCurve(1, "s_curve", ceiling_multiple=1, months_to_ceiling=0).problems()) == 2


def test_with_demand_replaces_only_that_workload():
    old = pd.DataFrame({"workload": ["chat", "code"], "location": "us", "period": 1, "volume": [1.0, 2.0]})
    plan = with_demand(
        Plan.of({"demand": old}), demand_rows("chat", GrowthCurve(1, "flat"), settings(periods=1), {"eu": 1.0})
    )
    demand = plan.tables["demand"]
    assert demand[["workload", "location"]].values.tolist() == [["code", "us"], ["chat", "eu"]]
