"""Marginal cost where it can be worked out, and against a second solve where it cannot."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings

from planner.explore import questions
from planner.explore.marginal import TOLD, UNSOLVED, UNTOLD, monotone
from planner.explore.marginal_slopes import more, slopes
from planner.explore.question import Answer, QuestionError
from planner.explore.runner import Runner
from planner.model.build import build
from planner.model.highs import solve_highs
from planner.model.parts import relaxed
from planner.plan.plan import Plan
from planner.report.charts.marginal import headline
from tests.builders import solved, tiny
from tests.properties.plans import plans

YEAR = 8760.0


def ask(plan: Plan, **told: object) -> Answer:
    return questions()["marginal"].ask(plan, solved(plan), Runner.here(), **{"gap": 0.0, **told})


def test_what_is_paid_as_used_costs_the_same_at_the_margin_and_on_average() -> None:
    plan = tiny([{"offer": "rent", "price_per_hour": 3.0, "annual_price_change": -0.5}], [100.0, 100.0], periods=2)
    answer = ask(plan)
    row = answer.frames["marginal"].iloc[0]
    assert row[["average", "marginal", "low", "high", "divisible"]].to_numpy(float) == pytest.approx(2.25)
    assert row["state"] == TOLD
    periods = answer.frames["periods"]
    assert periods["marginal"].tolist() == pytest.approx([3.0, 1.5])
    assert periods["average"].tolist() == pytest.approx([3.0, 1.5])


def test_a_half_empty_device_takes_more_for_nothing() -> None:
    """A device for a year at 8,760 is used by half: the next tenth costs nothing in whole devices; divisible, a unit
    costs what it costs at full use, 1."""
    offers = [{"offer": "commit", "pricing": "committed", "price_per_hour": 1.0, "term_months": 12}]
    plan = tiny(offers, YEAR / 2)
    row = ask(plan).frames["marginal"].iloc[0]
    assert row["average"] == pytest.approx(2.0)
    assert row["marginal"] == pytest.approx(0.0)
    assert row["state"] == UNTOLD
    assert row["divisible"] == pytest.approx(1.0)
    # Twice as much and a tenth more needs a second device: 8,760 for a tenth of the demand.
    full = ask(tiny(offers, YEAR)).frames["marginal"].iloc[0]
    assert full["marginal"] == pytest.approx(10.0)
    assert full["state"] == TOLD


def test_the_interruptible_share_grows_with_demand() -> None:
    """Spot at 1 for 40 % and on demand at 3: the next unit costs as the average one does, 0.4 + 0.6 x 3."""
    plan = tiny(
        [{"offer": "spot", "pricing": "spot", "price_per_hour": 1.0}, {"offer": "rent", "price_per_hour": 3.0}],
        100.0,
        workloads=[{"workload": "W", "unit": "units", "interruptible_share": 0.4}],
    )
    answer = ask(plan)
    assert answer.frames["marginal"][["average", "marginal", "divisible"]].iloc[0].tolist() == pytest.approx([2.2] * 3)
    assert answer.frames["periods"]["marginal"].tolist() == pytest.approx([2.2])


def test_more_demand_may_save_only_where_a_policy_rewards_it() -> None:
    plan = tiny([{"offer": "rent", "price_per_hour": 1.0}], 100.0)
    assert monotone(plan)
    floor = {"policy": "p", "measure": "volume", "sense": "min", "limit": 1.0}
    assert not monotone(tiny([{"offer": "rent", "price_per_hour": 1.0}], 100.0, policies=[floor]))


def test_a_step_must_be_a_step() -> None:
    with pytest.raises(QuestionError, match="step"):
        ask(tiny([{"offer": "rent", "price_per_hour": 1.0}], 100.0), step=0.0)


def test_a_rule_over_all_periods_is_counted_once() -> None:
    """Half of the work must be near at 2, half may be far at 1, on average over the plan: a unit costs 1.5 in each."""
    plan = tiny(
        [{"offer": "near", "site": "S", "price_per_hour": 2.0}, {"offer": "far", "site": "F", "price_per_hour": 1.0}],
        100.0,
        periods=3,
        sites=[{"site": x, "zone": "Z", "kind": "cloud"} for x in "SF"],
        network=[
            {"site": "S", "location": "L", "latency_ms": 1.0},
            {"site": "F", "location": "L", "latency_ms": 10.0},
        ],
        policies=[{"policy": "p", "measure": "latency", "sense": "max", "limit": 5.5, "window": "horizon"}],
    )
    found = slopes(plan)
    assert found["marginal"].tolist() == pytest.approx([1.5] * 3)
    assert found["slope"].tolist() == pytest.approx([150.0] * 3)


@settings(max_examples=12, deadline=None)
@given(plan=plans())
def test_slopes_lie_between_what_less_and_more_demand_change(plan: Plan) -> None:
    """The relaxation's cost is piecewise linear in demand, mostly convex: a slope lies between the steps on both sides
    where those agree to a hair."""
    matrix = build(plan).matrix
    base = solve_highs(relaxed(matrix, matrix.integer))
    assume(base.objective is not None)
    found = slopes(plan)
    demand = plan.tables["demand"]
    for workload, rows in found.groupby("workload"):
        at = (demand["workload"] == workload).to_numpy()
        sides = []
        for step in (-1e-4, 1e-4):
            other = build(more(plan, at, step)).matrix
            there = solve_highs(relaxed(other, other.integer))
            if there.objective is not None and base.objective is not None:
                sides.append((there.objective - base.objective) / step)
        if len(sides) == 2 and np.ptp(sides) <= 1e-4 * abs(sides[1]) + 1e-3:
            assert rows["slope"].sum() == pytest.approx(sides[1], rel=1e-3, abs=0.01)


def row(state: str, average: float, low: float, high: float, divisible: float) -> dict[str, object]:
    return {"state": state, "average": average, "low": low, "high": high, "divisible": divisible}


def test_the_title_speaks_of_whole_devices_and_of_divisible_ones() -> None:
    """Where the interval of the gaps holds the average, whole devices are neither cheaper nor dearer."""
    plan = tiny([{"offer": "rent", "price_per_hour": 1.0}], 1.0)
    table = pd.DataFrame(
        [row(TOLD, 10.0, 4.0, 6.0, 12.0), row(TOLD, 10.0, 9.0, 11.0, 12.0), row(UNSOLVED, 10.0, 0.0, 0.0, 8.0)]
    )
    title = headline(plan, table)
    assert "costs less than the average one for 1 of 2 workloads, in whole devices" in title
    assert "it costs less than the average one for 1 of 3 workloads, more for 2, with devices divisible" in title
    assert (
        headline(plan, table.iloc[2:])
        == "The next unit costs less than the average one for 1 workload, with devices divisible"
    )
    alike = pd.DataFrame([row(TOLD, 10.0, 4.0, 6.0, 5.0)])
    assert headline(plan, alike).startswith("The next unit, in whole devices and divisible ones alike, costs less")
    assert headline(plan, table.iloc[2:].assign(divisible=float("nan"))) == "What the next unit costs is not known"
