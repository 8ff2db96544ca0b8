"""What is derived from a result, against figures worked out by hand (see `fixture`)."""

import pandas as pd
import pytest

from planner.report import insight_cost as cost
from planner.report import insight_findings as finding
from planner.report.format import MINUS, NBSP
from planner.report.insight import Insight
from planner.report.labels import Calendar, look_up, names
from planner.result.frames import FRAMES, result_frame
from planner.result.result import Result
from tests.report import fixture


def spaced(text: str) -> str:
    return text.replace(NBSP, " ").replace(MINUS, "-")


@pytest.fixture(scope="module")
def insight() -> Insight:
    return Insight(fixture.plan(), fixture.result(), fixture.usual())


def test_no_plan_no_insight():
    with pytest.raises(ValueError, match="no plan"):
        Insight(fixture.plan(), Result("infeasible", "x"))


def test_work_counts_apis_at_the_rate_of_the_plans_own_devices(insight):
    done = insight.work.groupby(["period", "source"])["accelerator_hours"].sum()
    # a server is 8 accelerators and does one unit an hour, so a unit of the API is 8 accelerator-hours
    assert done[1, "owned"] == 480 * 8
    assert done[1, "on_demand"] == 240 * 8
    assert done[1, "api"] == pytest.approx(240 * 8)
    assert done[2, "spot"] == 240 * 8


def test_mix_has_all_hours_of_held_devices_and_the_used_ones_of_the_rest(insight):
    mix = insight.mix.set_index(["period", "source"])
    assert mix.loc[(1, "owned"), "available"] == 2 * 8 * 600
    assert mix.loc[(2, "owned"), "available"] == 3 * 8 * 600
    assert mix.loc[(1, "on_demand"), "available"] == mix.loc[(1, "on_demand"), "used"] == 240 * 8
    assert mix.loc[(1, "owned"), "share_of_work"] == pytest.approx(0.5)
    assert mix.loc[(2, "owned"), "share_of_work"] == pytest.approx(0.75)
    assert insight.needed["needed"].tolist() == pytest.approx([960 * 8, 960 * 8])
    assert list(insight.held) == [16, 24]


def test_load_stacks_each_slice_highest_first(insight):
    load = insight.load[insight.load["period"] == 1]
    peak, base = load[load["slice"] == "peak"], load[load["slice"] == "base"]
    # 600 units x 8 in the 150 hours of the peak: 32 accelerators; 360 x 8 in 450 hours: 6.4
    assert peak["y1"].max() == pytest.approx(32)
    assert (peak["x0"].unique().tolist(), peak["x1"].unique().tolist()) == ([0.0], [0.25])
    assert base["y1"].max() == pytest.approx(6.4)
    assert base["x0"].unique().tolist() == [0.25]
    assert peak["source"].tolist() == ["owned", "on_demand", "api"]
    assert (peak["y0"].tolist()[1:], peak["y1"].tolist()[:-1])[0] == pytest.approx(peak["y1"].tolist()[:-1])
    assert load.groupby("slice")["share_of_slice"].sum().tolist() == pytest.approx([1, 1])


def test_utilization_is_of_the_devices_hours_in_the_slice(insight):
    table = insight.utilization.set_index(["period", "slice"])["utilization"]
    assert table[1, "base"] == pytest.approx(360 / (2 * 600 * 0.75))
    assert table[2, "peak"] == pytest.approx(180 / (3 * 600 * 0.25))
    assert set(insight.utilization["offer"]) == {"own"}


def test_timeline_orders_early_enough_for_the_lead_time(insight):
    new = insight.timeline[insight.timeline["asset"] == ""].iloc[0]
    # in service July 2027, four months of lead time: order in March, not in January
    assert (new["ordered"], new["start"], new["end"]) == tuple(map(pd.Timestamp, ("2027-03", "2027-07", "2028-01")))
    assert insight.timeline.loc[insight.timeline["asset"] == "old", "ordered"].isna().all()


def test_decisions_have_dates_and_amounts_from_the_ledger(insight):
    todo = insight.decisions.set_index("kind")
    order, retire = todo.loc["order"], todo.loc["retire"]
    assert order["what"] == "Order 2 × GPU server at Frankfurt by March 2027 (in service July 2027)"
    assert (order["by"], order["amount"], order["devices"]) == ("2027-03", 2000.0, 2.0)
    assert retire["what"] == "Retire 1 × GPU server at Frankfurt in July 2027"
    # period 2 is the last: its resale is also that of what is left at the end, so the ledger cannot tell
    assert pd.isna(retire["amount"])
    assert "open" not in todo.index  # Frankfurt was open before; AWS costs nothing to open
    assert insight.agenda["what"].tolist() == [
        "Order 2 × GPU server at Frankfurt",
        "Retire 1 × GPU server at Frankfurt",
    ]
    assert "| Mar" in insight.agenda_text
    assert next(iter(insight.decision_table)) == "By"


def test_sites_that_open_and_close_are_decisions():
    tables = fixture.frames()
    tables["sites"] = result_frame("sites", pd.DataFrame([("fra", 1, 1)], columns=list(FRAMES["sites"])))
    todo = Insight(fixture.plan(), fixture.result(frames=tables)).decisions
    assert todo.loc[todo["kind"] == "open", "what"].tolist() == ["Open Frankfurt by January 2027"]
    assert todo.loc[todo["kind"] == "close", "what"].tolist() == ["Close Frankfurt in July 2027"]


def test_steps_of_one_offer_become_one_line():
    tables = fixture.frames()
    vintages = tables["vintages"]
    more = vintages[vintages["asset"] == ""].assign(ordered_period=0, first_period=1, devices=5.0)
    tables["vintages"] = pd.concat([vintages, more], ignore_index=True)
    agenda = Insight(fixture.plan(), fixture.result(frames=tables)).agenda
    line = agenda[agenda["kind"] == "order"].iloc[0]
    assert line["what"] == "Order 5 × GPU server at Frankfurt, then 2 more in March 2027"
    assert (line["steps"], line["devices"]) == (2, 7.0)


def test_costs_by_year_and_group_add_up_to_the_ledger(insight):
    assert insight.costs["amount"].sum() == pytest.approx(fixture.ledger()["amount"].sum())
    groups = cost.groups_by_year(insight.costs).set_index("group")["amount"]
    assert groups["Hardware"] == 1700
    assert groups["Compute and APIs"] == 1040
    assert groups["Not cash"] == 40
    assert "Not cash" not in set(cost.groups_by_year(insight.costs, cash_only=True)["group"])
    assert insight.cash[["year", "capex", "opex", "cash"]].values.tolist() == [["2027", 1700.0, 1160.0, 2860.0]]
    flow = insight.cash_flow
    assert flow["running"].tolist() == [2900, 2900, 2860, 2860]


def test_saving_is_a_difference_of_present_values_of_cash(insight):
    # usual: 2000 + 1000; plan: 2000 + 600 + 240 + 60 + (200 + 60 - 300) / 2
    assert insight.saving == pytest.approx(3000 - 2880)
    assert insight.saving_share == pytest.approx(120 / 3000)
    steps = cost.bridge(insight.against)
    assert steps["step"].iloc[0] == "Business as usual"
    assert steps["value"].iloc[1:-1].sum() == pytest.approx(-120)
    assert (steps["high"].iloc[0], steps["high"].iloc[-1]) == (3000, 2880)
    ends = steps["low"].where(steps["value"] < 0, steps["high"]).iloc[1:-1]
    assert ends.iloc[-1] == pytest.approx(2880)
    assert Insight(fixture.plan(), fixture.result()).against is None


def test_flows_share_a_sites_work_by_volume(insight):
    pairs = insight.pairs.set_index("site")
    assert pairs.loc["fra", "accelerator_hours"] == pytest.approx(1200 * 8)
    assert pairs["share"].sum() == pytest.approx(1)
    sites = insight.sites.set_index("site")
    assert sites.loc["fra", "source"] == "owned"
    assert sites.loc["aws", "cost"] == pytest.approx(600 + 240 + 100)
    assert sites.loc["fra", "carbon_t"] == pytest.approx(1.2)
    assert (sites.loc["fra", "first_open"], sites.loc["fra", "last_open"]) == ("H1 2027", "H2 2027")


def test_rules_in_words(insight):
    rules = insight.rules.set_index("policy")
    assert rules.loc["capex-cap", "state"] == "met"
    assert spaced(rules.loc["capex-cap", "sentence"]) == "Capex is at most €2 k in each plan year.".replace(
        "€2 k", "€2.00 k"
    )
    assert spaced(rules.loc["capex-cap", "slack_text"]) == "€300 left"
    assert rules.loc["capex-cap", "price_text"] == "costs nothing"
    broken = rules.loc["cloud-share"]
    assert broken["state"] == "broken"
    assert spaced(broken["sentence"]) == (
        "Spend at cloud sites is at most 50 % of all spend over the whole plan; may be broken at €2 per unit of money."
    )
    assert spaced(broken["slack_text"]) == "€286 over"
    assert (broken["when"], spaced(broken["value_text"])) == ("whole plan", "60 %")
    assert rules.loc["capex-cap", "used"] == pytest.approx(0.85)


def test_headline_and_warnings(insight):
    shown = {n.label: n for n in insight.headline}
    assert spaced(shown["Cash, present value"].value) == "€2.88 k"
    assert spaced(shown["Cash a year"].value) == "€2.86 k"
    assert (spaced(shown["Saving"].value), spaced(shown["Saving"].delta)) == ("€120", "4 % less than usual")
    assert shown["Saving"].good is True
    assert spaced(shown["Gap to the best"].value) == "0.08 %"
    texts = [w.text for w in insight.warnings]
    assert len(texts) == 1
    assert "cloud-share is broken" in texts[0]


def test_warnings_tell_of_failed_checks_unserved_volume_and_early_stops():
    tables = fixture.frames()
    row = [("chat", "ber", 1, "peak", 96.0)]
    tables["unserved"] = result_frame("unserved", pd.DataFrame(row, columns=list(FRAMES["unserved"])))
    bad = fixture.result(frames=tables, violations=("demand of chat is not met",), status="feasible", gap=0.03)
    found = Insight(fixture.plan(), bad).warnings
    assert [w.severity for w in found] == ["error", "warning", "warning", "info"]
    assert spaced(found[2].text) == "Chat: 96 M tokens are not served (5 % of demand)."
    assert "within 3" in found[3].text


def test_ledger_table_filters_and_sums(insight):
    rows = cost.narrowed(insight.ledger, {"Category": ["compute"], "Site": []})
    assert len(rows) == 2
    assert spaced(cost.sums(rows, "EUR")) == "2 rows, €800 nominal, €700 present value"
    assert insight.ledger.loc[insight.ledger["Category"] == "api", "Offer"].tolist() == ["Token API at AWS"]
    assert len(cost.narrowed(insight.ledger, {})) == len(fixture.LEDGER)
    assert set(cost.LEDGER_FILTERS) <= set(insight.ledger.columns)


def test_findings_say_what_the_charts_show(insight):
    assert spaced(finding.mix(insight.shares)) == "Owned capacity carries 62 % of accelerator-hours in 2027"
    assert spaced(finding.bridge(insight.against, "EUR")).startswith("The plan saves €120, 4 %, most of it in")
    assert finding.places(insight.sites).startswith("Frankfurt does 62")
    assert finding.rules(insight.rules) == "1 of 2 policies is broken"
    assert finding.timeline(insight.timeline) == "All 2 new devices arrive in July 2027"
    assert spaced(finding.carbon(insight.emissions)) == "The plan emits 1.20 t CO2e"


def test_calendar_names_periods_and_years():
    settings = fixture.plan().replace(
        settings=pd.DataFrame({"key": ["start", "periods", "months_per_period"], "value": ["2027-04", "5", "3"]})
    )
    calendar = Calendar(settings.settings)
    assert calendar.period_labels == ["Q2 2027", "Q3 2027", "Q4 2027", "Q1 2028", "Q2 2028"]
    assert calendar.year_labels == ["2027/28", "2028/29 (3 months)"]
    assert calendar.month(2) == "2027-07"
    assert calendar.month(2, 4) == "2027-03"
    assert calendar.year_of(pd.Series([1, 5])).tolist() == ["2027/28", "2028/29 (3 months)"]


def test_names_are_told_apart_and_blank_ones_are_the_identifier():
    plan = fixture.plan()
    sites = plan.tables["sites"].assign(name=["Same", "Same"])
    assert names(plan.replace(sites=sites), "sites").tolist() == ["Same (fra)", "Same (aws)"]
    assert names(plan.replace(sites=sites.assign(name=None)), "sites").tolist() == ["fra", "aws"]
    assert look_up(pd.Series([], dtype="str"), pd.Series({"a": 1.0})).dtype == float
