"""The books of random plans tie, whatever the plan holds, owes, owns or leaves out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.finance import AccountingPolicy, books
from planner.finance.allocation import chargeback, to_the_cent
from planner.finance.categories import is_cash
from planner.finance.statements import TAXES, per_period
from planner.model.options import Options
from planner.plan.plan import Plan
from planner.result.run import solve_plan
from tests.properties.plans import plans

few_policies = st.builds(
    AccountingPolicy,
    depreciation=st.sampled_from(["straight_line", "declining_balance", "units_of_production", "macrs"]),
    residual=st.sampled_from(["zero", "market"]),
    lease_standard=st.sampled_from(["ifrs16", "asc842_operating", "none"]),
    lease_pricings=st.sampled_from([("leased",), ("leased", "committed")]),
    short_term_months=st.sampled_from([0, 12]),
    idle=st.sampled_from(["users", "platform", "even"]),
    site_key=st.sampled_from(["device_hours", "energy", "traffic", "even"]),
)


def taxed(plan: Plan) -> Plan:
    """The plan with a tax rate, which the random plans leave out because the optimizer does not use it."""
    rate = pd.DataFrame({"key": ["tax_rate"], "value": ["0.25"]})
    return plan.replace(settings=pd.concat([plan.tables["settings"], rate]))


@settings(max_examples=10)
@given(plan=plans().map(taxed), policy=few_policies)
def test_books_of_a_random_plan(plan: Plan, policy: AccountingPolicy) -> None:
    """Checks hold; the cash statement is the ledger; P&L and cash differ by what the balance sheet holds; every
    statement that a page may ask for can be made."""
    result = solve_plan(plan, Options(gap=0.0, time_limit=20))
    if not result.has_plan:
        return
    b = books(plan, result, policy)
    assert b.checks["holds"].all(), b.checks[~b.checks["holds"]]
    n = plan.settings.periods
    cash = b.ledger[is_cash(b.ledger)]
    before_tax = b.cash_flow[b.cash_flow["section"] != TAXES]
    assert per_period(before_tax, n) == pytest.approx(-per_period(cash, n), abs=0.01)
    net = b.balance[b.balance["section"] != "Equity"].groupby("period")["amount"].sum()
    change = net.get(n, 0.0) - net.get(0, 0.0)
    assert b.profit_and_loss["amount"].sum() - b.cash_flow["amount"].sum() == pytest.approx(change, abs=0.01)
    after_tax = b.results[b.results["line"] == "Result after tax"]["amount"]
    assert after_tax.to_numpy() == pytest.approx(per_period(b.profit_and_loss, n), abs=0.01)
    late = b.commitments[b.commitments["beyond"]]["amount"].sum()
    assert b.outstanding["closing"].iloc[-1] == pytest.approx(late, abs=0.01)
    assert b.ladder(n)["beyond"].all()
    assert b.levelised_costs["present_value"].sum() + b.tco("to_workload").query("to_workload == ''")[
        "present_value"
    ].sum() == pytest.approx(cash["present_value"].sum(), abs=0.01)
    assert round(float(b.chargeback["amount"].sum()), 2) == round(float(cash["amount"].sum()), 2)
    assert set(b.roi_by_team["team"]) >= set(b.chargeback["team"])
    assert set(b.unit_costs["workload"]) >= set(b.frames["routing"]["workload"])
    assert len(b.gpu_hour_costs) == n + 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_whole_cents_add_up_and_no_line_moves_by_a_cent(amounts: list[float]) -> None:
    given_ = pd.Series(amounts)
    cents = to_the_cent(given_) * 100
    assert cents.to_numpy() == pytest.approx(np.round(cents), abs=1e-6)
    assert cents.sum() == pytest.approx(100 * given_.sum(), abs=0.5 + 1e-6)
    assert (cents - 100 * given_).abs().max() < 1 + 1e-6


amounts_of_bills = st.floats(-1e6, 1e8, allow_subnormal=False)


@given(st.lists(st.lists(amounts_of_bills, min_size=1, max_size=6), min_size=1, max_size=14))
def test_bills_add_up_to_the_cash_rounded_once(periods: list[list[float]]) -> None:
    """The sum of rounded periods misses the rounded sum by up to half a cent a period: the bills must not."""
    rows = [(f"w{i}", t, a) for t, line in enumerate(periods, 1) for i, a in enumerate(line)]
    lines = pd.DataFrame(rows, columns=["to_workload", "period", "amount"])
    total = float(lines["amount"].sum())
    bills = chargeback(lines.assign(team="T", category="compute", key="caused"), total)
    assert np.round(bills["amount"] * 100).sum() == round(100 * round(total, 2))
    assert (bills["amount"] - np.round(bills["amount"], 2)).abs().max() < 1e-6
    by_period = bills.groupby("period")["amount"].sum() - lines.groupby("period")["amount"].sum()
    assert by_period.abs().max() < 0.01 + 1e-6
    exact = lines.sort_values(["to_workload", "period"])["amount"].to_numpy()
    assert np.abs(bills["amount"].to_numpy() - exact).max() < 0.01 + 1e-6
