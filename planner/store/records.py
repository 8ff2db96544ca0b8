"""What the store hands out, and how it refuses."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from planner.store.draft import Draft


@dataclass(frozen=True)
class PlanInfo:
    """A plan in a list: its newest version, and who changed it when."""

    plan_id: str
    name: str
    version: int
    archived: bool
    created_by: str
    created_at: dt.datetime
    changed_by: str
    changed_at: dt.datetime


@dataclass(frozen=True)
class Version:
    """A line of a plan's history. `label` is the name that somebody gave to it, else empty."""

    number: int
    by: str
    at: dt.datetime
    what: str
    label: str


@dataclass(frozen=True)
class Snapshot:
    """One version of a plan with its content. `newest` is False for an earlier version."""

    info: PlanInfo
    version: Version
    draft: Draft
    newest: bool
    can_undo: bool
    can_redo: bool

    @property
    def plan_id(self) -> str:
        """The plan's identifier, which is also the key to change it."""
        return self.info.plan_id

    @property
    def number(self) -> int:
        """The number of this version: the base of the next save."""
        return self.version.number


@dataclass(frozen=True)
class Access:
    """What a link opens: a plan, to change or only to look at."""

    plan_id: str
    can_write: bool


class UnknownPlan(LookupError):
    """No plan, or no version of it, has this identifier."""


class NothingToUndo(LookupError):
    """There is no step to undo or redo."""


class StaleWrite(Exception):
    """Somebody saved the plan after it was read; nothing was written.

    `version`, `by`, `at` and `what` tell what stands there now.
    """

    def __init__(self, version: int, by: str, at: dt.datetime, what: str) -> None:
        super().__init__(f"version {version} was saved by {by or 'somebody'} at {at:%Y-%m-%d %H:%M} UTC: {what}")
        self.version, self.by, self.at, self.what = version, by, at, what
