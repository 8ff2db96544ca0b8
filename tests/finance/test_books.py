"""Statements that tie: to the ledger, to each other, and to sums done by hand, under every policy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.finance import AccountingPolicy, Books, BooksError, books
from planner.finance.categories import LEASED_SERVERS, category_table, default_accounts, is_cash
from planner.finance.statements import per_period, wide
from planner.finance.units import tokens_in
from planner.plan.plan import Plan
from planner.result.frames import CATEGORIES, NON_CASH
from planner.result.result import Result

methods = ["straight_line", "declining_balance", "units_of_production", "macrs"]
policies = st.builds(
    AccountingPolicy,
    depreciation=st.sampled_from(methods),
    declining_factor=st.floats(1, 3),
    bonus_share=st.floats(0, 1),
    residual=st.sampled_from(["zero", "share", "market"]),
    residual_share=st.floats(0, 0.5),
    tax_depreciation=st.sampled_from([None, *methods]),
    tax_bonus_share=st.floats(0, 1),
    macrs_convention=st.sampled_from(["auto", "half_year", "mid_quarter"]),
    site_life_months=st.integers(1, 240),
    lease_standard=st.sampled_from(["ifrs16", "asc842_finance", "asc842_operating", "none"]),
    lease_pricings=st.sampled_from([("leased",), ("leased", "committed"), ()]),
    short_term_months=st.sampled_from([0, 12, 24]),
    lease_rate=st.one_of(st.none(), st.floats(0, 0.2)),
    lease_timing=st.sampled_from(["start", "end"]),
    idle=st.sampled_from(["users", "platform", "even"]),
    site_key=st.sampled_from(["device_hours", "energy", "traffic", "even"]),
)


@settings(max_examples=20)
@given(policy=policies)
def test_everything_ties_under_every_policy(plan: Plan, result: Result, policy: AccountingPolicy) -> None:
    """Cash flow, allocation, budget, roll-forward, balance; and over the plan's life profit and cash differ only
    by what the balance sheet holds at either end."""
    b = books(plan, result, policy)
    assert b.checks["holds"].all(), b.checks[~b.checks["holds"]]
    assert b.register.closing.min() >= 0
    side = b.balance[b.balance["section"] != "Equity"]
    net = side.groupby("period")["amount"].sum()
    change = net.loc[plan.settings.periods] - net.loc[0]
    assert b.profit_and_loss["amount"].sum() - b.cash_flow["amount"].sum() == pytest.approx(change, abs=0.01)


@settings(max_examples=8)
@given(policy=policies)
def test_allocation_gives_each_row_of_the_ledger_away_whole(
    plan: Plan, result: Result, policy: AccountingPolicy
) -> None:
    b = books(plan, result, policy)
    again = b.allocated.groupby("row")[["share", "amount", "quantity"]].sum()
    ledger = result.ledger.reset_index(drop=True)
    assert len(again) == len(ledger)
    assert again["share"].to_numpy() == pytest.approx(np.ones(len(ledger)))
    assert again["amount"].to_numpy() == pytest.approx(ledger["amount"].to_numpy())
    assert (b.allocated["key"] != "").all()
    named = plan.tables["workloads"]["workload"]
    assert set(b.allocated["to_workload"]) <= {"", *named}


def test_what_a_workload_causes_it_pays(made: Books) -> None:
    caused = made.allocated[made.allocated["workload"] != ""]
    assert (caused["workload"] == caused["to_workload"]).all()
    assert (caused["key"] == "caused").all()


def test_device_hours_by_hand(made: Books) -> None:
    """Each workload bears hours used / hours in service of what is held, the idle rest in proportion to its use.

    Which of two devices at one site works is a matter of taste: any offer and period in which a part is idle.
    """
    hours = made.plan.settings.hours
    c = made.frames["capacity"].query("offer in ['lease', 'commit', 'short'] and hours_used > 0")
    c = c[c["hours_used"] < 0.99 * c["devices_in_service"] * hours]
    assert len(c)
    for offer, period, devices in c[["offer", "period", "devices_in_service"]].itertuples(index=False):
        here = f"offer == {offer!r} and period == {period}"
        rows = made.allocated.query(f"{here} and unit == 'device-hours'")
        d = made.frames["dispatch"].query(f"{here} and device_hours > 0").groupby("workload")["device_hours"].sum()
        paid = made.ledger.query(f"{here} and unit == 'device-hours'")["amount"].sum()
        direct = rows[rows["key"] == "device hours"].groupby("to_workload")["amount"].sum()
        assert direct.to_dict() == pytest.approx((paid * d / (devices * hours)).to_dict())
        idle = rows[rows["key"] == "idle, users"].groupby("to_workload")["amount"].sum()
        rest = paid * (1 - d.sum() / (devices * hours))
        assert idle.to_dict() == pytest.approx((rest * d / d.sum()).to_dict())


def test_idle_rules(plan: Plan, result: Result) -> None:
    """What `short` costs while nobody uses it is borne by the horizon's users, or by the platform."""
    by_rule = {}
    for rule in ("users", "platform", "even"):
        b = books(plan, result, AccountingPolicy(idle=rule))
        by_rule[rule] = b.showback.set_index("to_workload")["amount"]
    assert by_rule["platform"].loc[""] > by_rule["users"].get("", 0.0)
    assert by_rule["platform"].sum() == pytest.approx(by_rule["users"].sum())
    assert by_rule["even"].sum() == pytest.approx(by_rule["users"].sum())


def test_register_has_the_purchase_and_the_sale_of_the_ledger(made: Books) -> None:
    ledger, f = made.ledger, made.register.frame()
    own = f[f["kind"] == "equipment"].groupby("period")[["additions", "proceeds"]].sum()
    bought = ledger[ledger["category"] == "hardware"].groupby("period")["amount"].sum()
    sold = -ledger[ledger["category"] == "resale"].groupby("period")["amount"].sum()
    assert own["additions"][own["additions"] != 0].to_dict() == pytest.approx(bought.to_dict())
    assert own["proceeds"][own["proceeds"] != 0].to_dict() == pytest.approx(sold.to_dict())


def test_vintage_by_hand(made: Books) -> None:
    """Three devices of 40,000 ordered in period 1, in service in 2 to 6, life of 18 months, straight line.

    Six quarters of 20,000, of which five pass: 20,000 is left when they are sold in period 7 at 40 % less a year
    after 15 months.
    """
    f = made.register.frame().query("offer == 'own' and ordered_period == 1").set_index("period")
    assert f["additions"].sum() == pytest.approx(120000)
    assert f.loc[2:6, "depreciation"].tolist() == pytest.approx([20000] * 5)
    assert f.loc[1, "closing"] == pytest.approx(120000)
    assert f.loc[7, "disposals"] == pytest.approx(20000)
    proceeds = 120000 * 0.6 ** (15 / 12)
    assert f.loc[7, "gain"] == pytest.approx(proceeds - 20000)


def test_asset_starts_from_its_book_value(made: Books) -> None:
    """Two devices at 50,000 are sold at once, nine months old, at 80,000 x 0.6^0.75."""
    f = made.register.frame().query("asset == 'old'").iloc[0]
    assert f["opening"] == 50000
    assert f["depreciation"] == 0
    assert f["gain"] == pytest.approx(80000 * 0.6**0.75 - 50000)


def test_site_fit_out_over_ten_years(made: Books) -> None:
    """12,000 for opening the site. 300 a quarter over 120 months."""
    f = made.register.frame().query("kind == 'fit_out'")
    first = f["period"].min()
    one = f[f["lot"] == f["lot"].iloc[0]].set_index("period")
    assert one.loc[first, "additions"] == pytest.approx(12000)
    assert one.loc[first, "depreciation"] == pytest.approx(300)
    sites = made.frames["sites"].query("site == 'N'")
    closed = set(range(int(first), 9)) - set(sites["period"])
    if closed:
        left = 12000 - 300 * (min(closed) - first)
        assert one.loc[min(closed), "disposals"] == pytest.approx(left)
        assert one.loc[min(closed), "gain"] == pytest.approx(-left)


def test_commitment_is_prepaid_and_the_credit_settles_it(made: Books) -> None:
    """`commit`: 6,000 upfront for 12 quarters in period 1 and again in 7: 500 a quarter each, besides the hours.

    After eight quarters 2,000 and 5,000 are left and come back as the plan's credit; the asset's 2,000 of book
    value go over its last six quarters.
    """
    c = made.contracts
    at = (c.contracts.frame["offer"] == "commit").to_numpy()
    hours = made.plan.settings.hours * 2.0
    first = made.contracts.contracts.frame.index[at & (c.contracts.frame["first_period"] == 1).to_numpy()]
    new = next(i for i in first if c.contracts.frame.loc[i, "asset"] == "")
    old = next(i for i in first if c.contracts.frame.loc[i, "asset"] != "")
    assert c.service_cost[new].tolist() == pytest.approx([500 + hours] * 8)
    assert c.prepaid[new].tolist() == pytest.approx([5500, 5000, 4500, 4000, 3500, 3000, 2500, 0])
    assert c.paid[new, -1] == pytest.approx(hours - 2000)
    assert c.service_cost[old].tolist() == pytest.approx([2000 / 6 + hours] * 6 + [0, 0])
    assert c.prepaid_before[old] == 2000


def test_lease_liability_by_hand(made: Books) -> None:
    """`lease` from period 5: eight payments in arrears at the price of its start, at 1.09^0.25 - 1 a quarter."""
    c = made.contracts
    f = c.contracts.frame
    i = f.index[(f["offer"] == "lease") & (f["first_period"] == 5)][0]
    pay = 1.5 * 1.05 * made.plan.settings.hours
    r = 1.09**0.25 - 1
    opening = pay * (1 - (1 + r) ** -8) / r
    assert c.liability[i, 4] == pytest.approx(opening * (1 + r) - pay)
    assert c.amortization[i, 4] == pytest.approx((opening + 3000) / 8)
    assert c.kind[i] == "lease"
    assert set(c.kind[f["offer"] == "short"]) == {"short-term lease"}
    assert set(c.kind[f["offer"] == "commit"]) == {"service"}


def test_commitments_outstanding(made: Books) -> None:
    """The ladder is what is contracted and not paid; it goes on beyond the horizon."""
    owed = made.commitments
    paid = -made.cash_flow[made.cash_flow["line"].isin(["Compute commitments", "Lease principal", "Lease interest", "Upfront payments of leases"])]["amount"].sum()  # fmt: skip
    inside = owed[owed["due_period"] <= 8]["amount"].sum()
    credit = made.contracts.contracts.frame["credit"].sum()
    assert inside - credit == pytest.approx(paid)
    last = made.outstanding.iloc[-1]
    assert last["closing"] == pytest.approx(owed[owed["due_period"] > 8]["amount"].sum())
    assert made.ladder(8)["amount"].sum() == pytest.approx(last["closing"])
    before = made.outstanding.iloc[0]["opening"]
    hours = made.plan.settings.hours
    assert before == pytest.approx(hours * (6 * 2.0 + 4 * 1.5))


def test_tax_is_the_rate_times_the_profit(made: Books) -> None:
    t = made.tax
    assert t.current + t.deferred == pytest.approx(0.25 * t.profit)
    assert t.shield == pytest.approx(-t.current)
    result = per_period(made.profit_and_loss, 8)
    assert result == pytest.approx(0.75 * t.profit)


def test_tax_table_names_the_part_of_depreciation(made: Books) -> None:
    """At a rate of 25 % a quarter of what the P&L depreciates is saved, as part of the whole shield."""
    t = made.tax_table.set_index("period")
    shown = made.profit_and_loss.query("section == 'Depreciation'").groupby("period")["amount"].sum()
    assert t["depreciation_shield"].sum() == pytest.approx(-0.25 * shown.sum())
    assert t.loc[3, "depreciation_shield"] == pytest.approx(-0.25 * shown[3])
    assert (t["shield"] == -t["current"]).all()


def test_bonus_in_the_tax_return_defers_tax(plan: Plan, result: Result) -> None:
    """All of a purchase deducted when it comes into service: less tax then, a deferred liability, more later."""
    b = books(plan, result, AccountingPolicy(tax_depreciation="macrs", tax_bonus_share=1.0))
    plain = books(plan, result)
    assert b.tax.current[1] < plain.tax.current[1]
    assert b.tax.current.sum() == pytest.approx(plain.tax.current.sum(), abs=0.01)
    owed = b.balance.query("line == 'Deferred tax'").set_index("period")["amount"]
    assert owed[2] < 0


def test_budget_has_an_account_for_everything_and_every_month(made: Books, plan: Plan) -> None:
    b = made.budget
    assert (b["account"] != "unmapped").all()
    assert sorted(set(b["month"])) == [str(pd.Period("2027-01", "M") + i) for i in range(24)]
    some = default_accounts().query("category != 'labour'")
    other = books(plan, made.result, AccountingPolicy(accounts=some)).budget
    assert set(other[other["account"] == "unmapped"]["category"]) == {"labour"}
    assert other["amount"].sum() == pytest.approx(b["amount"].sum())


def test_tco_is_the_ledger_however_it_is_cut(made: Books) -> None:
    cash = made.ledger[is_cash(made.ledger)]
    for by in ((), ("category",), ("year", "pool"), ("team",), ("site", "directness"), ("to_workload", "pricing")):
        cut = made.tco(*by)
        assert cut["amount"].sum() == pytest.approx(cash["amount"].sum())
        assert cut["present_value"].sum() == pytest.approx(cash["present_value"].sum())
        assert cut["share"].sum() == pytest.approx(1)
    everything = made.tco("category", non_cash=True)
    assert everything["present_value"].sum() == pytest.approx(made.result.objective)
    with pytest.raises(KeyError, match="colour"):
        made.tco("colour")


def test_leased_servers_are_hardware_and_no_outside_service(made: Books, plan: Plan) -> None:
    leases = made.ledger["offer"].isin(["lease", "short"]) & (made.ledger["category"] == "compute")
    paid = made.ledger.loc[leases, "amount"].sum()
    assert paid > 0
    pools = made.tco("category", "pool", "sub_pool").set_index("category")
    assert pools.loc[LEASED_SERVERS, ["pool", "sub_pool"]].tolist() == ["Hardware", "Lease"]
    assert pools.loc[LEASED_SERVERS, "amount"] == pytest.approx(paid)
    accounts = made.budget.groupby("account")["amount"].sum()
    assert accounts["6220"] == pytest.approx(paid)
    old = default_accounts().query("category != @LEASED_SERVERS").replace({"account": {"6100": "7777"}})
    kept = books(plan, made.result, AccountingPolicy(accounts=old)).budget.groupby("account")["amount"].sum()
    assert kept["7777"] == pytest.approx(accounts["6100"] + paid)


def test_every_category_has_a_pool_and_every_cash_one_an_account(made: Books) -> None:
    table = category_table()
    assert set(table.index) == {*CATEGORIES, LEASED_SERVERS}
    assert table.notna().all().all()
    kinds = made.ledger[["category", "cash"]].drop_duplicates()
    accounts = set(map(tuple, default_accounts()[["category", "cash"]].to_numpy()))
    assert {k for k in map(tuple, kinds.to_numpy()) if k[1] != NON_CASH} <= accounts


def test_unit_costs_add_up_to_the_expenses(made: Books) -> None:
    whole = made.unit_costs.query("period == 0")
    platform = made.allocated_expenses.query("to_workload == ''")["amount"].sum()
    assert whole["cost"].sum() + platform == pytest.approx(made.expenses["amount"].sum())
    chat = whole.set_index("workload").loc["chat"]
    assert chat["volume"] == pytest.approx(60500)
    assert chat["cost_per_million_tokens"] == pytest.approx(chat["cost_per_unit"])
    code = whole.set_index("workload").loc["code"]
    assert code["cost_per_million_tokens"] == pytest.approx(code["cost_per_unit"] * 1000)
    assert np.isnan(whole.set_index("workload").loc["api", "cost_per_million_tokens"])


@pytest.mark.parametrize(
    ("unit", "tokens"),
    [
        ("M output tokens", 1e6), ("M input tokens", 1e6), ("1M tokens", 1e6), ("k tokens", 1e3), ("1k tokens", 1e3),
        ("tokens", 1), ("1,000 output tokens", 1e3), ("million tokens", 1e6), ("GPU hours", None), ("M frames", None),
        (",tokens", None), ("", None),
    ],
)  # fmt: skip
def test_tokens_in_a_unit(unit: str, tokens: float | None) -> None:
    assert tokens_in(unit) == tokens


def test_gpu_hours(made: Books) -> None:
    """Eight accelerators a device; the useful hour costs more by the idle share."""
    g = made.gpu_hour_costs.set_index("period")
    c = made.frames["capacity"]
    assert g.loc[0, "gpu_hours_used"] == pytest.approx(8 * c["hours_used"].sum())
    assert g.loc[0, "per_useful_gpu_hour"] * g.loc[0, "utilization"] == pytest.approx(g.loc[0, "per_gpu_hour"])
    tokens = made.expenses.query("offer == 'tokens'")["amount"].sum()
    assert g.loc[0, "cost"] == pytest.approx(made.expenses["amount"].sum() - tokens)


def test_wide_statement_by_year(made: Books, plan: Plan) -> None:
    years = wide(made.profit_and_loss, plan.settings, yearly=True)
    assert list(years.columns) == [1, 2]
    assert years.to_numpy().sum() == pytest.approx(made.profit_and_loss["amount"].sum())
    ends = wide(made.balance, plan.settings, yearly=True, last=True)
    assert list(ends.columns) == [0, 1, 2]


def test_case_against_itself_is_nothing(made: Books) -> None:
    case = made.against(made)
    assert case.before_tax.npv == case.after_tax.npv == 0
    assert case.before_tax.irr.rate is None


def test_return_on_investment_by_hand(made: Books) -> None:
    roi = made.roi_by_workload.set_index("to_workload")
    chat = made.allocated.query("to_workload == 'chat' and cash != 'non_cash'")["present_value"].sum()
    volume = made.frames["routing"].query("workload == 'chat'").groupby("period")["volume"].sum()
    value = float((volume * 20.0 * made.plan.settings.discount_factors()).sum())
    assert roi.loc["chat", "roi"] == pytest.approx((value - chat) / chat)
    assert np.isnan(roi.loc["api", "roi"])
    teams = made.roi_by_team.set_index("team")
    assert teams.loc["Sales", "cost"] == pytest.approx(chat)
    assert teams["cost"].sum() == pytest.approx(roi["cost"].sum())


def test_frames_that_contradict_each_other_are_refused(plan: Plan, result: Result) -> None:
    """A vintage that cost more than the ledger says is found, not spread."""
    vintages = result.frames["vintages"].copy()
    vintages.loc[vintages["ordered_period"] > 0, "price_paid"] *= 1.5
    wrong = Result("optimal", "", frames={**result.frames, "vintages": vintages})
    with pytest.raises(BooksError, match="purchases"):
        _ = books(plan, wrong).lots


def test_no_plan_no_books(plan: Plan) -> None:
    with pytest.raises(ValueError, match="no solved plan"):
        books(plan, Result("infeasible", ""))


@pytest.mark.parametrize(
    "wrong",
    [{"depreciation": "sum_of_digits"}, {"bonus_share": 1.5}, {"declining_factor": 0.5}, {"lease_pricings": ("owned",)},
     {"accounts": pd.DataFrame({"category": []})}, {"idle": "nobody"}, {"expected_utilization": 0.0}],
)  # fmt: skip
def test_policy_refuses_what_it_does_not_know(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)).split("_")[0]):
        AccountingPolicy(**wrong)
