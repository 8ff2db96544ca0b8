"""The frontier: ends and steps that brute force confirms, monotone, and honest where points overlap."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from planner.explore.frontier import frontier, marginal, measure_of, pareto, policies_for
from planner.explore.question import Answer, QuestionError
from planner.explore.runner import Here, Runner
from planner.plan.patch import Change, apply
from planner.plan.plan import Plan
from tests.builders import cost, solved, tiny

HOURS = 8760.0
GRAMS = {"A": 500.0, "B": 120.0, "C": 10.0}
PRICE = {"A": 1.0, "B": 1.7, "C": 2.1}
OPENING = {"A": 0.0, "B": 3000.0, "C": 9000.0}


def ask(plan: Plan, against: str, points: int = 5, reach: float = 900.0) -> Answer:
    runner = Runner.here()
    return frontier(plan, solved(plan), runner, against=against, points=points, gap=0.0, reach=reach, seconds=60.0)


def three_sites(carbon_price: float = 0.0) -> Plan:
    """Five whole devices wanted, committed at a dirty, a cleaner and a clean site, which cost more each."""
    return tiny(
        [{"offer": s, "site": s, "pricing": "committed", "price_per_hour": PRICE[s], "max_devices": 4} for s in PRICE],
        volume=5 * HOURS,
        settings={"carbon_price": f"{carbon_price:g}"},
        hardware=[{"hardware": "H", "power_kw": 1.0, "idle_power_kw": 1.0}],
        sites=[
            {"site": s, "zone": "Z", "kind": "cloud", "provider": f"V{s}", "carbon_g_per_kwh": GRAMS[s],
             "opening_cost": OPENING[s]}
            for s in PRICE
        ],
        network=[{"site": s, "location": "L", "latency_ms": 1.0} for s in PRICE],
    )  # fmt: skip


class Hurried(Runner):
    """Has time for the ends alone: no solve at a limit finds a plan."""

    def solve(self, cases):
        return super().solve([c for c in cases if c.aim is None or not getattr(c.aim, "within", ())])


@pytest.mark.parametrize("carbon_price", [0.0, 200.0])
def test_the_far_end_is_a_point_also_where_its_least_cost_was_not_found(carbon_price: float) -> None:
    plan = three_sites(carbon_price)
    found = frontier(plan, solved(plan), Hurried.here(), against="carbon", points=4, gap=0.0, reach=900.0, seconds=60.0)
    last = found.frames["points"].iloc[-1]
    assert last["point"] == "end"
    assert last["value"] == pytest.approx(brute()[:, 1].min(), rel=1e-3)
    assert last["low"] <= brute()[brute()[:, 1] <= last["value"] * 1.001, 0].min() + 1e-6
    assert "end" not in found.facts["missing"]
    assert found.facts["missing"] == ["step 1", "step 2"]


class Late(Runner):
    """Finds a plan at a limit only where one is known to set out from."""

    tried: list[str]

    def solve(self, cases):
        cases = list(cases)
        self.tried = [*getattr(self, "tried", []), *(c.name for c in cases)]
        return super().solve(
            [c for c in cases if not getattr(c.aim, "within", ()) or getattr(c.aim, "known", None) is not None]
        )


def test_what_found_no_plan_in_its_time_is_tried_once_more_from_the_far_end() -> None:
    plan, runner = three_sites(), Late(Here)
    found = frontier(plan, solved(plan), runner, against="carbon", points=4, gap=0.0, reach=900.0, seconds=60.0)
    assert runner.tried == ["end", "step 1", "step 2", "end", "step 1", "step 2", "end"]
    usual = ask(plan, "carbon", points=4).frames["points"]
    assert found.frames["points"]["cost"].tolist() == pytest.approx(usual["cost"].tolist())
    assert found.facts["missing"] == []


def brute() -> np.ndarray:
    """Cost and tonnes of every mix of whole devices that serves the volume, shape (mixes, 2)."""
    out = []
    for n in product(range(5), repeat=3):
        if sum(n) >= 5:
            mix = dict(zip(PRICE, n, strict=True))
            money = sum(k * PRICE[s] * HOURS + OPENING[s] * (k > 0) for s, k in mix.items())
            out.append((money, sum(k * GRAMS[s] * HOURS / 1e6 for s, k in mix.items())))
    return np.array(out)


@pytest.mark.parametrize("carbon_price", [0.0, 200.0])
def test_points_against_carbon_are_those_of_brute_force(carbon_price: float) -> None:
    """Also where the plan itself charges for carbon: the frontier is that of cost without the charge."""
    answer = ask(three_sites(carbon_price), "carbon", points=8)
    points, every = answer.frames["points"], brute()
    assert len(points) >= 5
    for p in points.itertuples():
        allowed = every[every[:, 1] <= p.limit * (1 + 1e-9)] if np.isfinite(p.limit) else every
        assert p.cost == pytest.approx(allowed[:, 0].min(), rel=1e-6)
        beaten = (every[:, 0] < p.cost - 1e-3) & (every[:, 1] < p.value - 1e-6)
        assert not beaten.any()
    assert points["value"].iloc[-1] == pytest.approx(every[:, 1].min())
    assert points["cost"].iloc[0] == pytest.approx(every[:, 0].min(), rel=1e-6)
    assert answer.facts["missing"] == []


def test_points_are_monotone_with_the_price_of_each_step() -> None:
    answer = ask(three_sites(), "carbon", points=8)
    points = answer.frames["points"]
    assert (np.diff(points["cost"]) > 0).all()
    assert (np.diff(points["value"]) < 0).all()
    assert (points["low"] <= points["cost"] + 1e-6).all()
    by_hand = np.diff(points["cost"]) / -np.diff(points["value"])
    assert points["marginal"].iloc[1:].tolist() == pytest.approx(by_hand.tolist())
    assert not points["overlaps"].any()
    assert answer.sentences


def test_a_point_saved_as_policies_costs_what_the_point_says() -> None:
    plan = three_sites()
    answer = ask(plan, "carbon")
    points = answer.frames["points"].set_index("point")
    assert points["saved_as"].iloc[0] == ""  # the plan itself
    saved = points[points["saved_as"] != ""]
    assert len(saved) == len(points) - 1
    for point in saved.index:
        rows = answer.frames["changes"].query("point == @point")
        changed = apply(plan, [Change(r.table, r.where, "", r.change) for r in rows.itertuples()])
        assert cost(changed) == pytest.approx(points.loc[point, "cost"], rel=1e-6)


def test_against_the_peak_of_capex() -> None:
    """Two years: devices bought at once or over both years, the rest rented; capex of a year is what peaks."""
    price, rent, lasting = 10000.0, 2.0, [2 * HOURS, 4 * HOURS]
    own = {"offer": "own", "pricing": "owned", "purchase_price": price, "annual_value_loss": 1.0}
    plan = tiny([own, {"offer": "rent", "price_per_hour": rent}], lasting, periods=2)
    every = []
    for first, second in product(range(6), repeat=2):
        left = sum(max(v / HOURS - n, 0) for v, n in zip(lasting, (first, first + second), strict=True))
        every.append((price * (first + second) + rent * HOURS * left, price * max(first, second)))
    points = ask(plan, "capex_peak", points=4).frames["points"]
    for p in points.itertuples():
        within = [c for c, peak in every if peak <= p.limit + 1e-6]
        assert p.cost == pytest.approx(min(within), rel=1e-6)
    assert points["value"].iloc[-1] == pytest.approx(0.0, abs=1e-6)


def test_against_latency_each_ms_has_its_price() -> None:
    """A near site at 3 and a far one at 1 an hour, 80 ms apart: a ms of the mean over 100 units costs 2.5."""
    plan = tiny(
        [{"offer": "near", "site": "N", "price_per_hour": 3.0}, {"offer": "far", "site": "F", "price_per_hour": 1.0}],
        100.0,
        sites=[{"site": s, "zone": "Z", "kind": "cloud"} for s in "NF"],
        network=[{"site": s, "location": "L", "latency_ms": ms} for s, ms in (("N", 10.0), ("F", 90.0))],
    )
    points = ask(plan, "latency").frames["points"]
    assert points["value"].tolist() == pytest.approx([90.0, 70.0, 50.0, 30.0, 10.0], rel=1e-4)
    assert points["marginal"].iloc[1:].tolist() == pytest.approx([2.5] * 4, rel=1e-3)
    within = ask(plan, "latency", reach=100.0)
    assert within.facts["cut"]  # at twice the cost half of the volume is near
    assert within.frames["points"]["value"].iloc[-1] == pytest.approx(50.0, rel=1e-3)


def test_against_concentration_spend_is_spread() -> None:
    """A vendor at 1 and one at 2 an hour: half of the spend with each is a third of the volume with the dear one."""
    plan = tiny(
        [{"offer": f"o{s}", "site": s, "price_per_hour": p} for s, p in (("N", 1.0), ("F", 2.0))],
        300.0,
        sites=[{"site": s, "zone": "Z", "kind": "cloud", "provider": f"vendor {s}"} for s in "NF"],
        network=[{"site": s, "location": "L", "latency_ms": 1.0} for s in "NF"],
    )
    answer = ask(plan, "concentration", points=3)
    points = answer.frames["points"]
    assert points["value"].tolist() == pytest.approx([1.0, 0.75, 0.5], rel=1e-4)
    assert points["cost"].iloc[-1] == pytest.approx(400.0, rel=1e-4)
    # 300 = a + b units, spend a with one and 2 b with the other: 3 / 4 with the first is a = 6 b.
    assert points["cost"].iloc[1] == pytest.approx(300.0 + 300.0 / 7.0, rel=1e-4)
    assert len(answer.frames["changes"].query("point == 'end'")) == 2


def test_against_unserved_what_the_last_unit_costs() -> None:
    """One workload costs 1 a unit to serve, the other 4; a penalty of 9 has the plan serve both."""
    plan = tiny(
        [{"offer": "api1", "pricing": "api", "workload": "W", "price_per_unit": 1.0},
         {"offer": "api2", "pricing": "api", "workload": "V", "price_per_unit": 4.0}],
        {("W", "L"): [50.0], ("V", "L"): [50.0]},
        workloads=[{"workload": w, "unit": "units", "unserved_penalty_per_unit": 9.0} for w in "WV"],
        throughput=[], hardware=[],
    )  # fmt: skip
    answer = ask(plan, "unserved", points=5)
    points = answer.frames["points"]
    assert points["value"].tolist() == pytest.approx([1.0, 0.75, 0.5, 0.25, 0.0], abs=1e-5)
    assert points["cost"].tolist() == pytest.approx([0.0, 25.0, 50.0, 150.0, 250.0], abs=1e-2)
    assert points["marginal"].iloc[1:].tolist() == pytest.approx([1.0, 1.0, 4.0, 4.0], rel=1e-3)
    assert answer.facts["value_now"] == pytest.approx(0.0)
    assert answer.facts["charged"]
    assert not (points["saved_as"] != "").any()  # the plan's penalty would have them all served


def test_with_nothing_unserved_the_plans_own_bound_holds_also_where_no_solve_proved_one() -> None:
    """The plan pays no penalty, and no plan that serves everything does; one that may leave some proves less."""
    plan = tiny(
        [{"offer": "api", "pricing": "api", "workload": "W", "price_per_unit": 4.0}],
        [50.0],
        workloads=[{"workload": "W", "unit": "units", "unserved_penalty_per_unit": 9.0}],
        throughput=[], hardware=[],
    )  # fmt: skip
    hurried = frontier(
        plan, solved(plan), Hurried.here(), against="unserved", points=4, gap=0.0, reach=900.0, seconds=60.0
    )
    last = hurried.frames["points"].iloc[-1]
    assert (last["point"], last["value"]) == ("plan", pytest.approx(0.0, abs=1e-6))  # the far end is as good in both
    assert last["low"] == pytest.approx(200.0, rel=1e-6)
    assert last["gap"] == pytest.approx(0.0, abs=1e-6)
    whole = ask(plan, "unserved", points=5).frames["points"]
    assert (whole["low"] <= 200.0 * (1.0 - whole["value"]) + 1e-3).all()


def test_what_cannot_be_weighed_is_said() -> None:
    with pytest.raises(QuestionError, match="all volume must be served"):
        ask(three_sites(), "unserved")
    alone = tiny([{"price_per_hour": 1.0}])
    with pytest.raises(QuestionError, match="vendors"):
        ask(alone, "concentration")
    assert len(ask(alone, "carbon").frames["points"]) == 1


def points_of(*rows: tuple[float, float, float, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["limit", "value", "cost", "low"])
    return frame.assign(point=[f"p{i}" for i in range(len(rows))])


def test_dominated_points_are_dropped_and_told() -> None:
    """A step that its gap left dearer than a tighter one is no point of the frontier."""
    kept, dropped = pareto(points_of((np.inf, 10, 100, 99), (8, 8, 130, 118), (6, 6, 120, 119), (4, 4, 120, 120)))
    assert dropped == ["p1", "p2"]
    assert kept["point"].tolist() == ["p0", "p3"]


def test_a_point_within_the_gap_of_its_neighbour_is_marked() -> None:
    kept, dropped = pareto(points_of((np.inf, 10, 100, 100), (8, 8, 101, 99), (6, 6, 120, 119)))
    assert dropped == []
    assert kept["overlaps"].tolist() == [False, True, False]
    # What is proven at the looser limit holds at the tighter one.
    assert kept["low"].tolist() == [100, 100, 119]
    told = marginal(kept, 1.0)
    assert told["marginal_low"].iloc[1] == pytest.approx(0.0)
    assert told["marginal_high"].iloc[2] == pytest.approx(10.0)


def test_policies_of_a_point_are_rows_of_the_plan() -> None:
    plan = three_sites()
    for against in ("carbon", "capex_peak", "latency", "concentration"):
        changed = apply(plan, policies_for(plan, measure_of(plan, against), 0.5, "mine"))
        assert len(changed.tables["policies"]) == (3 if against == "concentration" else 1)
