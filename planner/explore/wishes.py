"""What each wish costs: the plan with and without it, and without all of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from planner.explore.case import SWEEP, Case
from planner.explore.difference import Difference
from planner.explore.question import Answer, Param, question
from planner.explore.runner import Runner
from planner.model.options import Options
from planner.plan.plan import Plan
from planner.plan.wishes import wishes, without
from planner.result.result import Result

ALL = "all wishes together"
COSTS = {"cost": float, "low": float, "high": float, "certain": bool, "divisible": float, "a_year": float}
"""What is known of a wish's cost: the two plans in hand compared, present value; the proven interval; whether the
difference is larger than the two gaps together; the same with divisible devices, which has no gap (NaN where not
known); and the first per year of the plan."""

AnswerOf = Callable[[Plan], Result | None]
"""Finds the answer to a plan where there is one."""


def cost_of(plan: Plan, before: Result, after: Result) -> dict[str, object]:
    """The columns of `COSTS` of two answers: `before` without the wish, `after` with it. Never below 0."""
    d = Difference.between(before, after, restricts=True)
    divisible = np.nan
    if before.relaxed is not None and after.relaxed is not None:
        divisible = max(0.0, after.relaxed - before.relaxed)
        divisible = 0.0 if divisible <= 1e-7 * abs(before.relaxed) else divisible
    return {
        "cost": d.estimate,
        "low": d.low,
        "high": d.high,
        "certain": d.certain,
        "divisible": divisible,
        "a_year": d.a_year(plan).estimate,
    }


@question(
    "wishes",
    title="What each wish costs",
    help="The plan with and without each wish (a policy with an owner), and without all of them",
    params=(
        Param("gap", "How far from the optimum each solve may stop, as a share", SWEEP.gap, float),
        Param("seconds", "How long each solve may take", float(SWEEP.time_limit or 60.0), float),
    ),
    reads=("policies",),
)
def cost_of_wishes(plan: Plan, result: Result, runner: Runner, gap: float, seconds: float) -> Answer:
    """Frame `wishes`: wish, owner, reason, from (YYYY-MM), status of the solve without it, and `COSTS`.

    The last row is `ALL`. What a wish costs is what dropping it would save while the others stay; that
    does not add up to what all cost together where wishes get in each other's way, or do the same.
    """
    listed = wishes(plan)
    options = Options(gap, seconds)
    dropped: dict[str, tuple[str, ...]] = {str(w): (str(w),) for w in listed["wish"]}
    if len(listed) > 1:
        dropped[ALL] = tuple(dropped)
    found = runner.solve([Case(f"without {name}", without(plan, *gone), options) for name, gone in dropped.items()])
    rows = []
    for name in dropped:
        other = found.get(f"without {name}")
        known = cost_of(plan, other, result) if other is not None and other.has_plan else {}
        rows.append({"wish": name, "status": other.status if other is not None else "unsolved", **known})
    costs = pd.DataFrame(rows, columns=["wish", "status", *COSTS])
    frame = costs.merge(listed.drop(columns="policies"), on="wish", how="left")
    frame["from"] = [_month(plan, p) for p in frame.pop("from_period")]
    frame = frame.fillna({"owner": "", "reason": ""})[["wish", "owner", "reason", "from", "status", *COSTS]]
    frame = frame.astype({c: float for c, kind in COSTS.items() if kind is float})
    frame["certain"] = frame["certain"].eq(True)
    facts = {"currency": plan.settings.currency, "wishes": len(listed), "gap": result.gap}
    return Answer({"wishes": frame}, facts, tuple(_sentences(plan, frame)))


def as_they_came(plan: Plan, answer_of: AnswerOf) -> pd.DataFrame:
    """Every wish with what it cost when it came, those before it being there: wish, owner, reason, from, known, impossible, gaps, `COSTS`.

    Nothing is solved: `known` is False where one of the two answers is missing; `impossible` where no
    plan meets the wish; `gaps`: the larger of the two. Where all are known
    the costs add up to what the wishes cost together, to rounding and the gaps.
    """
    listed = wishes(plan)
    names = [str(w) for w in listed["wish"]]
    rows = []
    for i in range(len(names)):
        before, after = (answer_of(without(plan, *names[n:])) for n in (i, i + 1))
        known = before is not None and after is not None and before.has_plan and after.has_plan
        costs = cost_of(plan, before, after) if known and before is not None and after is not None else {}
        gaps = [r.gap if r is not None and r.gap is not None else np.nan for r in (before, after)]
        impossible = after is not None and after.status == "infeasible"
        rows.append({"known": known, "impossible": impossible, "gaps": np.max(gaps), **costs})
    costs = pd.DataFrame(rows, columns=["known", "impossible", "gaps", *COSTS])
    out = pd.concat([listed[["wish", "owner", "reason"]], costs], axis=1)
    out.insert(3, "from", [_month(plan, p) for p in listed["from_period"]])
    return out


def _month(plan: Plan, period: float) -> str:
    return "" if pd.isna(period) else plan.settings.month_of_period()[int(period) - 1]


def _sentences(plan: Plan, frame: pd.DataFrame) -> list[str]:
    if frame.empty:
        return ["The plan has no wishes: no policy has an owner."]
    money = plan.settings.currency
    out = []
    for row in frame.itertuples(index=False):
        name = row.wish if row.wish == ALL else f"{row.wish} ({row.owner})"
        if pd.isna(row.cost):
            out.append(f"{name}: not known, there is no plan without it yet.")
        elif row.certain:
            out.append(f"{name}: costs {row.cost:,.0f} {money} in present value, {row.a_year:,.0f} a year.")
        else:
            out.append(
                f"{name}: no difference larger than the two gaps together; it costs at most {row.high:,.0f} {money}."
            )
    return out
