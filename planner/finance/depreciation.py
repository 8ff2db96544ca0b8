"""Depreciation schedules: what each lot loses in each period, as a matrix (lots, periods).

Every schedule stops at the residual value. Methods and tables: IAS 16 paragraphs 50 to 62 (straight line,
diminishing balance, units of production); IRS Publication 946 (MACRS, bonus) in `macrs.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.finance.lots import EQUIPMENT
from planner.finance.macrs import macrs
from planner.finance.policy import AccountingPolicy
from planner.plan.plan import Plan

Array = np.ndarray


@dataclass(frozen=True)
class Basis:
    """What depreciation works on; arrays of shape (lots,) but for `months`.

    cost: to be written down, of assets that were there the book value. residual: where it stops. life: months
    of useful life that are left when service starts. first, last: periods in service, from 1. months: in a period.
    """

    cost: Array
    residual: Array
    life: Array
    first: Array
    last: Array
    months: int

    @property
    def depreciable(self) -> Array:
        """Cost less residual value, never negative."""
        return np.maximum(self.cost - self.residual, 0.0)

    def used(self, periods: int) -> Array:
        """Months of the life that pass in each period, shape (lots, periods)."""
        start = (np.arange(periods)[None, :] - (self.first[:, None] - 1)) * self.months
        life = np.maximum(self.life, self.months)[:, None]  # what is there past its life goes in its first period
        passed = np.clip(start + self.months, 0, life) - np.clip(start, 0, life)
        inside = np.arange(1, periods + 1)[None, :] <= self.last[:, None]
        return np.where(inside, passed, 0.0)


def straight_line(b: Basis, periods: int) -> Array:
    """(cost - residual) x months of the life in the period / months of the life (IAS 16.62); (lots, periods)."""
    life = np.maximum(b.life, b.months)
    return b.depreciable[:, None] * b.used(periods) / life[:, None]


def declining_balance(b: Basis, periods: int, factor: float = 2.0) -> Array:
    """Declining balance that turns to straight line when that is more; (lots, periods).

    The rate of a period is factor / periods of the life, as in the spreadsheet function VDB.
    """
    used = b.used(periods)
    life = np.maximum(b.life, b.months).astype(float)
    book = b.cost.astype(float).copy()
    left = life.copy()
    out = np.zeros_like(used)
    for t in range(periods):
        here = used[:, t]
        falling = book * np.minimum(factor * here / life, 1.0)
        level = np.divide((book - b.residual) * here, left, out=np.zeros_like(book), where=left > 0)
        out[:, t] = np.clip(np.maximum(falling, level), 0.0, np.maximum(book - b.residual, 0.0))
        out[:, t][here == 0] = 0.0
        book -= out[:, t]
        left -= here
    return out


def units_of_production(b: Basis, periods: int, hours: Array, expected: Array) -> Array:
    """(cost - residual) x hours worked / hours expected over the life, until nothing is left; (lots, periods).

    `hours` of shape (lots, periods), `expected` of shape (lots,).
    """
    inside = b.used(periods) > 0
    share = np.divide(
        np.where(inside, hours, 0.0), expected[:, None], out=np.zeros_like(hours), where=expected[:, None] > 0
    )
    reached = np.minimum(np.cumsum(share, axis=1), 1.0)
    return b.depreciable[:, None] * np.diff(reached, axis=1, prepend=0.0)


def schedule(plan: Plan, frames: Mapping[str, pd.DataFrame], lots: pd.DataFrame, policy: AccountingPolicy) -> Array:
    """Depreciation of each lot in each period under the policy, shape (lots, periods).

    Site fit-outs go straight line whatever the method. New equipment has its bonus share taken in its first
    period in service and the method applied to the rest. Equipment that was there goes on from its book value.
    """
    periods, months = plan.settings.periods, plan.settings.months_per_period
    new = lots["ordered_period"].to_numpy(int) > 0
    equipment = (lots["kind"] == EQUIPMENT).to_numpy()
    start = np.where(new, lots["cost"], lots["opening_book"]).astype(float)
    residual = residual_value(lots, policy)
    bonus = np.where(new & equipment, policy.bonus_share * start, 0.0)
    bonus = np.minimum(bonus, np.maximum(start - residual, 0.0))
    basis = Basis(
        cost=start - bonus,
        residual=residual,
        life=np.maximum((lots["life_months"] - np.where(new, 0, lots["age_months"])).to_numpy(int), 0),
        first=lots["first_period"].to_numpy(int),
        last=lots["last_period"].to_numpy(int),
        months=months,
    )
    out = straight_line(basis, periods)
    if policy.depreciation != "straight_line":
        out = np.where(equipment[:, None], _other(plan, frames, lots, policy, basis), out)
    served = (lots["last_period"] >= lots["first_period"]).to_numpy()
    at = np.flatnonzero(served & (bonus > 0))
    out[at, basis.first[at] - 1] += bonus[at]
    return out


def residual_value(lots: pd.DataFrame, policy: AccountingPolicy) -> Array:
    """Where the depreciation of each lot stops, shape (lots,): never above what it starts from.

    Fit-outs have none, and MACRS knows none (Publication 946: salvage value is disregarded).
    """
    start = np.where(lots["ordered_period"] > 0, lots["cost"], lots["opening_book"]).astype(float)
    if policy.residual == "zero" or policy.depreciation == "macrs":
        return np.zeros(len(lots))
    wanted = policy.residual_share * lots["cost"] if policy.residual == "share" else lots["market_residual"]
    wanted = np.where(lots["kind"] == EQUIPMENT, wanted, 0.0)
    return np.minimum(wanted, start)


def _other(
    plan: Plan, frames: Mapping[str, pd.DataFrame], lots: pd.DataFrame, policy: AccountingPolicy, basis: Basis
) -> Array:
    periods = plan.settings.periods
    if policy.depreciation == "declining_balance":
        return declining_balance(basis, periods, policy.declining_factor)
    if policy.depreciation == "macrs":
        return macrs(lots, basis.cost, periods, basis.months, policy.macrs_convention)
    hours, expected = production(plan, frames, lots, policy.expected_utilization)
    left = basis.life / np.maximum(lots["life_months"].to_numpy(float), 1.0)
    return units_of_production(basis, periods, hours, expected * left)


def production(
    plan: Plan, frames: Mapping[str, pd.DataFrame], lots: pd.DataFrame, utilization: float | None
) -> tuple[Array, Array]:
    """Hours that each lot works by period (lots, periods), and is expected to work in its whole life (lots,).

    The devices of an offer work alike: each lot takes the hours used by its share of the devices in service.
    Without a `utilization` the offer's in the plan is expected for the whole life.
    """
    x = plan.settings
    c = frames["capacity"]
    index = pd.MultiIndex.from_product([sorted(set(lots["offer"])), range(1, x.periods + 1)])
    by = c.groupby(["offer", "period"])[["devices_in_service", "hours_used"]].sum().reindex(index).fillna(0.0)
    each = by["hours_used"] / by["devices_in_service"].where(by["devices_in_service"] > 0)
    offer = lots["offer"].to_numpy(object)
    cells = pd.MultiIndex.from_arrays([np.repeat(offer, x.periods), np.tile(np.arange(1, x.periods + 1), len(lots))])
    per_device = each.fillna(0.0).reindex(cells).to_numpy(float).reshape(len(lots), x.periods)
    t = np.arange(1, x.periods + 1)[None, :]
    serves = (t >= lots["first_period"].to_numpy(int)[:, None]) & (t <= lots["last_period"].to_numpy(int)[:, None])
    devices = lots["devices"].to_numpy(float)[:, None]
    total = by.groupby(level=0).sum()
    used = total["hours_used"] / (total["devices_in_service"] * x.hours).where(total["devices_in_service"] > 0)
    rate = used.fillna(0.0).reindex(lots["offer"]).to_numpy(float)
    if utilization is not None:
        rate = np.full(len(lots), utilization)
    life_hours = lots["life_months"].to_numpy(float) * x.hours_per_month
    return np.where(serves, per_device * devices, 0.0), rate * life_hours * devices[:, 0]
