"""A queue of long computations in child processes: visible places, progress, cancel, no surprises."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections.abc import Mapping
from typing import Any

from planner.jobs.child import Child
from planner.jobs.job import Finish, Job, State, Step

log = logging.getLogger(__name__)


class Queue:
    """At most `slots` jobs run at a time, the rest wait in order; one more place is for express jobs.

    Background jobs, which do many solves, run one at a time beside the others: nobody's solve waits for them.

    All sessions share one queue; every method may be called from any thread. `warm` children wait
    (with `preload` their imports are done), so that a job begins at once. A job that is asked to stop has `grace`
    seconds to hand over what it has. The newest `keep` jobs that are over can still be asked about.
    """

    def __init__(
        self,
        slots: int | None = None,
        warm: int = 1,
        grace: float = 15.0,
        keep: int = 100,
        preload: bool = True,
    ) -> None:
        self.slots = slots or default_slots()
        self.warm, self.grace, self.keep, self.preload = warm, grace, keep, preload
        self._jobs: dict[str, Job] = {}
        self._waiting: list[Job] = []
        self._children: set[Child] = set()
        self._lock = threading.RLock()
        self._closed = False
        atexit.register(self.close)
        with self._lock:
            self._warm_up()

    def submit(
        self,
        spec: Mapping[str, Any],
        key: str = "",
        owner: str = "",
        express: bool = False,
        files: Mapping[str, bytes] | None = None,
        finish: Finish | None = None,
        background: bool = False,
    ) -> Job:
        """Ask for a job; one with the same key that waits or runs is joined instead.

        `spec["kind"]` names what to do: see `kinds.py`. `files` are put into the job's folder;
        `finish` is called there with the result. `express` is for answers that somebody waits for, `background` for those that take many solves.
        """
        with self._lock:
            job = next((j for j in self._jobs.values() if key and j.key == key and j.live and not j.stopping), None)
            if job is None:
                job = Job(spec, key, express, background, files=files or {}, finish=finish)
                self._jobs[job.job_id] = job
                if self._closed:
                    self._end(job, "failed", "The server is stopping.")
                    return job
                self._waiting.append(job)
            job.express |= express
            job.owners.add(owner)
            self._pump()
            return job

    def get(self, job_id: str) -> Job | None:
        """The job with this identifier, or None when it was never there or is forgotten."""
        with self._lock:
            return self._jobs.get(job_id)

    def find(self, key: str) -> Job | None:
        """The newest job with this key, or None: how a page finds its job again after a reload."""
        with self._lock:
            return next((j for j in reversed(self._jobs.values()) if j.key == key), None)

    def running(self) -> list[Job]:
        """The jobs that run now, the longest first."""
        with self._lock:
            return sorted((j for j in self._jobs.values() if j.state == "running"), key=lambda j: j.started or 0.0)

    def place(self, job: Job) -> int:
        """The job's place among those that wait: 1 is the next to start; 0 when it does not wait."""
        with self._lock:
            alike = [j for j in self._waiting if j.background == job.background]
            order = [j for j in alike if j.express] + [j for j in alike if not j.express]
            return order.index(job) + 1 if job in order else 0

    def cancel(self, job: Job, owner: str | None = None) -> bool:
        """Stop a job and keep the best that it has so far.

        With an owner, only if nobody else waits for the same job. Returns False when it goes on for others.
        """
        with self._lock:
            if owner is not None:
                job.owners.discard(owner)
                if job.owners and job.live:
                    return False
            if job.state == "queued":
                self._waiting.remove(job)
                self._end(job, "cancelled", "Stopped before it began.")
            child = self._child_of(job)
            if child is None or job.stopping:
                return True
            job.stopping = True
            timer = threading.Timer(self.grace, child.kill)
            timer.daemon = True
            timer.start()
        child.cancel()
        return True

    def kill(self, job: Job) -> None:
        """End a job at once, whatever it has so far."""
        with self._lock:
            if job.state == "queued":
                self.cancel(job)
            child = self._child_of(job)
            job.stopping = True
        if child is not None:
            child.kill()

    def close(self) -> None:
        """End everything: no job is left running, none is taken any more."""
        with self._lock:
            self._closed = True
            for job in self._waiting:
                self._end(job, "failed", "The server is stopping.")
            self._waiting.clear()
            children = list(self._children)
        for child in children:
            child.kill()
        for child in children:
            child.gone.wait(5)
        atexit.unregister(self.close)

    # How

    def _child_of(self, job: Job) -> Child | None:
        return next((c for c in self._children if c.job is job), None)

    def _pump(self) -> None:
        """Start what may start, and keep children warm. Call with the lock held."""
        while (job := self._next()) is not None:
            self._waiting.remove(job)
            job.state, job.started, job.attempts = "running", time.time(), job.attempts + 1
            idle = sorted((c for c in self._children if c.job is None), key=lambda c: not c.ready.is_set())
            child = idle[0] if idle else self._spawn()
            child.job = job
            # Writing files takes its time, and every click needs the lock.
            threading.Thread(target=child.start, args=(job,), daemon=True, name=f"job-{job.job_id[:8]}").start()
        self._warm_up()

    def _next(self) -> Job | None:
        running = [c.job for c in self._children if c.job is not None]
        busy = [j for j in running if not j.background]
        ordinary = sum(not j.express for j in busy)
        for job in self._waiting:
            if job.express and not job.background and len(busy) <= self.slots:
                return job
        for job in self._waiting:
            if job.background:
                if len(running) == len(busy):
                    return job
            elif not job.express and ordinary < self.slots and len(busy) <= self.slots:
                return job
        return None

    def _warm_up(self) -> None:
        while not self._closed and sum(c.job is None for c in self._children) < self.warm:
            self._spawn()

    def _spawn(self) -> Child:
        child = Child(self._on_message, self._on_exit, self.preload)
        self._children.add(child)
        return child

    def _on_message(self, child: Child, message: dict[str, Any]) -> None:
        if "ready" in message:
            child.ready.set()
        elif "began" in message:
            child.began = True
        elif "progress" in message and child.job is not None:
            child.job._add(Step.of(message["progress"]))
        elif "result" in message:
            child.result = message["result"]
        elif "error" in message:
            child.error = message["error"]

    def _on_exit(self, child: Child) -> None:
        job = child.job
        state, error = _outcome(child)
        if job is not None and state == "done" and job.finish is not None:
            try:
                job.finish(child.folder, child.result or {})
            except Exception:
                log.exception("the result of job %s could not be kept", job.job_id)
                state, error = "failed", "The result could not be kept."
        if error and (words := child.last_words()):
            log.warning("a child process ended without a result: %s\n%s", error, words)
        with self._lock:
            self._children.discard(child)
            if job is None:
                # One that waited was ended from outside; one that never got so far would not fare better again.
                if child.ready.is_set():
                    self._warm_up()
                return
            if not child.began and not job.stopping and job.attempts < 2 and not self._closed:
                job.state = "queued"  # it was the child that failed, not the job
                self._waiting.insert(0, job)
            else:
                job.result = child.result
                self._end(job, state, error)
            self._pump()

    def _end(self, job: Job, state: State, error: str = "") -> None:
        job.state, job.error, job.ended = state, error, time.time()
        job.files = {}
        job._over.set()
        over = [j for j in self._jobs.values() if not j.live]
        for old in over[: max(0, len(over) - self.keep)]:
            del self._jobs[old.job_id]


def default_slots() -> int:
    """Jobs at a time: PLANNER_JOB_SLOTS, else one less than there are processors, at least 1."""
    told = os.environ.get("PLANNER_JOB_SLOTS", "").strip()
    return max(1, int(told) if told.isdigit() else (os.cpu_count() or 2) - 1)


def _outcome(child: Child) -> tuple[State, str]:
    """How a child's end is to be told."""
    if child.result is not None:
        return "done", ""
    if child.error:
        return "failed", child.error
    if child.job is not None and child.job.stopping:
        return "cancelled", "Stopped before there was a result."
    code = child.process.returncode
    if code < 0:
        return "failed", (
            f"The computation was ended by the system (signal {-code}), most often because memory ran out."
        )
    return "failed", "The computation ended without a result."
