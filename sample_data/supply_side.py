"""What the sample company can draw on: hardware, sites, links, policies and what it has already."""

from __future__ import annotations

from sample_data.curated import figure, figures, region, rtt
from sample_data.demand_side import LOCATIONS
from sample_data.values import Cell, Value, assume


def hw(item: str, attribute: str, column: str = "value") -> Value:
    """A curated hardware figure."""
    return figure("hardware", column, item=item, attribute=attribute)


def ancillaries() -> Value:
    """1 + the share of server price that network, cabling and insurance add (middle of the range)."""
    item = "Cluster ancillaries (network, cabling, insurance)"
    low, high = (figure("hardware", c, item=item) for c in ("value_low", "value_high"))
    return 1 + (low + high) / 2


def server_price(hardware: str) -> Value:
    """Purchase price of a device with its share of the cluster network, USD."""
    if hardware == "l40sx4":
        return hw("L40S server (turnkey)", "purchase_price", "value_low")
    base = hw("8xH100 server with IB NICs", "purchase_price")
    gpu = hw(f"{hardware[:4].upper()} SXM", "purchase_price") - hw("H100 SXM", "purchase_price")
    return (base + gpu * 8) * ancillaries()


def value_loss() -> Value:
    """Share of market value lost a year: 1 - (residual after 36 months) ** (1/3), middle of the range."""
    low, high = (hw("8xH100 node", "residual_value_36_months", c) for c in ("value_low", "value_high"))
    return 1 - ((low + high) / 2) ** (1 / 3)


def h100_server_kw() -> Value:
    """Power of an 8 x H100 server at full load."""
    return hw("DGX H100", "system_power")


def hardware() -> list[dict[str, Cell]]:
    """The hardware table."""
    host_kw = hw("GPU server without GPUs", "system_power")
    host_kg = hw("GPU server without GPUs", "embodied_carbon")
    gpu_kg = hw("80 GB-class GPU", "embodied_carbon")
    rows = (
        ("h100x8", "8 x H100 server", "H100", 8, 80, h100_server_kw(), host_kg + gpu_kg * 8),
        (
            "h200x8",
            "8 x H200 server",
            "H200",
            8,
            141,
            hw("Supermicro SYS-821GE-TNHR 8xH100/H200", "system_power"),
            host_kg + gpu_kg * 8,
        ),
        (
            "b200x8",
            "8 x B200 server",
            "B200",
            8,
            180,
            hw("DGX B200", "system_power"),
            host_kg + hw("HGX B200 baseboard (8 GPUs, no host)", "embodied_carbon"),
        ),
        (
            "l40sx4",
            "4 x L40S server",
            "L40S",
            4,
            48,
            host_kw + hw("L40S", "tdp") * 4 / 1000,
            host_kg + hw("L40S 48GB", "embodied_carbon") * 4,
        ),
    )
    return [
        {
            "hardware": key,
            "name": name,
            "accelerator": gpu,
            "accelerators": count,
            "accelerator_memory_gb": memory,
            "power_kw": power,
            "idle_power_kw": power * assume(0.3, "30 % of full power"),
            "embodied_kgco2e": embodied,
        }
        for key, name, gpu, count, memory, power, embodied in rows
    ]


CLOUD = "ISO27001;SOC2;PCI"
SITES: dict[str, dict[str, Cell]] = {
    # place: the region whose coordinates, carbon, water and electricity hold; near: its latency stand-in
    "aws-virginia": {"name": "AWS N. Virginia", "provider": "AWS", "country": "US", "zone": "US", "kind": "cloud", "place": "us-east-1", "near": "eastus"},
    "aws-stockholm": {"name": "AWS Stockholm", "provider": "AWS", "country": "SE", "zone": "EU", "kind": "cloud", "place": "eu-north-1", "near": "swedencentral"},
    "aws-tokyo": {"name": "AWS Tokyo", "provider": "AWS", "country": "JP", "zone": "JP", "kind": "cloud", "place": "ap-northeast-1", "near": "japaneast"},
    "azure-frankfurt": {"name": "Azure Germany West Central", "provider": "Azure", "country": "DE", "zone": "EU", "kind": "cloud", "place": "germanywestcentral", "near": "germanywestcentral"},
    "gcp-iowa": {"name": "Google Cloud Iowa", "provider": "Google Cloud", "country": "US", "zone": "US", "kind": "cloud", "place": "us-central1", "near": "centralus"},
    "gcp-singapore": {"name": "Google Cloud Singapore", "provider": "Google Cloud", "country": "SG", "zone": "SG", "kind": "cloud", "place": "asia-southeast1", "near": "southeastasia"},
    "nebius-finland": {"name": "Nebius Finland", "provider": "Nebius", "country": "FI", "zone": "EU", "kind": "cloud", "place": "europe-north1", "near": "swedencentral"},
    "colo-ashburn": {"name": "Colocation Ashburn", "provider": "Colocation", "country": "US", "zone": "US", "kind": "colocation", "place": "colo-ashburn", "near": "eastus"},
    "colo-frankfurt": {"name": "Colocation Frankfurt", "provider": "Colocation", "country": "DE", "zone": "EU", "kind": "colocation", "place": "colo-frankfurt", "near": "germanywestcentral"},
    "colo-singapore": {"name": "Colocation Singapore", "provider": "Colocation", "country": "SG", "zone": "SG", "kind": "colocation", "place": "colo-singapore", "near": "southeastasia"},
    "own-stockholm": {"name": "Own data centre Stockholm", "provider": "Own", "country": "SE", "zone": "EU", "kind": "on_premises", "place": "colo-stockholm", "near": "swedencentral"},
    "edge-stuttgart": {"name": "Plant Stuttgart", "provider": "Own", "country": "DE", "zone": "EU", "kind": "edge", "place": "colo-frankfurt", "near": "de"},
    "edge-saopaulo": {"name": "Plant Sao Paulo", "provider": "Own", "country": "BR", "zone": "BR", "kind": "edge", "place": "brazilsouth", "near": "br"},
    "edge-pune": {"name": "Plant Pune", "provider": "Own", "country": "IN", "zone": "IN", "kind": "edge", "place": "centralindia", "near": "in"},
}  # fmt: skip


def _carbon(place: str) -> dict[str, Cell]:
    frame = figures("regions").set_index("region")
    water: Value
    if frame.loc[place, "offsite_water_l_per_kwh"] > 0:
        # Of the water used on site, per kWh of IT, the plan's column holds what one kWh at the meter stands for.
        water = region(place, "offsite_water_l_per_kwh") + region(place, "wue_l_per_kwh") / region(place, "pue").amount
    else:
        water = assume(2.3, "national figure missing: that of Japan's grid")
    return {"carbon_g_per_kwh": region(place, "country_lifecycle_gco2e_per_kwh"), "water_l_per_kwh": water}


def sites() -> list[dict[str, Cell]]:
    """The sites table."""
    audit = figure("other_costs", category="compliance", item="SOC audit") / 12
    region_sla = figure("other_costs", category="sla_target", item="EC2 region level") / 100
    out: list[dict[str, Cell]] = []
    for key, about in SITES.items():
        place, kind = str(about["place"]), about["kind"]
        row: dict[str, Cell] = {
            "site": key,
            **{c: about[c] for c in ("name", "provider", "country", "zone", "kind")},
            "latitude": region(place, "lat"),
            "longitude": region(place, "lon"),
            "certifications": "ISO27001" if kind == "edge" else CLOUD,
            "pue": region(place, "pue"),
            **_carbon(place),
        }
        if kind == "cloud":
            row["availability"] = region_sla
            row["storage_price_per_gb_month"] = assume(0.08, "block storage")
        else:
            row["electricity_price_per_kwh"] = (
                region(place, "electricity_usd_per_kwh")
                if figures("regions").set_index("region").loc[place, "electricity_usd_per_kwh"] > 0
                else assume({"SG": 0.17, "BR": 0.14, "IN": 0.11}[str(about["country"])], "business tariff")
            )
            row["storage_price_per_gb_month"] = assume(0.03, "own arrays")
        if key == "nebius-finland":
            row |= {
                "name": "Nebius Finland",
                "certifications": "ISO27001;SOC2",
                "availability": assume(0.999),
                "pue": assume(1.15),
                "opening_cost": assume(120_000, "vendor onboarding and private link"),
                "security_cost_per_month": assume(9_000, "a fourth cloud to monitor"),
            }
        elif kind == "colocation":
            rent = {
                "colo-ashburn": figure("colo", market="US primary markets average", kind="rent"),
                "colo-frankfurt": figure("colo", market="World average of 16 markets", kind="rent"),
                "colo-singapore": figure("colo", "value_low", market="Singapore", kind="rent"),
            }[key]
            switch = hw_switches()
            connect = figure("colo", kind="cross_connect", market="US (Equinix)")
            row |= {
                "space_price_per_kw_month": rent,
                "power_capacity_kw": assume(
                    {"colo-ashburn": 945, "colo-frankfurt": 602, "colo-singapore": 387}[key], "hall on offer"
                ),
                "opening_cost": switch + assume(400_000, "cage, racks, project"),
                "fixed_cost_per_month": connect * 6 + assume(6_000, "remote hands"),
                "security_cost_per_month": audit + assume(5_000, "guards and monitoring"),
                "availability": assume(0.9998, "Tier III"),
                "available_from": {"colo-ashburn": 3, "colo-frankfurt": 3, "colo-singapore": 4}[key],
            }
        elif kind == "on_premises":
            row |= {
                "certifications": "ISO27001;SOC2",
                "pue": assume(1.35, "retrofit with liquid cooling"),
                "power_capacity_kw": assume(790),
                "space_price_per_kw_month": assume(95, "building and plant, written off internally"),
                "fixed_cost_per_month": assume(35_000, "facility team"),
                "security_cost_per_month": audit + assume(8_000),
                "availability": assume(0.9995),
            }
        elif kind == "edge":
            row |= {
                "power_capacity_kw": assume(60),
                "opening_cost": assume(60_000, "cabinet in the plant"),
                "fixed_cost_per_month": assume(2_500, "field service"),
                "availability": assume(0.998),
            }
        out.append(row)
    return out


def hw_switches() -> Value:
    """Two spine switches of a hall, USD (middle of the price range)."""
    low, high = (hw("64-port 400G InfiniBand switch", "purchase_price", c) for c in ("value_low", "value_high"))
    return low + high


def network() -> list[dict[str, Cell]]:
    """The network table: clouds to every location, own and colocation halls to their continent, edge to its plant."""
    access = assume(10, "P50 between the nearest cloud regions + 10 ms access network")
    tiers: dict[str, object] = {"kind": "internet_egress", "tier_from_tb": 10.0}
    egress = {
        "AWS": figure("network", provider="aws", src="us-east-1", **tiers),
        "Azure": figure("network", provider="azure", src="eastus", **tiers),
        "gcp-iowa": figure("network", provider="gcp", src="us-central1", **tiers),
        "gcp-singapore": figure("network", provider="gcp", src="asia-southeast1", **tiers),
        "aws-tokyo": figure("network", provider="aws", src="ap-northeast-1", kind="internet_egress"),
    }
    halls = {
        "colo-ashburn": ("us_east", "us_west", "br"),
        "colo-frankfurt": ("uk", "de", "fr"),
        "colo-singapore": ("in", "sg", "jp"),
        "own-stockholm": ("uk", "de", "fr"),
    }
    port = figure("network", kind="private_link_port", src="Direct Connect 10 Gbps")
    out: list[dict[str, Cell]] = []
    for site, about in SITES.items():
        near = str(about["near"])
        if about["kind"] == "edge":
            lan = assume(2, "within the plant")
            out.append({"site": site, "location": near, "latency_ms": lan, "bandwidth_gbps": assume(100)})
            continue
        for location, (*_, there) in LOCATIONS.items():
            if site in halls and location not in halls[site]:
                continue
            latency = access + (rtt(near, there) if near != there else assume(2, "same metropolis 2 ms"))
            if site == "nebius-finland":
                latency = latency + assume(9, "9 ms from Stockholm to Helsinki")
            row: dict[str, Cell] = {"site": site, "location": location, "latency_ms": latency}
            if site in halls:
                row |= {"egress_price_per_gb": assume(0.01, "flat-rate transit"), "bandwidth_gbps": assume(10)}
                if site == "own-stockholm":
                    row["port_price_per_month"] = port * assume(1.0, "a cloud's 10 Gbit/s port as stand-in")
            elif site == "nebius-finland":
                row["egress_price_per_gb"] = assume(0.015)
            else:
                row["egress_price_per_gb"] = egress[site] if site in egress else egress[str(about["provider"])]
            out.append(row)
    return out


def policies() -> list[dict[str, Cell]]:
    """The policies table."""
    board = "set by the board"
    rows: list[dict[str, Cell]] = [
        {"policy": "capex_a_year", "measure": "capex", "sense": "max", "limit": assume(20e6, board), "window": "year"},
        {"policy": "carbon_a_year", "measure": "carbon_t", "sense": "max", "limit": assume(15_400, board), "window": "year", "penalty": assume(500, "internal charge")},
        {"policy": "aws_share", "measure": "spend", "sense": "max", "limit": assume(0.35, board), "share_of": "total", "window": "year", "provider": "AWS"},
        {"policy": "google_share", "measure": "spend", "sense": "max", "limit": assume(0.35, board), "share_of": "total", "window": "year", "provider": "Google Cloud"},
        {"policy": "gpu_cloud_share", "measure": "spend", "sense": "max", "limit": assume(0.2, board), "share_of": "total", "window": "year", "provider": "Nebius"},
        {"policy": "spot_devices", "measure": "devices", "sense": "max", "limit": assume(0.2, board), "share_of": "total", "pricing": "spot"},
    ]  # fmt: skip
    return rows


def assets() -> list[dict[str, Cell]]:
    """The assets table."""
    return [
        {
            "asset": "own-h100",
            "offer": "own-stockholm-h100-owned",
            "devices": assume(24),
            "in_service": "2025-04",
            "book_value": server_price("h100x8") * 24 * assume(39 / 60, "straight line over 60 months, 21 gone"),
        },
        {
            "asset": "aws-h100-3y",
            "offer": "aws-virginia-h100-3y",
            "devices": assume(24),
            "in_service": "2025-07",
        },
        {
            "asset": "plant-de-l40s",
            "offer": "edge-stuttgart-l40s-owned",
            "devices": assume(2),
            "in_service": "2026-01",
            "book_value": server_price("l40sx4") * 2 * assume(24 / 36, "straight line over 36 months, 12 gone"),
        },
    ]
