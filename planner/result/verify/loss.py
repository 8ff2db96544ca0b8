"""Loss of any one site, tried out: what is left must serve the survive share of every critical workload.

A moment (site lost, period, slice) is fine at once when what the other sites serve anyway is enough.
The rest is one linear problem, a block for each moment: volume may be sent and served anew on the
devices in service; the least shortfall must be nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linprog

from planner.result.verify.case import Case
from planner.result.verify.findings import Findings


def check_loss(case: Case, say: Findings) -> None:
    """Try the loss of every site in every period and slice."""
    demand = case.demand.sum(axis=1)
    must = demand * case.workloads["survive_site_loss_share"][:, None, None]
    if not (must > 0).any():
        return
    lost, period, slice_ = np.nonzero(_doubtful(case, must))
    if not len(lost):
        return
    missing = _shortfall(case, must, lost, period, slice_)
    bad = missing > say.tolerance * np.maximum(1.0, demand[:, period, slice_])
    for w, i in np.argwhere(bad):
        names = case.names
        say.say(
            "loss of a site",
            f"After the loss of {names['site'][lost[i]]}, {missing[w, i]:,.7g} of {names['workload'][w]} that must "
            f"survive is not served in period {names['period'][period[i]]}, slice {names['slice'][slice_[i]]}.",
        )


def _doubtful(case: Case, must: np.ndarray) -> np.ndarray:
    """Moments in which the other sites do not serve enough already, shape (S, T, B)."""
    r = case.rows["routing"]
    by_site = case.total(r["volume"], r, "workload", "site", "period", "slice")
    left = by_site.sum(axis=1, keepdims=True) - by_site
    doubtful = (left < must[:, None] - 1e-9 * np.maximum(1.0, must[:, None])).any(axis=0)
    # A slice in which every critical workload has the load of another one, at every location in the same
    # proportion and no higher, survives when the other does: all limits are rates.
    rate = case.demand[must.any(axis=(1, 2))] / case.slice_hours
    for t in range(case.T):
        for a in range(case.B):
            above = (b for b in range(case.B) if b != a and _below(rate[:, :, t, a], rate[:, :, t, b], a < b))
            if next(above, None) is not None:
                doubtful[:, t, a] = False
    return doubtful


def _below(a: np.ndarray, b: np.ndarray, first: bool) -> bool:
    """Whether loads (W, L) are those of b in proportion, workload by workload, and no higher; of equals the first stays."""
    top = b.max(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(top > 0, a.max(axis=1) / top, 0.0)
    same = np.abs(a - b * ratio[:, None]) <= 1e-9 * top[:, None]
    if not (same.all() and (ratio <= 1 + 1e-9).all()):
        return False
    return bool((ratio < 1 - 1e-9)[top > 0].any()) or not first


@dataclass
class _Rows:
    """Rows `coefficients x <= limit` as triplets."""

    row: list[np.ndarray] = field(default_factory=list)
    column: list[np.ndarray] = field(default_factory=list)
    value: list[np.ndarray] = field(default_factory=list)
    limit: list[np.ndarray] = field(default_factory=list)
    n: int = 0

    def add(self, keys: np.ndarray, columns: np.ndarray, values: np.ndarray, limits: np.ndarray) -> None:
        """One row for each distinct key; `limits` belongs to the entries, one row's all alike."""
        _, one, at = np.unique(keys, return_index=True, return_inverse=True)
        self.row.append(self.n + at)
        self.column.append(columns)
        self.value.append(values)
        self.limit.append(limits[one])
        self.n += len(one)


def _shortfall(case: Case, must: np.ndarray, lost: np.ndarray, period: np.ndarray, slice_: np.ndarray) -> np.ndarray:
    """What must survive and cannot be served, by workload and moment, shape (W, moments)."""
    o, moments = case.offers, len(lost)
    critical = np.asarray(must.any(axis=(1, 2)))
    usable = _usable(case)  # W, S, T
    limit = np.nan_to_num(case.workloads["max_latency_ms"], nan=np.inf)[:, None, None]
    reach = (limit >= case.latency.T) & np.isfinite(case.latency.T)  # W, L, S

    # Flows: moment, workload, location, site.
    way = reach[None] & usable[:, :, period].transpose(2, 0, 1)[:, :, None, :] & critical[:, None, None]
    way &= (case.demand[:, :, period, slice_].transpose(2, 0, 1) > 0)[..., None]
    way &= (np.arange(case.S) != lost[:, None])[:, None, None, :]
    fm, fw, fl, fs = np.nonzero(way)
    # Service: moment, workload, offer.
    can = ~np.isnan(o.rate)[None] & way.any(axis=2)[:, :, o.site]
    can &= (o.is_held | (period[:, None] >= o.usable))[:, None, :]
    gm, gw, go = np.nonzero(can)
    zm, zw = np.nonzero(must[:, period, slice_].T > 0)
    nf, ng, nz = len(fm), len(gm), len(zm)
    f, g, z = np.arange(nf), nf + np.arange(ng), nf + ng + np.arange(nz)
    hours = case.slice_hours[slice_]
    demand = case.demand[:, :, period, slice_]  # W, L, moments

    rows = _Rows()
    w_s, w_l = case.W * case.S, case.W * case.L
    rows.add((fm * w_l + fw * case.L + fl), f, np.ones(nf), demand[fw, fl, fm])
    keys = np.concatenate([gm * w_s + gw * case.S + o.site[go], fm * w_s + fw * case.S + fs])
    signs = np.concatenate([np.ones(ng), -np.ones(nf)])
    rows.add(keys, np.concatenate([g, f]), signs, np.zeros(ng + nf))
    keys = np.concatenate([zm * case.W + zw, gm * case.W + gw])
    needed = np.concatenate([must[zw, period[zm], slice_[zm]], must[gw, period[gm], slice_[gm]]])
    rows.add(keys, np.concatenate([z, g]), -np.ones(nz + ng), -needed)

    per_unit = 1 / o.rate[gw, go]  # 0 for api
    offer = gm * case.O + go

    def limited(keys: np.ndarray, values: np.ndarray, limits: np.ndarray, mine: np.ndarray) -> None:
        mine = mine & ~np.isnan(limits)
        rows.add(keys[mine], g[mine], values[mine], limits[mine])

    devices = np.where(o.is_held[go], case.held[go, period[gm]], o["max_devices"][go])
    limited(offer, per_unit, devices * hours[gm], ~o.is_api[go])
    limited(offer, np.ones(ng), o["max_units_per_hour"][go] * hours[gm], o.is_api[go])
    # What is held at a site leaves the rest of its room for rented devices.
    room = np.maximum(case.sites["max_devices"][:, None] - _held_at(case), 0.0)
    limited(gm * case.S + o.site[go], per_unit, room[o.site[go], period[gm]] * hours[gm], o.is_rented[go])
    spot = demand.sum(axis=1) * case.workloads["interruptible_share"][:, None]
    limited(gm * case.W + gw, np.ones(ng), spot[gw, gm], o.is_spot[go])

    shape = (rows.n, nf + ng + nz)
    a = sp.csr_matrix(
        (np.concatenate(rows.value), (np.concatenate(rows.row), np.concatenate(rows.column))), shape=shape
    )
    cost = np.concatenate([np.zeros(nf + ng), 1 / demand.sum(axis=1)[zw, zm]])
    answer = linprog(cost, A_ub=a, b_ub=np.concatenate(rows.limit), bounds=(0, None), method="highs")
    missing = np.zeros((case.W, moments))
    missing[zw, zm] = answer.x[z] if answer.x is not None else must[zw, period[zm], slice_[zm]]
    return missing


def _held_at(case: Case) -> np.ndarray:
    held = np.zeros((case.S, case.T))
    np.add.at(held, case.offers.site, case.held)
    return held


def _usable(case: Case) -> np.ndarray:
    """Sites that fit, are available, open where that is a choice, and hold the workload where that costs: W, S, T."""
    counted = (case.table("policies")["measure"] == "open_sites").any()
    there = np.arange(1, case.T + 1) >= case.sites["available_from"][:, None]
    is_open = case.open | ~(case.site_costs | counted)[:, None]
    hosted = case.hosted | ~case.hosting_costs[:, :, None]
    return (case.zone_fits & case.certified)[:, :, None] & (there & is_open)[None] & hosted
