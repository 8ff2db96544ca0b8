"""What a child process can be asked to do."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from planner.model.options import Cancel


class Report(Protocol):
    """Tells the parent where a job stands: fields of `planner.jobs.job.Step`."""

    def __call__(self, **fields: Any) -> None:
        """Report a step; the fields that are left out are unknown."""
        ...


Run = Callable[[Mapping[str, Any], Report, Cancel], Mapping[str, Any]]
"""A kind of job: takes its spec, reports on the way, ends early when cancelled, returns plain JSON values.

It runs with the job's own folder as working directory: the files of the job are there, and what it
leaves there its `finish` finds. What is wrong with the job, in words for people, is raised as `JobError`.
"""

KINDS: dict[str, str] = {
    "explore": "planner.jobs.explore:run",
    "export": "planner.jobs.export:run",
    "solve": "planner.jobs.solve:run",
}
"""Where each kind is, as module:function. Imported by the child alone."""


class JobError(Exception):
    """A job cannot be done; the message says why in words for the person who asked for it."""


def find(kind: str) -> Run:
    """The function of a kind by its name, or by its own module:function. Raises JobError when there is none."""
    module, _, name = KINDS.get(kind, kind).partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise JobError(f"There is no kind of job called {kind}.") from error
