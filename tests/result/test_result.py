"""A result survives a folder, and its summary says what the plan format promises."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.model.build import build
from planner.result.extract import emissions, ledger
from planner.result.frames import CATEGORIES, FRAMES, result_frame
from planner.result.result import Result
from planner.result.run import business_as_usual, solve_plan
from planner.result.verify import verify
from tests.builders import EXACT, solved, tiny
from tests.result.rich import rich_plan, rich_result

PROMISED = {
    "status", "objective", "bound", "gap", "cash_present_value", "seconds", "size",
    "cost_by_category", "carbon_t", "energy_kwh",
}  # fmt: skip


def infeasible() -> Result:
    return solve_plan(tiny([{"max_devices": 0.5}], volume=8760.0), EXACT)


def test_written_and_read_again_it_is_the_same(tmp_path: Path) -> None:
    _, result = rich_result()
    result.write(tmp_path)
    again = Result.read(tmp_path)
    assert again.summary() == result.summary()
    assert again.frames.keys() == result.frames.keys() == FRAMES.keys()
    for name, frame in result.frames.items():
        pd.testing.assert_frame_equal(again.frames[name], frame, check_exact=True)


def test_what_the_solver_leaves_as_dust_is_no_row() -> None:
    model = build(rich_result()[0])
    dust = np.full(len(model.matrix.cost), -3.4e-13)
    assert ledger(model, dust).empty
    assert emissions(model, dust).empty
    assert not ledger(model, np.ones(len(dust))).empty


def test_an_infeasible_result_survives_too(tmp_path: Path) -> None:
    result = infeasible()
    assert result.conflicts
    result.write(tmp_path)
    again = Result.read(tmp_path)
    assert again == result
    assert not again.has_plan
    assert again.cash_present_value is None
    assert [p.name for p in tmp_path.iterdir()] == ["summary.json"]


def test_names_that_a_spreadsheet_would_run_come_back_as_they_were(tmp_path: Path) -> None:
    result = solved(tiny([{"offer": "=1+1", "price_per_hour": 1.0}, {"offer": "NA", "price_per_hour": 2.0}]))
    result.write(tmp_path)
    assert "\n=" not in (tmp_path / "dispatch.csv").read_text()
    assert ",=" not in (tmp_path / "dispatch.csv").read_text()
    pd.testing.assert_frame_equal(Result.read(tmp_path).frames["dispatch"], result.frames["dispatch"])


def test_summary_says_what_is_promised() -> None:
    _, result = rich_result()
    said = result.summary()
    assert set(said) >= PROMISED
    assert set(said["seconds"]) >= {"build", "solve", "results"}  # the command line adds the load
    assert set(said["size"]) == {"rows", "columns", "integers", "nonzeros"}
    assert set(said["cost_by_category"]) <= set(CATEGORIES)
    assert sum(said["cost_by_category"].values()) == pytest.approx(said["objective"], rel=1e-9)
    ledger = result.ledger
    assert said["cash_present_value"] == pytest.approx(ledger[ledger["cash"] != "non_cash"]["present_value"].sum())
    assert said["cash_present_value"] != pytest.approx(said["objective"])
    assert json.loads(json.dumps(said)) == said


def test_summary_of_an_infeasible_plan_names_the_conflict() -> None:
    said = infeasible().summary()
    assert said["status"] == "infeasible"
    assert said["objective"] is None
    assert "cost_by_category" not in said
    assert {"table", "key", "period", "amount", "unit", "sentence"} == set(said["conflicts"][0])


def test_every_frame_has_the_declared_columns_and_types() -> None:
    for name, frame in rich_result()[1].frames.items():
        assert list(frame.columns) == list(FRAMES[name])
        assert [str(t) for t in frame.dtypes] == list(FRAMES[name].values()), name
        assert not frame.drop(columns="shadow_price", errors="ignore").isna().any().any(), name


def test_a_frame_that_lacks_a_column_is_refused() -> None:
    with pytest.raises(KeyError, match="volume"):
        result_frame("unserved", pd.DataFrame({"workload": ["w"], "location": ["l"], "period": [1], "slice": ["all"]}))


def test_ledger_tells_who_caused_what() -> None:
    plan, result = rich_result()
    ledger, offers = result.ledger, plan.table("offers").set_index("offer")
    of_offer = ledger[ledger["offer"] != ""]
    assert (offers.loc[of_offer["offer"], "site"].to_numpy() == of_offer["site"].to_numpy()).all()
    assert set(ledger.loc[ledger["category"].isin(["site", "security"]), "offer"]) == {""}
    assert set(ledger.loc[ledger["category"] == "api", "workload"]) == {"V"}
    assert set(ledger.loc[ledger["category"].isin(["maintenance", "licenses"]), "workload"]) == {""}
    assert dict(zip(ledger["site"], ledger["provider"], strict=True)) == {"A": "own", "B": "rent", "": ""}
    assert dict(zip(ledger["period"], ledger["date"], strict=True)) == {
        1: "2027-01",
        2: "2027-07",
        3: "2028-01",
        4: "2028-07",
    }


def test_business_as_usual_orders_nothing_and_costs_no_less() -> None:
    plan = rich_plan()
    usual = business_as_usual(plan.replace(policies=plan.tables["policies"].iloc[:0]))
    free = solved(plan.replace(policies=plan.tables["policies"].iloc[:0]))
    again = solved(usual)
    assert again.frames["capacity"]["ordered"].sum() == 0
    assert again.frames["capacity"].query("offer == 'a_own'")["devices_in_service"].max() == 2
    assert again.objective is not None
    assert free.objective is not None
    assert again.objective >= free.objective
    assert set(usual.tables["offers"]["offer"]) == {"a_od", "b_od", "b_api", "a_own"}
    assert verify(usual, again.frames) == []
