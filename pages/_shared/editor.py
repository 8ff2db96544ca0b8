"""Editors of plan tables: every committed cell is saved at once, and what is wrong stands under the table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from pages._shared import columns, edits, recovery, state
from pages._shared.state import Current
from planner.plan import places
from planner.plan.tables import TABLES
from planner.report import format as fmt
from planner.store import Draft, RawTable

MOST_FAULTS = 12
ROW_PX, MOST_ROWS_SHOWN = 35, 12


@dataclass(frozen=True)
class Open:
    """An editor as it was put on the page. The grid keeps its edits against this base until it is put there anew."""

    plan_id: str
    base: RawTable
    seen: RawTable
    """The table in the store when this session last agreed with it."""
    offered: str
    frame: pd.DataFrame
    config: dict[str, Any]
    key: str


def table(current: Current, name: str, heading: bool = True) -> None:
    """The editor of a table, its help and its faults; its heading where the page's title does not say it."""
    declared = TABLES[name]
    if heading:
        st.subheader(declared.title, anchor=False)
    st.caption(fmt.plain(declared.help + "."))
    draft = current.draft.tables.get(name, RawTable((), ()))
    opened = _opened(current, name, draft)
    st.data_editor(
        opened.frame,
        key=opened.key,
        num_rows="fixed" if current.read_only else "dynamic",
        disabled=current.read_only,
        hide_index=True,
        column_config=opened.config,
        # A short grid grows with what is typed; a height told anew would drop the grid and what it holds.
        height="content" if len(opened.frame) <= MOST_ROWS_SHOWN else ROW_PX * (MOST_ROWS_SHOWN + 2) + 3,
        width="stretch",
        on_change=_keep,
        args=(name,),
        alt=f"{declared.title}: {declared.help}",
        placeholder="",
    )
    faults(current, name)


def _opened(current: Current, name: str, draft: RawTable) -> Open:
    """The editor on the page, put there anew when the store holds something else than it shows."""
    opened: Open | None = st.session_state.get(f"{state.EDITOR}{name}")
    frame = edits.shown(TABLES[name], draft)
    offered = repr([columns.options_of(c, current.draft, frame) for c in TABLES[name].columns if c.ref])
    if opened is not None and opened.plan_id == current.plan_id and opened.key in st.session_state:
        mine = edits.applied(TABLES[name], opened.base, st.session_state[opened.key])
        if mine not in (draft, opened.seen):
            _late(current, name, mine, opened.seen)
        if mine == draft and offered == opened.offered:
            return _remember(name, replace(opened, seen=draft))
    if opened is None and recovery.recover(current, name, draft):
        st.rerun()
    number = st.session_state.get("editors", 0) + 1
    st.session_state.editors = number
    config = columns.config_of(TABLES[name], current.draft, frame, currency_of(current))
    return _remember(
        name, Open(current.plan_id, draft, draft, offered, frame, config, recovery.key_of(name, draft, number))
    )


def _late(current: Current, name: str, mine: RawTable, seen: RawTable) -> None:
    """An edit that the editor's callback did not save: save it, or ask where somebody else was faster."""
    if current.read_only:
        return
    draft = current.draft
    if draft.tables.get(name, RawTable((), ())) == seen:
        keep(name)
    else:
        what = edits.told(TABLES[name], seen, mine)
        recovery.ask(current, Draft({**draft.tables, name: seen}), Draft({**draft.tables, name: mine}), what)
    st.rerun()


def _remember(name: str, opened: Open) -> Open:
    st.session_state[f"{state.EDITOR}{name}"] = opened
    return opened


def _keep(name: str) -> None:
    keep(name)


def keep(name: str) -> bool:
    """Save what the editor of a table holds now. False when nothing changed or the change was refused."""
    opened: Open | None = st.session_state.get(f"{state.EDITOR}{name}")
    if opened is None or opened.key not in st.session_state:
        return False
    mine = edits.applied(TABLES[name], opened.base, st.session_state[opened.key])
    here = st.session_state.snapshot.draft.tables.get(name, RawTable((), ()))
    if mine == here:
        return False
    return state.save_table(name, mine, edits.told(TABLES[name], here, mine))


def currency_of(current: Current) -> str:
    """The currency in which the inputs are, also while they have faults."""
    plan = current.reading.plan or current.plan
    return plan.settings.currency if plan is not None else ""


def faults(current: Current, *names: str, titled: bool = False) -> None:
    """What is wrong with the tables: row by its key, column, what was found and what is allowed.

    `titled`: also the table, where it does not stand above.
    """
    found = [f for f in current.reading.faults if f.table in names]
    if not found:
        return
    told = [places.told(fault, current.reading.tables, titled) for fault in found[:MOST_FAULTS]]
    lines = [f"- **{fmt.plain(at)}:** {fmt.plain(said)}" if at else f"- {fmt.plain(said)}" for at, said in told]
    if len(found) > MOST_FAULTS:
        lines.append(f"- and {len(found) - MOST_FAULTS} more")
    st.error("\n".join([f"{fmt.plural(len(found), 'fault')} to mend", "", *lines]), icon=":material/rule:")
