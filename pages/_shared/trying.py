"""Quick answers to what a room tries with the plan in hand: asked as express jobs, the newest one only."""

from __future__ import annotations

import time

import streamlit as st

from pages._shared import services, state, stopping
from planner.explore.quick import QUICK
from planner.explore.tries import Try, patched
from planner.jobs import Job
from planner.jobs.quick import submit_quick
from planner.jobs.solve import solve_key, submit_solve
from planner.plan.patch import PatchError
from planner.plan.plan import Plan
from planner.result.result import Result

MOST_STARTS = 32
"""Plans whose starts this server keeps."""
ASKED = "trying"
"""In a session, the job that somebody waits for."""
WANTED, LAST = "trying-wanted", "trying-last"
"""In a session, what is wanted and since when; when something was asked last."""
HASTE, CALM = 1.5, 0.35
"""Seconds: who moves again so soon after asking may go on moving, so that much stillness is waited for first."""


@st.cache_resource(show_spinner=False)
def _starts() -> dict[str, bytes | None]:
    return {}


def warm_up(plan: Plan) -> None:
    """Have the plan's own quick answer worked out once, from which those of changed plans start."""
    starts = _starts()
    if plan.content_hash in starts:
        return
    while len(starts) >= MOST_STARTS:
        starts.pop(next(iter(starts)), None)
    starts[plan.content_hash] = None

    def keep(start: bytes) -> None:
        starts[plan.content_hash] = start

    submit_quick(services.work().queue, services.store(), plan, "what if", keep=keep)


@st.cache_resource(max_entries=128, show_spinner=False)
def changed(plan_hash: str, levers: str, tried: Try, _plan: Plan) -> Plan | tuple[str, ...]:
    """The plan with what was tried, or why there is none."""
    try:
        return patched(_plan, tried)
    except PatchError as error:
        return error.faults


def answer(plan: Plan) -> Result | None:
    """The best answer there is to a plan that was tried, or None; also when the answer is that no plan exists."""
    proof = services.work().queue.find(solve_key(plan, services.BOARD.options))
    mark = proof.job_id if proof is not None and not proof.live else ""
    found = _best(plan.content_hash, mark)
    if found is None or found.status == "unsolved":
        _best.clear(plan.content_hash, mark)
        return None
    return found


@st.cache_resource(max_entries=64, show_spinner=False)
def _best(plan_hash: str, mark: str) -> Result | None:
    return services.store().results.best(plan_hash)


def ask(base: Plan, plan: Plan) -> Job | None:
    """Have a changed plan answered at once; what this session waited for before is given up.

    None while somebody moves on and on (arrow keys): asked again a moment later, it is asked for real.
    """
    ss, queue, now = st.session_state, services.work().queue, time.monotonic()
    key = solve_key(plan, QUICK)
    if ss.get(WANTED, ("", 0.0))[0] != key:
        give_up()
        ss[WANTED] = (key, now)
    if settling():
        return None
    under_way = queue.find(key)
    if under_way is None or not under_way.live or under_way.stopping:
        under_way = submit_quick(queue, services.store(), plan, _owner(), _starts().get(base.content_hash))
        ss[LAST] = now
    ss[ASKED] = under_way.job_id
    return under_way


def settling() -> bool:
    """True while it is not sure that what is wanted now will be wanted in a moment."""
    now, (_, since) = time.monotonic(), st.session_state.get(WANTED, ("", 0.0))
    hasty = since - st.session_state.get(LAST, -HASTE) < HASTE
    return hasty and now - since < CALM


def waiting() -> Job | None:
    """The job that this session waits for, also when it is over; None when it waits for none."""
    return services.work().queue.get(st.session_state.get(ASKED, ""))


def give_up() -> None:
    """End what this session waits for, unless somebody else waits for it too."""
    queue = services.work().queue
    job = queue.get(st.session_state.pop(ASKED, ""))
    if job is not None and job.live and queue.cancel(job, _owner()):
        queue.kill(job)


def closer(plan: Plan) -> Job | None:
    """The solve that proves an answer more closely, while it waits or runs."""
    job = services.work().queue.find(solve_key(plan, services.BOARD.options))
    return job if job is not None and job.live else None


def ask_closer(plan: Plan) -> None:
    """Have an answer proven more closely, however long that takes."""
    submit_solve(services.work().queue, services.store(), plan, services.BOARD.options, _owner())


def enough(job_id: str) -> None:
    """Stop such a solve, unless somebody else waits for it; the best so far is kept."""
    stopping.stop_job(job_id, _owner())


def _owner() -> str:
    return f"what if {state.owner()}"
