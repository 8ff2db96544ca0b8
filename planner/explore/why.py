"""Why an offer is in the plan, or why not: what keeps it out, at what price it would turn, what it would replace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd

from planner.explore.case import Case
from planner.explore.difference import Difference
from planner.explore.excuses import LIFTABLE, excuses, frame
from planner.explore.question import Answer, Param, QuestionError, question
from planner.explore.rules import moves
from planner.explore.runner import Runner
from planner.explore.scenarios import GAP, SECONDS
from planner.explore.vendor import PER
from planner.explore.why_relaxed import Point, RelaxedOffer, turning, use
from planner.explore.why_search import BreakEven, break_even
from planner.explore.why_tell import sentences
from planner.model.options import Options
from planner.plan.plan import Plan
from planner.plan.tables import API, HELD
from planner.result.result import Result
from planner.text.names import names
from planner.text.numbers import one

MORE, LESS = (1.25, 1.5, 2.0, 3.0), (0.75, 0.5, 0.25)
"""Factors on all demand at which an offer outside the plan, and one inside, is looked for."""
STEPS = 3
"""Solves at most in the search for a price."""
FORCED, LEFT_OUT, AT_ONCE, LIFTED = "forced in", "left out", "at once", "rule lifted"
RULE_WORDS = {
    "latency": "latency limit",
    "zone": "allowed zones",
    "certification": "certifications",
    "interruptible share": "interruptible share",
}
SURE = 0.95
"""Share of the price found in whole devices from which, once proven, it is told before that of the relaxation."""
SMALL = 1e-6


@question(
    "why",
    "Why this offer, or why not",
    "Say what keeps an offer out of the plan or in it, at which price, utilization, date or volume that turns, "
    "and what it would replace",
    (
        Param("offer", "The offer"),
        Param("devices", "Devices that are forced in to see what they replace; 0: chosen by its reach", 0.0, float),
        GAP,
        SECONDS,
    ),
)
def why(plan: Plan, result: Result, runner: Runner, offer: str, devices: float, gap: float, seconds: float) -> Answer:
    """Frames `reasons` (see `excuses.Excuse`), `replaced`, `prices` and `volumes`.

    replaced: offer, unit, before, after (devices on average, or units of an api), money (present value), source
    (relaxation, or the solve): what changes when the offer is forced in, or left out where it is in the plan.
    prices: factor, price, amount (of the offer), cost, gap, cheaper. volumes: factor (on all demand), amount,
    state (in the plan, not in it, cannot be served, not solved), gap.
    Facts: offer, pricing, in_plan, barred, price, break_even, swap, use, date, lifted (each None where not known).
    """
    known = plan.table("offers").set_index("offer", drop=False)
    if offer not in known.index:
        raise QuestionError(f"no offer is called {offer!r}")
    return _Inquiry(plan, result, runner, known.loc[offer], devices, Options(gap=gap, time_limit=seconds)).answer()


class _Inquiry:
    """One offer under question."""

    def __init__(
        self, plan: Plan, result: Result, runner: Runner, row: pd.Series, devices: float, options: Options
    ) -> None:
        self.plan, self.result, self.runner, self.row, self.options = plan, result, runner, row, options
        self.offer, self.devices = str(row["offer"]), devices
        self.reasons = excuses(plan, result, self.offer)
        self.barred = any(e.absolute for e in self.reasons)
        self.in_plan = self.amount(result) > SMALL
        self.years = plan.settings.periods * plan.settings.months_per_period / 12

    def answer(self) -> Answer:
        """Everything there is to say, with as few solves as it takes."""
        facts: dict[str, Any] = {
            "offer": self.offer,
            "pricing": str(self.row["pricing"]),
            "unit": self.unit,
            "in_plan": self.in_plan,
            "barred": self.barred,
            "gap": self.options.gap,
            "plan_gap": self.result.gap,
            "currency": self.plan.settings.currency,
            **self._standing(),
            **dict.fromkeys(("price", "break_even", "swap", "use", "at_once", "lifted", "reduced_cost")),
        }
        frames = {
            "reasons": frame(self.reasons),
            "replaced": pd.DataFrame(
                {c: pd.Series([], dtype=float if c in ("before", "after", "money") else "str") for c in REPLACED}
            ),
            "prices": pd.DataFrame({c: pd.Series([], dtype=t) for c, t in PRICES.items()}),
            "volumes": pd.DataFrame({c: pd.Series([], dtype=t) for c, t in VOLUMES.items()}),
        }
        if self.barred and not self.in_plan:
            facts["lifted"] = self._lifted()
        else:
            self._inquire(facts, frames)
        return Answer(frames, facts, tuple(sentences(self.plan, self.reasons, facts, frames)))

    @property
    def unit(self) -> str:
        """In what the offer's amount is counted."""
        if self.row["pricing"] != API:
            return "devices"
        units = self.plan.table("workloads").set_index("workload")["unit"]
        return str(units.get(self.row["workload"], "units"))

    def amount(self, result: Result) -> float:
        """How much a result has of the offer beyond its assets: device-periods, or units of an api."""
        if self.row["pricing"] == API:
            rows = result.frames["dispatch"]
            return float(rows.loc[rows["offer"] == self.offer, "volume"].sum())
        if self.row["pricing"] in HELD:
            v = result.frames["vintages"]
            v = v[(v["offer"] == self.offer) & (v["asset"] == "")]
            return float((v["devices"] * (v["last_period"] - v["first_period"] + 1)).sum())
        rows = result.frames["capacity"]
        return float(rows.loc[rows["offer"] == self.offer, "devices_in_service"].sum())

    def average(self, amount: float) -> float:
        """An amount as people count it: devices on average over the plan, or units of an api over the plan."""
        return amount if self.row["pricing"] == API else amount / self.plan.settings.periods

    def _standing(self) -> dict[str, Any]:
        """Where the offer stands in the plan."""
        rows = self.result.frames["capacity"]
        rows = rows[rows["offer"] == self.offer]
        hours = float(rows["devices_in_service"].sum()) * self.plan.settings.hours
        ledger = self.result.ledger
        serving = rows.loc[rows["devices_in_service"] > SMALL, "period"]
        months = self.plan.settings.month_of_period()
        return {
            "amount": self.average(self.amount(self.result)),
            "assets": self.average(self._there()) if self.row["pricing"] in HELD else 0.0,
            "utilization": float(rows["hours_used"].sum()) / hours if hours > 0 else None,
            "paid_a_year": float(ledger.loc[ledger["offer"] == self.offer, "present_value"].sum()) / self.years,
            "first": months[int(serving.min()) - 1] if len(serving) else None,
        }

    def _inquire(self, facts: dict[str, Any], frames: dict[str, pd.DataFrame]) -> None:
        relaxed = RelaxedOffer(self.plan, self.offer, self.options.time_limit, self.runner.cancel)
        now = self._tick(relaxed.at, "relaxation")
        zero = now if now is None or now.had <= SMALL else self._tick(relaxed.without, "relaxation without it")
        there = 0.0 if zero is None else relaxed.amount(zero)
        size = self._size(relaxed, now, there)
        little = much = None
        if zero is not None:
            little = self._tick(partial(relaxed.at, there + 0.01 * size), "relaxation with a little of it")
        guess = turning(zero, little)
        if self.in_plan:
            much = now
        elif zero is not None:
            much = self._tick(partial(relaxed.at, there + size), "relaxation with it forced in")
        found = self.runner.solve(self._cases(size))
        other = found.get(LEFT_OUT if self.in_plan else FORCED)
        facts["swap"] = self._swap(other, zero, much, size)
        facts["use"] = use(zero, much)
        facts["reduced_cost"] = self._reduced(zero, little, 0.01 * size)
        facts["price"] = self._price()
        search = self._search(found.get(LEFT_OUT), guess)
        facts["break_even"] = self._turn(search, guess)
        facts["at_once"] = self._entered(found.get(AT_ONCE))
        frames["replaced"] = self._replaced(zero, much, other)
        frames["volumes"] = self._volumes(found)
        if search is not None and facts["price"]:
            table = pd.DataFrame([t.__dict__ for t in search.trials], columns=[c for c in PRICES if c != "price"])
            frames["prices"] = table.assign(
                price=table["factor"] * facts["price"]["now"], amount=table["amount"].map(self.average)
            )[list(PRICES)].sort_values("factor", ignore_index=True)

    def _tick(self, solve: Callable[[], Point | None], name: str) -> Point | None:
        """A relaxation, solved here since it takes a second or two, told like a solve."""
        runner = self.runner
        if runner.cancelled:
            return None
        runner.asked += 1
        point = solve()
        runner.answered += 1
        if runner.tell is not None:
            runner.tell(runner.answered, runner.asked, name)
        return point

    def _size(self, relaxed: RelaxedOffer, now: Point | None, there: float) -> float:
        """The amount that is tried: what the plan has of the offer, else a trial that its limits let in."""
        have = max(self.amount(self.result), relaxed.amount(now) - there if now else 0.0)
        return have if self.in_plan else relaxed.trial(self.devices)

    def _cases(self, size: float) -> list[Case]:
        """The solves that do not wait for one another."""
        if self.in_plan:
            cases = [Case(LEFT_OUT, self._without(), self.options)]
        else:
            cases = [Case(FORCED, self._forced(size), self.options)]
            if any(e.bottleneck == "date" for e in self.reasons):
                cases.append(Case(AT_ONCE, self._at_once(), self.options))
        factors = LESS if self.in_plan else MORE
        return cases + [Case(_times(f), self._demand(f), self.options) for f in factors]

    def _offers(self, **cells: Any) -> pd.DataFrame:
        offers = self.plan.tables["offers"].copy()
        for column, value in cells.items():
            offers.loc[offers["offer"] == self.offer, column] = value
        return offers

    def _without(self) -> Plan:
        """The plan in which nothing more is had of the offer than its assets."""
        if self.row["pricing"] in HELD:
            return self.plan.replace(offers=self._offers(available_from=self.plan.settings.periods + 1))
        limit = "max_units_per_hour" if self.row["pricing"] == API else "max_devices"
        return self.plan.replace(offers=self._offers(**{limit: 0.0}))

    def _forced(self, size: float) -> Plan:
        measure = "volume" if self.row["pricing"] == API else "devices"
        there = self._there() if self.row["pricing"] in HELD else 0.0
        least = {
            "policy": f"at least some {self.offer}",
            "measure": measure,
            "sense": "min",
            "limit": self.average(size + there),
            "window": "horizon",
            "offer": self.offer,
        }
        rows = self.plan.tables["policies"].to_dict("records")
        return self.plan.replace(policies=pd.DataFrame([*rows, least]))

    def _there(self) -> float:
        v = self.result.frames["vintages"]
        v = v[(v["offer"] == self.offer) & (v["asset"] != "")]
        return float((v["devices"] * (v["last_period"] - v["first_period"] + 1).clip(lower=0)).sum())

    def _at_once(self) -> Plan:
        sites = self.plan.tables["sites"].copy()
        sites.loc[sites["site"] == self.row["site"], "available_from"] = 1
        return self.plan.replace(offers=self._offers(available_from=1, lead_time_months=0), sites=sites)

    def _demand(self, factor: float) -> Plan:
        demand = self.plan.tables["demand"]
        return self.plan.replace(demand=demand.assign(volume=demand["volume"] * factor))

    def _entered(self, found: Result | None) -> dict[str, Any] | None:
        """Whether a solve with something out of the way has the offer, and what that saves a year."""
        if found is None or found.objective is None:
            return None
        saved = Difference.between(found, self.result, restricts=True).a_year(self.plan)
        return {"amount": self.average(self.amount(found)), "gap": found.gap, **_numbers(saved)}

    def _lifted(self) -> dict[str, Any] | None:
        """The offer when the rules of workloads that bar it are lifted, where rules are all that does."""
        bars = [e for e in self.reasons if e.absolute]
        rules = sorted({(e.workload, e.bottleneck) for e in bars if e.bottleneck in LIFTABLE})
        if not rules or any(e.bottleneck in ("date", "quota", "power", "room") for e in bars):
            return None
        workloads = self.plan.tables["workloads"].copy()
        for workload, bottleneck in rules:
            column, value = LIFTABLE[bottleneck]
            workloads.loc[workloads["workload"] == workload, column] = value
        found = self.runner.one(Case(LIFTED, self.plan.replace(workloads=workloads), self.options))
        entered = self._entered(found)
        called = names(self.plan, "workloads")
        return (
            None if entered is None else {**entered, "rules": [f"the {RULE_WORDS[b]} of {called[w]}" for w, b in rules]}
        )

    def _swap(self, other: Result | None, zero: Point | None, much: Point | None, size: float) -> dict[str, Any] | None:
        """What it costs a year to force the offer in, or to leave it out."""
        out: dict[str, Any] = {
            "kind": LEFT_OUT if self.in_plan else FORCED,
            "amount": self.average(size),
            "state": "not solved" if other is None else other.status,
            "relaxed_a_year": None,
            **_numbers(None),
        }
        if zero is not None and much is not None:
            out["relaxed_a_year"] = abs(zero.cost - much.cost) / self.years
        if other is not None and other.objective is not None:
            out |= _numbers(Difference.between(self.result, other, restricts=True).a_year(self.plan))
            out["gap"] = other.gap
        return out

    def _reduced(self, zero: Point | None, little: Point | None, amount: float) -> dict[str, Any] | None:
        """What a little of the offer costs more than it saves, per device and year or per unit."""
        if zero is None or little is None or amount <= 0:
            return None
        per = 1.0 if self.row["pricing"] == API else 12 / self.plan.settings.months_per_period
        net = (little.cost - zero.cost) / amount * per
        own = (sum(little.paid[[self.offer]]) - sum(zero.paid[[self.offer]])) / amount * per
        return {"net": net, "own": own, "saves": own - net, "per": self.unit if per == 1.0 else "device and year"}

    def _price(self) -> dict[str, Any] | None:
        for column, per in PER.items():
            if float(self.row[column]) > 0:
                return {"column": column, "now": float(self.row[column]), "per": per or one(self.unit)}
        return None

    def _search(self, left_out: Result | None, guess: float | None) -> BreakEven | None:
        """Whole devices: from the plan upwards where it has the offer, else from below the relaxation's price."""
        if self._price() is None:
            return None
        args = (self.amount, self.runner, self.options, STEPS)
        if self.in_plan:
            if left_out is None or left_out.objective is None:
                return None
            return break_even(self.plan, self.offer, left_out, self.result, 1.0, *args)
        if guess is None or guess <= 0:
            return None
        return break_even(self.plan, self.offer, self.result, None, 0.98 * guess, *args)

    def _turn(self, search: BreakEven | None, guess: float | None) -> dict[str, Any] | None:
        """The factors on its prices at which the offer enters or leaves; `told` is that of whole devices where
        it is as good as proven (`exact`), else that of the relaxation."""
        if search is None and guess is None:
            return None
        facts = {"relaxed": guess, "found": None, "proven": None, "not_at": None, "solves": 0}
        if search is not None:
            facts |= {"found": search.found, "proven": search.proven, "not_at": search.not_at}
            facts["solves"] = len(search.trials)
        sure = facts["found"] is not None and (facts["proven"] or 0.0) >= SURE * facts["found"]
        return {**facts, "told": facts["found"] if sure or guess is None else guess, "exact": sure}

    def _replaced(self, zero: Point | None, much: Point | None, other: Result | None) -> pd.DataFrame:
        """What gives way to the offer, or takes its place: in the relaxation where it is known, else as solved."""
        if zero is not None and much is not None:
            api = self.plan.table("offers")["pricing"].to_numpy() == API
            sides = []
            for point in (much, zero) if self.in_plan else (zero, much):
                sides.append(point.devices.where(~api, point.volume))
            before, after = sides
            sign = -1 if self.in_plan else 1
            units = self.plan.table("workloads").set_index("workload")["unit"]
            unit = self.plan.table("offers")["workload"].map(units).where(api, "devices").astype("str")
            out = pd.DataFrame(
                {
                    "offer": before.index.astype("str"),
                    "unit": unit.to_numpy(),
                    "before": before.to_numpy(float),
                    "after": after.to_numpy(float),
                    "money": sign * (much.paid - zero.paid).to_numpy(float),
                }
            ).assign(source="relaxation")
            apart = (out["after"] - out["before"]).abs() > 1e-4 * out[["before", "after"]].max(axis=1).clip(lower=1.0)
            out = out[apart].sort_values("money", key=abs, ascending=False, kind="stable")
        elif other is not None and other.has_plan:
            out = moves(self.plan, self.result, other).assign(source="solve")
        else:
            out = pd.DataFrame({c: pd.Series([], dtype="str") for c in REPLACED})
        return out[REPLACED].reset_index(drop=True)

    def _volumes(self, found: Mapping[str, Result]) -> pd.DataFrame:
        """The offer at other volumes of all demand."""
        rows = []
        for factor in LESS if self.in_plan else MORE:
            result = found.get(_times(factor))
            has = self.average(self.amount(result)) if result is not None and result.has_plan else float("nan")
            state = "not solved" if result is None else "cannot be served" if result.status == "infeasible" else ""
            state = state or ("not solved" if has != has else "in the plan" if has > SMALL else "not in it")
            gap = result.gap if result is not None and result.gap is not None else float("nan")
            rows.append({"factor": factor, "amount": has, "state": state, "gap": gap})
        return pd.DataFrame(rows).sort_values("factor", ignore_index=True)[list(VOLUMES)]


REPLACED = ["offer", "unit", "before", "after", "money", "source"]
PRICES = {"factor": float, "price": float, "amount": float, "cost": float, "gap": float, "cheaper": bool}
VOLUMES = {"factor": float, "amount": float, "state": "str", "gap": float}


def _times(factor: float) -> str:
    return f"demand x {factor:g}"


def _numbers(difference: Difference | None) -> dict[str, Any]:
    """A difference as plain values; bounds that are not known are None."""
    if difference is None:
        return {"a_year": None, "low_a_year": None, "high_a_year": None, "certain": False}
    low, high = (x if abs(x) != float("inf") else None for x in (difference.low, difference.high))
    return {"a_year": difference.estimate, "low_a_year": low, "high_a_year": high, "certain": difference.certain}
