"""An independent check of a result: everything that the plan asks for, worked out again from the frames.

Written from docs/plan-format.md alone: it shares no code with the model, so that a wrong model
cannot hide. It is cheap and runs in every solve.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from planner.plan.plan import Plan
from planner.result.verify.case import Case, Findings
from planner.result.verify.devices import check_devices
from planner.result.verify.loss import check_loss
from planner.result.verify.money import check_emissions, check_ledger
from planner.result.verify.rules import check_policies
from planner.result.verify.service import check_service
from planner.result.verify.sites import check_sites

__all__ = ["verify"]


def verify(plan: Plan, frames: Mapping[str, pd.DataFrame], objective: float | None = None) -> list[str]:
    """Sentences on everything in the frames that the plan does not allow or that does not add up; none is well.

    `frames` are the tables of `planner.result.frames`; `objective`, when given, must be the sum of
    the ledger's present values to 1e-6 relative.
    """
    case, say = Case(plan, frames), Findings()
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
    total = float(frames["ledger"]["present_value"].sum())
    if objective is not None:
        say.compare("the sum of the ledger's present values", total, objective, "the objective", 1e-6)
    return say.sentences()
