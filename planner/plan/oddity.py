"""A plan as the checks for odd things look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
import pandas as pd

from planner.plan.faults import Notice
from planner.plan.plan import Plan
from planner.plan.reach import reach_tests
from planner.plan.rules import runnable

Check = Callable[["View"], Iterator[Notice]]
NEVER = np.iinfo(int).max
NAMED = 3
"""Names that a sentence lists before it counts the rest."""


def listed(names: Sequence[str] | Iterable[str], most: int = NAMED) -> str:
    """`a, b, c and 4 more`."""
    names = list(names)
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def counted(n: int, noun: str) -> str:
    """`1 site`, `3 sites`."""
    return f"{n} {noun}{'' if n == 1 else 's'}"


def positions(values: pd.Series, names: pd.Series) -> np.ndarray:
    """Position of each value in `names`, -1 where blank or unknown."""
    return pd.Index(names).get_indexer(pd.Index(values))


class View:
    """Tables with defaults filled, the arrays that several checks need, and notices with the rows of the file.

    Shapes are written with W workloads, L locations, S sites, O offers, T periods.
    """

    def __init__(self, plan: Plan, rows: Mapping[str, np.ndarray] | None = None) -> None:
        self.plan = plan
        self.periods = plan.settings.periods
        self._rows = rows or {}
        self._tables: dict[str, pd.DataFrame] = {}

    def __getitem__(self, table: str) -> pd.DataFrame:
        if table not in self._tables:
            self._tables[table] = self.plan.table(table)
        return self._tables[table]

    def notice(self, table: str, position: int | None, column: str, message: str) -> Notice:
        """A notice about a row by its position; None: about the whole table."""
        row = None if position is None else int(self._rows[table][position]) if table in self._rows else position + 2
        return Notice(table, row, column, message)

    def names(self, table: str) -> np.ndarray:
        """The identifiers of a table of single keys."""
        return self[table].iloc[:, 0].to_numpy(dtype=object)

    @cached_property
    def demand(self) -> np.ndarray:
        """Volume, shape (W, L, T)."""
        d = self["demand"]
        out = np.zeros((len(self["workloads"]), len(self["locations"]), self.periods))
        at = (
            positions(d["workload"], self["workloads"]["workload"]),
            positions(d["location"], self["locations"]["location"]),
            d["period"].to_numpy(dtype=int) - 1,
        )
        np.add.at(out, at, d["volume"].to_numpy(dtype=float))
        return out

    @cached_property
    def tests(self) -> dict[str, np.ndarray]:
        """Each test of reach on its own, shape (W, L, S), in the order in which they are told."""
        shape = (len(self["workloads"]), len(self["locations"]), len(self["sites"]))
        offer = (self.service <= self.periods).reshape(shape[0], 1, shape[2])
        rules = reach_tests(self["workloads"], self["locations"], self["sites"], self["network"])
        return {**rules, "offer": np.broadcast_to(offer, shape)}

    @cached_property
    def reach(self) -> np.ndarray:
        """True where a site passes every test, shape (W, L, S)."""
        return np.asarray(np.stack(list(self.tests.values())).all(axis=0))

    @cached_property
    def first_service(self) -> np.ndarray:
        """The first period in which what is ordered of an offer can serve, shape (O,); assets left out."""
        o = self["offers"]
        months = self.plan.settings.months_per_period
        site_from = self["sites"]["available_from"].to_numpy(dtype=int)[positions(o["site"], self["sites"]["site"])]
        lead = -(-o["lead_time_months"].to_numpy(dtype=int) // months)
        return np.maximum(o["available_from"].to_numpy(dtype=int) + lead, site_from)

    @cached_property
    def assets(self) -> pd.DataFrame:
        """Assets with the position of their `offer_at`, and their `first` and `last` period in service, unbounded."""
        a, o = self["assets"], self["offers"]
        months, start = self.plan.settings.months_per_period, pd.Period(self.plan.settings.start, freq="M")
        at = positions(a["offer"], o["offer"])
        arrives = np.array([12 * int(m[:4]) + int(m[5:]) - 12 * start.year - start.month for m in a["in_service"]], int)
        owned = (o["pricing"] == "owned").to_numpy()[at]
        life = np.where(owned, o["useful_life_months"].to_numpy(int)[at], o["term_months"].to_numpy(int)[at])
        first = np.where(arrives > 0, -(-arrives // months), 0) + 1
        last = first - 1 + -(-(life - np.maximum(-arrives, 0)) // months)
        return a.assign(offer_at=at, first=first, last=last)

    @cached_property
    def runs(self) -> np.ndarray:
        """True where an offer can run a workload, shape (W, O)."""
        pairs = runnable(self.plan.tables)
        out = np.zeros((len(self["workloads"]), len(self["offers"])), dtype=bool)
        out[
            positions(pairs["workload"], self["workloads"]["workload"]),
            positions(pairs["offer"], self["offers"]["offer"]),
        ] = True
        return out

    @cached_property
    def service(self) -> np.ndarray:
        """The first period in which a site can serve a workload, NEVER where none, shape (W, S)."""
        first = self.first_service.copy()
        there = self.assets[self.assets["last"] >= 1]
        np.minimum.at(first, there["offer_at"].to_numpy(dtype=int), there["first"].to_numpy(dtype=int))
        out = np.full((len(self["workloads"]), len(self["sites"])), NEVER)
        w, o = np.nonzero(self.runs)
        np.minimum.at(out, (w, positions(self["offers"]["site"], self["sites"]["site"])[o]), first[o])
        return out
