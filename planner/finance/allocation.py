"""Showback and chargeback: every row of money to a workload and its team, each line saying by which key."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.finance.policy import AccountingPolicy
from planner.finance.shares import WHOLE, offer_shares, site_shares
from planner.plan.plan import Plan

CAUSED, NOBODY = "caused", "platform"
UNASSIGNED = "Unassigned"
"""The team of a workload that names none."""
LUMPS = ("hardware", "resale")
"""Categories that serve more than the period in which they are paid: split as over the whole horizon."""


class Allocation:
    """Splits any frame of money rows (the ledger, the expenses) over workloads and teams.

    Rows need period, site, offer, workload, category and amount; `unit` says which are lump sums.
    """

    def __init__(self, plan: Plan, frames: Mapping[str, pd.DataFrame], policy: AccountingPolicy) -> None:
        self.plan, self.policy = plan, policy
        self.offers = offer_shares(plan, frames, policy)
        self.sites = site_shares(plan, frames, policy)

    def split(self, rows: pd.DataFrame, lumps: tuple[str, ...] = LUMPS) -> pd.DataFrame:
        """The rows split, in their order: the columns of `rows` and row, to_workload, team, key, share.

        Money columns (amount, present_value) and quantity are multiplied by share; for each row the shares sum
        to 1. `row` is the position of the row that a line comes from. to_workload "" is the platform.
        """
        rows = rows.reset_index(drop=True)
        rows["row"] = np.arange(len(rows))
        caused = rows["workload"] != ""
        by_offer = ~caused & (rows["offer"] != "")
        by_site = ~caused & ~by_offer & (rows["site"] != "")
        nobody = ~caused & ~by_offer & ~by_site
        lump = rows["category"].isin(lumps)
        if "unit" in rows:
            lump |= rows["unit"].eq("devices")
        at = np.where(lump, WHOLE, rows["period"])
        parts = [
            rows[caused].assign(to_workload=rows["workload"][caused], share=1.0, key=CAUSED),
            _joined(rows[by_offer].assign(at=at[by_offer.to_numpy()]), self.offers, "offer"),
            _joined(rows[by_site].assign(at=at[by_site.to_numpy()]), self.sites, "site"),
            rows[nobody].assign(to_workload="", share=1.0, key=NOBODY),
        ]
        out = pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)
        for column in ("quantity", "amount", "present_value"):
            if column in out:
                out[column] = out[column] * out["share"]
        team = self.plan.tables["workloads"].set_index("workload")["team"].fillna(UNASSIGNED)
        out["team"] = out["to_workload"].map(team).where(out["to_workload"] != "", self.policy.platform)
        return out.sort_values(["row", "to_workload", "key"], kind="stable", ignore_index=True)


def _joined(rows: pd.DataFrame, shares: pd.DataFrame, by: str) -> pd.DataFrame:
    """Rows times the shares of their offer or site in the period `at`. Raises KeyError if one has none."""
    shares = shares.rename(columns={"period": "at", "workload": "to_workload"})
    out = rows.merge(shares, on=[by, "at"], how="left").drop(columns="at")
    if out["share"].isna().any():
        raise KeyError(f"no shares for {by} {out.loc[out['share'].isna(), by].iloc[0]}")
    return out


def showback(lines: pd.DataFrame, by: tuple[str, ...] = ("team", "to_workload")) -> pd.DataFrame:
    """Allocated lines summed by columns: amount, present_value, and how much was caused, shared and idle."""
    manner = np.where(lines["key"] == CAUSED, "caused", np.where(lines["key"].str.contains("idle"), "idle", "shared"))
    wide = lines.assign(manner=manner).pivot_table(
        index=list(by), columns="manner", values="amount", aggfunc="sum", fill_value=0.0
    )
    wide = wide.reindex(columns=["caused", "shared", "idle"]).fillna(0.0)
    values = [c for c in ("amount", "present_value") if c in lines]
    return lines.groupby(list(by))[values].sum().join(wide).reset_index()


def to_the_cent(amounts: pd.Series, total: float | None = None) -> pd.Series:
    """Amounts in whole cents whose sum is `total`, else that of the amounts, rounded once.

    Largest remainders get the odd cents.
    """
    cents = amounts.to_numpy(float) * 100
    whole = np.floor(cents)
    odd = round(100 * round(float(amounts.sum()) if total is None else total, 2)) - int(whole.sum())
    # Many remainders can add up to less than what floating point lost: then odd is below 0 or above the rows.
    order = np.argsort(whole - cents, kind="stable")
    whole[order[: max(odd, 0)]] += 1
    whole[order[odd:] if odd < 0 else order[:0]] -= 1
    return pd.Series(whole / 100, index=amounts.index)


def chargeback(lines: pd.DataFrame, total: float) -> pd.DataFrame:
    """What each team is billed: team, to_workload, period, category, key, amount in whole cents.

    `lines` are allocated cash lines. All bills add up to `total`, which is their cash, rounded once; those of a
    period to its cash up or down to a whole cent, because the sum of rounded periods is not the rounded sum.
    """
    by = ["team", "to_workload", "period", "category", "key"]
    bills = lines.groupby(by, as_index=False)["amount"].sum()
    periods = to_the_cent(bills.groupby("period")["amount"].sum(), total)
    for period, at in bills.groupby("period").groups.items():
        bills.loc[at, "amount"] = to_the_cent(bills.loc[at, "amount"], float(periods[period]))
    return bills
