"""Workshop: scenarios as cards with their votes, the agreed one marked, and the log of what was decided."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages import _figures as figs
from pages._shared import asking, board, outcome, state, stopping
from pages._shared.state import Current
from planner.plan.plan import Plan
from planner.plan.what_if import AGREED, DROPPED, OPEN
from planner.report import format as fmt
from planner.report import tried
from planner.report.brief import Card, agreed, by_difference, log_sheet, open_points, places, ranked, workshop_brief
from planner.report.charts.tries import differences
from planner.result.result import Result
from planner.store.board import DECISION, OPEN_POINT, REOPENED

ROOM_EVERY = 3.0
"""Seconds after which others' votes are seen."""
CONCLUDED = "concluded"
"""In a session, set when a scenario was marked: the whole page says so, not the cards alone."""

current = state.current()


@st.fragment(run_every=ROOM_EVERY)
def room() -> None:
    """The cards, drawn again every few seconds: others vote too."""
    if st.session_state.pop(CONCLUDED, False) or board.just_solved() or board.news():
        st.rerun()
    here = state.now()
    plan, base = asking.asked_plan(here), here.result
    if plan is None or base is None:
        return
    made = board.ordered(board.cards(plan, base))
    known = places(made)
    # One row whatever there is to do: cards that move under a finger are voted for by mistake.
    with st.container(horizontal=True, vertical_alignment="center", key="room-bar"):
        running(plan, made, here)
        order(made)
    with st.grid(3, min_column_width=290):
        for card in made:
            draw(card, known[card.name], plan, base, here)


def running(plan: Plan, made: list[Card], here: Current) -> None:
    """The button that solves what has no answer yet, or how far that is."""
    job = board.solving(plan)
    if job is not None:
        done, total = (job.progress.done, job.progress.total) if job.progress is not None else (None, None)
        st.button(
            f"Stop solving: {done or 0} of {total}" if total else "Stop solving",
            disabled=here.read_only,
            icon=":material/stop:",
            on_click=stopping.stop_job,
            args=(job.job_id,),
            key="stop-scenarios",
            help="What is solved is kept.",
        )
        return
    missing = [c for c in made if c.open and (c.result is None or c.result.status == "unsolved")]
    if missing and not here.read_only:
        st.button(
            f"Solve {fmt.plural(len(missing), 'scenario')}",
            icon=":material/play_arrow:",
            type="primary",
            on_click=board.solve,
            args=([c.name for c in missing],),
            key="solve-scenarios",
        )


def order(made: list[Card]) -> None:
    """Cards stay where they are while a room votes; sorting them is a choice."""
    st.button(
        "Sort by votes",
        icon=":material/sort:",
        type="tertiary",
        key="sort-votes",
        help="Once, for you alone: the agreed one first, then by votes. Later votes move no card.",
        on_click=board.sort,
        args=([c.name for c in ranked(made)],),
    )
    if board.sorted_once():
        st.button(
            "As written", icon=":material/format_list_numbered:", type="tertiary", key="sort-written",
            on_click=board.sort, args=([],),
        )  # fmt: skip


def draw(card: Card, place: str, plan: Plan, base: Result, here: Current) -> None:
    """One card."""
    currency = plan.settings.currency
    with st.container(border=True, height="stretch", key=f"card scenario {card.name}"):
        with st.container(horizontal=True, gap="small"):
            if card.status == AGREED:
                st.badge("Agreed", color="green", icon=":material/verified:")
            elif card.status == DROPPED:
                st.badge("Dropped", color="gray", icon=":material/block:")
            if place or not card.votes:
                st.badge(place or "No votes yet", color="blue" if place else "gray", icon=":material/leaderboard:")
        st.header(fmt.plain(card.name), anchor=False)
        about = [f"Brought in by {card.owner}"] if card.owner else []
        if about or card.note:
            figs.note(". ".join([*about, card.note] if card.note else about))
        if card.difference is not None:
            st.subheader(fmt.plain(card.verdict(base, currency)), anchor=False)
            figs.note(f"{card.cost(currency)}. Proven: {card.proven(currency)}")
        else:
            st.markdown(fmt.plain(card.why))
        if card.causes:
            st.markdown("\n".join(f"- {fmt.plain(c)}" for c in card.causes[:5]))
        st.space("stretch")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            vote(card, here)
            if not here.read_only:
                decide(card, here)


def vote(card: Card, here: Current) -> None:
    mine = board.voted(here.plan_id, card.name)
    st.button(
        fmt.plural(card.votes, "vote"),
        icon=":material/thumb_up:",
        type="primary" if mine else "secondary",
        key=f"vote {card.name}",
        help="Take your vote back" if mine else "Vote for it",
        on_click=board.vote,
        args=(here.plan_id, card.name, not mine),
    )


def decide(card: Card, here: Current) -> None:
    """Agree on it, drop it, or take that back."""
    if card.status in (AGREED, DROPPED):
        st.button(
            "Reopen", type="tertiary", icon=":material/undo:", key=f"reopen {card.name}",
            on_click=conclude, args=(card.name, OPEN, ""),
        )  # fmt: skip
        return
    with st.popover("Decide", icon=":material/gavel:", type="tertiary"):
        reason = f"reason {card.name}"
        st.text_input("Because", key=reason, placeholder="Why, in a sentence")
        with st.container(horizontal=True):
            for status, label in ((AGREED, "Agree on it"), (DROPPED, "Drop it")):
                st.button(
                    label,
                    type="primary" if status == AGREED else "secondary",
                    key=f"{status} {card.name}",
                    on_click=conclude,
                    args=(card.name, status, reason),
                )


def conclude(name: str, status: str, reason: str) -> None:
    """Mark a scenario, and write down why."""
    text = str(st.session_state.get(reason) or "") if reason else ""
    if board.mark(name, status):
        board.write(REOPENED if status == OPEN else status, text, name)
        st.session_state[CONCLUDED] = True


def log(here: Current) -> None:
    """What was decided, with a line to add to it."""
    with st.container(border=True, key="card-log"):
        st.header("Decision log", anchor=False)
        _, table = log_sheet(board.entries(here.plan_id))
        if table.empty:
            st.write("Nothing was decided yet.")
        else:
            figs.show_table(table[::-1], "table-log", "The log of decisions, newest first")
            figs.download(table, "decision-log", "csv-log")
        if not here.read_only:
            add_line()


def open_ones(here: Current) -> None:
    """What nobody has settled yet."""
    with st.container(border=True, key="card-open", height="stretch"):
        points = open_points(board.entries(here.plan_id))
        st.header(f"{fmt.plural(len(points), 'open point')}", anchor=False)
        for point in points:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(fmt.plain(point.text), width="stretch")
                if not here.read_only:
                    st.button(
                        "Settled",
                        type="tertiary",
                        icon=":material/check:",
                        key=f"settle {point.text}",
                        on_click=board.settle,
                        args=(here.plan_id, point.text),
                    )


def compared(made: list[Card], plan: Plan) -> None:
    """All scenarios that are solved, in one picture."""
    currency, known = plan.settings.currency, by_difference(made)
    rows = [(c.name, c.result.objective if c.result is not None else None, c.difference, c.why) for c in known]
    frame = tried.frame([(c.name, c.difference) for c in known], currency)
    figs.show(differences(frame, tried.table(rows, currency), currency, "scenarios"))


def add_line() -> None:
    with st.form("log-line", clear_on_submit=True, border=False):
        kind = st.segmented_control("It is", (DECISION, OPEN_POINT), default=DECISION, format_func=fmt.sentence)
        left, right = st.columns([3, 1])
        text = left.text_input("What was said")
        name = right.text_input("By", value=st.session_state.get("log-by", state.who()))
        if st.form_submit_button("Add to the log", icon=":material/edit_note:") and text.strip():
            st.session_state["log-by"] = name
            board.write(kind or DECISION, text.strip(), who=name)
            st.rerun()


def brief(plan: Plan, base: Result, made: list[Card], here: Current) -> None:
    lines = board.entries(here.plan_id)
    st.download_button(
        "One-page brief",
        data=partial(workshop_brief, plan, base, made, lines),
        file_name="workshop-brief.html",
        mime="text/html",
        icon=":material/description:",
        on_click="ignore",
        help="A page that opens in any browser and prints on A4.",
        key="brief",
    )


def page(here: Current) -> None:
    plan, base = asking.asked_plan(here), here.result
    if plan is None or base is None:
        outcome.no_answer(here)
        return
    board.know_visitor()
    board.seen(here.plan_id)
    made = board.cards(plan, base)
    with st.container(horizontal=True, vertical_alignment="center"):
        said = agreed(made)
        words = "Nothing is agreed on yet" if said is None else f"Agreed: {said.name}"
        st.markdown(f"**{fmt.plain(words)}.** " + fmt.plain(board.stands(plan, base)), width="stretch")
        brief(plan, base, made, here)
    if plan.tables["scenarios"].empty:
        st.info(
            "There are no scenarios yet. Try something with the sliders and save it, or write one on the page Scenarios.",
            icon=":material/lightbulb:",
        )
        open_ones(here)
    else:
        room()
        left, right = st.columns([1.6, 1])
        with left:
            compared(made, plan)
        with right:
            open_ones(here)
    log(here)


st.title("Workshop", anchor=False)
page(current)
