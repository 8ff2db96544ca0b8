"""Why a plan cannot be met, and the smallest changes that would let it be.

Every family of rows that a person can act on gets slack in its own unit; the weighted sum of
slack, each against the size of what is there, is minimised. What remains is the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from planner.model.build import Model
from planner.model.builder import Matrix, Relax, Rows
from planner.model.highs import Outcome, solve_highs
from planner.model.options import Cancel
from planner.model.parts import fixed

INTEGRALITY_LIMIT = 20.0
"""Seconds that an elastic solve may spend on whole numbers before the relaxed answer is taken."""
GAP = 0.01
"""How far from the least slack it may stop."""
SHOWN = 1e-6
MOST_WAYS = 6


@dataclass(frozen=True)
class Change:
    """One thing to change: `amount` more of `column` of `table` for `key`, in `unit`."""

    table: str
    column: str
    key: str
    period: int | None
    amount: float
    unit: str
    present: float


@dataclass(frozen=True)
class _Slack:
    rows: Rows
    relax: Relax
    columns: np.ndarray


def _families(model: Model) -> dict[str, list[Rows]]:
    """Relaxable rows by what a person would change, "table.column"."""
    out: dict[str, list[Rows]] = {}
    for rows in model.builder.rows:
        if rows.relax is not None and rows.n and rows.relax.loosens.any():
            out.setdefault(f"{rows.relax.table}.{rows.relax.column}", []).append(rows)
    return out


def _elastic(matrix: Matrix, families: list[Rows]) -> tuple[Matrix, list[_Slack]]:
    """The matrix with slack columns; the objective is the weighted slack alone."""
    slacks: list[_Slack] = []
    r, c, v, cost, upper = [], [], [], [], []
    n_cols = len(matrix.cost)
    for rows in families:
        relax = rows.relax
        assert relax is not None
        _, first, at = np.unique(relax.group, return_index=True, return_inverse=True)
        columns = n_cols + at.ravel()
        n_cols += len(first)
        ids = rows.ids
        # Slack works against the row: down on "<=", up on ">=" and "==" (volume left out).
        sign = np.where(np.isfinite(matrix.row_upper[ids]) & ~np.isfinite(matrix.row_lower[ids]), -1.0, 1.0)
        r.append(ids)
        c.append(columns)
        v.append(sign * relax.loosens)
        cost.append(1.0 / relax.scale[first])
        upper.append(np.broadcast_to(relax.most, (rows.n,))[first])
        slacks.append(_Slack(rows, relax, columns))
    extra = sp.csr_matrix(
        (np.concatenate(v), (np.concatenate(r), np.concatenate(c) - len(matrix.cost))),
        shape=(len(matrix.row_lower), n_cols - len(matrix.cost)),
    )
    added = n_cols - len(matrix.cost)
    elastic = Matrix(
        cost=np.concatenate([np.zeros(len(matrix.cost)), *cost]),
        a=sp.csr_matrix(sp.hstack([matrix.a, extra])),
        row_lower=matrix.row_lower,
        row_upper=matrix.row_upper,
        col_lower=np.concatenate([matrix.col_lower, np.zeros(added)]),
        col_upper=np.concatenate([matrix.col_upper, *upper]),
        integer=np.concatenate([matrix.integer, np.zeros(added, dtype=bool)]),
    )
    return elastic, slacks


def _solve(matrix: Matrix, first: int, cancel: Cancel | None) -> Outcome:
    """The least weighted slack; slack columns begin at `first`.

    Tried first with the slack alone that the relaxation uses: that is much less to search, and where it comes to
    what the relaxation does it is proven to be the least.
    """
    relaxed = solve_highs(replace(matrix, integer=np.zeros_like(matrix.integer)), cancel=cancel)
    if relaxed.values is None or relaxed.objective is None or not matrix.integer.any():
        return relaxed
    upper = matrix.col_upper.copy()
    upper[first:][relaxed.values[first:] <= 0.0] = 0.0
    narrow = solve_highs(replace(matrix, col_upper=upper), gap=GAP, time_limit=INTEGRALITY_LIMIT, cancel=cancel)
    found = narrow
    if narrow.objective is None or narrow.objective > (1 + GAP) * relaxed.objective + 1e-9:
        wide = solve_highs(matrix, gap=GAP, time_limit=INTEGRALITY_LIMIT, cancel=cancel)
        if narrow.objective is None or (wide.objective is not None and wide.objective < narrow.objective):
            found = wide
    if found.values is None:
        return relaxed
    again = solve_highs(fixed(matrix, matrix.integer, found.values))
    return again if again.values is not None else found


def _changes(slacks: list[_Slack], values: np.ndarray) -> list[Change]:
    out: list[Change] = []
    for slack in slacks:
        relax = slack.relax
        _, first = np.unique(relax.group, return_index=True)
        amount = values[slack.columns[first]]
        for i, x in zip(first, amount, strict=True):
            if x > SHOWN * max(relax.scale[i], 1e-12):
                one_period = (relax.group == relax.group[i]).sum() == 1 or len(
                    np.unique(relax.period[relax.group == relax.group[i]])
                ) == 1
                period = int(relax.period[i]) + 1 if one_period else None
                out.append(
                    Change(
                        relax.table,
                        relax.column,
                        relax.key[i],
                        period,
                        float(x),
                        relax.unit[i],
                        float(relax.present[i]),
                    )
                )
    return out


def _merged(changes: list[Change]) -> list[Change]:
    """Volume by workload and period (its key lists the locations); a share by workload at its largest."""
    volume: dict[tuple[str, int | None], Change] = {}
    share: dict[tuple[str, str], Change] = {}
    rest: list[Change] = []
    for x in changes:
        if x.table == "demand":
            workload, *places = x.key.split(";")
            at = (workload, x.period)
            if at in volume:
                before = volume[at]
                known = before.key.split(";")[1:]
                x = replace(
                    x,
                    key=";".join([workload, *dict.fromkeys([*known, *places])]),
                    amount=x.amount + before.amount,
                    present=before.present + (0.0 if places[0] in known else x.present),
                )
            volume[at] = x
        elif x.column in ("survive_site_loss_share", "interruptible_share"):
            pair = (x.column, x.key)
            share[pair] = x if pair not in share or x.amount > share[pair].amount else share[pair]
        else:
            rest.append(x)
    return [*volume.values(), *share.values(), *rest]


def explain(model: Model, cancel: Cancel | None = None) -> tuple[list[Change], list[list[Change]]]:
    """The smallest set of changes that makes the plan feasible, and other ways by one kind of change each.

    Smallest by the weights, within `GAP`, where the time is enough; else the smallest that was found.
    """
    families = _families(model)
    if not families:
        return [], []
    elastic, slacks = _elastic(model.matrix, [r for group in families.values() for r in group])
    columns = len(model.matrix.cost)
    found = _solve(elastic, columns, cancel)
    if found.values is None:
        return [], []
    best = found.objective or 0.0
    main = _merged(_changes(slacks, found.values))
    used = {f"{x.table}.{x.column}" for x in main}
    ways: list[list[Change]] = []
    for names in _other_ways(list(families), used):
        if len(ways) >= MOST_WAYS or (cancel is not None and cancel.is_set()):
            break
        elastic, slacks = _elastic(model.matrix, [r for name in names for r in families[name]])
        found = _solve(elastic, columns, cancel)
        if found.values is None:
            continue
        way = _merged(_changes(slacks, found.values))
        if found.objective is not None and found.objective < (1 - GAP) * best:  # the time was too short for all at once
            main, way, best = way, main, found.objective
        if way and way != main and way not in ways:
            ways.append(way)
    return main, ways


def _other_ways(names: list[str], used: set[str]) -> list[list[str]]:
    """Kinds of change to try alone: serve less and nothing else, serve everything, then each by itself."""
    demand = "demand.volume"
    rest = [name for name in names if name != demand]
    ways = [[demand], rest, *[[name] for name in rest]]
    # A plan may have no demand at all, and so no volume to leave out.
    return [way for way in ways if way and set(way) != used and set(way) <= set(names)]
