"""The answer on one terminal screen: what to buy, commit, rent and when, and what it costs."""

from __future__ import annotations

import pandas as pd

from planner.model.options import Progress
from planner.plan.plan import Plan
from planner.plan.tables import API, COMMITTED, LEASED, ON_DEMAND, OWNED, SPOT
from planner.report import cost_words as words
from planner.report import format as fmt
from planner.result.frames import NON_CASH
from planner.result.result import Result

VERBS = {OWNED: "buy", LEASED: "lease", COMMITTED: "commit to"}
HEADLINES = {
    "optimal": "Solved",
    "feasible": "Stopped early with a plan",
    "infeasible": "No plan meets every rule",
    "unsolved": "Stopped before any plan was found",
}
MOST_ORDERS = 24


def progress_line(progress: Progress) -> str:
    """One line on where a solve stands."""
    best = "no plan yet" if progress.incumbent is None else f"best {fmt.compact(progress.incumbent, 4)}"
    return f"{progress.seconds:6.1f} s  {progress.stage:<8} {best}, {fmt.gap(progress.gap)}"


def screen(plan: Plan, result: Result) -> str:
    """The whole answer as text of at most some sixty lines."""
    lines = [f"{plan.settings.name}: {HEADLINES[result.status].lower()}"]
    if not result.has_plan:
        return "\n".join(lines)
    currency = plan.settings.currency
    lines.append(words.told(result, currency))
    lines.append(f"{fmt.sentence(fmt.gap(result.gap))}, in {sum(result.seconds.values()):.1f} s.")
    lines += ["", "Orders", *_orders(plan, result), "", "Paid as used, in devices on average", *_as_used(plan, result)]
    lines += ["", "Token APIs, volume", *_bought(plan, result)]
    lines += ["", "Cost by category and year (nominal)", *_costs(plan, result)]
    carbon, energy = (float(result.frames["emissions"][c].sum()) for c in ("carbon_t", "energy_kwh"))
    lines += ["", f"Carbon {fmt.mass(carbon)}CO2e, energy {fmt.energy(energy)}."]
    binding = result.frames["policies"].query("shadow_price > 0 or violation > 0")
    if len(binding):
        lines.append("Policies that bind: " + ", ".join(dict.fromkeys(binding["policy"])) + ".")
    return "\n".join(lines)


def _orders(plan: Plan, result: Result) -> list[str]:
    frame = result.frames["capacity"].merge(plan.table("offers")[["offer", "site", "pricing", "hardware"]], on="offer")
    frame = frame[frame["ordered"] > 0].sort_values(["period", "site", "offer"])
    months = plan.settings.month_of_period()
    lines = [
        f"  {fmt.month(months[x.period - 1])}  {VERBS[x.pricing]:<9} {x.ordered:4.0f} x {x.hardware} at {x.site}  ({x.offer})"
        for x in frame.itertuples()
    ]
    hidden = len(lines) - MOST_ORDERS
    return (
        ["  none"]
        if not lines
        else lines
        if hidden <= 0
        else [*lines[:MOST_ORDERS], f"  and {hidden} more (capacity.csv)"]
    )


def _table(frame: pd.DataFrame) -> list[str]:
    return ["  " + line for line in frame.to_string().splitlines()]


def _as_used(plan: Plan, result: Result) -> list[str]:
    years = pd.Series(plan.settings.year_of_period(), index=range(1, plan.settings.periods + 1))
    offers = plan.table("offers")[["offer", "site", "pricing"]]
    frame = result.frames["capacity"].merge(offers, on="offer")
    frame = frame[frame["pricing"].isin([ON_DEMAND, SPOT])]
    if frame.empty:
        return ["  none"]
    frame = frame.assign(year=frame["period"].map(years))
    wide = frame.pivot_table(index=["site", "pricing"], columns="year", values="devices_in_service", aggfunc="sum")
    return _table((wide / (12 / plan.settings.months_per_period)).fillna(0).map(lambda x: f"{x:,.1f}"))


def _bought(plan: Plan, result: Result) -> list[str]:
    years = pd.Series(plan.settings.year_of_period(), index=range(1, plan.settings.periods + 1))
    offers = plan.table("offers")[["offer", "pricing"]]
    frame = result.frames["dispatch"].merge(offers[offers["pricing"] == API], on="offer")
    if frame.empty:
        return ["  none"]
    units = plan.table("workloads").set_index("workload")["unit"]
    frame = frame.assign(year=frame["period"].map(years), unit=frame["workload"].map(units))
    wide = frame.pivot_table(index=["offer", "unit"], columns="year", values="volume", aggfunc="sum")
    return _table(wide.fillna(0).map(lambda x: f"{x:,.0f}"))


def _costs(plan: Plan, result: Result) -> list[str]:
    years = pd.Series(plan.settings.year_of_period(), index=range(1, plan.settings.periods + 1))
    frame = result.ledger[result.ledger["cash"] != NON_CASH]
    frame = frame.assign(year="Year " + frame["period"].map(years).astype(str))
    wide = frame.pivot_table(
        index="category", columns="year", values="amount", aggfunc="sum", margins=True, margins_name="Total"
    )
    return _table(wide.fillna(0).map(lambda x: fmt.money(x, plan.settings.currency)))
