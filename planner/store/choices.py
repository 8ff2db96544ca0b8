"""What people chose for a plan beside its inputs, such as how its books are kept: by name, and the last word counts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from planner.store.database import WRITES, metadata

CHOICES = sa.Table(
    "planner_choice",
    metadata,
    sa.Column("plan_id", sa.String(40), primary_key=True),
    sa.Column("name", sa.String(120), primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)
"""A row for each choice, so that two people who choose different things at once do not undo each other's."""


@dataclass(frozen=True)
class Chosen:
    """A choice as it was kept last, and by whom; what the body says is the caller's."""

    body: str
    by: str


class Choices:
    """The choices of the plans in one database. Safe to share between threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def of(self, plan_id: str) -> dict[str, Chosen]:
        """Every choice made for a plan, by name; what nobody chose is left out."""
        with self.engine.begin() as db:
            rows = db.execute(CHOICES.select().where(CHOICES.c.plan_id == plan_id).order_by(CHOICES.c.name))
            return {row.name: Chosen(row.body, row.by) for row in rows}

    def choose(self, plan_id: str, bodies: Mapping[str, str], by: str = "") -> None:
        """Keep choices by name over what was chosen there before; others stay."""
        for last in (False, True):
            try:
                with self.engine.execution_options(**{WRITES: True}).begin() as db:
                    for name, body in sorted(bodies.items()):  # one order for all: nobody waits for each other
                        _put(db, plan_id, name, {"body": body, "by": by, "at": time.time()})
                return
            except IntegrityError:  # another process chose the same for the first time at this moment
                if last:
                    raise

    def copy(self, source: str, target: str) -> None:
        """Choose for one plan what is chosen for another."""
        found = self.of(source)
        for by in {chosen.by for chosen in found.values()}:
            self.choose(target, {name: c.body for name, c in found.items() if c.by == by}, by)


def _put(db: Connection, plan_id: str, name: str, values: dict[str, object]) -> None:
    here = sa.and_(CHOICES.c.plan_id == plan_id, CHOICES.c.name == name)
    if db.execute(CHOICES.update().where(here).values(**values)).rowcount == 0:
        db.execute(CHOICES.insert().values(plan_id=plan_id, name=name, **values))
