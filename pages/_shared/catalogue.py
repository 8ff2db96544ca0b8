"""Prices from catalogues: what an import would change is told before it is taken."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages._shared import state
from pages._shared.state import Current
from planner.plan.catalogues.azure_retail import import_azure
from planner.plan.catalogues.common import PROVIDERS, CatalogueError, Imported, Origin, Selection
from planner.plan.catalogues.merge import Merged, merge
from planner.plan.catalogues.skypilot import import_skypilot
from planner.plan.catalogues.token_prices import TokenMix, import_token_prices, output_tokens_of_unit
from planner.plan.limits import MOST_BYTES
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.store import Draft, draft_from_plan

SKY, AZURE, TOKENS = "SkyPilot catalogue (vms.csv)", "Azure Retail Prices (JSON)", "Token prices, bundled"
MOST_LINES = 20


def prices(current: Current) -> None:
    """Choose a catalogue, see what it would change, take it."""
    plan = current.reading.plan
    if plan is None or current.read_only:
        return
    with st.expander("Import prices from a catalogue", icon=":material/price_change:"):
        kind = st.segmented_control("Catalogue", (SKY, AZURE, TOKENS), default=SKY, required=True, key="catalogue")
        make = _tokens(plan) if kind == TOKENS else _file(plan, kind or SKY)
        if make is None:
            return
        latency = kind != TOKENS and st.checkbox(
            "Estimate the latency of new sites from their coordinates", value=True, key="catalogue-latency"
        )
        if st.button("See what it would change", key="catalogue-look"):
            with st.spinner("Reading the catalogue …"):
                st.session_state.catalogue_found = (current.draft.keys, _look(plan, make, latency))
        found = st.session_state.get("catalogue_found")
        if found is not None and found[0] == current.draft.keys and found[1] is not None:
            _offer(found[1])


def _look(plan: Plan, make: Callable[[], Imported], latency: bool) -> Merged | None:
    try:
        return merge(plan, make(), latency)
    except CatalogueError as error:
        lines = [f"- {fmt.plain(f.text)}" for f in error.faults[:MOST_LINES]]
        st.error("\n".join(["Nothing was imported:", "", *lines]), icon=":material/rule:")
        return None


def _offer(merged: Merged) -> None:
    shown = [*merged.changes[:MOST_LINES]]
    if len(merged.changes) > MOST_LINES:
        shown.append(f"and {len(merged.changes) - MOST_LINES} more")
    st.markdown("\n".join(f"- {fmt.plain(line)}" for line in shown) or "- nothing would change")
    st.button("Take it", on_click=_take, args=(draft_from_plan(merged.plan),), type="primary", key="catalogue-take")


def _take(draft: Draft) -> None:
    st.session_state.pop("catalogue_found", None)
    state.save(draft, "Prices imported from a catalogue")


def _file(plan: Plan, kind: str) -> Callable[[], Imported] | None:
    megabytes = MOST_BYTES // 1_000_000
    file = st.file_uploader(
        f"File, {megabytes} MB at most",
        type=["csv"] if kind == SKY else ["json"],
        max_upload_size=megabytes,
        key=f"catalogue-file-{kind}",
    )
    with st.grid(3, min_column_width=200):
        provider = st.selectbox("Provider", list(PROVIDERS), key="catalogue-provider") if kind == SKY else None
        regions = st.text_input("Only these regions (a, b)", key="catalogue-regions")
        accelerators = st.text_input("Only these accelerators (a, b)", key="catalogue-accelerators")
        rate = _rate(plan)
    if file is None:
        return None
    selection = Selection(_names(regions), _names(accelerators), rate=rate)
    day = datetime.now(UTC).date()
    if kind == SKY:
        origin = Origin(f"SkyPilot catalogue {provider}", f"uploaded {day}")
        return lambda: _from_file(file, lambda path: import_skypilot(path, str(provider), origin, selection))
    origin, hours = Origin("Azure Retail Prices", f"uploaded {day}"), plan.settings.hours_per_month
    return lambda: _from_file(
        file, lambda path: import_azure(path, origin, day, selection, plan.settings.currency, hours)
    )


def _from_file(file: UploadedFile, make: Callable[[Path], Imported]) -> Imported:
    """The importers read files: the upload goes to one of our own naming."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalogue"
        path.write_bytes(file.getvalue())
        return make(path)


def _tokens(plan: Plan) -> Callable[[], Imported] | None:
    units = plan.tables["workloads"].set_index("workload")["unit"]
    with st.grid(3, min_column_width=200):
        models = st.text_input("Models (provider/model, * for any)", "openai/gpt-4.1*", key="tokens-models")
        workload = st.selectbox("Workload", list(units.index), key="tokens-workload")
        site = st.selectbox("Site at which they are called", list(plan.tables["sites"]["site"]), key="tokens-site")
        ratio = st.number_input("Input tokens per output token", min_value=0.0, value=3.0, key="tokens-ratio")
        cached = st.number_input("Share of input from a cache", 0.0, 1.0, 0.0, key="tokens-cached")
        tokens = st.number_input(
            "Output tokens in a unit",
            min_value=1.0,
            value=output_tokens_of_unit(str(units.get(workload, ""))) or 1e6,
            key=f"tokens-unit-{workload}",
        )
        rate = _rate(plan)
    if not models.strip() or workload is None:
        return None
    mix, today = TokenMix(ratio, cached, tokens), date.today()
    return lambda: import_token_prices(sorted(_names(models)), workload, mix, today, site, rate=rate)


def _rate(plan: Plan) -> float:
    if plan.settings.currency == "USD":
        return 1.0
    return st.number_input(f"{plan.settings.currency} for one USD", min_value=0.0001, value=1.0, key="catalogue-rate")


def _names(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(",") if part.strip())
