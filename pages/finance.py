"""Finance: statements that lead to their ledger rows, buy or rent, the investment case, files for finance."""

from __future__ import annotations

import streamlit as st

from pages import _figures as figs
from pages._shared import accounting, asking, exporting, outcome, state
from planner.report import format as fmt
from planner.report.labels import Calendar
from planner.report.money import sourcing
from planner.report.money.cost import BASES, CUTS
from planner.report.money.investment import by_bearer
from planner.report.money.units import cost_facts
from planner.report.money.view import Money

YEARS, PERIODS = "By year", "By period"


def timing() -> bool:
    """Years or periods, as chosen; kept for the session."""
    chosen = st.segmented_control(
        "Columns",
        (YEARS, PERIODS),
        default=YEARS,
        required=True,
        key="finance-columns",
        label_visibility="collapsed",
        persist_state="session",
    )
    return chosen != PERIODS


def cash_flow(money: Money) -> None:
    yearly = timing()
    figs.show(money.figure("cash-flow", yearly))
    accounting.statement(
        money, money.statement("cash-flow", yearly), "Cash flow statement", "Nominal; below zero is cash out."
    )


def profit_and_loss(money: Money) -> None:
    yearly = timing()
    figs.show(money.figure("profit-and-loss", yearly))
    accounting.statement(
        money, money.statement("profit-and-loss", yearly), "Profit and loss", "Below zero is an expense."
    )


def balance(money: Money) -> None:
    yearly = timing()
    figs.show(money.figure("balance", yearly))
    accounting.statement(money, money.statement("balance", yearly), "Balance view", "At the end of each column.")


def assets(money: Money) -> None:
    yearly = timing()
    figs.show(money.figure("net-book-value", yearly))
    vintages = st.toggle("Each vintage by itself", key="finance-vintages", persist_state="session")
    accounting.statement(money, money.statement("net-book-value", yearly, vintages), "Net book value roll-forward")


def commitments(money: Money) -> None:
    labels = ["Before the plan", *Calendar(money.books.plan.settings).period_labels]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        yearly = timing()
        at = st.selectbox(
            "Owed at the end of", labels, index=len(labels) - 1, key="finance-as-of", width=220, persist_state="session"
        )
    as_of = labels.index(at) if at in labels else 0
    left, right = st.columns(2)
    with left:
        figs.show(money.figure("outstanding", yearly))
    with right:
        figs.show(money.figure("ladder", as_of))
    accounting.statement(money, money.statement("outstanding", yearly), "Commitments outstanding", "Undiscounted.")
    accounting.statement(money, money.statement("ladder", as_of), "Ladder: when it falls due", "Undiscounted.")


def cost(money: Money) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = st.selectbox(
            "Cost by",
            tuple(CUTS),
            format_func=CUTS.__getitem__,
            key="finance-cut",
            width=220,
            persist_state="session",
        )
        basis = st.segmented_control(
            "Basis",
            tuple(BASES),
            default="amount",
            required=True,
            format_func=BASES.__getitem__,
            key="finance-basis",
            persist_state="session",
        )
        non_cash = st.toggle("Costs that are not cash too", key="finance-non-cash", persist_state="session")
        yearly = timing()
    by, basis = by or "category", basis or "amount"
    with st.grid(4, min_column_width=170):
        for number in cost_facts(money.books):
            st.metric(number.label, number.value, help=fmt.plain(number.help), border=True)
    figs.show(money.figure("tco", by, basis, non_cash))
    accounting.statement(
        money, money.statement("tco", by, basis, yearly, non_cash), "Total cost of ownership", f"{BASES[basis]}."
    )


def budget(money: Money) -> None:
    figs.show(money.figure("budget"))
    labels = [*Calendar(money.books.plan.settings).year_labels, "All years"]
    year = st.selectbox("Months of", labels, key="finance-budget-year", width=220, persist_state="session")
    chosen = labels.index(year) if year in labels else 0
    number = (chosen + 1) % len(labels)
    accounting.statement(
        money,
        money.statement("budget", number),
        "Budget by cost centre, account and month",
        "Cash; each period is split evenly into its months. Accounts: see the accounting policy.",
    )


def buy_or_rent(money: Money) -> None:
    plan = money.books.plan
    devices, known = sourcing.devices(plan), sourcing.device_names(plan)
    if not devices:
        st.info("This plan has no offers of devices.")
        return
    site_names = sourcing.site_names(plan)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        hardware = st.selectbox(
            "Device",
            devices,
            format_func=lambda h: str(known.get(h, h)),
            key="finance-device",
            width=260,
            persist_state="session",
        )
        hardware = hardware if hardware in devices else devices[0]
        here = st.multiselect(
            "Sites",
            sourcing.sites_of(plan, hardware),
            default=sourcing.telling(plan, hardware),
            format_func=lambda s: str(site_names.get(s, s)),
            key=f"finance-sites-{hardware}",
            persist_state="session",
        )
        taxed = st.toggle("After tax", value=True, key="finance-taxed", persist_state="session")
    if not here:
        st.info("Choose at least one site.")
        return
    compared = money.comparison(hardware, tuple(here), taxed)
    figs.show(compared.figure(), height=430)
    figs.note(compared.left_out())
    with st.container(border=True, key="card-ways"):
        st.header("Every way to get it", anchor=False)
        figs.show_table(compared.table(), "table-ways", "Every way to get the device, levelised")
        figs.download(compared.table(), "ways", "csv-ways")
    with st.container(border=True, key="card-break-even"):
        st.header("Break-even points", anchor=False)
        points = compared.break_even_table()
        if points.empty:
            st.write("No two of these ways cost the same at any utilization.")
        else:
            figs.show_table(points, "table-break-even", "Utilization at which two ways cost the same")
            figs.download(points, "break-even", "csv-break-even")


def investment(money: Money) -> None:
    if money.case_figure is None or money.case_measures is None:
        st.info("There is no business as usual to compare with: no plan exists that way, or it was not solved yet.")
        return
    figs.show(money.case_figure)
    left, right = st.columns((3, 2))
    with left, st.container(border=True, key="card-measures", height="stretch"):
        st.header("Measures of the case", anchor=False)
        figs.show_table(money.case_measures, "table-measures", "Measures of the investment case after and before tax")
        figs.download(money.case_measures, "investment-case", "csv-measures")
    with right, st.container(border=True, key="card-notes", height="stretch"):
        st.header("How far to trust them", anchor=False)
        st.markdown("\n".join(f"- {fmt.plain(n)}" for n in money.case_notes))
    with st.container(border=True, key="card-roi"):
        st.header("Return by workload and team", anchor=False)
        figs.note("Value of what is served against allocated cash cost, in present value, over the whole plan.")
        team = st.segmented_control(
            "Return of", ("Workloads", "Teams"), default="Workloads", required=True, key="finance-roi",
            label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
        rows = by_bearer(money.books, team == "Teams")
        figs.show_table(rows, "table-roi", "Return on investment")
        figs.download(rows, "return-on-investment", "csv-roi")


def checks(money: Money) -> None:
    if money.sound:
        st.success("Every identity of the books holds.", icon=":material/check_circle:")
    else:
        st.error("Some identity of the books does not hold.", icon=":material/error:")
    figs.show_table(money.checks, "table-checks", "Identities of the books")
    figs.download(money.checks, "checks", "csv-checks")


VIEWS = {
    "Cash flow": cash_flow,
    "P&L": profit_and_loss,
    "Balance": balance,
    "Assets": assets,
    "Commitments": commitments,
    "Cost": cost,
    "Budget": budget,
    "Buy or rent": buy_or_rent,
    "Investment case": investment,
    "Checks": checks,
}

current = state.current()
st.title("Finance", anchor=False)
if asking.asked_plan(current) is None:
    outcome.no_answer(current)
    st.stop()
accounting.form()
shown = accounting.money_of(current)
if shown is not None:
    with st.container(horizontal=True, vertical_alignment="center"):
        view = st.segmented_control(
            "View",
            tuple(VIEWS),
            default="Cash flow",
            required=True,
            key="finance-view",
            label_visibility="collapsed",
            persist_state="session",
            wrap=True,
        )
        with st.popover("Files", icon=":material/download:", key="finance-files"):
            exporting.panel(shown.books.plan, shown.books.result, shown.books.policy)
    VIEWS[view or "Cash flow"](shown)
