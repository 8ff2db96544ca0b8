"""Results by what was asked: the plan's content hash and the options of the solve, with the exact inputs."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from planner.model.options import Options
from planner.plan.plan import Plan
from planner.result.result import Result
from planner.store.database import INPUTS, RESULTS, WRITES
from planner.store.results import pack_frames, pack_result, unpack_frames, unpack_result

SOLVE, SWEEP, AIM, ANSWER = "solve", "sweep", "aim", "answer"
"""Kinds: a cost-minimal plan that was asked for, one that a question needed, a plan with another aim, a question's answer."""

PROVEN_BEFORE = ("infeasible", "unsolved")
"""That no plan exists was proven before; the same solve, stopped early, has nothing to add."""


def options_key(options: Options) -> str:
    """The options of a solve as a key: equal options, equal keys."""
    return json.dumps(asdict(options), sort_keys=True, separators=(",", ":"))


class ResultCache:
    """Results in a database, at most `keep` of each kind: the oldest go first. Safe to share between threads."""

    def __init__(self, engine: Engine, keep: int = 500) -> None:
        self.engine = engine
        self.keep = keep

    def put(self, plan: Plan, options_key: str, result: Result | bytes, kind: str = SOLVE) -> None:
        """Keep a result (or its packed bytes) with the plan that it answers.

        A result for the same plan and options is replaced unless it is nearer to its bound: a solve
        that was cancelled early does not push out one that ran to its end.
        """
        body = result if isinstance(result, bytes) else pack_result(result)
        said = result.summary() if isinstance(result, Result) else unpack_frames(result, only_about=True)[1]
        values = {"kind": kind, "status": said["status"], "gap": said["gap"], "at": time.time(), "size": len(body)}
        inputs = pack_frames(plan.tables, {"plan_hash": plan.content_hash})
        try:
            with self.engine.execution_options(**{WRITES: True}).begin() as db:
                self._put(db, plan.content_hash, options_key, {**values, "body": body}, inputs)
        except IntegrityError:  # the same question was answered elsewhere at this moment
            return

    def get(self, plan_hash: str, options_key: str) -> Result | None:
        """The result for a plan and options, or None."""
        return self._first(RESULTS.c.plan_hash == plan_hash, RESULTS.c.options_key == options_key)

    def best(self, plan_hash: str, kind: str = SOLVE) -> Result | None:
        """The result for a plan nearest to its bound, whatever the options were, or None."""
        kinds = (SOLVE, SWEEP) if kind == SOLVE else (kind,)
        return self._first(RESULTS.c.plan_hash == plan_hash, RESULTS.c.kind.in_(kinds))

    def put_answer(self, plan_hash: str, key: str, body: bytes) -> None:
        """Keep the answer to a question about a plan."""
        values = {"kind": ANSWER, "status": "done", "gap": None, "at": time.time(), "size": len(body), "body": body}
        try:
            with self.engine.execution_options(**{WRITES: True}).begin() as db:
                self._put(db, plan_hash, _short(key), values, None)
        except IntegrityError:  # answered elsewhere at this moment
            return

    def answer(self, plan_hash: str, key: str) -> bytes | None:
        """The answer that was kept, or None."""
        where = (RESULTS.c.plan_hash == plan_hash, RESULTS.c.options_key == _short(key), RESULTS.c.kind == ANSWER)
        with self.engine.begin() as db:
            return db.execute(sa.select(RESULTS.c.body).where(*where)).scalar()

    def inputs(self, plan_hash: str) -> Plan | None:
        """The plan that gave a result, exactly as it was, or None."""
        with self.engine.begin() as db:
            body = db.execute(sa.select(INPUTS.c.body).where(INPUTS.c.plan_hash == plan_hash)).scalar()
        return None if body is None else Plan.of(unpack_frames(body)[0])

    def _first(self, *where: sa.ColumnElement[bool]) -> Result | None:
        # Nearest to its bound first; without a gap last, and of those a proof that there is no plan before no plan yet.
        order = (
            sa.case((RESULTS.c.gap.is_(None), 1), else_=0),
            sa.case((RESULTS.c.status == "infeasible", 0), else_=1),
            RESULTS.c.gap,
            RESULTS.c.at.desc(),
        )
        with self.engine.begin() as db:
            body = db.execute(sa.select(RESULTS.c.body).where(*where).order_by(*order).limit(1)).scalar()
        return None if body is None else unpack_result(body)

    def _put(self, db: Connection, plan_hash: str, key: str, values: dict, inputs: bytes | None) -> None:
        here = sa.and_(RESULTS.c.plan_hash == plan_hash, RESULTS.c.options_key == key)
        found = db.execute(sa.select(RESULTS.c.gap, RESULTS.c.kind, RESULTS.c.status).where(here)).first()
        if found is None:
            db.execute(RESULTS.insert().values(plan_hash=plan_hash, options_key=key, **values))
        elif _at_least_as_good(values["gap"], found.gap) and (found.status, values["status"]) != PROVEN_BEFORE:
            # One that was asked for stays so when a question needs it again.
            kept = {k: v for k, v in values.items() if k != "kind" or found.kind != SOLVE}
            db.execute(RESULTS.update().where(here).values(**kept))
        elif values["kind"] == SOLVE:
            db.execute(RESULTS.update().where(here).values(kind=SOLVE))
        if (
            inputs is not None
            and db.execute(sa.select(INPUTS.c.plan_hash).where(INPUTS.c.plan_hash == plan_hash)).first() is None
        ):
            db.execute(INPUTS.insert().values(plan_hash=plan_hash, body=inputs))
        if found is None:
            self._prune(db, values["kind"])

    def _prune(self, db: Connection, kind: str) -> None:
        alike = RESULTS.c.kind == kind
        newest = sa.select(RESULTS.c.at).where(alike).order_by(RESULTS.c.at.desc())
        last = db.execute(newest.offset(self.keep).limit(1)).scalar()
        if last is not None:
            db.execute(RESULTS.delete().where(alike, RESULTS.c.at <= last))
            db.execute(INPUTS.delete().where(INPUTS.c.plan_hash.not_in(sa.select(RESULTS.c.plan_hash))))


def _short(key: str) -> str:
    """A key of any length in the room that the database has for it."""
    return hashlib.sha256(key.encode()).hexdigest()


def _at_least_as_good(new: float | None, old: float | None) -> bool:
    """True when a gap is no worse than another; None is none at all."""
    return old is None or (new is not None and new <= old)
