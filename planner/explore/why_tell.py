"""What is known of an offer, in sentences: first the answer, then the reasons, then what would turn it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from planner.explore.excuses import DATE, NETWORK, THROUGHPUT, Excuse
from planner.explore.why_words import amount, listed, money, one, sentence, share
from planner.plan.plan import Plan
from planner.plan.tables import API
from planner.text.names import as_subject, offer_names

INFEASIBLE = "infeasible"
"""Status of a solve that proved that there is no plan."""
DEVICES, DIVISIBLE = "devices", "with divisible devices"
"""Unit of all offers but token APIs; what is said where the relaxation speaks, not a plan in whole devices."""
REASONS = 4
"""Reasons that are told; the table has all."""


def sentences(
    plan: Plan, reasons: list[Excuse], facts: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]
) -> Iterator[str]:
    """The facts of `why` as sentences, with the names of offers."""
    called = offer_names(plan)
    yield _standing(as_subject(str(called[facts["offer"]])), facts)
    bars = [e for e in reasons if e.absolute]
    told = bars or [e for e in reasons if e.bottleneck not in (NETWORK, THROUGHPUT)]
    yield from (e.sentence for e in told[:REASONS])
    if facts["lifted"]:
        yield _lifted(facts)
    if facts["barred"] and not facts["in_plan"]:
        return
    yield from _margin(facts)
    yield from _price(facts)
    yield from _use(facts)
    yield from _swap(facts, frames["replaced"], called)
    yield from _date(facts, reasons)
    yield from _volume(facts, frames["volumes"])


def of_plan(value: float, f: Mapping[str, Any]) -> str:
    """An amount of the offer as `why` counts it: 3 devices on average; of a token API units over the plan."""
    return f"{amount(value, f['unit'])} {'over the plan' if f['pricing'] == API else 'on average'}"


def _standing(name: str, f: Mapping[str, Any]) -> str:
    if f["in_plan"]:
        used = f", used {share(f['utilization'])} of its hours" if f["utilization"] is not None else ""
        many = of_plan(f["amount"], f)
        return (
            f"{name} is in the plan: {many}{used}, at {money(f['paid_a_year'], f['currency'])} a year, present value."
        )
    if f["assets"] > 0:
        used = f", used {share(f['utilization'])} of their hours" if f["utilization"] is not None else ""
        return f"{name} serves with the {amount(f['assets'], f['unit'])} that {'is' if f['assets'] == 1 else 'are'} there already, on average{used}; no more is ordered."
    if f["barred"]:
        return f"{name} is not in the plan, and cannot be as things are."
    return f"{name} could be used and is not in the plan."


def _lifted(f: Mapping[str, Any]) -> str:
    x = f["lifted"]
    without = f"Without {listed(x['rules'])}"
    if x["amount"] <= 0:
        return f"{without} it would still not be used: it costs too much for what it does."
    saved = (
        f"and save {money(x['a_year'], f['currency'])} a year in cost, present value"
        if x["certain"]
        else "for no difference in cost"
    )
    return f"{without} it would enter with {of_plan(x['amount'], f)} {saved}."


def _margin(f: Mapping[str, Any]) -> Iterator[str]:
    x = f["reduced_cost"]
    if not x:
        return
    per, currency = one(x["per"]), f["currency"]
    less = x["net"] < 0
    yield (
        f"At the margin, {DIVISIBLE}, it costs {money(x['own'], currency)} per {per} and saves "
        f"{money(x['saves'], currency)} elsewhere: {money(abs(x['net']), currency)} {'gained' if less else 'lost'}, "
        "present value."
    )


def _price(f: Mapping[str, Any]) -> Iterator[str]:
    turn, price = f["break_even"], f["price"]
    if not turn or not price:
        return
    word = "leave above" if f["in_plan"] else "enter below"

    def at(factor: float) -> str:
        change = factor - 1
        side = "more" if change > 0 else "less"
        same = abs(change) < 5e-4
        return f"{money(factor * price['now'], f['currency'])} per {price['per']}" + (
            "" if same else f" ({share(abs(change))} {side} than today)"
        )

    if turn["found"] is not None:
        tried = f"; at {at(turn['not_at'])} it was no longer worth it" if turn["not_at"] and not f["in_plan"] else ""
        sure = turn["proven"]
        side = "stay up to" if f["in_plan"] else "enter from"
        least = f"; proven to {side} {at(sure)}" if sure is not None and 0 < sure < turn["found"] * 0.999 else ""
        yield f"In whole devices it would {word} {at(turn['found'])}{tried}{least}."
    elif f["in_plan"]:
        yield from _stays(f["swap"])
    elif turn["not_at"] is not None:
        yield f"In whole devices no plan with it was found that is cheaper, down to {at(turn['not_at'])}."
    if turn["relaxed"] is not None:
        free = turn["relaxed"] <= 0
        yield (
            f"Even for nothing it would not pay, {DIVISIBLE}: what else it costs is more than it saves."
            if free
            else f"{sentence(DIVISIBLE)} (exact) it would {word} {at(turn['relaxed'])}."
        )


def _stays(swap: Mapping[str, Any] | None) -> Iterator[str]:
    """Why no price in whole devices is known at which an offer of the plan leaves it: said only of what was solved."""
    if swap and swap["state"] == INFEASIBLE:
        yield "No price makes it leave: no plan exists without it."
    elif swap and swap["a_year"] is not None:
        yield "Leaving it out makes no difference in cost that could be told, so no price at which it leaves is known."
    else:
        yield "In whole devices no price at which it leaves is known: the plan without it was not solved in time."


def _use(f: Mapping[str, Any]) -> Iterator[str]:
    use = f["use"]
    if not use:
        return
    what = f"{sentence(DIVISIBLE)} it is used" if f["in_plan"] else f"Forced in {DIVISIBLE}, it is used"
    if use["break_even"] is None:
        yield f"{what} {share(use['now'])} of its hours, and no utilization would make it pay: running it alone costs more."
        return
    most = use["break_even"] > 1
    yield (
        f"{what} {share(use['now'])} of its hours; against what serves now it would have to do "
        f"{use['break_even']:.3g} times what it can."
        if most
        else f"{what} {share(use['now'])} of its hours; it breaks even against what serves instead at {share(use['break_even'])}."
    )


def _swap(f: Mapping[str, Any], replaced: pd.DataFrame, called: pd.Series) -> Iterator[str]:
    x = f["swap"]
    if not x:
        return
    many = of_plan(x["amount"], f)
    lead = "Without it the plan" if f["in_plan"] else f"With {many} forced in, the plan"
    if x["state"] == INFEASIBLE:
        yield "No plan exists without it." if f["in_plan"] else f"No plan exists with {many} forced in."
    elif x["a_year"] is None:
        yield _unsolved(lead, x, f["currency"])
    elif x["certain"]:
        yield f"{lead} costs {money(x['a_year'], f['currency'])} more a year, present value."
    else:
        most = money(x["high_a_year"], f["currency"]) if x["high_a_year"] is not None else ""
        most = f": at most {most} a year, present value" if most else ""
        yield f"{lead} makes no difference in cost that could be told{most}."
    others = replaced[replaced["offer"] != f["offer"]]
    less = others[(others["after"] < others["before"]) != f["in_plan"]].head(3)
    if len(less):
        said = [
            f"{amount(abs(r.after - r.before), r.unit)}{'' if r.unit == DEVICES else ' over the plan'} of {called[r.offer]}"
            for r in less.itertuples(index=False)
        ]
        how = f"{sentence(DIVISIBLE)} " if less["source"].iloc[0] == "relaxation" else "In the plan found "
        yield f"{how}{'its place would be taken by' if f['in_plan'] else 'it would replace'} {listed(said)}."


def _unsolved(lead: str, swap: Mapping[str, Any], currency: str) -> str:
    """A swap that was not solved in time: what the relaxation, which was, says of its cost."""
    cost = swap["relaxed_a_year"]
    if cost is None:
        return f"{lead} was not solved in time."
    return f"{lead} was not solved in time; {DIVISIBLE} it costs {money(cost, currency)} more a year, present value."


def _date(f: Mapping[str, Any], reasons: list[Excuse]) -> Iterator[str]:
    x = f["at_once"]
    if not x or not any(e.bottleneck == DATE for e in reasons):
        return
    if x["amount"] > 0:
        yield f"Were it there at once, the plan found would have {of_plan(x['amount'], f)} of it."
    else:
        yield "Were it there at once, it would still not be used: the date is not what keeps it out."


def _volume(f: Mapping[str, Any], volumes: pd.DataFrame) -> Iterator[str]:
    known = volumes[volumes["state"].isin(["in the plan", "not in it"])]
    if known.empty:
        return
    if f["in_plan"]:
        gone = known[known["state"] == "not in it"]
        yield (
            f"It stays in the plan down to {known['factor'].min():g} times the demand."
            if gone.empty
            else f"At {gone['factor'].max():g} times the demand it is no longer in the plan."
        )
        return
    there = known[known["state"] == "in the plan"]
    yield (
        f"It is not used at up to {known['factor'].max():g} times the demand."
        if there.empty
        else f"At {there['factor'].min():g} times the demand it enters the plan."
    )
