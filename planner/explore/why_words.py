"""Numbers in sentences of questions, in short: explanations are read, tables are reckoned with."""

from __future__ import annotations

from collections.abc import Sequence

SCALES = ((1e9, "bn"), (1e6, "M"), (1e3, "k"))


def number(value: float) -> str:
    """A number to three figures, with a scale from ten thousand up: 12.4 k, 3.1 M, 950."""
    size = abs(value)
    for step, word in SCALES:
        if size >= step and size >= 1e4:
            return f"{value / step:,.3g} {word}"
    return f"{value:,.0f}" if size >= 100 else f"{value:.3g}"


def amount(value: float, unit: str) -> str:
    """A number with its unit."""
    return f"{number(value)} {unit}".strip()


def share(value: float) -> str:
    """A share as a per cent."""
    return f"{100 * value:.3g} %"


def listed(items: Sequence[str], last: str = "and") -> str:
    """a, b and c."""
    items = list(items)
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + f" {last} " + items[-1] if items else ""


def sentence(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]
