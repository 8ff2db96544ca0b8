"""Settings as they take effect, constants with their names, and the time axis of every sheet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.finance import Books
from planner.finance.contracts import period_rate
from planner.plan.tables import SETTING_COLUMNS, SETTINGS, TABLES
from planner.report.workbook.book import FIRST, Book, TimeHead, finish
from planner.report.workbook.expr import Expr, Line, Name, whole
from planner.report.workbook.inputs import default_columns, default_name, setting_rows
from planner.report.workbook.sheet import TimeSheet
from planner.report.workbook.styles import Number

CONSTANTS: tuple[tuple[str, float, str], ...] = (
    ("Nothing", 0.0, "Zero, where a formula needs one"),
    ("Whole", 1.0, "The whole of a share: 100 %"),
    ("Months_per_year", 12.0, "months"),
    ("Quarters_per_year", 4.0, "quarters"),
    ("Macrs_years", 6.0, "Years of recovery of five-year property in the tables of MACRS"),
    ("Late_share", 0.4, "MACRS: above this share of a year's additions in its last quarter, mid-quarter applies"),
    ("Half", 0.5, "Half-year convention: part of a year's allowance in the year of disposition"),
    ("Grams_per_tonne", 1e6, "g"),
    ("Kilograms_per_tonne", 1e3, "kg"),
    ("Litres_per_m3", 1e3, "l"),
    ("Bits_per_byte", 8.0, "bits"),
    ("Seconds_per_hour", 3600.0, "s"),
    ("Offset_start", 0.0, "Part of a period that passes before its cash flows fall: at its start"),
    ("Offset_mid", 0.5, "in its middle"),
    ("Offset_end", 1.0, "at its end"),
    ("Tolerance", 0.01, "Differences up to this count as none, in the plan's currency"),
    ("Small_share", 1e-6, "Differences up to this share of a quantity count as none"),
)
DEPRECIATION: tuple[tuple[str, str], ...] = (
    ("Declining_factor", "Declining balance: multiple of the straight-line rate"),
    ("Bonus_share", "Part of a new device's cost that is depreciated when it comes into service"),
    ("Tax_bonus_share", "The same in the tax return"),
    ("Residual_share", "Where depreciation stops, as a share of the cost; used where the policy says share"),
    (
        "Expected_utilization",
        "Units of production: share of its life's hours that a device works; 0: as the plan uses it",
    ),
)
"""Choices of the accounting policy that depreciation uses, by the name of the field."""
WORDS: tuple[tuple[str, str, str], ...] = (
    ("Word_start", "start", "What the setting discount_timing says"),
    ("Word_mid", "mid", ""),
    ("Word_capex", "capex", "Kinds of cash in the ledger"),
    ("Word_opex", "opex", ""),
    ("Word_cash", "<>non_cash", "Criterion: all that is cash"),
    ("Word_non_cash", "non_cash", ""),
    ("Word_period", "period", "Costs that are split by the use of their own period"),
    ("Word_hold", "All checks hold", "What the master check says"),
    ("Word_changed", "Sound, but differs from what was solved", ""),
    ("Word_fail", "A check fails", ""),
    ("Word_none", "none", "What fails first where all checks hold"),
    ("Word_yes", "yes", ""),
    ("Word_no", "no", ""),
    ("Word_horizon", "horizon", "Costs that are split by the use of the whole plan"),
)


@dataclass
class Constants:
    """Names that formulas use."""

    names: dict[str, Name]
    defaults: dict[str, dict[str, Name]]

    def __getitem__(self, name: str) -> Name:
        """The name."""
        return self.names[name]


def declare(books: Books) -> Constants:
    """Every name with its value, before any sheet is written."""
    x, policy = books.plan.settings, books.policy
    values: dict[str, float | str] = {c.name: getattr(x, c.name) for c in SETTING_COLUMNS}
    names = {setting_name(k): Name(setting_name(k), v) for k, v in values.items()}
    names |= {n: Name(n, v) for n, v, _ in CONSTANTS} | {n: Name(n, v) for n, v, _ in WORDS}
    rate = x.discount_rate if policy.lease_rate is None else policy.lease_rate
    names["Hours_per_period"] = Name("Hours_per_period", x.hours)
    names["Lease_rate"] = Name("Lease_rate", rate)
    names["Lease_rate_per_period"] = Name("Lease_rate_per_period", period_rate(rate, x.months_per_period))
    names["Leases_paid_in_advance"] = Name("Leases_paid_in_advance", float(policy.lease_timing == "start"))
    for name, _ in DEPRECIATION:
        names[name] = Name(name, float(getattr(policy, name.lower()) or 0.0))
    names["Site_life_months"] = Name("Site_life_months", float(policy.site_life_months))
    offset = {"start": 0.0, "mid": 0.5, "end": 1.0}[x.discount_timing]
    names["Discount_offset"] = Name("Discount_offset", offset)
    defaults = {
        name: {c.name: Name(default_name(name, c.name), float(c.default or 0)) for c in default_columns(table)}
        for name, table in TABLES.items()
    }
    defaults[SETTINGS.name] = {
        c.name: Name(default_name(SETTINGS.name, c.name), str(c.default) if c.is_text else float(c.default or 0))
        for c in SETTING_COLUMNS
    }
    return Constants(names, defaults)


def setting_name(key: str) -> str:
    """The name of a setting's cell: discount_rate is Discount_rate."""
    return key[:1].upper() + key[1:]


def write_constants(book: Book, books: Books, c: Constants) -> None:
    """The sheet Constants: settings with their defaults in place, constants, choices of accounting, defaults."""
    ws = book.add("Constants", "#595959")
    styles = book.styles
    ws.write_string(0, 0, "Constants and settings in effect", styles.title)
    ws.write_string(1, 0, "Settings are changed on the sheet settings. Every cell here has a name.", styles.note)
    for i, text in enumerate(("Name", "Value", "Meaning")):
        ws.write_string(3, i, text, styles.head)
    row = 4

    def put(name: str, meaning: str, number: Number, formula: str = "") -> None:
        nonlocal row
        value = c[name].value[0, 0] if name in c.names else defaults[name].value[0, 0]
        value = value.item() if isinstance(value, np.generic) else value
        ws.write_string(row, 0, name, styles.label)
        if formula:
            ws.write_formula(row, 1, formula, styles.cell("link", number), value)
        elif isinstance(value, str):
            ws.write_string(row, 1, value, styles.cell("input", "text"))
        else:
            ws.write_number(row, 1, float(value), styles.cell("input", number))
        ws.write_string(row, 2, meaning, styles.beside)
        book.name(name, "Constants", row, 1, value)
        row += 1

    defaults = {n.name: n for by in c.defaults.values() for n in by.values()}
    rows = setting_rows(books.plan)
    at = pd.Series(np.arange(len(rows)) + 2, index=rows["key"].to_numpy(object))
    for column in SETTING_COLUMNS:
        cell = f"settings!$B${at[column.name]}"
        formula = f"=IF(ISBLANK({cell}),{default_name(SETTINGS.name, column.name)},{cell})"
        number: Number = "text" if column.is_text else "share" if column.share else "price" if column.money else "whole"
        unit = f" ({column.unit})" if column.unit else ""
        put(setting_name(column.name), column.help + unit, number, formula)
    put("Hours_per_period", "h", "whole", "=Hours_per_month*Months_per_period")
    put(
        "Discount_offset", "Part of a period that passes before its cash flows fall", "factor",
        "=IF(Discount_timing=Word_start,Offset_start,IF(Discount_timing=Word_mid,Offset_mid,Offset_end))",
    )  # fmt: skip
    put(
        "Lease_rate", "Incremental borrowing rate, effective, per year", "share",
        "=Discount_rate" if books.policy.lease_rate is None else "",
    )  # fmt: skip
    put(
        "Lease_rate_per_period", "The same for one period", "factor",
        "=(Whole+Lease_rate)^(Months_per_period/Months_per_year)-Whole",
    )  # fmt: skip
    put("Leases_paid_in_advance", "1: lease payments fall at the start of a period; 0: at its end", "whole")
    for name, meaning in DEPRECIATION:
        put(name, meaning, "plain" if name == "Declining_factor" else "share")
    put("Site_life_months", "Life of what is paid to open a site, months", "whole")
    for name, _, meaning in (*CONSTANTS, *WORDS):
        put(name, meaning, "text" if name.startswith("Word") else "plain")
    for table, by in c.defaults.items():
        for heading, default in by.items():
            kind: Number = "text" if isinstance(default.value[0, 0], str) else "plain"
            put(default.name, f"What a blank cell means in the column {heading} of {table}", kind)
    ws.set_column(0, 0, 38)
    ws.set_column(1, 1, 18)
    ws.set_column(2, 2, 70)
    ws.freeze_panes(4, 1)
    finish(ws, "Constants", 4)


@dataclass
class Time:
    """Lines of the time axis: values of shape (1, periods)."""

    number: Line
    month: Line
    years: Line
    year: Line
    factor: Line

    @property
    def head(self) -> TimeHead:
        """What the head of each sheet links to."""
        return TimeHead(self.number, self.month)


def write_time(book: Book, books: Books, c: Constants) -> Time:
    """The sheet Time: period number, month, years since the start, plan year, discount factor."""
    x = books.plan.settings
    sheet = TimeSheet(book, "Time", "Time axis", "#595959")
    n = x.periods
    styles = book.styles
    number = np.arange(1, n + 1, dtype=float)
    for col, width in ((0, 30), (4, 14), (5, 14)):
        sheet.ws.set_column(col, col, width)
    sheet.ws.set_column(FIRST, FIRST + n - 1, 13)
    sheet.ws.write_string(0, 0, "Time axis", styles.title)
    sheet.ws.write_string(1, 0, "The same columns stand on every sheet", styles.note)
    for t in range(n):
        text = "Whole" if t == 0 else "\x02" + "3+Whole"
        sheet.put(2, FIRST + t, text, number[t], styles.cell("formula", "whole"), t)
        sheet.ws.write_string(3, FIRST + t, x.month_of_period()[t], styles.of(align="right", bold=True))
    for row, text in ((2, "Period"), (3, "First month")):
        sheet.ws.write_string(row, 0, text, styles.label)
    period = Line(sheet, 2, number)

    def line(title: str, unit: str, expr: Expr, kind: Number) -> Line:
        row = sheet.row
        sheet.ws.write_string(row, 0, title, styles.label)
        sheet.ws.write_string(row, 4, unit, styles.label)
        value = np.broadcast_to(expr.value, (1, n))
        for t in range(n):
            sheet.put(row, FIRST + t, expr.text(0, sheet), value[0, t], styles.cell("formula", kind), t)
        sheet.row += 1
        return Line(sheet, row, value)

    years = line(
        "Years since the start", "years",
        (period - c["Whole"]) * c["Months_per_period"] / c["Months_per_year"], "factor",
    )  # fmt: skip
    year = line("Plan year", "", whole(years) + c["Whole"], "whole")
    later = years + c["Discount_offset"] * c["Months_per_period"] / c["Months_per_year"]
    factor = line("Discount factor", "", c["Whole"] / (c["Whole"] + c["Discount_rate"]) ** later, "factor")
    finish(sheet.ws, "Time", 4)
    sheet.ws.freeze_panes(4, 4)
    month = Line(sheet, 3, np.array(x.month_of_period(), dtype=object))
    return Time(period, month, years, year, factor)
