"""The price at which an offer enters or leaves a plan of whole devices, found by solving at other prices.

With all prices of an offer times f, a plan costs a + f p, where p is what follows those prices; the least
cost C(f) is the lower envelope of such lines, and C0 the least cost without the offer. From a plan with the
offer that costs less than C0, the price at which its line meets C0 is the next to try: Dinkelbach's method
(Management Science 13, 1967), which climbs to the break-even price in a few solves and never beyond it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from planner.explore.case import Case
from planner.explore.runner import Runner
from planner.explore.why_relaxed import PRICED, scaled
from planner.model.options import Options
from planner.plan.plan import Plan
from planner.result.result import Result

ROUNDING = 1e-7
"""Relative difference of cost below which two plans cost the same."""
NEARLY_FREE = 0.01
"""The least factor that is tried: an offer that does not pay then does not fail for its price."""


@dataclass(frozen=True)
class Trial:
    """A plan solved with the offer's prices times `factor`: how much of the offer it has, and what it costs."""

    factor: float
    amount: float
    cost: float
    gap: float
    cheaper: bool
    """Whether it has the offer and costs less than the best plan without it."""


@dataclass(frozen=True)
class BreakEven:
    """The factor on an offer's prices at which it enters (from above) or leaves (from below).

    `found`: the highest at which a plan with the offer costs no more than the one without that was found; None
    where there was none. `proven`: the same against the lower bound of all plans without it. `not_at`: the
    lowest tried at which no plan with it was cheaper. The truth is at least `proven`.
    """

    found: float | None
    proven: float | None
    not_at: float | None
    trials: tuple[Trial, ...]


def priced(result: Result, offer: str) -> float:
    """Present value of what follows the prices of the offer."""
    ledger = result.ledger
    return float(ledger.loc[(ledger["offer"] == offer) & ledger["category"].isin(PRICED), "present_value"].sum())


def break_even(
    plan: Plan,
    offer: str,
    without: Result,
    known: Result | None,
    guess: float,
    amount: Callable[[Result], float],
    runner: Runner,
    options: Options,
    steps: int,
) -> BreakEven:
    """Search from `known` (the plan at factor 1, where it has the offer) or from a guess, in at most `steps` solves.

    `without`: the best plan without the offer; `amount`: how much of the offer a result has beyond its assets.
    """
    trials: list[Trial] = []
    found: float | None = None
    proven: float | None = None
    not_at: float | None = None
    sunk = priced(without, offer)
    base = float(without.objective or 0.0)

    def take(factor: float, result: Result) -> float | None:
        """Note a trial; the factor at which its plan costs what the plan without the offer does."""
        nonlocal proven
        paid = priced(result, offer) / factor - sunk
        alone = base + (factor - 1) * sunk
        cost, has = float(result.objective or 0.0), amount(result)
        cheaper = has > 0 and paid > 0 and cost < alone - ROUNDING * max(abs(alone), 1.0)
        trials.append(Trial(factor, has, cost, float(result.gap or 0.0), cheaper))
        if has > 0 and paid > 0 and without.bound is not None:
            sure = factor + (without.bound + (factor - 1) * sunk - cost) / paid
            proven = sure if proven is None else max(proven, sure)
        return factor + (alone - cost) / paid if cheaper else None

    factor = max(guess, NEARLY_FREE)
    if known is not None:
        found = take(1.0, known)
        if found is None:
            return BreakEven(None, proven, 1.0, tuple(trials))
        factor = found
    for _ in range(steps):
        result = runner.one(Case(f"{offer} at {factor:.4g} x its price", scaled(plan, offer, factor), options))
        if result is None or result.objective is None:
            break
        further = take(factor, result)
        if further is not None and (found is None or further > found * (1 + 1e-6)):
            found = factor = further
            continue
        if further is None:
            not_at = factor if not_at is None else min(not_at, factor)
        if found is not None or factor <= NEARLY_FREE:
            break
        factor = factor / 2 if factor > 0.1 else NEARLY_FREE
    return BreakEven(found, proven, not_at, tuple(trials))
