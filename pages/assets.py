"""Assets: what is there already."""

from __future__ import annotations

import streamlit as st

from pages._shared import editor, state

current = state.current()
st.title("Assets", anchor=False)
editor.table(current, "assets")
