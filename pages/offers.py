"""Offers: the ways to get capacity, the devices behind them and what these do."""

from __future__ import annotations

import streamlit as st

from pages._shared import catalogue, editor, meaning, state

current = state.current()
st.title("Offers", anchor=False)
view = st.segmented_control(
    "View",
    ("Offers", "Hardware", "Throughput"),
    default="Offers",
    required=True,
    key="offers-view",
    label_visibility="collapsed",
    persist_state="session",
)
left, right = st.columns(meaning.SIDES)
with left:
    editor.table(current, (view or "Offers").lower())
with right:
    meaning.of_offers(current)
if view == "Offers":
    catalogue.prices(current)
