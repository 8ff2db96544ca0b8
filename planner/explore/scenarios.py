"""Scenarios beside the base: each solved, with what it costs more or less and what it turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from planner.explore.case import SWEEP, Case
from planner.explore.compare import flips
from planner.explore.difference import Difference
from planner.explore.question import Answer, Param, QuestionError, question
from planner.explore.runner import Runner
from planner.model.options import Options
from planner.plan.patch import PatchError, scenario, scenario_changes
from planner.plan.patch_templates import ours
from planner.plan.plan import Plan
from planner.plan.schema import split_list
from planner.plan.what_if import DROPPED
from planner.result.frames import CAPEX, NON_CASH, OPEX
from planner.result.result import Result
from planner.text.numbers import money

BASE = ""
"""What stands in a column of scenarios for the plan as it is."""
SOLVED, INFEASIBLE, UNSOLVED, WRONG = "solved", "infeasible", "not solved", "not valid"
TIME = "The time ran out, or it was stopped, before there was a plan."
GAP = Param("gap", "How far from the optimum each solve may stop, as a share", SWEEP.gap, float)
SECONDS = Param("seconds", "How long each solve may take", float(SWEEP.time_limit or 60.0), float)

MONEY, SHARE = "money", "share"
MEASURES: dict[str, tuple[str, str]] = {
    "cost": ("Cost, present value", MONEY),
    "cash": ("Cash, present value", MONEY),
    CAPEX: ("Capex less resale", MONEY),
    OPEX: ("Opex, nominal", MONEY),
    "peak_devices": ("Devices at most", "devices"),
    "ordered": ("Devices ordered", "devices"),
    "sites": ("Sites used", "sites"),
    "largest_vendor": ("Largest vendor", SHARE),
    "owned": ("Owned share", SHARE),
    "unserved": ("Unserved at most", SHARE),
    "carbon_t": ("Carbon", "t"),
    "energy_kwh": ("Energy", "kWh"),
}
"""Headline measures: what each is called and its unit. cost: what the plan minimises; cash: what of it is paid."""


def headlines(plan: Plan, result: Result) -> dict[str, float]:
    """The headline measures of a plan and its answer, by the names of `MEASURES`.

    cost: the objective; cash: present value of cash; peak_devices: in service in the fullest period;
    owned: share of device-hours; largest_vendor: share of the cash paid to the vendor who gets most; unserved: the largest share
    of a workload's volume that is left out.
    """
    ledger, capacity = result.ledger, result.frames["capacity"]
    cash = ledger[ledger["cash"] != NON_CASH]
    nominal = cash.groupby("cash")["amount"].sum()
    hours = capacity["hours_used"].groupby(capacity["offer"].map(_pricing(plan))).sum()
    demand = plan.tables["demand"].groupby("workload")["volume"].sum()
    left = result.frames["unserved"].groupby("workload")["volume"].sum().reindex(demand.index).fillna(0.0)
    routing = result.frames["routing"]
    return {
        "cost": float(result.objective or 0.0),
        "cash": float(cash["present_value"].sum()),
        CAPEX: float(nominal.get(CAPEX, 0.0)),
        OPEX: float(nominal.get(OPEX, 0.0)),
        "peak_devices": float(capacity.groupby("period")["devices_in_service"].sum().max() if len(capacity) else 0.0),
        "ordered": float(capacity["ordered"].sum()),
        "sites": float(routing.loc[routing["volume"] > 0, "site"].nunique()),
        "largest_vendor": largest_vendor(plan, result)[1],
        "owned": _ratio(float(hours.get("owned", 0.0)), float(hours.sum())),
        "unserved": float((left / demand.where(demand > 0)).max()) if float(left.sum()) > 0 else 0.0,
        "carbon_t": float(result.frames["emissions"]["carbon_t"].sum()),
        "energy_kwh": float(result.frames["emissions"]["energy_kwh"].sum()),
    }


def largest_vendor(plan: Plan, result: Result) -> tuple[str, float]:
    """The vendor who gets most of the cash and his share of its present value; "" and 0 where nobody is paid."""
    cash = result.ledger[result.ledger["cash"] != NON_CASH]
    paid = cash[~cash["provider"].isin({"", *ours(plan)})].groupby("provider")["present_value"].sum()
    most = str(paid.idxmax()) if len(paid) else ""
    return most, _ratio(float(paid.max()) if len(paid) else 0.0, float(cash["present_value"].sum()))


def _pricing(plan: Plan) -> dict[str, str]:
    offers = plan.tables["offers"]
    return dict(zip(offers["offer"], offers["pricing"], strict=True))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0


def answers(
    plan: Plan, result: Result, runner: Runner, plans: Mapping[str, Plan], options: Options, explained: bool = False
) -> dict[str, Result]:
    """The answers of plans by name; one that asks what `plan` asks has its `result`. Missing: cancelled."""
    same = {name: result for name, one in plans.items() if one.content_hash == plan.content_hash}
    cases = [Case(n, p, options, explained=explained) for n, p in plans.items() if n not in same]
    return {**same, **runner.solve(cases)}


def told(name: str, difference: Difference, plan: Plan) -> str:
    """A difference of cost in a sentence."""
    if not difference.certain:
        return f"{name}: no difference in cost that could be told; it is smaller than the gaps of the two solves."
    more = "more" if difference.estimate > 0 else "less"
    return f"{name}: costs {money(abs(difference.estimate), plan.settings.currency)} {more} in present value."


def made(plan: Plan, names: list[str]) -> tuple[dict[str, Plan], dict[str, str]]:
    """The plans of scenarios by name, and why others cannot be made."""
    plans: dict[str, Plan] = {}
    wrong: dict[str, str] = {}
    for name in names:
        try:
            plans[name] = scenario(plan, name)
        except PatchError as error:
            wrong[name] = "; ".join(error.faults)
        except KeyError as error:
            raise QuestionError(f"no scenario is called {name!r}") from error
    return plans, wrong


@question(
    "scenarios",
    "Scenarios",
    "Solve scenarios and say what each costs more or less than the plan as it is, and what it turns",
    (Param("chosen", "Scenarios, separated by ;; blank: all that are not dropped", ""), GAP, SECONDS),
    reads=("scenarios", "changes"),
)
def scenarios(plan: Plan, result: Result, runner: Runner, chosen: str, gap: float, seconds: float) -> Answer:
    """Frames, one row a scenario (blank: the base) unless said otherwise.

    scenarios: scenario, owner, status, state, why (where there is no plan), causes, cost, gap, difference (of
    cost to the base), low, high (proven bounds of it), certain, relative, flips (their number).
    measures: scenario, measure, value, difference: one row for each of `MEASURES`.
    flips: scenario, kind, what, turn, before, after: see `compare.flips`.
    """
    table = plan.table("scenarios")
    names = list(split_list(chosen)) or [str(n) for n in table.loc[table["status"] != DROPPED, "scenario"]]
    if not names:
        raise QuestionError("there are no scenarios yet: add one to the table scenarios")
    plans, wrong = made(plan, names)
    found = answers(plan, result, runner, plans, Options(gap, seconds), explained=True)
    about = table.set_index("scenario")[["owner", "status"]].fillna("")
    rows, measures, turns, sentences = [_row(BASE, SOLVED, result)], [], [], []
    base = headlines(plan, result)
    measures.append(_long(BASE, base, base))
    for name in names:
        one = found.get(name)
        state, why = _state(name, one, wrong)
        row = _row(name, state, one) | {"why": why, "causes": "; ".join(_causes(plan, name))}
        row |= about.loc[name].to_dict()
        if one is not None and one.has_plan:
            difference = Difference.between(result, one)
            turned = flips(result, one)
            row |= differing(difference, result) | {"flips": float(len(turned))}
            measures.append(_long(name, headlines(plans[name], one), base))
            turns.append(turned.assign(scenario=name))
            sentences.append(told(name, difference, plan))
        else:
            sentences.append(f"{name}: {state}. {why}")
        rows.append(row)
    none = flips(result, result).assign(scenario="")
    return Answer(
        {
            "scenarios": pd.DataFrame(rows),
            "measures": pd.concat(measures, ignore_index=True),
            "flips": pd.concat([none, *turns], ignore_index=True),
        },
        {"currency": plan.settings.currency, "gap": gap},
        tuple(sentences),
    )


def differing(difference: Difference, base: Result) -> dict[str, Any]:
    """A difference as cells: difference, low, high, certain, relative (to the base's cost)."""
    cost = abs(base.objective or 0.0)
    return {
        "difference": difference.estimate,
        "low": difference.low,
        "high": difference.high,
        "certain": difference.certain,
        "relative": difference.estimate / cost if cost else float("nan"),
    }


def _row(name: str, state: str, result: Result | None) -> dict[str, Any]:
    there = result is not None and result.has_plan
    nothing: dict[str, Any] = dict.fromkeys(("difference", "low", "high", "relative"), 0.0 if name == BASE else np.nan)
    return {
        "scenario": name,
        "owner": "",
        "status": "",
        "state": state,
        "why": "",
        "causes": "",
        "cost": result.objective if there and result is not None else np.nan,
        "gap": result.gap if there and result is not None and result.gap is not None else np.nan,
        **nothing,
        "certain": name == BASE,
        "flips": 0.0,
    }


def _state(name: str, result: Result | None, wrong: Mapping[str, str]) -> tuple[str, str]:
    if name in wrong:
        return WRONG, wrong[name]
    if result is None:
        return UNSOLVED, TIME
    if result.status == "infeasible":
        return INFEASIBLE, " ".join(c.sentence for c in result.conflicts) or "No plan meets every rule."
    if not result.has_plan:
        return UNSOLVED, TIME
    return SOLVED, ""


def _causes(plan: Plan, name: str) -> list[str]:
    return list(dict.fromkeys(cause for cause, _ in scenario_changes(plan, name)))


def _long(name: str, values: Mapping[str, float], base: Mapping[str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "scenario": name,
            "measure": list(MEASURES),
            "value": [values[m] for m in MEASURES],
            "difference": [values[m] - base[m] for m in MEASURES],
        }
    )
