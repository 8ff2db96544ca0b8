"""The sheet NBV, live: depreciation, book values and gains of owned devices, and of site fit-outs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.report.workbook.blocks import Block, Param, Style
from planner.report.workbook.depreciation import Basis, write_basis
from planner.report.workbook.expr import (
    NOW,
    PREVIOUS,
    Before,
    Expr,
    Written,
    greatest,
    least,
    picked,
)
from planner.report.workbook.holdings import Contracts, Owned
from planner.report.workbook.leases import write_leases
from planner.report.workbook.sheet import TimeSheet
from planner.report.workbook.workings import WORK_TAB, Capacity, Context, Decisions

TAX = "Tax return: "
"""Before the titles of what only the tax return sees."""


@dataclass
class Accounts:
    """What goes through profit or loss, and the balances; None where there is nothing of the kind."""

    depreciation: Block
    gain: Block
    closing: Block
    disposals: Block
    fit_out_additions: Block
    fit_out_depreciation: Block
    fit_out_loss: Block
    fit_out_closing: Block
    service: Block
    level: Block
    interest: Block
    amortization: Block
    liability: Block
    tax_cost: Block
    right_of_use: list[Block]
    prepaid: list[Block]
    additions: Block
    facts: Block
    tax_depreciation: Block | None
    tax_gain: Block | None


def write_accounts(x: Context, d: Decisions, k: Capacity, own: Owned, con: Contracts) -> Accounts:
    """The sheets NBV and Leases: depreciation, book values, gains; leases and prepaid commitments."""
    nbv = _write_nbv(x, d, k, own)
    leases = write_leases(x, d, k, con)
    return Accounts(**nbv, **leases)


def _write_nbv(x: Context, d: Decisions, k: Capacity, own: Owned) -> dict[str, Any]:
    a, policy = x.layout, x.layout.books.policy
    s = x.sheet("NBV", "Depreciation and net book value", WORK_TAB, f"Method: {policy.depreciation.replace('_', ' ')}. Opening + additions - depreciation - disposals = closing.")  # fmt: skip
    lots = a.lots.iloc[own.at]
    who = {"Offer": lots["offer"], "Asset": lots["asset"]}
    additions = _fit_out_additions(x, s, k)
    books = write_basis(x, s, d, k, own, who, policy, "", additions)
    out: dict[str, Any] = {**_roll(x, s, d, own, who, books, ""), "facts": books.facts, "additions": own.purchase}
    if policy.tax_depreciation is None:
        out |= {"tax_depreciation": None, "tax_gain": None}
    else:
        tax = _roll(x, s, d, own, who, write_basis(x, s, d, k, own, who, policy.for_tax(), TAX, additions), TAX)
        out |= {"tax_depreciation": tax["depreciation"], "tax_gain": tax["gain"]}
    fit_out = _fit_out(x, s, d, k, additions)
    _roll_forward(x, s, lots, own, out)
    return out | fit_out


def _roll_forward(x: Context, s: TimeSheet, lots: pd.DataFrame, own: Owned, made: dict[str, Any]) -> None:
    """Opening, additions, depreciation, disposals and closing book value of each class of equipment."""
    closing: Block = made["closing"]
    classes = x.layout.books.lots.iloc[lots["book_row"].to_numpy(int)]["asset_class"].to_numpy(object)
    for name in sorted(set(classes)):
        at = [np.flatnonzero(classes == name)]
        one = picked(closing.cells, at)
        opened = np.zeros((1, 1)) if closing.before_ is None else closing.before_[at[0]].sum(axis=0, keepdims=True)
        opening = Written(lambda row, home, one=one: one.text(row, home).replace(NOW, PREVIOUS), np.hstack([opened, one.value[:, :-1]]), 4)  # fmt: skip
        s.lines(
            f"Roll-forward: {name}",
            [
                ("Opening book value", opening, Style(total="none")),
                ("Additions", picked(own.purchase.cells, at)),
                ("Depreciation", -picked(made["depreciation"].cells, at)),
                ("Book value of what is sold", -picked(made["disposals"].cells, at)),
                ("Closing book value", lambda n: n["Opening book value"] + n["Additions"] + n["Depreciation"] + n["Book value of what is sold"], Style(bold=True, total="last")),
            ],
        )  # fmt: skip


def _roll(
    x: Context, s: TimeSheet, d: Decisions, own: Owned, who: dict[str, pd.Series], basis: Basis, prefix: str
) -> dict[str, Block]:
    """Depreciation, disposals, closing book value and gain of each lot."""
    c, t = x.c, x.time.number
    sold = least(d.lots["last"].take(own.at) + c["Whole"], c["Periods"])
    dep = s.block(f"{prefix}Depreciation", who, "money", lambda b: basis.shares.cells * b["starts from"], params={"starts from": Param(basis.starts_from, "money")}, sums=True)  # fmt: skip
    closing = s.block(
        f"{prefix}Net book value at the end of the period", who, "money",
        lambda b: (b.previous + own.purchase.cells - dep.cells) * t.lt(sold), before=basis.before, total="none", sums=True,
    )  # fmt: skip
    opening = Before(closing.cells, np.zeros(len(closing.rows)) if closing.before_ is None else closing.before_)
    disposals = s.block(
        f"{prefix}Book value of what is sold", who, "money",
        lambda b: t.eq(sold) * (opening + own.purchase.cells - dep.cells), sums=True,
    )  # fmt: skip
    gain = s.block(f"{prefix}Gain on sale: proceeds less book value", who, "money", lambda b: own.resale.cells - disposals.cells, sums=True)  # fmt: skip
    return {"depreciation": dep, "closing": closing, "disposals": disposals, "gain": gain}


def _fit_out_additions(x: Context, s: TimeSheet, k: Capacity) -> Block:
    """What is paid for opening sites."""
    o = x.layout.open_sites
    costs = x.site("opening_cost", o["site_row"].to_numpy(int))
    return s.block("Site fit-out: additions", {"Site": o["site"]}, "money", lambda b: k.opened.cells * b["opening cost"], params={"opening cost": Param(costs, "money")}, sums=True)  # fmt: skip


def _fit_out(x: Context, s: TimeSheet, d: Decisions, k: Capacity, additions: Block) -> dict[str, Block]:
    """Site fit-outs: straight line over their life, written off when the site closes."""
    c, who = x.c, {"Site": x.layout.open_sites["site"]}
    gross = s.block(
        "Site fit-out: cost of what is in use", who, "money",
        lambda b: additions.cells + b.previous * d.open.cells * (c["Whole"] - k.opened.cells), total="none",
    )  # fmt: skip
    per_month = c["Months_per_period"] / greatest(c["Site_life_months"], c["Months_per_period"])
    closing = s.block(
        "Site fit-out: net book value at the end of the period", who, "money",
        lambda b: _after(b.previous * d.open.cells * (c["Whole"] - k.opened.cells) + additions.cells, gross.cells * per_month),
        total="none", sums=True,
    )  # fmt: skip
    opening = Before(closing.cells, np.zeros(len(closing.rows)))
    kept = opening * d.open.cells * (c["Whole"] - k.opened.cells)
    dep = s.block("Site fit-out: depreciation", who, "money", lambda b: kept + additions.cells - closing.cells, sums=True)  # fmt: skip
    loss = s.block("Site fit-out: written off when a site closes", who, "money", lambda b: opening - kept, sums=True)
    return {
        "fit_out_additions": additions,
        "fit_out_depreciation": dep,
        "fit_out_loss": loss,
        "fit_out_closing": closing,
    }


def _after(value: Expr, lost: Expr) -> Expr:
    """What is left of a value when an amount is lost, at least nothing."""
    return value - least(value, lost)
