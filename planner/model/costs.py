"""Every cost of a plan as terms, one function a concern. The objective and the ledger are these terms."""

from __future__ import annotations

import numpy as np

from planner.model.builder import Array, Builder
from planner.model.capacity import Capacity
from planner.model.routing import Routing
from planner.model.sets import Sets
from planner.model.sites import Presence

CAPEX, OPEX, NON_CASH = "capex", "opex", "non_cash"
GRAMS_PER_TONNE = 1e6
KG_PER_TONNE = 1e3
LITRES_PER_M3 = 1e3


def add_costs(m: Builder, s: Sets, r: Routing, c: Capacity, p: Presence) -> None:
    """Add every cost and footprint term, except the penalties of policies (see `policies`)."""
    add_usage(m, s, r)
    add_commitments(m, s, c)
    add_ownership(m, s, c)
    add_running(m, s, c)
    add_energy(m, s, r, c)
    add_sites(m, s, p)
    add_network(m, s, r, p)
    add_service(m, s, r)
    add_carbon(m, s)


def _money(m: Builder, category: str, cash: str, unit: str, cols: Array, quantity, price, period, **who) -> None:
    m.term("cost", category, cash, unit, cols, quantity, price, period, **who)


def _serve_axes(s: Sets, arcs: Array) -> dict[str, Array]:
    """Who causes the terms of dispatch, shaped to broadcast against (arcs, T, B)."""
    return {
        "offer": s.arcs.offer[arcs][:, None, None],
        "site": s.arcs.site[arcs][:, None, None],
        "workload": s.arcs.workload[arcs][:, None, None],
    }


def _held_axes(s: Sets, held: Array) -> dict[str, Array]:
    """Who causes the terms of held devices; a workload only where the offer is restricted to one."""
    return {"offer": held, "site": s.offer_site[held], "workload": s.offer_workload[held]}


def add_usage(m: Builder, s: Sets, r: Routing) -> None:
    """On-demand and spot per device-hour used; api per unit."""
    t = np.arange(s.T)[None, :, None]
    a = np.flatnonzero(s.is_rented[s.arcs.offer])
    o = s.arcs.offer[a]
    price = s.offer_column("price_per_hour")[o][:, None] * s.price_factor[o]
    _money(
        m,
        "compute",
        OPEX,
        "device-hours",
        r.serve.ids[a],
        1 / s.arcs.rate[a][:, None, None],
        price[:, :, None],
        t,
        **_serve_axes(s, a),
    )
    a = np.flatnonzero(s.is_api[s.arcs.offer])
    units = s.workloads["unit"].to_numpy(str)[s.arcs.workload[a]]
    for unit in np.unique(units):
        b = a[units == unit]
        o = s.arcs.offer[b]
        price = s.offer_column("price_per_unit")[o][:, None] * s.price_factor[o]
        _money(m, "api", OPEX, str(unit), r.serve.ids[b], 1.0, price[:, :, None], t, **_serve_axes(s, b))


def add_commitments(m: Builder, s: Sets, c: Capacity) -> None:
    """Committed and leased: upfront at the start of the term, by the hour through it, and the
    unused part of the upfront payment credited in the last period."""
    h = np.flatnonzero(s.is_term[s.held])
    o = s.held[h]
    start = np.arange(s.T)
    price = s.offer_column("price_per_hour")[o][:, None] * s.price_factor[o]  # of the first period in service
    upfront = s.offer_column("upfront_price")[o][:, None]
    term = s.term[o][:, None]
    who = {k: v[:, None] for k, v in _held_axes(s, o).items()}
    cols = c.new.ids[h]
    _money(m, "compute", OPEX, "devices", cols, 1.0, upfront, start[None, :], **who)
    beyond = np.maximum(start[None, :] + term - s.T, 0)
    _money(m, "compute", OPEX, "devices", cols, -beyond / term, upfront, s.T - 1, **who)
    for later in range(int(term.max(initial=0))):
        t = start + later
        inside = (t[None, :] < s.T) & (later < term)
        _money(
            m,
            "compute",
            OPEX,
            "device-hours",
            cols,
            np.where(inside, s.H, 0.0),
            price,
            np.minimum(t, s.T - 1)[None, :],
            **who,
        )
        if later >= s.T - 1:
            break
    a = s.assets
    n = np.flatnonzero(s.is_term[a.offer])
    t = np.arange(s.T)[None, :]
    runs = (t >= a.first[n][:, None]) & (t <= a.last[n][:, None])
    who = {k: v[:, None] for k, v in _held_axes(s, a.offer[n]).items()}
    table_price = s.offer_column("price_per_hour")[a.offer[n]][:, None]
    _money(m, "compute", OPEX, "device-hours", c.asset.ids[n][:, None], np.where(runs, s.H, 0.0), table_price, t, **who)


def price_paid(s: Sets, c: Capacity) -> Array:
    """Price per device of each owned vintage: of the order period, or of the table for assets; shape (vintages,)."""
    o = s.held[c.entry_offer]
    order = np.where(c.entry_asset >= 0, 0, c.entry_period - s.lead[o])
    factor = np.where(c.entry_asset >= 0, 1.0, s.price_factor[o, order])
    return s.offer_column("purchase_price")[o] * factor


def months_in_service(s: Sets, c: Capacity) -> Array:
    """Months in service at each leaving, true age of assets included, shape of `leave`."""
    v = c.leave_vintage
    age = np.append(s.assets.age, 0)[c.entry_asset[v]]
    return np.where(c.entry_asset[v] >= 0, age, 0) + (c.leave_at - c.entry_period[v]) * s.months


def market_value_share(s: Sets, offer: Array, months: Array) -> Array:
    """Share of the price paid that a device brings after some months in service.

    (1 - annual_value_loss) ** years, or straight line to 0 over the useful life where no loss is given.
    """
    loss = s.offers["annual_value_loss"].to_numpy(float)[offer]
    life = s.offers["useful_life_months"].to_numpy(float)[offer]
    declining = (1.0 - np.nan_to_num(loss)) ** (months / 12)
    return np.where(np.isnan(loss), np.maximum(1.0 - months / life, 0.0), declining)


def add_ownership(m: Builder, s: Sets, c: Capacity) -> None:
    """Owned: paid when ordered; sold at market value when it leaves."""
    h = np.flatnonzero(s.is_owned[s.held])
    o = s.held[h]
    order = np.arange(s.T)[None, :] - s.lead[o][:, None]
    factor = np.take_along_axis(s.price_factor[o], np.maximum(order, 0), axis=1)
    price = s.offer_column("purchase_price")[o][:, None] * factor
    who = {k: v[:, None] for k, v in _held_axes(s, o).items()}
    possible = (order >= 0).astype(float)
    _money(m, "hardware", CAPEX, "devices", c.new.ids[h], possible, price, np.maximum(order, 0), **who)
    offer = s.held[c.entry_offer[c.leave_vintage]]
    value = price_paid(s, c)[c.leave_vintage] * market_value_share(s, offer, months_in_service(s, c))
    when = np.minimum(c.leave_at, s.T - 1)
    _money(m, "resale", CAPEX, "devices", c.leave.ids, -1.0, value, when, **_held_axes(s, offer))


def add_running(m: Builder, s: Sets, c: Capacity) -> None:
    """Maintenance, licenses, labour and space of devices in service."""
    o = s.held
    t = np.arange(s.T)[None, :]
    who = {k: v[:, None] for k, v in _held_axes(s, o).items()}
    cols = c.in_service.ids
    maintenance = s.offer_column("maintenance_rate")[o] * s.offer_column("purchase_price")[o] / 12
    _money(m, "maintenance", OPEX, "device-months", cols, s.months, maintenance[:, None], t, **who)
    license_price = s.offer_column("license_price_per_month")[o]
    _money(m, "licenses", OPEX, "device-months", cols, s.months, license_price[:, None], t, **who)
    fte_years = s.offer_column("fte_per_device")[o] * s.months / 12
    _money(m, "labour", OPEX, "FTE-years", cols, fte_years[:, None], s.settings.labour_cost_per_fte_year, t, **who)
    kw_months = s.power[o] * s.months
    space = s.site_column("space_price_per_kw_month")[s.offer_site[o]]
    _money(m, "space", OPEX, "kW-months", cols, kw_months[:, None], space[:, None], t, **who)


def add_energy(m: Builder, s: Sets, r: Routing, c: Capacity) -> None:
    """Electricity with its carbon and water, and embodied carbon.

    Held devices draw idle power while in service and the rest while used; rented ones full power
    while used; all x PUE.
    """
    pue = s.site_column("pue")
    t2, t3 = np.arange(s.T)[None, :], np.arange(s.T)[None, :, None]
    o = s.held
    who = {k: v[:, None] for k, v in _held_axes(s, o).items()}
    idle = s.idle[o] * s.H * pue[s.offer_site[o]]
    _electricity(m, s, c.in_service.ids, idle[:, None], t2, who)
    a = np.flatnonzero(~s.is_api[s.arcs.offer])
    oa, site = s.arcs.offer[a], s.arcs.site[a]
    draw = np.where(s.is_held[oa], s.power[oa] - s.idle[oa], s.power[oa])
    per_unit = draw / s.arcs.rate[a] * pue[site]
    _electricity(m, s, r.serve.ids[a], per_unit[:, None, None], t3, _serve_axes(s, a))

    life = s.offer_column("useful_life_months")
    embodied = s.embodied / KG_PER_TONNE * s.months / life
    m.term("carbon_t", "embodied", "", "tCO2e", c.in_service.ids, embodied[o][:, None], 1.0, t2, **who)
    rented = np.flatnonzero(s.is_rented[s.arcs.offer])
    per_unit = embodied[s.arcs.offer[rented]] / s.arcs.rate[rented] / s.H
    m.term(
        "carbon_t",
        "embodied",
        "",
        "tCO2e",
        r.serve.ids[rented],
        per_unit[:, None, None],
        1.0,
        t3,
        **_serve_axes(s, rented),
    )
    api = np.flatnonzero(s.is_api[s.arcs.offer])
    grams = s.offer_column("carbon_g_per_unit")[s.arcs.offer[api]] / GRAMS_PER_TONNE
    m.term(
        "carbon_t", "operational", "", "tCO2e", r.serve.ids[api], grams[:, None, None], 1.0, t3, **_serve_axes(s, api)
    )


def _electricity(m: Builder, s: Sets, cols: Array, kwh: Array, t: Array, who: dict[str, Array]) -> None:
    site = who["site"]
    _money(m, "electricity", OPEX, "kWh", cols, kwh, s.site_column("electricity_price_per_kwh")[site], t, **who)
    m.term("energy_kwh", "energy", "", "kWh", cols, kwh, 1.0, t, **who)
    grams = s.site_column("carbon_g_per_kwh")[site] / GRAMS_PER_TONNE
    m.term("carbon_t", "operational", "", "tCO2e", cols, kwh * grams, 1.0, t, **who)
    litres = s.site_column("water_l_per_kwh")[site] / LITRES_PER_M3
    m.term("water_m3", "water", "", "m3", cols, kwh * litres, 1.0, t, **who)


def add_sites(m: Builder, s: Sets, p: Presence) -> None:
    """Opening, rent and security of sites; storage and deployment of workloads."""
    t = np.arange(s.T)[None, :]
    site = p.open_site[:, None]
    _money(m, "site", CAPEX, "openings", p.opens.ids, 1.0, s.site_column("opening_cost")[site], t, site=site)
    _money(
        m, "site", OPEX, "months", p.is_open.ids, s.months, s.site_column("fixed_cost_per_month")[site], t, site=site
    )
    security = s.site_column("security_cost_per_month")[site]
    _money(m, "security", OPEX, "months", p.is_open.ids, s.months, security, t, site=site)
    m.term("open_sites", "open", "", "sites", p.is_open.ids, 1.0, 1.0, t, site=site)
    w, at = p.host_pair[:, 0][:, None], p.host_pair[:, 1][:, None]
    gb_months = s.workload_column("storage_gb")[w] * s.months
    storage = s.site_column("storage_price_per_gb_month")[at]
    _money(m, "storage", OPEX, "GB-months", p.hosts.ids, gb_months, storage, t, site=at, workload=w)
    deploy = s.workload_column("deployment_cost_per_site")[w]
    _money(m, "deployment", OPEX, "deployments", p.starts.ids, 1.0, deploy, t, site=at, workload=w)


def add_network(m: Builder, s: Sets, r: Routing, p: Presence) -> None:
    """Egress, ingress and ports."""
    t = np.arange(s.T)[None, :, None]
    w, site = s.pairs.workload, s.pairs.site
    link = s.link_of[site, s.pairs.location]
    who = {"site": site[:, None, None], "workload": w[:, None, None]}
    for way in ("egress", "ingress"):
        gb = s.workload_column(f"{way}_gb_per_unit")[w]
        price = s.links[f"{way}_price_per_gb"].to_numpy(float)[link]
        _money(m, "network", OPEX, f"GB {way}", r.flow.ids, gb[:, None, None], price[:, None, None], t, **who)
    price = s.links["port_price_per_month"].to_numpy(float)[p.port_link]
    site_of = np.full(len(s.links), -1)
    rows, cols = np.nonzero(s.link_of >= 0)
    site_of[s.link_of[rows, cols]] = rows
    _money(
        m,
        "network",
        OPEX,
        "port-months",
        p.port.ids,
        s.months,
        price[:, None],
        np.arange(s.T)[None, :],
        site=site_of[p.port_link][:, None],
    )


def add_service(m: Builder, s: Sets, r: Routing) -> None:
    """What unserved volume and outages cost; not cash."""
    t = np.arange(s.T)[None, :, None]
    units = s.workloads["unit"].to_numpy(str)
    left_out = s.places.workload[r.unserved_place]
    penalty = s.workload_column("unserved_penalty_per_unit")[left_out]
    downtime = s.workload_column("downtime_cost_per_unit")[s.pairs.workload]
    lost = 1.0 - s.site_column("availability")[s.pairs.site]
    for unit in np.unique(units):
        q = np.flatnonzero(units[left_out] == unit)
        w = left_out[q][:, None, None]
        _money(m, "unserved", NON_CASH, str(unit), r.unserved.ids[q], 1.0, penalty[q][:, None, None], t, workload=w)
        f = np.flatnonzero(units[s.pairs.workload] == unit)
        _money(
            m,
            "downtime",
            NON_CASH,
            str(unit),
            r.flow.ids[f],
            lost[f][:, None, None],
            downtime[f][:, None, None],
            t,
            site=s.pairs.site[f][:, None, None],
            workload=s.pairs.workload[f][:, None, None],
        )


def add_carbon(m: Builder, s: Sets) -> None:
    """The internal price of carbon on every term that emits; not cash."""
    x = m.terms("carbon_t")
    price = s.settings.carbon_price
    _money(
        m,
        "carbon",
        NON_CASH,
        "tCO2e",
        x.col,
        x.quantity,
        price,
        x.period,
        offer=x.offer,
        site=x.site,
        workload=x.workload,
    )


def add_measures(m: Builder, s: Sets, r: Routing, c: Capacity) -> None:
    """Volume, devices and, where a policy counts it, latency as measures, for policies."""
    t2, t3 = np.arange(s.T)[None, :], np.arange(s.T)[None, :, None]
    every = np.arange(len(s.arcs.offer))
    m.term("volume", "volume", "", "units", r.serve.ids, 1.0, 1.0, t3, **_serve_axes(s, every))
    who = {k: v[:, None] for k, v in _held_axes(s, s.held).items()}
    m.term("devices", "held", "", "devices", c.in_service.ids, 1.0, 1.0, t2, **who)
    a = np.flatnonzero(s.is_rented[s.arcs.offer])
    per_unit = 1 / s.arcs.rate[a] / s.H
    m.term("devices", "rented", "", "devices", r.serve.ids[a], per_unit[:, None, None], 1.0, t3, **_serve_axes(s, a))
    if s.counts_latency:  # only then are places told apart by it
        p, left_out = s.pairs, r.unserved_place
        ms = s.latency[p.site, p.location][:, None, None]
        site, w = p.site[:, None, None], p.workload[:, None, None]
        m.term("latency", "served", "", "units x ms", r.flow.ids, ms, 1.0, t3, site=site, workload=w)
        w = s.places.workload[left_out][:, None, None]
        m.term("latency", "unserved", "", "units x ms", r.unserved.ids, s.latency.max(initial=0.0), 1.0, t3, workload=w)
