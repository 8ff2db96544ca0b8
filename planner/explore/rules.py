"""What every rule of a plan costs: the plan solved without it, or with more room in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from planner.explore.case import Case
from planner.explore.difference import Difference
from planner.explore.question import Answer, Param, question
from planner.explore.rules_list import BUDGET, POLICY, Rule, can_give_way, eased, idle, margin_of, rules_of, without
from planner.explore.rules_margins import margins
from planner.explore.rules_ranges import ranges
from planner.explore.runner import Runner
from planner.explore.scenarios import GAP, SECONDS
from planner.explore.why_words import amount, listed, money
from planner.model.options import Options
from planner.plan.plan import Plan
from planner.result.result import Result
from planner.text.names import offer_names

COSTS, NOTHING, UNTOLD, UNSOLVED = "costs", "costs nothing", "no difference", "not solved"
"""States of a rule: its price is larger than the gaps; it shuts nothing out; smaller than the gaps; no answer."""
MOVES = 5
"""Offers whose change is told for each rule."""
LARGE = 1e15
"""A bound that is not known, where a frame needs a number that can be stored and compared."""


@question(
    "rules",
    "Price of every rule",
    "Solve the plan without each of its rules and say what each costs a year, and what would change",
    (
        Param("ease", "Also with each limit relaxed by so large a share of itself; 0: only without", 0.0, float),
        Param("quotas", "Physical limits (power, quotas, rate limits) to ask about, the dearest first", 6, int),
        GAP,
        SECONDS,
    ),
)
def rules(plan: Plan, result: Result, runner: Runner, ease: float, quotas: int, gap: float, seconds: float) -> Answer:
    """Frames: `rules` and `changes`.

    rules, one row a rule, the dearest first: rule (key), kind, subject, sentence, limit, unit, state, price (present
    value), low, high (proven), a_year, low_a_year, high_a_year (money a year), relaxed_a_year (the same in the
    relaxation; NaN: unknown), gap (of the solve without it), shadow_price (present value of one more shadow_unit
    of the limit, near this plan; of the tightest window), shadow_from, shadow_to (its periods), shadow_less and
    shadow_more (by how much the limit may fall and rise with that price; NaN: not known), binding and
    windows (how many, and how many there are), eased_limit, eased_a_year, eased_low_a_year,
    eased_high_a_year, eased_state (NaN and blank where not asked), moves (words).
    changes: rule, offer, unit, before, after (devices on average, or units of an api over the plan), money (present
    value of the offer's cost, after - before), the widest first.
    """
    options = Options(gap=gap, time_limit=seconds)
    worth = margins(plan, seconds, runner.cancel)
    asked = rules_of(plan, worth, quotas)
    free = idle(plan, asked)
    cases = [Case(r.key, without(plan, r), options) for r in asked if r.key not in free]
    if ease > 0:
        can = [r for r in asked if r.key not in free and can_give_way(plan, result, r)]
        cases += [Case(_eased(r), eased(plan, r, ease), options) for r in can]
    found = runner.solve(cases)
    holds = ranges(plan, result)
    prices = pd.DataFrame([_row(plan, result, r, found, worth, holds, free, ease) for r in asked])
    changes = _changes(plan, result, asked, found)
    if len(prices):
        words = _moves(plan, changes)
        prices["moves"] = [words.get(key, "") for key in prices["rule"]]
        rank = prices["state"].map({COSTS: 0, UNTOLD: 1, NOTHING: 2, UNSOLVED: 3})
        order = {"rank": rank, "by": -prices["a_year"].fillna(0.0), "at_most": -prices["high_a_year"].fillna(0.0)}
        prices = prices.assign(**order).sort_values(list(order), kind="stable").drop(columns=list(order))
    facts = {
        "gap": gap,
        "plan_gap": result.gap,
        "ease": ease,
        "solves": len(cases),
        "cancelled": len(found) < len(cases),
        "years": plan.settings.periods * plan.settings.months_per_period / 12,
        "currency": plan.settings.currency,
    }
    return Answer({"rules": prices.reset_index(drop=True), "changes": changes}, facts, tuple(_sentences(plan, prices)))


def _eased(rule: Rule) -> str:
    return f"{rule.key} relaxed"


def price(plan: Plan, result: Result, other: Result | None) -> Difference | None:
    """What a rule costs: the plan's cost less that of the plan with the rule lifted. Never below 0, since
    the plan itself is allowed then. None without an answer."""
    if other is None or other.objective is None:
        return None
    return Difference.between(other, result, restricts=True)


def _state(difference: Difference | None) -> str:
    return UNSOLVED if difference is None else COSTS if difference.certain else UNTOLD


def _row(
    plan: Plan,
    result: Result,
    rule: Rule,
    found: Mapping[str, Result],
    worth: pd.DataFrame,
    holds: pd.DataFrame,
    free: set[str],
    ease: float,
) -> dict[str, Any]:
    other, less = found.get(rule.key), found.get(_eased(rule))
    nothing = Difference(0.0, 0.0, 0.0, True, 0.0)
    whole = nothing if rule.key in free else price(plan, result, other)
    part = price(plan, result, less)
    a_year = whole.a_year(plan) if whole is not None else None
    eased_a_year = part.a_year(plan) if part is not None else None
    return {
        "rule": rule.key,
        "kind": rule.kind,
        "subject": rule.subject,
        "sentence": rule.sentence,
        "limit": rule.limit,
        "unit": rule.unit,
        "state": NOTHING if rule.key in free else _state(whole),
        **_numbers("", whole, ("price", "low", "high")),
        **_numbers("", a_year, ("a_year", "low_a_year", "high_a_year")),
        "relaxed_a_year": a_year.relaxed if a_year is not None and a_year.relaxed is not None else np.nan,
        "gap": other.gap if other is not None and other.gap is not None else np.nan,
        **_shadow(rule, result, worth, holds),
        "eased_limit": rule.eased(ease) if part is not None else np.nan,
        **_numbers("eased_", eased_a_year, ("a_year", "low_a_year", "high_a_year")),
        "eased_state": _state(part) if part is not None else "",
    }


def _numbers(prefix: str, difference: Difference | None, names: tuple[str, str, str]) -> dict[str, float]:
    values = (difference.estimate, difference.low, difference.high) if difference is not None else (np.nan,) * 3
    return {prefix + n: float(np.clip(v, -LARGE, LARGE)) for n, v in zip(names, values, strict=True)}


def _shadow(rule: Rule, result: Result, worth: pd.DataFrame, holds: pd.DataFrame) -> dict[str, Any]:
    """The shadow price beside the rule: of its tightest window near this plan, or of a physical limit in the relaxation."""
    out: dict[str, Any] = {"shadow_price": np.nan, "shadow_unit": "", "shadow_from": 0, "shadow_to": 0}
    out |= {"shadow_less": np.nan, "shadow_more": np.nan}
    margin = margin_of(rule, worth)
    if margin is not None:
        where = {"binding": margin.binding, "windows": margin.periods}
        return {**out, "shadow_price": margin.price, "shadow_unit": margin.unit, **where}
    rows = result.frames["policies"]
    rows = rows[rows["policy"] == rule.subject] if rule.kind in (POLICY, BUDGET) else rows.iloc[:0]
    known = rows[rows["shadow_price"].notna()]
    if known.empty:
        return {**out, "binding": 0, "windows": len(rows)}
    top = known.loc[known["shadow_price"].idxmax()]
    within = holds[(holds["policy"] == rule.subject) & (holds["from_period"] == top["from_period"])]
    if len(within) and top["shadow_price"] > 0:
        out |= {f"shadow_{side}": float(min(within[side].iloc[0], LARGE)) for side in ("less", "more")}
    return {
        **out,
        "shadow_price": float(top["shadow_price"]),
        "shadow_unit": str(top["measure"]),
        "shadow_from": int(top["from_period"]),
        "shadow_to": int(top["to_period"]),
        "binding": int((known["shadow_price"] > 1e-9).sum()),
        "windows": len(rows),
    }


def moves(plan: Plan, before: Result, after: Result) -> pd.DataFrame:
    """What two plans of the same offers do differently, by offer: offer, unit, before, after, money.

    before and after: devices in service on average over the plan, for an api its volume; money: present
    value of all that the offer costs, after - before. The widest in money first; what is equal is left out.
    """
    offers = plan.table("offers").set_index("offer")
    units = plan.table("workloads").set_index("workload")["unit"]
    api = offers["pricing"] == "api"

    def amounts(result: Result) -> pd.Series:
        devices = result.frames["capacity"].groupby("offer")["devices_in_service"].sum() / plan.settings.periods
        volume = result.frames["dispatch"].groupby("offer")["volume"].sum()
        return devices.reindex(offers.index).where(~api, volume.reindex(offers.index)).fillna(0.0)

    def paid(result: Result) -> pd.Series:
        return result.ledger.groupby("offer")["present_value"].sum().reindex(offers.index).fillna(0.0)

    out = pd.DataFrame(
        {
            "offer": offers.index.astype("str"),
            "unit": offers["workload"].map(units).where(api, "devices").astype("str").to_numpy(),
            "before": amounts(before).to_numpy(float),
            "after": amounts(after).to_numpy(float),
            "money": (paid(after) - paid(before)).to_numpy(float),
        }
    )
    apart = (out["after"] - out["before"]).abs() > 1e-6 * out[["before", "after"]].max(axis=1).clip(lower=1.0)
    return out[apart].sort_values("money", key=np.abs, ascending=False, kind="stable").reset_index(drop=True)


def _changes(plan: Plan, result: Result, asked: Sequence[Rule], found: Mapping[str, Result]) -> pd.DataFrame:
    parts = [
        moves(plan, result, found[r.key]).head(MOVES).assign(rule=r.key)
        for r in asked
        if r.key in found and found[r.key].has_plan
    ]
    columns = ["rule", "offer", "unit", "before", "after", "money"]
    if not parts:
        return pd.DataFrame({c: pd.Series([], dtype="str" if c in columns[:3] else float) for c in columns})
    return pd.concat(parts, ignore_index=True)[columns]


def _moves(plan: Plan, changes: pd.DataFrame) -> dict[str, str]:
    """The three widest changes of each rule in words."""
    called = offer_names(plan)
    out = {}
    for key, rows in changes.groupby("rule", sort=False):
        out[str(key)] = listed([move_text(r, str(called[r["offer"]])) for r in rows.head(3).to_dict("records")])
    return out


def move_text(move: Mapping[str, Any], name: str) -> str:
    """One change in words: 3 devices more of an offer; of what is no device, so much in all the plan's time."""
    change, unit = float(move["after"]) - float(move["before"]), str(move["unit"])
    over = "" if unit == "devices" else " over the plan"
    return f"{amount(abs(change), unit)} {'more' if change > 0 else 'less'}{over} of {name}"


def _sentences(plan: Plan, prices: pd.DataFrame) -> list[str]:
    if prices.empty:
        return ["The plan has no rule that could be lifted."]
    currency = plan.settings.currency
    dear = prices[prices["state"] == COSTS]
    out = [
        f"{r.sentence}: costs {money(r.a_year, currency)} a year, present value "
        f"({between(r.low_a_year, r.high_a_year, currency)})."
        for r in dear.itertuples(index=False)
    ]
    untold, nothing = (prices[prices["state"] == state] for state in (UNTOLD, NOTHING))
    if len(untold):
        most = money(float(untold["high_a_year"].max()), currency)
        out.append(
            f"No difference that could be told, at most {most} a year each, present value: {_count(len(untold))}."
        )
        sure = untold[untold["low_a_year"] > 0]
        out += [
            f"{r.sentence}: proven to cost at least {money(r.low_a_year, currency)} a year, present value."
            for r in sure.itertuples(index=False)
        ]
    if len(nothing):
        out.append(f"Costs nothing, since no site is shut out that could serve: {_count(len(nothing))}.")
    return out


def between(low: float, high: float, currency: str) -> str:
    """A proven range in words; an end that is not known is left out."""
    if high >= LARGE / 100:
        return f"proven: at least {money(low, currency)}"
    return f"proven: between {money(low, currency)} and {money(high, currency)}"


def _count(rules: int) -> str:
    return f"{rules} rule{'' if rules == 1 else 's'}"
