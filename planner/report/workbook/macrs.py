"""MACRS for five-year property, live: the tables of IRS Publication 946 laid out, and what each lot takes from them.

The rules are those of `planner.finance.macrs`: plan years are tax years, a year's allowance is spread evenly over
the lot's periods in it, the year of disposition has the convention's part, what comes and goes within a year
nothing. Mid-quarter applies by itself where more than 40 % of a year's additions fall in its last three months.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.finance.macrs import DISPOSAL, TABLES
from planner.finance.policy import AccountingPolicy
from planner.report.workbook.blocks import Block, Param, Style
from planner.report.workbook.expr import (
    Cells,
    Column,
    Expr,
    HasName,
    Written,
    choose,
    greatest,
    key,
    least,
    letters,
    sum_where,
    whole,
)
from planner.report.workbook.sheet import TimeSheet
from planner.report.workbook.workings import Context

YEARS = TABLES.shape[1]
TAX_YEAR = "tax year, from 0"
CONVENTIONS = ("half-year", *(f"mid-quarter, quarter {q}" for q in (1, 2, 3, 4)))


@dataclass
class Lots:
    """What MACRS needs to know of the lots: one expression each, and what they are bought for (nothing for old ones)."""

    who: dict[str, pd.Series]
    new: Expr
    first: Expr
    last: Expr
    age: Expr
    bought: Expr
    bonus: Expr
    ends_with_the_plan: np.ndarray


def write_macrs(
    x: Context, s: TimeSheet, lots: Lots, policy: AccountingPolicy, prefix: str, fit_out: Block
) -> tuple[Expr, Expr]:
    """Lay out tables and facts. Returns the share of its basis that each lot takes in each period, and the bonus."""
    c, t, m = x.c, x.time.number, x.c["Months_per_period"]
    table, disposal = _tables(s, prefix)
    year, quarter = x.time.year - c["Whole"], _quarter(x, (t - c["Whole"]) * m)
    axis = s.lines(
        f"{prefix}MACRS: tax years",
        [("Quarter of the tax year", quarter, Style(number="whole", total="none", unit="quarter"))],
    )
    start = (lots.first - c["Whole"]) * m - lots.age * (c["Whole"] - lots.new)
    when = s.block(
        f"{prefix}MACRS: placed in service", lots.who, "", params={
            "month, from 0": Param(start, "whole"),
            TAX_YEAR: Param(lambda b: whole(b["month, from 0"] / c["Months_per_year"]), "whole"),
            "quarter": Param(lambda b: _quarter(x, b["month, from 0"]), "whole"),
            "bonus, share": Param(least(lots.bonus, c["Whole"]), "share"),
            "additions": Param(lambda b: lots.bought * (c["Whole"] - b["bonus, share"]), "money"),
            "row of the table": Param(lambda b: _row(x, b, policy, fit_out, axis["Quarter of the tax year"]), "whole"),
        },
    )  # fmt: skip
    row, since = when["row of the table"], when[TAX_YEAR]
    sold = least(lots.last + c["Whole"], c["Periods"])

    def part(b: Block) -> Expr:
        # What is sold at the end of the plan goes in its last month, anything else at the start of its period.
        month = choose(b["with the plan"], c["Periods"] * m - c["Whole"], (sold - c["Whole"]) * m)
        return choose(row.gt(c["Whole"]), _pick(disposal, _quarter(x, month), None), c["Half"])

    out = s.block(
        f"{prefix}MACRS: disposition", lots.who, "", params={
            "with the plan": Param(lots.ends_with_the_plan.astype(float), "whole"),
            "tax year": Param(whole((sold - c["Whole"]) * m / c["Months_per_year"]), "whole"),
            "part of the year": Param(part, "share"),
            "until": Param(greatest(lots.last, sold), "whole"),
            "left of the table": Param(choose(lots.new, c["Whole"], _left(x, table, row, -since)), "share"),
        },
    )  # fmt: skip

    def share(b: Block) -> Expr:
        k = year - since
        last_year = c["Macrs_years"] - c["Whole"]
        inside = k.ge(c["Nothing"]) * k.le(last_year) * year.le(out["tax year"])
        leaving = year.eq(out["tax year"]) * k.lt(last_year)
        allowed = choose(leaving, k.gt(c["Nothing"]) * out["part of the year"], c["Whole"])
        per_year = c["Months_per_year"] / m
        begin = greatest(lots.first, year * per_year + c["Whole"])
        end = least(out["until"], least((year + c["Whole"]) * per_year, c["Periods"]))
        served = t.ge(begin) * t.le(end)
        rate = _pick(table, row, least(greatest(k, c["Nothing"]), last_year) + c["Whole"])
        taken = served * inside * rate * allowed / greatest(end - begin + c["Whole"], c["Whole"])
        past = t.eq(lots.first) * t.le(lots.last)
        return choose(out["left of the table"], taken / out["left of the table"], past)

    taken = s.block(f"{prefix}MACRS: share of the basis", lots.who, "share", share, number="share")
    return taken.cells, when["bonus, share"]


def _quarter(x: Context, month: Expr) -> Expr:
    """The quarter, from 1, of the year in which a month lies."""
    c = x.c
    into = month - whole(month / c["Months_per_year"]) * c["Months_per_year"]
    return whole(into * c["Quarters_per_year"] / c["Months_per_year"]) + c["Whole"]


@dataclass
class Figures:
    """A rectangle of inputs beside rows: value (rows, columns), first column counted from 0."""

    sheet: TimeSheet
    rows: np.ndarray
    column: int
    value: np.ndarray

    @property
    def range(self) -> str:
        """The rectangle as formulas of its own sheet name it."""
        last = self.column + self.value.shape[1] - 1
        return f"${letters(self.column)}${self.rows[0] + 1}:${letters(last)}${self.rows[-1] + 1}"


def _tables(s: TimeSheet, prefix: str) -> tuple[Figures, Figures]:
    shares = s.block(
        f"{prefix}MACRS: share of the basis by year of recovery", {"Convention": CONVENTIONS}, "share",
        params={f"year {y + 1}": Param(TABLES[:, y], "percent") for y in range(YEARS)},
        help="IRS Publication 946, tables A-1 to A-5, five-year property",
    )  # fmt: skip
    parts = s.block(
        f"{prefix}MACRS: part of the year's allowance in the year of disposition", {"Sold in quarter": range(1, 5)}, "share",
        params={"mid-quarter": Param(DISPOSAL, "percent")},
    )  # fmt: skip
    place = shares["year 1"].column
    return Figures(s, shares.rows, place, TABLES), Figures(s, parts.rows, place, DISPOSAL.reshape(-1, 1))


def _pick(table: Figures, line: Expr, column: Expr | None) -> Expr:
    """INDEX(table, row, column): rows and columns are counted from 1."""
    across = np.ones((1, 1)) if column is None else column.value
    value = table.value[line.value.astype(int) - 1, across.astype(int) - 1]

    def write(row: int, home: HasName) -> str:
        more = "" if column is None else f",{column.text(row, home)}"
        return f"INDEX({table.range},{line.text(row, home)}{more})"

    return Written(write, value)


def _left(x: Context, table: Figures, line: Expr, passed: Expr) -> Expr:
    """What the table has from the year after `passed` years on; nothing past its end."""
    c = x.c
    begin = least(greatest(passed, c["Nothing"]), c["Macrs_years"] - c["Whole"]) + c["Whole"]
    remaining = table.value[:, ::-1].cumsum(axis=1)[:, ::-1]
    value = remaining[line.value.astype(int) - 1, begin.value.astype(int) - 1]

    def write(row: int, home: HasName) -> str:
        r = line.text(row, home)
        first, last = (f"INDEX({table.range},{r},{text})" for text in (begin.text(row, home), "Macrs_years"))
        return f"SUM({first}:{last})"

    return Written(write, value) * passed.lt(c["Macrs_years"])


def _row(x: Context, b: Block, policy: AccountingPolicy, fit_out: Block, quarters: Cells) -> Expr:
    """The row of the table that each lot uses: 1 for half-year, 2 to 5 for mid-quarter."""
    c = x.c
    middle = b["quarter"] + c["Whole"]
    if policy.macrs_convention != "auto":
        return c["Whole"] if policy.macrs_convention == "half_year" else middle
    year = b[TAX_YEAR]
    same = key(year, year)
    every = sum_where(b["additions"], same) + _fit_outs(x, year, fit_out, None)
    late = sum_where(b["additions"], same, key(b["quarter"], c["Quarters_per_year"]))
    late = late + _fit_outs(x, year, fit_out, quarters)
    return choose(late.gt(c["Late_share"] * every), middle, c["Whole"])


def _fit_outs(x: Context, year: Column, fit_out: Block, quarters: Cells | None) -> Expr:
    """What is paid for site fit-outs in a tax year, or in its last quarter: they count for the convention too."""
    c = x.c
    if fit_out.sum_ is None:
        return c["Nothing"]
    paid, years = x.book.line(fit_out.sum), x.book.axis(x.time.year)
    value = (x.time.year.value - 1 == year.value) * fit_out.sum.value
    late = "" if quarters is None else x.book.line(quarters).text(0, fit_out.sheet)
    if quarters is not None:
        value = value * (quarters.value == c["Quarters_per_year"].value)

    def write(row: int, home: HasName) -> str:
        last = f"*({late}=Quarters_per_year)" if late else ""
        return f"SUMPRODUCT(({years.text(0, home)}-Whole={year.text(row, home)}){last}*{paid.text(0, home)})"

    return Written(write, value.sum(axis=1, keepdims=True))
