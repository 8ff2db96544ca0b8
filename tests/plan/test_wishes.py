"""Wishes: rows of policies that say what was asked for, and are met."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.plan.parse import parse_tables
from planner.plan.plan import Plan
from planner.plan.wishes import (
    PART,
    WishError,
    added_rows,
    assets_in_service,
    at_least,
    forbid,
    keep,
    wish_of,
    wishes,
    without,
)
from tests.builders import cost, ordered, solved, tiny

HOURS = 8760.0
OWN: dict[str, Any] = {
    "offer": "own",
    "pricing": "owned",
    "purchase_price": 3000.0,
    "useful_life_months": 36,
    "annual_value_loss": 1.0,
    "maintenance_rate": 0.1,
}
RENT: dict[str, Any] = {"offer": "rent", "price_per_hour": 1.0}
SITES = [
    {"site": "S", "zone": "Z", "kind": "cloud", "provider": "P"},
    {"site": "R", "zone": "Z", "kind": "colocation", "provider": "Q"},
]
LINKS = [{"site": s, "location": "L", "latency_ms": 1.0} for s in "SR"]


def two_sites(**tables: Any) -> Plan:
    """Three years of two devices' work: owned at R of Q, on demand at S of P."""
    return tiny([{**OWN, "site": "R"}, RENT], 2 * HOURS, 3, sites=SITES, network=LINKS, **tables)


def devices(plan: Plan, offer: str) -> list[float]:
    capacity = solved(plan).frames["capacity"]
    mine = capacity[capacity["offer"] == offer].groupby("period")["devices_in_service"].sum()
    return [float(mine.get(t, 0.0)) for t in range(1, plan.settings.periods + 1)]


def valid(plan: Plan) -> Plan:
    reading = parse_tables(dict(plan.tables))
    assert reading.faults == ()
    return plan


def test_a_wish_is_a_row_of_policies_with_owner_and_reason():
    plan = valid(at_least(two_sites(), 3, 2, "Ada", "a hall is free", offer="own"))
    row = plan.tables["policies"].iloc[0]
    assert row["policy"] == "wish: at least 3 own by 2028-01"
    assert (row["owner"], row["note"], row["sense"], row["limit"], row["from_period"]) == (
        "Ada", "a hall is free", "min", 3.0, 2,
    )  # fmt: skip
    assert pd.isna(row["penalty"])
    assert wishes(plan)[["wish", "owner", "reason", "from_period"]].values.tolist() == [
        ["wish: at least 3 own by 2028-01", "Ada", "a hall is free", 2]
    ]


def test_at_least_n_by_then_is_met_and_not_before():
    plan = at_least(two_sites(), 3, 2, "Ada", offer="own")
    assert devices(two_sites(), "own") == [2, 2, 2]
    assert devices(plan, "own") == [2, 3, 3]


def test_at_least_n_at_a_site_counts_whatever_is_there():
    plan = two_sites(assets=[{"asset": "a", "offer": "own", "devices": 1, "in_service": "2026-01"}])
    # The asset works for two more years and counts while it does.
    assert assets_in_service(plan).loc["own"].tolist() == [1, 1, 0]
    assert devices(valid(at_least(plan, 4, 1, "Ada", site="R")), "own") == [4, 4, 4]


def test_at_least_of_a_token_api_counts_units():
    api = {"offer": "api", "pricing": "api", "workload": "W", "price_per_unit": 9.0}
    plan = valid(at_least(tiny([RENT, api], 100.0, 2), 30, 2, "Ada", offer="api"))
    dispatch = solved(plan).frames["dispatch"]
    assert dispatch.loc[dispatch["offer"] == "api", ["period", "volume"]].values.tolist() == [[2, 30.0]]


def test_keep_holds_what_the_answer_has_when_everything_else_gets_cheaper():
    plan = two_sites()
    wish = valid(keep(plan, solved(plan), "own", "Bo", "signed in spirit"))
    offers = wish.tables["offers"].assign(price_per_hour=wish.tables["offers"]["price_per_hour"] * 0.01)
    assert devices(plan.replace(offers=offers), "own") == [0, 0, 0]
    assert devices(wish.replace(offers=offers), "own") == [2, 2, 2]


def test_keep_of_steps_is_a_wish_of_several_rows():
    grows = tiny([OWN, {**RENT, "price_per_hour": 9.0}], [HOURS, 2 * HOURS, 2 * HOURS], 3)
    plan = valid(keep(grows, solved(grows), "own", "Bo"))
    names = plan.tables["policies"]["policy"].tolist()
    assert names == [f"wish: keep own{PART}2027-01", f"wish: keep own{PART}2028-01 to 2029-01"]
    assert {wish_of(n) for n in names} == {"wish: keep own"}
    assert wishes(plan)["policies"].tolist() == [tuple(names)]
    assert cost(plan) == pytest.approx(cost(grows))


def test_keep_of_what_is_paid_by_use_leaves_its_load_free():
    only = tiny([RENT, {**RENT, "offer": "other", "price_per_hour": 2.0}], [HOURS, 3 * HOURS], 2)
    wish = valid(keep(only, solved(only), "rent", "Bo"))
    offers = wish.tables["offers"].assign(price_per_hour=[4.0, 2.0])
    assert sum(devices(wish.replace(offers=offers), "rent")) == pytest.approx(4.0, rel=1e-5)


def test_nothing_is_kept_of_what_the_answer_does_not_have():
    plan = two_sites()
    with pytest.raises(WishError, match="nothing of rent to keep"):
        keep(plan, solved(plan), "rent", "Bo")


@pytest.mark.parametrize("scope", [{"offer": "own"}, {"site": "R"}, {"provider": "Q"}, {"pricing": "owned"}])
def test_forbidden_is_not_taken(scope: dict[str, str]):
    plan = valid(forbid(two_sites(), "Cy", "no hall", **scope))
    assert devices(plan, "own") == [0, 0, 0]
    assert devices(plan, "rent") == pytest.approx([2, 2, 2])


def test_forbid_leaves_assets_in_service_and_orders_none():
    assets = [{"asset": "a", "offer": "own", "devices": 1, "in_service": "2026-01"}]
    other = {**RENT, "offer": "beside", "site": "R", "price_per_hour": 0.5}
    plan = tiny([{**OWN, "site": "R"}, RENT, other], 2 * HOURS, 3, sites=SITES, network=LINKS, assets=assets)
    wish = valid(forbid(plan, "Cy", site="R"))
    assert devices(wish, "own") == [1, 1, 0]
    assert devices(wish, "beside") == [0, 0, 0]
    assert ordered(solved(wish)) == {}


def test_forbid_holds_for_token_apis_too():
    api = {"offer": "api", "pricing": "api", "workload": "W", "price_per_unit": 0.1}
    plan = tiny(
        [RENT, api, {**RENT, "offer": "dear", "site": "R", "price_per_hour": 5.0}], 100.0, sites=SITES, network=LINKS
    )
    assert cost(plan) == pytest.approx(10.0)
    assert cost(valid(forbid(plan, "Cy", offer="api"))) == pytest.approx(100.0)
    assert cost(valid(forbid(plan, "Cy", provider="P"))) == pytest.approx(500.0)


def test_wishes_go_one_by_one():
    plan = two_sites()
    both = forbid(at_least(plan, 3, 2, "Ada", offer="own"), "Cy", offer="rent")
    first, second = wishes(both)["wish"]
    assert without(both, first).tables["policies"]["policy"].tolist() == [second]
    assert without(both, first, second) == plan
    rows = added_rows(without(both, second), both)
    assert [r["policy"] for r in rows] == [second]
    assert "penalty" not in rows[0]


def test_a_policy_without_an_owner_is_no_wish():
    policies = [{"policy": "p", "measure": "capex", "sense": "max", "limit": 1e6}]
    assert wishes(two_sites(policies=policies)).empty


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (lambda p: at_least(p, 1, 9, "A", offer="own"), "not in the plan"),
        (lambda p: at_least(p, 0, 1, "A", offer="own"), "above 0"),
        (lambda p: at_least(p, 1, 1, "A", offer="nix"), "no offer is called nix"),
        (lambda p: at_least(p, 1, 1, "A"), "for an offer or for a site"),
        (lambda p: at_least(p, 1, 1, "A", offer="late"), "2028-01"),
        (lambda p: at_least(p, 1, 1, " ", offer="own"), "owner"),
        (lambda p: forbid(p, "A", provider="nobody"), "no offer belongs to nobody"),
        (lambda p: forbid(p, "A"), "chosen by"),
        (lambda p: forbid(forbid(p, "A", site="R"), "B", site="R"), "in the plan already"),
    ],
)  # fmt: skip
def test_a_wish_that_cannot_be_is_refused_in_words(wish: Any, words: str):
    late = {**OWN, "offer": "late", "site": "R", "lead_time_months": 12}
    plan = tiny([{**OWN, "site": "R"}, RENT, late], HOURS, 3, sites=SITES, network=LINKS)
    with pytest.raises(WishError, match=words):
        wish(plan)


def test_assets_in_service_are_those_of_the_model():
    assets = [
        {"asset": "a", "offer": "own", "devices": 2, "in_service": "2025-07"},
        {"asset": "b", "offer": "own", "devices": 3, "in_service": "2028-01"},
    ]
    plan = tiny(
        [{**OWN, "site": "R", "available_from": 9}, RENT], 9 * HOURS, 3, sites=SITES, network=LINKS, assets=assets
    )
    vintages = solved(plan).frames["vintages"]
    there = np.zeros(3)
    for row in vintages[vintages["asset"] != ""].itertuples():
        assert row.ends != "retired"
        there[row.first_period - 1 : row.last_period] += row.devices
    assert assets_in_service(plan).loc["own"].tolist() == there.tolist()
