"""Sites that open and close, workloads that are deployed, links with ports; power and device limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.model.builder import Array, Block, Builder, Relax
from planner.model.capacity import Capacity
from planner.model.routing import Routing, hosted_index
from planner.model.sets import Sets

LEAST_TRAFFIC = 1e-4
"""Share of its possible traffic that a port must carry to be paid, where a policy rewards spending."""
DUST = 1e-9
"""Below this share of the largest flow a flow is the solver's dust, not a decision."""


@dataclass(frozen=True)
class Presence:
    """Yes-or-no blocks. `site_at`, `host_at`, `port_at` give the row in the block, -1 without one.

    `is_open`, `opens`: (sites with a choice, T); `hosts`, `starts`: ((workload, site) with a choice, T);
    `port`: (links with a price, T).
    """

    is_open: Block
    opens: Block
    open_site: Array
    site_at: Array
    hosts: Block
    starts: Block
    host_pair: Array
    host_at: Array
    port: Block
    port_link: Array
    port_at: Array


def add_presence(m: Builder, s: Sets, r: Routing, c: Capacity, bound: Array, generous: bool) -> Presence:
    """Add the yes-or-no blocks and the rows that tie flows and devices to them."""
    money = s.sites[["opening_cost", "fixed_cost_per_month", "security_cost_per_month"]].to_numpy(float)
    counted = (s.policies["measure"] == "open_sites").any()
    chosen = (money.sum(axis=1) > 0) | counted
    open_site = np.flatnonzero(chosen)
    site_at = np.full(s.S, -1)
    site_at[open_site] = np.arange(len(open_site))
    t = np.arange(s.T)
    there = t[None, :] >= (s.sites["available_from"].to_numpy(int) - 1)[open_site][:, None]
    is_open = m.block("open", (len(open_site), s.T), upper=there.astype(float), integer=True)
    opens = m.block("opens", (len(open_site), s.T), upper=1.0)

    hosted, _, _ = hosted_index(s)
    storage = s.workload_column("storage_gb")[hosted[:, 0]] * s.site_column("storage_price_per_gb_month")[hosted[:, 1]]
    costs = (storage + s.workload_column("deployment_cost_per_site")[hosted[:, 0]]) > 0
    host_pair = hosted[costs]
    host_at = np.full((s.W, s.S), -1)
    host_at[host_pair[:, 0], host_pair[:, 1]] = np.arange(len(host_pair))
    hosts = m.block("hosts", (len(host_pair), s.T), upper=1.0, integer=True)
    starts = m.block("starts", (len(host_pair), s.T), upper=1.0)

    link = s.link_of[s.pairs.site, s.pairs.location]
    price = s.links["port_price_per_month"].to_numpy(float)
    port_link = np.unique(link[price[link] > 0])
    port_at = np.full(len(s.links), -1)
    port_at[port_link] = np.arange(len(port_link))
    port = m.block("port", (len(port_link), s.T), upper=1.0, integer=True)

    presence = Presence(is_open, opens, open_site, site_at, hosts, starts, host_pair, host_at, port, port_link, port_at)
    _add_starts(m, s, presence, exact=generous)
    volume = s.places.demand.sum(axis=2)[s.pairs.place]  # (pairs, T)
    for at, block in (
        (site_at[s.pairs.site], is_open),
        (host_at[s.pairs.workload, s.pairs.site], hosts),
        (port_at[link], port),
    ):
        _tie_flow(m, s, r.flow, at, block, volume)
    if generous:
        _add_port_traffic(m, s, r, presence, volume)
    _tie_devices(m, s, c, presence, bound)
    _add_power(m, s, c, presence)
    _add_device_limit(m, s, r, c)
    return presence


def _add_starts(m: Builder, s: Sets, p: Presence, exact: bool) -> None:
    """A start is counted when something is on that was off; a site with assets was on before.

    Its cost keeps it from being counted without need, except where a policy rewards spending (`exact`):
    then it must also be on now and have been off before.
    """
    had = np.zeros(s.S)
    had[s.offer_site[s.assets.offer[s.assets.first == 0]]] = 1.0
    for family, on, start, before in (
        ("opening", p.is_open, p.opens, had[p.open_site]),
        ("deployment", p.hosts, p.starts, np.zeros(p.hosts.shape[0])),
    ):
        rhs = np.zeros(on.shape)
        rhs[:, :1] = before[:, None]
        rows = m.add_rows(family, on.size, "<=", rhs.ravel())
        at = rows.ids.reshape(on.shape)
        m.coef(at, on.ids, 1.0)
        m.coef(at[:, 1:], on.ids[:, :-1], -1.0)
        m.coef(at, start.ids, -1.0)
        if exact:
            rows = m.add_rows(f"{family}_on", on.size, "<=", 0.0)
            m.coef(rows.ids.reshape(on.shape), start.ids, 1.0)
            m.coef(rows.ids.reshape(on.shape), on.ids, -1.0)
            rows = m.add_rows(f"{family}_off", on.size, "<=", 1.0 - rhs.ravel())
            at = rows.ids.reshape(on.shape)
            m.coef(at, start.ids, 1.0)
            m.coef(at[:, 1:], on.ids[:, :-1], 1.0)


def _add_port_traffic(m: Builder, s: Sets, r: Routing, p: Presence, volume: Array) -> None:
    """No port is paid that carries nothing, though a policy may reward spending."""
    port = p.port_at[s.link_of[s.pairs.site, s.pairs.location]]
    which = np.flatnonzero(port >= 0)
    most = np.zeros(p.port.shape)
    np.add.at(most, port[which], volume[which])
    rows = m.add_rows("port_traffic", most.size, "<=", 0.0)
    at = rows.ids.reshape(most.shape)
    m.coef(at, p.port.ids, np.where(most > 0, LEAST_TRAFFIC * most, 1.0))
    m.coef(at[port[which]][:, :, None], r.flow.ids[which], -1.0)


def _tie_flow(m: Builder, s: Sets, flow: Block, at: Array, block: Block, volume: Array) -> None:
    """Flow of a pair only while `block` is on: one row a pair and period, which bounds far better than sums."""
    which = np.flatnonzero(at >= 0)
    rows = m.add_rows(f"flow_{block.name}", len(which) * s.T, "<=", 0.0)
    ids = rows.ids.reshape(len(which), s.T)
    m.coef(ids[:, :, None], flow.ids[which], 1.0)
    m.coef(ids, block.ids[at[which]], -volume[which])


def _tie_devices(m: Builder, s: Sets, c: Capacity, p: Presence, bound: Array) -> None:
    """Devices only in a site that is open."""
    at = p.site_at[s.offer_site[s.held]]
    which = np.flatnonzero(at >= 0)
    rows = m.add_rows("devices_open", len(which) * s.T, "<=", 0.0)
    ids = rows.ids.reshape(len(which), s.T)
    m.coef(ids, c.in_service.ids[which], 1.0)
    m.coef(ids, p.is_open.ids[at[which]], -bound[which][:, None])


def _site_relax(s: Sets, column: str, which: Array, shape: tuple[int, ...], loosens: Array, unit: str) -> Relax:
    limit = s.site_column(column)
    each = int(np.prod(shape[1:]))
    period = np.broadcast_to(np.arange(s.T).reshape(1, s.T, *[1] * (len(shape) - 2)), shape)
    return Relax(
        "sites",
        column,
        group=np.repeat(np.arange(len(which)), each),
        key=np.repeat(s.sites["site"].to_numpy(str)[which], each).tolist(),
        period=period.ravel(),
        unit=[unit] * int(np.prod(shape)),
        loosens=np.broadcast_to(loosens, shape).ravel(),
        scale=np.repeat(np.maximum(limit[which], 1.0), each),
        present=np.repeat(limit[which], each),
    )


def _add_power(m: Builder, s: Sets, c: Capacity, p: Presence) -> None:
    """Installed IT power of held devices within the site's capacity."""
    limit = s.site_column("power_capacity_kw")
    site = s.offer_site[s.held]
    which = np.unique(site[np.isfinite(limit[site]) & (s.power[s.held] > 0)])
    number = np.full(s.S, -1)
    number[which] = np.arange(len(which))
    shape = (len(which), s.T)
    relax = _site_relax(s, "power_capacity_kw", which, shape, np.ones(1), "kW")
    rows = m.add_rows("power", len(which) * s.T, "<=", np.repeat(limit[which], s.T), relax)
    at = rows.ids.reshape(shape)
    h = np.flatnonzero(number[site] >= 0)
    m.coef(at[number[site[h]]], c.in_service.ids[h], s.power[s.held[h]][:, None])


def device_limit_sites(s: Sets) -> Array:
    """Sites with a limit on devices and something to limit."""
    used = np.zeros(s.S, dtype=bool)
    used[s.offer_site[s.held]] = True
    used[s.offer_site[s.rented]] = True
    return np.flatnonzero(np.isfinite(s.site_column("max_devices")) & used)


def _add_device_limit(m: Builder, s: Sets, r: Routing, c: Capacity) -> None:
    """Devices of every kind together within the site's limit, in each slice."""
    which = device_limit_sites(s)
    shape = (len(which), s.T, s.B)
    limit = np.broadcast_to(s.site_column("max_devices")[which][:, None, None] * s.slice_hours, shape)
    relax = _site_relax(s, "max_devices", which, shape, s.slice_hours, "devices")
    rows = m.add_rows("site_devices", limit.size, "<=", limit.ravel(), relax)
    add_device_use(m, s, c, rows.ids.reshape(shape), which, r.serve.ids, np.arange(len(s.arcs.offer)))


def add_device_use(m: Builder, s: Sets, c: Capacity, at: Array, sites: Array, serve: Array, arcs: Array) -> None:
    """Left side of the device limit in device-hours: rows `at` (sites, T, B), `serve` (arcs, T, B) of `arcs`."""
    number = np.full(s.S, -1)
    number[sites] = np.arange(len(sites))
    h = np.flatnonzero(number[s.offer_site[s.held]] >= 0)
    m.coef(at[number[s.offer_site[s.held[h]]]], c.in_service.ids[h][:, :, None], s.slice_hours)
    a = np.flatnonzero((number[s.arcs.site[arcs]] >= 0) & s.is_rented[s.arcs.offer[arcs]])
    m.coef(at[number[s.arcs.site[arcs[a]]]], serve[a], 1 / s.arcs.rate[arcs[a]][:, None, None])


def without_idle_ports(s: Sets, r: Routing, p: Presence, values: Array) -> Array:
    """The solution without ports that carry nothing: a plan within its gap may have left one on."""
    flow = r.flow.of(values)
    link = s.link_of[s.pairs.site, s.pairs.location]
    carried = np.zeros((len(s.links), s.T))
    np.add.at(carried, link, np.where(flow > DUST * flow.max(initial=0.0), flow, 0.0).sum(axis=2))
    out = values.copy()
    out[p.port.ids[carried[p.port_link] == 0]] = 0.0
    return out
