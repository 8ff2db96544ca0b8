"""Slices and load shapes from hourly profiles, and what the coarser picture loses.

Profiles are in local time; slices are sets of hours in UTC, the same for every workload and place.
An hour is described by the load of every workload and location in it, and by their total (capacity
may be local or shared). Hours are grouped by k-means on these: of all groupings into K slices it
looks for the one with the least squared difference between each hour's load and its slice's mean,
which is what a model that sees only the means cannot know. Hours of a slice need not be neighbours,
because the model carries nothing from hour to hour. Cuts at quantiles of the total alone would mix
hours in which different regions are busy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.plan.plan import Plan, canonical
from planner.plan.tables import TABLES

DAY, WEEK, YEAR = 24, 168, 8760
LENGTHS = (DAY, WEEK, YEAR)
"""Hours in a profile: a day, a week from Monday 00:00, a year from 1 January."""
MOST_SLICES = 24
MOST_ROUNDS = 200
BINS = 300
"""Levels of the total to which a long profile is reduced for the first cut."""


@dataclass(frozen=True)
class LocalLoad:
    """The load of a workload at a location (None: at every location) through a local day, week or year.

    `profile`: 24, 168 or 8760 numbers of 0 or more in any unit; only their proportions count.
    `utc_offset_hours`: standard time against UTC, e.g. 5.5 for India; summer time is left aside.
    `weight`: average load against the other loads, e.g. in devices; decides how much it counts.
    """

    workload: str
    location: str | None
    profile: Sequence[float]
    utc_offset_hours: float = 0.0
    weight: float = 1.0


@dataclass(frozen=True)
class Shapes:
    """Tables ready for a plan, and what they lose.

    `slice_of_hour`: position in `slices` of each UTC hour, shape (hours,).
    `errors`: one row for each load: workload, location, `curve_error` (mean absolute difference
    between the load-duration curve and its steps, as a share of mean load) and `peak_lost` (share
    of the highest hour above the highest step).
    `total_curve_error`, `total_peak_lost`: the same for the weighted total.
    """

    slices: pd.DataFrame
    load_shapes: pd.DataFrame
    slice_of_hour: np.ndarray
    errors: pd.DataFrame
    total_curve_error: float
    total_peak_lost: float


def utc_profile(load: LocalLoad, hours: int) -> np.ndarray:
    """The load by UTC hour with mean 1, shape (hours,), for hours = 24, 168 or 8760.

    A part of an hour in the offset is shared between the two local hours that it covers, which
    keeps the sum. Raises ValueError when the profile is no profile.
    """
    local = np.asarray(load.profile, dtype=float)
    who = f"{load.workload} at {load.location or 'every location'}"
    if local.ndim != 1 or len(local) not in LENGTHS:
        raise ValueError(f"the profile of {who} has {local.size} numbers; it must have 24, 168 or 8760")
    if not np.isfinite(local).all() or (local < 0).any() or not local.sum() > 0:
        raise ValueError(f"the profile of {who} must hold numbers of 0 or more, not all 0")
    if not (math.isfinite(load.utc_offset_hours) and -12 <= load.utc_offset_hours <= 14):
        raise ValueError(f"the UTC offset of {who} must be between -12 and 14 hours")
    whole = math.floor(load.utc_offset_hours)
    part = load.utc_offset_hours - whole
    shifted = (1 - part) * np.roll(local, -whole) + part * np.roll(local, -whole - 1)
    long = np.tile(shifted, -(-hours // len(shifted)))[:hours]
    return long / long.mean()


def shapes_from_profiles(
    loads: Sequence[LocalLoad], slices: int = 3, peak_share_of_hours: float = 0.0, source: str = "hourly profiles"
) -> Shapes:
    """Group the hours into `slices` slices (peak first, base last) and average every load in each.

    `peak_share_of_hours` above 0 keeps that share of hours, those of the highest total, as the first
    slice: for plans in which the few highest hours size the capacity.
    For each load the sum of share of hours x multiplier is 1. Fewer slices come out when there are
    fewer different hours. Raises ValueError when an argument is not valid.
    """
    if not loads:
        raise ValueError("there must be at least one load")
    if len({(x.workload, x.location) for x in loads}) < len(loads):
        raise ValueError("a workload and location stands twice among the loads")
    if not 1 <= slices <= MOST_SLICES:
        raise ValueError(f"there must be 1 to {MOST_SLICES} slices")
    if not 0 <= peak_share_of_hours < 1:
        raise ValueError("the share of peak hours must be 0 or more and below 1")
    weights = np.array([x.weight for x in loads], dtype=float)
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.sum() > 0:
        raise ValueError("weights must be 0 or more, and not all 0")
    hours = max(len(x.profile) for x in loads)
    hours = min((n for n in LENGTHS if n >= hours), default=YEAR)
    profiles = np.array([utc_profile(x, hours) for x in loads])
    weights /= weights.sum()
    total = weights @ profiles
    points = np.column_stack([(profiles * weights[:, None]).T, total])
    label = _grouped(points, total, slices, peak_share_of_hours)
    count = np.bincount(label)
    means = np.array([np.bincount(label, weights=p) / count for p in profiles])
    means /= (means @ (count / hours))[:, None]
    names = _names(len(count))
    said = f"{source}: {len(count)} slices of {hours} hours by k-means"
    return Shapes(
        slices=canonical(
            TABLES["slices"], pd.DataFrame({"slice": names, "share_of_hours": count / hours, "source": said})
        ),
        load_shapes=canonical(
            TABLES["load_shapes"],
            pd.DataFrame(
                {
                    "workload": np.repeat([x.workload for x in loads], len(names)),
                    "location": np.repeat(np.array([x.location for x in loads], dtype=object), len(names)),
                    "slice": np.tile(names, len(loads)),
                    "multiplier": means.ravel(),
                    "source": said,
                }
            ),
        ),
        slice_of_hour=label,
        errors=pd.DataFrame(
            {
                "workload": [x.workload for x in loads],
                "location": [x.location for x in loads],
                "curve_error": [curve_error(p, m[label]) for p, m in zip(profiles, means, strict=True)],
                "peak_lost": [1 - m.max() / p.max() for p, m in zip(profiles, means, strict=True)],
            }
        ),
        total_curve_error=curve_error(total, (weights @ means)[label]),
        total_peak_lost=float(1 - (weights @ means).max() / total.max()),
    )


def curve_error(load: np.ndarray, steps: np.ndarray) -> float:
    """Mean absolute difference of the two load-duration curves (hours sorted by load) over the mean load."""
    return float(np.abs(np.sort(load) - np.sort(steps)).mean() / load.mean())


def with_shapes(plan: Plan, shapes: Shapes) -> Plan:
    """The plan with these slices and load shapes in place of its own; other workloads become flat."""
    return plan.replace(slices=shapes.slices, load_shapes=shapes.load_shapes)


def _names(count: int) -> list[str]:
    if count == 1:
        return ["all"]
    middle = ["shoulder"] if count == 3 else [f"shoulder_{i}" for i in range(1, count - 1)]
    return ["peak", *middle, "base"]


def _grouped(points: np.ndarray, total: np.ndarray, slices: int, peak_share: float) -> np.ndarray:
    """Slice of each hour, numbered by falling mean total, shape (hours,)."""
    hours = len(total)
    label = np.zeros(hours, dtype=int)
    rest = np.arange(hours)
    if peak_share > 0 and slices > 1:
        pinned = max(1, round(peak_share * hours))
        rest = np.sort(np.argsort(-total, kind="stable")[pinned:])
        label[rest] = 1
        slices -= 1
    if len(rest):
        starts = [_cut(total[rest], slices), _spread(points[rest], slices)]
        tried = [_lloyd(points[rest], start) for start in starts]
        best = min(tried, key=lambda groups: _scatter(points[rest], groups))
        label[rest] += best
    found, label = np.unique(label, return_inverse=True)
    mean_total = np.array([total[label == i].mean() for i in range(len(found))])
    rank = np.empty(len(found), dtype=int)
    rank[np.argsort(-mean_total, kind="stable")] = np.arange(len(found))
    return rank[label]


def _scatter(points: np.ndarray, label: np.ndarray) -> float:
    """Sum of squared distances of the points to the means of their groups."""
    centres = np.array([points[label == i].mean(axis=0) for i in range(label.max() + 1)])
    return float(((points - centres[label]) ** 2).sum())


def _lloyd(points: np.ndarray, label: np.ndarray) -> np.ndarray:
    """k-means from a first grouping (S. Lloyd, 1982): means, then the nearest mean, until nothing moves."""
    for _ in range(MOST_ROUNDS):
        _, label = np.unique(label, return_inverse=True)
        centres = np.array([points[label == i].mean(axis=0) for i in range(label.max() + 1)])
        distance = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
        # A point moves only when another mean is nearer by more than rounding.
        here = distance[np.arange(len(points)), label]
        nearest = distance.argmin(axis=1)
        moved = np.where(distance.min(axis=1) < here - 1e-12, nearest, label)
        if (moved == label).all():
            break
        label = moved
    return np.unique(label, return_inverse=True)[1]


def _spread(points: np.ndarray, groups: int) -> np.ndarray:
    """A first grouping around points that lie far apart (farthest first, from the highest total)."""
    centres = [int(points[:, -1].argmax())]
    near = ((points - points[centres[0]]) ** 2).sum(axis=1)
    while len(centres) < groups and near.max() > 1e-15:
        centres.append(int(near.argmax()))
        near = np.minimum(near, ((points - points[centres[-1]]) ** 2).sum(axis=1))
    return ((points[:, None, :] - points[centres][None, :, :]) ** 2).sum(axis=2).argmin(axis=1)


def _cut(values: np.ndarray, groups: int) -> np.ndarray:
    """The best grouping by one number: contiguous in its order, least squares, by dynamic programming (W. Fisher, 1958)."""
    levels, which, count = np.unique(values, return_inverse=True, return_counts=True)
    if len(levels) > BINS:
        bins = np.minimum((np.arange(len(levels)) * BINS) // len(levels), BINS - 1)
        weight = np.bincount(bins, weights=count)
        levels, which, count = np.bincount(bins, weights=levels * count) / weight, bins[which], weight
    size = len(levels)
    groups = min(groups, size)
    n, s, q = (np.concatenate([[0.0], np.cumsum(count * levels**k)]) for k in (0, 1, 2))
    first, last = np.triu_indices(size)  # levels first..last as one group
    inside = n[last + 1] - n[first]
    cost = np.full((size, size), np.inf)
    cost[first, last] = q[last + 1] - q[first] - (s[last + 1] - s[first]) ** 2 / inside
    best = cost[0].copy()
    cuts = []
    for _ in range(groups - 1):
        # best[i - 1] + cost[i, j]: the last group is i..j.
        options = np.vstack([np.full(size, np.inf), best[:-1, None] + cost[1:]])
        cuts.append(options.argmin(axis=0))
        best = options.min(axis=0)
    label = np.zeros(size, dtype=int)
    end = size - 1
    for number, cut in zip(range(groups - 1, 0, -1), reversed(cuts), strict=True):
        start = int(cut[end])
        label[start : end + 1] = number
        end = start - 1
    return label[which]
