"""The little of the look that the theme's settings cannot say."""

from __future__ import annotations

import streamlit as st

CSS = """<style>
/* The grid's own download writes text as it is, and text may be a formula: the app's downloads defuse it. */
[data-testid="stElementToolbarButton"]:has(button[aria-label^="Download as CSV"]) { display: none; }
/* A choice that is made is written in the primary colour, which is too dark to be read on a dark page. */
button[data-variant="segmented_control"][data-selected="true"] p { color: light-dark(#1A5192, #9CC6F2); }
/* What stands beside a number is read to its end, on a phone too. */
[data-testid="stMetric"] [data-testid="stMetricDelta"] .stMarkdownEllipsis * { white-space: normal; }
[data-testid="stMetric"] [data-testid="stMetricDelta"] { height: auto; }
/* Cards have a table and a picture of their own; what is left of a chart's or grid's tools must not lie over words. */
[data-testid="stElementToolbarButton"]:has(button[aria-label^="Show data"]),
[data-testid="stElementToolbarButton"]:has(button[aria-label^="Download as PNG"]) { display: none; }
[data-testid="stElementContainer"]:has(+ [data-testid="stElementContainer"] [data-testid="stVegaLiteChart"]) {
  padding-right: 3.8rem;
}
[data-testid="stElementContainer"]:has(+ [data-testid="stElementContainer"] [data-testid="stDataFrame"]) {
  padding-right: 7rem;
}
/* All pages at once, and the state of the plan still on the first screen. */
[data-testid="stSidebarHeader"] { margin-bottom: 0.2rem; }
[data-testid="stSidebarNavItems"] { padding-bottom: 0.3rem; }
[data-testid="stSidebarNavItems"] > div { margin-top: 0.35rem; }
[data-testid="stSidebarNavItems"] li { margin-block: 0; }
[data-testid="stSidebarNavLink"] { min-height: 1.6rem; padding-block: 0; }
[data-testid="stSidebarNavLink"] * { line-height: 1.5rem; }
[data-testid="stNavSectionHeader"] { margin-block: 0.1rem 0; padding-block: 0; }
[data-testid="stSidebarNavSeparator"] { padding-top: 0.2rem; }
[data-testid="stSidebarUserContent"] { padding-top: 0.6rem; }
</style>"""


def apply() -> None:
    """Put the rules on the page."""
    st.html(CSS)
