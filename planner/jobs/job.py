"""A long computation as its askers see it: where it stands, what came of it."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

State = Literal["queued", "running", "done", "failed", "cancelled"]
"""done: there is a result (also of a job that was asked to stop); cancelled: stopped without one."""

Finish = Callable[[Path, Mapping[str, Any]], None]
"""Called in the parent with the job's folder and result before the folder goes."""

MOST_STEPS = 1000


@dataclass(frozen=True)
class Step:
    """Where a job stands: `seconds` since it began; money in present value, `gap` relative; `done` of `total` parts."""

    stage: str = ""
    seconds: float = 0.0
    incumbent: float | None = None
    bound: float | None = None
    gap: float | None = None
    done: int | None = None
    total: int | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Step:
        """The step that a child's report says; what is not known here is left out."""
        return cls(**{f.name: said[f.name] for f in fields(cls) if f.name in said})


@dataclass(eq=False)
class Job:
    """One job. Made by `Queue.submit`; read from any thread, changed by the queue alone."""

    spec: Mapping[str, Any]
    key: str
    express: bool = False
    background: bool = False
    owners: set[str] = field(default_factory=set)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    finish: Finish | None = field(default=None, repr=False)
    job_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    state: State = "queued"
    stopping: bool = False
    """Somebody asked it to stop and keep what it has."""
    result: Mapping[str, Any] | None = None
    error: str = ""
    """Why there is no result, in words for people."""
    submitted: float = field(default_factory=time.time)
    started: float | None = None
    ended: float | None = None
    attempts: int = 0
    _steps: list[Step] = field(default_factory=list, repr=False)
    _over: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def live(self) -> bool:
        """True while it waits or runs."""
        return self.state in ("queued", "running")

    @property
    def progress(self) -> Step | None:
        """The newest step, or None before the first."""
        return self._steps[-1] if self._steps else None

    @property
    def trajectory(self) -> tuple[Step, ...]:
        """The steps so far, oldest first; thinned out when there are many."""
        return tuple(self._steps)

    @property
    def seconds(self) -> float:
        """Seconds that it has run for, or ran."""
        return 0.0 if self.started is None else (self.ended or time.time()) - self.started

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is over; returns False when the time came first."""
        return self._over.wait(timeout)

    def _add(self, step: Step) -> None:
        steps = [*self._steps, step]
        # The start and the newest steps say the most; every second one of the rest is enough.
        self._steps = [*steps[: MOST_STEPS // 2 : 2], *steps[MOST_STEPS // 2 :]] if len(steps) > MOST_STEPS else steps
