"""The sheets TCO, Carbon and Ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from planner.finance.categories import category_table, default_accounts
from planner.finance.units import tokens_in
from planner.plan.tables import API
from planner.report.money.accounts import category_label
from planner.report.workbook.allocation import Allocated
from planner.report.workbook.blocks import Block, Param, Style
from planner.report.workbook.book import finish
from planner.report.workbook.costs import Costs
from planner.report.workbook.expr import Array, Cells, Column, Expr, letters, picked, ratio, sum_where
from planner.report.workbook.statements import OUTPUT_TAB
from planner.report.workbook.styles import GREY, HEAD_FILL, Number
from planner.report.workbook.workings import Capacity, Context, Decisions, Energy
from planner.result.frames import FRAMES, TEXT, WHOLE

WIDEST = 40
"""The widest column of the ledger, in letters."""
AT_ONCE = 1000
"""Rows of the ledger that are held as cells at a time."""


@dataclass
class Tco:
    """Cash by category and by what is not cash."""

    cash: Block
    non_cash: Block


def write_tco(x: Context, d: Decisions, k: Capacity, costs: Costs, who: Allocated) -> Tco:
    """The sheet TCO: cash by category, cost pool, site, workload, and per unit."""
    s = x.sheet("TCO", "Total cost of ownership", OUTPUT_TAB, "Cash, nominal by period; present value beside.")
    c, about = x.c, category_table()
    s.ws.set_column(2, 2, 27)
    cash_only, not_cash = costs.where("cash", c["Word_cash"]), costs.where("cash", c["Word_non_cash"])

    def present(column: int, values: Array, name: str, first: int, *more):
        label = Column(s, column, np.arange(len(values)) + first, values)
        return Param(sum_where(costs.present, costs.where(name, label), *more), "money")

    def by(name: str, column: int, values: Array, *more):
        return lambda b: costs.sum(costs.where(name, Column(s, column, b.rows, values)), *more)

    spent = set(default_accounts()["category"])
    categories = [n for n in about.index if n in spent]
    labels = _labels(categories)
    first = s.row + 2
    cash = s.block(
        "By category", {"Category": labels, "Cost pool (TBM 4.0)": about.loc[categories, "pool"], "Sub-pool": about.loc[categories, "sub_pool"], "Kind": about.loc[categories, "directness"]},
        "money", by("booked", 0, labels, cash_only),
        params={"present value": present(0, labels, "booked", first, cash_only)}, sums=True,
        help="Compute: on demand, spot and commitments together",
    )  # fmt: skip
    for title, column in (("By cost pool", "pool"), ("Direct and indirect", "directness")):
        names = list(dict.fromkeys(about.loc[categories, column]))
        groups = [np.flatnonzero((about.loc[categories, column] == n).to_numpy()) for n in names]
        s.block(title, {"": names}, "money", partial(_grouped, cash.cells, groups), sums=True)
    others = _labels([n for n in about.index if n not in spent])
    first = s.row + 2
    non_cash = s.block(
        "Counted in the objective, not cash", {"Category": others}, "money", by("booked", 0, others, not_cash),
        params={"present value": present(0, others, "booked", first, not_cash)}, sums=True,
    )  # fmt: skip
    sites = x.layout.plan.tables["sites"]["site"]
    no = np.arange(len(sites) + 1)
    first = s.row + 2
    s.block(
        "By site", {"Site": ["no site", *sites], "No": no}, "money", by("site_no", 1, no, cash_only),
        params={"present value": present(1, no, "site_no", first, cash_only)}, sums=True,
    )  # fmt: skip
    _per_unit(x, s, d, k, costs, who)
    return Tco(cash, non_cash)


def _labels(categories: Sequence[str]) -> Array:
    return np.array([category_label(n) for n in categories], dtype=object)


def _per_unit(x: Context, s, d: Decisions, k: Capacity, costs: Costs, who: Allocated) -> None:
    w, p, c = x.layout.plan.tables["workloads"], x.layout.pairs, x.c
    groups = [np.flatnonzero((p["workload_row"] == i).to_numpy()) for i in range(len(w))]
    names = w["workload"]
    served = s.block("Volume served", {"Workload": names}, list(w["unit"]), lambda b: picked(d.volume.cells, groups), number="amount")  # fmt: skip
    million = [tokens_in(str(u)) for u in w["unit"]]
    at = np.array([i for i, n in enumerate(million) if n], dtype=int)
    tokens = np.array([1e6 / million[i] for i in at])
    s.block(
        "Cash cost per unit served", {"Workload": names}, [f"per {u}" for u in w["unit"]],
        lambda b: ratio(who.by_workload.cells, served.cells),
        params={"whole plan": Param(ratio(who.by_workload.total, served.total), "price")}, number="price", total="none",
    )  # fmt: skip
    s.block(
        "Cash cost per million tokens", {"Workload": names.iloc[at]}, "per 1M tokens",
        lambda b: ratio(who.by_workload.cells.take(at), served.cells.take(at)) * b["units per million"],
        params={"units per million": Param(tokens, "amount"), "whole plan": Param(lambda b: ratio(who.by_workload.total.take(at), served.total.take(at)) * b["units per million"], "price")},
        number="price", total="none",
    )  # fmt: skip
    offers = x.layout.offers
    numbers = (offers["no"][offers["pricing"] == API]).to_numpy(int)
    api = s.block("Token APIs", {"Offer": offers["offer"].iloc[numbers - 1], "No": numbers}, "money", lambda b: costs.sum(costs.where("offer_no", Column(s, 1, b.rows, numbers)), costs.where("cash", c["Word_cash"])), sums=True)  # fmt: skip
    cash = costs.sum(costs.where("cash", c["Word_cash"]))
    gpus = x.hardware("accelerators", k.offers)
    hours = s.block("GPU-hours used", {"Offer": offers["offer"].iloc[k.offers]}, "GPU-hours", lambda b: k.used.cells * b["accelerators"], params={"accelerators": Param(gpus, "whole")}, number="amount", sums=True)  # fmt: skip
    held = s.block("GPU-hours of held devices in service", {"Offer": x.layout.held["offer"]}, "GPU-hours", lambda b: k.held.cells * b["accelerators"] * c["Hours_per_period"], params={"accelerators": Param(x.hardware("accelerators", x.layout.held["offer_row"].to_numpy(int)), "whole")}, number="amount", sums=True)  # fmt: skip
    rented = np.flatnonzero((~offers["pricing"].iloc[k.offers].isin(["committed", "leased", "owned"])).to_numpy())

    def sums(block: Block) -> Expr:
        return block.sum if block.sum_ is not None else c["Nothing"]

    price = Style(number="price", total="none")
    s.lines(
        "Cash cost of a GPU-hour",
        [
            ("Cash without token APIs", cash - sums(api)),
            ("GPU-hours used", sums(hours), Style(number="amount", unit="GPU-hours")),
            (
                "GPU-hours in service",
                sums(held) + picked(hours.cells, [rented]),
                Style(number="amount", unit="GPU-hours"),
            ),
            (
                "per GPU-hour in service",
                lambda n: ratio(n["Cash without token APIs"], n["GPU-hours in service"]),
                price,
            ),
            ("per useful GPU-hour", lambda n: ratio(n["Cash without token APIs"], n["GPU-hours used"]), price),
        ],
    )


def write_carbon(x: Context, e: Energy) -> Block:
    """The sheet Carbon: energy, carbon and water by site."""
    s = x.sheet("Carbon", "Energy, carbon and water", OUTPUT_TAB, "Operational by location; embodied spread evenly over the useful life.")  # fmt: skip
    a, c = x.layout, x.c
    held, pairs = a.held, a.pairs.iloc[a.device_pairs].reset_index(drop=True)
    api = a.pairs.iloc[e.apis].reset_index(drop=True)
    used = sorted({*held["site_no"], *a.pairs["site_no"]})
    names = a.plan.tables["sites"]["site"].to_numpy(object)[np.array(used, dtype=int) - 1]
    rows = np.array(used, dtype=int) - 1

    def of(frame: pd.DataFrame) -> list[Array]:
        return [np.flatnonzero((frame["site_no"] == n).to_numpy()) for n in used]

    rented = pairs.iloc[e.rented].reset_index(drop=True)
    who = {"Site": names}
    energy = s.block("Energy at the meter", who, "kWh", lambda b: picked(e.idle.cells, of(held)) + picked(e.used.cells, of(pairs)), number="amount", sums=True)  # fmt: skip
    operational = s.block(
        "Operational carbon", who, "tCO2e",
        lambda b: energy.cells * b["gCO2e per kWh"] / c["Grams_per_tonne"] + picked(e.api.cells, of(api)),
        params={"gCO2e per kWh": Param(x.site("carbon_g_per_kwh", rows), "amount")}, number="amount", sums=True,
    )  # fmt: skip
    embodied = s.block("Embodied carbon", who, "tCO2e", lambda b: picked(e.embodied_held.cells, of(held)) + picked(e.embodied_rented.cells, of(rented)), number="amount", sums=True)  # fmt: skip
    whole = s.block("Carbon", who, "tCO2e", lambda b: operational.cells + embodied.cells, number="amount", sums=True)
    s.block("Water", who, "m3", lambda b: energy.cells * b["l per kWh"] / c["Litres_per_m3"], params={"l per kWh": Param(x.site("water_l_per_kwh", rows), "factor")}, number="amount", sums=True)  # fmt: skip
    return whole


def write_ledger(x: Context) -> dict[str, tuple[str, int, int]]:
    """The sheet Ledger: the app's ledger as values, an Excel table. Returns where each column is: letter, first, last row."""
    ws, styles = x.book.add("Ledger", OUTPUT_TAB), x.book.styles
    frame = x.layout.frames["ledger"]
    ws.write_string(0, 0, "Ledger", styles.title)
    ws.write_string(1, 0, "As the planner solved it: values, to tie Costs to. Not to be changed.", styles.note)
    kinds = FRAMES["ledger"]
    number: dict[str, Number] = {"quantity": "amount", "unit_price": "price", "discount_factor": "factor"}
    n = max(len(frame), 1)
    columns = []
    for c, name in enumerate(frame.columns):
        kind: Number = "text" if kinds[name] == TEXT else "whole" if kinds[name] == WHOLE else number.get(name, "money")
        style = styles.of(font_color=GREY, num_format="@", indent=1) if kind == "text" else styles.cell("value", kind)
        head = styles.of(bold=True, bg_color=HEAD_FILL, indent=1) if kind == "text" else styles.head_right
        columns.append({"header": name, "format": style, "header_format": head})
        longest = max(map(len, frame[name].head(AT_ONCE)), default=0) if kind == "text" else 0
        ws.set_column(c, c, max(min(longest + 4, WIDEST), len(name) + 4, 12))
    for first in range(0, len(frame), AT_ONCE):
        some = frame.iloc[first : first + AT_ONCE]
        for c, (name, column) in enumerate(zip(frame.columns, columns, strict=True)):
            write = ws.write_string if kinds[name] == TEXT else ws.write_number
            for i, value in enumerate(some[name].tolist(), start=4 + first):
                write(i, c, value, column["format"])
        ws.done(4 + first + len(some))
    ws.add_table(3, 0, 3 + n, len(frame.columns) - 1, {"name": "Ledger_rows", "columns": columns, "style": "Table Style Light 1"})  # fmt: skip
    ws.freeze_panes(4, 0)
    finish(ws, "Ledger", 4)
    return {name: (letters(c), 5, 4 + n) for c, name in enumerate(frame.columns)}


def _grouped(cells: Cells, groups: Sequence[Array], _block: Block) -> Expr:
    """Sums of groups of rows, whatever the block that asks."""
    return picked(cells, groups)
