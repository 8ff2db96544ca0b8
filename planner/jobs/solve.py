"""The job that solves a plan: what the child does, and how the server asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from planner.explore.case import closer
from planner.jobs.job import Job
from planner.jobs.kinds import JobError, Report
from planner.jobs.queue import Queue
from planner.model.options import Cancel, Options, Progress
from planner.plan.files import read_plan
from planner.plan.plan import Plan
from planner.result.run import solve_plan
from planner.store import Store, options_key
from planner.store.results import pack_frames, pack_result, unpack_frames

PLAN, RESULT = "plan.frames", "result.frames"


def solve_key(plan: Plan, options: Options) -> str:
    """What makes two solves the same: the plan's content and the options."""
    return f"solve {plan.content_hash} {options_key(options)}"


def submit_solve(
    queue: Queue, store: Store, plan: Plan, options: Options, owner: str = "", express: bool = False
) -> Job:
    """Have a plan solved by a child process, its result kept in the store; joins a solve of the same that is under way.

    The job's result is the result's `summary`; the frames are in `store.results` as soon as the job is done.
    """

    def finish(folder: Path, _said: Mapping[str, Any]) -> None:
        store.results.put(plan, options_key(options), (folder / RESULT).read_bytes())

    return queue.submit(
        {"kind": "solve", "plan": PLAN, "options": asdict(options), "out": "."},
        key=solve_key(plan, options),
        owner=owner,
        express=express,
        files={PLAN: pack_frames(plan.tables, {})},
        finish=finish,
    )


def run(spec: Mapping[str, Any], report: Report, cancel: Cancel) -> Mapping[str, Any]:
    """Solve the plan in the file `plan` with `options`; the packed result goes to the folder `out`."""

    def progress(step: Progress) -> None:
        report(**asdict(step))

    plan = _plan(Path(spec["plan"]))
    result = solve_plan(plan, closer(plan, Options(**spec["options"])), progress, cancel)
    (Path(spec["out"]) / RESULT).write_bytes(pack_result(result))
    return result.summary()


def _plan(path: Path) -> Plan:
    if path.suffix == Path(PLAN).suffix:
        return Plan.of(unpack_frames(path.read_bytes())[0])
    reading = read_plan(path)
    if reading.plan is None:
        raise JobError("The plan is not valid: " + "; ".join(fault.text for fault in reading.faults[:5]))
    return reading.plan
