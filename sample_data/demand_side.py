"""The sample company's demand: where its people and customers are, what they use, and when."""

from __future__ import annotations

import numpy as np

from sample_data.curated import figure, region
from sample_data.values import Cell, Value, assume

PERIODS = 12

LOCATIONS = {
    # location: name, country, zone, the cloud region nearest to it
    "us_east": ("New York", "US", "US", "eastus"),
    "us_west": ("San Francisco", "US", "US", "westus"),
    "br": ("Sao Paulo", "BR", "BR", "brazilsouth"),
    "uk": ("London", "GB", "UK", "uksouth"),
    "de": ("Frankfurt", "DE", "EU", "germanywestcentral"),
    "fr": ("Paris", "FR", "EU", "francecentral"),
    "in": ("Pune", "IN", "IN", "centralindia"),
    "sg": ("Singapore", "SG", "SG", "southeastasia"),
    "jp": ("Tokyo", "JP", "JP", "japaneast"),
}

SHAPES = {
    # Hours of a week in UTC: peak = weekdays 12 to 20, shoulder = weekdays 4 to 12, base = the rest.
    # Multipliers for peak and shoulder; base follows, because volumes must add up.
    "US": (2.2, 0.6),
    "BR": (2.1, 0.8),
    "UK": (1.9, 1.5),
    "EU": (1.8, 1.7),
    "IN": (0.9, 2.1),
    "SG": (0.5, 2.1),
    "JP": (0.4, 1.9),
}
SLICES = {"peak": 0.24, "shoulder": 0.24, "base": 0.52}


def locations() -> list[dict[str, Cell]]:
    """The locations table."""
    return [
        {
            "location": key,
            "name": name,
            "country": country,
            "zone": zone,
            "latitude": region(near, "lat"),
            "longitude": region(near, "lon"),
        }
        for key, (name, country, zone, near) in LOCATIONS.items()
    ]


def hour_of_outage() -> Value:
    """Cost of one hour without the service, USD."""
    return figure("other_costs", category="downtime", item="Cost of one hour, over 90% of mid and large firms")


def workloads() -> list[dict[str, Cell]]:
    """The workloads table."""
    assistants: dict[str, Cell] = {"unit": "M output tokens", "kind": "inference"}
    egress, ingress = "4 bytes a token, fivefold for envelopes and streaming", "prompts and context"
    return [
        {
            "workload": "chat",
            "name": "Customer chat",
            "team": "Customer experience",
            **assistants,
            "max_latency_ms": assume(130, "invisible beside a first token after half a second"),
            "max_utilization": assume(0.7, "headroom for bursts"),
            "egress_gb_per_unit": assume(0.02, egress),
            "ingress_gb_per_unit": assume(0.04, ingress),
            "value_per_unit": assume(9.0),
            "downtime_cost_per_unit": assume(40.0),
        },
        {
            "workload": "code",
            "name": "Code completion",
            "team": "Engineering",
            **assistants,
            "max_latency_ms": assume(85, "completion while typing"),
            "required_certifications": "SOC2",
            "max_utilization": assume(0.7, "headroom for bursts"),
            "egress_gb_per_unit": assume(0.02, egress),
            "ingress_gb_per_unit": assume(0.08, ingress),
            "value_per_unit": assume(5.0),
        },
        {
            "workload": "agent_eu",
            "name": "Claims agent (EU)",
            "team": "Insurance",
            **assistants,
            "max_latency_ms": assume(100),
            "allowed_zones": "EU",
            "required_certifications": "ISO27001;PCI",
            "max_utilization": assume(0.65, "headroom for bursts"),
            "survive_site_loss_share": assume(0.7, "regulated process"),
            "egress_gb_per_unit": assume(0.02, egress),
            "ingress_gb_per_unit": assume(0.1, ingress),
            "deployment_cost_per_site": assume(60_000, "validation of a regulated workload"),
            "value_per_unit": assume(30.0),
            "downtime_cost_per_unit": hour_of_outage() / assume(5_000, "units lost in an hour of outage"),
        },
        {
            "workload": "retrieval",
            "name": "Retrieval and embedding",
            "team": "Knowledge",
            "kind": "inference",
            "unit": "M input tokens",
            "max_latency_ms": assume(130),
            "required_certifications": "SOC2",
            "interruptible_share": assume(0.3, "re-indexing"),
            "max_utilization": assume(0.8),
            "egress_gb_per_unit": assume(0.01),
            "ingress_gb_per_unit": assume(0.005),
            "storage_gb": assume(40_000, "vector index"),
            "value_per_unit": assume(0.2),
        },
        {
            "workload": "fine_tuning",
            "name": "Fine-tuning",
            "team": "AI platform",
            "kind": "fine_tuning",
            "unit": "GPU hours (H100 equivalent)",
            "max_latency_ms": assume(200, "keeps training data on its continent or nearly"),
            "allowed_zones": "US;EU",
            "interruptible_share": assume(0.6, "checkpoints every half hour"),
            "max_utilization": assume(0.9, "gaps between jobs"),
            "egress_gb_per_unit": assume(0.05),
            "ingress_gb_per_unit": assume(0.2),
            "value_per_unit": assume(5.0),
        },
        {
            "workload": "documents",
            "name": "Document processing",
            "team": "Operations",
            "kind": "batch",
            "unit": "M output tokens",
            "max_latency_ms": assume(200, "keeps scans on their continent or nearly"),
            "interruptible_share": assume(0.8, "any document can be repeated"),
            "max_utilization": assume(0.95, "queued work"),
            "egress_gb_per_unit": assume(0.02),
            "ingress_gb_per_unit": assume(2.0, "scanned pages"),
            "unserved_penalty_per_unit": assume(25.0, "outsourced manual processing"),
            "value_per_unit": assume(8.0),
        },
        {
            "workload": "vision",
            "name": "Visual inspection in plants",
            "team": "Manufacturing",
            "kind": "edge_analytics",
            "unit": "M frames",
            "max_latency_ms": assume(10, "stops the line in time"),
            "max_utilization": assume(0.75, "lines run in step"),
            "egress_gb_per_unit": assume(0.5, "verdicts"),
            "ingress_gb_per_unit": assume(50, "50 kB a frame"),
            "value_per_unit": assume(8.0),
            "downtime_cost_per_unit": assume(20.0),
        },
    ]


VOLUMES: dict[str, tuple[float, float, float, str, dict[str, float]]] = {
    # units in the first and last quarter, the quarter of fastest growth, the driver, and shares by location
    "chat": (
        1_500_000,
        8_000_000,
        6.0,
        "daily users x 2,500 output tokens a day x 91 days: 35 million users in the last quarter",
        {"us_east": 26, "us_west": 16, "br": 8, "uk": 9, "de": 11, "fr": 8, "in": 9, "sg": 4, "jp": 9},
    ),
    "code": (
        1_200_000,
        5_200_000,
        5.0,
        "developers x 1 M output tokens a day x 65 days: 80 thousand developers in the last quarter",
        {"us_east": 26, "us_west": 24, "uk": 8, "de": 14, "fr": 7, "in": 15, "sg": 3, "jp": 3},
    ),
    "agent_eu": (
        250_000,
        1_700_000,
        6.0,
        "claims x 25,000 output tokens: 68 million claims in the last quarter",
        {"de": 58, "fr": 42},
    ),
    "retrieval": (
        20_000_000,
        66_000_000,
        5.5,
        "questions x 12 passages, and re-indexing of 90 TB of text",
        {"us_east": 27, "us_west": 15, "uk": 10, "de": 15, "fr": 8, "in": 9, "sg": 6, "jp": 10},
    ),
    "fine_tuning": (
        500_000,
        1_400_000,
        4.0,
        "models x GPU hours a run x runs a quarter",
        {"us_east": 62, "de": 38},
    ),
    "documents": (
        5_000_000,
        20_000_000,
        6.5,
        "documents x 2,500 output tokens: 8 billion documents in the last quarter",
        {"us_east": 46, "de": 28, "in": 14, "sg": 12},
    ),
    "vision": (
        130_000,
        460_000,
        5.0,
        "cameras x 10 frames a second: 5,800 cameras in the last quarter",
        {"de": 40, "br": 26, "in": 34},
    ),
}


def demand() -> list[dict[str, Cell]]:
    """The demand table: an S-curve (logistic) from the first to the last quarter, split over locations."""
    out: list[dict[str, Cell]] = []
    for workload, (first, last, middle, driver, shares) in VOLUMES.items():
        logistic = 1 / (1 + np.exp(-0.75 * (np.arange(1, PERIODS + 1) - middle)))
        totals = first + (last - first) * (logistic - logistic[0]) / (logistic[-1] - logistic[0])
        for location, share in shares.items():
            for period, total in enumerate(totals, start=1):
                volume = float(f"{total * share / sum(shares.values()):.3g}")
                out.append(
                    {
                        "workload": workload,
                        "location": location,
                        "period": period,
                        "volume": assume(volume, driver if period in (1, PERIODS) else ""),
                    }
                )
    return out


def slices() -> list[dict[str, Cell]]:
    """The slices table."""
    words = {"peak": "weekdays 12-20 UTC", "shoulder": "weekdays 4-12 UTC", "base": "nights and weekends"}
    return [{"slice": key, "share_of_hours": assume(share, f"{words[key]}, rounded")} for key, share in SLICES.items()]


def load_shapes() -> list[dict[str, Cell]]:
    """The load_shapes table: working hours by region for what people use, nights for what can wait."""
    out: list[dict[str, Cell]] = []
    for workload, (*_, shares) in VOLUMES.items():
        if workload in ("fine_tuning", "vision"):  # round the clock: no row means flat
            continue
        places = [""] if workload == "documents" else list(shares)
        for place in places:
            peak, shoulder = (0.4, 0.6) if workload == "documents" else SHAPES[LOCATIONS[place][2]]
            base = (1 - peak * SLICES["peak"] - shoulder * SLICES["shoulder"]) / SLICES["base"]
            why = "runs when others sleep" if workload == "documents" else "working hours in UTC"
            for key, multiplier in (("peak", peak), ("shoulder", shoulder), ("base", base)):
                row: dict[str, Cell] = {"workload": workload, "slice": key, "multiplier": assume(multiplier, why)}
                if place:
                    row["location"] = place
                out.append(row)
    return out
