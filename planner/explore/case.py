"""One solve among many: what is asked, and how its answer is found again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from planner.model.aim import Aim
from planner.model.options import Cancel, Options, ProgressCallback
from planner.plan.plan import Plan
from planner.result.result import Result
from planner.result.run import solve_plan

SWEEP = Options(gap=0.01, time_limit=60.0)
"""How hard each of many solves tries unless it is told otherwise."""
SMALL, CLOSE = 200, 0.001
"""Periods x offers x workloads of a plan that is solved to the gap CLOSE in the time that others take to 1 %."""


def closer(plan: Plan, options: Options) -> Options:
    """The options for this plan: a small one is solved more closely, since that costs nothing and tells more.

    Two plans can be told apart only where they differ by more than their gaps. A rule of the plan's size,
    not of the clock, so that the same question has the same answer on every machine.
    """
    size = plan.settings.periods * len(plan.tables["offers"]) * len(plan.tables["workloads"])
    return replace(options, gap=min(options.gap, CLOSE)) if size <= SMALL else options


@dataclass(frozen=True)
class Case:
    """A plan to be solved, under a name by which the asker finds its result.

    `explained`: whether an infeasible one is to come back with what conflicts, which can take longer than a solve.
    """

    name: str
    plan: Plan
    options: Options = field(default=SWEEP)
    aim: Aim | None = None
    explained: bool = False

    @property
    def tries(self) -> Options:
        """How hard the solve really tries: see `closer`."""
        return closer(self.plan, self.options)

    @cached_property
    def key(self) -> str:
        """Equal questions have equal keys, whatever they are called."""
        said: dict[str, Any] = {"options": asdict(self.tries), "aim": self.aim.key if self.aim is not None else ""}
        if self.explained:
            said["explained"] = True
        return f"{self.plan.content_hash} {json.dumps(said, sort_keys=True, separators=(',', ':'))}"

    def solve(self, progress: ProgressCallback | None = None, cancel: Cancel | None = None) -> Result:
        """The answer, worked out here and now."""
        return solve_plan(self.plan, self.tries, progress, cancel, self.aim, self.explained)
