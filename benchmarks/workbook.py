"""Seconds and memory of the finance workbook: of the sample, and of ten copies of it side by side.

`python -m benchmarks.workbook [--copies 1 10] [--profile]` prints a table. Each row is measured in a process of
its own; memory is what the workbook adds to what the process held before.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from planner.plan.files import read_plan
from planner.plan.plan import Plan
from planner.plan.schema import Column
from planner.plan.tables import TABLES
from planner.report.workbook import export_workbook
from planner.result.frames import result_frame
from planner.result.result import Result
from planner.store.results import unpack_result
from sample_data.ahead import path_of

SAMPLE = Path(__file__).parents[1] / "sample_data" / "global_assistant"
SHARED = ("settings", "slices")
"""Tables that all copies have in common."""


def copies(plan: Plan, result: Result, n: int) -> tuple[Plan, Result]:
    """`n` copies of a solved plan side by side: every name gets a number, so no copy knows of another."""
    if n == 1:
        return plan, result
    refs = {c.name: c for t in TABLES.values() for c in t.columns if t.name not in SHARED and _is_name(c, t.key)}
    refs.pop("slice", None)
    many = Plan.of({k: v if k in SHARED else _copied(v, refs, n) for k, v in plan.tables.items()})
    frames = {k: result_frame(k, _copied(v, refs, n)) for k, v in result.frames.items()}
    objective = float(frames["ledger"]["present_value"].sum())
    return many, Result("optimal", many.content_hash, objective=objective, bound=objective, gap=0.0, frames=frames)


def _is_name(column: Column, key: tuple[str, ...]) -> bool:
    """Whether a column names a row of a table: its own, or that of another."""
    return column.is_text and (bool(column.ref) or (column.name in key and not column.choices))


def _copied(frame: pd.DataFrame, names: Mapping[str, Column], n: int) -> pd.DataFrame:
    parts = []
    for k in range(n):
        part = frame.copy()
        for name in set(names) & set(part.columns):
            cells = part[name].astype(object)
            blank = cells.isna() | (cells == "")
            part[name] = cells.where(blank, cells.map(lambda v, k=k: ";".join(f"{x}~{k}" for x in str(v).split(";"))))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def peak() -> float:
    """The most memory that this process has held, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(n: int, profile: bool) -> str:
    """One row of the table, measured here."""
    plan = read_plan(SAMPLE).plan
    if plan is None:
        raise SystemExit("the sample plan is not valid")
    plan, result = copies(plan, unpack_result(path_of(plan.content_hash).read_bytes()), n)
    with TemporaryDirectory() as folder:
        path, before = Path(folder) / "plan.xlsx", peak()
        began, busy = time.perf_counter(), time.process_time()
        watch = cProfile.Profile()
        if profile:
            watch.enable()
        export_workbook(plan, result, path)
        watch.disable()
        seconds, busy = time.perf_counter() - began, time.process_time() - busy
        size = path.stat().st_size / 1e6
    if profile:
        pstats.Stats(watch, stream=sys.stderr).sort_stats("tottime").print_stats(40)
    rows = len(result.ledger)
    return f"| {n} | {rows:,} | {seconds:.1f} | {busy:.1f} | {before:.0f} | {peak() - before:.0f} | {size:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--profile", action="store_true", help="also print where the time went")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.here:
        print(measure(args.copies[0], args.profile))
        return
    print("| copies | ledger rows | seconds | of which busy | MB before | MB more | file MB |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for n in args.copies:
        more = ["--profile"] if args.profile else []
        subprocess.run([sys.executable, "-m", "benchmarks.workbook", "--here", "--copies", str(n), *more], check=True)


if __name__ == "__main__":
    main()
