"""The sixty offers of the sample company, by site: what each costs, and on what terms."""

from __future__ import annotations

from sample_data import throughput
from sample_data.curated import discount, figure, gpu_price, region, token_price
from sample_data.supply_side import h100_server_kw, server_price, value_loss
from sample_data.values import Cell, Value, assume

HOURS_PER_YEAR = 8760
SUPPORT = assume(0.04, "support contract")

CLOUDS: dict[str, tuple[str, str, dict[str, str]]] = {
    "aws-virginia": (
        "aws",
        "us-east-1",
        {"h100x8": "p5.48xlarge", "h200x8": "p5en.48xlarge", "b200x8": "p6-b200.48xlarge", "l40sx4": "g6e.12xlarge"},
    ),
    "aws-stockholm": (
        "aws",
        "eu-north-1",
        {"h100x8": "p5.48xlarge", "h200x8": "p5en.48xlarge", "l40sx4": "g6e.12xlarge"},
    ),
    "aws-tokyo": (
        "aws",
        "ap-northeast-1",
        {"h100x8": "p5.48xlarge", "h200x8": "p5en.48xlarge", "l40sx4": "g6e.12xlarge"},
    ),
    "azure-frankfurt": ("azure", "germanywestcentral", {"h200x8": "Standard_ND96isr_H200_v5"}),
    "gcp-iowa": ("gcp", "us-central1", {"h100x8": "a3-highgpu-8g"}),
    "gcp-singapore": ("gcp", "asia-southeast1", {"h100x8": "a3-highgpu-8g"}),
    "nebius-finland": (
        "nebius",
        "eu-north1",
        {
            "h100x8": "gpu-h100-sxm_8gpu-128vcpu-1600gb",
            "h200x8": "gpu-h200-sxm_8gpu-128vcpu-1600gb",
            "l40sx4": "gpu-l40s-d_4gpu-128vcpu-768gb",
        },
    ),
}
"""site: (provider, region, hardware -> instance type), as the price files name them."""

CLOUD_OFFERS: dict[str, dict[str, list[str]]] = {
    # site: hardware: forms with a quota in devices where there is one
    "aws-virginia": {
        "h100x8": ["on_demand 100", "spot 25", "1y", "3y"],
        "h200x8": ["on_demand 50", "spot 10", "3y"],
        "b200x8": ["on_demand 30", "spot 10", "1y 40"],
        "l40sx4": ["on_demand 100", "spot 40"],
    },
    "aws-stockholm": {
        "h100x8": ["on_demand 60", "spot 15"],
        "h200x8": ["on_demand 40", "spot 10", "1y", "3y"],
    },
    "aws-tokyo": {
        "h100x8": ["on_demand 50"],
        "h200x8": ["on_demand 40", "spot 10", "3y"],
    },
    "azure-frankfurt": {"h200x8": ["on_demand 120", "1y", "3y"]},
    "gcp-iowa": {"h100x8": ["on_demand 200", "spot 20", "1y", "3y"]},
    "gcp-singapore": {"h100x8": ["on_demand 100", "spot 15", "1y", "3y"]},
    "nebius-finland": {
        "h100x8": ["on_demand 20", "spot 20", "1y 40"],
        "h200x8": ["on_demand 20", "1y 40"],
        "l40sx4": ["on_demand 30"],
    },
}


def _short(hardware: str) -> str:
    return hardware.split("x")[0]


def _price_change(hardware: str) -> Value:
    return assume(-0.06 if hardware == "b200x8" else -0.1, "falls as the next generation arrives")


def _cloud_offers() -> list[dict[str, Cell]]:
    out: list[dict[str, Cell]] = []
    for site, by_hardware in CLOUD_OFFERS.items():
        provider, place, instances = CLOUDS[site]
        for hardware, forms in by_hardware.items():
            instance = instances[hardware]
            for form in forms:
                kind, _, quota = form.partition(" ")
                row: dict[str, Cell] = {"site": site, "hardware": hardware, "note": instance}
                if quota:
                    row["max_devices"] = assume(float(quota), "quota")
                if kind in ("on_demand", "spot"):
                    row |= {
                        "offer": f"{site}-{_short(hardware)}-{kind.replace('_', '-')}",
                        "pricing": kind,
                        "price_per_hour": gpu_price(provider, place, instance, kind),
                        "annual_price_change": _price_change(hardware),
                    }
                    if kind == "spot":
                        row["overhead_share"] = assume(0.12, "work lost to interruptions")
                else:
                    row |= {
                        "offer": f"{site}-{_short(hardware)}-{kind}",
                        "pricing": "committed",
                        "term_months": 12 * int(kind[0]),
                        "annual_price_change": _price_change(hardware),
                        "fte_per_device": assume(0.01),
                        **_commitment(provider, place, instance, kind),
                    }
                    if hardware == "b200x8":
                        row["lead_time_months"] = assume(3, "capacity block by arrangement")
                out.append(row)
    return out


def _commitment(provider: str, place: str, instance: str, kind: str) -> dict[str, Cell]:
    """Hourly and upfront price of a commitment of kind 1y or 3y."""
    if provider == "gcp":
        return {"price_per_hour": gpu_price(provider, place, instance, f"reserved_{kind}")}
    on_demand = gpu_price(provider, place, instance, "on_demand")
    if provider == "nebius":
        return {"price_per_hour": on_demand * assume(0.7, "30 % off for a reserved year")}
    if provider == "aws" and kind == "3y" and place != "eu-north-1":
        off = discount(provider, "3yr_partial_upfront")
        # Partial upfront: half of the total at the start, the rest by the hour.
        return {
            "price_per_hour": on_demand * (1 - off) * 0.5,
            "upfront_price": on_demand * (1 - off) * (0.5 * 3 * HOURS_PER_YEAR),
        }
    return {"price_per_hour": on_demand * (1 - discount(provider, f"{kind}r_no_upfront"))}


HELD: dict[str, dict[str, list[str]]] = {
    "colo-ashburn": {"b200x8": ["owned", "leased"]},
    "colo-frankfurt": {"b200x8": ["owned", "leased"]},
    "colo-singapore": {"b200x8": ["owned", "leased"]},
    "own-stockholm": {"h100x8": ["owned"], "b200x8": ["owned", "leased"]},
    "edge-stuttgart": {"l40sx4": ["owned", "on_demand"]},
    "edge-saopaulo": {"l40sx4": ["leased", "on_demand"]},
    "edge-pune": {"l40sx4": ["owned", "on_demand"]},
}


def _held_offers() -> list[dict[str, Cell]]:
    operators = 1 / figure("other_costs", "value_high", item="Servers per administrator (reported range)")
    out: list[dict[str, Cell]] = []
    for site, by_hardware in HELD.items():
        edge = site.startswith("edge")
        for hardware, forms in by_hardware.items():
            for form in forms:
                price = server_price(hardware)
                row: dict[str, Cell] = {
                    "offer": f"{site}-{_short(hardware)}-{form.replace('_', '-')}",
                    "site": site,
                    "pricing": form,
                    "hardware": hardware,
                }
                if form == "on_demand":
                    instance = CLOUDS["aws-virginia"][2][hardware]
                    premium = assume(1.4, "operator edge against the nearest listed region")
                    row |= {
                        "price_per_hour": gpu_price("aws", "us-east-1", instance, "on_demand") * premium,
                        "max_devices": assume(16, "operator's cabinet"),
                        "note": instance,
                    }
                    out.append(row)
                    continue
                row["fte_per_device"] = operators
                if edge:
                    row["fte_per_device"] = assume(0.1, "spread over sites")
                    row["license_price_per_month"] = (
                        figure("other_costs", item="AI Enterprise subscription, 5 years") * 4 / 60
                    )
                if form == "owned":
                    life = figure("colo", market="Edge servers") if edge else hw_life()
                    row |= {
                        "purchase_price": price,
                        "useful_life_months": life * 12,
                        "lead_time_months": assume(3 if edge else 6, "order to service"),
                        "maintenance_rate": SUPPORT,
                        "annual_price_change": assume(-0.08),
                    }
                    # Straight-line value would let devices be sold at no loss: used kit fetches less.
                    broker = {"l40sx4": assume(0.5, "sold in bulk"), "h100x8": assume(0.45, "two generations old")}
                    row["annual_value_loss"] = broker.get(hardware, value_loss())
                else:
                    row |= {
                        "price_per_hour": price * assume(0.0325, "36 months at 15 % a year with 10 % residual") / 730,
                        "term_months": 36,
                        "lead_time_months": assume(3, "order to service"),
                        "license_price_per_month": price * SUPPORT / 12,
                        "annual_price_change": assume(-0.08),
                    }
                out.append(row)
    return out


def hw_life() -> Value:
    """Useful life of a server in years."""
    return figure("hardware", item="Amazon servers (subset)", attribute="useful_life")


API: tuple[tuple[str, str, str, str, str, float, float], ...] = (
    # site, workload, provider and model in the price file, words, M input tokens per unit, M units an hour
    ("aws-virginia", "chat", "aws", "meta.llama3-3-70b-instruct-v1:0", "llama70b", 3.0, 375),
    ("gcp-singapore", "chat", "google", "gemini-2.5-flash", "flash", 3.0, 375),
    ("aws-virginia", "code", "aws", "qwen.qwen3-coder-30b-a3b-v1:0", "qwen30b", 6.0, 375),
    ("aws-stockholm", "agent_eu", "aws", "qwen.qwen3-vl-235b-a22b-v1:0", "qwen235b", 8.0, 150),
    ("azure-frankfurt", "retrieval", "azure", "text-embedding-3-large", "embed", 1.0, 5000),
    ("gcp-iowa", "retrieval", "google", "gemini-embedding-001", "embed", 1.0, 5000),
)


def _api_offers() -> list[dict[str, Cell]]:
    out: list[dict[str, Cell]] = []
    rate = throughput.of_hardware("h100x8")
    for site, workload, provider, model, short, inputs, limit in API:
        price = token_price(provider, model, "input")
        if workload != "retrieval":
            price = price * assume(inputs, f"{inputs:g} input tokens for one of output") + token_price(
                provider, model, "output"
            )
        place = CLOUDS[site][1]
        as_own = h100_server_kw() / rate[workload] * assume(1.0, "as much energy a unit as an H100 server at full load")
        out.append(
            {
                "offer": f"{site}-{workload.replace('_', '-')}-api-{short}",
                "site": site,
                "pricing": "api",
                "workload": workload,
                "price_per_unit": price,
                "max_units_per_hour": assume(limit, "rate limit"),
                "annual_price_change": assume(-0.15, "price cuts of the past years"),
                "carbon_g_per_unit": region(place, "country_lifecycle_gco2e_per_kwh") * region(place, "pue") * as_own,
                "note": model,
            }
        )
    return out


def offers() -> list[dict[str, Cell]]:
    """The offers table, sixty rows of all six pricings."""
    rows = _cloud_offers() + _held_offers() + _api_offers()
    first = ("offer", "site", "pricing", "hardware", "workload")
    return [{c: r[c] for c in first if c in r} | {c: v for c, v in r.items() if c not in first} for r in rows]
