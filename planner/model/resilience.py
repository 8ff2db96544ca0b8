"""Loss of any one site: what is left must still serve the survive share of each critical workload.

For every site that could be lost there is a second routing and dispatch on the same devices. It
costs nothing, so it may be shrunk without changing the answer: locations of a workload with the
same feasible sites are one, slices in which every critical workload needs less than in another
slice, spread over its locations alike, are left out, and a loss that unlimited capacity elsewhere always covers needs no rows.
"""

from __future__ import annotations

import numpy as np

from planner.model.builder import Array, Block, Builder, Relax
from planner.model.capacity import Capacity
from planner.model.routing import interruptible_rows
from planner.model.sets import Sets
from planner.model.sites import Presence, device_limit_sites


def critical_workloads(s: Sets) -> Array:
    """Codes of workloads that must survive the loss of a site, in part or whole."""
    share = s.workloads["survive_site_loss_share"].to_numpy(float)
    return np.flatnonzero((share > 0) & (s.demand.sum(axis=(1, 2, 3)) > 0))


def needed_slices(per_hour: Array, spread: Array | None = None) -> Array:
    """Which (period, slice) matter: those that no other slice of the period exceeds in every workload.

    `per_hour`: demand per hour, shape (workloads, T, B). `spread`: its shares by location, shape
    (workloads, L, T, B); None: all at one place. Only what is spread alike can stand for another
    slice: the share that survives is summed over locations, of which each may need other sites.
    Returns booleans, shape (T, B). Of equal slices the first is kept.
    """
    # In single precision rounding tells no alike slices apart, and one of them is always kept.
    rate = per_hour.astype(np.float32)
    periods, slices = rate.shape[1:]
    keep = np.ones((periods, slices), dtype=bool)
    for b in range(slices):
        for other in range(slices):
            if other == b:
                continue
            below = (rate[:, :, b] <= rate[:, :, other]).all(axis=0)
            equal = (rate[:, :, b] == rate[:, :, other]).all(axis=0)
            if spread is not None:
                alike = np.abs(spread[:, :, :, b] - spread[:, :, :, other]).max(axis=1, initial=0.0) <= 1e-9
                below &= (alike | (rate[:, :, b] == 0)).all(axis=0)
            keep[:, b] &= ~(below & (~equal | (other < b)))
    return keep


def location_classes(s: Sets, workload: int) -> tuple[Array, Array]:
    """Locations of a workload grouped by the sites that may serve them.

    Returns the sites of each class as booleans, shape (classes, S), and its demand, shape (classes, T, B).
    """
    mine = np.flatnonzero(s.places.workload == workload)
    reach = np.zeros((len(s.places.workload), s.S), dtype=bool)
    reach[s.pairs.place, s.pairs.site] = True
    sites, at = np.unique(reach[mine], axis=0, return_inverse=True)
    volume = np.zeros((len(sites), s.T, s.B))
    np.add.at(volume, at.ravel(), s.places.demand[mine])
    return sites, volume


def always_covered(s: Sets, critical: Array) -> Array:
    """Sites whose loss unlimited pay-as-you-go capacity elsewhere covers at any volume, shape (S,)."""
    free = np.isinf(s.offer_column("max_devices")) & s.is_rented & ~s.is_spot
    free |= s.is_api & np.isinf(s.offer_column("max_units_per_hour"))
    money = s.sites[["opening_cost", "fixed_cost_per_month", "security_cost_per_month"]].to_numpy(float).sum(axis=1)
    free &= np.isinf(s.site_column("max_devices"))[s.offer_site] & (money == 0)[s.offer_site]
    free &= s.first_service == 0
    deploy = s.workload_column("deployment_cost_per_site")[:, None] + (
        s.workload_column("storage_gb")[:, None] * s.site_column("storage_price_per_gb_month")[None, :]
    )
    counted = (s.policies["measure"] == "open_sites").any()
    offers_free = np.zeros((s.W, s.S), dtype=bool)
    a = s.arcs
    usable = free[a.offer] & (deploy[a.workload, a.site] == 0) & (not counted)
    offers_free[a.workload[usable], a.site[usable]] = True
    covered = np.ones(s.S, dtype=bool)
    for w in critical:
        sites, volume = location_classes(s, w)
        for reach in sites[volume.sum(axis=(1, 2)) > 0]:
            left = reach & offers_free[w]
            covered &= (left.sum() - left.astype(int)) > 0
    return covered


def add_resilience(m: Builder, s: Sets, c: Capacity, p: Presence) -> None:
    """Add a second routing and dispatch for each loss that the plan must survive."""
    critical = critical_workloads(s)
    if not len(critical):
        return
    reached = np.zeros(s.S, dtype=bool)
    reached[s.pairs.site[np.isin(s.pairs.workload, critical)]] = True
    covered = always_covered(s, critical)
    losses = np.flatnonzero(reached & ~covered)
    if not len(losses) and not covered.all():
        losses = np.array([-1])  # nothing to lose: the share must be served as things are
    total = s.demand[critical].sum(axis=1)
    spread = s.demand[critical] / np.where(total > 0, total, 1.0)[:, None]
    keep = needed_slices(total / s.slice_hours, spread)
    t, b = np.nonzero(keep)  # everything below runs over these n (period, slice) moments
    for lost in losses:
        _add_loss(m, s, c, p, critical, int(lost), t, b)


def _add_loss(m: Builder, s: Sets, c: Capacity, p: Presence, critical: Array, lost: int, t: Array, b: Array) -> None:
    n = len(t)
    tag = str(lost) if lost >= 0 else "none"
    arcs = np.flatnonzero(np.isin(s.arcs.workload, critical) & (s.arcs.site != lost))
    usable = (s.first_service[s.arcs.offer[arcs]][:, None] <= t[None, :]) | s.is_held[s.arcs.offer[arcs]][:, None]
    serve = m.block(f"loss{tag}_serve", (len(arcs), n), upper=np.where(usable, np.inf, 0.0))
    _add_supply(m, s, critical, lost, tag, arcs, serve, p, t, b)
    _add_limits(m, s, c, tag, arcs, serve, t, b)


def _add_supply(
    m: Builder,
    s: Sets,
    critical: Array,
    lost: int,
    tag: str,
    arcs: Array,
    serve: Block,
    p: Presence,
    t: Array,
    b: Array,
) -> None:
    n = len(t)
    site_from = s.sites["available_from"].to_numpy(int) - 1
    share = s.workloads["survive_site_loss_share"].to_numpy(float)
    names, site_names = s.workloads["workload"].to_numpy(str), s.sites["site"].to_numpy(str)
    for w in critical:
        sites, volume = location_classes(s, w)
        if lost >= 0:
            sites = sites.copy()
            sites[:, lost] = False
        k, site = np.nonzero(sites)
        there = site_from[site][:, None] <= t[None, :]
        flow = m.block(f"loss{tag}_flow{w}", (len(k), n), upper=np.where(there, np.inf, 0.0))
        at_volume = volume[:, t, b]  # (classes, n)
        rows = m.add_rows("loss_demand", at_volume.size, "<=", at_volume.ravel())
        m.coef(rows.ids.reshape(at_volume.shape)[k], flow.ids, 1.0)
        # What is served at a site was sent there.
        used, at = np.unique(site, return_inverse=True)
        rows = m.add_rows("loss_balance", len(used) * n, "<=", 0.0)
        ids = rows.ids.reshape(len(used), n)
        number = np.full(s.S, -1)
        number[used] = np.arange(len(used))
        mine = np.flatnonzero((s.arcs.workload[arcs] == w) & (number[s.arcs.site[arcs]] >= 0))
        m.coef(ids[number[s.arcs.site[arcs[mine]]]], serve.ids[mine], 1.0)
        m.coef(ids[at], flow.ids, -1.0)
        # Only sites that are open, and that hold the workload where that is a decision.
        for on_at, block in ((p.site_at[site], p.is_open), (p.host_at[w, site], p.hosts)):
            which = np.flatnonzero(on_at >= 0)
            rows = m.add_rows("loss_presence", len(which) * n, "<=", 0.0)
            ids = rows.ids.reshape(len(which), n)
            m.coef(ids, flow.ids[which], 1.0)
            m.coef(ids, block.ids[on_at[which][:, None], t[None, :]], -at_volume[k[which]])
        must = share[w] * volume.sum(axis=0)[t, b]
        place = site_names[lost] if lost >= 0 else ""
        relax = Relax(
            "workloads",
            "survive_site_loss_share",
            group=np.zeros(n, dtype=int) + 0,
            key=[f"{names[w]};{place}"] * n,
            period=t,
            unit=["share"] * n,
            loosens=volume.sum(axis=0)[t, b],
            scale=np.ones(n),
            present=np.full(n, share[w]),
            most=np.full(n, share[w]),
        )
        rows = m.add_rows("survive", n, ">=", must, relax)
        m.coef(rows.ids[None, :], serve.ids[np.flatnonzero(s.arcs.workload[arcs] == w)], 1.0)


def _add_limits(m: Builder, s: Sets, c: Capacity, tag: str, arcs: Array, serve: Block, t: Array, b: Array) -> None:
    """Devices, quotas, rate limits, device limits and the interruptible share hold in the emergency too."""
    n = len(t)
    offer, rate = s.arcs.offer[arcs], s.arcs.rate[arcs]
    hours = s.slice_hours[b]
    position = np.full(s.O, -1)
    position[s.held] = np.arange(len(s.held))
    used = np.unique(offer[s.is_held[offer]])
    number = np.full(s.O, -1)
    number[used] = np.arange(len(used))
    mine = np.flatnonzero(s.is_held[offer])
    rows = m.add_rows("loss_use", len(used) * n, "<=", 0.0)
    ids = rows.ids.reshape(len(used), n)
    m.coef(ids[number[offer[mine]]], serve.ids[mine], 1 / rate[mine][:, None])
    m.coef(ids, c.in_service.ids[position[used][:, None], t[None, :]], -hours[None, :])

    limit = s.offer_column("max_devices")
    used = np.unique(offer[s.is_rented[offer] & np.isfinite(limit[offer])])
    number = np.full(s.O, -1)
    number[used] = np.arange(len(used))
    mine = np.flatnonzero(number[offer] >= 0)
    rhs = limit[used][:, None] * hours
    rows = m.add_rows("loss_quota", rhs.size, "<=", rhs.ravel())
    m.coef(rows.ids.reshape(rhs.shape)[number[offer[mine]]], serve.ids[mine], 1 / rate[mine][:, None])

    most = np.where(s.is_api[offer], s.offer_column("max_units_per_hour")[offer], np.inf)
    mine = np.flatnonzero(np.isfinite(most))
    rhs = most[mine][:, None] * hours
    rows = m.add_rows("loss_api_rate", rhs.size, "<=", rhs.ravel())
    m.coef(rows.ids.reshape(rhs.shape), serve.ids[mine], 1.0)

    sites = device_limit_sites(s)
    sites = sites[np.isin(sites, s.arcs.site[arcs[s.is_rented[offer]]])]
    if len(sites):
        rhs = s.site_column("max_devices")[sites][:, None] * hours
        rows = m.add_rows("loss_site_devices", rhs.size, "<=", rhs.ravel())
        _add_device_use_at(m, s, c, rows.ids.reshape(rhs.shape), sites, serve, arcs, t, hours)

    volume = s.demand.sum(axis=1)[:, t, b][:, :, None]
    at_rows, at = interruptible_rows(m, s, f"loss{tag}_interruptible", volume)
    spot = np.flatnonzero(s.is_spot[offer] & (at[s.arcs.workload[arcs]] >= 0))
    m.coef(at_rows[at[s.arcs.workload[arcs[spot]]], :, 0], serve.ids[spot], 1.0)


def _add_device_use_at(
    m: Builder, s: Sets, c: Capacity, ids: Array, sites: Array, serve: Block, arcs: Array, t: Array, hours: Array
) -> None:
    number = np.full(s.S, -1)
    number[sites] = np.arange(len(sites))
    h = np.flatnonzero(number[s.offer_site[s.held]] >= 0)
    m.coef(ids[number[s.offer_site[s.held[h]]]], c.in_service.ids[h[:, None], t[None, :]], hours[None, :])
    a = np.flatnonzero((number[s.arcs.site[arcs]] >= 0) & s.is_rented[s.arcs.offer[arcs]])
    m.coef(ids[number[s.arcs.site[arcs[a]]]], serve.ids[a], 1 / s.arcs.rate[arcs[a]][:, None])
