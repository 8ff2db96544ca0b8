"""Devices: orders in whole numbers, terms, lives, lead times, renewals, retirement, assets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.model.builder import Array, Block, Builder, Relax
from planner.model.routing import Routing
from planner.model.sets import Sets


@dataclass(frozen=True)
class Capacity:
    """Blocks of held offers (committed, leased, owned); h counts `Sets.held`, v vintages.

    `new`: (h, T) whole devices that enter service; `in_service`: (h, T);
    `leave`: (k,) devices of a vintage that leave service at the start of period `leave_at`
    (T: at the end of the horizon); `asset`: (assets,) fixed at the devices there.
    """

    new: Block
    in_service: Block
    leave: Block
    asset: Block
    entry_offer: Array
    """Position in `Sets.held` of each (owned offer, entry period) vintage and owned asset."""
    entry_period: Array
    entry_asset: Array
    """Asset number of a vintage, -1 for orders."""
    leave_vintage: Array
    leave_at: Array
    leave_reason: Array
    """0 retired early, 1 life over, 2 still in service at the end of the horizon."""


RETIRED, EXPIRED, HORIZON = 0, 1, 2


def device_bound(s: Sets, generous: bool) -> Array:
    """Most devices of each held offer that a cost-minimal plan can want, shape (h,).

    The least of its own limit, its site's power and devices, and what would serve all the demand
    that could reach it; `generous` (a policy rewards spending or size) leaves the demand out.
    """
    offer = s.held
    own = s.offer_column("max_devices")[offer]
    site = s.offer_site[offer]
    power = np.divide(
        s.site_column("power_capacity_kw")[site],
        s.power[offer],
        out=np.full(len(offer), np.inf),
        where=s.power[offer] > 0,
    )
    hard = np.minimum.reduce([own, power, s.site_column("max_devices")[site]])
    at_site = np.zeros((s.W, s.S, s.T, s.B))
    np.add.at(at_site, (s.pairs.workload, s.pairs.site), s.places.demand[s.pairs.place] / s.slice_hours)
    wanted = np.zeros((s.O, s.T, s.B))
    np.add.at(wanted, s.arcs.offer, at_site[s.arcs.workload, s.arcs.site] / s.arcs.rate[:, None, None])
    demand = np.ceil(wanted.max(axis=(1, 2), initial=0.0)[offer] - 1e-9)
    held = np.zeros(s.O)
    np.add.at(held, s.assets.offer, s.assets.devices)
    # Without a limit of its own the bound must still be a number: far above any sense.
    demand = np.maximum(demand, 1.0) * 20 + 1000 if generous else demand
    return np.minimum(hard, demand + held[offer])


def add_capacity(m: Builder, s: Sets, r: Routing, bound: Array) -> Capacity:
    """Add orders, vintages, devices in service and the rows that hold use to them.

    `bound`: most devices of each held offer, shape (h,).
    """
    held, t = s.held, np.arange(s.T)
    # Orders must be in service by the last period and not before the site is there.
    may_enter = t[None, :] >= s.first_service[held][:, None]
    new = m.block("new", (len(held), s.T), upper=np.where(may_enter, np.floor(bound)[:, None], 0.0), integer=True)
    in_service = m.block("in_service", (len(held), s.T))
    fixed = s.assets.devices
    asset = m.block("asset", (len(fixed),), lower=fixed, upper=fixed)

    vintages = _vintages(s, may_enter)
    leave = m.block("leave", (len(vintages["leave_at"]),))
    capacity = Capacity(new, in_service, leave, asset, **vintages)
    _add_vintage_rows(m, s, capacity)
    _add_in_service_rows(m, s, capacity)
    _add_use_rows(m, s, r, capacity)
    _add_quota_rows(m, s, r, capacity)
    return capacity


def _vintages(s: Sets, may_enter: Array) -> dict[str, Array]:
    """Owned vintages (orders by entry period, then assets) and the times at which each may leave."""
    owned = s.is_owned[s.held]
    h, entry = np.nonzero(may_enter & owned[:, None])
    position = np.full(s.O, -1)
    position[s.held] = np.arange(len(s.held))
    is_owned_asset = s.is_owned[s.assets.offer]
    number = np.flatnonzero(is_owned_asset)
    offer = np.concatenate([h, position[s.assets.offer[number]]])
    first = np.concatenate([entry, s.assets.first[number]])
    end = np.concatenate([entry + s.term[s.held[h]], s.assets.last[number] + 1])  # first period without it
    # In service before the plan: may leave at once. Others serve at least one period.
    before = np.concatenate([np.zeros(len(h), bool), s.assets.age[number] > 0])
    earliest = np.where(before, first, first + 1)
    last_leave = np.minimum(end, s.T)
    count = last_leave - earliest + 1
    vintage = np.repeat(np.arange(len(offer)), count)
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    leave_at = earliest[vintage] + step
    at_end = leave_at == last_leave[vintage]
    reason = np.where(~at_end, RETIRED, np.where(end[vintage] <= s.T - 1, EXPIRED, HORIZON))
    # A life that ends with the horizon is sold in the last period like anything still in service.
    return {
        "entry_offer": offer,
        "entry_period": first,
        "entry_asset": np.concatenate([np.full(len(h), -1), number]),
        "leave_vintage": vintage,
        "leave_at": leave_at,
        "leave_reason": reason,
    }


def _add_vintage_rows(m: Builder, s: Sets, c: Capacity) -> None:
    """Every device of a vintage leaves at some time."""
    rows = m.add_rows("vintage", len(c.entry_offer), "==", 0.0)
    m.coef(rows.ids[c.leave_vintage], c.leave.ids, 1.0)
    ordered = c.entry_asset < 0
    m.coef(rows.ids[ordered], c.new.ids[c.entry_offer[ordered], c.entry_period[ordered]], -1.0)
    m.coef(rows.ids[~ordered], c.asset.ids[c.entry_asset[~ordered]], -1.0)


def _add_in_service_rows(m: Builder, s: Sets, c: Capacity) -> None:
    """in service = before + entered - left; the first period starts from nothing but assets."""
    held = s.held
    rows = m.add_rows("in_service", len(held) * s.T, "==", 0.0)
    at = rows.ids.reshape(len(held), s.T)
    m.coef(at, c.in_service.ids, 1.0)
    m.coef(at[:, 1:], c.in_service.ids[:, :-1], -1.0)
    m.coef(at, c.new.ids, -1.0)
    # Terms end by the clock.
    h, t = np.nonzero(s.is_term[held][:, None] & (np.arange(s.T)[None, :] >= s.term[held][:, None]))
    m.coef(at[h, t], c.new.ids[h, t - s.term[held[h]]], 1.0)
    # Owned vintages end by a decision or with their life.
    inside = c.leave_at < s.T
    # Assets of the first period that leave at once cancel there.
    m.coef(at[c.entry_offer[c.leave_vintage[inside]], c.leave_at[inside]], c.leave.ids[inside], 1.0)
    position = np.full(s.O, -1)
    position[held] = np.arange(len(held))
    a = s.assets
    h = position[a.offer]
    m.coef(at[h, a.first], c.asset.ids, -1.0)
    ends = s.is_term[a.offer] & (a.last + 1 < s.T)
    m.coef(at[h[ends], a.last[ends] + 1], c.asset.ids[ends], 1.0)


def _add_use_rows(m: Builder, s: Sets, r: Routing, c: Capacity) -> None:
    """Device-hours used may not exceed devices in service x hours of the slice."""
    held = s.held
    rows = m.add_rows("use", len(held) * s.T * s.B, "<=", 0.0)
    at = rows.ids.reshape(len(held), s.T, s.B)
    position = np.full(s.O, -1)
    position[held] = np.arange(len(held))
    arc = np.flatnonzero(s.is_held[s.arcs.offer])
    m.coef(at[position[s.arcs.offer[arc]]], r.serve.ids[arc], 1 / s.arcs.rate[arc][:, None, None])
    m.coef(at, c.in_service.ids[:, :, None], -s.slice_hours)


def _add_quota_rows(m: Builder, s: Sets, r: Routing, c: Capacity) -> None:
    """`max_devices` of offers: devices in service, or device-hours in a slice over its hours."""
    limit = s.offer_column("max_devices")
    name = s.offers["offer"].to_numpy(str)

    def relax(which: Array, shape: tuple[int, ...], loosens: Array) -> Relax:
        each = int(np.prod(shape[1:]))
        period = np.broadcast_to(np.arange(s.T).reshape(1, s.T, *[1] * (len(shape) - 2)), shape)
        return Relax(
            "offers",
            "max_devices",
            group=np.repeat(np.arange(len(which)), each),
            key=np.repeat(name[which], each).tolist(),
            period=period.ravel(),
            unit=["devices"] * int(np.prod(shape)),
            loosens=np.broadcast_to(loosens, shape).ravel(),
            scale=np.repeat(np.maximum(limit[which], 1.0), each),
            present=np.repeat(limit[which], each),
        )

    which = s.held[np.isfinite(limit[s.held])]
    position = np.full(s.O, -1)
    position[s.held] = np.arange(len(s.held))
    shape: tuple[int, ...] = (len(which), s.T)
    rows = m.add_rows(
        "quota_held", len(which) * s.T, "<=", np.repeat(limit[which], s.T), relax(which, shape, np.ones(1))
    )
    m.coef(rows.ids.reshape(shape), c.in_service.ids[position[which]], 1.0)

    which = s.rented[np.isfinite(limit[s.rented])]
    shape = (len(which), s.T, s.B)
    rhs = np.broadcast_to(limit[which][:, None, None] * s.slice_hours, shape)
    rows = m.add_rows("quota_rented", rhs.size, "<=", rhs.ravel(), relax(which, shape, s.slice_hours))
    position = np.full(s.O, -1)
    position[which] = np.arange(len(which))
    arc = np.flatnonzero(position[s.arcs.offer] >= 0)
    at = rows.ids.reshape(shape)[position[s.arcs.offer[arc]]]
    m.coef(at, r.serve.ids[arc], 1 / s.arcs.rate[arc][:, None, None])
