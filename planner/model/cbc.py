"""CBC as the fallback solver, driven by PuLP's own command."""

from __future__ import annotations

import re
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pulp

from planner.model.builder import Matrix
from planner.model.highs import Outcome
from planner.model.problem import ArrayProblem, Names

_BOUND = re.compile(r"(?:Lower bound:|best possible)\s+(-?[\d.]+(?:e[+-]?\d+)?)", re.I)


def solve_cbc(
    matrix: Matrix, names: Names, gap: float = 0.0, time_limit: float | None = None, threads: int = 1
) -> Outcome:
    """Solve with CBC.

    When CBC says that it is done, the gap it was given is what it proves. When it stopped before,
    the bound is read from its log, None when it does not print one.
    """
    problem = ArrayProblem(matrix, names)
    problem.fill()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # PuLP 4 renames the command, not the solver
        log = Path(folder) / "cbc.log"
        solver = pulp.PULP_CBC_CMD(
            msg=False,
            gapRel=gap or None,
            timeLimit=time_limit,
            threads=threads if threads > 1 else None,
            logPath=str(log),
        )
        solver.tmpDir = folder
        problem.solve(solver)
        text = log.read_text() if log.exists() else ""
    if problem.sol_status in (pulp.LpSolutionInfeasible,):
        return Outcome("infeasible", None, None, None)
    if problem.sol_status == pulp.LpSolutionUnbounded:
        return Outcome("unbounded", None, None, None)
    if problem.sol_status not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
        return Outcome("unsolved", None, None, _bound(text))
    values = problem.values()
    objective = float(matrix.cost @ values)
    proven = problem.sol_status == pulp.LpSolutionOptimal
    bound = objective - gap * abs(objective) if proven else _bound(text)
    duals = None
    if not matrix.integer.any():
        rows = [problem.get_constraint_by_name(n) for n in names()[1]]
        duals = np.array([r.pi if r is not None and r.pi is not None else 0.0 for r in rows])
    return Outcome("optimal" if proven else "feasible", values, objective, bound, duals)


def _bound(text: str) -> float | None:
    found = _BOUND.findall(text)
    return float(found[-1]) if found else None
