"""What is legal in a plan but odd: worth a look before it is solved, never a reason to refuse it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from planner.plan import odd_figures, odd_reach, odd_rows
from planner.plan.faults import Notice
from planner.plan.oddity import View
from planner.plan.plan import Plan
from planner.plan.tables import TABLES

CHECKS = (*odd_reach.CHECKS, *odd_figures.CHECKS, *odd_rows.CHECKS)


def notices(plan: Plan, rows: Mapping[str, np.ndarray] | None = None) -> list[Notice]:
    """Everything odd that a facilitator would be glad to know, in the order of the tables.

    `rows`: the row of each table's rows as a person counts them in the file; else they count from 2.
    """
    view = View(plan, rows)
    place = {name: i for i, name in enumerate(TABLES)}
    found = [notice for check in CHECKS for notice in check(view)]
    return sorted(dict.fromkeys(found), key=lambda n: (place.get(n.table, -1), n.row or 0))
