"""A click takes along what was typed or chosen just before it: no run of the script lies between the two."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from pages._shared import catalogue, services
from planner.jobs.export import FORMS
from planner.plan.plan import Plan
from planner.store import draft_from_plan, options_key
from tests.app.conftest import healthy
from tests.app.test_wishes import bare, rows
from tests.builders import solved, tiny
from tests.explore.what_if import DEMAND, with_scenarios

Visit = Callable[..., AppTest]
HOURS = 8760.0


def kept(plan: Plan) -> str:
    """The plan in the store with its answer; its link."""
    store = services.store()
    store.results.put(plan, options_key(services.BOARD.options), solved(plan))
    return store.create(draft_from_plan(plan), "Tiny").plan_id


def test_a_negotiation_is_asked_with_the_months_in_the_fields(visit: Visit):
    visit()
    plan = tiny(
        [{"offer": "rent", "price_per_hour": 1.0}],
        HOURS,
        sites=[{"site": "S", "zone": "Z", "kind": "cloud", "provider": "Sunny"}],
    )
    visitor = healthy(visit("negotiation", plan=kept(plan)))
    visitor.number_input(key="negotiation-exit").set_value(24)
    visitor.number_input(key="negotiation-later").set_value(9)
    healthy(visitor.button(key="ask-negotiation").click().run())
    queue = services.work().queue
    (job,) = (j for j in queue._jobs.values() if j.spec.get("question") == "negotiation")
    queue.kill(job)
    assert (job.spec["told"]["exit_months"], job.spec["told"]["delay_months"]) == (24, 9)


def test_volumes_are_those_of_the_figure_in_the_field(visit: Visit):
    visit()
    link = kept(tiny([{"offer": "rent", "price_per_hour": 1.0}], [HOURS, HOURS], periods=2))
    visitor = healthy(visit("demand", plan=link))
    visitor.number_input(key="grow-base-W").set_value(1200.0)
    visitor.number_input(key="grow-rate").set_value(0.0)
    healthy(visitor.button(key="grow-take").click().run())
    volumes = services.store().load(link).draft.tables["demand"].frame()["volume"]
    assert [round(float(v)) for v in volumes] == [14_400, 14_400]


def test_a_wish_is_for_the_offer_in_the_field(visit: Visit, monkeypatch):
    monkeypatch.setattr(services, "solve", lambda *told: None)
    visit()
    link = kept(bare())
    visitor = visit("plan_detail", plan=link)
    visitor.selectbox(key="wish-offer").set_value("own").run()
    visitor.selectbox(key="wish-offer").set_value("rent")
    visitor.text_input(key="wish-owner").set_value("Ada")
    visitor.text_input(key="wish-reason").set_value("at once")
    visitor.number_input(key="wish-count").set_value(3)
    healthy(visitor.button(key="wish-least-offer").click().run())
    ((policy, owner, note),) = [(r["policy"], r["owner"], r["note"]) for r in rows(link)]
    assert (owner, note) == ("Ada", "at once")
    assert policy.startswith("wish: at least 3 rent")
    visitor.selectbox(key="wish-offer").set_value("own")
    healthy(visitor.button(key="wish-keep").click().run())
    assert rows(link)[-1]["policy"] == "wish: keep own"


def test_a_file_is_made_under_the_policy_in_the_fields(visit: Visit):
    visit()
    visitor = visit("finance", plan=kept(tiny([{"offer": "rent", "price_per_hour": 1.0}], HOURS)))
    field = next(t for t in visitor.text_input if "policy-" in str(t.key))
    field.set_value("A company")
    visitor.button(key=f"make-{next(iter(FORMS))}").click().run()
    queue = services.work().queue
    job = next(j for j in queue._jobs.values() if j.spec["kind"] == "export")
    queue.kill(job)
    assert "A company" in repr(job.spec)


def test_prices_that_were_looked_at_are_not_taken_over_what_was_saved_since(visit: Visit):
    visit()
    plan = tiny(
        [{"offer": "rent", "price_per_hour": 1.0}], HOURS, workloads=[{"workload": "W", "unit": "M output tokens"}]
    )
    link = kept(plan)
    visitor = visit("offers", plan=link)
    visitor.segmented_control(key="catalogue").set_value(catalogue.TOKENS).run()
    healthy(visitor.button(key="catalogue-look").click().run())
    assert visitor.button(key="catalogue-take")
    store = services.store()
    aside = draft_from_plan(with_scenarios(plan, more=[("demand", DEMAND)]))  # no answer depends on it
    store.save(link, 1, aside, what="A scenario")
    visitor.run()
    assert not [b for b in healthy(visitor).button if b.key == "catalogue-take"]
