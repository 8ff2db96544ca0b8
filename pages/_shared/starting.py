"""A plan from nothing: made under a name, and the way through the tables that it needs first."""

from __future__ import annotations

import streamlit as st

from pages._shared import services, state, ways
from pages._shared.state import Current
from planner.plan.blank import blank_tables, still_blank
from planner.plan.tables import TABLES
from planner.report import format as fmt
from planner.store import Draft, draft_tables

LONGEST = 120
"""Characters of a plan's name."""


def new_plan() -> None:
    """A button that asks for a name and opens an empty plan on its settings."""
    with st.popover("New empty plan", icon=":material/add:", key="new-plan"):
        with st.form("new-plan-form", border=False):  # so that Enter creates it too
            name = st.text_input("Name of the new plan", key="new-plan-name", width=300).strip()[:LONGEST]
            wanted = st.form_submit_button("Create", key="new-plan-create", type="primary")
        if not wanted:
            return
        if not name:
            st.error("A name is needed.", icon=":material/error:")
            return
    made = services.store().create(Draft.of(blank_tables(name)), name, state.who(), what="Created empty")
    state.go_to(made.plan_id)
    st.switch_page("pages/settings.py", query_params={state.PLAN: made.plan_id})


def first_steps(current: Current) -> None:
    """What a plan still needs before it can be run, in order, each with the way there; nothing where it has all of it."""
    missing = still_blank(draft_tables(current.draft))
    if not missing or current.read_only:
        return
    with st.container(border=True, key="card-first-steps"):
        st.header("What this plan needs first", anchor=False)
        st.caption(
            "Check its time and money below, then fill in these tables from top to bottom: each builds on those above. "
            "Offers of devices also need hardware and its throughput, on the same page; token APIs do not."
        )
        for name in missing:
            table = TABLES[name]
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                ways.link(name, table.title, ":material/arrow_forward:", width=150)
                st.caption(fmt.plain(table.help + "."), width="stretch")
