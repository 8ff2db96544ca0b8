"""What is cash and what is not: said alike wherever a cost is a headline, from the ledger."""

from __future__ import annotations

import pytest

from planner.explore.difference import Difference
from planner.explore.scenarios import MEASURES
from planner.report import cost_words as words
from planner.report import figures, tried
from planner.report import format as fmt
from planner.report import insight_findings as finding
from planner.report.charts.alternatives import measure_name
from planner.report.insight import Insight
from tests.builders import solved, tiny
from tests.explore.test_frontier import three_sites
from tests.report.fixture import ledger, plan, result, usual


def spaced(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_the_parts_are_those_of_the_ledger():
    found = solved(three_sites(200.0))
    parts = words.not_cash(found)
    assert list(parts) == ["carbon"]
    assert found.objective == pytest.approx(found.cash_present_value + sum(parts.values()))
    said = spaced(words.told(found, "USD"))
    assert said.startswith(f"Cost, present value: {spaced(fmt.money(found.objective))}, of it ")
    assert said.endswith(" not cash: carbon price.")


def test_several_parts_are_named_the_greatest_first_and_none_is_said_so():
    rows = [
        (1, "own", "fra", "", "hardware", "capex", 1000.0),
        (1, "own", "fra", "", "policy", "non_cash", 3.0),
        (1, "own", "fra", "", "unserved", "non_cash", 5.0),
        (1, "own", "fra", "", "downtime", "non_cash", 1e-9),
    ]
    found = result(frames={**result().frames, "ledger": ledger(rows)}, objective=1008.0)
    assert spaced(words.told(found, "EUR")).endswith("of it €8 not cash: unserved volume and penalties of policies.")
    paid = result(frames={**result().frames, "ledger": ledger(rows[:1])}, objective=1000.0)
    assert spaced(words.told(paid, "EUR")) == "Cost, present value: €1.00 k, all of it cash."
    row = {"cost": 1008.0, "cash": 1000.0, "not_cash": "unserved;policy"}
    assert words.told_of(row, "EUR") == words.told(found, "EUR")
    assert spaced(words.told_of({"cost": 5.0, "cash": 2.0}, "EUR")).endswith("of it €3 not cash.")
    assert words.told_of({"cost": 5.0, "cash": 5.0}, "EUR").endswith("all of it cash.")


def test_the_overview_has_the_cash_and_beside_it_the_cost_that_other_pages_show():
    number = Insight(plan(), result(), usual()).headline[0]
    assert number.label == "Cash, present value"
    assert spaced(number.value) == "€2.88 k"
    assert spaced(number.delta) == "Cost €2.90 k"
    assert spaced(number.note).endswith("Cost, present value: €2.90 k, of it €20 not cash: carbon price.")
    rows = [(1, "own", "fra", "", "hardware", "capex", 1000.0)]
    paid = result(frames={**result().frames, "ledger": ledger(rows)}, objective=1000.0)
    number = Insight(plan(), paid).headline[0]
    assert spaced(number.delta) == "at 8 % a year"
    assert number.note.endswith("all of it cash.")


def test_headings_and_capex():
    assert words.heading(words.COST, "USD") == "Cost (USD, present value)"
    assert words.heading("Difference", "USD") == "Difference (USD)"
    assert words.CAPEX_NET == "Capex less resale" == MEASURES["capex"][0] == measure_name("capex")
    assert tried._number("capex", 50.0, 100.0, "USD", False).label == words.CAPEX_NET


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "no difference"), (1e-12, "no difference"), (6.1e-4, "under 0.1 %"), (-6.1e-4, "under 0.1 %"),
     (0.001, "+0.1 %"), (0.02, "+2 %"), (-0.5, "−50 %"), (None, "–")],
)  # fmt: skip
def test_small_changes_have_no_false_precision(share, text):
    assert spaced(fmt.change(share, signed=True)) == text


def test_a_saving_of_nothing_is_no_difference():
    same = Insight(plan(), result(), result())
    shown = {n.label: n for n in same.headline}
    assert shown["Saving"].delta == "no difference"
    assert shown["Carbon, CO2e"].delta == "no difference"


def test_what_is_tried_names_the_cost_and_its_parts():
    found = solved(three_sites(200.0))
    same = Difference.between(found, found)
    numbers = tried.numbers(three_sites(200.0), found, three_sites(200.0), found, same)
    assert numbers[0].label == "Cost, present value"
    assert "not cash: carbon price" in numbers[0].note
    paid = solved(three_sites())
    changed = tried.numbers(three_sites(200.0), found, three_sites(), paid, Difference.between(found, paid))
    assert changed[0].note == ""
    assert "Cost (USD, present value)" in tried.table([("a", 1.0, None, "")], "USD").columns


def test_a_small_difference_has_no_false_precision_and_none_is_no_amount():
    small = Difference(95_000.0, 90_000.0, 99_000.0, True)
    assert spaced(tried.verdict(small, 1.58e8, "USD")) == "Costs $95.0 k more (under 0.1 %)"
    assert "$0" not in tried.proof(Difference(0.0, -5.0, 5.0, False), "USD")
    assert "cost the same" in tried.proof(Difference(0.0, -5.0, 5.0, False), "USD")


def test_measures_beside_the_cost_say_what_changed():
    number = tried._number("capex", 100.0, -50.0, "USD", False)
    assert (number.label, number.delta) == ("Capex less resale", "\u2212150\u00a0%")
    assert spaced(tried._number("carbon_t", 0.0, 2.0, "USD", False).delta) == "was 0 t"
    assert tried._number("carbon_t", 2.0, 2.0, "USD", False).delta == "no difference"
    less = tried._number("carbon_t", 2.0, 1.999, "USD", False)
    assert (spaced(less.delta), less.good) == ("under 0.1 %", None)
    assert tried._number("carbon_t", 2.0, 1.0, "USD", False).good is True


def test_the_overviews_charts_say_what_is_cash():
    insight = Insight(plan(), result(), usual())
    fig = figures.cost_by_year(insight)
    assert spaced(fig.note).endswith("Of the whole €40 is not cash.")
    assert fig.title.endswith(", nominal")
    fig = figures.ALL["against-business-as-usual"](insight)
    assert fig.note.startswith("Cash, present value. ")
    assert "This plan (EUR, present value of cash)" in fig.table
    small = insight.against.assign(change=[0.5, *[0.0] * (len(insight.against) - 1)])
    assert "under 0.1" in finding.bridge(small, "EUR")


def test_the_overview_says_what_is_owed_after_the_plan():
    held = tiny([{"pricing": "committed", "price_per_hour": 2.0, "term_months": 36}], volume=8760.0)
    insight = Insight(held, solved(held))
    assert insight.owed_after == pytest.approx(2 * 2 * 8760.0)
    assert spaced(insight.headline[1].note).startswith("Not in these figures: $35.0 k, nominal, due after")
    rented = tiny([{"price_per_hour": 2.0}], volume=8760.0)
    assert Insight(rented, solved(rented)).headline[1].note == ""
