"""Energy, carbon and water, worked out again from what is held and what is used."""

from __future__ import annotations

import numpy as np

from planner.result.verify.case import Case, Coded
from planner.result.verify.findings import Findings

FIGURES = ("energy_kwh", "operational_carbon_t", "embodied_carbon_t", "carbon_t", "water_m3")
EXACT = 1e-7


def check_emissions(case: Case, say: Findings) -> None:
    """Every figure of the emissions frame, by what causes it."""
    want = footprint(case)
    found = case.rows["emissions"]
    keys = np.concatenate([_key(case, found), _key(case, want)])
    unique, at = np.unique(keys, return_inverse=True)
    n = len(found["period"])
    labels = case.label(_unkey(case, unique), "period", "site", "offer", "workload")
    for figure in FIGURES:
        a = np.bincount(at[:n], found[figure], len(unique))
        b = np.bincount(at[n:], want[figure], len(unique))
        say.equal(figure, a, b, labels, f"Emissions say {figure} {{found}}, the frames give {{other}}", EXACT)


def footprint(case: Case) -> Coded:
    """Rows of what is drawn and emitted: period, site, offer, workload (-1: caused by none) and the figures."""
    d, o, s = case.rows["dispatch"], case.offers, case.sites
    offer = d["offer"]
    used, units = d["device_hours"], d["volume"]
    api, rented = o.is_api[offer], o.is_rented[offer]
    draw = o.kw[offer] - np.where(rented, 0.0, o.idle_kw[offer])
    per_month = o.embodied / o["useful_life_months"] / 1000
    by_use = {
        "period": d["period"],
        "offer": offer,
        "workload": d["workload"],
        "kwh": np.where(api, 0.0, used * draw),
        "embodied_carbon_t": np.where(rented, used / case.hours * per_month[offer] * case.months, 0.0),
        "other_t": np.where(api, units * o["carbon_g_per_unit"][offer] / 1e6, 0.0),
    }
    held, period = np.nonzero(case.held)
    n = case.held[held, period]
    by_having = {
        "period": period,
        "offer": held,
        "workload": o.only[held],
        "kwh": n * o.idle_kw[held] * case.hours,
        "embodied_carbon_t": n * per_month[held] * case.months,
        "other_t": np.zeros(len(n)),
    }
    out = {k: np.concatenate([by_use[k], by_having[k]]) for k in by_use}
    site = o.site[out["offer"]]
    meter = out.pop("kwh") * s["pue"][site]
    out |= {
        "site": site,
        "energy_kwh": meter,
        "operational_carbon_t": meter * s["carbon_g_per_kwh"][site] / 1e6 + out.pop("other_t"),
        "water_m3": meter * s["water_l_per_kwh"][site] / 1e3,
    }
    out["carbon_t"] = out["operational_carbon_t"] + out["embodied_carbon_t"]
    return out


def _shape(case: Case) -> tuple[int, ...]:
    return case.T, case.S + 1, case.O + 1, case.W + 1


def _key(case: Case, rows: Coded) -> np.ndarray:
    return np.ravel_multi_index(
        (rows["period"], rows["site"] + 1, rows["offer"] + 1, rows["workload"] + 1), _shape(case)
    )


def _unkey(case: Case, keys: np.ndarray) -> Coded:
    t, s, o, w = np.unravel_index(keys, _shape(case))
    return {"period": t, "site": s - 1, "offer": o - 1, "workload": w - 1}
