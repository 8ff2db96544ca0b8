"""The sheet Balance: what the plan leaves on the balance sheet, and the check that both sides are equal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.report.workbook.accounts import Accounts
from planner.report.workbook.blocks import Block, Style
from planner.report.workbook.book import BEFORE, TOTAL
from planner.report.workbook.expr import NOW, Cells, Expr, HasName, Written, letters
from planner.report.workbook.statements import OUTPUT_TAB, total
from planner.report.workbook.workings import Context

ENDS = Style(total="last")


def write_balance(x: Context, a: Accounts, cash: dict[str, Cells], profit: dict[str, Cells]) -> dict[str, Cells]:
    """Assets, liabilities and equity at the end of each period; lines by label."""
    s = x.sheet("Balance", "Balance view", OUTPUT_TAB, "At the end of each period. The plan's own assets and debts against what was there, what was put in and the result.")  # fmt: skip
    s.ws.write_string(2, TOTAL, "At the end", x.book.styles.head_right)
    c = x.c
    here, waiting = _equipment(x, a, "<="), _equipment(x, a, ">")
    lines = [
        ("Equipment", *here),
        ("Equipment not in service yet", *waiting),
        ("Site fit-out", total(x, a.fit_out_closing), c["Nothing"]),
        ("Right of use", _all(x, a.right_of_use), _before(x, a.right_of_use)),
        ("Prepaid commitments", _all(x, a.prepaid), _before(x, a.prepaid)),
    ]
    debt = _before(x, [a.liability])
    assets = s.lines(
        "Assets",
        [(name, expr, Style(total="last", before=before)) for name, expr, before in lines]
        + [("Total assets", lambda n: _sum(n, [name for name, _, _ in lines]), Style(total="last", bold=True))],
    )
    deferred = x.book.upto(profit["Deferred tax"])
    debts = s.lines(
        "Liabilities",
        [
            ("Lease liability", -total(x, a.liability), Style(total="last", before=-debt)),
            ("Deferred tax", deferred, ENDS),
            ("Total liabilities", lambda n: n["Lease liability"] + n["Deferred tax"], Style(total="last", bold=True)),
        ],
        help="Debts are negative",
    )
    there = _added([before for _, _, before in lines]) - debt
    equity = s.lines(
        "Equity",
        [
            ("Equity at the start", there, ENDS),
            ("Cash put in", -x.book.upto(cash["Cash flow after tax"]), ENDS),
            ("Result so far", x.book.upto(profit["Result"]), ENDS),
            (
                "Total equity",
                lambda n: n["Equity at the start"] + n["Cash put in"] + n["Result so far"],
                Style(total="last", bold=True),
            ),
        ],
        help="What was there, what the company put in, after tax, and the result",
    )
    sides = s.lines(
        "Both sides",
        [
            (
                "Assets and liabilities less equity",
                assets["Total assets"] + debts["Total liabilities"] - equity["Total equity"],
                ENDS,
            )
        ],
        help="Nothing, in every period",
    )
    return assets | debts | equity | sides


def _sum(lines: dict[str, Cells], names: Sequence[str]) -> Expr:
    return _added([lines[n] for n in names])


def _added(terms: Sequence[Expr]) -> Expr:
    out = terms[0]
    for term in terms[1:]:
        out = out + term
    return out


def _all(x: Context, blocks: Sequence[Block]) -> Expr:
    return _added([total(x, b) for b in blocks])


def _before(x: Context, blocks: Sequence[Block]) -> Expr:
    """The sum of what blocks have before the first period."""
    parts: list[Expr] = []
    for b in blocks:
        if len(b.rows) and b.before_ is not None:
            column = letters(BEFORE)
            text = f"SUM({b.sheet.prefix}${column}${int(b.rows[0]) + 1}:${column}${int(b.rows[-1]) + 1})"
            parts.append(Written(lambda row, home, text=text: text, np.array([[float(np.sum(b.before_))]])))
    return _added(parts) if parts else x.c["Nothing"]


def _equipment(x: Context, a: Accounts, sense: str) -> tuple[Expr, Expr]:
    """Book value of the lots whose service has begun ("<=") or not (">"): by period, and before the first one."""
    closing, first = a.closing, a.facts
    if not len(closing.rows):
        return x.c["Nothing"], x.c["Nothing"]
    begun = first["first in service"]
    t = x.time.number
    from_, to = int(closing.rows[0]) + 1, int(closing.rows[-1]) + 1
    firsts = f"{first.sheet.prefix}${letters(begun.column)}${int(begun.rows[0]) + 1}:${letters(begun.column)}${int(begun.rows[-1]) + 1}"  # fmt: skip

    def text(column: str, than: str) -> str:
        return f"SUMPRODUCT({closing.sheet.prefix}{column}${from_}:{column}${to}*({firsts}{sense}{than}))"

    def now(row: int, home: HasName) -> str:
        return text(NOW, t.text(0, home))

    def hit(when: np.ndarray) -> np.ndarray:
        return begun.value <= when if sense == "<=" else begun.value > when

    value = (closing.cells.value * hit(t.value)).sum(axis=0, keepdims=True)
    opening = (
        np.zeros_like(begun.value) if closing.before_ is None else np.broadcast_to(closing.before_, begun.value.shape)
    )
    old = Written(lambda row, home: text(f"${letters(BEFORE)}", "Whole"), (opening * hit(np.ones((1, 1)))).sum(axis=0, keepdims=True))  # fmt: skip
    return Written(now, value), old
