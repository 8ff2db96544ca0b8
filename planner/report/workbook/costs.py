"""The sheet Costs: the ledger in its wide form, one row a cost and one column a period, all formula."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from planner.finance.categories import booked
from planner.finance.contracts import LEASE
from planner.plan.tables import API, RENTED
from planner.report.money.accounts import category_label
from planner.report.workbook.book import FIRST, PARAMS, TOTAL, UNIT
from planner.report.workbook.expr import Array, Cells, Column, Expr, Key, key, sum_where
from planner.report.workbook.holdings import Contracts, Owned
from planner.report.workbook.sheet import TimeSheet
from planner.report.workbook.workings import WORK_TAB, Capacity, Context, Decisions, Energy, Prices

CATEGORY, CASH, SITE, OFFER = 0, 1, 2, 3
LINE, BASIS, SITE_NO, WORKLOAD_NO, OFFER_NO, PRESENT, BOOKED = (PARAMS + i for i in range(7))
CAPEX, OPEX, NON_CASH = "capex", "opex", "non_cash"

COMMITMENTS, LEASES, LEASES_UPFRONT = "Compute commitments", "Payments of leases", "Upfront payments of leases"


@dataclass
class Part:
    """Rows of one kind of cost: what they have in common, who causes each, and their formula."""

    category: str
    cash: str
    amount: Expr
    n: int
    line: str | Array = ""
    lump: bool = False
    offer_rows: Array | None = None
    site_rows: Array | None = None
    workload_rows: Array | None = None


@dataclass
class Costs:
    """The rows of the sheet, in one run, and their keys."""

    sheet: TimeSheet
    rows: Array
    cells: Cells
    total: Column
    present: Column
    frame: pd.DataFrame
    keys: dict[str, Column] = field(default_factory=dict)

    def where(self, name: str, criterion: Expr) -> Key:
        """The rows whose key column `name` equals the criterion."""
        return key(self.keys[name], criterion)

    def sum(self, *keys: Key) -> Expr:
        """Their amounts by period."""
        return sum_where(self.cells, *keys)


def parts(x: Context, d: Decisions, k: Capacity, p: Prices, own: Owned, con: Contracts, e: Energy) -> list[Part]:
    """Every kind of cost of the plan."""
    return [*_usage(x, d, k, p), *_holdings(x, own, con), *_running(x, k, p), *_energy(x, e), *_sites(x, d, k), *_network(x, d, k), *_not_cash(x, d, e)]  # fmt: skip


def _usage(x: Context, d: Decisions, k: Capacity, p: Prices) -> list[Part]:
    a = x.layout
    devices = a.pairs.iloc[a.device_pairs].reset_index(drop=True)
    at = np.flatnonzero(devices["pricing"].isin(RENTED).to_numpy())
    q = devices.iloc[at]
    r = q["offer_row"].to_numpy(int)
    rented = Part("compute", OPEX, k.hours.cells.take(at) * p.unit.cells.take(r), len(at), category_label("compute"), offer_rows=r, workload_rows=q["workload_row"].to_numpy(int))  # fmt: skip
    at = np.flatnonzero((a.pairs["pricing"] == API).to_numpy())
    q = a.pairs.iloc[at]
    r = q["offer_row"].to_numpy(int)
    api = Part("api", OPEX, d.volume.cells.take(at) * p.unit.cells.take(r), len(at), category_label("api"), offer_rows=r, workload_rows=q["workload_row"].to_numpy(int))  # fmt: skip
    return [rented, api]


def _restricted(x: Context, rows: Array) -> Array:
    """The workload to which each offer is restricted, as a row of the plan's table, -1 for none."""
    w = x.layout.plan.tables["workloads"]["workload"]
    at = pd.Series(np.arange(len(w)), index=w.to_numpy(object))
    return at.reindex(x.layout.offers["workload"].iloc[rows].to_numpy(object)).fillna(-1).to_numpy(int)


def _holdings(x: Context, own: Owned, con: Contracts) -> list[Part]:
    lots = x.layout.lots
    r = lots["offer_row"].to_numpy(int)[con.at]
    leased = con.kind == LEASE
    o = lots["offer_row"].to_numpy(int)[own.at]
    who, whose = {"offer_rows": r, "workload_rows": _restricted(x, r)}, {"offer_rows": o, "workload_rows": _restricted(x, o)}  # fmt: skip
    return [
        Part("compute", OPEX, con.hourly.cells, len(r), np.where(leased, LEASES, COMMITMENTS), **who),
        Part(
            "compute", OPEX, con.upfront.cells, len(r), np.where(leased, LEASES_UPFRONT, COMMITMENTS), lump=True, **who
        ),
        Part("hardware", CAPEX, own.purchase.cells, len(o), "Purchase of equipment", lump=True, **whose),
        Part("resale", CAPEX, -own.resale.cells, len(o), "Sale of equipment", lump=True, **whose),
    ]


def _running(x: Context, k: Capacity, p: Prices) -> list[Part]:
    r = x.layout.held["offer_row"].to_numpy(int)
    who = {"offer_rows": r, "workload_rows": _restricted(x, r)}
    months = x.c["Months_per_period"]
    return [
        Part(name, OPEX, k.held.cells * p.running[name] * months, len(r), category_label(name), **who)
        for name in ("maintenance", "licenses", "labour", "space")
    ]


def _energy(x: Context, e: Energy) -> list[Part]:
    a = x.layout
    r = a.held["offer_row"].to_numpy(int)
    q = a.pairs.iloc[a.device_pairs]
    idle = {"offer_rows": r, "workload_rows": _restricted(x, r)}
    used = {"offer_rows": q["offer_row"].to_numpy(int), "workload_rows": q["workload_row"].to_numpy(int)}
    return [
        Part(
            "electricity", OPEX, e.idle.cells * e.idle["price per kWh"], len(r), category_label("electricity"), **idle
        ),
        Part(
            "electricity", OPEX, e.used.cells * e.used["price per kWh"], len(q), category_label("electricity"), **used
        ),
    ]


def _sites(x: Context, d: Decisions, k: Capacity) -> list[Part]:
    c, o, h = x.c, x.layout.open_sites["site_row"].to_numpy(int), x.layout.hosts
    site, workload = h["site_row"].to_numpy(int), h["workload_row"].to_numpy(int)
    months, both = c["Months_per_period"], {"site_rows": site, "workload_rows": workload}
    storage = d.hosts.cells * x.workload("storage_gb", workload) * months * x.site("storage_price_per_gb_month", site)
    deploy = k.started.cells * x.workload("deployment_cost_per_site", workload)
    return [
        Part("site", CAPEX, k.opened.cells * x.site("opening_cost", o), len(o), "Site fit-out", site_rows=o),
        Part("site", OPEX, d.open.cells * x.site("fixed_cost_per_month", o) * months, len(o), category_label("site"), site_rows=o),
        Part("security", OPEX, d.open.cells * x.site("security_cost_per_month", o) * months, len(o), category_label("security"), site_rows=o),
        Part("storage", OPEX, storage, len(h), category_label("storage"), **both),
        Part("deployment", OPEX, deploy, len(h), category_label("deployment"), **both),
    ]  # fmt: skip


def _network(x: Context, d: Decisions, k: Capacity) -> list[Part]:
    r, net = x.layout.routes, x.inputs["network"]
    workload, link = r["workload_row"].to_numpy(int), r["link_row"].to_numpy(int)
    who = {"site_rows": r["site_row"].to_numpy(int), "workload_rows": workload}
    out = [
        Part("network", OPEX, d.routes.cells * x.workload(f"{way}_gb_per_unit", workload) * net.figure(f"{way}_price_per_gb", link), len(r), category_label("network"), **who)
        for way in ("egress", "ingress")
    ]  # fmt: skip
    at = k.links["link_row"].to_numpy(int)
    ports = k.ports.cells * net.figure("port_price_per_month", at) * x.c["Months_per_period"]
    return [
        *out,
        Part("network", OPEX, ports, len(at), category_label("network"), site_rows=k.links["site_row"].to_numpy(int)),
    ]


def _not_cash(x: Context, d: Decisions, e: Energy) -> list[Part]:
    a, c = x.layout, x.c
    r = a.held["offer_row"].to_numpy(int)
    q, w = a.pairs.iloc[a.device_pairs].reset_index(drop=True), np.arange(len(a.plan.tables["workloads"]))
    held: dict[str, Any] = {"offer_rows": r, "workload_rows": _restricted(x, r)}

    def pair(f: pd.DataFrame) -> dict[str, Any]:
        return {"offer_rows": f["offer_row"].to_numpy(int), "workload_rows": f["workload_row"].to_numpy(int)}

    price, tonne = c["Carbon_price"], c["Grams_per_tonne"]
    rented, api = q.iloc[e.rented], a.pairs.iloc[e.apis]
    routes = a.routes
    s, v = routes["site_row"].to_numpy(int), routes["workload_row"].to_numpy(int)
    lost = d.routes.cells * (c["Whole"] - x.site("availability", s)) * x.workload("downtime_cost_per_unit", v)
    penalties = a.penalties["policy_row"].to_numpy(int)
    return [
        Part("carbon", NON_CASH, e.idle.cells * e.idle["gCO2e per kWh"] / tonne * price, len(r), **held),
        Part("carbon", NON_CASH, e.used.cells * e.used["gCO2e per kWh"] / tonne * price, len(q), **pair(q)),
        Part("carbon", NON_CASH, e.embodied_held.cells * price, len(r), **held),
        Part("carbon", NON_CASH, e.embodied_rented.cells * price, len(rented), **pair(rented)),
        Part("carbon", NON_CASH, e.api.cells * price, len(api), **pair(api)),
        Part("unserved", NON_CASH, d.unserved.cells * x.workload("unserved_penalty_per_unit", w), len(w), workload_rows=w),
        Part("downtime", NON_CASH, lost, len(routes), site_rows=s, workload_rows=v),
        Part("policy", NON_CASH, d.violations.cells * x.inputs["policies"].figure("penalty", penalties), len(penalties)),
    ]  # fmt: skip


def write_costs(x: Context, made: list[Part]) -> Costs:
    """Lay out every part, one below the other, with its keys, total and present value."""
    s = x.sheet("Costs", "Costs", WORK_TAB, "Quantity x price of every cost by period: the ledger, live. Numbers are the rows of the plan's tables, 0 for none; minus marks a cost split over the whole plan.")  # fmt: skip
    styles, ws, a = x.book.styles, s.ws, x.layout
    heads = ((CATEGORY, "Category"), (CASH, "Cash"), (SITE, "Site"), (OFFER, "Offer"), (UNIT, "Workload"), (TOTAL, "Total"), (LINE, "Line"), (BASIS, "Split by"), (SITE_NO, "Site no"), (WORKLOAD_NO, "Workload no"), (OFFER_NO, "Offer no"), (PRESENT, "Present value"), (BOOKED, "Booked as"))  # fmt: skip
    for column, text in heads:
        figures = column in (TOTAL, SITE_NO, WORKLOAD_NO, OFFER_NO, PRESENT)
        ws.write_string(s.row, column, text, styles.head_right if figures else styles.head)
    ws.blanks(s.row, BOOKED + 1, FIRST + x.book.periods - 1, styles.head)
    s.columns_used |= {column for column, _ in heads}
    s.row += 1
    frames, values, worths = [], [np.zeros((0, x.book.periods))], [np.zeros((0, 1))]
    start = s.row
    for part in made:
        frames.append(_labels(a, part))
        rows = np.arange(s.row, s.row + part.n)
        values.append(s.fill(part.amount, part.n))
        worths.append(_beside(x, s, Cells(s, rows, values[-1]), frames[-1]))
        ws.done(s.row)
    frame = pd.concat(frames, ignore_index=True)
    rows, value = np.arange(start, start + len(frame)), np.vstack(values)
    cells, total = Cells(s, rows, value), Column(s, TOTAL, rows, value.sum(axis=1))
    out = Costs(s, rows, cells, total, Column(s, PRESENT, rows, np.vstack(worths)), frame)
    for column, name in (*TEXTS, *CODES):
        out.keys[name] = Column(s, column, rows, frame[name].to_numpy(object))
    for column, width in (
        (CATEGORY, 14),
        (CASH, 10),
        (SITE, 20),
        (OFFER, 28),
        (LINE, 26),
        (BASIS, 10),
        (PRESENT, 15),
        (BOOKED, 20),
    ):
        ws.set_column(column, column, width)
    ws.autofilter(start - 1, 0, max(s.row - 1, start), FIRST + x.book.periods - 1)
    return out


TEXTS = ((CATEGORY, "category"), (CASH, "cash"), (SITE, "site"), (OFFER, "offer"), (UNIT, "workload"), (LINE, "line"), (BASIS, "basis"), (BOOKED, "booked"))  # fmt: skip
CODES = ((SITE_NO, "site_no"), (WORKLOAD_NO, "workload_no"), (OFFER_NO, "offer_no"))
"""Key columns of words and of numbers, each with the column of the frame that it holds."""


def _beside(x: Context, s: TimeSheet, cells: Cells, labels: pd.DataFrame) -> Array:
    """Keys, total and present value of the rows of a part; returns the present values (rows, 1)."""
    ws, styles = s.ws, x.book.styles
    over, worth = x.book.over(cells), x.book.product(x.book.line(cells), x.book.axis(x.time.factor))
    money, number = styles.cell("formula", "money"), styles.of(num_format="0")
    for column, name in TEXTS:
        for r, text in zip(cells.rows.tolist(), labels[name].tolist(), strict=True):
            if text:
                ws.write_string(r, column, text, styles.beside if column in (LINE, BOOKED) else styles.label)
    for column, name in CODES:
        for r, code in zip(cells.rows.tolist(), labels[name].tolist(), strict=True):
            ws.write_number(r, column, code, number)
    for column, expr in ((TOTAL, over), (PRESENT, worth)):
        for i, r in enumerate(cells.rows.tolist()):
            s.put(r, column, expr.text(i, s), expr.value[i, 0], money)
    return worth.value


def _labels(a, part: Part) -> pd.DataFrame:
    """Who causes each row of a part, in words and in numbers."""
    n = part.n
    none = np.full(n, -1)
    offer = none if part.offer_rows is None else part.offer_rows
    workload = none if part.workload_rows is None else part.workload_rows
    site = part.site_rows
    if site is None:
        site = np.where(offer >= 0, a.offers["site_no"].to_numpy(int)[offer] - 1, -1)

    def names(table: str, column: str, rows: Array) -> Array:
        values = a.plan.tables[table][column].to_numpy(object)
        return np.where(rows >= 0, values[rows] if len(values) else "", "")

    pricing = np.where(offer >= 0, a.offers["pricing"].to_numpy(object)[offer] if len(a.offers) else "", "")
    category = pd.Series(part.category, index=range(n), dtype=object)
    return pd.DataFrame(
        {
            "category": category,
            "booked": booked(category, pd.Series(pricing, index=range(n), dtype=object)).map(category_label),
            "cash": part.cash,
            "site": names("sites", "site", site),
            "offer": names("offers", "offer", offer),
            "workload": names("workloads", "workload", workload),
            "line": part.line,
            "basis": "horizon" if part.lump else "period",
            "site_no": site + 1,
            "workload_no": workload + 1,
            "offer_no": offer + 1,
        },
        index=range(n),
    )
