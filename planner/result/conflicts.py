"""Changes that would make an infeasible plan feasible, as sentences with names, numbers and units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from planner.model.elastic import Change
from planner.model.reach import Unreachable
from planner.plan.plan import Plan
from planner.result.result import Conflict
from planner.text.names import as_subject, names, offer_names
from planner.text.numbers import listed, money, month, percent, rounded_up, spans
from planner.text.policies import policies_said

VOLUME = "demand"
MOST_PLACES = 3


@dataclass(frozen=True)
class _Names:
    """What the rows of a plan are called, by table and identifier."""

    plan: Plan
    known: dict[str, pd.Series]
    policies: dict[str, str]

    @classmethod
    def of(cls, plan: Plan) -> _Names:
        tables = {t: names(plan, t) for t in ("workloads", "locations", "sites")}
        return cls(plan, {**tables, "offers": offer_names(plan)}, policies_said(plan))

    def __call__(self, table: str, key: str) -> str:
        return str(self.known[table].get(key, key))

    def period(self, t: int) -> str:
        """A period with the month in which it begins."""
        months = self.plan.settings.month_of_period()
        return f"period {t} ({month(months[t - 1])})" if 1 <= t <= len(months) else f"period {t}"


def conflicts_of(changes: Iterable[Change], plan: Plan) -> tuple[Conflict, ...]:
    """Changes with their sentences; volume that cannot be served at the same places is one, whatever the periods."""
    say = _Names.of(plan)
    volume: dict[str, list[Change]] = {}
    out: list[Conflict | str] = []
    for x in changes:
        if x.table == VOLUME:
            if x.key not in volume:
                out.append(x.key)
            volume.setdefault(x.key, []).append(x)
        else:
            out.append(Conflict(x.table, x.key, x.period, x.amount, x.unit, _sentence(x, say)))
    return tuple(_unserved(volume[c], say) if isinstance(c, str) else c for c in out)


def _unserved(parts: list[Change], say: _Names) -> Conflict:
    """What cannot be served of a workload at some places, over the periods in which it cannot."""
    first = parts[0]
    workload, *places = first.key.split(";")
    named = [say("locations", p) for p in places]
    where = f"at {listed(named)}" if len(places) <= MOST_PLACES else f"at {len(places)} locations"
    amount, present = sum(x.amount for x in parts), sum(x.present for x in parts)
    periods = [x.period for x in parts if x.period is not None]
    when = ""
    if len(periods) == 1:
        when = f" in {say.period(periods[0])}"
    elif periods:
        begins = month(say.plan.settings.month_of_period()[min(periods) - 1])
        when = f" in periods {spans(periods)} (from {begins})"
    whole = amount >= present * (1 - 1e-6)
    how_much = f"All {_number(present)}" if whole else f"{_number(amount)} of {_number(present)}"
    text = (
        f"{how_much} {first.unit} of {say('workloads', workload)} {where}{when} cannot be served: "
        "lower the volume, add capacity, or give the workload an unserved penalty."
    )
    return Conflict(VOLUME, first.key, periods[0] if len(periods) == 1 else None, amount, first.unit, text)


def _sentence(x: Change, say: _Names) -> str:
    """What to change, from what to what."""
    target = x.present + x.amount
    if x.table == "policies":
        return _policy(x, say)
    if x.column == "survive_site_loss_share":
        workload, site = x.key.split(";")
        lost = f"after the loss of {say('sites', site)}" if site else "after the loss of a site"
        kept = max(x.present - rounded_up(x.amount), 0.0)
        return (
            f"{say('workloads', workload)}: {percent(kept)} can be served {lost}, "
            f"not the {percent(x.present)} asked for."
        )
    if x.column == "interruptible_share":
        share = percent(min(rounded_up(target), 1.0))
        return (
            f"{say('workloads', x.key)} would need an interruptible share of {share} instead of {percent(x.present)}."
        )
    if x.table == "network":
        site, location = x.key.split(";")
        name = f"{say('sites', site)} to {say('locations', location)}"
    else:
        name = say(x.table, x.key)
    what = {
        ("offers", "max_devices"): "a quota of {}",
        ("offers", "max_units_per_hour"): "a rate limit of {}",
        ("sites", "power_capacity_kw"): "{} of power",
        ("sites", "max_devices"): "room for {}",
        ("network", "bandwidth_gbps"): "a link of {}",
    }[x.table, x.column]
    asked = what.format(_quantity(target, x.unit))
    return f"{as_subject(name)} would need {asked} instead of {_quantity(x.present, x.unit)}."


def _policy(x: Change, say: _Names) -> str:
    """By how much a policy would have to give way, said as it is said elsewhere, with its identifier behind."""
    currency = say.plan.settings.currency
    rows = say.plan.table("policies").set_index("policy")
    window = rows["window"].get(x.key, "period")
    by = rounded_up(x.amount)
    amount = money(by, currency) if x.unit == currency else _quantity(by, x.unit)
    when = ""
    if x.period is not None and window != "horizon":
        years = window == "year" and say.plan.settings.months_per_period < 12
        when = f" in the year that ends with {say.period(x.period)}" if years else f" in {say.period(x.period)}"
    said = say.policies.get(x.key)
    policy = f"“{said}” ({x.key})" if said else x.key
    return f"The policy {policy} would have to give way by {amount}{when}."


def _number(value: float) -> str:
    """A number to four figures, up, so that the change suffices."""
    value = rounded_up(value, 4)
    return f"{value:,.0f}" if value == int(value) or value >= 1000 else f"{value:,.4g}"


def _quantity(value: float, unit: str) -> str:
    return f"{_number(value)} {unit[:-1] if value == 1 and unit in ('devices', 'sites') else unit}"


def conflicts_of_reach(
    found: Iterable[Unreachable], volume: dict[tuple[str, str], float], plan: Plan
) -> tuple[Conflict, ...]:
    """Workloads at locations that no site can serve, as conflicts over all their volume (by workload and location)."""
    say = _Names.of(plan)
    units = plan.table("workloads").set_index("workload")["unit"]
    return tuple(
        Conflict(
            VOLUME,
            f"{x.workload};{x.location}",
            None,
            volume[x.workload, x.location],
            str(units[x.workload]),
            x.told(say("workloads", x.workload), say("locations", x.location)),
        )
        for x in found
    )
