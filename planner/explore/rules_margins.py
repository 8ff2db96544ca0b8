"""What a little more of each limit is worth in the relaxed plan (devices and yes-or-no decisions in parts).

The duals of one linear problem: exact for the relaxation, for small changes; a guide for the plan in whole devices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.model.build import build
from planner.model.builder import Matrix
from planner.model.drive import LARGE
from planner.model.highs import Outcome, solve_highs
from planner.model.options import Cancel
from planner.model.parts import relaxed
from planner.plan.plan import Plan

COLUMNS = {
    "cell": object,
    "key": object,
    "limit": float,
    "unit": object,
    "price": float,
    "worth": float,
    "binding": int,
    "periods": int,
}


@dataclass(frozen=True)
class Margin:
    """Present value of one more `unit` of a limit in all the periods of the plan; in `binding` of them it is used up."""

    price: float
    unit: str
    binding: int
    periods: int


def solve_relaxed(matrix: Matrix, seconds: float | None = None, cancel: Cancel | None = None) -> Outcome:
    """A relaxed matrix solved to a vertex: large ones by interior point first, as the driver does."""
    return solve_highs(
        matrix, 0.0, seconds, cancel=cancel, method="crossover" if len(matrix.cost) > LARGE else "choose"
    )


def margins(plan: Plan, seconds: float | None = None, cancel: Cancel | None = None) -> pd.DataFrame:
    """One row for each limit that a person can act on: cell (table, column), key of its row, limit, unit,
    price (present value of one more unit of it throughout), worth (price x limit), binding (periods in
    which it is used up) and periods.

    Empty when the relaxation was not solved.
    """
    model = build(plan)
    found = solve_relaxed(relaxed(model.matrix, model.matrix.integer), seconds, cancel)
    if found.duals is None:
        return pd.DataFrame({c: pd.Series([], dtype=t) for c, t in COLUMNS.items()})
    parts = []
    for rows in model.builder.rows:
        if rows.relax is None or rows.relax.table in ("demand", "policies") or not rows.n:
            continue
        dual = np.abs(found.duals[rows.ids])
        parts.append(
            pd.DataFrame(
                {
                    "cell": [(rows.relax.table, rows.relax.column)] * rows.n,
                    "key": rows.relax.key,
                    "limit": np.asarray(rows.relax.present, float),
                    "unit": rows.relax.unit,
                    "price": dual * rows.relax.loosens,
                    "period": rows.relax.period,
                    "bound": dual > 1e-9,
                }
            )
        )
    if not parts:
        return pd.DataFrame({c: pd.Series([], dtype=t) for c, t in COLUMNS.items()})
    table = pd.concat(parts, ignore_index=True)
    table["binds_in"] = table["period"].where(table["bound"])
    out = table.groupby(["cell", "key"], as_index=False, sort=False).agg(
        limit=("limit", "first"),
        unit=("unit", "first"),
        price=("price", "sum"),
        binding=("binds_in", "nunique"),
        periods=("period", "nunique"),
    )
    out["worth"] = out["price"] * out["limit"]
    return out[list(COLUMNS)]
