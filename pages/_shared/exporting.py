"""Files of a solved plan for finance: made by a job with visible progress, then downloaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages import _figures as figs
from pages._shared import services, state, stopping
from pages._shared.clicks import clicked
from pages._shared.files import file_name
from planner.finance import AccountingPolicy
from planner.finance.lens import Measure
from planner.jobs.explore import StoredResults
from planner.jobs.export import (
    FORMS,
    WORKBOOK,
    Exports,
    LensCase,
    export_key,
    lens_key,
    size,
    submit_export,
    submit_lens_export,
)
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
    extra = _decided()
    for form, about in FORMS.items():
        st.markdown(f"**{fmt.plain(about.name)}**  \n:small[:gray[{fmt.plain(about.help)}.]]")
        key = export_key(plan, result, policy, form, extra)
        make = partial(submit_export, services.work().queue, _exports(), plan, result, policy, form)
        _file(form, key, make, extra, f"{file_name(plan.settings.name)}-{form.partition('-')[0]}", form)


def _decided() -> list[Extra]:
    """What the workshop decided, as a sheet of a workbook."""
    entries = services.store().board.entries(state.now().plan_id)
    return [Extra(*log_sheet(entries))] if entries else []


def lens_workbook(plan: Plan, result: Result, policy: AccountingPolicy, lens: Measure, asked: LensCase | None) -> None:
    """The workbook of the plan that is best by a lens: that of the solve `asked`, or of the plan in hand (None).

    Where the plan of the solve is not kept any more, it is solved again on the way, which is said before.
    """
    queue, extra = services.work().queue, _decided()
    known = result if asked is None else _kept(asked, _ended(asked, policy, extra))
    name = f"{file_name(plan.settings.name)}-{lens.replace('_', '-')}"
    if known is not None:
        key = export_key(plan, known, policy, WORKBOOK, extra)
        make = partial(submit_export, queue, _exports(), plan, known, policy, WORKBOOK)
    elif asked is not None:
        key = lens_key(asked, policy, WORKBOOK, extra)
        make = partial(submit_lens_export, queue, _exports(), services.store(), asked, policy, WORKBOOK)
        figs.note("This plan is not kept any more: it is solved again for its workbook.")
    _file(WORKBOOK, key, make, extra, name, f"lens-{lens}", "Workbook of this plan")


def _ended(asked: LensCase, policy: AccountingPolicy, extra: list[Extra]) -> str:
    """The job that solved the plan for its workbook, when it is over: then its result is kept."""
    job = services.work().queue.find(lens_key(asked, policy, WORKBOOK, extra))
    return job.job_id if job is not None and not job.live else ""


def _kept(asked: LensCase, ended: str) -> Result | None:
    """The result of a lens's solve, where it is kept."""
    found = _result(asked.case.key, ended, asked)
    if found is None:
        _result.clear(asked.case.key, ended, asked)
    return found


@st.cache_resource(max_entries=12, show_spinner=False)
def _result(key: str, ended: str, _asked: LensCase) -> Result | None:
    found = StoredResults(services.store()).get(_asked.case)
    return found if found is not None and found.has_plan else None


def _file(
    form: str,
    key: str,
    make: Callable[..., object],
    extra: list[Extra],
    name: str,
    mark: str,
    label: str = "",
) -> None:
    """A file by its key in the exports: to be made by `make`, under way, or to be downloaded. `mark` tells widgets apart."""
    about = FORMS[form]
    path, job = _exports().get(key), services.work().queue.find(key)
    if path is not None:
        st.download_button(
            f"{label or 'Download'}, {size(path)}",
            data=path.read_bytes,
            file_name=f"{name}.{about.suffix}",
            mime=about.mime,
            icon=":material/download:",
            on_click="ignore",
            type="primary",
            key=f"download-{mark}",
        )
        return
    if job is not None and job.live:
        _watch(job.job_id, mark)
        return
    if job is not None and job.state == "failed":
        st.error(fmt.plain(job.error), icon=":material/error:")
    elif job is not None and (job.stopping or job.state == "cancelled"):
        st.caption("Stopped: nothing was made.")
    if clicked(label or f"Make {'it' if job is None else 'it anew'}", f"make-{mark}", icon=":material/build:"):
        make(owner=state.owner(), extra=extra)
        st.rerun()


@st.fragment(run_every=0.4)
def _watch(job_id: str, mark: str) -> None:
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
    st.button("Stop", icon=":material/stop:", on_click=stopping.stop_job, args=(job_id,), key=f"stop-{mark}")
