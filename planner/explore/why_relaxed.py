"""An offer in the relaxed plan (devices and yes-or-no decisions in parts): what a little or much of it costs, exactly.

The relaxation has no gap, so that small amounts can be told apart that a search in whole devices cannot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from planner.explore.rules_margins import solve_relaxed
from planner.model.aim import with_rows
from planner.model.build import Model, build
from planner.model.builder import Array, Matrix, Terms
from planner.model.capacity import device_bound
from planner.model.options import Cancel
from planner.model.parts import relaxed
from planner.plan.plan import Plan
from planner.result.extract import capacity

PRICED = ("compute", "api", "hardware", "resale", "maintenance")
"""Categories of an offer's cost that follow its prices."""


@dataclass(frozen=True)
class Point:
    """The relaxed plan with so much of an offer: total cost and the offer's own, present values.

    `priced`: what follows the offer's prices; `fixed`: what is paid whether it is used or not; `used` and
    `held`: its device-hours used and in service; `had`: 0 where nothing is had of it but its assets; `devices` and `volume`: by offer, on average and in all.
    """

    cost: float
    priced: float
    fixed: float
    used: float
    held: float
    had: float
    devices: pd.Series
    volume: pd.Series
    paid: pd.Series


SMALL = 1e-6
"""Amounts and money below this are nothing."""


class RelaxedOffer:
    """The relaxation of a plan with one offer held to an amount: device-periods, or units of an api."""

    def __init__(self, plan: Plan, offer: str, seconds: float | None = None, cancel: Cancel | None = None) -> None:
        self.plan, self.offer, self.seconds, self.cancel = plan, offer, seconds, cancel
        self.model: Model = build(plan)
        s = self.model.sets
        self.o = int(np.flatnonzero(s.offers["offer"] == offer)[0])
        self.arcs = np.flatnonzero(s.arcs.offer == self.o)
        self.is_held, self.is_api = bool(s.is_held[self.o]), bool(s.is_api[self.o])
        self.matrix: Matrix = relaxed(self.model.matrix, self.model.matrix.integer)
        self.terms: Terms = self.model.builder.terms("cost")

    @property
    def amount_row(self) -> Array:
        """Coefficients of the offer's amount over all columns: device-periods, or units of an api."""
        row = np.zeros(len(self.matrix.cost))
        serve = self.model.routing.serve.ids[self.arcs]
        if self.is_held:
            position = int(np.flatnonzero(self.model.sets.held == self.o)[0])
            row[self.model.capacity.in_service.ids[position]] = 1.0
        elif self.is_api:
            row[serve] = 1.0
        else:
            row[serve] = (1 / self.model.sets.arcs.rate[self.arcs] / self.model.sets.H)[:, None, None]
        return row

    @property
    def had(self) -> Array:
        """Columns by which the offer is had: its orders, or its use where it is paid by use."""
        if self.is_held:
            position = int(np.flatnonzero(self.model.sets.held == self.o)[0])
            return self.model.capacity.new.ids[position].ravel()
        return self.model.routing.serve.ids[self.arcs].ravel()

    def at(self, amount: float | None = None) -> Point | None:
        """The cheapest relaxed plan, with the offer's amount (assets included) where it is told; None where there is none."""
        matrix = self.matrix
        if amount is not None:
            matrix = with_rows(matrix, [(self.amount_row, amount, amount)])
        return self._solved(matrix)

    def without(self) -> Point | None:
        """The cheapest relaxed plan in which no more is had of the offer than its assets; None where there is none."""
        upper = self.matrix.col_upper.copy()
        upper[self.had] = 0.0
        return self._solved(replace(self.matrix, col_upper=upper))

    def _solved(self, matrix: Matrix) -> Point | None:
        found = solve_relaxed(matrix, self.seconds, self.cancel)
        return None if found.status != "optimal" or found.values is None else self._point(found.values)

    def _point(self, values: Array) -> Point:
        s, t = self.model.sets, self.terms
        worth = t.amount * values[t.col] * s.df[t.period]
        mine = t.offer == self.o
        category = np.array([label.category for label in self.model.builder.labels])[t.kind]
        serve = np.zeros(len(values), dtype=bool)
        serve[self.model.routing.serve.ids.ravel()] = True
        table = capacity(self.model, values)
        names = s.offers["offer"].to_numpy(str)
        volume = np.zeros(s.O)
        np.add.at(volume, s.arcs.offer, self.model.routing.serve.of(values).sum(axis=(1, 2)))
        paid = np.bincount(t.offer[t.offer >= 0], weights=worth[t.offer >= 0], minlength=s.O)
        own = table[table["offer"] == self.offer]
        return Point(
            cost=float(self.matrix.cost @ values),
            priced=float(worth[mine & np.isin(category, PRICED)].sum()),
            fixed=float(worth[mine & ~serve[t.col]].sum()),
            used=float(own["hours_used"].sum()),
            held=float(own["devices_in_service"].sum() * s.H),
            had=float(values[self.had].sum()),
            devices=(table.groupby("offer")["devices_in_service"].sum() / s.T).reindex(names).fillna(0.0),
            volume=pd.Series(volume, index=names),
            paid=pd.Series(paid, index=names),
        )

    def amount(self, point: Point) -> float:
        """How much of the offer a point has, in the unit of `at`."""
        if self.is_api:
            return float(point.volume[self.offer])
        return float(point.devices[self.offer]) * self.model.sets.T

    def trial(self, devices: float) -> float:
        """An amount worth trying: so many devices throughout (0: a tenth of what would serve all that the
        offer can reach, at least one), as far as its limits let it; of an api a tenth of that volume."""
        s = self.model.sets
        served = s.reachable[:, :, s.offer_site[self.o]]
        reach = (s.demand * served[:, :, None, None]).sum(axis=1)
        mine = s.arcs.workload[self.arcs]
        if self.is_api:
            rate = float(s.offer_column("max_units_per_hour")[self.o])
            return float(min(0.1 * reach[mine].sum(), rate * s.H * s.T))
        wanted = float((reach[mine] / s.arcs.rate[self.arcs][:, None, None]).sum() / s.H / s.T)
        count = devices or max(1.0, round(0.1 * wanted))
        if not self.is_held:
            count = devices or max(0.1 * wanted, 1e-6)
            return min(count, float(s.offer_column("max_devices")[self.o]), 0.5 * wanted or count) * s.T
        bound = float(device_bound(s, True)[np.flatnonzero(s.held == self.o)[0]])
        return min(count, max(np.floor(bound), 1.0)) * max(s.T - int(s.first_service[self.o]), 0)


def scaled(plan: Plan, offer: str, factor: float) -> Plan:
    """The plan with all prices of an offer multiplied by a factor."""
    offers = plan.tables["offers"].copy()
    chosen = offers["offer"] == offer
    for column in ("price_per_hour", "upfront_price", "purchase_price", "price_per_unit"):
        offers.loc[chosen, column] = offers.loc[chosen, column] * factor
    return plan.replace(offers=offers)


def turning(zero: Point | None, little: Point | None) -> float | None:
    """The factor on its prices at which a little of the offer costs nothing, in the relaxation."""
    if zero is None or little is None or little.priced - zero.priced <= SMALL:
        return None
    return 1.0 - (little.cost - zero.cost) / (little.priced - zero.priced)


def use(zero: Point | None, much: Point | None) -> dict[str, Any] | None:
    """The utilization at which the offer pays: what is paid whether it is used or not, over what its use saves.

    u* = u F / (F + S): F fixed cost, S what the offer saves in all, u its utilization. Held offers only.
    """
    if zero is None or much is None or much.held - zero.held <= SMALL or much.fixed - zero.fixed <= SMALL:
        return None
    now = (much.used - zero.used) / (much.held - zero.held)
    fixed, saved = much.fixed - zero.fixed, zero.cost - much.cost
    return {"now": now, "break_even": now * fixed / (fixed + saved) if fixed + saved > SMALL and now > SMALL else None}
