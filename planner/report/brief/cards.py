"""The workshop's scenarios as cards, and its log as a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from planner.explore.difference import Difference
from planner.plan.patch import PatchError, scenario, scenario_changes
from planner.plan.plan import Plan
from planner.plan.what_if import AGREED, DROPPED
from planner.report import cost_words as words
from planner.report import format as fmt
from planner.report.tried import ranged, spelled, verdict
from planner.result.result import Result

OPEN_POINT, SETTLED = "open point", "settled"
NOT_SOLVED = "Not solved yet"


class Line(Protocol):
    """A line of the log: see `planner.store.board.Entry`."""

    @property
    def at(self) -> dt.datetime:
        """When it was written, UTC."""
        ...

    @property
    def who(self) -> str:
        """Who wrote it; may be blank."""
        ...

    @property
    def what(self) -> str:
        """What it is: agreed, dropped, decision, open point and so on."""
        ...

    @property
    def scenario(self) -> str:
        """The scenario that it is about; may be blank."""
        ...

    @property
    def text(self) -> str:
        """What was said."""
        ...


@dataclass(frozen=True)
class Card:
    """A scenario as the room sees it. `plan` is None where its changes cannot be made, and `why` says why."""

    name: str
    owner: str
    note: str
    status: str
    causes: tuple[str, ...]
    plan: Plan | None
    result: Result | None
    difference: Difference | None
    votes: int
    why: str

    @property
    def open(self) -> bool:
        """True when it can be made and was not dropped: worth an answer."""
        return self.plan is not None and self.status != DROPPED

    @property
    def solved(self) -> bool:
        """True when there is an answer that is a plan."""
        return self.difference is not None

    def cost(self, currency: str) -> str:
        """Its cost with what of it is not cash, or why there is none."""
        if self.result is None or self.result.objective is None:
            return self.why
        return f"{words.told(self.result, currency).rstrip('.')}; {fmt.gap(self.result.gap)}"

    def verdict(self, base: Result, currency: str) -> str:
        """What it costs more or less than the plan as it is, in one line."""
        return self.why if self.difference is None else verdict(self.difference, base.objective or 0.0, currency)

    def short(self, currency: str) -> str:
        """The difference in as few words as a table has room for."""
        return self.why if self.difference is None else spelled(self.difference, currency)

    def proven(self, currency: str) -> str:
        """The range in which the true difference lies."""
        return "" if self.difference is None else ranged(self.difference, currency)


def scenario_plans(plan: Plan) -> dict[str, Plan | str]:
    """The plan of each scenario by name, in the table's order; where there is none, why in words."""
    out: dict[str, Plan | str] = {}
    for name in plan.tables["scenarios"]["scenario"]:
        try:
            out[str(name)] = scenario(plan, str(name))
        except PatchError as error:
            out[str(name)] = "; ".join(error.faults)
    return out


def cards(
    plan: Plan,
    base: Result,
    plans: Mapping[str, Plan | str],
    results: Mapping[str, Result | None],
    votes: Mapping[str, Collection[str]],
) -> list[Card]:
    """The scenarios of a plan in the order of its table, which is that in which they were made.

    `plans` as `scenario_plans` gives them; `results` are their answers by name, where there are any;
    `votes`: who voted for each.
    """
    table = plan.table("scenarios").fillna("")
    return [
        _card(plan, base, row, plans[str(row["scenario"])], results.get(str(row["scenario"])), votes)
        for _, row in table.iterrows()
        if str(row["scenario"]) in plans
    ]


def ranked(made: Iterable[Card]) -> list[Card]:
    """The agreed scenario first, then by votes; the dropped ones last."""
    return sorted(made, key=lambda c: (c.status != AGREED, c.status == DROPPED, -c.votes))


def places(made: Iterable[Card]) -> dict[str, str]:
    """The place of each scenario by votes, in words; equal votes share a place. Blank where nobody voted, or dropped."""
    made = list(made)
    counts = [c.votes for c in made if c.status != DROPPED]
    return {
        c.name: ""
        if not c.votes or c.status == DROPPED
        else f"Place {1 + sum(n > c.votes for n in counts)} by votes" + (", tied" if counts.count(c.votes) > 1 else "")
        for c in made
    }


def _card(
    plan: Plan,
    base: Result,
    row: pd.Series,
    made: Plan | str,
    result: Result | None,
    votes: Mapping[str, Collection[str]],
) -> Card:
    name = str(row["scenario"])
    difference = Difference.between(base, result) if result is not None and result.has_plan else None
    if isinstance(made, str):
        why = f"Cannot be made: {made}"
    elif result is None or result.status == "unsolved":
        why = NOT_SOLVED
    else:
        why = "" if result.has_plan else "No plan meets every rule"
    causes = tuple(dict.fromkeys(cause for cause, _ in scenario_changes(plan, name)))
    known = made if isinstance(made, Plan) else None
    told = (str(row["owner"]), str(row["note"]), str(row["status"]))
    return Card(name, *told, causes, known, result, difference, len(votes.get(name, ())), why)


def by_difference(made: Iterable[Card]) -> list[Card]:
    """The scenarios that are solved, the dearest first."""
    known = [(c.difference.estimate, c) for c in made if c.difference is not None]
    return [c for _, c in sorted(known, key=lambda x: -x[0])]


def agreed(made: Sequence[Card]) -> Card | None:
    """The scenario that the room agreed on, if any."""
    return next((c for c in made if c.status == AGREED), None)


def open_points(lines: Iterable[Line]) -> list[Line]:
    """Points of the log that nobody has settled since, oldest first."""
    found: dict[str, Line] = {}
    for line in lines:
        if line.what == OPEN_POINT:
            found.setdefault(line.text, line)
        elif line.what == SETTLED:
            found.pop(line.text, None)
    return list(found.values())


def log_sheet(lines: Iterable[Line]) -> tuple[str, pd.DataFrame]:
    """The log as a sheet of a workbook: its title and its table, oldest first."""
    rows = [(f"{x.at:%Y-%m-%d %H:%M}", x.who, fmt.sentence(x.what), x.scenario, x.text) for x in lines]
    return "Decision log", pd.DataFrame(
        rows, columns=["When (UTC)", "Who", "Kind", "Scenario", "What it says"], dtype="str"
    )
