"""What visitors tried with a plan, and where each of their tabs stood last: neither a reload nor a second tab loses it."""

from __future__ import annotations

import time

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from planner.store.database import WRITES, metadata

LONGEST = 200
"""Characters by which visitors are told apart."""
MOST = 20
"""Steps that are kept of a visitor with one answer, the newest."""
DAYS = 90
"""How long it is kept where a tab stood."""

STEPS = sa.Table(
    "planner_step",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("plan_id", sa.String(40), nullable=False),
    sa.Column("visitor", sa.String(LONGEST), nullable=False),
    sa.Column("base", sa.String(64), nullable=False),  # content hash of the inputs that were tried with
    sa.Column("step", sa.String(64), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.UniqueConstraint("plan_id", "visitor", "base", "step"),
)

STANDS = sa.Table(
    "planner_stand",
    metadata,
    sa.Column("plan_id", sa.String(40), primary_key=True),
    sa.Column("visitor", sa.String(LONGEST), primary_key=True),
    sa.Column("tab", sa.String(40), primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)


class Trail:
    """Steps and positions of the visitors of one database; what a body says is the caller's. Safe to share."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def steps(self, plan_id: str, visitor: str, base: str) -> list[str]:
        """The bodies of a visitor's steps with the inputs of this hash, in the order in which they were first made."""
        here = _of(plan_id, visitor, base)
        with self.engine.begin() as db:
            return [str(b) for b in db.execute(sa.select(STEPS.c.body).where(here).order_by(STEPS.c.number)).scalars()]

    def keep(self, plan_id: str, visitor: str, base: str, step: str, body: str) -> None:
        """Keep a step, in the place of the same one where it was made before; beyond `MOST` the oldest is forgotten."""
        here = _of(plan_id, visitor, base)
        newest = sa.select(STEPS.c.number).where(here).order_by(STEPS.c.number.desc())
        values = {"plan_id": plan_id, "visitor": visitor[:LONGEST], "base": base, "step": step, "body": body}
        try:
            with self.engine.execution_options(**{WRITES: True}).begin() as db:
                if db.execute(STEPS.update().where(here, STEPS.c.step == step).values(body=body)).rowcount == 0:
                    db.execute(STEPS.insert().values(**values))
                last = db.execute(newest.offset(MOST).limit(1)).scalar()
                if last is not None:
                    db.execute(STEPS.delete().where(here, STEPS.c.number <= last))
        except IntegrityError:  # another tab made the same step at this moment
            return

    def stand(self, plan_id: str, visitor: str, tab: str, body: str) -> None:
        """Keep where a tab stands now."""
        visitor, now = visitor[:LONGEST], time.time()
        here = sa.and_(STANDS.c.plan_id == plan_id, STANDS.c.visitor == visitor, STANDS.c.tab == tab)
        try:
            with self.engine.execution_options(**{WRITES: True}).begin() as db:
                if db.execute(STANDS.update().where(here).values(at=now, body=body)).rowcount == 0:
                    db.execute(STANDS.delete().where(STANDS.c.at < now - DAYS * 86_400))
                    db.execute(STANDS.insert().values(plan_id=plan_id, visitor=visitor, tab=tab, at=now, body=body))
        except IntegrityError:  # the same tab, duplicated, at this moment
            return

    def stood(self, plan_id: str, visitor: str, tab: str) -> str | None:
        """Where a tab of a visitor stood last, or None."""
        chosen = sa.select(STANDS.c.body).where(
            STANDS.c.plan_id == plan_id, STANDS.c.visitor == visitor[:LONGEST], STANDS.c.tab == tab
        )
        with self.engine.begin() as db:
            return db.execute(chosen).scalar()


def _of(plan_id: str, visitor: str, base: str) -> sa.ColumnElement[bool]:
    return sa.and_(STEPS.c.plan_id == plan_id, STEPS.c.visitor == visitor[:LONGEST], STEPS.c.base == base)
