"""What a page says in place of an answer that is not there: what came of the plan, why, and the way on."""

from __future__ import annotations

import streamlit as st

from pages._shared import services, sidebar, state, ways
from pages._shared.state import Current
from planner.jobs import Job
from planner.plan import places
from planner.plan.tables import TABLES
from planner.report import format as fmt
from planner.result.result import Result

MOST = 3
"""Reasons that a page names; Optimize has all of them."""
NO_PLAN = "No plan can meet all rules at once"


def no_answer(here: Current) -> None:
    """Say why there is nothing to show, and what to do about it. To be called once on a page."""
    with st.container(key="no-answer"):
        if here.reading.faults:
            _faulty(here)
        elif here.outcome is not None and not here.outcome.has_plan:
            _impossible(here.outcome)
        elif under_way(here):
            _wait()
        else:
            _not_solved(here)


def under_way(here: Current) -> list[Job]:
    """The solves of the plan that wait or run."""
    return services.work().live(here.plan_id)


def reasons(found: Result, most: int = MOST) -> None:
    """The changes that would make a plan possible, at most so many of them."""
    said = [fmt.plain(c.sentence) for c in found.conflicts[:most]]
    if (more := len(found.conflicts) - most) > 0:
        said.append(f"and {fmt.plural(more, 'more reason')}")
    st.markdown("\n".join(f"- {text}" for text in said) or "- What stands in the way is not known.")


def _faulty(here: Current) -> None:
    faults = here.reading.faults
    first = faults[0]
    st.warning(
        f"There is no answer to show: the inputs have {fmt.plural(len(faults), 'fault')}, so that they cannot be run.",
        icon=":material/rule:",
    )
    st.markdown(fmt.plain(f"The first: {places.sentence(first, here.reading.tables)}"))
    ways.link(first.table, f"Mend {TABLES[first.table].title.lower()}", ":material/build:")


def _impossible(found: Result) -> None:
    st.error(f"The plan was run, and there is no answer to show: **{NO_PLAN}.**", icon=":material/block:")
    reasons(found)
    st.page_link("pages/optimize.py", label="All reasons, and ways out", icon=":material/fork_right:")


@st.fragment(run_every=sidebar.EVERY)
def _wait() -> None:
    """How far the solve is; when it is over, the page is drawn with what came of it."""
    live = under_way(state.now())
    if not live:
        st.rerun()
    st.info("There is no answer to show yet: the plan is being run.", icon=":material/hourglass_top:")
    sidebar.progress(live[0])
    st.page_link("pages/optimize.py", label="Watch it", icon=":material/monitoring:")


def _not_solved(here: Current) -> None:
    if said := sidebar.ended(here):
        st.warning(fmt.plain(f"There is no answer to show. {said}"), icon=":material/timer_off:")
        label, way_on = "Run it again", "Give it more time"
    else:
        st.info("There is no answer to show yet: the plan was not run.", icon=":material/hourglass_empty:")
        label, way_on = "Run the plan", "Choose how good it has to be"
    if here.read_only:
        st.caption("Whoever may change the plan can run it.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            label,
            type="primary",
            icon=":material/play_arrow:",
            on_click=sidebar.solve,
            key="run-now",
            help=services.WORKSHOP.help,
        )
        st.page_link("pages/optimize.py", label=way_on, icon=":material/tune:")
