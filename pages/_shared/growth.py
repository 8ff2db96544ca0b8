"""The growth wizard: a workload's demand from a curve, seen before it is taken."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages._shared import state
from pages._shared.clicks import clicked
from pages._shared.state import Current
from planner.plan.curves import GROWTHS, GrowthCurve, with_demand
from planner.plan.growth import compared, first_month_volume, location_shares, normalized, period_totals
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.charts.growth import growth
from planner.report.labels import Calendar, names
from planner.store import RawTable

LABELS = {
    "flat": "Flat",
    "linear": "Straight line",
    "compound": "Compound",
    "s_curve": "S-curve to a ceiling",
}
SEASONS: dict[str, tuple[float, ...]] = {
    "None": (),
    "Strong fourth quarter": (0.9, 0.95, 0.95, 1.2),
    "Quiet summer": (1.05, 1.05, 0.85, 1.05),
}


def wizard(current: Current) -> None:
    """Form and preview; what is taken replaces the workload's rows of demand."""
    plan = current.reading.plan
    if plan is None or current.read_only:
        return
    with st.expander("Growth wizard: make a workload's demand from a curve", icon=":material/auto_graph:"):
        named = names(plan, "workloads")
        workload = st.selectbox("Workload", list(named.index), format_func=lambda w: str(named[w]), key="grow-workload")
        if workload is None:
            return
        curve = _curve(plan, workload)
        shares = _shares(plan, workload)
        problems = curve.problems()
        if problems:
            st.error("\n".join(f"- {fmt.plain(p)}" for p in problems))
            return
        _preview(plan, workload, curve, shares)


def _curve(plan: Plan, workload: str) -> GrowthCurve:
    given: dict[str, Any] = {}
    usual = GrowthCurve(0.0)
    unit = plan.tables["workloads"].set_index("workload")["unit"][workload]
    with st.grid(3, min_column_width=220):
        given["base_volume"] = st.number_input(
            f"Volume a month at the start ({unit})",
            min_value=0.0,
            value=first_month_volume(plan, workload),
            key=f"grow-base-{workload}",
        )
        given["growth"] = st.selectbox(
            "Growth", GROWTHS, index=GROWTHS.index("compound"), format_func=LABELS.__getitem__, key="grow-kind"
        )
        if given["growth"] in ("linear", "compound"):
            given["annual_growth"] = st.number_input(
                "Growth a year (0.4 is 40 %)", value=0.4, step=0.05, key="grow-rate"
            )
        if given["growth"] == "s_curve":
            given["ceiling_multiple"] = st.number_input(
                "Ceiling (times the start)", value=usual.ceiling_multiple, step=0.5, key="grow-ceiling"
            )
            given["months_to_ceiling"] = st.number_input(
                "Months until 90 % of the ceiling", value=usual.months_to_ceiling, step=3.0, key="grow-months"
            )
        given["season"] = SEASONS[st.selectbox("Season", list(SEASONS), key="grow-season") or "None"]
        given["ramp_start_period"] = st.number_input(
            "First period with volume", 1, plan.settings.periods, 1, key="grow-start"
        )
        given["ramp_periods"] = st.number_input(
            "Periods until all of it has arrived", 0, plan.settings.periods, 0, key="grow-ramp"
        )
    return GrowthCurve(**given)


def _shares(plan: Plan, workload: str) -> dict[str, float]:
    known = names(plan, "locations")
    present = location_shares(plan, workload)
    with st.popover("Where it arises", icon=":material/public:"):
        return {
            location: st.number_input(
                f"{known[location]}, share", min_value=0.0, value=share, step=0.05, key=f"grow-{workload}-{location}"
            )
            for location, share in present.items()
        }


def _preview(plan: Plan, workload: str, curve: GrowthCurve, shares: dict[str, float]) -> None:
    try:
        rows, volumes = compared(plan, workload, curve, normalized(shares))
    except ValueError as error:
        st.error(fmt.plain(str(error)))
        return
    unit = plan.tables["workloads"].set_index("workload")["unit"][workload]
    fig = growth(period_totals(plan, workload), volumes, Calendar(plan.settings).period_labels, unit)
    st.markdown(f"**{fmt.plain(fig.title)}**")
    st.vega_lite_chart(fig.spec, theme=None, alt=fig.alt_text, key="grow-chart", width="stretch")
    st.caption(fmt.plain(fig.note))
    made = with_demand(plan, rows)
    if clicked("Take these volumes", "grow-take", type="primary"):
        state.save_table("demand", RawTable.of(made.tables["demand"]), f"Demand: {workload} from a curve")
        st.rerun()
