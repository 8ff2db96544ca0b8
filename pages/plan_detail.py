"""The plan in detail: capacity, load, orders, flows, money, policies, footprint and the ledger."""

from __future__ import annotations

import streamlit as st

from pages import _figures as figs
from pages._shared import outcome, state, wishing
from planner.report import format as fmt
from planner.report.insight import Insight
from planner.report.insight_cost import LEDGER_FILTERS, narrowed, sums

VIEWS = ("Capacity", "Load", "Orders", "Places", "Money", "Policies", "Footprint", "Ledger")


def capacity(insight: Insight) -> None:
    figs.show(figs.figure(insight, "capacity-mix"))
    figs.show(figs.figure(insight, "capacity-by-offer"))
    wishing.pick(current, insight)


def load(insight: Insight) -> None:
    labels = insight.calendar.period_labels
    chosen = st.selectbox("Period", labels, index=len(labels) - 1, key="load-period", width=220)
    period = labels.index(chosen or labels[-1]) + 1
    left, right = st.columns(2)
    with left:
        figs.show(figs.figure(insight, "load-duration", period), height=430)
    with right:
        figs.show(figs.figure(insight, "utilization", period))


def orders(insight: Insight) -> None:
    figs.show(figs.figure(insight, "timeline"))
    with st.container(border=True, key="card-decisions"):
        st.header(f"{fmt.plural(len(insight.decisions), 'decision')} by date", anchor=False)
        figs.show_table(insight.decision_table, "table-decisions", "Every decision with its date")
        figs.download(insight.decision_table, "decisions", "csv-decisions")


def places(insight: Insight) -> None:
    figs.show(figs.figure(insight, "map"))
    figs.show(figs.figure(insight, "flows"))


def money(insight: Insight) -> None:
    left, right = st.columns(2)
    with left:
        figs.show(figs.figure(insight, "cost-by-year"))
    with right:
        figs.show(figs.figure(insight, "cash-flow"))
    figs.show(figs.figure(insight, "against-business-as-usual"))


def policies(insight: Insight) -> None:
    if insight.rules.empty:
        st.info("This plan has no policies.")
        return
    figs.show(figs.figure(insight, "policies"))
    with st.container(border=True, key="card-rules"):
        st.header("Every policy and window", anchor=False)
        figs.note(
            "The shadow price says what a small change of the limit is worth in present value, near this plan. "
            "What a rule costs as a whole is a second solve without it."
        )
        figs.show_table(figs.figure(insight, "policies").table, "table-rules", "Policies with value, limit and price")
        figs.download(figs.figure(insight, "policies").table, "policies", "csv-rules")


def footprint(insight: Insight) -> None:
    left, right = st.columns(2)
    with left:
        figs.show(figs.figure(insight, "carbon-by-year"))
    with right:
        figs.show(figs.figure(insight, "carbon-by-site"))


def ledger(insight: Insight) -> None:
    table = insight.ledger
    with st.expander("Filters", expanded=False, icon=":material/filter_list:"), st.grid(4, min_column_width=200):
        chosen = {
            column: st.multiselect(column, sorted(set(table[column]) - {""}), key=f"ledger-{column}")
            for column in LEDGER_FILTERS
        }
    rows = narrowed(table, chosen)
    figs.note(sums(rows, insight.currency))
    figs.show_table(rows, "table-ledger", "The ledger", height=520)
    figs.download(rows, "ledger", "csv-ledger")


SHOWN = dict(zip(VIEWS, (capacity, load, orders, places, money, policies, footprint, ledger), strict=True))

current = state.current()
st.title("Plan", anchor=False)
if current.result is None or not current.result.has_plan or current.plan is None:
    outcome.no_answer(current)
else:
    figs.readable_choice()
    shown = figs.insight_of(current.plan, current.result, current.usual)
    view = st.segmented_control(
        "View", VIEWS, default=VIEWS[0], required=True, key="plan-view", label_visibility="collapsed", wrap=True
    )
    SHOWN[view or VIEWS[0]](shown)
    wishing.listed(current)
