"""Two answers side by side: which decisions differ, and which of them turn from yes to no."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.plan.plan import Plan
from planner.result.result import Result

DEVICES, ORDERS, SITES, VOLUME, UNSERVED = "devices", "orders", "sites", "volume", "unserved"
KINDS = (DEVICES, ORDERS, SITES, VOLUME, UNSERVED)
"""Kinds of decision, in the order in which people read them."""
KEYS = ["kind", "what", "workload", "year", "unit"]
DECISIONS = [*KEYS, "before", "after", "change"]
"""Columns of `decisions_that_differ`."""
MATERIAL = 0.01
"""Share of a plan's money from which an offer or site carries the plan."""
TRACE = 0.1
"""Share of `MATERIAL` below which it is as good as absent."""


def decisions(plan: Plan, result: Result) -> pd.DataFrame:
    """What a result decides, by plan year (from 1): kind, what, workload, year, unit, value.

    devices: in service, averaged over the year, by offer; orders: devices ordered, by offer;
    sites: months open, by site; volume: served at a site, by workload; unserved: by location and
    workload. What is zero has no row.
    """
    year_of = plan.settings.year_of_period()
    periods = pd.Series(np.bincount(year_of))
    units = plan.table("workloads").set_index("workload")["unit"]

    def summed(name: str, what: str, value: pd.Series | float, workload: bool = False) -> pd.DataFrame:
        frame = result.frames[name]
        out = pd.DataFrame({"what": frame[what], "year": year_of[frame["period"].to_numpy(int) - 1], "value": value})
        out["workload"] = frame["workload"] if workload else ""
        return out.groupby(["what", "workload", "year"], as_index=False)["value"].sum()

    capacity = result.frames["capacity"]
    devices = summed("capacity", "offer", capacity["devices_in_service"])
    devices["value"] /= devices["year"].map(periods).astype(float)
    parts = {
        DEVICES: devices,
        ORDERS: summed("capacity", "offer", capacity["ordered"]),
        SITES: summed("sites", "site", float(plan.settings.months_per_period)),
        VOLUME: summed("routing", "site", result.frames["routing"]["volume"], workload=True),
        UNSERVED: summed("unserved", "location", result.frames["unserved"]["volume"], workload=True),
    }
    out = pd.concat([part.assign(kind=kind) for kind, part in parts.items()], ignore_index=True)
    fixed = out["kind"].map({DEVICES: "devices", ORDERS: "devices", SITES: "months"})
    out["unit"] = fixed.where(fixed.notna(), out["workload"].map(units)).astype("str")
    return out.loc[out["value"].abs() > 1e-9, [*KEYS, "value"]].reset_index(drop=True)


def decisions_that_differ(plan_a: Plan, a: Result, plan_b: Plan, b: Result, least: float = 1e-4) -> pd.DataFrame:
    """The decisions in which two answers differ, the widest apart of each kind first.

    Columns: kind, what (offer, site or location), workload (blank: of none), year (of the plan,
    from 1), unit, before (in a), after (in b), change; see `decisions` for what each kind counts.
    A difference below `least` of the greatest value of its kind and unit is left out: it is rounding.
    """
    both = pd.concat([decisions(plan_a, a).assign(side="before"), decisions(plan_b, b).assign(side="after")])
    if both.empty:
        return pd.DataFrame({c: pd.Series(dtype=float if c in DECISIONS[-3:] else object) for c in DECISIONS})
    out = both.pivot_table(index=KEYS, columns="side", values="value", aggfunc="sum", fill_value=0.0)
    out = out.reindex(columns=["before", "after"], fill_value=0.0).rename_axis(columns=None).reset_index()
    out["change"] = out["after"] - out["before"]
    scale = out[["before", "after"]].abs().max(axis=1).groupby([out["kind"], out["unit"]]).transform("max")
    wide = out["change"].abs() > least * scale
    out, scale = out[wide], scale[wide]
    rank = {kind: i for i, kind in enumerate(KINDS)}
    widest = out["change"].abs().groupby([out["kind"], out["what"], out["workload"]]).transform("max")
    out = out.assign(rank=out["kind"].map(rank), widest=-(widest / scale))
    out = out.sort_values(["rank", "widest", "what", "workload", "year"], kind="stable")
    return out[DECISIONS].reset_index(drop=True)


def shares(result: Result) -> pd.DataFrame:
    """The share of a plan's money that each offer and site moves: kind (offer, site), what, share.

    Share of the sum of the absolute present values of the ledger, so that a sale counts like a
    purchase. An offer whose site is paid for it has both.
    """
    ledger = result.ledger.assign(size=result.ledger["present_value"].abs())
    whole = float(ledger["size"].sum()) or 1.0
    parts = []
    for kind in ("offer", "site"):
        part = ledger[ledger[kind] != ""].groupby(kind, as_index=False)["size"].sum()
        parts.append(pd.DataFrame({"kind": kind, "what": part[kind].astype("str"), "share": part["size"] / whole}))
    return pd.concat(parts, ignore_index=True)


def flips(a: Result, b: Result, material: float = MATERIAL) -> pd.DataFrame:
    """The offers and sites that enter or leave between two answers: kind, what, turn, before, after.

    In is what moves at least `material` of the plan's money, out is what moves less than a tenth of
    that; `before` and `after` are those shares. Greatest first.
    """
    before, after = (shares(r).set_index(["kind", "what"])["share"] for r in (a, b))
    out = pd.DataFrame({"before": before, "after": after}).fillna(0.0).rename_axis(["kind", "what"]).reset_index()
    enters = (out["before"] < TRACE * material) & (out["after"] >= material)
    leaves = (out["after"] < TRACE * material) & (out["before"] >= material)
    out["turn"] = np.where(enters, "enters", "leaves")
    out["size"] = out[["before", "after"]].max(axis=1)
    out = out[enters | leaves].sort_values(["size", "kind", "what"], ascending=[False, True, True])
    return out[["kind", "what", "turn", "before", "after"]].reset_index(drop=True)
