"""The frontier of cost against another measure: points that no other plan beats in both.

By epsilon-constraint: the two ends first (least cost; least of the measure, then its least cost),
then least cost at even steps of the measure between them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.explore.aims import FREE, Decisions, Search, category_of, charges, is_charged
from planner.explore.case import Case
from planner.explore.compare import decisions_that_differ
from planner.explore.frontier_words import extent, finding, rough
from planner.explore.measures import CARBON, UNSERVED, VENDORS, Look, Measure, counted, work_by_offer
from planner.explore.question import Answer, Param, QuestionError, question
from planner.explore.runner import Runner
from planner.explore.vendor import providers
from planner.explore.why_words import money as in_money
from planner.model.options import Options, relative_gap
from planner.model.policies import LATENCY
from planner.plan.cells import plain
from planner.plan.patch import Change
from planner.plan.plan import Plan
from planner.plan.what_if import INSERT
from planner.result.result import Result

AGAINST = ("carbon", "capex_peak", "latency", "concentration", "unserved")
SAME = 1e-6
"""Share of the range of a measure that counts as nothing."""
CLEARLY = 0.01
"""Share of the frontier's width by which a point must be below the plan's own measure to be worth a scenario."""
PLAN, CHEAPEST, STEP, END = "plan", "cheapest", "step", "end"
POINTS = [
    "point", "kind", "limit", "value", "cost", "low", "gap", "status", "overlaps",
    "marginal", "marginal_low", "marginal_high", "objective", "cash", "not_cash", "capex", "opex", "carbon_t", "saved_as",
]  # fmt: skip
"""Columns of the frame of points. cost: present value without the plan's own charges for the measure;
low: proven, no plan at this limit costs less; marginal: cost per `facts.step` less of the measure, from
the point before, blank where the cost of either was not found in time (see `frontier_words.rough`); cash: present value of what of it is paid; not_cash: categories of the rest of the cost,
joined by a semicolon; saved_as: the name of the point as a scenario, blank where it cannot be one."""


def measure_of(plan: Plan, against: str) -> Measure:
    """The measure by its name in `AGAINST`. Raises QuestionError where the plan leaves nothing to weigh."""
    if against == "carbon":
        return Measure(against, CARBON)
    if against == "capex_peak":
        return Measure(against, "capex", yearly=True)
    if against == "latency":
        return Measure(against, LATENCY)
    if against == "concentration":
        names = tuple(providers(plan))
        if len(names) < 2:
            raise QuestionError("there are not two vendors among whom spend could be spread")
        return Measure(against, VENDORS, vendors=names)
    if plan.table("workloads")["unserved_penalty_per_unit"].isna().all():
        raise QuestionError("all volume must be served: no workload has a penalty for unserved units")
    return Measure(against, UNSERVED, per=_demand(plan))


def step_of(measure: Measure) -> float:
    """The amount of a measure by which its marginal cost is told: a tonne, a ms, a per cent of spend or volume, a unit of money."""
    return {VENDORS: 0.01, UNSERVED: 0.01}.get(measure.of, 1.0)


def _demand(plan: Plan) -> float:
    return float(plan.table("demand")["volume"].sum()) or 1.0


@question(
    "frontier",
    "Trade-offs",
    "Cost against another measure: the plans that no other beats in both, and what each step costs",
    (
        Param("against", "What cost is weighed against", "carbon", choices=AGAINST),
        Param("points", "Points on the frontier, both ends included", 7, int),
        Param("gap", "Gap of each solve, in per cent", 0.5, float),
        Param("reach", "How much dearer than the plan the far end may be, in per cent", 50.0, float),
        Param("seconds", "Seconds for each solve at most", 40.0, float),
    ),
)
def frontier(
    plan: Plan, result: Result, runner: Runner, against: str, points: int, gap: float, reach: float, seconds: float
) -> Answer:
    """See the module. Frames: points (`POINTS`), mix, decisions, changes; dropped points are told in facts."""
    if not 2 <= points <= 25:
        raise QuestionError(f"points: found {points}; allowed is 2 to 25")
    measure, options = measure_of(plan, against), Options(gap / 100, seconds)
    return _Frontier(plan, result, runner, measure, options, reach / 100).answer(points)


class _Frontier:
    """One frontier on its way."""

    def __init__(
        self, plan: Plan, result: Result, runner: Runner, measure: Measure, options: Options, reach: float
    ) -> None:
        self.plan, self.result, self.runner, self.measure, self.options = plan, result, runner, measure, options
        self.asked = counted(plan, (measure,))
        self.end = Search(0.0, measure)
        self.charged = measure.of if is_charged(plan, measure.of) else ""
        self.size = abs(result.objective or 0.0) or 1.0
        self.now = Look(plan, result)
        self.known = Decisions.of(self.now)
        self.value_now = measure.value(self.now)
        self.cost_now = self.cost(result, self.now)
        self.most = self.cost_now + reach * abs(self.cost_now)
        self.cut = False
        self.nothing = -np.inf
        """Limit up to which nothing is left of the measure; minus infinity while no plan is known with nothing."""
        self.proven: float | None = None

    def cost(self, result: Result, look: Look) -> float:
        """Present value of a result without the plan's own charges for the measure."""
        charged = charges(self.plan, self.charged, look) if self.charged else 0.0
        return float(result.objective or 0.0) - charged

    def low(self, result: Result, look: Look) -> float:
        """What no plan of the same limit can cost less than; minus infinity where nothing is proven."""
        if result.aim is not None and result.aim.key == self.end.key:  # it sought the measure, not the cost
            return -np.inf
        if not self.charged:
            return -np.inf if result.bound is None else result.bound
        if result.aim is None or result.aim.bound is None:
            return -np.inf
        return result.aim.bound - FREE * charges(self.plan, self.charged, look)

    def at_none(self, limit: float) -> float:
        """The plan's own bound where a limit allows nothing that is charged for: then both count the same cost.

        What a plan found leaves of its limit proves nothing: another within it may be charged, and cost less without.
        """
        bound = self.result.bound
        return bound if self.charged and bound is not None and limit <= self.nothing else -np.inf

    def case(self, name: str, limit: float | None, known: Decisions | None = None) -> Case:
        """Least cost with the measure at most at a limit; `known`: decisions of a plan that is within it."""
        # The plan itself is within no limit but its own: for a tighter one it is no place to set out from.
        known = self.known if limit is None else known
        within = () if limit is None else ((self.measure, limit),)
        return Case(
            name, self.asked, self.options, Search(self.size, within=within, uncharged=self.charged, known=known)
        )

    def ends(self) -> dict[str, Result]:
        """Least cost, and the least of the measure whatever it costs."""
        # Concentration's end: that in which the vendor that gets most gets least. No waste can help it.
        scale = self.size if self.measure.of == VENDORS else abs(self.value_now)
        if scale <= 0:
            scale = self.size if self.measure.of == "capex" else 1.0
        end = Search(
            self.size, self.measure, scale=scale, cost_limit=self.most, uncharged=self.charged, known=self.known
        )
        self.end = end
        cases = [Case(END, self.asked, self.options, end)]
        if self.charged:
            cases.append(self.case(CHEAPEST, None))
        found = self.runner.solve(cases)
        return {PLAN: self.result, **found}

    def solved(self, within: dict[str, float], end: Result) -> dict[str, Result]:
        """Least cost at each limit by name; what found no plan in its time is tried once more from the far end's plan."""
        found = self.runner.solve([self.case(name, limit) for name, limit in within.items()])
        late = [name for name in within if name not in found or found[name].status == "unsolved"]
        if late and not self.runner.cancelled:
            # The far end is within every limit: with its decisions there is a plan at once, to be made cheaper.
            known = Decisions.of(Look(self.plan, end))
            found |= self.runner.solve([self.case(name, within[name], known) for name in late])
        return found

    def floor(self, end: Result, found: float) -> float | None:
        """What the measure of no plan within the reach can be below; None where that is not proven."""
        low = None if self.measure.is_share else self.end.proven(end)
        if low is None:
            return None
        return min(low if self.measure.of == "capex" else max(low, 0.0), found)

    def answer(self, points: int) -> Answer:
        """Ends, steps, and what they say."""
        found = {name: r for name, r in self.ends().items() if r.has_plan}
        missing: list[str] = []
        first = CHEAPEST if self.charged else PLAN
        kept = {name: (np.inf, found[name]) for name in (PLAN, CHEAPEST) if name in found}
        if first in found and END in found:
            top, bottom = (self.measure.value(Look(self.plan, found[n])) for n in (first, END))
            room = SAME * max(abs(top), abs(bottom))
            # Only of nothing there cannot be less: plans beyond the reach were not looked for.
            self.cut = self.measure.is_share or self.measure.of == "capex" or bottom > room
            self.proven = self.floor(found[END], bottom)
            if abs(bottom) <= room:
                self.nothing = bottom + 2 * room
            if self.charged:  # nothing holds the first back; the plan itself is known within what it has
                kept[PLAN] = (max(self.value_now, bottom) + room, self.result)
            if top - bottom > 10 * room:
                limits = np.linspace(top, bottom, points)[1:] + room
                names = [*(f"{STEP} {i}" for i in range(1, points - 1)), END]
                within = dict(zip(names, limits.tolist(), strict=True))
                steps = self.solved(within, found[END])
                for name, limit in zip(names, limits, strict=True):
                    if name in steps and steps[name].has_plan:
                        kept[name] = (float(limit), steps[name])
                    elif name == END:  # a plan with so little is known all the same, if not that of least cost
                        kept[END] = (float(limit), found[END])
                    else:
                        missing.append(name)
        else:
            missing = [n for n in (first, END) if n not in found]
        return self.told(kept, missing)

    def told(self, found: dict[str, tuple[float, Result]], missing: list[str]) -> Answer:
        """The answer from the points that were found."""
        looks = {name: Look(self.plan, r) for name, (_, r) in found.items()}
        frame = pd.DataFrame([self.row(name, *found[name], looks[name]) for name in found])
        frame, dropped = pareto(frame)
        frame = marginal(frame, step_of(self.measure))
        room = SAME * max(frame["value"].abs().max(), abs(self.value_now))
        apart = CLEARLY * (frame["value"].max() - frame["value"].min())
        binding = frame["value"] < self.value_now - max(apart, 10 * room)
        frame["saved_as"] = [self.name(v) if b else "" for v, b in zip(frame["value"], binding, strict=True)]
        results = {p: found[p][1] for p in frame["point"]}
        changes = [
            {"point": p, "step": i + 1, "table": c.table, "where": c.where, "change": c.change}
            for p, v, saved in zip(frame["point"], frame["value"], frame["saved_as"], strict=True)
            if saved
            for i, c in enumerate(policies_for(self.plan, self.measure, v + room, saved))
        ]
        frames = {
            "points": frame[POINTS],
            "mix": pd.concat(
                [work_by_offer(self.plan, r).reset_index().assign(point=p) for p, r in results.items()],
                ignore_index=True,
            )[["point", "offer", "share"]],
            "decisions": pd.concat(
                [
                    decisions_that_differ(self.plan, self.result, self.plan, r).assign(point=p)
                    for p, r in results.items()
                ],
                ignore_index=True,
            ),
            "changes": pd.DataFrame(changes, columns=["point", "step", "table", "where", "change"]),
        }
        return Answer(frames, self.facts(dropped, missing), self.sentences(frame, dropped, missing))

    def sentences(self, points: pd.DataFrame, dropped: list[str], missing: list[str]) -> tuple[str, ...]:
        """The main things in words."""
        facts, money = self.facts(dropped, missing), self.plan.settings.currency
        said = [f"{finding(points, facts, money)}."]
        if len(points) > 1:
            said.append(extent(points, facts, money))
            if self.cut:
                said.append(
                    f"No plan above {in_money(self.most, money)} was looked for: with that, less may be possible."
                )
        close = int((points["overlaps"] & ~rough(points)).sum())
        if close:
            said.append(f"{close} of {len(points)} points cannot be told from the point before by their cost.")
        if missing and len(points) > 1:
            said.append(f"{len(missing)} more were not found in the time given.")
        if dropped:
            said.append(f"Left out, since another point is as good in both: {', '.join(dropped)}.")
        return tuple(said)

    def name(self, value: float) -> str:
        """What a point is called as a scenario: its measure to four figures, with the unit."""
        return f"{self.measure.name.replace('_', ' ')} at most {self.said(value)}"

    def said(self, value: float) -> str:
        """An amount of the measure to four figures, with its unit."""
        if self.measure.of in (VENDORS, UNSERVED):
            return f"{float(f'{100 * value:.4g}'):g} %"
        unit = {CARBON: " t", LATENCY: " ms"}.get(self.measure.of, f" {self.plan.settings.currency}")
        return f"{float(f'{value:.4g}'):,.12g}{unit}"

    def facts(self, dropped: list[str], missing: list[str]) -> dict:
        """What holds for the whole frontier."""
        return {
            "against": self.measure.name,
            "step": step_of(self.measure),
            "charged": bool(self.charged),
            "value_now": self.value_now,
            "cost_now": self.cost_now,
            "objective_now": float(self.result.objective or 0.0),
            "gap_now": self.result.gap,
            "most": self.most,
            "cut": self.cut,
            "least_proven": self.proven,
            "dropped": dropped,
            "missing": missing,
            "cancelled": self.runner.cancelled,
        }

    def row(self, name: str, limit: float, r: Result, look: Look) -> dict:
        """A point in figures."""
        ledger = r.ledger.groupby("cash")["amount"].sum()
        cost, low = self.cost(r, look), max(self.low(r, look), self.at_none(limit))
        uncharged = category_of(self.charged)
        return {
            "point": name,
            "kind": name.split(" ")[0],
            "limit": limit,
            "value": self.measure.value(look),
            "cost": cost,
            "low": min(low, cost),
            "status": r.status,
            "objective": float(r.objective or 0.0),
            "cash": float(r.cash_present_value or 0.0),
            "not_cash": ";".join(c for c, v in r.not_cash.items() if c != uncharged and v > SAME),
            "capex": float(ledger.get("capex", 0.0)),
            "opex": float(ledger.get("opex", 0.0)),
            "carbon_t": float(r.frames["emissions"]["carbon_t"].sum()),
        }


def pareto(points: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The points that no other beats in both cost and value, from the cheapest on, and the names of the others.

    Adds `gap`, and `overlaps`: a point whose cost cannot be told from that of its neighbour before it.
    What is proven at a looser limit holds at a tighter one too, so `low` never falls. Of points as good in both
    the first that is given stays.
    """
    out = points.reset_index(drop=True)
    looser = out["limit"].to_numpy(float)[None, :] >= out["limit"].to_numpy(float)[:, None]
    low = np.where(looser, out["low"].to_numpy(float)[None, :], -np.inf).max(axis=1)
    out["low"] = np.minimum(low, out["cost"])
    cost, value = out["cost"].to_numpy(float), out["value"].to_numpy(float)
    near_cost, near_value = 1e-9 * max(np.abs(cost).max(), 1.0), SAME * max(np.abs(value).max(), 1e-12)
    no_dearer = cost[None, :] <= cost[:, None] + near_cost
    no_more = value[None, :] <= value[:, None] + near_value
    better = (cost[None, :] < cost[:, None] - near_cost) | (value[None, :] < value[:, None] - near_value)
    twin = no_dearer & no_more & ~better & (np.arange(len(out))[None, :] < np.arange(len(out))[:, None])
    beaten = ((no_dearer & no_more & better) | twin).any(axis=1)
    dropped = out.loc[beaten, "point"].tolist()
    out = out[~beaten].sort_values("cost", kind="stable").reset_index(drop=True)
    out["gap"] = [relative_gap(c, b if np.isfinite(b) else None) for c, b in zip(out["cost"], out["low"], strict=True)]
    out["gap"] = out["gap"].astype(float)
    out["overlaps"] = out["low"] <= out["cost"].astype(float).shift(1, fill_value=-np.inf)
    return out, dropped


def marginal(points: pd.DataFrame, step: float) -> pd.DataFrame:
    """The same with what a `step` less of the measure costs, from the point before, and its proven interval."""
    before = points.shift(1)
    less = (before["value"] - points["value"]) / step
    unpriced = rough(points) | rough(points).shift(1, fill_value=False)
    return points.assign(
        marginal=((points["cost"] - before["cost"]) / less).mask(unpriced),
        marginal_low=(points["low"] - before["cost"]) / less,
        marginal_high=(points["cost"] - before["low"]) / less,
    )


def policies_for(plan: Plan, measure: Measure, limit: float, name: str) -> list[Change]:
    """The changes that hold a measure to a limit by policies: what makes a point a scenario."""
    amount = plain(float(f"{limit:.9g}"))

    def rule(name: str, **cells: str) -> Change:
        cells = {"policy": name, **cells}
        return Change("policies", "; ".join(f"{k}={v}" for k, v in cells.items()), "", INSERT)

    if measure.of == VENDORS:
        more = {"measure": "spend", "sense": "max", "limit": amount, "share_of": "total", "window": "horizon"}
        return [rule(f"{name}: {v}", **more, provider=v) for v in measure.vendors]
    if measure.of == UNSERVED:
        served = plain(float(f"{_demand(plan) * (1.0 - limit):.9g}"))
        return [rule(name, measure="volume", sense="min", limit=served, window="horizon")]
    window = "year" if measure.yearly else "horizon"
    return [rule(name, measure=measure.of, sense="max", limit=amount, window=window)]
