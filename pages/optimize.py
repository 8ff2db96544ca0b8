"""Optimize: choose how hard to try, watch it, stop it, and see what stands in the way."""

from __future__ import annotations

import streamlit as st

from pages import _figures as figs
from pages._shared import editor, services, sidebar, state
from pages._shared.state import Current
from planner.jobs import Job
from planner.report import format as fmt
from planner.report.charts.search import search
from planner.result.result import Result

current = state.current()
NAMES = {e.name: e for e in services.EFFORTS}


def run() -> None:
    here = state.now()
    effort = NAMES[st.session_state.get("effort") or services.WORKSHOP.name]
    if here.reading.plan is not None and not here.read_only:
        services.solve(here.plan_id, here.reading.plan, effort.options, state.owner())


def choice(here: Current) -> None:
    with st.container(border=True):
        chosen = st.segmented_control(
            "How good does it have to be?",
            tuple(NAMES),
            default=services.WORKSHOP.name,
            required=True,
            key="effort",
            persist_state="session",
            disabled=here.read_only,
        )
        st.caption(NAMES[chosen or services.WORKSHOP.name].help + ". It stops as soon as it is that good.")
        busy = bool(services.work().live(here.plan_id))
        st.button(
            "Run",
            type="primary",
            icon=":material/play_arrow:",
            on_click=run,
            disabled=busy or here.read_only or here.reading.plan is None,
            key="run",
        )


@st.fragment(run_every=1.0)
def watch() -> None:
    here = state.now()
    plan = here.reading.plan
    usual = services.usual_of(plan.content_hash, plan).content_hash if plan is not None else ""
    for job in services.work().live(here.plan_id):
        if usual and job.key.startswith(f"solve {usual} "):
            st.caption("Business as usual, to compare with:")
        sidebar.progress(job)
        if job.trajectory:
            trail(job, here)


def trail(job: Job, here: Current) -> None:
    fig = search(job.trajectory, editor.currency_of(here))
    with st.container(border=True):
        st.subheader(fmt.plain(fig.title), anchor=False)
        st.vega_lite_chart(fig.spec, theme=None, alt=fig.alt_text, width="stretch", key=f"trail-{job.job_id}")
        st.caption(fmt.plain(fig.note))


def outcome(here: Current) -> None:
    """What came of the newest inputs, and how."""
    over = [j for j in services.work().jobs(here.plan_id) if not j.live]
    said = sidebar.ended(here)
    if over and over[-1].state == "failed" and not said:
        st.error(fmt.plain(over[-1].error), icon=":material/error:")
    if here.reading.faults:
        count = fmt.plural(len(here.reading.faults), "fault")
        st.warning(f"The inputs have {count}: mend them first, then run.", icon=":material/rule:")
        editor.faults(here, *dict.fromkeys(f.table for f in here.reading.faults), titled=True)
        return
    found = here.outcome
    if said:
        st.warning(
            fmt.plain(f"{said} Run it again, with more time if that was the matter."), icon=":material/timer_off:"
        )
    elif found is None:
        st.info("These inputs have no answer yet.", icon=":material/hourglass_empty:")
    elif not found.has_plan:
        conflicts(found)
    else:
        solved(found, here)


def conflicts(found: Result) -> None:
    st.error("No plan meets every rule at once. What would help:", icon=":material/block:")
    st.markdown("\n".join(f"- {fmt.plain(c.sentence)}" for c in found.conflicts) or "- none is known")
    for number, way in enumerate(found.alternatives, 1):
        with st.expander(f"Another way out, {number}"):
            st.markdown("\n".join(f"- {fmt.plain(c.sentence)}" for c in way))


def solved(found: Result, here: Current) -> None:
    st.success(
        f"Solved: cost {fmt.plain(fmt.money(found.objective, editor.currency_of(here)))} in present value, "
        f"{fmt.gap(found.gap)}.",
        icon=":material/check_circle:",
    )
    if found.violations:
        st.error("The independent check found:\n" + "\n".join(f"- {fmt.plain(v)}" for v in found.violations))
    over = [j for j in services.work().jobs(here.plan_id) if not j.live and j.trajectory]
    mine = [j for j in over if j.key.startswith(f"solve {found.plan_hash} ")]
    if mine:
        figs.show(search(mine[-1].trajectory, editor.currency_of(here)))
    with st.expander("Size and times"), st.grid(4, min_column_width=150):
        for name, count in found.size.items():
            st.metric(name.capitalize(), fmt.compact(count))
        for name, seconds in found.seconds.items():
            st.metric(f"{name.capitalize()}, s", fmt.figures(seconds, 2))


st.title("Optimize", anchor=False)
st.caption(
    "Finds the cheapest mix of capacity that meets the demand and the policies, and says how far from the best "
    "possible it may still be."
)
choice(current)
if services.work().live(current.plan_id):
    watch()
else:
    outcome(current)
