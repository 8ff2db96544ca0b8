"""Minimal valid plans, said in as few words as a test needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pytest

from planner.model.options import Options
from planner.plan.plan import Plan
from planner.result.result import Result
from planner.result.run import solve_plan

Row = Mapping[str, Any]
EXACT = Options(gap=0.0)


def tiny(
    offers: Sequence[Row],
    volume: float | Sequence[float] | Mapping[tuple[str, str], Sequence[float]] = 1.0,
    periods: int = 1,
    settings: Mapping[str, Any] | None = None,
    **tables: Sequence[Row],
) -> Plan:
    """One location L, workload W, site S and hardware H of one unit an hour, unless the tables say otherwise.

    A period is one year of 8,760 hours, money is not discounted. Offers are on demand of H at S
    unless they say otherwise. `volume` is per period.
    """
    said = {"periods": periods, "months_per_period": 12, "discount_rate": 0, **(settings or {})}
    rows: dict[str, list[Row]] = {
        "settings": [{"key": k, "value": str(v)} for k, v in said.items()],
        "locations": [{"location": "L", "zone": "Z"}],
        "workloads": [{"workload": "W", "unit": "units"}],
        "hardware": [{"hardware": "H"}],
        "throughput": [{"workload": "W", "hardware": "H", "units_per_hour": 1.0}],
        "sites": [{"site": "S", "zone": "Z", "kind": "cloud"}],
        "network": [{"site": "S", "location": "L", "latency_ms": 1.0}],
        "offers": [_offer(i, row) for i, row in enumerate(offers)],
    }
    rows |= {name: list(given) for name, given in tables.items()}
    n = int(said["periods"])
    if not isinstance(volume, Mapping):
        each = [float(volume)] * n if isinstance(volume, int | float) else list(volume)
        volume = {("W", "L"): each}
    rows["demand"] = [
        {"workload": w, "location": place, "period": t, "volume": v}
        for (w, place), each in volume.items()
        for t, v in enumerate(each, start=1)
    ]
    return Plan.of({name: pd.DataFrame(list(given)) for name, given in rows.items() if given})


def _offer(i: int, row: Row) -> Row:
    whole = {"offer": f"o{i}", "site": "S", "pricing": "on_demand", **row}
    return whole if whole["pricing"] == "api" else {"hardware": "H", **whole}


def solved(plan: Plan, options: Options = EXACT) -> Result:
    """The plan's result, with everything asserted that must hold of any result."""
    result = solve_plan(plan, options)
    assert result.status == "optimal", (result.status, [c.sentence for c in result.conflicts])
    assert result.objective is not None
    assert result.bound is not None
    assert result.ledger["present_value"].sum() == pytest.approx(result.objective, rel=1e-6, abs=1e-6)
    assert result.bound <= result.objective + 1e-6 * max(1.0, abs(result.objective))
    assert result.violations == ()
    return result


def cost(plan: Plan, options: Options = EXACT) -> float:
    """The least cost of a plan."""
    objective = solved(plan, options).objective
    assert objective is not None
    return objective


def ordered(result: Result) -> dict[str, float]:
    """Devices ordered in all, by offer; offers without orders are left out."""
    total = result.frames["capacity"].groupby("offer")["ordered"].sum()
    return {str(k): float(v) for k, v in total.items() if v > 0}


def amount(result: Result, category: str) -> float:
    """Nominal amount of a category."""
    return float(result.ledger.loc[result.ledger["category"] == category, "amount"].sum())
