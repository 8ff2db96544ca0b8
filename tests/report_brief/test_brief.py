"""The workshop's page: complete, self-contained, and safe against what people type."""

import datetime as dt
import io
from dataclasses import dataclass
from html.parser import HTMLParser

import openpyxl
import pandas as pd
import pytest

from planner.plan.plan import Plan
from planner.report.brief import agreed, cards, log_sheet, open_points, places, ranked, workshop_brief
from planner.report.brief.cards import scenario_plans
from planner.report.workbook import export_workbook
from planner.report.workbook.extra import Extra
from planner.result.result import Result
from planner.store.board import TAKEN_BACK
from tests.builders import solved, tiny

YEAR = 8760.0
NOW = dt.datetime(2027, 3, 1, 9, 30, tzinfo=dt.UTC)
NASTY = '<script>alert("x")</script> & "quotes"'


@dataclass(frozen=True)
class Said:
    """A line of a log."""

    what: str
    text: str
    scenario: str = ""
    who: str = "Ana"
    at: dt.datetime = NOW


def plan(status: str = "agreed") -> Plan:
    """One device-year at 2 an hour; a scenario with half as much again, one that cannot be made, one at another price."""
    return tiny(
        [{"offer": "a", "price_per_hour": 2.0}],
        YEAR,
        settings={"name": NASTY},
        scenarios=[
            {"scenario": "Dear", "status": "dropped"},
            {"scenario": "Growth", "owner": NASTY, "status": status, "note": "What sales hopes for"},
            {"scenario": "Odd"},
        ],
        changes=[
            {"scenario": "Growth", "step": 1, "cause": "Demand x 1.5", "table": "demand", "column": "volume", "change": "multiply", "value": "1.5"},
            {"scenario": "Dear", "step": 1, "table": "offers", "column": "price_per_hour", "change": "add", "value": "1"},
            {"scenario": "Odd", "step": 1, "table": "offers", "where": "offer=zzz", "column": "price_per_hour", "change": "add", "value": "1"},
        ],
    )  # fmt: skip


def answered(base: Plan) -> tuple[Result, dict[str, Plan | str], dict[str, Result | None]]:
    plans = scenario_plans(base)
    results: dict[str, Result | None] = {n: solved(p) for n, p in plans.items() if isinstance(p, Plan)}
    return solved(base), plans, results


class Page(HTMLParser):
    """The tags, the text and everything that a page would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.outside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.outside += [str(v) for k, v in attrs if k in ("src", "href", "xlink:href") and not str(v).startswith("#")]

    def handle_data(self, data: str) -> None:
        self.text += data.replace("\u00a0", " ") + " "


def test_cards_stand_as_written_and_are_ranked_on_request():
    base = plan()
    result, plans, results = answered(base)
    made = cards(base, result, plans, results, {"Odd": {"a", "b"}, "Dear": {"a", "b", "c"}})
    assert [c.name for c in made] == ["Dear", "Growth", "Odd"]  # whoever votes, none of them moves
    assert [c.name for c in cards(base, result, plans, results, {"Odd": {"a"}})] == [c.name for c in made]
    assert [(c.name, c.votes) for c in ranked(made)] == [("Growth", 0), ("Odd", 2), ("Dear", 3)]
    growth, odd, dear = ranked(made)
    assert agreed(made) is growth
    assert growth.difference is not None
    assert growth.difference.estimate == pytest.approx(YEAR)
    assert growth.verdict(result, "USD").replace("\u00a0", " ") == "Costs $8.76 k more (+50 %)"
    assert odd.plan is None
    assert "Cannot be made" in odd.why
    assert not odd.solved
    assert dear.difference is not None
    assert agreed(cards(plan("open"), result, plans, results, {})) is None


def test_the_place_by_votes_is_told_where_there_is_one():
    base = plan("open")
    result, plans, results = answered(base)

    def told(**votes: int) -> dict[str, str]:
        return places(cards(base, result, plans, results, {k: set(range(v)) for k, v in votes.items()}))

    assert told() == {"Dear": "", "Growth": "", "Odd": ""}
    assert told(Growth=1, Odd=2) == {"Dear": "", "Growth": "Place 2 by votes", "Odd": "Place 1 by votes"}
    tied = "Place 1 by votes, tied"
    assert told(Dear=9, Growth=1, Odd=1) == {"Dear": "", "Growth": tied, "Odd": tied}  # the dropped one has no place


def test_the_brief_ranks_the_scenarios_and_says_what_of_the_cost_is_cash():
    base = plan("open")
    result, plans, results = answered(base)
    page = Page(workshop_brief(base, result, cards(base, result, plans, results, {"Odd": {"a"}}), [], NOW))
    assert page.text.index("Odd") < page.text.index("Dear")
    assert "Cost, present value: $17.5 k, all of it cash." in page.text


def test_where_the_page_is_short_what_has_neither_votes_nor_a_cost_is_left_out():
    base = plan("open")
    odd = [{"scenario": f"Odd {i}"} for i in range(9)]
    change = {
        "step": 1,
        "table": "offers",
        "where": "offer=zzz",
        "column": "price_per_hour",
        "change": "add",
        "value": "1",
    }
    base = base.replace(
        scenarios=pd.concat([pd.DataFrame(odd), base.tables["scenarios"]], ignore_index=True),
        changes=pd.concat([pd.DataFrame([{**o, **change} for o in odd]), base.tables["changes"]], ignore_index=True),
    )
    result, plans, results = answered(base)
    page = Page(workshop_brief(base, result, cards(base, result, plans, results, {"Odd 8": {"a"}}), [], NOW))
    assert "Growth" in page.text
    assert "Odd 8" in page.text
    assert "Odd 7" not in page.text


def test_a_decision_that_was_taken_back_is_marked_in_sheet_and_brief():
    base = plan("open")
    result, plans, results = answered(base)
    back = TAKEN_BACK["agreed"]
    lines = [Said("agreed", "Sales is sure", "Growth"), Said("undone", back, "Growth")]
    assert log_sheet(lines)[1]["Kind"].tolist() == ["Agreed", "Undone"]
    page = Page(workshop_brief(base, result, cards(base, result, plans, results, {}), lines, NOW))
    assert f"Undone: Growth. {back}" in page.text
    assert page.text.index("Undone: Growth") < page.text.index("Agreed: Growth")


def test_a_scenario_that_is_not_solved_says_so():
    base = plan()
    result, plans, _ = answered(base)
    growth = cards(base, result, plans, {}, {})[0]
    assert growth.why == "Not solved yet"
    assert growth.short("USD") == "Not solved yet"


def test_the_page_holds_everything_and_needs_nothing():
    base = plan()
    result, plans, results = answered(base)
    lines = [
        Said("agreed", "The board is sure", "Growth"),
        Said("open point", NASTY),
        Said("open point", "Settled by now"),
        Said("settled", "Settled by now"),
        Said("decision", "Order in March"),
    ]
    text = workshop_brief(base, result, cards(base, result, plans, results, {"Growth": {"a", "b"}}), lines, NOW)
    page = Page(text)
    assert "script" not in page.tags
    assert page.outside == []
    assert "svg" in page.tags
    assert page.text.count(NASTY) >= 3  # the plan's name, the owner, the open point: as they were typed
    for words in (
        "Costs $8.76 k more (+50 %)",
        "Demand x 1.5",
        "Order in March",
        "Agreed: Growth. The board is sure",
        "Settled: Settled by now",
        "01 March 2027",
        "proven optimal",
        "The plan as it is",
    ):
        assert words in page.text, words
    assert page.text.index("Order in March") < page.text.index("The board is sure")
    assert "@page" in text
    assert "light-dark(" not in text


def test_without_agreement_the_figures_are_those_of_the_plan_as_it_is():
    base = plan("open")
    result, plans, results = answered(base)
    page = Page(workshop_brief(base, result, cards(base, result, plans, results, {}), [], NOW))
    assert "No scenario is agreed on yet." in page.text
    assert "$17.5 k" in page.text
    assert page.text.count("None.") == 2


def test_long_lists_are_cut_and_counted():
    base = plan()
    result, plans, results = answered(base)
    lines = [Said("decision", f"Number {i}") for i in range(20)]
    page = Page(workshop_brief(base, result, cards(base, result, plans, results, {}), lines, NOW))
    assert "Number 19" in page.text
    assert "Number 15 " not in page.text
    assert "and 16 more in the log" in page.text


def test_the_log_as_a_sheet():
    title, table = log_sheet([Said("open point", "Who signs?"), Said("agreed", "", "Growth", "")])
    assert title == "Decision log"
    assert table.to_dict("list") == {
        "When (UTC)": ["2027-03-01 09:30"] * 2,
        "Who": ["Ana", ""],
        "Kind": ["Open point", "Agreed"],
        "Scenario": ["", "Growth"],
        "What it says": ["Who signs?", ""],
    }
    assert isinstance(log_sheet([])[1], pd.DataFrame)
    assert log_sheet([])[1].empty


def test_the_log_is_a_sheet_of_the_workbook():
    base = plan()
    lines = [Said("decision", "=1+1"), Said("agreed", NASTY, "Growth")]
    buffer = io.BytesIO()
    export_workbook(base, solved(base), buffer, extra=[Extra(*log_sheet(lines))])
    sheet = openpyxl.load_workbook(buffer)["Decision log"]
    cells = [[c.value for c in row] for row in sheet.iter_rows(min_row=4, max_row=6)]
    assert [row[4] for row in cells] == ["What it says", "=1+1", NASTY]
    assert sheet["E5"].data_type == "s"


def test_points_are_open_until_settled():
    first, second = Said("open point", "a"), Said("open point", "b")
    assert open_points([first, second, Said("settled", "a")]) == [second]
    again = Said("open point", "a", who="Ben")
    assert open_points([first, Said("settled", "a"), again]) == [again]
