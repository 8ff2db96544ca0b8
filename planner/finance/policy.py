"""The accounting choices that statements depend on: methods, rates and keys, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import pandas as pd

from planner.finance.categories import default_accounts
from planner.plan.tables import COMMITTED, LEASED

Depreciation = Literal["straight_line", "declining_balance", "units_of_production", "macrs"]
Residual = Literal["zero", "share", "market"]
Convention = Literal["auto", "half_year", "mid_quarter"]
LeaseStandard = Literal["ifrs16", "asc842_finance", "asc842_operating", "none"]
Timing = Literal["start", "end"]
IdleRule = Literal["users", "platform", "even"]
SiteKey = Literal["device_hours", "energy", "traffic", "even"]


@dataclass(frozen=True, eq=False)
class AccountingPolicy:
    """How the statements are drawn up. Raises ValueError for a choice or a number that is not allowed.

    Money is in the plan's currency, rates are per year and effective, shares are fractions.
    """

    depreciation: Depreciation = "straight_line"
    declining_factor: float = 2.0
    """Declining balance: multiple of the straight-line rate (2: double declining)."""
    bonus_share: float = 0.0
    """Share of the cost of a new device that is depreciated at once when it comes into service."""
    residual: Residual = "zero"
    """zero; share: `residual_share` of the cost; market: the plan's market value at the end of the useful life."""
    residual_share: float = 0.0
    expected_utilization: float | None = None
    """Units of production: share of the hours of its life that a device works; None: as the plan uses its offer."""
    site_life_months: int = 120
    """Life of what is paid to open a site (assumption: ten years, as for leasehold improvements)."""

    tax_depreciation: Depreciation | None = None
    """Method for the tax return; None: as in the books."""
    tax_bonus_share: float = 0.0
    """Bonus depreciation in the tax return; not used when `tax_depreciation` is None."""
    macrs_convention: Convention = "auto"
    """auto: mid-quarter where more than 40 % of a year's additions fall in its last three months."""

    lease_standard: LeaseStandard = "ifrs16"
    """none: leases are expensed as service contracts are."""
    lease_pricings: tuple[str, ...] = (LEASED,)
    """Pricings that are leases. A cloud commitment has no identified asset: it is a service contract."""
    short_term_months: int = 12
    """Leases of at most this term stay off the balance sheet (IFRS 16 paragraph 5, ASC 842-20-25-2)."""
    lease_rate: float | None = None
    """Incremental borrowing rate; None: the plan's discount rate."""
    lease_timing: Timing = "end"
    """When in a period its lease payments fall: end, for bills in arrears, or start."""

    idle: IdleRule = "users"
    """Who bears held capacity that nobody used: its users in proportion, the platform, or its users evenly."""
    platform: str = "Platform"
    """The cost centre that bears what no workload caused."""
    site_key: SiteKey = "device_hours"
    """By what the shared costs of a site are split."""
    accounts: pd.DataFrame = field(default_factory=default_accounts)
    """Columns category, cash, account, account_name; one row for each pair of category and cash kind."""

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            value = getattr(self, name)
            if value not in allowed and not (name == "tax_depreciation" and value is None):
                raise ValueError(f"{name}: {value!r} is not one of {', '.join(allowed)}")
        for name in ("bonus_share", "tax_bonus_share", "residual_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name}: must be between 0 and 1")
        if not self.declining_factor >= 1:
            raise ValueError("declining_factor: must be 1 or more")
        if self.site_life_months < 1 or self.short_term_months < 0:
            raise ValueError("site_life_months must be 1 or more, short_term_months 0 or more")
        if self.expected_utilization is not None and not 0 < self.expected_utilization <= 1:
            raise ValueError("expected_utilization: must be above 0 and at most 1")
        if self.lease_rate is not None and not self.lease_rate > -1:
            raise ValueError("lease_rate: must be above -1")
        if not set(self.lease_pricings) <= {COMMITTED, LEASED}:
            raise ValueError("lease_pricings: only committed and leased can be leases")
        missing = {"category", "cash", "account", "account_name"} - set(self.accounts.columns)
        if missing:
            raise ValueError(f"accounts: no column {', '.join(sorted(missing))}")
        if self.accounts.duplicated(["category", "cash"]).any():
            raise ValueError("accounts: a category and cash kind stand there twice")

    def for_tax(self) -> AccountingPolicy:
        """The same choices with the depreciation of the tax return."""
        if self.tax_depreciation is None:
            return self
        from dataclasses import replace

        return replace(self, depreciation=self.tax_depreciation, bonus_share=self.tax_bonus_share)


_CHOICES: dict[str, tuple[str, ...]] = {
    "depreciation": get_args(Depreciation),
    "residual": get_args(Residual),
    "tax_depreciation": get_args(Depreciation),
    "macrs_convention": get_args(Convention),
    "lease_standard": get_args(LeaseStandard),
    "lease_timing": get_args(Timing),
    "idle": get_args(IdleRule),
    "site_key": get_args(SiteKey),
}
