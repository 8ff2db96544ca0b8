"""Near-optimal plans: the most different ways at almost the least cost, and what they have in common."""

from __future__ import annotations

import streamlit as st

from pages import _figures as figs
from pages._shared import asking, outcome, picking, state
from planner.explore.alternatives import SHARES
from planner.explore.question import Answer
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.charts import alternatives as told
from planner.report.charts.mixes import mixes

CHOICE = "alternative"


def no_regret(plan: Plan, answer: Answer) -> None:
    """The moves that every plan makes."""
    moves, count = answer.frames["no_regret"], len(answer.frames["alternatives"])
    with st.container(border=True, key="card-no-regret", height="stretch"):
        st.header(fmt.plain(told.no_regret_finding(moves, count)), anchor=False)
        figs.note(
            "What all plans found order and open. The date is the last on which each move can be made: "
            "that of the plan that waits longest."
        )
        rows = told.no_regret_table(plan, moves)
        figs.show_table(rows, "table-no-regret", "Moves that all plans make, by the last date to order")
        figs.download(rows, "no-regret-moves", "csv-no-regret")


def details(plan: Plan, answer: Answer, names: dict[str, str], choice: str) -> None:
    """The chosen alternative: headline, and the decisions that differ."""
    table = answer.frames["alternatives"].set_index("alternative", drop=False)
    chosen = picking.one_of("Plan", names, choice)
    figs.numbers(told.headline(table.loc[chosen].to_dict(), answer.facts, plan.settings.currency))
    decisions = answer.frames["decisions"]
    with st.container(border=True, key="card-alternative"):
        picking.differ(plan, decisions[decisions["alternative"] == chosen].drop(columns="alternative"), "alternative")


current = state.current()
st.title("Near-optimal plans", anchor=False)
if asking.asked_plan(current) is None:
    outcome.no_answer(current)
    st.stop()
figs.readable_choice()
share = st.segmented_control(
    "A plan may cost more by",
    SHARES,
    default=SHARES[1],
    required=True,
    format_func=lambda s: f"{s} %",
    key="near-share",
)
share = share or SHARES[1]
found = asking.panel("alternatives", "Look for other plans", key=f"ask-alternatives-{share}", share=share)
plan = asking.asked_plan(current)
if found is not None and plan is not None:
    choice = f"{CHOICE}-{share}"
    names = {a: told.name(a) for a in found.frames["alternatives"]["alternative"]}
    fig = told.ranges(found.frames, found.facts, plan.settings.currency, picking.chosen(names, choice))
    picking.chart(fig, told.SELECTION, "alternative", choice)
    left, right = st.columns([3, 2])
    with left:
        no_regret(plan, found)
    with right:
        figs.show(mixes(plan, found.frames["mix"], "alternative", names, "Who does the work in each plan"))
    details(plan, found, names, choice)
    with st.container(border=True, key="card-all"):
        st.header("All plans", anchor=False)
        rows = told.alternative_table(found.frames, plan.settings.currency)
        figs.show_table(rows, "table-all", "All plans found, with their measures")
        exact = told.alternative_table(found.frames, plan.settings.currency, exact=True)
        figs.download(exact, "near-optimal-plans", "csv-all")
