"""Scenarios and their templates, by plans whose costs are sums on paper."""

import numpy as np
import pandas as pd
import pytest

from planner.explore.question import QuestionError
from planner.explore.scenarios import MEASURES
from planner.plan.patch import Change, apply
from planner.plan.patch_templates import TEMPLATES, default_levers
from planner.plan.plan import Plan
from planner.plan.what_if import REMOVE, SET
from tests.builders import Row, cost, ordered, solved, tiny
from tests.explore.what_if import DEMAND, NOTHING, POWER, PRICE, YEAR, ask, choice, rented, with_scenarios

BASE_COST = 3 * YEAR


def row(frame: pd.DataFrame, scenario: str) -> pd.Series:
    return frame[frame["scenario"] == scenario].iloc[0]


def test_each_scenario_costs_what_paper_says():
    plan = with_scenarios(rented(), more=[("", DEMAND)], cheap=[("", PRICE)], dear=[("", POWER)])
    answer = ask(plan, "scenarios")
    table = answer.frames["scenarios"]
    assert list(table["scenario"]) == ["", "more", "cheap", "dear"]
    assert table["cost"].tolist() == pytest.approx([BASE_COST, 4.5 * YEAR, 2 * YEAR, 3.4 * YEAR])
    assert table["difference"].tolist() == pytest.approx([0, 1.5 * YEAR, -YEAR, 0.4 * YEAR])
    assert table["certain"].all()
    assert row(table, "more")["low"] <= 1.5 * YEAR + 1e-6 <= row(table, "more")["high"] + 2e-6
    assert row(table, "cheap")["relative"] == pytest.approx(-1 / 3)
    assert "costs $13.1\u00a0k more" in answer.sentences[0]


def test_measures_stand_beside_the_base():
    plan = with_scenarios(rented(), more=[("", DEMAND)])
    measures = ask(plan, "scenarios").frames["measures"]
    assert list(measures.loc[measures["scenario"] == "more", "measure"]) == list(MEASURES)
    more = measures[measures["scenario"] == "more"].set_index("measure")
    assert more["value"]["opex"] == pytest.approx(4.5 * YEAR)
    assert more["difference"]["energy_kwh"] == pytest.approx(0.5 * YEAR)
    assert more["difference"]["peak_devices"] == pytest.approx(0.5)
    assert more["value"]["unserved"] == 0


def test_a_scenario_without_change_is_the_base():
    plan = with_scenarios(rented(), same=[], set_to_itself=[("", NOTHING)])
    table = ask(plan, "scenarios").frames["scenarios"]
    assert (table["cost"] == BASE_COST).all()
    assert (table["difference"] == 0).all()
    assert (table["low"].abs() < 1e-6).all()
    assert (table["flips"] == 0).all()
    assert not row(table, "same")["certain"]  # no difference


def test_what_cannot_be_made_or_served_says_why():
    impossible = Change("offers", "", "max_devices", SET, "0.5")
    nonsense = Change("offers", "offer=nobody", "", REMOVE)
    plan = with_scenarios(rented(), full=[("", impossible)], odd=[("", nonsense)], fine=[("", PRICE)])
    table = ask(plan, "scenarios").frames["scenarios"]
    assert list(table["state"]) == ["solved", "infeasible", "not valid", "solved"]
    assert row(table, "full")["why"]
    assert "no row" in row(table, "odd")["why"]
    assert np.isnan(row(table, "odd")["cost"])


def test_what_enters_and_leaves_is_named():
    plan = with_scenarios(choice(), cheap=[("", Change("offers", "offer=rent", "price_per_hour", SET, "0.5"))])
    flips = ask(plan, "scenarios").frames["flips"]
    assert dict(zip(flips["what"], flips["turn"], strict=True)) == {"hold": "leaves", "rent": "enters"}
    assert set(flips["scenario"]) == {"cheap"}


def test_chosen_and_dropped():
    plan = with_scenarios(rented(), more=[("", DEMAND)], cheap=[("", PRICE)])
    assert list(ask(plan, "scenarios", chosen="cheap").frames["scenarios"]["scenario"]) == ["", "cheap"]
    dropped = plan.replace(scenarios=plan.tables["scenarios"].assign(status=["dropped", "open"]))
    assert list(ask(dropped, "scenarios").frames["scenarios"]["scenario"]) == ["", "cheap"]
    with pytest.raises(QuestionError, match="nobody"):
        ask(plan, "scenarios", chosen="nobody")
    with pytest.raises(QuestionError, match="no scenarios"):
        ask(rented(), "scenarios")


def many() -> Plan:
    """Everything that a template changes: rent and tokens at a vendor, own devices that are delivered."""
    sites: list[Row] = [
        {"site": "S", "zone": "Z", "kind": "cloud", "provider": "Vendor"},
        {"site": "O", "zone": "Z", "kind": "on_premises", "provider": "Own", "electricity_price_per_kwh": 0.1},
    ]
    offers: list[Row] = [
        {"offer": "rent", "price_per_hour": 2.0},
        {"offer": "own", "site": "O", "pricing": "owned", "purchase_price": 3650.0, "lead_time_months": 0,
         "useful_life_months": 12},
        {"offer": "tokens", "pricing": "api", "workload": "W", "price_per_unit": 1.0, "max_units_per_hour": 0.25},
    ]  # fmt: skip
    network = [{"site": s, "location": "L", "latency_ms": 1.0} for s in "SO"]
    hardware = [{"hardware": "H", "power_kw": 1.0}]
    return tiny(offers, YEAR, sites=sites, network=network, hardware=hardware)


def changed(plan: Plan, name: str, value: float | str | None = None) -> Plan:
    template = TEMPLATES[name]
    given = template.default if value is None else value
    rows = template.rows(plan, "s", given).drop(columns="scenario")
    texts = rows.astype(object).where(rows.notna(), "").astype(str)
    changes = [Change(r.table, r.where, r.column, r.change, r.value) for r in texts.itertuples()]
    assert [c.text for c in changes] == [c.text for c in template.changes(plan, given)]
    return apply(plan, changes)


def test_the_base_of_the_templates():
    plan = many()
    # A device of one's own: 3650 + 876 of power. A quarter by tokens would cost 2190 more.
    assert ordered(solved(plan)) == {"own": 1}
    assert cost(plan) == pytest.approx(3650 + 876)


@pytest.mark.parametrize(
    ("template", "value", "expected"),
    [
        ("demand", 1.25, 3650 + 876 + YEAR / 4),  # the rest by tokens
        ("gpu_price", -40.0, 2190 + 876),
        ("power", 40.0, 3650 + 876 * 1.4),
        ("token_price", -30.0, 3650 + 876),  # still dearer than one's own
        ("vendor", "Own", YEAR * 0.25 + 0.75 * YEAR * 2),
        ("vendor", "Vendor", 3650 + 876),
        ("nothing_new", "Own", YEAR * 0.25 + 0.75 * YEAR * 2),
    ],
)
def test_each_template_by_hand(template: str, value: float | str, expected: float):
    assert cost(changed(many(), template, value)) == pytest.approx(expected)


def test_late_delivery_by_hand():
    plan = many()
    assert not TEMPLATES["late"].fits(plan)  # nothing is delivered
    offers = plan.tables["offers"].assign(lead_time_months=[0, 1, 0])
    demand = pd.DataFrame({"workload": "W", "location": "L", "period": [1, 2, 3], "volume": YEAR})
    settings = plan.tables["settings"].assign(value=["3", "12", "0"])
    later = plan.replace(offers=offers, demand=demand, settings=settings)
    cheapest = YEAR * 0.25 + 0.75 * YEAR * 2
    assert cost(later) == pytest.approx(cheapest + 2 * (3650 + 876))
    assert cost(changed(later, "late", 12.0)) == pytest.approx(2 * cheapest + 3650 + 876)


def test_a_vendor_gone_at_once_takes_what_is_held_there_along_and_nothing_new_does_not():
    plan = choice()
    plan = plan.replace(
        sites=plan.tables["sites"].assign(provider="Vendor"),
        assets=pd.DataFrame([{"asset": "a", "offer": "hold", "devices": 1.0, "in_service": "2026-12"}]),
    )
    gone, later = changed(plan, "vendor", "Vendor"), changed(plan, "nothing_new", "Vendor")
    assert gone.tables["assets"].empty
    assert len(later.tables["assets"]) == 1
    for made in (gone, later):
        assert (made.tables["offers"]["available_from"] > made.settings.periods).all()
    for template in ("vendor", "nothing_new"):
        assert TEMPLATES[template].choices(plan) == ["Vendor"]


def test_causes_have_real_minus_signs():
    assert TEMPLATES["gpu_price"].cause(-30.0) == "GPU price \N{MINUS SIGN}30 %"
    assert TEMPLATES["power"].cause(40.0) == "Electricity +40 %"


def test_default_levers_are_those_of_what_the_plan_has():
    assert list(default_levers(many())["lever"]) == [
        "Demand",
        "On-demand and spot prices",
        "Purchase prices",
        "Token prices",
        "Electricity price",
    ]
    assert set(default_levers(many())["slider"]) == {"yes", "no"}
