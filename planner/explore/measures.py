"""Figures of a plan that a search holds down or seeks: what a policy can limit, and what is made of it.

Each is known twice: as linear forms over a model's columns, whose greatest is the figure, and as the
figure of a result. The first is made of the model's own terms, the second of the independent check's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from planner.model.build import Model
from planner.model.policies import LATENCY, STOCKS, in_scope, measure_terms
from planner.plan.plan import Plan
from planner.result.result import Result
from planner.result.verify.case import Case, names_of
from planner.result.verify.findings import Findings
from planner.result.verify.form import coded
from planner.result.verify.rules import divisor, measured
from planner.result.verify.rules import in_scope as rows_in_scope

Array = np.ndarray
UNSERVED = "unserved"
VENDORS = "vendors"
CARBON = "carbon_t"
Scope = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Measure:
    """A figure of a plan over its horizon.

    `of`: a measure that policies limit, or `unserved` (volume left out) or `vendors` (spend with
    the vendor that gets most). `scope` narrows it by the columns of a policy. `yearly`: the greatest
    of the plan years instead of the horizon. `weights`: units of work in a unit of each workload's
    volume; `by_offer`: a weight of each offer. The sum is divided by `per`, and for `vendors` and `unserved` without it by the whole.
    """

    name: str
    of: str
    scope: Scope = ()
    yearly: bool = False
    weights: tuple[float, ...] = ()
    by_offer: tuple[float, ...] = ()
    per: float = 1.0
    vendors: tuple[str, ...] = ()

    @property
    def is_share(self) -> bool:
        """True for a share of all spend, which is a ratio of two sums."""
        return self.of == VENDORS

    def _scopes(self) -> list[dict[str, str]]:
        return [{"provider": v} for v in self.vendors] if self.is_share else [dict(self.scope)]

    def forms(self, model: Model) -> Array:
        """The sums over the model's columns whose greatest, divided by `per`, is the figure; shape (forms, columns).

        For `vendors` the spend with each, in money.
        """
        m, s = model.builder, model.sets
        n = len(model.matrix.cost)
        if self.of == UNSERVED:
            left_out = np.zeros((1, n))
            left_out[0, model.routing.unserved.ids] = 1.0
            return left_out
        terms = measure_terms(m, s, "spend" if self.is_share else self.of)
        amount = terms.amount
        if self.weights:
            amount = amount * np.append(self.weights, 0.0)[terms.workload]
        if self.by_offer:
            amount = amount * np.append(self.by_offer, 0.0)[terms.offer]
        out: list[Array] = []
        for scope in self._scopes():
            mine = in_scope(s, scope, terms)
            years = s.settings.year_of_period()[terms.period]
            for which in [years == y for y in np.unique(s.settings.year_of_period())] if self.yearly else [True]:
                chosen = mine & which
                out.append(np.bincount(terms.col[chosen], weights=amount[chosen], minlength=n))
        divide = s.T if self.of in STOCKS else float(s.demand.sum()) if self.of == LATENCY else 1.0
        return np.array(out) / (divide or 1.0)

    def rows(self, model: Model, limit: float) -> list[tuple[Array, float, float]]:
        """Rows that hold the figure to at most `limit`: coefficients over all columns, lower, upper."""
        forms = self.forms(model)
        if self.is_share:
            total = Measure("", "spend").forms(model)[0]
            return [(form - limit * total, -np.inf, 0.0) for form in forms]
        return [(form, -np.inf, limit * self.per) for form in forms]

    def value(self, look: Look) -> float:
        """The figure of a result."""
        case = look.case
        if self.of == UNSERVED:
            return float(case.rows["unserved"]["volume"].sum()) / self.per
        x = look.rows("spend" if self.is_share else self.of)
        amount = x["amount"]
        if self.weights:
            amount = amount * np.append(self.weights, 0.0)[x["workload"]]
        if self.by_offer:
            amount = amount * np.append(self.by_offer, 0.0)[x["offer"]]
        sums: list[float] = []
        for scope in self._scopes():
            mine = rows_in_scope(case, x, scope)
            by_period = np.bincount(x["period"][mine], amount[mine], case.T)
            if self.yearly:
                year = np.arange(case.T) * case.months // 12
                sums += np.bincount(year, by_period).tolist()
            else:
                sums.append(float(by_period.sum()) / divisor(case, {"measure": self.of, **scope}, 0, case.T - 1))
        whole = float(amount.sum()) if self.is_share else self.per
        return max(sums) / whole if whole else 0.0


class Look:
    """A result, coded once for all the figures that are asked of it."""

    def __init__(self, plan: Plan, result: Result) -> None:
        names = names_of(plan)
        self.plan, self.result = plan, result
        self.case = Case(plan, coded(result.frames, names, Findings(1e-5)), names)
        self.rows = cache(lambda measure: measured(self.case, measure))


def work_weights(plan: Plan) -> tuple[float, ...]:
    """Device-hours in a unit of each workload, in the order of the table, so that unlike units can be added.

    By the middle of its throughputs. A workload that no hardware runs counts as much, by its whole
    demand, as the average of the others.
    """
    names = plan.table("workloads")["workload"]
    rate = plan.table("throughput").groupby("workload")["units_per_hour"].median()
    weight = 1.0 / names.map(rate).astype(float)
    volume = names.map(plan.table("demand").groupby("workload")["volume"].sum()).astype(float).fillna(0.0)
    known = weight.notna()
    average = float((weight * volume)[known].mean()) if known.any() else 1.0
    bare = (average / volume).where(volume > 0, 1.0)
    return tuple(float(w) for w in weight.where(known, bare))


def all_work(plan: Plan) -> float:
    """Device-hours of all demand, by `work_weights`."""
    volume = plan.table("demand").groupby("workload")["volume"].sum()
    names = plan.table("workloads")["workload"]
    return float(np.dot(work_weights(plan), names.map(volume).astype(float).fillna(0.0))) or 1.0


def work_share(name: str, plan: Plan, scope: Scope) -> Measure:
    """The share of all work asked for that offers in the scope do."""
    return Measure(name, "volume", scope, weights=work_weights(plan), per=all_work(plan))


def work_by_offer(plan: Plan, result: Result) -> pd.Series:
    """Share of all work that each offer does, by offer; what is left unserved makes the sum less than 1."""
    weight = pd.Series(work_weights(plan), index=plan.table("workloads")["workload"])
    d = result.frames["dispatch"]
    work = d["volume"] * d["workload"].map(weight).astype(float)
    return (work.groupby(d["offer"]).sum() / all_work(plan)).rename("share")


def with_policy(plan: Plan, measure: str, limit: float = 1e12) -> Plan:
    """The plan with a policy that limits nothing, so that its measure is counted everywhere."""
    policies = plan.tables["policies"]
    if (policies["measure"] == measure).any():
        return plan
    row = {"policy": f"counts {measure}", "measure": measure, "sense": "max", "limit": limit, "window": "horizon"}
    return plan.replace(policies=pd.concat([policies, pd.DataFrame([row])], ignore_index=True))


def counted(plan: Plan, measures: tuple[Measure, ...]) -> Plan:
    """The plan, changed so that its model can tell apart all that the measures need; it costs the same."""
    for of in {m.of for m in measures if m.of == LATENCY or (m.of == "open_sites" and not m.scope)}:
        plan = with_policy(plan, of)
    return plan
