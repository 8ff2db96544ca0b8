"""Policies, measured again from the frames: hard ones hold, soft ones are charged what they give way."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.plan.schema import split_list
from planner.result.verify.case import HELD, RENTED, Case, Findings, lookup

STOCKS = ("devices", "open_sites")
WHO = ["period", "site", "offer", "workload"]


def check_policies(case: Case, say: Findings) -> None:
    """Every policy in every window."""
    table = case.plan.table("policies").set_index("policy", drop=False)
    measured: dict[str, pd.DataFrame] = {}
    for row in case.frames["policies"].itertuples():
        p = table.loc[row.policy]
        x = measured.setdefault(p["measure"], _described(case, _measure(case, p["measure"])))
        inside = x[(x["period"] >= row.from_period) & (x["period"] <= row.to_period)]
        divide = row.to_period - row.from_period + 1 if p["measure"] in STOCKS else 1
        scoped = float(inside.loc[_scope(inside, p), "amount"].sum()) / divide
        total = float(inside["amount"].sum()) / divide
        is_share = p["share_of"] == "total"
        limit = p["limit"] * total if is_share else p["limit"]
        over = scoped - limit if p["sense"] == "max" else limit - scoped
        size = max(1.0, abs(limit), abs(total) if is_share else 0.0)
        where = f"{row.policy} in periods {row.from_period} to {row.to_period}"
        if pd.isna(p["penalty"]):
            if over > 1e-5 * size:
                say.say(
                    "policy", f"The policy {where} is broken by {over:,.6g} (value {scoped:,.6g}, limit {limit:,.6g})."
                )
        elif abs(max(over, 0.0) - row.violation) > 1e-5 * size:
            say.say(
                "policy",
                f"The policy {where} gives way by {max(over, 0.0):,.6g}, the result says {row.violation:,.6g}.",
            )
        told = row.value * total if is_share and total != 0 else row.value
        if not (is_share and total == 0) and abs(told - scoped) > 1e-5 * size:
            say.say("policy value", f"The policy {where} has the value {scoped:,.6g}, the result says {told:,.6g}.")
    _windows(case, say)


def _windows(case: Case, say: Findings) -> None:
    """Every policy has the windows that it should, no more and no fewer."""
    year = {t: (t - 1) * case.months // 12 for t in range(1, case.periods + 1)}
    found = case.frames["policies"].groupby("policy").size()
    for row in case.plan.table("policies").itertuples():
        first = 1 if pd.isna(row.from_period) else int(row.from_period)
        last = case.periods if pd.isna(row.to_period) else min(int(row.to_period), case.periods)
        periods = range(first, last + 1)
        n = {"period": len(periods), "horizon": min(len(periods), 1)}.get(row.window, len({year[t] for t in periods}))
        if found.get(row.policy, 0) != n:
            say.say("windows", f"The policy {row.policy} has {found.get(row.policy, 0)} windows, it should have {n}.")


def _measure(case: Case, measure: str) -> pd.DataFrame:
    f = case.frames
    if measure in ("spend", "capex", "opex"):
        kinds = ("capex", "opex") if measure == "spend" else (measure,)
        return f["ledger"].loc[f["ledger"]["cash"].isin(kinds), [*WHO, "amount"]]
    if measure == "volume":
        return _with_site(case, f["dispatch"]).rename(columns={"volume": "amount"})[[*WHO, "amount"]]
    if measure == "devices":
        d = _with_site(case, f["dispatch"])
        rented = d[lookup(d["offer"], case.offers["pricing"]).isin(RENTED)]
        rented = rented.assign(amount=rented["device_hours"] / case.hours)
        h = case.held[case.held["pricing"].isin(HELD)]
        held = h.assign(amount=h["devices_in_service"], workload=h["workload"].fillna(""))
        return pd.concat([rented[[*WHO, "amount"]], held[[*WHO, "amount"]]], ignore_index=True)
    if measure == "open_sites":
        return f["sites"].assign(offer="", workload="", amount=1.0)[[*WHO, "amount"]]
    return f["emissions"].rename(columns={measure: "amount"})[[*WHO, "amount"]]


def _with_site(case: Case, dispatch: pd.DataFrame) -> pd.DataFrame:
    return dispatch.assign(site=lookup(dispatch["offer"], case.offers["site"]))


def _described(case: Case, x: pd.DataFrame) -> pd.DataFrame:
    """The measure with everything that a scope can name; blank where there is no offer, site or workload."""
    s, o, w = case.sites, case.offers, case.workloads
    return x.assign(
        provider=lookup(x["site"], s["provider"]).fillna(""),
        site_kind=lookup(x["site"], s["kind"]).fillna(""),
        zone=lookup(x["site"], s["zone"]).fillna(""),
        pricing=lookup(x["offer"], o["pricing"]).fillna(""),
        team=lookup(x["workload"], w["team"]).fillna(""),
    )


def _scope(x: pd.DataFrame, policy: pd.Series) -> np.ndarray:
    keep = np.ones(len(x), dtype=bool)
    for column in ("provider", "site", "site_kind", "zone", "pricing", "offer", "workload", "team"):
        wanted = split_list(policy[column])
        if wanted:
            keep &= x[column].isin(wanted).to_numpy()
    return keep
