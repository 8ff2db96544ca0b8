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
        page("finance", "Finance", "account_balance", "Statements, investment case, buy or rent, workbook"),
        page("chargeback", "Chargeback", "call_split", "Who pays for what: teams, workloads, unit costs"),
    ],
    "Explore": [
        page("executive", "What if", "tune", "Move a few inputs and see what they cost"),
        page("why", "Why this plan", "help", "The price of every rule, and why an offer is in or out"),
        page("scenarios", "Scenarios", "account_tree", "Sets of changes, compared cause by cause"),
        page("tradeoffs", "Trade-offs", "ssid_chart", "Cost against carbon, capex, latency, concentration"),
        page("alternatives", "Near-optimal plans", "alt_route", "Other mixes that cost nearly the same"),
        page("negotiation", "Negotiation", "handshake", "What a vendor would win at which price"),
        page("lenses", "Lenses", "filter_alt", "Cash, after tax, accounting: where decisions differ"),
        page("workshop", "Workshop", "groups", "Scenarios as cards, votes, decisions"),
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

chosen = st.navigation(PAGES, expanded=True)
with boundary.guarded():
    boundary.sign_in()
    state.open_link()
    sidebar.show()
    boundary.settle_clash()
    if chosen in PAGES["Answer"] + PAGES["Explore"]:
        sidebar.banner(state.now())
    chosen.run()
