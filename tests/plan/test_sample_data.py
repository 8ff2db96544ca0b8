"""The sample plans: built from curated figures, sourced row by row, and answered as an expert would."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from planner.plan.files import read_plan
from planner.plan.plan import Plan
from planner.plan.tables import PRICINGS, PROVENANCE, SITE_KINDS, TABLES
from planner.result.result import Result
from planner.result.run import Options, business_as_usual, solve_plan
from sample_data import curated, explain
from sample_data.assemble import PLANS, write
from sample_data.by_hand import by_hand
from sample_data.values import Cell, assume, table

FOLDER = Path(explain.__file__).parent
NAMES = sorted(PLANS)
WITHOUT_FIGURES = {"name", "currency", "start", "periods", "months_per_period", "hours_per_month", "discount_timing"}
"""Settings that are choices of form, not figures."""


def stored(name: str) -> Plan:
    reading = read_plan(FOLDER / name)
    assert reading.plan is not None, [f.text for f in reading.faults]
    return reading.plan


@pytest.mark.parametrize("name", NAMES)
def test_build_reproduces_the_folders(name: str, tmp_path: Path) -> None:
    write(PLANS[name](), tmp_path)
    built = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert built == {p.name: p.read_bytes() for p in (FOLDER / name).iterdir()}


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_plan_reads_without_a_word(name: str) -> None:
    reading = read_plan(FOLDER / name)
    assert (reading.faults, tuple(reading.notices)) == ((), ())
    assert reading.plan == PLANS[name]()


@pytest.mark.parametrize("name", NAMES)
def test_every_row_has_a_source_and_date_or_is_an_assumption(name: str) -> None:
    bare = []
    for key, frame in stored(name).tables.items():
        if key == "settings":
            frame = frame[~frame["key"].isin(WITHOUT_FIGURES)]
        sourced = frame["source"].notna() & frame["as_of"].notna()
        assumed = frame["note"].str.startswith("assumption", na=False)
        bare += [f"{key} {i}" for i in frame.index[~(sourced | assumed)]]
    assert bare == []


def assumed_columns(note: str) -> list[str]:
    """The columns that a note names: the words after 'assumption: ', without the reasons in brackets."""
    words = re.sub(r"\([^()]*\)", "", note.removeprefix("assumption:"))
    return [w.strip() for w in words.split(";")[0].split(",") if w.strip()]


@pytest.mark.parametrize("name", NAMES)
def test_an_assumption_names_columns_that_are_filled(name: str) -> None:
    for key, frame in stored(name).tables.items():
        if key == "settings":
            continue
        for row in frame[frame["note"].str.startswith("assumption", na=False)].to_dict("records"):
            columns = assumed_columns(row["note"])
            assert columns
            for column in columns:
                assert column in {c.name for c in TABLES[key].columns}
                assert pd.notna(row[column]), (key, row["note"])


@pytest.mark.parametrize("name", NAMES)
def test_every_source_is_that_of_a_curated_figure(name: str) -> None:
    origins: set[tuple[str, str]] = set()
    for path in curated.FOLDER.glob("*.csv"):
        frame = pd.read_csv(path, dtype=str)
        assert frame[["source", "as_of"]].notna().all(axis=None), path.name
        for source, date in (
            ("source", "as_of"),
            ("pue_source", "as_of"),
            ("wue_source", "as_of"),
            ("electricity_source", "electricity_as_of"),
        ):
            if source in frame:
                origins |= set(zip(frame[source], frame[date], strict=True))
    for frame in stored(name).tables.values():
        for row in frame[frame["source"].notna()].itertuples():
            pairs = set(zip(row.source.split(" | "), row.as_of.split(" | "), strict=True))
            assert pairs <= origins, pairs - origins


def test_figures_that_are_not_there_or_not_unique_are_refused() -> None:
    with pytest.raises(LookupError):
        curated.figure("hardware", item="no such item")
    with pytest.raises(LookupError):
        curated.figure("hardware", gpu="H100")


def test_a_value_keeps_its_origins_and_reasons() -> None:
    price = curated.gpu_price("aws", "us-east-1", "p5.48xlarge", "on_demand")
    rows: list[dict[str, Cell]] = [
        {"price_per_hour": price * assume(0.5, "half"), "max_devices": assume(3), "note": "as listed"}
    ]
    row = table(rows).iloc[0]
    assert row["price_per_hour"] == pytest.approx(price.amount / 2)
    assert (row["source"], row["as_of"]) == price.origins[0]
    assert row["note"] == "assumption: price_per_hour (half), max_devices; as listed"
    assert [c.name for c in PROVENANCE] == ["source", "as_of", "note"]


def test_the_global_assistant_is_as_large_as_promised() -> None:
    plan = stored("global_assistant")
    sites, offers = plan.table("sites"), plan.table("offers").merge(plan.table("sites"), on="site")
    assert (len(plan.table("workloads")), len(sites), len(offers)) == (7, 14, 60)
    assert len(plan.table("slices")) == 3
    assert plan.settings.periods == 12
    assert set(sites["kind"]) == set(SITE_KINDS)
    assert set(offers["pricing"]) == set(PRICINGS)
    assert sites.loc[sites["kind"] == "cloud", "provider"].nunique() >= 4
    assert sites.loc[sites["kind"] == "colocation", "country"].nunique() == 3
    assert len(plan.table("locations")) >= 6


def test_the_pilot_costs_what_arithmetic_says() -> None:
    plan = stored("pilot")
    result = solve_plan(plan, Options(gap=1e-9))
    said = by_hand(plan)
    assert result.status == "optimal"
    assert result.objective == pytest.approx(said.total, rel=1e-9)
    capacity = result.frames["capacity"].set_index(["offer", "period"])["devices_in_service"]
    assert {t: capacity.get(("own-h100", t), 0.0) for t in said.owned} == pytest.approx(said.owned)
    assert [capacity["aws-1y", t] for t in said.owned] == pytest.approx([said.committed] * 4)


def test_the_pilot_page_holds_the_numbers_of_the_script() -> None:
    page = (explain.ROOT / "docs" / "pilot.md").read_text()
    assert explain.pilot_block(stored("pilot")) in page


def test_the_sample_page_holds_the_size_of_the_plan() -> None:
    page = (explain.ROOT / "docs" / "sample-data.md").read_text()
    assert explain.size_block(stored("global_assistant")) in page


@pytest.fixture(scope="module")
def answer() -> tuple[Plan, Result]:
    plan = stored("global_assistant")
    return plan, solve_plan(plan, Options(gap=0.02, time_limit=120))


def test_the_answer_is_found_and_holds(answer: tuple[Plan, Result]) -> None:
    _, result = answer
    assert (result.status, result.violations) == ("optimal", ())


def test_the_answer_is_a_mix(answer: tuple[Plan, Result]) -> None:
    plan, result = answer
    offers = plan.table("offers").set_index("offer")
    dispatch = result.frames["dispatch"]
    dispatch = dispatch.assign(pricing=dispatch["offer"].map(offers["pricing"]))
    assert set(dispatch.loc[dispatch["volume"] > 0, "pricing"]) == set(PRICINGS)
    hours = plan.settings.hours * plan.table("slices").set_index("slice")["share_of_hours"]
    last = dispatch[dispatch["period"] == plan.settings.periods]
    busy = last.assign(busy=last["device_hours"] / last["slice"].map(hours)).pivot_table(
        index="pricing", columns="slice", values="busy", aggfunc="sum", fill_value=0.0
    )
    # Held capacity works round the clock, on demand lives in the peak.
    held = busy.loc[["owned", "leased", "committed"]].sum()
    assert held["base"] > 0.8 * held["peak"]
    assert busy.loc["on_demand", "base"] < 0.1 * busy.loc["on_demand", "peak"]


def test_spot_serves_only_what_may_be_interrupted_and_edge_only_what_must_be_near(
    answer: tuple[Plan, Result],
) -> None:
    plan, result = answer
    offers, workloads = plan.table("offers").set_index("offer"), plan.table("workloads").set_index("workload")
    kind = plan.table("sites").set_index("site")["kind"]
    dispatch = result.frames["dispatch"].query("volume > 1e-6")
    spot = dispatch[dispatch["offer"].map(offers["pricing"]) == "spot"]
    assert (spot["workload"].map(workloads["interruptible_share"]) > 0).all()
    at_edge = dispatch["offer"].map(offers["site"]).map(kind) == "edge"
    assert set(dispatch.loc[at_edge, "workload"]) == {"vision"}
    assert at_edge[dispatch["workload"] == "vision"].all()


def test_sites_are_a_choice(answer: tuple[Plan, Result]) -> None:
    plan, result = answer
    used = set(result.frames["routing"].query("volume > 1e-6")["site"])
    assert used < set(plan.table("sites")["site"])
    assert {"colo-ashburn", "own-stockholm"} <= used


def test_policies_bind(answer: tuple[Plan, Result]) -> None:
    policies = answer[1].frames["policies"]
    tight = policies[policies["slack"] <= 0.02 * policies["limit"].abs()]
    assert {"capex_a_year", "aws_share", "spot_devices"} <= set(tight["policy"])


def test_business_as_usual_is_possible_and_dearer(answer: tuple[Plan, Result]) -> None:
    plan, result = answer
    usual = solve_plan(business_as_usual(plan), Options(gap=0.02, time_limit=60))
    assert usual.status == "optimal"
    assert usual.frames["unserved"]["volume"].sum() == pytest.approx(0.0, abs=1e-3)
    assert usual.cash_present_value is not None
    assert result.cash_present_value is not None
    assert usual.cash_present_value > 1.5 * result.cash_present_value
