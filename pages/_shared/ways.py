"""Ways to the tables: the page and its view on which each is edited."""

from __future__ import annotations

from typing import Any

import streamlit as st

PAGES = {
    "settings": "settings",
    "locations": "places",
    "workloads": "demand",
    "demand": "demand",
    "slices": "demand",
    "load_shapes": "demand",
    "hardware": "offers",
    "throughput": "offers",
    "sites": "places",
    "offers": "offers",
    "network": "places",
    "policies": "policies",
    "assets": "assets",
    "scenarios": "scenarios",
    "changes": "scenarios",
    "levers": "scenarios",
}
"""The page on which each table is edited."""
LOAD, EDIT = "Load within a period", "Edit"
VIEWS = {
    "locations": "Locations",
    "sites": "Sites",
    "network": "Network",
    "demand": "Volumes",
    "workloads": "Workloads",
    "slices": LOAD,
    "load_shapes": LOAD,
    "offers": "Offers",
    "hardware": "Hardware",
    "throughput": "Throughput",
    "scenarios": EDIT,
    "changes": EDIT,
    "levers": EDIT,
}
"""The view of that page which shows it, where the page has views."""
ASKED = "table"
"""In the address, the table that a link leads to."""


def link(table: str, label: str, icon: str, **where: Any) -> None:
    """A link to the view that edits a table."""
    asked = {**st.query_params.to_dict(), ASKED: table}
    st.page_link(f"pages/{PAGES[table]}.py", label=label, icon=icon, query_params=asked, **where)


def view(views: tuple[str, ...], key: str) -> str:
    """The choice between the views of a page, on the one that a link asked for; returns the one chosen."""
    wanted = VIEWS.get(st.query_params.get(ASKED, ""), "")
    if wanted in views:
        st.session_state[key] = wanted
        del st.query_params[ASKED]
    st.session_state.setdefault(key, views[0])
    chosen = st.segmented_control(
        "View", views, required=True, key=key, label_visibility="collapsed", persist_state="session", wrap=True
    )
    return str(chosen or views[0])
