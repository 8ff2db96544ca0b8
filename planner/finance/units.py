"""What a unit costs: of a workload, a million tokens, a GPU-hour in service and a useful one; average and marginal."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.finance.categories import is_cash
from planner.finance.lots import offer_facts
from planner.plan.plan import Plan
from planner.plan.tables import API

_SCALES = {"": 1.0, "k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9}


def tokens_in(unit: str) -> float | None:
    """How many tokens one unit counts ("M output tokens": 1,000,000, "1k tokens": 1,000); None if it counts others."""
    found = re.fullmatch(
        r"\s*(\d[\d.,]*)?\s*(k|m|bn|thousand|million|billion)?\s*((input|output|total)\s+)?tokens?\s*", unit, re.I
    )
    if not found:
        return None
    digits = (found.group(1) or "").replace(",", "")
    try:
        number = float(digits) if digits else 1.0
    except ValueError:
        return None
    return number * _SCALES[(found.group(2) or "").lower()]


def volumes(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Units served by workload and period: columns workload, period, volume."""
    return frames["routing"].groupby(["workload", "period"], as_index=False)["volume"].sum()


def unit_costs(plan: Plan, frames: Mapping[str, pd.DataFrame], lines: pd.DataFrame) -> pd.DataFrame:
    """Average cost of a unit by workload and period (0: the horizon), out of allocated lines of any basis.

    Columns: workload, team, unit, period, volume, cost, cost_per_unit, cost_per_million_tokens (NaN where the
    unit does not count tokens) and caused, shared and idle per unit. NaN where nothing was served.
    """
    manner = np.where(lines["key"] == "caused", "caused", np.where(lines["key"].str.contains("idle"), "idle", "shared"))
    spent = lines.assign(manner=manner)[lines["to_workload"] != ""]
    spent = spent.pivot_table(
        index=["to_workload", "period"], columns="manner", values="amount", aggfunc="sum", fill_value=0.0
    )
    spent = spent.reindex(columns=["caused", "shared", "idle"]).fillna(0.0)
    spent.index.names = ["workload", "period"]
    served = volumes(frames).set_index(["workload", "period"])["volume"]
    out = spent.join(served, how="outer").fillna(0.0).reset_index()
    total = out.groupby("workload", as_index=False)[["caused", "shared", "idle", "volume"]].sum().assign(period=0)
    out = pd.concat([out, total], ignore_index=True)
    about = plan.table("workloads").set_index("workload")
    out["team"] = out["workload"].map(about["team"]).fillna("Unassigned")
    out["unit"] = out["workload"].map(about["unit"])
    out["cost"] = out[["caused", "shared", "idle"]].sum(axis=1)
    volume = out["volume"].where(out["volume"] > 0)
    out["cost_per_unit"] = out["cost"] / volume
    for name in ("caused", "shared", "idle"):
        out[f"{name}_per_unit"] = out[name] / volume
    tokens = out["unit"].map({u: tokens_in(str(u)) for u in out["unit"].unique()}).astype(float)
    out["cost_per_million_tokens"] = out["cost_per_unit"] / tokens * 1e6
    columns = ["workload", "team", "unit", "period", "volume", "cost", "cost_per_unit", "cost_per_million_tokens"]
    columns += [f"{name}_per_unit" for name in ("caused", "shared", "idle")]
    return out[columns].sort_values(["workload", "period"], ignore_index=True)


def gpu_hour_costs(plan: Plan, frames: Mapping[str, pd.DataFrame], rows: pd.DataFrame) -> pd.DataFrame:
    """Cost of a GPU-hour by period (0: the horizon), out of money rows of any basis; token APIs are left out.

    Columns: period, cost, gpu_hours_in_service, gpu_hours_used, per_gpu_hour, per_useful_gpu_hour, utilization.
    A GPU-hour is an hour of one accelerator; rented devices are in service while they are used.
    """
    offers = offer_facts(plan)
    c = frames["capacity"]
    accelerators = c["offer"].map(offers["accelerators"]).to_numpy(float)
    not_api = (c["offer"].map(offers["pricing"]) != API).to_numpy()
    hours = pd.DataFrame(
        {
            "period": c["period"],
            "gpu_hours_in_service": c["devices_in_service"] * plan.settings.hours * accelerators,
            "gpu_hours_used": c["hours_used"] * accelerators,
        }
    )[not_api]
    out = hours.groupby("period").sum().reindex(range(1, plan.settings.periods + 1)).fillna(0.0)
    of_api = rows["offer"].map(offers["pricing"]).eq(API)
    out["cost"] = rows[~of_api].groupby("period")["amount"].sum().reindex(out.index).fillna(0.0)
    out = out.rename_axis("period").reset_index()
    out = pd.concat([out, out.sum().to_frame().T.assign(period=0)], ignore_index=True).astype({"period": int})
    for name, by in (("per_gpu_hour", "gpu_hours_in_service"), ("per_useful_gpu_hour", "gpu_hours_used")):
        out[name] = out["cost"] / out[by].where(out[by] > 0)
    out["utilization"] = out["gpu_hours_used"] / out["gpu_hours_in_service"].where(out["gpu_hours_in_service"] > 0)
    return out


def levelised_costs(plan: Plan, frames: Mapping[str, pd.DataFrame], lines: pd.DataFrame) -> pd.DataFrame:
    """Levelised cash cost of a unit by workload: present value of its cost / present value of its units.

    The one price, the same in every period, at which the units would pay for themselves (the levelised cost of
    energy of Short, Packey and Holt, NREL/TP-462-5173, with units in the place of energy). `lines` are allocated
    ledger lines. Columns: workload, present_value, discounted_volume, levelised_cost (NaN: nothing served).
    """
    factors = plan.settings.discount_factors()
    cost = lines[is_cash(lines)].groupby("to_workload")["present_value"].sum()
    served = volumes(frames)
    weighted = served["volume"] * factors[served["period"].to_numpy(int) - 1]
    out = pd.DataFrame({"workload": plan.tables["workloads"]["workload"]})
    out["present_value"] = out["workload"].map(cost).fillna(0.0)
    out["discounted_volume"] = out["workload"].map(weighted.groupby(served["workload"]).sum()).fillna(0.0)
    out["levelised_cost"] = out["present_value"] / out["discounted_volume"].where(out["discounted_volume"] > 0)
    return out


def more_of(plan: Plan, workload: str, share: float = 0.01) -> Plan:
    """The plan with so much more demand of a workload everywhere: solved, it tells what one more unit costs.

    Raises KeyError when there is no such workload.
    """
    demand = plan.tables["demand"]
    at = demand["workload"] == workload
    if not at.any():
        raise KeyError(f"no demand of {workload}")
    return plan.replace(demand=demand.assign(volume=demand["volume"].where(~at, demand["volume"] * (1.0 + share))))


def incremental_cost(
    plan: Plan, before: Mapping[str, pd.DataFrame], after: Mapping[str, pd.DataFrame], workload: str
) -> float | None:
    """What one more unit of a workload costs, from the results of a plan and of the plan with more of it.

    Difference in the present value of cash / difference in the present value of units served: the incremental
    cost, which is the marginal cost for a small step. It contains the gaps of both solves, so the step must be
    large against them. None where no more was served.
    """
    factors = plan.settings.discount_factors()

    def figures(frames: Mapping[str, pd.DataFrame]) -> np.ndarray:
        ledger = frames["ledger"]
        served = volumes(frames)
        served = served[served["workload"] == workload]
        units = float((served["volume"] * factors[served["period"].to_numpy(int) - 1]).sum())
        return np.array([ledger.loc[is_cash(ledger), "present_value"].sum(), units])

    cost, units = figures(after) - figures(before)
    return float(cost / units) if units > 1e-9 else None
