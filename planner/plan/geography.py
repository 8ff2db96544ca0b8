"""Network rows from coordinates: great-circle distance to an estimated round-trip time.

An estimate for places without a measurement. How far it is off against measured round trips is
computed by tests/plan/test_geography.py and told in docs/importing.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.plan.plan import Plan, canonical
from planner.plan.tables import TABLES

EARTH_RADIUS_KM = 6371.0088
"""Mean radius R1 of the Earth (IUGG; Moritz, Geodetic Reference System 1980)."""
LIGHT_KM_PER_MS = 299.792458
"""Speed of light in vacuum (SI)."""
FIBRE_SPEED = 2 / 3
"""Speed in fibre against vacuum: 1 / 1.47, the group index of standard single-mode fibre, is near it."""
ROUTE_FACTOR = 1.6
"""Length of the path over the great circle. Chosen so that the estimate has nearly no bias over the
round trips between Azure regions that Microsoft publishes (the test data names the source)."""
FIXED_MS = 4.0
"""What does not depend on distance (access, switching, metro detours), per round trip; chosen with the factor."""


def haversine_km(
    latitude: np.ndarray, longitude: np.ndarray, other_latitude: np.ndarray, other_longitude: np.ndarray
) -> np.ndarray:
    """Great-circle distance in km of points in degrees; arrays broadcast.

    Haversine formula (R. W. Sinnott, Virtues of the Haversine, 1984): stable for short distances.
    """
    a, b, c, d = (
        np.radians(np.asarray(x, dtype=float)) for x in (latitude, longitude, other_latitude, other_longitude)
    )
    h = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(h, 0.0, 1.0)))


def latency_ms(distance_km: np.ndarray, route_factor: float = ROUTE_FACTOR, fixed_ms: float = FIXED_MS) -> np.ndarray:
    """Estimated round trip in ms: 2 x distance x route_factor / (2/3 c) + fixed_ms; same shape.

    Propagation delay after A. Singla et al., The Internet at the Speed of Light, HotNets 2014.
    """
    return 2 * np.asarray(distance_km, dtype=float) * route_factor / (FIBRE_SPEED * LIGHT_KM_PER_MS) + fixed_ms


@dataclass(frozen=True)
class Estimate:
    """Rows for the network table, and the sites and locations that have no coordinates and so no row."""

    rows: pd.DataFrame
    without_coordinates: tuple[str, ...]


def network_estimate(
    sites: pd.DataFrame, locations: pd.DataFrame, route_factor: float = ROUTE_FACTOR, fixed_ms: float = FIXED_MS
) -> Estimate:
    """A network row for every pair of a site and a location with coordinates.

    `sites` and `locations`: frames of the plan's tables. Latency is rounded to 0.1 ms. Prices are
    left blank, which a plan takes as 0: `note` says so. `source` says that it is an estimate, and how.
    """
    at, to = (f.dropna(subset=["latitude", "longitude"]) for f in (sites, locations))
    km = haversine_km(
        at["latitude"].to_numpy()[:, None],
        at["longitude"].to_numpy()[:, None],
        to["latitude"].to_numpy()[None, :],
        to["longitude"].to_numpy()[None, :],
    )
    said = (
        f"estimate, round trip: 2 x great-circle km x {route_factor:g} / (2/3 of the speed of light) + {fixed_ms:g} ms"
    )
    rows = canonical(
        TABLES["network"],
        pd.DataFrame(
            {
                "site": np.repeat(at["site"].to_numpy(dtype=object), len(to)),
                "location": np.tile(to["location"].to_numpy(dtype=object), len(at)),
                "latency_ms": np.round(latency_ms(km, route_factor, fixed_ms), 1).ravel(),
                "source": said,
                "note": "assumption; prices of traffic not known, blank counts as 0",
            }
        ),
    )
    without = [f"site {s}" for s in sites.loc[~sites.index.isin(at.index), "site"]]
    without += [f"location {x}" for x in locations.loc[~locations.index.isin(to.index), "location"]]
    return Estimate(rows, tuple(without))


def missing_links(plan: Plan) -> Estimate:
    """Estimated rows for the pairs of the plan that have no network row yet."""
    estimate = network_estimate(plan.tables["sites"], plan.tables["locations"])
    have = plan.tables["network"]
    known = pd.MultiIndex.from_frame(have[["site", "location"]])
    pairs = pd.MultiIndex.from_frame(estimate.rows[["site", "location"]])
    return Estimate(estimate.rows[~pairs.isin(known)].reset_index(drop=True), estimate.without_coordinates)
