"""The sheets TCO, Carbon, Limits and Ledger."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.finance.categories import category_table
from planner.finance.units import tokens_in
from planner.plan.plan import Plan
from planner.plan.schema import split_list
from planner.plan.tables import API, SCOPES
from planner.report.workbook.allocation import Allocated
from planner.report.workbook.costs import Costs
from planner.report.workbook.expr import Array, Column, Expr, letters, picked, ratio, sum_where
from planner.report.workbook.sheet import FIRST, Block, Param, Style, finish
from planner.report.workbook.statements import OUTPUT_TAB
from planner.report.workbook.workings import Capacity, Context, Decisions, Energy
from planner.result.frames import CATEGORIES, FRAMES, TEXT, WHOLE

MONEY = ("spend", "capex", "opex")


@dataclass
class Tco:
    """Cash by category and by what is not cash."""

    cash: Block
    non_cash: Block


def write_tco(x: Context, d: Decisions, k: Capacity, costs: Costs, who: Allocated) -> Tco:
    """The sheet TCO: cash by category, cost pool, site, workload, and per unit."""
    s = x.sheet("TCO", "Total cost of ownership", OUTPUT_TAB, "Cash, nominal by period; present value beside.")
    c, about = x.c, category_table()
    cash_only, not_cash = costs.where("cash", c["Word_cash"]), costs.where("cash", c["Word_non_cash"])

    def present(column: int, values: Array, name: str, first: int, *more):  # type: ignore[no-untyped-def]
        label = Column(s, column, np.arange(len(values)) + first, values)
        return Param(sum_where(costs.present, costs.where(name, label), *more), "money")

    def by(name: str, column: int, values: Array, *more):  # type: ignore[no-untyped-def]
        return lambda b: costs.sum(costs.where(name, Column(s, column, b.rows, values)), *more)

    categories = np.array(
        [n for n in CATEGORIES if n not in ("carbon", "unserved", "downtime", "policy")], dtype=object
    )
    first = s.row + 2
    cash = s.block(
        "By category", {"Category": categories, "Cost pool (TBM 4.0)": about.loc[categories, "pool"], "Sub-pool": about.loc[categories, "sub_pool"], "Kind": about.loc[categories, "directness"]},
        "money", by("category", 0, categories, cash_only),
        params={"present value": present(0, categories, "category", first, cash_only)}, sums=True,
    )  # fmt: skip
    for title, column in (("By cost pool", "pool"), ("Direct and indirect", "directness")):
        names = list(dict.fromkeys(about.loc[categories, column]))
        groups = [np.flatnonzero((about.loc[categories, column] == n).to_numpy()) for n in names]
        s.block(title, {"": names}, "money", lambda b, groups=groups: picked(cash.cells, groups), sums=True)
    others = np.array([n for n in CATEGORIES if n not in categories], dtype=object)
    first = s.row + 2
    non_cash = s.block(
        "Counted in the objective, not cash", {"Category": others}, "money", by("category", 0, others, not_cash),
        params={"present value": present(0, others, "category", first, not_cash)}, sums=True,
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


def _per_unit(x: Context, s, d: Decisions, k: Capacity, costs: Costs, who: Allocated) -> None:  # type: ignore[no-untyped-def]
    w, p, c = x.layout.plan.tables["workloads"], x.layout.pairs, x.c
    groups = [np.flatnonzero((p["workload_row"] == i).to_numpy()) for i in range(len(w))]
    names = w["workload"]
    served = s.block("Volume served", {"Workload": names}, list(w["unit"]), lambda b: picked(d.volume.cells, groups), number="amount")  # fmt: skip
    million = [tokens_in(str(u)) for u in w["unit"]]
    at = np.array([i for i, n in enumerate(million) if n], dtype=int)
    tokens = np.array([1e6 / million[i] for i in at])  # type: ignore[operator]
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


def in_scope(plan: Plan, costs: pd.DataFrame, policy: pd.Series) -> Array:
    """Which cost rows a money policy counts: 1 or 0. A row without an offer is out where pricing or offer is asked for."""
    sites = plan.tables["sites"].set_index("site")
    offers = plan.tables["offers"].set_index("offer")
    team = plan.tables["workloads"].set_index("workload")["team"]
    of = {
        "provider": costs["site"].map(sites["provider"]),
        "site": costs["site"],
        "site_kind": costs["site"].map(sites["kind"]),
        "zone": costs["site"].map(sites["zone"]),
        "pricing": costs["offer"].map(offers["pricing"]),
        "offer": costs["offer"],
        "workload": costs["workload"],
        "team": costs["workload"].map(team),
    }
    hit = (costs["cash"] != "non_cash").to_numpy(copy=True)
    if policy["measure"] != "spend":
        hit &= (costs["cash"] == policy["measure"]).to_numpy()
    for scope in SCOPES:
        wanted = split_list(policy[scope])
        if wanted:
            hit &= of[scope].isin(wanted).to_numpy()
    return hit.astype(float)


def write_limits(x: Context, costs: Costs) -> None:
    """The sheet Limits: every policy and window; money live by a 0-1 column beside Costs, the rest as solved."""
    ws, styles, a = x.book.add("Limits", OUTPUT_TAB), x.book.styles, x.layout
    ws.write_string(0, 0, "Policies", styles.title)
    ws.write_string(1, 0, "Policies on money are live; what the others use is as solved.", styles.note)
    heads = ("Policy", "Measure", "Sense", "Window", "From period", "To period", "Value", "Limit", "Slack", "Holds", "Value is", "Shadow price")  # fmt: skip
    for i, text in enumerate(heads):
        ws.write_string(3, i, text, styles.head)
    f = a.frames["policies"]
    table = a.plan.tables["policies"]
    row_of = pd.Series(np.arange(len(table)), index=table["policy"].to_numpy(object))
    flags = _flags(x, costs, table)
    for i, p in enumerate(f.itertuples(index=False), start=4):
        k = int(row_of[p.policy])
        rule = table.iloc[k]
        for column, text in enumerate((p.policy, p.measure, p.sense, p.window)):
            ws.write_string(i, column, text, styles.label)
        ws.write_number(i, 4, p.from_period, styles.cell("value", "whole"))
        ws.write_number(i, 5, p.to_period, styles.cell("value", "whole"))
        share = rule["share_of"] == "total"
        style = "share" if share else "money" if p.measure in MONEY else "amount"
        if p.measure in MONEY:
            formula, value = _live(
                x, costs, flags[k], f"${letters(FIRST + x.book.periods + 1 + list(flags).index(k))}", p, share
            )
            ws.write_formula(i, 6, formula, styles.cell("formula", style), value)
        else:
            value = float(p.value)
            ws.write_number(i, 6, value if np.isfinite(value) else 0.0, styles.cell("value", style))
        limit = x.inputs["policies"].cell("limit", np.array([k]))
        ws.write_formula(i, 7, "=" + limit.text(0, x.inputs["demand"]), styles.cell("link", style), float(p.limit))
        sign = 1.0 if p.sense == "max" else -1.0
        slack = f"=H{i + 1}-G{i + 1}" if p.sense == "max" else f"=G{i + 1}-H{i + 1}"
        left = sign * (float(p.limit) - (value if np.isfinite(value) else 0.0))
        ws.write_formula(i, 8, slack, styles.cell("formula", style), left)
        holds = left >= -max(1e-6 * abs(float(p.limit)), 0.01 if p.measure in MONEY and not share else 1e-6)
        ws.write_formula(i, 9, f'=IF(I{i + 1}>=-MAX(Small_share*ABS(H{i + 1}),{"Tolerance" if p.measure in MONEY and not share else "Small_share"}),Word_yes,Word_no)', styles.cell("check", "text"), "yes" if holds else "no")  # fmt: skip
        ws.write_string(i, 10, "live" if p.measure in MONEY else "as solved", styles.note)
        if np.isfinite(p.shadow_price):
            ws.write_number(i, 11, p.shadow_price, styles.cell("value", "price"))
    ws.set_column(0, 0, 30)
    ws.set_column(1, 11, 14)
    ws.freeze_panes(4, 1)
    finish(ws, "Limits", 4)


def _flags(x: Context, costs: Costs, table: pd.DataFrame) -> dict[int, Array]:
    """0-1 columns beside Costs, one for each policy on money, by the policy's row."""
    ws, styles = costs.sheet.ws, x.book.styles
    out = {}
    for k in range(len(table)):
        if table["measure"].iloc[k] not in MONEY:
            continue
        hit = in_scope(x.layout.plan, costs.frame, table.iloc[k])
        column = FIRST + x.book.periods + 1 + len(out)
        out[k] = hit
        ws.write_string(int(costs.rows[0]) - 1, column, f"In scope: {table['policy'].iloc[k]}", styles.head)
        style = styles.cell("input", "whole")
        for r, value in zip(costs.rows.tolist(), hit.tolist(), strict=True):
            ws.write_number(r, column, value, style)
        ws.set_column(column, column, 12)
    return out


def _live(x: Context, costs: Costs, flags: Array, column: str, p, share: bool) -> tuple[str, float]:  # type: ignore[no-untyped-def]
    first, last = int(costs.rows[0]) + 1, int(costs.rows[-1]) + 1
    start, end = letters(FIRST + p.from_period - 1), letters(FIRST + p.to_period - 1)
    amounts = f"Costs!${start}${first}:${end}${last}"
    value = float(flags @ costs.cells.value[:, p.from_period - 1 : p.to_period].sum(axis=1))
    text = f"SUMPRODUCT(Costs!{column}${first}:{column}${last}*{amounts})"
    if not share:
        return f"={text}", value
    kind = "Word_capex" if p.measure == "capex" else "Word_opex"
    cash = f"Costs!$B${first}:$B${last}"
    which = f"({cash}<>Word_non_cash)" if p.measure == "spend" else f"({cash}={kind})"
    hit = costs.frame["cash"] != "non_cash" if p.measure == "spend" else costs.frame["cash"] == p.measure
    whole = float(hit.to_numpy(float) @ costs.cells.value[:, p.from_period - 1 : p.to_period].sum(axis=1))
    total = f"SUMPRODUCT({which}*{amounts})"
    return f"=IF({total},{text}/{total},Nothing)", value / whole if whole else 0.0


def write_ledger(x: Context) -> dict[str, tuple[str, int, int]]:
    """The sheet Ledger: the app's ledger as values, an Excel table. Returns where each column is: letter, first, last row."""
    ws, styles = x.book.add("Ledger", OUTPUT_TAB), x.book.styles
    frame = x.layout.frames["ledger"]
    ws.write_string(0, 0, "Ledger", styles.title)
    ws.write_string(1, 0, "As the planner solved it: values, to tie Costs to. Not to be changed.", styles.note)
    kinds = FRAMES["ledger"]
    number = {"quantity": "amount", "unit_price": "price", "discount_factor": "factor"}
    n = max(len(frame), 1)
    columns = []
    for c, name in enumerate(frame.columns):
        kind = "text" if kinds[name] == TEXT else "whole" if kinds[name] == WHOLE else number.get(name, "money")
        style = styles.cell("value", kind)  # type: ignore[arg-type]
        columns.append({"header": name, "format": style})
        if kinds[name] == TEXT:
            for i, text in enumerate(frame[name].tolist(), start=4):
                ws.write_string(i, c, text, style)
        else:
            for i, value in enumerate(frame[name].tolist(), start=4):
                ws.write_number(i, c, value, style)
        ws.set_column(c, c, 12 if kinds[name] != TEXT else 18)
    ws.add_table(3, 0, 3 + n, len(frame.columns) - 1, {"name": "Ledger_rows", "columns": columns, "style": "Table Style Light 1"})  # fmt: skip
    ws.freeze_panes(4, 0)
    finish(ws, "Ledger", 4)
    return {name: (letters(c), 5, 4 + n) for c, name in enumerate(frame.columns)}
