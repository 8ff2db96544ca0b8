"""Trade-offs: cost against another measure, as points that can be clicked, each with its plan."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages import _figures as figs
from pages._shared import adding, asking, drafts, outcome, picking, state
from pages._shared.state import Current
from planner.explore.frontier import AGAINST, PLAN
from planner.explore.question import Answer
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.charts import frontier as told
from planner.report.charts.mixes import mixes

CHOICE = "tradeoff-point"
PRECISION = {
    "Quick": {"points": 5, "gap": 1.0, "seconds": 30.0},
    "Careful": {"points": 7, "gap": 0.3, "seconds": 120.0},
}
"""How hard the search tries: points, gap of each solve in per cent, seconds for each."""


def point(plan: Plan, answer: Answer, name: dict[str, str], choice: str, here: Current) -> None:
    """The plan of the chosen point: headline, and the decisions that differ."""
    points = answer.frames["points"].set_index("point", drop=False)
    at = picking.one_of("Point", name, choice, PLAN)
    row = points.loc[at].to_dict()
    figs.numbers(told.headline(row, answer.facts, plan.settings.currency))
    decisions = answer.frames["decisions"]
    with st.container(border=True, key="card-point"):
        picking.differ(plan, decisions[decisions["point"] == at].drop(columns="point"), "point")
        save(answer, row, choice, here)


def save(answer: Answer, row: dict[str, Any], choice: str, here: Current) -> None:
    """Make a scenario of the point, where policies can say what it is."""
    if here.read_only:
        return
    if not row["saved_as"]:
        figs.note(
            "This point is this plan."
            if row["kind"] == PLAN
            else "This point is no scenario: the plan as it is does at least as well in this measure by itself."
        )
        return
    st.button(
        "Save as scenario",
        icon=":material/bookmark_add:",
        type="primary",
        key="save-point",
        help="A scenario that holds the measure to this point by a policy. Run it on the page Scenarios.",
        on_click=save_scenario,
        args=(answer, choice),
    )


def save_scenario(answer: Answer, choice: str) -> None:
    """Add the point that is chosen now as a scenario, with its policies, to the plan."""
    here, others = adding.newest()
    plan = here.reading.plan
    at = str(st.session_state[choice])
    wanted = str(answer.frames["points"].set_index("point").loc[at, "saved_as"])
    if plan is None or not wanted:
        said = "the inputs have faults" if plan is None else "the point that was chosen last is no scenario"
        st.toast(f"Not saved: {said}.", icon=":material/error:")
        return
    name = drafts.free_name(fmt.sentence(wanted), plan.tables["scenarios"]["scenario"])
    changes = answer.frames["changes"]
    rows = changes[changes["point"] == at].drop(columns="point").assign(scenario=name, cause=name)
    row = {"scenario": name, "owner": state.who() or None, "note": "A point of the page Trade-offs"}
    if state.save(drafts.with_rows(here.draft, scenarios=[row], changes=rows), f"Saved the scenario {name}"):
        said = f"Saved as the scenario {name}. {others}".strip()
        st.toast(fmt.plain(said), icon=":material/bookmark_added:", duration="long")


def controls() -> dict[str, Any]:
    """What cost is weighed against, and how hard the search tries."""
    titles = {name: told.AGAINST[name].title for name in AGAINST}
    left, right = st.columns([3, 1])
    with left:
        against = st.segmented_control(
            "Cost against",
            AGAINST,
            default=AGAINST[0],
            required=True,
            format_func=lambda a: titles[a],
            key="against",
            wrap=True,
        )
    with right:
        about = "Careful looks for seven points within 0.3 % instead of five within 1 %."
        tries = asking.precision(PRECISION, "tradeoff-precision", "Search", about)
    return {"against": against or AGAINST[0], **tries}


current = state.current()
st.title("Trade-offs", anchor=False)
if asking.asked_plan(current) is None:
    outcome.no_answer(current)
    st.stop()
figs.readable_choice()
asked = controls()
found = asking.panel("frontier", "Find the frontier", key=f"ask-frontier-{asked['against']}", **asked)
plan = asking.asked_plan(current)
if found is not None and plan is not None:
    points = found.frames["points"]
    currency = plan.settings.currency
    name = told.labels(points, found.facts, currency)
    choice = f"{CHOICE}-{asked['against']}-{asked['points']}"
    fig = told.frontier(points, found.facts, currency, picking.chosen(name, choice, PLAN))
    picking.chart(fig, told.SELECTION, "point", choice)
    point(plan, found, name, choice, current)
    title = "How the mix moves from the least cost on"
    figs.show(mixes(plan, found.frames["mix"], "point", name, title))
