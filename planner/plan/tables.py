"""The plan format, declared once: every table, column, unit, default, bound and reference.

The meaning of each column is in docs/plan-format.md, whose dictionary is generated from here.
"""

from __future__ import annotations

from planner.plan.schema import Column, Table
from planner.plan.what_if import what_if_tables

WORKLOAD_KINDS = ("inference", "training", "fine_tuning", "batch", "edge_analytics")
ON_PREMISES = "on_premises"
SITE_KINDS = ("cloud", "colocation", ON_PREMISES, "edge")
ON_DEMAND, SPOT, COMMITTED, LEASED, OWNED, API = (
    "on_demand",
    "spot",
    "committed",
    "leased",
    "owned",
    "api",
)
PRICINGS = (ON_DEMAND, SPOT, COMMITTED, LEASED, OWNED, API)
RENTED = (ON_DEMAND, SPOT)
"""Pricings paid by the device-hour used, in any amount."""
HELD = (COMMITTED, LEASED, OWNED)
"""Pricings that hold whole devices in service, used or not."""
MEASURES = (
    "spend",
    "capex",
    "opex",
    "volume",
    "devices",
    "energy_kwh",
    "carbon_t",
    "water_m3",
    "open_sites",
    "latency",
)
MONEY_MEASURES = MEASURES[:3]
"""Those that are amounts of the plan's currency."""
SCOPES = ("provider", "site", "site_kind", "zone", "pricing", "offer", "workload", "team")
MONTHS_PER_PERIOD = (1, 3, 6, 12)

PROVENANCE = (
    Column("source", "text", "Where the row's figures come from"),
    Column("as_of", "text", "The date of the source"),
    Column("note", "text", "Anything else worth knowing; 'assumption' where no source exists"),
)
"""Columns that every table may carry besides its own."""


def _money(name: str, help: str, unit: str, **kwargs) -> Column:
    return Column(name, "number", help, unit=unit, default=0.0, low=0.0, money=True, **kwargs)


def _amount(name: str, help: str, unit: str, **kwargs) -> Column:
    return Column(name, "number", help, unit=unit, **{"default": 0.0, "low": 0.0, **kwargs})


def _limit(name: str, help: str, unit: str) -> Column:
    return Column(name, "number", help, unit=unit, low=0.0)


def _share(name: str, help: str, **kwargs) -> Column:
    return Column(
        name,
        "number",
        help,
        unit="share",
        share=True,
        **{"default": 0.0, "low": 0.0, "high": 1.0, **kwargs},
    )


def _period(name: str, help: str, **kwargs) -> Column:
    return Column(name, "integer", help, unit="period", low=1, **kwargs)


def _geo() -> tuple[Column, ...]:
    return (
        Column("latitude", "number", "Degrees north", unit="degrees", low=-90.0, high=90.0),
        Column("longitude", "number", "Degrees east", unit="degrees", low=-180.0, high=180.0),
    )


SETTING_COLUMNS = (
    Column("name", "text", "The plan's name", default="Untitled plan"),
    Column("currency", "text", "ISO 4217 code of every amount of money", default="USD"),
    Column("start", "month", "First month of period 1", default="2027-01"),
    Column("periods", "integer", "Number of periods", unit="periods", default=12, low=1, high=120),
    Column(
        "months_per_period",
        "integer",
        "Length of a period: 1, 3, 6 or 12 months",
        unit="months",
        default=3,
        low=1,
        high=12,
    ),
    Column("hours_per_month", "number", "Hours in a month", unit="h", default=730.0, above=0.0, high=744.0),
    Column(
        "discount_rate", "number", "Effective, per year", unit="share", default=0.08, low=0.0, high=10.0, share=True
    ),
    Column(
        "discount_timing",
        "choice",
        "When in a period its cash flows fall",
        default="mid",
        choices=("start", "mid", "end"),
    ),
    _share("tax_rate", "For the after-tax statements"),
    _money("carbon_price", "Internal price of carbon: counts in the objective, is not cash", "per tCO2e"),
    _money("labour_cost_per_fte_year", "Cost of one full-time operations employee", "per FTE and year"),
)
"""The keys of the settings table, each declared like a column."""

SETTINGS = Table(
    "settings",
    "Settings",
    "One row for each setting of the plan",
    (
        Column("key", "id", "Name of the setting", required=True, choices=tuple(c.name for c in SETTING_COLUMNS)),
        Column("value", "text", "Its value; blank means the default"),
    ),
    ("key",),
)

LOCATIONS = Table(
    "locations",
    "Locations",
    "Where demand arises",
    (
        Column("location", "id", "Identifier", required=True),
        Column("name", "text", "Name that people read"),
        Column("country", "text", "Country code"),
        Column("zone", "text", "Data jurisdiction, e.g. EU", required=True),
        *_geo(),
    ),
    ("location",),
    required=True,
)

WORKLOADS = Table(
    "workloads",
    "Workloads",
    "What has to be served",
    (
        Column("workload", "id", "Identifier", required=True),
        Column("name", "text", "Name that people read"),
        Column("team", "text", "Cost centre for chargeback"),
        Column("kind", "choice", "What sort of work it is", default="inference", choices=WORKLOAD_KINDS),
        Column("unit", "text", "What volume counts, e.g. M output tokens", required=True),
        Column(
            "max_latency_ms",
            "number",
            "Network latency from site to location at most; blank: no limit",
            unit="ms",
            low=0.0,
        ),
        Column("allowed_zones", "list", "Zones in which it may run; blank: any"),
        Column("required_certifications", "list", "Certifications that its site must hold; blank: none"),
        _share("interruptible_share", "The largest share of its volume, in each period and slice, that spot may serve"),
        _share(
            "max_utilization",
            "Planned utilization of a device at most: headroom for the latency objective",
            default=1.0,
            low=None,
            above=0.0,
        ),
        _share(
            "survive_site_loss_share",
            "Share of its volume, in every slice, that must still be served after the loss of any one site",
        ),
        _amount("egress_gb_per_unit", "Data from site to location", "GB per unit"),
        _amount("ingress_gb_per_unit", "Data from location to site", "GB per unit"),
        _amount("storage_gb", "Data kept at every site that hosts the workload", "GB"),
        _money("deployment_cost_per_site", "Paid each time that the workload starts at a site", "per start"),
        Column(
            "unserved_penalty_per_unit",
            "number",
            "What an unserved unit costs in the objective (not cash); blank: all volume must be served",
            unit="per unit",
            low=0.0,
            money=True,
        ),
        _money("value_per_unit", "Benefit of a served unit, for return on investment", "per unit"),
        _money("downtime_cost_per_unit", "Cost of a unit lost to an outage of its site (not cash)", "per unit"),
    ),
    ("workload",),
    required=True,
)

DEMAND = Table(
    "demand",
    "Demand",
    "Volume of a workload at a location in a period",
    (
        Column("workload", "id", "Workload", required=True, ref="workloads.workload"),
        Column("location", "id", "Location", required=True, ref="locations.location"),
        _period("period", "Period, from 1", required=True),
        Column("volume", "number", "Units in that period", unit="units", required=True, low=0.0),
    ),
    ("workload", "location", "period"),
    required=True,
)

SLICES = Table(
    "slices",
    "Slices",
    "Parts of a period with their own load; none: one slice called all",
    (
        Column("slice", "id", "Identifier", required=True),
        Column(
            "share_of_hours",
            "number",
            "Share of the period's hours; the shares sum to 1",
            unit="share",
            required=True,
            above=0.0,
            high=1.0,
            share=True,
        ),
    ),
    ("slice",),
)

LOAD_SHAPES = Table(
    "load_shapes",
    "Load shapes",
    "Load in a slice against the average of its period",
    (
        Column("workload", "id", "Workload", required=True, ref="workloads.workload"),
        Column("location", "id", "Location; blank: every location", ref="locations.location"),
        Column("slice", "id", "Slice", required=True, ref="slices.slice"),
        Column(
            "multiplier",
            "number",
            "Load against the average; sum of share of hours x multiplier is 1",
            required=True,
            low=0.0,
        ),
    ),
    ("workload", "location", "slice"),
)

HARDWARE = Table(
    "hardware",
    "Hardware",
    "Kinds of device: what one buys or rents as a unit",
    (
        Column("hardware", "id", "Identifier", required=True),
        Column("name", "text", "Name that people read"),
        Column("accelerator", "text", "Accelerator model"),
        _amount("accelerators", "Accelerators in a device", "accelerators", default=1.0),
        Column("accelerator_memory_gb", "number", "Memory of one accelerator", unit="GB", low=0.0),
        _amount("power_kw", "Power of a device at full load", "kW"),
        _amount("idle_power_kw", "Power of an idle device", "kW"),
        _amount("embodied_kgco2e", "Embodied carbon of a device, spread evenly over its useful life", "kgCO2e"),
    ),
    ("hardware",),
)

THROUGHPUT = Table(
    "throughput",
    "Throughput",
    "What one fully used device does; no row: the hardware cannot run the workload",
    (
        Column("workload", "id", "Workload", required=True, ref="workloads.workload"),
        Column("hardware", "id", "Hardware", required=True, ref="hardware.hardware"),
        Column(
            "units_per_hour",
            "number",
            "Units of the workload by one device in an hour",
            unit="units per hour",
            required=True,
            above=0.0,
        ),
    ),
    ("workload", "hardware"),
)

SITES = Table(
    "sites",
    "Sites",
    "Where capacity can be",
    (
        Column("site", "id", "Identifier", required=True),
        Column("name", "text", "Name that people read"),
        Column("provider", "text", "Who runs it"),
        Column("country", "text", "Country code"),
        Column("zone", "text", "Data jurisdiction, e.g. EU", required=True),
        *_geo(),
        Column("kind", "choice", "What sort of site it is", required=True, choices=SITE_KINDS),
        Column("certifications", "list", "Certifications that it holds"),
        _money("opening_cost", "One-off, capex, each time the site opens", "per opening"),
        _money("fixed_cost_per_month", "Fixed cost while open", "per month"),
        _money("security_cost_per_month", "Security and compliance while open", "per month"),
        _limit("power_capacity_kw", "Limit on installed IT power; blank: none", "kW"),
        _limit("max_devices", "Limit on devices in service; blank: none", "devices"),
        _money("space_price_per_kw_month", "Space, per kW of installed IT power", "per kW and month"),
        _money("electricity_price_per_kwh", "Electricity; 0 where the rent includes it", "per kWh"),
        Column("pue", "number", "Power usage effectiveness", default=1.0, low=1.0, high=10.0),
        _amount("carbon_g_per_kwh", "Carbon intensity of the electricity", "gCO2e per kWh"),
        _amount("water_l_per_kwh", "Water use per kWh of electricity", "l per kWh"),
        _money("storage_price_per_gb_month", "Storage", "per GB and month"),
        _share("availability", "Share of time in which the site works", default=1.0),
        _period("available_from", "First period in which it can be used", default=1),
    ),
    ("site",),
    required=True,
)

OFFERS = Table(
    "offers",
    "Offers",
    "Ways to get capacity at a site",
    (
        Column("offer", "id", "Identifier", required=True),
        Column("site", "id", "Site", required=True, ref="sites.site"),
        Column("pricing", "choice", "How it is paid", required=True, choices=PRICINGS),
        Column("hardware", "id", "Device; all but api", ref="hardware.hardware"),
        Column("workload", "id", "Restricts the offer to one workload; required for api", ref="workloads.workload"),
        _money(
            "price_per_hour",
            "on_demand, spot: per device-hour used; committed, leased: per device and hour of the term",
            "per device-hour",
        ),
        _money("upfront_price", "committed, leased: per device, at the start of the term", "per device"),
        _money("purchase_price", "owned: per device, capex when ordered", "per device"),
        _money("price_per_unit", "api: per unit of the workload", "per unit"),
        Column("term_months", "integer", "Term of a commitment or lease", unit="months", default=12, low=1, high=240),
        Column(
            "useful_life_months",
            "integer",
            "Useful life of an owned device",
            unit="months",
            default=60,
            low=1,
            high=480,
        ),
        Column("lead_time_months", "integer", "From order to service", unit="months", default=0, low=0, high=120),
        _amount(
            "maintenance_rate",
            "Per year, of the purchase price in the table, per device in service",
            "share per year",
            high=10.0,
            share=True,
        ),
        _money("license_price_per_month", "Licenses, per device in service", "per device and month"),
        _amount("fte_per_device", "Operations staff per device in service", "FTE"),
        _share("overhead_share", "Capacity lost to virtualization and interruptions", high=0.999),
        _limit("max_devices", "In service at once; blank: no limit", "devices"),
        _limit("max_units_per_hour", "api: rate limit; blank: none", "units per hour"),
        Column(
            "annual_price_change",
            "number",
            "Change of prices a year, stepwise at each period",
            unit="share per year",
            default=0.0,
            above=-1.0,
            high=10.0,
            share=True,
        ),
        Column(
            "annual_value_loss",
            "number",
            "owned: market value lost a year; blank: straight line to 0 over the useful life",
            unit="share per year",
            low=0.0,
            high=1.0,
            share=True,
        ),
        _amount("carbon_g_per_unit", "api: carbon of a unit", "gCO2e per unit"),
        _period("available_from", "First period in which it can be ordered", default=1),
    ),
    ("offer",),
    required=True,
)

NETWORK = Table(
    "network",
    "Network",
    "Links between sites and locations; no row: that site cannot serve that location",
    (
        Column("site", "id", "Site", required=True, ref="sites.site"),
        Column("location", "id", "Location", required=True, ref="locations.location"),
        Column("latency_ms", "number", "Network latency", unit="ms", required=True, low=0.0),
        _money("egress_price_per_gb", "Data from site to location", "per GB"),
        _money("ingress_price_per_gb", "Data from location to site", "per GB"),
        _money("port_price_per_month", "Paid while the pair carries traffic", "per month"),
        _limit("bandwidth_gbps", "Capacity of the link; blank: no limit", "Gbit/s"),
    ),
    ("site", "location"),
    required=True,
)

POLICIES = Table(
    "policies",
    "Policies",
    "Limits on what the plan may do",
    (
        Column("policy", "id", "Identifier", required=True),
        Column("measure", "choice", "What is limited", required=True, choices=MEASURES),
        Column("sense", "choice", "At most (max) or at least (min)", required=True, choices=("max", "min")),
        Column("limit", "number", "The limit, or a share of the total", required=True),
        Column(
            "share_of",
            "choice",
            "Blank: the limit is an amount; total: a share of the same measure over everything",
            choices=("total",),
        ),
        Column("window", "choice", "Over which time it holds", default="period", choices=("period", "year", "horizon")),
        _period("from_period", "First period in which it holds; blank: the first"),
        _period("to_period", "Last period in which it holds; blank: the last"),
        Column(
            "penalty",
            "number",
            "Cost in the objective per unit of violation (not cash); blank: hard",
            unit="per unit of violation",
            low=0.0,
            money=True,
        ),
        Column("provider", "list", "Scope: providers; blank: all", ref="sites.provider"),
        Column("site", "list", "Scope: sites; blank: all", ref="sites.site"),
        Column("site_kind", "list", "Scope: kinds of site; blank: all", choices=SITE_KINDS),
        Column("zone", "list", "Scope: zones of the sites; blank: all", ref="sites.zone"),
        Column("pricing", "list", "Scope: pricings; blank: all", choices=PRICINGS),
        Column("offer", "list", "Scope: offers; blank: all", ref="offers.offer"),
        Column("workload", "list", "Scope: workloads; blank: all", ref="workloads.workload"),
        Column("team", "list", "Scope: teams; blank: all", ref="workloads.team"),
        Column("owner", "text", "Whose wish it is, if it is one; the reason stands in note", aside=True),
    ),
    ("policy",),
)

ASSETS = Table(
    "assets",
    "Assets",
    "What is there already",
    (
        Column("asset", "id", "Identifier", required=True),
        Column(
            "offer",
            "id",
            "The offer by which it is held: committed, leased or owned",
            required=True,
            ref="offers.offer",
        ),
        Column("devices", "number", "Devices", unit="devices", required=True, low=0.0),
        Column("in_service", "month", "Month in which it came into service", required=True),
        _money("book_value", "Book value of all its devices at the start of the plan", "in all"),
    ),
    ("asset",),
)

ASKED = (
    SETTINGS,
    LOCATIONS,
    WORKLOADS,
    DEMAND,
    SLICES,
    LOAD_SHAPES,
    HARDWARE,
    THROUGHPUT,
    SITES,
    OFFERS,
    NETWORK,
    POLICIES,
    ASSETS,
)
"""The tables that an answer depends on."""
TABLES: dict[str, Table] = {t.name: t for t in (*ASKED, *what_if_tables(tuple(t.name for t in ASKED)))}
"""Every table by its name, in the order in which people read them."""
