"""The sample plan solved ahead, so that the first thing anybody sees is an answer.

The answers are in `solved/`, one file each, named by the hash of the inputs that they answer, so
that the app never shows one to other inputs.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from planner.model.options import Options
from planner.plan.files import read_plan
from planner.plan.plan import Plan
from planner.result.run import business_as_usual, solve_plan
from planner.store.results import pack_result

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "sample_data" / "global_assistant"
SOLVED = ROOT / "sample_data" / "solved"


def path_of(plan_hash: str, folder: Path = SOLVED) -> Path:
    """Where the answer to the plan with this content hash is, or would be."""
    return folder / f"{plan_hash}.result"


def solve(plan: Plan, options: Options, folder: Path = SOLVED) -> Path:
    """Solve the plan and write its answer. Raises RuntimeError when the answer fails its own check."""
    result = solve_plan(plan, options)
    if not result.has_plan or result.violations:
        raise RuntimeError(f"{plan.settings.name}: {result.status} {' '.join(result.violations)}")
    folder.mkdir(parents=True, exist_ok=True)
    path = path_of(plan.content_hash, folder)
    path.write_bytes(pack_result(result))
    print(f"{path.name}: {result.status}, gap {result.gap:.4f}, {sum(result.seconds.values()):.0f} s")
    return path


def main(arguments: Sequence[str]) -> int:
    """`python sample_data/solve.py [--gap 0.002] [--check]`: solve both plans, or with --check only say whether their answers are there; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gap", type=float, default=0.002)
    parser.add_argument("--time-limit", type=float, default=600)
    parser.add_argument("--check", action="store_true", help="exit with 1 when an answer is missing; solve nothing")
    args = parser.parse_args(arguments)
    plan = read_plan(SAMPLE).plan
    if plan is None:
        raise SystemExit("the sample plan is not valid")
    plans = (plan, business_as_usual(plan))
    if args.check:
        return int(not all(path_of(p.content_hash).exists() for p in plans))
    new = {solve(p, Options(args.gap, args.time_limit)) for p in plans}
    for old in set(SOLVED.glob("*.result")) - new:
        old.unlink()
    return 0
