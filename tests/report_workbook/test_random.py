"""Workbooks of random plans under random policies: cached values tie, whatever the plan holds, owes or leaves out."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from planner.finance import AccountingPolicy, books
from planner.model.options import Options
from planner.plan.plan import Plan
from planner.report.workbook import export_books
from planner.result.run import solve_plan
from tests.finance.test_random_books import taxed
from tests.properties.plans import plans
from tests.report_workbook.sheets import line, master

policies = st.builds(
    AccountingPolicy,
    depreciation=st.sampled_from(["straight_line", "declining_balance", "units_of_production", "macrs"]),
    residual=st.sampled_from(["zero", "market", "share"]),
    residual_share=st.sampled_from([0.1, 1.0]),
    bonus_share=st.sampled_from([0.0, 0.4, 1.0]),
    expected_utilization=st.sampled_from([None, 0.5]),
    macrs_convention=st.sampled_from(["auto", "half_year", "mid_quarter"]),
    tax_depreciation=st.sampled_from([None, "straight_line", "declining_balance", "macrs"]),
    tax_bonus_share=st.sampled_from([0.0, 0.5]),
    lease_standard=st.sampled_from(["ifrs16", "asc842_finance", "asc842_operating", "none"]),
    lease_pricings=st.sampled_from([("leased",), ("leased", "committed")]),
    lease_timing=st.sampled_from(["start", "end"]),
    short_term_months=st.sampled_from([0, 12]),
    idle=st.sampled_from(["users", "platform", "even"]),
    site_key=st.sampled_from(["device_hours", "energy", "traffic", "even"]),
)


@settings(max_examples=8)
@given(plan=plans().map(taxed), policy=policies)
def test_the_workbook_of_a_random_plan_ties(plan: Plan, policy: AccountingPolicy) -> None:
    result = solve_plan(plan, Options(gap=0.01, time_limit=20))
    if not result.has_plan:
        return
    b, buffer = books(plan, result, policy), io.BytesIO()
    export_books(b, buffer)
    book = load_workbook(io.BytesIO(buffer.getvalue()), data_only=True)
    assert master(book) == "All checks hold", [
        [c.value for c in row] for row in book["Checks"].iter_rows(min_row=7, max_row=45) if row[9].value == 0
    ]
    n = plan.settings.periods
    wide = b.balance.pivot_table(index="line", columns="period", values="amount")
    for label in (
        "Equipment",
        "Site fit-out",
        "Right of use",
        "Prepaid commitments",
        "Lease liability",
        "Deferred tax",
    ):
        want = wide.loc[label].to_numpy()[1:] if label in wide.index else np.zeros(n)
        assert line(book, "Balance", label) == pytest.approx(want.tolist(), abs=0.01), label
