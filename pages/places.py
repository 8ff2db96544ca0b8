"""Sites and network: where capacity can be, where demand is, what lies between."""

from __future__ import annotations

import streamlit as st

from pages._shared import editor, meaning, state

current = state.current()
st.title("Sites and network", anchor=False)
view = st.segmented_control(
    "View",
    ("Sites", "Locations", "Network"),
    default="Sites",
    required=True,
    key="places-view",
    label_visibility="collapsed",
    persist_state="session",
)
left, right = st.columns(meaning.SIDES)
with left:
    editor.table(current, (view or "Sites").lower())
with right:
    meaning.of_places(current)
