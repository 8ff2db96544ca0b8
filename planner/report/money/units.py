"""Unit economics as people read them: what a unit of each workload costs on average, and a GPU-hour."""

from __future__ import annotations

import pandas as pd

from planner.finance import Books
from planner.report import cost_words as words
from planner.report import format as fmt
from planner.report.charts import allocation as chart
from planner.report.charts.base import Figure
from planner.report.insight import Number
from planner.report.labels import Calendar, names
from planner.report.money.cost import MANNERS


def unit_table(books: Books) -> pd.DataFrame:
    """Every workload over the whole plan: units served, average and levelised cost, and what is in it."""
    currency = books.plan.settings.currency
    found = books.unit_costs
    found = found[found["period"] == 0]
    level = books.levelised_costs.set_index("workload")["levelised_cost"]
    known = names(books.plan, "workloads")
    out = pd.DataFrame(
        {
            "Workload": found["workload"].map(known.to_dict()),
            "Team": found["team"],
            "Unit": found["unit"],
            "Units served": found["volume"],
            f"Expense ({currency})": found["cost"],
            f"Average cost per unit ({currency})": found["cost_per_unit"],
            **{f"{word} per unit ({currency})": found[f"{key}_per_unit"] for key, word in MANNERS.items()},
            f"Per million tokens ({currency})": found["cost_per_million_tokens"],
            f"Levelised cash cost per unit ({currency})": found["workload"].map(level),
        }
    )
    return out.reset_index(drop=True)


def unit_figure(books: Books, workload: str) -> Figure:
    """See `charts.allocation.unit_cost`. Raises KeyError when there is no such workload."""
    currency, labels = books.plan.settings.currency, Calendar(books.plan.settings).period_labels
    about = books.plan.table("workloads").set_index("workload").loc[workload]
    found = books.unit_costs
    found = found[(found["workload"] == workload) & (found["period"] > 0)]
    values = [f"{m}_per_unit" for m in MANNERS]
    long = found[["period", "cost_per_unit", *values]].melt(["period", "cost_per_unit"], values, "manner", "cost")
    long["manner"] = long["manner"].str.removesuffix("_per_unit").map(MANNERS)
    rows = long.assign(period_label=[labels[t - 1] for t in long["period"]], total=long["cost_per_unit"])
    name, unit = str(names(books.plan, "workloads")[workload]), str(about["unit"])
    return chart.unit_cost(rows.dropna(subset=["cost"]), currency, unit, _title(found, name, unit, currency), labels)


def _title(found: pd.DataFrame, name: str, unit: str, currency: str) -> str:
    """How the cost of a unit develops: from the first to the last period in which any is served."""
    served = found.dropna(subset=["cost_per_unit"]).sort_values("period")
    if served.empty:
        return f"{name}: nothing is served"
    first, last = float(served["cost_per_unit"].iloc[0]), float(served["cost_per_unit"].iloc[-1])
    said = f"{name} costs {fmt.unit_price(last, currency, unit)} at the end"
    if len(served) < 2 or not first or abs(last / first - 1) < 0.005:
        return said
    return f"{said}, {fmt.percent(abs(last / first - 1))} {'less' if last < first else 'more'} than at the start"


def gpu_hours(books: Books) -> pd.DataFrame:
    """What a GPU-hour in service and a useful one cost, by period and over the whole plan, as people read it."""
    currency, labels = books.plan.settings.currency, Calendar(books.plan.settings).period_labels
    found = books.gpu_hour_costs
    return pd.DataFrame(
        {
            "Period": ["Whole plan" if t == 0 else labels[t - 1] for t in found["period"]],
            "GPU-hours in service": found["gpu_hours_in_service"],
            "GPU-hours used": found["gpu_hours_used"],
            "Utilization": found["utilization"],
            f"Expense ({currency})": found["cost"],
            f"Per GPU-hour in service ({currency})": found["per_gpu_hour"],
            f"Per useful GPU-hour ({currency})": found["per_useful_gpu_hour"],
        }
    )


def cost_facts(books: Books) -> tuple[Number, ...]:
    """The cash of the plan in four numbers: nominal, present value, a GPU-hour in service and a useful one."""
    currency = books.plan.settings.currency
    total = books.tco().iloc[0]
    hours = books.gpu_hour_costs
    whole = hours[hours["period"] == 0].iloc[0]
    return (
        Number(
            "Cash, nominal",
            fmt.money(float(total["amount"]), currency),
            help="All that is paid and received over the whole plan.",
        ),
        Number(
            words.CASH,
            fmt.money(float(total["present_value"]), currency),
            help="The same, discounted at the plan's rate.",
        ),
        Number(
            "A GPU-hour in service",
            fmt.money(float(whole["per_gpu_hour"]), currency),
            help="Expense without token APIs / hours of accelerators in service, over the whole plan.",
        ),
        Number(
            "A useful GPU-hour",
            fmt.money(float(whole["per_useful_gpu_hour"]), currency),
            f"{fmt.percent(float(whole['utilization']))} of hours in service are used",
            help="The same / hours in which they work.",
        ),
    )
