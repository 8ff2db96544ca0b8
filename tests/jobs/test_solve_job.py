"""The solve job: the plan goes to a child, the result comes back through the store, equal to one made here."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from planner.jobs import Queue
from planner.jobs.solve import solve_key, submit_solve
from planner.model.options import Options
from planner.plan.files import read_plan, write_folder
from planner.plan.plan import Plan
from planner.result.run import solve_plan
from planner.store import Store, options_key

PILOT = Path(__file__).parents[2] / "sample_data" / "pilot"
OPTIONS = Options(gap=0.01, time_limit=20)
SOON = 60.0


@pytest.fixture(scope="module")
def pilot() -> Plan:
    plan = read_plan(PILOT).plan
    assert plan is not None
    return plan


@pytest.fixture(scope="module")
def queue() -> Iterator[Queue]:
    queue = Queue(slots=1, warm=1)
    yield queue
    queue.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'planner.db'}")
    yield store
    store.close()


def test_the_result_is_in_the_store_when_the_job_is_done(queue: Queue, store: Store, pilot: Plan):
    job = submit_solve(queue, store, pilot, OPTIONS, "ana")
    assert submit_solve(queue, store, pilot, OPTIONS, "ben") is job
    assert queue.find(solve_key(pilot, OPTIONS)) is job
    assert job.wait(SOON)
    assert (job.state, job.error) == ("done", "")
    kept = store.results.get(pilot.content_hash, options_key(OPTIONS))
    assert kept is not None
    here = solve_plan(pilot, OPTIONS)
    assert kept.status == here.status == "optimal"
    assert kept.objective == pytest.approx(here.objective, rel=1e-12)
    for name, frame in here.frames.items():
        pd.testing.assert_frame_equal(kept.frames[name], frame)
    assert job.result is not None
    assert job.result["plan_hash"] == pilot.content_hash
    assert json.loads(json.dumps(kept.summary())) == job.result
    assert store.results.inputs(pilot.content_hash) == pilot
    assert job.progress is not None
    assert job.progress.stage


def test_an_infeasible_plan_comes_back_with_its_conflicts(queue: Queue, store: Store, pilot: Plan):
    network = pilot.tables["network"].iloc[:1]
    plan = pilot.replace(network=network)
    job = submit_solve(queue, store, plan, OPTIONS)
    assert job.wait(SOON)
    assert job.state == "done"
    kept = store.results.get(plan.content_hash, options_key(OPTIONS))
    assert kept is not None
    assert kept.status == "infeasible"
    assert kept.conflicts


def test_a_folder_that_is_no_plan_fails_in_words(queue: Queue, pilot: Plan, tmp_path: Path):
    write_folder(pilot.replace(offers=pilot.tables["offers"].assign(pricing="rented")), tmp_path / "plan")
    spec = {"kind": "solve", "plan": str(tmp_path / "plan"), "options": {}, "out": str(tmp_path)}
    job = queue.submit(spec)
    assert job.wait(SOON)
    assert job.state == "failed"
    assert "rented" in job.error
