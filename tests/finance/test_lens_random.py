"""On random plans the books of the solved plan give exactly what the lens minimised, and nobody beats it."""

from __future__ import annotations

from typing import get_args

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.finance import AccountingPolicy, books
from planner.finance.lens import AFTER_TAX, TITLES, Lens, value
from planner.finance.policy import LeaseStandard
from planner.model.options import Options
from planner.plan.plan import Plan
from planner.result.run import solve_plan
from tests.properties.plans import plans

LINEAR = ("straight_line", "declining_balance", "macrs")

linear_policies = st.builds(
    AccountingPolicy,
    depreciation=st.sampled_from(LINEAR),
    declining_factor=st.sampled_from([1.5, 2.0]),
    bonus_share=st.sampled_from([0.0, 0.6]),
    residual=st.sampled_from(["zero", "share", "market"]),
    residual_share=st.just(0.1),
    tax_depreciation=st.sampled_from([None, *LINEAR]),
    tax_bonus_share=st.sampled_from([0.0, 1.0]),
    macrs_convention=st.sampled_from(["half_year", "mid_quarter"]),
    site_life_months=st.sampled_from([6, 120]),
    lease_standard=st.sampled_from(get_args(LeaseStandard)),
    lease_pricings=st.sampled_from([("leased",), ("leased", "committed")]),
    lease_timing=st.sampled_from(["start", "end"]),
    short_term_months=st.sampled_from([0, 12]),
)


@settings(max_examples=8, deadline=None)
@given(plan=plans(), rate=st.sampled_from([0.0, 0.25, 0.4]), policy=linear_policies)
def test_the_books_give_the_objective_of_the_lens(plan: Plan, rate: float, policy: AccountingPolicy) -> None:
    """For every lens: the objective is the books' figure, the books tie, and no other lens's plan is better by it."""
    row = pd.DataFrame({"key": ["tax_rate"], "value": [str(rate)]})
    plan = plan.replace(settings=pd.concat([plan.tables["settings"], row]))
    results = {m: solve_plan(plan, Options(gap=0.0, time_limit=20), aim=Lens(plan, m, policy)) for m in TITLES}
    if not all(r.has_plan for r in results.values()):
        assert not any(r.has_plan for r in results.values())
        return
    drawn = {m: books(plan, r, policy) for m, r in results.items()}
    for measure, result in results.items():
        assert result.violations == ()
        assert result.aim is not None
        assert drawn[measure].checks["holds"].all()
        own = value(drawn[measure], measure)
        assert own == pytest.approx(result.aim.value, rel=1e-6, abs=0.01)
        bound = result.aim.bound
        assert bound is not None
        for other in drawn.values():
            assert value(other, measure) >= bound - max(0.01, 1e-6 * abs(bound))
        if measure == AFTER_TAX and rate == 0:
            assert own == pytest.approx(value(drawn["cash"], "cash"), rel=1e-6, abs=0.01)
