"""What it means: statements, depreciation, allocation and unit economics."""

from planner.finance.bookkeeping import Books, books
from planner.finance.lots import BooksError
from planner.finance.policy import AccountingPolicy

__all__ = ["AccountingPolicy", "Books", "BooksError", "books"]
