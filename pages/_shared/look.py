"""The little of the look that the theme's settings cannot say."""

from __future__ import annotations

import streamlit as st

CSS = """<style>
/* The grid's own download writes text as it is, and text may be a formula: the app's downloads defuse it. */
[data-testid="stElementToolbarButton"]:has(button[aria-label^="Download as CSV"]) { display: none; }
/* A choice that is made is written in the primary colour, which is too dark to be read on a dark page. */
button[data-variant="segmented_control"][data-selected="true"] p { color: light-dark(#1A5192, #9CC6F2); }
</style>"""


def apply() -> None:
    """Put the rules on the page."""
    st.html(CSS)
