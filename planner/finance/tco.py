"""Total cost of ownership: the ledger by any of its dimensions, nominal and in present value."""

from __future__ import annotations

import pandas as pd

from planner.finance.categories import booked, category_table, is_cash
from planner.plan.plan import Plan

DIMENSIONS = ("category", "pool", "sub_pool", "directness", "year", "period", "site", "provider", "offer", "pricing",
              "team", "to_workload", "cash")  # fmt: skip
"""What `tco` can be cut by; team and to_workload are those of the allocation."""


def described(plan: Plan, lines: pd.DataFrame) -> pd.DataFrame:
    """Allocated ledger lines with year, pricing, the category that finance books them in (see `categories.booked`),
    and its cost pool, sub-pool and directness."""
    about = category_table()
    pricing = lines["offer"].map(plan.table("offers").set_index("offer")["pricing"]).fillna("")
    category = booked(lines["category"], pricing)
    year = plan.settings.year_of_period()
    return lines.assign(
        year=year[lines["period"].to_numpy(int) - 1],
        pricing=pricing,
        category=category,
        **{c: category.map(about[c]) for c in about.columns},
    )


def tco(lines: pd.DataFrame, *by: str, non_cash: bool = False) -> pd.DataFrame:
    """Cost by the dimensions asked for: amount (nominal), present_value, share (of the present value).

    `lines` are those of `described`. Cash only, unless `non_cash` asks for carbon, penalties and downtime too.
    Raises KeyError for a dimension that is not one of `DIMENSIONS`.
    """
    unknown = set(by) - set(DIMENSIONS)
    if unknown:
        raise KeyError(f"no such dimension: {', '.join(sorted(unknown))}")
    rows = lines if non_cash else lines[is_cash(lines)]
    if not by:
        out = rows[["amount", "present_value"]].sum().to_frame().T
    else:
        out = rows.groupby(list(by), as_index=False, sort=True)[["amount", "present_value"]].sum()
    total = out["present_value"].sum()
    return out.assign(share=out["present_value"] / total if total else 0.0)
