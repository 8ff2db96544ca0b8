"""Sites and network: where capacity can be, where demand is, what lies between."""

from __future__ import annotations

import streamlit as st

from pages._shared import editor, meaning, state, ways

current = state.current()
st.title("Sites and network", anchor=False)
view = ways.view(("Sites", "Locations", "Network"), "places-view")
left, right = st.columns(meaning.SIDES)
with left:
    editor.table(current, view.lower())
with right:
    meaning.of_places(current)
