"""Questions about the plan in hand: asked as jobs, answered from the store, shown with their progress."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages._shared import outcome, services, sidebar, state, stopping
from pages._shared.clicks import clicked
from pages._shared.state import Current
from planner.explore import questions
from planner.explore.question import Answer, Question, QuestionError
from planner.jobs import Job
from planner.jobs.explore import ask_key, mark_of, submit_question
from planner.plan.plan import Plan
from planner.plan.tables import TABLES
from planner.report import format as fmt


@st.cache_resource(show_spinner=False)
def _known() -> dict[str, Question]:
    return questions()


PRECISION = {
    "Quick, to 1 %": {"gap": 0.01, "seconds": 60.0},
    "Careful, to 0.3 %": {"gap": 0.003, "seconds": 240.0},
}
"""How hard each solve tries, by what that is called."""


def question(name: str) -> Question:
    """A question by its name."""
    return _known()[name]


def asked_plan(here: Current) -> Plan | None:
    """The plan that questions are about: the inputs of the answer that is shown, with the newest scenarios and levers."""
    if here.plan is None or here.result is None or not here.result.has_plan:
        return None
    newest = here.reading.plan
    if newest is None or newest is here.plan:
        return here.plan
    return here.plan.replace(**{name: newest.tables[name] for name, table in TABLES.items() if table.aside})


def answer(name: str, here: Current | None = None, **told: Any) -> Answer | None:
    """The answer to a question, where there is one already. Raises QuestionError for what is told wrong."""
    here = here or state.now()
    plan = asked_plan(here)
    if plan is None:
        return None
    asked = question(name)
    key = asked.key(plan, told)
    job = services.work().queue.find(ask_key(asked, plan, told))
    found = _answer(plan.content_hash, key, job.job_id if job is not None and not job.live else "")
    if found is None:
        _answer.clear(plan.content_hash, key, job.job_id if job is not None and not job.live else "")
    return found


@st.cache_resource(max_entries=64, show_spinner=False)
def _answer(plan_hash: str, key: str, job_id: str) -> Answer | None:
    body = services.store().results.answer(plan_hash, key)
    return None if body is None else Answer.unpack(body)


def ask(name: str, here: Current | None = None, **told: Any) -> Job | None:
    """Have a question answered; None when there is no plan to ask about. Raises QuestionError."""
    here = here or state.now()
    plan = asked_plan(here)
    if plan is None or here.result is None:
        return None
    work = services.work()
    return submit_question(work.queue, services.store(), question(name), plan, here.result, told, state.owner())


def job(name: str, here: Current | None = None, **told: Any) -> Job | None:
    """The newest job for a question, or None."""
    plan = asked_plan(here or state.now())
    return None if plan is None else services.work().queue.find(ask_key(question(name), plan, told))


def panel(name: str, label: str, help: str = "", key: str = "", **told: Any) -> Answer | None:
    """The answer to a question; while there is none, a button that asks for it, and its progress.

    The answer is kept: a reload, another visitor or the same question tomorrow have it at once.
    """
    here = state.now()
    if asked_plan(here) is None:
        outcome.no_answer(here)
        return None
    try:
        found = answer(name, here, **told)
    except QuestionError as error:
        st.error(fmt.plain(str(error)), icon=":material/error:")
        return None
    if found is not None:
        return found
    key = key or f"ask-{name}"
    under_way = job(name, here, **told)
    if under_way is not None and under_way.live:
        _watch(under_way.job_id, key)
        return None
    if under_way is not None and under_way.state == "failed":
        st.error(fmt.plain(under_way.error), icon=":material/error:")
    elif under_way is not None:
        st.info("Stopped before there was an answer. What was solved is kept.", icon=":material/stop_circle:")
    with st.container(border=True, key=f"{key}-box"):
        if clicked(label, key, type="primary", icon=":material/play_arrow:"):
            ask(name, here, **told)
            st.rerun()
        st.caption(help or question(name).help)
    return None


@st.fragment(run_every=0.5)
def _watch(job_id: str, key: str) -> None:
    queue = services.work().queue
    under_way = queue.get(job_id)
    if under_way is None or not under_way.live:
        st.rerun()
        return
    step, place = under_way.progress, queue.place(under_way)
    with st.container(border=True, key=f"{key}-progress"):
        if place:
            st.progress(0.0, text=sidebar.behind(under_way))
        elif step is None or not step.total:
            st.progress(0.02, text="Getting ready …")
        else:
            done = (step.done or 0) / step.total
            st.progress(done, text=f"{step.done} of {fmt.plural(step.total, 'solve')}: {fmt.plain(step.stage)}")
        st.button("Stop", icon=":material/stop:", on_click=stopping.stop_job, args=(job_id,), key=f"{key}-stop")


def _busy(efforts: dict[str, dict[str, float]]) -> str:
    """The effort of a question about the plan in hand that runs; else nothing."""
    here = state.now()
    if here.plan is None:
        return ""
    running = services.work().queue.running()
    live = [j.spec.get("told", {}) for j in running if j.key.startswith(mark_of(here.plan))]
    return next((name for name, effort in efforts.items() for told in live if effort.items() <= told.items()), "")


def precision(
    efforts: dict[str, dict[str, float]] = PRECISION,
    key: str = "precision",
    label: str = "Each solve",
    help: str = "How near to the optimum each solve must come. Careful takes longer and can tell smaller differences.",
) -> dict[str, Any]:
    """What a question is told of how hard its solves try: the effort chosen, the first until then.

    It stays chosen while other pages are looked at, so that who comes back finds the answer that was asked for;
    who has chosen none yet, as after a reload, sees what is under way.
    """
    names = list(efforts)
    if key not in st.session_state:
        st.session_state[key] = _busy(efforts) or names[0]
    chosen = st.segmented_control(label, names, required=True, key=key, help=help, persist_state="session")
    return dict(efforts[chosen or names[0]])
