"""What if: a few sliders, the answer beside them, what was tried so far, and a scenario made of it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages import _figures as figs
from pages._shared import adding, asking, board, drafts, editor, outcome, services, state, trails, trying
from pages._shared.state import Current
from planner.explore.difference import Difference
from planner.explore.gone import meaning_of
from planner.explore.tries import Lever, Try, restricts, scenario_rows, sliders, vendors
from planner.plan.patch_templates import default_levers
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report import tried
from planner.report.charts.tries import differences
from planner.report.theme import CHOSEN
from planner.report.tried import Tried
from planner.result.result import Result

NOBODY = "Nobody"
VENDOR_KEY = "without-vendor"
SAVED, SAVES = "saved-try", "saved-tries"
"""In a session, what was saved last and in which words; how many were: the form is put there anew after each, closed."""
POLL = 0.2
"""Seconds between two looks at an answer under way."""
STAGES = {
    "relax": "Proving what no plan can beat",
    "round": "Making it a plan of whole devices",
    "polish": "Checking the plan",
}
READABLE = f"<style>[data-testid='stSliderThumbValue'] p {{ color: {CHOSEN.css}; }}</style>"
"""Where a slider stands is written in the primary colour, which is too dark to be read on a dark page."""
DIM = "<style>.st-key-what-if-answer { opacity: 0.35; }</style>"

current = state.current()


def key_of(lever: Lever) -> str:
    """A slider's key: with its range, so that one whose range was changed is put there anew."""
    return f"lever {lever.name} {lever.low:g} {lever.high:g} {lever.stands:g}"


def move_to(levers: list[Lever], wanted: Try) -> None:
    """Put the sliders where a try had them; what is no longer there, or not so far, stays where it stands."""
    moves, ss = dict(wanted.moves), st.session_state
    for lever in levers:
        where = moves.get(lever.name, lever.stands)
        ss[key_of(lever)] = where if lever.low <= where <= lever.high else lever.stands
    ss[VENDOR_KEY] = wanted.without or NOBODY


def standing(levers: list[Lever]) -> Try:
    """What is tried with the sliders as they stand now, also when they were moved after the page was drawn."""
    ss = st.session_state
    where = {v.name: float(ss.get(key_of(v), v.stands)) for v in levers}
    without = str(ss.get(VENDOR_KEY) or NOBODY)
    moved = tuple((v.name, where[v.name]) for v in levers if v.moved(where[v.name]))
    return Try(moved, "" if without == NOBODY else without)


def slider(lever: Lever) -> None:
    """One slider."""
    percent = lever.kind == "change" or lever.share
    large = max(abs(lever.low), abs(lever.high)) >= 10_000
    key, kept = key_of(lever), st.session_state.setdefault("sliders", {})
    st.session_state.setdefault(key, kept.get(key, lever.stands))  # a page that is left forgets its widgets
    where = st.slider(
        fmt.plain(lever.name),
        lever.low,
        lever.high,
        step=lever.step,
        format="percent" if percent else "compact" if large else "%g",
        key=key,
        help=fmt.plain(lever.note) or None,
    )
    kept[key] = float(where)


def controls(plan: Plan, levers: list[Lever], here: Current) -> Try:
    """The sliders and what is done with them; returns what is tried."""
    with st.container(border=True, key="card-sliders"):
        st.header("Move a slider", anchor=False)
        if not levers:
            no_levers(plan, here)
        for lever in levers:
            slider(lever)
        options = vendors(plan)
        if options:
            without = st.selectbox(
                "Be out of a vendor",
                [NOBODY, *options],
                key=VENDOR_KEY,
                persist_state="session",
                help="As on the page Negotiation, what is signed is kept. To lose that too, use the template "
                '"A vendor gone at once" on the page Scenarios.',
            )
            if without in options:
                figs.note(meaning_of(plan, without))
        wanted = standing(levers)
        with st.container(horizontal=True):
            st.button(
                "Back to the plan",
                icon=":material/restart_alt:",
                on_click=move_to,
                args=(levers, Try()),
                disabled=not wanted,
                key="back-to-plan",
            )
            if not here.read_only:
                save(plan, levers, wanted)
        said: tuple[Try, str] = st.session_state.get(SAVED, (Try(), ""))
        if wanted and said[0] == wanted:
            st.success(fmt.plain(said[1]), icon=":material/bookmark_added:")
    return wanted


def no_levers(plan: Plan, here: Current) -> None:
    st.write("Nobody has chosen sliders for this plan yet.")
    if not here.read_only:
        st.button("Start with the usual ones", on_click=usual_levers, key="usual-levers", type="primary")


def usual_levers() -> None:
    here = state.now()
    plan = asking.asked_plan(here)
    if plan is not None:
        known = set(plan.tables["levers"]["lever"])
        rows = default_levers(plan)
        state.save(drafts.with_rows(here.draft, levers=rows[~rows["lever"].isin(known)]), "Added the usual levers")


def save(plan: Plan, levers: list[Lever], wanted: Try) -> None:
    """Make a scenario of what is tried."""
    key = f"save-as {st.session_state.get(SAVES, 0)}"
    with st.popover("Save as scenario", icon=":material/bookmark_add:", disabled=not wanted, key=key):
        label = tried.label(levers, wanted, plan.settings.currency)
        with st.form("save-scenario-form", border=False):
            st.text_input("Name", value=label.replace(";", ","), key=f"scenario-name {label}")
            st.text_input("Owner", value=state.who(), key="scenario-owner", persist_state="session")
            st.text_input("Note", key=f"scenario-note {label}")
            st.form_submit_button("Save", type="primary", key="save-scenario", on_click=save_scenario, args=(label,))


def save_scenario(drawn: str) -> None:
    """Save what the sliders say now; `drawn` is what they said when the form was drawn, which names its fields."""
    ss, (here, others) = st.session_state, adding.newest()
    plan = asking.asked_plan(here)
    levers = [] if plan is None else sliders(plan)
    wanted = standing(levers)
    if plan is None or not wanted:
        return
    currency = plan.settings.currency
    label = tried.label(levers, wanted, currency).replace(";", ",")
    typed = str(ss.get(f"scenario-name {drawn}") or "").replace(";", ",").strip()
    untouched = not typed or typed == drawn.replace(";", ",")
    name = drafts.free_name(label if untouched else typed, plan.tables["scenarios"]["scenario"])
    row = {
        "scenario": name,
        "owner": ss.get("scenario-owner") or None,
        "note": ss.get(f"scenario-note {drawn}") or None,
    }
    rows = scenario_rows(plan, name, wanted, tried.causes(levers, wanted, currency))
    made = drafts.with_rows(here.draft, scenarios=[row], changes=rows)
    if state.save(made, f"Saved the scenario {name}"):
        ss[f"scenario-name {drawn}"], ss[f"scenario-note {drawn}"] = drawn.replace(";", ","), ""
        ss[SAVES] = ss.get(SAVES, 0) + 1
        ss[SAVED] = (wanted, f"Saved as the scenario {name}. {others}".strip())


def remember(
    here: Current, levers: list[Lever], wanted: Try, plan: Plan, result: Result, difference: Difference | None
) -> None:
    """Put an answer on the trail, once."""
    if not wanted:
        return
    label = tried.label(levers, wanted, plan.settings.currency)
    made = Tried(label, wanted, plan.content_hash, None, None, "no plan meets every rule")
    if difference is not None:
        made = Tried(label, wanted, plan.content_hash, result.objective, difference)
    trails.remember(here, made)


@st.fragment(run_every=POLL)
def watch() -> None:
    """The answer under way; when it is there, the page is drawn with it."""
    job = trying.waiting()
    if job is None and trying.settling():
        st.progress(0.0, text="Ready when you are")
        return
    if job is None or not job.live:
        st.rerun()
        return
    place = services.work().queue.place(job)
    stage = STAGES.get(job.progress.stage, "Looking for a better plan") if job.progress is not None else "Starting"
    text = f"Waiting, place {place}" if place else f"{stage}, {job.seconds:.1f} s"
    st.progress(services.done(job), text=text)


def sharpen(plan: Plan) -> None:
    """Where no difference could be told: have the answer proven more closely."""
    if trying.closer(plan) is not None:
        closer(plan)
        return
    st.button(
        "Prove it more closely",
        icon=":material/troubleshoot:",
        type="tertiary",
        on_click=trying.ask_closer,
        args=(plan,),
        help=services.BOARD.help,
        key="closer",
    )


@st.fragment(run_every=1.0)
def closer(plan: Plan) -> None:
    """How far the closer proof is."""
    job = trying.closer(plan)
    if job is None:
        st.rerun()
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        gap = fmt.gap(job.progress.gap) if job.progress is not None else "starting"
        st.progress(services.done(job), text=f"Proving more closely, {job.seconds:.0f} s, {gap}")
        st.button("Stop and keep the best", on_click=trying.enough, args=(job.job_id,), key="closer-stop")


def compared(base_plan: Plan, base: Result, wanted: Try, result: Result) -> Difference | None:
    """The difference that a try makes; None where it has no plan."""
    return Difference.between(base, result, restricts(base_plan, wanted)) if result.has_plan else None


def show(base_plan: Plan, base: Result, plan: Plan, result: Result, wanted: Try, label: str) -> None:
    """An answer: what it costs more or less, its numbers, its mix."""
    currency = plan.settings.currency
    same = plan.content_hash == base_plan.content_hash
    difference = compared(base_plan, base, wanted, result)
    assert difference is not None
    if same:
        st.header(fmt.plain(label), anchor=False)
        figs.note(f"{fmt.sentence(fmt.gap(result.gap))}. Move a slider to see what changes.")
    else:
        verdict = tried.verdict(difference, base.objective or 0.0, currency)
        st.header(fmt.plain(f"{label}: {verdict[:1].lower()}{verdict[1:]}"), anchor=False)
        figs.note(tried.proof(difference, currency))
        if not difference.certain and not state.now().read_only:
            sharpen(plan)
    figs.numbers(tried.numbers(base_plan, base, plan, result, difference), 165)
    mix = figs.figure(figs.insight_of(plan, result, None), "capacity-mix")
    figs.show(mix, key="what-if-mix", height=280)


def no_plan(result: Result, label: str, wanted: Try) -> None:
    """What stands in the way, and what would help."""
    st.header(fmt.plain(f"{label}: no plan meets every rule at once"), anchor=False)
    figs.note("What would help:")
    outcome.reasons(result, 6)
    if wanted.without and not wanted.moves:
        figs.note(
            f"The page Negotiation makes those changes where it can, and says what being out of {wanted.without} "
            "would then cost."
        )


def answer(here: Current, levers: list[Lever], base_plan: Plan, base: Result, wanted: Try) -> None:
    """The answer to what is tried; while it is on its way, the one before it, dimmed."""
    currency = base_plan.settings.currency
    label = tried.label(levers, wanted, currency)
    made = trying.changed(base_plan.content_hash, base_plan.hash_of("levers"), wanted, base_plan)
    if not isinstance(made, Plan):
        trying.give_up()
        st.error("This cannot be tried: " + "; ".join(fmt.plain(f) for f in made), icon=":material/error:")
        return
    result = base if not wanted else trying.answer(made)
    if result is not None:
        trying.give_up()
        remember(here, levers, wanted, made, result, compared(base_plan, base, wanted, result))
        if result.has_plan:
            st.session_state["shown-try"] = (base_plan.content_hash, wanted)
    else:
        job = trying.ask(base_plan, made)
        if job is not None and job.state == "failed":
            st.error(fmt.plain(job.error), icon=":material/error:")
            return
        watch()
        st.html(DIM)
    with st.container(key="what-if-answer"):
        if result is None:
            before(levers, base_plan, base)
        elif result.has_plan:
            show(base_plan, base, made, result, wanted, label)
        else:
            no_plan(result, label, wanted)


def before(levers: list[Lever], base_plan: Plan, base: Result) -> None:
    """The answer that was shown last."""
    of, wanted = st.session_state.get("shown-try", ("", Try()))
    plan, result = base_plan, base
    if of == base_plan.content_hash and wanted:
        made = trying.changed(of, base_plan.hash_of("levers"), wanted, base_plan)
        found = trying.answer(made) if isinstance(made, Plan) else None
        if isinstance(made, Plan) and found is not None and found.has_plan:
            plan, result = made, found
    of_try = wanted if plan is not base_plan else Try()
    show(base_plan, base, plan, result, of_try, tried.label(levers, of_try, base_plan.settings.currency))


def trail(here: Current, levers: list[Lever], base_plan: Plan, base: Result, wanted: Try) -> None:
    """What was tried so far: a click goes back to it."""
    currency = base_plan.settings.currency
    done = trails.steps(here)
    if not done:
        return
    left, right = st.columns([1, 1.2])
    with left, st.container(border=True, key="card-trail", height="stretch"):
        st.header("Tried so far", anchor=False)
        as_it_is = Tried(tried.AS_IT_IS, Try(), base_plan.content_hash, base.objective, None)
        for number, one in enumerate([as_it_is, *done]):
            name, figure = st.columns([2, 1], vertical_alignment="center")
            name.button(
                fmt.plain(one.label),
                key=f"go-{number}",
                type="secondary" if one.tried == wanted else "tertiary",
                icon=":material/chevron_right:" if one.tried == wanted else ":material/undo:",
                on_click=move_to,
                args=(levers, one.tried),
            )
            said = one.why if one.difference is None else tried.spelled(one.difference, currency)
            cost = "" if one.cost is None else fmt.money(one.cost, currency)
            figure.markdown(fmt.plain(", ".join(x for x in (cost, said) if x)), text_alignment="right")
    with right:
        rows = tried.table([(t.label, t.cost, t.difference, t.why) for t in done], currency)
        figs.show(differences(tried.frame([(t.label, t.difference) for t in done], currency), rows, currency, "tried"))


def page(here: Current) -> None:
    base_plan, base = asking.asked_plan(here), here.result
    if base_plan is None or base is None:
        outcome.no_answer(here)
        return
    trying.warm_up(base_plan)
    levers = sliders(base_plan)
    if (stood := trails.back(here)) is not None:
        known = stood.without in ("", *vendors(base_plan))
        move_to(levers, stood if known else replace(stood, without=""))
    left, right = st.columns([1, 2.4], gap="medium")
    with left:
        wanted = controls(base_plan, levers, here)
    trails.stand(here, wanted)
    with right:
        answer(here, levers, base_plan, base, wanted)
    trail(here, levers, base_plan, base, wanted)
    if not here.read_only:
        with st.expander("Choose the sliders", icon=":material/tune:"):
            editor.table(here, "levers", heading=False)
    board.know_visitor()


st.title("What if", anchor=False)
st.html(READABLE)
page(current)
