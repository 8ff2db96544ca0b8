"""The runner of sweeps: each question once, anywhere, and nothing is lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import Executor, ProcessPoolExecutor

import pytest

from planner.explore.case import Case
from planner.explore.executors import NoCluster, cluster, executor_of_settings, processes
from planner.explore.runner import Here, Memory, Runner
from planner.model.options import Cancel, Options, ProgressCallback
from planner.plan.plan import Plan
from planner.result.result import Result
from tests.builders import EXACT, tiny


def priced(price: float) -> Plan:
    """Ten thousand hours of work at a price: its cost is 10,000 x price."""
    return tiny([{"price_per_hour": price, "max_devices": 5}], volume=10_000.0)


def cases(n: int) -> list[Case]:
    return [Case(f"p{i}", priced(1.0 + i), EXACT) for i in range(n)]


def costs(results: dict[str, Result]) -> dict[str, float]:
    return {name: round(r.objective or 0.0, 6) for name, r in results.items()}


WANTED = {f"p{i}": 10_000.0 * (1 + i) for i in range(6)}


class Slow(Case):
    """A case that gives somebody the time to take its worker away."""

    def solve(self, progress: ProgressCallback | None = None, cancel: Cancel | None = None) -> Result:
        time.sleep(0.3)
        return super().solve(progress, cancel)


class Deadly(Case):
    """A case that takes its worker down, as one that needs too much memory does."""

    def solve(self, progress: ProgressCallback | None = None, cancel: Cancel | None = None) -> Result:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


def test_here_and_processes_agree():
    here = Runner.here().solve(cases(6))
    with Runner(lambda: processes(2)) as runner:
        there = runner.solve(cases(6))
    assert costs(here) == costs(there) == WANTED
    for name, frame in here["p3"].frames.items():
        assert frame.equals(there["p3"].frames[name]), name


def test_equal_questions_are_solved_once_and_known_ones_not_at_all():
    cache, told = Memory(), []
    runner = Runner.here(cache, tell=lambda *step: told.append(step))
    twice = [Case("a", priced(2.0), EXACT), Case("b", priced(2.0), EXACT), Case("c", priced(3.0), EXACT)]
    assert costs(runner.solve(twice)) == {"a": 20_000.0, "b": 20_000.0, "c": 30_000.0}
    assert runner.solves == 2
    assert told[-1][:2] == (3, 3)
    again = Runner.here(cache)
    assert again.one(Case("d", priced(3.0), EXACT)) is not None
    assert again.solves == 0


def test_other_options_are_another_question():
    cache = Memory()
    Runner.here(cache).solve([Case("a", priced(2.0), EXACT)])
    other = Runner.here(cache)
    other.solve([Case("a", priced(2.0), Options(gap=0.5))])
    assert other.solves == 1


def test_one_name_for_two_questions_is_refused():
    with pytest.raises(ValueError, match="called a"):
        Runner.here().solve([Case("a", priced(1.0)), Case("a", priced(2.0))])


def test_a_worker_killed_midway_loses_nothing():
    pools: list[ProcessPoolExecutor] = []

    def pool() -> Executor:
        pools.append(processes(2))
        return pools[-1]

    def kill_one() -> None:
        while not pools or not pools[0]._processes:
            time.sleep(0.02)
        time.sleep(0.5)
        os.kill(next(iter(pools[0]._processes)), signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    killer.start()
    with Runner(pool) as runner:
        found = runner.solve([Slow(c.name, c.plan, c.options) for c in cases(6)])
    killer.join()
    assert len(pools) > 1, "the pool was not broken"
    assert costs(found) == WANTED
    assert runner.lost == []


def test_a_case_that_kills_its_workers_is_given_up_and_the_others_are_kept():
    with Runner(lambda: processes(2)) as runner:
        found = runner.solve([*cases(3), Deadly("deadly", priced(9.0), EXACT)])
    assert costs(found) == {n: WANTED[n] for n in ("p0", "p1", "p2")}
    assert runner.lost == ["deadly"]


def test_cancel_keeps_what_is_there():
    cancel = threading.Event()

    def tell(done: int, _asked: int, _name: str) -> None:
        if done == 2:
            cancel.set()

    runner = Runner.here(cancel=cancel, tell=tell)
    found = runner.solve(cases(6))
    assert set(found) == {"p0", "p1"}
    assert runner.solve(cases(6)).keys() <= {"p0", "p1"}


def test_a_case_that_fails_says_so():
    class Failing(Case):
        def solve(self, progress: ProgressCallback | None = None, cancel: Cancel | None = None) -> Result:
            raise ArithmeticError("no")

    with pytest.raises(ArithmeticError):
        Runner.here().solve([Failing("f", priced(1.0))])


def test_the_setting_names_the_executor(monkeypatch):
    monkeypatch.setenv("PLANNER_SWEEP", "here")
    assert isinstance(executor_of_settings(), Here)
    monkeypatch.setenv("PLANNER_SWEEP", "tcp://127.0.0.1:1")
    with pytest.raises(NoCluster, match="does not answer"):
        executor_of_settings()


def test_a_cluster_gives_the_same_and_survives_a_lost_worker():
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, protocol="tcp", silence_logs=50
    ) as local:
        pids = [w.pid for w in local.workers.values()]

        def kill_one() -> None:
            time.sleep(0.5)
            os.kill(pids[0], signal.SIGKILL)

        killer = threading.Thread(target=kill_one)
        killer.start()
        with Runner(lambda: cluster(local.scheduler_address)) as runner:
            found = runner.solve([Slow(c.name, c.plan, c.options) for c in cases(6)])
        killer.join()
    here = Runner.here().solve(cases(6))
    assert costs(found) == costs(here) == WANTED
    for name, frame in here["p3"].frames.items():
        assert frame.equals(found["p3"].frames[name]), name


def test_a_time_that_was_not_enough_is_no_answer_to_keep():
    class Late(Case):
        def solve(self, progress: ProgressCallback | None = None, cancel: Cancel | None = None) -> Result:
            return Result("unsolved", self.plan.content_hash)

    cache = Memory()
    found = Runner.here(cache).one(Late("late", priced(1.0), EXACT))
    assert found is not None
    assert found.status == "unsolved"
    assert cache.get(Case("late", priced(1.0), EXACT)) is None
