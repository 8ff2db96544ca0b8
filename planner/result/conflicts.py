"""Changes that would make an infeasible plan feasible, as sentences with numbers."""

from __future__ import annotations

from planner.model.elastic import Change
from planner.model.reach import Unreachable
from planner.result.result import Conflict


def number(x: float) -> str:
    """A number as a person writes it, rounded up a little so that the change suffices."""
    if x == int(x) or abs(x) >= 1000:
        return f"{x:,.0f}"
    return f"{x:,.4g}"


def sentence(x: Change) -> str:
    """What to change, from what to what."""
    target = x.present + x.amount
    when = f" in period {x.period}" if x.period is not None else ""
    if x.table == "demand":
        workload, *places = x.key.split(";")
        where = f"at {' and '.join(places)}" if len(places) <= 3 else f"at {len(places)} locations"
        return (
            f"{number(x.amount)} of {number(x.present)} {x.unit} of {workload} {where}{when} cannot be served: "
            "lower the volume, add capacity, or give the workload an unserved penalty."
        )
    if x.table == "policies":
        window = f" (window ending in period {x.period})" if x.period is not None else ""
        return f"The policy {x.key}{window} would have to give way by {number(x.amount)} {x.unit}; its limit is {number(x.present)}."
    if x.column == "survive_site_loss_share":
        workload, site = x.key.split(";")
        lost = f" after the loss of {site}" if site else ""
        return f"{workload} can keep a share of {number(x.present - x.amount)}{lost}, not the {number(x.present)} asked for."
    if x.column == "interruptible_share":
        return f"{x.key} would need an interruptible share of {number(target)} instead of {number(x.present)}."
    what = {
        ("offers", "max_devices"): "the offer {} would need max_devices of {} instead of {}",
        ("offers", "max_units_per_hour"): "the offer {} would need a rate limit of {} instead of {}",
        ("sites", "power_capacity_kw"): "the site {} would need {} kW of power instead of {}",
        ("sites", "max_devices"): "the site {} would need room for {} devices instead of {}",
        ("network", "bandwidth_gbps"): "the link {} would need {} Gbit/s instead of {}",
    }[x.table, x.column]
    text = what.format(x.key.replace(";", " to "), number(target), number(x.present))
    return text[0].upper() + text[1:] + "."


def conflict(x: Change) -> Conflict:
    """A change with its sentence."""
    return Conflict(x.table, x.key, x.period, x.amount, x.unit, sentence(x))


def conflict_of_reach(x: Unreachable, volume: float, unit: str) -> Conflict:
    """A workload at a location that no site can serve, as a conflict over all its volume."""
    return Conflict("demand", f"{x.workload};{x.location}", None, volume, unit, x.sentence)
