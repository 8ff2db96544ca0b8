"""What the inputs mean, beside the tables: figures of the plan as it stands, before anything is solved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages import _figures as figs
from pages._shared.state import Current
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.charts.base import Figure
from planner.report.inputs import demand, holdings, policies, prices, reach
from planner.report.labels import Calendar, names

ALL = "all"
SIDES = (3, 2)
"""Widths of a table and of what it means."""

FIGURES: dict[str, Callable[..., Figure]] = {
    "demand": demand.demand,
    "slices": demand.slices,
    "volumes": demand.volumes,
    "hourly": prices.hourly_figure,
    "per-unit": prices.unit_figure,
    "reach": reach.reach,
    "assets": holdings.assets,
}


def _plan(current: Current) -> Plan | None:
    """The inputs as they stand; while they have faults, as they last were without."""
    held: dict[str, Plan] = st.session_state.setdefault("last-valid", {})
    if current.reading.plan is not None:
        held.clear()
        held[current.plan_id] = current.reading.plan
    plan = held.get(current.plan_id) or current.plan
    if plan is None:
        st.info("Here stands what the tables mean, as soon as they have no faults.", icon=":material/insights:")
    elif current.reading.plan is None:
        st.caption("The inputs have faults: this shows them as they were before.")
    return plan


def _show(plan: Plan, name: str, *args: Any, key: str = "") -> None:
    figs.show(_figure(plan.content_hash, name, args, plan), key or name)


@st.cache_resource(max_entries=120, show_spinner=False)
def _figure(plan_hash: str, name: str, args: tuple[Any, ...], _plan: Plan) -> Figure:
    return FIGURES[name](_plan, *args)


def _choose(label: str, plan: Plan, table: str, key: str, every: str = "") -> str:
    """A row of a table to look at by its name; `every` offers all of them together."""
    named = names(plan, table)
    options = ([ALL] if every else []) + [str(i) for i in named.index]
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)
    chosen = st.selectbox(
        label,
        options,
        format_func=lambda o: every if o == ALL and every else str(named.get(o, o)),
        key=key,
        persist_state="session",
    )
    return "" if chosen is None or (chosen == ALL and every) else str(chosen)


def of_demand(current: Current) -> None:
    """Work by workload, or the volume of one workload by location."""
    plan = _plan(current)
    if plan is not None:
        chosen = _choose("Show", plan, "workloads", "meaning-demand", "All workloads")
        _show(plan, "volumes", chosen) if chosen else _show(plan, "demand")


def of_slices(current: Current) -> None:
    """Load within a chosen period."""
    plan = _plan(current)
    if plan is not None:
        labels = Calendar(plan.settings).period_labels
        last = labels[-1]
        if st.session_state.get("meaning-period") not in labels:
            st.session_state.pop("meaning-period", None)
        chosen = (
            st.select_slider("Period", labels, value=last, key="meaning-period", persist_state="session")
            if len(labels) > 1
            else last
        )
        _show(plan, "slices", labels.index(chosen) + 1)


def of_places(current: Current) -> None:
    """The map with the links that a workload's rules leave."""
    plan = _plan(current)
    if plan is not None:
        _show(plan, "reach", _choose("Reach of", plan, "workloads", "meaning-reach", "Any workload"))


def of_offers(current: Current) -> None:
    """Full cost by the hour, or of a unit of a workload."""
    plan = _plan(current)
    if plan is None:
        return
    by = st.segmented_control(
        "Compare",
        ("By the hour", "By the unit"),
        default="By the hour",
        required=True,
        key="meaning-prices",
        persist_state="session",
    )
    if by == "By the unit":
        _show(plan, "per-unit", _choose("Workload", plan, "workloads", "meaning-unit"))
    else:
        _show(plan, "hourly", _choose("Hardware", plan, "hardware", "meaning-hardware", "All hardware"))


def of_policies(current: Current) -> None:
    """Each policy as a sentence."""
    plan = _plan(current)
    if plan is None:
        return
    rows = policies.sentences(plan)
    with st.container(border=True, key="card-sentences"):
        st.subheader("In plain words", anchor=False)
        if rows.empty:
            st.write("No policy: the plan may do whatever is cheapest.")
        for row in rows.itertuples():
            mark = ":material/gavel:" if row.hard else ":material/balance:"
            st.markdown(f"{mark} {fmt.plain(str(row.sentence))}")
            if row.note:
                st.caption(fmt.plain(str(row.note)))


def of_assets(current: Current) -> None:
    """The timeline of what is there."""
    plan = _plan(current)
    if plan is not None:
        _show(plan, "assets")
