"""The difference between two scenarios, cause by cause: what each change adds when it is made after those before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from planner.explore.compare import decisions_that_differ, flips
from planner.explore.difference import Difference
from planner.explore.question import Answer, Param, QuestionError, question
from planner.explore.runner import Runner
from planner.explore.scenarios import GAP, SECONDS, answers, differing, made, told
from planner.model.options import Options
from planner.plan.patch import Change, PatchError, apply, scenario_changes
from planner.plan.plan import Plan
from planner.result.frames import CATEGORIES
from planner.result.result import Result
from planner.text.numbers import money

Groups = Mapping[str, tuple[Change, ...]]
"""Changes by cause, in order."""
TOTAL, STEP = "total", "step"
REORDERED = "Order of the changes"


@dataclass(frozen=True)
class Stop:
    """A plan on the way: `cause` led to it from the one before. `plan` is None where the changes cannot be made."""

    cause: str
    plan: Plan | None


def groups(plan: Plan, name: str) -> Groups:
    """The changes of a scenario (blank: none), those of one cause together, in the order in which the causes begin."""
    out: dict[str, tuple[Change, ...]] = {}
    for cause, change in scenario_changes(plan, name) if name else []:
        out[cause] = (*out.get(cause, ()), change)
    return out


def states(start: Groups, end: Groups) -> Iterator[tuple[str, list[Change]]]:
    """The way from one set of changes to another: the cause of each step, and all changes made after it.

    What only the start has is taken back, the last of it first; then what the end has is made in its
    order. What both have stays where it is.
    """
    now = dict(start)
    for cause in [c for c in reversed(list(start)) if c not in end]:
        del now[cause]
        yield f"{cause}, taken back", _flat(now)
    for cause, changes in end.items():
        if now.get(cause) != changes:
            now[cause] = changes
            yield cause, _flat(now)


def _flat(groups: Groups) -> list[Change]:
    return [change for changes in groups.values() for change in changes]


def way(plan: Plan, start: str, end: str) -> list[Stop]:
    """The stops from one scenario to another (blank: the plan as it is), both ends included.

    A last step makes up for the order of changes where that matters. Raises QuestionError.
    """
    ends, wrong = made(plan, [n for n in (start, end) if n])
    if wrong:
        raise QuestionError("; ".join(f"{name} cannot be made: {why}" for name, why in wrong.items()))
    first, last = ends.get(start, plan), ends.get(end, plan)
    stops = [Stop("", first)]
    for cause, changes in states(groups(plan, start), groups(plan, end)):
        try:
            stops.append(Stop(cause, apply(plan, changes)))
        except PatchError:  # a change that needs another one: the two make one step
            stops.append(Stop(cause, None))
    before = stops[-1].plan
    if before is None or before.content_hash != last.content_hash:
        stops.append(Stop(REORDERED if before is not None else "", last))
    return stops


@question(
    "bridge",
    "Bridge",
    "The difference in cost between two scenarios by cause: each change is solved after those before it",
    (
        Param("start", "Scenario at the start; blank: the plan as it is", ""),
        Param("end", "Scenario at the end; blank: the plan as it is", ""),
        GAP,
        SECONDS,
    ),
    reads=("scenarios", "changes"),
)
def bridge(plan: Plan, result: Result, runner: Runner, start: str, end: str, gap: float, seconds: float) -> Answer:
    """Frames; all amounts in present value.

    bridge: number, cause, role (total, step), value, begin, finish (the bar's ends), low, high
    (proven bounds of a step), certain (False: smaller than the gaps of its two solves; of the last total:
    the whole difference), gap (of the
    answer after the step). The steps sum to the difference of the totals.
    categories: number, cause, category, change: the same steps by category of the ledger.
    decisions: see `compare.decisions_that_differ`; flips: see `compare.flips`; both from start to end.
    """
    stops = way(plan, start, end)
    plans = {f"{i} {stop.cause}": stop.plan for i, stop in enumerate(stops) if stop.plan is not None}
    found = answers(plan, result, runner, plans, Options(gap, seconds))
    solved = [(stop, found.get(f"{i} {stop.cause}")) for i, stop in enumerate(stops)]
    for name, (_, one) in ((start, solved[0]), (end, solved[-1])):
        if one is None or not one.has_plan:
            raise QuestionError(f"{name or 'the plan as it is'} has no answer: {one.status if one else 'stopped'}")
    steps = _joined(solved)
    (first_plan, first), (last_plan, last) = steps[0][1:], steps[-1][1:]
    whole = Difference.between(first, last)
    rows = [_total(0, start, first, True)]
    for number, ((_, _, before), (cause, _, after)) in enumerate(pairwise(steps), start=1):
        rows.append(_step(number, cause, before, after))
    rows.append(_total(len(steps), end, last, whole.certain))
    table = pd.DataFrame(rows)
    name = f"{start or 'the plan'} to {end or 'the plan'}"
    small = table[(table["role"] == STEP) & ~table["certain"]]
    sentences = [told(name, whole, plan)]
    sentences += [
        f"{r.cause}: {money(float(r.value), plan.settings.currency, signed=True)}"
        for r in table.itertuples()
        if r.role == STEP
    ]
    if len(small):
        sentences.append(f"Smaller than the gaps, and so not told from none: {', '.join(small['cause'])}.")
    return Answer(
        {
            "bridge": table,
            "categories": _categories([(cause, one) for cause, _, one in steps]),
            "decisions": decisions_that_differ(first_plan, first, last_plan, last),
            "flips": flips(first, last),
        },
        {"currency": plan.settings.currency, "start": start, "end": end, "gap": gap, **differing(whole, first)},
        tuple(sentences),
    )


def _joined(solved: list[tuple[Stop, Result | None]]) -> list[tuple[str, Plan, Result]]:
    """The stops that have an answer; the causes of those without one join the next that has."""
    out: list[tuple[str, Plan, Result]] = []
    causes: list[str] = []
    for stop, one in solved:
        causes += [stop.cause] if stop.cause else []
        if stop.plan is not None and one is not None and one.has_plan:
            out.append((" and ".join(causes), stop.plan, one))
            causes = []
    return out


def _total(number: int, name: str, result: Result, certain: bool) -> dict[str, object]:
    cost = result.objective or 0.0
    bars = {"value": cost, "begin": 0.0, "finish": cost, "low": np.nan, "high": np.nan}
    return {"number": number, "cause": name, "role": TOTAL, **bars, "certain": certain, "gap": _gap(result)}


def _step(number: int, cause: str, before: Result, after: Result) -> dict[str, object]:
    same = before.plan_hash == after.plan_hash
    difference = Difference(0.0, 0.0, 0.0, True) if same else Difference.between(before, after)
    return {
        "number": number,
        "cause": cause,
        "role": STEP,
        "value": (after.objective or 0.0) - (before.objective or 0.0),
        "begin": before.objective or 0.0,
        "finish": after.objective or 0.0,
        "low": difference.low,
        "high": difference.high,
        "certain": difference.certain,
        "gap": _gap(after),
    }


def _gap(result: Result) -> float:
    return np.nan if result.gap is None else result.gap


def _categories(steps: list[tuple[str, Result]]) -> pd.DataFrame:
    """What each step changes by category of the ledger; what it does not change has no row."""
    parts = []
    for number, ((_, before), (cause, after)) in enumerate(pairwise(steps), start=1):
        sums = [r.ledger.groupby("category")["present_value"].sum().reindex(CATEGORIES) for r in (before, after)]
        change = sums[1].fillna(0.0) - sums[0].fillna(0.0)
        change = change[change != 0]
        parts.append(
            pd.DataFrame(
                {"number": number, "cause": cause, "category": list(change.index), "change": change.to_numpy(float)}
            )
        )
    none = pd.DataFrame({"number": [], "cause": [], "category": [], "change": []}, dtype=object)
    return pd.concat(parts, ignore_index=True) if parts else none
