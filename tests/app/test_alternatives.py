"""The page of near-optimal plans: ranges, the moves that all make, and the plan of each."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from streamlit.testing.v1 import AppTest

from pages._shared import services
from planner.explore import questions
from planner.explore.question import Answer
from planner.explore.runner import Memory, Runner
from planner.plan.plan import Plan
from planner.report.charts import alternatives as told
from planner.store import draft_from_plan
from tests.app.conftest import healthy
from tests.builders import solved, tiny
from tests.explore.test_alternatives import growing, three_vendors

Visit = Callable[..., AppTest]


def answered(visit: Visit, plan: Plan, share: str = "2") -> tuple[str, Answer]:
    """The plan in the store with its answer and its alternatives; returns its identifier and the latter."""
    visit()
    store, result = services.store(), solved(plan)
    store.results.put(plan, "{}", result)
    question = questions()["alternatives"]
    with Runner.here(Memory()) as runner:
        answer = question.ask(plan, result, runner, share=share)
    store.results.put_answer(plan.content_hash, question.key(plan, {"share": share}), answer.pack())
    return store.create(draft_from_plan(plan), "Tiny").plan_id, answer


def texts(visitor: AppTest) -> str:
    kinds = (visitor.markdown, visitor.header, visitor.info)
    said = " | ".join(str(e.value) for kind in kinds for e in kind)
    numbers = " | ".join(f"{m.label} {m.value} {m.delta}" for m in visitor.metric)
    return f"{said} | {numbers}".replace("\\", "").replace("\u00a0", " ")


def test_without_an_answer_a_button_asks(visit: Visit):
    visitor = healthy(visit("alternatives"))
    assert not [b for b in visitor.button if b.key == "ask-alternatives-2"], (
        "the sample's first question is answered ahead"
    )
    visitor.segmented_control(key="near-share").set_value("5").run()
    assert visitor.button(key="ask-alternatives-5").label == "Look for other plans"


def test_alternatives_are_shown_and_opened(visit: Visit):
    plan_id, answer = answered(visit, three_vendors(), "5")
    visitor = healthy(visit("alternatives", plan=plan_id))
    visitor.segmented_control(key="near-share").set_value("5").run()
    said = texts(healthy(visitor))
    assert "of the work can be done otherwise at" in said
    assert "Its decisions are those of this plan" in said
    assert visitor.selectbox[0].options[0] == "This plan"
    table = answer.frames["alternatives"]
    far = table.loc[table["from_plan"].idxmax()]
    visitor.selectbox[0].set_value(far["alternative"]).run()
    said = texts(healthy(visitor))
    assert "from this plan" in said
    assert "Work done otherwise" in said


def test_no_regret_moves_are_listed_by_date(visit: Visit):
    plan_id, _ = answered(visit, growing())
    visitor = healthy(visit("alternatives", plan=plan_id))
    assert "No regret: 3 moves (3 devices) in all" in texts(visitor)
    moves = next(d.value for d in visitor.dataframe if "Order by" in d.value)
    assert moves["Order by"].tolist() == ["Jan 2027", "Jan 2027", "Jan 2028"]
    assert sorted(moves["What"])[0] == "Open S"
    assert moves["Devices"].sum() == 3


def test_pictures_and_words(visit: Visit):
    plan = three_vendors()
    _, answer = answered(visit, plan)
    fig = told.ranges(answer.frames, answer.facts, "USD", "least carbon")
    assert len(fig.png()) > 10_000
    assert fig.table["Measure"].tolist() == ["Carbon", "Devices held, on average", "Work with VA", "Work with VB"]
    rows = told.alternative_table(answer.frames, "USD")
    assert rows["Plan"].iloc[0] == "This plan"
    assert list(rows.columns[1:5]) == [
        "Cost, present value",
        "Cash, present value",
        "More than this plan",
        "Work done otherwise",
    ]
    assert rows["Cost, present value"].iloc[0].startswith("$")
    assert rows["More than this plan"].iloc[0] == "\u2013"
    assert not (rows == "").any(axis=None)
    exact = told.alternative_table(answer.frames, "USD", exact=True)
    table = answer.frames["alternatives"]
    assert exact["Cost (USD, present value)"].tolist() == table["cost"].tolist()
    assert exact["Cash (USD, present value)"].tolist() == table["cash"].tolist()
    assert all(pd.api.types.is_float_dtype(exact[c]) for c in exact.columns[1:])
    assert "Carbon (t CO2e)" in exact
    assert told.name("most vendor A B") == "Most with A B"
    assert told.name("other 1") == "Another mix (1)"
    assert "Least owned" in {told.name(n) for n in told.SOUGHT}
    assert told.measure_name("sites") == "Sites kept at a cost, on average"
    alone = tiny([{"price_per_hour": 1.0}])
    _, nothing = answered(visit, alone)
    assert "No other plan" in told.ranges(nothing.frames, nothing.facts, "USD").title
    assert told.no_regret_finding(nothing.frames["no_regret"], 1).startswith("No order")
    assert told.no_regret_table(alone, nothing.frames["no_regret"]).empty


def test_what_is_dearer_by_no_more_than_the_gap_is_no_difference():
    row = {"alternative": "least carbon", "tie": True, "cost": 100.0, "cash": 98.0, "not_cash": "carbon",
           "extra": 0.05, "extra_share": 5e-4, "from_plan": 0.1, "capex": -3.0, "carbon_t": 1.0}  # fmt: skip
    tie = told.headline(row, {}, "USD")
    assert (tie[0].label, tie[0].delta, tie[1].value) == ("Cost, present value", "no difference", "\u2013")
    assert tie[0].note.replace("\u00a0", " ") == "Cost, present value: $100, of it $2 not cash: carbon price."
    assert tie[3].label == "Capex less resale"
    dearer = told.headline({**row, "tie": False}, {}, "USD")
    assert (dearer[0].delta, dearer[1].value.replace("\u00a0", " ")) == ("+$0.0500", "under 0.1 %")
    own = told.headline({**row, "alternative": "plan", "tie": False, "extra": 0.0, "extra_share": 0.0}, {}, "USD")
    assert (own[0].delta, own[1].value) == ("", "\u2013")
    plan = {**row, "alternative": "plan", "tie": False, "extra_share": 0.0, "from_plan": 0.0}
    frames = {"alternatives": pd.DataFrame([plan, row])}
    assert told.finding(frames, {"share": 0.02}, "USD").endswith("at no cost that could be told")
