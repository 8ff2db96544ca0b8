"""Where volume goes: routing from locations to sites, dispatch from sites to offers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.model.builder import Array, Block, Builder, Relax
from planner.model.sets import Sets


@dataclass(frozen=True)
class Routing:
    """Blocks of the two stages.

    `flow`: (pairs, T, B) volume sent to a site; `unserved`: (places with a penalty, T, B);
    `serve`: (arcs, T, B) volume served by an offer.
    """

    flow: Block
    unserved: Block
    unserved_place: Array
    serve: Block


def add_routing(m: Builder, s: Sets) -> Routing:
    """Add the blocks, and the rows that carry demand to sites and sites to offers."""
    p, a = s.pairs, s.arcs
    t = np.arange(s.T)
    site_from = s.sites["available_from"].to_numpy(int) - 1
    pair_upper = np.where(t[None, :] >= site_from[p.site][:, None], np.inf, 0.0)
    flow = m.block("flow", (len(p.site), s.T, s.B), upper=pair_upper[:, :, None])

    usable = s.first_service[a.offer][:, None] <= t[None, :]
    usable |= s.is_held[a.offer][:, None]  # held offers are limited by their devices
    hours = s.slice_hours
    limit = np.where(s.is_api[a.offer], s.offer_column("max_units_per_hour")[a.offer], np.inf)
    serve = m.block("serve", (len(a.offer), s.T, s.B), upper=np.where(usable, np.inf, 0.0)[:, :, None])

    soft = np.isfinite(s.workload_column("unserved_penalty_per_unit")[s.places.workload])
    unserved = m.block("unserved", (int(soft.sum()), s.T, s.B), upper=s.places.demand[soft])

    _add_demand(m, s, flow, unserved, soft)
    _add_balance(m, s, flow, serve)
    _add_rate_limits(m, s, serve, limit, hours)
    _add_interruptible(m, s, serve)
    return Routing(flow, unserved, np.flatnonzero(soft), serve)


def _add_demand(m: Builder, s: Sets, flow: Block, unserved: Block, soft: Array) -> None:
    volume = s.places.demand
    n = volume.size
    names = s.locations["location"].to_numpy(str)
    per_year = np.maximum(volume.sum(axis=2, keepdims=True), 1e-12)
    workload = s.places.workload
    keys = [
        ";".join([name, *names[s.places.member_location[s.places.member_place == i]]])
        for i, name in enumerate(s.workloads["workload"].to_numpy(str)[workload])
    ]
    relax = Relax(
        "demand",
        "volume",
        group=np.arange(n),
        key=[key for key in keys for _ in range(s.T * s.B)],
        period=np.broadcast_to(np.arange(s.T)[None, :, None], volume.shape).ravel(),
        unit=np.repeat(s.workloads["unit"].to_numpy(str)[workload], s.T * s.B).tolist(),
        loosens=np.ones(n),
        scale=np.broadcast_to(per_year, volume.shape).ravel(),
        present=np.broadcast_to(per_year, volume.shape).ravel(),
        most=volume.ravel(),
    )
    rows = m.add_rows("demand", n, "==", volume.ravel(), relax)
    at = rows.ids.reshape(volume.shape)
    m.coef(at[s.pairs.place], flow.ids, 1.0)
    m.coef(at[soft], unserved.ids, 1.0)


def _add_balance(m: Builder, s: Sets, flow: Block, serve: Block) -> None:
    """What arrives at a site for a workload is served by the offers there."""
    hosted, at_pair, at_arc = hosted_index(s)
    rows = m.add_rows("balance", hosted.shape[0] * s.T * s.B, "==", 0.0)
    ids = rows.ids.reshape(-1, s.T, s.B)
    m.coef(ids[at_arc], serve.ids, 1.0)
    m.coef(ids[at_pair], flow.ids, -1.0)


def hosted_index(s: Sets) -> tuple[Array, Array, Array]:
    """(workload, site) pairs that may meet, shape (n, 2), and their number for each pair and each arc."""
    number = np.full((s.W, s.S), -1)
    number[s.pairs.workload, s.pairs.site] = 0
    number[s.arcs.workload, s.arcs.site] = 0
    hosted = np.argwhere(number == 0)
    number[hosted[:, 0], hosted[:, 1]] = np.arange(len(hosted))
    return hosted, number[s.pairs.workload, s.pairs.site], number[s.arcs.workload, s.arcs.site]


def _add_rate_limits(m: Builder, s: Sets, serve: Block, limit: Array, hours: Array) -> None:
    """Rate limit of a token API in each slice."""
    which = np.flatnonzero(np.isfinite(limit))
    shape = (len(which), s.T, s.B)
    offers = s.offers["offer"].to_numpy(str)[s.arcs.offer[which]]
    unit = s.workloads["unit"].to_numpy(str)[s.arcs.workload[which]]
    relax = Relax(
        "offers",
        "max_units_per_hour",
        group=np.repeat(np.arange(len(which)), s.T * s.B),
        key=np.repeat(offers, s.T * s.B).tolist(),
        period=np.broadcast_to(np.arange(s.T)[None, :, None], shape).ravel(),
        unit=np.repeat([f"{u} per hour" for u in unit], s.T * s.B).tolist(),
        loosens=np.broadcast_to(hours, shape).ravel(),
        scale=np.repeat(np.maximum(limit[which], 1e-9), s.T * s.B),
        present=np.repeat(limit[which], s.T * s.B),
    )
    rhs = limit[which][:, None, None] * hours
    rows = m.add_rows("api_rate", int(np.prod(shape)), "<=", np.broadcast_to(rhs, shape).ravel(), relax)
    m.coef(rows.ids.reshape(shape), serve.ids[which], 1.0)


def _add_interruptible(m: Builder, s: Sets, serve: Block) -> None:
    """Spot serves at most the interruptible share of a workload, in each period and slice."""
    rows, at = interruptible_rows(m, s, "interruptible", s.demand.sum(axis=1))
    spot = np.flatnonzero(s.is_spot[s.arcs.offer])
    keep = at[s.arcs.workload[spot]] >= 0
    m.coef(rows[at[s.arcs.workload[spot][keep]]], serve.ids[spot[keep]], 1.0)


def interruptible_rows(m: Builder, s: Sets, family: str, volume: Array) -> tuple[Array, Array]:
    """Rows that hold spot to the interruptible share of `volume`, shape (W, T, B).

    Returns the row numbers, shape (n, T, B), and the position of each workload among the n
    (-1: its share is 1 or it has no spot, so no row is needed).
    """
    share = s.workloads["interruptible_share"].to_numpy(float)
    has_spot = np.zeros(s.W, dtype=bool)
    has_spot[s.arcs.workload[s.is_spot[s.arcs.offer]]] = True
    which = np.flatnonzero(has_spot & (share < 1))
    shape = (len(which), *volume.shape[1:])
    most = volume[which]
    relax = Relax(
        "workloads",
        "interruptible_share",
        group=np.repeat(np.arange(len(which)), int(np.prod(shape[1:]))),
        key=np.repeat(s.workloads["workload"].to_numpy(str)[which], int(np.prod(shape[1:]))).tolist(),
        period=np.broadcast_to(np.arange(shape[1])[None, :, None], shape).ravel(),
        unit=["share"] * int(np.prod(shape)),
        loosens=most.ravel(),
        scale=np.ones(int(np.prod(shape))),
        present=np.repeat(share[which], int(np.prod(shape[1:]))),
        most=np.repeat(1 - share[which], int(np.prod(shape[1:]))),
    )
    rows = m.add_rows(family, most.size, "<=", (share[which][:, None, None] * most).ravel(), relax)
    at = np.full(s.W, -1)
    at[which] = np.arange(len(which))
    return rows.ids.reshape(shape), at
