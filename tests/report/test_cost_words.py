"""What is cash and what is not: said alike wherever a cost is a headline, from the ledger."""

from __future__ import annotations

import pytest

from planner.report import cost_words as words
from planner.report import format as fmt
from planner.report.insight import Insight
from tests.builders import solved
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
    assert spaced(words.of_it(words.not_cash(found), "EUR")) == (
        "of it €8 not cash: unserved volume and penalties of policies"
    )
    paid = result(frames={**result().frames, "ledger": ledger(rows[:1])}, objective=1000.0)
    assert spaced(words.told(paid, "EUR")) == "Cost, present value: €1.00 k, all of it cash."
    assert words.of_it({}, "EUR") == ""


def test_the_overview_has_the_cash_and_beside_it_the_cost_that_other_pages_show():
    number = Insight(plan(), result(), usual()).headline[0]
    assert number.label == "Cash, present value"
    assert spaced(number.value) == "€2.88 k"
    assert spaced(number.delta) == "Cost €2.90 k"
    assert spaced(number.note) == "Cost, present value: €2.90 k, of it €20 not cash: carbon price."
    rows = [(1, "own", "fra", "", "hardware", "capex", 1000.0)]
    paid = result(frames={**result().frames, "ledger": ledger(rows)}, objective=1000.0)
    number = Insight(plan(), paid).headline[0]
    assert (number.note, spaced(number.delta)) == ("", "at 8 % a year")
    assert "all of it cash" in number.help


def test_headings_and_capex():
    assert words.heading(words.COST, "USD") == "Cost (USD, present value)"
    assert words.heading("Difference", "USD") == "Difference (USD)"
    assert [words.capex_name(v) for v in (1.0, 0.0, -1.0)] == ["Capex, nominal", "Capex, nominal", "Capex less resale"]


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
