"""The job that answers quickly: what the child does, and how the server asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from planner.explore.case import closer
from planner.explore.quick import QUICK, Start, quick
from planner.jobs.job import Job
from planner.jobs.kinds import Report
from planner.jobs.queue import Queue
from planner.jobs.solve import PLAN, RESULT, solve_key
from planner.model.options import Cancel, Options, Progress
from planner.plan.plan import Plan
from planner.store import Store, options_key
from planner.store.cache import SWEEP
from planner.store.results import pack_frames, pack_result, unpack_frames

START, NEXT = "start.npz", "next.npz"
KIND = "planner.jobs.quick:run"


def submit_quick(
    queue: Queue,
    store: Store,
    plan: Plan,
    owner: str = "",
    start: bytes | None = None,
    keep: Callable[[bytes], None] | None = None,
    options: Options = QUICK,
) -> Job:
    """Have a plan answered at once, its result kept in the store like that of any solve.

    `start`: what the answer to a plan like it left (`Start.pack`); `keep` is given what this one leaves.
    """

    def finish(folder: Path, said: Mapping[str, Any]) -> None:
        if said["status"] == "unsolved":  # nobody wanted it any more
            return
        store.results.put(plan, options_key(options), (folder / RESULT).read_bytes(), SWEEP)
        if keep is not None and (folder / NEXT).exists():
            keep((folder / NEXT).read_bytes())

    files = {PLAN: pack_frames(plan.tables, {})}
    if start is not None:
        files[START] = start
    return queue.submit(
        {"kind": KIND, "plan": PLAN, "options": asdict(options)},
        key=solve_key(plan, options),
        owner=owner,
        express=True,
        files=files,
        finish=finish,
    )


def run(spec: Mapping[str, Any], report: Report, cancel: Cancel) -> Mapping[str, Any]:
    """Answer the plan in the job's folder; the packed result and what it leaves for the next go there too."""

    def progress(step: Progress) -> None:
        report(**asdict(step))

    plan = Plan.of(unpack_frames(Path(spec["plan"]).read_bytes())[0])
    start = Start.unpack(Path(START).read_bytes()) if Path(START).exists() else None
    result, left = quick(plan, start, closer(plan, Options(**spec["options"])), progress, cancel)
    Path(RESULT).write_bytes(pack_result(result))
    if left is not None:
        Path(NEXT).write_bytes(left.pack())
    return result.summary()
