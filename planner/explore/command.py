"""`python -m planner explore QUESTION PLAN [name=value …]`: any question from the command line."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from planner.explore import questions
from planner.explore.case import SWEEP, Case
from planner.explore.executors import NoCluster
from planner.explore.question import Question, QuestionError
from planner.explore.runner import Runner
from planner.model.options import Options
from planner.plan.files import read_plan
from planner.plan.patch import PatchError

ANSWERED, INVALID, INFEASIBLE, OUT_OF_TIME = 0, 2, 3, 4


def run(args: argparse.Namespace) -> int:
    """Answer the question that the arguments ask; returns the exit code."""
    known = questions()
    asked = known.get(args.question)
    if asked is None:
        print(f"found the question {args.question!r}; there are:\n{describe(known)}", file=sys.stderr)
        return INVALID
    wrong = [text for text in args.told if "=" not in text]
    if wrong:
        print(f"found {wrong[0]!r}; what the question is told is written as name=value", file=sys.stderr)
        return INVALID
    told = dict(text.split("=", 1) for text in args.told)
    reading = read_plan(args.plan)
    for fault in reading.faults:
        print(fault.text, file=sys.stderr)
    if reading.plan is None:
        return INVALID
    plan = reading.plan
    options = Options(gap=args.gap, time_limit=args.time_limit)
    try:
        asked.told(told)
        with Runner(tell=_tell if sys.stderr.isatty() else None) as runner:
            result = runner.one(Case("the plan", plan, options, explained=True))
            if result is None or not result.has_plan:
                for conflict in result.conflicts if result is not None else ():
                    print(conflict.sentence, file=sys.stderr)
                return INFEASIBLE if result is not None and result.status == "infeasible" else OUT_OF_TIME
            answer = asked.ask(plan, result, runner, **told)
            lost = runner.lost
    except (NoCluster, PatchError, QuestionError) as error:
        print(error, file=sys.stderr)
        return INVALID
    for name in lost:
        print(f"{name}: not solved, its workers were lost (most often for want of memory)", file=sys.stderr)
    if args.out is not None:
        answer.write(args.out)
    if args.json:
        frames = {name: json.loads(frame.to_json(orient="records")) for name, frame in answer.frames.items()}
        print(json.dumps({"sentences": answer.sentences, "facts": answer.facts, "frames": frames}))
        return ANSWERED
    print("\n".join(answer.sentences))
    for name, frame in answer.frames.items():
        print(f"\n{name}\n{frame.to_string(index=False, max_rows=40)}")
    return ANSWERED


def describe(known: dict[str, Question]) -> str:
    """The questions with what each can be told, a line or more each."""
    lines = []
    for name, question in known.items():
        lines.append(f"  {name}: {question.title}. {question.help}")
        for param in question.params:
            default = "must be told" if param.default is None else f"default {param.default!r}"
            choices = f" ({', '.join(param.choices)})" if param.choices else ""
            lines.append(f"      {param.name}={param.kind.__name__}{choices}: {param.help}; {default}")
    return "\n".join(lines)


def add_parser(commands: argparse._SubParsersAction, meant: bool) -> None:
    """Add the command to the others; all questions are looked up only where it is `meant`."""
    explore = commands.add_parser(
        "explore",
        help="why this plan, and what if: questions that take many solves",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Questions:\n" + describe(questions()) if meant else "",
    )
    explore.add_argument("question", help="what is asked")
    explore.add_argument("plan", type=Path, help="a folder of CSV files, or a workbook")
    explore.add_argument("told", nargs="*", metavar="name=value", help="what the question is told")
    explore.add_argument(
        "--gap", type=float, default=SWEEP.gap, help="relative gap of each solve (default %(default)s)"
    )
    explore.add_argument(
        "--time-limit", type=float, default=SWEEP.time_limit, metavar="S", help="seconds of each solve"
    )
    explore.add_argument("--out", type=Path, metavar="DIR", help="write the tables as CSV")
    explore.add_argument("--json", action="store_true", help="print one JSON object")
    explore.set_defaults(run=run)


def _tell(done: int, asked: int, name: str) -> None:
    print(f"\r\x1b[K{done} of {asked}: {name}", end="\n" if done == asked else "", file=sys.stderr, flush=True)
