"""The ledger turned from cash to expense: what each period consumes, row by row, as the P&L adds it up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.finance.assets_register import Register
from planner.finance.contracts import ContractBooks
from planner.finance.lots import CONTRACTS, EQUIPMENT
from planner.plan.plan import Plan
from planner.result.frames import OPEX

OPERATING, DEPRECIATION, AMORTIZATION, INTEREST, DISPOSAL = (
    "Operating cost",
    "Depreciation",
    "Amortization of leases",
    "Interest on leases",
    "Loss (gain) on disposal",
)
SECTIONS = (OPERATING, DEPRECIATION, AMORTIZATION, DISPOSAL, INTEREST)
"""Sections of the P&L in the order in which people read them."""

COLUMNS = ["period", "date", "site", "provider", "offer", "workload", "category", "section", "line", "amount"]


def expenses(plan: Plan, ledger: pd.DataFrame, register: Register, contracts: ContractBooks) -> pd.DataFrame:
    """Every expense by period and cause, positive; a gain is negative. Columns: `COLUMNS`.

    Operating rows of the ledger stay as they are, except those of commitments and leases, which give way to
    what their contracts consume; purchases and sales give way to depreciation and to losses on disposal.
    Rows that are not cash (carbon, penalties) are no expense.
    """
    pricing = plan.table("offers").set_index("offer")["pricing"]
    under_contract = ledger["category"].eq("compute") & ledger["offer"].map(pricing).isin(CONTRACTS)
    kept = ledger[ledger["cash"].eq(OPEX) & ~under_contract]
    by = ["period", "site", "offer", "workload", "category"]
    kept = kept.groupby(by, as_index=False)["amount"].sum().assign(section=OPERATING)
    kept["line"] = kept["category"].map(lambda c: c.capitalize())
    parts = [kept, *_contract_rows(contracts), *_asset_rows(register)]
    rows = pd.concat([p for p in parts if len(p)] or [kept], ignore_index=True)
    restricted = plan.tables["offers"].set_index("offer")["workload"].fillna("")
    own = rows["offer"].map(restricted).fillna("").to_numpy(object)
    rows["workload"] = np.where(rows["workload"].fillna("") == "", own, rows["workload"])
    provider = plan.tables["sites"].set_index("site")["provider"].fillna("")
    rows["provider"] = rows["site"].map(provider).fillna("")
    months = np.array(plan.settings.month_of_period(), dtype=object)
    rows["date"] = months[rows["period"].to_numpy(int) - 1]
    rows = rows[rows["amount"] != 0].sort_values(["period", "section", "offer", "site"], kind="stable")
    return rows[COLUMNS].reset_index(drop=True)


def _long(about: pd.DataFrame, matrix: np.ndarray, section: str, category: str, line: str) -> pd.DataFrame:
    """A matrix (rows of `about`, periods) as rows, summed by offer and site."""
    n, periods = matrix.shape
    long = about[["offer", "site"]].loc[about.index.repeat(periods)].reset_index(drop=True)
    long["period"] = np.tile(np.arange(1, periods + 1), n)
    long["amount"] = matrix.ravel()
    long = long.groupby(["period", "site", "offer"], as_index=False)["amount"].sum()
    return long.assign(workload="", category=category, section=section, line=line)


def _contract_rows(c: ContractBooks) -> list[pd.DataFrame]:
    about = c.contracts.frame
    return [
        _long(about, c.service_cost, OPERATING, "compute", "Compute commitments"),
        _long(about, c.level_cost, OPERATING, "compute", "Operating and short-term leases"),
        _long(about, c.amortization, AMORTIZATION, "compute", "Right of use"),
        _long(about, c.interest, INTEREST, "compute", "Lease liability"),
    ]


def _asset_rows(r: Register) -> list[pd.DataFrame]:
    out = []
    for kind, category, name in ((EQUIPMENT, "hardware", "IT equipment"), ("fit_out", "site", "Site fit-out")):
        at = (r.lots["kind"] == kind).to_numpy()
        about = r.lots[at].reset_index(drop=True)
        out.append(_long(about, r.depreciation[at], DEPRECIATION, category, name))
        sold = "resale" if kind == EQUIPMENT else "site"
        out.append(_long(about, -r.gain[at], DISPOSAL, sold, name))
    return out
