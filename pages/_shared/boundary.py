"""What people see when something is wrong: words and a way on, never a traceback."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException, StopException

from pages._shared import state
from planner.report.format import plain
from planner.store import StoreUnavailable

log = logging.getLogger("planner.app")


@contextmanager
def guarded() -> Iterator[None]:
    """Turn what goes wrong inside into a message with a number that the log has too."""
    st.session_state[state.THROUGH_APP] = True
    try:
        yield
    except (RerunException, StopException):
        raise
    except state.NoSuchPlan:
        st.title("No plan has this link", anchor=False)
        st.write("The link may be incomplete, or the person who shared it has made a new one.")
        st.button("Open the last plan with an answer", on_click=_start_over, type="primary")
    except StoreUnavailable as error:
        log.exception("the store cannot be used")
        st.error(plain(str(error)))
    except Exception:
        number = uuid.uuid4().hex[:8]
        log.exception("page failed, number %s", number)
        st.error(
            f"This page cannot be shown: something went wrong that is not your doing. Everything that you entered "
            f"is saved. Number {number} finds the details in the server's log.",
            icon=":material/error:",
        )
    finally:
        st.session_state.pop(state.THROUGH_APP, None)


def _start_over() -> None:
    st.query_params.clear()
    for name in ("link", "read_only", "snapshot", "clash"):
        st.session_state.pop(name, None)


def sign_in() -> None:
    """Where sign-in is set up, show nothing before it."""
    if state.must_sign_in():
        st.title("GenAI capacity planner", anchor=False)
        st.write("Sign in to open your plans.")
        st.button("Sign in", on_click=st.login, type="primary", icon=":material/login:")
        st.stop()


def settle_clash() -> None:
    """Where a change was refused, ask what shall become of it before anything else."""
    clash: state.Clash | None = st.session_state.get("clash")
    if clash is None:
        return
    st.title("The plan was changed in the meantime", anchor=False)
    by = clash.stale.by or state.SOMEBODY
    st.warning(
        plain(
            f"{by} saved version {clash.stale.version} at {clash.stale.at:%H:%M} UTC ({clash.stale.what}). "
            f"Your change ({clash.what}) is not in it yet, and nothing was overwritten. What shall become of it?"
        ),
        icon=":material/call_split:",
    )
    with st.container(horizontal=True):
        st.button("Apply mine over theirs", on_click=state.apply_mine, type="primary")
        st.button("Take theirs", on_click=state.take_theirs)
        st.button("Keep mine as a copy", on_click=state.keep_copy)
    st.caption(
        "Applied over theirs, the cells that you changed become yours and all others stay theirs. "
        "Either way the history keeps both."
    )
    st.stop()
