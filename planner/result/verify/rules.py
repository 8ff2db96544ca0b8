"""Policies, measured again from the frames: hard ones hold, soft ones are charged what they give way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from planner.plan.schema import split_list
from planner.result.frames import CAPEX, OPEX
from planner.result.verify.case import Case, Coded
from planner.result.verify.findings import Findings

STOCKS = ("devices", "open_sites")
WHO = ("period", "site", "offer", "workload")


def check_policies(case: Case, say: Findings) -> None:
    """Every policy in every window."""
    told = pd.DataFrame(case.rows["policies"])
    names = case.names["policy"]
    rows: dict[str, Coded] = {}
    for i, p in enumerate(case.table("policies").to_dict("records")):
        measure = p["measure"]
        x = rows.setdefault(measure, measured(case, measure))
        inside = in_scope(case, x, p)
        scoped = np.bincount(x["period"][inside], x["amount"][inside], case.T)
        total = np.bincount(x["period"], x["amount"], case.T)
        mine = told[told["policy"] == i].set_index(["from_period", "to_period"])
        for first, last in _windows(case, p):
            where = f"{names[i]} in periods {first + 1} to {last + 1}"
            if (first, last) not in mine.index:
                say.say("windows", f"The result has no row for the policy {where}: its windows are others.")
                continue
            divide = divisor(case, p, first, last)
            value, whole = (float(a[first : last + 1].sum()) / divide for a in (scoped, total))
            _check(say, p, where, value, whole, mine.loc[(first, last)])
        for first, last in mine.index.difference(pd.MultiIndex.from_tuples(_windows(case, p), names=mine.index.names)):
            say.say("windows", f"The policy {names[i]} has no window from {first + 1} to {last + 1}.")


def _check(say: Findings, p: dict, where: str, value: float, whole: float, row: pd.Series) -> None:
    is_share = p["share_of"] == "total"
    limit = p["limit"] * whole if is_share else p["limit"]
    over = value - limit if p["sense"] == "max" else limit - value
    size = max(1.0, abs(limit), abs(value), abs(whole) if is_share else 0.0)
    close = say.tolerance * size

    def far(a: float, b: float, unit: float = 1.0) -> bool:
        return not abs(a - b) * unit <= close

    if not over <= close and pd.isna(p["penalty"]):
        say.say("policy", f"The policy {where} is broken by {over:,.7g} (value {value:,.7g}, limit {limit:,.7g}).")
    gives = max(over, 0.0) if not pd.isna(p["penalty"]) else 0.0
    # Without a price nothing keeps the violation down to what is needed.
    if far(row["violation"], gives) and not (p["penalty"] == 0 and row["violation"] >= gives - close):
        say.say("violation", f"The policy {where} gives way by {gives:,.7g}, the result says {row['violation']:,.7g}.")
    if is_share and abs(whole) <= close:
        return
    unit = abs(whole) if is_share else 1.0
    shown = value / whole if is_share else value
    if far(row["value"], shown, unit):
        say.say("policy value", f"The policy {where} has the value {shown:,.7g}, the result says {row['value']:,.7g}.")
    slack = -over / unit
    if far(row["slack"], slack, unit) or row["limit"] != p["limit"]:
        say.say(
            "policy limit",
            f"The policy {where} has the limit {p['limit']:,.7g} and slack {slack:,.7g}, "
            f"the result says {row['limit']:,.7g} and {row['slack']:,.7g}.",
        )
    if (row["measure"], row["sense"], row["window"]) != (p["measure"], p["sense"], p["window"]):
        say.say("policy", f"The result tells the policy {where} as another kind of policy.")


def _windows(case: Case, p: dict) -> list[tuple[int, int]]:
    """First and last period, from 0, of every window."""
    first = 0 if pd.isna(p["from_period"]) else int(p["from_period"]) - 1
    last = case.T - 1 if pd.isna(p["to_period"]) else min(int(p["to_period"]), case.T) - 1
    periods = np.arange(first, last + 1)
    if not len(periods):
        return []
    if p["window"] == "horizon":
        return [(first, last)]
    label = periods if p["window"] == "period" else periods * case.months // 12
    starts = np.flatnonzero(np.append(True, np.diff(label)))
    ends = np.append(starts[1:], len(periods)) - 1
    return [(int(periods[a]), int(periods[b])) for a, b in zip(starts, ends, strict=True)]


def divisor(case: Case, p: Mapping[str, Any], first: int, last: int) -> float:
    """Stocks are averages over the periods of a window, latency over the volume asked for in it."""
    if p["measure"] != "latency":
        return last - first + 1 if p["measure"] in STOCKS else 1
    labels = {"workload": case.names["workload"], "team": case.workloads.text("team")}
    wanted = {c: split_list(p.get(c)) for c in labels}
    chosen = [i for i in range(case.W) if all(not w or labels[c][i] in w for c, w in wanted.items())]
    return float(case.demand[chosen, :, first : last + 1].sum()) or 1.0


def _latency(case: Case) -> Coded:
    """Volume x ms of its link; what is left unserved counts with the slowest link of all."""
    n = case.network
    site, place = (case.code(a, case.table("network")[a]) for a in ("site", "location"))
    ms = np.zeros((case.S, case.L))
    ms[site, place] = n["latency_ms"]
    r, u = case.rows["routing"], case.rows["unserved"]
    return {
        "period": np.concatenate([r["period"], u["period"]]),
        "site": np.concatenate([r["site"], np.full(len(u["period"]), -1)]),
        "offer": np.full(len(r["period"]) + len(u["period"]), -1),
        "workload": np.concatenate([r["workload"], u["workload"]]),
        "amount": np.concatenate([r["volume"] * ms[r["site"], r["location"]], u["volume"] * ms.max(initial=0.0)]),
    }


def measured(case: Case, measure: str) -> Coded:
    """Rows of amounts with what causes them, -1 where there is none."""
    if measure in ("spend", "capex", "opex"):
        x = case.rows["ledger"]
        keep = np.isin(x["cash"], (CAPEX, OPEX) if measure == "spend" else (measure,))
        return {k: x[k][keep] for k in (*WHO, "amount")}
    d, o = case.rows["dispatch"], case.offers
    if measure == "latency":
        return _latency(case)
    if measure == "open_sites":
        x = case.rows["sites"]
        none = np.full(len(x["site"]), -1)
        return {"period": x["period"], "site": x["site"], "offer": none, "workload": none, "amount": none * -1.0}
    if measure in ("volume", "devices"):
        keep = np.ones(len(d["offer"]), bool) if measure == "volume" else o.is_rented[d["offer"]]
        out = {k: d[k][keep] for k in ("period", "offer", "workload")}
        out["amount"] = d["volume"][keep] if measure == "volume" else d["device_hours"][keep] / case.hours
        if measure == "devices":
            offer, t = np.nonzero(case.held)
            more = {"period": t, "offer": offer, "workload": o.only[offer], "amount": case.held[offer, t]}
            out = {k: np.concatenate([v, more[k]]) for k, v in out.items()}
        return {**out, "site": o.site[out["offer"]]}
    x = case.rows["emissions"]
    return {**{k: x[k] for k in WHO}, "amount": x[measure]}


def in_scope(case: Case, x: Coded, policy: Mapping[str, Any]) -> np.ndarray:
    """Rows in scope: every column given must match, and what is caused by none matches none."""
    keep = np.ones(len(x["period"]), bool)
    has = {
        "provider": ("site", case.sites.text("provider")),
        "site": ("site", case.names["site"]),
        "site_kind": ("site", case.sites.text("kind")),
        "zone": ("site", case.sites.text("zone")),
        "pricing": ("offer", case.offers.pricing),
        "offer": ("offer", case.names["offer"]),
        "workload": ("workload", case.names["workload"]),
        "team": ("workload", case.workloads.text("team")),
    }
    for column, (axis, labels) in has.items():
        wanted = split_list(policy.get(column))
        if wanted:
            keep &= np.append(np.isin(labels.astype(str), wanted), False)[x[axis]]
    return keep
