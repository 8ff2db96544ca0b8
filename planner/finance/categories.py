"""What finance calls our cost categories: accounts, cost pools of the TBM taxonomy, direct or indirect."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.plan.tables import LEASED
from planner.result.frames import CAPEX, NON_CASH, OPEX

DIRECT, INDIRECT = "direct", "indirect"

LEASED_SERVERS = "leased_servers"
"""What finance calls the part of the ledger's category `compute` that pays for leased offers."""

_ABOUT: dict[str, tuple[str, str, str]] = {
    # category, in the order in which people read them: cost pool, cost sub-pool (TBM Taxonomy 4.0, December 2020), direct or indirect
    "compute": ("Outside Services", "Cloud Service Providers", DIRECT),
    "api": ("Outside Services", "Cloud Service Providers", DIRECT),
    "hardware": ("Hardware", "Depreciation & Amortization", DIRECT),
    "resale": ("Hardware", "Depreciation & Amortization", DIRECT),
    LEASED_SERVERS: ("Hardware", "Lease", DIRECT),
    "maintenance": ("Hardware", "Maintenance & Support", DIRECT),
    "electricity": ("Facilities & Power", "Power", DIRECT),
    "space": ("Facilities & Power", "Lease", INDIRECT),
    "site": ("Facilities & Power", "Expense", INDIRECT),
    "security": ("Outside Services", "Managed Service Providers", INDIRECT),
    "network": ("Telecom", "Expense", DIRECT),
    "storage": ("Outside Services", "Cloud Service Providers", DIRECT),
    "licenses": ("Software", "Licensing", DIRECT),
    "labour": ("Internal Labor", "Expense", INDIRECT),
    "deployment": ("Outside Services", "Consulting", DIRECT),
    "carbon": ("Other", "Other", INDIRECT),
    "unserved": ("Other", "Other", INDIRECT),
    "downtime": ("Other", "Other", INDIRECT),
    "policy": ("Other", "Other", INDIRECT),
}

_ACCOUNTS: tuple[tuple[str, str, str, str], ...] = (
    # category, cash kind, account, its name: a common pattern (1xxx assets, 6xxx operating expenses)
    ("hardware", CAPEX, "1500", "IT equipment"),
    ("resale", CAPEX, "1590", "Proceeds from sale of IT equipment"),
    ("site", CAPEX, "1600", "Site fit-out"),
    ("compute", OPEX, "6100", "Compute: on demand, spot, committed"),
    ("api", OPEX, "6110", "Model APIs"),
    ("storage", OPEX, "6120", "Cloud storage"),
    ("network", OPEX, "6130", "Network and data transfer"),
    ("maintenance", OPEX, "6200", "Hardware maintenance"),
    ("licenses", OPEX, "6210", "Software licenses"),
    (LEASED_SERVERS, OPEX, "6220", "Leased servers"),
    ("electricity", OPEX, "6300", "Electricity"),
    ("space", OPEX, "6310", "Data centre space"),
    ("site", OPEX, "6320", "Site rent and operations"),
    ("security", OPEX, "6330", "Security and compliance"),
    ("labour", OPEX, "6400", "Operations staff"),
    ("deployment", OPEX, "6500", "Deployment services"),
)

UNMAPPED = "unmapped"
"""The account of a category that the user's table of accounts does not name."""


def default_accounts() -> pd.DataFrame:
    """The accounts to begin with: columns category, cash, account, account_name. Every cash category has one."""
    return pd.DataFrame(list(_ACCOUNTS), columns=["category", "cash", "account", "account_name"], dtype="str")


def category_table() -> pd.DataFrame:
    """Every category in which finance books a cost (see `booked`), indexed by name: pool, sub_pool (TBM Taxonomy 4.0), directness.

    Direct: what runs a workload; indirect: what surrounds it (space, staff, security).
    """
    table = pd.DataFrame.from_dict(_ABOUT, orient="index", columns=["pool", "sub_pool", "directness"])
    return table.rename_axis("category")


def booked(category: pd.Series, pricing: pd.Series) -> pd.Series:
    """The categories as finance books them, from the ledger's and the pricing of each row's offer ("" or NA for none).

    The two differ for `compute` that is leased: a lessor's server is hardware that the company runs, whoever owns
    it, and no service of a cloud provider.
    """
    leased = category.eq("compute").to_numpy() & pricing.eq(LEASED).to_numpy()
    return pd.Series(np.where(leased, LEASED_SERVERS, category), index=category.index, dtype=object)


def chart_of(accounts: pd.DataFrame) -> pd.DataFrame:
    """The account of every category and cash kind: rows and columns of `default_accounts`, out of a user's table.

    What the table does not name is `unmapped`; leased servers, which older tables do not know, are where compute is.
    """
    keys = ["category", "cash"]
    out = default_accounts()[keys].merge(accounts[[*keys, "account", "account_name"]], on=keys, how="left")
    as_compute = out["category"].mask(out["category"] == LEASED_SERVERS, "compute")
    mine = accounts.set_index(keys)[["account", "account_name"]]
    old = mine.reindex(pd.MultiIndex.from_arrays([as_compute, out["cash"]])).set_axis(out.index)
    out = out.fillna(old)
    return out.assign(account=out["account"].fillna(UNMAPPED), account_name=out["account_name"].fillna(out["category"]))


def is_cash(ledger: pd.DataFrame) -> pd.Series:
    """Which rows of a ledger are cash."""
    return ledger["cash"] != NON_CASH
