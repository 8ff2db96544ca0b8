"""A button whose click is answered by the run that reaches it, with what the fields hold then."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

LONGEST = 15.0
"""Seconds for which a click waits for a run that reaches its button: somebody may have gone to another page."""


def clicked(label: str, key: str, **about: Any) -> bool:
    """A button; True once after a click on it.

    What `st.button` gives is lost when the run is interrupted before it comes to the button, as by the
    field that was typed into last; arguments of a callback are those of the run before.
    """
    ss, flag = st.session_state, f"clicked {key}"
    st.button(label, key=key, on_click=_note, args=(flag,), **about)
    return time.monotonic() - ss.pop(flag, -LONGEST) < LONGEST


def _note(flag: str) -> None:
    st.session_state[flag] = time.monotonic()
