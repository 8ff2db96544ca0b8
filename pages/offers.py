"""Offers: the ways to get capacity, the devices behind them and what these do."""

from __future__ import annotations

import streamlit as st

from pages._shared import catalogue, editor, meaning, state, ways

current = state.current()
st.title("Offers", anchor=False)
view = ways.view(("Offers", "Hardware", "Throughput"), "offers-view")
left, right = st.columns(meaning.SIDES)
with left:
    editor.table(current, view.lower())
with right:
    meaning.of_offers(current)
if view == "Offers":
    catalogue.prices(current)
