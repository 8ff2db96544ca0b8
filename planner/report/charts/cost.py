"""Charts of money and footprint: by year and group, against business as usual, cash flow, carbon."""

from __future__ import annotations

import altair as alt
import pandas as pd

from planner.report import cost_words as words
from planner.report import format as fmt
from planner.report import insight_findings as finding
from planner.report.charts.base import HEIGHT, Figure, empty, legend, period_axis, room_for_text, table, tip
from planner.report.theme import ACCENT, BAD, COST_GROUPS, GOOD, GROUP, INK, NEUTRAL, SIZE, category_groups, scale

NOT_CASH = {category_groups()[c] for c in words.NAMES}
"""Groups of categories that are not cash."""


def _money_axis(currency: str) -> alt.Axis:
    return alt.Axis(labelExpr=fmt.d3_axis(currency), tickCount=5)


def cost_by_year(groups: pd.DataFrame, currency: str) -> Figure:
    """Nominal amounts by plan year, stacked by group of categories, with the year's total."""
    title = finding.cost(groups, currency)
    if groups.empty:
        return empty("cost-by-year", title, "The ledger holds nothing.")
    years = list(dict.fromkeys(groups["year"]))
    rank = {g: i for i, g in enumerate(COST_GROUPS)}
    drawn = groups.assign(
        rank=groups["group"].map(rank),
        text=groups["amount"].map(lambda v: fmt.money(v, currency)),
        share=(groups["amount"] / groups.groupby("year")["amount"].transform("sum")).map(fmt.percent),
    )
    present = [g for g in COST_GROUPS if g in set(groups["group"])]
    x = alt.X(
        "year:N", sort=years, title=None, axis=alt.Axis(labelAngle=0, ticks=False), scale=alt.Scale(paddingInner=0.35)
    )
    bars = (
        alt.Chart(drawn)
        .mark_bar()
        .encode(
            x,
            alt.Y("amount:Q", title=None, axis=_money_axis(currency)),
            alt.Color("group:N", scale=scale(GROUP, present), legend=legend(len(present), 5, 2)),
            order=alt.Order("rank:Q"),
            tooltip=[
                tip("Year", "year"),
                tip("Cost", "group"),
                tip("Amount", "text"),
                tip("Share of the year", "share"),
            ],
        )
    )
    totals = groups.groupby("year", as_index=False, sort=False).agg(
        amount=("amount", "sum"), top=("amount", lambda v: v[v > 0].sum())
    )
    totals["text"] = totals["amount"].map(lambda v: fmt.money(v, currency))
    labels = (
        alt.Chart(totals)
        .mark_text(dy=-9, fontWeight=600, fontSize=SIZE["subtitle"], color=INK.css)
        .encode(x, alt.Y("top:Q"), text="text:N")
    )
    said = "; ".join(f"{y}: {t}" for y, t in zip(totals["year"], totals["text"], strict=True))
    other = float(groups.loc[groups["group"].isin(NOT_CASH), "amount"].sum())
    beside = f" Of the whole {fmt.money(other, currency)} is not cash." if other else ""
    return Figure(
        "cost-by-year",
        title,
        "Nominal amounts by year of the plan, with the year's total above. What is sold again counts against hardware."
        + beside,
        f"{title}. Totals by year: {said}.",
        alt.layer(bars, labels).properties(height=HEIGHT),
        table(groups, {"year": "Year", "group": "Cost", "amount": f"Amount ({currency})"}),
    )


def bridge(steps: pd.DataFrame, against: pd.DataFrame, currency: str) -> Figure:
    """Waterfall of the present value of cash from business as usual to the plan."""
    title = finding.bridge(against, currency)
    order = list(steps["step"])
    drawn = steps.assign(
        text=[fmt.money(v, currency, signed=r != "total") for v, r in zip(steps["value"], steps["role"], strict=True)]
    )
    y = alt.Y(
        "step:N", sort=order, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=160, labelColor=INK.css)
    )
    bars = (
        alt.Chart(drawn)
        .mark_bar(height=20)
        .encode(
            alt.X(
                "low:Q",
                title=None,
                axis=_money_axis(currency),
                scale=room_for_text(min(0.0, float(steps["low"].min())), float(steps["high"].max()), 76),
            ),
            alt.X2("high:Q"),
            y,
            alt.Color(
                "role:N",
                scale=alt.Scale(domain=["total", "saving", "more"], range=[NEUTRAL.css, GOOD.css, BAD.css]),
                legend=None,
            ),
            tooltip=[tip("Step", "step"), tip(words.CASH, "text")],
        )
    )
    labels = (
        alt.Chart(drawn)
        .mark_text(align="left", dx=6, color=INK.css, fontSize=SIZE["label"])
        .encode(alt.X("high:Q"), y, text="text:N")
    )
    return Figure(
        "against-business-as-usual",
        title,
        f"{words.CASH}. Business as usual: today's assets, everything else on demand or by token.",
        f"{title}. Steps: " + "; ".join(f"{s} {t}" for s, t in zip(drawn["step"], drawn["text"], strict=True)) + ".",
        alt.layer(bars, labels).properties(height=alt.Step(32)),
        table(
            against,
            {
                "group": "Cost",
                "usual": words.heading("Business as usual, present value of cash", currency),
                "plan": words.heading("This plan, present value of cash", currency),
                "change": f"Change ({currency})",
            },
        ),
    )


def cash_flow(cash_by_period: pd.DataFrame, cash_by_year: pd.DataFrame, currency: str) -> Figure:
    """Capex and opex by period as bars and the running total as a line (right-hand scale)."""
    title = finding.cash(cash_by_year, currency)
    drawn = cash_by_period.assign(
        kind=cash_by_period["cash"].map({"capex": "Capex", "opex": "Opex"}),
        text=cash_by_period["amount"].map(lambda v: fmt.money(v, currency)),
        running_text=cash_by_period["running"].map(lambda v: fmt.money(v, currency)),
    )
    labels = list(dict.fromkeys(drawn["period_label"]))
    bars = (
        alt.Chart(drawn)
        .mark_bar()
        .encode(
            period_axis(labels),
            alt.Y("amount:Q", title=None, axis=_money_axis(currency)),
            alt.Color(
                "kind:N",
                scale=alt.Scale(domain=["Capex", "Opex"], range=[ACCENT.css, NEUTRAL.css]),
                legend=alt.Legend(columns=2),
            ),
            tooltip=[
                tip("Period", "period_label"),
                tip("Kind", "kind"),
                tip("Amount", "text"),
                tip("Spent so far", "running_text"),
            ],
        )
    )
    return Figure(
        "cash-flow",
        title,
        "Cash by period, nominal. Below zero: what is sold again or credited.",
        f"{title}. Capex and opex for {len(labels)} periods.",
        bars.properties(height=HEIGHT),
        table(
            drawn,
            {
                "period_label": "Period",
                "kind": "Kind",
                "amount": f"Amount ({currency})",
                "running": f"Spent so far ({currency})",
            },
        ),
    )


def carbon_by_year(emissions: pd.DataFrame) -> Figure:
    """Carbon by plan year, from running devices and from making them."""
    title = finding.carbon(emissions)
    long = emissions.melt("year", ["operational_carbon_t", "embodied_carbon_t"], "kind", "tonnes")
    long["kind"] = long["kind"].map({"operational_carbon_t": "From operation", "embodied_carbon_t": "From manufacture"})
    long["text"] = long["tonnes"].map(fmt.mass)
    years = list(emissions["year"])
    bars = (
        alt.Chart(long)
        .mark_bar()
        .encode(
            alt.X(
                "year:N",
                sort=years,
                title=None,
                axis=alt.Axis(labelAngle=0, ticks=False),
                scale=alt.Scale(paddingInner=0.4),
            ),
            alt.Y(
                "tonnes:Q",
                title=None,
                axis=alt.Axis(labelExpr=fmt.d3_axis(), tickCount=5),
            ),
            alt.Color(
                "kind:N",
                scale=alt.Scale(domain=["From operation", "From manufacture"], range=[ACCENT.css, NEUTRAL.css]),
                legend=alt.Legend(columns=2),
            ),
            tooltip=[tip("Year", "year"), tip("Carbon", "kind"), tip("Amount", "text")],
        )
    )
    return Figure(
        "carbon-by-year",
        title,
        "Tonnes of CO2e by year of the plan. Operation: electricity and token APIs. Manufacture: embodied carbon, spread over useful life.",
        f"{title}. "
        + "; ".join(f"{y}: {fmt.mass(v)}" for y, v in zip(years, emissions["carbon_t"], strict=True))
        + ".",
        bars.properties(height=HEIGHT),
        table(
            emissions,
            {
                "year": "Year",
                "operational_carbon_t": "From operation (t CO2e)",
                "embodied_carbon_t": "From manufacture (t CO2e)",
                "carbon_t": "Carbon (t CO2e)",
                "energy_kwh": "Energy (kWh)",
                "water_m3": "Water (m3)",
            },
        ),
    )


def carbon_by_site(sites: pd.DataFrame) -> Figure:
    """Carbon of each site over the horizon, greatest first."""
    rows = sites[sites["carbon_t"] > 0]
    if rows.empty:
        return empty("carbon-by-site", "No site emits carbon that the data knows of", "Nothing to draw.")
    top, total = rows.iloc[0], rows["carbon_t"].sum()
    title = f"{top['name']} causes {fmt.percent(top['carbon_t'] / total)} of the carbon"
    drawn = rows.assign(text=rows["carbon_t"].map(fmt.mass), energy_text=rows["energy_kwh"].map(fmt.energy))
    order = list(rows["name"])
    y = alt.Y(
        "name:N", sort=order, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=170, labelColor=INK.css)
    )
    bars = (
        alt.Chart(drawn)
        .mark_bar(height=16, color=ACCENT.css)
        .encode(
            alt.X(
                "carbon_t:Q",
                title="t CO2e over the plan",
                axis=alt.Axis(labelExpr=fmt.d3_axis(), tickCount=4),
                scale=room_for_text(0.0, float(rows["carbon_t"].max()), 60),
            ),
            y,
            tooltip=[tip("Site", "name"), tip("Carbon", "text"), tip("Energy", "energy_text")],
        )
    )
    labels = alt.Chart(drawn).mark_text(align="left", dx=5, color=INK.css).encode(alt.X("carbon_t:Q"), y, text="text:N")
    return Figure(
        "carbon-by-site",
        title,
        "Operation and manufacture, over the whole plan.",
        f"{title}. " + "; ".join(f"{n} {t}" for n, t in zip(drawn["name"], drawn["text"], strict=True)) + ".",
        alt.layer(bars, labels).properties(height=alt.Step(28)),
        table(
            rows,
            {"name": "Site", "carbon_t": "Carbon (t CO2e)", "energy_kwh": "Energy (kWh)", "water_m3": "Water (m3)"},
        ),
    )
