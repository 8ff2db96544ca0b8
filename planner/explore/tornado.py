"""How far each lever moves the cost, and where along its range a decision flips and not only the cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.explore.compare import flips
from planner.explore.difference import Difference
from planner.explore.question import Answer, Param, QuestionError, question
from planner.explore.runner import Runner
from planner.explore.scenarios import GAP, INFEASIBLE, SECONDS, SOLVED, TIME, UNSOLVED, WRONG, answers, differing
from planner.model.options import Options
from planner.plan.patch import Change, PatchError, apply, lever_change, rows_of
from planner.plan.patch_templates import default_levers
from planner.plan.plan import Plan
from planner.plan.schema import join_list, split_list
from planner.plan.tables import API, HELD, RENTED, TABLES
from planner.plan.what_if import ADD, MULTIPLY, NO, YES
from planner.result.result import Result

LOW, HIGH = "low", "high"
MOST_ROUNDS = 6
Flips = Callable[[Result], pd.DataFrame]


@dataclass(frozen=True)
class Lever:
    """A row of the table `levers`. `stands` is its value in the plan as it is; None where its cells differ."""

    name: str
    row: pd.Series
    low: float
    high: float
    stands: float | None
    whole: bool

    def change(self, value: float) -> Change:
        """The change that puts the lever at a value."""
        return lever_change(self.row, value)


def levers(plan: Plan) -> tuple[list[Lever], bool]:
    """The plan's levers in its order; those of `default_levers`, and True, where it has none."""
    table = plan.table("levers")
    generic = table.empty
    if generic:
        table = default_levers(plan)
    return [_lever(plan, row) for _, row in table.iterrows()], generic


def _lever(plan: Plan, row: pd.Series) -> Lever:
    change = lever_change(row, 0.0)
    declared = {c.name: c for c in TABLES[change.table].columns} if change.table in TABLES else {}
    columns = split_list(change.column)
    whole = change.change != MULTIPLY and any(n in declared and declared[n].kind == "integer" for n in columns)
    return Lever(str(row["lever"]), row, float(row["low"]), float(row["high"]), _stands(plan, change), whole)


def _stands(plan: Plan, change: Change) -> float | None:
    if change.change == MULTIPLY:
        return 1.0
    if change.change == ADD:
        return 0.0
    try:
        rows = rows_of(dict(plan.tables), change.table, change.where)
    except PatchError:
        return None
    columns = [c for c in split_list(change.column) if c in plan.tables[change.table]]
    cells = plan.table(change.table).loc[rows, columns]
    numbers = np.unique(pd.to_numeric(cells.to_numpy(object).ravel(), errors="coerce").astype(float))
    return float(numbers[0]) if len(numbers) == 1 and np.isfinite(numbers[0]) else None


@question(
    "tornado",
    "Sensitivity",
    "Solve every lever at both ends of its range: what it does to the cost, and whether a decision flips",
    (
        Param("chosen", "Levers, separated by ;; blank: all", ""),
        Param("ties", "Whether flips are checked for being ties, with up to two more solves each", YES, str, (YES, NO)),
        Param("rounds", "Bisections by which the first flip of each lever is looked for; 0: none", 0, int),
        GAP,
        SECONDS,
    ),
    reads=("levers",),
)
def tornado(
    plan: Plan, result: Result, runner: Runner, chosen: str, ties: str, rounds: int, gap: float, seconds: float
) -> Answer:
    """Frames; amounts in present value.

    tornado: lever, end (low, high), change (set, multiply, add), value, stands (blank: cells differ), state, why, cost, gap, difference (to
    the plan as it is), low, high, certain, relative, flips (their number), priced (to keep out
    what enters there, or to leave half of its work to what leaves, would cost more than the gaps; else the
    flip can be a tie of plans that cost the same; False where not checked): the widest lever first.
    flips: lever, end, kind, what, turn, before, after: see `compare.flips`.
    thresholds: lever, end, unflipped, flipped: the values between which the first decision flips, where
    `rounds` asks for it; what flips there is in `firsts`: the columns of `flips`.
    """
    if not 0 <= rounds <= MOST_ROUNDS:
        raise QuestionError(f"rounds: found {rounds}; allowed is 0 to {MOST_ROUNDS}")
    known, generic = levers(plan)
    wanted = set(split_list(chosen))
    if unknown := wanted - {lever.name for lever in known}:
        raise QuestionError(f"no lever is called {', '.join(sorted(unknown))}")
    known = [lever for lever in known if not wanted or lever.name in wanted]
    if not known:
        raise QuestionError("there is nothing in this plan to vary: add a row to the table levers")
    sweep = _Sweep(plan, result, runner, Options(gap, seconds))
    ends = {(lever.name, end): value for lever in known for end, value in ((LOW, lever.low), (HIGH, lever.high))}
    by_name = {lever.name: lever for lever in known}
    sweep.solve([(by_name[name], value) for (name, _), value in ends.items()])
    priced = _priced(sweep, by_name, ends) if ties == YES else set()
    rows, turns = [], [flips(result, result).assign(lever="", end="")]
    for (name, end), value in ends.items():
        row, turned = sweep.row(by_name[name], value)
        rows.append({"lever": name, "end": end, **row, "priced": (name, end) in priced})
        turns.append(turned.assign(lever=name, end=end))
    table = pd.DataFrame(rows)
    span = table.groupby("lever")["difference"].transform(lambda d: d.abs().max()).fillna(-1.0)
    table = table.assign(span=span).sort_values("span", ascending=False, kind="stable").drop(columns="span")
    thresholds, firsts = _thresholds(sweep, by_name, ends, rounds)
    return Answer(
        {
            "tornado": table.reset_index(drop=True),
            "flips": pd.concat(turns, ignore_index=True),
            "thresholds": thresholds,
            "firsts": firsts,
        },
        {"currency": plan.settings.currency, "cost": result.objective, "generic": generic, "gap": gap},
        tuple(_sentences(table, plan)),
    )


class _Sweep:
    """Solves of levers at values, each once."""

    def __init__(self, plan: Plan, result: Result, runner: Runner, options: Options) -> None:
        self.plan, self.result, self.runner, self.options = plan, result, runner, options
        self.plans: dict[tuple[str, float], Plan] = {}
        self.found: dict[tuple[str, float], Result] = {}
        self.wrong: dict[tuple[str, float], str] = {}

    def solve(self, at: list[tuple[Lever, float]]) -> None:
        """Solve levers at values, all at once."""
        plans: dict[str, Plan] = {}
        keys: dict[str, tuple[str, float]] = {}
        for lever, value in at:
            key, name = (lever.name, value), f"{lever.name} = {value:g}"
            if key in self.found or key in self.wrong:
                continue
            try:
                plans[name] = apply(self.plan, [lever.change(value)])
                keys[name], self.plans[key] = key, plans[name]
            except PatchError as error:
                self.wrong[key] = "; ".join(error.faults)
        found = answers(self.plan, self.result, self.runner, plans, self.options)
        self.found |= {keys[name]: one for name, one in found.items()}

    def turned(self, lever: Lever, value: float) -> pd.DataFrame | None:
        """What flips between the plan as it is and the lever at a value; None without a plan there."""
        one = self.found.get((lever.name, value))
        return None if one is None or not one.has_plan else flips(self.result, one)

    def row(self, lever: Lever, value: float) -> tuple[dict[str, Any], pd.DataFrame]:
        """The cells of a lever at a value, and what flips there."""
        one, why = self.found.get((lever.name, value)), self.wrong.get((lever.name, value), "")
        out: dict[str, Any] = {
            "change": lever.change(value).change,
            "value": value,
            "stands": np.nan if lever.stands is None else lever.stands,
            "state": SOLVED,
            "why": why,
            "cost": np.nan,
            "gap": np.nan,
            **dict.fromkeys(("difference", "low", "high", "relative"), np.nan),
            "certain": False,
            "flips": 0.0,
        }
        turned = self.turned(lever, value)
        if one is None or turned is None:
            state = WRONG if why else UNSOLVED
            if one is not None and one.status == INFEASIBLE:
                state, why = INFEASIBLE, "No plan meets every rule."
            return out | {"state": state, "why": why or TIME}, flips(self.result, self.result)
        difference = Difference.between(self.result, one)
        gap = np.nan if one.gap is None else one.gap
        measured = {"cost": one.objective, "gap": gap, "flips": float(len(turned))}
        return out | measured | differing(difference, self.result), turned


def without_offers(plan: Plan, gone: set[str]) -> Plan:
    """The plan in which nothing new can be had from some offers; what is held by them already stays."""
    offers = plan.tables["offers"].copy()
    mine, pricing = offers["offer"].isin(gone), offers["pricing"]
    offers.loc[mine & pricing.isin(RENTED), "max_devices"] = 0.0
    offers.loc[mine & (pricing == API), "max_units_per_hour"] = 0.0
    offers.loc[mine & pricing.isin(HELD), "available_from"] = plan.settings.periods + 1
    return plan.replace(offers=offers)


def with_work(plan: Plan, kept: set[str], result: Result) -> Plan:
    """The plan in which some offers together keep at least half of the volume that they serve in a result."""
    dispatch = result.frames["dispatch"]
    volume = float(dispatch.loc[dispatch["offer"].isin(kept), "volume"].sum())
    policies = plan.tables["policies"]
    name = "kept"
    while name in set(policies["policy"]):
        name += "+"
    row = {"policy": name, "measure": "volume", "sense": "min", "limit": volume / 2, "window": "horizon"}
    row["offer"] = join_list(sorted(kept))
    return plan.replace(policies=pd.concat([policies, pd.DataFrame([row])], ignore_index=True))


def _priced(sweep: _Sweep, by_name: dict[str, Lever], ends: dict[tuple[str, str], float]) -> set[tuple[str, str]]:
    """The ends at which not to flip would cost more than the gaps of the solves.

    What enters is kept out there, and what leaves keeps half of its work.
    """
    tests: dict[str, tuple[tuple[str, str], Result, Plan]] = {}
    for (name, end), value in ends.items():
        turned, at = sweep.turned(by_name[name], value), (name, value)
        if turned is None or turned.empty:
            continue
        plan, free = sweep.plans[at], sweep.found[at]
        enters, leaves = (_offers_of(plan, turned[turned["turn"] == turn]) for turn in ("enters", "leaves"))
        if enters:
            tests[f"{name} = {value:g} without what enters"] = ((name, end), free, without_offers(plan, enters))
        if leaves:
            tests[f"{name} = {value:g} with what leaves"] = ((name, end), free, with_work(plan, leaves, sweep.result))
    plans = {label: plan for label, (_, _, plan) in tests.items()}
    found = answers(sweep.plan, sweep.result, sweep.runner, plans, sweep.options)
    return {at for label, (at, free, _) in tests.items() if label in found and _dearer(free, found[label])}


def _offers_of(plan: Plan, turned: pd.DataFrame) -> set[str]:
    """The offers that turn, and those of sites that do."""
    offers = plan.tables["offers"]
    sites = set(turned.loc[turned["kind"] == "site", "what"])
    return set(turned.loc[turned["kind"] == "offer", "what"]) | set(offers.loc[offers["site"].isin(sites), "offer"])


def _dearer(free: Result, bound: Result) -> bool:
    if not bound.has_plan:
        return bound.status == INFEASIBLE
    return Difference.between(free, bound, restricts=True).certain


def _thresholds(
    sweep: _Sweep, by_name: dict[str, Lever], ends: dict[tuple[str, str], float], rounds: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Where the first decision flips between where a lever stands and an end at which some do, by bisection.

    All levers are halved together, one sweep a round, so that the number of solves is at most the
    number of ends that flip times `rounds`.
    """
    open_ends: dict[tuple[str, str], tuple[float, float]] = {}
    for (name, end), value in ends.items():
        turned, stands = sweep.turned(by_name[name], value), by_name[name].stands
        if rounds and turned is not None and len(turned) and stands is not None and stands != value:
            open_ends[name, end] = (stands, value)
    for _ in range(rounds):
        middles = {key: _middle(by_name[key[0]], *between) for key, between in open_ends.items()}
        sweep.solve([(by_name[name], x) for (name, _), x in middles.items() if x is not None])
        for key, x in middles.items():
            turned = None if x is None else sweep.turned(by_name[key[0]], x)
            if x is None or turned is None:
                continue
            calm, flipped = open_ends[key]
            open_ends[key] = (calm, x) if len(turned) else (x, flipped)
    rows = [
        {"lever": name, "end": end, "unflipped": calm, "flipped": flipped}
        for (name, end), (calm, flipped) in open_ends.items()
    ]
    firsts = [flips(sweep.result, sweep.result).assign(lever="", end="")]
    for (name, end), (_, flipped) in open_ends.items():
        turned = sweep.turned(by_name[name], flipped)
        if turned is not None:
            firsts.append(turned.assign(lever=name, end=end))
    nothing = pd.DataFrame({c: pd.Series(dtype=object) for c in ("lever", "end", "unflipped", "flipped")})
    return pd.DataFrame(rows) if rows else nothing, pd.concat(firsts, ignore_index=True)


def _middle(lever: Lever, calm: float, flipped: float) -> float | None:
    """The value halfway, a whole one where only such can be; None where there is none in between."""
    x = (calm + flipped) / 2
    x = float(np.floor(x)) if lever.whole else float(f"{x:.6g}")
    return None if x in (calm, flipped) else x


def _sentences(table: pd.DataFrame, plan: Plan) -> list[str]:
    out = []
    for name, rows in table.groupby("lever", sort=False):
        ends = rows.set_index("end")
        moves = []
        for end in (LOW, HIGH):
            row = ends.loc[end]
            if row["state"] != SOLVED:
                moves.append(f"at {row['value']:g} {row['state']}")
            elif not row["certain"]:
                moves.append(f"at {row['value']:g} no difference that could be told")
            else:
                moves.append(f"at {row['value']:g} {row['difference']:+,.0f} {plan.settings.currency}")
        flipped = ""
        if (rows["flips"] > 0).any():
            flipped = " A decision flips." if rows["priced"].any() else " A decision flips, which can be a tie."
        out.append(f"{name}: {'; '.join(moves)}.{flipped}")
    return out
