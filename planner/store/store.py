"""Plans with their whole history: every change kept, none overwritten unseen."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from planner.store.answers import Answers
from planner.store.board import Board
from planner.store.cache import ResultCache
from planner.store.choices import Choices
from planner.store.database import CONTENTS, PLANS, VERSIONS, WRITES, open_engine
from planner.store.draft import Draft, RawTable
from planner.store.records import Access, NothingToUndo, PlanInfo, Snapshot, StaleWrite, UnknownPlan, Version
from planner.store.trail import Trail


class Store:
    """The plans in one database. Safe to share between threads, and between processes by the same URL.

    A plan is a chain of versions numbered from 1. Saving needs the number that the caller read; undo
    and redo add a version with the content of an earlier one, so nothing ever leaves the history but
    the oldest of more than `keep` versions that nobody named.
    """

    def __init__(self, engine: Engine, keep: int = 500) -> None:
        self.engine = engine
        self.keep = keep
        self.results = ResultCache(engine)
        self.answers = Answers(engine)
        self.board = Board(engine)
        self.trail = Trail(engine)
        self.choices = Choices(engine)

    @classmethod
    def open(cls, url: str | None = None, keep: int = 500) -> Store:
        """The store at a database URL, by default the one that the settings name. Raises StoreUnavailable."""
        return cls(open_engine(url), keep)

    def close(self) -> None:
        """Give the connections back; the store must not be used afterwards."""
        self.engine.dispose()

    # Plans

    def create(self, draft: Draft, name: str, by: str = "", what: str = "Created") -> Snapshot:
        """Keep a new plan; its identifier cannot be guessed."""
        plan_id, now = secrets.token_urlsafe(16), time.time()
        with self._write() as db:
            db.execute(
                PLANS.insert().values(
                    id=plan_id,
                    name=name,
                    head=1,
                    archived=False,
                    view_token=secrets.token_urlsafe(16),
                    created_by=by,
                    created_at=now,
                    changed_by=by,
                    changed_at=now,
                )
            )
            _keep(db, plan_id, draft)
            _add(db, plan_id, 1, json.dumps(draft.keys), by, now, what)
        return self.load(plan_id)

    def load(self, plan_id: str, version: int | None = None, known: Iterable[RawTable] = ()) -> Snapshot:
        """A plan with its content, the newest version or the given one. Raises UnknownPlan.

        `known`: tables that the caller has in hand; those that did not change are not read again.
        """
        with self.engine.begin() as db:
            plan = _plan(db, plan_id)
            row = _version(db, plan_id, version or plan.head)
            keys: dict[str, str] = json.loads(row.tables)
            tables = {t.key: t for t in known if t.key in keys.values()}
            wanted = set(keys.values()) - set(tables)
            chosen = sa.select(CONTENTS.c.key, CONTENTS.c.body).where(
                CONTENTS.c.plan_id == plan_id, CONTENTS.c.key.in_(wanted)
            )
            tables |= {key: RawTable.unpacked(body) for key, body in db.execute(chosen)}
            head = row if row.number == plan.head else _version(db, plan_id, plan.head)
            return Snapshot(
                _info(plan),
                _line(row),
                Draft({name: tables[key] for name, key in keys.items()}),
                newest=row.number == plan.head,
                can_undo=_exists(db, plan_id, head.previous),
                can_redo=_exists(db, plan_id, head.undone),
            )

    def table(self, plan_id: str, key: str) -> RawTable | None:
        """A table of a plan by the key of its content, as of any version that is kept; None when there is none."""
        chosen = sa.select(CONTENTS.c.body).where(CONTENTS.c.plan_id == plan_id, CONTENTS.c.key == key)
        with self.engine.begin() as db:
            body = db.execute(chosen).scalar()
        return None if body is None else RawTable.unpacked(body)

    def newest(self, plan_id: str) -> PlanInfo:
        """Name and newest version of a plan without its content: cheap enough to ask often. Raises UnknownPlan."""
        with self.engine.begin() as db:
            return _info(_plan(db, plan_id))

    def list_plans(self, archived: bool = False, by: str | None = None) -> list[PlanInfo]:
        """The plans, last changed first: all, or those that somebody created; the archived ones on request."""
        chosen = PLANS.select().where(PLANS.c.archived == archived).order_by(PLANS.c.changed_at.desc())
        if by is not None:
            chosen = chosen.where(PLANS.c.created_by == by)
        with self.engine.begin() as db:
            return [_info(row) for row in db.execute(chosen)]

    def rename(self, plan_id: str, name: str) -> None:
        """Give the plan another name in lists. Raises UnknownPlan."""
        self._set(plan_id, name=name)

    def archive(self, plan_id: str, archived: bool = True) -> None:
        """Take the plan out of the list, or put it back. Its links go on working. Raises UnknownPlan."""
        self._set(plan_id, archived=archived)

    def duplicate(self, plan_id: str, name: str, by: str = "", version: int | None = None) -> Snapshot:
        """A new plan with the content of this one and its choices, its history starting anew. Raises UnknownPlan."""
        source = self.load(plan_id, version)
        made = self.create(source.draft, name, by, what=f"Copy of {source.info.name}, version {source.number}")
        self.choices.copy(plan_id, made.plan_id)
        return made

    # History

    def save(self, plan_id: str, base_version: int, draft: Draft, by: str = "", what: str = "") -> int:
        """Keep a change; returns the number of the new version, or `base_version` when nothing differs.

        Raises StaleWrite when `base_version` is not the newest, UnknownPlan when there is no such plan.
        """
        tables = json.dumps(draft.keys)
        for table in draft.tables.values():
            _ = table.key  # hashed before the lock is taken
        with self._write() as db:
            head = self._advance(db, plan_id, base_version, by)
            if head.tables == tables:
                db.rollback()
                return base_version
            _keep(db, plan_id, draft)
            _add(db, plan_id, base_version + 1, tables, by, time.time(), what, previous=head.origin)
            if base_version % 20 == 0:
                self._prune(db, plan_id)
        return base_version + 1

    def undo(self, plan_id: str, base_version: int, by: str = "") -> Snapshot:
        """Bring back the content before the last change. Raises NothingToUndo, StaleWrite, UnknownPlan."""
        return self._step(plan_id, base_version, by, back=True)

    def redo(self, plan_id: str, base_version: int, by: str = "") -> Snapshot:
        """Bring back what was undone last; gone after a new change. Raises NothingToUndo, StaleWrite, UnknownPlan."""
        return self._step(plan_id, base_version, by, back=False)

    def restore(self, plan_id: str, base_version: int, version: int, by: str = "") -> int:
        """Make an earlier version the newest again, as a change of its own. Raises as `save` does."""
        earlier = self.load(plan_id, version)
        called = earlier.version.label or f"version {version}"
        return self.save(plan_id, base_version, earlier.draft, by, f"Back to {called}")

    def history(self, plan_id: str, limit: int = 100, named: bool = False) -> list[Version]:
        """The newest versions first; on request only those that have a name. Raises UnknownPlan."""
        chosen = VERSIONS.select().where(VERSIONS.c.plan_id == plan_id).order_by(VERSIONS.c.number.desc()).limit(limit)
        if named:
            chosen = chosen.where(VERSIONS.c.label != "")
        with self.engine.begin() as db:
            _plan(db, plan_id)
            return [_line(row) for row in db.execute(chosen)]

    def name_version(self, plan_id: str, version: int, label: str) -> None:
        """Name a version, which keeps it for good; an empty label takes the name away. Raises UnknownPlan."""
        change = VERSIONS.update().where(VERSIONS.c.plan_id == plan_id, VERSIONS.c.number == version)
        with self._write() as db:
            if db.execute(change.values(label=label)).rowcount != 1:
                raise UnknownPlan(plan_id)

    # Links

    def view_token(self, plan_id: str, renew: bool = False) -> str:
        """The key of the read-only link; `renew` makes a new one and the old link void. Raises UnknownPlan."""
        if renew:
            self._set(plan_id, view_token=secrets.token_urlsafe(16))
        with self.engine.begin() as db:
            return str(_plan(db, plan_id).view_token)

    def open_link(self, key: str) -> Access:
        """What a link's key opens: a plan's identifier lets change it, its view token look. Raises UnknownPlan."""
        chosen = sa.select(PLANS.c.id).where(sa.or_(PLANS.c.id == key, PLANS.c.view_token == key))
        with self.engine.begin() as db:
            plan_id = db.execute(chosen).scalar()
        if plan_id is None:
            raise UnknownPlan(key)
        return Access(plan_id, can_write=plan_id == key)

    # How

    def _write(self) -> AbstractContextManager[Connection]:
        return self.engine.execution_options(**{WRITES: True}).begin()

    def _set(self, plan_id: str, **values: Any) -> None:
        with self._write() as db:
            if db.execute(PLANS.update().where(PLANS.c.id == plan_id).values(**values)).rowcount != 1:
                raise UnknownPlan(plan_id)

    def _advance(self, db: Connection, plan_id: str, base: int, by: str) -> Row:
        """Move the head one on if it stands where the caller says, and lock the plan; returns the old head."""
        change = PLANS.update().where(PLANS.c.id == plan_id, PLANS.c.head == base)
        if db.execute(change.values(head=base + 1, changed_by=by, changed_at=time.time())).rowcount != 1:
            there = _version(db, plan_id, _plan(db, plan_id).head)
            raise StaleWrite(there.number, there.by, _when(there.at), there.what)
        return _version(db, plan_id, base)

    def _step(self, plan_id: str, base: int, by: str, back: bool) -> Snapshot:
        with self._write() as db:
            head = self._advance(db, plan_id, base, by)
            number = head.previous if back else head.undone
            if not _exists(db, plan_id, number):
                raise NothingToUndo("There is nothing to undo." if back else "There is nothing to redo.")
            target = _version(db, plan_id, number)
            changed = _version(db, plan_id, head.origin if back else target.origin)
            add = partial(_add, db, plan_id, base + 1, target.tables, by, time.time())
            add(
                f"{'Undid' if back else 'Redid'}: {changed.what or f'version {changed.number}'}",
                origin=target.origin,
                previous=target.previous,
                undone=base if back else target.undone,
            )
        return self.load(plan_id)

    def _prune(self, db: Connection, plan_id: str) -> None:
        """Forget the oldest versions without a name, and the contents that none has any more."""
        of_plan = VERSIONS.c.plan_id == plan_id
        newest = sa.select(VERSIONS.c.number).where(of_plan).order_by(VERSIONS.c.number.desc()).offset(self.keep)
        last = db.execute(newest.limit(1)).scalar()
        if last is None:
            return
        db.execute(VERSIONS.delete().where(of_plan, VERSIONS.c.number <= last, VERSIONS.c.label == ""))
        used = {
            k for t in db.execute(sa.select(VERSIONS.c.tables).where(of_plan)).scalars() for k in json.loads(t).values()
        }
        held = set(db.execute(sa.select(CONTENTS.c.key).where(CONTENTS.c.plan_id == plan_id)).scalars())
        for key in held - used:
            db.execute(CONTENTS.delete().where(CONTENTS.c.plan_id == plan_id, CONTENTS.c.key == key))


def _keep(db: Connection, plan_id: str, draft: Draft) -> None:
    """Store each table of the draft whose content the plan does not hold yet."""
    tables = {t.key: t for t in draft.tables.values()}
    held = sa.select(CONTENTS.c.key).where(CONTENTS.c.plan_id == plan_id, CONTENTS.c.key.in_(tables))
    new = set(tables) - set(db.execute(held).scalars())
    if new:
        rows = [{"plan_id": plan_id, "key": key, "body": tables[key].packed()} for key in sorted(new)]
        db.execute(CONTENTS.insert(), rows)


def _add(
    db: Connection,
    plan_id: str,
    number: int,
    tables: str,
    by: str,
    at: float,
    what: str,
    origin: int | None = None,
    previous: int | None = None,
    undone: int | None = None,
) -> None:
    db.execute(
        VERSIONS.insert().values(
            plan_id=plan_id,
            number=number,
            origin=origin or number,
            previous=previous,
            undone=undone,
            tables=tables,
            by=by,
            at=at,
            what=what,
            label="",
        )
    )


def _plan(db: Connection, plan_id: str) -> Row:
    row = db.execute(PLANS.select().where(PLANS.c.id == plan_id)).first()
    if row is None:
        raise UnknownPlan(plan_id)
    return row


def _version(db: Connection, plan_id: str, number: int) -> Row:
    row = db.execute(VERSIONS.select().where(VERSIONS.c.plan_id == plan_id, VERSIONS.c.number == number)).first()
    if row is None:
        raise UnknownPlan(f"{plan_id}, version {number}")
    return row


def _exists(db: Connection, plan_id: str, number: int | None) -> bool:
    """True when the version is there: it may be None, or forgotten."""
    if number is None:
        return False
    chosen = sa.select(VERSIONS.c.number).where(VERSIONS.c.plan_id == plan_id, VERSIONS.c.number == number)
    return db.execute(chosen).first() is not None


def _when(at: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, dt.UTC)


def _info(row: Row) -> PlanInfo:
    return PlanInfo(
        row.id,
        row.name,
        row.head,
        row.archived,
        row.created_by,
        _when(row.created_at),
        row.changed_by,
        _when(row.changed_at),
    )


def _line(row: Row) -> Version:
    return Version(row.number, row.by, _when(row.at), row.what, row.label)
