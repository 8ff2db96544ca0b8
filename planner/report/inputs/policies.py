"""Policies as plain sentences, before anything is solved."""

from __future__ import annotations

import pandas as pd

from planner.plan.plan import Plan
from planner.report.insight_policy import sentence


def sentences(plan: Plan) -> pd.DataFrame:
    """Every policy in words: policy, sentence, hard (False where it may be broken at a price), note."""
    rows = plan.table("policies")
    return pd.DataFrame(
        {
            "policy": rows["policy"].astype(object),
            "sentence": [sentence(plan, row) for row in rows.to_dict("records")],
            "hard": rows["penalty"].isna(),
            "note": rows["note"].astype(object).where(rows["note"].notna(), ""),
        }
    )
