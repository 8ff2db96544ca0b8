"""The plans in the store and the history of the one in hand."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages._shared import services, state
from pages._shared.state import Current
from planner.report import format as fmt
from planner.store import PlanInfo, Snapshot, Version

WHEN = "D MMM YYYY, HH:mm"


def list_plans(current: Current) -> None:
    """Every plan that this person may open, the one in hand marked; a row opens, copies or archives."""
    archived = st.toggle("Archived plans", key="archived", persist_state="session")
    found = state.listed(archived)
    if not found:
        st.caption("No plan is archived." if archived else "There is no plan yet.")
        return
    for info in found:
        _plan(info, info.plan_id == current.plan_id, archived)


def _plan(info: PlanInfo, here: bool, archived: bool) -> None:
    with st.container(border=True), st.container(horizontal=True, vertical_alignment="center"):
        mark = " :material/visibility: in hand" if here else ""
        by = f" by {fmt.plain(info.changed_by)}" if info.changed_by else ""
        st.markdown(
            f"**{fmt.plain(info.name)}**{mark}  \n"
            f":gray[Version {info.version}, changed {info.changed_at:%d %b %Y, %H:%M} UTC{by}]",
            width="stretch",
        )
        st.button("Open", on_click=state.go_to, args=(info.plan_id,), key=f"open-plan-{info.plan_id}", disabled=here)
        st.button("Duplicate", on_click=_duplicate, args=(info,), key=f"copy-{info.plan_id}")
        label = "Put back" if archived else "Archive"
        st.button(label, on_click=_archive, args=(info, not archived), key=f"archive-{info.plan_id}")


def _duplicate(info: PlanInfo) -> None:
    made = services.store().duplicate(info.plan_id, f"{info.name} (copy)", state.who())
    last = services.store().answers.get(info.plan_id)
    if last:
        services.store().answers.note(made.plan_id, last)
    state.go_to(made.plan_id)


def _archive(info: PlanInfo, archived: bool) -> None:
    services.store().archive(info.plan_id, archived)


def rename(current: Current) -> None:
    """A field for the plan's name in lists."""
    key = f"rename-{current.plan_id}"
    if key not in st.session_state:
        st.session_state[key] = current.name
    st.text_input("Name of this plan", key=key, on_change=_rename, args=(key, current), max_chars=120)


def _rename(key: str, drawn: Current) -> None:
    """Name the plan whose field it is, also when the next click has taken another plan in hand already."""
    name = str(st.session_state[key]).strip()
    if name and name != drawn.name:
        services.store().rename(drawn.plan_id, name)


def history(current: Current) -> None:
    """The versions of the plan, the newest first; each can be named, brought back or opened as a copy."""
    named = st.toggle("Only versions with a name", key="named-only", persist_state="session")
    versions = services.store().history(current.plan_id, named=named)
    if not versions:
        st.caption("No version has a name yet.")
        return
    frame = pd.DataFrame(
        {
            "Version": [v.number for v in versions],
            "Name": [v.label for v in versions],
            "What": [v.what for v in versions],
            "By": [v.by for v in versions],
            "When (UTC)": [v.at.replace(tzinfo=None) for v in versions],
        }
    )
    picked = st.dataframe(
        frame,
        hide_index=True,
        key=f"history-{current.plan_id}-{current.version}-{named}",
        on_select="rerun",
        selection_mode="single-row",
        column_config={"When (UTC)": st.column_config.DatetimeColumn(format=WHEN)},
        height=35 * (min(len(frame), 10) + 1) + 3,
        alt="Versions of the plan, newest first",
    )
    rows = picked.selection.rows
    version = versions[rows[0]] if rows and rows[0] < len(versions) else versions[0]
    _version(version, current)


def _version(version: Version, current: Current) -> None:
    st.caption(f"Version {version.number}. Pick another row for another one.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = f"label-{current.plan_id}-{version.number}"
        if key not in st.session_state:
            st.session_state[key] = version.label
        st.text_input(
            "Name of the version", key=key, on_change=_label, args=(key, current.plan_id, version), max_chars=80
        )
        st.button("Bring back", on_click=_restore, args=(version,), disabled=version.number == current.version)
        st.button("Open as a copy", on_click=_copy, args=(version,))


def _label(key: str, plan_id: str, version: Version) -> None:
    services.store().name_version(plan_id, version.number, str(st.session_state[key]).strip())


def _restore(version: Version) -> None:
    here: Snapshot = st.session_state.snapshot
    earlier = services.store().load(here.plan_id, version.number)
    back = f"Back to {version.label or f'version {version.number}'}"
    if state.save(earlier.draft, back):
        state.log_moves(here.draft, back)


def _copy(version: Version) -> None:
    here: Snapshot = st.session_state.snapshot
    name = f"{here.info.name} ({version.label or f'version {version.number}'})"
    state.go_to(services.store().duplicate(here.plan_id, name, state.who(), version.number).plan_id)
