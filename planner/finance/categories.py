"""What finance calls our cost categories: accounts, cost pools of the TBM taxonomy, direct or indirect."""

from __future__ import annotations

import pandas as pd

from planner.result.frames import CAPEX, CATEGORIES, NON_CASH, OPEX

DIRECT, INDIRECT = "direct", "indirect"

_ABOUT: dict[str, tuple[str, str, str]] = {
    # category: cost pool, cost sub-pool (TBM Taxonomy 4.0, December 2020), direct or indirect
    "compute": ("Outside Services", "Cloud Service Providers", DIRECT),
    "api": ("Outside Services", "Cloud Service Providers", DIRECT),
    "hardware": ("Hardware", "Depreciation & Amortization", DIRECT),
    "resale": ("Hardware", "Depreciation & Amortization", DIRECT),
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
    ("compute", OPEX, "6100", "Compute: on demand, committed, leased"),
    ("api", OPEX, "6110", "Model APIs"),
    ("storage", OPEX, "6120", "Cloud storage"),
    ("network", OPEX, "6130", "Network and data transfer"),
    ("maintenance", OPEX, "6200", "Hardware maintenance"),
    ("licenses", OPEX, "6210", "Software licenses"),
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
    """Every cost category, indexed by name: pool, sub_pool (TBM Taxonomy 4.0), directness.

    Direct: what runs a workload; indirect: what surrounds it (space, staff, security).
    """
    table = pd.DataFrame.from_dict(_ABOUT, orient="index", columns=["pool", "sub_pool", "directness"])
    return table.reindex(list(CATEGORIES)).rename_axis("category")


def is_cash(ledger: pd.DataFrame) -> pd.Series:
    """Which rows of a ledger are cash."""
    return ledger["cash"] != NON_CASH
