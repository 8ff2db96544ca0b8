"""The columns of a FOCUS 1.2 cost and usage file, declared once: level, type, nullability, allowed values.

Derived from the FinOps Open Cost and Usage Specification 1.2 (FinOps Foundation, CC BY 4.0). 1.2 has ProviderName
and PublisherName where later versions have the host and the service provider.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["mandatory", "conditional", "recommended", "custom"]
Type = Literal["text", "decimal", "time", "json"]

CHARGE_CATEGORIES = ("Usage", "Purchase", "Tax", "Credit", "Adjustment")
USAGE, PURCHASE, TAX, CREDIT, ADJUSTMENT = CHARGE_CATEGORIES
CORRECTION = "Correction"

SERVICES: dict[str, tuple[str, ...]] = {
    "AI and Machine Learning": ("AI Platforms", "Bots", "Generative AI", "Machine Learning", "Natural Language Processing", "Other (AI and Machine Learning)"),
    "Analytics": ("Analytics Platforms", "Business Intelligence", "Data Processing", "Search", "Streaming Analytics", "Other (Analytics)"),
    "Business Applications": ("Productivity and Collaboration", "Other (Business Applications)"),
    "Compute": ("Containers", "End User Computing", "Quantum Compute", "Serverless Compute", "Virtual Machines", "Other (Compute)"),
    "Databases": ("Caching", "Data Warehouses", "Ledger Databases", "NoSQL Databases", "Relational Databases", "Time Series Databases", "Other (Databases)"),
    "Developer Tools": ("Developer Platforms", "Continuous Integration and Deployment", "Development Environments", "Source Code Management", "Quality Assurance", "Other (Developer Tools)"),
    "Identity": ("Identity and Access Management", "Other (Identity)"),
    "Integration": ("API Management", "Messaging", "Workflow Orchestration", "Other (Integration)"),
    "Internet of Things": ("IoT Analytics", "IoT Platforms", "Other (Internet of Things)"),
    "Management and Governance": ("Architecture", "Compliance", "Cost Management", "Data Governance", "Disaster Recovery", "Endpoint Management", "Observability", "Support", "Other (Management and Governance)"),
    "Media": ("Content Creation", "Gaming", "Media Streaming", "Mixed Reality", "Other (Media)"),
    "Migration": ("Data Migration", "Resource Migration", "Other (Migration)"),
    "Mobile": ("Other (Mobile)",),
    "Multicloud": ("Multicloud Integration", "Other (Multicloud)"),
    "Networking": ("Application Networking", "Content Delivery", "Network Connectivity", "Network Infrastructure", "Network Routing", "Network Security", "Other (Networking)"),
    "Security": ("Secret Management", "Security Posture Management", "Threat Detection and Response", "Other (Security)"),
    "Storage": ("Backup Storage", "Block Storage", "File Storage", "Object Storage", "Storage Platforms", "Other (Storage)"),
    "Web": ("Application Platforms", "Other (Web)"),
    "Other": ("Other (Other)",),
}  # fmt: skip
"""Service categories and the subcategories of each."""


@dataclass(frozen=True)
class FocusColumn:
    """One column. `nullable`: may be null in some row; what else is asked of it is in `focus_rules`."""

    name: str
    level: Level
    nullable: bool
    type: Type = "text"
    allowed: tuple[str, ...] = ()
    low: float | None = None


def _must(name: str, nullable: bool = False, type: Type = "text", allowed: tuple[str, ...] = ()) -> FocusColumn:
    return FocusColumn(name, "mandatory", nullable, type, allowed)


def _may(name: str, type: Type = "text", allowed: tuple[str, ...] = (), low: float | None = None) -> FocusColumn:
    return FocusColumn(name, "conditional", True, type, allowed, low)


COLUMNS: tuple[FocusColumn, ...] = (
    FocusColumn("AvailabilityZone", "recommended", True),
    _must("BilledCost", type="decimal"),
    _must("BillingAccountId"),
    _must("BillingAccountName", nullable=True),
    _may("BillingAccountType"),
    _must("BillingCurrency"),
    _must("BillingPeriodEnd", type="time"),
    _must("BillingPeriodStart", type="time"),
    _may("CapacityReservationId"),
    _may("CapacityReservationStatus", allowed=("Used", "Unused")),
    _must("ChargeCategory", allowed=CHARGE_CATEGORIES),
    _must("ChargeClass", nullable=True, allowed=(CORRECTION,)),
    _must("ChargeDescription", nullable=True),
    FocusColumn("ChargeFrequency", "recommended", False, allowed=("One-Time", "Recurring", "Usage-Based")),
    _must("ChargePeriodEnd", type="time"),
    _must("ChargePeriodStart", type="time"),
    _may("CommitmentDiscountCategory", allowed=("Spend", "Usage")),
    _may("CommitmentDiscountId"),
    _may("CommitmentDiscountName"),
    _may("CommitmentDiscountQuantity", "decimal"),
    _may("CommitmentDiscountStatus", allowed=("Used", "Unused")),
    _may("CommitmentDiscountType"),
    _may("CommitmentDiscountUnit"),
    _may("ConsumedQuantity", "decimal"),
    _may("ConsumedUnit"),
    _must("ContractedCost", type="decimal"),
    _may("ContractedUnitPrice", "decimal", low=0.0),
    _must("EffectiveCost", type="decimal"),
    FocusColumn("InvoiceId", "recommended", True),
    _must("InvoiceIssuerName"),
    _must("ListCost", type="decimal"),
    _may("ListUnitPrice", "decimal", low=0.0),
    _may("PricingCategory", allowed=("Standard", "Dynamic", "Committed", "Other")),
    FocusColumn("PricingCurrency", "conditional", False),
    _may("PricingCurrencyContractedUnitPrice", "decimal", low=0.0),
    FocusColumn("PricingCurrencyEffectiveCost", "conditional", False, "decimal"),
    _may("PricingCurrencyListUnitPrice", "decimal", low=0.0),
    _must("PricingQuantity", nullable=True, type="decimal"),
    _must("PricingUnit", nullable=True),
    _must("ProviderName"),
    _must("PublisherName"),
    _may("RegionId"),
    _may("RegionName"),
    _may("ResourceId"),
    _may("ResourceName"),
    _may("ResourceType"),
    _must("ServiceCategory", allowed=tuple(SERVICES)),
    _must("ServiceName"),
    FocusColumn("ServiceSubcategory", "recommended", False, allowed=tuple(s for names in SERVICES.values() for s in names)),
    _may("SkuId"),
    _may("SkuMeter"),
    _may("SkuPriceDetails", "json"),
    _may("SkuPriceId"),
    _may("SubAccountId"),
    _may("SubAccountName"),
    _may("SubAccountType"),
    _may("Tags", "json"),
)  # fmt: skip
"""The 57 columns of FOCUS 1.2, in alphabetical order as the specification lists them."""

CUSTOM: tuple[FocusColumn, ...] = (
    FocusColumn("x_IsForecast", "custom", False, allowed=("true", "false")),
    FocusColumn("x_ScenarioId", "custom", False),
    FocusColumn("x_ScenarioName", "custom", False),
    FocusColumn("x_CostCategory", "custom", False),
    FocusColumn("x_CostPool", "custom", False),
    FocusColumn("x_CashKind", "custom", True, allowed=("capex", "opex")),
    FocusColumn("x_PlanPeriod", "custom", False, "decimal"),
    FocusColumn("x_Offer", "custom", True),
    FocusColumn("x_Workload", "custom", True),
    FocusColumn("x_CostCentre", "custom", True),
)
"""What the plan adds: FOCUS has no mark for forecasts, and custom columns begin with x_."""

LEFT_OUT = (
    "AvailabilityZone", "BillingAccountType", "CapacityReservationId", "CapacityReservationStatus", "InvoiceId",
    "PricingCurrency", "PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice", "SubAccountType",
)  # fmt: skip
"""Columns whose condition a plan does not meet: zones, reservations, invoices (a forecast has none), other currencies."""

WRITTEN: tuple[FocusColumn, ...] = (*(c for c in COLUMNS if c.name not in LEFT_OUT), *CUSTOM)
"""The columns of our files, in order."""
