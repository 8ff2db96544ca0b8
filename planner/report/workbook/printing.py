"""How sheets print: one page wide where that can be read, else split by columns with the labels on every page."""

from __future__ import annotations

from collections.abc import Sequence

from planner.report.workbook.cells import Exact

INCH = 72.0
PAPER_WIDTH = 11.69 * INCH
"""A4 on its side, in points."""
MARGIN = 0.25
"""Left and right, in inches: as little as printers allow."""
POINT = 0.75
"""Points in a pixel of a column's width."""
DEFAULT_PIXELS = 64
LEAST = 0.6
"""The smallest scale at which text of 10 points can be read."""


def width(ws: Exact, column: int) -> float:
    """The width of a column in points; a hidden one has none."""
    known = ws.col_info.get(column)
    if known is None:
        return DEFAULT_PIXELS * POINT
    return 0.0 if known.hidden else (DEFAULT_PIXELS if known.width is None else known.width) * POINT


def pages_across(widths: Sequence[float], labels: int, room: float) -> int:
    """Pages of the given room in points that columns need beside each other, the first `labels` standing on each."""
    fixed = sum(widths[:labels])
    pages, filled = 1, fixed
    for wide in widths[labels:]:
        if filled + wide > room and filled > fixed:
            pages, filled = pages + 1, fixed
        filled += wide
    return pages


def fit_columns(ws: Exact, labels: int, columns: int) -> None:
    """Print the first `columns` on as few pages beside each other as can be read, the first `labels` on every one."""
    widths = [width(ws, c) for c in range(columns)]
    pages = pages_across(widths, labels, (PAPER_WIDTH - 2 * MARGIN * INCH) / LEAST)
    # Told in pages and not as a scale: columns are as wide as the fonts of whoever prints make them.
    ws.fit_to_pages(pages, 0)
    if pages > 1:
        if labels:
            ws.repeat_columns(0, labels - 1)
        ws.print_across()
