"""The search over a vendor's prices: which factors are worth a solve, and what is known at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from planner.explore.case import Case
from planner.explore.price_curve import Line, Piece, envelope, line_of, on_money, to_look_at
from planner.explore.runner import Runner
from planner.explore.vendor import PRICED, Vendor
from planner.model.options import Options
from planner.result.result import Result

BELOW = (0.05, 0.2, 0.35)
"""Solved too where nothing is bought at the lowest factor."""
APART = 0.0025
"""Factors nearer to each other than this are not both solved."""
BATCH, BEYOND, HIGHEST = 4, 5, 100.0
"""Solves at a time around steps; solves at most beyond the highest factor; factor from which there is no way without."""
GONE, UNPAID = "without the vendor", "at a price that nobody pays"


class Search:
    """The solves for one vendor: results by price factor, and without him."""

    def __init__(self, vendor: Vendor, runner: Runner, options: Options, given: Result | None = None) -> None:
        """`given`: the answer in hand to the vendor's `whole` plan, used where it is the better one at today's prices,
        or the only one."""
        self.vendor, self.runner, self.options = vendor, runner, options
        self.given = None if given is None or not given.has_plan else vendor.of(given)
        self.results: dict[float, Result] = {}
        self.lines: dict[float, Line] = {}
        self.gone: Result | None = None
        self.unpaid: Result | None = None

    def solve(self, factors: Sequence[float]) -> None:
        """Solve at factors; the first time also without the vendor."""
        names = {f"price x {f:.4g}": f for f in factors if f not in self.results}
        cases = [Case(name, self.vendor.at(f), self.options) for name, f in names.items()]
        if self.gone is None:
            cases.append(Case(GONE, self.vendor.gone(), self.options, explained=True))
        found = self.runner.solve(cases)
        self.gone = found.get(GONE, self.gone)
        for name, f in names.items():
            result = self._better(found.get(name)) if f == 1 else found.get(name)
            if result is not None and result.has_plan:
                self.results[f] = result
                self.lines[f] = line_of(self.vendor, result, f)

    def _better(self, found: Result | None) -> Result | None:
        """The cheaper of what was found at today's prices and what was given, with the better bound."""
        given = self.given
        if given is None or given.objective is None:
            return found
        if found is None or not found.has_plan or found.objective is None:
            return given
        best = given if given.objective < found.objective else found
        bounds = [r.bound for r in (found, given) if r.bound is not None]
        return replace(best, bound=max(bounds, default=None), relaxed=found.relaxed)

    @property
    def now(self) -> Result:
        """The best answer that is known at today's prices, which may have been found at other prices."""
        found = self.results[1.0]
        line = min(self.lines.values(), key=lambda x: (float(x.at(1.0)), abs(x.factor - 1.0)))
        if line.factor == 1 or float(line.at(1.0)) >= float(found.objective or np.inf):
            return found
        best = self.results[line.factor]
        ledger = best.ledger.copy()
        priced = self.vendor.prices(ledger, PRICED)
        ledger.loc[priced, ["unit_price", "amount", "present_value"]] /= line.factor
        return replace(
            found,
            frames={**best.frames, "ledger": ledger},
            objective=float(ledger["present_value"].sum()),
        )

    @property
    def without(self) -> Line | None:
        """The cheapest plan known that pays the vendor nothing, as a line that no price moves.

        That is the plan without him, or one that needs him as a reserve and buys nothing. The latter counts only
        where no policy is on money: else it would hide what is not known between prices that were solved.
        """
        reserve = None if on_money(self.vendor) else self.unpaid
        costs = [r.objective for r in (self.gone, reserve) if r is not None and r.has_plan]
        known = [c for c in costs if c is not None]
        return Line(0.0, min(known), 0.0, 0.0, np.inf, 0.0, 0.0, 0.0, 0.0, 0.0) if known else None

    def pieces(self, high: float = 0.0) -> list[Piece]:
        """The best plan known by factor, from the lowest that was solved to the highest, or to `high`."""
        lines = [*self.lines.values(), *([self.without] if self.without is not None else [])]
        return envelope(lines, min(self.lines), max(high, *self.lines))

    def look_closer(self, most: int) -> None:
        """Solve where plans change: below the lowest factor, beyond the highest, and at the steps between."""
        if self.pieces()[0].line.slope <= 0:
            self.solve(BELOW)
        if self.without is None and self.pieces()[-1].line.slope > 0:
            self._without_pay()
        for _ in range(BEYOND):
            last = self.pieces()[-1].line
            if self.without is None or last.slope <= 0 or self.runner.cancelled:
                break
            even = (self.without.fixed - last.fixed) / last.slope
            if even > HIGHEST or even <= max(self.lines) * (1 + APART):
                break
            # A little beyond, so that what is found there tells whether it is the end.
            before = len(self.lines)
            self.solve([even, even * (1 + 2 * APART)])
            if len(self.lines) == before:
                break
        left = most
        while left > 0 and not self.runner.cancelled:
            at = to_look_at(self.pieces(), list(self.lines), APART, min(left, BATCH))
            if not at:
                break
            before = len(self.lines)
            self.solve(at)
            left -= len(at)
            if len(self.lines) == before:
                break

    def _without_pay(self) -> None:
        """Where no plan does without him: whether one pays him nothing once his price is beyond all sense."""
        found = self.runner.one(Case(UNPAID, self.vendor.at(HIGHEST), self.options))
        if found is not None and found.has_plan and line_of(self.vendor, found, HIGHEST).slope <= 0:
            self.unpaid = found

    def curve(self) -> pd.DataFrame:
        """The pieces as a frame: what is bought and paid, a year, at both ends of each range of factors."""
        rows = [
            {
                "factor_from": p.low,
                "factor_to": p.high,
                "devices": p.line.devices,
                "device_hours": p.line.hours,
                "units": p.line.units,
                "spend_from": p.low * p.line.spend,
                "spend_to": p.high * p.line.spend,
                "volume": p.line.spend,
                "paid_pv": p.line.paid,
                "found_at": p.line.factor,
            }
            for p in self.pieces()
        ]
        return pd.DataFrame(rows)

    def points(self) -> pd.DataFrame:
        """Every solve by factor, with what it found, and whether a plan found at another price is cheaper there."""
        pieces = self.pieces()
        rows = []
        for f in sorted(self.results):
            r, line = self.results[f], self.lines[f]
            best = min(float(p.line.at(f)) for p in pieces)
            rows.append(
                {
                    "factor": f,
                    "status": r.status,
                    "objective": r.objective,
                    "bound": r.bound,
                    "gap": r.gap,
                    "best_pv": min(best, float(r.objective or np.inf)),
                    "replaced": best < float(r.objective or 0.0) * (1 - 1e-7),
                    "devices": line.devices,
                    "device_hours": line.hours,
                    "units": line.units,
                    "spend": f * line.spend,
                    "volume": line.spend,
                }
            )
        return pd.DataFrame(rows)

    def walk_away_interval(self) -> tuple[float | None, float | None]:
        """The factors between which the true walk-away price is proven to lie; None where nothing is proven.

        Below the first a plan that pays the vendor beats every plan that pays him nothing; at the second no plan
        that pays him does.
        """
        least, nothing = self._least_unpaid(), self.without
        if least is None or nothing is None:
            return None, None
        wins = []
        for line in self.lines.values():
            if line.slope > 0:
                even = (least - line.fixed) / line.slope
                if min(even, line.high) >= line.low:
                    wins.append(min(even, line.high))
        enough = nothing.fixed * (1 - 1e-7)
        loses = [f for f, r in self.results.items() if r.bound is not None and r.bound >= enough]
        low = max(wins, default=None)
        high = min((f for f in loses if low is None or f >= low * (1 - 1e-7)), default=None)
        return (None if low is None or low <= 0 else float(low)), high

    def _least_unpaid(self) -> float | None:
        """What every plan that pays the vendor nothing is proven to cost at least; None where nothing is proven.

        Such a plan costs the same at every price, so that the bound at any price is one. The bound of the plans
        without him is one too, unless he may be needed as a reserve, which is not paid.
        """
        known = [r.bound for r in (*self.results.values(), self.unpaid) if r is not None and r.bound is not None]
        reserve = (self.vendor.whole.table("workloads")["survive_site_loss_share"] > 0).any()
        if self.gone is not None and self.gone.bound is not None and not reserve:
            known.append(self.gone.bound)
        return max(known, default=None)
