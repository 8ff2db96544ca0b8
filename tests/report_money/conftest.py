"""The company's books under every policy that workbooks are tested with, and those of plans with hostile names."""

from __future__ import annotations

import pytest

from planner.finance import Books, books
from planner.model.options import Options
from planner.result.run import solve_plan
from tests.finance.company import company
from tests.report_workbook.made import POLICIES, bare, hostile


@pytest.fixture(scope="session")
def all_books() -> dict[str, Books]:
    plans = {"company": company(), "hostile": hostile(), "bare": bare()}
    results = {name: solve_plan(plan, Options(gap=0.01, time_limit=60)) for name, plan in plans.items()}
    out = {name: books(plan, results[name]) for name, plan in plans.items()}
    out |= {name: books(plans["company"], results["company"], policy) for name, policy in POLICIES.items()}
    return out


@pytest.fixture(scope="session")
def made(all_books: dict[str, Books]) -> Books:
    return all_books["company"]


@pytest.fixture(scope="session")
def usual() -> Books:
    """The same company without its policies, which force more than it needs: that costs less."""
    plan = company()
    plan = plan.replace(policies=plan.tables["policies"].iloc[:0])
    result = solve_plan(plan, Options(gap=0.01, time_limit=60))
    assert result.has_plan, result.conflicts
    return books(plan, result)
