"""The one way to do many solves: on any executor of the kind of `concurrent.futures`, each question once.

On this machine by processes, beyond it on a Dask cluster; a worker that is lost loses nothing but its
time. The same cases give the same results wherever they are solved.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from pathlib import Path
from typing import Protocol

from planner.explore.case import Case
from planner.explore.executors import executor_of_settings
from planner.model.options import Cancel
from planner.result.result import Result

SUSPICIOUS = 2
"""Losses of workers after which cases are solved one at a time: one that takes its worker down would do so for ever."""
LOOK = 0.2
"""Seconds between two looks at whether somebody wants to stop."""


class Cache(Protocol):
    """Where results are kept beyond a run."""

    def get(self, case: Case) -> Result | None:
        """The result of an equal question, or None."""
        ...

    def put(self, case: Case, result: Result) -> None:
        """Keep a result."""
        ...


class Memory:
    """A cache that ends with its owner."""

    def __init__(self) -> None:
        self._kept: MutableMapping[str, Result] = {}

    def get(self, case: Case) -> Result | None:
        """The result of an equal question, or None."""
        return self._kept.get(case.key)

    def put(self, case: Case, result: Result) -> None:
        """Keep a result."""
        self._kept[case.key] = result


class _Flag:
    """A wish to stop that reaches other processes of this machine: a file that comes to be."""

    def __init__(self, path: str) -> None:
        self.path, self._looked, self._there = Path(path), 0.0, False

    def is_set(self) -> bool:
        """True as soon as the file is there; looked up a few times a second."""
        now = time.monotonic()
        if not self._there and now - self._looked > LOOK:
            self._looked, self._there = now, self.path.exists()
        return self._there


def solve_case(case: Case, flag: str) -> Result:
    """What a worker does."""
    return case.solve(cancel=_Flag(flag))


Keep = Callable[[Case, Result], None]
Tell = Callable[[int, int, str], None]
"""Told after each answer: how many are there, how many were asked, the name of the newest."""


class Runner:
    """Solves cases. Use as a context manager, or `close` it: its workers wait for more in between.

    `executor` makes the executor when there is something to solve (default: as the settings say,
    see `executors`); `cache` outlives the runner; `cancel` stops what runs and keeps what is there.
    """

    def __init__(
        self,
        executor: Callable[[], Executor] | None = None,
        cache: Cache | None = None,
        tell: Tell | None = None,
        cancel: Cancel | None = None,
    ) -> None:
        self._make = executor or executor_of_settings
        self._executor: Executor | None = None
        self.cache: Cache = cache if cache is not None else Memory()
        self.tell, self.cancel = tell, cancel
        self.asked, self.answered, self.solves = 0, 0, 0
        """Cases so far, those of them with an answer, and how many had to be solved for it."""
        self.lost: list[str] = []
        """Names of cases that took down every worker that tried them, most often for want of memory."""
        self._folder = tempfile.TemporaryDirectory(prefix="planner-sweep-")

    @classmethod
    def here(cls, cache: Cache | None = None, cancel: Cancel | None = None, tell: Tell | None = None) -> Runner:
        """A runner that solves in this process, one case after another."""
        return cls(Here, cache, tell, cancel)

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the workers go."""
        self._drop()
        self._folder.cleanup()

    @property
    def cancelled(self) -> bool:
        """True when somebody wants to stop."""
        return self.cancel is not None and self.cancel.is_set()

    def one(self, case: Case) -> Result | None:
        """The result of a case; None when it was cancelled before there was one."""
        return self.solve([case]).get(case.name)

    def solve(self, cases: Iterable[Case]) -> dict[str, Result]:
        """The results by name. A name is missing when it was cancelled before there was a plan, or is `lost`.

        Raises ValueError when two different cases have one name.
        """
        by_name = _by_name(cases)
        self.asked += len(by_name)
        waiting = {case.key: case for case in by_name.values()}
        names: dict[str, list[str]] = {}
        for name, case in by_name.items():
            names.setdefault(case.key, []).append(name)
        found: dict[str, Result] = {}

        def keep(case: Case, result: Result) -> None:
            found[case.key] = result
            self.answered += len(names[case.key])
            if self.tell is not None:
                self.tell(self.answered, self.asked, case.name)

        for key, case in list(waiting.items()):
            known = self.cache.get(case)
            if known is not None:
                del waiting[key]
                keep(case, known)
        if waiting and not self.cancelled:
            self._solve(waiting, keep)
        return {name: found[case.key] for name, case in by_name.items() if case.key in found}

    def _solve(self, waiting: Mapping[str, Case], keep: Keep) -> None:
        left, breaks = dict(waiting), 0
        while left and not self.cancelled:
            # After two losses one at a time: then it is plain which case takes its worker down.
            executor = self._executor = self._executor or self._make()
            alone = breaks >= SUSPICIOUS or isinstance(executor, Here)
            batch = dict([next(iter(left.items()))]) if alone else dict(left)
            try:
                self._round(executor, batch, left, keep)
            except BrokenExecutor:
                breaks += 1
                self._drop()
                if alone:
                    self.lost.extend(left.pop(key).name for key in batch if key in left)

    def _round(self, executor: Executor, batch: Mapping[str, Case], left: dict[str, Case], keep: Keep) -> None:
        """Solve a batch, taking what is done from `left`. Raises BrokenExecutor when a worker was lost."""
        if isinstance(executor, Here):
            executor.cancel = self.cancel
        flag = Path(self._folder.name) / "stop"
        futures = {executor.submit(solve_case, case, str(flag)): key for key, case in batch.items()}
        pending = set(futures)
        broken: BrokenExecutor | None = None
        while pending:
            done, pending = wait(pending, timeout=LOOK, return_when=FIRST_COMPLETED)
            if self.cancelled:
                flag.touch()
                for future in pending:
                    future.cancel()
            for future in done:
                try:
                    self._take(future, left, futures[future], keep)
                except BrokenExecutor as error:  # the others that were done before it are still to be taken
                    broken = error
        if broken is not None:
            raise broken

    def _take(self, future: Future[Result], left: dict[str, Case], key: str, keep: Keep) -> None:
        if future.cancelled():
            left.pop(key, None)
            return
        result = future.result()
        case = left.pop(key)
        self.solves += 1
        if self.cancelled and not result.has_plan:
            return
        # What was stopped early is worth a look, but no answer to keep; nor is a time that was not enough.
        if not self.cancelled and result.status != "unsolved":
            self.cache.put(case, result)
        keep(case, result)

    def _drop(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None


class Here(Executor):
    """An executor that does everything at once in this process."""

    def __init__(self) -> None:
        self.cancel: Cancel | None = None

    def submit(self, fn, /, *args, **kwargs):  # the signature of the base class
        """Do it now; the future that comes back is done."""
        future: Future = Future()
        if self.cancel is not None and self.cancel.is_set():
            future.cancel()
            future.set_running_or_notify_cancel()
            return future
        case = args[0]
        try:
            future.set_result(case.solve(cancel=self.cancel))
        except Exception as error:
            future.set_exception(error)
        return future


def _by_name(cases: Iterable[Case]) -> dict[str, Case]:
    out: dict[str, Case] = {}
    for case in cases:
        if out.setdefault(case.name, case).key != case.key:
            raise ValueError(f"two different cases are called {case.name}")
    return out
