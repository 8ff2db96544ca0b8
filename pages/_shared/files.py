"""A plan as files: upload, checked before it touches anything, and download."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages._shared import services, state
from pages._shared.state import Current
from planner.plan.faults import Fault
from planner.plan.files import read_bytes, workbook_bytes, zip_bytes
from planner.plan.limits import MOST_BYTES
from planner.plan.parse import Reading
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.store import draft_from_plan

MOST_SHOWN = 25
MEGABYTES = MOST_BYTES // 1_000_000


def file_name(name: str) -> str:
    """A plan's name as the name of a file: letters, digits and dashes."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower())
    return "-".join(part for part in kept.split("-") if part)[:60] or "plan"


def downloads(current: Current) -> None:
    """The inputs as a workbook and as zipped CSV files."""
    plan = current.reading.plan
    if plan is None:
        st.caption("A plan can be downloaded once its faults are mended.")
        return
    name = file_name(current.name)
    with st.container(horizontal=True):
        _download("Workbook", partial(workbook_bytes, plan), f"{name}.xlsx", "download-xlsx")
        _download("Zipped CSV", partial(zip_bytes, plan), f"{name}.zip", "download-zip")


def _download(label: str, data: partial[bytes], name: str, key: str) -> None:
    kind = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "zip": "application/zip"}
    st.download_button(
        label,
        data=data,
        file_name=name,
        mime=kind[name.rpartition(".")[2]],
        icon=":material/download:",
        on_click="ignore",
        key=key,
    )


def upload(current: Current) -> None:
    """A file in, as a new plan or in place of the inputs of this one; faults are shown and change nothing."""
    file = st.file_uploader(
        f"A workbook (.xlsx) or zipped CSV files (.zip), {MEGABYTES} MB at most",
        type=["xlsx", "zip"],
        max_upload_size=MEGABYTES,
        key=f"upload-{st.session_state.get('uploads', 0)}",
    )
    if file is None:
        return
    with st.spinner("Reading the file …"):
        reading = _read(file)
    if reading.plan is None:
        show_faults(reading.faults)
        return
    plan = reading.plan
    st.success(
        f"{fmt.plain(plan.settings.name)}: {fmt.plural(len(plan.tables['workloads']), 'workload')}, "
        f"{fmt.plural(len(plan.tables['sites']), 'site')}, {fmt.plural(len(plan.tables['offers']), 'offer')}. "
        "No faults.",
        icon=":material/check_circle:",
    )
    with st.container(horizontal=True):
        st.button("Open as a new plan", on_click=_as_new, args=(plan, file.name), type="primary")
        if not current.read_only:
            st.button(f"Replace the inputs of {fmt.plain(current.name)}", on_click=_replace, args=(plan, file.name))


def _read(file: UploadedFile) -> Reading:
    """The reading of an uploaded file, kept for the session: reruns must not parse it again."""
    kept: tuple[str, Reading] | None = st.session_state.get("uploaded")
    if kept is None or kept[0] != file.file_id:
        kept = (file.file_id, read_bytes(file.name, file.getvalue()))
        st.session_state.uploaded = kept
    return kept[1]


def show_faults(faults: tuple[Fault, ...]) -> None:
    """Every fault of a file that was refused, by table, row and column."""
    lines = [f"- {fmt.plain(f.text)}" for f in faults[:MOST_SHOWN]]
    if len(faults) > MOST_SHOWN:
        lines.append(f"- and {len(faults) - MOST_SHOWN} more")
    head = f"The file has {fmt.plural(len(faults), 'fault')}; the plan in hand is as it was."
    st.error("\n".join([head, "", *lines]), icon=":material/rule:")


def _clear() -> None:
    st.session_state.uploads = st.session_state.get("uploads", 0) + 1
    st.session_state.pop("uploaded", None)


def _as_new(plan: Plan, name: str) -> None:
    made = services.store().create(draft_from_plan(plan), plan.settings.name, state.who(), what=f"Uploaded {name}")
    _clear()
    state.go_to(made.plan_id)


def _replace(plan: Plan, name: str) -> None:
    _clear()
    state.save(draft_from_plan(plan), f"Uploaded {name}")
