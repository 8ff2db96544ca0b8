"""Policies: limits on a measure, over a scope and a window, hard or at a penalty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.model.builder import Array, Block, Builder, Relax, Rows, Terms
from planner.model.sets import Sets
from planner.plan.schema import split_list
from planner.plan.tables import MONEY_MEASURES

STOCKS = ("devices", "open_sites")
"""Measures that are averaged over the periods of a window; the others are summed."""
LATENCY = "latency"
"""The measure that is averaged over the volume of a window."""


@dataclass(frozen=True)
class PolicyWindows:
    """One entry for each policy and window: its row, its violation column (-1: hard), and its terms.

    `weights`: the measure in scope and the total, as (column, value) arrays, so that the result
    can say what was used without working it out a second time.
    """

    policy: Array
    first: Array
    last: Array
    rows: Rows
    violation: Array
    scoped: list[tuple[Array, Array]]
    total: list[tuple[Array, Array]]
    block: Block


def windows_of(s: Sets, window: str, first: int, last: int) -> list[tuple[int, int]]:
    """First and last period (from 0) of each window between `first` and `last`."""
    t = np.arange(first, last + 1)
    if window == "period":
        return [(int(i), int(i)) for i in t]
    if window == "horizon":
        return [(first, last)] if len(t) else []
    years = s.settings.year_of_period()[first : last + 1]
    return [(int(t[years == y][0]), int(t[years == y][-1])) for y in np.unique(years)]


def measure_terms(m: Builder, s: Sets, measure: str) -> Terms:
    """The terms that a policy's measure adds up."""
    if measure in MONEY_MEASURES:
        terms = m.terms("cost")
        cash = np.array([label.cash for label in m.labels])[terms.kind] if len(terms.kind) else np.array([], dtype=str)
        wanted = ("capex", "opex") if measure == "spend" else (measure,)
        return terms.take(np.isin(cash, wanted))
    return m.terms(measure)


def in_scope(s: Sets, scope: Mapping[str, Any] | pd.Series, terms: Terms) -> Array:
    """Which terms a scope covers, the columns of a policy that narrow it: blank covers all.

    A term without a member is outside any list of them.
    """

    def listed(column: str, names: Array, of: Array) -> Array:
        wanted = split_list(scope.get(column))
        if not wanted:
            return np.ones(len(of), dtype=bool)
        return np.append(np.isin(names, wanted), False)[of]

    site, offer, workload = terms.site, terms.offer, terms.workload

    def text(frame: pd.DataFrame, column: str) -> Array:
        return frame[column].fillna("").to_numpy(str)

    checks = [
        listed("provider", text(s.sites, "provider"), site),
        listed("site", text(s.sites, "site"), site),
        listed("site_kind", text(s.sites, "kind"), site),
        listed("zone", text(s.sites, "zone"), site),
        listed("pricing", text(s.offers, "pricing"), offer),
        listed("offer", text(s.offers, "offer"), offer),
        listed("workload", text(s.workloads, "workload"), workload),
        listed("team", text(s.workloads, "team"), workload),
    ]
    return np.logical_and.reduce(checks)


def add_policies(m: Builder, s: Sets) -> PolicyWindows:
    """Add a row for each policy and window, and a violation where it has a penalty."""
    table = s.policies
    spans: list[tuple[int, int, int]] = []
    for i in range(len(table)):
        from_period, to_period = table["from_period"].iloc[i], table["to_period"].iloc[i]
        begin = 0 if pd.isna(from_period) else int(from_period) - 1
        end = s.T - 1 if pd.isna(to_period) else min(int(to_period), s.T) - 1
        spans += [(i, a, b) for a, b in windows_of(s, str(table["window"].iloc[i]), begin, end)]
    policy = np.array([x[0] for x in spans], dtype=int)
    first = np.array([x[1] for x in spans], dtype=int)
    last = np.array([x[2] for x in spans], dtype=int)
    is_max = (table["sense"] == "max").to_numpy(bool)
    limit = table["limit"].to_numpy(float)
    share = (table["share_of"] == "total").to_numpy(bool)
    penalty = table["penalty"].to_numpy(float)
    soft = np.isfinite(penalty[policy]) if len(policy) else np.array([], dtype=bool)

    # All rows as "<=": a floor is turned round.
    sign = np.where(is_max, 1.0, -1.0)
    measured: dict[str, Terms] = {}
    scoped: list[tuple[Array, Array]] = []
    total: list[tuple[Array, Array]] = []
    for i in range(len(table)):
        name = str(table["measure"].iloc[i])
        measured.setdefault(name, measure_terms(m, s, name))
    for i, a, b in spans:
        terms = measured[str(table["measure"].iloc[i])]
        inside = (terms.period >= a) & (terms.period <= b)
        divide = _divisor(s, table.iloc[i], a, b)
        mine = inside & in_scope(s, table.iloc[i], terms)
        scoped.append((terms.col[mine], terms.amount[mine] / divide))
        total.append(
            (terms.col[inside], terms.amount[inside] / divide) if share[i] else (terms.col[:0], terms.amount[:0])
        )

    rhs = np.where(share[policy], 0.0, sign[policy] * limit[policy]) if len(policy) else np.array([])
    hard = ~soft
    names = table["policy"].to_numpy(str)
    measure = table["measure"].to_numpy(str)
    scale = np.maximum(np.abs(np.where(share, 1.0, limit)), 1e-9)[policy] if len(policy) else np.array([])
    relax = Relax(
        "policies",
        "limit",
        group=np.arange(len(policy)),
        key=list(names[policy]),
        period=last,
        unit=[_unit(s, x) for x in measure[policy]],
        loosens=np.where(hard, 1.0, 0.0),
        scale=scale,
        present=limit[policy] if len(policy) else np.array([]),
    )
    rows = m.add_rows("policy", len(policy), "<=", rhs, relax)
    for n, i in enumerate(policy):
        cols, values = scoped[n]
        m.coef(rows.ids[n], cols, sign[i] * values)
        if share[i]:
            cols, values = total[n]
            m.coef(rows.ids[n], cols, -sign[i] * limit[i] * values)
    block = m.block("violation", (int(soft.sum()),))
    m.coef(rows.ids[soft], block.ids, -1.0)
    at = np.full(len(policy), -1)
    at[soft] = block.ids
    units = np.array([_unit(s, x) for x in measure[policy]])
    for unit in np.unique(units[soft]) if len(policy) else []:
        which = np.flatnonzero(soft & (units == unit))
        m.term("cost", "policy", "non_cash", str(unit), at[which], 1.0, penalty[policy[which]], last[which])
    return PolicyWindows(policy, first, last, rows, at, scoped, total, block)


def _divisor(s: Sets, policy: pd.Series, first: int, last: int) -> float:
    """What the sum over a window is divided by: its periods for stocks, its volume for latency."""
    if policy["measure"] in STOCKS:
        return last - first + 1.0
    if policy["measure"] != LATENCY:
        return 1.0
    chosen = np.ones(s.W, dtype=bool)
    for column in ("workload", "team"):
        wanted = split_list(policy[column])
        chosen &= s.workloads[column].isin(wanted).to_numpy(bool) if wanted else True
    volume = float(s.demand[chosen, :, first : last + 1].sum())
    return volume if volume > 0 else 1.0


def _unit(s: Sets, measure: str) -> str:
    if measure in MONEY_MEASURES:
        return s.settings.currency
    return {
        "energy_kwh": "kWh",
        "carbon_t": "tCO2e",
        "water_m3": "m3",
        "volume": "units",
        "open_sites": "sites",
        LATENCY: "ms",
    }.get(measure, measure)
