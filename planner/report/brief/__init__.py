"""Pages that are printed: one sheet of paper that says what was decided, and why."""

from planner.report.brief.cards import (
    Card,
    Line,
    agreed,
    by_difference,
    cards,
    log_sheet,
    open_points,
    places,
    ranked,
)
from planner.report.brief.workshop_brief import workshop_brief

__all__ = [
    "Card",
    "Line",
    "agreed",
    "by_difference",
    "cards",
    "log_sheet",
    "open_points",
    "places",
    "ranked",
    "workshop_brief",
]
