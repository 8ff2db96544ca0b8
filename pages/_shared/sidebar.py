"""The sidebar of every page: which plan, is the answer still the answer, solve, undo."""

from __future__ import annotations

import streamlit as st

from pages._shared import services, state, stopping, ways
from pages._shared.state import Current
from planner.jobs import Job
from planner.plan.tables import TABLES
from planner.report import format as fmt
from planner.store import Snapshot

EVERY, OTHERS_EVERY = 1.0, 10.0
"""Seconds between two looks at a solve under way, and at what others change."""


def show() -> None:
    """Draw the sidebar."""
    current = state.now()
    if not services.work().live(current.plan_id):
        first_answer(current)
    with st.sidebar:
        st.markdown(f"**{fmt.plain(current.name)}**")
        _status(current)
        if not current.read_only:
            _history(current)
        else:
            st.caption("You look at this plan; it cannot be changed by this link.")
        _others()
        if state.signing_in():
            st.caption(fmt.plain(f"Signed in as {state.who()}"))
            st.button("Sign out", on_click=st.logout, type="tertiary", icon=":material/logout:")


def _status(current: Current) -> None:
    if services.work().live(current.plan_id):
        _watch()
        return
    faults = current.reading.faults
    if faults:
        st.warning(f"{fmt.plural(len(faults), 'fault')} in the inputs", icon=":material/rule:")
        for name in dict.fromkeys(f.table for f in faults):
            ways.link(name, f"Mend {TABLES[name].title.lower()}", ":material/build:")
        label = ""
    elif current.outcome is not None and not current.outcome.has_plan:
        st.error("No plan meets every rule", icon=":material/block:")
        st.page_link("pages/optimize.py", label="Reasons and ways out", icon=":material/fork_right:")
        label = ""
    elif not current.stale and current.result is not None:
        st.success(f"Up to date, {fmt.gap(current.result.gap)}", icon=":material/check_circle:")
        label = ""
    elif current.result is not None:
        st.warning("The answer is to older inputs", icon=":material/update:")
        label = "Update the answer"
    elif ended(current):
        st.warning("Ended without a plan", icon=":material/timer_off:")
        label = "Run it again"
    else:
        st.info("Not solved yet", icon=":material/hourglass_empty:")
        label = "Solve"
    if label and not current.read_only:
        st.button(label, on_click=solve, type="primary", width="stretch", key="solve-now", help=services.WORKSHOP.help)


def first_answer(current: Current) -> None:
    """Have the sample plan solved where it was not solved ahead: its first answer must not wait for a click."""
    fresh = current.version == 1 and current.result is None and current.outcome is None
    if fresh and current.snapshot.version.what == services.SAMPLE_SAID and current.reading.plan is not None:
        services.solve(current.plan_id, current.reading.plan, services.WORKSHOP.options, state.owner())


def banner(current: Current) -> None:
    """On pages of the answer: say so when it answers older inputs; on a phone the sidebar is out of sight."""
    if not current.stale or current.result is None:
        return
    said, table, label = "The inputs have changed since: this is the answer to older ones.", "", "Run it again"
    if current.reading.faults:
        table = current.reading.faults[0].table
        said = "The inputs have changed since and have faults: this is the answer to older ones."
        label = f"Mend {TABLES[table].title.lower()}"
    elif current.outcome is not None:
        said = "No plan can meet all rules with the inputs as they are now: this is the answer to older ones."
        label = "Reasons and ways out"
    elif services.work().live(current.plan_id):
        label = "Watch the new run"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(said, icon=":material/update:", width="stretch")
        if table:
            ways.link(table, label, ":material/arrow_forward:")
        else:
            st.page_link("pages/optimize.py", label=label, icon=":material/arrow_forward:")


@st.fragment(run_every=OTHERS_EVERY)
def _others() -> None:
    """Say when somebody else has changed the plan; whoever only looks sees it at once."""
    here: Snapshot = st.session_state.snapshot
    newest = services.store().newest(here.plan_id)
    if newest.version == here.number:
        if said := state.others():
            st.caption(f":material/group: {fmt.plain(said)}.")
        return
    if st.session_state.read_only:
        st.rerun()
    st.info(f"{fmt.plain(newest.changed_by) or 'Somebody'} changed this plan.", icon=":material/group:")
    if st.button("Show it", key="show-newest", width="stretch"):
        st.rerun()


def ended(here: Current) -> str:
    """How the last run of these very inputs ended when it gave no plan and no proof that there is none; else nothing."""
    if here.reading.plan is None or here.outcome is not None:
        return ""
    mark = f"solve {here.reading.plan.content_hash} "
    over = [j for j in services.work().jobs(here.plan_id) if j.key.startswith(mark) and not j.live]
    last = over[-1] if over else None
    if last is not None and last.state == "failed":
        return f"The last run failed: {last.error}"
    if last is not None and (last.stopping or last.state == "cancelled"):
        return "The last run was stopped before it had found a plan. Whether there is one is not known."
    if here.unsolved:
        return "The last run had no time left before it had found a plan. Whether there is one is not known."
    return ""


def solve() -> None:
    """Have the plan in hand solved as well as a workshop needs it."""
    current = state.now()
    if current.reading.plan is not None and not current.read_only:
        services.solve(current.plan_id, current.reading.plan, services.WORKSHOP.options, state.owner())


@st.fragment(run_every=EVERY)
def _watch() -> None:
    current = state.now()
    live = services.work().live(current.plan_id)
    if not live:
        st.rerun()
    progress(live[0])
    if not current.read_only:
        st.button("Stop and keep the best", on_click=_cancel, width="stretch", key="cancel", disabled=live[0].stopping)


def progress(job: Job) -> None:
    """A bar that says how far a solve is, or where it waits."""
    place = services.work().queue.place(job)
    step = job.progress
    if job.stopping:
        text = "Stopping …"
    elif place:
        text = behind(job)
    elif step is None:
        text = "Starting"
    else:
        text = f"{step.stage.capitalize()}, {job.seconds:.0f} s, {fmt.gap(step.gap)}"
    st.progress(services.done(job), text=text)


def behind(job: Job) -> str:
    """What a job that waits is waiting for: Waiting for what runs now and 1 job before this one."""
    queue = services.work().queue
    before = [
        "what runs now" if any(j.background == job.background for j in queue.running()) else "",
        f"{fmt.plural(queue.place(job) - 1, 'job')} before this one" if queue.place(job) > 1 else "",
    ]
    return f"Waiting for {fmt.listing([b for b in before if b]) or 'its turn'}"


def _cancel() -> None:
    for job in services.work().live(st.session_state.snapshot.plan_id):
        stopping.stop(job)


def _history(current: Current) -> None:
    with st.container(horizontal=True):
        st.button(
            "Undo",
            icon=":material/undo:",
            on_click=state.undo,
            disabled=not current.snapshot.can_undo,
            key="undo",
            width="stretch",
        )
        st.button(
            "Redo",
            icon=":material/redo:",
            on_click=state.redo,
            disabled=not current.snapshot.can_redo,
            key="redo",
            width="stretch",
        )
    said = current.snapshot.version
    st.caption(fmt.plain(f"Saved, version {said.number}: {said.what or 'changed'}"))
