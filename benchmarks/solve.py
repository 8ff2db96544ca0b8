"""How long a solve takes, and how good its plan is: `python -m benchmarks.solve [--large]`.

Seconds depend on the machine; compare rows of one run.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.synthetic import synthetic
from planner.plan.files import read_plan
from planner.plan.plan import Plan
from planner.result.run import Options, Progress, solve_plan

SAMPLES = Path(__file__).parent.parent / "sample_data"


def measure(name: str, plan: Plan, gap: float, time_limit: float) -> None:
    """Print one row: size, seconds to the first plan and in all, the gap reached."""
    first: list[float] = []

    def watch(progress: Progress) -> None:
        if progress.incumbent is not None and not first:
            first.append(progress.seconds)

    result = solve_plan(plan, Options(gap=gap, time_limit=time_limit), watch)
    reached = "none" if result.gap is None else f"{result.gap:.2%}"
    begun = f"{first[0]:.1f}" if first else "none"
    seconds = result.seconds
    print(
        f"| {name} | {result.size['columns']:,} | {result.size['integers']:,} | {seconds['build']:.2f} | {begun} "
        f"| {seconds['solve']:.1f} | {gap:.1%} | {reached} | {seconds.get('check', 0):.2f} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="also a plan of about 100,000 columns")
    args = parser.parse_args()
    print("| plan | columns | integers | build s | first plan s | solve s | gap asked | gap reached | check s |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name in ("pilot", "global_assistant"):
        plan = read_plan(SAMPLES / name).plan
        if plan is None:
            raise SystemExit(f"the sample plan {name} is not valid")
        for gap in (0.02, 0.01) if name == "global_assistant" else (0.001,):
            measure(name, plan, gap, 120)
    if args.large:
        large = synthetic(periods=36, offers=60, workloads=8, locations=8, critical=0)
        measure("synthetic, 36 periods", large, 0.02, 300)


if __name__ == "__main__":
    main()
