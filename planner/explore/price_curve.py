"""What is bought of a vendor at every price, from few solves: each plan found is a line of cost over the price factor.

A plan found at one price can be had at any other, as long as no policy on money forbids it there: its cost is
what does not depend on the vendor's prices plus the factor times his price of it. The best plan known at a
factor is the lowest line. Where no policy is on money the least cost is concave in the factor, so that what is
bought, in money at the prices of today, never grows with the price (linear programming with a parameter in the
objective); solving where two lines cross finds every step (Eisner and Severance, J. ACM 23 (1976), 619-635).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from planner.explore.rules_list import CASH
from planner.explore.vendor import PAID, PRICED, Vendor
from planner.plan.plan import Plan
from planner.plan.schema import split_list
from planner.plan.tables import API, OWNED
from planner.result.result import Result

NOTHING = 1e-6
"""Share of the whole cost below which what is bought of a vendor is rounding."""
TOLERANCE = 1e-5
"""Relative, within which a limit on money counts as met: the same as in the independent check."""


@dataclass(frozen=True)
class Line:
    """A plan found at the price factor `factor`: cost `fixed` + factor x `slope`, present value, for factors `low` to `high`.

    `paid`: what the vendor is paid, at a factor of 1, present value; `spend` the same nominal, a year;
    `devices`: in service on average; `hours`: device-hours used a year; `units`: of token APIs a year.
    """

    factor: float
    fixed: float
    slope: float
    low: float
    high: float
    paid: float
    spend: float
    devices: float
    hours: float
    units: float

    def at(self, factor: np.ndarray | float) -> np.ndarray:
        """Cost at factors, infinite where the plan is not allowed; the shape of `factor`."""
        f = np.asarray(factor, dtype=float)
        return np.where((f >= self.low) & (f <= self.high), self.fixed + f * self.slope, np.inf)


@dataclass(frozen=True)
class Piece:
    """A range of factors in which one plan is the best that is known."""

    low: float
    high: float
    line: Line


def line_of(vendor: Vendor, result: Result, factor: float) -> Line:
    """The line of a plan found at a factor above 0. `result` has a plan."""
    x = vendor.plan.settings
    years = x.periods * x.months_per_period / 12
    ledger = result.ledger
    priced, paid = vendor.prices(ledger, PRICED), vendor.prices(ledger, PAID)
    whole = float(result.objective or 0.0)
    slope = float(ledger.loc[priced, "present_value"].sum()) / factor
    if abs(slope) * factor <= NOTHING * abs(whole):
        slope = 0.0
    low, high = allowed(vendor, result, factor)
    offers = vendor.plan.tables["offers"].set_index("offer")["pricing"]
    capacity, dispatch = (result.frames[n] for n in ("capacity", "dispatch"))
    mine = capacity[capacity["offer"].isin(vendor.offers)]
    by_unit = dispatch[dispatch["offer"].isin([o for o in vendor.offers if offers[o] == API])]
    some = 1.0 if slope else 0.0
    return Line(
        factor=factor,
        fixed=whole - factor * slope,
        slope=slope,
        low=low,
        high=high,
        paid=some * float(ledger.loc[paid, "present_value"].sum()) / factor,
        spend=some * float(ledger.loc[paid, "amount"].sum()) / factor / years,
        devices=some * float(mine["devices_in_service"].sum()) / x.periods,
        hours=some * float(mine["hours_used"].sum()) / years,
        units=some * float(by_unit["volume"].sum()) / years,
    )


def on_money(vendor: Vendor) -> bool:
    """True when a policy limits money that the vendor's prices may move: then a price also changes what is allowed."""
    measures = set(vendor.plan.tables["policies"]["measure"])
    owned = (vendor.plan.tables["offers"]["pricing"][vendor.rows] == OWNED).any()
    return bool(measures & (set(CASH) if owned else set(CASH) - {"capex"}))


def allowed(vendor: Vendor, result: Result, factor: float) -> tuple[float, float]:
    """The factors, from and to, at which policies on money allow the plan that was found at `factor`.

    A soft policy counts as if it were hard at what the plan violates it by: the plan then costs no more.
    """
    low, high = 0.0, np.inf
    policies = vendor.plan.table("policies").set_index("policy")
    ledger = result.ledger
    priced = vendor.prices(ledger, PRICED)
    amount = ledger["amount"].to_numpy(float)
    moves = np.where(priced, amount / factor, 0.0)
    for window in result.frames["policies"].itertuples(index=False):
        if window.measure not in CASH:
            continue
        policy = policies.loc[window.policy]
        inside = (
            ledger["cash"].isin(CASH[window.measure]) & ledger["period"].between(window.from_period, window.to_period)
        ).to_numpy()
        scoped = inside & in_scope(vendor.plan, ledger, policy)
        share = float(policy["limit"]) if policy["share_of"] == "total" else 0.0
        limit = 0.0 if policy["share_of"] == "total" else float(policy["limit"])
        sign = 1.0 if policy["sense"] == "max" else -1.0
        over = sign * (amount[scoped].sum() - share * amount[inside].sum() - limit) - float(window.violation)
        steep = sign * (moves[scoped].sum() - share * moves[inside].sum())
        room = max(-over, 0.0) + TOLERANCE * max(1.0, abs(limit), share * abs(amount[inside].sum()))
        if abs(steep) > 1e-12 * max(1.0, np.abs(amount).sum()):
            if steep > 0:
                high = min(high, factor + room / steep)
            else:
                low = max(low, factor + room / steep)
    return low, high


def in_scope(plan: Plan, ledger: pd.DataFrame, policy: pd.Series) -> np.ndarray:
    """Which rows of a ledger a policy's scope covers, as booleans. A row without a member is outside any list of them."""
    sites, offers, workloads = (plan.tables[n].set_index(n[:-1]) for n in ("sites", "offers", "workloads"))
    members = {
        "provider": ledger["site"].map(sites["provider"]),
        "site": ledger["site"],
        "site_kind": ledger["site"].map(sites["kind"]),
        "zone": ledger["site"].map(sites["zone"]),
        "pricing": ledger["offer"].map(offers["pricing"]),
        "offer": ledger["offer"],
        "workload": ledger["workload"],
        "team": ledger["workload"].map(workloads["team"]),
    }
    out = np.ones(len(ledger), dtype=bool)
    for column, of_row in members.items():
        if wanted := split_list(policy[column]):
            out &= of_row.isin(wanted).to_numpy()
    return out


def envelope(lines: Sequence[Line], low: float, high: float) -> list[Piece]:
    """The best plan known at every factor from `low` to `high`; a range in which none is allowed is left out."""
    fixed, slope = (np.array([getattr(x, n) for x in lines]) for n in ("fixed", "slope"))
    with np.errstate(divide="ignore", invalid="ignore"):
        crossings = ((fixed[:, None] - fixed[None, :]) / (slope[None, :] - slope[:, None])).ravel()
    ends = [e for x in lines for e in (x.low, x.high)]
    cuts = np.array([*crossings, *ends, *(x.factor for x in lines)])
    cuts = cuts[np.isfinite(cuts) & (cuts > low) & (cuts < high)]
    cuts = np.unique(np.concatenate([[low], cuts, [high]]))
    middle = (cuts[:-1] + cuts[1:]) / 2
    if not len(middle):
        return []
    costs = np.array([x.at(middle) for x in lines])
    best = costs.argmin(axis=0)
    out: list[Piece] = []
    for i, n in enumerate(best):
        if not np.isfinite(costs[n, i]):
            continue
        last = out[-1] if out else None
        if last is not None and last.high == cuts[i] and alike(last.line, lines[n]):
            out[-1] = Piece(last.low, float(cuts[i + 1]), last.line)
        else:
            out.append(Piece(float(cuts[i]), float(cuts[i + 1]), lines[n]))
    return out


def alike(a: Line, b: Line) -> bool:
    """True when as much is bought in both, in money at the prices of today."""
    return abs(a.slope - b.slope) <= 1e-6 * max(abs(a.slope), abs(b.slope))


def steps(pieces: Sequence[Piece]) -> list[tuple[float, float]]:
    """Where the volume changes, and by how much (change of slope, below 0 where less is bought), in order of the factor."""
    return [(b.low, b.line.slope - a.line.slope) for a, b in pairwise(pieces)]


def to_look_at(pieces: Sequence[Piece], solved: Sequence[float], apart: float, most: int) -> list[float]:
    """The factors at which another solve says most: the widest steps that no solve is within `apart` of."""
    greatest = max((abs(p.line.slope) for p in pieces), default=0.0)
    found = [
        (abs(change), at)
        for at, change in steps(pieces)
        if abs(change) > 0.01 * greatest and all(abs(at - f) > apart for f in solved)
    ]
    return [at for _, at in sorted(found, reverse=True)[:most]]


def walk_away(pieces: Sequence[Piece]) -> float | None:
    """The factor from which on nothing is bought; None where something is bought at the end of the pieces."""
    if not pieces or pieces[-1].line.slope > 0:
        return None
    first = len(pieces) - 1
    while first and pieces[first - 1].line.slope <= 0:
        first -= 1
    return pieces[first].low


def target(pieces: Sequence[Piece], list_factor: float = 1.0) -> float | None:
    """The lowest factor at which the vendor is paid as much as at today's price, as more is bought; None if none is lower.

    Where nothing is bought at today's price: the factor at which he is paid most.
    """
    here = next((p for p in pieces if p.low <= list_factor <= p.high), None)
    paid_now = list_factor * here.line.paid if here is not None else 0.0
    if paid_now <= 0:
        best = max(pieces, key=lambda p: p.high * p.line.paid, default=None)
        return best.high if best is not None and best.line.paid > 0 else None
    found = [
        max(p.low, paid_now / p.line.paid)
        for p in pieces
        if p.line.paid > 0 and paid_now / p.line.paid <= p.high and p.low < list_factor
    ]
    lowest = min(found, default=list_factor)
    return lowest if lowest < list_factor * (1 - 1e-6) else None
