"""How long it takes until a job begins and answers: child started for it, and child that waits warm.

`python -m benchmarks.jobs [PLAN] [--gap G] [--times N]` prints a table of medians.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from planner.jobs import Queue
from planner.jobs.child import Child
from planner.jobs.job import Job
from planner.jobs.solve import submit_solve
from planner.model.options import Options
from planner.plan.files import read_plan
from planner.plan.plan import Plan
from planner.result.run import solve_plan
from planner.store import Store

PILOT = Path(__file__).parents[1] / "sample_data" / "pilot"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plan", type=Path, nargs="?", default=PILOT)
    parser.add_argument("--gap", type=float, default=0.01)
    parser.add_argument("--times", type=int, default=5)
    args = parser.parse_args()
    plan = read_plan(args.plan).plan
    if plan is None:
        parser.error(f"{args.plan} is no valid plan")
    options = Options(gap=args.gap)
    began = time.perf_counter()
    solve_plan(plan, options)
    print(f"{plan.settings.name}, to a gap of {args.gap:.1%}; seconds, median of {args.times}")
    here = time.perf_counter() - began
    print(f"{'':<34}{'first step':>14}{'answer kept':>14}{'MB of the child':>18}")
    print(f"{'in this process':<34}{'':>14}{here:>14.2f}")
    with TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{Path(folder) / 'planner.db'}")
        for name, warm in (("child started for the job", 0), ("child that waits warm", 1)):
            rows = [_once(store, plan, options, warm) for _ in range(args.times)]
            figures = (statistics.median(column) for column in zip(*rows, strict=True))
            first, kept, memory = figures
            print(f"{name:<34}{first:>14.2f}{kept:>14.2f}{memory:>18.0f}")
        store.close()


def _once(store: Store, plan: Plan, options: Options, warm: int) -> tuple[float, float, float]:
    """Seconds from the click to the first step and to the result in the store; memory of the child that waits next."""
    queue = Queue(slots=1, warm=warm)
    for child in queue._children:
        child.ready.wait(60)
    began = time.perf_counter()
    job = submit_solve(queue, store, plan, options)
    first = _when(lambda: job.progress is not None or not job.live, job)
    kept = _when(lambda: not job.live, job)
    memory = max((_megabytes(child) for child in queue._children if child.ready.wait(60)), default=float("nan"))
    queue.close()
    if job.state != "done":
        raise SystemExit(f"the job failed: {job.error}")
    return first - began, kept - began, memory


def _megabytes(child: Child) -> float:
    """Resident memory, from the system's own account (Linux)."""
    said = Path(f"/proc/{child.process.pid}/status").read_text()
    return float(said.partition("VmRSS:")[2].split()[0]) / 1024


def _when(true: Callable[[], bool], job: Job) -> float:
    while not true():
        job.wait(0.002)
    return time.perf_counter()


if __name__ == "__main__":
    main()
