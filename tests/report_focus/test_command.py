"""`python -m planner focus PLAN --out FILE`: what it writes, and what it says when it cannot."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from planner.cli import main
from planner.plan.files import write_folder
from planner.report.focus import read_back
from planner.report.focus_rules import check
from tests.builders import tiny


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    folder = tmp_path / "plan"
    write_folder(tiny([{"offer": "rent", "price_per_hour": 1.0}], 10.0), folder)
    return folder


def test_writes_a_file_that_keeps_the_specification(plan: Path, tmp_path: Path, capsys) -> None:
    for name in ("cost.csv", "cost.parquet"):
        assert main(["focus", str(plan), "--out", str(tmp_path / name), "--gap", "0.001"]) == 0
        assert name in capsys.readouterr().out
    text = read_back((tmp_path / "cost.csv").read_bytes())
    assert check(text) == []
    table = pd.read_parquet(tmp_path / "cost.parquet")
    assert table["BilledCost"].sum() == pytest.approx(text["BilledCost"].astype(float).sum())


def test_an_ending_it_does_not_know_is_refused_before_anything_is_solved(plan: Path, tmp_path: Path, capsys) -> None:
    assert main(["focus", str(plan), "--out", str(tmp_path / "cost.xlsx")]) == 2
    assert ".csv or .parquet" in capsys.readouterr().err
    assert main(["export", str(plan), "--out", str(tmp_path / "plan.csv")]) == 2
    assert ".xlsx" in capsys.readouterr().err


def test_a_result_that_was_solved_before_is_written_as_it_is(plan: Path, tmp_path: Path, capsys) -> None:
    found, out = tmp_path / "result", tmp_path / "cost.csv"
    assert main(["solve", str(plan), "--out", str(found)]) == 0
    ledger = pd.read_csv(found / "ledger.csv")
    assert main(["focus", str(plan), "--result", str(found), "--out", str(out)]) == 0
    billed = read_back(out.read_bytes())["BilledCost"].astype(float).sum()
    assert billed == pytest.approx(ledger["amount"].sum(), abs=0.005)
    assert main(["export", str(plan), "--result", str(found), "--out", str(tmp_path / "plan.xlsx")]) == 0


def test_the_result_of_another_plan_or_none_is_refused(plan: Path, tmp_path: Path, capsys) -> None:
    found, out = tmp_path / "result", str(tmp_path / "cost.csv")
    assert main(["solve", str(plan), "--out", str(found)]) == 0
    write_folder(tiny([{"offer": "rent", "price_per_hour": 2.0}], 10.0), tmp_path / "other")
    assert main(["focus", str(tmp_path / "other"), "--result", str(found), "--out", out]) == 2
    assert "another plan" in capsys.readouterr().err
    assert main(["focus", str(plan), "--result", str(tmp_path / "nowhere"), "--out", out]) == 2
    assert "not the result of a solve" in capsys.readouterr().err
    assert not Path(out).exists()


def test_a_result_of_another_lens_keeps_its_name(plan: Path, tmp_path: Path, capsys) -> None:
    found, out = str(tmp_path / "result"), str(tmp_path / "cost.csv")
    assert main(["solve", str(plan), "--lens", "after-tax", "--out", found]) == 0
    capsys.readouterr()
    assert main(["focus", str(plan), "--result", found, "--out", out]) == 0
    assert "Chosen by another lens, after-tax" in capsys.readouterr().out
    assert main(["focus", str(plan), "--result", found, "--lens", "accounting", "--out", out]) == 2
