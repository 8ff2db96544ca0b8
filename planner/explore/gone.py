"""Doing without a vendor: what it costs; where no plan does, what it would cost if the rules gave way a little.

Without means nothing new: what is signed runs to its end. What it would cost to lose that at once stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from planner.explore.case import Case
from planner.explore.difference import Difference
from planner.explore.runner import Runner
from planner.explore.vendor import Vendor, vendor_of
from planner.model.options import Options
from planner.plan.plan import Plan
from planner.result.conflicts import VOLUME
from planner.result.result import Conflict, Result
from planner.text.numbers import rounded_up

EASED, AT_ONCE = "without the vendor, its rules eased", "the vendor gone at once"
UNSOLVED = "unsolved"


def meaning(provider: str, signed: bool) -> str:
    """What being without a vendor means wherever it is asked, in words; `signed`: whether something is signed with him."""
    said = f"Without {provider} means nothing new from it"
    if signed:
        return f"{said}: its running commitments and devices are kept, paid and used to the end of their term or life."
    return f"{said}. Nothing is signed with it now, so that it would be the same if it were gone at once."


def meaning_of(plan: Plan, provider: str) -> str:
    """`meaning` for a vendor of a plan. Raises KeyError for one that is none."""
    return meaning(provider, signed=bool(vendor_of(plan, provider).signed))


def relieved(plan: Plan, conflicts: Iterable[Conflict]) -> Plan | None:
    """The plan with the changes made that conflicts ask for, as they are told: rounded up.

    None where one of them is volume that cannot be served, which is no way to serve it, or a limit that is
    a share of a total, which no amount of money turns into another share.
    """
    frames: dict[str, pd.DataFrame] = {}
    for x in conflicts:
        table = frames.get(x.table, plan.table(x.table)).copy()
        amount = rounded_up(x.amount)
        if x.table == VOLUME:
            return None
        if x.table == "policies":
            row = table["policy"] == x.key
            if (table.loc[row, "share_of"] == "total").any():
                return None
            sense = np.where(table.loc[row, "sense"] == "min", -1.0, 1.0)
            # Windows ask for more room each: the widest is enough for all.
            wanted = plan.table("policies").loc[row, "limit"] + sense * amount
            least = table.loc[row, "limit"]
            table.loc[row, "limit"] = np.where(sense > 0, np.maximum(least, wanted), np.minimum(least, wanted))
        elif x.table == "workloads" and ";" in x.key:
            row = table["workload"] == x.key.split(";")[0]
            asked = plan.table("workloads").loc[row, "survive_site_loss_share"]
            kept = np.minimum(table.loc[row, "survive_site_loss_share"], np.maximum(asked - amount, 0.0))
            table.loc[row, "survive_site_loss_share"] = kept
        elif x.table == "workloads":
            row = table["workload"] == x.key
            table.loc[row, "interruptible_share"] = np.minimum(table.loc[row, "interruptible_share"] + amount, 1.0)
        else:
            row, column = _limit(table, x)
            table.loc[row, column] = table.loc[row, column] + amount
        frames[x.table] = table
    return plan.replace(**frames)


def _limit(table: pd.DataFrame, x: Conflict) -> tuple[pd.Series, str]:
    """Rows and column of a limit of an offer, a site or a link."""
    if x.table == "network":
        site, location = x.key.split(";")
        return (table["site"] == site) & (table["location"] == location), "bandwidth_gbps"
    by_unit = {"offers": {"devices": "max_devices"}, "sites": {"kW": "power_capacity_kw", "devices": "max_devices"}}
    return table[x.table[:-1]] == x.key, by_unit[x.table].get(x.unit, "max_units_per_hour")


def at_once(plan: Plan, vendor: Vendor) -> Plan | None:
    """The plan without the vendor and without what is signed with him: the template `vendor`. None where nothing is."""
    assets = plan.tables["assets"]
    held = assets["offer"].isin(vendor.offers)
    if not held.any():
        return None
    offers = plan.tables["offers"]
    never = offers["available_from"].mask(offers["offer"].isin(vendor.offers), plan.settings.periods + 1)
    return plan.replace(assets=assets[~held], offers=offers.assign(available_from=never))


def gone_facts(
    plan: Plan, vendor: Vendor, now: Result, gone: Result | None, runner: Runner, options: Options
) -> dict[str, Any]:
    """What doing without the vendor costs, as facts.

    gone: status, and where there is a plan gone_pv, gone_low, gone_high, gone_a_year, gone_certain (difference of
    the cost). conflicts: what stands in the way. eased: the same difference with those changes made, or None.
    at_once: with what is signed lost too (status, conflicts, the difference), or None where nothing is.
    """
    out: dict[str, Any] = {"gone": UNSOLVED if gone is None else gone.status, "conflicts": []}
    cases: list[Case] = []
    if gone is not None and gone.has_plan:
        out |= {f"gone_{k}": v for k, v in _difference(plan, now, gone, True).items()}
    elif gone is not None:
        out["conflicts"] = [c.sentence for c in gone.conflicts]
        eased = relieved(vendor.gone(), gone.conflicts) if gone.conflicts else None
        if eased is not None:
            cases.append(Case(EASED, eased, options))
    lost = at_once(plan, vendor)
    if lost is not None:
        cases.append(Case(AT_ONCE, lost, options, explained=True))
    found = runner.solve(cases)
    changed, once = found.get(EASED), found.get(AT_ONCE)
    out["eased"] = _difference(plan, now, changed, None) if changed is not None and changed.has_plan else None
    out["at_once"] = None
    if lost is not None:
        out["at_once"] = {
            "status": UNSOLVED if once is None else once.status,
            "conflicts": [] if once is None else [c.sentence for c in once.conflicts],
            **(_difference(plan, now, once, None) if once is not None and once.has_plan else {}),
        }
    return out


def _difference(plan: Plan, now: Result, other: Result, restricts: bool | None) -> dict[str, Any]:
    d = Difference.between(now, other, restricts)
    low, high = (None if np.isinf(x) else x for x in (d.low, d.high))
    return {"pv": d.estimate, "low": low, "high": high, "certain": d.certain, "a_year": d.a_year(plan).estimate}
