"""Column configurations of editors, derived from the declared tables."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from planner.plan.plan import all_columns
from planner.plan.schema import Column, Table, split_list
from planner.plan.tables import PROVENANCE
from planner.store import Draft


def heading(column: Column, currency: str = "") -> str:
    """What a person reads above a column: its label, and its unit where it has one."""
    unit = unit_of(column, currency)
    if unit and unit.rstrip("s") in column.label.lower():
        return column.label
    return f"{column.label} ({unit})" if unit else column.label


def unit_of(column: Column, currency: str = "") -> str:
    """The unit with the currency in it; shares need none, they are shown as per cents."""
    if column.share:
        return "per year" if "year" in column.unit else ""
    return f"{currency} {column.unit}".strip() if column.money else column.unit


def help_of(column: Column) -> str:
    """Help of a column: what it means, what it accepts, what blank means."""
    parts = [column.help.rstrip(".") + "."]
    if not column.is_text:
        parts.append(f"Accepts {column.allowed}.")
    if column.share:
        parts.append("Typed as a fraction: 0.2 is 20 %.")
    if column.required:
        parts.append("Required.")
    elif column.default not in (None, ""):
        parts.append(f"Blank means {column.default:g}." if not column.is_text else f"Blank means {column.default}.")
    return " ".join(parts)


def options_of(column: Column, draft: Draft, frame: pd.DataFrame) -> list[str]:
    """The values that a drop-down offers: choices or what the reference holds, and what stands there already."""
    offered: list[str] = list(column.choices)
    if column.ref:
        table, name = column.ref.split(".")
        other = draft.tables[table].frame() if table in draft.tables else pd.DataFrame()
        cells = other[name].dropna() if name in other else []
        offered += [str(c) for c in cells if str(c).strip()]
    held = frame[column.name].dropna()
    offered += [item for cell in held for item in (cell if isinstance(cell, list) else split_list(cell))]
    return list(dict.fromkeys(offered))


def config_of(table: Table, draft: Draft, frame: pd.DataFrame, currency: str) -> dict[str, Any]:
    """The configuration of every column of the table's editor."""
    # More than two columns that stay in sight would leave a phone nothing else to show.
    pinned = table.key if len(table.key) <= 2 else table.key[:1]
    return {c.name: _config(c, c.name in pinned, draft, frame, currency) for c in all_columns(table)}


def _config(column: Column, key: bool, draft: Draft, frame: pd.DataFrame, currency: str) -> Any:
    kinds = st.column_config
    common: dict[str, Any] = {"label": heading(column, currency), "help": help_of(column)}
    if column.kind == "list":
        free = not (column.choices or column.ref)
        offered = options_of(column, draft, frame)
        return kinds.MultiselectColumn(**common, options=offered, accept_new_options=free)
    if column.choices or column.ref:
        # Not `required`: the grid would hold a new row back until every such cell is filled, and could lose it.
        return kinds.SelectboxColumn(**common, options=options_of(column, draft, frame), pinned=key)
    if not column.is_text and pd.api.types.is_numeric_dtype(frame[column.name]):
        low = column.low if column.low is not None else column.above
        return kinds.NumberColumn(
            **common,
            min_value=low,
            max_value=column.high,
            step=1 if column.kind == "integer" else None,
            format="percent" if column.share else "localized" if _plain(frame[column.name]) else None,
            pinned=key,
        )
    if column.kind == "month":
        return kinds.TextColumn(**common, validate=r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$")
    return kinds.TextColumn(**common, width="medium" if column in PROVENANCE else None, pinned=key)


def _plain(numbers: pd.Series) -> bool:
    """True when three decimals show every number whole: these are shown with thousands apart."""
    given = numbers.dropna().astype(float)
    return bool((given.round(3) == given).all())
