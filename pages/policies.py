"""Policies: limits on what the plan may do."""

from __future__ import annotations

import streamlit as st

from pages._shared import editor, meaning, state, wishing

current = state.current()
st.title("Policies", anchor=False)
left, right = st.columns(meaning.SIDES)
with left:
    editor.table(current, "policies", heading=False)
with right:
    meaning.of_policies(current)
wishing.listed(current)
