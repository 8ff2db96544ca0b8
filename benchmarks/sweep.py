"""A sweep of 100 solves on one and on two processes, and the same again from the cache.

    python -m benchmarks.sweep [--plan DIR] [--solves N] [--gap G]

Times are only to be compared with each other: they come from one run on one machine.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from pathlib import Path

import numpy as np

from planner.explore.case import Case
from planner.explore.executors import processes
from planner.explore.runner import Memory, Runner
from planner.model.options import Options
from planner.plan.files import read_plan
from planner.plan.patch import Change, apply

SAMPLES = Path(__file__).parents[1] / "sample_data"


def main() -> None:
    """Run the sweep and print its times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plan", type=Path, default=SAMPLES / "pilot")
    parser.add_argument("--solves", type=int, default=100)
    parser.add_argument("--gap", type=float, default=0.01)
    args = parser.parse_args()
    plan = read_plan(args.plan).plan
    if plan is None:
        raise SystemExit(f"{args.plan}: not a valid plan")
    options = Options(gap=args.gap, time_limit=60.0)
    factors = np.linspace(0.5, 1.5, args.solves)
    cases = [
        Case(f"demand x {f:.4f}", apply(plan, [Change("demand", "", "volume", "multiply", float(f))]), options)
        for f in factors
    ]
    print(f"{args.solves} solves of {plan.settings.name} at a gap of {args.gap:.1%}")
    took: dict[int, float] = {}
    costs: dict[int, list[float | None]] = {}
    for workers in (1, 2):
        cache = Memory()
        with Runner(partial(processes, workers), cache) as runner:
            runner.one(cases[0])  # the workers are there and have their imports
            began = time.perf_counter()
            found = runner.solve(cases)
            took[workers] = time.perf_counter() - began
        costs[workers] = [found[c.name].objective for c in cases]
        print(f"{workers} process{'es' if workers > 1 else ''}: {took[workers]:.1f} s")
    began = time.perf_counter()
    Runner.here(cache).solve(cases)
    print(f"again, all known: {time.perf_counter() - began:.3f} s")
    print(f"two processes take {took[2] / took[1]:.2f} of the time of one; same answers: {costs[1] == costs[2]}")


if __name__ == "__main__":
    main()
