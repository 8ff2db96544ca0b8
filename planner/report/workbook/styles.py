"""Formats of the finance workbook: blue inputs, black formulas, green links, numbers in the plan's currency."""

from __future__ import annotations

from typing import Any, Literal

import xlsxwriter
from xlsxwriter.format import Format

from planner.report.format import SYMBOLS

Kind = Literal["input", "formula", "link", "value", "total", "check"]
Number = Literal["money", "price", "amount", "factor", "share", "whole", "text", "plain", "percent", "left"]

BLUE, GREEN, BLACK, GREY, WHITE = "#0000FF", "#00612E", "#000000", "#595959", "#FFFFFF"
NAVY, TEAL, INPUT_FILL, TOTAL_FILL, HEAD_FILL = "#1F3A5F", "#0B6E69", "#EAF2FB", "#EEF1F4", "#D9E1EA"
GOOD_FILL, BAD_FILL, GOOD_INK, BAD_INK = "#DDF0E3", "#FBE0DC", "#0F5132", "#8A1C13"
FONT = "Calibri"
HEAD: dict[str, Any] = {"bold": True, "bg_color": HEAD_FILL, "text_wrap": True, "valign": "top"}
"""Properties of the headings of columns."""

FONTS: dict[str, str] = {"input": BLUE, "formula": BLACK, "link": GREEN, "value": GREY, "total": BLACK, "check": BLACK}
LEGEND: tuple[tuple[Kind, str], ...] = (
    ("input", "Blue on pale blue: an input or a decision. May be overtyped."),
    ("formula", "Black: a formula."),
    ("link", "Green: a link to another sheet."),
    ("value", "Grey: a value as the planner gave it, for comparison. Not to be changed."),
)


def number_formats(currency: str) -> dict[str, str]:
    """Number formats by kind of number ("left" is money below text); negative ones carry a minus sign, so that colour is never the only mark.

    What would be shown as 0 is shown as a dash, whether it is nothing or the dust of a sum.
    """
    sign = SYMBOLS.get(currency, currency + " ").replace('"', "").replace("\u00a0", " ")
    money = f'"{sign}"#,##0'
    return {
        "money": f'[>=0.5]{money};[<=-0.5]-{money};"-"',
        "left": f'[>=0.5]{money};[<=-0.5]-{money};"-"',
        "price": f'"{sign}"#,##0.00##',
        "amount": '[>=0.05]#,##0.0;[<=-0.05]-#,##0.0;"-"',
        "factor": "0.0000",
        "share": "0.0%",
        "whole": "0",
        "text": "@",
        "plain": "General",
        "percent": "0.00%",
    }


class Styles:
    """Makes each format once, when it is first asked for."""

    def __init__(self, book: xlsxwriter.Workbook, currency: str) -> None:
        self._book = book
        self._numbers = number_formats(currency)
        self._made: dict[tuple[Any, ...], Format] = {}

    def cell(self, kind: Kind, number: Number = "money") -> Format:
        """The format of a cell that holds a number or a text."""
        options: dict[str, Any] = {"font_color": FONTS[kind], "num_format": self._numbers[number]}
        if kind == "input":
            options |= {"bg_color": INPUT_FILL, "locked": False}
        if kind == "total":
            options |= {"bold": True, "top": 1, "bg_color": TOTAL_FILL}
        if number in ("text", "left"):
            options |= {"align": "left"}
        return self.of(**options)

    def of(self, **options: Any) -> Format:
        """The format with these properties of XlsxWriter."""
        mark = tuple(sorted(options.items()))
        if mark not in self._made:
            self._made[mark] = self._book.add_format({"font_name": FONT, "font_size": 10, **options})
        return self._made[mark]

    @property
    def label(self) -> Format:
        """A label."""
        return self.of(align="left")

    @property
    def beside(self) -> Format:
        """A label to the right of a number."""
        return self.of(align="left", indent=1)

    @property
    def title(self) -> Format:
        """The title of a sheet."""
        return self.of(bold=True, font_size=16, font_color=NAVY)

    @property
    def block(self) -> Format:
        """The title of a block of rows."""
        return self.of(bold=True, font_color=WHITE, bg_color=NAVY)

    @property
    def head(self) -> Format:
        """Headings of columns."""
        return self.of(**HEAD)

    @property
    def head_right(self) -> Format:
        """Headings of columns of numbers."""
        return self.of(**HEAD, align="right")

    @property
    def note(self) -> Format:
        """Remarks."""
        return self.of(font_color=GREY, italic=True)

    @property
    def wrapped(self) -> Format:
        """Text over several lines."""
        return self.of(text_wrap=True, valign="top")

    @property
    def total_label(self) -> Format:
        """The label of a row of totals."""
        return self.of(bold=True, top=1, bg_color=TOTAL_FILL)

    @property
    def good(self) -> Format:
        """A check that holds."""
        return self.of(bold=True, font_color=GOOD_INK, bg_color=GOOD_FILL)

    @property
    def bad(self) -> Format:
        """A check that does not."""
        return self.of(bold=True, font_color=BAD_INK, bg_color=BAD_FILL)
