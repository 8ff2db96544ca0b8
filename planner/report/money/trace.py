"""What stands behind the lines of the statements: rows of the ledger, lots of the register, contracts.

Amounts are signed as the statements have them: what lowers cash or profit is negative.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.finance import Books
from planner.finance.accrual import AMORTIZATION, DEPRECIATION, DISPOSAL, INTEREST
from planner.finance.accrual import OPERATING as OPERATING_COST
from planner.finance.contracts import LEASE
from planner.finance.lots import CONTRACTS, EQUIPMENT
from planner.finance.statements import FINANCING, INVESTING, OPERATING, TAXES
from planner.report.money.statement import CONTRACT, LEDGER, LOT, matrix, together, traced
from planner.result.frames import CAPEX, NON_CASH, OPEX

COMMITMENTS, LEVEL = "Compute commitments", "Operating and short-term leases"


def under_contract(books: Books) -> np.ndarray:
    """Which rows of the ledger are payments for commitments and leases, shape (rows,)."""
    pricing = books.plan.table("offers").set_index("offer")["pricing"]
    rows = books.ledger
    return (rows["category"].eq("compute") & rows["offer"].map(pricing).isin(CONTRACTS)).to_numpy()


def _operating_rows(books: Books) -> np.ndarray:
    """Rows of the ledger that are an expense as they are paid."""
    return books.ledger["cash"].eq(OPEX).to_numpy() & ~under_contract(books)


def _of_ledger(books: Books, at: np.ndarray, section: str, line: str | np.ndarray, factor: float) -> pd.DataFrame:
    rows = books.ledger[at]
    return traced(
        section, line, rows["period"].to_numpy(int), factor * rows["amount"].to_numpy(float), LEDGER, np.flatnonzero(at)
    )


def cash_flow(books: Books) -> pd.DataFrame:
    """Behind the cash flow statement: the ledger's cash, for leases also their interest, and behind tax what is deducted."""
    ledger, c = books.ledger, books.contracts
    kinds = dict(zip(c.contracts.frame["offer"], c.kind, strict=True))
    contract = under_contract(books)
    on_books = contract & ledger["offer"].map(kinds).eq(LEASE).to_numpy()
    once = ledger["unit"].eq("devices").to_numpy()
    category, cash = ledger["category"], ledger["cash"]
    plain = _operating_rows(books)
    leased = c.kind == LEASE
    interest = np.where(leased[:, None], c.interest, 0.0)
    return together(
        [
            _of_ledger(books, plain, OPERATING, category[plain].str.capitalize().to_numpy(object), -1.0),
            _of_ledger(books, contract & ~on_books, OPERATING, COMMITMENTS, -1.0),
            _of_ledger(books, category.eq("hardware").to_numpy(), INVESTING, "Purchase of equipment", -1.0),
            _of_ledger(books, category.eq("resale").to_numpy(), INVESTING, "Sale of equipment", -1.0),
            _of_ledger(
                books, category.eq("site").to_numpy() & cash.eq(CAPEX).to_numpy(), INVESTING, "Site fit-out", -1.0
            ),
            _of_ledger(books, on_books & once, INVESTING, "Upfront payments of leases", -1.0),
            _of_ledger(books, on_books & ~once, FINANCING, "Lease principal", -1.0),
            matrix(FINANCING, "Lease principal", interest, CONTRACT),
            matrix(FINANCING, "Lease interest", -interest, CONTRACT),
            _deductions(books, "Tax saved (paid)"),
        ]
    )


def _deductions(books: Books, line: str) -> pd.DataFrame:
    """Behind the tax that is saved: the rate times everything that the tax return deducts."""
    rate, r, c = books.tax.rate, books.tax_register, books.contracts
    return together(
        [
            _of_ledger(books, _operating_rows(books), TAXES, line, rate),
            matrix(TAXES, line, rate * (r.depreciation - r.gain), LOT),
            matrix(TAXES, line, rate * c.tax_cost, CONTRACT),
        ]
    )


def profit_and_loss(books: Books) -> pd.DataFrame:
    """Behind the P&L: operating rows of the ledger, lots of the register, contracts, and what is deducted for tax."""
    r, t, c = books.register, books.tax_register, books.contracts
    plain = _operating_rows(books)
    owned = np.where(r.lots["kind"] == EQUIPMENT, "IT equipment", "Site fit-out").astype(object)
    rate = books.tax.rate
    own, their = r.depreciation - r.gain, t.depreciation - t.gain
    return together(
        [
            _of_ledger(
                books, plain, OPERATING_COST, books.ledger["category"][plain].str.capitalize().to_numpy(object), -1.0
            ),
            matrix(OPERATING_COST, COMMITMENTS, -c.service_cost, CONTRACT),
            matrix(OPERATING_COST, LEVEL, -c.level_cost, CONTRACT),
            matrix(DEPRECIATION, owned, -r.depreciation, LOT),
            matrix(AMORTIZATION, "Right of use", -c.amortization, CONTRACT),
            matrix(DISPOSAL, owned, r.gain, LOT),
            matrix(INTEREST, "Lease liability", -c.interest, CONTRACT),
            _deductions(books, "Current tax"),
            matrix(TAXES, "Deferred tax", rate * (own - their), LOT),
            matrix(TAXES, "Deferred tax", rate * (c.expense - c.tax_cost), CONTRACT),
        ]
    )


def balance(books: Books) -> pd.DataFrame:
    """Behind the balance view: lots and contracts at what they are worth then, and all cash and results so far."""
    r, c = books.register, books.contracts
    periods = books.plan.settings.periods
    first = r.lots["first_period"].to_numpy(int)[:, None]
    equipment = (r.lots["kind"] == EQUIPMENT).to_numpy()[:, None]
    held = np.hstack([r.opening[:, :1], r.closing])
    t = np.arange(periods + 1)[None, :]
    # Before the plan a lot waits when it comes later than the first period.
    waiting = np.where(t == 0, first > 1, t < first)
    stocks = {
        "Right of use": (c.right_of_use_before, c.right_of_use),
        "Prepaid commitments": (c.prepaid_before, c.prepaid),
    }
    owed = np.hstack([c.liability_before[:, None], c.liability])
    parts = [
        matrix("Assets", "Equipment", np.where(equipment & ~waiting, held, 0.0), LOT, 0),
        matrix("Assets", "Equipment not in service yet", np.where(equipment & waiting, held, 0.0), LOT, 0),
        matrix("Assets", "Site fit-out", np.where(equipment, 0.0, held), LOT, 0),
        matrix("Liabilities", "Lease liability", -owed, CONTRACT, 0),
    ]
    parts += [
        matrix("Assets", line, np.hstack([before[:, None], after]), CONTRACT, 0)
        for line, (before, after) in stocks.items()
    ]
    start = together(parts)
    start = start[start["period"] == 0].assign(section="Equity", line="Equity at the start", until=periods)
    profit, cash = profit_and_loss(books), cash_flow(books)
    deferred = profit[profit["line"] == "Deferred tax"]
    sofar = [
        deferred.assign(section="Liabilities", until=periods),
        start,
        cash.assign(section="Equity", line="Cash put in", amount=-cash["amount"], until=periods),
        profit.assign(section="Equity", line="Result so far", until=periods),
    ]
    return together([*parts, *sofar])


def is_money(books: Books, non_cash: bool) -> np.ndarray:
    """Which rows of the ledger count: all, or those that are cash."""
    return np.full(len(books.ledger), True) if non_cash else books.ledger["cash"].ne(NON_CASH).to_numpy()
