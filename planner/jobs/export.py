"""The job that makes files of a solved plan for finance: the workbook and the FOCUS file, kept for download."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.explore.case import Case
from planner.explore.lenses import lens_case
from planner.finance import AccountingPolicy, books
from planner.finance.lens import Measure
from planner.jobs.explore import StoredResults
from planner.jobs.job import Job
from planner.jobs.kinds import JobError, Report
from planner.jobs.queue import Queue
from planner.jobs.solve import PLAN, RESULT
from planner.model.options import Cancel, Progress
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.focus import write_focus
from planner.report.money.choices import packed, unpacked
from planner.report.workbook import Extra, export_workbook
from planner.result.result import Result
from planner.store import Store
from planner.store.results import pack_frames, pack_result, unpack_frames, unpack_result


@dataclass(frozen=True)
class Form:
    """A kind of file: its name for people, what it is for, its ending and its media type."""

    name: str
    help: str
    suffix: str
    mime: str


WORKBOOK, EXTRA = "workbook", "extra.frames"
FORMS = {
    WORKBOOK: Form(
        "Finance workbook",
        "Every statement as live formulas, for Excel and LibreOffice",
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "focus-csv": Form(
        "FOCUS 1.2, CSV", "Cost and usage in the columns of FOCUS, to join with bills", "csv", "text/csv"
    ),
    "focus-parquet": Form(
        "FOCUS 1.2, Parquet",
        "The same for data platforms, with dates and amounts as such",
        "parquet",
        "application/vnd.apache.parquet",
    ),
}
"""The files that can be made."""


SOLVING = 0.7
"""Share of the job that a solve is taken to be, where the file's plan is to be solved first."""


@dataclass(frozen=True)
class LensCase:
    """A lens whose plan is wanted: the solve as the question of lenses does it."""

    plan: Plan
    measure: Measure
    case: Case
    gap: float
    seconds: float

    @classmethod
    def of(cls, plan: Plan, measure: Measure, policy: AccountingPolicy, gap: float, seconds: float) -> LensCase:
        """The solve for a measure. Raises QuestionError for what no lens can be made of."""
        return cls(plan, measure, lens_case(plan, measure, policy, gap, seconds), gap, seconds)


class _Stopped(Exception):
    """Whoever asked for the file does not want it any more."""


class Exports:
    """Files that were made, by what was asked for: the newest `keep`, in a folder that goes with the server."""

    def __init__(self, keep: int = 12) -> None:
        self.keep = keep
        self._folder = tempfile.TemporaryDirectory(prefix="planner-files-")
        self._paths: OrderedDict[str, Path] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, key: str, source: Path) -> None:
        """Keep a file; the oldest one goes when there are too many."""
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        path = Path(self._folder.name) / (name + source.suffix)
        shutil.copyfile(source, path)
        with self._lock:
            self._paths[key] = path
            self._paths.move_to_end(key)
            while len(self._paths) > self.keep:
                self._paths.popitem(last=False)[1].unlink(missing_ok=True)

    def get(self, key: str) -> Path | None:
        """Where the file is, or None when it was not made or has gone."""
        with self._lock:
            path = self._paths.get(key)
        return path if path is not None and path.exists() else None

    def close(self) -> None:
        """Remove every file."""
        self._folder.cleanup()


def size(path: Path) -> str:
    """How large a file is, in words: 1.24 MB."""
    count = path.stat().st_size
    return fmt.quantity(count / 1e6, "MB") if count >= 1e6 else fmt.quantity(round(count / 1e3), "kB")


def export_key(plan: Plan, result: Result, policy: AccountingPolicy, form: str, extra: Sequence[Extra] = ()) -> str:
    """What makes two files the same: the inputs, the answer, the accounting policy, the kind of file, what is added."""
    answer = (plan.content_hash, result.status, result.objective, result.bound, sorted(result.seconds.items()))
    added = [(e.title, e.note, e.frame.to_csv(index=False)) for e in extra] if form == WORKBOOK else []
    text = repr((answer, packed(policy), form, added))
    return f"export {form} {hashlib.sha256(text.encode()).hexdigest()}"


def submit_export(
    queue: Queue,
    exports: Exports,
    plan: Plan,
    result: Result,
    policy: AccountingPolicy,
    form: str,
    owner: str = "",
    extra: Sequence[Extra] = (),
) -> Job:
    """Have a file made by a child process; it is in `exports` under `export_key` as soon as the job is done.

    A workbook has the tables of `extra` on sheets of their own. Joins the making of the same file that is under way.
    A job that was asked to stop leaves no file. Raises KeyError for a form that is not one of `FORMS`, ValueError for
    a result without a plan.
    """
    suffix = FORMS[form].suffix
    if not result.has_plan:
        raise ValueError("there is no solved plan to make a file of")
    key = export_key(plan, result, policy, form, extra)
    files = {PLAN: pack_frames(plan.tables, {}), RESULT: pack_result(result), **_packed(form, extra)}

    def finish(folder: Path, said: Mapping[str, Any]) -> None:
        if said.get("file"):
            exports.put(key, folder / str(said["file"]))

    return queue.submit(
        {"kind": "export", "plan": PLAN, "result": RESULT, "policy": packed(policy), "form": form, "suffix": suffix},
        key=key,
        owner=owner,
        express=True,
        files=files,
        finish=finish,
    )


def lens_key(asked: LensCase, policy: AccountingPolicy, form: str, extra: Sequence[Extra] = ()) -> str:
    """What makes two files the same whose plan is still to be solved."""
    text = repr((asked.case.key, packed(policy), form, [(e.title, e.note, e.frame.to_csv(index=False)) for e in extra]))
    return f"export {form} {hashlib.sha256(text.encode()).hexdigest()}"


def submit_lens_export(
    queue: Queue,
    exports: Exports,
    store: Store,
    asked: LensCase,
    policy: AccountingPolicy,
    form: str,
    owner: str = "",
    extra: Sequence[Extra] = (),
) -> Job:
    """Have the plan of a lens solved and a file made of it, by one child process.

    The result is then kept in the store as an answer to the lens's question, and the file in `exports` under
    `export_key` of that result. What `submit_export` says of joining, stopping and errors holds here as well.
    """
    files = {PLAN: pack_frames(asked.plan.tables, {}), **_packed(form, extra)}

    def finish(folder: Path, said: Mapping[str, Any]) -> None:
        if not said.get("file"):
            return
        result = unpack_result((folder / RESULT).read_bytes())
        StoredResults(store).put(asked.case, result)
        exports.put(export_key(asked.plan, result, policy, form, extra), folder / str(said["file"]))

    return queue.submit(
        {
            "kind": "export",
            "plan": PLAN,
            "lens": {"measure": asked.measure, "gap": asked.gap, "seconds": asked.seconds},
            "policy": packed(policy),
            "form": form,
            "suffix": FORMS[form].suffix,
        },
        key=lens_key(asked, policy, form, extra),
        owner=owner,
        files=files,
        finish=finish,
    )


def _packed(form: str, extra: Sequence[Extra]) -> dict[str, bytes]:
    """The tables that a workbook takes along, as a file of the job."""
    if form != WORKBOOK or not extra:
        return {}
    about = [[e.title, e.note] for e in extra]
    return {EXTRA: pack_frames({str(i): e.frame for i, e in enumerate(extra)}, {"extra": about})}


def _extra() -> list[Extra]:
    """The tables that came with the job."""
    if not Path(EXTRA).exists():
        return []
    frames, about = unpack_frames(Path(EXTRA).read_bytes())
    return [Extra(title, frames[str(i)], note) for i, (title, note) in enumerate(about["extra"])]


def _solved(case: Case, report: Report, cancel: Cancel) -> Result:
    """The result of a case, with how far its search is as the first part of the job."""
    limit = case.options.time_limit or 1.0

    def progress(step: Progress) -> None:
        done = round(100 * SOLVING * min(step.seconds / limit, 1.0))
        report(stage=f"Solving: {case.name}", done=done, total=100, gap=step.gap)

    result = case.solve(progress, cancel)
    if cancel.is_set():
        raise _Stopped
    if not result.has_plan:
        raise JobError(f"No plan was found in {limit:g} seconds.")
    return result


def run(spec: Mapping[str, Any], report: Report, cancel: Cancel) -> Mapping[str, Any]:
    """Make the file of the spec in the job's folder; returns its name in `file`, None when it was asked to stop.

    With a `lens` in the spec its plan is solved first, and the result left beside the file.
    """
    form = str(spec["form"])
    if form not in FORMS:
        raise JobError(f"There is no kind of file called {form}.")

    begin = 0.0

    def tell(stage: str, share: float) -> None:
        if cancel.is_set():
            raise _Stopped
        report(stage=stage, done=round((begin + (1.0 - begin) * share) * 100), total=100)

    target = Path(f"file.{FORMS[form].suffix}")
    try:
        tell("Reading", 0.0)
        plan = Plan.of(unpack_frames(Path(spec["plan"]).read_bytes())[0])
        policy = unpacked(spec["policy"])
        if spec.get("lens"):
            result = _solved(lens_case(plan, policy=policy, **spec["lens"]), report, cancel)
            Path(RESULT).write_bytes(pack_result(result))
            begin = SOLVING
        else:
            result = unpack_result(Path(spec["result"]).read_bytes())
        if form == WORKBOOK:
            export_workbook(
                plan, result, target, policy, lambda stage, share: tell(stage, 0.1 + 0.9 * share), extra=_extra()
            )
        else:
            tell("Books", 0.1)
            made = books(plan, result, policy)
            tell("Rows", 0.3)
            write_focus(made, target)
        tell("Done", 1.0)
    except _Stopped:
        return {"file": None}
    return {"file": target.name, "bytes": target.stat().st_size}
