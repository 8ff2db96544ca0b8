"""Tidy frames from a solved model. The ledger is the model's own cost terms with the solution's values."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.model.build import Model
from planner.model.builder import Block, Terms
from planner.model.capacity import EXPIRED, HORIZON, RETIRED
from planner.model.costs import months_in_service, price_paid
from planner.model.sites import DUST
from planner.result.frames import result_frame

NOTHING = 1e-11
"""A decision no larger is what the solver's tolerances leave of a zero."""


def frames_of(model: Model, values: np.ndarray, duals: np.ndarray | None) -> dict[str, pd.DataFrame]:
    """Every table of `frames.FRAMES` for the solution."""
    out = {
        "ledger": ledger(model, values),
        "capacity": capacity(model, values),
        "vintages": vintages(model, values),
        "emissions": emissions(model, values),
        "policies": policies(model, values, duals),
        **_flows(model, values),
        **_presence(model, values),
    }
    return {name: result_frame(name, frame) for name, frame in out.items()}


def _names(model: Model) -> dict[str, np.ndarray]:
    """Names by set; the last entry, at -1, is the empty string."""
    s = model.sets
    return {
        key: np.append(frame[key].to_numpy(object), "")
        for key, frame in (
            ("workload", s.workloads),
            ("location", s.locations),
            ("site", s.sites),
            ("offer", s.offers),
            ("slice", s.slices),
        )
    }


def _caused(model: Model, terms: Terms, amount: np.ndarray, extra: dict[str, np.ndarray]) -> pd.DataFrame:
    """Terms with names for who caused them."""
    names = _names(model)
    return pd.DataFrame(
        {
            "period": terms.period + 1,
            "site": names["site"][terms.site],
            "offer": names["offer"][terms.offer],
            "workload": names["workload"][terms.workload],
            **extra,
            "quantity": amount,
        }
    )


def ledger(model: Model, values: np.ndarray) -> pd.DataFrame:
    """One row for each period, cause, category and unit price; amounts of 0 are left out, and the solver's dust."""
    terms = model.builder.terms("cost")
    terms = terms.take(np.abs(values[terms.col]) > NOTHING)
    labels = model.builder.labels
    frame = _caused(
        model,
        terms,
        terms.quantity * values[terms.col],
        {
            "category": np.array([x.category for x in labels], dtype=object)[terms.kind],
            "cash": np.array([x.cash for x in labels], dtype=object)[terms.kind],
            "unit": np.array([x.unit for x in labels], dtype=object)[terms.kind],
            "unit_price": terms.price,
        },
    )
    keys = [c for c in frame.columns if c != "quantity"]
    frame = frame.groupby(keys, as_index=False, sort=True)["quantity"].sum()
    frame["amount"] = frame["quantity"] * frame["unit_price"]
    frame = frame[(frame["amount"] != 0) & (frame["quantity"].abs() > DUST)]
    provider = model.sets.sites.set_index("site")["provider"].fillna("")
    frame["provider"] = frame["site"].map(provider).fillna("")
    at = frame["period"].to_numpy(int) - 1
    frame["date"] = np.array(model.sets.settings.month_of_period(), dtype=object)[at]
    frame["discount_factor"] = model.sets.df[at]
    frame["present_value"] = frame["amount"] * frame["discount_factor"]
    return frame


def emissions(model: Model, values: np.ndarray) -> pd.DataFrame:
    """Energy, carbon and water by period and cause."""
    parts = []
    for measure, column in (("energy_kwh", "energy_kwh"), ("carbon_t", ""), ("water_m3", "water_m3")):
        terms = model.builder.terms(measure)
        terms = terms.take(np.abs(values[terms.col]) > NOTHING)
        category = np.array([f"{x.category}_carbon_t" for x in model.builder.labels], dtype=object)
        kind = category[terms.kind] if measure == "carbon_t" else np.full(len(terms.kind), column, dtype=object)
        parts.append(_caused(model, terms, terms.amount * values[terms.col], {"kind": kind}))
    long = pd.concat(parts, ignore_index=True)
    wide = (
        long.pivot_table(
            index=["period", "site", "offer", "workload"], columns="kind", values="quantity", aggfunc="sum"
        )
        .reindex(columns=["energy_kwh", "operational_carbon_t", "embodied_carbon_t", "water_m3"])
        .fillna(0.0)
        .reset_index()
    )
    wide = wide[
        (wide[["energy_kwh", "operational_carbon_t", "embodied_carbon_t", "water_m3"]].abs() > DUST).any(axis=1)
    ]
    wide["carbon_t"] = wide["operational_carbon_t"] + wide["embodied_carbon_t"]
    return wide


def _flows(model: Model, values: np.ndarray) -> dict[str, pd.DataFrame]:
    s, r, names = model.sets, model.routing, _names(model)
    pairs, arcs, places = s.pairs, s.arcs, s.places

    def nonzero(block: Block) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        x = block.of(values)
        at = np.nonzero(x > DUST * x.max(initial=0.0))
        return x[at], at

    def split(place: np.ndarray, t: np.ndarray, b: np.ndarray, volume: np.ndarray) -> tuple[np.ndarray, ...]:
        """A place's volume over its locations in proportion to their demand: entry, location, volume."""
        count = np.bincount(places.member_place, minlength=len(places.workload))
        by_place = np.argsort(places.member_place, kind="stable")
        start = np.cumsum(count) - count
        n = count[place]
        entry = np.repeat(np.arange(len(place)), n)
        member = by_place[start[place][entry] + np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)]
        location = places.member_location[member]
        share = s.demand[places.workload[place][entry], location, t[entry], b[entry]]
        share = share / places.demand[place, t, b][entry]
        keep = share > 0
        return entry[keep], location[keep], (volume[entry] * share)[keep]

    volume, (p, t, b) = nonzero(r.flow)
    entry, location, volume = split(pairs.place[p], t, b, volume)
    routing = pd.DataFrame(
        {
            "workload": names["workload"][pairs.workload[p][entry]],
            "location": names["location"][location],
            "site": names["site"][pairs.site[p][entry]],
            "period": t[entry] + 1,
            "slice": names["slice"][b[entry]],
            "volume": volume,
        }
    )
    volume, (q, t, b) = nonzero(r.unserved)
    entry, location, volume = split(r.unserved_place[q], t, b, volume)
    unserved = pd.DataFrame(
        {
            "workload": names["workload"][places.workload[r.unserved_place[q][entry]]],
            "location": names["location"][location],
            "period": t[entry] + 1,
            "slice": names["slice"][b[entry]],
            "volume": volume,
        }
    )
    volume, (a, t, b) = nonzero(r.serve)
    dispatch = pd.DataFrame(
        {
            "workload": names["workload"][arcs.workload[a]],
            "offer": names["offer"][arcs.offer[a]],
            "period": t + 1,
            "slice": names["slice"][b],
            "volume": volume,
            "device_hours": volume / arcs.rate[a],
        }
    )
    return {"routing": routing, "unserved": unserved, "dispatch": dispatch}


def _presence(model: Model, values: np.ndarray) -> dict[str, pd.DataFrame]:
    """Open sites and hosted workloads: where there was a choice, as chosen; else where they are used."""
    s, p, names = model.sets, model.presence, _names(model)
    is_open = np.zeros((s.S, s.T), dtype=bool)
    used = model.routing.flow.of(values).sum(axis=2) > 0
    np.logical_or.at(is_open, s.pairs.site, used)
    np.logical_or.at(is_open, s.offer_site[s.held], model.capacity.in_service.of(values) > 1e-9)
    is_open[p.open_site] = p.is_open.of(values) > 0.5
    had = np.zeros((s.S, 1), dtype=bool)
    had[s.offer_site[s.assets.offer[s.assets.first == 0]]] = True
    before = np.concatenate([had, is_open[:, :-1]], axis=1)
    k, t = np.nonzero(is_open)
    sites = pd.DataFrame({"site": names["site"][k], "period": t + 1, "opened": (~before[k, t]).astype(int)})

    hosted = np.zeros((s.W, s.S, s.T), dtype=bool)
    np.logical_or.at(hosted, (s.pairs.workload, s.pairs.site), used)
    hosted[p.host_pair[:, 0], p.host_pair[:, 1]] = p.hosts.of(values) > 0.5
    before = np.concatenate([np.zeros((s.W, s.S, 1), dtype=bool), hosted[:, :, :-1]], axis=2)
    w, k, t = np.nonzero(hosted)
    deployments = pd.DataFrame(
        {
            "workload": names["workload"][w],
            "site": names["site"][k],
            "period": t + 1,
            "started": (~before[w, k, t]).astype(int),
        }
    )
    return {"sites": sites, "deployments": deployments}


def capacity(model: Model, values: np.ndarray) -> pd.DataFrame:
    """Devices by offer and period; rows of nothing are left out."""
    s, c = model.sets, model.capacity
    shape = (s.O, s.T)
    hours = np.zeros(shape)
    np.add.at(hours, s.arcs.offer, model.routing.serve.of(values).sum(axis=2) / s.arcs.rate[:, None])
    new = c.new.of(values)
    devices, ordered, entered, retired, expired = (np.zeros(shape) for _ in range(5))
    devices[s.held] = c.in_service.of(values)
    devices[s.rented] = hours[s.rented] / s.H
    entered[s.held] = new
    h, t = np.nonzero(new)
    np.add.at(ordered, (s.held[h], t - s.lead[s.held[h]]), new[h, t])
    a = s.assets
    np.add.at(entered, (a.offer, a.first), np.where((a.first > 0) | (a.age == 0), a.devices, 0.0))
    ends = s.is_term[a.offer] & (a.last + 1 < s.T)
    np.add.at(expired, (a.offer[ends], a.last[ends] + 1), a.devices[ends])
    h, t = np.nonzero(new * s.is_term[s.held][:, None])
    end = t + s.term[s.held[h]]
    inside = end < s.T
    np.add.at(expired, (s.held[h[inside]], end[inside]), new[h[inside], t[inside]])
    left, offer = c.leave.of(values), s.held[c.entry_offer[c.leave_vintage]]
    for reason, target in ((RETIRED, retired), (EXPIRED, expired)):
        mine = c.leave_reason == reason
        np.add.at(target, (offer[mine], c.leave_at[mine]), left[mine])
    table = np.stack([devices, ordered, entered, retired, expired, hours])
    table[np.abs(table) < 1e-9] = 0.0
    o, t = np.nonzero((table != 0).any(axis=0))
    columns = ("devices_in_service", "ordered", "entered", "retired", "expired", "hours_used")
    return pd.DataFrame(
        {"offer": _names(model)["offer"][o], "period": t + 1, **{n: table[i, o, t] for i, n in enumerate(columns)}}
    )


def vintages(model: Model, values: np.ndarray) -> pd.DataFrame:
    """Held devices by entry and end."""
    s, c, names = model.sets, model.capacity, _names(model)
    ends = np.array(["retired", "expired", "horizon"], dtype=object)
    assert (RETIRED, EXPIRED, HORIZON) == (0, 1, 2)
    left, v = c.leave.of(values), c.leave_vintage
    asset_names = np.append(np.array(s.assets.name, dtype=object), "")
    asset = c.entry_asset[v]
    offer = s.held[c.entry_offer[v]]
    owned = pd.DataFrame(
        {
            "offer": names["offer"][offer],
            "asset": asset_names[asset],
            "ordered_period": np.where(asset >= 0, 0, c.entry_period[v] - s.lead[offer] + 1),
            "first_period": c.entry_period[v] + 1,
            "last_period": c.leave_at,
            "devices": left,
            "price_paid": price_paid(s, c)[v],
            "age_months": months_in_service(s, c) - (c.leave_at - c.entry_period[v]) * s.months,
            "ends": ends[c.leave_reason],
        }
    )
    h, t = np.nonzero(c.new.of(values) * s.is_term[s.held][:, None])
    offer = s.held[h]
    end = t + s.term[offer]
    ordered = pd.DataFrame(
        {
            "offer": names["offer"][offer],
            "asset": "",
            "ordered_period": t - s.lead[offer] + 1,
            "first_period": t + 1,
            "last_period": np.minimum(end, s.T),
            "devices": c.new.of(values)[h, t],
            "price_paid": 0.0,
            "age_months": 0,
            "ends": np.where(end < s.T, "expired", "horizon"),
        }
    )
    a = s.assets
    n = np.flatnonzero(s.is_term[a.offer])
    there = pd.DataFrame(
        {
            "offer": names["offer"][a.offer[n]],
            "asset": asset_names[n],
            "ordered_period": 0,
            "first_period": a.first[n] + 1,
            "last_period": np.minimum(a.last[n] + 1, s.T),
            "devices": a.devices[n],
            "price_paid": 0.0,
            "age_months": a.age[n],
            "ends": np.where(a.last[n] + 1 < s.T, "expired", "horizon"),
        }
    )
    whole = pd.concat([owned, ordered, there], ignore_index=True)
    # An asset that is sold at once has a last period before its first: it never served the plan.
    whole = whole[whole["devices"] > 1e-9]
    return whole.sort_values(["offer", "first_period", "last_period"], kind="stable", ignore_index=True)


def policies(model: Model, values: np.ndarray, duals: np.ndarray | None) -> pd.DataFrame:
    """What each policy used, what it left, and what one more unit would save."""
    w, table = model.policies, model.sets.policies
    n = len(w.policy)
    value = np.array([float(v @ values[c]) for c, v in w.scoped]).reshape(n)
    total = np.array([float(v @ values[c]) for c, v in w.total]).reshape(n)
    at = w.policy
    share = (table["share_of"] == "total").to_numpy(bool)[at]
    is_max = (table["sense"] == "max").to_numpy(bool)[at]
    limit = table["limit"].to_numpy(float)[at]
    amount = np.where(share, limit * total, limit)
    over = np.where(is_max, value - amount, amount - value)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(share, np.where(total != 0, value / total, np.nan), value)
    with np.errstate(divide="ignore", invalid="ignore"):
        slack = np.where(share, np.where(total != 0, -over / np.abs(total), np.nan), -over)
    price = np.full(n, np.nan) if duals is None else np.abs(duals[w.rows.ids])
    return pd.DataFrame(
        {
            "policy": table["policy"].to_numpy(object)[at],
            "measure": table["measure"].to_numpy(object)[at],
            "sense": table["sense"].to_numpy(object)[at],
            "window": table["window"].fillna("period").to_numpy(object)[at],
            "from_period": w.first + 1,
            "to_period": w.last + 1,
            "value": own,
            "limit": limit,
            "slack": slack,
            "violation": np.where(over > 1e-6 * np.maximum(1.0, np.abs(amount)), over, 0.0),
            "shadow_price": price,
        }
    )
