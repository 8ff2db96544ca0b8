"""What the finance pages share: the accounting policy of the plan, the books under it, statements to look into."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from pages import _figures as figs
from pages._shared import chosen, outcome, services
from pages._shared.state import Current
from planner.finance import AccountingPolicy, BooksError, books
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.money import choices
from planner.report.money.accounts import category_label
from planner.report.money.choices import BY_NAME, CHOICES, GROUPS, Choice
from planner.report.money.sources import SHARE, Evidence
from planner.report.money.statement import Statement, cell
from planner.report.money.view import Money
from planner.result.result import Result

ACCOUNTS = "accounts-editor"
"""In a session, the grid of accounts that is on the page; before a number, the key of one."""
ROW_PX, MOST_ROWS = 33, 45
CENTS = (SHARE, "Amount")


@dataclass(frozen=True)
class Grid:
    """A grid of accounts on the page: what it began with, and what it said last with what was typed over."""

    plan_id: str
    key: str
    base: pd.DataFrame
    said: pd.DataFrame


def policy() -> AccountingPolicy:
    """The accounting policy of the plan in hand."""
    return choices.policy_of(*choices.given_back(chosen.texts()))


def _key(name: str) -> str:
    return f"policy-{name}"


def _keep(name: str) -> None:
    chosen.put(choices.kept({name: st.session_state[_key(name)]}))


def fields(*names: str) -> None:
    """The widgets of some choices, side by side; what is chosen holds for the plan on every page."""
    chosen.catch_up()
    made, _ = choices.given_back(chosen.texts())
    with st.grid(len(names), min_column_width=220):
        for name in names:
            _field(BY_NAME[name], made[name])
    chosen.others()


def _field(choice: Choice, value: Any) -> None:
    st.session_state[_key(choice.name)] = value
    about: dict[str, Any] = {
        "help": choice.help,
        "key": _key(choice.name),
        "on_change": _keep,
        "args": (choice.name,),
    }
    if choice.kind == "choice":
        st.selectbox(choice.label, choice.options, format_func=choices.WORDS.__getitem__, **about)
    elif choice.kind == "several":
        st.multiselect(choice.label, choice.options, format_func=choices.WORDS.__getitem__, **about)
    elif choice.kind == "text":
        st.text_input(choice.label, max_chars=60, **about)
    elif choice.kind == "months":
        st.number_input(choice.label, min_value=int(choice.least), max_value=int(choice.most), step=1, **about)
    else:
        blank: dict[str, Any] = {"value": None, "placeholder": choice.blank} if choice.blank else {}
        st.number_input(choice.label, min_value=choice.least, max_value=choice.most, **blank, **about)


def form() -> None:
    """Every choice of the policy and the chart of accounts, under the choices in words."""
    chosen.catch_up()
    made, _ = choices.given_back(chosen.texts())
    said = fmt.plain(choices.sentence(choices.policy_of(made)))
    with st.expander(f"**Accounting policy:** {said}", icon=":material/rule_settings:", key="policy"):
        for column, group in zip(st.columns(len(GROUPS)), GROUPS, strict=True):
            with column:
                st.markdown(f"**{group}**")
                for choice in CHOICES:
                    if choice.group == group and choice.matters(made):
                        _field(choice, made[choice.name])
        with st.popover("Chart of accounts", icon=":material/list_alt:"):
            _accounts()
    chosen.others()


def _accounts() -> None:
    """The account of every category and cash kind, which may be typed over."""
    _take_accounts()
    ss, plan_id = st.session_state, st.session_state.snapshot.plan_id
    _, now = choices.given_back(chosen.texts())
    grid: Grid | None = ss.get(ACCOUNTS)
    new = grid is None or grid.plan_id != plan_id or grid.key not in ss  # comes onto the page, again
    if grid is None or new or not grid.said.equals(now):  # or somebody else typed elsewhere
        number = int(grid.key.rpartition("-")[2]) + 1 if grid is not None else 0
        grid = ss[ACCOUNTS] = Grid(plan_id, f"{ACCOUNTS}-{number}", now, now)
    st.data_editor(
        grid.base.assign(category=grid.base["category"].map(category_label)),
        key=grid.key,
        on_change=_take_accounts,  # before another page is drawn
        hide_index=True,
        width=540,
        disabled=("category", "cash"),
        column_config={
            "category": "Category",
            "cash": "Cash",
            "account": st.column_config.TextColumn("Account", max_chars=30),
            "account_name": st.column_config.TextColumn("Name", max_chars=80),
        },
        alt="Chart of accounts: the account of every category of cost",
    )


def _take_accounts() -> None:
    """Keep what was typed over in the grid of accounts since the last time."""
    ss = st.session_state
    grid: Grid | None = ss.get(ACCOUNTS)
    if grid is None or grid.plan_id != ss.snapshot.plan_id or grid.key not in ss:
        return
    said = grid.said.copy()
    for row, cells in ss[grid.key]["edited_rows"].items():
        for column, value in cells.items():
            said.loc[int(row), column] = value or ""
    typed = (said != grid.said).any(axis=1)
    ss[ACCOUNTS] = replace(grid, said=said)
    chosen.put(choices.kept_accounts(said[typed]))


def money_of(current: Current) -> Money | None:
    """The books of the answer in hand under its policy, kept for all sessions; None with words on the page."""
    if current.result is None or not current.result.has_plan or current.plan is None:
        outcome.no_answer(current)
        return None
    under = policy()
    try:
        return _money(
            figs.result_key(current.result),
            figs.result_key(current.usual),
            choices.packed(under),
            current.plan,
            current.result,
            current.usual,
            under,
        )
    except BooksError as error:
        st.error(fmt.plain(f"The books cannot be drawn up: {error}."), icon=":material/error:")
        return None


@st.cache_resource(max_entries=8, show_spinner=False)
def _money(
    key: tuple,
    usual_key: tuple,
    policy_text: str,
    _plan: Plan,
    _result: Result,
    _usual: Result | None,
    _policy: AccountingPolicy,
) -> Money:
    usual = None
    if _usual is not None and _usual.has_plan:
        usual = books(services.usual_of(_plan.content_hash, _plan), _usual, _policy)
    return Money(books(_plan, _result, _policy), usual)


def statement(money: Money, shown: Statement, heading: str, note: str = "") -> None:
    """A statement as a table in which a figure can be selected, then what stands behind the figure."""
    with st.container(border=True, key=f"card-statement-{shown.name}"):
        st.header(heading, anchor=False)
        said = st.empty()
        found = st.dataframe(
            _styled(shown),
            key=_grid_key(shown),
            hide_index=True,
            width="stretch",
            height="content" if len(shown.places) <= MOST_ROWS else ROW_PX * MOST_ROWS,
            column_config={shown.readable.columns[0]: st.column_config.TextColumn(pinned=True)},
            placeholder="",
            on_select="rerun",
            selection_mode="single-cell",
            alt=f"{heading}: select a figure to see what stands behind it",
        )
        figs.download(shown.table, shown.name, f"csv-statement-{shown.name}")
    cells = found["selection"]["cells"]
    at = shown.places[cells[0][0]] if cells and cells[0][0] < len(shown.places) else None
    if at is None:
        said.markdown(f":small[:gray[{fmt.plain(f'{note} Select a figure to see what stands behind it.'.strip())}]]")
        return
    evidence = money.evidence(shown, at, shown.column(cells[0][1]))
    color, mark = ("green", "check_circle") if evidence.equal else ("red", "error")
    said.markdown(
        f":small[:{color}[:material/{mark}: {fmt.plain(evidence.label)}: {fmt.plain(evidence.sentence)}]] "
        ":small[:gray[They stand below the table.]]"
    )
    behind(evidence, shown.name)


def _grid_key(shown: Statement) -> str:
    """A grid for each layout: what is selected in one means nothing in another."""
    layout = repr(([r.lines for r in shown.rows], [c.label for c in shown.columns]))
    return f"statement-{shown.name}-{hashlib.sha256(layout.encode()).hexdigest()[:8]}"


def _styled(shown: Statement) -> Any:
    """The table with totals and the names of sections in bold."""
    frame = shown.readable
    heavy = [at is None or shown.rows[at].total for at in shown.places]
    numbers = [c.label for c in shown.columns]
    styled = frame.style.format(cell, subset=numbers)
    return styled.apply(lambda column: ["font-weight: 700" if bold else "" for bold in heavy], axis=0)


def behind(found: Evidence, name: str) -> None:
    """What stands behind a figure: the rows of each source, their sum, and what was paid for them."""
    with st.container(border=True, key=f"card-behind-{name}"):
        st.header(fmt.plain(f"{found.label}: {fmt.money_exact(found.figure, found.currency, 2)}"), anchor=False)
        shown = st.success if found.equal else st.error
        shown(fmt.plain(found.sentence), icon=":material/check_circle:" if found.equal else ":material/error:")
        for part in found.parts:
            if len(found.parts) > 1:
                total = fmt.money_exact(part.total, found.currency, 2)
                st.markdown(f"**{fmt.plain(fmt.sentence(part.words))}**: {fmt.plain(total)}")
            to_the_cent(part.rows, f"behind-{name}-{part.source}", f"{part.words} behind {found.label}")
            figs.download(part.rows, f"{name}-{part.source}", f"csv-behind-{name}-{part.source}")
        if len(found.paid):
            with st.expander(f"How they were paid for: {fmt.plural(len(found.paid), 'row')} of the ledger"):
                figs.note(
                    "Cash over the whole plan, in the ledger's sign. It is not the figure: what is paid is not what "
                    "is consumed."
                )
                figs.show_table(
                    found.paid, f"paid-{name}", "Rows of the ledger by which they were paid for", height=320
                )


def to_the_cent(rows: pd.DataFrame, key: str, alt: str, shown: int = 10) -> None:
    """A table whose amounts can be added up by hand: those of `CENTS` with their cents."""
    cents = {c: st.column_config.NumberColumn(format="%,.2f") for c in CENTS if c in rows}
    st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        height="content" if len(rows) <= shown else ROW_PX * (shown + 1),
        column_config={**figs.formats(rows), **cents},
        placeholder="",
        key=key,
        alt=alt,
    )
