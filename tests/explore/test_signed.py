"""A vendor with contracts that run: what is signed keeps its price and stays, in the plan and in an answer to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from planner.explore.case import Case
from planner.explore.negotiation import negotiation
from planner.explore.price_curve import line_of
from planner.explore.question import Answer
from planner.explore.runner import Runner
from planner.explore.tries import Try, patched
from planner.explore.vendor import vendor_of
from planner.plan.plan import Plan
from planner.report.brief.negotiation_brief import brief, headline
from planner.report.charts import negotiation as charts
from planner.result.result import Result
from planner.result.run import solve_plan
from planner.result.verify import verify
from tests.builders import EXACT, solved, tiny

HOURS = 8760.0
SITES = [
    {"site": "S", "name": "Sunny one", "zone": "Z", "kind": "cloud", "provider": "Sunny"},
    {"site": "R", "name": "Rainy one", "zone": "Z", "kind": "colocation", "provider": "Rainy"},
]
LINKS = [{"site": s, "location": "L", "latency_ms": 1.0} for s in "SR"]
HOLD: dict[str, Any] = {"offer": "hold", "site": "R", "pricing": "committed", "term_months": 12, "price_per_hour": 1.0}
FEW: dict[str, Any] = {"offer": "few", "price_per_hour": 1.5, "max_devices": 1.0}
SUN: dict[str, Any] = {"offer": "sun", "price_per_hour": 2.0}
RUNNING = [{"asset": "x", "offer": "hold", "devices": 1.0, "in_service": "2027-01"}]
"""One device for the first of two years."""


def running(*others: dict[str, Any], **tables: Any) -> Plan:
    """Work for three devices in each of two years, one of them signed with Rainy for the first."""
    rows = {"sites": SITES, "network": LINKS, "assets": RUNNING, **tables}
    return tiny([HOLD, *others], [3 * HOURS, 3 * HOURS], 2, **rows)


def ask(plan: Plan, runner: Runner | None = None) -> Answer:
    said = {"exit_months": 12, "delay_months": 12, "refine": 8, "gap": 0.0, "seconds": 60.0}
    return negotiation(plan, solved(plan), runner or Runner.here(), provider="Rainy", **said)


def test_a_running_commitment_stays_and_the_rest_is_won_or_lost_by_price() -> None:
    """New are two devices in the first year and three in the second; one is worth 1.5, the others 2 an hour."""
    plan = running(FEW, SUN)
    answer = ask(plan)
    facts, curve = answer.facts, answer.frames["curve"]
    assert curve["factor_to"].tolist()[:-1] == pytest.approx([1.5, 2.0])
    assert curve["device_hours"].tolist() == pytest.approx([2.5 * HOURS, 1.5 * HOURS, 0.0])
    assert curve["devices"].tolist() == pytest.approx([2.5, 1.5, 0.0])
    assert facts["walk_away"] == pytest.approx(2.0)
    assert facts["walk_away_low"] == pytest.approx(2.0)
    assert facts["spend_now"] == pytest.approx(2.5 * HOURS)
    # 1 + 2 + 3 today; without: the signed one, one at 1.5 and one at 2, then one at 1.5 and two at 2.
    assert facts["gone_pv"] == pytest.approx((1 + 3.5 + 5.5 - 6) * HOURS)
    assert facts["at_once"]["pv"] == pytest.approx((5.5 + 5.5 - 6) * HOURS)
    other = answer.frames["alternatives"].set_index("offer")["change"]
    assert other.to_dict() == pytest.approx({"sun": 3 * HOURS, "few": 1.5 * HOURS, "hold": -2.5 * HOURS})
    assert "kept, paid and used to the end of their term" in charts.gone_meaning(facts)
    assert "kept, paid and used to the end of their term" in brief(answer, plan, "Plan", "1 May 2027").decode()


def test_what_stands_in_the_way_is_the_same_as_on_the_page_what_if() -> None:
    """Without Sunny's dear offer there is room for one device there: a second is needed, in the second year a third."""
    plan = running({**FEW, "price_per_hour": 1.25})
    answer = ask(plan)
    tried = solve_plan(patched(plan, Try((), "Rainy")), EXACT)
    assert vendor_of(plan, "Rainy").gone().content_hash == patched(plan, Try((), "Rainy")).content_hash
    assert answer.facts["gone"] == "infeasible"
    assert answer.facts["conflicts"] == [c.sentence for c in tried.conflicts]
    assert "signed" not in " ".join(answer.facts["conflicts"])
    assert answer.facts["walk_away"] is None
    assert headline(answer)[1].value == "None"
    # Above 1.25 the one that Sunny has is taken there; what remains has to be bought of Rainy at any price.
    assert answer.frames["curve"]["devices"].tolist() == pytest.approx([2.5, 1.5])


def test_who_is_needed_as_a_reserve_alone_has_a_walk_away_price() -> None:
    """Half must be served after the loss of either site. Above 2 everything is bought of Sunny, with Rainy to fall back on."""
    rent = {**HOLD, "offer": "rain", "pricing": "on_demand"}
    workload = {"workload": "W", "unit": "units", "survive_site_loss_share": 0.5}
    plan = tiny([rent, SUN], HOURS, sites=SITES, network=LINKS, workloads=[workload])
    facts = ask(plan).facts
    assert facts["gone"] == "infeasible"
    assert facts["walk_away"] == pytest.approx(2.0)
    assert facts["walk_away_low"] == pytest.approx(2.0)
    said = charts.gone_meaning(facts)
    assert said.startswith("From its walk-away price on Rainy is paid nothing and is needed all the same")


class Unlucky(Runner):
    """A runner whose solves at today's prices end without a plan, as at a time limit."""

    def solve(self, cases: Iterable[Case]) -> dict[str, Result]:
        return {name: r for name, r in super().solve(cases).items() if name != "price x 1"}


def test_the_plan_in_hand_stands_in_where_no_solve_at_todays_prices_gives_one() -> None:
    plan = running(FEW, SUN)
    with Unlucky.here() as runner:
        facts = ask(plan, runner).facts
    assert facts["spend_now"] == pytest.approx(2.5 * HOURS)
    assert facts["gone_pv"] == pytest.approx(4 * HOURS)
    assert facts["walk_away"] == pytest.approx(2.0)


def test_an_answer_told_apart_is_one_to_the_plan_held_apart() -> None:
    """Commitments, leases and devices of which some run, some come later and some are sold on the way."""
    assets = [
        {"asset": "a", "offer": "year", "devices": 1, "in_service": "2027-01"},
        {"asset": "b", "offer": "own", "devices": 2, "in_service": "2026-01"},
        {"asset": "c", "offer": "lease", "devices": 1, "in_service": "2028-01"},
    ]
    terms = {"site": "R", "term_months": 24}
    owned = {"site": "R", "pricing": "owned", "purchase_price": 12000, "maintenance_rate": 0.1}
    plan = tiny(
        [
            SUN,
            {**terms, "offer": "year", "pricing": "committed", "price_per_hour": 0.6, "upfront_price": 1e3, "max_devices": 5},
            {**terms, "offer": "lease", "pricing": "leased", "price_per_hour": 1.0},
            {**owned, "offer": "own", "useful_life_months": 60, "license_price_per_month": 3, "max_devices": 3},
        ],
        [5 * HOURS, 6.5 * HOURS, 3 * HOURS],
        3,
        settings={"discount_rate": 0.1, "carbon_price": 50},
        sites=[SITES[0], {**SITES[1], "electricity_price_per_kwh": 0.1, "carbon_g_per_kwh": 300}],
        network=LINKS,
        hardware=[{"hardware": "H", "power_kw": 1.0}],
        assets=assets,
    )  # fmt: skip
    vendor, answer = vendor_of(plan, "Rainy"), solved(plan)
    told = vendor.of(answer)
    assert verify(vendor.plan, told.frames, objective=answer.objective) == []
    assert told.plan_hash == vendor.plan.content_hash
    assert line_of(vendor, told, 1.0).slope == pytest.approx(line_of(vendor, solved(vendor.plan), 1.0).slope)
    sold = told.ledger[told.ledger["category"] == "resale"].groupby("offer")["quantity"].sum()
    assert sold["own (signed)"] == pytest.approx(-2.0)


def test_where_policies_are_on_money_a_reserve_is_said_and_no_price_beyond_those_tried() -> None:
    rent = {**HOLD, "offer": "rain", "pricing": "on_demand"}
    workload = {"workload": "W", "unit": "units", "survive_site_loss_share": 0.5}
    purse = {"policy": "purse", "measure": "spend", "sense": "max", "limit": 3 * HOURS}
    plan = tiny([rent, SUN], HOURS, sites=SITES, network=LINKS, workloads=[workload], policies=[purse])
    answer = ask(plan)
    assert answer.facts["walk_away"] is None
    assert answer.frames["curve"]["factor_to"].max() == pytest.approx(1.5)
    assert headline(answer)[1].value.replace("\u00a0", " ") == "> 150 %"
    assert charts.gone_meaning(answer.facts).startswith("At a high enough price Rainy is paid nothing and is needed")
    assert any("above 150" in s and "needed as a reserve" in s for s in answer.sentences)
