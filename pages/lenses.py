"""Lenses: the plan of least cost before tax, after tax and in the accounts; what each decides, costs, and is made of."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages import _figures as figs
from pages._shared import accounting, asking, exporting, marginal, outcome, state
from pages._shared.state import Current
from planner.explore.lenses import OTHER, UNSOLVED, UNTOLD
from planner.explore.lenses_policy import told
from planner.explore.question import Answer
from planner.finance.lens import HELP, TITLES, Measure, not_linear
from planner.jobs.export import LensCase
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.charts import lenses as chart
from planner.report.charts import lenses_parts as parts_chart

LENSES, MARGINAL = "Decisions", "One more unit"
SECONDS = 240.0
"""How long each solve may take."""
EFFORTS = {
    name: {"gap": gap, "seconds": SECONDS}
    for name, gap in (("To 0.5 %", 0.005), ("To 0.2 %", 0.002), ("Quick, to 1 %", 0.01))
}


def lens_view(here: Current) -> None:
    """The question of lenses under the plan's accounting policy."""
    accounting.form()
    plan = asking.asked_plan(here)
    policy = accounting.policy()
    if plan is not None and (fault := not_linear(plan, policy) or not_linear(plan, policy.for_tax())):
        st.warning(fmt.plain(fault), icon=":material/rule_settings:")
        return
    effort = asking.precision(
        EFFORTS,
        key="lens-precision",
        help="How near to the optimum each solve must come. What differs by less than the gap is no difference.",
    )
    figs.note(
        "Each lens makes a plan of its own. Every other page keeps the plan of least cost, present value; the plan of "
        "another lens goes to finance as its workbook."
    )
    answer = asking.panel("lenses", "Look through every lens", **effort, **told(policy))
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
    meaning(here, plan, answer, effort)
    figs.show(parts_chart.breakdown(frames["parts"], currency))
    shown = set(lenses.loc[lenses["state"].isin([OTHER, UNTOLD]), "lens"])
    differ = [m for m in TITLES if m in shown]
    if not differ:
        return
    with st.grid(len(differ), min_column_width=420):
        for lens in differ:
            figs.show(chart.turned(plan, frames["devices"], lens))
    decided(plan, answer.frames["decisions"], differ)


def meaning(here: Current, plan: Plan, answer: Answer, effort: dict[str, float]) -> None:
    """What each lens is, what it comes to and of what, what it decides, and the workbook of its plan."""
    frames, currency = answer.frames, answer.facts["currency"]
    lenses = frames["lenses"]
    with st.grid(3, min_column_width=260):
        for row in lenses.to_dict("records"):
            with st.container(border=True, key=f"card-meaning-{row['lens']}", height="stretch"):
                st.subheader(row["title"], anchor=False)
                if row["state"] == UNSOLVED:
                    st.warning("Not solved in time.", icon=":material/hourglass_empty:")
                    continue
                st.metric("Least found", fmt.money(row["value"], currency))
                of = parts_chart.made_of(frames["parts"], row["lens"], currency)
                figs.note(f"{of}. {fmt.sentence(fmt.gap(row['gap']))}.")
                does = chart.differs(plan, frames["devices"], frames["decisions"], row["lens"])
                st.markdown(fmt.plain(f"{chart.verdict(row, currency)} {does}".strip()))
                figs.note(HELP[row["lens"]])
                st.space("stretch")
                workbook(here, plan, answer, row["lens"], effort)


def workbook(here: Current, plan: Plan, answer: Answer, lens: Measure, effort: dict[str, float]) -> None:
    """The workbook of the plan that is best by a lens, made by a job."""
    if here.result is None:
        return
    policy, by = accounting.policy(), answer.facts["solved_as"].get(lens, "")
    asked = LensCase.of(plan, by, policy, **effort) if by else None
    exporting.lens_workbook(plan, here.result, policy, lens, asked)


def decided(plan: Plan, frame: pd.DataFrame, differ: list[Measure]) -> None:
    """Every decision that a lens takes otherwise."""
    with st.container(border=True, key="card-lens-decisions"):
        st.header("Every decision that differs from the plan of least cost", anchor=False)
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
