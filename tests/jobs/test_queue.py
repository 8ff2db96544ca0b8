"""The queue: order, progress, stops, deaths. No job may hang, and none may leave anything behind."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from planner.jobs import Job, Queue

SOON = 20.0


def fake(kind: str, **spec: object) -> dict[str, object]:
    return {"kind": f"tests.jobs.fakes:{kind}", **spec}


def until(true: Callable[[], object], seconds: float = SOON) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """True when the process runs: one that ended and was not yet waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def over(job: Job) -> Job:
    assert job.wait(SOON), "the job hangs"
    return job


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The parent's folder for temporary files, to see what is left in it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def queue(folder: Path) -> Iterator[Queue]:
    queue = Queue(slots=1, warm=1, grace=0.5, preload=False)
    yield queue
    queue.close()
    until(lambda: not list(folder.iterdir()))


def test_a_job_reports_its_way_and_gives_its_result(queue: Queue):
    job = over(queue.submit(fake("count", steps=30), files={"in.txt": b"hello"}))
    assert (job.state, job.error) == ("done", "")
    assert job.result is not None
    assert (job.result["counted"], job.result["input"]) == (30, "hello")
    assert [s.stage for s in job.trajectory if s.done in (0, 10, 20)] == ["stage 0", "stage 1", "stage 2"]
    assert job.progress is not None
    assert (job.progress.done, job.progress.incumbent, job.progress.bound) == (29, 71.0, None)
    assert len(job.trajectory) < 30
    assert 0.3 < job.seconds < SOON
    assert queue.get(job.job_id) is job


def test_jobs_run_in_order_and_see_their_place(queue: Queue):
    jobs = [queue.submit(fake("count", steps=20)) for _ in range(3)]
    assert [queue.place(j) for j in jobs] == [0, 1, 2]
    assert [j.state for j in jobs] == ["running", "queued", "queued"]
    assert queue.running() == [jobs[0]]
    for job in jobs:
        over(job)
    starts = [j.started or 0 for j in jobs]
    assert starts == sorted(starts)
    ends = [j.ended or 0 for j in jobs]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    assert len({j.result["pid"] for j in jobs if j.result}) == 3


def test_an_express_job_need_not_wait(queue: Queue):
    slow = queue.submit(fake("count", steps=10_000))
    waits = queue.submit(fake("count", steps=1))
    quick = queue.submit(fake("count", steps=1), express=True)
    over(quick)
    assert (slow.state, waits.state, quick.state) == ("running", "queued", "done")
    queue.kill(slow)
    assert over(waits).state == "done"


def test_background_jobs_run_one_at_a_time_and_nobody_waits_for_them(queue: Queue):
    first, second = (queue.submit(fake("count", steps=10_000), background=True) for _ in range(2))
    assert (first.state, second.state) == ("running", "queued")
    assert queue.place(second) == 1
    solve = queue.submit(fake("count", steps=1))
    quick = queue.submit(fake("count", steps=1), express=True)
    assert over(solve).state == over(quick).state == "done"
    assert (first.state, second.state) == ("running", "queued")
    queue.kill(first)
    over(first)
    assert second.state == "running"
    queue.kill(second)
    over(second)


def test_the_same_question_is_asked_once(queue: Queue):
    first = queue.submit(fake("count", steps=200), key="a", owner="ana")
    second = queue.submit(fake("count", steps=200), key="a", owner="ben")
    assert second is first
    assert queue.submit(fake("count", steps=1), key="b") is not first
    assert not queue.cancel(first, owner="ana"), "ben still waits for it"
    assert not first.stopping
    assert queue.cancel(first, owner="ben")
    over(first)
    again = queue.submit(fake("count", steps=1), key="a")
    assert again is not first
    assert queue.find("a") is again
    assert over(again).state == "done"


def test_a_stop_keeps_what_there_is(queue: Queue):
    job = queue.submit(fake("count", steps=10_000))
    until(lambda: job.progress)
    assert queue.cancel(job)
    over(job)
    assert (job.state, job.stopping) == ("done", True)
    assert job.result is not None
    assert job.result["early"]


def test_a_waiting_job_can_be_withdrawn(queue: Queue):
    first, second = queue.submit(fake("count", steps=50)), queue.submit(fake("count", steps=1))
    queue.cancel(second)
    assert (over(second).state, queue.place(second)) == ("cancelled", 0)
    assert over(first).state == "done"
    assert queue.cancel(first), "to stop what is over does nothing"
    assert first.state == "done"


def test_a_job_that_does_not_listen_is_ended_with_all_that_it_started(queue: Queue):
    job = queue.submit(fake("deaf"))
    until(lambda: job.progress)
    step = job.progress
    assert step is not None
    assert step.done is not None
    assert step.total is not None
    assert alive(step.done)
    assert alive(step.total)
    began = time.monotonic()
    queue.cancel(job)
    over(job)
    assert job.state == "cancelled"
    assert job.error.startswith("Stopped")
    assert 0.4 < time.monotonic() - began < 5
    until(lambda: not alive(step.done) and not alive(step.total))


@pytest.mark.parametrize(("how", "words"), [("", "signal 9"), ("quietly", "without a result")])
def test_a_child_that_dies_is_told_and_the_next_job_runs(queue: Queue, how: str, words: str):
    job = queue.submit(fake("die", how=how))
    after = queue.submit(fake("count", steps=1))
    over(job)
    assert job.state == "failed"
    assert words in job.error
    assert job.attempts == 1
    assert job.progress is not None
    assert over(after).state == "done"


def test_a_grandchild_does_not_outlive_a_child_that_is_killed(queue: Queue):
    job = queue.submit(fake("deaf"))
    until(lambda: job.progress)
    step = job.progress
    assert step is not None
    assert step.done is not None
    assert step.total is not None
    os.kill(step.total, signal.SIGKILL)
    assert over(job).state == "failed"
    until(lambda: not alive(step.done))


def test_what_goes_wrong_is_said_in_words(queue: Queue):
    assert over(queue.submit(fake("wrong", how="words"))).error == "The plan is not valid."
    job = over(queue.submit(fake("wrong")))
    assert (job.state, job.error) == ("failed", "The job failed (KeyError: 'secret detail').")
    assert "no kind of job" in over(queue.submit({"kind": "nonsense"})).error
    assert over(queue.submit({})).state == "failed"


def test_what_is_printed_does_not_reach_the_parent(queue: Queue):
    job = over(queue.submit(fake("noisy")))
    assert (job.state, job.result) == ("done", {"fine": True})


def test_an_odd_report_is_no_reason_to_hang(queue: Queue):
    job = over(queue.submit(fake("odd")))
    assert (job.state, job.trajectory[0].stage) == ("done", "odd")


def test_a_warm_child_that_was_killed_costs_no_job(queue: Queue):
    for child in list(queue._children):
        assert child.ready.wait(SOON)
        os.kill(child.process.pid, signal.SIGSTOP)  # it takes no spec ...
    job = queue.submit(fake("count", steps=1))
    stopped = queue._child_of(job)
    assert stopped is not None
    time.sleep(0.1)
    os.kill(stopped.process.pid, signal.SIGKILL)  # ... and then it is gone
    assert over(job).state == "done"
    assert job.attempts == 2


def test_files_are_there_for_finish_and_gone_afterwards(queue: Queue, folder: Path):
    found: list[str] = []
    job = over(queue.submit(fake("leave"), finish=lambda at, _said: found.append((at / "out.txt").read_text())))
    assert found == ["found"]
    assert job.result is not None
    assert str(folder) in job.result["temporary"], "temporary files belong to the job's folder"
    until(lambda: not Path(job.result["temporary"]).exists())


def test_a_result_that_cannot_be_kept_is_a_failure(queue: Queue):
    def finish(_folder: Path, _said: object) -> None:
        raise OSError("disk full")

    job = over(queue.submit(fake("leave"), finish=finish))
    assert (job.state, job.error) == ("failed", "The result could not be kept.")


def test_old_jobs_are_forgotten(folder: Path):
    queue = Queue(slots=2, warm=2, keep=2, preload=False)
    jobs = [queue.submit(fake("count", steps=1)) for _ in range(5)]
    for job in jobs:
        over(job)
    assert sum(queue.get(j.job_id) is not None for j in jobs) == 2
    queue.close()


def test_a_closed_queue_leaves_nothing_and_takes_nothing(folder: Path):
    queue = Queue(slots=1, grace=0.5, preload=False)
    runs, waits = queue.submit(fake("count", steps=10_000)), queue.submit(fake("count", steps=1))
    until(lambda: runs.progress)
    pids = [c.process.pid for c in queue._children]
    queue.close()
    assert over(waits).error == "The server is stopping."
    assert over(runs).state == "failed"
    assert over(queue.submit(fake("count", steps=1))).state == "failed"
    assert not any(map(alive, pids))
    assert list(folder.iterdir()) == []


def test_many_threads_ask_and_stop_at_once(folder: Path):
    queue = Queue(slots=2, warm=2, grace=2, preload=False)
    jobs: list[Job] = []

    def ask(who: int) -> None:
        for i in range(3):
            job = queue.submit(fake("count", steps=5, pause=0.001), key=f"{(who + i) % 5}", owner=str(who))
            jobs.append(job)
            queue.place(job)
            if i == 1:
                queue.cancel(job, owner=str(who))

    threads = [threading.Thread(target=ask, args=(who,)) for who in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for job in jobs:
        over(job)
    assert all(j.state in ("done", "cancelled") for j in jobs)
    queue.close()


PARENT = """
import sys, time
from planner.jobs import Queue
if __name__ == "__main__":
    queue = Queue(slots=1, warm=1, preload=False)
    job = queue.submit({"kind": "tests.jobs.fakes:deaf"})
    while job.progress is None:
        time.sleep(0.01)
    print(job.progress.done, job.progress.total, *(c.process.pid for c in queue._children), flush=True)
    if sys.argv[1] == "wait":
        time.sleep(600)
"""


@pytest.mark.parametrize("end", ["exit", "kill"])
def test_nothing_outlives_the_server(end: str, tmp_path: Path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, "wait" if end == "kill" else "exit"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 4
        if end == "kill":
            assert all(map(alive, pids))
            parent.kill()
    until(lambda: not any(map(alive, pids)), 5)
    until(lambda: not list(tmp_path.iterdir()), 5)
