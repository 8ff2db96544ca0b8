"""What the investment case says that it leaves out."""

from __future__ import annotations

from planner.finance import books
from planner.report.format import money
from planner.report.money.investment import certainty, owed_after
from tests.builders import solved, tiny


def test_what_is_owed_after_the_plan_is_named() -> None:
    """One device committed for three years at 1 an hour in a plan of one: two years of 8,760 are still to be paid."""
    commit = {"offer": "commit", "pricing": "committed", "price_per_hour": 1.0, "term_months": 36}
    rent = {"offer": "rent", "price_per_hour": 9.0}
    plan, usual = tiny([commit, rent], 8760.0), tiny([rent], 8760.0)
    ours, theirs = books(plan, solved(plan)), books(usual, solved(usual))
    said = owed_after(ours, theirs)
    assert f"{money(2 * 8760.0, 'USD')} here and {money(0.0, 'USD')} in business as usual" in said
    assert said in certainty(ours, theirs)
    assert owed_after(theirs, theirs) == ""
