"""Every cost and footprint worked out a second time, by category and period."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.result.verify.case import RENTED, TERM, Case, Findings, lookup, side_by_side

CENT = 0.005


def check_ledger(case: Case, say: Findings) -> None:
    """Arithmetic of every row, and the total of every category and period."""
    x = case.frames["ledger"]
    rows = x.assign(product=x["quantity"] * x["unit_price"], present=x["amount"] * lookup(x["period"], case.discount))
    keys = ["category", "period", "offer", "site"]
    say.equal("amount", rows, "amount", "product", keys, "The amount is {found}, quantity x unit price {other}")
    say.equal(
        "present value", rows, "present_value", "present", keys, "The present value is {found}, discounted {other}"
    )
    rows["factor"] = lookup(x["period"], case.discount)
    say.equal(
        "factor", rows, "discount_factor", "factor", keys, "The discount factor is {found}, the plan's is {other}"
    )
    expected = _expected(case)
    found = x.groupby(["category", "cash", "period"], as_index=False)["amount"].sum()
    y = side_by_side(found, expected.rename(columns={"amount": "amount_expected"}), ["category", "cash", "period"])
    say.equal(
        "ledger",
        y,
        "amount",
        "amount_expected",
        ["category", "cash", "period"],
        "The ledger has {found}, the plan and its frames give {other}",
    )


def _sum(category: str, cash: str, period: pd.Series, amount: pd.Series | np.ndarray) -> pd.DataFrame:
    frame = pd.DataFrame({"period": np.asarray(period, dtype="int64"), "amount": np.asarray(amount, dtype=float)})
    frame = frame.groupby("period", as_index=False)["amount"].sum()
    return frame.assign(category=category, cash=cash)


def _expected(case: Case) -> pd.DataFrame:
    parts = [
        *_usage(case),
        *_terms(case),
        *_owned(case),
        *_running(case),
        *_places(case),
        *_traffic(case),
        *_not_cash(case),
    ]
    whole = pd.concat(parts, ignore_index=True)
    whole = whole.groupby(["category", "cash", "period"], as_index=False)["amount"].sum()
    return whole[whole["amount"].abs() > CENT / 1000]


def _usage(case: Case) -> list[pd.DataFrame]:
    d = case.dispatch
    factor = case.price_factor(d["offer"], d["period"])
    rented = d["pricing"].isin(RENTED)
    hourly = (d["device_hours"] * d["price_per_hour"] * factor)[rented]
    api = d["pricing"] == "api"
    units = (d["volume"] * d["price_per_unit"] * factor)[api]
    return [_sum("compute", "opex", d["period"][rented], hourly), _sum("api", "opex", d["period"][api], units)]


def _terms(case: Case) -> list[pd.DataFrame]:
    o = case.offers.reset_index(drop=True)[["offer", "pricing", "price_per_hour", "upfront_price", "life"]]
    v = case.frames["vintages"].merge(o, on="offer")
    v = v[v["pricing"].isin(TERM)].reset_index(drop=True)
    ordered = v["asset"] == ""
    factor = np.where(ordered, case.price_factor(v["offer"], v["first_period"]), 1.0)
    v["hourly"] = v["devices"] * v["price_per_hour"] * factor * case.hours
    runs = v.merge(pd.DataFrame({"period": range(1, case.periods + 1)}), how="cross").query(
        "first_period <= period <= last_period"
    )
    new = v[ordered]
    beyond = np.maximum(new["first_period"] - 1 + new["life"] - case.periods, 0)
    credit = -new["devices"] * new["upfront_price"] * beyond / new["life"]
    last = pd.Series(case.periods, index=new.index)
    return [
        _sum("compute", "opex", runs["period"], runs["hourly"]),
        _sum("compute", "opex", new["first_period"], new["devices"] * new["upfront_price"]),
        _sum("compute", "opex", last, credit),
    ]


def _owned(case: Case) -> list[pd.DataFrame]:
    o = case.offers.reset_index(drop=True)
    c = case.held[case.held["pricing"] == "owned"]
    bought = c["ordered"] * c["purchase_price"] * case.price_factor(c["offer"], c["period"])
    v = case.frames["vintages"].merge(
        o[["offer", "pricing", "purchase_price", "useful_life_months", "annual_value_loss"]], on="offer"
    )
    v = v[v["pricing"] == "owned"].reset_index(drop=True)
    paid = v["purchase_price"] * np.where(
        v["asset"] == "", case.price_factor(v["offer"], v["ordered_period"].clip(lower=1)), 1.0
    )
    age = lookup(v["asset"], case.assets.set_index("asset")["age"]).fillna(0).astype(float)
    years = (age + (v["last_period"] - v["first_period"] + 1) * case.months) / 12
    line = (1 - years * 12 / v["useful_life_months"].astype(float)).clip(lower=0)
    share = ((1 - v["annual_value_loss"]) ** years).where(v["annual_value_loss"].notna(), line)
    when = np.minimum(v["last_period"] + 1, case.periods)
    return [_sum("hardware", "capex", c["period"], bought), _sum("resale", "capex", when, -v["devices"] * paid * share)]


def _running(case: Case) -> list[pd.DataFrame]:
    h, m = case.held, case.months
    n = h["devices_in_service"]
    labour = case.settings.labour_cost_per_fte_year
    power = _energy(case)
    site = power["site"]
    price = lookup(site, case.sites["electricity_price_per_kwh"])
    return [
        _sum("maintenance", "opex", h["period"], n * h["maintenance_rate"] * h["purchase_price"] * m / 12),
        _sum("licenses", "opex", h["period"], n * h["license_price_per_month"] * m),
        _sum("labour", "opex", h["period"], n * h["fte_per_device"] * labour * m / 12),
        _sum("space", "opex", h["period"], n * h["hw_power_kw"] * h["site_space_price_per_kw_month"] * m),
        _sum("electricity", "opex", power["period"], power["kwh"] * price),
    ]


def _energy(case: Case) -> pd.DataFrame:
    """kWh at the meter by site and period: idle power of what is held, the rest while used."""
    h = case.held
    idle = pd.DataFrame(
        {
            "site": h["site"],
            "period": h["period"],
            "kwh": h["devices_in_service"] * h["hw_idle_power_kw"] * case.hours * h["site_pue"],
        }
    )
    d = case.dispatch[case.dispatch["pricing"] != "api"]
    draw = d["hw_power_kw"] - d["hw_idle_power_kw"].where(~d["pricing"].isin(RENTED), 0.0)
    used = pd.DataFrame({"site": d["site"], "period": d["period"], "kwh": d["device_hours"] * draw * d["site_pue"]})
    return pd.concat([idle, used], ignore_index=True)


def check_emissions(case: Case, say: Findings) -> None:
    """Energy, carbon and water by period."""
    e = _energy(case)
    s = case.sites
    kwh = e["kwh"]
    want = pd.DataFrame(
        {
            "period": e["period"],
            "energy_kwh": kwh,
            "operational_carbon_t": kwh * lookup(e["site"], s["carbon_g_per_kwh"]) / 1e6,
            "water_m3": kwh * lookup(e["site"], s["water_l_per_kwh"]) / 1e3,
            "embodied_carbon_t": 0.0,
        }
    )
    d = case.dispatch
    api = d[d["pricing"] == "api"]
    token = pd.DataFrame(
        {"period": api["period"], "operational_carbon_t": api["volume"] * api["carbon_g_per_unit"] / 1e6}
    )
    h, r = case.held, d[d["pricing"].isin(RENTED)]
    held = pd.DataFrame(
        {
            "period": h["period"],
            "embodied_carbon_t": h["devices_in_service"]
            * h["hw_embodied_kgco2e"]
            * case.months
            / h["useful_life_months"].astype(float)
            / 1e3,
        }
    )
    rent = pd.DataFrame(
        {
            "period": r["period"],
            "embodied_carbon_t": r["device_hours"]
            / case.hours
            * r["hw_embodied_kgco2e"]
            * case.months
            / r["useful_life_months"].astype(float)
            / 1e3,
        }
    )
    columns = ["energy_kwh", "operational_carbon_t", "embodied_carbon_t", "water_m3"]
    expected = pd.concat([want, token, held, rent], ignore_index=True).groupby("period")[columns].sum()
    expected["carbon_t"] = expected["operational_carbon_t"] + expected["embodied_carbon_t"]
    found = case.frames["emissions"].groupby("period")[[*columns, "carbon_t"]].sum()
    both = found.join(expected, how="outer", suffixes=("", "_expected")).fillna(0.0).reset_index()
    for column in [*columns, "carbon_t"]:
        say.equal(
            column,
            both,
            column,
            f"{column}_expected",
            ["period"],
            f"Emissions say {column} {{found}}, the frames give {{other}}",
        )


def _places(case: Case) -> list[pd.DataFrame]:
    o, m = case.frames["sites"], case.months
    of = {
        c: lookup(o["site"], case.sites[c]) for c in ("opening_cost", "fixed_cost_per_month", "security_cost_per_month")
    }
    h = case.frames["deployments"]
    storage = (
        lookup(h["workload"], case.workloads["storage_gb"])
        * lookup(h["site"], case.sites["storage_price_per_gb_month"])
        * m
    )
    deploy = h["started"] * lookup(h["workload"], case.workloads["deployment_cost_per_site"])
    return [
        _sum("site", "capex", o["period"], o["opened"] * of["opening_cost"]),
        _sum("site", "opex", o["period"], of["fixed_cost_per_month"] * m),
        _sum("security", "opex", o["period"], of["security_cost_per_month"] * m),
        _sum("storage", "opex", h["period"], storage),
        _sum("deployment", "opex", h["period"], deploy),
    ]


def _traffic(case: Case) -> list[pd.DataFrame]:
    r = case.routing
    out = r["volume"] * r["egress_gb_per_unit"] * r["egress_price_per_gb"]
    into = r["volume"] * r["ingress_gb_per_unit"] * r["ingress_price_per_gb"]
    pairs = r[r["volume"] > 0].drop_duplicates(["site", "location", "period"])
    ports = pairs["port_price_per_month"] * case.months
    return [_sum("network", "opex", r["period"], out + into), _sum("network", "opex", pairs["period"], ports)]


def _not_cash(case: Case) -> list[pd.DataFrame]:
    e = case.frames["emissions"]
    u = case.frames["unserved"]
    r = case.routing
    p = case.frames["policies"]
    penalty = lookup(p["policy"], case.plan.table("policies").set_index("policy")["penalty"]).fillna(0.0)
    lost = r["volume"] * (1 - r["site_availability"]) * r["downtime_cost_per_unit"]
    return [
        _sum("carbon", "non_cash", e["period"], e["carbon_t"] * case.settings.carbon_price),
        _sum(
            "unserved",
            "non_cash",
            u["period"],
            u["volume"] * lookup(u["workload"], case.workloads["unserved_penalty_per_unit"]).fillna(0.0),
        ),
        _sum("downtime", "non_cash", r["period"], lost),
        _sum("policy", "non_cash", p["to_period"], p["violation"] * penalty),
    ]
