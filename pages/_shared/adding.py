"""Changes that only add rows: they are made on the newest version, so that nobody's work stands in their way."""

from __future__ import annotations

from pages._shared import state
from pages._shared.state import Current


def newest() -> tuple[Current, str]:
    """The plan as it stands in the store now, and a sentence about what others changed since this session's own change.

    For callbacks. What only adds rows overwrites nothing: no choice between theirs and mine is asked for.
    """
    state.refresh()
    said = state.others()
    return state.now(), f"{said}. That is kept; this comes on top." if said else ""
