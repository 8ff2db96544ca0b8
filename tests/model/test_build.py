"""What the model is made of: blocks, joins, merged places, slices that matter, and files of the matrix."""

from __future__ import annotations

from pathlib import Path

import highspy
import numpy as np
import pytest

from planner.model.build import build
from planner.model.builder import Builder, Relax
from planner.model.drive import drive
from planner.model.reach import unreachable
from planner.model.resilience import needed_slices
from planner.model.sets import Sets, months_between, periods_of
from planner.plan.plan import Plan
from planner.result.run import write_problem
from tests.builders import EXACT, solved, tiny
from tests.result.rich import rich_plan

OD = {"offer": "od", "price_per_hour": 2.0}
PLACES = ("K", "L", "M")


def three_places(volume: dict[str, list[float]], **links) -> Plan:
    """One site and three locations; `links`: what one network row has more than the others, by location."""
    return tiny(
        [{**OD, "max_devices": 1.0}],
        {("W", place): each for place, each in volume.items()},
        periods=2,
        locations=[{"location": x, "zone": "Z"} for x in PLACES],
        network=[{"site": "S", "location": x, "latency_ms": 1.0, **links.get(x, {})} for x in PLACES],
        workloads=[
            {"workload": "W", "unit": "units", "unserved_penalty_per_unit": 9.0, "egress_gb_per_unit": 1.0},
        ],
    )


VOLUME = {"K": [6000.0, 0.0], "L": [3000.0, 4000.0], "M": [0.0, 1000.0]}


def test_locations_that_cannot_be_told_apart_are_one_place() -> None:
    places = Sets(three_places(VOLUME)).places
    assert places.demand[..., 0].tolist() == [[9000.0, 5000.0]]
    assert places.member_location.tolist() == [0, 1, 2]
    assert places.member_place.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("more", "place_of"),
    [
        ({"egress_price_per_gb": 0.1}, [0, 0, 1]),  # another cost per unit
        ({"port_price_per_month": 1.0}, [0, 0, 1]),  # a port belongs to its link
        ({"bandwidth_gbps": 1.0}, [0, 0, 1]),
        ({"ingress_price_per_gb": 0.1}, [0, 0, 0]),  # nothing comes in, so its price tells nothing apart
        ({"latency_ms": 9.0}, [0, 0, 0]),  # no limit on latency
    ],
)
def test_places_are_told_apart_by_what_matters(more: dict, place_of: list[int]) -> None:
    assert Sets(three_places(VOLUME, M=more)).places.member_place.tolist() == place_of


def test_a_merged_place_is_routed_back_in_proportion_to_demand() -> None:
    """8,760 of 9,000 units are served in period 1, and every location gets its share of both."""
    frames = solved(three_places(VOLUME)).frames
    served = frames["routing"].set_index(["period", "location"])["volume"].to_dict()
    left = frames["unserved"].set_index(["period", "location"])["volume"].to_dict()
    part = 8760 / 9000
    assert served == pytest.approx({(1, "K"): 6000 * part, (1, "L"): 3000 * part, (2, "L"): 4000.0, (2, "M"): 1000.0})
    assert left == pytest.approx({(1, "K"): 6000 * (1 - part), (1, "L"): 3000 * (1 - part)})


def test_needed_slices_keeps_what_no_other_slice_exceeds_everywhere() -> None:
    # Two workloads, two periods, three slices.
    per_hour = np.array([[[1.0, 2.0, 3.0], [5.0, 5.0, 1.0]], [[1.0, 4.0, 2.0], [5.0, 5.0, 1.0]]])
    assert needed_slices(per_hour).tolist() == [
        [False, True, True],  # the first is below the second in both; second and third each lead in one
        [True, False, False],  # of equal slices the first is kept
    ]


def test_needed_slices_always_keeps_one() -> None:
    assert needed_slices(np.zeros((2, 3, 4))).sum(axis=1).tolist() == [1, 1, 1]
    assert needed_slices(np.ones((1, 2, 1))).all()
    dice = np.random.default_rng(0).random((3, 20, 5))
    keep = needed_slices(dice)
    peak = dice.argmax(axis=2)
    for w in range(3):  # the peak of every workload is among what is kept
        assert keep[np.arange(20), peak[w]].all()


def test_needed_slices_keeps_one_of_slices_that_differ_by_rounding() -> None:
    """Each is below the other within rounding, in one workload or the other: that must not drop both."""
    up = np.nextafter(0.1, 1.0)
    for per_hour in ([[0.1, up]], [[up, 0.1]], [[0.1, up], [up, 0.1]], [[0.3, 0.1 + 0.2, 0.3 * (1 + 1e-12)]]):
        assert needed_slices(np.array(per_hour)[:, None, :]).sum() == 1


def test_needed_slices_keeps_what_is_spread_otherwise() -> None:
    """A lower slice whose load is elsewhere may need sites that the higher one does not; one without load needs none."""
    per_hour = np.array([[[2.0, 1.0, 0.5, 0.0]]])
    spread = np.array([[[[0.5, 0.1, 0.5, 0.0]], [[0.5, 0.9, 0.5, 0.0]]]])
    assert needed_slices(per_hour, spread).tolist() == [[True, True, False, False]]


def test_a_join_that_loses_a_row_raises() -> None:
    m = Builder()
    x = m.block("x", (2, 3))
    rows = m.add_rows("r", 2, "<=", 1.0)
    lost = np.array([0, -1])  # what a join gives for a name that is not there
    with pytest.raises(ValueError, match="lost a row"):
        m.coef(rows.ids[:, None], x.ids[lost] - x.ids.max() - 1, 1.0)
    with pytest.raises(ValueError, match="lost a row"):
        m.coef(lost[:, None], x.ids, 1.0)
    with pytest.raises(ValueError, match="broadcast"):
        m.coef(rows.ids, x.ids, 1.0)


def test_a_block_is_added_once_and_a_relaxation_fits_its_rows() -> None:
    m = Builder()
    m.block("x", (2,))
    with pytest.raises(ValueError, match="there already"):
        m.block("x", (2,))
    one = np.zeros(1)
    relax = Relax("t", "c", one, ["k"], one, ["u"], one, one, one)
    with pytest.raises(ValueError, match="does not match"):
        m.add_rows("r", 2, "<=", 0.0, relax)


def test_builder_puts_the_problem_together() -> None:
    """min 2 x0 + 3 x1 discounted by a half in the second period, x0 + x1 >= 4, duplicates added up."""
    m = Builder()
    x = m.block("x", (2,), upper=np.array([3.0, np.inf]), integer=True)
    rows = m.add_rows("need", 1, ">=", 4.0)
    m.coef(rows.ids, x.ids, 0.5)
    m.coef(rows.ids, x.ids, 0.5)
    m.term("cost", "a", "opex", "u", x.ids, 1.0, np.array([2.0, 3.0]), np.array([0, 1]))
    m.term("cost", "b", "opex", "u", x.ids, 0.0, 5.0, 0)
    m.term("energy_kwh", "e", "", "kWh", x.ids, 7.0, 1.0, 0)
    matrix = m.matrix(np.array([1.0, 0.5]))
    assert matrix.cost.tolist() == [2.0, 1.5]
    assert matrix.a.toarray().tolist() == [[1.0, 1.0]]
    assert (matrix.row_lower.tolist(), matrix.row_upper.tolist()) == ([4.0], [np.inf])
    assert (matrix.col_upper.tolist(), matrix.integer.tolist()) == ([3.0, np.inf], [True, True])
    assert m.terms("cost").amount.tolist() == [2.0, 3.0]  # what costs nothing is left out
    assert m.terms("energy_kwh").quantity.tolist() == [7.0, 7.0]
    assert len(m.terms("water_m3").col) == 0
    assert m.names() == (["x_0", "x_1"], ["need_0"])


def test_names_are_unique() -> None:
    model = build(rich_plan())
    columns, rows = model.builder.names()
    assert len(set(columns)) == len(columns) == model.size["columns"]
    assert len(set(rows)) == len(rows) == model.size["rows"]


@pytest.mark.parametrize("ending", ["mps", "lp"])
def test_the_file_that_pulp_writes_holds_the_same_problem(ending: str, tmp_path: Path) -> None:
    """Read back by HiGHS itself the file has the size and the optimum of the arrays."""
    plan = rich_plan()
    model = build(plan)
    path = tmp_path / f"problem.{ending}"
    write_problem(plan, path)
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.readModel(str(path))
    lp = solver.getLp()
    assert len(lp.integrality_) == lp.num_col_
    assert sum(k == highspy.HighsVarType.kInteger for k in lp.integrality_) == model.size["integers"]
    # PuLP may leave out columns that do nothing, and puts one of its own into rows that are empty.
    used = np.diff(model.matrix.a.tocsc().indptr) > 0
    assert int((used | (model.matrix.cost != 0)).sum()) <= lp.num_col_ <= model.size["columns"] + 1
    solver.run()
    found = drive(model, EXACT)
    assert solver.getInfo().objective_function_value == pytest.approx(found.objective, rel=1e-7)


def test_a_coefficient_that_is_no_number_is_refused() -> None:
    plan = tiny([OD])
    offers = plan.tables["offers"].assign(price_per_hour=float("inf"))
    with pytest.raises(ArithmeticError, match="not a number"):
        build(plan.replace(offers=offers))


def test_months_become_whole_periods() -> None:
    assert periods_of(np.array([0, 1, 3, 4, 12]), 3).tolist() == [0, 1, 1, 2, 4]
    assert months_between("2026-11", "2027-01") == 2
    assert months_between("2027-05", "2027-01") == -4


@pytest.mark.parametrize(
    ("tables", "by", "words"),
    [
        ({"network": [{"site": "S", "location": "X", "latency_ms": 1.0}]}, "network", "network row"),
        ({"workloads": [{"workload": "W", "unit": "u", "max_latency_ms": 0.5}]}, "latency", "latency limit"),
        ({"workloads": [{"workload": "W", "unit": "u", "allowed_zones": "Y"}]}, "zone", "allowed zones"),
        (
            {"workloads": [{"workload": "W", "unit": "u", "required_certifications": "ISO"}]},
            "certification",
            "certifications",
        ),
        ({"throughput": [{"workload": "V", "hardware": "H", "units_per_hour": 1.0}]}, "throughput", "can run it"),
    ],
)
def test_the_test_that_empties_the_list_of_sites_is_named(tables: dict, by: str, words: str) -> None:
    more = {"locations": [{"location": x, "zone": "Z"} for x in "LX"], "workloads": [
        {"workload": w, "unit": "u"} for w in "WV"
    ]} | tables  # fmt: skip
    if by == "throughput":
        more["workloads"] = [{"workload": w, "unit": "u"} for w in "WV"]
    found = unreachable(Sets(tiny([OD], **more)))
    assert [(x.workload, x.location, x.emptied_by) for x in found] == [("W", "L", by)]
    assert words in found[0].told("the workload", "the place")
