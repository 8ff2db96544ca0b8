"""Results are kept exactly, with what was asked."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from planner.model.options import Options
from planner.plan.plan import Plan
from planner.result.frames import FRAMES, result_frame
from planner.result.result import Conflict, Result
from planner.store import Store, options_key
from planner.store.results import pack_result, unpack_result

KEY = options_key(Options())


def result_of(plan: Plan, gap: float | None = 0.0, status: str = "optimal", rows: int = 3) -> Result:
    """A result with odd numbers and texts in every frame."""
    odd = np.random.default_rng(5)

    def cells(dtype: str) -> object:
        return {
            "str": [f"=x;{i} ü" if i else "" for i in range(rows)],
            "int64": list(range(rows)),
            "float64": odd.normal(size=rows) * 1e-7 + np.nextafter(1, 2),
        }[dtype]

    frames = {
        name: result_frame(name, pd.DataFrame({c: cells(t) for c, t in cols.items()})) for name, cols in FRAMES.items()
    }
    frames["policies"]["shadow_price"] = np.nan
    return Result(
        status,
        plan.content_hash,
        objective=1 / 3,
        bound=0.3,
        gap=gap,
        seconds={"solve": 0.1},
        size={"rows": 2},
        frames=frames,
        conflicts=(Conflict("demand", "chat", None, 0.1, "M tokens", "less"),),
        alternatives=((Conflict("sites", "x", 2, 1.0, "kW", "more"),),),
        violations=("none",),
        solver="HiGHS",
    )


def same(a: Result, b: Result) -> None:
    for field in dataclasses.fields(Result):
        if field.name != "frames":
            assert getattr(a, field.name) == getattr(b, field.name), field.name
    assert a.frames.keys() == b.frames.keys()
    for name, frame in a.frames.items():
        pd.testing.assert_frame_equal(frame, b.frames[name], check_exact=True)


def test_a_result_comes_back_to_the_last_bit(small_plan: Plan):
    result = result_of(small_plan)
    same(unpack_result(pack_result(result)), result)
    empty = Result("infeasible", small_plan.content_hash, conflicts=result.conflicts)
    same(unpack_result(pack_result(empty)), empty)
    same(unpack_result(pack_result(result_of(small_plan, rows=0))), result_of(small_plan, rows=0))


def test_results_are_found_by_plan_and_options_with_their_inputs(store: Store, plan_of: Callable[[float], Plan]):
    one, two = plan_of(1.0), plan_of(2.0)
    assert store.results.get(one.content_hash, KEY) is None
    assert store.results.best(one.content_hash) is None
    store.results.put(one, KEY, result_of(one))
    found = store.results.get(one.content_hash, KEY)
    assert found is not None
    same(found, result_of(one))
    assert store.results.get(two.content_hash, KEY) is None
    assert store.results.get(one.content_hash, options_key(Options(gap=0.02))) is None
    inputs = store.results.inputs(one.content_hash)
    assert inputs == one
    assert inputs is not None
    assert inputs.content_hash == one.content_hash
    assert store.results.inputs(two.content_hash) is None


def test_the_better_result_stays(store: Store, small_plan: Plan):
    def put(gap: float | None, status: str = "feasible", options: Options | None = None) -> None:
        store.results.put(
            small_plan, options_key(options or Options()), pack_result(result_of(small_plan, gap, status))
        )

    def kept() -> float | None:
        found = store.results.get(small_plan.content_hash, KEY)
        assert found is not None
        return found.gap

    put(None, "unsolved")
    assert kept() is None
    put(0.1)
    assert kept() == 0.1
    put(0.2)
    assert kept() == 0.1
    put(None, "unsolved")
    assert kept() == 0.1
    put(0.05, options=Options(gap=0.05))
    put(None, "unsolved", Options(gap=0.5))
    best = store.results.best(small_plan.content_hash)
    assert best is not None
    assert best.gap == 0.05
    assert store.results.best(small_plan.content_hash, kind="after_tax") is None


def test_the_oldest_results_go_with_their_inputs(store: Store, plan_of: Callable[[float], Plan]):
    store.results.keep = 3
    plans = [plan_of(float(i)) for i in range(5)]
    for plan in plans:
        store.results.put(plan, KEY, result_of(plan))
    there = [store.results.get(plan.content_hash, KEY) is not None for plan in plans]
    assert there == [False, False, True, True, True]
    assert [store.results.inputs(plan.content_hash) is not None for plan in plans] == there


def test_options_keys_tell_options_apart():
    keys = {
        options_key(o)
        for o in (Options(), Options(gap=0.01), Options(time_limit=5), Options(threads=2), Options(solver="cbc"))
    }
    assert len(keys) == 5
    assert options_key(Options()) == options_key(Options(gap=0.001))
    with pytest.raises(ValueError, match="gap"):
        Options(gap=-1)


def test_a_proof_that_there_is_no_plan_stays_when_a_later_run_finds_nothing(store: Store, small_plan: Plan):
    impossible = Result("infeasible", small_plan.content_hash)
    nothing = Result("unsolved", small_plan.content_hash, bound=1.0)
    store.results.put(small_plan, KEY, nothing)
    store.results.put(small_plan, KEY, impossible)
    store.results.put(small_plan, KEY, nothing)
    store.results.put(small_plan, options_key(Options(time_limit=1.0)), nothing)
    found = store.results.best(small_plan.content_hash)
    assert found is not None
    assert found.status == "infeasible"
