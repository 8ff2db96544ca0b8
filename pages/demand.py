"""Demand: what has to be served, where and when, and how the load moves within a period."""

from __future__ import annotations

import streamlit as st

from pages._shared import editor, growth, meaning, state, ways

current = state.current()
st.title("Demand", anchor=False)
view = ways.view(("Volumes", "Workloads", "Load within a period"), "demand-view")
left, right = st.columns(meaning.SIDES)
with left:
    if view == "Volumes":
        editor.table(current, "demand", heading=False)
    elif view == "Workloads":
        editor.table(current, "workloads")
    else:
        editor.table(current, "slices")
        editor.table(current, "load_shapes")
with right:
    if view == "Load within a period":
        meaning.of_slices(current)
    else:
        meaning.of_demand(current)
if view == "Volumes":
    growth.wizard(current)
