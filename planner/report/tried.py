"""What was tried, in words and numbers: how far each slider was moved, and what it costs more or less."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from planner.explore.difference import Difference
from planner.explore.scenarios import MEASURES, MONEY, SHARE, headlines, largest_vendor
from planner.explore.tries import VENDOR, Lever, Try
from planner.plan.plan import Plan
from planner.report import cost_words as words
from planner.report import format as fmt
from planner.report.insight import Number
from planner.result.frames import CAPEX
from planner.result.result import Result

AS_IT_IS = "The plan as it is"
LARGEST = "largest_vendor"
SHOWN = (CAPEX, LARGEST, "carbon_t")
"""Measures beside the cost, by their names in `MEASURES`."""
LESS_IS_BETTER = ("carbon_t",)


@dataclass(frozen=True)
class Tried:
    """Something that was tried and what came of it; without a plan the difference is None and `why` says why."""

    label: str
    tried: Try
    plan_hash: str
    cost: float | None
    difference: Difference | None
    why: str = ""


def at(lever: Lever, where: float, currency: str) -> str:
    """Where a slider stands: +20 %, 6 months, $10.0 M, 35 %."""
    if lever.kind == "change":
        return fmt.percent(where, signed=True)
    if lever.kind == "add":
        sign = "+" if where > 0 else fmt.MINUS if where < 0 else ""
        return sign + fmt.quantity(abs(where), lever.unit)
    if lever.share:
        return fmt.percent(where)
    return fmt.money(where, currency) if lever.money else fmt.quantity(where, lever.unit)


def causes(levers: list[Lever], tried: Try, currency: str) -> dict[str, str]:
    """What each move is called: Demand +20 %, by lever."""
    moves = dict(tried.moves)
    return {v.name: f"{v.name} {at(v, moves[v.name], currency)}" for v in levers if v.name in moves}


def label(levers: list[Lever], tried: Try, currency: str) -> str:
    """Everything that was moved, in one line."""
    parts = list(causes(levers, tried, currency).values())
    if tried.without:
        parts.append(VENDOR.cause(tried.without))
    return fmt.sentence(", ".join(parts)) if parts else AS_IT_IS


def spelled(difference: Difference, currency: str) -> str:
    """A difference in short: +$19.6 M, no difference."""
    return fmt.money(difference.estimate, currency, signed=True) if difference.certain else "no difference"


def ranged(difference: Difference, currency: str) -> str:
    """The range in which the true difference lies: +$3.77 M to +$5.10 M."""
    return " to ".join(fmt.money(x, currency, signed=True) for x in (difference.low, difference.high))


def verdict(difference: Difference, base: float, currency: str) -> str:
    """What the change does to the cost, in one line."""
    if not difference.certain:
        return "No difference in cost that could be told"
    more = "more" if difference.estimate > 0 else "less"
    share = f" ({fmt.change(difference.estimate / abs(base), signed=True)})" if base else ""
    return f"Costs {fmt.money(abs(difference.estimate), currency)} {more}{share}"


def proof(difference: Difference, currency: str) -> str:
    """How well the difference is known."""
    low, high = (fmt.money(x, currency, signed=True) for x in (difference.low, difference.high))
    if difference.certain:
        return (
            f"Cost over the whole plan, present value. Proven: between {low} and {high}, whatever the best plans are."
        )
    smooth = difference.relaxed
    divisible = (
        ""
        if smooth is None
        else (f" With every decision divisible it would be {fmt.money(smooth, currency, signed=True)}.")
    )
    apart = fmt.money(difference.estimate, currency, signed=True)
    hand = (
        f"differ by {apart}, less than the gaps of the two solves together"
        if round(difference.estimate, 2)
        else "cost the same"
    )
    return f"The two plans in hand {hand}. The true difference lies between {low} and {high}.{divisible}"


def numbers(base_plan: Plan, base: Result, plan: Plan, result: Result, difference: Difference) -> tuple[Number, ...]:
    """Headline numbers of an answer against those of the base: cost with its `difference`, and those of `SHOWN`."""
    currency = plan.settings.currency
    before, now = headlines(base_plan, base), headlines(plan, result)
    same = plan.content_hash == base_plan.content_hash
    cost = Number(
        words.COST,
        fmt.money(result.objective, currency),
        "" if same else spelled(difference, currency),
        None if same or not difference.certain else difference.estimate < 0,
        help=f"{words.WHAT} It is {fmt.gap(result.gap)}. Below it, the difference to the plan as it is.",
        note=words.told(result, currency) if words.not_cash(result) else "",
    )
    vendor, _ = largest_vendor(plan, result)
    return (
        cost,
        *(_number(name, before[name], now[name], currency, same, vendor if name == LARGEST else "") for name in SHOWN),
    )


def _number(name: str, before: float, now: float, currency: str, same: bool, who: str = "") -> Number:
    title, unit = MEASURES[name]
    change = now / before - 1 if before else math.inf
    value = _said(now, unit, currency)
    stays = abs(now - before) <= fmt.NOTHING * max(abs(before), abs(now))
    if same:
        delta = who
    elif unit == SHARE:
        delta = f"{who}, was {fmt.percent(before)}" if who else f"was {fmt.percent(before)}"
    elif stays:
        delta = "no difference"
    else:
        delta = fmt.change(change, signed=True) if before > 0 else f"was {_said(before, unit, currency)}"
    known = before > 0 and abs(change) >= fmt.LEAST_CHANGE
    good = now < before if known and not same and name in LESS_IS_BETTER else None
    about = "Of the plan in hand. Another plan at nearly the same cost may differ more in this than the change does."
    return Number(title, value, delta, good, help=about)


def _said(value: float, unit: str, currency: str) -> str:
    """A measure in its unit."""
    if unit == MONEY:
        return fmt.money(value, currency)
    if unit == SHARE:
        return fmt.percent(value)
    return fmt.mass(value) if unit == "t" else fmt.compact(value)


def table(rows: Iterable[tuple[str, float | None, Difference | None, str]], currency: str) -> pd.DataFrame:
    """Rows of label, cost, difference and, where there is no plan, why: as people read them."""
    return pd.DataFrame(
        [
            {
                "Plan": label,
                words.heading(words.COST, currency): cost,
                f"Difference ({currency})": None if difference is None else difference.estimate,
                f"At least ({currency})": None if difference is None else difference.low,
                f"At most ({currency})": None if difference is None else difference.high,
                "Told": why or ("certain" if difference is not None and difference.certain else "no difference"),
            }
            for label, cost, difference, why in rows
        ]
    )


def frame(differences: Iterable[tuple[str, Difference | None]], currency: str) -> pd.DataFrame:
    """Differences as a chart draws them: label, estimate, low, high, certain, text, range_text; None is left out."""
    rows = [
        {
            "label": label,
            "estimate": difference.estimate,
            "low": difference.low,
            "high": difference.high,
            "certain": difference.certain,
            "text": spelled(difference, currency),
            "range_text": ranged(difference, currency),
        }
        for label, difference in differences
        if difference is not None
    ]
    columns = ["label", "estimate", "low", "high", "certain", "text", "range_text"]
    return pd.DataFrame(rows, columns=columns)
