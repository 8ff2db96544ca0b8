"""What a room says about a plan's scenarios: votes, one for each visitor and scenario, and a log of decisions."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from planner.plan.what_if import AGREED, DROPPED, OPEN
from planner.store.database import WRITES, metadata
from planner.store.draft import Draft

LONGEST = 200
"""Characters by which scenarios and visitors are told apart where votes are counted."""

VOTES = sa.Table(
    "planner_vote",
    metadata,
    sa.Column("plan_id", sa.String(40), primary_key=True),
    sa.Column("scenario", sa.String(LONGEST), primary_key=True),
    sa.Column("voter", sa.String(LONGEST), primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
)

LOG = sa.Table(
    "planner_decision",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("plan_id", sa.String(40), nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("what", sa.String(20), nullable=False),
    sa.Column("scenario", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

REOPENED, UNDONE = "reopened", "undone"
DECISION, OPEN_POINT, SETTLED = "decision", "open point", "settled"
KINDS = (AGREED, DROPPED, REOPENED, UNDONE, DECISION, OPEN_POINT, SETTLED)
"""What an entry of the log is: what became of a scenario, a decision in words, a point that is open or was settled."""
BECAME = {AGREED: AGREED, DROPPED: DROPPED, OPEN: REOPENED}
"""The kind of entry by what a scenario stands at afterwards."""
TAKEN_BACK = {
    AGREED: "That it is agreed on was taken back",
    DROPPED: "That it is dropped was taken back",
    OPEN: "That it is open again was taken back",
}
"""What an undone entry says, by what the scenario stood at before."""


@dataclass(frozen=True)
class Entry:
    """A line of the log. `scenario` is blank where it is about none."""

    number: int
    at: dt.datetime
    who: str
    what: str
    scenario: str
    text: str


class Board:
    """Votes and decisions of the plans in one database. Safe to share between threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def vote(self, plan_id: str, scenario: str, voter: str, wanted: bool = True) -> None:
        """Give a visitor's vote to a scenario, or take it back. Twice is the same as once."""
        scenario, voter = scenario[:LONGEST], voter[:LONGEST]
        here = sa.and_(VOTES.c.plan_id == plan_id, VOTES.c.scenario == scenario, VOTES.c.voter == voter)
        try:
            with self.engine.execution_options(**{WRITES: True}).begin() as db:
                if not wanted:
                    db.execute(VOTES.delete().where(here))
                elif db.execute(sa.select(VOTES.c.at).where(here)).first() is None:
                    db.execute(VOTES.insert().values(plan_id=plan_id, scenario=scenario, voter=voter, at=time.time()))
        except IntegrityError:  # the same visitor voted in another tab at this moment
            return

    def votes(self, plan_id: str) -> dict[str, frozenset[str]]:
        """Who voted for each scenario (by its first `LONGEST` characters); those without a vote are left out."""
        chosen = sa.select(VOTES.c.scenario, VOTES.c.voter).where(VOTES.c.plan_id == plan_id)
        found: dict[str, set[str]] = {}
        with self.engine.begin() as db:
            for scenario, voter in db.execute(chosen):
                found.setdefault(str(scenario), set()).add(str(voter))
        return {scenario: frozenset(voters) for scenario, voters in found.items()}

    def log(self, plan_id: str, what: str, text: str, who: str = "", scenario: str = "") -> Entry:
        """Add a line to the log; lines are never changed. Raises ValueError for an unknown kind or no text at all."""
        if what not in KINDS:
            raise ValueError(f"an entry of the log is one of {', '.join(KINDS)}, not {what!r}")
        if not text.strip() and not scenario:
            raise ValueError("an entry of the log needs a text")
        at = time.time()
        values = {"plan_id": plan_id, "at": at, "who": who, "what": what, "scenario": scenario, "text": text}
        with self.engine.execution_options(**{WRITES: True}).begin() as db:
            number = db.execute(LOG.insert().values(**values)).inserted_primary_key
        assert number is not None
        return Entry(int(number[0]), _when(at), who, what, scenario, text)

    def log_moves(self, plan_id: str, before: Draft, after: Draft, who: str = "", why: str = "") -> list[Entry]:
        """Add a line for each scenario that stands elsewhere after a step through the history than before it.

        Without `why` the step was an undo, and the lines say what was taken back.
        """
        old, new = standing(before), standing(after)
        moved = [(name, old.get(name, OPEN), new.get(name, OPEN)) for name in {**old, **new}]
        return [
            self.log(plan_id, BECAME[then] if why else UNDONE, why or TAKEN_BACK[was], who, name)
            for name, was, then in moved
            if was != then
        ]

    def entries(self, plan_id: str) -> list[Entry]:
        """The log of a plan, oldest first."""
        chosen = LOG.select().where(LOG.c.plan_id == plan_id).order_by(LOG.c.number)
        with self.engine.begin() as db:
            return [Entry(r.number, _when(r.at), r.who, r.what, r.scenario, r.text) for r in db.execute(chosen)]


def standing(draft: Draft) -> Mapping[str, str]:
    """What each scenario of a draft stands at: agreed, dropped, else open."""
    table = draft.tables.get("scenarios")
    if table is None or not {"scenario", "status"} <= set(table.columns):
        return {}
    rows = table.frame()[["scenario", "status"]].itertuples(index=False)
    return {str(name): status if status in BECAME else OPEN for name, status in rows}


def _when(at: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, dt.UTC)
