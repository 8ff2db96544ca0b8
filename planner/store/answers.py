"""Which answer a plan shows: the inputs that were solved last, remembered beyond a restart."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from planner.store.database import WRITES, metadata

ANSWERS = sa.Table(
    "planner_answer",
    metadata,
    sa.Column("plan_id", sa.String(40), primary_key=True),
    sa.Column("plan_hash", sa.String(64), nullable=False),
)


class Answers:
    """For each plan in the store, the content hash of its inputs that were answered last."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def get(self, plan_id: str) -> str | None:
        """The hash that was noted last, or None."""
        with self.engine.begin() as db:
            return db.execute(sa.select(ANSWERS.c.plan_hash).where(ANSWERS.c.plan_id == plan_id)).scalar()

    def plans(self) -> set[str]:
        """The plans that have an answer, to their inputs as they are or as they were."""
        with self.engine.begin() as db:
            return set(db.execute(sa.select(ANSWERS.c.plan_id)).scalars())

    def note(self, plan_id: str, plan_hash: str) -> None:
        """Remember that the plan, as it was with this hash, has an answer."""
        here = ANSWERS.c.plan_id == plan_id
        try:
            with self.engine.execution_options(**{WRITES: True}).begin() as db:
                if db.execute(ANSWERS.update().where(here).values(plan_hash=plan_hash)).rowcount == 0:
                    db.execute(ANSWERS.insert().values(plan_id=plan_id, plan_hash=plan_hash))
        except IntegrityError:  # noted elsewhere at this moment
            return
