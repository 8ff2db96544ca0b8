"""Random plans of any size with everything switched on, for measuring only: none of its figures is real."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.plan.plan import Plan


def synthetic(
    seed: int = 0,
    workloads: int = 7,
    locations: int = 6,
    sites: int = 14,
    offers: int = 60,
    periods: int = 12,
    slices: int = 3,
    critical: int = 1,
) -> Plan:
    """A plan of the given size: the same seed and size give the same plan."""
    rng = np.random.default_rng(seed)
    w = [f"w{i}" for i in range(workloads)]
    loc = [f"l{i}" for i in range(locations)]
    st = [f"s{i}" for i in range(sites)]
    b = [f"b{i}" for i in range(slices)]
    hw = ["small", "medium", "large"]
    zones = ["EU", "US", "AP"]
    kinds = np.array(["cloud", "cloud", "colocation", "on_premises", "edge"])[np.arange(sites) % 5]
    pricing = np.array(["on_demand", "committed", "owned", "spot", "leased", "committed"])[np.arange(offers) % 6]
    site_of = np.arange(offers) // 6 % sites
    hw_of = rng.integers(0, 3, offers)
    size = np.array([1.0, 4.0, 10.0])[hw_of]
    hourly = {"on_demand": 6.0, "spot": 2.6, "committed": 3.4, "leased": 3.1, "owned": 0.0}
    noise = rng.uniform(0.85, 1.15, offers)
    share = np.diff(np.concatenate([[0], np.sort(rng.uniform(0.1, 0.9, slices - 1)), [1]]))
    shapes = []
    for x in w:
        m = rng.uniform(0.4, 2.5, slices)
        m /= (m * share).sum()
        shapes += [(x, b[i], m[i]) for i in range(slices)]
    grow = 2.0 ** (np.arange(periods) / periods)
    volume = rng.uniform(2e4, 4e5, (workloads, locations))
    settings = {"periods": periods, "months_per_period": 3, "carbon_price": 50, "labour_cost_per_fte_year": 120000}
    return Plan.of(
        {
            "settings": pd.DataFrame({"key": list(settings), "value": [str(v) for v in settings.values()]}),
            "locations": pd.DataFrame({"location": loc, "zone": [zones[i % 3] for i in range(locations)]}),
            "workloads": pd.DataFrame(
                {
                    "workload": w,
                    "team": [f"team{i % 3}" for i in range(workloads)],
                    "unit": "M tokens",
                    "max_latency_ms": [90.0 if i % 2 else 160.0 for i in range(workloads)],
                    "interruptible_share": [0.6 if i % 3 == 2 else 0.0 for i in range(workloads)],
                    "max_utilization": 0.75,
                    "survive_site_loss_share": [0.8 if i < critical else 0.0 for i in range(workloads)],
                    "egress_gb_per_unit": 0.02,
                    "storage_gb": 500.0,
                    "deployment_cost_per_site": 4000.0,
                }
            ),
            "demand": pd.DataFrame(
                [
                    (w[i], loc[j], t + 1, volume[i, j] * grow[t])
                    for i in range(workloads)
                    for j in range(locations)
                    for t in range(periods)
                ],
                columns=["workload", "location", "period", "volume"],
            ),
            "slices": pd.DataFrame({"slice": b, "share_of_hours": share}),
            "load_shapes": pd.DataFrame(shapes, columns=["workload", "slice", "multiplier"]),
            "hardware": pd.DataFrame(
                {
                    "hardware": hw,
                    "power_kw": [1.0, 4.0, 10.0],
                    "idle_power_kw": [0.3, 1.0, 3.0],
                    "embodied_kgco2e": 1500.0,
                }
            ),
            "throughput": pd.DataFrame(
                [(x, h, s * rng.uniform(3, 5)) for x in w for h, s in zip(hw, (1, 4.2, 11), strict=True)],
                columns=["workload", "hardware", "units_per_hour"],
            ),
            "sites": pd.DataFrame(
                {
                    "site": st,
                    "provider": [f"p{i % 5}" for i in range(sites)],
                    "zone": [zones[i % 3] for i in range(sites)],
                    "kind": kinds,
                    "opening_cost": np.where(kinds == "cloud", 0.0, 150000.0),
                    "fixed_cost_per_month": np.where(kinds == "cloud", 0.0, 12000.0),
                    "power_capacity_kw": np.where(kinds == "cloud", np.nan, 400.0),
                    "space_price_per_kw_month": np.where(kinds == "cloud", 0.0, 150.0),
                    "electricity_price_per_kwh": np.where(kinds == "cloud", 0.0, 0.1),
                    "pue": 1.3,
                    "carbon_g_per_kwh": rng.uniform(50, 500, sites),
                    "storage_price_per_gb_month": 0.03,
                }
            ),
            "offers": pd.DataFrame(
                {
                    "offer": [f"o{i}" for i in range(offers)],
                    "site": [st[i] for i in site_of],
                    "pricing": pricing,
                    "hardware": [hw[i] for i in hw_of],
                    "price_per_hour": [hourly[p] for p in pricing] * size * noise,
                    "purchase_price": np.where(pricing == "owned", 28000.0 * size * noise, 0.0),
                    "term_months": np.where(np.arange(offers) % 12 < 6, 12, 36),
                    "lead_time_months": np.where(pricing == "owned", 6, 0),
                    "maintenance_rate": np.where(pricing == "owned", 0.05, 0.0),
                    "fte_per_device": np.where(pricing == "owned", 0.02, 0.0),
                    "annual_price_change": -0.08,
                    "annual_value_loss": np.where(pricing == "owned", 0.35, np.nan),
                    "max_devices": np.where(pricing == "spot", 20.0, np.where(pricing == "on_demand", 400.0, np.nan)),
                }
            ),
            "network": pd.DataFrame(
                [(x, y, rng.uniform(5, 200), 0.05) for x in st for y in loc],
                columns=["site", "location", "latency_ms", "egress_price_per_gb"],
            ),
            "policies": pd.DataFrame(
                {
                    "policy": ["capex", "vendor", "carbon"],
                    "measure": ["capex", "spend", "carbon_t"],
                    "sense": "max",
                    "limit": [4e7, 0.5, 20000.0],
                    "share_of": [None, "total", None],
                    "window": ["year", "year", "year"],
                    "provider": [None, "p0", None],
                }
            ),
        }
    )
