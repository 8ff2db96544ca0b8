"""What a visitor tried, kept in the store: a reload, a crash or a second tab finds it again, and where the sliders stood."""

from __future__ import annotations

import re
import secrets

import streamlit as st

from pages._shared import board, services
from pages._shared.state import Current
from planner.explore.tries import Try
from planner.report import trail
from planner.report.tried import Tried

TAB = "tab"
"""Parameter of the address that tells one tab of a browser from another, and a session that knows it."""
NAME = re.compile(r"^[0-9a-f]{16}$")
STANDS = "trail-stands"
"""In a session, the plan whose sliders it has, and where they stand."""


def steps(here: Current) -> list[Tried]:
    """What this visitor tried with the answer that is shown, oldest first, in whatever tab."""
    assert here.plan is not None
    return trail.unpacked(services.store().trail.steps(here.plan_id, board.visitor(), here.plan.content_hash))


def remember(here: Current, made: Tried) -> None:
    """Put a step on the trail; one that is there already is kept as it came out now."""
    assert here.plan is not None
    if made not in steps(here):
        at = (here.plan_id, board.visitor(), here.plan.content_hash)
        services.store().trail.keep(*at, trail.key(made.tried), trail.packed(made))


def back(here: Current) -> Try | None:
    """Where the sliders of the plan have to stand when this session sees them for the first time; else None."""
    ss = st.session_state
    if ss.get(STANDS, ("",))[0] == here.plan_id:
        return None
    if TAB not in ss and NAME.match(known := st.query_params.get(TAB, "")):
        ss[TAB] = known
    body = services.store().trail.stood(here.plan_id, board.visitor(), ss[TAB]) if TAB in ss else None
    stood = Try() if body is None else trail.unpacked_try(body)
    ss[STANDS] = (here.plan_id, stood)
    return stood


def stand(here: Current, wanted: Try) -> None:
    """Keep where the sliders stand, by this tab, whose name goes into the address for a reload to find it."""
    ss = st.session_state
    if ss[STANDS] != (here.plan_id, wanted):
        ss[STANDS] = (here.plan_id, wanted)
        services.store().trail.stand(
            here.plan_id, board.visitor(), ss.setdefault(TAB, secrets.token_hex(8)), trail.packed_try(wanted)
        )
    if TAB in ss and st.query_params.get(TAB) != ss[TAB]:
        st.query_params[TAB] = ss[TAB]
