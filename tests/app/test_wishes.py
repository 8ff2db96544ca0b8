"""Wishes on the Plan page: made of the table of offers, solved at once, kept in a list with owner, reason and cost."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages._shared import services
from planner.plan.plan import Plan
from planner.plan.wishes import at_least, forbid
from planner.result.run import solve_plan
from planner.store import draft_from_plan, options_key
from tests.app.conftest import healthy
from tests.builders import solved, tiny

Visit = Callable[..., AppTest]
HOURS = 8760.0
OWN: dict[str, Any] = {
    "offer": "own",
    "pricing": "owned",
    "purchase_price": 3000.0,
    "useful_life_months": 36,
    "annual_value_loss": 1.0,
}


def bare() -> Plan:
    """Three years of two devices' work, owned at 3,000 each; renting is dearer."""
    return tiny([OWN, {"offer": "rent", "price_per_hour": 1.0}], 2 * HOURS, 3, settings={"name": "Wishes"})


def kept(*plans: Plan) -> str:
    """The last plan in the store, with the answers of all; its link."""
    store = services.store()
    for plan in plans:
        store.results.put(plan, options_key(services.BOARD.options), solved(plan))
    return store.create(draft_from_plan(plans[-1]), "Wishes").plan_id


def said(visitor: AppTest) -> str:
    """All that the page says in words."""
    parts = [*visitor.header, *visitor.markdown, *visitor.error]
    return " | ".join(str(e.value) for e in parts).replace("\\", "").replace("\u00a0", " ")


def rows(link: str) -> list[dict[str, Any]]:
    table = services.store().load(link).draft.tables.get("policies")
    return [] if table is None else table.frame().to_dict("records")


def wish_for(visitor: AppTest, offer: str, owner: str, reason: str = "") -> AppTest:
    visitor.selectbox(key="wish-offer").set_value(offer).run()
    visitor.text_input(key="wish-owner").set_value(owner)
    return visitor.text_input(key="wish-reason").set_value(reason).run()


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would be solved, without solving it."""
    asked: list[str] = []
    monkeypatch.setattr(services, "solve", lambda plan_id, plan, options, owner="": asked.append(plan.content_hash))
    return asked


def test_a_wish_is_saved_solved_priced_and_taken_back(visit: Visit):
    visit()
    link = kept(bare())
    visitor = wish_for(healthy(visit("plan_detail", plan=link)), "own", "Ada", "a *hall* is free")
    visitor.number_input(key="wish-count").set_value(5)
    visitor.selectbox(key="wish-by").set_value("2028").run()
    healthy(visitor.button(key="wish-least-offer").click().run())
    (row,) = rows(link)
    assert (row["policy"], row["owner"], row["note"]) == ("wish: at least 5 own by 2028-01", "Ada", "a *hall* is free")
    end = time.monotonic() + 120
    while "payments: $" not in said(healthy(visitor.run())) and time.monotonic() < end:
        time.sleep(0.3)
    # Three devices more than the work needs.
    assert "At least 5 × H at S, owned by 2028-01" in said(visitor)
    assert "Ada: a *hall* is free, from Jan 2028" in said(visitor)
    assert "$9.00 k in present value, $3.00 k a year" in said(visitor)
    assert "1 wish" in said(visitor)
    visitor.switch_page("pages/policies.py").run()
    assert "$9.00 k in present value" in said(healthy(visitor))
    visitor.button(key="undo").click().run()
    assert rows(link) == []
    assert "At least 5" not in said(healthy(visitor))


def test_keep_and_forbid_are_rows_of_policies(visit: Visit, quiet: list[str]):
    visit()
    link = kept(bare())
    visitor = wish_for(visit("plan_detail", plan=link), "own", "Bo")
    healthy(visitor.button(key="wish-keep").click().run())
    wish_for(visitor, "rent", "Cy", "never again")
    healthy(visitor.button(key="wish-forbid-site").click().run())
    assert [(r["policy"], r["sense"], r["owner"]) for r in rows(link)] == [
        ("wish: keep own", "min", "Bo"),
        ("wish: forbid S", "max", "Cy"),
    ]
    assert len(set(quiet)) == 2
    assert "2 wishes" in said(visitor)
    assert "Not known yet" in said(visitor)
    healthy(visitor.button(key="wish-drop-0").click().run())
    assert [r["policy"] for r in rows(link)] == ["wish: forbid S"]


def test_a_wish_without_an_owner_is_refused_in_words(visit: Visit, quiet: list[str]):
    visit()
    link = kept(bare())
    visitor = wish_for(visit("plan_detail", plan=link), "own", " ")
    visitor.button(key="wish-keep").click().run()
    assert "An owner is needed" in said(visitor)
    assert rows(link) == []
    assert quiet == []


def test_costs_stay_with_the_answers_that_are_known(visit: Visit):
    visit()
    first = at_least(bare(), 5, 1, "Ada", offer="own")
    both = at_least(first, 6, 1, "Bo", site="S")
    visitor = healthy(visit("plan_detail", plan=kept(bare(), first, both)))
    assert "$9.00 k in present value" in said(visitor)
    assert "$3.00 k in present value" in said(visitor)
    assert visitor.button(key="ask-wishes")


def test_a_wish_that_no_plan_meets_says_so(visit: Visit):
    visit()
    plan = forbid(forbid(bare(), "Ada", offer="own"), "Bo", offer="rent")
    link = kept(bare(), forbid(bare(), "Ada", offer="own"))
    store = services.store()
    store.results.put(plan, options_key(services.BOARD.options), solve_plan(plan))
    store.save(link, store.load(link).number, draft_from_plan(plan), "", "a wish")
    visitor = visit("policies", plan=link)
    assert not visitor.exception
    assert "No plan meets it" in said(visitor)


def test_who_only_looks_cannot_wish(visit: Visit):
    visit()
    link = kept(at_least(bare(), 5, 1, "Ada", offer="own"))
    visitor = healthy(visit("plan_detail", view=services.store().view_token(link)))
    assert "At least 5 × H at S, owned by 2027-01" in said(visitor)
    assert not [b for b in visitor.button if str(b.key).startswith("wish-")]
