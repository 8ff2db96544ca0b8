"""The plan through other lenses: what would be decided to save tax, or to look better in the accounts, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from planner.explore.why_words import listed, money
from planner.finance import AccountingPolicy, Books, books
from planner.finance.lens import AFTER_TAX, CASH, TITLES, Lens, LensError, Measure, cash_part, non_cash_part, parts
from planner.model.options import Options
from planner.plan.plan import Plan
from planner.result.result import Result

IN_HAND = "the plan in hand"
LARGE = 1e15
"""A bound that is not known, where a frame needs a number that can be stored and compared."""
BASE, SAME, UNTOLD, OTHER, UNSOLVED = "base", "same decision", "no difference", "another decision", "not solved"
"""States of a lens: the one the plan was solved by; nothing is decided otherwise; what is decided otherwise saves less
than the gap could explain; it decides otherwise; no answer."""
GAP = Param("gap", "How far from the optimum each solve may stop, as a share", SWEEP.gap / 2, float)


@question(
    "lenses",
    "Through other lenses",
    "Solve the plan for least cost before tax, after tax and in the accounts; what each decides, and what it costs by the others",
    (*params(), GAP, SECONDS),
)
def lenses(plan: Plan, result: Result, runner: Runner, gap: float, seconds: float, **choices: Any) -> Answer:
    """Frames: `lenses`, `totals`, `parts`, `decisions`, `devices`. For each lens the best plan by it of all that were found.

    lenses, one row a lens: lens, title, state, value, bound, gap (of its own measure), saves (what its plan saves by it
    against the plan of least cost), saves_at_most (the best plan that the bound leaves), open (present value that the
    gap of the plan of least cost leaves open), costs (what its plan
    costs more before tax, present value). `saves` compares
    two plans in hand, so the lens's own gap can only make it larger; what it may owe to chance is that another plan of
    as little cost was not the one found. Below `open` it is therefore no difference.
    totals, one row a plan and measure: plan (the lens it is best by), measure, total, cash, non_cash, above (the best).
    parts, what the best plan by each lens comes to by it: lens, part, kind, amount; see `planner.finance.lens.parts`.
    decisions: lens, then the columns of `compare.DECISIONS`, before is the plan of least cost.
    The fact `solved_as` says for each lens by which one its plan was found; blank: it is the plan that was asked about.
    devices: lens, offer, pricing, devices (in service, averaged over the plan).
    The plan that is asked about is that of least cost when it was solved to the gap, else it is solved again.
    """
    policy = policy_of(choices)
    taxed = plan.settings.tax_rate > 0
    asked = [m for m in TITLES if m != CASH and (taxed or m != AFTER_TAX)]
    cases = [lens_case(plan, m, policy, gap, seconds) for m in asked]
    if result.gap is None or result.gap > gap + EXACT:
        cases.append(lens_case(plan, CASH, policy, gap, seconds))
    found = {name: r for name, r in runner.solve(cases).items() if r.has_plan}
    plans = {IN_HAND: result, **found}
    drawn = {name: books(plan, r, policy) for name, r in plans.items()}
    best = _best(drawn, [m for m in TITLES if m not in asked or TITLES[m] in found])
    if CASH in best and not taxed:
        best[AFTER_TAX] = best[CASH]
    totals = _totals({m: drawn[name] for m, name in best.items()})
    served = {m: found[TITLES[m]].aim for m in asked if TITLES[m] in found}
    bounds: dict[Measure, float | None] = {m: aim.bound for m, aim in served.items() if aim is not None}
    cash_bounds = [r.bound for r in (result, found.get(TITLES[CASH])) if r is not None and r.bound is not None]
    bounds[CASH] = max(cash_bounds, default=None)
    if not taxed:
        bounds[AFTER_TAX] = bounds[CASH]
    rows, decisions = [], []
    for measure in TITLES:
        differ = _differ(plan, plans, best, measure)
        row = _row(measure, totals, bounds, len(differ) > 0)
        rows.append(row)
        if row["state"] in (OTHER, UNTOLD):
            decisions.append(differ.assign(lens=measure))
    table = pd.DataFrame(rows)
    facts: dict[str, Any] = {
        "currency": plan.settings.currency,
        "tax_rate": plan.settings.tax_rate,
        "discount_rate": plan.settings.discount_rate,
        "years": plan.settings.periods * plan.settings.months_per_period / 12,
        "gap": gap,
        "policy": {n: _plain(getattr(policy, n)) for n in CHOICES},
        "cancelled": len(found) < len(cases),
        "solved_as": {m: next((n for n in TITLES if TITLES[n] == name), "") for m, name in best.items()},
        "notes": _notes(plan, best[CASH] == IN_HAND),
    }
    frames = {
        "lenses": table,
        "totals": totals,
        "parts": pd.concat(
            [parts(drawn[name], m).assign(lens=m)[["lens", "part", "kind", "amount"]] for m, name in best.items()],
            ignore_index=True,
        ),
        "decisions": pd.concat(decisions, ignore_index=True)[["lens", *DECISIONS]] if decisions else _no_decisions(),
        "devices": _devices(plan, {m: plans[name] for m, name in best.items()}),
    }
    said = [*_sentences(plan, table, frames["decisions"]), *facts["notes"]]
    return Answer(frames, facts, tuple(said))


def lens_case(plan: Plan, measure: Measure, policy: AccountingPolicy, gap: float, seconds: float) -> Case:
    """The solve for the plan that is best by a measure; that of least cost is a plain one. Raises QuestionError."""
    options = Options(gap=gap, time_limit=seconds)
    try:
        return Case(TITLES[measure], plan, options, None if measure == CASH else Lens(plan, measure, policy))
    except LensError as error:
        raise QuestionError(str(error)) from error


def _best(drawn: Mapping[str, Books], measures: Iterable[Measure]) -> dict[Measure, str]:
    """The plan in hand that is best by each measure; where the plan of least cost is as good, that one."""
    out: dict[Measure, str] = {}
    for m in measures:
        value = {name: cash_part(b, m) + non_cash_part(b, m) for name, b in drawn.items()}
        least = min(value.values())
        good = [name for name, v in value.items() if v <= least + EXACT * max(abs(least), 1.0)]
        out[m] = out[CASH] if out.get(CASH) in good else good[0]
    return out


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


def _differ(plan: Plan, plans: Mapping[str, Result], best: Mapping[Measure, str], measure: Measure) -> pd.DataFrame:
    if best.get(measure, best[CASH]) == best[CASH]:
        return _no_decisions()
    return decisions_that_differ(plan, plans[best[CASH]], plan, plans[best[measure]])


def _no_decisions() -> pd.DataFrame:
    numbers = DECISIONS[-3:]
    return pd.DataFrame({c: pd.Series([], dtype=float if c in numbers else "str") for c in ["lens", *DECISIONS]})


def _row(
    measure: Measure, totals: pd.DataFrame, bounds: Mapping[Measure, float | None], differs: bool
) -> dict[str, Any]:
    row: dict[str, Any] = {"lens": measure, "title": TITLES[measure]}
    if measure not in set(totals["plan"]):
        names = ("value", "bound", "gap", "saves", "saves_at_most", "open", "costs")
        return {**row, "state": UNSOLVED, **dict.fromkeys(names, np.nan)}
    of = totals.set_index(["plan", "measure"])["total"]
    value, base = float(of[measure, measure]), float(of[CASH, measure])
    cash, bound = float(of[CASH, CASH]), bounds.get(measure)
    saves, left_open = base - value, _left_open(cash, bounds[CASH])
    state = BASE if measure == CASH else SAME if not differs else OTHER if saves > left_open else UNTOLD
    best = -LARGE if bound is None else min(bound, value)
    return {
        **row,
        "state": state,
        "value": value,
        "bound": best,
        "gap": min((value - best) / max(abs(value), 1e-9), LARGE),
        "saves": saves,
        "saves_at_most": min(base - best, LARGE),
        "open": left_open,
        "costs": float(of[measure, CASH]) - cash,
    }


def _left_open(cash: float, bound: float | None) -> float:
    """How much less than the plan of least cost a plan may still cost, with room for rounding."""
    return LARGE if bound is None else max(cash - bound, EXACT * max(abs(cash), 1.0))


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


def _notes(plan: Plan, in_hand: bool) -> list[str]:
    """What a reader of the whole must know."""
    out = [] if in_hand else ["The plan of least cost is a better one than the plan in hand, found on the way."]
    return out + ([] if plan.settings.tax_rate else ["The plan's tax rate is 0: after tax is before tax."])


def _sentences(plan: Plan, table: pd.DataFrame, decisions: pd.DataFrame) -> list[str]:
    currency = plan.settings.currency
    out = []
    for r in table.to_dict("records"):
        if r["state"] == OTHER:
            moved = decisions[(decisions["lens"] == r["lens"]) & (decisions["kind"] == DEVICES)]
            what = listed(list(dict.fromkeys(moved["what"]))[:3])
            out.append(
                f"{r['title']}: another plan saves {money(r['saves'], currency)} by it and costs "
                f"{money(r['costs'], currency)} more before tax, present value"
                + (f"; it differs in {what}." if what else ".")
            )
        elif r["state"] == SAME:
            out.append(f"{r['title']}: the same decisions.")
        elif r["state"] == UNTOLD:
            out.append(
                f"{r['title']}: no difference; what is decided otherwise saves {money(max(r['saves'], 0.0), currency)}, "
                f"and the gap of the plan of least cost leaves {money(r['open'], currency)} open."
            )
        elif r["state"] == UNSOLVED:
            out.append(f"{r['title']}: not solved in time.")
    return out
