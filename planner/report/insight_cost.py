"""Money, read off the ledger: by year and group, and against business as usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.labels import Calendar, look_up, names, offers
from planner.report.theme import COST_GROUPS, category_groups
from planner.result.frames import CATEGORIES, NON_CASH


def by_year(plan: Plan, ledger: pd.DataFrame) -> pd.DataFrame:
    """Nominal amounts by plan year and category: year, group, category, cash, amount, present_value."""
    table = ledger.assign(year=Calendar(plan.settings).year_of(ledger["period"]))
    table["group"] = table["category"].map(category_groups())
    keys = ["year", "group", "category", "cash"]
    out = table.groupby(keys, as_index=False)[["amount", "present_value"]].sum()
    rank = {c: i for i, c in enumerate(CATEGORIES)}
    order = {g: i for i, g in enumerate(COST_GROUPS)}
    years = {y: i for i, y in enumerate(Calendar(plan.settings).year_labels)}
    out = out.sort_values(
        ["year", "group", "category"],
        key=lambda s: s.map({"year": years, "group": order, "category": rank}[str(s.name)]),
    )
    return out.reset_index(drop=True)


LEDGER_FILTERS = ("Year", "Cost", "Category", "Cash", "Site", "Provider", "Offer", "Workload")
"""Columns of `ledger_table` by which people narrow it down."""


def ledger_table(plan: Plan, ledger: pd.DataFrame) -> pd.DataFrame:
    """The ledger as people read it: names for identifiers, the plan year, headings in words.

    Columns: Month, Category, Amount, Present value, Site, Offer, Workload, Quantity, Unit, Unit price,
    Year, Cost (the group), Cash, Provider.
    """
    calendar = Calendar(plan.settings)

    def named(column: str, texts: pd.Series) -> pd.Series:
        keys = ledger[column].astype(object)
        return keys.map(texts.to_dict()).where(keys.isin(list(texts.index)), keys).astype("str")

    return pd.DataFrame(
        {
            "Month": ledger["date"],
            "Category": ledger["category"].astype("str"),
            "Amount": ledger["amount"],
            "Present value": ledger["present_value"],
            "Site": named("site", names(plan, "sites")),
            "Offer": named("offer", offers(plan)["label"]),
            "Workload": named("workload", names(plan, "workloads")),
            "Quantity": ledger["quantity"],
            "Unit": ledger["unit"],
            "Unit price": ledger["unit_price"],
            "Year": calendar.year_of(ledger["period"]).astype("str"),
            "Cost": ledger["category"].map(category_groups()).astype("str"),
            "Cash": ledger["cash"].astype("str").str.replace("_", " "),
            "Provider": ledger["provider"].astype("str"),
        }
    ).reset_index(drop=True)


def narrowed(table: pd.DataFrame, chosen: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """The rows of `table` whose cells are among the chosen ones, column by column; nothing chosen: all."""
    keep = pd.Series(True, index=table.index)
    for column, values in chosen.items():
        if values:
            keep &= table[column].isin(list(values))
    return table[keep].reset_index(drop=True)


def sums(table: pd.DataFrame, currency: str) -> str:
    """What the rows of a ledger table add up to, in words."""
    return (
        f"{fmt.plural(len(table), 'row')}, {fmt.money(float(table['Amount'].sum()), currency)} nominal, "
        f"{fmt.money(float(table['Present value'].sum()), currency)} present value"
    )


def groups_by_year(by_year: pd.DataFrame, cash_only: bool = False) -> pd.DataFrame:
    """Amounts by year and group of categories: year, group, amount."""
    table = by_year[by_year["cash"] != NON_CASH] if cash_only else by_year
    return table.groupby(["year", "group"], as_index=False, sort=False)["amount"].sum()


def cash_by_year(plan: Plan, ledger: pd.DataFrame) -> pd.DataFrame:
    """Cash out in each plan year: year, capex, opex, cash (nominal). Every year has a row."""
    years = Calendar(plan.settings).year_labels
    table = ledger[ledger["cash"] != NON_CASH]
    table = table.assign(year=Calendar(plan.settings).year_of(table["period"]))
    out = table.pivot_table(index="year", columns="cash", values="amount", aggfunc="sum")
    out = out.reindex(index=years, columns=["capex", "opex"]).fillna(0.0)
    out["cash"] = out["capex"] + out["opex"]
    out.columns.name = None
    return out.rename_axis("year").reset_index()


def cash_by_period(plan: Plan, ledger: pd.DataFrame) -> pd.DataFrame:
    """Cash out in each period by kind: period, start, period_label, cash, amount, running (total so far)."""
    calendar = Calendar(plan.settings)
    table = ledger[ledger["cash"] != NON_CASH]
    keys = pd.MultiIndex.from_product(
        [range(1, plan.settings.periods + 1), ["capex", "opex"]], names=["period", "cash"]
    )
    out = table.groupby(["period", "cash"])["amount"].sum().reindex(keys, fill_value=0.0).reset_index()
    out["running"] = look_up(out["period"], out.groupby("period")["amount"].sum().cumsum())
    out["start"] = calendar.start_of(out["period"])
    out["period_label"] = [calendar.period_labels[p - 1] for p in out["period"]]
    return out


def against(plan_ledger: pd.DataFrame, usual_ledger: pd.DataFrame) -> pd.DataFrame:
    """Present value of cash, plan against business as usual, by group.

    Columns: group, usual, plan, change (plan - usual; below 0 is a saving).
    """
    groups = category_groups()

    def cash(ledger: pd.DataFrame) -> pd.Series:
        table = ledger[ledger["cash"] != NON_CASH]
        return table.groupby(table["category"].map(groups))["present_value"].sum()

    out = pd.DataFrame({"usual": cash(usual_ledger), "plan": cash(plan_ledger)}).fillna(0.0)
    out = out.reindex([g for g in COST_GROUPS if g in out.index])
    out["change"] = out["plan"] - out["usual"]
    return out.rename_axis("group").reset_index()


def bridge(against: pd.DataFrame) -> pd.DataFrame:
    """The steps of a waterfall from business as usual to the plan.

    Columns: step, role (total, saving, more), low, high, value. Groups that do not change are left
    out; the rest go from the greatest saving to the greatest extra cost.
    """
    usual, plan = against["usual"].sum(), against["plan"].sum()
    moves = against[against["change"].abs() > 1e-9 * max(abs(usual), abs(plan), 1.0)].sort_values("change")
    end = usual + moves["change"].cumsum()
    begin = end - moves["change"]
    steps = pd.DataFrame(
        {
            "step": moves["group"],
            "role": (moves["change"] < 0).map({True: "saving", False: "more"}),
            "low": pd.concat([begin, end], axis=1).min(axis=1),
            "high": pd.concat([begin, end], axis=1).max(axis=1),
            "value": moves["change"],
        }
    )
    first = pd.DataFrame({"step": ["Business as usual"], "role": "total", "low": 0.0, "high": usual, "value": usual})
    last = pd.DataFrame({"step": ["This plan"], "role": "total", "low": 0.0, "high": plan, "value": plan})
    return pd.concat([first, steps, last], ignore_index=True)


def emissions_by_year(plan: Plan, emissions: pd.DataFrame) -> pd.DataFrame:
    """Footprint of each plan year: year, operational_carbon_t, embodied_carbon_t, carbon_t, energy_kwh, water_m3."""
    columns = ["operational_carbon_t", "embodied_carbon_t", "carbon_t", "energy_kwh", "water_m3"]
    table = emissions.assign(year=Calendar(plan.settings).year_of(emissions["period"]))
    out = table.groupby("year")[columns].sum().reindex(Calendar(plan.settings).year_labels, fill_value=0.0)
    return out.rename_axis("year").reset_index()


def emissions_by_site(emissions: pd.DataFrame, site_names: pd.Series) -> pd.DataFrame:
    """Footprint of each site over the horizon, greatest first: site, name, carbon_t, energy_kwh, water_m3."""
    columns = ["operational_carbon_t", "embodied_carbon_t", "carbon_t", "energy_kwh", "water_m3"]
    out = emissions.groupby("site", as_index=False)[columns].sum()
    out["name"] = out["site"].map(site_names).fillna(out["site"])
    return out.sort_values("carbon_t", ascending=False, ignore_index=True)
