"""The page that says why: prices of rules, and the answer for an offer, asked as a person does."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages._shared import services
from pages._shared.asking import question
from planner.explore.runner import Runner
from planner.plan.plan import Plan
from planner.store import draft_from_plan, options_key
from tests.app.conftest import healthy
from tests.builders import solved, tiny

Visit = Callable[..., AppTest]
YEAR = 8760.0


def abroad() -> Plan:
    """One device-year, at 2 an hour here or at 1 an hour abroad, where the work may not go."""
    return tiny(
        [{"offer": "here", "price_per_hour": 2.0}, {"offer": "abroad", "site": "F", "price_per_hour": 1.0}],
        YEAR,
        settings={"name": "Stay here", "start": "2027-01"},
        workloads=[{"workload": "W", "unit": "units", "name": "Claims [EU]", "allowed_zones": "EU"}],
        sites=[{"site": "S", "zone": "EU", "kind": "cloud"}, {"site": "F", "zone": "US", "kind": "cloud"}],
        network=[{"site": s, "location": "L", "latency_ms": 1.0} for s in "SF"],
    )


@pytest.fixture
def open_plan(visit: Visit) -> Callable[..., AppTest]:
    """Opens the page on a plan, with questions answered already: name and what they are told."""

    def go(plan: Plan, *asked: tuple[str, dict[str, Any]]) -> AppTest:
        store, base = services.store(), solved(plan)
        made = store.create(draft_from_plan(plan), "Stay here")
        store.results.put(plan, options_key(services.BOARD.options), base)
        for name, told in asked:
            one = question(name)
            with Runner.here() as runner:
                answer = one.ask(plan, base, runner, **told)
            store.results.put_answer(plan.content_hash, one.key(plan, told), answer.pack())
        return healthy(visit("why", plan=made.plan_id))

    return go


def look_at_offers(visitor: AppTest) -> AppTest:
    visitor.session_state["why-view"] = "Why an offer, or why not"
    return healthy(visitor.run())


def said(visitor: AppTest) -> str:
    """All headings, text and metrics, as people read them."""
    parts = [*visitor.header, *visitor.subheader, *visitor.markdown, *visitor.info]
    shown = [str(e.value) for e in parts] + [f"{m.label} {m.value} {m.delta}" for m in visitor.metric]
    return " | ".join(shown).replace("\\", "").replace("\u00a0", " ")


def test_without_an_answer_the_page_says_what_to_do(visit: Visit) -> None:
    plan = services.store().create(draft_from_plan(abroad()), "Stay here")
    assert "no answer to show yet" in said(healthy(visit("why", plan=plan.plan_id)))


def test_rules_are_asked_for_by_a_button(open_plan: Callable[..., AppTest]) -> None:
    visitor = open_plan(abroad())
    assert not visitor.metric
    healthy(visitor.button(key="ask-rules-0").click().run())
    queue = services.work().queue
    key = question("rules").key(abroad(), {"ease": 0.0})
    job = queue.find(f"explore {abroad().content_hash} {key}")
    assert job is not None
    queue.kill(job)


def test_rules_are_priced_and_what_would_change_is_shown(open_plan: Callable[..., AppTest]) -> None:
    text = said(open_plan(abroad(), ("rules", {"ease": 0.0})))
    assert "Claims [EU] only in EU costs $8.76 k a year" in text
    assert "Rules that cost money 1 of 1 asked about" in text
    assert "Without it $8.76 k a year would be saved" in text
    assert "the true price lies in the bar's range" in text


def test_a_plan_without_rules_says_so(open_plan: Callable[..., AppTest]) -> None:
    plan = tiny([{"offer": "rent", "price_per_hour": 2.0}], YEAR, settings={"name": "Free"})
    assert "no rules that could be lifted" in said(open_plan(plan, ("rules", {"ease": 0.0})))


def test_an_offer_that_a_rule_bars_is_explained(open_plan: Callable[..., AppTest]) -> None:
    visitor = look_at_offers(open_plan(abroad(), ("why", {"offer": "abroad"})))
    picked = next(s for s in visitor.selectbox if s.label == "Offer")
    assert picked.options == ["H at S, on demand", "H at F, on demand (not used)"]
    assert picked.value == "here"
    text = said(healthy(picked.set_value("abroad").run()))
    assert "H at F, on demand, is not in the plan, and cannot be as things are." in text
    assert "F is in US, and Claims [EU] must stay in EU." in text
    assert (
        "Without the allowed zones of Claims [EU] it would enter with 1 device on average "
        "and save $8.76 k a year in cost, present value." in text
    )
    assert "What keeps it out or holds it down" in text


def test_an_offer_in_the_plan_is_explained_with_its_price(open_plan: Callable[..., AppTest]) -> None:
    offers = [{"offer": "cheap", "price_per_hour": 2.0}, {"offer": "dear", "price_per_hour": 3.0}]
    plan = tiny(offers, YEAR, settings={"name": "Two"})
    text = said(look_at_offers(open_plan(plan, ("why", {"offer": "cheap"}))))
    assert "Leaves above $3 today $2" in text
    assert "Without it, more a year $8.76 k" in text
    assert "Its place is taken most by H at S, on demand (dear)" in text
