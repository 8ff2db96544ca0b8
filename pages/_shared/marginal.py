"""What one more unit of a workload costs: the question, its chart and table, for any page that shows it."""

from __future__ import annotations

import streamlit as st

from pages import _figures as figs
from pages._shared import asking, state
from planner.explore.marginal import UNSOLVED
from planner.report import format as fmt
from planner.report.charts import marginal as chart
from planner.report.labels import names

STEPS = (0.05, 0.1, 0.25, 0.5)
SECONDS = 240.0
"""How long each solve may take."""


def section() -> None:
    """How much more demand, then average and marginal cost of a unit by workload and by period."""
    plan = asking.asked_plan(state.now())
    step = st.segmented_control(
        "How much more demand",
        STEPS,
        default=0.1,
        required=True,
        format_func=lambda share: f"+{fmt.percent(share)}",
        key="marginal-step",
        help="The plan is solved again for each workload with so much more of it. A small step is lost in the gaps.",
        persist_state="session",
    )
    answer = asking.panel("marginal", "Work out what one more unit costs", step=float(step or 0.1), seconds=SECONDS)
    if answer is None or plan is None:
        return
    late = int((answer.frames["marginal"]["state"] == UNSOLVED).sum())
    if late:
        said = f"{fmt.plural(late, 'workload was', 'workloads were')} not solved in time: what is shown of them is the slope."
        st.info(fmt.plain(said), icon=":material/hourglass_empty:")
    currency, table = answer.facts["currency"], answer.frames["marginal"]
    figs.show(chart.next_unit(plan, table, currency, answer.facts["step"]))
    with st.container(border=True, key="card-marginal"):
        st.header("Average and marginal cost of a unit", anchor=False)
        figs.note(
            "Discounted to a unit's worth in every period alike. Everything that the plan counts is in it, the price of "
            "carbon and penalties too."
        )
        shown = chart.unit_table(plan, table, currency, answer.facts["step"])
        figs.show_table(shown, "table-marginal-units", "Average and marginal cost of a unit of every workload")
        figs.download(table, "marginal-cost", "csv-marginal-units")
    periods = answer.frames["periods"]
    known = names(plan, "workloads")
    there = [w for w in known.index if w in set(periods["workload"])]
    if not there:
        figs.note("By period it is not known: demand changes the shape of this plan's problem.")
        return
    workload = st.selectbox(
        "Workload", there, format_func=lambda w: str(known.get(w, w)), key="marginal-workload", width=300
    )
    if workload is not None:
        figs.show(chart.over_time(plan, periods, workload, currency), key="marginal-over-time")
