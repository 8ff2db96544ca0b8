"""What all sessions of a server share: the store, the queue of solves, readings and results."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field

import streamlit as st

from planner.explore import questions
from planner.jobs import Job, Queue
from planner.jobs.solve import submit_solve
from planner.model.options import Options
from planner.plan.files import read_plan
from planner.plan.parse import Reading, parse_tables
from planner.plan.plan import Plan
from planner.result.result import Result
from planner.result.run import business_as_usual
from planner.store import Draft, Snapshot, Store, draft_from_plan, draft_tables, options_key
from sample_data.ahead import QUESTIONS, SAMPLE, answer_path, path_of


@dataclass(frozen=True)
class Effort:
    """How hard a solve tries, in words that a room understands."""

    name: str
    help: str
    options: Options


EFFORTS = (
    Effort("Quick look", "Within 3 % of the best, a minute at most", Options(0.03, 60.0)),
    Effort("Workshop", "Within 1 % of the best, three minutes at most", Options(0.01, 180.0)),
    Effort("Board paper", "Within 0.2 % of the best, fifteen minutes at most", Options(0.002, 900.0)),
)
QUICK, WORKSHOP, BOARD = EFFORTS
SAMPLE_SAID = "Sample plan"
"""What the history says of the sample plan's first version."""


@dataclass
class Work:
    """The queue, and which solves were asked for which plan, so that a reload finds them again."""

    queue: Queue
    asked: dict[str, list[Job]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def jobs(self, plan_id: str) -> list[Job]:
        """The solves of a plan that this server knows of, the newest last."""
        with self.lock:
            return list(self.asked[plan_id])

    def live(self, plan_id: str) -> list[Job]:
        """Those of them that wait or run."""
        return [j for j in self.jobs(plan_id) if j.live]

    def add(self, plan_id: str, job: Job) -> None:
        """Remember a solve of the plan."""
        with self.lock:
            if job not in self.asked[plan_id]:
                self.asked[plan_id] = [*self.asked[plan_id][-9:], job]


@st.cache_resource(show_spinner="Opening the plans …")
def store() -> Store:
    """The store of the settings, with the sample plan in it when it was empty."""
    opened = Store.open()
    if not opened.list_plans() and not opened.list_plans(archived=True):
        add_sample(opened)
    return opened


@st.cache_resource(show_spinner=False)
def work() -> Work:
    """The queue of solves of this server."""
    # Two children wait: somebody who moves a slider twice need not wait for the imports of one.
    return Work(Queue(warm=2))


def add_sample(opened: Store, by: str = "") -> Snapshot:
    """Put the sample plan into the store, with its answers where they were solved ahead."""
    plan = read_plan(SAMPLE).plan
    if plan is None:
        raise RuntimeError("the sample plan is not valid")
    made = opened.create(draft_from_plan(plan), plan.settings.name, by, what=SAMPLE_SAID)
    for one in (plan, business_as_usual(plan)):
        path = path_of(one.content_hash)
        if path.exists():
            opened.results.put(one, options_key(BOARD.options), path.read_bytes())
            if one is plan:
                opened.answers.note(made.plan_id, one.content_hash)
    for name, told in QUESTIONS.items():
        path = answer_path(plan, name)
        if path.exists():
            key = questions()[name].key(plan, told)
            opened.results.put_answer(plan.content_hash, key, path.read_bytes())
    return made


def reading_of(draft: Draft) -> Reading:
    """The draft checked: its plan, or what is wrong with it; computed once for all sessions."""
    return _reading(tuple(sorted(draft.keys.items())), draft)


@st.cache_resource(max_entries=64, show_spinner=False)
def _reading(keys: tuple[tuple[str, str], ...], _draft: Draft) -> Reading:
    return parse_tables(draft_tables(_draft))


@st.cache_resource(max_entries=64, show_spinner=False)
def usual_of(plan_hash: str, _plan: Plan) -> Plan:
    """Business as usual of the plan with this hash."""
    return business_as_usual(_plan)


def best(plan_hash: str) -> Result | None:
    """The best answer there is to the inputs with this hash."""
    solves = sum(j.state == "done" for j in _of_hash(plan_hash))
    found = _best(plan_hash, solves)
    if found is None:
        _best.clear(plan_hash, solves)  # another server may answer it any time
    return found


@st.cache_resource(max_entries=24, ttl=300, show_spinner=False)
def _best(plan_hash: str, solves: int) -> Result | None:
    return store().results.best(plan_hash)


@st.cache_resource(max_entries=24, show_spinner=False)
def inputs(plan_hash: str) -> Plan | None:
    """The inputs that were answered, exactly as they were."""
    return store().results.inputs(plan_hash)


def _of_hash(plan_hash: str) -> list[Job]:
    mark = f"solve {plan_hash} "
    with work().lock:
        return [j for jobs in work().asked.values() for j in jobs if j.key.startswith(mark)]


def solve(plan_id: str, plan: Plan, options: Options, owner: str = "") -> Job:
    """Have the plan solved, and business as usual with it where that has no answer yet."""
    job = submit_solve(work().queue, store(), plan, options, owner)
    work().add(plan_id, job)
    usual = usual_of(plan.content_hash, plan)
    if best(usual.content_hash) is None:
        work().add(plan_id, submit_solve(work().queue, store(), usual, options, owner))
    return job


def done(job: Job) -> float:
    """How far a solve is, 0 to 1: by its gap against the wanted one, or by its time, whichever is further."""
    options = job.spec["options"]
    step = job.progress
    by_time = job.seconds / options["time_limit"] if options["time_limit"] else 0.0
    by_gap = options["gap"] / step.gap if step is not None and step.gap else 0.0
    return min(max(by_time, by_gap, 0.02), 1.0)
