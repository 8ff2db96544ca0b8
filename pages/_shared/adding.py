"""Changes that only add rows: they are made on the newest version, so that nobody's work stands in their way."""

from __future__ import annotations

import streamlit as st

from pages._shared import state
from pages._shared.state import Current
from planner.store import Snapshot


def newest() -> tuple[Current, str]:
    """The plan as it stands in the store now, and words about it where others have changed it since it was drawn here.

    For callbacks. What only adds rows overwrites nothing: no choice between theirs and mine is asked for.
    """
    drawn: Snapshot = st.session_state.snapshot
    state.refresh()
    here = state.now()
    if here.version == drawn.number:
        return here, ""
    by = here.snapshot.info.changed_by or "Somebody"
    return here, f"{by} had changed the plan meanwhile ({here.snapshot.version.what}): that is kept, this comes on top."
