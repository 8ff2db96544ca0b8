"""Every cost worked out a second time, row by row of what causes it, and compared with the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from planner.result.frames import CASH_KINDS, CATEGORIES
from planner.result.verify.case import Case
from planner.result.verify.findings import Findings
from planner.result.verify.footprint import footprint

EXACT = 1e-7
CAUSE = ("period", "site", "offer", "workload")


def check_ledger(case: Case, say: Findings) -> None:
    """Arithmetic, dates and providers of every row, and every amount by category and cause."""
    x = case.rows["ledger"]
    rows = case.label(x, "category", *CAUSE)
    t, site = x["period"], x["site"]
    say.equal(
        "amount",
        x["amount"],
        x["quantity"] * x["unit_price"],
        rows,
        "The amount is {found}, quantity x unit price {other}",
        1e-9,
    )
    say.equal(
        "discount factor",
        x["discount_factor"],
        case.discount[t],
        rows,
        "The discount factor is {found}, the plan gives {other}",
        1e-12,
    )
    say.equal(
        "present value",
        x["present_value"],
        x["amount"] * case.discount[t],
        rows,
        "The present value is {found}, discounted {other}",
        1e-9,
    )
    months = np.array(case.settings.month_of_period(), dtype=object)
    say.where("date", x["date"] != months[t], rows, "A ledger row of {category} has another date than period {period}.")
    provider = np.append(case.sites.text("provider"), "")[site]
    say.where(
        "provider", x["provider"] != provider, rows, "A ledger row of {category} has another provider than {site}."
    )
    for column, known in (("category", CATEGORIES), ("cash", CASH_KINDS)):
        for label in set(x[column]) - set(known):
            say.say("ledger kind", f"The ledger has {label!r} as {column}, which does not exist.")
    _compare(case, say, expected(case))


@dataclass
class Book:
    """Amounts with what causes them; positions, -1 where there is none."""

    case: Case
    parts: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)

    def add(
        self,
        category: str,
        cash: str,
        amount: np.ndarray,
        period: np.ndarray | int,
        site: np.ndarray | int = -1,
        offer: np.ndarray | int = -1,
        workload: np.ndarray | int = -1,
    ) -> None:
        """Enter amounts; what is given as one number holds for all of them."""
        self.parts.append((_key(self.case, category, cash, period, site, offer, workload, len(amount)), amount))

    def add_offers(self, category: str, cash: str, amount: np.ndarray, period: np.ndarray, offer: np.ndarray) -> None:
        """Enter amounts caused by having devices: by no workload, unless the offer is restricted to one."""
        o = self.case.offers
        self.add(category, cash, amount, period, o.site[offer], offer, o.only[offer])


def _key(case: Case, category, cash, period, site, offer, workload, n: int) -> np.ndarray:
    kinds = [CATEGORIES.index(category) * len(CASH_KINDS) + CASH_KINDS.index(cash)]
    parts = [
        np.broadcast_to(np.asarray(p), (n,))
        for p in (kinds, period, np.add(site, 1), np.add(offer, 1), np.add(workload, 1))
    ]
    return np.ravel_multi_index(parts, _shape(case))


def _shape(case: Case) -> tuple[int, ...]:
    return len(CATEGORIES) * len(CASH_KINDS), case.T, case.S + 1, case.O + 1, case.W + 1


def _compare(case: Case, say: Findings, book: Book) -> None:
    x = case.rows["ledger"]
    known = np.isin(x["category"], CATEGORIES) & np.isin(x["cash"], CASH_KINDS)
    category = {c: i for i, c in enumerate(CATEGORIES)}
    cash = {c: i for i, c in enumerate(CASH_KINDS)}
    kind = np.array(
        [category[a] * len(CASH_KINDS) + cash[b] for a, b in zip(x["category"][known], x["cash"][known], strict=True)],
        dtype=int,
    )
    parts = [x[c][known] for c in CAUSE]
    told = np.ravel_multi_index((kind, parts[0], *(p + 1 for p in parts[1:])), _shape(case))
    wanted = np.concatenate([k for k, _ in book.parts])
    amounts = np.concatenate([a for _, a in book.parts])
    unique, at = np.unique(np.concatenate([told, wanted]), return_inverse=True)
    n = len(told)
    found = np.bincount(at[:n], x["amount"][known], len(unique))
    expected_ = np.bincount(at[n:], amounts, len(unique))
    # Costs that meet and cancel (what is bought and sold at once) are as exact as their parts, not as their sum.
    size = np.bincount(at, np.abs(np.concatenate([x["amount"][known], amounts])), len(unique))
    kinds, t, s, o, w = np.unravel_index(unique, _shape(case))
    rows = {"period": t, "site": s - 1, "offer": o - 1, "workload": w - 1}
    rows["category"] = np.array(CATEGORIES, object)[kinds // len(CASH_KINDS)]
    rows["cash"] = np.array(CASH_KINDS, object)[kinds % len(CASH_KINDS)]
    with np.errstate(invalid="ignore"):
        fine = np.abs(found - expected_) <= EXACT * np.maximum(1.0, size)
    say.equal(
        "ledger",
        np.where(fine, 0.0, found),
        np.where(fine, 0.0, expected_),
        case.label(rows, "category", "cash", *CAUSE),
        "The ledger has {found}, the plan and its frames give {other}",
        EXACT,
    )


def expected(case: Case) -> Book:
    """Every amount that the plan and the frames give."""
    book = Book(case)
    _usage(book)
    _terms(book)
    _owned(book)
    _running(book)
    _places(book)
    _traffic(book)
    _not_cash(book)
    return book


def _usage(book: Book) -> None:
    o, d = book.case.offers, book.case.rows["dispatch"]
    offer, t = d["offer"], d["period"]
    factor = o.price_factor[offer, t]
    for category, mine, amount in (
        ("compute", o.is_rented[offer], d["device_hours"] * o["price_per_hour"][offer] * factor),
        ("api", o.is_api[offer], d["volume"] * o["price_per_unit"][offer] * factor),
    ):
        book.add(category, "opex", amount[mine], t[mine], o.site[offer[mine]], offer[mine], d["workload"][mine])


def _terms(book: Book) -> None:
    """Hours of the term within the plan, used or not; upfront at its start, its unused part back at the end."""
    case, o = book.case, book.case.offers
    v = {k: x[o.is_term[case.vintages["offer"]]] for k, x in case.vintages.items()}
    offer, first, new = v["offer"], v["first_period"], v["asset"] < 0
    price = o["price_per_hour"][offer] * np.where(new, o.price_factor[offer, first], 1.0)
    t = np.arange(case.T)
    row, period = np.nonzero((first[:, None] <= t) & (t <= v["last_period"][:, None]))
    book.add_offers("compute", "opex", (v["devices"] * price * case.hours)[row], period, offer[row])
    upfront = (v["devices"] * o["upfront_price"][offer])[new]
    book.add_offers("compute", "opex", upfront, first[new], offer[new])
    beyond = np.maximum(v["natural"] - (case.T - 1), 0)[new] / o.life[offer[new]]
    book.add_offers("compute", "opex", -upfront * beyond, np.full(len(upfront), case.T - 1), offer[new])


def _owned(book: Book) -> None:
    """Bought when ordered, sold at market value in the period after the last in service."""
    case, o, v = book.case, book.case.offers, book.case.vintages
    offer, t = np.nonzero(case.capacity["ordered"] * o.is_owned[:, None])
    price = o["purchase_price"][:, None] * o.price_factor
    book.add_offers("hardware", "capex", case.capacity["ordered"][offer, t] * price[offer, t], t, offer)

    v = {k: x[o.is_owned[v["offer"]]] for k, x in v.items()}
    offer, new = v["offer"], v["asset"] < 0
    paid = np.where(new, price[offer, np.maximum(v["ordered_period"], 0)], o["purchase_price"][offer])
    age = np.zeros(len(case.names["asset"]) + 1)
    age[case.assets["asset"]] = case.assets["age"]
    months = age[v["asset"]] + (v["last_period"] - v["first_period"] + 1) * case.months
    loss = o["annual_value_loss"][offer]
    straight = np.maximum(1 - months / o["useful_life_months"][offer], 0.0)
    value = paid * np.where(np.isnan(loss), straight, (1 - np.nan_to_num(loss)) ** (months / 12))
    when = np.minimum(v["last_period"] + 1, case.T - 1)
    book.add_offers("resale", "capex", -v["devices"] * value, when, offer)


def _running(book: Book) -> None:
    case, o = book.case, book.case.offers
    offer, t = np.nonzero(case.held)
    n, months = case.held[offer, t], case.months
    a_year = {
        "maintenance": o["maintenance_rate"] * o["purchase_price"],
        "licenses": o["license_price_per_month"] * 12,
        "labour": o["fte_per_device"] * case.settings.labour_cost_per_fte_year,
        "space": o.kw * case.sites["space_price_per_kw_month"][o.site] * 12,
    }
    for category, price in a_year.items():
        book.add_offers(category, "opex", n * price[offer] * months / 12, t, offer)


def _places(book: Book) -> None:
    case, s, h = book.case, book.case.rows["sites"], book.case.rows["deployments"]
    site, t, months = s["site"], s["period"], case.months
    book.add("site", "capex", s["opened"] * case.sites["opening_cost"][site], t, site)
    book.add("site", "opex", case.sites["fixed_cost_per_month"][site] * months, t, site)
    book.add("security", "opex", case.sites["security_cost_per_month"][site] * months, t, site)
    site, t, w = h["site"], h["period"], h["workload"]
    storage = case.workloads["storage_gb"][w] * case.sites["storage_price_per_gb_month"][site]
    book.add("storage", "opex", storage * months, t, site, -1, w)
    start = h["started"] * case.workloads["deployment_cost_per_site"][w]
    book.add("deployment", "opex", start, t, site, -1, w)


def _traffic(book: Book) -> None:
    case, r, n = book.case, book.case.rows["routing"], book.case.network
    w, site, t = r["workload"], r["site"], r["period"]
    link = case.link[site, r["location"]]
    some = link >= 0  # the others are told in `service.py`
    w, site, t, link, volume = w[some], site[some], t[some], link[some], r["volume"][some]
    out = case.workloads["egress_gb_per_unit"][w] * n["egress_price_per_gb"][link]
    into = case.workloads["ingress_gb_per_unit"][w] * n["ingress_price_per_gb"][link]
    book.add("network", "opex", volume * (out + into), t, site, -1, w)
    carries = case.total(r["volume"], r, "site", "location", "period") > 0
    site, place, t = np.nonzero(carries & (case.link >= 0)[:, :, None])
    book.add("network", "opex", n["port_price_per_month"][case.link[site, place]] * case.months, t, site)


def _not_cash(book: Book) -> None:
    case, r, u, p = book.case, book.case.rows["routing"], book.case.rows["unserved"], book.case.rows["policies"]
    e = footprint(case)
    kwh, site = e["energy_kwh"], e["site"]
    price = case.sites["electricity_price_per_kwh"][site]
    book.add("electricity", "opex", kwh * price, e["period"], site, e["offer"], e["workload"])
    carbon = e["carbon_t"] * case.settings.carbon_price
    book.add("carbon", "non_cash", carbon, e["period"], site, e["offer"], e["workload"])
    penalty = np.nan_to_num(case.workloads["unserved_penalty_per_unit"])
    book.add("unserved", "non_cash", u["volume"] * penalty[u["workload"]], u["period"], workload=u["workload"])
    fails = 1 - case.sites["availability"][r["site"]]
    lost = r["volume"] * fails * case.workloads["downtime_cost_per_unit"][r["workload"]]
    book.add("downtime", "non_cash", lost, r["period"], r["site"], -1, r["workload"])
    price = case.table("policies")["penalty"].fillna(0.0).to_numpy(float)
    book.add("policy", "non_cash", p["violation"] * price[p["policy"]], p["to_period"])
