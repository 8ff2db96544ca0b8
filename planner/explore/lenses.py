"""The plan through other lenses: what would be decided to save tax, or to look better in the accounts, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from planner.explore.case import SWEEP, Case
from planner.explore.compare import DECISIONS, DEVICES, decisions_that_differ
from planner.explore.difference import EXACT
from planner.explore.lenses_policy import CHOICES, params, policy_of
from planner.explore.question import Answer, Param, QuestionError, question
from planner.explore.runner import Runner
from planner.explore.scenarios import SECONDS
from planner.explore.why_words import amount, listed
from planner.finance import Books, books
from planner.finance.lens import CASH, TITLES, Lens, LensError, Measure, cash_part, non_cash_part
from planner.model.options import Options
from planner.plan.plan import Plan
from planner.result.result import Result

LARGE = 1e15
"""A bound that is not known, where a frame needs a number that can be stored and compared."""
BASE, SAME, UNTOLD, OTHER, UNSOLVED = "base", "same decision", "no difference", "another decision", "not solved"
"""States of a lens: the one the plan was solved by; nothing is decided otherwise; what is decided otherwise saves less
than the gap could explain; it decides otherwise; no answer."""
GAP = Param("gap", "How far from the optimum each solve may stop, as a share", SWEEP.gap / 2, float)


@question(
    "lenses",
    "Through other lenses",
    "Solve the plan for cash, after tax and in the accounts; what each decides, and what it costs by the others",
    (*params(), GAP, SECONDS),
)
def lenses(plan: Plan, result: Result, runner: Runner, gap: float, seconds: float, **choices: Any) -> Answer:
    """Frames: `lenses`, `totals`, `decisions`, `devices`.

    lenses, one row a lens: lens, title, state, value, bound, gap (of its own measure), chosen (the lens whose plan is
    the best in hand for it), saves (what that plan saves by this lens against the plan of least cash), saves_at_most
    (the best plan that the bound leaves), open (present value that the gap of the plan of least cash leaves open),
    costs (what the chosen plan costs more in cash present value). `saves` compares two plans in hand, so the lens's own
    gap can only make it larger; what it may owe to chance is that another plan of as little cash was not the one found.
    Below `open` it is therefore no difference.
    totals, one row a plan and measure: plan, measure, total, cash, non_cash, above (the best plan in hand).
    decisions: lens, then the columns of `compare.DECISIONS`, before is the plan of least cash; only of lenses that
    decide otherwise, or differ by no more than the gap.
    devices: lens, offer, pricing, devices (in service, averaged over the plan).
    """
    policy = policy_of(choices)
    try:
        aims = {m: Lens(plan, m, policy) for m in TITLES}
    except LensError as error:
        raise QuestionError(str(error)) from error
    options = Options(gap=gap, time_limit=seconds)
    taxed = plan.settings.tax_rate > 0
    asked = [m for m in TITLES if m != CASH and (taxed or m != "after_tax")]
    found = runner.solve([Case(TITLES[m], plan, options, aims[m]) for m in asked])
    results: dict[Measure, Result] = {CASH: result}
    results |= {m: found[TITLES[m]] for m in asked if TITLES[m] in found and found[TITLES[m]].has_plan}
    drawn = {m: books(plan, r, policy) for m, r in results.items()}
    totals = _totals(drawn)
    rows, decisions = [], []
    for measure in TITLES:
        own = _of(totals, measure)
        chosen = own["total"].idxmin() if measure in results or (measure == "after_tax" and not taxed) else ""
        differ = _differ(plan, results, chosen)
        row = _row(plan, measure, results, totals, str(chosen), len(differ) > 0)
        rows.append(row)
        if row["state"] in (OTHER, UNTOLD):
            decisions.append(differ.assign(lens=measure))
    table = pd.DataFrame(rows)
    facts = {
        "currency": plan.settings.currency,
        "tax_rate": plan.settings.tax_rate,
        "discount_rate": plan.settings.discount_rate,
        "years": plan.settings.periods * plan.settings.months_per_period / 12,
        "gap": gap,
        "policy": {n: _plain(getattr(policy, n)) for n in CHOICES},
        "cancelled": len(found) < len(asked),
    }
    frames = {
        "lenses": table,
        "totals": totals,
        "decisions": pd.concat(decisions, ignore_index=True)[["lens", *DECISIONS]] if decisions else _no_decisions(),
        "devices": _devices(plan, results),
    }
    return Answer(frames, facts, tuple(_sentences(plan, table, frames["decisions"])))


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _totals(drawn: Mapping[Measure, Books]) -> pd.DataFrame:
    """Every plan by every measure, out of its books."""
    rows = [
        {"plan": by, "measure": m, "cash": cash_part(b, m), "non_cash": non_cash_part(b, m)}
        for by, b in drawn.items()
        for m in TITLES
    ]
    out = pd.DataFrame(rows)
    out["total"] = out["cash"] + out["non_cash"]
    out["above"] = out["total"] - out.groupby("measure")["total"].transform("min")
    return out[["plan", "measure", "total", "cash", "non_cash", "above"]]


def _of(totals: pd.DataFrame, measure: str) -> pd.DataFrame:
    return totals[totals["measure"] == measure].set_index("plan")


def _differ(plan: Plan, results: Mapping[Measure, Result], chosen: Any) -> pd.DataFrame:
    if not chosen or chosen == CASH:
        return _no_decisions()
    return decisions_that_differ(plan, results[CASH], plan, results[chosen])


def _no_decisions() -> pd.DataFrame:
    numbers = DECISIONS[-3:]
    return pd.DataFrame({c: pd.Series([], dtype=float if c in numbers else "str") for c in ["lens", *DECISIONS]})


def _row(
    plan: Plan, measure: Measure, results: Mapping[Measure, Result], totals: pd.DataFrame, chosen: str, differs: bool
) -> dict[str, Any]:
    row: dict[str, Any] = {"lens": measure, "title": TITLES[measure]}
    if not chosen:
        nothing = dict.fromkeys(("value", "bound", "gap", "saves", "saves_at_most", "open", "costs"), np.nan)
        return {**row, "state": UNSOLVED, **nothing, "chosen": ""}
    own, cash = _of(totals, measure)["total"], _of(totals, CASH)["total"]
    base, value = results[CASH], float(own[chosen])
    solved = results.get(measure, base)  # without tax the after-tax lens is the cash lens
    bound = solved.aim.bound if solved.aim is not None else solved.bound
    saves, open_ = float(own[CASH]) - value, _left_open(base)
    state = BASE if measure == CASH else SAME if not differs else OTHER if saves > open_ else UNTOLD
    best = -np.inf if bound is None else min(bound, value)
    return {
        **row,
        "state": state,
        "value": value,
        "bound": max(best, -LARGE),
        "gap": min((value - best) / max(abs(value), 1e-9), LARGE),
        "chosen": chosen,
        "saves": saves,
        "saves_at_most": min(float(own[CASH]) - best, LARGE),
        "open": open_,
        "costs": float(cash[chosen] - cash[CASH]),
    }


def _left_open(base: Result) -> float:
    """How much less the plan of least cash may still cost, with room for rounding."""
    if base.objective is None or base.bound is None:
        return LARGE
    return max(base.objective - base.bound, EXACT * max(abs(base.objective), 1.0))


def _devices(plan: Plan, results: Mapping[Measure, Result]) -> pd.DataFrame:
    """Devices in service by offer, averaged over the plan; offers that nobody uses are left out."""
    pricing = plan.table("offers").set_index("offer")["pricing"]
    parts = []
    for measure, result in results.items():
        mean = result.frames["capacity"].groupby("offer")["devices_in_service"].sum() / plan.settings.periods
        parts.append(
            pd.DataFrame({"lens": measure, "offer": mean.index.astype("str"), "devices": mean.to_numpy(float)})
        )
    out = pd.concat(parts, ignore_index=True)
    out = out[out["devices"] > 1e-9]
    return out.assign(pricing=out["offer"].map(pricing))[["lens", "offer", "pricing", "devices"]].reset_index(drop=True)


def _sentences(plan: Plan, table: pd.DataFrame, decisions: pd.DataFrame) -> list[str]:
    currency = plan.settings.currency
    out = []
    for r in table.to_dict("records"):
        if r["state"] == OTHER:
            moved = decisions[(decisions["lens"] == r["lens"]) & (decisions["kind"] == DEVICES)]
            what = listed(list(dict.fromkeys(moved["what"]))[:3])
            out.append(
                f"{r['title']}: another plan saves {amount(r['saves'], currency)} by it and costs "
                f"{amount(r['costs'], currency)} more in cash" + (f"; it differs in {what}." if what else ".")
            )
        elif r["state"] == SAME:
            out.append(f"{r['title']}: the same decisions.")
        elif r["state"] == UNTOLD:
            out.append(
                f"{r['title']}: no difference; what is decided otherwise saves {amount(max(r['saves'], 0.0), currency)}, "
                f"and the gap of the plan of least cash leaves {amount(r['open'], currency)} open."
            )
        elif r["state"] == UNSOLVED:
            out.append(f"{r['title']}: not solved in time.")
    if plan.settings.tax_rate == 0:
        out.append("The plan's tax rate is 0: after tax is cash.")
    return out
