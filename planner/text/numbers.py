"""Numbers as people read them, for every sentence whoever makes it: three figures, the right unit, no false precision.

Numbers and units are joined by a no-break space, so that a line never ends between them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

import pandas as pd

NBSP = "\u00a0"
MINUS = "\u2212"
DASH = "\u2013"

SYMBOLS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "CNY": "CN¥",
    "INR": "₹",
    "KRW": "₩",
    "CAD": "CA$",
    "AUD": "A$",
    "BRL": "R$",
    "SGD": "S$",
}
"""Symbols in front of an amount; any other currency is written by its ISO 4217 code."""

OPTIMAL = 5e-7
"""Gap below which a plan is called optimal."""
_PLURAL = re.compile(r"(?<=[^s])s(?= \(|$)")
_COUNTED = re.compile(r"1?([kM]) (?=\S)")
COUNTED_OUT = 1e4
"""From here on a number has a scale word, which beside a unit of thousands or millions would be read for it."""
SCALES = ((1e12, "tn"), (1e9, "bn"), (1e6, "M"), (1e3, "k"))


def symbol(currency: str) -> str:
    """What stands before an amount: "$", "€", or the code and a space."""
    return SYMBOLS.get(currency, currency + NBSP)


def figures(value: float, digits: int = 3) -> str:
    """A number to `digits` significant figures: 1.2345 gives 1.23, 999.6 gives 1,000, 0.0123 gives 0.0123."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else DASH
    places = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
    value = round(value, places)
    if value == 0:
        return "0"
    places = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
    return f"{value:,.{places}f}"


def compact(value: float | None, digits: int = 3) -> str:
    """A count in short: 950, 4,320, 12.4 k, 3.10 M. Whole numbers have no decimals."""
    sign, number, scale = scaled(value, digits, least=1e4)
    return sign + number + (NBSP + scale if scale else "")


def money(value: float | None, currency: str = "USD", signed: bool = False) -> str:
    """An amount in short: $1.24 M, €310 k, −$5.20; `signed` writes a plus before what is above zero."""
    if value is None or not math.isfinite(value):
        return DASH
    sign, number, scale = scaled(value, 3, cents=True)
    if signed and value > 0:
        sign = "+"
    return sign + symbol(currency) + number + (NBSP + scale if scale else "")


def percent(share: float | None, digits: int = 2, signed: bool = False) -> str:
    """A share as a per cent to `digits` figures: 62 %, 0.15 %, 100 %; whole from 10 up."""
    if share is None or not math.isfinite(share):
        return DASH
    value = share * 100
    number = f"{abs(value):,.0f}" if abs(value) >= 9.95 else figures(abs(value), digits)
    if number == "100" and abs(value) < 100 and abs(value) >= 99.5:
        number = figures(abs(value), 3) if abs(value) <= 99.95 else "99.9"
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    sign = MINUS if value < 0 and number != "0" else "+" if signed and value > 0 else ""
    return f"{sign}{number}{NBSP}%"


def quantity(value: float | None, unit: str = "", digits: int = 3) -> str:
    """A count with its unit: 1.20 M device-hours, 6 servers; 2.12 tn tokens for 2,118,811 of "M tokens"."""
    if value is not None:
        size, unit = counted_up_to(value, unit)
        value = value * size
    text = compact(value, digits)
    return f"{text}{NBSP}{unit}" if unit and text != DASH else text


def counted(unit: str) -> tuple[float, str]:
    """How many a unit of thousands or millions counts, and of what: "M tokens" is 1e6 tokens; others 1 of themselves."""
    found = _COUNTED.match(unit)
    return ({"k": 1e3, "M": 1e6}[found[1]], unit[found.end() :]) if found else (1.0, unit)


def counted_up_to(largest: float, unit: str) -> tuple[float, str]:
    """By what amounts of a unit are multiplied where the largest of them is to be said, and of what they are then.

    As `counted` where one scale word beside another would be read as "M of M", else 1 and the unit itself.
    """
    return counted(unit) if abs(largest) >= COUNTED_OUT else (1.0, unit)


def mass(tonnes: float | None) -> str:
    """Carbon in the unit that fits: 420 kg, 3.10 t, 1.24 kt."""
    if tonnes is None or not math.isfinite(tonnes):
        return DASH
    size = abs(tonnes)
    number, unit = (tonnes * 1000, "kg") if 0 < size < 1 else (tonnes / 1000, "kt") if size >= 1000 else (tonnes, "t")
    return f"{compact(number)}{NBSP}{unit}"


def energy(kwh: float | None) -> str:
    """Energy in the unit that fits: 420 kWh, 3.10 MWh, 1.24 GWh."""
    if kwh is None or not math.isfinite(kwh):
        return DASH
    size = abs(kwh)
    number, unit = (kwh / 1e6, "GWh") if size >= 1e6 else (kwh / 1e3, "MWh") if size >= 1e3 else (kwh, "kWh")
    return f"{compact(number)}{NBSP}{unit}"


def gap_size(value: float | None) -> str:
    """A gap as a per cent, rounded up, so that no more is claimed than was proven: 0.2 %; 0 % where it is optimal."""
    if value is None or not math.isfinite(value):
        return DASH
    if value < OPTIMAL:
        return percent(0.0)
    exponent = math.floor(math.log10(value))
    step = 10.0 ** (exponent if value < 0.01 else exponent - 1)
    return percent(math.ceil(round(value / step, 6)) * step)


def gap(value: float | None) -> str:
    """How good a plan is known to be: proven optimal; proven within 0.1 %; no bound yet."""
    if value is None or not math.isfinite(value):
        return "no bound yet"
    return "proven optimal" if value < OPTIMAL else f"proven within {gap_size(value)}"


def plural(count: float, one: str, many: str = "") -> str:
    """A whole count and its noun: 1 server, 6 servers."""
    return f"{figures(count, 3) if count % 1 else f'{count:,.0f}'} {one if count == 1 else many or one + 's'}"


def listing(items: list[str], most: int = 4) -> str:
    """Items as a sentence part: a, b and c; beyond `most`, and 3 more."""
    if len(items) > most:
        items = [*items[: most - 1], f"{len(items) - most + 1} more"]
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1] if items else ""


def sentence(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def month(text: str, long: bool = False) -> str:
    """A month for people: "2027-03" gives Mar 2027, long March 2027; anything else as it is."""
    try:
        return pd.Period(text, freq="M").strftime("%B %Y" if long else "%b %Y")
    except ValueError:
        return text


def listed(items: Sequence[str], last: str = "and") -> str:
    """a, b and c: all of them, with another word before the last where it is said; a; b; and c where a comma is in one."""
    items = list(items)
    if len(items) < 2:
        return "".join(items)
    if any(", " in x for x in items):
        return "; ".join(items[:-1]) + f"; {last} " + items[-1]
    return ", ".join(items[:-1]) + f" {last} " + items[-1]


def one(unit: str) -> str:
    """A unit in the singular: device, GPU hour (H100 equivalent); what is counted in millions stays as it is."""
    return unit if unit.startswith("M ") else _PLURAL.sub("", unit, count=1)


def spans(numbers: Iterable[int]) -> str:
    """Whole numbers with their runs drawn together: 1 to 3 and 12."""
    runs: list[list[int]] = []
    for n in sorted(set(numbers)):
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    return listed([str(a) if a == b else f"{a} to {b}" for a, b in runs])


def rounded_up(value: float, digits: int = 3) -> float:
    """A number to so many figures, away from 0, so that what is said to suffice suffices; a solver's noise is none."""
    if value == 0 or not math.isfinite(value):
        return value
    step = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
    return math.copysign(math.ceil(round(abs(value) / step, 6)) * step, value)


def scaled(value: float | None, digits: int, cents: bool = False, least: float = 1e3) -> tuple[str, str, str]:
    """Sign, number and scale word of a value; below `least` there is no scale word."""
    if value is None or not math.isfinite(value):
        return "", DASH, ""
    size = abs(value)
    for step, word in SCALES:
        # 999.6 k is 1.00 M: compare what would be shown, not what is there
        if float(f"{size:.{digits}g}") >= max(step, least):
            return (MINUS if value < 0 else ""), figures(size / step, digits), word
    whole = abs(size - round(size)) < 1e-9
    number = (
        f"{size:,.0f}" if whole or size >= 100 else f"{size:.2f}" if cents and size >= 0.1 else figures(size, digits)
    )
    zero = float(number.replace(",", "")) == 0
    return (MINUS if value < 0 and not zero else ""), number, ""
