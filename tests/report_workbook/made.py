"""What workbooks are made from, and what is typed over in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl.workbook import Workbook

from planner.finance import AccountingPolicy, Books, books
from planner.plan.plan import Plan
from planner.result.result import Result
from tests.builders import tiny
from tests.report_workbook.sheets import formulas, values

POLICIES = {
    "base": AccountingPolicy(),
    "us": AccountingPolicy(
        depreciation="declining_balance", tax_depreciation="macrs", tax_bonus_share=0.4, residual="share",
        residual_share=0.1, lease_standard="asc842_operating", lease_timing="start", idle="platform",
        site_key="even", lease_rate=0.05, site_life_months=40,
    ),
    "even": AccountingPolicy(
        lease_standard="asc842_finance", lease_pricings=("leased", "committed"), short_term_months=0, idle="even",
        lease_timing="start", site_key="traffic",
    ),
    "bonus": AccountingPolicy(
        depreciation="units_of_production", expected_utilization=0.6, residual="market", bonus_share=0.3,
        tax_depreciation="straight_line", tax_bonus_share=1.0,
    ),
    "none": AccountingPolicy(lease_standard="none", depreciation="units_of_production", lease_rate=0.0),
}  # fmt: skip


@dataclass
class Made:
    """One workbook: what it was made from, as written, and as recalculated."""

    plan: Plan
    result: Result
    policy: AccountingPolicy
    path: Path
    again: Path | None = None
    kept: dict[str, Workbook] = field(default_factory=dict)

    @property
    def books(self) -> Books:
        return books(self.plan, self.result, self.policy)

    def _once(self, key: str, make: Callable[[], Workbook]) -> Workbook:
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    @property
    def written(self) -> Workbook:
        """Cached values as written."""
        return self._once("written", lambda: values(self.path))

    @property
    def formulas(self) -> Workbook:
        return self._once("formulas", lambda: formulas(self.path))

    @property
    def recalculated(self) -> Workbook:
        """Values as LibreOffice recalculates them."""
        assert self.again is not None
        again = self.again
        return self._once("again", lambda: values(again))


def hostile() -> Plan:
    """Names that a spreadsheet could run, match, fold or escape; an API, and policies of every measure on money."""
    names = {
        "w": '=cmd|" /C calc"!A0',
        "v": "*",
        "W": "W~?",
        "o": "+1",
        "O": "-o",
        "p": "O'Neil & <sons>",
        "s": "@site",
    }
    return tiny(
        [
            {"offer": names["o"], "site": names["s"], "price_per_hour": 2.0},
            {"offer": names["O"], "site": names["s"], "pricing": "owned", "purchase_price": 9000.0},
            {"offer": names["p"], "site": names["s"], "pricing": "api", "workload": names["v"], "price_per_unit": 0.1},
        ],
        {(names["w"], "L"): [5000.0, 9000.0], (names["v"], "L"): [10.0, 20.0], (names["W"], "L"): [0.0, 900.0]},
        periods=2,
        settings={"name": "=1+1", "currency": "CHF", "tax_rate": 0.2},
        workloads=[{"workload": names[k], "unit": "1k tokens", "team": "=team"} for k in ("w", "v", "W")],
        throughput=[{"workload": names[k], "hardware": "H", "units_per_hour": 1.0} for k in ("w", "v", "W")],
        slices=[{"slice": "day", "share_of_hours": 0.4}, {"slice": "night", "share_of_hours": 0.6}],
        load_shapes=[{"workload": names[k], "slice": s, "multiplier": m} for k in ("w", "v") for s, m in (("day", 1.75), ("night", 0.5))],
        sites=[{"site": names["s"], "zone": "Z", "kind": "cloud", "fixed_cost_per_month": 5.0}],
        network=[{"site": names["s"], "location": "L", "latency_ms": 1.0}],
        policies=[
            {"policy": "=half", "measure": "spend", "sense": "max", "limit": 0.999, "share_of": "total", "offer": names["O"]},
            {"policy": "capex", "measure": "capex", "sense": "max", "limit": 50000.0, "window": "horizon"},
            {"policy": "opex", "measure": "opex", "sense": "max", "limit": 1.0, "penalty": 0.001, "window": "year"},
        ],
    )  # fmt: skip


def bare() -> Plan:
    """Nothing but a token API."""
    offer = {"offer": "api", "pricing": "api", "workload": "W", "price_per_unit": 2.0}
    return tiny([offer], [5.0, 6.0], periods=2, hardware=[], throughput=[])


def stretched() -> Plan:
    """As much on spot and over its one link as is allowed, by day three times as much as by night."""
    return tiny(
        [{"offer": "spot", "pricing": "spot", "price_per_hour": 1.0}, {"offer": "rent", "price_per_hour": 2.0}],
        [8760.0, 8760.0],
        periods=2,
        workloads=[{"workload": "W", "unit": "units", "interruptible_share": 0.5, "max_latency_ms": 80.0,
                    "egress_gb_per_unit": 1.0, "ingress_gb_per_unit": 0.5}],
        network=[{"site": "S", "location": "L", "latency_ms": 80.0, "bandwidth_gbps": 1.5 * 1.5 * 8 / 3600}],
        slices=[{"slice": s, "share_of_hours": 0.5} for s in ("day", "night")],
        load_shapes=[{"workload": "W", "slice": s, "multiplier": m} for s, m in (("day", 1.5), ("night", 0.5))],
    )  # fmt: skip


Change = tuple[str, str, object]


@dataclass
class Changed:
    """A workbook in which some cells were typed over: (sheet, cell, value)."""

    base: Made
    cells: list[Change]
    again: Path | None = None

    @property
    def recalculated(self) -> Workbook:
        assert self.again is not None
        return values(self.again)


def cell_of(book: Workbook, sheet: str, row: object, column: str) -> str:
    """Where a plan table has the figure `column` of the row whose first cell is `row`."""
    ws = book[sheet]
    c = next(x.column_letter for x in ws[1] if x.value == column)
    r = next(x.row for x in ws["A"] if x.value == row)
    return f"{c}{r}"


def lot_cell(base: Made, offer: str, ordered: int) -> str:
    """The cell on Decisions with the devices of a lot."""
    ws = base.formulas["Decisions"]
    for r in range(1, ws.max_row + 1):
        if ws.cell(r, 1).value == offer and ws.cell(r, 7).value == ordered:
            return f"K{r}"
    raise AssertionError(offer)


def row_of(base: Made, block: str, *labels: str) -> int:
    """The row on Decisions with these labels in a block."""
    ws = base.formulas["Decisions"]
    start = next(r for r in range(1, ws.max_row + 1) if str(ws.cell(r, 1).value).startswith(block))
    return next(
        r
        for r in range(start + 1, ws.max_row + 1)
        if tuple(ws.cell(r, c + 1).value for c in range(len(labels))) == labels
    )


def due_cell(base: Made, year: int) -> str:
    """A cell on Contracts with what is due in a year."""
    ws = base.formulas["Contracts"]
    r = next(r for r in range(1, ws.max_row + 1) if str(ws.cell(r, 1).value).endswith(f"due in {year}"))
    return f"O{r + 2}"


BOOK_VALUE = 30_000.0
"""What is typed over the book value of the asset `old`."""


def book_value(base: Made) -> dict[str, list[Change]]:
    """A change to the books alone, under the policies of any of the workbooks."""
    cell = cell_of(base.formulas, "assets", "old", "book_value")
    return {f"{base.path.stem} book value": [("assets", cell, BOOK_VALUE)]}


def changes(base: Made) -> dict[str, list[Change]]:
    """What is typed over, by the name of the test's case."""
    f = base.formulas
    # What is sold at the end makes the spend of a period negative, and a share of that is soon more than all of it.
    free = ("policies", cell_of(f, "policies", "sales", "penalty"), 0.0)
    return {
        "price": [("offers", cell_of(f, "offers", "rent", "price_per_hour"), 7.5),
                  ("offers", cell_of(f, "offers", "own", "purchase_price"), 44000.0),
                  ("offers", cell_of(f, "offers", "lease", "price_per_hour"), 1.75),
                  ("offers", cell_of(f, "offers", "commit", "upfront_price"), 7200.0),
                  ("offers", cell_of(f, "offers", "own", "annual_price_change"), -0.2), free],
        "rate": [("settings", cell_of(f, "settings", "discount_rate", "value"), 0.12),
                 ("settings", cell_of(f, "settings", "tax_rate", "value"), 0.3),
                 ("settings", cell_of(f, "settings", "carbon_price", "value"), 80),
                 ("settings", cell_of(f, "settings", "discount_timing", "value"), "end")],
        "devices": [("Decisions", lot_cell(base, "own", 1), 5.0), ("Decisions", lot_cell(base, "commit", 1), 3.0),
                    ("Decisions", lot_cell(base, "lease", 3), 2.0), free],
        "short": [("Decisions", lot_cell(base, "commit", 1), 0.0)],
        "electricity": [("sites", cell_of(f, "sites", "R", "electricity_price_per_kwh"), 0.31),
                        ("sites", cell_of(f, "sites", "R", "pue"), 1.5),
                        ("hardware", cell_of(f, "hardware", "H", "power_kw"), 8.0),
                        # Limits that the decisions keep to.
                        ("offers", cell_of(f, "offers", "own", "max_devices"), 50.0),
                        ("offers", cell_of(f, "offers", "tokens", "max_units_per_hour"), 1.0),
                        ("sites", cell_of(f, "sites", "R", "power_capacity_kw"), 1000.0),
                        ("sites", cell_of(f, "sites", "S", "max_devices"), 100.0)],
        "beyond": [("policies", cell_of(f, "policies", "code-carbon", "limit"), 0.5),
                   ("offers", cell_of(f, "offers", "own", "max_devices"), 1.0),
                   ("offers", cell_of(f, "offers", "commit", "max_devices"), 0.25),
                   ("offers", cell_of(f, "offers", "tokens", "max_units_per_hour"), 0.001),
                   ("sites", cell_of(f, "sites", "R", "power_capacity_kw"), 10.0),
                   ("sites", cell_of(f, "sites", "S", "max_devices"), 0.5)],
        # The second of eight quarters; a lot that is ordered when it is to be there already.
        "closed": [("Decisions", f"O{row_of(base, 'Sites open', 'R')}", 0.0)],
        "gone": [("Decisions", f"O{row_of(base, 'Workloads deployed', 'S', 'chat')}", 0.0)],
        "late": [("Decisions", lot_cell(base, "own", 1).replace("K", "G"), 2.0),
                 ("sites", cell_of(f, "sites", "R", "available_from"), 3.0)],
        "ladder": [("Contracts", due_cell(base, 2028), 1e6)],
        "past": [("offers", cell_of(f, "offers", "lease", "term_months"), 9.0),
                 ("offers", cell_of(f, "offers", "own", "useful_life_months"), 6.0)],
    }  # fmt: skip


def charged(base: Made) -> dict[str, list[Change]]:
    """Changes to the plan with a policy that may be violated at a price: less is allowed; what is charged stays."""
    return {"soft": [("policies", cell_of(base.formulas, "policies", "opex", "limit"), 0.5)]}


def tightened(base: Made) -> dict[str, list[Change]]:
    """Changes to the plan that uses all that it may: less is allowed."""
    f = base.formulas
    return {
        "reach": [
            ("network", cell_of(f, "network", "S", "bandwidth_gbps"), 0.003),
            ("workloads", cell_of(f, "workloads", "W", "interruptible_share"), 0.3),
            ("workloads", cell_of(f, "workloads", "W", "max_latency_ms"), 50.0),
        ]
    }
