"""What a chart shows, in one sentence: titles that state the finding, from the frames drawn."""

from __future__ import annotations

import pandas as pd

from planner.report import format as fmt

_VERB = {
    "owned": "Owned capacity carries",
    "leased": "Leased capacity carries",
    "committed": "Commitments carry",
    "edge": "Edge sites carry",
    "on_demand": "On-demand capacity carries",
    "spot": "Spot carries",
    "api": "Token APIs carry",
}


def mix(shares: pd.DataFrame) -> str:
    """Which source carries most of the work, and how that changed: from `shares_by_year`."""
    if shares.empty or shares["used"].sum() <= 0:
        return "Nothing is served"
    years = list(dict.fromkeys(shares["year"]))
    last = shares[shares["year"] == years[-1]]
    top = last.loc[last["share"].idxmax()]
    said = f"{_VERB[top['source']]} {fmt.percent(top['share'])} of accelerator-hours"
    if len(years) == 1:
        return f"{said} in {years[0]}"
    first = shares[(shares["year"] == years[0]) & (shares["source"] == top["source"])]["share"]
    before = float(first.iloc[0]) if len(first) else 0.0
    if abs(before - top["share"]) < 0.05:
        return f"{said} in {years[-1]}"
    return (
        f"{said} by {years[-1]}, {'up' if top['share'] > before else 'down'} from {fmt.percent(before)} in {years[0]}"
    )


def cost(groups: pd.DataFrame, currency: str) -> str:
    """What costs most over the plan: from `groups_by_year`."""
    total = groups["amount"].sum()
    by_group = groups.groupby("group")["amount"].sum()
    if by_group.empty or total <= 0:
        return "Nothing is spent"
    top = by_group.idxmax()
    return f"{top} {'are' if str(top).endswith('s') else 'is'} {fmt.percent(by_group[top] / total)} of {fmt.money(total, currency)}, nominal"


def bridge(against: pd.DataFrame, currency: str) -> str:
    """What the plan saves against business as usual, and where most of it comes from: from `against`."""
    usual, change = float(against["usual"].sum()), float(against["change"].sum())
    if usual == 0 or abs(change) <= fmt.NOTHING * abs(usual):
        return "The plan costs what business as usual costs"
    word = "saves" if change < 0 else "costs"
    more = "" if change < 0 else " more"
    said = f"The plan {word} {fmt.money(abs(change), currency)}{more}, {fmt.change(abs(change) / usual)}"
    best = against.loc[against["change"].idxmin() if change < 0 else against["change"].idxmax()]
    return f"{said}, most of it in {str(best['group'])[:1].lower() + str(best['group'])[1:]}"


def places(sites: pd.DataFrame) -> str:
    """Where most of the work runs: from `insight_place.sites`."""
    busy = sites[sites["accelerator_hours"] > 0]
    if busy.empty:
        return "No site is used"
    top = busy.iloc[0]
    where = fmt.plural(len(busy), "site")
    if len(busy) == 1:
        return f"All work runs at {top['name']}"
    return f"{top['name']} does {fmt.percent(top['share'])} of the work; {where} share all of it"


def travel(pairs: pd.DataFrame) -> str:
    """How far work travels, weighted by accelerator-hours: from `insight_place.pairs`."""
    near = pairs[pairs["latency_ms"].notna() & (pairs["accelerator_hours"] > 0)]
    if near.empty:
        return "Which site serves whom"
    average = (near["latency_ms"] * near["accelerator_hours"]).sum() / near["accelerator_hours"].sum()
    return f"Work is {fmt.quantity(average, 'ms', 2)} away from its users on average"


def load(load: pd.DataFrame, period_label: str) -> str:
    """How the peak slice is served: from the rows of `load` of one period."""
    if load.empty:
        return f"Nothing is served in {period_label}"
    peak = load[load["x0"] == load["x0"].min()]
    total = peak["accelerators"].sum()
    top = peak.loc[peak["accelerators"].idxmax()]
    by_use = peak[peak["source"].isin(["on_demand", "spot", "api"])]["accelerators"].sum() / total
    said = f"The highest load of {period_label} is {fmt.compact(total)} accelerators"
    if by_use > 0.005:
        return f"{said}; {fmt.percent(by_use)} of it is rented as needed"
    return f"{said}, {fmt.percent(top['share_of_slice'])} of it {str(top['source_label']).lower()}"


def utilization(table: pd.DataFrame) -> str:
    """How busy held devices are on the whole: from `utilization`, weighted by device-hours."""
    hours = (table["used_hours"] / table["utilization"]).where(table["utilization"] > 0)
    idle = table["utilization"] <= 0
    held = hours.sum() + 0.0
    if table.empty or held <= 0:
        return "No held devices are used"
    average = table["used_hours"].sum() / held
    extra = " where they are used" if idle.any() else ""
    return f"Held devices are {fmt.percent(average)} busy on average{extra}"


def timeline(timeline: pd.DataFrame) -> str:
    """How much is ordered, and when most of it arrives: from `timeline`."""
    new = timeline[timeline["asset"] == ""]
    if new.empty:
        return "The plan orders nothing"
    arrive = new.groupby("start")["devices"].sum()
    total = arrive.sum()
    month = arrive.idxmax()
    if len(arrive) == 1:
        return f"All {fmt.compact(total)} new devices arrive in {pd.Timestamp(str(month)):%B %Y}"
    return f"{fmt.compact(total)} devices arrive in {len(arrive)} months, most in {pd.Timestamp(str(month)):%B %Y}"


def cash(cash_by_year: pd.DataFrame, currency: str) -> str:
    """When cash goes out: from `cash_by_year`."""
    top = cash_by_year.loc[cash_by_year["cash"].idxmax()]
    total = cash_by_year["cash"].sum()
    if total <= 0:
        return "No cash goes out"
    return (
        f"{fmt.percent(top['cash'] / total)} of the cash goes out in {top['year']}: {fmt.money(top['cash'], currency)}"
    )


def carbon(emissions: pd.DataFrame) -> str:
    """How the footprint develops: from `emissions_by_year`."""
    first, last = float(emissions["carbon_t"].iloc[0]), float(emissions["carbon_t"].iloc[-1])
    years = emissions["year"]
    total = emissions["carbon_t"].sum()
    if total <= 0:
        return "The plan emits no carbon that the data knows of"
    if len(emissions) == 1 or first <= 0:
        return f"The plan emits {fmt.mass(total)} CO2e"
    change = last / first - 1
    if abs(change) < 0.01:
        return f"Carbon stays at {fmt.mass(last)} CO2e a year"
    if change >= 1:
        return f"Carbon in {years.iloc[-1]} is {fmt.figures(last / first, 2)} times that of {years.iloc[0]}"
    way = "rises" if change > 0 else "falls"
    return f"Carbon {way} by {fmt.percent(abs(change))} from {years.iloc[0]} to {years.iloc[-1]}"


def rules(rules: pd.DataFrame) -> str:
    """How many policies hold, bind and are broken: from `insight_policy.rules`."""
    if rules.empty:
        return "The plan has no policies"
    worst = rules.assign(rank=rules["state"].map({"met": 0, "binding": 1, "broken": 2})).groupby("policy")["rank"].max()
    count = len(worst)
    broken, binding = int((worst == 2).sum()), int((worst == 1).sum())
    if broken:
        return f"{broken} of {fmt.plural(count, 'policy', 'policies')} {'is' if broken == 1 else 'are'} broken"
    if binding:
        return (
            f"All {count} policies hold; {binding} {'costs' if binding == 1 else 'cost'} money"
            if count > 1
            else ("The policy holds and costs money")
        )
    return f"All {count} policies hold and none costs money" if count > 1 else "The policy holds and costs nothing"
