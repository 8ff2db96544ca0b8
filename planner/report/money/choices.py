"""The accounting choices as people make them: what each is called, what it offers, when it matters."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Literal, get_args, get_type_hints

import pandas as pd

from planner.finance import AccountingPolicy
from planner.finance.categories import default_accounts
from planner.plan.tables import COMMITTED, LEASED

Kind = Literal["choice", "several", "share", "number", "months", "text"]

_MOST = {"share": 100.0, "number": 10.0, "months": 600.0}

SAME = "same"
"""In a form, what stands for None: nothing chosen is no choice there."""

WORDS: dict[str, str] = {
    SAME: "As in the books",
    "straight_line": "Straight line",
    "declining_balance": "Declining balance",
    "units_of_production": "Units of production",
    "macrs": "MACRS, 5 years",
    "zero": "No residual value",
    "share": "Share of the cost",
    "market": "Market value at the end of life",
    "auto": "As the purchases require",
    "half_year": "Half-year",
    "mid_quarter": "Mid-quarter",
    "ifrs16": "IFRS 16",
    "asc842_finance": "ASC 842, finance leases",
    "asc842_operating": "ASC 842, operating leases",
    "none": "Expensed as used",
    "end": "End of the period",
    "start": "Start of the period",
    "users": "Users, in proportion",
    "platform": "The platform",
    "even": "Evenly",
    "device_hours": "Device-hours",
    "energy": "Energy",
    "traffic": "Traffic",
    COMMITTED: "Committed",
    LEASED: "Leased",
}
"""What each allowed value is called."""


@cache
def _usual() -> AccountingPolicy:
    """The policy of those who chose nothing, made once: every field of a form asks for it."""
    return AccountingPolicy()


@dataclass(frozen=True)
class Choice:
    """One field of `AccountingPolicy`: its label and help, the group it stands in, and when it matters.

    A share is a fraction in the policy and per cent in a form. A number with `blank` may be left out, which the
    text in `blank` explains.
    """

    name: str
    label: str
    help: str
    group: str
    kind: Kind = "choice"
    blank: str = ""
    least: float = 0.0
    matters: Callable[[Mapping[str, Any]], bool] = field(default=lambda made: True)

    @property
    def options(self) -> tuple[Any, ...]:
        """The allowed values, as the policy declares them and a form shows them."""
        if self.kind == "several":
            return (COMMITTED, LEASED)
        return tuple(SAME if v is None else v for v in _allowed(get_type_hints(AccountingPolicy)[self.name]))

    @property
    def default(self) -> Any:
        """The policy's own choice."""
        return getattr(_usual(), self.name)

    @property
    def most(self) -> float:
        """The largest number that a form takes."""
        return _MOST[self.kind]

    def allows(self, value: Any) -> bool:
        """True for what a form can show: what was kept elsewhere, or by another version, may be nothing of that."""
        if self.kind == "choice":
            return value in self.options
        if self.kind == "several":
            return isinstance(value, list) and all(v in self.options for v in value)
        if self.kind == "text":
            return isinstance(value, str)
        if value is None:
            return bool(self.blank)
        kind = int if self.kind == "months" else float  # a field of the form takes the one or the other
        return type(value) is kind and self.least <= value <= self.most

    def shown(self, value: Any) -> Any:
        """A value of the policy as a form shows it."""
        if self.kind == "choice":
            return SAME if value is None else value
        if value is None or self.kind not in ("share", "number"):
            return list(value) if self.kind == "several" else value
        return float(value) * 100 if self.kind == "share" else float(value)

    def said(self, value: Any) -> str:
        """A value as a form shows it, in words."""
        if self.kind == "choice":
            return WORDS[value]
        if self.kind == "several":
            return ", ".join(WORDS[v] for v in value) or "None"
        if self.kind == "text":
            return value.strip() or str(self.default)
        return self.blank if value is None else f"{value:g}"

    def taken(self, value: Any) -> Any:
        """What a form gives as a value of the policy; what is left empty is the default."""
        if self.kind == "choice":
            return None if value == SAME else value
        if self.kind == "several":
            return tuple(value or ())
        if self.kind == "text":
            return (value or "").strip() or self.default
        if value is None:
            return None if self.blank else self.default
        return value / 100 if self.kind == "share" else value


def _allowed(hint: Any) -> tuple[Any, ...]:
    """The values of a Literal, None first where it may be None."""
    parts = get_args(hint)
    if type(None) in parts:
        rest = [p for p in parts if p is not type(None)]
        return (None, *(v for p in rest for v in get_args(p)))
    return parts


BOOKS, TAX, LEASES, SHARED = "Depreciation", "Tax return", "Leases", "Allocation"
GROUPS = (BOOKS, TAX, LEASES, SHARED)

CHOICES = (
    Choice("depreciation", "Depreciation in the books", "How the cost of owned devices is spread over their life", BOOKS),
    Choice(
        "declining_factor", "Declining balance: multiple of straight line", "2 is double declining", BOOKS, "number",
        least=1.0,
        matters=lambda made: "declining_balance" in (made["depreciation"], made["tax_depreciation"]),
    ),
    Choice(
        "expected_utilization", "Expected use over the life, %", "Share of the hours of its life that a device works",
        BOOKS, "share", blank="As the plan uses it", least=1.0,
        matters=lambda made: "units_of_production" in (made["depreciation"], made["tax_depreciation"]),
    ),
    Choice("bonus_share", "Depreciated at once, %", "Share of the cost when a device comes into service", BOOKS, "share"),
    Choice("residual", "Residual value", "What is not depreciated", BOOKS),
    Choice(
        "residual_share", "Residual value, % of the cost", "What a device is taken to bring at the end of its life",
        BOOKS, "share", matters=lambda made: made["residual"] == "share",
    ),
    Choice(
        "site_life_months", "Life of a site's fit-out, months", "Over which the cost of opening a site is spread", BOOKS,
        "months", least=1.0,
    ),
    Choice("tax_depreciation", "Depreciation in the tax return", "Where it differs, tax is deferred", TAX),
    Choice(
        "tax_bonus_share", "Bonus depreciation in the tax return, %", "Share of the cost in the first period in service",
        TAX, "share", matters=lambda made: made["tax_depreciation"] != SAME,
    ),
    Choice(
        "macrs_convention", "MACRS convention",
        "Mid-quarter is required where more than 40 % of a year's additions fall in its last three months", TAX,
        matters=lambda made: "macrs" in (made["depreciation"], made["tax_depreciation"]),
    ),
    Choice("lease_standard", "Leases", "The standard by which leases are accounted for", LEASES),
    Choice(
        "lease_pricings", "What counts as a lease", "A cloud commitment has no identified asset: usually no lease",
        LEASES, "several", matters=lambda made: made["lease_standard"] != "none",
    ),
    Choice(
        "short_term_months", "Short-term exemption, months", "Leases up to this term stay off the balance sheet", LEASES,
        "months", matters=lambda made: made["lease_standard"] != "none",
    ),
    Choice(
        "lease_rate", "Borrowing rate, % a year", "The incremental borrowing rate by which liabilities are discounted",
        LEASES, "share", blank="The discount rate", matters=lambda made: made["lease_standard"] != "none",
    ),
    Choice(
        "lease_timing", "Lease payments fall at the", "In arrears or in advance", LEASES,
        matters=lambda made: made["lease_standard"] != "none",
    ),
    Choice("idle", "Idle capacity is borne by", "Who bears held capacity that nobody used", SHARED),
    Choice("site_key", "Shared sites are split by", "The key for what a site costs as a whole", SHARED),
    Choice("platform", "Cost centre of the platform", "It bears what no workload caused", SHARED, "text"),
)  # fmt: skip
"""Every choice but the accounts, which are a table of their own."""
ACCOUNT = "account"
"""Before category and cash kind, the name by which the account of a pair is kept."""
BY_NAME = {c.name: c for c in CHOICES}


def policy_of(made: Mapping[str, Any], accounts: pd.DataFrame | None = None) -> AccountingPolicy:
    """The policy of choices made in a form; what is not there is the default. Raises ValueError as the policy does."""
    given = {c.name: c.taken(made[c.name]) for c in CHOICES if c.name in made}
    if accounts is not None:
        given["accounts"] = accounts
    return AccountingPolicy(**given)


def kept(made: Mapping[str, Any]) -> dict[str, str]:
    """Choices as a form shows them, as texts by name that can be kept. `given_back` is the inverse."""
    return {name: json.dumps(value) for name, value in made.items()}


def kept_accounts(accounts: pd.DataFrame) -> dict[str, str]:
    """Rows of a chart of accounts (category, cash, account, account_name), as texts by name that can be kept."""
    return {
        f"{ACCOUNT} {category} {cash}": json.dumps([account, name])
        for category, cash, account, name in accounts[["category", "cash", "account", "account_name"]].itertuples(
            index=False
        )
    }


def given_back(texts: Mapping[str, str]) -> tuple[dict[str, Any], pd.DataFrame]:
    """Every choice as a form shows it and the whole chart of accounts, by texts that were kept.

    What was not kept, or what no form can show, is the default.
    """
    made: dict[str, Any] = {}
    for choice in CHOICES:
        value = _read(texts.get(choice.name))
        known = choice.name in texts and choice.allows(value)
        made[choice.name] = value if known else choice.shown(choice.default)
    accounts = default_accounts()
    for at, (category, cash) in enumerate(zip(accounts["category"], accounts["cash"], strict=True)):
        match _read(texts.get(f"{ACCOUNT} {category} {cash}")):
            case [str(account), str(name)]:
                accounts.loc[at, ["account", "account_name"]] = [account, name]
    return made, accounts


def _read(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return None


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What differs between two states of kept texts, in words: each choice with what it is now, the chart of accounts."""
    (was, old), (made, accounts) = given_back(before), given_back(now)
    said = [f"{c.label}: {c.said(made[c.name])}" for c in CHOICES if made[c.name] != was[c.name]]
    return said if accounts.equals(old) else [*said, "the chart of accounts"]


def packed(policy: AccountingPolicy) -> str:
    """A policy as JSON, which tells it from every other one. `unpacked` is the inverse."""
    values = {f.name: getattr(policy, f.name) for f in fields(policy)}
    values["accounts"] = policy.accounts.to_csv(index=False)
    return json.dumps(values, sort_keys=True)


def unpacked(text: str) -> AccountingPolicy:
    """The policy that `packed` made the text from."""
    values = json.loads(text)
    values["accounts"] = pd.read_csv(io.StringIO(values["accounts"]), dtype=str, keep_default_na=False)
    values["lease_pricings"] = tuple(values["lease_pricings"])
    return AccountingPolicy(**values)


def sentence(policy: AccountingPolicy) -> str:
    """The choices that matter most, in words."""
    said = [WORDS[policy.depreciation]]
    if policy.tax_depreciation is not None:
        said.append(f"tax return: {_low(WORDS[policy.tax_depreciation])}")
    said.append(WORDS[policy.lease_standard] if policy.lease_standard != "none" else "leases expensed as used")
    said.append(f"idle capacity: {_low(WORDS[policy.idle])}")
    said.append(f"shared sites: {_low(WORDS[policy.site_key])}")
    return " · ".join(said)


def _low(text: str) -> str:
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
