"""The negotiation page: a vendor is chosen, the brief is worked out, and it prints."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages._shared import services
from pages._shared.asking import question
from planner.explore.negotiation import negotiation
from planner.explore.question import Answer
from planner.explore.runner import Runner
from planner.plan.plan import Plan
from planner.report.brief.negotiation_brief import brief, headline
from planner.report.charts import negotiation as charts
from planner.store import draft_from_plan, options_key
from tests.app.conftest import healthy
from tests.builders import solved, tiny

Visit = Callable[..., AppTest]
HOURS = 8760.0
RAINY = "<b>Rainy</b> & *Co*"


def two_vendors() -> Plan:
    """A device-year: committed at 0.6 an hour of one vendor, on demand at 1 of another."""
    return tiny(
        [
            {"offer": "year", "site": "R", "pricing": "committed", "term_months": 12, "price_per_hour": 0.6},
            {"offer": "rent", "site": "S", "price_per_hour": 1.0},
        ],
        HOURS,
        sites=[
            {"site": "S", "zone": "Z", "kind": "cloud", "provider": "Sunny"},
            {"site": "R", "zone": "Z", "kind": "cloud", "provider": RAINY},
        ],
        network=[{"site": s, "location": "L", "latency_ms": 1.0} for s in "SR"],
    )


@pytest.fixture
def link(visit: Visit) -> str:
    """The plan's link."""
    plan = two_vendors()
    store = services.store()
    made = store.create(draft_from_plan(plan), "Two vendors")
    store.results.put(plan, options_key(services.BOARD.options), solved(plan))
    return made.plan_id


def worked_out(plan: Plan, **told: object) -> Answer:
    said = {"provider": RAINY, "exit_months": 12, "delay_months": 6, "refine": 2, "gap": 0.0, "seconds": 60.0, **told}
    return negotiation(plan, solved(plan), Runner.here(), **said)


def test_the_brief_is_asked_for_by_a_button(visit: Visit, link: str):
    visitor = healthy(visit("negotiation", plan=link))
    assert visitor.selectbox[0].options == [RAINY, "Sunny"]
    assert not visitor.metric
    visitor.selectbox[0].set_value("Sunny").run()
    healthy(visitor.button(key="ask-negotiation").click().run())
    queue = services.work().queue
    key = question("negotiation").key(two_vendors(), {"provider": "Sunny", "exit_months": 12, "delay_months": 6})
    job = queue.find(f"explore {two_vendors().content_hash} {key}")
    assert job is not None
    queue.kill(job)


def test_the_brief_is_shown(visit: Visit, link: str):
    plan = two_vendors()
    key = question("negotiation").key(plan, {"provider": RAINY, "exit_months": 12, "delay_months": 6})
    services.store().results.put_answer(plan.content_hash, key, worked_out(plan).pack())
    visitor = healthy(visit("negotiation", plan=link))
    values = {m.label: m.value for m in visitor.metric}
    assert values["Walk-away price"].replace("\u00a0", " ") == "167 %"
    assert values["Wins today, a year"].replace("\u00a0", " ") == "$5.26 k"
    headers = " | ".join(h.value for h in visitor.header).replace("\\", "").replace("\u00a0", " ")
    assert "<b>Rainy</b> & *Co* wins $5.26 k a year today and nothing from 167 % of its price on" in headers
    assert "Without <b>Rainy</b> & *Co* the plan costs $3.50 k more" in headers


def test_the_brief_is_one_file_that_needs_nothing_else():
    plan = two_vendors()
    answer = worked_out(plan)
    page = brief(answer, plan, "Plan <1>", "1 May 2027").decode()
    assert "<b>Rainy" not in page
    assert "&lt;b&gt;Rainy&lt;/b&gt; &amp; *Co*" in page
    assert "Plan &lt;1&gt;, 1 May 2027" in page
    assert "<svg" in page
    assert "@page" in page
    for outside in ("http://", "https://", "src=", "<script"):
        assert outside not in page.replace('xmlns="http://www.w3.org/2000/svg"', "").replace(
            'xmlns:xlink="http://www.w3.org/1999/xlink"', ""
        )
    assert [n.label for n in headline(answer)][:3] == ["Wins today, a year", "Walk-away price", "Target price"]
    for figure in (
        charts.curve(answer),
        charts.terms(answer),
        charts.alternatives(answer, answer.frames["offers"]["offer"]),
    ):
        assert figure.title
        assert figure.alt_text
        assert len(figure.png()) > 1000


def test_a_plan_whose_sites_name_no_provider_has_nobody_to_talk_to(visit: Visit, link: str):
    plan = tiny([{"offer": "rent", "price_per_hour": 1.0}], HOURS)
    store = services.store()
    made = store.create(draft_from_plan(plan), "Nobody")
    store.results.put(plan, options_key(services.BOARD.options), solved(plan))
    visitor = healthy(visit("negotiation", plan=made.plan_id))
    assert any("nobody to talk to" in i.value for i in visitor.info)
