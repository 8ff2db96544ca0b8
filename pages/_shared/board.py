"""The workshop's board: scenarios with their answers, votes and the log, for the visitor who looks."""

from __future__ import annotations

import re
import uuid

import streamlit as st

from pages._shared import asking, drafts, services, state
from planner.jobs import Job
from planner.jobs.explore import mark_of
from planner.plan.plan import Plan
from planner.plan.what_if import AGREED, OPEN
from planner.report import brief
from planner.report import cost_words as words
from planner.report import format as fmt
from planner.report.brief.cards import Card, scenario_plans
from planner.result.result import Result
from planner.store import Entry, Snapshot
from planner.store.board import REOPENED, SETTLED, standing

COOKIE = "planner_visitor"
"""By which a browser is known again; it holds a random number and nothing else."""
A_YEAR = 31_536_000
VISITOR = re.compile(r"^[0-9a-f]{32}$")
QUESTION = "scenarios"
SOLVING = "solving-scenarios"
"""In a session, the job that solves scenarios."""
ORDER, LINES = "board-order", "board-lines"
"""In a session, the order of cards that somebody asked for, by names; how many lines of the log are on the page."""


# Scenarios and their answers


def cards(plan: Plan, base: Result) -> list[Card]:
    """The scenarios of the plan with their answers and votes."""
    plans = _plans(plan.content_hash, plan.hash_of("scenarios", "changes"), plan)
    results = {
        name: base if one.content_hash == plan.content_hash else services.best(one.content_hash)
        for name, one in plans.items()
        if isinstance(one, Plan)
    }
    votes = services.store().board.votes(state.now().plan_id)
    return brief.cards(plan, base, plans, results, votes)


@st.cache_resource(max_entries=24, show_spinner=False)
def _plans(plan_hash: str, told: str, _plan: Plan) -> dict[str, Plan | str]:
    return scenario_plans(_plan)


def solve(names: list[str]) -> None:
    """Have scenarios solved in the background."""
    job = asking.ask(QUESTION, chosen=";".join(names))
    if job is not None:
        st.session_state[SOLVING] = job.job_id


def solving(plan: Plan) -> Job | None:
    """The job that solves scenarios of this plan, while it runs, or waits for this visitor."""
    queue, mark = services.work().queue, mark_of(plan)
    mine = queue.get(st.session_state.get(SOLVING, ""))
    if mine is not None and mine.live and mine.key.startswith(mark):
        return mine
    running = (j for j in queue.running() if j.key.startswith(mark) and j.spec.get("question") == QUESTION)
    return next(running, None)


def just_solved() -> bool:
    """True once when the job that this visitor asked for is over."""
    ss = st.session_state
    job = services.work().queue.get(ss.get(SOLVING, ""))
    if SOLVING not in ss or (job is not None and job.live):
        return False
    del ss[SOLVING]
    return True


def mark(name: str, status: str) -> bool:
    """Say where a scenario stands; at most one is agreed on. False when somebody else was faster."""
    draft = state.now().draft
    if standing(draft).get(name, OPEN) == status:  # a double click, or somebody else did just that
        return False
    table = draft.tables["scenarios"].frame()
    others = (
        table.loc[(table["status"] == AGREED) & (table["scenario"] != name), "scenario"] if "status" in table else []
    )
    reopened = [str(other) for other in others] if status == AGREED else []
    for other in reopened:
        draft = drafts.with_cells(draft, "scenarios", {"scenario": other}, status=OPEN)
    draft = drafts.with_cells(draft, "scenarios", {"scenario": name}, status=status)
    if not state.save(draft, f"{name}: {status}"):
        return False
    for other in reopened:
        write(REOPENED, f"{name} was agreed on instead", other)
    return True


def stands(plan: Plan, base: Result) -> str:
    """The plan as it is, in one line."""
    parts = words.told(base, plan.settings.currency).removeprefix(words.COST)
    return f"Cost of the plan as it is, present value{parts} {fmt.sentence(fmt.gap(base.gap))}."


# Their order


def ordered(made: list[Card]) -> list[Card]:
    """The cards in an order that no vote changes: as written, or as they stood when somebody sorted them.

    What came later is at the end: a click must find the card that the eye has found.
    """
    order = {name: place for place, name in enumerate(st.session_state.get(ORDER, ()))}
    return sorted(made, key=lambda c: order.get(c.name, len(order)))


def sort(names: list[str]) -> None:
    """Put the cards into this order for this visitor; with no names, back to that of the table."""
    st.session_state[ORDER] = names


def sorted_once() -> bool:
    """True when this visitor has put the cards into another order than the table's."""
    return bool(st.session_state.get(ORDER))


# Votes


def visitor() -> str:
    """Who votes: the person who is signed in, else this browser."""
    if state.who():
        return state.who()
    ss = st.session_state
    if "visitor" not in ss:
        known = str(st.context.cookies.get(COOKIE, ""))
        ss.visitor = known if VISITOR.match(known) else uuid.uuid4().hex
    return str(ss.visitor)


def know_visitor() -> None:
    """Let the browser keep who votes, so that a reload does not vote twice."""
    if not state.who() and st.context.cookies.get(COOKIE, "") != visitor():
        said = f"{COOKIE}={visitor()}; path=/; max-age={A_YEAR}; SameSite=Lax"
        st.html(f"<script>document.cookie = {said!r};</script>", unsafe_allow_javascript=True)


def voted(plan_id: str, scenario: str) -> bool:
    """True when this visitor has voted for the scenario."""
    return visitor() in services.store().board.votes(plan_id).get(scenario, ())


def vote(plan_id: str, scenario: str, wanted: bool) -> None:
    """Vote for a scenario, or take the vote back."""
    services.store().board.vote(plan_id, scenario, visitor(), wanted)


# The log


def entries(plan_id: str) -> list[Entry]:
    """The log, oldest first."""
    return services.store().board.entries(plan_id)


def write(what: str, text: str, scenario: str = "", who: str = "") -> None:
    """Add a line to the log of the plan in hand."""
    services.store().board.log(state.now().plan_id, what, text, who or state.speaker(), scenario)


def settle(plan_id: str, text: str) -> None:
    """Settle an open point; once is enough when two people press at the same time."""
    if any(point.text == text for point in brief.open_points(entries(plan_id))):
        write(SETTLED, text)


def news() -> bool:
    """True when others have changed the plan or its log since this page was drawn."""
    here: Snapshot = st.session_state.snapshot
    newest = services.store().newest(here.plan_id).version
    return newest != here.number or len(entries(here.plan_id)) != st.session_state.get(LINES, 0)


def seen(plan_id: str) -> None:
    """Remember how much of the log this page shows; to be called before the page asks for `news`."""
    st.session_state[LINES] = len(entries(plan_id))
