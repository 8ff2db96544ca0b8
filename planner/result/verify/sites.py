"""Sites: power, room for devices, open when used; workloads hosted where that costs."""

from __future__ import annotations

import numpy as np

from planner.result.verify.case import Case
from planner.result.verify.findings import Findings


def check_sites(case: Case, say: Findings) -> None:
    """Power, devices, opening, deployment."""
    _power(case, say)
    _room(case, say)
    _open(case, say)
    _hosted(case, say)


def _at_sites(case: Case, by_offer: np.ndarray) -> np.ndarray:
    """Sums over the offers of each site: first axis offers in, sites out."""
    out = np.zeros((case.S, *by_offer.shape[1:]))
    np.add.at(out, case.offers.site, by_offer)
    return out


def _power(case: Case, say: Findings) -> None:
    kw = _at_sites(case, case.held * case.offers.kw[:, None])
    limit = case.sites["power_capacity_kw"][:, None]
    say.at_most(
        "power", kw, limit, case.axes("site", "period"), "Installed IT power is {found} kW, the site has {other}"
    )


def _room(case: Case, say: Findings) -> None:
    d, o = case.rows["dispatch"], case.offers
    hours = case.total(d["device_hours"] * o.is_rented[d["offer"]], d, "offer", "period", "slice")
    devices = _at_sites(case, case.held)[:, :, None] + _at_sites(case, hours) / case.slice_hours
    limit = case.sites["max_devices"][:, None, None]
    axes = case.axes("site", "period", "slice")
    say.at_most("room", devices, limit, axes, "Devices at the site are {found}, allowed are {other}")


def _open(case: Case, say: Findings) -> None:
    r = case.rows["routing"]
    serves = case.total(r["volume"], r, "site", "period") > 0
    used = serves | (_at_sites(case, case.held) > 0)
    axes = case.axes("site", "period")
    say.where("closed", used & ~case.open, axes, "{site} is used in period {period}, but is not open.")
    early = np.arange(1, case.T + 1) < case.sites["available_from"][:, None]
    say.where("open early", case.open & early, axes, "{site} is open in period {period}, before it is available.")
    before = np.zeros(case.S, bool)
    before[case.offers.site[case.assets["offer"][case.assets["first"] == 0]]] = True
    rows = case.rows["sites"]
    opened = case.total(rows["opened"], rows, "site", "period")
    say.where(
        "opening",
        (opened > 0) != _starts(case.open, before),
        axes,
        "The opening of {site} in period {period} is flagged wrongly.",
    )


def _starts(on: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Where something is on that was off in the period before; the last axis is periods."""
    return on & ~np.concatenate([before[..., None], on[..., :-1]], axis=-1)


def _hosted(case: Case, say: Findings) -> None:
    r = case.rows["routing"]
    axes = case.axes("workload", "site", "period")
    serves = case.total(r["volume"], r, "workload", "site", "period") > 0
    say.where(
        "not deployed",
        serves & case.hosting_costs[:, :, None] & ~case.hosted,
        axes,
        "{workload} runs at {site} in period {period}, where it is not deployed.",
    )
    rows = case.rows["deployments"]
    started = case.total(rows["started"], rows, "workload", "site", "period")
    expected = _starts(case.hosted, np.zeros((case.W, case.S), bool))
    say.where(
        "deployment",
        (started > 0) != expected,
        axes,
        "The deployment of {workload} at {site} in period {period} is flagged wrongly.",
    )
