"""The quick job: its result is in the store, and what it leaves makes the next one start where it ended."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.explore.quick import QUICK, Start
from planner.jobs import Queue
from planner.jobs.quick import submit_quick
from planner.jobs.solve import submit_solve
from planner.plan.patch import Change, apply
from planner.store import Store, options_key
from tests.model.hard import hard_plan

SOON = 60.0


@pytest.fixture
def queue() -> Iterator[Queue]:
    queue = Queue(slots=1, warm=1)
    yield queue
    queue.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'planner.db'}")
    yield store
    store.close()


def test_one_answer_starts_the_next(queue: Queue, store: Store):
    base = hard_plan(periods=4, places=4, sites=4)
    kept: list[bytes] = []
    job = submit_quick(queue, store, base, "ana", keep=kept.append)
    assert submit_solve(queue, store, base, QUICK, "ben") is job  # the same question
    assert job.wait(SOON)
    assert (job.state, job.error) == ("done", "")
    start = Start.unpack(kept[0])
    more = apply(base, [Change("demand", "", "volume", "multiply", 1.1)])
    job = submit_quick(queue, store, more, "ana", start.pack())
    assert job.wait(SOON)
    found = store.results.get(more.content_hash, options_key(QUICK))
    assert found is not None
    assert found.gap is not None
    assert found.gap <= QUICK.gap
    assert found.violations == ()
    assert [s.stage for s in job.trajectory][:1] == ["relax"]
