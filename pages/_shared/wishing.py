"""Wishes: keep this, forbid that, at least n here by then; what each costs, in a list with its owner and reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from pages import _figures as figs
from pages._shared import adding, asking, drafts, editor, services, sidebar, state
from pages._shared.state import Current
from planner.explore.wishes import as_they_came
from planner.plan.plan import Plan
from planner.plan.wishes import WishError, added_rows, at_least, forbid, keep, wish_of, wishes, without
from planner.report import format as fmt
from planner.report import wishes as words
from planner.report.insight import Insight
from planner.report.labels import Calendar
from planner.result.result import Result

OFFER, OWNER, REASON, TABLE, SAID = "wish-offer", "wish-owner", "wish-reason", "wish-table", "wish-said"
MADE = "wishes-made"
"""How many wishes this session made: what opens at a button is put there anew after each, closed."""
MOST_ROWS = 7
"""Offers in sight at once; with more the list scrolls."""
HERE = {"offer": "This offer", "site": "Its site", "provider": "Its vendor"}


def pick(current: Current, insight: Insight) -> None:
    """The offers of the plan, one of which is chosen, and what can be wished of it."""
    table = words.offer_table(insight)
    # Another answer sorts the offers anew: a row that was chosen is another offer then.
    key = f"{TABLE} {insight.result.plan_hash} {insight.result.objective}"
    with st.container(border=True, key="card-wishes"):
        st.header("Keep, forbid, ask for more", anchor=False)
        figs.note(
            "Choose an offer. A wish becomes a policy with its owner and reason; the plan is solved with it at once."
        )
        st.dataframe(
            table,
            hide_index=True,
            width="stretch",
            height="content" if len(table) <= MOST_ROWS else 280,
            key=key,
            on_select=_chosen(key, list(map(str, table.index))),
            selection_mode="single-row",
            column_config=figs.formats(table),
            placeholder="",
            alt="Every offer with its vendor, devices and cash over the plan",
        )
        if current.read_only:
            figs.note("You look at this plan; nobody can wish by this link.")
            return
        names = words.offer_names(insight.plan)
        offer = st.selectbox(
            "Offer",
            list(map(str, table.index)),
            format_func=lambda o: names.get(o, o),
            index=None,
            placeholder="Choose a row above, or an offer here",
            key=OFFER,
        )
        if offer:
            _buttons(current, insight, str(offer))


def _chosen(key: str, offers: list[str]) -> Callable[[], None]:
    """What a chosen row does: the offer of the row is the offer to wish for."""

    def choose() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        st.session_state[OFFER] = offers[rows[0]] if rows else None

    return choose


def _buttons(current: Current, insight: Insight, offer: str) -> None:
    facts = insight.offers.loc[offer]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Owner", key=OWNER, placeholder="Whose wish it is", width=220, persist_state="session")
        st.text_input("Reason", key=REASON, placeholder="Why", width="stretch")
    ready, made = current.reading.plan is not None, st.session_state.get(MADE, 0)
    with st.container(horizontal=True):
        st.button("Keep this", icon=":material/push_pin:", key="wish-keep", on_click=_keep, disabled=not ready)
        with st.popover("Forbid", icon=":material/block:", disabled=not ready, key=f"wish-forbid {made}"):
            values = {"offer": offer, "site": str(facts["site"]), "provider": str(facts["provider"])}
            shown = {"offer": str(facts["label"]), "site": str(facts["site_name"]), "provider": str(facts["provider"])}
            for scope, value in values.items():
                if value:
                    st.button(
                        f"{HERE[scope]}: {fmt.plain(shown[scope])}",
                        key=f"wish-forbid-{scope}",
                        on_click=_forbid,
                        args=(scope, value),
                        width="stretch",
                    )
            st.caption(
                "What is there already stays to the end of its term or life. What can be rented on demand still "
                "counts as a reserve for the loss of a site."
            )
        with st.popover("At least …", icon=":material/trending_up:", disabled=not ready, key=f"wish-least {made}"):
            _least(insight, offer)
    if said := st.session_state.pop(SAID, ""):
        st.error(fmt.plain(fmt.sentence(said)) + ".", icon=":material/error:")


def _least(insight: Insight, offer: str) -> None:
    labels = Calendar(insight.plan.settings).period_labels
    by_unit = insight.offers.loc[offer, "pricing"] == "api"
    st.number_input("Units a period" if by_unit else "Devices", 1.0, None, 1.0, step=1.0, key="wish-count", width=220)
    st.selectbox("From", labels, key="wish-by", width=220)
    for scope in ("offer", "site"):
        st.button(HERE[scope], key=f"wish-least-{scope}", on_click=_at_least, args=(scope, labels), width="stretch")


def _keep() -> None:
    answered, offer = state.now().result, st.session_state[OFFER]
    if answered is not None and offer:
        _make(lambda plan, owner, reason: keep(plan, answered, offer, owner, reason))


def _forbid(scope: str, value: str) -> None:
    _make(lambda plan, owner, reason: forbid(plan, owner, reason, **{scope: value}))


def _at_least(scope: str, labels: list[str]) -> None:
    ss, here = st.session_state, state.now()
    count, by, offer = float(ss["wish-count"]), labels.index(ss["wish-by"]) + 1, ss[OFFER]
    if here.plan is None or not offer:
        return
    value = str(here.plan.tables["offers"].set_index("offer").loc[offer, scope]) if scope == "site" else offer
    _make(lambda plan, owner, reason: at_least(plan, count, by, owner, reason, **{scope: value}))


def _make(wish: Callable[[Plan, str, str], Plan]) -> None:
    """Put the wish into the draft as rows of policies, and have the plan solved with it."""
    here, others = adding.newest()
    plan = here.reading.plan
    if plan is None or here.read_only:
        return
    owner, reason = (str(st.session_state.get(k) or "") for k in (OWNER, REASON))
    try:
        wished = wish(plan, owner, reason)
        rows = added_rows(plan, wished)
    except WishError as error:
        st.session_state[SAID] = str(error)
        return
    what = f"{words.named(wished, wish_of(str(rows[0]['policy'])))} ({owner})"
    if state.save(drafts.with_rows(here.draft, policies=rows), what):
        st.session_state[REASON] = ""
        st.session_state[MADE] = st.session_state.get(MADE, 0) + 1
        if others:
            st.toast(fmt.plain(others), icon=":material/group:", duration="long")
        _solve()


def _solve() -> None:
    """Solve the inputs as they stand, unless they have an answer."""
    here = state.now()
    if here.reading.plan is not None and services.best(here.reading.plan.content_hash) is None:
        services.solve(here.plan_id, here.reading.plan, services.WORKSHOP.options, state.owner())


def _closer(number: int) -> None:
    """Solve the two plans that a wish's cost compares as closely as a board paper asks for."""
    here = state.now()
    if here.reading.plan is None:
        return
    names = list(wishes(here.reading.plan)["wish"])
    for count in (number, number + 1):
        plan = without(here.reading.plan, *names[count:])
        if not _close(services.best(plan.content_hash)):
            services.solve(here.plan_id, plan, services.BOARD.options, state.owner())


def _close(found: Result | None) -> bool:
    return found is not None and found.gap is not None and found.gap <= services.BOARD.options.gap


def _drop(wish: str) -> None:
    """Take a wish out of the draft, and have the plan solved without it."""
    here = state.now()
    plan = here.reading.plan
    if plan is None or here.read_only:
        return
    listed = wishes(plan).set_index("wish")["policies"]
    if wish not in listed:
        return
    frame = here.draft.tables["policies"].frame()
    gone = frame["policy"].map(lambda cell: str(cell).strip()).isin(listed[wish])
    if state.save(here.draft.replace(policies=frame[~gone]), f"No more: {words.named(plan, wish)}"):
        _solve()


def listed(current: Current) -> None:
    """Every wish with its owner, reason and cost; nothing where there is none."""
    plan = current.reading.plan
    if plan is None or wishes(plan).empty:
        return
    currency, live = editor.currency_of(current), bool(services.work().live(current.plan_id))
    rows = as_they_came(plan, lambda p: services.best(p.content_hash))
    with st.container(border=True, key="card-wish-list"):
        st.header(fmt.plural(len(rows), "wish", "wishes"), anchor=False)
        for i, row in enumerate(rows.to_dict("records")):
            _row(current, i, row, words.named(plan, row["wish"]), words.state_text(row, currency, live), live)
        if live:
            _progress()
        elif current.stale and not current.read_only:
            st.button("Solve with these wishes", key="wish-solve", on_click=_solve)
        figs.note(
            "Each cost is the difference to the plan with the wishes before it alone, as the inputs stand now. "
            "Costs add up from top to bottom."
        )
    if not current.stale and not live and without(plan, *wishes(plan)["wish"]) != plan:
        _dropping()


def _row(current: Current, number: int, row: dict[str, Any], name: str, cost: str, live: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"wish-row-{number}"):
        by = f"{row['owner']}{': ' + row['reason'] if row['reason'] else ''}"
        when = f", from {fmt.month(row['from'])}" if row["from"] else ""
        st.markdown(
            f"**{fmt.plain(name)}**  \n{fmt.plain(by + when)}  \n:material/payments: {fmt.plain(fmt.sentence(cost))}",
            width="stretch",
        )
        if current.read_only:
            return
        if row["known"] and not row["certain"] and row["gaps"] > services.BOARD.options.gap and not live:
            st.button(
                "Tell it more closely",
                key=f"wish-closer-{number}",
                icon=":material/target:",
                type="tertiary",
                on_click=_closer,
                args=(number,),
                help=f"Solves both plans again: {services.BOARD.help.lower()}.",
            )
        st.button(
            "Drop",
            key=f"wish-drop-{number}",
            icon=":material/close:",
            type="tertiary",
            on_click=_drop,
            args=(row["wish"],),
        )


@st.fragment(run_every=1.0)
def _progress() -> None:
    live = services.work().live(st.session_state.snapshot.plan_id)
    if live:
        sidebar.progress(live[0])


def _dropping() -> None:
    """What dropping each wish would save: a question of its own, since wishes get in each other's way."""
    found = asking.panel(
        "wishes",
        "What would dropping each save?",
        help="Solves the plan without each wish while the others stay, and without all of them.",
        key="ask-wishes",
    )
    if found is not None:
        with st.container(border=True, key="card-wish-dropped"):
            st.header("What dropping each would save", anchor=False)
            table: pd.DataFrame = words.dropped_table(found)
            figs.show_table(table, "table-wishes-dropped", "What dropping each wish would save")
            figs.download(table, "wishes", "csv-wishes")
