"""Navigation, the plan in hand and the sidebar; what pages show is in `pages/`."""

from __future__ import annotations

import streamlit as st

from pages._shared import boundary, sidebar, state

ICON = "🧭"

st.set_page_config(page_title="GenAI capacity planner", page_icon=ICON, layout="wide")


def page(name: str, title: str, icon: str, help: str, default: bool = False) -> st.Page:
    return st.Page(f"pages/{name}.py", title=title, icon=f":material/{icon}:", help=help, default=default)


PAGES = {
    "Answer": [
        page("overview", "Overview", "insights", "The answer in one screen", default=True),
        page("plan_detail", "Plan", "stacked_bar_chart", "Capacity, load, orders, money, policies and ledger"),
    ],
}

chosen = st.navigation(PAGES)
with boundary.guarded():
    state.open_link()
    sidebar.show()
    boundary.settle_clash()
    chosen.run()
