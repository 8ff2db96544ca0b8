"""What people try by moving levers and leaving vendors out: as changes of the plan, and as a scenario's rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.plan.cells import plain
from planner.plan.patch import Change, PatchError, apply, lever_change, rows_of
from planner.plan.patch_templates import TEMPLATES, matches
from planner.plan.plan import Plan
from planner.plan.schema import Column, split_list
from planner.plan.tables import MONEY_MEASURES, SETTING_COLUMNS, TABLES
from planner.plan.what_if import ADD, MULTIPLY, SET, YES

VENDOR = TEMPLATES["nothing_new"]
"""What being out of a vendor means, here and in a negotiation: nothing new, and what is signed runs to its end."""
STEPS = 40
"""A lever has at least so many places between its ends, so that a range of people's sizes moves in people's steps."""
UNMOVED = 1e-9
UNITS = {
    "carbon_t": "t",
    "energy_kwh": "kWh",
    "water_m3": "m3",
    "devices": "devices",
    "open_sites": "sites",
    "latency": "ms",
}
"""Units of the limits of policies by what they limit; money is in the plan's currency."""


@dataclass(frozen=True)
class Lever:
    """A lever as a slider: its range, step and where it stands while nothing is changed, in the units of the slider.

    `kind`: change (of a factor, as a share: 0.2 is a fifth more), add (what is added) or set (the value
    itself). `share`: the value is a share of a whole. `unit` is that of an addition or a value.
    """

    name: str
    kind: str
    low: float
    high: float
    step: float
    stands: float
    unit: str = ""
    share: bool = False
    money: bool = False
    whole: bool = False
    note: str = ""

    def moved(self, at: float) -> bool:
        """True when the slider is away from where it stands."""
        return abs(at - self.stands) > UNMOVED * max(1.0, abs(self.stands))

    def value(self, at: float) -> float:
        """The value for `lever_change` when the slider stands at `at`."""
        return round(1 + at, 9) if self.kind == "change" else at


@dataclass(frozen=True)
class Try:
    """What was tried: sliders moved off where they stood, by lever name, and the vendor that was left out."""

    moves: tuple[tuple[str, float], ...] = ()
    without: str = ""

    def __bool__(self) -> bool:
        """False when nothing is changed."""
        return bool(self.moves or self.without)


def sliders(plan: Plan) -> list[Lever]:
    """The levers that executives may move, in the table's order; those that touch nothing in this plan are left out."""
    table = plan.table("levers")
    rows = (row for _, row in table[table["slider"] == YES].iterrows())
    return [made for made in (_lever(plan, row) for row in rows) if made is not None]


def _lever(plan: Plan, row: pd.Series) -> Lever | None:
    change = lever_change(row, 1.0)
    low, high = float(row["low"]), float(row["high"])
    if not matches(plan, change) or not low < high:
        return None
    declared = _declared(plan, change)
    unit = declared.unit if declared is not None else ""
    note = "" if pd.isna(row["note"]) else str(row["note"])
    if change.change == MULTIPLY:
        low, high = round(low - 1, 9), round(high - 1, 9)
        stands = min(max(0.0, low), high)
        return Lever(str(row["lever"]), "change", low, high, step(low, high, stands), stands, note=note)
    whole = declared is not None and declared.kind == "integer"
    least = 1.0 if whole else 0.0
    if change.change == ADD:
        stands = min(max(0.0, low), high)
        size = max(step(low, high, stands), least)
        return Lever(str(row["lever"]), "add", low, high, size, stands, unit, whole=whole, note=note)
    stands = min(max(_present(plan, change, high), low), high)
    size = max(step(low, high, stands), least)
    measures, of_total = _limits(plan, change)
    share = bool(declared is not None and declared.share) or of_total
    money = bool(declared is not None and declared.money) or (measures <= set(MONEY_MEASURES) and bool(measures))
    if len(measures) == 1 and not (share or money):
        unit = UNITS.get(next(iter(measures)), "")
    return Lever(str(row["lever"]), "set", low, high, size, stands, unit, share, money, whole, note)


def _present(plan: Plan, change: Change, blank: float) -> float:
    """The value that stands in the cells which a lever sets: their mean; `blank` where they hold none."""
    rows = rows_of(dict(plan.tables), change.table, change.where)
    cells = plan.tables[change.table].loc[rows, list(split_list(change.column))]
    numbers = pd.to_numeric(cells.to_numpy(dtype=object).ravel(), errors="coerce").astype(float)
    return float(np.nanmean(numbers)) if np.isfinite(numbers).any() else blank


def _declared(plan: Plan, change: Change) -> Column | None:
    """The column that a lever moves, or the setting where its rows are one setting; None where it is not one thing."""
    columns = split_list(change.column)
    if change.table != "settings":
        return next((c for c in TABLES[change.table].columns if c.name == columns[0]), None)
    keys = plan.tables["settings"].loc[rows_of(dict(plan.tables), "settings", change.where), "key"]
    return next((c for c in SETTING_COLUMNS if [c.name] == list(keys)), None)


def _limits(plan: Plan, change: Change) -> tuple[frozenset[str], bool]:
    """Measures of the policies whose limits a lever moves, and whether these are all shares of a total."""
    if change.table != "policies" or split_list(change.column) != ("limit",):
        return frozenset(), False
    rows = plan.tables["policies"].loc[rows_of(dict(plan.tables), change.table, change.where)]
    return frozenset(rows["measure"]), bool((rows["share_of"] == "total").all())


def step(low: float, high: float, stands: float) -> float:
    """A step of 1, 2 or 5 times a power of ten by which a slider has at least `STEPS` places and reaches where it stands."""
    rough = (high - low) / STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    for size in (5 * power, 2 * power, power, power / 2, power / 5, power / 10):
        places = (stands - low) / size
        if size <= rough * (1 + UNMOVED) and abs(places - round(places)) < 1e-6:
            return round(size, 12)
    return rough / 10


def changes(plan: Plan, tried: Try, causes: Mapping[str, str] | None = None) -> list[tuple[str, Change]]:
    """What a try changes, in the order of the levers, each with its cause (default: the lever's or vendor's name).

    Raises PatchError for a lever that is no longer there.
    """
    table = plan.table("levers").set_index("lever")
    known = {lever.name: lever for lever in sliders(plan)}
    moves = dict(tried.moves)
    if gone := [name for name in moves if name not in known]:
        raise PatchError([f"there is no slider called {name} any more" for name in gone])
    causes = causes or {}
    out = [
        (causes.get(name, name), lever_change(table.loc[name], lever.value(moves[name])))
        for name, lever in known.items()
        if name in moves
    ]
    if tried.without:
        cause = VENDOR.cause(tried.without)
        out += [(cause, change) for change in VENDOR.changes(plan, tried.without)]
    return out


def patched(plan: Plan, tried: Try) -> Plan:
    """The plan with what was tried. Raises PatchError when that is no valid plan."""
    return apply(plan, [change for _, change in changes(plan, tried)])


def restricts(plan: Plan, tried: Try) -> bool | None:
    """True where a try only tightens what the plan may do, so that it cannot cost less; False where it only loosens.

    That is known of the limits of policies, and of a vendor of whom nothing new can be had. None: neither is known.
    """
    known = {lever.name: lever for lever in sliders(plan)}
    table = plan.table("levers").set_index("lever")
    ways: set[bool | None] = set()
    for name, at in tried.moves:
        ways.add(_tightens(plan, lever_change(table.loc[name], known[name].value(at))))
    if tried.without:
        ways.add(True)
    return next(iter(ways)) if len(ways) == 1 else None


def _tightens(plan: Plan, change: Change) -> bool | None:
    """Whether a change makes limits of policies tighter (True) or looser (False)."""
    if change.table != "policies" or split_list(change.column) != ("limit",):
        return None
    rows = plan.tables["policies"].loc[rows_of(dict(plan.tables), "policies", change.where)]
    before = rows["limit"].to_numpy(float)
    value = float(change.value)
    after = before * value if change.change == MULTIPLY else before + value if change.change == ADD else value
    tighter = np.where(rows["sense"] == "max", after < before, after > before)
    return None if tighter.any() != tighter.all() else bool(tighter.all())


def scenario_rows(plan: Plan, name: str, tried: Try, causes: Mapping[str, str] | None = None) -> pd.DataFrame:
    """A try as rows of the table `changes` under the name of a scenario."""
    return pd.DataFrame(
        [
            {
                "scenario": name,
                "step": i,
                "cause": cause,
                "table": change.table,
                "where": change.where or None,
                "column": change.column or None,
                "change": change.change or SET,
                "value": change.value if isinstance(change.value, str) else plain(change.value),
            }
            for i, (cause, change) in enumerate(changes(plan, tried, causes), 1)
        ]
    )


def vendors(plan: Plan) -> list[str]:
    """The providers that one could be out of, the one with most offers first."""
    return VENDOR.choices(plan) if VENDOR.fits(plan) else []
