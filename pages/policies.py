"""Policies: limits on what the plan may do."""

from __future__ import annotations

import streamlit as st

from pages._shared import editor, state

current = state.current()
st.title("Policies", anchor=False)
editor.table(current, "policies")
