"""Scenarios: sets of changes to the plan, all beside it, any two cause by cause, and every lever at its ends."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages import _figures as figs
from pages._shared import adding, asking, drafts, editor, outcome, state, ways
from pages._shared.state import Current
from planner.explore.question import Answer
from planner.explore.scenarios import BASE, SOLVED
from planner.plan.patch import Change, PatchError, apply, scenario_changes
from planner.plan.patch_templates import CHOICE, FACTOR, MONTHS, PERCENT, TEMPLATES, Template, default_levers
from planner.plan.plan import Plan
from planner.plan.what_if import DROPPED
from planner.report import format as fmt
from planner.report.charts import scenario as told
from planner.report.charts.bridge import scenario_bridge
from planner.report.charts.tornado import tornado as tornado_figure

VIEWS = ("Side by side", "Bridge", "Sensitivity", "Edit")
NEW = "A new scenario"
FLIPS = {"Not": 0, "Roughly": 2, "Finely": 4}
"""Rounds of bisection."""
UNITS = {FACTOR: "Factor", PERCENT: "Change in per cent", MONTHS: "Months", CHOICE: "Which"}
ALL_MEASURES = 458
"""Pixels of a table with a row for each headline measure."""
HELP = "Two solves a lever, and up to two more where a decision flips, to see whether that is a tie."
NAME, ADDED, REFUSED = "scenario-name", "scenario-added", "scenario-refused"


def plan_of(here: Current) -> Plan | None:
    """The plan that is asked about, else the inputs as they are."""
    return asking.asked_plan(here) or here.reading.plan


def names_of(plan: Plan) -> list[str]:
    """The scenarios that are not dropped."""
    table = plan.table("scenarios")
    return [str(n) for n in table.loc[table["status"] != DROPPED, "scenario"]]


def open_value(plan: Plan, template: Template) -> float | str:
    """The widget for what a template leaves open."""
    label, key = UNITS[template.kind], f"template-{template.name}"
    if template.kind == CHOICE:
        return str(st.selectbox(label, template.choices(plan), key=key))
    return float(
        st.number_input(
            label,
            min_value=template.low,
            max_value=template.high,
            value=float(template.default),
            step=1.0 if template.kind != FACTOR else 0.1,
            format="%.2f" if template.kind == FACTOR else "%.0f",
            key=key,
        )
    )


def new_scenario(plan: Plan, here: Current) -> None:
    """A change by a template, as a scenario of its own or behind those of another."""
    fitting = {t.title: t for t in TEMPLATES.values() if t.fits(plan)}
    with st.container(border=True, key="card-new-scenario"):
        st.header("What if …", anchor=False)
        with st.grid(3, min_column_width=190):
            chosen = st.selectbox("Change", list(fitting), key="template", disabled=here.read_only)
            template = fitting[chosen or next(iter(fitting))]
            value = open_value(plan, template)
            target = st.selectbox("Add to", [NEW, *names_of(plan)], key="target")
        figs.note(f"{template.help}.")
        with st.form("new-scenario", border=False):  # so that Enter adds it too
            if target == NEW:
                st.text_input("Name", placeholder=template.cause(value), key=NAME, width=420)
            st.form_submit_button(
                "Add",
                icon=":material/add:",
                type="primary",
                key="add-scenario",
                disabled=here.read_only,
                on_click=add,
                args=(template.name,),
            )
        if said := st.session_state.pop(ADDED, ""):
            st.success(fmt.plain(said), icon=":material/check_circle:")
        if problem := st.session_state.pop(REFUSED, ""):
            st.error(fmt.plain(problem), icon=":material/error:")


def add(template: str) -> None:
    """Add the change to a scenario, or as a new one; a change that leaves no valid plan is refused with its reason.

    What was typed last may have come with this very click: the fields are read here, not when they were drawn.
    """
    ss, made = st.session_state, TEMPLATES[template]
    if ss["template"] != made.title:
        ss[REFUSED] = "The change was another one a moment ago: look at its value, then add it."
        return
    here, others = adding.newest()
    plan = here.reading.plan or here.plan
    if plan is None or here.read_only:
        return
    value, target = ss[f"template-{template}"], "" if ss["target"] == NEW else str(ss["target"])
    before: list[Change] = []
    if not target:
        typed = str(ss.get(NAME) or "").replace(";", ",").strip()  # a ';' stands between the items of a list
        name = drafts.free_name(typed or made.cause(value), plan.tables["scenarios"]["scenario"])
    elif target in names_of(plan):
        name = target
        before = [change for _, change in scenario_changes(plan, target)]
    else:
        ss[REFUSED] = f"There is no scenario {target} any more."
        return
    try:
        apply(plan, [*before, *made.changes(plan, value)])
    except PatchError as error:
        ss[REFUSED] = "; ".join(error.faults)
        return
    steps = plan.tables["changes"].loc[plan.tables["changes"]["scenario"] == name, "step"]
    first = int(steps.max()) + 1 if len(steps) else 1
    rows: dict[str, Any] = {"changes": made.rows(plan, name, value, first)}
    if not target:
        rows["scenarios"] = [{"scenario": name, "owner": state.who() or None}]
    if state.save(drafts.with_rows(here.draft, **rows), f"Scenario {name}: {made.cause(value)}"):
        cause = made.cause(value)
        said = f"Added: {name}." if name == cause else f"Added to {name}: {cause}."
        ss[ADDED] = f"{said} {others}".strip()
        ss[NAME] = ""  # or the next one would have the name of this one


def side_by_side(plan: Plan, here: Current) -> None:
    """All scenarios beside the plan as it is."""
    new_scenario(plan, here)
    names = names_of(plan)
    if not names:
        st.info("There are no scenarios yet. Add one above.", icon=":material/account_tree:")
        return
    left, right = st.columns([3, 2])
    with left:
        chosen = st.multiselect("Scenarios", names, default=names, key=f"chosen {' '.join(names)}")
    with right:
        tries = asking.precision()
    wanted = "" if len(chosen) == len(names) else "; ".join(n for n in names if n in chosen)
    if not chosen:
        st.info("Choose at least one scenario.")
        return
    answer = asking.panel("scenarios", f"Run {fmt.plural(len(chosen), 'scenario')}", chosen=wanted, **tries)
    if answer is None:
        return
    currency = answer.facts["currency"]
    table = answer.frames["scenarios"]
    figs.show(told.scenario_costs(table, currency))
    with st.grid(3, min_column_width=300):
        for number, row in enumerate(table[table["scenario"] != BASE].to_dict("records")):
            card(plan, number, row, answer)
    measures(answer)


def card(plan: Plan, number: int, row: dict[str, Any], answer: Answer) -> None:
    """A scenario in short."""
    currency = answer.facts["currency"]
    with st.container(border=True, key=f"card-scenario-{number}", height="stretch"):
        st.subheader(fmt.plain(row["scenario"]), anchor=False)
        about = [row["causes"], f"brought in by {row['owner']}" if row["owner"] else "", row["status"]]
        figs.note(" · ".join(a for a in about if a))
        if row["state"] != SOLVED:
            st.warning(fmt.sentence(row["state"]), icon=":material/block:")
            with st.expander("What stands in the way"):
                figs.note(row["why"])
            return
        st.metric(
            "Cost against the plan",
            told.difference_text(row, currency),
            # The widget takes only an ASCII minus for one.
            fmt.percent(row["relative"], signed=True).replace(fmt.MINUS, "-") if row["certain"] else None,
            delta_color="inverse",
        )
        flips = answer.frames["flips"]
        turned = told.turned_text(plan, flips[flips["scenario"] == row["scenario"]])
        figs.note(turned or "No offer and no site enters or leaves.")


def measures(answer: Answer) -> None:
    """What the plans are like beside their cost."""
    table = told.measure_table(answer.frames["measures"], answer.facts["currency"])
    with st.container(border=True, key="card-measures"):
        st.header("Headline measures", anchor=False)
        figs.note(
            "In brackets the difference to the plan as it is. Only the cost has proven bounds: "
            "the other measures are those of the plans that were found."
        )
        figs.show_table(table, "table-measures", "Headline measures of every scenario", height=ALL_MEASURES)
        figs.download(table, "scenario-measures", "csv-measures")


def bridge(plan: Plan, here: Current) -> None:
    """The difference between any two, cause by cause."""
    names = names_of(plan)
    if not names:
        st.info("There are no scenarios yet. Add one under Side by side.", icon=":material/account_tree:")
        return
    options = [BASE, *names]
    with st.grid(3, min_column_width=260):
        start = st.selectbox("From", options, format_func=named, key="bridge-from")
        end = st.selectbox("To", options, index=len(options) - 1, format_func=named, key="bridge-to")
        tries = asking.precision()
    if start == end:
        st.info("Choose two different ones.")
        return
    answer = asking.panel("bridge", "Build the bridge", start=start, end=end, **tries)
    if answer is None:
        return
    frames, currency = answer.frames, answer.facts["currency"]
    figs.show(scenario_bridge(frames["bridge"], frames["categories"], currency))
    with st.container(border=True, key="card-decisions-differ"):
        decisions = frames["decisions"]
        rows = told.decision_table(plan, decisions)
        st.header(f"{fmt.plural(len(rows), 'decision differs', 'decisions differ')}", anchor=False)
        if rows.empty:
            figs.note("Both plans do the same.")
            return
        turned = told.turned_text(plan, frames["flips"])
        figs.note(f"{turned} Devices are averages of the year; volume is what a site serves.".strip())
        kinds = [told.KIND_NAMES[k] for k in told.decision_kinds(decisions)]
        kind = st.segmented_control("Kind", kinds, default=kinds[0], required=True, key="decision-kind", wrap=True)
        shown = rows[rows["Decision"] == (kind or kinds[0])].drop(columns="Decision")
        blank = [c for c in ("Workload",) if (shown[c] == "").all()]
        figs.show_table(shown.drop(columns=blank), "table-differ", "Decisions that differ, by plan year")
        figs.download(rows, "decisions-that-differ", "csv-differ")


def named(scenario: str) -> str:
    """A scenario in a drop-down."""
    return scenario or told.BASE_NAME


def sensitivity(plan: Plan, here: Current) -> None:
    """Every lever at both ends of its range."""
    left, right = st.columns(2)
    with left:
        finely = st.segmented_control(
            "Look for the value at which a decision flips first",
            list(FLIPS),
            default="Not",
            required=True,
            key="rounds",
            help="Halves the range of every lever that flips something, two or four times: more solves.",
        )
    with right:
        tries = asking.precision()
    answer = asking.panel("tornado", "Move every lever", help=HELP, ties="yes", rounds=FLIPS[finely or "Not"], **tries)
    if answer is None:
        return
    if answer.facts["generic"]:
        st.info(
            "This plan has no levers of its own: these ranges are generic, not estimates. Take them as a start, "
            "and set your own under Edit.",
            icon=":material/info:",
        )
        st.button("Take these as the plan's levers", on_click=take_levers, disabled=here.read_only, key="take-levers")
    frames = answer.frames
    figure = tornado_figure(plan, frames["tornado"], frames["flips"], frames["thresholds"], answer.facts["currency"])
    figs.show(figure)
    flipped = figure.table[figure.table["Flip"] != ""] if "Flip" in figure.table else pd.DataFrame()
    if not flipped.empty:
        with st.container(border=True, key="card-flips"):
            st.header("Where a decision flips", anchor=False)
            columns = ["Lever", "At", "Flip", "First flip", "What flips"]
            shown = (
                flipped[columns]
                if answer.frames["thresholds"].shape[0]
                else flipped[columns].drop(columns="First flip")
            )
            figs.show_table(shown, "table-flips", "Levers at which an offer or a site enters or leaves")


def take_levers() -> None:
    """Make the generic levers the plan's own."""
    here, _ = adding.newest()
    if here.reading.plan is not None and here.reading.plan.tables["levers"].empty:
        state.save(drafts.with_rows(here.draft, levers=default_levers(here.reading.plan)), "Levers: a start")


def edit(plan: Plan | None, here: Current) -> None:
    """The three tables."""
    for name in ("scenarios", "changes", "levers"):
        editor.table(here, name)
    broken(plan)


def broken(plan: Plan | None) -> None:
    """Scenarios whose changes cannot be made, with the reason."""
    if plan is None:
        return
    rows = faults_of(plan.content_hash, plan.hash_of("scenarios", "changes"), plan)
    if rows:
        st.warning(f"{fmt.plural(len(rows), 'scenario')} cannot be made as it stands", icon=":material/rule:")
        table = pd.DataFrame(rows, columns=["Scenario", "What"])
        figs.show_table(table, "table-broken", "Scenarios that cannot be made, and why")


@st.cache_data(max_entries=24, show_spinner=False)
def faults_of(plan_hash: str, changes: str, _plan: Plan) -> list[tuple[str, str]]:
    """Each scenario that cannot be made, and why."""
    out = []
    for name in names_of(_plan):
        try:
            apply(_plan, [change for _, change in scenario_changes(_plan, name)])
        except PatchError as error:
            out.append((name, "; ".join(error.faults)))
    return out


current = state.current()
st.title("Scenarios", anchor=False)
figs.readable_choice()
view = ways.view(VIEWS, "scenario-view")
asked = plan_of(current)
if view == "Edit":
    edit(current.reading.plan, current)
elif asked is None:
    outcome.no_answer(current)
else:
    {"Bridge": bridge, "Sensitivity": sensitivity}.get(view or VIEWS[0], side_by_side)(asked, current)
