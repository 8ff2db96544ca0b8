"""What the master check says when decisions go beyond limits, terms and lives that were typed into the workbook."""

from __future__ import annotations

import io

import numpy as np
import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from planner.finance import books
from planner.model.options import Options
from planner.report.workbook import export_books
from planner.result.run import solve_plan
from tests.builders import tiny
from tests.report_workbook.made import Changed, Made
from tests.report_workbook.sheets import master, rows

FAILS = "A check fails"
LIMITS = {
    "Hard policies hold, every window",
    "Devices fit the limit of their offer",
    "APIs keep to their rate limit",
    "Installed power fits the capacity of its site",
    "Devices fit the limit of their site",
}
REACH = {
    "Traffic fits the bandwidth of its link",
    "Spot keeps to the interruptible share",
    "No workload is served beyond its latency limit",
}
ENDS = {
    "No contract is held beyond its term",
    "No owned device is kept beyond its useful life",
    "Lease liability is never negative",
}


def checks(book: Workbook) -> dict[str, tuple[bool, float, str]]:
    """Whether each check holds, what it found, and what it says to do."""
    lines = book["Checks"].iter_rows(min_row=8, max_row=70, max_col=11, values_only=True)
    return {
        str(v[0]): (v[9] == 1, float(v[5]), str(v[10]))
        for v in lines
        if v[10] and v[9] in (0, 1) and isinstance(v[5], int | float)
    }


def failing(book: Workbook) -> set[str]:
    """The names of the checks that do not hold."""
    return {name for name, (holds, _, _) in checks(book).items() if not holds}


def changed(all_made: dict[str, Made | Changed], name: str) -> Workbook:
    one = all_made[name]
    assert isinstance(one, Changed)
    return one.recalculated


def first(book: Workbook) -> tuple[object, object]:
    """What the workbook names as failing first, and what to do: on Checks and on the Cover alike."""
    found = book["Checks"]["B6"].value, book["Checks"]["B7"].value
    cover = {r[0]: r[1] for r in book["Cover"].iter_rows(max_col=2, values_only=True) if r[0]}
    assert (cover["Fails first"], cover["What to do"]) == found
    return found


def test_as_solved_nothing_fails(all_made: dict[str, Made]) -> None:
    for name in ("base", "hostile", "stretched"):
        book = all_made[name].recalculated
        assert (master(book), failing(book), first(book)) == ("All checks hold", set(), ("none", "none"))
        assert set(checks(book)) >= LIMITS | REACH | ENDS


def test_limits_that_the_decisions_break_turn_the_master(all_made) -> None:
    book = changed(all_made, "beyond")
    assert master(book) == FAILS
    assert failing(book) & (LIMITS | REACH | ENDS) == LIMITS
    name, what = first(book)
    assert name == "Hard policies hold, every window"
    assert what == checks(book)[str(name)][2]
    plan = all_made["beyond"].base
    held = plan.result.frames["capacity"].set_index("offer")["devices_in_service"]
    want = sum(
        np.maximum(held[offer].to_numpy(float) - most, 0).sum() for offer, most in (("own", 1), ("commit", 0.25))
    )
    assert checks(book)["Devices fit the limit of their offer"][1] == pytest.approx(want, rel=1e-6)


def test_limits_that_hold_turn_nothing(all_made) -> None:
    book = changed(all_made, "electricity")
    assert master(book).startswith("Sound, but differs")
    assert not failing(book) & (LIMITS | REACH | ENDS)


def test_less_reach_than_is_used_turns_the_master(all_made) -> None:
    """By day 1.5 units an hour of 1.5 GB each; half of 17,520 units on spot, of which 30 % are left; all too far."""
    book = changed(all_made, "reach")
    assert master(book) == FAILS
    assert failing(book) & (LIMITS | REACH | ENDS) == REACH
    found = {name: amount for name, (_, amount, _) in checks(book).items() if name in REACH}
    assert found == pytest.approx(dict(zip(
        ("Traffic fits the bandwidth of its link", "Spot keeps to the interruptible share",
         "No workload is served beyond its latency limit"),
        (2 * (0.005 - 0.003), (0.5 - 0.3) * 17520, 17520.0), strict=True)))  # fmt: skip
    assert "bandwidth_gbps on network" in str(first(book)[1])


@pytest.mark.parametrize(
    ("name", "fails"),
    [
        ("closed", {"No device is held at a closed site", "Nothing is served from a closed site"}),
        ("gone", {"Workloads are served where they are deployed"}),
        ("late", {"No lot is in service before its order and lead time", "No site is open before it can be used"}),
    ],
)
def test_decisions_need_open_sites_deployed_workloads_and_orders_in_time(all_made, name: str, fails: set[str]) -> None:
    book = changed(all_made, name)
    assert master(book) == FAILS
    assert fails <= failing(book)
    assert first(book)[0] in fails
    assert str(first(book)[1]).startswith("On Decisions, ")


def test_terms_and_lives_that_end_before_the_lots_turn_the_master(all_made) -> None:
    book = changed(all_made, "past")
    assert master(book) == FAILS
    assert failing(book) & (LIMITS | REACH | ENDS) == ENDS
    assert "term_months" in str(first(book)[1])
    lots = all_made["past"].base.result.frames["vintages"]
    of = lots[lots["offer"] == "lease"]
    held = of["last_period"] - of["first_period"] + 1
    may = np.ceil(np.maximum(9 - of["age_months"], 0) / 3)
    beyond = (of["devices"] * np.maximum(held - may, 0)).sum()
    assert beyond > 0
    assert checks(book)["No contract is held beyond its term"][1] == pytest.approx(beyond)


def test_a_policy_with_a_penalty_is_a_cost_and_no_failure(all_made) -> None:
    book = changed(all_made, "soft")
    assert master(book).startswith("Sound, but differs")
    assert failing(book) == {"Violations of policies with a penalty are charged"}


def test_limits_count_the_busiest_part_of_a_period() -> None:
    """Ten units an hour on average, fifteen by day, where the offer, its site and the API just allow as much."""
    plan = tiny(
        [{"offer": "rent", "price_per_hour": 1.0, "max_devices": 15.0},
         {"offer": "tokens", "pricing": "api", "workload": "A", "price_per_unit": 1.0, "max_units_per_hour": 15.0}],
        {("W", "L"): [87600.0], ("A", "L"): [87600.0]},
        workloads=[{"workload": w, "unit": "units"} for w in "WA"],
        sites=[{"site": "S", "zone": "Z", "kind": "cloud", "max_devices": 15.0}],
        slices=[{"slice": "day", "share_of_hours": 0.5}, {"slice": "night", "share_of_hours": 0.5}],
        load_shapes=[{"workload": w, "slice": s, "multiplier": m} for w in "WA" for s, m in (("day", 1.5), ("night", 0.5))],
    )  # fmt: skip
    buffer = io.BytesIO()
    export_books(books(plan, solve_plan(plan, Options(gap=0.001))), buffer)
    book = load_workbook(buffer, data_only=True)
    assert master(book) == "All checks hold"
    for block in (
        "Devices held, and rented in the busiest part of a period",
        "Units an hour of APIs in the busiest part of a period",
        "Devices at a site in the busiest part of a period",
    ):
        assert list(rows(book, "Checks", block).values()) == [pytest.approx([15.0])], block
