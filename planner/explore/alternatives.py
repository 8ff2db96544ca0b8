"""Near-optimal plans: the most different mixes at almost the least cost, and what they have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from planner.explore.aims import Decisions, Search
from planner.explore.case import Case
from planner.explore.compare import decisions_that_differ
from planner.explore.measures import CARBON, Look, Measure, counted, work_by_offer, work_share
from planner.explore.no_regret import no_regret
from planner.explore.question import Answer, Param, question
from planner.explore.runner import Runner
from planner.explore.vendor import providers
from planner.model.options import Options
from planner.plan.plan import Plan
from planner.plan.tables import API, HELD, ON_DEMAND, OWNED, SPOT
from planner.result.result import Result

PLAN = "plan"
"""The plan of least cost, as it stands, among its alternatives."""
LEAST, MOST, OTHER = "least", "most", "other"
SHARES = ("1", "2", "5")
FEW_VENDORS = 2
FURTHER = 2
"""Searches for a mix unlike all found before."""
CLEARLY = 0.01
"""Share of its scale by which a plan must go further in a measure to go further at all."""
TOO_CLOSE = 0.005
"""Share of the work by which a mix must differ from those found to count as another."""
CAPEX, CARBON_NAME, SITES, HELD_DEVICES, VENDOR = "capex", "carbon", "sites", "held", "vendor "
OWN, FREE_TO_LEAVE = "owned", "uncommitted"


def measures_of(plan: Plan, result: Result) -> tuple[Measure, ...]:
    """What alternatives are told apart by: capex, carbon, sites, devices held, work owned, uncommitted, by main vendors.

    Only what can differ: no carbon where nothing emits, no share of owned devices where none can be owned.
    """
    offers = plan.table("offers").set_index("offer")
    pricings = set(offers["pricing"])
    out = []
    if OWNED in pricings or (plan.table("sites")["opening_cost"] > 0).any():
        out.append(Measure(CAPEX, "capex"))
    if result.frames["emissions"]["carbon_t"].sum() > 0:
        out.append(Measure(CARBON_NAME, CARBON))
    sites = plan.table("sites")
    paid = sites[["opening_cost", "fixed_cost_per_month", "security_cost_per_month"]].sum(axis=1) > 0
    if paid.any():
        out.append(Measure(SITES, "open_sites", (("site", ";".join(sites.loc[paid, "site"])),)))
    if set(HELD) & pricings:
        # The least of these orders as little and as late as can be.
        out.append(Measure(HELD_DEVICES, "devices", (("pricing", ";".join(HELD)),)))
    if OWNED in pricings and len(pricings) > 1:
        out.append(work_share(OWN, plan, (("pricing", OWNED),)))
    loose = [p for p in (ON_DEMAND, SPOT, API) if p in pricings]
    if loose and set(loose) != pricings:
        out.append(work_share(FREE_TO_LEAVE, plan, (("pricing", ";".join(loose)),)))
    provider = offers["site"].map(plan.table("sites").set_index("site")["provider"])
    work = work_by_offer(plan, result)
    by_vendor = work.groupby(provider.reindex(work.index)).sum().sort_values(ascending=False, kind="stable")
    known = providers(plan)
    ranked = [str(v) for v in by_vendor.index if v in known]
    if len(known) > 1:
        out += [work_share(f"{VENDOR}{v}", plan, (("provider", v),)) for v in ranked[:FEW_VENDORS]]
    return tuple(out)


def most_too(measure: Measure) -> bool:
    """True where the most of a measure says something: more work done somehow. More of a cost is only waste."""
    return bool(measure.weights)


@question(
    "alternatives",
    "Near-optimal plans",
    "The most different plans at almost the least cost, and the moves that all of them make",
    (
        Param("share", "How much more a plan may cost, in per cent", "2", choices=SHARES),
        Param("gap", "Gap of each search, in per cent", 1.0, float),
        Param("seconds", "Seconds for each search at most", 60.0, float),
    ),
)
def alternatives(plan: Plan, result: Result, runner: Runner, share: str, gap: float, seconds: float) -> Answer:
    """See the module.

    Frames: alternatives (one row each, the plan first; not_cash: categories of what of its cost is not paid), values (alternative, measure, value), ranges
    (measure, now, low, high, what of them is proven), mix (alternative, offer, share of all work),
    decisions (that differ from the plan), no_regret (see `no_regret`).
    """
    return _Alternatives(plan, result, runner, float(share) / 100.0, Options(gap / 100.0, seconds)).answer()


class _Alternatives:
    """The search on its way."""

    def __init__(self, plan: Plan, result: Result, runner: Runner, share: float, options: Options) -> None:
        self.plan, self.result, self.runner, self.share, self.options = plan, result, runner, share, options
        self.measures = measures_of(plan, result)
        self.size = float(result.objective or 0.0)
        self.limit = self.size + share * abs(self.size)
        look = Look(plan, result)
        self.known = Decisions.of(look)
        self.now = {m.name: m.value(look) for m in self.measures}
        self.missing: list[str] = []
        self.no_further: list[str] = []
        self.proven: dict[str, float] = {}

    def search(self, measure: Measure, most: bool) -> Search:
        """The least or most of a measure within the limit on cost."""
        now = abs(self.now.get(measure.name, 1.0))
        scale = 1.0 if measure.weights else max(now, 0.05 * abs(self.size)) if measure.of == "capex" else now or 1.0
        size = abs(self.size) or 1.0
        return Search(size, measure, most, scale=scale, cost_limit=self.limit, known=self.known)

    def answer(self) -> Answer:
        """Ends of every measure, then mixes unlike all of them."""
        searches = {
            f"{MOST if most else LEAST} {m.name}": self.search(m, most)
            for m in self.measures
            for most in ((False, True) if most_too(m) else (False,))
        }
        ends = self.solved({name: self.case(name, s) for name, s in searches.items()})
        again = self.beaten(searches, ends)
        if again and not self.runner.cancelled:
            ends |= self.solved({name: self.case(name, s) for name, s in again.items()})
        self.missing = [name for name in searches if name not in ends]
        beaten = self.beaten(searches, ends)
        found, count = {}, 0
        for name, r in ends.items():
            if not self.further(searches[name], r):
                self.no_further.append(name)
                continue
            count += name in beaten  # a plan all the same, but not the one that was sought
            found[f"{OTHER} {count}" if name in beaten else name] = r
        mixes = {name: self.mix(r) for name, r in {PLAN: self.result, **found}.items()}
        for i in range(count + 1, count + FURTHER + 1):
            if self.runner.cancelled:
                break
            name = f"{OTHER} {i}"
            case = self.case(name, self.search(self.familiar(list(mixes.values())), False))
            more = self.solved({name: case})
            if name not in more:
                break
            mix = self.mix(more[name])
            if min(distance(mix, m) for m in mixes.values()) < TOO_CLOSE:
                break
            found, mixes = {**found, **more}, {**mixes, name: mix}
        return self.told(found, mixes)

    def case(self, name: str, search: Search) -> Case:
        """A search of the plan, which is changed only where else its measure could not be counted."""
        assert search.least is not None
        return Case(name, counted(self.plan, (search.least,)), self.options, search)

    def beaten(self, searches: Mapping[str, Search], ends: Mapping[str, Result]) -> dict[str, Search]:
        """The searches that another plan got further in than their own, to set out from that plan."""
        looks = dict(self._looks({PLAN: self.result, **ends}))
        out = {}
        for name, s in searches.items():
            assert s.least is not None
            sign = -1.0 if s.most else 1.0
            got = {other: sign * s.least.value(look) / s.scale for other, look in looks.items()}
            best = min(got, key=lambda other: got[other])
            if best != PLAN and best != name and got[best] < got.get(name, np.inf) - CLEARLY:
                out[name] = replace(s, known=Decisions.of(looks[best]))
        return out

    def further(self, search: Search, result: Result) -> bool:
        """True where a search got further in its measure than the plan itself."""
        assert search.least is not None
        now, value = self.now[search.least.name], search.least.value(Look(self.plan, result))
        return (now - value) * (-1.0 if search.most else 1.0) > 1e-6 * max(abs(now), search.scale)

    def solved(self, cases: Mapping[str, Case]) -> dict[str, Result]:
        """The results that are plans within the limit; the names of the others are kept as missing."""
        results = self.runner.solve(cases.values())
        good = {n: r for n, r in results.items() if r.has_plan and (r.objective or 0.0) <= self.limit}
        for n, r in good.items():
            search = cases[n].aim
            proven = search.proven(r) if isinstance(search, Search) else None
            if proven is not None:
                pick = min if isinstance(search, Search) and search.most else max
                self.proven[n] = pick(proven, self.proven.get(n, proven))
        return {n: good[n] for n in cases if n in good}

    def mix(self, result: Result) -> pd.Series:
        """Share of all work by provider, kind of site and pricing: what makes one plan unlike another."""
        work = work_by_offer(self.plan, result)
        return work.groupby(self.kinds.reindex(work.index).to_numpy()).sum()

    @property
    def kinds(self) -> pd.Series:
        """What sort of source each offer is, by offer."""
        offers = self.plan.table("offers").set_index("offer")
        site = self.plan.table("sites").set_index("site").reindex(offers["site"])
        where = site["provider"].fillna("").astype(str) + "|" + site["kind"].astype(str)
        return pd.Series(where.to_numpy(object) + "|" + offers["pricing"].to_numpy(object), index=offers.index)

    def familiar(self, mixes: Sequence[pd.Series]) -> Measure:
        """How much of a plan's work is done as in those found (hop, skip, jump): the least is the most unlike them.

        Each source weighs by the work that it does on average over the plans found (E. D. Brill,
        S.-Y. Chang, L. D. Hopkins, Modeling to Generate Alternatives, 1982, with shares for counts).
        """
        often = pd.concat(mixes, axis=1).fillna(0.0).mean(axis=1)
        weight = self.kinds.map(often / (often.max() or 1.0)).astype(float).fillna(0.0)
        base = work_share("familiar", self.plan, ())
        return Measure(base.name, base.of, weights=base.weights, by_offer=tuple(weight), per=base.per)

    def told(self, found: Mapping[str, Result], mixes: Mapping[str, pd.Series]) -> Answer:
        """The answer."""
        everything = {PLAN: self.result, **found}
        values = pd.DataFrame(
            {name: {m.name: m.value(look) for m in self.measures} for name, look in self._looks(everything)}
        ).T.reindex(columns=[m.name for m in self.measures])
        frames = {
            "alternatives": pd.DataFrame([self.row(n, r, mixes) for n, r in everything.items()]),
            "values": values.rename_axis("alternative").reset_index().melt("alternative", var_name="measure"),
            "ranges": self.ranges(values),
            "mix": pd.concat(
                [work_by_offer(self.plan, r).reset_index().assign(alternative=n) for n, r in everything.items()],
                ignore_index=True,
            )[["alternative", "offer", "share"]],
            "decisions": pd.concat(
                [
                    decisions_that_differ(self.plan, self.result, self.plan, r).assign(alternative=n)
                    for n, r in everything.items()
                ],
                ignore_index=True,
            ),
            "no_regret": no_regret(self.plan, list(everything.values())),
        }
        facts = {
            "share": self.share,
            "limit": self.limit,
            "objective": self.size,
            "gap": self.result.gap,
            "missing": self.missing,
            "no_further": self.no_further,
            "cancelled": self.runner.cancelled,
            "count": len(found),
        }
        return Answer(frames, facts, self.sentences(frames))

    def _looks(self, results: Mapping[str, Result]) -> list[tuple[str, Look]]:
        return [(name, Look(self.plan, r)) for name, r in results.items()]

    def row(self, name: str, r: Result, mixes: Mapping[str, pd.Series]) -> dict:
        """An alternative in figures."""
        objective = float(r.objective or 0.0)
        others = [distance(mixes[name], m) for n, m in mixes.items() if n != name]
        ledger = r.ledger.groupby("cash")["amount"].sum()
        slack = 0.0 if self.result.bound is None else self.size - self.result.bound
        return {
            "alternative": name,
            "sought": name.split(" ")[0],
            "measure": "" if name == PLAN else name.split(" ", 1)[1],
            "cost": objective,
            "extra": objective - self.size,
            "extra_share": (objective - self.size) / abs(self.size) if self.size else 0.0,
            # Dearer by no more than the plan itself may be from the best: which of them is best is not known.
            "tie": name != PLAN and objective - self.size <= max(slack, 1e-9 * abs(self.size)),
            "from_plan": distance(mixes[name], mixes[PLAN]),
            "from_nearest": min(others, default=0.0),
            "cash": float(r.cash_present_value or 0.0),
            "not_cash": ";".join(r.not_cash.index[r.not_cash > 0]),
            "capex": float(ledger.get("capex", 0.0)),
            "opex": float(ledger.get("opex", 0.0)),
            "carbon_t": float(r.frames["emissions"]["carbon_t"].sum()),
            "status": r.status,
            "gap": np.nan if r.aim is None or r.aim.gap is None else r.aim.gap,
        }

    def ranges(self, values: pd.DataFrame) -> pd.DataFrame:
        """How far each measure goes within the share: seen, and proven that it goes no further (NaN: not proven)."""
        rows = []
        for m in self.measures:
            seen = values[m.name]
            ends = {}
            for sought, worst in ((LEAST, seen.min()), (MOST, seen.max())):
                name = f"{sought} {m.name}"
                proven = self.proven.get(name)
                if proven is None:
                    ends[sought] = np.nan
                elif sought == LEAST:  # only capex can be below nothing, by what is sold
                    ends[sought] = min(proven if m.of == "capex" else max(proven, 0.0), worst)
                else:
                    ends[sought] = max(min(proven, 1.0), worst)
            rows.append(
                {
                    "measure": m.name,
                    "now": self.now[m.name],
                    "low": float(seen.min()),
                    "high": float(seen.max()),
                    "low_proven": ends[LEAST],
                    "high_proven": ends[MOST],
                }
            )
        columns = ["measure", "now", "low", "high", "low_proven", "high_proven"]
        return pd.DataFrame(rows, columns=columns)

    def sentences(self, frames: Mapping[str, pd.DataFrame]) -> tuple[str, ...]:
        """The main things in words."""
        table, moves = frames["alternatives"], frames["no_regret"]
        others = table[table["alternative"] != PLAN]
        said = []
        if len(others):
            far = others.loc[others["from_plan"].idxmax()]
            said.append(
                f"{len(others)} other plans cost at most {self.share:.0%} more; the most different does "
                f"{far['from_plan']:.0%} of the work otherwise, for {far['extra_share']:.2%} more."
            )
        else:
            said.append(f"No other plan was found at up to {self.share:.0%} more.")
        said.append(f"{len(moves)} moves are the same in all of them." if len(moves) else "No move is the same in all.")
        return tuple(said)


def distance(a: pd.Series, b: pd.Series) -> float:
    """Share of the work that two mixes do otherwise: half the sum of what their shares differ by."""
    both = pd.concat([a, b], axis=1).fillna(0.0).to_numpy()
    return float(np.abs(both[:, 0] - both[:, 1]).sum() / 2.0)
