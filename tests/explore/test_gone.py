"""Doing without a vendor: the same on every page, with an amount also where a rule has to give way first."""

from __future__ import annotations

from typing import Any

import pytest

from planner.explore.gone import at_once, relieved
from planner.explore.negotiation import negotiation
from planner.explore.question import Answer, QuestionError
from planner.explore.runner import Runner
from planner.explore.tries import Try, patched
from planner.explore.tries import vendors as vendors_to_try
from planner.explore.vendor import providers, vendor_of
from planner.plan.patch import apply
from planner.plan.patch_templates import TEMPLATES
from planner.plan.plan import Plan
from planner.report.brief.negotiation_brief import brief, headline
from planner.report.charts import negotiation as charts
from planner.result.result import Conflict
from planner.result.run import solve_plan
from tests.builders import EXACT, cost, solved, tiny

HOURS = 8760.0
SITES = [
    {"site": "S", "name": "Sunny one", "zone": "Z", "kind": "cloud", "provider": "Sunny"},
    {"site": "R", "name": "Rainy one", "zone": "Z", "kind": "cloud", "provider": "Rainy"},
]
LINKS = [{"site": s, "location": "L", "latency_ms": 1.0} for s in "SR"]
SUN: dict[str, Any] = {"offer": "sun", "site": "S", "price_per_hour": 2.0}
RAIN: dict[str, Any] = {"offer": "rain", "site": "R", "price_per_hour": 1.0}
HOLD: dict[str, Any] = {**RAIN, "offer": "hold", "pricing": "committed", "term_months": 12}
SIGNED = [{"asset": "x", "offer": "hold", "devices": 1.0, "in_service": "2027-01"}]


def two(offers: list[dict[str, Any]], volume: float = HOURS, **tables: Any) -> Plan:
    return tiny(offers, volume, **{"sites": SITES, "network": LINKS, **tables})


def ask(plan: Plan) -> Answer:
    said = {"exit_months": 12, "delay_months": 12, "refine": 2, "gap": 0.0, "seconds": 60.0}
    return negotiation(plan, solved(plan), Runner.here(), provider="Rainy", **said)


def test_a_negotiation_and_a_try_mean_the_same_by_without() -> None:
    plan = two([SUN, RAIN, HOLD], 2 * HOURS, assets=SIGNED)
    assert cost(vendor_of(plan, "Rainy").gone()) == pytest.approx(cost(patched(plan, Try((), "Rainy"))))
    assert cost(patched(plan, Try((), "Rainy"))) == pytest.approx(3 * HOURS)


def test_what_losing_what_is_signed_too_would_cost_stands_beside_it() -> None:
    plan = two([SUN, RAIN, HOLD], 2 * HOURS, assets=SIGNED)
    facts = ask(plan).facts
    assert facts["gone_pv"] == pytest.approx(HOURS)
    assert facts["at_once"]["pv"] == pytest.approx(2 * HOURS)
    assert "Gone at once" in charts.gone_meaning(facts)
    assert "costs $17.5 k more" in charts.gone_meaning(facts).replace("\u00a0", " ")
    nothing_signed = ask(two([SUN, RAIN], 2 * HOURS)).facts
    assert nothing_signed["at_once"] is None
    assert "Nothing is signed" in charts.gone_meaning(nothing_signed)


def test_what_a_conflict_asks_for_is_enough_when_it_is_done() -> None:
    """A quota of half a device at the other vendor: with a whole one, everything is served there, at twice the price."""
    plan = two([{**SUN, "max_devices": 0.5}, RAIN], workloads=[{"workload": "W", "unit": "units"}])
    gone = solve_plan(vendor_of(plan, "Rainy").gone(), EXACT)
    ways = [way for way in (gone.conflicts, *gone.alternatives) if [c.table for c in way] == ["offers"]]
    eased = relieved(vendor_of(plan, "Rainy").gone(), ways[0])
    assert eased is not None
    assert cost(eased) == pytest.approx(2 * HOURS)


def test_the_loss_of_a_site_may_stand_in_the_way() -> None:
    """Each site takes over from the other; without one of them nothing can be kept when the other is lost."""
    plan = two([SUN, RAIN], workloads=[{"workload": "W", "unit": "units", "survive_site_loss_share": 0.5}])
    answer = ask(plan)
    facts = answer.facts
    assert facts["gone"] == "infeasible"
    assert facts["conflicts"] == ["W: 0\u00a0% can be served after the loss of Sunny one, not the 50\u00a0% asked for."]
    assert facts["eased"]["certain"]
    assert facts["eased"]["pv"] == pytest.approx(2 * HOURS - cost(plan))
    assert charts.gone_finding(facts) == "No plan does without Rainy as the rules are"
    assert "With that changed, the plan without Rainy costs $" in charts.eased_finding(facts)
    assert headline(answer)[3].value.startswith("+$")
    page = brief(answer, plan, "Plan", "1 May 2027").decode()
    assert "With that changed" in page
    assert any("With that changed" in s for s in answer.sentences)


def test_rules_are_eased_by_what_conflicts_say() -> None:
    plan = two(
        [{**SUN, "max_devices": 1.0}],
        sites=[{**SITES[0], "power_capacity_kw": 10.0}, SITES[1]],
        network=[{**LINKS[0], "bandwidth_gbps": 2.0}, LINKS[1]],
        workloads=[{"workload": "W", "unit": "units", "interruptible_share": 0.5}],
        policies=[
            {"policy": "most", "measure": "spend", "sense": "max", "limit": 100.0},
            {"policy": "least", "measure": "volume", "sense": "min", "limit": 100.0},
            {"policy": "share", "measure": "spend", "sense": "max", "limit": 0.5, "share_of": "total"},
        ],
    )

    def asked(table: str, key: str, amount: float, unit: str) -> Conflict:
        return Conflict(table, key, 1, amount, unit, "")

    eased = relieved(
        plan,
        [
            asked("offers", "sun", 2.0, "devices"),
            asked("sites", "S", 5.0, "kW"),
            asked("network", "S;L", 1.0, "Gbit/s"),
            asked("workloads", "W", 0.25, "share"),
            asked("policies", "most", 10.0, "USD"),
            asked("policies", "most", 30.0, "USD"),
            asked("policies", "least", 20.0, "units"),
        ],
    )
    assert eased is not None
    assert eased.table("offers")["max_devices"].tolist() == [3.0]
    assert eased.table("sites")["power_capacity_kw"].iloc[0] == 15.0
    assert eased.table("network")["bandwidth_gbps"].iloc[0] == 3.0
    assert eased.table("workloads")["interruptible_share"].tolist() == [0.75]
    assert eased.table("policies")["limit"].tolist() == [130.0, 80.0, 0.5]
    assert relieved(plan, [asked("policies", "share", 10.0, "USD")]) is None
    assert relieved(plan, [asked("demand", "W;L", 10.0, "units")]) is None


def test_the_company_is_no_vendor() -> None:
    own = {"site": "O", "zone": "Z", "kind": "on_premises", "provider": "Own"}
    edge = {"site": "E", "zone": "Z", "kind": "edge", "provider": "Own"}
    links = [
        *LINKS,
        {"site": "O", "location": "L", "latency_ms": 1.0},
        {"site": "E", "location": "L", "latency_ms": 1.0},
    ]
    offers = [SUN, RAIN, {**RAIN, "offer": "mine", "site": "O"}, {**RAIN, "offer": "near", "site": "E"}]
    plan = two(offers, sites=[*SITES, own, edge], network=links)
    assert providers(plan) == ["Sunny", "Rainy"]
    assert set(vendors_to_try(plan)) == {"Sunny", "Rainy"}
    with pytest.raises(QuestionError, match="Sunny, Rainy"):
        negotiation(plan, solved(plan), Runner.here(), "Own", 12, 12, 2, 0.0, 60.0)


def test_nothing_is_lost_where_nothing_is_signed() -> None:
    plan = two([SUN, RAIN])
    assert at_once(plan, vendor_of(plan, "Rainy")) is None
    held = two([SUN, RAIN, HOLD], assets=SIGNED)
    lost = at_once(held, vendor_of(held, "Rainy"))
    assert lost is not None
    assert lost.tables["assets"].empty
    assert lost.table("offers")["available_from"].tolist() == [1, 2, 2]
    assert lost.content_hash == apply(held, TEMPLATES["vendor"].changes(held, "Rainy")).content_hash
