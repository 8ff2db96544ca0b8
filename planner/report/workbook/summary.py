"""The sheets Summary and Cover: the answer on one page with native charts, and what the workbook is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.finance.categories import LEASED_SERVERS
from planner.finance.lens import ACCOUNTING, AFTER_TAX, CASH, TITLES
from planner.plan.tables import TABLES
from planner.report import cost_words
from planner.report.labels import Calendar
from planner.report.money.accounts import category_label
from planner.report.theme import ACCENT, COST_GROUPS, GROUP, INK, SOURCE, SOURCE_LABELS, SOURCES
from planner.report.workbook.blocks import Block
from planner.report.workbook.book import FIRST, finish
from planner.report.workbook.expr import Cells, Expr, letters
from planner.report.workbook.extra import Extra
from planner.report.workbook.judged import Judged, chosen
from planner.report.workbook.live import SOLVER_ONLY
from planner.report.workbook.outputs import Tco
from planner.report.workbook.statements import OUTPUT_TAB
from planner.report.workbook.styles import LEGEND, Number
from planner.report.workbook.workings import Context

HEADLINE = 4
"""The row of the first figure of the summary."""


@dataclass
class Figures:
    """What the summary shows."""

    tco: Tco
    cash: dict[str, Cells]
    profit: dict[str, Cells]
    carbon: Block
    held: Block
    used: Block
    closing: Block
    judged: Judged
    owed: Expr
    """What is owed under contract when the plan ends."""


def write_summary(x: Context, f: Figures) -> None:
    """Headline figures, cost by group and year, cash flow and capacity, each with a chart of its own."""
    ws, styles = x.book.add("Summary", OUTPUT_TAB), x.book.styles
    settings = x.layout.settings
    ws.write_string(0, 0, settings.name, styles.title)
    ws.write_string(
        1,
        0,
        f"Amounts in {settings.currency}. Everything here is formula. Above, costs are positive; by period, and in the profit and loss, what lowers cash or profit is negative.",
        styles.note,
    )
    ws.write_formula(2, 0, "=Master_check", styles.of(bold=True), x.c["Word_hold"].value[0, 0])
    for word, style in (("Word_hold", styles.good), ("Word_fail", styles.bad)):
        ws.conditional_format(2, 0, 2, 0, {"type": "formula", "criteria": f"=$A$3={word}", "format": style})
    row = _headline(x, ws, f, HEADLINE)
    row = _groups(x, ws, f, row + 1)
    row = _axis_table(x, ws, f, row + 1)
    ws.set_column(0, 0, 40)
    ws.set_column(1, 1 + max(x.book.periods, 12), 14)
    finish(ws, "Summary", 3)
    ws.fit_to_pages(1, 1)


def _headline(x: Context, ws: Any, f: Figures, row: int) -> int:
    styles = x.book.styles
    cash, j = x.book.over, f.judged
    lines: list[tuple[str, Expr, Number]] = [
        (cost_words.CASH, j.cash, "money"),
        ("Not cash, present value", j.not_cash, "money"),
        (TITLES[CASH], j.by(CASH), "money"),
        ("Cash after tax, present value", j.cash_after_tax, "money"),
        (TITLES[AFTER_TAX], j.by(AFTER_TAX), "money"),
        ("Cash, nominal", -cash(f.cash["Cash flow before tax"]), "money"),
        ("Profit and loss before tax", cash(f.profit["Profit before tax"]), "money"),
        (f"{TITLES[ACCOUNTING]}: expenses and not cash, nominal", j.by(ACCOUNTING), "money"),
        ("Owed under contract after the plan", f.owed, "money"),
    ]
    for label, expr, number in lines:
        ws.write_string(row, 0, label, styles.label)
        text = expr.text(0, _Home())
        ws.write_formula(row, 1, "=" + text, styles.cell("total", number), float(expr.value[0, 0]))
        row += 1
    if f.carbon.sum_ is not None:
        over = cash(f.carbon.sum)
        ws.write_string(row, 0, "Carbon, tCO2e", styles.label)
        ws.write_formula(row, 1, "=" + over.text(0, _Home()), styles.cell("total", "amount"), float(over.value[0, 0]))
        row += 1
    return row


class _Home:
    """A sheet that no expression is at home on: every reference names its sheet."""

    prefix = ""
    row = 0


def _groups(x: Context, ws: Any, f: Figures, row: int) -> int:
    """Cost groups by plan year with a stacked column chart."""
    styles, settings = x.book.styles, x.layout.settings
    names = Calendar(settings).year_labels
    years = len(names)
    where = {str(c): (f.tco.cash, i) for i, c in enumerate(_categories(f.tco.cash))}
    where |= {str(c): (f.tco.non_cash, i) for i, c in enumerate(_categories(f.tco.non_cash))}
    head = row
    ws.write_string(row, 0, "Cost by year, nominal", styles.head)
    for y, name in enumerate(names):
        ws.write_string(row, 1 + y, name, styles.head_right)
    row += 1
    ws.write_string(row, 0, "Plan year", styles.note)
    for y in range(years):
        ws.write_number(row, 1 + y, y + 1, styles.of(num_format="0", font_color="#595959"))
    number_row = row
    row += 1
    start = row
    year_of = settings.year_of_period()
    first, last = x.book.ends
    axis = f"Time!{first}${x.time.year.row + 1}:{last}${x.time.year.row + 1}"
    for group, categories in COST_GROUPS.items():
        ws.write_string(row, 0, group, styles.label)
        for y in range(years):
            terms, value = [], 0.0
            # Charts group the categories of the ledger, which knows leased servers as compute.
            for category in (*categories, *([LEASED_SERVERS] if "compute" in categories else [])):
                block, i = where[category_label(category)]
                r = int(block.rows[i]) + 1
                terms.append(
                    f"SUMIFS({block.sheet.prefix}{first}{r}:{last}{r},{axis},{letters(1 + y)}${number_row + 1})"
                )
                value += float(block.cells.value[i][year_of == y + 1].sum())
            ws.write_formula(row, 1 + y, "=" + "+".join(terms), styles.cell("formula", "money"), value)
        row += 1
    end = row - 1
    ws.write_string(row, 0, "Total", styles.total_label)
    for y in range(years):
        c = letters(1 + y)
        value = float(sum(b.cells.value[:, year_of == y + 1].sum() for b in (f.tco.cash, f.tco.non_cash)))
        ws.write_formula(row, 1 + y, f"=SUM({c}{start + 1}:{c}{end + 1})", styles.cell("total", "money"), value)
    chart = x.book.book.add_chart({"type": "column", "subtype": "stacked"})
    for tone, r in zip((GROUP[g] for g in COST_GROUPS), range(start, end + 1), strict=True):
        chart.add_series({
            "name": ["Summary", r, 0], "categories": ["Summary", head, 1, head, years],
            "values": ["Summary", r, 1, r, years], "fill": {"color": tone.light}, "gap": 60,
        })  # fmt: skip
    _dress(chart, "Cost by year", settings.currency)
    ws.insert_chart(HEADLINE - 1, years + 2, chart, {"x_scale": 1.15, "y_scale": 1.1, "description": "Stacked columns: cost by group and year"})  # fmt: skip
    return row + 1


def _categories(block: Block) -> list[object]:
    return list(block.labels)


def _axis_table(x: Context, ws: Any, f: Figures, row: int) -> int:
    """Cash flow, book value and devices by period, with two charts."""
    styles, n = x.book.styles, x.book.periods
    ws.write_string(row, 0, "By period", styles.head)
    head = row
    for t, name in enumerate(Calendar(x.layout.settings).period_labels):
        ws.write_string(row, 1 + t, name, styles.head_right)
    row += 1
    rows: dict[str, int] = {}

    def line(label: str, cells: Cells, number: Number, i: int = 0) -> None:
        nonlocal row
        ws.write_string(row, 0, label, styles.label)
        for t in range(n):
            text = cells.text(i, _Home()).replace("\x01", letters(FIRST + t))
            ws.write_formula(row, 1 + t, "=" + text, styles.cell("link", number), float(cells.value[i, t]))
        rows[label] = row
        row += 1

    for label in ("Cash flow before tax", "Cash flow after tax"):
        line(label, f.cash[label], "money")
    line("Cash flow before tax so far", f.cash["Cash flow before tax so far"], "money")
    if f.closing.sum_ is not None:
        line("Net book value of equipment", f.closing.sum, "money")
    capacity = _by_pricing(x, ws, f, row)
    row += len(capacity)
    settings = x.layout.settings
    chart = x.book.book.add_chart({"type": "column"})
    one, two = rows["Cash flow before tax"], rows["Cash flow before tax so far"]
    chart.add_series({"name": ["Summary", one, 0], "categories": ["Summary", head, 1, head, n], "values": ["Summary", one, 1, one, n], "fill": {"color": ACCENT.light}, "gap": 60})  # fmt: skip
    running = x.book.book.add_chart({"type": "line"})
    running.add_series({"name": ["Summary", two, 0], "categories": ["Summary", head, 1, head, n], "values": ["Summary", two, 1, two, n], "y2_axis": True, "line": {"color": INK.light, "width": 2.25}})  # fmt: skip
    running.set_y2_axis({"num_format": '#,##0.0,,"M"', "name": "so far"})
    chart.combine(running)
    _dress(chart, "Cash flow before tax", settings.currency)
    ws.insert_chart(row + 2, 0, chart, {"x_scale": 1.15, "y_scale": 1.15, "description": "Columns: cash flow by period; line: running sum"})  # fmt: skip
    if capacity:
        area = x.book.book.add_chart({"type": "column", "subtype": "stacked"})
        for pricing, r in capacity.items():
            area.add_series({"name": ["Summary", r, 0], "categories": ["Summary", head, 1, head, n], "values": ["Summary", r, 1, r, n], "fill": {"color": SOURCE[pricing].light}, "gap": 20})  # fmt: skip
        _dress(area, "Devices by how they are paid", "devices", "#,##0")
        ws.insert_chart(row + 2, 5, area, {"x_scale": 1.15, "y_scale": 1.15, "description": "Stacked columns: devices by pricing and period"})  # fmt: skip
    return row


def _by_pricing(x: Context, ws: Any, f: Figures, row: int) -> dict[str, int]:
    """Devices by pricing: held in service; rented: device-hours / hours of the period."""
    styles, a = x.book.styles, x.layout
    out: dict[str, int] = {}
    held, used = a.held["pricing"], f.used
    rented = pd.Series(f.used.labels_of("How"))
    for pricing in SOURCES:
        parts: list[tuple[Cells, int, bool]] = [(f.held.cells, int(i), False) for i in np.flatnonzero(held == pricing)]
        if pricing in ("on_demand", "spot"):
            parts = [(used.cells, int(i), True) for i in np.flatnonzero(rented == pricing)]
        if not parts:
            continue
        r = row + len(out)
        ws.write_string(r, 0, f"Devices: {SOURCE_LABELS[pricing].lower()}", styles.label)
        for t in range(x.book.periods):
            refs = "+".join(c.text(i, _Home()).replace("\x01", letters(FIRST + t)) for c, i, _ in parts)
            value = float(sum(c.value[i, t] for c, i, _ in parts))
            if parts[0][2]:
                refs, value = f"({refs})/Hours_per_period", value / a.settings.hours
            ws.write_formula(r, 1 + t, "=" + refs, styles.cell("formula", "amount"), value)
        out[pricing] = r
    return out


def _dress(chart: Any, title: str, axis: str, number: str = '#,##0.0,,"M"') -> None:
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_y_axis(
        {"num_format": number, "name": axis, "major_gridlines": {"visible": True, "line": {"color": "#D9E1EA"}}}
    )
    chart.set_x_axis({"num_font": {"size": 9}, "label_position": "low"})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 560, "height": 300})


def write_cover(x: Context, made: str, j: Judged, extra: Sequence[Extra] = ()) -> None:
    """What this is, from which inputs, how good, how to read it, and where everything is."""
    ws, styles = x.book.add("Cover", OUTPUT_TAB), x.book.styles
    a, result = x.layout, x.layout.books.result
    settings = a.settings
    ws.write_string(0, 0, settings.name, styles.title)
    ws.write_string(1, 0, "Capacity plan: the finance workbook", styles.of(font_size=12))
    about: list[tuple[str, str]] = [
        ("Made", made),
        ("Currency", settings.currency),
        ("Time", f"{settings.periods} periods of {settings.months_per_period} months from {settings.start}"),
        ("Inputs (SHA-256)", a.plan.content_hash),
        ("Answer", result.status),
        ("Solver", result.solver or "not stated"),
        ("Books", _policy(a.books.policy)),
    ]
    by = chosen(a.books)
    if by is not None:
        about += [("Chosen for the least", by.lens), ("Found", by.found(settings.currency))]
    row = 3
    for label, text in about:
        ws.write_string(row, 0, label, styles.of(bold=True, valign="top"))
        ws.write_string(row, 1, text, styles.wrapped)
        ws.set_row(row, 15 * (1 + len(text) // LINE))
        row += 1
    figures = [(cost_words.CASH, j.cash), ("Not cash, present value", j.not_cash), (TITLES[CASH], j.by(CASH))]
    if by is not None and by.measure != CASH:
        figures.append((TITLES[by.measure], j.by(by.measure)))
    for label, expr in figures:
        ws.write_string(row, 0, label, styles.of(bold=True))
        text = f"={expr.text(0, _Home())}"
        ws.write_formula(row, 1, text, styles.cell("formula", "left"), float(expr.value[0, 0]))
        row += 1
    ws.write_string(row, 0, "Master check", styles.of(bold=True))
    ws.write_formula(row, 1, "=Master_check", styles.of(bold=True), x.c["Word_hold"].value[0, 0])
    for word, style in (("Word_hold", styles.good), ("Word_fail", styles.bad)):
        ws.conditional_format(row, 1, row, 1, {"type": "formula", "criteria": f"=$B${row + 1}={word}", "format": style})
    for label, name in (("Fails first", "Fails_first"), ("What to do", "What_to_do")):
        row += 1
        ws.write_string(row, 0, label, styles.of(bold=True))
        ws.write_formula(row, 1, f"={name}", styles.label, x.c["Word_none"].value[0, 0])
    row += 2
    ws.write_string(row, 0, "How to read it", styles.head)
    ws.write_blank(row, 1, None, styles.head)
    for kind, text in LEGEND:
        row += 1
        ws.write_string(row, 0, "1,234", styles.cell(kind, "text"))
        ws.write_string(row, 1, text, styles.label)
    row += 1
    for text in NOTES:
        row += 1
        ws.write_string(row, 1, text, styles.wrapped)
        ws.set_row(row, 15 * (1 + len(text) // LINE))
    row += 2
    ws.write_string(row, 0, "Contents", styles.head)
    ws.write_blank(row, 1, None, styles.head)
    what = CONTENTS | {one.title: one.note for one in extra}
    for name in x.book.order:
        row += 1
        ws.write_url(row, 0, f"internal:'{name}'!A1", styles.of(font_color="#1F5FA8", underline=1), name)
        ws.write_string(
            row, 1, what.get(name) or f"Input: {TABLES[name].help[:1].lower()}{TABLES[name].help[1:]}", styles.label
        )
    ws.set_column(0, 0, 30)
    ws.set_column(1, 1, 110)
    finish(ws, "Cover", 1)
    ws.fit_to_pages(1, 1)
    ws.set_portrait()  # a list of sheets is long and narrow
    ws.set_first_sheet()
    ws.activate()


STANDARDS = {
    "ifrs16": "IFRS 16",
    "asc842_finance": "ASC 842 as finance leases",
    "asc842_operating": "ASC 842 as operating leases",
    "none": "payment, off the balance sheet",
}
IDLE = {"users": "by its users", "platform": "by the platform", "even": "by its users, evenly"}


def _policy(policy: Any) -> str:
    words = [
        f"depreciation {_method(policy.depreciation)}",
        f"leases by {STANDARDS[policy.lease_standard]}",
        f"idle capacity borne {IDLE[policy.idle]}",
    ]
    if policy.tax_depreciation is not None:
        words.append(f"tax return {_method(policy.tax_depreciation)}")
    text = ", ".join(words)
    return text[:1].upper() + text[1:]


def _method(name: str) -> str:
    return "MACRS" if name == "macrs" else name.replace("_", " ")


LINE = 110
"""Characters on a line of the cover."""
NOTES = (
    "Change a price, a rate or a tariff on the blue sheets of the plan, or a decision on Decisions: every sheet follows. The number of periods and of rows is fixed.",
    f"Grey on the sheets of the plan: no formula reads it. {SOLVER_ONLY}",
    "To print or to send on: Summary to Checks are the statements. Decisions to Constants and the plan's own tables after them are working papers, for the screen.",
    "Sheets with formulas are protected without a password: a guard against slips, not a lock.",
    "Save the blue sheets under another name to load them back as a plan.",
)  # fmt: skip
CONTENTS = {
    "Cover": "This page",
    "Summary": "The answer on one page, with charts",
    "Cash flow": "Operating, investing, financing, tax, present value",
    "P&L": "Profit and loss with depreciation, leases and tax",
    "Balance": "What the plan leaves on the balance sheet",
    "Commitments": "What is owed under contract: how it moves, and by year due",
    "TCO": "Total cost by category, cost pool and site, and per unit",
    "Allocation": "Cash by workload and team, and what the platform bears",
    "Budget": "Cash a month by account and cost centre",
    "Budget lines": "The budget by cost centre, account and month, as values",
    "Carbon": "Energy, carbon and water by site",
    "Limits": "Policies: value, limit, slack",
    "Checks": "What must hold, and one master check",
    "Decisions": "What was solved: may be overtyped",
    "Capacity": "Devices in service, device-hours, utilization",
    "Prices": "Prices by offer and period",
    "Contracts": "Payments of commitments and leases, and what of them is owed",
    "Owned": "Purchases and sales of owned devices",
    "NBV": "Depreciation and net book value",
    "Leases": "Lease liabilities, rights of use, prepaid commitments",
    "Energy": "Energy and carbon by cause",
    "Shares": "Shares of offers and sites by workload, for Allocation",
    "Costs": "Every cost by period: the ledger, live",
    "Ledger": "The planner's ledger as values",
    "Time": "The time axis",
    "Constants": "Settings in effect, constants, defaults",
}
"""The sheets that are no tables of the plan, in their order, and what each holds."""
