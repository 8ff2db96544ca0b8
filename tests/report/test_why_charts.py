"""What rules and offers cost, in words: one form of money and of gaps, names, and what is proven."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from planner.explore import questions
from planner.explore.question import Answer
from planner.explore.rules import COSTS, UNTOLD
from planner.explore.runner import Runner
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.charts import why as charts
from planner.report.charts import why_offer
from planner.report.charts.base import Figure
from planner.report.charts.growth import growth
from tests.builders import solved, tiny

HOURS = 8760.0


def quota() -> Plan:
    """A cheap offer with a quota, and a policy about it: names everywhere."""
    return tiny(
        [{"offer": "cheap-1", "price_per_hour": 1.0, "max_devices": 1.0}, {"offer": "dear-1", "site": "T", "price_per_hour": 3.0}],
        2 * HOURS,
        settings={"currency": "EUR"},
        hardware=[{"hardware": "H", "name": "H100 server"}],
        sites=[
            {"site": "S", "name": "Virginia", "zone": "Z", "kind": "cloud", "provider": "A"},
            {"site": "T", "name": "Tokyo", "zone": "Z", "kind": "cloud", "provider": "B"},
        ],
        network=[{"site": s, "location": "L", "latency_ms": 1.0} for s in "ST"],
        policies=[{"policy": "p", "measure": "spend", "sense": "max", "limit": 60000.0, "site": "T;S"}],
    )  # fmt: skip


def asked(plan: Plan, name: str, **told: Any) -> Answer:
    with Runner.here() as runner:
        return questions()[name].ask(plan, solved(plan), runner, **told)


def test_rules_are_about_names_and_amounts_have_one_form() -> None:
    plan = quota()
    answer = asked(plan, "rules", gap=0.0)
    rules = answer.frames["rules"]
    texts = {k: t.replace(fmt.NBSP, " ") for k, t in zip(rules["rule"], rules["sentence"], strict=True)}
    assert texts["policy:p"].startswith("Tokyo or Virginia: spend at most €60.0 k")
    assert texts["quota:cheap-1"] == "H100 server at Virginia, on demand: at most 1 device"
    assert charts.named(plan, rules) == list(rules["sentence"])
    everything = " ".join([*answer.sentences, *rules["sentence"], *rules["moves"]])
    for identifier in ("cheap-1", "dear-1", "EUR"):
        assert identifier not in everything
    assert "€17.5 k a year" in everything.replace(fmt.NBSP, " ")


def test_what_is_proven_is_told_where_no_difference_is() -> None:
    """An estimate of 5 within gaps of 4 and 3: no difference, though the plan alone is within 4 of the best."""
    plan = quota()
    base = asked(plan, "rules", gap=0.0)
    rules = base.frames["rules"].iloc[:1].assign(state=UNTOLD, a_year=5e6, low_a_year=138e3, high_a_year=8e6)
    figure = charts.rule_prices(plan, rules)
    costs = figure.table["Costs a year"].iloc[0].replace(fmt.NBSP, " ")
    assert costs == "at least €138 k; no difference by the gaps"
    assert "proven at least €138 k, at most €8.00 M" in figure.alt_text.replace(fmt.NBSP, " ")
    nothing = charts.rule_prices(plan, rules.assign(low_a_year=0.0)).table["Costs a year"].iloc[0]
    assert nothing == "no difference"
    assert charts.rule_prices(plan, rules.assign(state=COSTS)).table["Costs a year"].iloc[0] == f"€5.00{fmt.NBSP}M"


def test_gaps_are_said_as_everywhere() -> None:
    plan = quota()
    answer = asked(plan, "rules", gap=0.0)
    rules = answer.frames["rules"].assign(gap=0.0014)
    number = charts.headline(plan, rules, {**answer.facts, "plan_gap": 0.0014})[-1]
    assert number.value == f"0.2{fmt.NBSP}%"
    assert number.delta.startswith(f"0.2{fmt.NBSP}%")
    assert fmt.gap(0.0014).endswith(number.value)
    unknown = charts.headline(plan, rules, {**answer.facts, "plan_gap": None})[-1]
    assert unknown.value == fmt.DASH


def test_reasons_of_an_offer_have_names_and_units() -> None:
    plan = quota()
    answer = asked(plan, "why", offer="cheap-1", gap=0.0)
    text = " ".join(why_offer.told(plan, answer)).replace(fmt.NBSP, " ")
    assert text.startswith("H100 server at Virginia, on demand, is in the plan: 1 device on average")
    assert "It is full in this plan: 1 of at most 1 device." in text
    assert "€" in text
    for identifier in ("cheap-1", "dear-1", "EUR", "max_devices"):
        assert identifier not in text


def test_a_policy_at_its_limit_says_what_one_more_unit_saves() -> None:
    plan = quota()
    policy = pd.DataFrame([{"policy": "few", "measure": "devices", "sense": "max", "limit": 0.5, "site": "S"}])
    capped = plan.replace(policies=policy)
    answer = asked(capped, "why", offer="cheap-1", gap=0.0)
    text = " ".join(answer.sentences).replace(fmt.NBSP, " ")
    assert "devices at most 0.5" in text
    assert "is at its limit in 1 of 1 windows: one more device would save up to €17.5 k in cost" in text
    assert "The policy few" not in text
    shares = [
        {"policy": "share", "measure": "spend", "sense": "max", "limit": 0.2, "share_of": "total", "site": "S"},
        {"policy": "purse", "measure": "spend", "sense": "max", "limit": 4000.0, "site": "S"},
    ]
    for policy, there in zip(shares, ("20 % / 20 % of spend", "€4 k / €4 k"), strict=True):
        reasons = asked(plan.replace(policies=pd.DataFrame([policy])), "why", offer="cheap-1", gap=0.0).frames[
            "reasons"
        ]
        table = why_offer.reasons_table(reasons, "EUR").set_index("Bottleneck")
        figures = table.loc["Policy", "There is, and asked or allowed"].replace(fmt.NBSP, " ").replace(".00", "")
        assert figures == there


@pytest.mark.parametrize(
    ("gap", "said"), [(None, "–"), (0.0, "0 %"), (0.0014, "0.2 %"), (0.002, "0.2 %"), (0.0101, "1.1 %")]
)
def test_a_gap_is_rounded_up(gap: float | None, said: str) -> None:
    assert fmt.gap_size(gap).replace(fmt.NBSP, " ") == said


def test_what_changes_of_a_token_api_is_a_year_and_counted_out() -> None:
    """Four million units of millions over two years are two trillion tokens a year, as the money beside them."""
    plan = tiny([{"offer": "rent", "price_per_hour": 1.0}], [1.0, 1.0], periods=2)
    moved = pd.DataFrame([{"offer": "rent", "unit": "M tokens", "before": 4e6, "after": 0.0, "money": -100.0}])
    said = charts.move_bars(plan, moved, "n", "T", "").alt_text.replace(fmt.NBSP, " ")
    assert "2.00 tn to 0 tokens a year" in said


def ticks(figure: Figure) -> tuple[str, set[float]]:
    """Title of the axis of amounts, and the amounts that are drawn over it."""
    spec = figure.spec
    marks = next(x for x in spec["layer"] if x.get("encoding", {}).get("y", {}).get("field") == "tall")
    drawn = spec["datasets"][marks.get("data", spec.get("data"))["name"]]
    return marks["encoding"]["y"]["title"], {round(row["tall"], 3) for row in drawn}


def test_amounts_of_token_apis_are_counted_out_on_axes_as_in_words() -> None:
    """Four million units of millions are four trillion tokens: an axis of M tokens with ticks of M would be read as M."""
    offers = [
        {"offer": "rent", "price_per_hour": 1.0},
        {"offer": "api", "pricing": "api", "workload": "W", "price_per_unit": 0.5},
    ]
    plan = tiny(offers, 4e6, workloads=[{"workload": "W", "unit": "M tokens"}])
    answer = asked(plan, "why", offer="api", gap=0.0)
    title, drawn = ticks(why_offer.prices(plan, answer.frames["prices"], answer.facts))
    assert title == "Tokens over the plan"
    assert 4e12 in drawn
    title, drawn = ticks(why_offer.volumes(answer.frames["volumes"], answer.facts))
    assert title == "Tokens over the plan"
    assert drawn == {4e12, 3e12, 2e12, 1e12}
    assert "is in the plan: 4.00 tn tokens over the plan" in answer.sentences[0].replace(fmt.NBSP, " ")


def test_volumes_of_a_growing_demand_are_counted_out_in_one_unit() -> None:
    now, new = pd.Series([9e3, 9e3], [1, 2]), pd.Series([9e3, 2e4], [1, 2])
    figure = growth(now, new, ["2027", "2028"], "M tokens")
    assert figure.title.replace(fmt.NBSP, " ") == "From 9.00 bn tokens in 2027 to 20.0 bn tokens in 2028"
    assert figure.note == "Tokens in each period, all locations together."
    assert list(figure.table.columns) == ["Period", "Line", "Volume (M tokens)"]


def test_carbon_is_told_in_the_unit_that_fits() -> None:
    row = {"bottleneck": "policy", "absolute": False, "sentence": "", "share": float("nan")}
    reasons = pd.DataFrame([{**row, "value": 15_480.0, "limit": 15_400.0, "unit": "t"}])
    told = why_offer.reasons_table(reasons, "EUR").iloc[0]["There is, and asked or allowed"]
    assert told.replace(fmt.NBSP, " ") == "15.5 kt / 15.4 kt"


def test_the_month_of_service_is_told_once_with_the_lead_time() -> None:
    offers = [
        {"offer": "rent", "price_per_hour": 2.0},
        {"offer": "buy", "pricing": "committed", "price_per_hour": 1.0, "term_months": 12, "lead_time_months": 12},
    ]
    plan = tiny(offers, [HOURS, HOURS], periods=2)
    text = " ".join(why_offer.told(plan, asked(plan, "why", offer="buy", gap=0.0))).replace(fmt.NBSP, " ")
    assert "in service from January 2028 on at the earliest, with its lead time of 12 months." in text
    assert text.count("January 2028") == 1
    assert "January 2027" not in text
