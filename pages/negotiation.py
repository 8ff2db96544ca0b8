"""Negotiation: what a vendor would win at which price, where to walk away, what terms are worth. Prints on a page."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages import _figures as figs
from pages._shared import asking, outcome, state
from pages._shared.files import file_name
from planner.explore.question import Answer
from planner.explore.vendor import by_spend
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.brief.negotiation_brief import brief, headline, labels_of, limits
from planner.report.charts import negotiation as charts

current = state.current()


def choose(bar: DeltaGenerator, vendors: list[str]) -> dict[str, Any]:
    """The vendor, and what is asked about terms with it."""
    if st.session_state.get("negotiation-provider") not in vendors:
        st.session_state.pop("negotiation-provider", None)
    with bar:
        provider = st.selectbox(
            "Vendor",
            vendors,
            key="negotiation-provider",
            width=280,
            persist_state="session",
            help="Who runs the sites; those that the answer pays most come first.",
        )
        with st.popover("Terms", icon=":material/tune:"):
            leaves = st.number_input("Exit after, months", 1, 120, 12, key="negotiation-exit", persist_state="session")
            later = st.number_input(
                "Starts later by, months", 1, 60, 6, key="negotiation-later", persist_state="session"
            )
            tries = asking.precision()
    return {"provider": str(provider), "exit_months": int(leaves), "delay_months": int(later), **tries}


def others(answer: Answer, labels: pd.Series) -> None:
    """Who takes its place, or what stands in the way of doing without it; and what without means."""
    facts = answer.facts
    if facts["conflicts"]:
        with st.container(border=True, key="card-conflicts", height="stretch"):
            st.header(fmt.plain(charts.gone_finding(facts)), anchor=False)
            figs.note("What would make a plan without it possible:")
            st.markdown("\n".join(f"- {fmt.plain(c)}" for c in facts["conflicts"]))
            if eased := charts.eased_finding(facts):
                st.markdown(f"**{fmt.plain(eased)}**")
            figs.note(charts.gone_meaning(facts))
    else:
        figs.show(charts.alternatives(answer, labels))
        figs.note(charts.gone_meaning(facts))


def show(answer: Answer, plan: Plan) -> None:
    figs.numbers(headline(answer))
    labels = labels_of(plan)
    figs.show(charts.curve(answer))
    left, right = st.columns(2)
    with left:
        figs.show(charts.terms(answer))
    with right:
        others(answer, labels)
    with st.container(border=True, key="card-prices"):
        st.header("Prices: today, to aim at, to walk away from", anchor=False)
        prices = charts.price_table(answer, labels)
        figs.show_table(prices, "table-prices", "The vendor's prices")
        figs.download(prices, "negotiation-prices", "csv-prices")
    figs.note(limits(answer))


def printed(answer: Answer, plan: Plan) -> None:
    """The brief as a file that prints on one sheet."""
    provider = str(answer.facts["provider"])
    st.download_button(
        "Brief to print",
        data=partial(brief, answer, plan, current.name, dt.date.today().strftime("%-d %B %Y")),
        file_name=f"negotiation-{file_name(provider)}.html",
        mime="text/html",
        icon=":material/print:",
        on_click="ignore",
        key="negotiation-brief",
        help="One page that needs nothing else: open it in a browser, print it or save it as PDF.",
    )


st.title("Negotiation", anchor=False)
st.caption(
    "What a vendor would win at each price, the price at which to walk away, what each term is worth to us, "
    "and what being out of it costs."
)
asked = asking.asked_plan(current)
if asked is None or current.result is None:
    outcome.no_answer(current)
elif not (vendors := by_spend(asked, current.result)):
    st.info("No site of this plan names a provider, so that there is nobody to talk to.", icon=":material/storefront:")
else:
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    told = choose(bar, vendors)
    found = asking.panel(
        "negotiation",
        "Work out the brief",
        help="Solves the plan at some twenty prices, without the vendor, and with each term: a few minutes.",
        **told,
    )
    if found is not None:
        with bar:
            printed(found, asked)
        show(found, asked)
