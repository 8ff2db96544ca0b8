"""The sample plan solved ahead, so that the first thing anybody sees is an answer.

The answers are in `solved/`, one file each, named by the hash of the inputs that they answer, so
that the app never shows one to other inputs. So are those to the questions that the pages ask first.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from planner.explore import questions
from planner.explore.runner import Runner
from planner.model.options import Options
from planner.plan.files import read_plan
from planner.plan.plan import Plan
from planner.result.result import Result
from planner.result.run import business_as_usual, solve_plan
from planner.store.results import pack_result, unpack_result

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "sample_data" / "global_assistant"
SOLVED = ROOT / "sample_data" / "solved"
QUESTIONS: dict[str, dict[str, Any]] = {
    "rules": {},
    "scenarios": {},
    "frontier": {"against": "carbon", "points": 5, "gap": 1.0, "seconds": 30.0},
    "alternatives": {"share": "2"},
}
"""What the pages ask when nobody has chosen anything yet; a test holds the pages to it."""


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


def answer_path(plan: Plan, name: str, folder: Path = SOLVED) -> Path:
    """Where the answer to a question of `QUESTIONS` about the plan is, or would be."""
    key = hashlib.sha256(questions()[name].key(plan, QUESTIONS[name]).encode()).hexdigest()
    return folder / f"{plan.content_hash[:16]}-{name}-{key[:16]}.answer"


def ask(plan: Plan, result: Result, folder: Path = SOLVED) -> list[Path]:
    """Answer every question of `QUESTIONS` about the plan and write the answers."""
    paths = []
    with Runner() as runner:
        for name, told in QUESTIONS.items():
            answer = questions()[name].ask(plan, result, runner, **told)
            if runner.lost:
                raise RuntimeError(f"{name}: {', '.join(runner.lost)} could not be solved")
            path = answer_path(plan, name, folder)
            path.write_bytes(answer.pack())
            print(f"{path.name}: {answer.sentences[0] if answer.sentences else ''}")
            paths.append(path)
    return paths


def main(arguments: Sequence[str]) -> int:
    """`python sample_data/solve.py`: solve both plans and answer the questions; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gap", type=float, default=0.002)
    parser.add_argument("--time-limit", type=float, default=600)
    parser.add_argument("--check", action="store_true", help="exit with 1 when an answer is missing; solve nothing")
    parser.add_argument(
        "--questions", action="store_true", help="answer the questions alone, from the plans solved before"
    )
    args = parser.parse_args(arguments)
    plan = read_plan(SAMPLE).plan
    if plan is None:
        raise SystemExit("the sample plan is not valid")
    plans = (plan, business_as_usual(plan))
    if args.check:
        wanted = [path_of(p.content_hash) for p in plans] + [answer_path(plan, name) for name in QUESTIONS]
        missing = [path.name for path in wanted if not path.exists()]
        print("\n".join(missing) or "all there")
        return int(bool(missing))
    new = {path_of(p.content_hash) for p in plans}
    if not args.questions:
        new = {solve(p, Options(args.gap, args.time_limit)) for p in plans}
    new |= set(ask(plan, unpack_result(path_of(plan.content_hash).read_bytes())))
    for old in set(SOLVED.glob("*.result")) | set(SOLVED.glob("*.answer")):
        if old not in new:
            old.unlink()
    return 0
