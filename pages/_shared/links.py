"""Links to a plan: one to change it, one to look at it."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import streamlit as st

from pages._shared import services, state
from pages._shared.state import Current


def link(parameter: str, key: str) -> str:
    """The address of the app's first page with a key of a plan."""
    here = urlsplit(st.context.url or "")
    path = here.path if here.path.endswith("/") else here.path.rpartition("/")[0] + "/"
    return urlunsplit((here.scheme, here.netloc, path, f"{parameter}={key}", ""))


def share(current: Current) -> None:
    """Both links, and a button that makes the old read-only one void."""
    left, right = st.columns(2)
    with left:
        st.markdown("**To change the plan.** Whoever has this link may edit it.")
        st.code(link(state.PLAN, current.plan_id), language=None, wrap_lines=True)
    with right:
        st.markdown("**To look at it.** For executives: nothing can be changed.")
        st.code(link(state.VIEW, services.store().view_token(current.plan_id)), language=None, wrap_lines=True)
        st.button(
            "Make a new read-only link",
            on_click=_renew,
            help="The old one stops working at once.",
            icon=":material/autorenew:",
            type="tertiary",
        )


def _renew() -> None:
    services.store().view_token(st.session_state.snapshot.plan_id, renew=True)
    st.toast("The old read-only link does not work any more.")
