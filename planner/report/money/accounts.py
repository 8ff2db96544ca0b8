"""The cash flow statement, the P&L and the balance view as statements that can be looked into."""

from __future__ import annotations

import pandas as pd

from planner.finance import Books
from planner.finance.accrual import SECTIONS
from planner.finance.statements import FINANCING, INVESTING, OPERATING, RESULTS, TAXES
from planner.report.money import trace
from planner.report.money.statement import How, Row, Statement, columns
from planner.result.frames import CATEGORIES

CONTRACT_LINES = (trace.COMMITMENTS, trace.LEVEL)
_WORDS = {"Api": "Model APIs", "Site": "Sites"}
"""Lines that are written otherwise than the category is called."""


_RANK = {
    line: rank
    for rank, line in enumerate(
        x for c in CATEGORIES for x in (c.capitalize(), *(CONTRACT_LINES if c == "compute" else ()))
    )
}


def label_of(line: str) -> str:
    """A line of a statement in words."""
    return _WORDS.get(line, line)


def category_label(category: str) -> str:
    """A category of the ledger in words, as the lines of statements have it."""
    return label_of(category.replace("_", " ").capitalize())


def lines_of(amounts: pd.DataFrame, section: str) -> tuple[tuple[str, str], ...]:
    """The lines of a section: those of categories in the order of the ledger's, others as the statement has them."""
    here = dict.fromkeys(amounts.loc[amounts["section"] == section, "line"])
    return tuple((section, str(line)) for line in sorted(here, key=lambda line: _RANK.get(line, len(_RANK))))


def section_rows(
    amounts: pd.DataFrame, section: str, total: str = "", how: How = "sum"
) -> tuple[tuple[Row, ...], tuple[tuple[str, str], ...]]:
    """A row for each line of a section and, where it has a name and there is more than one, their total; and the lines."""
    lines = lines_of(amounts, section)
    rows = [Row(label_of(line), section, ((section, line),), how) for _, line in lines]
    if total and lines:
        rows.append(Row(total, section, lines, how, total=True))
    return tuple(rows), lines


def cash_flow(books: Books, yearly: bool) -> Statement:
    """The cash flow statement with the cash of each section, before and after tax."""
    amounts = books.cash_flow
    rows: list[Row] = []
    seen: tuple[tuple[str, str], ...] = ()
    for section in (OPERATING, INVESTING, FINANCING):
        some, lines = section_rows(amounts, section, f"{section} cash flow")
        rows += some
        seen += lines
    rows.append(Row("Cash flow before tax", "", seen, total=True))
    tax, lines = section_rows(amounts, TAXES)
    if lines:
        rows += [*tax, Row("Cash flow after tax", "", seen + lines, total=True)]
    return Statement("cash-flow", amounts, trace.cash_flow(books), tuple(rows), columns(books.plan.settings, yearly))


def profit_and_loss(books: Books, yearly: bool) -> Statement:
    """The P&L with its results: EBITDA, EBIT, the result before and after tax."""
    amounts = books.profit_and_loss
    rows: list[Row] = []
    seen: tuple[tuple[str, str], ...] = ()
    for result, sections in RESULTS.items():
        for section in sections:
            some, lines = section_rows(amounts, section)
            rows += some
            seen += lines
        rows.append(Row(result, "", seen, total=True))
    missing = set(SECTIONS) - {s for sections in RESULTS.values() for s in sections}
    if missing:
        raise KeyError(f"no result holds {missing}")
    return Statement(
        "profit-and-loss", amounts, trace.profit_and_loss(books), tuple(rows), columns(books.plan.settings, yearly)
    )


SIDES = ("Assets", "Liabilities", "Equity")


def balance(books: Books, yearly: bool) -> Statement:
    """The balance view: what there is at the end of each column, assets and liabilities against equity."""
    amounts = books.balance
    rows: list[Row] = []
    sides: list[tuple[tuple[str, str], ...]] = []
    for section in SIDES:
        some, lines = section_rows(amounts, section, f"Total {section.lower()}", "last")
        rows += some
        sides.append(lines)
    after = 1 + max((i for i, r in enumerate(rows) if r.section != "Equity"), default=-1)
    rows.insert(after, Row("Assets less liabilities", "", sides[0] + sides[1], "last", total=True))
    return Statement(
        "balance",
        amounts,
        trace.balance(books),
        tuple(rows),
        columns(books.plan.settings, yearly, total=False, before=True),
    )
