"""The command line: exit codes, what goes to which stream, what is written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from planner.cli import main
from planner.plan.files import write_folder, write_workbook
from planner.plan.plan import Plan
from planner.result.frames import FRAMES
from planner.result.result import Result
from tests.builders import tiny
from tests.model.hard import hard_plan
from tests.result.rich import rich_plan

PROMISED_COLUMNS = {
    "ledger": {
        "period", "date", "site", "provider", "offer", "workload", "category", "cash", "quantity", "unit",
        "unit_price", "amount", "discount_factor", "present_value",
    },
    "capacity": {"offer", "period", "devices_in_service", "ordered", "retired", "hours_used"},
    "routing": {"workload", "location", "site", "period", "slice", "volume"},
    "dispatch": {"workload", "offer", "period", "slice", "volume", "device_hours"},
    "emissions": {"period", "energy_kwh", "carbon_t", "water_m3"},
    "policies": {"policy", "value", "limit", "slack", "shadow_price"},
}  # fmt: skip


def folder_of(plan: Plan, path: Path) -> str:
    write_folder(plan, path)
    return str(path)


def simple(**more) -> Plan:
    return tiny([{"offer": "od", "price_per_hour": 2.0, **more}], volume=8760.0)


def test_solved_exits_with_0_and_says_what_to_rent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", folder_of(simple(), tmp_path / "plan")]) == 0
    said = capsys.readouterr()
    assert "17.5" in said.out
    assert "on_demand" in said.out


def test_json_is_one_object_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", folder_of(rich_plan(), tmp_path / "plan"), "--json"]) == 0
    out = capsys.readouterr().out
    said = json.loads(out)
    assert said["status"] == "optimal"
    assert set(said["seconds"]) >= {"load", "build", "solve", "results"}
    assert said["gap"] <= 0.001
    assert said["violations"] == []
    assert set(said) >= {"cash_present_value", "cost_by_category", "carbon_t", "energy_kwh", "size", "bound"}


def test_as_a_process_json_is_alone_on_standard_output(tmp_path: Path) -> None:
    """The solver's own banner must not spoil it: that is printed below Python, where capsys does not look."""
    path = folder_of(simple(), tmp_path / "plan")
    done = subprocess.run(
        [sys.executable, "-m", "planner", "solve", path, "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["objective"] == pytest.approx(17520)
    assert "Traceback" not in done.stderr


def test_out_writes_the_promised_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "deep" / "result"
    assert main(["solve", folder_of(rich_plan(), tmp_path / "plan"), "--out", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    for name, columns in PROMISED_COLUMNS.items():
        frame = pd.read_csv(out / f"{name}.csv")
        assert set(frame.columns) >= columns
        assert list(frame.columns) == list(FRAMES[name])
        assert len(frame)
    assert pd.read_csv(out / "ledger.csv")["present_value"].sum() == pytest.approx(said["objective"], rel=1e-6)
    assert Result.read(out).objective == said["objective"]


def test_a_workbook_gives_what_the_folder_gives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_workbook(simple(), tmp_path / "plan.xlsx")
    assert main(["solve", str(tmp_path / "plan.xlsx"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["objective"] == pytest.approx(17520)


def test_invalid_input_exits_with_2_and_names_every_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(folder_of(simple(), tmp_path / "plan"))
    offers = (path / "offers.csv").read_text().replace("on_demand", "on_demnd").replace("2.0", "two")
    (path / "offers.csv").write_text(offers)
    demand = (path / "demand.csv").read_text().replace("W,", "X,")
    (path / "demand.csv").write_text(demand)
    assert main(["solve", str(path), "--json", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    where = {tuple(line.split(":")[:3]) for line in lines}
    assert {("offers", "2", "pricing"), ("offers", "2", "price_per_hour"), ("demand", "2", "workload")} <= where
    assert all(len(line.split(":", 3)) == 4 and line.split(":", 3)[3].strip() for line in lines)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("what", ["nothing", "garbage"])
def test_what_is_no_plan_exits_with_2_without_a_traceback(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plan.xlsx"
    if what == "garbage":
        path.write_bytes(b"\x00\x01 this is no workbook")
    assert main(["solve", str(path)]) == 2
    said = capsys.readouterr()
    assert said.err.strip()
    assert "Traceback" not in said.err


def test_infeasible_exits_with_3_and_says_what_would_help(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder_of(simple(max_devices=0.25), tmp_path / "plan")
    assert main(["solve", path, "--json", "--out", str(tmp_path / "out")]) == 3
    said = capsys.readouterr()
    conflicts = json.loads(said.out)["conflicts"]
    assert set(conflicts[0]) == {"table", "key", "period", "amount", "unit", "sentence"}
    assert conflicts[0]["sentence"] in said.err
    everything = [*conflicts, *(x for way in json.loads(said.out)["alternatives"] for x in way)]
    # Either three quarters of the volume are left out, or the quota is raised by three quarters of a device.
    amounts = {x["table"]: x["amount"] for x in everything}
    assert amounts == {"demand": pytest.approx(6570), "offers": pytest.approx(0.75)}
    assert not (tmp_path / "out").exists()


def test_out_of_time_exits_with_4_and_keeps_the_best_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder_of(hard_plan(), tmp_path / "plan")
    out = tmp_path / "out"
    assert main(["solve", path, "--gap", "0", "--time-limit", "0.5", "--json", "--out", str(out)]) == 4
    said = json.loads(capsys.readouterr().out)
    assert said["status"] in ("feasible", "unsolved")
    if said["status"] == "feasible":
        assert said["gap"] > 0
        assert pd.read_csv(out / "ledger.csv")["present_value"].sum() == pytest.approx(said["objective"], rel=1e-6)


def test_check_tells_what_is_legal_but_odd(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", folder_of(simple(), tmp_path / "plan")]) == 0
    said = capsys.readouterr()
    assert "valid" in said.out
    assert "utilization" in said.err


@pytest.mark.parametrize("ending", ["lp", "mps"])
def test_write_problem(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"problem.{ending}"
    assert main(["write-problem", folder_of(simple(), tmp_path / "plan"), str(path)]) == 0
    assert "demand_0" in path.read_text()


@pytest.mark.parametrize("bad", [["--gap", "-1"], ["--time-limit", "0"], ["--solver", "abacus"], []])
def test_wrong_arguments_are_told_before_anything_is_solved(bad: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["solve", *(["plan", *bad] if bad else [])])
    assert stop.value.code == 2


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    code = main(["solve", folder_of(simple(), tmp_path / "plan"), "--out", str(tmp_path / "file" / "out")])
    assert code == 2
    assert str(tmp_path / "file") in capsys.readouterr().err


def test_export_writes_the_finance_workbook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "plan.xlsx"
    assert main(["export", folder_of(simple(), tmp_path / "plan"), "--out", str(out)]) == 0
    assert str(out) in capsys.readouterr().out
    book = load_workbook(out, read_only=True)
    assert {"Cover", "Cash flow", "Ledger", "Checks", "offers"} <= set(book.sheetnames)
