"""The settings of a plan as form fields, each saved as it is changed."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages._shared import columns, editor, edits, recovery, state
from pages._shared.state import Current
from planner.plan.cells import plain as number_text
from planner.plan.schema import Column
from planner.plan.tables import MONTHS_PER_PERIOD, SETTING_COLUMNS, SETTINGS
from planner.report import format as fmt
from planner.store import RawTable

CHOICES: dict[str, tuple[Any, ...]] = {"months_per_period": MONTHS_PER_PERIOD}
"""Settings of numbers of which only some are allowed."""


def fields(current: Current) -> None:
    """A field for each setting, and the faults of the table."""
    given = _given(current.draft.tables.get("settings", RawTable((), ())))
    with st.grid(3, min_column_width=260):
        for column in SETTING_COLUMNS:
            with st.container():
                _field(current, column, given.get(column.name))
    editor.faults(current, "settings")
    with st.expander("Sources and notes of the settings"):
        editor.table(current, "settings")


def _given(table: RawTable) -> dict[str, Any]:
    frame = edits.shown(SETTINGS, table)
    return dict(zip(frame["key"], frame["value"], strict=True))


def _field(current: Current, column: Column, text: str | None) -> None:
    value = _value(column, text)
    key = _key(column, value)
    if not current.read_only and (sent := recovery.field(f"setting-{column.name}", str(value))) not in (None, value):
        _save(column, sent)
        st.rerun()
    common: dict[str, Any] = {
        "label": fmt.plain(columns.heading(column, editor.currency_of(current))),
        "help": fmt.plain(columns.help_of(column)),
        "key": key,
        "disabled": current.read_only,
        "on_change": _keep,
        "args": (column, key),
    }
    offered = CHOICES.get(column.name) or column.choices
    if offered:
        options = offered if value in offered else (*offered, value)
        st.selectbox(options=options, index=options.index(value), **common)
    elif column.is_text or isinstance(value, str):
        st.text_input(value=value, **common)
    else:
        whole = column.kind == "integer"
        kind = int if whole else float
        low = column.low if column.low is not None else column.above
        st.number_input(
            min_value=None if low is None else kind(low),
            max_value=None if column.high is None else kind(column.high),
            value=value,
            step=1 if whole else 0.01 if column.share else 1.0,
            format="%d" if whole else "%g",
            **common,
        )


def _value(column: Column, text: str | None) -> Any:
    """The setting as its field holds it; text where it is not what the field can hold."""
    said = str(column.default if text is None or not str(text).strip() else text)
    if column.is_text:
        return said
    try:
        number = float(said)
    except ValueError:
        return said
    low = column.low if column.low is not None else column.above
    if (low is not None and number < low) or (column.high is not None and number > column.high):
        return said
    return int(number) if column.kind == "integer" else number


def _key(column: Column, value: Any) -> str:
    """The field's key: it names the stored value, and is new whenever that changes, so that no field shows an old one."""
    seen: dict[str, tuple[Any, int]] = st.session_state.setdefault("settings seen", {})
    was, number = seen.get(column.name, (value, 0))
    seen[column.name] = (value, number + (was != value))
    return recovery.field_key(f"setting-{column.name}", str(value), seen[column.name][1])


def _keep(column: Column, key: str) -> None:
    _save(column, st.session_state[key])


def _save(column: Column, value: Any) -> None:
    text = number_text(float(value)) if isinstance(value, int | float) else value
    here: RawTable = st.session_state.snapshot.draft.tables.get("settings", RawTable((), ()))
    if value == _value(column, _given(here).get(column.name)):
        return  # a browser that comes back to the page may send every field: what stands there is no change
    frame = edits.shown(SETTINGS, here)
    rows = frame.index[frame["key"] == column.name].tolist()
    change: dict[str, Any] = {"value": text}
    made = {"edited_rows": {rows[0]: change}} if rows else {"added_rows": [{"key": column.name, **change}]}
    new = edits.applied(SETTINGS, here, made)
    if new != here:
        was = _given(here).get(column.name) or column.default
        state.save_table("settings", new, f"Settings: {column.label.lower()} from {was} to {text}")
