"""Near-optimal plans: within the share, ranges that brute force confirms, and moves that are the same in all."""

from __future__ import annotations

from itertools import product

import pandas as pd
import pytest

from planner.explore.alternatives import PLAN, _Alternatives, alternatives, distance, measures_of
from planner.explore.measures import Look, work_by_offer
from planner.explore.no_regret import no_regret
from planner.explore.question import Answer
from planner.explore.runner import Runner
from planner.plan.plan import Plan
from planner.result.result import Result
from planner.result.run import solve_plan
from tests.builders import EXACT, solved, tiny

HOURS = 8760.0
PRICE = {"A": 1.0, "B": 1.004, "C": 1.1}


def ask(plan: Plan, share: str = "5", result: Result | None = None) -> Answer:
    return alternatives(plan, result or solved(plan), Runner.here(), share=share, gap=0.0, seconds=60.0)


def three_vendors() -> Plan:
    """Ten devices of work at three vendors of almost one price; the second and third are cleaner."""
    return tiny(
        [{"offer": s, "site": s, "pricing": "committed", "price_per_hour": p, "max_devices": 8} for s, p in PRICE.items()],
        volume=10 * HOURS,
        hardware=[{"hardware": "H", "power_kw": 1.0, "idle_power_kw": 1.0}],
        sites=[
            {"site": s, "zone": "Z", "kind": "cloud", "provider": f"V{s}", "carbon_g_per_kwh": g}
            for s, g in (("A", 500.0), ("B", 300.0), ("C", 10.0))
        ],
        network=[{"site": s, "location": "L", "latency_ms": 1.0} for s in PRICE],
    )  # fmt: skip


@pytest.mark.parametrize("share", ["1", "2", "5"])
def test_every_alternative_costs_at_most_the_share_more(share: str) -> None:
    plan = three_vendors()
    result = solved(plan)
    table = ask(plan, share, result).frames["alternatives"]
    assert len(table) > 3
    assert (table["cost"] <= (1 + float(share) / 100) * (result.objective or 0.0)).all()
    assert table.loc[0, "alternative"] == PLAN


def test_ranges_are_those_of_brute_force() -> None:
    """Of all mixes of whole devices within 5 %: the least carbon, the least and most work with each vendor."""
    plan = three_vendors()
    result = solved(plan)
    best = result.objective or 0.0
    mixes = [n for n in product(range(9), repeat=3) if sum(n) >= 10]
    near = [n for n in mixes if sum(k * p * HOURS for k, p in zip(n, PRICE.values(), strict=True)) <= 1.05 * best]
    ranges = ask(plan, "5", result).frames["ranges"].set_index("measure")
    carbon = min(sum(k * g for k, g in zip(n, (500, 300, 10), strict=True)) for n in near) * HOURS / 1e6
    assert ranges.loc["carbon", "low"] == pytest.approx(carbon, rel=1e-4)
    assert ranges.loc["carbon", "low_proven"] <= carbon * (1 + 1e-9)
    assert ranges.loc["carbon", "low_proven"] == pytest.approx(carbon, rel=5e-3)
    for i, vendor in enumerate(("VA", "VB")):
        # A device that is there may idle, so that others do its work.
        least = max(0.0, min(10 - (sum(n) - n[i]) for n in near) / 10)
        most = max(min(n[i], 10) for n in near) / 10
        assert ranges.loc[f"vendor {vendor}", "low"] == pytest.approx(least, abs=1e-4)
        assert ranges.loc[f"vendor {vendor}", "high"] == pytest.approx(most, abs=1e-4)
        assert ranges.loc[f"vendor {vendor}", "high_proven"] >= most - 1e-9


def test_other_mixes_are_unlike_those_found() -> None:
    answer = ask(three_vendors())
    table = answer.frames["alternatives"].set_index("alternative")
    shares = answer.frames["mix"].groupby("alternative")["share"].sum()
    assert shares.tolist() == pytest.approx([1.0] * len(table))
    assert table.loc[table["sought"] == "other", "from_nearest"].ge(0.005).all()
    assert table["from_plan"].max() > 0.2
    assert table.loc[PLAN, "from_plan"] == 0.0


def test_a_plan_of_the_same_cost_is_a_tie() -> None:
    """Two vendors at one price: all with one or all with the other, nobody can tell which is better."""
    plan = tiny(
        [{"offer": s, "site": s, "price_per_hour": 1.0} for s in "AB"],
        100.0,
        sites=[{"site": s, "zone": "Z", "kind": "cloud", "provider": f"V{s}"} for s in "AB"],
        network=[{"site": s, "location": "L", "latency_ms": 1.0} for s in "AB"],
    )
    table = ask(plan).frames["alternatives"].set_index("alternative")
    assert table.loc[table["from_plan"] > 0.99, "tie"].all()
    assert table["from_plan"].max() == pytest.approx(1.0)
    assert not table.loc[PLAN, "tie"]


def growing(lead: int = 0) -> Plan:
    """Two years, one then three devices of work that must not wait; owned pays, and a rented hour is dear."""
    return tiny(
        [{"offer": "own", "site": "S", "pricing": "owned", "purchase_price": 5000.0, "annual_value_loss": 1.0,
          "lead_time_months": lead},
         {"offer": "rent", "site": "S", "price_per_hour": 3.0}],
        [HOURS, 3 * HOURS],
        periods=2,
        settings={"start": "2027-01"},
        sites=[{"site": "S", "zone": "Z", "kind": "colocation", "opening_cost": 100.0}],
    )  # fmt: skip


def result_of(plan: Plan, orders: dict[str, list[float]], opened: dict[str, int]) -> Result:
    """A result in which only orders and openings matter."""
    rows = [{"offer": o, "period": t, "ordered": n} for o, each in orders.items() for t, n in enumerate(each, start=1)]
    sites = [{"site": s, "period": t, "opened": 1} for s, t in opened.items()]
    frames = {
        "capacity": pd.DataFrame(rows, columns=["offer", "period", "ordered"]),
        "sites": pd.DataFrame(sites, columns=["site", "period", "opened"]),
    }
    return Result("optimal", plan.content_hash, frames=frames)


def test_no_regret_by_hand() -> None:
    """Four quarters, lead time four months (two periods): what the least eager of three plans does, and when."""
    plan = tiny(
        [{"offer": "own", "pricing": "owned", "lead_time_months": 4}, {"offer": "other", "pricing": "committed"}],
        periods=4,
        settings={"months_per_period": 3, "start": "2027-01"},
        sites=[{"site": "S", "zone": "Z", "kind": "colocation", "opening_cost": 100.0}],
    )
    results = [
        result_of(plan, {"own": [2, 0, 3, 0]}, {"S": 1}),
        result_of(plan, {"own": [1, 2, 0, 0], "other": [5, 0, 0, 0]}, {"S": 2}),
        result_of(plan, {"own": [1, 0, 0, 4]}, {"S": 1}),
    ]
    moves = no_regret(plan, results)
    # Cumulative: 2 2 5 5, 1 3 3 3, 1 1 1 5: the least is 1 1 1 3. An order of period 1 is in service in
    # period 3 (July), so it can be placed until March; one of period 4 in period 6 (April 2028), until December.
    assert moves.to_dict("records") == [
        {"kind": "order", "what": "own", "count": 1.0, "period": 1, "by": "2027-03", "service": "2027-07"},
        {"kind": "open", "what": "S", "count": 1.0, "period": 2, "by": "2027-04", "service": "2027-04"},
        {"kind": "order", "what": "own", "count": 2.0, "period": 4, "by": "2027-12", "service": "2028-04"},
    ]
    assert len(no_regret(plan, [*results, result_of(plan, {}, {})])) == 0
    assert len(no_regret(plan, [])) == 0


def test_what_pays_far_more_than_the_share_is_no_regret() -> None:
    """Owning all three devices costs 15,100; renting one for a year 26,280: no plan within 5 % does without."""
    answer = ask(growing())
    moves = answer.frames["no_regret"]
    own = moves[moves["what"] == "own"]
    assert own["count"].sum() == 3
    assert own["by"].tolist() == ["2027-01", "2028-01"]
    assert own["count"].tolist() == [1.0, 2.0]
    assert (moves["kind"] == "open").sum() == 1


def test_measures_are_those_that_can_differ() -> None:
    plan = three_vendors()
    names = [m.name for m in measures_of(plan, solved(plan))]
    assert names == ["carbon", "held", "vendor VA", "vendor VB"]
    assert "sites" in [m.name for m in measures_of(growing(), solved(growing()))]
    alone = tiny([{"price_per_hour": 1.0}])
    assert measures_of(alone, solved(alone)) == ()
    assert ask(alone).sentences[0].startswith("No other plan")


def test_work_is_shared_among_offers() -> None:
    plan = three_vendors()
    result = solved(plan)
    assert work_by_offer(plan, result).to_dict() == pytest.approx({"A": 0.8, "B": 0.2})
    assert distance(pd.Series({"a": 0.8, "b": 0.2}), pd.Series({"b": 0.2, "c": 0.8})) == pytest.approx(0.8)
    vendor = measures_of(plan, result)[2]
    assert vendor.value(Look(plan, result)) == pytest.approx(0.8)


def test_an_answer_survives_being_packed() -> None:
    answer = ask(three_vendors())
    again = Answer.unpack(answer.pack())
    for name, frame in answer.frames.items():
        pd.testing.assert_frame_equal(frame.reset_index(drop=True), again.frames[name], check_dtype=False)


def test_a_search_that_another_plan_beats_sets_out_from_that_plan() -> None:
    """What was stopped too early is no end of a measure: it is searched again from the plan that got further."""
    plan = three_vendors()
    result = solved(plan)
    look = _Alternatives(plan, result, Runner.here(), 0.05, EXACT)
    carbon = next(m for m in look.measures if m.name == "carbon")
    search = look.search(carbon, False)
    clean = solve_plan(plan, EXACT, aim=search)
    assert look.further(search, clean)
    assert not look.further(search, result)
    again = look.beaten({"least carbon": search}, {"least carbon": result, "least held": clean})
    assert list(again) == ["least carbon"]
    assert again["least carbon"].known != search.known
    assert look.beaten({"least carbon": search}, {"least carbon": clean, "least held": result}) == {}
