"""Decisions and what follows from them before money: devices, hours, energy, prices. One function a sheet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.plan.tables import API, HELD, OWNED
from planner.report.workbook.blocks import Block, Param
from planner.report.workbook.book import Book
from planner.report.workbook.constants import Constants, Time
from planner.report.workbook.expr import Array, Before, Expr, HasName, Written, letters, ratio, sign, sum_of
from planner.report.workbook.frame import Layout
from planner.report.workbook.inputs import InputTable
from planner.report.workbook.sheet import TimeSheet

DECISION_TAB, WORK_TAB = "#0000FF", "#595959"
PARTS = "Devices are ordered whole, but owned ones may be sold in any amount: parts of a device are the model's, to be rounded by hand."


@dataclass
class Context:
    """What every sheet is made from."""

    book: Book
    layout: Layout
    inputs: dict[str, InputTable]
    c: Constants
    time: Time

    def sheet(self, name: str, title: str, tab: str, note: str) -> TimeSheet:
        """A sheet with its head."""
        out = TimeSheet(self.book, name, title, tab)
        out.head(note, self.time.head)
        return out

    def offer(self, column: str, rows: Array) -> Expr:
        """A figure of the offers in the given rows of the plan's table."""
        return self.inputs["offers"].figure(column, rows)

    def hardware(self, column: str, offer_rows: Array) -> Expr:
        """A figure of the hardware of offers."""
        names = self.layout.offers["hardware"].iloc[offer_rows]
        known = pd.Series(
            np.arange(len(self.inputs["hardware"].frame)), index=self.inputs["hardware"].frame["hardware"]
        )
        return self.inputs["hardware"].figure(column, known.reindex(names).fillna(-1).to_numpy(int))

    def site(self, column: str, site_rows: Array) -> Expr:
        """A figure of sites."""
        return self.inputs["sites"].figure(column, site_rows)

    def workload(self, column: str, workload_rows: Array) -> Expr:
        """A figure of workloads."""
        return self.inputs["workloads"].figure(column, workload_rows)


@dataclass
class Decisions:
    """What was solved."""

    lots: Block
    volume: Block
    routes: Block
    open: Block
    hosts: Block
    unserved: Block
    violations: Block


def write_decisions(x: Context) -> Decisions:
    """The sheet Decisions: everything that the planner decided, to be overtyped at will."""
    s = x.sheet("Decisions", "Decisions", DECISION_TAB, f"As solved. Everything after this sheet is formula. {PARTS}")
    a, lots = x.layout, x.layout.lots
    number = dict.fromkeys(("ordered", "first", "last", "age", "devices"))
    source = ("ordered_period", "first_period", "last_period", "age_months", "devices")
    params = {k: Param(lots[v].to_numpy(float), "amount" if k == "devices" else "whole") for k, v in zip(number, source, strict=True)}  # fmt: skip
    who = {"Offer": lots["offer"], "How": lots["pricing"], "Asset": lots["asset"], "Leaves": lots["ends"]}
    one = s.block(
        "Devices held", who, "devices", params=params,
        help="Period of the order (0: there before the plan), first and last in service, age before that in months",
    )  # fmt: skip
    p = a.pairs
    units = a.plan.tables["workloads"]["unit"]
    two = s.block("Volume served", {"Offer": p["offer"], "Workload": p["workload"]}, list(units.iloc[p["workload_row"]]), a.volume, number="amount")  # fmt: skip
    r = a.routes
    three = s.block("Volume routed", {"Workload": r["workload"], "Site": r["site"], "Location": r["location"]}, list(units.iloc[r["workload_row"]]), a.routed, number="amount", params=_latency(x, r["link_row"].to_numpy(int)))  # fmt: skip
    o = a.open_sites
    four = s.block("Sites open", {"Site": o["site"]}, "1 = open", a.is_open, before=o["before"].to_numpy(float), number="whole")  # fmt: skip
    h = a.hosts
    five = s.block("Workloads deployed", {"Site": h["site"], "Workload": h["workload"]}, "1 = deployed", a.hosted, before=h["before"].to_numpy(float), number="whole")  # fmt: skip
    w = a.plan.tables["workloads"]
    six = s.block("Volume left unserved", {"Workload": w["workload"]}, list(units), a.unserved, number="amount", params=_latency(x))  # fmt: skip
    v = a.penalties
    seven = s.block("Violation of policies that may be violated at a price", {"Policy": v["policy"]}, "policy's unit", a.violations, number="amount")  # fmt: skip
    return Decisions(one, two, three, four, five, six, seven)


def _latency(x: Context, links: Array | None = None) -> dict[str, Param]:
    """Latency beside volumes where a policy counts it: that of each row's link, or of the slowest link of all."""
    if "latency" not in set(x.layout.plan.tables["policies"]["measure"]):
        return {}
    network = x.inputs["network"]
    if links is not None:
        return {"ms": Param(network.figure("latency_ms", links), "amount")}
    cells = network.cell("latency_ms", np.arange(len(network.frame)))
    slowest = np.full((len(x.layout.plan.tables["workloads"]), 1), cells.value.max(initial=0.0))
    area = f"{network.prefix}${letters(cells.column)}${cells.rows[0] + 1}:${letters(cells.column)}${cells.rows[-1] + 1}"
    return {"ms": Param(Written(lambda row, home: f"MAX({area})", slowest), "amount")}


@dataclass
class Capacity:
    """Devices and hours by period."""

    lots: Block
    held: Block
    hours: Block
    """Device-hours of the rows `layout.device_pairs`."""
    used: Block
    """Device-hours by offer, rows `offers` of the plan's table."""
    offers: Array
    opened: Block
    started: Block
    ports: Block
    links: pd.DataFrame


def write_capacity(x: Context, d: Decisions) -> Capacity:
    """The sheet Capacity: devices in service, device-hours, utilization, openings, deployments, ports."""
    s = x.sheet("Capacity", "Capacity and use", WORK_TAB, "Devices in service and device-hours, from the decisions.")
    a, c, t = x.layout, x.c, x.time.number
    who = {"Offer": a.lots["offer"], "How": a.lots["pricing"], "Asset": a.lots["asset"]}
    lots = s.block(
        "Devices in service, by lot", who, "devices",
        lambda b: d.lots["devices"] * t.ge(d.lots["first"]) * t.le(d.lots["last"]), number="amount", total="none",
    )  # fmt: skip
    held = s.block(
        "Devices in service, by offer", {"Offer": a.held["offer"], "How": a.held["pricing"]}, "devices",
        lambda b: sum_of(lots.cells, a.runs(a.lots["offer_row"])), number="amount", total="none", sums=True,
    )  # fmt: skip
    p = a.pairs.iloc[a.device_pairs].reset_index(drop=True)
    rate = x.inputs["throughput"]
    key = rate.frame["workload"].astype(str) + "\n" + rate.frame["hardware"].astype(str)
    hardware = a.offers["hardware"].to_numpy(object)[p["offer_row"]]
    at = pd.Series(np.arange(len(key)), index=key).reindex(p["workload"] + "\n" + hardware).to_numpy(int)
    rows, workloads = p["offer_row"].to_numpy(int), p["workload_row"].to_numpy(int)
    volume = d.volume.cells.take(a.device_pairs)
    hours = s.block(
        "Device-hours used, by offer and workload", {"Offer": p["offer"], "Workload": p["workload"]}, "device-hours",
        lambda b: volume / (b["units per hour"] * b["utilization"] * (c["Whole"] - b["overhead"])),
        params={
            "units per hour": Param(rate.figure("units_per_hour", at), "amount"),
            "utilization": Param(x.workload("max_utilization", workloads), "share"),
            "overhead": Param(x.offer("overhead_share", rows), "share"),
        },
        number="amount",
        help="Volume / (units per hour x planned utilization x (1 - overhead))",
    )  # fmt: skip
    runs = a.runs(rows)
    offers = np.array([rows[g[0]] for g in runs], dtype=int)
    label = a.offers.iloc[offers]
    used = s.block(
        "Device-hours used, by offer", {"Offer": label["offer"], "How": label["pricing"]}, "device-hours",
        lambda b: sum_of(hours.cells, runs), number="amount", sums=True,
    )  # fmt: skip
    _utilization(x, s, held, used, offers)
    opened = s.block(
        "Openings of sites", {"Site": a.open_sites["site"]}, "openings",
        lambda b: _starts(d.open), number="whole",
    )  # fmt: skip
    started = s.block(
        "Starts of workloads at sites", {"Site": a.hosts["site"], "Workload": a.hosts["workload"]}, "starts",
        lambda b: _starts(d.hosts), number="whole",
    )  # fmt: skip
    links = a.routes.drop_duplicates("link_row")[["site", "location", "site_row", "link_row"]].reset_index(drop=True)
    ports = s.block(
        "Links that carry traffic", {"Site": links["site"], "Location": links["location"]}, "1 = in use",
        lambda b: sign(sum_of(d.routes.cells, a.runs(a.routes["link_row"]))), number="whole",
    )  # fmt: skip
    return Capacity(lots, held, hours, used, offers, opened, started, ports, links)


def _starts(on: Block) -> Expr:
    """1 where a row of 0 and 1 turns from 0 to 1."""
    before = Before(on.cells, np.zeros(len(on.rows)) if on.before_ is None else on.before_)
    return on.cells.gt(before) * (on.cells - before)


def _utilization(x: Context, s: TimeSheet, held: Block, used: Block, offers: Array) -> None:
    at = pd.Series(np.arange(len(offers)), index=offers)
    rows = x.layout.held["offer_row"].to_numpy(int)
    there = np.flatnonzero(np.isin(rows, offers))
    label = x.layout.held.iloc[there]
    hours = used.cells.take(at.reindex(rows[there]).to_numpy(int))
    devices = held.cells.take(there)
    s.block(
        "Utilization of what is held", {"Offer": label["offer"], "How": label["pricing"]}, "share of hours",
        lambda b: ratio(hours, devices * x.c["Hours_per_period"]), number="share", total="none",
    )  # fmt: skip


@dataclass
class Prices:
    """Prices by offer and period, and what a device costs to run."""

    unit: Block
    running: Block


def write_prices(x: Context) -> Prices:
    """The sheet Prices: what each offer asks in each period, and the running cost of a held device."""
    s = x.sheet("Prices", "Prices", WORK_TAB, "Base price x (1 + annual change) ^ years since the start.")
    o, c = x.layout.offers, x.c
    rows = np.arange(len(o))
    column = o["pricing"].map({OWNED: "purchase_price", API: "price_per_unit"}).fillna("price_per_hour")
    per = o["pricing"].map({OWNED: "per device", API: "per unit"}).fillna("per device-hour")
    base = _by_row(x, column, rows)
    unit = s.block(
        "Price of each offer", {"Offer": o["offer"], "How": o["pricing"], "Site": o["site"]}, list(per),
        lambda b: b["base price"] * (c["Whole"] + b["annual change"]) ** x.time.years,
        params={"base price": Param(base), "annual change": Param(x.offer("annual_price_change", rows), "share")},
        number="price", total="none",
    )  # fmt: skip
    h = x.layout.held
    r, sites = h["offer_row"].to_numpy(int), h["site_no"].to_numpy(int) - 1
    support = x.offer("maintenance_rate", r) * x.offer("purchase_price", r) / c["Months_per_year"]
    staff = x.offer("fte_per_device", r) * c["Labour_cost_per_fte_year"] / c["Months_per_year"]
    running = s.block(
        "Running cost of a device in a month", {"Offer": h["offer"], "How": h["pricing"]}, "per device-month",
        params={
            "maintenance": Param(support),
            "licenses": Param(x.offer("license_price_per_month", r)),
            "labour": Param(staff),
            "space": Param(x.hardware("power_kw", r) * x.site("space_price_per_kw_month", sites)),
        },
    )  # fmt: skip
    return Prices(unit, running)


def _by_row(x: Context, columns: pd.Series, rows: Array) -> Expr:
    """A figure whose column differs from row to row."""
    each = {name: x.offer(name, rows) for name in columns.unique()}
    value = np.array([each[n].value[i, 0] for i, n in enumerate(columns)]).reshape(-1, 1)
    names = columns.to_numpy(object)

    def write(row: int, home: HasName) -> str:
        return each[names[row]].text(row, home)

    return Written(write, value)


@dataclass
class Energy:
    """kWh by cause, with carbon and water per kWh beside."""

    idle: Block
    """Rows of `layout.held`."""
    used: Block
    """Rows of `layout.device_pairs`."""
    embodied_held: Block
    embodied_rented: Block
    rented: Array
    """Which rows of the device pairs are rented."""
    api: Block
    apis: Array


def write_energy(x: Context, d: Decisions, k: Capacity) -> Energy:
    """The sheet Energy: kWh at the meter and tonnes of carbon, by cause."""
    s = x.sheet("Energy", "Energy and carbon by cause", WORK_TAB, "Idle power while in service, the rest while used, x PUE.")  # fmt: skip
    a, c = x.layout, x.c
    h = a.held
    r, sites = h["offer_row"].to_numpy(int), h["site_no"].to_numpy(int) - 1
    idle = s.block(
        "Energy of devices in service, idle", {"Offer": h["offer"]}, "kWh",
        lambda b: k.held.cells * b["draw"] * c["Hours_per_period"] * b["PUE"],
        params=_site_params(x, x.hardware("idle_power_kw", r), sites), number="amount", sums=True,
    )  # fmt: skip
    p = a.pairs.iloc[a.device_pairs].reset_index(drop=True)
    rows, at = p["offer_row"].to_numpy(int), p["site_no"].to_numpy(int) - 1
    held = p["pricing"].isin(HELD).to_numpy()
    full, rest = x.hardware("power_kw", rows), x.hardware("power_kw", rows) - x.hardware("idle_power_kw", rows)
    used = s.block(
        "Energy of device-hours used", {"Offer": p["offer"], "Workload": p["workload"]}, "kWh",
        lambda b: k.hours.cells * b["draw"] * b["PUE"],
        params=_site_params(x, _either(held, rest, full), at), number="amount", sums=True,
        help="Full power of what is rented, power above idle of what is held",
    )  # fmt: skip
    embodied = {
        "kg per device": Param(x.hardware("embodied_kgco2e", r), "amount"),
        "life, months": Param(x.offer("useful_life_months", r), "whole"),
    }
    part = c["Months_per_period"] / c["Kilograms_per_tonne"]
    made = s.block(
        "Embodied carbon of held devices", {"Offer": h["offer"]}, "tCO2e",
        lambda b: k.held.cells * b["kg per device"] / b["life, months"] * part,
        params=embodied, number="amount", sums=True,
    )  # fmt: skip
    rented = np.flatnonzero(~held)
    q = p.iloc[rented]
    r = q["offer_row"].to_numpy(int)
    embodied = {
        "kg per device": Param(x.hardware("embodied_kgco2e", r), "amount"),
        "life, months": Param(x.offer("useful_life_months", r), "whole"),
    }
    lent = s.block(
        "Embodied carbon of rented devices", {"Offer": q["offer"], "Workload": q["workload"]}, "tCO2e",
        lambda b: k.hours.cells.take(rented) / c["Hours_per_period"] * b["kg per device"] / b["life, months"] * part,
        params=embodied, number="amount", sums=True,
    )  # fmt: skip
    apis = np.flatnonzero((a.pairs["pricing"] == API).to_numpy())
    q = a.pairs.iloc[apis]
    grams = {"g per unit": Param(x.offer("carbon_g_per_unit", q["offer_row"].to_numpy(int)), "amount")}
    api = s.block(
        "Carbon of token APIs", {"Offer": q["offer"], "Workload": q["workload"]}, "tCO2e",
        lambda b: d.volume.cells.take(apis) * b["g per unit"] / c["Grams_per_tonne"],
        params=grams, number="amount", sums=True,
    )  # fmt: skip
    return Energy(idle, used, made, lent, rented, api, apis)


def _site_params(x: Context, draw: Expr, sites: Array) -> dict[str, Param]:
    return {
        "draw": Param(draw, "factor"),
        "PUE": Param(x.site("pue", sites), "factor"),
        "price per kWh": Param(x.site("electricity_price_per_kwh", sites), "price"),
        "gCO2e per kWh": Param(x.site("carbon_g_per_kwh", sites), "amount"),
        "l per kWh": Param(x.site("water_l_per_kwh", sites), "factor"),
    }


def _either(which: Array, yes: Expr, no: Expr) -> Expr:
    """`yes` in the rows where `which` is true, `no` in the others: a different formula, not an IF."""

    def write(row: int, home: HasName) -> str:
        return (yes if which[row] else no).text(row, home)

    return Written(write, np.where(which[:, None], yes.value, no.value))
