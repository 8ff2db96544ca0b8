"""The answer in one screen: headline numbers, what changes over time, where it runs, and what to do when."""

from __future__ import annotations

import streamlit as st

from pages import _figures as figs
from pages._shared import outcome, state
from planner.report import format as fmt
from planner.report.insight import Insight

current = state.current()


def warnings(insight: Insight) -> None:
    shown = {"error": st.error, "warning": st.warning, "info": st.info}
    for warning in insight.warnings[:3]:
        shown[warning.severity](fmt.plain(warning.text))
    odd = figs.odd(insight)
    rest = [w.text for w in insight.warnings[3:]] + odd
    if rest:
        with st.expander(
            f"{fmt.plural(len(rest), 'more note')} on this plan"
            if insight.warnings
            else f"{fmt.plural(len(rest), 'note')} on this plan"
        ):
            st.markdown("\n".join(f"- {fmt.plain(text)}" for text in rest[:50]))


def agenda(insight: Insight) -> None:
    with st.container(border=True, key="card-agenda", height="stretch"):
        st.header("What to do, and by when", anchor=False)
        if insight.agenda.empty:
            st.write("Nothing: the plan rents what it needs, as it needs it.")
        else:
            st.markdown(insight.agenda_text)
        st.space("stretch")
        with st.container(horizontal=True, gap="small"):
            with st.popover(f"All {len(insight.decisions)} decisions", icon=":material/event:", type="tertiary"):
                figs.show_table(insight.decision_table, "table-decisions", "Every decision with its date")
            figs.download(insight.decision_table, "decisions", "csv-decisions")


st.title(fmt.plain(current.plan.settings.name) if current.plan is not None else "Overview", anchor=False)

if current.result is None or not current.result.has_plan or current.plan is None:
    outcome.no_answer(current)
else:
    insight = figs.insight_of(current.plan, current.result, current.usual)
    figs.note(insight.subtitle)
    figs.numbers(insight.headline)
    warnings(insight)
    left, right = st.columns(2)
    with left:
        figs.show(figs.figure(insight, "capacity-mix"), height=430)
    with right:
        agenda(insight)
    left, right = st.columns(2)
    with left:
        figs.show(figs.figure(insight, "cost-by-year"))
    with right:
        figs.show(figs.figure(insight, "against-business-as-usual"))
    figs.show(figs.figure(insight, "map"))
