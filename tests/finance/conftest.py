"""The company's books, solved once."""

from __future__ import annotations

import pytest

from planner.finance import AccountingPolicy, Books, books
from planner.model.options import Options
from planner.plan.plan import Plan
from planner.result.result import Result
from planner.result.run import solve_plan
from tests.finance.company import company


@pytest.fixture(scope="session")
def plan() -> Plan:
    return company()


@pytest.fixture(scope="session")
def result(plan: Plan) -> Result:
    found = solve_plan(plan, Options(gap=0.001, time_limit=60))
    assert found.has_plan, found.conflicts
    assert found.violations == ()
    return found


@pytest.fixture(scope="session")
def made(plan: Plan, result: Result) -> Books:
    return books(plan, result, AccountingPolicy())
