"""Numbers as people read them: three figures that matter, the right unit, never a false precision.

Numbers and units are joined by a no-break space, so that a line never ends between them; `plain` and
`escaped` join signs and symbols on pages.
"""

from __future__ import annotations

import html
import json
import math
import re

import pandas as pd

from planner.text.numbers import (
    DASH,
    MINUS,
    NBSP,
    SCALES,
    SYMBOLS,
    compact,
    counted_up_to,
    energy,
    figures,
    gap,
    gap_size,
    listing,
    mass,
    money,
    month,
    percent,
    plural,
    quantity,
    sentence,
    symbol,
)

__all__ = [
    "CENTS",
    "D3_MONTH",
    "D3_PERCENT",
    "DASH",
    "JOINER",
    "LEAST_CHANGE",
    "MINUS",
    "NBSP",
    "NOTHING",
    "SCALES",
    "SYMBOLS",
    "change",
    "compact",
    "counted_up_to",
    "csv_bytes",
    "d3_axis",
    "energy",
    "escaped",
    "figures",
    "gap",
    "gap_size",
    "joined",
    "listing",
    "mass",
    "money",
    "money_exact",
    "month",
    "percent",
    "plain",
    "plural",
    "quantity",
    "sentence",
    "symbol",
    "unit_price",
]

CENTS = {"USD": "ct", "EUR": "ct", "CAD": "ct", "AUD": "ct", "SGD": "ct", "GBP": "p"}


def money_exact(value: float | None, currency: str = "USD", places: int = 0) -> str:
    """An amount in full, for tables: $1,240,312."""
    if value is None or not math.isfinite(value):
        return DASH
    value = round(value, places) or 0.0
    return (MINUS if value < 0 else "") + symbol(currency) + f"{abs(value):,.{places}f}"


def unit_price(value: float | None, currency: str, unit: str) -> str:
    """A price per unit: $1.20 per M tokens, 3.1 ct per 1k tokens, $2.35 per GPU hour.

    A price per million from 10 up is said per thousand, and one below a tenth is said in cents.
    """
    if value is None or not math.isfinite(value):
        return DASH
    per = unit
    if unit.startswith("M ") and abs(value) >= 10:
        per, value = "1k " + unit[2:], value / 1000
    elif unit.endswith("s") and not unit.startswith("M ") and not unit.endswith("ss"):
        per = unit[:-1]
    if 0 < abs(value) < 0.1 and currency in CENTS:
        sign = MINUS if value < 0 else ""
        return f"{sign}{figures(abs(value) * 100, 2)}{NBSP}{CENTS[currency]} per {per}"
    return f"{money(value, currency)} per {per}"


NOTHING = 1e-9
"""Share of a whole below which a change of it is rounding."""
LEAST_CHANGE = 1e-3
"""Share of a whole below which a change of it is said to be under that."""


def change(share: float | None, signed: bool = False) -> str:
    """A relative difference: 2 %, under 0.1 %, no difference; `signed` writes +2 %."""
    if share is None or not math.isfinite(share):
        return DASH
    if abs(share) < NOTHING:
        return "no difference"
    return f"under {percent(LEAST_CHANGE)}" if abs(share) < LEAST_CHANGE else percent(share, signed=signed)


_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:])")


JOINER = "\u2060"
"""A word joiner: it takes no room, and no line ends at it."""
_SIGNED = re.compile(f"(?<=[{MINUS}+])(?=[{''.join(s for s in SYMBOLS.values() if not s[0].isalpha())}])")


def joined(text: str) -> str:
    """Text for a page, where a line may end between a sign and the symbol of a currency: there it may not.

    Not for files: a search for an amount in a spreadsheet would not find it.
    """
    return _SIGNED.sub(JOINER, text)


def plain(text: str) -> str:
    """Text that Markdown shows as it is: names from users stay names, "$" stays a dollar, signs stay with amounts."""
    return _MARKDOWN.sub(r"\\\1", joined(re.sub(r"\s*[\r\n]+\s*", " ", text)))


def escaped(text: str, quote: bool = True) -> str:
    """Text that HTML shows as it is; signs stay with amounts."""
    return html.escape(joined(text), quote)


_RISKY = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The frame as UTF-8 CSV in which no text can become a formula in a spreadsheet.

    Text that starts with = + - @, tab or return gets an apostrophe; numbers stay numbers.
    """
    safe = frame.rename(columns=lambda c: _defused(str(c)))
    for position, dtype in enumerate(safe.dtypes):
        if not pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_datetime64_any_dtype(dtype):
            safe.isetitem(position, safe.iloc[:, position].map(_defused))
    return safe.to_csv(index=False).encode("utf-8-sig")


def _defused(cell: object) -> object:
    return "'" + cell if isinstance(cell, str) and cell.startswith(_RISKY) else cell


def d3_axis(currency: str | None = None) -> str:
    """A Vega expression that labels an axis as `money` (or, without a currency, `compact`) would."""
    before = json.dumps(symbol(currency)) if currency else "''"
    tail = "".join(
        f"abs(datum.value) >= {size:.0e} ? format(abs(datum.value) / {size:.0e}, ',.3~r') + '{NBSP}{name}' : "
        for size, name in SCALES
    )
    return (
        f"(datum.value < 0 ? '{MINUS}' : '') + {before} + ({tail}format(abs(datum.value), ',.3~r'))"
        if currency
        else f"(datum.value < 0 ? '{MINUS}' : '') + ({tail}format(abs(datum.value), ',.3~r'))"
    )


D3_PERCENT = ".0%"
"""The d3 format of a share on an axis."""
D3_MONTH = "%b %Y"
"""The d3 time format of a month, as `month` writes it."""
