"""The sheets Cash flow and P&L, line by line as the app's statements, out of Costs and the accounts."""

from __future__ import annotations

import numpy as np

from planner.finance.categories import default_accounts
from planner.report.money.accounts import category_label
from planner.report.workbook.accounts import Accounts
from planner.report.workbook.blocks import Block, Style
from planner.report.workbook.costs import COMMITMENTS, LEASES, LEASES_UPFRONT, Costs
from planner.report.workbook.expr import Array, Cells, Column, Expr
from planner.report.workbook.sheet import TimeSheet
from planner.report.workbook.workings import Context
from planner.result.frames import CATEGORIES, OPEX

OUTPUT_TAB = "#1F3A5F"
OPERATING = tuple(
    category_label(c) for c in CATEGORIES if (c, OPEX) in set(default_accounts()[["category", "cash"]].itertuples(index=False, name=None))
)  # fmt: skip
"""Operating lines, in the ledger's order of categories."""
BOLD, RATE = Style(bold=True), Style(number="factor", total="none", unit="factor")


def total(x: Context, block: Block) -> Expr:
    """The sum of a block's rows by period; nothing where it has none."""
    return block.sum if block.sum_ is not None else x.c["Nothing"]


def operating(x: Context, s: TimeSheet, costs: Costs) -> Block:
    """Operating costs by line, negative: SUMIFS over Costs with the line's own label as criterion."""

    def by_label(b: Block) -> Expr:
        label = Column(s, 0, b.rows, _column(OPERATING))
        return -costs.sum(costs.where("line", label))

    return s.block(
        "Operating", {"Line": OPERATING}, "money", by_label, sums=True,
        help="Compute: on demand and spot; what is committed and leased stands below",
    )  # fmt: skip


def _column(words: tuple[str, ...]) -> Array:
    return np.array(words, dtype=object)


def write_profit(x: Context, costs: Costs, a: Accounts) -> dict[str, Cells]:
    """The sheet P&L: expenses, depreciation, disposals, interest, tax."""
    s = x.sheet("P&L", "Profit and loss", OUTPUT_TAB, "Costs are negative. The plan's costs alone: no revenue.")
    ops = operating(x, s, costs)
    c = x.c

    def sum_of_lines(*names: str):
        def made(lines: dict[str, Cells]) -> Expr:
            out: Expr = lines[names[0]]
            for n in names[1:]:
                out = out + lines[n]
            return out

        return made

    before = ("Operating costs", COMMITMENTS, "Operating and short-term leases", "Depreciation: IT equipment", "Depreciation: site fit-out", "Amortization: right of use", "Gain (loss) on disposal: IT equipment", "Loss on disposal: site fit-out", "Interest: lease liability")  # fmt: skip
    lines = s.lines(
        "Before tax",
        [
            (before[0], total(x, ops)),
            (before[1], -total(x, a.service)),
            (before[2], -total(x, a.level)),
            (before[3], -total(x, a.depreciation)),
            (before[4], -total(x, a.fit_out_depreciation)),
            (before[5], -total(x, a.amortization)),
            (before[6], total(x, a.gain)),
            (before[7], -total(x, a.fit_out_loss)),
            (before[8], -total(x, a.interest)),
            ("Profit before tax", sum_of_lines(*before), BOLD),
        ],
    )
    contracts = total(x, a.service) + total(x, a.level) + total(x, a.amortization) + total(x, a.interest)
    added: list = [
        ("Profit before tax, books", lines["Profit before tax"]),
        ("Commitments and leases: expense less deduction", contracts - total(x, a.tax_cost)),
    ]
    names = [n for n, _ in added]
    if a.tax_depreciation is not None and a.tax_gain is not None:
        added.append(("Equipment: depreciation, books less tax return", total(x, a.depreciation) - total(x, a.tax_depreciation)))  # fmt: skip
        added.append(("Equipment: gain, tax return less books", total(x, a.tax_gain) - total(x, a.gain)))
        names = [n for n, _ in added]
    lines |= s.lines("Tax", [*added, ("Taxable profit", sum_of_lines(*names), BOLD)])
    lines |= s.lines(
        "After tax",
        [
            ("Profit before tax, as above", lines["Profit before tax"]),
            ("Current tax", -(lines["Taxable profit"] * c["Tax_rate"])),
            ("Deferred tax", lambda done: -(done["Profit before tax, as above"] * c["Tax_rate"]) - done["Current tax"]),
            (
                "Result",
                lambda done: done["Profit before tax, as above"] + done["Current tax"] + done["Deferred tax"],
                BOLD,
            ),
        ],
        help="Losses are set against the company's other profits",
    )
    return lines


def write_cash_flow(x: Context, costs: Costs, a: Accounts, profit: dict[str, Cells]) -> dict[str, Cells]:
    """The sheet Cash flow: operating, investing, financing, tax, present value."""
    s = x.sheet("Cash flow", "Cash flow", OUTPUT_TAB, "Payments are negative.")
    ops = operating(x, s, costs)

    def line(name: str) -> Expr:
        row = s.row + 1 + len(entries)
        return -costs.sum(costs.where("line", Column(s, 0, np.array([row]), _column((name,)))))

    entries: list = []
    entries.append(("Operating costs", total(x, ops)))
    entries.append((COMMITMENTS, line(COMMITMENTS)))
    entries.append(("Operating cash flow", lambda n: n["Operating costs"] + n[COMMITMENTS], BOLD))
    invested = ("Purchase of equipment", "Sale of equipment", "Site fit-out", LEASES_UPFRONT)
    for name in invested:
        entries.append((name, line(name)))
    entries.append(
        ("Investing cash flow", lambda n: n[invested[0]] + n[invested[1]] + n[invested[2]] + n[invested[3]], BOLD)
    )
    entries.append((LEASES, line(LEASES)))
    entries.append(("of which principal", lambda n: n[LEASES] + total(x, a.interest)))
    entries.append(("of which interest", -total(x, a.interest)))
    entries.append(("Financing cash flow", lambda n: n["of which principal"] + n["of which interest"], BOLD))
    entries += [
        (
            "Cash flow before tax",
            lambda n: n["Operating cash flow"] + n["Investing cash flow"] + n["Financing cash flow"],
            BOLD,
        ),
        ("Tax saved (paid)", profit["Current tax"]),
        ("Cash flow after tax", lambda n: n["Cash flow before tax"] + n["Tax saved (paid)"], BOLD),
    ]
    lines = s.lines("Cash flow", entries)
    lines |= s.lines(
        "Present value",
        [
            ("Discount factor", x.time.factor, RATE),
            ("Present value before tax", lambda n: lines["Cash flow before tax"] * n["Discount factor"], BOLD),
            ("Present value after tax", lambda n: lines["Cash flow after tax"] * n["Discount factor"], BOLD),
        ],
    )
    lines |= s.lines(
        "Running sums",
        [
            ("Cash flow before tax so far", x.book.upto(lines["Cash flow before tax"]), Style(total="last")),
            ("Cash flow after tax so far", x.book.upto(lines["Cash flow after tax"]), Style(total="last")),
        ],
    )
    return lines
