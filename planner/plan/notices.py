"""What is legal in a plan but odd."""

from __future__ import annotations

from planner.plan.faults import Notice
from planner.plan.plan import Plan


def notices(plan: Plan) -> list[Notice]:
    """Everything odd that a facilitator would be glad to know."""
    del plan
    return []
