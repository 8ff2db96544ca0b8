"""The driver tells the truth: about time-outs, cancels, bounds and progress."""

from __future__ import annotations

import math
import threading
import time

import numpy as np
import pytest

from planner.model import drive as driver
from planner.model.build import build
from planner.model.drive import drive, polish
from planner.model.highs import solve_highs
from planner.model.options import Options, Progress, relative_gap
from planner.model.parts import fixed, relaxed
from planner.result.run import solve_plan
from planner.result.verify import verify
from tests.builders import EXACT, tiny
from tests.model.hard import hard_plan

WHOLE = [
    {"offer": "c", "pricing": "committed", "price_per_hour": 1.0},
    {"offer": "od", "price_per_hour": 3.0},
]


@pytest.fixture(params=["at once", "in stages"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of solving: everything at once, and in stages."""
    monkeypatch.setattr(driver, "SMALL", 0 if request.param == "in stages" else 10**9)
    return str(request.param)


@pytest.mark.usefixtures("way")
def test_a_time_limit_too_short_is_never_called_optimal() -> None:
    plan = hard_plan()
    result = solve_plan(plan, Options(gap=0.0, time_limit=0.2))
    assert result.status in ("feasible", "unsolved")
    if result.status == "unsolved":
        assert not result.has_plan
        assert result.objective is None
    else:
        assert result.gap is not None
        assert result.gap > 0
        assert result.gap == relative_gap(result.objective, result.bound)
        assert verify(plan, result.frames, objective=result.objective) == []


@pytest.mark.usefixtures("way")
def test_no_time_at_all_is_unsolved() -> None:
    result = solve_plan(hard_plan(), Options(gap=0.0, time_limit=1e-6))
    assert result.status in ("unsolved", "feasible")
    assert result.status == "feasible" or not result.has_plan


@pytest.mark.usefixtures("way")
def test_cancel_keeps_the_best_plan_and_returns_soon() -> None:
    plan, cancel, when = hard_plan(), threading.Event(), []

    def progress(p: Progress) -> None:
        if p.incumbent is not None and not cancel.is_set():
            when.append(time.monotonic())
            cancel.set()

    result = solve_plan(plan, EXACT, progress, cancel)
    took = time.monotonic() - when[0]
    assert result.status == "feasible"
    assert result.gap is not None
    assert result.gap > 0
    assert took < 5.0  # of which most goes to the exact values, the frames and their check
    assert verify(plan, result.frames, objective=result.objective) == []


@pytest.mark.usefixtures("way")
def test_cancel_before_the_start_gives_nothing_or_a_plan_but_no_proof() -> None:
    cancel = threading.Event()
    cancel.set()
    result = solve_plan(hard_plan(), EXACT, None, cancel)
    assert result.status in ("unsolved", "feasible")
    assert result.has_plan == (result.status == "feasible")


@pytest.mark.usefixtures("way")
def test_progress_gets_better_and_better() -> None:
    told: list[Progress] = []
    result = solve_plan(hard_plan(6, 6, 6), EXACT, told.append)
    assert result.status == "optimal"
    incumbents = [p.incumbent for p in told if p.incumbent is not None]
    bounds = [p.bound for p in told if p.bound is not None]
    assert incumbents
    assert np.all(np.diff(incumbents) <= 1e-9 * np.abs(incumbents[:-1]))  # equal ones may differ in the last digit
    assert np.all(np.diff([p.seconds for p in told]) >= 0)
    assert all(p.bound <= p.incumbent for p in told if p.bound is not None and p.incumbent is not None)
    assert all(p.gap == relative_gap(p.incumbent, p.bound) for p in told)
    # No bound that was told may turn out to be above the least cost, no plan below it.
    assert result.objective is not None
    assert max(bounds) <= result.objective * (1 + 1e-6)
    assert min(incumbents) >= result.objective * (1 - 1e-6)
    assert len({p.stage for p in told}) >= 2


def test_stages_and_all_at_once_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    model = build(hard_plan(5, 5, 5))
    at_once = drive(model, EXACT)
    monkeypatch.setattr(driver, "SMALL", 0)
    staged = drive(model, EXACT)
    assert at_once.status == staged.status == "optimal"
    assert staged.objective == pytest.approx(at_once.objective, rel=1e-9)


@pytest.mark.parametrize("gap", [0.0, 0.01, 0.05])
@pytest.mark.usefixtures("way")
def test_the_gap_that_is_asked_for_is_reached_and_the_bound_holds(gap: float) -> None:
    model = build(hard_plan(5, 5, 5))
    best = drive(model, EXACT).objective
    found = drive(model, Options(gap=gap))
    assert best is not None
    assert found.status == "optimal"
    assert found.gap is not None
    assert found.gap <= gap + 1e-9
    assert found.bound is not None
    assert found.objective is not None
    assert found.bound <= best * (1 + 1e-9) <= found.objective * (1 + 2e-9)


def test_infeasible_is_said_both_ways(way: str) -> None:
    assert way
    found = drive(build(tiny([{"offer": "c", "pricing": "committed", "max_devices": 1.0}], 3 * 8760.0)), EXACT)
    assert found.status == "infeasible"
    assert found.values is None


def test_cbc_stopped_by_time_does_not_claim_proof() -> None:
    found = drive(build(hard_plan()), Options(gap=0.0, time_limit=1.0, solver="cbc"))
    assert found.status in ("feasible", "unsolved")
    assert found.solver == "CBC"


def test_cbc_finds_the_plan_and_says_infeasible() -> None:
    cbc = Options(gap=0.0, solver="cbc")
    result = solve_plan(tiny(WHOLE, 1.5 * 8760.0), cbc)
    assert (result.status, result.solver) == ("optimal", "CBC")
    assert result.objective == pytest.approx(2 * 8760.0)
    assert solve_plan(tiny([{**WHOLE[1], "max_devices": 1.0}], 1.5 * 8760.0), cbc).status == "infeasible"


def test_relaxing_gives_a_lower_bound_and_fixing_a_higher_cost() -> None:
    matrix = build(tiny(WHOLE, 1.25 * 8760.0)).matrix
    free, exact = solve_highs(relaxed(matrix, matrix.integer)), solve_highs(matrix)
    assert (free.objective, exact.objective) == pytest.approx((1.25 * 8760.0, 1.75 * 8760.0))
    assert exact.values is not None
    more = solve_highs(fixed(matrix, matrix.integer, np.ceil(exact.values + 0.5)))
    assert more.objective == pytest.approx(2 * 8760.0)
    assert free.duals is not None
    assert exact.duals is None  # duals of whole numbers would be zeros that look like prices


def test_polish_gives_duals_of_the_plan_in_hand() -> None:
    """One more unit at the peak is rented: the shadow price of demand is the price on demand."""
    model = build(tiny(WHOLE, 1.25 * 8760.0))
    found = drive(model, EXACT)
    assert found.values is not None
    values, objective, duals, _ = polish(model.matrix, found.values)
    assert objective == pytest.approx(found.objective)
    assert values == pytest.approx(found.values)
    assert duals is not None
    demand = next(rows for rows in model.builder.rows if rows.family == "demand")
    assert duals[demand.ids] == pytest.approx([3.0])


def test_relative_gap() -> None:
    assert relative_gap(None, 1.0) is None
    assert relative_gap(1.0, None) is None
    assert relative_gap(100.0, 99.0) == pytest.approx(0.01)
    assert relative_gap(-100.0, -101.0) == pytest.approx(0.01)
    assert relative_gap(1.0, 2.0) == 0.0
    assert relative_gap(0.0, 0.0) == 0.0
    assert math.isfinite(relative_gap(0.0, -1.0) or 0.0)


@pytest.mark.parametrize("wrong", [{"gap": -0.1}, {"time_limit": 0.0}, {"threads": 0}])
def test_options_that_make_no_sense_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match="gap must be"):
        Options(**wrong)
