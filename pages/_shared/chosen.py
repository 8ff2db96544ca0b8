"""How the books of the plan in hand are kept: chosen for the plan, the same in every tab and for everybody.

Who may only look chooses for himself, in his session.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages._shared import services, state
from pages._shared.sidebar import OTHERS_EVERY
from planner.report import format as fmt
from planner.report.money import choices

OWN = "choices-own"
"""In a session, by plan, what somebody who may only look has chosen."""
SEEN = "choices-seen"
"""In a session, the plan and its choices as this tab knows them: as shown last, and what was chosen here since."""
NEWS = "choices-news"
"""In a session, the plan, and what others chose for it since this tab showed it first, in words."""


def texts() -> dict[str, str]:
    """Every choice for the plan in hand by name, as the store has it now."""
    plan_id = _plan_id()
    found = {name: chosen.body for name, chosen in services.store().choices.of(plan_id).items()}
    return {**found, **_own(plan_id)}


def put(bodies: Mapping[str, str]) -> None:
    """Keep choices by name at once."""
    if not bodies:
        return
    ss, plan_id = st.session_state, _plan_id()
    if ss.read_only:
        ss[OWN] = {**ss.get(OWN, {}), plan_id: {**_own(plan_id), **bodies}}
    else:
        services.store().choices.choose(plan_id, bodies, state.who())
    known, seen = ss.get(SEEN, ("", {}))
    if known == plan_id:
        ss[SEEN] = (plan_id, {**seen, **bodies})


def catch_up() -> None:
    """Notice what others, or another tab, chose since this one looked last; to be called before choices are shown."""
    ss, plan_id, now = st.session_state, _plan_id(), texts()
    known, seen = ss.get(SEEN, ("", {}))
    ss[SEEN] = (plan_id, now)
    if known != plan_id:
        ss[NEWS] = (plan_id, "")
    elif told := choices.changes(seen, now):
        by = {
            services.store().choices.of(plan_id)[n].by for n in now if now[n] != seen.get(n) and n not in _own(plan_id)
        }
        who = fmt.listing(sorted(b or state.SOMEBODY for b in by)) or state.SOMEBODY
        ss[NEWS] = (plan_id, f"{who} changed how the books are kept meanwhile. {'; '.join(told)}.")


@st.fragment(run_every=OTHERS_EVERY)
def others() -> None:
    """Say what others chose meanwhile; whoever only looks sees it at once."""
    ss = st.session_state
    plan_id, seen = ss.get(SEEN, ("", {}))
    if plan_id != _plan_id():
        return
    if choices.changes(seen, texts()):
        if ss.read_only:
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info("The accounting policy was changed elsewhere.", icon=":material/group:", width="stretch")
            if st.button("Show it", key="show-choices"):
                st.rerun()
    elif said := ss.get(NEWS, ("", ""))[1]:
        st.caption(f":material/group: {fmt.plain(said)}")


def _own(plan_id: str) -> dict[str, str]:
    own: dict[str, str] = st.session_state.get(OWN, {}).get(plan_id, {}) if st.session_state.read_only else {}
    return own


def _plan_id() -> str:
    return str(st.session_state.snapshot.plan_id)
