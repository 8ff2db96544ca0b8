"""Demand: what has to be served, where and when, and how the load moves within a period."""

from __future__ import annotations

import streamlit as st

from pages._shared import editor, state

current = state.current()
st.title("Demand", anchor=False)
view = st.segmented_control(
    "View",
    ("Volumes", "Workloads", "Load within a period"),
    default="Volumes",
    required=True,
    key="demand-view",
    label_visibility="collapsed",
    persist_state="session",
)
if view == "Volumes":
    editor.table(current, "demand")
elif view == "Workloads":
    editor.table(current, "workloads")
else:
    left, right = st.columns(2)
    with left:
        editor.table(current, "slices")
    with right:
        editor.table(current, "load_shapes")
