"""Files of a solved plan for finance: made by a job with visible progress, then downloaded."""

from __future__ import annotations

import streamlit as st

from pages._shared import services, state
from pages._shared.files import file_name
from planner.finance import AccountingPolicy
from planner.jobs.export import FORMS, Exports, export_key, size, submit_export
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.brief import log_sheet
from planner.report.workbook import Extra
from planner.result.result import Result


@st.cache_resource(show_spinner=False)
def _exports() -> Exports:
    """The files that were made on this server."""
    return Exports()


def panel(plan: Plan, result: Result, policy: AccountingPolicy) -> None:
    """Every file that can be made of the plan under the policy: to be made, under way, or to be downloaded.

    The workbook takes along what the workshop decided.
    """
    entries = services.store().board.entries(state.now().plan_id)
    extra = [Extra(*log_sheet(entries))] if entries else []
    for form in FORMS:
        _file(plan, result, policy, form, extra)


def _file(plan: Plan, result: Result, policy: AccountingPolicy, form: str, extra: list[Extra]) -> None:
    about, key = FORMS[form], export_key(plan, result, policy, form, extra)
    st.markdown(f"**{fmt.plain(about.name)}**  \n:small[:gray[{fmt.plain(about.help)}.]]")
    path, job = _exports().get(key), services.work().queue.find(key)
    if path is not None:
        st.download_button(
            f"Download, {size(path)}",
            data=path.read_bytes,
            file_name=f"{file_name(plan.settings.name)}-{form.partition('-')[0]}.{about.suffix}",
            mime=about.mime,
            icon=":material/download:",
            on_click="ignore",
            type="primary",
            key=f"download-{form}",
        )
        return
    if job is not None and job.live:
        _watch(job.job_id, form)
        return
    if job is not None and job.state == "failed":
        st.error(fmt.plain(job.error), icon=":material/error:")
    elif job is not None and (job.stopping or job.state == "cancelled"):
        st.caption("Stopped: nothing was made.")
    if st.button(f"Make {'it' if job is None else 'it anew'}", icon=":material/build:", key=f"make-{form}"):
        # Not in a callback: a choice of the policy that was typed last comes with the click.
        submit_export(services.work().queue, _exports(), plan, result, policy, form, state.owner(), extra)
        st.rerun()


@st.fragment(run_every=0.4)
def _watch(job_id: str, form: str) -> None:
    queue = services.work().queue
    job = queue.get(job_id)
    if job is None or not job.live:
        st.rerun()
        return
    step, place = job.progress, queue.place(job)
    if job.stopping:
        st.progress(1.0, text="Stopping …")
    elif place:
        st.progress(0.0, text=f"Waiting, place {place}")
    elif step is None or not step.total:
        st.progress(0.02, text="Getting ready …")
    else:
        st.progress((step.done or 0) / step.total, text=fmt.plain(step.stage))
    st.button("Stop", icon=":material/stop:", on_click=_stop, args=(job_id,), key=f"stop-{form}")


def _stop(job_id: str) -> None:
    queue = services.work().queue
    job = queue.get(job_id)
    if job is not None:
        queue.cancel(job, state.owner() if len(job.owners) > 1 else None)
