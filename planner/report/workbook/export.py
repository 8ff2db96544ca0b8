"""`export_workbook`: the finance workbook of a solved plan, every figure a formula with its value cached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import xlsxwriter

from planner.finance import AccountingPolicy, Books
from planner.plan.plan import Plan
from planner.plan.tables import TABLES
from planner.report.workbook import checks
from planner.report.workbook.accounts import write_accounts
from planner.report.workbook.allocation import write_allocation
from planner.report.workbook.balance import write_balance
from planner.report.workbook.book import Book
from planner.report.workbook.budget import write_budget
from planner.report.workbook.commitments import write_commitments
from planner.report.workbook.constants import declare, write_constants, write_time
from planner.report.workbook.costs import parts, write_costs
from planner.report.workbook.extra import Extra, check_titles, write_extra
from planner.report.workbook.frame import Layout
from planner.report.workbook.holdings import write_contracts, write_owned
from planner.report.workbook.inputs import write_tables
from planner.report.workbook.judged import judged
from planner.report.workbook.limits import Sources, write_limits
from planner.report.workbook.live import mark_solver_only
from planner.report.workbook.outputs import write_carbon, write_ledger, write_tco
from planner.report.workbook.statements import OUTPUT_TAB, write_cash_flow, write_profit
from planner.report.workbook.summary import CONTENTS, Figures, write_cover, write_summary
from planner.report.workbook.workings import Context, write_capacity, write_decisions, write_energy, write_prices
from planner.result.result import Result

STAGES = ("Inputs", "Workings", "Costs", "Statements", "Checks", "Writing")


def export_workbook(
    plan: Plan,
    result: Result,
    path: str | Path | BinaryIO,
    policy: AccountingPolicy | None = None,
    progress: Callable[[str, float], None] | None = None,
    made: datetime | None = None,
    extra: Sequence[Extra] = (),
) -> None:
    """Write the finance workbook of a solved plan to a path or a binary buffer.

    `progress` is told each of `STAGES` as it begins, with the share that is done. `made` is the moment that the
    cover states (default: now, UTC). `extra` are tables of others, each a sheet of values before Checks. Raises
    ValueError for a result without a plan, and for extra sheets whose titles clash.
    """
    export_books(Books(plan, result, policy), path, progress, made, extra)


def export_books(
    books: Books,
    path: str | Path | BinaryIO,
    progress: Callable[[str, float], None] | None = None,
    made: datetime | None = None,
    extra: Sequence[Extra] = (),
) -> None:
    """The same for books that are there already."""
    tell = progress or (lambda stage, share: None)
    plan, settings = books.plan, books.plan.settings
    made = made or datetime.now(UTC)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    target = path if not isinstance(path, Path) else str(path)
    file = xlsxwriter.Workbook(target, options)
    file.set_properties({"title": settings.name, "subject": "Capacity plan", "created": made.replace(tzinfo=None)})
    file.set_calc_mode("auto")
    contents = list(CONTENTS)
    at = contents.index("Checks")
    check_titles(extra, [*contents, *TABLES])
    contents[at:at] = [one.title for one in extra]
    book = Book(file, settings.currency, settings.periods, [*contents, *TABLES])
    tell(STAGES[0], 0.0)
    c = declare(books)
    inputs = write_tables(book, plan, c.defaults)
    write_constants(book, books, c)
    x = Context(book, Layout(books), inputs, c, write_time(book, books, c))
    tell(STAGES[1], 0.15)
    d = write_decisions(x)
    k = write_capacity(x, d)
    prices = write_prices(x)
    contracts, owned = write_contracts(x, d, k, prices), write_owned(x, d, prices)
    energy = write_energy(x, d, k)
    accounts = write_accounts(x, d, k, owned, contracts)
    tell(STAGES[2], 0.35)
    costs = write_costs(x, parts(x, d, k, prices, owned, contracts, energy))
    tell(STAGES[3], 0.55)
    profit = write_profit(x, costs, accounts)
    cash = write_cash_flow(x, costs, accounts, profit)
    balance = write_balance(x, accounts, cash, profit)
    owed = write_commitments(x, d, contracts)
    who = write_allocation(x, d, k, costs)
    budget = write_budget(x, costs, who)
    tco = write_tco(x, d, k, costs, who)
    carbon = write_carbon(x, energy)
    broken = write_limits(x, Sources(d, k, energy, costs))
    ledger = write_ledger(x)
    for one in extra:
        write_extra(book, one, OUTPUT_TAB)
    tell(STAGES[4], 0.7)
    by_lens = judged(x, cash, profit, tco)
    checks.write_checks(
        x, checks.Parts(d, k, owned, accounts, costs, who, tco, cash, by_lens, balance, owed, budget, ledger, broken)
    )
    write_summary(x, Figures(tco, cash, profit, carbon, k.held, k.used, accounts.closing, by_lens, owed.left))
    write_cover(x, made.strftime("%Y-%m-%d %H:%M UTC"), by_lens, extra)
    mark_solver_only(book, inputs)
    for sheet in book.time_sheets:
        sheet.hide_unused()
    tell(STAGES[5], 0.75)
    file.close()
    tell(STAGES[5], 1.0)
