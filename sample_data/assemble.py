"""The sample plans, put together and written.

Every figure comes from the curated files in `figures/` or is an assumption made in the modules
beside this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from planner.plan.plan import Plan, all_columns
from planner.plan.tables import TABLES
from sample_data import demand_side, offers, pilot, supply_side, throughput, what_if
from sample_data.values import table


def settings(**values: object) -> pd.DataFrame:
    """The settings table; rows whose note says so are assumptions."""
    rows = [{"key": k, "value": str(v)} for k, v in values.items()]
    assumed = {"discount_rate", "tax_rate", "carbon_price", "labour_cost_per_fte_year"}
    for row in rows:
        if row["key"] in assumed:
            row["note"] = "assumption"
    return pd.DataFrame(rows)


def global_assistant() -> Plan:
    """A company that rolls out AI assistants worldwide."""
    wage = supply_side.figure("other_costs", item="Network and computer systems administrator, US median wage")
    loaded = [supply_side.figure("other_costs", c, item="Loaded-cost multiplier") for c in ("value_low", "value_high")]
    labour = wage * (loaded[0] + loaded[1]) / 2
    frame = settings(
        name="Global assistant rollout",
        currency="USD",
        start="2027-01",
        periods=demand_side.PERIODS,
        months_per_period=3,
        discount_rate=0.09,
        tax_rate=0.25,
        carbon_price=80,
    )
    cost = table([{"key": "labour_cost_per_fte_year", "value": labour}])
    cost["value"] = cost["value"].map(str)
    plan = Plan.of(
        {
            "settings": pd.concat([frame, cost], ignore_index=True),
            "locations": table(demand_side.locations()),
            "workloads": table(demand_side.workloads()),
            "demand": table(demand_side.demand()),
            "slices": table(demand_side.slices()),
            "load_shapes": table(demand_side.load_shapes()),
            "hardware": table(supply_side.hardware()),
            "throughput": table(throughput.rows()),
            "sites": table(supply_side.sites()),
            "offers": table(offers.offers()),
            "network": table(supply_side.network()),
            "policies": table(supply_side.policies()),
            "assets": table(supply_side.assets()),
            "levers": what_if.assistant_levers(),
        }
    )
    return what_if.with_scenarios(plan, what_if.ASSISTANT)


PLANS = {"pilot": pilot.plan, "global_assistant": global_assistant}


def write(plan: Plan, folder: Path) -> None:
    """Write each table that has rows as CSV with the columns that have cells."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, declared in TABLES.items():
        frame = plan.tables[name]
        path = folder / f"{name}.csv"
        if frame.empty:
            path.unlink(missing_ok=True)
            continue
        used = [c.name for c in all_columns(declared) if frame[c.name].notna().any()]
        frame[used].to_csv(path, index=False, float_format="%.12g", lineterminator="\n")


def main(arguments: Sequence[str]) -> None:
    """Write both plans into the folder given, or in place."""
    target = Path(arguments[0]) if arguments else Path(__file__).parent
    for name, make in PLANS.items():
        write(make(), target / name)
        print(target / name)
