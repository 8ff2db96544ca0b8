"""Which test empties the list of sites for a workload at a location, counted test by test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.model.sets import Sets

SENTENCES = {
    "network": "no site has a network row for it",
    "latency": "none of those is within its latency limit",
    "zone": "none of those is in its allowed zones",
    "certification": "none of those holds its certifications",
    "throughput": "none of those has an offer whose hardware can run it",
}


@dataclass(frozen=True)
class Unreachable:
    """A workload at a location that no site can serve: the sites left after each test, and the test that left none."""

    workload: str
    location: str
    left: dict[str, int]
    emptied_by: str

    def told(self, workload: str, location: str) -> str:
        """What happened, with the counts before it, by the names of the workload and the location."""
        before = [f"{n} left after {test}" for test, n in self.left.items() if n > 0]
        counts = f" ({', '.join(before)})" if before else ""
        return f"No site can serve {workload} at {location}: {SENTENCES[self.emptied_by]}{counts}."


def unreachable(s: Sets) -> list[Unreachable]:
    """Every (workload, location) with demand that has no feasible site."""
    tests = dict(s.reach_tests)
    runs = np.zeros((s.W, s.S), dtype=bool)
    runs[s.arcs.workload, s.arcs.site] = True
    tests["throughput"] = np.broadcast_to(runs[:, None, :], s.reachable.shape)
    w, loc = np.nonzero(s.demand.sum(axis=(2, 3)) > 0)
    left = np.ones((len(w), s.S), dtype=bool)
    counts: dict[str, np.ndarray] = {}
    for name, passed in tests.items():
        left &= passed[w, loc]
        counts[name] = left.sum(axis=1)
    out = []
    names, places = s.workloads["workload"].to_numpy(str), s.locations["location"].to_numpy(str)
    for i in np.flatnonzero(counts["throughput"] == 0):
        so_far = {name: int(n[i]) for name, n in counts.items()}
        emptied = next(name for name, n in so_far.items() if n == 0)
        out.append(Unreachable(str(names[w[i]]), str(places[loc[i]]), so_far, emptied))
    return out
