"""Solves that ask for other numbers of threads than the one before, in one thread of Python and in several."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.sparse as sp

from planner.model.builder import Matrix
from planner.model.highs import solve_highs
from planner.model.options import Options
from planner.result.run import solve_plan
from tests.builders import tiny

PLAN = tiny(
    [{"offer": "od", "price_per_hour": 1.0}, {"offer": "c", "pricing": "committed", "price_per_hour": 0.8}],
    volume=8760 * 2.5,
)


def least(threads: int) -> float | None:
    return solve_plan(PLAN, Options(gap=0.0, threads=threads)).objective


def test_the_number_of_threads_may_change_between_solves() -> None:
    """HiGHS keeps the workers of the first solve and would refuse the second without a plan."""
    assert [least(n) for n in (1, 2, 1, 3)] == pytest.approx([8760 * 2.1] * 4)


def test_solves_beside_each_other_may_ask_for_other_numbers() -> None:
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(least, (1, 2, 3, 1, 2))) == pytest.approx([8760 * 2.1] * 5)


@pytest.mark.parametrize(("lower", "status"), [(0.0, "optimal"), (1.0, "infeasible")])
def test_rows_without_columns_are_looked_at(lower: float, status: str) -> None:
    """A problem without columns is `empty` to HiGHS even where one of its rows cannot hold."""
    nothing = np.zeros(0)
    matrix = Matrix(
        cost=nothing,
        col_lower=nothing,
        col_upper=nothing,
        integer=np.zeros(0, bool),
        a=sp.csr_matrix((1, 0)),
        row_lower=np.array([lower]),
        row_upper=np.array([np.inf]),
    )
    assert solve_highs(matrix).status == status
