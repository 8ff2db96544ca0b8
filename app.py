"""Navigation, the plan in hand and the sidebar; what pages show is in `pages/`."""

from __future__ import annotations

import streamlit as st

from pages._shared import boundary, look, sidebar, state

st.set_page_config(page_title="GenAI capacity planner", page_icon="static/icon.png", layout="wide")
st.logo(f"static/logo-{'dark' if st.context.theme.type == 'dark' else 'light'}.svg")
look.apply()


def page(name: str, title: str, icon: str, help: str, default: bool = False) -> st.Page:
    """A page of the navigation by the name of its file."""
    return st.Page(f"pages/{name}.py", title=title, icon=f":material/{icon}:", help=help, default=default)


PAGES = {
    "Answer": [
        page("overview", "Overview", "insights", "The answer in one screen", default=True),
        page("plan_detail", "Plan", "stacked_bar_chart", "Capacity, load, orders, money, policies and ledger"),
    ],
    "Inputs": [
        page("demand", "Demand", "trending_up", "Volumes, workloads and how load moves within a period"),
        page("places", "Sites and network", "public", "Sites, locations and what lies between them"),
        page("offers", "Offers", "sell", "Ways to get capacity, devices and what they do"),
        page("policies", "Policies", "gavel", "Limits on what the plan may do"),
        page("assets", "Assets", "inventory_2", "What is there already"),
        page("settings", "Settings", "tune", "Time, money and rates of the plan"),
    ],
    "Work": [
        page("optimize", "Optimize", "play_circle", "Solve the plan, watch it, see what stands in the way"),
        page("plans", "Plans", "folder_open", "All plans: versions, copies, files, links"),
    ],
}

chosen = st.navigation(PAGES)
with boundary.guarded():
    boundary.sign_in()
    state.open_link()
    sidebar.show()
    boundary.settle_clash()
    if chosen in PAGES["Answer"]:
        sidebar.banner(state.now())
    chosen.run()
