"""Plain tables that others add to the workbook, as values: a decision log, scenarios, an export of their own."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.report.workbook.book import Book, finish
from planner.report.workbook.printing import fit_columns

FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
LONGEST_TITLE = 31
WIDEST = 60


@dataclass(frozen=True)
class Extra:
    """A table with a sheet of its own: `title` names the sheet, `note` says what it is.

    Cells are text, numbers, yes or no (bool), or missing. Raises ValueError for a title that no sheet can have:
    empty, longer than 31 characters, with one of []:*?/\\ or with an apostrophe at either end.
    """

    title: str
    frame: pd.DataFrame
    note: str = "Values, as they were when the workbook was written."

    def __post_init__(self) -> None:
        t = self.title
        if not t.strip() or len(t) > LONGEST_TITLE or FORBIDDEN.search(t) or t[0] == "'" or t[-1] == "'":
            raise ValueError(f"{t!r}: no sheet can have this title")


def check_titles(extra: Sequence[Extra], taken: Collection[str]) -> None:
    """Raises ValueError where two sheets would have the same title; letter case does not tell them apart."""
    seen = {name.lower() for name in taken}
    for one in extra:
        if one.title.strip().lower() in seen:
            raise ValueError(f"{one.title!r}: there is a sheet of this title")
        seen.add(one.title.strip().lower())


def write_extra(book: Book, extra: Extra, tab: str) -> None:
    """The sheet of a table: title, note, headings, rows; an empty table says that it is."""
    ws, styles, frame = book.add(extra.title, tab), book.styles, extra.frame
    ws.write_string(0, 0, extra.title, styles.title)
    ws.write_string(1, 0, extra.note, styles.note)
    text = styles.of(font_color="#595959", text_wrap=True, valign="top")
    for c, name in enumerate(frame.columns):
        ws.write_string(3, c, str(name), styles.head)
        cells = frame[name].astype(object)
        for r, value in enumerate(cells.where(cells.notna(), None).tolist(), start=4):
            if value is None:
                continue
            if isinstance(value, bool | np.bool_):
                ws.write_string(r, c, "yes" if value else "no", text)
            elif isinstance(value, int | float | np.number):
                whole = isinstance(value, int | np.integer)
                ws.write_number(r, c, float(value), styles.of(font_color="#595959", valign="top", num_format="0" if whole else "#,##0.00##"))  # fmt: skip
            else:
                ws.write_string(r, c, str(value), text)
        longest = max((len(str(v)) for v in cells.dropna().head(1000)), default=0)
        ws.set_column(c, c, min(max(len(str(name)) + 3, longest + 2, 10), WIDEST))
    if not len(frame):
        ws.write_string(4, 0, "none", styles.note)
    elif len(frame.columns):
        ws.autofilter(3, 0, 3 + len(frame), len(frame.columns) - 1)
    ws.freeze_panes(4, 0)
    finish(ws, extra.title, 4)
    fit_columns(ws, min(1, len(frame.columns)), len(frame.columns))
