"""What the plan costs by each lens, live: cash, what is not cash beside it, tax; and by which lens it was chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.finance import Books
from planner.finance.lens import ACCOUNTING, AFTER_TAX, CASH, HELP, TITLES, Lens, LensError, Measure, measure_of
from planner.report import format as fmt
from planner.report.workbook.expr import Cells, Column, Expr, Written, letters
from planner.report.workbook.outputs import Tco
from planner.report.workbook.workings import Context


@dataclass(frozen=True)
class Judged:
    """Figures of the whole plan, each of shape (1, 1); a cost is positive."""

    cash: Expr
    cash_after_tax: Expr
    not_cash: Expr
    """Present value of what is not cash."""
    expenses: Expr
    not_cash_nominal: Expr

    def by(self, measure: Measure) -> Expr:
        """The figure of a lens: `planner.finance.lens.value`."""
        return {
            CASH: self.cash + self.not_cash,
            AFTER_TAX: self.cash_after_tax + self.not_cash,
            ACCOUNTING: self.expenses + self.not_cash_nominal,
        }[measure]


def judged(x: Context, cash: dict[str, Cells], profit: dict[str, Cells], tco: Tco) -> Judged:
    """The figures, from the sheets Cash flow, P&L and TCO."""
    over = x.book.over
    return Judged(
        -over(cash["Present value before tax"]),
        -over(cash["Present value after tax"]),
        column_sum(tco.non_cash["present value"]),
        -over(profit["Profit before tax"]),
        column_sum(tco.non_cash.total),
    )


def column_sum(cells: Column) -> Expr:
    """SUM of the consecutive rows of a column, from any sheet."""
    letter, first, last = letters(cells.column), int(cells.rows[0]) + 1, int(cells.rows[-1]) + 1
    text = f"SUM({cells.sheet.prefix}${letter}${first}:${letter}${last})"
    return Written(lambda row, home: text, np.array([[float(cells.value.sum())]]))


@dataclass(frozen=True)
class Chosen:
    """The lens that a plan was chosen by, and how good it is by it; `same`: the books' policy is the lens's."""

    measure: Measure
    value: float
    bound: float | None
    gap: float | None
    same: bool = True

    @property
    def lens(self) -> str:
        """What the plan was chosen for, in words."""
        return f"{TITLES[self.measure]}: {HELP[self.measure][:1].lower()}{HELP[self.measure][1:]}"

    def found(self, currency: str) -> str:
        """What was found, what no plan can be below, and how far that is apart."""
        said = [fmt.money_exact(self.value, currency)]
        if self.bound is not None:
            said.append(f"no plan can be below {fmt.money_exact(self.bound, currency)}")
        said.append(fmt.gap(self.gap))
        if not self.same:
            said.append("solved under another accounting policy than that of this workbook, whose figure is another")
        return "; ".join(said)


def chosen(books: Books) -> Chosen | None:
    """By which lens the plan of the books was chosen; None for an aim that is no lens."""
    result = books.result
    if result.aim is None:
        return Chosen(CASH, result.objective or 0.0, result.bound, result.gap)
    measure = measure_of(result.aim.key)
    if measure is None:
        return None
    try:
        same = Lens(books.plan, measure, books.policy).key == result.aim.key
    except LensError:  # no lens can be made of the policy of the books
        same = False
    return Chosen(measure, result.aim.value, result.aim.bound, result.aim.gap, same)
