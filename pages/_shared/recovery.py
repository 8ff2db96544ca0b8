"""Edits that reach a server which does not know their editor: it was restarted while the page stayed open.

The browser keeps the grid and sends the next edit to a session that starts anew. The key of an
editor names the content that it was opened on, so that the edit can be laid over the same base again.
"""

from __future__ import annotations

import json
import re
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages._shared import edits, services, state
from pages._shared.state import Current
from planner.plan.tables import TABLES
from planner.store import Draft, RawTable, changed_cells, merge_table
from planner.store.records import StaleWrite


def key_of(name: str, base: RawTable, number: int) -> str:
    """The key of an editor: table, content that it is opened on, and a number that makes it new."""
    return f"{name}-{base.key}-{number}"


def recover(current: Current, name: str, draft: RawTable) -> bool:
    """Save what an editor of a session before this one holds and the store does not; True when something was."""
    if current.read_only or name in st.session_state.setdefault(state.RECOVERED, set()):
        return False
    st.session_state[state.RECOVERED].add(name)  # once: later edits are known to this session
    for base_key, held in _sent(name):
        base = draft if base_key == draft.key else services.store().table(current.plan_id, base_key)
        if base is None:
            continue
        mine = edits.applied(TABLES[name], base, held)
        both = merge_table(name, base, mine, draft)
        if both == draft or mine == base:
            continue
        what = edits.told(TABLES[name], draft, both)
        if changed_cells(draft, both) == 1 or mine == both:
            return state.save_table(name, both, what)
        # More than the one edit that woke this server: somebody may have changed the plan meanwhile.
        tables = current.draft.tables
        ask(current, Draft({**tables, name: base}), Draft({**tables, name: mine}), what)
        return True
    return False


def field_key(name: str, stored: str, number: int) -> str:
    """The key of a form field: what it is for, the value that it was drawn with, and a number that makes it new."""
    return f"{name}={stored}={number}"


def field(name: str, stored: str) -> Any:
    """What the browser holds in a field of a session before this one that was drawn with the stored value; else None."""
    context = get_script_run_ctx()
    done = st.session_state.setdefault(state.RECOVERED, set())
    if context is None or name in done:
        return None
    done.add(name)
    pattern = re.compile(rf"-{re.escape(f'{name}={stored}=')}\d+$")
    for widget in context.session_state.get_widget_states():
        kind = widget.WhichOneof("value")
        if kind and pattern.search(widget.id):
            return getattr(widget, kind)
    return None


def ask(current: Current, base: Draft, mine: Draft, what: str) -> None:
    """Hold a change back, as if it had been refused: what stands in the store is not what it was made on."""
    there = current.snapshot.version
    state.hold_back(base, mine, what, StaleWrite(there.number, there.by, there.at, there.what))


def _sent(name: str) -> list[tuple[str, dict[str, Any]]]:
    """The edits that the browser sent for editors of the table, by the key of the content below them."""
    context = get_script_run_ctx()
    if context is None:
        return []
    pattern = re.compile(rf"-{name}-([0-9a-f]{{40}})-\d+$")
    out = []
    # There is no public way to widgets that this session has not drawn yet.
    for widget in context.session_state.get_widget_states():
        found = pattern.search(widget.id)
        if found and widget.string_value:
            held = json.loads(widget.string_value)
            if isinstance(held, dict):
                out.append((found[1], held))
    return out
