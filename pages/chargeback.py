"""Chargeback: who pays for what, by which key, and what a unit of each workload costs."""

from __future__ import annotations

import streamlit as st

from pages import _figures as figs
from pages._shared import accounting, asking, marginal, outcome, state
from planner.report import format as fmt
from planner.report.insight_cost import narrowed
from planner.report.labels import names
from planner.report.money import bills, units
from planner.report.money.view import Money

YEARS, PERIODS = "By year", "By period"
TEAMS, WORKLOADS = "Teams", "Workloads"


def agreement(money: Money) -> None:
    """Whether the bills are the ledger."""
    shown = st.success if bills.agrees(money.books) else st.error
    shown(fmt.plain(bills.sentence(money.books)), icon=":material/balance:")


def who_pays(money: Money) -> None:
    with st.container(horizontal=True):
        by = st.segmented_control(
            "Bearer", (TEAMS, WORKLOADS), default=TEAMS, required=True, key="chargeback-by",
            label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
        columns = st.segmented_control(
            "Columns", (YEARS, PERIODS), default=YEARS, required=True, key="chargeback-columns",
            label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
    figs.show(money.figure("showback", "team" if by == TEAMS else "to_workload"))
    agreement(money)
    keyed = st.toggle("Each key by itself", key="chargeback-keyed", persist_state="session")
    accounting.statement(
        money, money.statement("showback", columns != PERIODS, keyed), "Cash by team and workload", "Nominal."
    )


def by_key(money: Money) -> None:
    agreement(money)
    with st.container(border=True, key="card-keys"):
        st.header("By which key costs reach those who bear them", anchor=False)
        table = bills.keys(money.books)
        figs.show_table(table, "table-keys", "Amounts by key of the allocation")
        figs.download(table, "keys", "csv-keys")


def lines(money: Money) -> None:
    agreement(money)
    table = bills.table(money.books)
    with st.expander("Filters", icon=":material/filter_list:"), st.grid(5, min_column_width=170):
        chosen = {
            column: st.multiselect(column, sorted(set(table[column])), key=f"bills-{column}")
            for column in bills.FILTERS
        }
    rows = narrowed(table, chosen)
    figs.note(bills.of(rows, money.currency))
    accounting.to_the_cent(rows, "table-bills", "Every line of the bills with its key", 16)
    figs.download(rows, "chargeback", "csv-bills")


def unit_costs(money: Money) -> None:
    plan = money.books.plan
    known = names(plan, "workloads")
    workload = st.selectbox(
        "Workload", list(known.index), format_func=lambda w: str(known.get(w, w)), key="unit-workload", width=300
    )
    if workload is not None:
        figs.show(money.figure("unit-cost", workload))
    with st.container(border=True, key="card-units"):
        st.header("Every workload over the whole plan", anchor=False)
        figs.note(
            "Average: expense for each unit served. Levelised: the one price, the same in every period, at which the "
            "units would pay for their cash cost."
        )
        table = units.unit_table(money.books)
        figs.show_table(table, "table-units", "Cost of a unit of each workload")
        figs.download(table, "unit-costs", "csv-units")
    with st.container(border=True, key="card-gpu-hours"):
        st.header("What a GPU-hour costs", anchor=False)
        figs.note(
            "Expense without token APIs. In service: hours of accelerators held or rented. Useful: hours at work."
        )
        hours = units.gpu_hours(money.books)
        figs.show_table(hours, "table-gpu-hours", "Cost of a GPU-hour in service and of a useful one")
        figs.download(hours, "gpu-hours", "csv-gpu-hours")


def one_more(money: Money) -> None:
    marginal.section()


VIEWS = {
    "Who pays": who_pays,
    "Keys": by_key,
    "Bills": lines,
    "Unit costs": unit_costs,
    "One more unit": one_more,
}

current = state.current()
st.title("Chargeback", anchor=False)
if asking.asked_plan(current) is None:
    outcome.no_answer(current)
    st.stop()
accounting.fields("idle", "site_key", "platform")
shown = accounting.money_of(current)
if shown is not None:
    view = st.segmented_control(
        "View", tuple(VIEWS), default="Who pays", required=True, key="chargeback-view", label_visibility="collapsed",
        persist_state="session", wrap=True,
    )  # fmt: skip
    VIEWS[view or "Who pays"](shown)
