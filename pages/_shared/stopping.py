"""Stopping what runs: by whoever waits for it, and by others where nobody can tell who that was."""

from __future__ import annotations

import streamlit as st

from pages._shared import services, state
from planner.jobs import Job


def stop_job(job_id: str, mine: str = "") -> None:
    """`stop` for a job by its identifier, which may be over and forgotten."""
    stop(services.work().queue.get(job_id), mine)


def stop(job: Job | None, mine: str = "") -> None:
    """Stop a job, the best so far is kept; while others wait for it too it goes on for them, and that is said.

    `mine`: under which name this tab asked for it. A tab that is loaded again has another name, and tabs are
    closed: what a single other tab asked for is stopped by whoever says so, or nobody could.
    """
    if job is None:
        return
    mine = mine or state.owner()
    others = job.owners - {mine}
    only = len(others) == 1 and mine not in job.owners
    if not services.work().queue.cancel(job, None if only or not others else mine):
        st.toast("It goes on: somebody else waits for it too.", icon=":material/group:")
