"""What links can carry."""

from __future__ import annotations

import numpy as np

from planner.model.builder import Builder, Relax
from planner.model.routing import Routing
from planner.model.sets import Sets

GBIT_PER_GB = 8.0
SECONDS_PER_HOUR = 3600.0


def add_bandwidth(m: Builder, s: Sets, r: Routing) -> None:
    """Traffic of all workloads on a link, both directions, within its bandwidth in each slice."""
    link = s.link_of[s.pairs.site, s.pairs.location]
    limit = s.links["bandwidth_gbps"].to_numpy(float)
    gb = (s.workload_column("egress_gb_per_unit") + s.workload_column("ingress_gb_per_unit"))[s.pairs.workload]
    pair = np.flatnonzero(np.isfinite(limit[link]) & (gb > 0))
    which = np.unique(link[pair])
    number = np.full(len(s.links), -1)
    number[which] = np.arange(len(which))
    shape = (len(which), s.T, s.B)
    seconds = s.slice_hours * SECONDS_PER_HOUR
    name = [
        f"{a};{b}"
        for a, b in zip(s.links["site"].to_numpy(str)[which], s.links["location"].to_numpy(str)[which], strict=True)
    ]
    each = s.T * s.B
    relax = Relax(
        "network",
        "bandwidth_gbps",
        group=np.repeat(np.arange(len(which)), each),
        key=np.repeat(np.array(name, dtype=object), each).tolist(),
        period=np.broadcast_to(np.arange(s.T)[None, :, None], shape).ravel(),
        unit=["Gbit/s"] * (len(which) * each),
        loosens=np.broadcast_to(seconds, shape).ravel(),
        scale=np.repeat(np.maximum(limit[which], 1e-6), each),
        present=np.repeat(limit[which], each),
    )
    rhs = np.broadcast_to(limit[which][:, None, None] * seconds, shape)
    rows = m.add_rows("bandwidth", rhs.size, "<=", rhs.ravel(), relax)
    at = rows.ids.reshape(shape)
    m.coef(at[number[link[pair]]], r.flow.ids[pair], (gb[pair] * GBIT_PER_GB)[:, None, None])
