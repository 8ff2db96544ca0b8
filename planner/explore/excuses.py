"""What keeps an offer out of a plan or small in it: typed, with the bottleneck and its figures, then in words.

After Netflix's service-capacity-modeling, which tells of each option that lost by which bottleneck, in numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from planner.explore.why_words import amount, listed, money, number, share
from planner.model.sets import Sets
from planner.plan.plan import Plan
from planner.plan.schema import split_list
from planner.plan.tables import HELD, MONEY_MEASURES, OWNED, RENTED, SPOT
from planner.result.result import Result
from planner.text.names import names as names_of
from planner.text.numbers import month, plural
from planner.text.policies import measure_of, policies_said

(NETWORK, LATENCY, ZONE, CERTIFICATION, THROUGHPUT, INTERRUPTIBLE, DATE, QUOTA, POWER, ROOM, POLICY) = (
    "network",
    "latency",
    "zone",
    "certification",
    "throughput",
    "interruptible share",
    "date",
    "quota",
    "power",
    "room",
    "policy",
)
REACH = (NETWORK, LATENCY, ZONE, CERTIFICATION)
LIFTABLE = {
    LATENCY: ("max_latency_ms", None),
    ZONE: ("allowed_zones", None),
    CERTIFICATION: ("required_certifications", None),
    INTERRUPTIBLE: ("interruptible_share", 1.0),
}
"""Bottlenecks that a rule of a workload makes, and what its cell is when the rule is lifted."""
PRESSING = (POLICY, QUOTA, POWER, ROOM, DATE, LATENCY, ZONE, CERTIFICATION, INTERRUPTIBLE, NETWORK, THROUGHPUT)
"""Bottlenecks in the order in which a person would act on them."""
PER = {
    "carbon_t": "tonne of carbon",
    "devices": "device",
    "energy_kwh": "kWh",
    "water_m3": "m³ of water",
    "volume": "unit",
    "open_sites": "open site",
}
LATENCY_MEASURE = "latency"
SHARE_OF = "share of "
"""How the unit of a limit begins that is a share of a total."""
ONLY = {"capex": (OWNED,), "devices": (*HELD, *RENTED), "energy_kwh": (*HELD, *RENTED), "water_m3": (*HELD, *RENTED)}
"""Measures that not every pricing adds to."""
TIGHT = 1e-6


@dataclass(frozen=True)
class Excuse:
    """One thing that keeps an offer out or holds it down.

    `value` is what there is and `limit` what is asked for or allowed, both in `unit` (NaN where the rule has no
    number); `what` names the rule. `share`: of the workload's volume, the part that this alone or with others
    shuts out (NaN for what is no matter of volume). `absolute`: nothing of the offer can be used for it.
    """

    bottleneck: str
    sentence: str
    workload: str = ""
    what: str = ""
    value: float = float("nan")
    limit: float = float("nan")
    unit: str = ""
    share: float = float("nan")
    absolute: bool = False


def excuses(plan: Plan, result: Result, offer: str) -> list[Excuse]:
    """Everything that keeps the offer out or holds it down, what is absolute first."""
    s = Sets(plan)
    o = int(np.flatnonzero(s.offers["offer"] == offer)[0])
    found = [
        *_runs(plan, s, o),
        *_reach(plan, s, o),
        *_date(s, o),
        *_room(plan, s, o, result),
        *_policies(plan, s, o, result),
    ]
    return sorted(found, key=lambda e: (not e.absolute, PRESSING.index(e.bottleneck)))


def frame(found: list[Excuse]) -> pd.DataFrame:
    """Excuses as a table with their fields as columns."""
    rows = [e.__dict__ for e in found]
    kinds = {f.name: {"float": float, "bool": bool}.get(str(f.type), "str") for f in fields(Excuse)}
    return pd.DataFrame({n: pd.Series([r[n] for r in rows], dtype=t) for n, t in kinds.items()})


def _names(plan: Plan, table: str) -> np.ndarray:
    """What people call the rows of a table."""
    return names_of(plan, table).to_numpy(str)


def candidates(plan: Plan, s: Sets, o: int) -> tuple[np.ndarray, np.ndarray]:
    """Workloads with demand that the offer is meant for, and of these whether it can run them; shapes (n,)."""
    wanted = np.flatnonzero(s.demand.sum(axis=(1, 2, 3)) > 0)
    own = int(s.offer_workload[o])
    wanted = wanted if own < 0 else wanted[wanted == own]
    if s.is_api[o]:
        return wanted, np.ones(len(wanted), dtype=bool)
    rows = plan.table("throughput")
    hardware = s.offers["hardware"].iloc[o]
    runs = set(rows.loc[rows["hardware"] == hardware, "workload"])
    return wanted, np.array([w in runs for w in s.workloads["workload"].iloc[wanted]], dtype=bool)


def _runs(plan: Plan, s: Sets, o: int) -> Iterator[Excuse]:
    """What the hardware has no throughput for, and spot for what may not be interrupted."""
    wanted, runs = candidates(plan, s, o)
    names, ids = _names(plan, "workloads"), s.workloads["workload"].to_numpy(str)
    hardware = str(s.offers["hardware"].iloc[o])
    device = dict(zip(s.hardware["hardware"], _names(plan, "hardware"), strict=True)).get(hardware, hardware)
    alone = not runs.any()
    for w in wanted[~runs]:
        text = f"{device} has no throughput for {names[w]}: it is not known to run it."
        yield Excuse(THROUGHPUT, text, ids[w], hardware, share=1.0, absolute=alone)
    spare = s.workload_column("interruptible_share")
    if s.pricing[o] == SPOT:
        whole = runs.any() and not (spare[wanted[runs]] > 0).any()
        for w in wanted[runs]:
            if spare[w] <= 0:
                text = f"{names[w]} may not be interrupted, so spot may serve none of it."
                yield Excuse(INTERRUPTIBLE, text, ids[w], "interruptible_share", 0.0, 0.0, "share", 1.0, bool(whole))


def _reach(plan: Plan, s: Sets, o: int) -> Iterator[Excuse]:
    """Locations that the offer's site may not serve, by workload and rule."""
    wanted, runs = candidates(plan, s, o)
    wanted, site = wanted[runs], int(s.offer_site[o])
    if not len(wanted):
        return
    volume = s.demand.sum(axis=(2, 3))
    reaches = (s.reachable[wanted, :, site] & (volume[wanted] > 0)).any()
    names, ids = _names(plan, "workloads"), s.workloads["workload"].to_numpy(str)
    places = _names(plan, "locations")
    site_row = s.sites.iloc[site]
    for w in wanted:
        there = volume[w] > 0
        for test in REACH:
            shut = there & ~s.reach_tests[test][w, :, site]
            if test != NETWORK:  # what has no link at all is told once
                shut &= s.reach_tests[NETWORK][w, :, site]
            if not shut.any():
                continue
            part = float(volume[w][shut].sum() / volume[w].sum())
            where = f"{share(part)} of {names[w]} ({listed([str(p) for p in places[shut][:3]])}{' …' if shut.sum() > 3 else ''})"
            value, limit, unit, text = _reach_text(plan, s, w, site, site_row, test, shut, names[w], where)
            yield Excuse(test, text, ids[w], str(site_row["site"]), value, limit, unit, part, not reaches)


def _reach_text(
    plan: Plan, s: Sets, w: int, site: int, row: pd.Series, test: str, shut: np.ndarray, name: str, where: str
) -> tuple[float, float, str, str]:
    nan = float("nan")
    place = _names(plan, "sites")[site]
    if test == NETWORK:
        return nan, nan, "", f"There is no network link from {place} for {where}."
    if test == LATENCY:
        latency = s.links["latency_ms"].to_numpy(float)[s.link_of[site, shut]]
        limit = float(s.workloads["max_latency_ms"].iloc[w])
        best = float(latency.min())
        return best, limit, "ms", f"{place} is {number(best)} ms away or more, {number(limit)} ms are allowed: {where}."
    if test == ZONE:
        zones = listed(split_list(s.workloads["allowed_zones"].iloc[w]), "or")
        return nan, nan, "", f"{place} is in {row['zone']}, and {name} must stay in {zones}."
    missing = set(split_list(s.workloads["required_certifications"].iloc[w])) - set(split_list(row["certifications"]))
    return nan, nan, "", f"{place} does not hold {listed(sorted(missing))}, which {name} requires."


def _date(s: Sets, o: int) -> Iterator[Excuse]:
    """A first period of service later than the first of the plan."""
    if not s.is_held[o]:
        return
    first = int(s.first_service[o])
    if first > 0:
        late = first >= s.T
        months = s.settings.month_of_period()
        when = "after the end of the plan" if late else f"from {month(months[first], long=True)} on"
        lead = int(s.offers["lead_time_months"].iloc[o])
        wait = f", with its lead time of {plural(lead, 'month')}" if lead else ""
        text = f"It can be in service {when} at the earliest{wait}."
        yield Excuse(DATE, text, "", "lead_time_months", float(first + 1), float(s.T), "period", float("nan"), late)


def _room(plan: Plan, s: Sets, o: int, result: Result) -> Iterator[Excuse]:
    """Quotas of the offer, and power and room of its site: absent, or used up in the plan."""
    site = int(s.offer_site[o])
    capacity = result.frames["capacity"]
    periods = pd.RangeIndex(1, s.T + 1)

    def peak(of: pd.Series) -> float:
        rows = capacity[capacity["offer"].map(of).notna()]
        load = (rows["devices_in_service"] * rows["offer"].map(of).astype(float)).groupby(rows["period"]).sum()
        return float(load.reindex(periods).fillna(0.0).max())

    name, quota = str(s.offers["offer"].iloc[o]), float(s.offer_column("max_devices")[o])
    each = pd.Series(1.0, index=s.offers["offer"].astype(str))
    at_site = pd.Series(s.offer_site == site, index=each.index)
    held = pd.Series(s.is_held, index=each.index)
    power = pd.Series(s.power, index=each.index)
    if not s.is_api[o] and np.isfinite(quota):
        used = peak(each[[name]])
        yield from _limit(QUOTA, "It", used, quota, 0.0, "devices", "max_devices")
    rate = float(s.offer_column("max_units_per_hour")[o])
    if s.is_api[o] and np.isfinite(rate):
        rows = result.frames["dispatch"]
        rows = rows[rows["offer"] == name]
        hours = pd.Series(s.slice_hours, index=s.slices["slice"].astype(str))
        used = float((rows["volume"] / rows["slice"].map(hours).astype(float)).max()) if len(rows) else 0.0
        unit = str(s.workloads["unit"].iloc[int(s.offer_workload[o])])
        yield from _limit(QUOTA, "It", used, rate, 0.0, f"{unit} an hour", "max_units_per_hour")
    where = str(_names(plan, "sites")[site])
    kw = float(s.site_column("power_capacity_kw")[site])
    if s.is_held[o] and np.isfinite(kw) and s.power[o] > 0:
        used = peak(power[at_site & held])
        yield from _limit(POWER, where, used, kw, float(s.power[o]), "kW", "power_capacity_kw")
    room = float(s.site_column("max_devices")[site])
    if not s.is_api[o] and np.isfinite(room):
        one = 1.0 if s.is_held[o] else 0.0
        yield from _limit(ROOM, where, peak(each[at_site]), room, one, "devices", "max_devices")


def _limit(bottleneck: str, who: str, used: float, limit: float, one: float, unit: str, what: str) -> Iterator[Excuse]:
    """An excuse where a limit leaves no room for one more, or none at all."""
    none = limit < max(one, TIGHT)
    if none:
        need = f", and one device needs {amount(one, unit)}" if one > 1 else ""
        there = {QUOTA: "a quota of {}", POWER: "{} of power", ROOM: "room for {}"}[bottleneck]
        text = f"{who} has {there.format(amount(limit, unit))}{need}."
        yield Excuse(bottleneck, text, "", what, used, limit, unit, absolute=True)
    elif limit - used < one * (1 - TIGHT) or used >= limit * (1 - TIGHT):
        text = f"{who} is full in this plan: {number(used)} of at most {amount(limit, unit)}."
        yield Excuse(bottleneck, text, "", what, used, limit, unit)


def _where(window: pd.Series) -> str:
    """How a policy stands in a window in which it binds: one with a penalty can be broken at a price."""
    over = float(window["value"]) - float(window["limit"]) > 1e-6 * max(1.0, abs(float(window["limit"])))
    return "over its limit, at a penalty," if over else "at its limit"


def _policies(plan: Plan, s: Sets, o: int, result: Result) -> Iterator[Excuse]:
    """Policies that hold the offer down: at their limit in this plan, with the offer in scope."""
    site, offer = s.sites.iloc[int(s.offer_site[o])], s.offers.iloc[o]
    mine = {
        "provider": site["provider"],
        "site": site["site"],
        "site_kind": site["kind"],
        "zone": site["zone"],
        "pricing": offer["pricing"],
        "offer": offer["offer"],
    }
    windows = result.frames["policies"]
    said = policies_said(plan)
    for row in plan.table("policies").to_dict("records"):
        scoped = all(not split_list(row[c]) or v in split_list(row[c]) for c, v in mine.items())
        now = windows[(windows["policy"] == row["policy"]) & (windows["shadow_price"] > 1e-9)]
        caused = row["measure"] not in ONLY or offer["pricing"] in ONLY[str(row["measure"])]
        if row["sense"] == "min" or not scoped or not caused or now.empty:
            continue
        top = now.loc[now["shadow_price"].idxmax()]
        currency, measure = plan.settings.currency, str(row["measure"])
        more = f"{money(1.0, currency)} more" if measure in MONEY_MEASURES else f"one more {PER.get(measure, measure)}"
        if measure == LATENCY_MEASURE:
            more = "one ms more"
        text = (
            f"The policy “{said[row['policy']]}” is {_where(top)} in {len(now)} of "
            f"{int((windows['policy'] == row['policy']).sum())} windows: {more} would save up to "
            f"{money(float(top['shadow_price']), currency)} in cost, present value."
        )
        what, unit = measure_of(measure, currency)
        if row["share_of"] == "total":
            unit = SHARE_OF + what
        unit = unit or what
        yield Excuse(POLICY, text, "", str(row["policy"]), float(top["value"]), float(top["limit"]), unit)
