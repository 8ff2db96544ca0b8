"""Assets: what is there already."""

from __future__ import annotations

import streamlit as st

from pages._shared import editor, meaning, state

current = state.current()
st.title("Assets", anchor=False)
left, right = st.columns(meaning.SIDES)
with left:
    editor.table(current, "assets", heading=False)
with right:
    meaning.of_assets(current)
