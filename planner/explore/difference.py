"""What two answers differ by, and whether they do: each is known only to within its gap."""

from __future__ import annotations

from dataclasses import dataclass

from planner.plan.plan import Plan
from planner.result.result import Result

EXACT = 1e-9
"""Relative size below which a difference is rounding."""


@dataclass(frozen=True)
class Difference:
    """Present value of one answer less that of another. `low` and `high` bound the difference of the true optima.

    `estimate` compares the two plans in hand. It is `certain` when it is larger than the two gaps
    together; else there is no difference that could be told. `relaxed` compares the two problems with
    every decision divisible: exact, but of a plan that could order half a device; None where not known.
    """

    estimate: float
    low: float
    high: float
    certain: bool
    relaxed: float | None = None

    @classmethod
    def between(cls, before: Result, after: Result, restricts: bool | None = None) -> Difference:
        """The difference after - before of two answers that are plans.

        `restricts`: True when whatever `after` allows `before` allows too, so that it cannot cost
        less; False the other way round; None when neither is known. Raises ValueError without a plan.
        """
        if before.objective is None or after.objective is None:
            raise ValueError("a difference needs two plans")
        a, b = before.objective, after.objective
        low = -float("inf") if after.bound is None else after.bound - a
        high = float("inf") if before.bound is None else b - before.bound
        estimate = b - a
        if restricts is True:  # the plan of the narrower question answers the wider one too
            low, estimate = max(low, 0.0), max(estimate, 0.0)
        elif restricts is False:
            high, estimate = min(high, 0.0), min(estimate, 0.0)
        rounding = EXACT * max(abs(a), abs(b), 1.0)
        slack = sum(
            r.objective - r.bound if r.bound is not None and r.objective is not None else 0.0 for r in (before, after)
        )
        unknown = before.bound is None or after.bound is None
        certain = not unknown and abs(estimate) > max(slack, rounding)
        relaxed = None
        if before.relaxed is not None and after.relaxed is not None:
            relaxed = after.relaxed - before.relaxed
        return cls(estimate, low, high, certain, relaxed)

    @property
    def text_certain(self) -> str:
        """How sure the difference is, in two words."""
        return "certain" if self.certain else "no difference"

    def a_year(self, plan: Plan) -> Difference:
        """The same per year of the plan: present value over the years of the horizon."""
        years = plan.settings.periods * plan.settings.months_per_period / 12
        relaxed = None if self.relaxed is None else self.relaxed / years
        return Difference(self.estimate / years, self.low / years, self.high / years, self.certain, relaxed)
