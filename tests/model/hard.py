"""A plan that takes a solver long to prove: many whole devices of unlike sizes, sites to choose, noisy demand."""

from __future__ import annotations

import numpy as np

from planner.plan.plan import Plan
from tests.builders import tiny


def hard_plan(periods: int = 8, places: int = 12, sites: int = 12, seed: int = 1) -> Plan:
    """Facility location with commitments of prime sizes; random but always the same."""
    dice = np.random.default_rng(seed)
    names = [f"S{i}" for i in range(sites)]
    where = [f"L{i}" for i in range(places)]
    speeds = [3.0, 7.0, 11.0]
    return tiny(
        [
            {"offer": f"{s}{k}", "site": s, "pricing": pricing, "hardware": f"H{k}",
             "price_per_hour": float(round(speeds[k] * dice.uniform(0.5, 1.0), 3)), "term_months": 24,
             "purchase_price": float(round(speeds[k] * dice.uniform(9000, 16000), 0))}
            for s in names
            for k, pricing in enumerate(("committed", "owned", "committed"))
        ],
        {("W", x): (dice.uniform(1.0, 12.0, periods) * 8760).round(0).tolist() for x in where},
        periods=periods,
        settings={"discount_rate": 0.08},
        locations=[{"location": x, "zone": "Z"} for x in where],
        workloads=[{"workload": "W", "unit": "units", "egress_gb_per_unit": 1.0}],
        hardware=[{"hardware": f"H{k}"} for k in range(3)],
        throughput=[{"workload": "W", "hardware": f"H{k}", "units_per_hour": v} for k, v in enumerate(speeds)],
        sites=[
            {"site": s, "zone": "Z", "kind": "cloud", "opening_cost": float(dice.integers(20000, 60000)),
             "fixed_cost_per_month": float(dice.integers(500, 3000))}
            for s in names
        ],
        network=[
            {"site": s, "location": x, "latency_ms": 1.0, "egress_price_per_gb": float(round(dice.uniform(0, 0.6), 3))}
            for s in names
            for x in where
        ],
    )  # fmt: skip
