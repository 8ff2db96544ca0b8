"""One solve among many: what is asked, and how its answer is found again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from planner.model.aim import Aim
from planner.model.options import Cancel, Options, ProgressCallback
from planner.plan.plan import Plan
from planner.result.result import Result
from planner.result.run import solve_plan

SWEEP = Options(gap=0.01, time_limit=60.0)
"""How hard each of many solves tries unless it is told otherwise."""


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

    @cached_property
    def key(self) -> str:
        """Equal questions have equal keys, whatever they are called."""
        said: dict[str, Any] = {"options": asdict(self.options), "aim": self.aim.key if self.aim is not None else ""}
        if self.explained:
            said["explained"] = True
        return f"{self.plan.content_hash} {json.dumps(said, sort_keys=True, separators=(',', ':'))}"

    def solve(self, progress: ProgressCallback | None = None, cancel: Cancel | None = None) -> Result:
        """The answer, worked out here and now."""
        return solve_plan(self.plan, self.options, progress, cancel, self.aim, self.explained)
