"""What must hold of any plan, tried on random small ones."""

from __future__ import annotations

import math
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planner.model.build import build
from planner.model.drive import drive
from planner.model.options import Options
from planner.plan.files import read_plan, write_folder
from planner.plan.plan import Plan
from planner.plan.tables import TABLES
from planner.result.run import solve_plan
from planner.result.verify import verify
from tests.properties.plans import MONEY_MEASURES, Row, plans, plans_and

EXACT = Options(gap=0.0)
few = settings(max_examples=20)


def optimum(plan: Plan, options: Options = EXACT) -> float:
    """The least cost of a plan, infinite where there is no plan at all."""
    found = drive(build(plan), options)
    if found.status == "infeasible":
        return math.inf
    assert found.objective is not None
    assert found.bound == pytest.approx(found.objective, rel=1e-6, abs=1e-3)
    return found.objective


def same(a: float, b: float) -> bool:
    return a == b or a == pytest.approx(b, rel=1e-6, abs=1e-3)


def at_most(a: float, b: float) -> bool:
    return a <= b or same(a, b)


def with_row(plan: Plan, table: str, row: Row) -> Plan:
    return plan.replace(**{table: pd.concat([plan.tables[table], pd.DataFrame([row])], ignore_index=True)})


@settings(max_examples=10)
@given(plans(must_serve=True))
def test_random_plans_are_valid_plans(plan: Plan) -> None:
    """Without this the others would prove nothing about plans that a person can load."""
    with TemporaryDirectory() as folder:
        write_folder(plan, Path(folder))
        reading = read_plan(Path(folder))
    assert reading.faults == ()
    assert reading.plan == plan


@settings(max_examples=40)
@given(plans(must_serve=True))
def test_every_result_passes_the_independent_check(plan: Plan) -> None:
    result = solve_plan(plan, EXACT)
    assert result.status in ("optimal", "infeasible")
    if result.status == "infeasible":
        assert not result.has_plan
        assert optimum(plan) == math.inf
        return
    assert verify(plan, result.frames, objective=result.objective) == []
    assert result.violations == ()
    assert result.ledger["present_value"].sum() == pytest.approx(result.objective, rel=1e-6, abs=1e-6)
    assert (result.ledger["quantity"] * result.ledger["unit_price"]).tolist() == result.ledger["amount"].tolist()


@few
@given(plans_and("offer", must_serve=True))
def test_one_more_offer_never_costs_more(given: tuple[Plan, Row]) -> None:
    plan, offer = given
    assert at_most(optimum(with_row(plan, "offers", offer)), optimum(plan))


@few
@given(plans_and("policy"))
def test_one_more_policy_never_costs_less(given: tuple[Plan, Row]) -> None:
    plan, policy = given
    assert at_most(optimum(plan), optimum(with_row(plan, "policies", policy)))


@few
@given(plans(policies="caps"), st.sampled_from([1.1, 1.7]), st.booleans())
def test_more_demand_never_costs_less(plan: Plan, factor: float, all_of_it: bool) -> None:
    """Demand of a workload is raised everywhere alike: raised at one place it also raises what spot may serve elsewhere.

    Floors and shares of a total are left out: more demand can make it easier to reach them.
    """
    demand = plan.tables["demand"].copy()
    mine = all_of_it | (demand["workload"] == "W0")
    demand["volume"] = demand["volume"].where(~mine, demand["volume"] * factor)
    assert at_most(optimum(plan), optimum(plan.replace(demand=demand)))


@few
@given(plans(), st.sampled_from([0.25, 7.0]))
def test_scaling_all_money_scales_the_cost(plan: Plan, factor: float) -> None:
    before, after = optimum(plan), optimum(scaled(plan, factor))
    assert same(after, before * factor)


def scaled(plan: Plan, factor: float) -> Plan:
    """The plan in another currency: every amount of money, also in settings and in limits of policies on money."""
    frames = {}
    for name, table in TABLES.items():
        frame = plan.tables[name].copy()
        for column in table.columns:
            if column.money:
                frame[column.name] = frame[column.name] * factor
        frames[name] = frame
    policies = frames["policies"]
    of_money = policies["measure"].isin(MONEY_MEASURES)
    amount = of_money & policies["share_of"].isna()
    policies["limit"] = policies["limit"].where(~amount, policies["limit"] * factor)
    # Money for money: the price of a violation does not change with the currency.
    policies["penalty"] = policies["penalty"].where(~of_money, plan.tables["policies"]["penalty"])
    values = frames["settings"].set_index("key")["value"]
    for key in ("carbon_price", "labour_cost_per_fte_year"):
        values[key] = str(float(values[key]) * factor)
    frames["settings"] = frames["settings"].assign(value=values.to_numpy())
    return Plan.of(frames)


@few
@given(plans(ports=False), st.sampled_from([0.2, 0.5]))
def test_splitting_a_location_changes_nothing(plan: Plan, share: float) -> None:
    """Two halves with the same links cost what the whole costs (ports and bandwidth belong to a link, so without)."""
    frames = {}
    for name in ("locations", "network", "load_shapes", "demand"):
        frame = plan.tables[name]
        twin = frame[(frame["location"] == "L0").to_numpy(bool, na_value=False)].assign(location="twin")
        frames[name] = pd.concat([frame, twin], ignore_index=True)
    demand = frames["demand"]
    part = demand["location"].map({"L0": share, "twin": 1 - share}).fillna(1.0)
    frames["demand"] = demand.assign(volume=demand["volume"] * part)
    assert same(optimum(plan.replace(**frames)), optimum(plan))


@few
@given(plans(must_serve=True), st.integers(0, 2**32 - 1))
def test_order_of_rows_changes_nothing(plan: Plan, seed: int) -> None:
    dice = np.random.default_rng(seed)
    frames = {n: f.iloc[dice.permutation(len(f))].reset_index(drop=True) for n, f in plan.tables.items()}
    assert same(optimum(Plan.of(frames)), optimum(plan))


@few
@given(plans(slices=False))
def test_slices_that_are_all_alike_change_nothing(plan: Plan) -> None:
    slices = pd.DataFrame({"slice": ["a", "b", "c"], "share_of_hours": [0.5, 0.3, 0.2]})
    assert same(optimum(plan.replace(slices=slices)), optimum(plan))


@few
@given(plans(must_serve=True))
def test_dropping_the_loss_of_a_site_never_costs_more(plan: Plan) -> None:
    workloads = plan.tables["workloads"]
    assume((workloads["survive_site_loss_share"] > 0).any())
    assert at_most(optimum(plan.replace(workloads=workloads.assign(survive_site_loss_share=0.0))), optimum(plan))


@settings(max_examples=10)
@given(plans())
def test_same_input_same_answer(plan: Plan) -> None:
    once, again = solve_plan(plan, EXACT), solve_plan(Plan.of(plan.tables), EXACT)
    assert (once.status, once.objective, once.bound) == (again.status, again.objective, again.bound)
    assert once.frames.keys() == again.frames.keys()
    for name, frame in once.frames.items():
        pd.testing.assert_frame_equal(frame, again.frames[name], check_exact=True)


@settings(max_examples=12)
@given(plans(must_serve=True))
def test_cbc_agrees(plan: Plan) -> None:
    assert same(optimum(plan, Options(gap=0.0, solver="cbc")), optimum(plan))
