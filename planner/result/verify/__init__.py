"""An independent check of a result: everything that the plan asks for, worked out again from the frames.

Written from docs/plan-format.md alone: it shares no code with the model, so that a wrong model
cannot hide. It is cheap and runs in every solve.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from planner.plan.plan import Plan
from planner.result.verify.case import Case, names_of
from planner.result.verify.devices import check_devices
from planner.result.verify.findings import Findings
from planner.result.verify.footprint import check_emissions
from planner.result.verify.form import coded
from planner.result.verify.loss import check_loss
from planner.result.verify.money import check_ledger
from planner.result.verify.rules import check_policies
from planner.result.verify.service import check_service
from planner.result.verify.sites import check_sites

__all__ = ["verify"]

FEASIBLE = 1e-5
"""A solver keeps its rows to about 1e-6 of their size."""


def verify(
    plan: Plan,
    frames: Mapping[str, pd.DataFrame],
    objective: float | None = None,
    tolerance: float = FEASIBLE,
) -> list[str]:
    """Sentences on everything in the frames that the plan does not allow or that does not add up; none is well.

    `frames` are the tables of `planner.result.frames`; `objective`, when given, must be the sum of
    the ledger's present values to 1e-6 relative. Limits hold to `tolerance`, relative (absolute below
    1); figures that follow from other figures are compared more closely.
    """
    say = Findings(tolerance)
    names = names_of(plan)
    case = Case(plan, coded(frames, names, say), names)
    for check in (
        check_service,
        check_devices,
        check_sites,
        check_loss,
        check_policies,
        check_emissions,
        check_ledger,
    ):
        check(case, say)
    total = float(case.rows["ledger"]["present_value"].sum())
    if objective is not None and not abs(total - objective) <= 1e-6 * max(1.0, abs(total), abs(objective)):
        say.say(
            "objective",
            f"The sum of the ledger's present values is {total:,.6f}, the objective {objective:,.6f}.",
        )
    return say.sentences()
