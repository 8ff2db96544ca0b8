"""The sheets Budget and Budget lines: cash a month by account and by cost centre, live, and every line as a value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.finance.budget import COLUMNS
from planner.finance.categories import chart_of
from planner.report.money.accounts import category_label
from planner.report.workbook.allocation import Allocated
from planner.report.workbook.blocks import Block
from planner.report.workbook.book import finish
from planner.report.workbook.costs import Costs
from planner.report.workbook.expr import Column, Expr, Written, letters, sum_where
from planner.report.workbook.printing import fit_columns
from planner.report.workbook.statements import OUTPUT_TAB
from planner.report.workbook.workings import Context


@dataclass
class Budget:
    """What the checks look at."""

    by_account: Block
    lines: Expr
    """The sum of all lines, as values."""


def write_budget(x: Context, costs: Costs, who: Allocated) -> Budget:
    """Cash by account and by cost centre, each period split evenly over its months."""
    c = x.c
    s = x.sheet("Budget", "Budget", OUTPUT_TAB, "Cash of one month: each period split evenly over its months; Total: all months of the plan. Every line by cost centre, account and month is on Budget lines.")  # fmt: skip
    unit, help = "money", "Below a period: one of its months. Total: all months of the plan"
    accounts = chart_of(x.layout.books.policy.accounts)
    accounts["category"] = accounts["category"].map(category_label)
    labels = {name: accounts[column].to_numpy(object) for name, column in HEADINGS.items()}

    def keys(first: int) -> tuple:
        rows = np.arange(first, first + len(accounts))
        category, cash = (Column(s, i, rows, list(labels.values())[i]) for i in (2, 3))
        return costs.where("booked", category), costs.where("cash", cash)

    whole = sum_where(costs.total, *keys(s.row + 2))
    account = s.block(
        "By account", labels, unit, lambda b: costs.sum(*keys(int(b.rows[0]))) / c["Months_per_period"],
        total=whole, sums=True, help=help,
    )  # fmt: skip
    team = who.by_team
    s.block(
        "By cost centre", {"Cost centre": team.labels}, unit, lambda b: team.cells / c["Months_per_period"],
        total=team.total, help=help,
    )  # fmt: skip
    platform = x.layout.books.policy.platform
    s.block(
        "What no workload bears", {"Cost centre": [platform]}, unit,
        lambda b: who.platform.cells / c["Months_per_period"],
        total=who.platform.total, help=help,
    )  # fmt: skip
    return Budget(account, _lines(x))


HEADINGS = {"Account": "account_name", "No": "account", "Category": "category", "Cash": "cash"}


def _lines(x: Context) -> Expr:
    """The sheet Budget lines: one row for each cost centre and account, one column a month; returns their sum."""
    budget = x.layout.books.budget
    ws, styles = x.book.add("Budget lines", OUTPUT_TAB), x.book.styles
    ws.write_string(0, 0, "Budget lines", styles.title)
    ws.write_string(1, 0, "As the planner solved it: values, to load into a ledger or a planning tool.", styles.note)
    keys = [name for name in COLUMNS if name not in ("month", "amount")]
    wide = budget.pivot_table(index=keys, columns="month", values="amount", aggfunc="sum", fill_value=0.0)
    heads = [*(name.replace("_", " ").capitalize() for name in keys), *map(str, wide.columns)]
    for column, text in enumerate(heads):
        ws.write_string(3, column, text, styles.head if column < len(keys) else styles.head_right)
    money = styles.cell("value", "money")
    for r, (index, amounts) in enumerate(zip(wide.index, wide.to_numpy(float).tolist(), strict=True), start=4):
        for column, text in enumerate(index):
            ws.write_string(r, column, str(text), styles.cell("value", "text"))
        ws.numbers(r, len(keys), money, amounts)
    for column, width in enumerate((24, 10, 34, 8, 16)):
        ws.set_column(column, column, width)
    ws.set_column(len(keys), len(heads) - 1, 12)
    ws.freeze_panes(4, len(keys))
    finish(ws, "Budget lines", 4)
    fit_columns(ws, len(keys), len(heads))
    total = np.array([[float(wide.to_numpy(float).sum())]])
    if not wide.size:
        return x.c["Nothing"]
    first, last = letters(len(keys)), letters(len(heads) - 1)
    return Written(lambda row, home: f"SUM('Budget lines'!${first}$5:${last}${4 + len(wide)})", total)
