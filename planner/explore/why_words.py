"""Amounts in sentences of questions, in short, as everywhere else."""

from __future__ import annotations

from planner.text.numbers import compact, listed, money, one, percent, quantity, sentence

__all__ = ["amount", "listed", "money", "number", "one", "sentence", "share"]


def number(value: float) -> str:
    """A number to three figures, with a scale from ten thousand up: 12.4 k, 3.10 M, 950."""
    return compact(value)


def amount(value: float, unit: str) -> str:
    """A number with its unit: 3 devices, 1 device."""
    return quantity(value, one(unit) if value == 1 else unit)


def share(value: float) -> str:
    """A share as a per cent."""
    return percent(value)
