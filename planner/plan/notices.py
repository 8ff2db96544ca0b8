"""What is legal in a plan but odd."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from planner.plan.faults import Notice
from planner.plan.plan import Plan


def notices(plan: Plan, rows: Mapping[str, np.ndarray] | None = None) -> list[Notice]:
    """Everything odd that a facilitator would be glad to know."""
    del plan
    return []
