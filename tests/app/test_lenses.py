"""The page of lenses: what each decides, under the accounting policy of the session, and what one more unit costs."""

from __future__ import annotations

from collections.abc import Callable

import openpyxl
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from pages._shared import exporting, services
from pages._shared.asking import question
from planner.explore.lenses_policy import told
from planner.explore.runner import Runner
from planner.finance import AccountingPolicy
from planner.plan.plan import Plan
from planner.store import draft_from_plan, options_key
from tests.app.conftest import healthy
from tests.builders import solved
from tests.finance.test_lens import BONUS, buy_or_lease

Visit = Callable[..., AppTest]


def keep(plan: Plan, name: str, **given: object) -> None:
    """Answer a question here and now, and keep the answer where the page looks for it."""
    asked = question(name)
    answer = asked.ask(plan, solved(plan), Runner.here(), **given)
    services.store().results.put_answer(plan.content_hash, asked.key(plan, given), answer.pack())


@pytest.fixture
def open_plan(visit: Visit) -> Callable[[Plan], AppTest]:
    def go(plan: Plan) -> AppTest:
        store = services.store()
        made = store.create(draft_from_plan(plan), "Buy or lease")
        store.results.put(plan, options_key(services.BOARD.options), solved(plan))
        return healthy(visit("lenses", plan=made.plan_id))

    return go


def asked(policy: AccountingPolicy) -> dict[str, object]:
    return {"gap": 0.005, "seconds": 240.0, **told(policy)}


def words(visitor: AppTest) -> str:
    said = " ".join(str(e.value) for e in [*visitor.header, *visitor.markdown])
    return said.replace("\\", "").replace("\u00a0", " ")


def test_before_it_is_asked_there_is_a_button(open_plan: Callable[[Plan], AppTest]) -> None:
    visitor = open_plan(buy_or_lease(99_000.0, 3))
    assert visitor.button(key="ask-lenses").label == "Look through every lens"


def test_tax_turns_the_decision_under_the_policy_of_the_session(open_plan: Callable[[Plan], AppTest]) -> None:
    plan = buy_or_lease(99_000.0, 3)
    keep(plan, "lenses", **asked(AccountingPolicy()))
    keep(plan, "lenses", **asked(BONUS))
    visitor = open_plan(plan)
    assert "After tax another plan is better" not in words(visitor)
    visitor.number_input(key="policy-bonus_share").set_value(100.0).run()
    healthy(visitor)
    assert (
        "After tax another plan is better: it saves $1.92 k there and costs $1.00 k more before tax, in present value"
        in words(visitor)
    )
    assert [m.value.replace("\u00a0", " ") for m in visitor.metric] == ["$99.0 k", "$70.0 k", "$99.0 k"]
    tables = [d.value for d in visitor.dataframe if "Decision" in d.value]
    assert "0 → 1" in pd.concat(tables).to_string()
    said = words(visitor)
    assert "8 decisions differ: 1.0 fewer leased and 1.0 more owned in service on average." in said
    assert "$100 k cash before tax, less $30.0 k tax saved." in said
    assert "Every other page keeps the plan of least cost" in said
    assert "Cost, present value, is $99.0 k: all of it is cash" in said


def test_the_plan_of_a_lens_goes_to_finance_as_a_workbook(open_plan: Callable[[Plan], AppTest]) -> None:
    """Not kept (it was solved in memory): it is solved again, kept, and written; the next lens finds its own."""
    plan = buy_or_lease(99_000.0, 3)
    keep(plan, "lenses", **asked(BONUS))
    visitor = open_plan(plan)
    visitor.number_input(key="policy-bonus_share").set_value(100.0).run()
    healthy(visitor)
    assert "not kept any more" in words(visitor)
    visitor.button(key="make-lens-after_tax").click().run()
    queue = services.work().queue
    job = [j for j in queue._jobs.values() if j.spec.get("lens")][-1]
    assert job.spec["lens"]["measure"] == "after_tax"
    assert job.wait(180)
    assert (job.state, job.error) == ("done", "")
    healthy(visitor.run())
    assert not [b for b in visitor.button if b.key == "make-lens-after_tax"]
    visitor.button(key="make-lens-cash").click().run()
    job = [j for j in queue._jobs.values() if j.spec["kind"] == "export"][-1]
    assert job.wait(180)
    path = exporting._exports().get(job.key)
    assert path is not None
    cover = openpyxl.load_workbook(path, data_only=True)["Cover"]
    said = {r[0].value: r[1].value for r in cover.iter_rows(max_row=18)}
    assert str(said["Chosen for the least"]).startswith("Cost, present value")
    assert said["Cost, present value"] == pytest.approx(99_000)


def test_what_is_not_linear_is_said_before_it_is_asked(open_plan: Callable[[Plan], AppTest]) -> None:
    visitor = open_plan(buy_or_lease(99_000.0, 3))
    visitor.selectbox(key="policy-depreciation").set_value("units_of_production").run()
    healthy(visitor)
    assert any("units of production" in w.value for w in visitor.warning)
    assert not [b for b in visitor.button if b.key == "ask-lenses"]


def test_one_more_unit_beside_the_average(open_plan: Callable[[Plan], AppTest]) -> None:
    plan = buy_or_lease(99_000.0, 3)
    keep(plan, "marginal", step=0.1, seconds=240.0)
    visitor = open_plan(plan)
    visitor.segmented_control(key="lens-view").set_value("One more unit").run()
    healthy(visitor)
    table = next(d.value for d in visitor.dataframe if "One of 10\u00a0% more" in d.value)
    assert table["Average"].tolist() == ["$4.13 per unit"]
    assert "W: one more unit costs most in" in words(visitor)
