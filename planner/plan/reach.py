"""Which sites may serve which workload at which location: one test a rule, as arrays."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.plan.schema import split_list


def reach_tests(
    workloads: pd.DataFrame, locations: pd.DataFrame, sites: pd.DataFrame, network: pd.DataFrame
) -> dict[str, np.ndarray]:
    """Each rule of reach on its own, shape (W, L, S): network row, latency, zone, certification.

    In the order in which they are told; the frames are plan tables with defaults filled.
    """
    shape = (len(workloads), len(locations), len(sites))
    latency = np.full(shape[1:], np.inf)
    at = (
        pd.Index(locations["location"]).get_indexer(pd.Index(network["location"])),
        pd.Index(sites["site"]).get_indexer(pd.Index(network["site"])),
    )
    latency[at] = network["latency_ms"].to_numpy(dtype=float)
    limit = workloads["max_latency_ms"].astype(float).fillna(np.inf).to_numpy(dtype=float)
    zones = [set(split_list(z)) for z in workloads["allowed_zones"]]
    needs = [set(split_list(c)) for c in workloads["required_certifications"]]
    holds = [set(split_list(c)) for c in sites["certifications"]]
    in_zone = np.array([[not z or zone in z for zone in sites["zone"]] for z in zones], dtype=bool)
    certified = np.array([[n <= h for h in holds] for n in needs], dtype=bool)
    by_site = (shape[0], 1, shape[2])
    return {
        "network": np.broadcast_to(np.isfinite(latency)[None], shape),
        "latency": np.broadcast_to(latency[None] <= limit[:, None, None], shape),
        "zone": np.broadcast_to(in_zone.reshape(by_site), shape),
        "certification": np.broadcast_to(certified.reshape(by_site), shape),
    }
