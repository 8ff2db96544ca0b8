"""Lenses: the plan of least cash, after tax and in the accounts; where the decision differs, and what that costs."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages import _figures as figs
from pages._shared import accounting, asking, marginal, outcome, state
from pages._shared.state import Current
from planner.explore.lenses import OTHER, UNSOLVED, UNTOLD
from planner.explore.lenses_policy import told
from planner.finance.lens import HELP, TITLES, Measure, not_linear
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.charts import lenses as chart

LENSES, MARGINAL = "Decisions", "One more unit"
PRECISION = {"To 0.5 %": 0.005, "To 0.2 %": 0.002, "Quick, to 1 %": 0.01}


def lens_view(here: Current) -> None:
    """The question of lenses under the session's accounting policy."""
    accounting.form()
    plan = asking.asked_plan(here)
    policy = accounting.policy()
    if plan is not None and (fault := not_linear(plan, policy) or not_linear(plan, policy.for_tax())):
        st.warning(fmt.plain(fault), icon=":material/rule_settings:")
        return
    chosen = st.segmented_control(
        "Each solve", list(PRECISION), default="To 0.5 %", required=True, key="lens-precision",
        help="How near to the optimum each solve must come. What differs by less than the gap is no difference.",
        persist_state="session",
    )  # fmt: skip
    answer = asking.panel(
        "lenses", "Look through every lens", gap=PRECISION[chosen or "To 0.5 %"], seconds=240.0, **told(policy)
    )
    if answer is None:
        for measure in TITLES:
            figs.note(f"{TITLES[measure]}: {HELP[measure]}")
    if answer is None or plan is None:
        return
    frames, currency = answer.frames, answer.facts["currency"]
    lenses = frames["lenses"]
    for text in answer.facts["notes"]:
        st.info(fmt.plain(text), icon=":material/info:")
    figs.show(chart.judged(lenses, frames["totals"], currency))
    meaning(lenses, currency)
    shown = set(lenses.loc[lenses["state"].isin([OTHER, UNTOLD]), "lens"])
    differ = [m for m in TITLES if m in shown]
    if not differ:
        return
    with st.grid(len(differ), min_column_width=420):
        for lens in differ:
            figs.show(chart.turned(plan, frames["devices"], lens))
    decided(plan, answer.frames["decisions"], differ)


def meaning(lenses: pd.DataFrame, currency: str) -> None:
    """What each lens is and what it comes to."""
    with st.grid(3, min_column_width=260):
        for row in lenses.to_dict("records"):
            with st.container(border=True, key=f"card-meaning-{row['lens']}", height="stretch"):
                st.subheader(row["title"], anchor=False)
                if row["state"] == UNSOLVED:
                    st.warning("Not solved in time.", icon=":material/hourglass_empty:")
                    continue
                st.metric("Least cost", fmt.money(row["value"], currency))
                figs.note(f"{HELP[row['lens']]} {fmt.sentence(fmt.gap(row['gap']))}.")
                st.markdown(fmt.plain(chart.verdict(row, currency)))


def decided(plan: Plan, frame: pd.DataFrame, differ: list[Measure]) -> None:
    """Every decision that a lens takes otherwise."""
    with st.container(border=True, key="card-lens-decisions"):
        st.header("Every decision that differs from the plan of least cash", anchor=False)
        lens = differ[0]
        if len(differ) > 1:
            lens = st.segmented_control(
                "Lens", differ, default=lens, required=True, format_func=TITLES.__getitem__, key="lens-shown"
            ) or lens  # fmt: skip
        table = chart.decisions(plan, frame, lens)
        figs.show_table(table, "table-lens-decisions", f"Decisions that differ: {TITLES[lens]}")
        figs.download(table, f"lens-{lens}", "csv-lens-decisions")


current = state.current()
st.title("Lenses", anchor=False)
if asking.asked_plan(current) is None:
    outcome.no_answer(current)
    st.stop()
figs.readable_choice()
view = st.segmented_control(
    "View", (LENSES, MARGINAL), default=LENSES, required=True, key="lens-view", label_visibility="collapsed"
)
if view == MARGINAL:
    marginal.section()
else:
    lens_view(current)
