"""The job that makes files: the same file as here, progress on the way, a stop that leaves nothing."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from planner.finance import AccountingPolicy, books
from planner.finance.lens import AFTER_TAX, measure_of
from planner.jobs import JobError, Queue
from planner.jobs.explore import StoredResults
from planner.jobs.export import FORMS, Exports, LensCase, export_key, lens_key, run, submit_export, submit_lens_export
from planner.jobs.kinds import find
from planner.jobs.solve import PLAN, RESULT
from planner.plan.plan import Plan
from planner.report.focus import read_back
from planner.report.money.choices import packed
from planner.report.workbook import Extra
from planner.result.result import Result
from planner.store import Store
from planner.store.results import pack_frames, pack_result
from tests.builders import solved, tiny
from tests.finance.test_lens import BONUS, buy_or_lease

SOON = 60.0
POLICY = AccountingPolicy(depreciation="macrs", idle="platform")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return tiny([{"price_per_hour": 2.0}, {"pricing": "owned", "purchase_price": 9000.0}], [5000.0, 9000.0], periods=2)


@pytest.fixture(scope="module")
def result(plan: Plan) -> Result:
    return solved(plan)


@pytest.fixture(scope="module")
def queue() -> Iterator[Queue]:
    queue = Queue(slots=1, warm=1)
    yield queue
    queue.close()


@pytest.fixture
def exports() -> Iterator[Exports]:
    exports = Exports(keep=2)
    yield exports
    exports.close()


@pytest.fixture
def folder(tmp_path: Path, plan: Plan, result: Result, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job's folder, with the job's files in it."""
    (tmp_path / PLAN).write_bytes(pack_frames(plan.tables, {}))
    (tmp_path / RESULT).write_bytes(pack_result(result))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def spec(form: str) -> dict[str, object]:
    return {"plan": PLAN, "result": RESULT, "policy": packed(POLICY), "form": form}


def test_a_workbook_is_made_by_a_child_and_kept(queue: Queue, exports: Exports, plan: Plan, result: Result):
    key = export_key(plan, result, POLICY, "workbook")
    assert exports.get(key) is None
    job = submit_export(queue, exports, plan, result, POLICY, "workbook", "ana")
    assert queue.find(key) is job
    assert job.wait(SOON)
    assert (job.state, job.error) == ("done", "")
    path = exports.get(key)
    assert path is not None
    assert openpyxl.load_workbook(path, read_only=True).sheetnames[0] == "Cover"
    assert len({s.stage for s in job.trajectory}) > 3
    shares = [s.done for s in job.trajectory if s.done is not None]
    assert shares == sorted(shares)
    assert shares[-1] == 100


@pytest.mark.parametrize("form", ["focus-csv", "focus-parquet"])
def test_a_focus_file_bills_the_ledgers_cash(folder: Path, plan: Plan, result: Result, form: str):
    said = run(spec(form), lambda **fields: None, threading.Event())
    data = (folder / str(said["file"])).read_bytes()
    assert said["bytes"] == len(data)
    rows = pd.read_parquet(io.BytesIO(data)) if form.endswith("parquet") else read_back(data)
    cash = result.ledger.loc[result.ledger["cash"] != "non_cash", "amount"].sum()
    assert rows["BilledCost"].astype(float).sum() == pytest.approx(cash, abs=0.01)


def test_the_policy_of_the_form_is_that_of_the_workbook(folder: Path, plan: Plan, result: Result):
    said = run(spec("workbook"), lambda **fields: None, threading.Event())
    sheet = openpyxl.load_workbook(folder / str(said["file"]), data_only=True)["P&L"]
    cells = {c.value for row in sheet.iter_rows() for c in row if isinstance(c.value, float)}
    spent = books(plan, result, POLICY).register.depreciation.sum(axis=0)
    usual = books(plan, result).register.depreciation.sum(axis=0)
    assert abs(spent - usual).max() > 1
    for amount in spent:
        assert any(abs(abs(c) - amount) < 0.01 for c in cells)


class After:
    """Asks to stop at the n-th look."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def is_set(self) -> bool:
        self.looks -= 1
        return self.looks < 0


@pytest.mark.parametrize("form", FORMS)
def test_a_stop_at_any_stage_leaves_no_file(folder: Path, form: str):
    stages: list[str] = []
    run(spec(form), lambda **fields: stages.append(str(fields["stage"])), threading.Event())
    for looks in range(len(stages)):
        assert run(spec(form), lambda **fields: None, After(looks)) == {"file": None}


def test_a_job_that_is_stopped_keeps_nothing(queue: Queue, exports: Exports, plan: Plan, result: Result):
    slow = queue.submit({"kind": "tests.jobs.fakes:count", "steps": 10_000})
    other = submit_export(queue, exports, plan, result, AccountingPolicy(), "focus-csv")
    job = submit_export(queue, exports, plan, result, POLICY, "focus-csv")
    queue.cancel(job)
    assert job.wait(SOON)
    assert other.wait(SOON)
    queue.kill(slow)
    assert exports.get(job.key) is None
    assert exports.get(other.key) is not None


def test_only_the_newest_files_are_kept(exports: Exports, tmp_path: Path):
    paths = []
    for name in ("a", "b", "c"):
        source = tmp_path / f"{name}.csv"
        source.write_text(name)
        exports.put(name, source)
        paths.append(exports.get(name))
    assert exports.get("a") is None
    assert [p.read_text() for p in paths[1:] if p is not None] == ["b", "c"]
    assert [p is not None and os.path.exists(p) for p in paths] == [False, True, True]
    exports.close()
    assert exports.get("c") is None


def test_other_choices_make_other_files(plan: Plan, result: Result):
    keys = {export_key(plan, result, p, f) for p in (POLICY, AccountingPolicy()) for f in FORMS}
    assert len(keys) == 6
    assert export_key(plan, result, POLICY, "workbook") in keys
    assert all(len(k.split()[-1]) == hashlib.sha256().digest_size * 2 for k in keys)


def test_the_kind_is_known_and_an_unknown_form_is_told(folder: Path):
    assert find("export") is run
    with pytest.raises(JobError):
        run(spec("pdf"), lambda **fields: None, threading.Event())


def test_what_is_added_has_a_sheet_of_its_own(queue: Queue, exports: Exports, plan: Plan, result: Result):
    extra = [Extra("Decision log", pd.DataFrame({"what": ["agreed: less carbon"], "votes": [7]}))]
    job = submit_export(queue, exports, plan, result, POLICY, "workbook", extra=extra)
    assert job.wait(SOON)
    assert job.state == "done", job.error
    assert exports.get(export_key(plan, result, POLICY, "workbook")) is None
    path = exports.get(export_key(plan, result, POLICY, "workbook", extra))
    assert path is not None
    cells = {c.value for row in openpyxl.load_workbook(path)["Decision log"].iter_rows() for c in row}
    assert {"agreed: less carbon", 7} <= cells
    assert export_key(plan, result, POLICY, "focus-csv", extra) == export_key(plan, result, POLICY, "focus-csv")


def test_the_plan_of_a_lens_is_solved_kept_and_written(queue: Queue, exports: Exports, tmp_path: Path):
    store = Store.open(f"sqlite:///{tmp_path / 'kept.db'}")
    taxed = buy_or_lease(99_000.0, 3)
    asked = LensCase.of(taxed, AFTER_TAX, BONUS, 0.0, 60.0)
    job = submit_lens_export(queue, exports, store, asked, BONUS, "workbook", "ana")
    assert job.key == lens_key(asked, BONUS, "workbook")
    assert job.wait(SOON)
    assert job.state == "done", job.error
    shares = [s.done for s in job.trajectory if s.done is not None]
    assert shares == sorted(shares)
    assert shares[-1] == 100
    found = StoredResults(store).get(asked.case)
    assert found is not None
    assert found.aim is not None
    assert measure_of(found.aim.key) == AFTER_TAX
    assert found.aim.value == pytest.approx(70_000)
    path = exports.get(export_key(taxed, found, BONUS, "workbook"))
    assert path is not None
    book = openpyxl.load_workbook(path, data_only=True)
    assert book["Checks"]["B5"].value == "All checks hold"
    said = {r[0].value: r[1].value for r in book["Cover"].iter_rows(max_row=18)}
    assert str(said["Chosen for the least"]).startswith("Cost after tax, present value")
    assert said["Cost after tax, present value"] == pytest.approx(70_000)
    store.engine.dispose()


def test_a_lens_without_a_plan_in_time_and_one_that_is_stopped_leave_no_file(folder: Path, plan: Plan):
    cap = {"policy": "cap", "measure": "spend", "sense": "max", "limit": 1.0}
    impossible = tiny([{"price_per_hour": 2.0}], 5000.0, policies=[cap])
    (folder / PLAN).write_bytes(pack_frames(impossible.tables, {}))
    lens = {"measure": AFTER_TAX, "gap": 0.0, "seconds": 30.0}
    with pytest.raises(JobError, match="No plan was found"):
        run({**spec("workbook"), "lens": lens}, lambda **fields: None, threading.Event())
    (folder / PLAN).write_bytes(pack_frames(plan.tables, {}))
    stopped = threading.Event()
    stopped.set()
    assert run({**spec("workbook"), "lens": lens}, lambda **fields: None, stopped) == {"file": None}
