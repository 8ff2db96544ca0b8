"""How pages show a solved plan: cached insight and figures, each with its table and downloads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from planner.plan.notices import notices
from planner.plan.places import sentence
from planner.plan.plan import Plan
from planner.report import figures
from planner.report.charts.base import Figure
from planner.report.format import csv_bytes, plain
from planner.report.insight import Insight, Number
from planner.report.theme import CHOSEN
from planner.result.result import Result

LONG = ("What", "What it says")
"""Columns of sentences."""
FINE = ("Unit price", "Quantity")
"""Columns in which small numbers matter beside large ones."""


def insight_of(plan: Plan, result: Result, usual: Result | None) -> Insight:
    """The insight of a solved plan, kept for all sessions that look at the same answer."""
    return _insight(result_key(result), result_key(usual), plan, result, usual)


@st.cache_resource(max_entries=12, show_spinner=False)
def _insight(key: tuple, usual_key: tuple, _plan: Plan, _result: Result, _usual: Result | None) -> Insight:
    return Insight(_plan, _result, _usual)


def result_key(result: Result | None) -> tuple:
    """What makes two results the same, for caches; empty for none."""
    if result is None:
        return ()
    return (result.plan_hash, result.status, result.objective, result.bound, tuple(sorted(result.seconds.items())))


def odd(insight: Insight) -> list[str]:
    """What is legal but odd in the plan's inputs, in words."""
    return _odd(insight.result.plan_hash, insight.plan)


@st.cache_data(max_entries=24, show_spinner=False)
def _odd(plan_hash: str, _plan: Plan) -> list[str]:
    return [sentence(n, _plan.tables) for n in notices(_plan)]


def figure(insight: Insight, name: str, period: int | None = None) -> Figure:
    """A figure of the insight by name, drawn once for all sessions."""
    return _figure(result_key(insight.result), result_key(insight.usual), name, period, insight)


@st.cache_resource(max_entries=240, show_spinner=False)
def _figure(key: tuple, usual_key: tuple, name: str, period: int | None, _insight: Insight) -> Figure:
    if period is not None:
        return figures.BY_PERIOD[name](_insight, period)
    return figures.ALL[name](_insight)


def show(fig: Figure, key: str = "", height: int | None = None, picked: Callable[[], None] | None = None) -> None:
    """A card with the finding as its heading, the chart, how to read it, its table and its downloads.

    `picked` is called when something of a chart that can be clicked was chosen.
    """
    key = key or fig.name
    with st.container(border=True, key=f"card-{key}", height="stretch"):
        st.header(plain(fig.title), anchor=False)
        st.vega_lite_chart(
            fig.spec,
            theme=None,
            alt=fig.alt_text,
            key=f"chart-{key}",
            width="stretch",
            height=height or "content",
            on_select=picked if picked is not None and fig.spec.get("params") else "ignore",
        )
        if fig.note:
            note(fig.note)
        st.space("stretch")
        with st.container(horizontal=True, gap="small"):
            with st.popover("Table", icon=":material/table_rows:", type="tertiary"):
                show_table(fig.table, f"table-{key}", fig.alt_text)
            download(fig.table, fig.name, f"csv-{key}")
            st.download_button(
                "Picture",
                data=partial(fig.png, "light"),
                file_name=f"{fig.name}.png",
                mime="image/png",
                icon=":material/image:",
                on_click="ignore",
                type="tertiary",
                key=f"png-{key}",
            )


def numbers(row: tuple[Number, ...], min_width: int = 150) -> None:
    """Headline numbers side by side, and below them their notes."""
    with st.grid(len(row), min_column_width=min_width):
        for number in row:
            st.metric(
                number.label,
                number.value,
                plain(number.delta) or None,
                delta_color="off" if number.good is None else "green" if number.good else "red",
                delta_arrow="off",
                help=plain(number.help) or None,
                border=True,
                height="stretch",
            )
    notes = dict.fromkeys(number.note for number in row if number.note)
    if notes:
        note(" ".join(notes))


def readable_choice() -> None:
    """Give the chosen segment of a control the contrast of text: its own colour is that of buttons."""
    st.html(
        f"<style>button[data-variant='segmented_control'][data-selected='true'] p {{ color: {CHOSEN.css} }}</style>"
    )


def note(text: str) -> None:
    """Small print. (`st.caption` fades the text below the contrast that small print needs.)"""
    st.markdown(f":small[:gray[{plain(text)}]]")


def download(table: pd.DataFrame, name: str, key: str) -> None:
    """A button that downloads the table as CSV in which no text can become a formula."""
    st.download_button(
        "CSV",
        data=partial(csv_bytes, table),
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
        key=key,
    )


def show_table(table: pd.DataFrame, key: str, alt: str = "", height: int | Literal["auto"] = "auto") -> None:
    """A table with numbers aligned, in the precision that their heading asks for."""
    st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        height=height,
        column_config=formats(table),
        placeholder="",
        key=key,
        alt=alt or None,
    )


def formats(table: pd.DataFrame) -> dict[str, Any]:
    """Number formats by column: shares as per cents, whole columns and large amounts without decimals."""
    config: dict[str, Any] = {n: st.column_config.TextColumn(width="large") for n in LONG if n in table}
    for name in table.columns:
        cells = table[name]
        if not pd.api.types.is_float_dtype(cells):
            continue
        if str(name).startswith(("Share", "Utilization")):
            config[str(name)] = st.column_config.NumberColumn(format="percent")
        else:
            whole = bool((cells.dropna() % 1 == 0).all()) or (cells.abs().max() >= 1000 and name not in FINE)
            config[str(name)] = st.column_config.NumberColumn(format="%,.0f" if whole else "localized")
    return config
