"""The quick answer: a plan that holds, its gap true, whatever it started from."""

import pytest
from hypothesis import given, settings

from planner.explore.quick import QUICK, Start, quick, shape_of
from planner.model.build import build
from planner.model.drive import drive
from planner.model.options import Options, Progress
from planner.model.warm import WarmLp
from planner.plan.patch import Change, apply
from planner.plan.plan import Plan
from planner.result.result import Result
from planner.result.verify import verify
from tests.builders import EXACT, tiny
from tests.model.hard import hard_plan
from tests.properties.plans import plans

ANY = Options(gap=1e9)
"""Takes the first plan that the dive finds, so that it is the dive that is tested."""
YEAR = 8760.0


def optimum(plan: Plan) -> float | None:
    """The proven optimum by the ordinary solve; None where there is no plan."""
    return drive(build(plan), EXACT).objective


def holds(plan: Plan, result: Result) -> None:
    """Everything that must be true of any answer that is a plan."""
    best = optimum(plan)
    assert best is not None
    assert result.objective is not None
    assert result.bound is not None
    assert verify(plan, result.frames, objective=result.objective) == []
    assert result.violations == ()
    assert result.ledger["present_value"].sum() == pytest.approx(result.objective, rel=1e-6, abs=1e-3)
    slack = 1e-6 * max(1.0, abs(best)) + 1e-3
    assert result.bound - slack <= best <= result.objective + slack


@settings(max_examples=18)
@given(plans(must_serve=True))
def test_the_interval_of_a_quick_answer_holds_the_optimum(plan: Plan):
    result, start = quick(plan, options=ANY)
    if optimum(plan) is None:
        assert result.status == "infeasible"
        return
    holds(plan, result)
    if start is not None:
        again, _ = quick(plan, start, ANY)
        holds(plan, again)
        assert again.bound == pytest.approx(result.bound, rel=1e-6, abs=1e-3)


def test_a_start_of_the_plan_before_the_change_changes_no_truth():
    base = hard_plan(periods=4, places=4, sites=4)
    _, start = quick(base, options=ANY)
    assert start is not None
    start = Start.unpack(start.pack())
    for change in (
        Change("demand", "", "volume", "multiply", 1.3),
        Change("offers", "pricing=owned", "purchase_price", "multiply", 0.6),
        Change("sites", "site=S1", "opening_cost", "set", 0.0),
    ):
        plan = apply(base, [change])
        assert shape_of(build(plan)) == start.shape
        result, _ = quick(plan, start, ANY)
        assert result.solver == "HiGHS"
        holds(plan, result)


def test_a_start_that_does_not_fit_is_of_no_harm():
    base, other = hard_plan(periods=4, places=4, sites=4), hard_plan(periods=5, places=3, sites=4)
    _, start = quick(base, options=ANY)
    assert start is not None
    assert start.shape != shape_of(build(other))
    holds(other, quick(other, start, ANY)[0])


def test_the_gap_asked_for_is_reached_by_the_ordinary_solve_where_the_dive_does_not():
    # 1.5 devices are needed: rounding costs a third, and the dive says so.
    plan = tiny([{"pricing": "committed", "price_per_hour": 1.0, "term_months": 12}], 1.5 * YEAR)
    rough, _ = quick(plan, options=ANY)
    assert rough.objective == pytest.approx(2 * YEAR)
    assert rough.gap == pytest.approx(0.25)
    good, _ = quick(plan)
    assert good.gap is not None
    assert good.gap <= QUICK.gap
    assert good.objective == pytest.approx(2 * YEAR)


def test_no_plan_is_said_with_what_conflicts():
    plan = tiny([{"max_devices": 1.0}], 2 * YEAR)
    result, start = quick(plan)
    assert result.status == "infeasible"
    assert result.conflicts
    assert start is None


def test_a_wish_to_stop_is_heard():
    class Now:
        def is_set(self) -> bool:
            return True

    result, _ = quick(hard_plan(), cancel=Now())
    assert result.status in ("unsolved", "feasible")


def test_progress_is_told_from_the_relaxation_to_the_plan():
    steps: list[Progress] = []
    quick(hard_plan(periods=4, places=4, sites=4), options=ANY, progress=steps.append)
    assert steps[0].stage == "relax"
    assert steps[-1].stage == "polish"
    assert steps[-1].incumbent is not None
    assert steps[-1].gap is not None


def test_a_warm_relaxation_takes_bounds_and_gives_them_back():
    matrix = build(hard_plan(periods=3, places=3, sites=3)).matrix
    lp = WarmLp(matrix)
    free = lp.solve()
    assert free is not None
    assert free.objective == pytest.approx(float(matrix.cost @ free.values))
    columns = matrix.integer.nonzero()[0]
    lp.fix(columns, matrix.col_upper[columns] * 0)
    assert lp.solve() is None  # nothing may open, and all demand must be served
    lp.free(columns)
    again = lp.solve()
    assert again is not None
    assert again.objective == pytest.approx(free.objective)
    warm = WarmLp(matrix, free.basis).solve()
    assert warm is not None
    assert warm.objective == pytest.approx(free.objective)
