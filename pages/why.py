"""Why this plan: what every rule costs, and why an offer is in the plan or not."""

from __future__ import annotations

import streamlit as st

from pages import _figures as figs
from pages._shared import asking, outcome, picking, state
from pages._shared.state import Current
from planner.explore.question import Answer
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.charts import why as charts
from planner.report.charts import why_offer as offer_charts

EASED = {0.0: "no", 0.1: "10 %", 0.25: "25 %"}
RULES, OFFER = "Price of every rule", "Why an offer, or why not"


def rules(plan: Plan) -> None:
    """The price of every rule, and what changes without a chosen one."""
    ease = st.segmented_control(
        "Also with each limit relaxed by",
        list(EASED),
        default=0.0,
        required=True,
        format_func=lambda x: EASED[x],
        key="rules-ease",
        help="A second solve for each rule whose limit is a number: what a little more room is worth.",
    )
    found = asking.panel(
        "rules",
        "Price every rule",
        help="Solves the plan once without each rule: some twenty-five solves for the sample, a minute or two.",
        key=f"ask-rules-{ease or 0:g}",
        ease=float(ease or 0.0),
    )
    if found is None:
        return
    table, changes = found.frames["rules"], found.frames["changes"]
    numbers = charts.headline(plan, table, found.facts)
    if numbers:
        figs.numbers(numbers)
    if found.facts["cancelled"]:
        st.warning("Some rules were not solved: the search was stopped.", icon=":material/stop_circle:")
    fig = charts.rule_prices(plan, table)
    figs.show(fig)
    with st.container(border=True, key="card-every-rule"):
        st.header("Every rule, with its range, gap and shadow price", anchor=False)
        figs.show_table(fig.table, "table-every-rule", "Every rule with its price, proven range and shadow price")
    names = charts.asked_about(plan, table, changes)
    if names:
        with st.container(key="rule-choice"):
            chosen = picking.one_of("What would change without", names, "why-rule")
        figs.show(charts.rule_changes(plan, table, changes, chosen), "rule-changes")
    figs.note(charts.LIMITS)


def offer(plan: Plan, here: Current) -> None:
    """Why a chosen offer is in the plan or not."""
    if here.result is None:
        return
    names = offer_charts.choices(plan, here.result)
    chosen = picking.one_of("Offer", names, "why-offer")
    found = asking.panel(
        "why",
        "Ask why",
        help="Solves the plan with the offer forced in or left out, at other prices and other volumes: about ten solves.",
        key=f"ask-why-{chosen}",
        offer=chosen,
    )
    if found is not None:
        answer(plan, found)


def answer(plan: Plan, found: Answer) -> None:
    facts, frames = found.facts, found.frames
    figs.numbers(offer_charts.headline(plan, facts))
    with st.container(border=True, key="card-why-sentences"):
        first, *rest = offer_charts.told(plan, found)
        st.header(fmt.plain(first), anchor=False)
        st.markdown("\n".join(f"- {fmt.plain(s)}" for s in rest))
    if len(frames["replaced"]):
        figs.show(offer_charts.replaced(plan, frames["replaced"], facts))
    if len(frames["prices"]) or len(frames["volumes"]):
        left, right = st.columns(2)
        with left:
            figs.show(offer_charts.prices(plan, frames["prices"], facts))
        with right:
            figs.show(offer_charts.volumes(frames["volumes"], facts))
    if len(frames["reasons"]):
        with st.container(border=True, key="card-reasons"):
            st.header("What keeps it out or holds it down", anchor=False)
            rows = offer_charts.reasons_table(frames["reasons"], plan.settings.currency)
            figs.show_table(rows, "table-reasons", "Bottlenecks of the offer, with their figures")
            figs.download(rows, "reasons", "csv-reasons")
    figs.note(offer_charts.LIMITS)


current = state.current()
st.title("Why this plan", anchor=False)
asked = asking.asked_plan(current)
if asked is None:
    outcome.no_answer(current)
else:
    figs.readable_choice()
    view = st.segmented_control(
        "View", (RULES, OFFER), default=RULES, required=True, key="why-view", label_visibility="collapsed", wrap=True
    )
    if view == OFFER:
        offer(asked, current)
    else:
        rules(asked)
