"""The sheets Allocation and Shares: who bears which cash, live, by the rules of the app's allocation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.plan.tables import HELD
from planner.report.workbook.blocks import Block, Param
from planner.report.workbook.costs import Costs
from planner.report.workbook.expr import (
    Array,
    Cells,
    Column,
    Expr,
    Written,
    choose,
    picked,
    ratio,
    repeated,
    sign,
    sum_of,
    sum_where,
)
from planner.report.workbook.expr import key as key_of
from planner.report.workbook.sheet import TimeSheet
from planner.report.workbook.statements import OUTPUT_TAB
from planner.report.workbook.workings import WORK_TAB, Capacity, Context, Decisions


@dataclass
class Allocated:
    """Cash by workload, row i is the plan's workload i; and what the platform bears."""

    by_workload: Block
    by_team: Block
    platform: Block


def number(s: TimeSheet, b: Block, column: int, values: Array) -> Column:
    """A label column of numbers, as a criterion."""
    return Column(s, column, b.rows, values)


def write_allocation(x: Context, d: Decisions, k: Capacity, costs: Costs) -> Allocated:
    """The sheets Allocation and Shares: cash by workload: what it causes, its part of offers and of sites; the rest."""
    policy = x.layout.books.policy
    s = x.sheet("Allocation", "Allocation of cash to workloads", OUTPUT_TAB, f"Idle capacity: {policy.idle}. Shared costs of sites: by {policy.site_key.replace('_', ' ')}.")  # fmt: skip
    work = x.sheet(
        "Shares",
        "Shares of offers and sites",
        WORK_TAB,
        "Who uses what: by what the sheet Allocation splits what no workload causes alone.",
    )
    pairs, of_offers, shared = _offer_parts(x, work, k, costs)
    hosts, of_sites, used_sites = _site_parts(x, work, d, k, costs)
    w = x.layout.plan.tables["workloads"]
    n = np.arange(1, len(w) + 1)
    c = x.c
    who = {"Workload": w["workload"], "No": n, "Team": w["team"].fillna("Unassigned")}

    def caused(b: Block) -> Expr:
        own = costs.where("workload_no", number(s, b, 1, n))
        return costs.sum(own, costs.where("cash", c["Word_cash"]))

    one = s.block("Caused by the workload", who, "money", caused, sums=True)
    two = s.block("Its part of offers that are shared", who, "money", lambda b: _by_workload(s, b, n, of_offers, pairs), sums=True)  # fmt: skip
    three = s.block("Its part of sites", who, "money", lambda b: _by_workload(s, b, n, of_sites, hosts), sums=True)
    whole = s.block("Allocated to the workload", who, "money", lambda b: one.cells + two.cells + three.cells, sums=True)
    teams = sorted(set(who["Team"]))
    at = [np.flatnonzero((who["Team"] == t).to_numpy()) for t in teams]
    by_team = s.block("Allocated to the team", {"Team": teams}, "money", lambda b: picked(whole.cells, at), sums=True)
    platform = _platform(x, s, costs, k, shared, of_offers, used_sites)
    return Allocated(whole, by_team, platform)


def _by_workload(s: TimeSheet, b: Block, n: Array, parts: Block, numbers: Column) -> Expr:
    if not len(parts.rows):
        return Written(lambda row, home: "Nothing", np.zeros((len(b.rows), 1)))
    return sum_where(parts.cells, key_of(numbers, number(s, b, 1, n)))


def _offer_parts(x: Context, s: TimeSheet, k: Capacity, costs: Costs) -> tuple[Column, Block, list[Block]]:
    """Shares of offers by workload, and their part of what the offer costs without a workload."""
    a, c, policy = x.layout, x.c, x.layout.books.policy
    p = a.pairs.iloc[a.device_pairs].reset_index(drop=True)
    runs = a.runs(p["offer_row"].to_numpy(int))
    offers = k.offers
    at = pd.Series(np.arange(len(offers)), index=offers).reindex(p["offer_row"]).to_numpy(int)
    held_at = pd.Series(np.arange(len(a.held)), index=a.held["offer_row"]).reindex(offers)
    in_service = held_at.notna().to_numpy() & a.offers["pricing"].iloc[offers].isin(HELD).to_numpy()
    used = k.used.cells
    label = a.offers.iloc[offers]
    hours = k.held.cells

    def there(b: Block) -> Expr:
        rows = held_at.fillna(-1).to_numpy(int)

        def write(row: int, home: object) -> str:
            if not in_service[row]:
                return used.text(row, s)
            return f"MAX({hours.take(rows[[row]]).text(0, s)}*Hours_per_period,{used.text(row, s)})"

        held = hours.value[rows] * a.settings.hours if len(hours.value) else np.zeros_like(used.value)
        value = np.where(in_service[:, None], np.maximum(held, used.value), used.value)
        return Written(write, value)

    base = s.block("Hours to share out, by offer", {"Offer": label["offer"]}, "device-hours", there, number="amount", help="Held: hours in service; rented: hours used")  # fmt: skip
    numbers = offers + 1
    nobody, cash = costs.where("workload_no", c["Nothing"]), costs.where("cash", c["Word_cash"])

    def cost(word: str):
        return lambda b: costs.sum(costs.where("offer_no", number(s, b, 1, numbers)), nobody, cash, costs.where("basis", c[word]))  # fmt: skip

    who = {"Offer": label["offer"], "No": numbers}
    period = s.block("Shared costs of offers, by the use of the period", who, "money", cost("Word_period"), sums=True)
    lump = s.block("Shared costs of offers, by the use of the whole plan", who, "money", cost("Word_horizon"), sums=True)  # fmt: skip
    mine = k.hours.cells
    counts = _counts(k, runs)

    def share(mine_: Expr, used_: Expr, base_: Expr, count_: Expr) -> Expr:
        if policy.idle == "users":
            return mine_ / used_
        if policy.idle == "platform":
            return mine_ / base_
        return mine_ / base_ + (c["Whole"] - used_ / base_) / count_ * sign(mine_)

    total_used, total_base = _over(x, used, at), _over(x, base.cells, at)
    whole_share = share(x.book.over(mine), total_used, total_base, counts[1])
    labels = {"Offer": p["offer"], "No": p["workload_row"] + 1, "Workload": p["workload"]}
    shares = s.block(
        "Shares of offers by workload", labels, "share",
        lambda b: choose(used.take(at), share(mine, used.take(at), base.cells.take(at), counts[0]), b["whole plan"]),
        params={"whole plan": Param(whole_share, "share")}, number="share", total="none",
    )  # fmt: skip
    parts = s.block(
        "Part of offers by workload", labels, "money",
        lambda b: period.cells.take(at) * shares.cells + lump.cells.take(at) * shares["whole plan"], sums=True,
    )  # fmt: skip
    return number(s, parts, 1, (p["workload_row"] + 1).to_numpy()), parts, [period, lump]


def _over(x: Context, cells: Cells, at: Array) -> Expr:
    return x.book.over(cells.take(at))


def _counts(k: Capacity, runs: list[Array]) -> tuple[Expr, Expr]:
    """How many workloads use the offer of each pair: in the period, and in the whole plan."""
    cells = k.hours.cells
    bounds = np.zeros((len(cells.rows), 2), dtype=int)
    now, ever = np.zeros(cells.value.shape), np.zeros((len(cells.rows), 1))
    for g in runs:
        bounds[g] = cells.rows[g[0]] + 1, cells.rows[g[-1]] + 1
        now[g] = (cells.value[g] > 0).sum(axis=0)
        ever[g] = (cells.value[g].sum(axis=1) > 0).sum()

    def in_period(row: int, home: object) -> str:
        return f"SUMPRODUCT(SIGN({cells.sheet.prefix}\x01{bounds[row, 0]}:\x01{bounds[row, 1]}))"

    def in_plan(row: int, home: object) -> str:
        return f"SUMPRODUCT(SIGN({cells.sheet.prefix}$F{bounds[row, 0]}:$F{bounds[row, 1]}))"

    return Written(in_period, now), Written(in_plan, ever)


def _site_parts(x: Context, s: TimeSheet, d: Decisions, k: Capacity, costs: Costs) -> tuple[Column, Block, Column]:
    """Shares of sites by workload, and their part of what the site costs without an offer or a workload."""
    a, c, policy = x.layout, x.c, x.layout.books.policy
    p = a.pairs
    hosts = p.drop_duplicates(["site_no", "workload_row"])[["site_no", "workload_row", "workload"]]
    hosts = hosts.sort_values(["site_no", "workload_row"], ignore_index=True)
    names = a.plan.tables["sites"]["site"].to_numpy(object)[hosts["site_no"].to_numpy(int) - 1]
    site_no, workload_no = hosts["site_no"].to_numpy(int), hosts["workload_row"].to_numpy(int) + 1
    who = {"Site": names, "No": site_no, "Workload no": workload_no, "Workload": hosts["workload"]}
    cost = s.block(
        "Shared costs of sites", who, "money",
        lambda b: costs.sum(
            costs.where("site_no", number(s, b, 1, site_no)), costs.where("offer_no", c["Nothing"]),
            costs.where("workload_no", c["Nothing"]), costs.where("cash", c["Word_cash"]),
        ),
        help="The whole site's, beside each of its workloads",
    )  # fmt: skip
    shares = a.books.allocation.sites
    shares = shares[(shares["period"] > 0) & (shares["workload"] != "")]
    fixed = a.matrix(shares, pd.DataFrame({"site": names, "workload": hosts["workload"]}), "share")
    if policy.site_key == "device_hours" and len(hosts):
        part = _live_site_shares(x, s, d, k, hosts, names)
    else:
        part = s.block("Shares of sites by workload", who, "share", fixed, number="share", total="none", help="As the planner has them")  # fmt: skip
    parts = s.block("Part of sites by workload", who, "money", lambda b: cost.cells * part.cells, sums=True)
    return number(s, parts, 2, workload_no), parts, number(s, parts, 1, site_no)


def _live_site_shares(x: Context, s: TimeSheet, d: Decisions, k: Capacity, hosts: pd.DataFrame, names: Array) -> Block:
    """By device-hours at the site; evenly where only token APIs serve; as over the whole plan where nothing does."""
    a = x.layout
    p = a.pairs
    site_no, workload_no = hosts["site_no"].to_numpy(int), hosts["workload_row"].to_numpy(int) + 1
    who = {"Site": names, "No": site_no, "Workload no": workload_no, "Workload": hosts["workload"]}
    device = a.device_pairs

    def of(frame: pd.DataFrame) -> list[Array]:
        by = frame.reset_index(drop=True).groupby(["site_no", "workload_row"]).indices
        return [by.get((n, w - 1), np.zeros(0, dtype=int)) for n, w in zip(site_no, workload_no, strict=True)]

    hours = s.block("Device-hours at sites by workload", who, "device-hours", lambda b: picked(k.hours.cells, of(p.iloc[device])), number="amount")  # fmt: skip
    served = s.block(
        "Workloads served at sites", who, "1 = served", lambda b: sign(picked(d.volume.cells, of(p))), number="whole"
    )  # fmt: skip
    runs = a.runs(site_no)
    run_of = np.repeat(np.arange(len(runs)), [len(g) for g in runs])

    def total(cells: Cells) -> Expr:
        return repeated(sum_of(cells, runs), run_of)

    def ever(cells: Cells) -> Expr:
        first = np.array([g[0] for g in runs])[run_of]
        last = np.array([g[-1] for g in runs])[run_of]
        rows = cells.rows

        def write(row: int, home: object) -> str:
            return f"SUM($F{rows[first[row]] + 1}:$F{rows[last[row]] + 1})"

        value = np.array([cells.value[g].sum() for g in runs])[run_of].reshape(-1, 1)
        return Written(write, value)

    sums = s.block(
        "Device-hours of the whole site", who, "device-hours", lambda b: total(hours.cells), number="amount",
    )  # fmt: skip
    evenly = ratio(served.cells, total(served.cells))
    in_plan = choose(ever(hours.cells), hours.total / ever(hours.cells), ratio(served.total, ever(served.cells)))
    return s.block(
        "Shares of sites by workload", who, "share",
        lambda b: choose(sums.cells, hours.cells / sums.cells, choose(total(served.cells), evenly, b["whole plan"])),
        params={"whole plan": Param(in_plan, "share")}, number="share", total="none",
    )  # fmt: skip


def _platform(
    x: Context, s: TimeSheet, costs: Costs, k: Capacity, shared: list[Block], parts: Block, hosts: Column
) -> Block:
    """What no workload bears: of offers and sites that nobody uses, of neither, and idle capacity by the rule."""
    c, a = x.c, x.layout
    f = costs.frame
    alone = (f["workload_no"] == 0) & (f["cash"] != "non_cash")
    unused = np.setdiff1d(f.loc[alone & (f["offer_no"] > 0), "offer_no"].unique(), k.offers + 1).astype(int)
    empty = np.setdiff1d(f.loc[alone & (f["offer_no"] == 0), "site_no"].unique(), hosts.value.ravel()).astype(int)
    nobody, cash = costs.where("workload_no", c["Nothing"]), costs.where("cash", c["Word_cash"])
    sites, offers = a.plan.tables["sites"]["site"].to_numpy(object), a.offers["offer"].to_numpy(object)
    one = s.block(
        "Offers that nobody uses", {"Offer": offers[unused - 1], "No": unused}, "money",
        lambda b: costs.sum(costs.where("offer_no", Column(s, 1, b.rows, unused)), nobody, cash), sums=True,
    )  # fmt: skip
    names = ["no site" if n == 0 else str(sites[n - 1]) for n in empty]
    two = s.block(
        "Sites that nobody uses", {"Site": names, "No": empty}, "money",
        lambda b: costs.sum(costs.where("site_no", Column(s, 1, b.rows, empty)), costs.where("offer_no", c["Nothing"]), nobody, cash),
        sums=True,
    )  # fmt: skip
    out: Expr = c["Nothing"]
    for block in (one, two):
        if block.sum_ is not None:
            out = out + block.sum
    if a.books.policy.idle == "platform" and parts.sum_ is not None:
        for block in shared:
            out = out + block.sum
        out = out - parts.sum
    name = a.books.policy.platform
    return s.block("Platform: what no workload bears", {"Cost centre": [name]}, "money", lambda b: out)
