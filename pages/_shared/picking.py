"""Choosing one of several plans, by a click on a chart or by its name, and what it is like."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from pages import _figures as figs
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.charts import scenario
from planner.report.charts.base import Figure


def chart(fig: Figure, selection: str, field: str, choice: str) -> None:
    """A chart in its card; a click on a mark chooses what its `field` says, under the key `choice`."""
    key = f"{fig.name}-{choice}"

    def picked() -> None:
        marks = st.session_state[f"chart-{key}"].selection[selection]
        if marks:  # a click beside the marks changes nothing
            st.session_state[choice] = marks[0][field]

    figs.show(fig, key, picked=picked)


def one_of(label: str, names: Mapping[str, str], choice: str, first: str = "") -> str:
    """The plan that was chosen, which can be changed here too."""
    st.session_state[choice] = chosen(names, choice, first)
    return str(st.selectbox(label, list(names), format_func=lambda n: names[n], key=choice, width=420))


def chosen(names: Mapping[str, str], choice: str, first: str = "") -> str:
    """The plan that was chosen so far; where none was, `first`, or the first of all."""
    kept = str(st.session_state.get(choice, ""))
    return kept if kept in names else first if first in names else next(iter(names))


def differ(plan: Plan, decisions: pd.DataFrame, key: str) -> None:
    """The decisions of a plan that differ from the plan in hand, by kind and plan year."""
    rows = scenario.decision_table(plan, decisions)
    if rows.empty:
        st.header("Its decisions are those of this plan", anchor=False)
        return
    st.header(f"{fmt.plural(len(rows), 'decision differs', 'decisions differ')} from this plan", anchor=False)
    kinds = [scenario.KIND_NAMES[k] for k in scenario.decision_kinds(decisions)]
    kind = st.segmented_control("Kind", kinds, default=kinds[0], required=True, key=f"kind-{key}", wrap=True)
    mine = rows[rows["Decision"] == (kind or kinds[0])].drop(columns="Decision")
    blank = [c for c in ("Workload",) if (mine[c] == "").all()]
    figs.show_table(mine.drop(columns=blank), f"table-{key}", "Decisions that differ from this plan, by plan year")
    figs.download(rows, "decisions-that-differ", f"csv-{key}")
