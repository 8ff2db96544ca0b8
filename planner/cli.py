"""The command line: `python -m planner solve | export | focus | check | write-problem | import`. Thin: it reads, calls, prints."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from planner.explore import command as explore
from planner.finance.lens import Lens, Measure, measure_of
from planner.plan.files import read_plan
from planner.plan.parse import Reading
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.screen import progress_line, screen
from planner.result.result import AimOutcome, Result
from planner.result.run import Options, Progress, solve_plan, write_problem

SOLVED, INVALID, INFEASIBLE, OUT_OF_TIME = 0, 2, 3, 4


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code that docs/plan-format.md promises."""
    parser = argparse.ArgumentParser(prog="python -m planner", description="Plan the cost of generative-AI capacity.")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_solve(commands)
    check = commands.add_parser("check", help="check a plan: faults and what looks odd")
    check.add_argument("plan", type=Path)
    check.set_defaults(run=_check)
    problem = commands.add_parser("write-problem", help="write the optimization problem as an LP or MPS file")
    problem.add_argument("plan", type=Path)
    problem.add_argument("path", type=Path)
    problem.set_defaults(run=_write_problem)
    _add_export(commands)
    _mount_import(commands)
    explore.add_parser(commands, "explore" in (sys.argv[1:2] if argv is None else argv[:1]))
    args = parser.parse_args(argv)
    try:
        return int(args.run(args))
    except BrokenPipeError:
        return SOLVED
    except OSError as error:  # a folder that cannot be written, a disk that is full
        print(f"{error.filename or ''}: {error.strerror or error}", file=sys.stderr)
        return INVALID


def _positive(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError("must be 0 or more and below 1")
    return value


def _add_solve(commands: argparse._SubParsersAction) -> None:
    solve = commands.add_parser("solve", help="find the cost-minimal mix")
    solve.add_argument("plan", type=Path, help="a folder of CSV files, or a workbook")
    solve.add_argument(
        "--gap", type=_share, default=Options.gap, help="relative gap at which to stop (default %(default)s)"
    )
    solve.add_argument("--time-limit", type=_positive, metavar="S", help="seconds for the solver")
    solve.add_argument("--out", type=Path, metavar="DIR", help="write the result tables as CSV")
    solve.add_argument("--json", action="store_true", help="print one JSON object")
    solve.add_argument("--solver", choices=("highs", "cbc"), default="highs")
    _add_lens(solve)
    solve.add_argument("--threads", type=int, choices=range(1, 65), metavar="N", default=1)
    solve.set_defaults(run=_solve)


def _add_lens(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--lens",
        choices=("cash", "after-tax", "accounting"),
        default="cash",
        help="what to minimise: cost before tax, cost after tax (both present values), or expenses over the plan; what is "
        "not cash is in each (default %(default)s)",
    )


def _lens(plan: Plan, name: str) -> Lens | None:
    """The aim of a lens by its name; None for least cost, which is no other aim."""
    return None if name == "cash" else Lens(plan, cast(Measure, name.replace("-", "_")))


def _add_export(commands: argparse._SubParsersAction) -> None:
    files = (
        ("export", "solve and write the finance workbook", "the workbook to write (.xlsx)", _workbook),
        ("focus", "solve and write the cost as a FOCUS 1.2 file", "the file to write (.csv or .parquet)", _focus),
    )
    for name, what, out, write in files:
        made = commands.add_parser(name, help=what)
        made.add_argument("plan", type=Path, help="a folder of CSV files, or a workbook")
        made.add_argument("--out", type=Path, metavar="FILE", required=True, help=out)
        made.add_argument(
            "--gap", type=_share, default=0.01, help="relative gap at which to stop (default %(default)s)"
        )
        made.add_argument("--time-limit", type=_positive, metavar="S", help="seconds for the solver")
        made.add_argument(
            "--result",
            type=Path,
            metavar="DIR",
            help="write the plan that `solve --out DIR` found, to the cent; nothing is solved",
        )
        _add_lens(made)
        made.set_defaults(run=_export, write=write)


def _workbook(plan: Plan, result: Result, path: Path) -> None:
    from planner.report.workbook import export_workbook

    export_workbook(plan, result, path)


def _focus(plan: Plan, result: Result, path: Path) -> None:
    from planner.finance import books
    from planner.report.focus import write_focus

    write_focus(books(plan, result), path)


def _export(args: argparse.Namespace) -> int:
    """Solve and write a file of the answer; the ending is looked at before a solver runs."""
    endings = (".xlsx",) if args.write is _workbook else (".csv", ".parquet")
    if args.out.suffix.lower() not in endings:
        print(f"{args.out}: the file must end in {' or '.join(endings)}", file=sys.stderr)
        return INVALID
    if args.result is not None and args.lens != "cash":
        print("--result is a plan already chosen by a lens: leave out --lens", file=sys.stderr)
        return INVALID
    _, plan = _read(args.plan)
    if plan is None:
        return INVALID
    result = _found(args.result, plan) if args.result is not None else None
    if args.result is not None and result is None:
        return INVALID
    if result is None:
        result = solve_plan(plan, Options(gap=args.gap, time_limit=args.time_limit), aim=_lens(plan, args.lens))
    for conflict in result.conflicts:
        print(conflict.sentence, file=sys.stderr)
    if not result.has_plan:
        return INFEASIBLE if result.status == "infeasible" else OUT_OF_TIME
    args.write(plan, result, args.out)
    print(f"{args.out}: {plan.settings.name}, {fmt.gap(result.gap if result.aim is None else result.aim.gap)}")
    if result.aim is not None:
        print(_by_lens(plan, result.aim))
    return SOLVED if result.status == "optimal" else OUT_OF_TIME


def _found(folder: Path, plan: Plan) -> Result | None:
    """The plan's result in a folder that `solve --out` wrote; None when there is none, which is said."""
    try:
        result = Result.read(folder)
    except (OSError, ValueError, KeyError) as error:
        print(f"{folder}: not the result of a solve ({error})", file=sys.stderr)
        return None
    if result.plan_hash != plan.content_hash:
        print(f"{folder}: the result of another plan, or of this one before its inputs changed", file=sys.stderr)
        return None
    return result


def _by_lens(plan: Plan, aim: AimOutcome) -> str:
    """What the plan of another lens comes to by it."""
    lens = (measure_of(aim.key) or aim.key).replace("_", "-")
    return f"Chosen by another lens, {lens}: {fmt.money(aim.value, plan.settings.currency)}, {fmt.gap(aim.gap)}."


def _mount_import(commands: argparse._SubParsersAction) -> None:
    from planner.plan import import_command

    import_command.add_parser(commands)


def _read(path: Path) -> tuple[Reading, Plan | None]:
    reading = read_plan(path)
    for fault in reading.faults:
        print(fault.text, file=sys.stderr)
    return reading, reading.plan


def _check(args: argparse.Namespace) -> int:
    reading, plan = _read(args.plan)
    for notice in reading.notices:
        print(f"notice {notice.text}", file=sys.stderr)
    if plan is None:
        return INVALID
    print(f"{plan.settings.name}: valid, {len(reading.notices)} notices")
    return SOLVED


def _write_problem(args: argparse.Namespace) -> int:
    _, plan = _read(args.plan)
    if plan is None:
        return INVALID
    write_problem(plan, args.path)
    return SOLVED


def _solve(args: argparse.Namespace) -> int:
    began = time.monotonic()
    reading, plan = _read(args.plan)
    if plan is None:
        return INVALID
    load = time.monotonic() - began
    if args.out is not None and args.plan.is_dir() and args.out.resolve() == args.plan.resolve():
        # Result tables share names with plan tables: sites and policies would be lost.
        print(f"{args.out}: results cannot be written into the folder of the plan", file=sys.stderr)
        return INVALID
    if args.lens != "cash" and args.solver == "cbc":
        print("--lens needs HiGHS", file=sys.stderr)
        return INVALID
    aim = _lens(plan, args.lens)
    cancel = threading.Event()

    def stop(*_: object) -> None:
        """The first interrupt keeps the best plan so far; a second one ends the program."""
        cancel.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, stop)
    show = None if args.json or not sys.stderr.isatty() else _show
    options = Options(gap=args.gap, time_limit=args.time_limit, solver=args.solver, threads=args.threads)
    try:
        result = solve_plan(plan, options, show, cancel, aim)
    finally:
        signal.signal(signal.SIGINT, before)
    result.seconds["load"] = load
    if args.out is not None and result.has_plan:
        result.write(args.out)
    if args.json:
        print(json.dumps(result.summary()))
    else:
        if show is not None:
            print(file=sys.stderr)
        for notice in reading.notices:
            print(f"notice {notice.text}", file=sys.stderr)
        print(screen(plan, result))
        if result.aim is not None:
            print(f"\n{_by_lens(plan, result.aim)}")
    for violation in result.violations:
        print(f"check failed: {violation}", file=sys.stderr)
    if result.status == "infeasible":
        print("No plan meets every rule. What would help:", file=sys.stderr)
        for conflict in result.conflicts:
            print(f"- {conflict.sentence}", file=sys.stderr)
        for way in result.alternatives:
            print("Or instead:", file=sys.stderr)
            for conflict in way:
                print(f"- {conflict.sentence}", file=sys.stderr)
        return INFEASIBLE
    return SOLVED if result.status == "optimal" else OUT_OF_TIME


def _show(progress: Progress) -> None:
    print("\r\x1b[K" + progress_line(progress), end="", file=sys.stderr, flush=True)
