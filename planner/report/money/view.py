"""Everything that the finance pages show of one solved plan under one accounting policy, each made once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import pandas as pd

from planner.finance import Books
from planner.report.charts.base import Figure
from planner.report.money import accounts, cost, figures, holdings, investment, units
from planner.report.money.sources import Evidence, Sources
from planner.report.money.sourcing import Comparison
from planner.report.money.statement import Statement

STATEMENTS: dict[str, Callable[..., Statement]] = {
    "cash-flow": accounts.cash_flow,
    "profit-and-loss": accounts.profit_and_loss,
    "balance": accounts.balance,
    "net-book-value": holdings.net_book_value,
    "outstanding": holdings.outstanding,
    "ladder": holdings.ladder,
    "tco": cost.tco,
    "budget": cost.budget,
    "showback": cost.showback,
}
"""Every statement by name; each takes the books and its own options."""

FIGURES: dict[str, Callable[..., Figure]] = {
    "cash-flow": figures.cash_flow,
    "profit-and-loss": figures.profit_and_loss,
    "balance": figures.balance,
    "net-book-value": figures.net_book_value,
    "outstanding": figures.outstanding,
    "ladder": figures.ladder,
    "tco": figures.tco,
    "budget": figures.budget,
    "showback": figures.showback,
    "unit-cost": units.unit_figure,
}
"""Every figure by name; each takes the books and its own options."""


class Money:
    """Statements, figures and evidence of the books; with the books of business as usual the investment case too.

    What was made is kept: it must not be changed in place.
    """

    def __init__(self, books: Books, usual: Books | None = None) -> None:
        self.books, self.usual = books, usual
        self._kept: dict[tuple[object, ...], Any] = {}

    def _once(self, key: tuple[object, ...], make: Callable[[], Any]) -> Any:
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    @property
    def currency(self) -> str:
        """The plan's currency."""
        return self.books.plan.settings.currency

    @cached_property
    def sources(self) -> Sources:
        """The tables to which figures point."""
        return Sources(self.books)

    def statement(self, name: str, *options: object) -> Statement:
        """A statement by name. Raises KeyError when there is none of that name."""
        return self._once(("statement", name, *options), lambda: STATEMENTS[name](self.books, *options))

    def figure(self, name: str, *options: object) -> Figure:
        """A figure by name. Raises KeyError when there is none of that name."""
        return self._once(("figure", name, *options), lambda: FIGURES[name](self.books, *options))

    def evidence(self, statement: Statement, row: int, column: int) -> Evidence:
        """What stands behind a figure of a statement."""
        return self.sources.evidence(statement, row, column)

    def comparison(self, hardware: str, sites: tuple[str, ...], taxed: bool) -> Comparison:
        """Every way to get a device at some sites."""
        return self._once(
            ("ways", hardware, sites, taxed), lambda: Comparison(self.books, hardware, list(sites), taxed)
        )

    @cached_property
    def case_figure(self) -> Figure | None:
        """The investment case over time; None without business as usual."""
        return None if self.usual is None else investment.paid_back(self.books, self.usual)

    @cached_property
    def case_measures(self) -> pd.DataFrame | None:
        """The measures of the investment case in words; None without business as usual."""
        return None if self.usual is None else investment.measures(self.books.against(self.usual), self.currency)

    @cached_property
    def case_notes(self) -> list[str]:
        """What is not defined in the investment case and how sure it is."""
        if self.usual is None:
            return []
        return [
            investment.certainty(self.books, self.usual),
            *investment.notes(self.books.against(self.usual)),
        ]

    @cached_property
    def checks(self) -> pd.DataFrame:
        """The identities of the books, as people read them."""
        found = self.books.checks
        return pd.DataFrame(
            {
                "Check": found["check"],
                "Found": found["found"],
                "Expected": found["expected"],
                "Difference": found["difference"],
                "Holds": found["holds"].map({True: "yes", False: "NO"}),
            }
        )

    @property
    def sound(self) -> bool:
        """True when every identity of the books holds."""
        return bool(self.books.checks["holds"].all())
