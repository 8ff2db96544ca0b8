"""What decisions presuppose of one another, live: open sites, deployed workloads, orders in time."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planner.report.workbook.blocks import Block, Param
from planner.report.workbook.expr import Array, Expr, greatest, sign
from planner.report.workbook.holdings import periods_of
from planner.report.workbook.sheet import TimeSheet
from planner.report.workbook.workings import Capacity, Context, Decisions


@dataclass(frozen=True)
class Standing:
    """Devices held and volume routed at closed sites, volume of workloads that are not deployed, sites and lots too early.

    The parameter `beyond` of `early` counts device-periods before a lot can be in service.
    """

    held: Block
    routed: Block
    apart: Block
    sites: Block
    early: Block


def write_standing(x: Context, s: TimeSheet, d: Decisions, k: Capacity) -> Standing:
    """Lay out below what stands on `s`: what is held or served without what it needs."""
    a, r = x.layout, x.layout.routes
    offers = {"Offer": a.held["offer"]}
    units = list(a.plan.tables["workloads"]["unit"].iloc[r["workload_row"]])
    who = {"Workload": r["workload"], "Site": r["site"], "Location": r["location"]}
    sites = pd.Index(a.open_sites["site_row"])
    hosts = pd.MultiIndex.from_frame(a.hosts[["site_row", "workload_row"]])
    of_held = sites.get_indexer(pd.Index(a.held["site_no"].to_numpy(int) - 1))
    of_routes = sites.get_indexer(pd.Index(r["site_row"]))
    of_hosts = hosts.get_indexer(pd.MultiIndex.from_frame(r[["site_row", "workload_row"]]))

    def without(use: Block, needed: Block, rows: Array) -> Expr:
        """Use of the rows where what they need (row `rows[i]` for row i) is not there."""
        if (rows < 0).any():
            raise ValueError(
                "devices or volume at a site that the result does not have open, or has without the workload"
            )
        return use.cells * (x.c["Whole"] - needed.cells.take(rows))

    def ahead(b: Block) -> Expr:
        return d.open.cells * x.time.number.lt(x.site("available_from", a.open_sites["site_row"].to_numpy(int)))

    return Standing(
        s.block("Devices held at a closed site", offers, "devices", lambda b: without(k.held, d.open, of_held), number="amount"),
        s.block("Volume routed from a closed site", who, units, lambda b: without(d.routes, d.open, of_routes), number="amount"),
        s.block("Volume routed from a site where its workload is not deployed", who, units, lambda b: without(d.routes, d.hosts, of_hosts), number="amount"),
        s.block("Sites open before they can be used (sites: available_from)", {"Site": a.open_sites["site"]}, "1 = open", ahead, number="whole"),
        _early(x, s, d),
    )  # fmt: skip


def _early(x: Context, s: TimeSheet, d: Decisions) -> Block:
    """Lots: the first period in which an order can be in service, and devices times periods before it."""
    lots, c = x.layout.lots, x.c
    rows = lots["offer_row"].to_numpy(int)
    ordered, first, devices = d.lots["ordered"], d.lots["first"], d.lots["devices"]

    def soonest(b: Block) -> Expr:
        order = greatest(ordered, x.offer("available_from", rows))
        return order + periods_of(x, x.offer("lead_time_months", rows), c["Nothing"])

    return s.block(
        "Lots in service before their order and its lead time (ordered 0: there before the plan)",
        {"Offer": lots["offer"], "How": lots["pricing"], "Asset": lots["asset"]}, "device-periods",
        params={
            "from period": Param(soonest, "whole"),
            "beyond": Param(lambda b: devices * sign(ordered) * greatest(b["from period"] - first, c["Nothing"]), "amount"),
        },
    )  # fmt: skip
