"""The plan in hand: what this session looks at, kept in the store as it changes, never only here."""

from __future__ import annotations

import os
import runpy
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import streamlit as st

from pages._shared import services
from planner.plan.parse import Reading
from planner.plan.plan import Plan
from planner.plan.tables import TABLES
from planner.result.result import Result
from planner.store import Draft, NothingToUndo, PlanInfo, RawTable, Snapshot, StaleWrite, UnknownPlan, merge_cells

APP = Path(__file__).parents[2] / "app.py"
EDITOR = "open-"
"""In a session, what stands before a table's name: its editor on the page."""
RECOVERED = "recovered"
"""In a session, the tables whose editors need not be looked for among those of a session before."""
THROUGH_APP = "through app"
"""Set in a session while `app.py` runs."""
OTHERS = "others' version"
"""In a session, the plan and its version that somebody else, or another tab, had saved when it was loaded."""
PLAN, VIEW = "plan", "view"
"""Parameters of the address: the key to change a plan, the key to look at one."""


@dataclass(frozen=True)
class Clash:
    """A change that was refused: somebody else had saved first. Nothing of it is lost."""

    base: Draft
    mine: Draft
    what: str
    stale: StaleWrite


@dataclass(frozen=True)
class Current:
    """The plan as this session sees it now.

    `reading` are the inputs as typed, checked. `plan`, `result` and `usual` belong together: the
    answer that is shown and the inputs that it answers, which are older ones when `stale`.
    `outcome` is what a solve of the very inputs gave, also when that is no plan; `unsolved` when it
    ended without a plan and without a proof that there is none.
    """

    snapshot: Snapshot
    reading: Reading
    read_only: bool
    plan: Plan | None
    result: Result | None
    usual: Result | None
    outcome: Result | None
    stale: bool
    unsolved: bool

    @property
    def plan_id(self) -> str:
        """The plan's identifier."""
        return self.snapshot.plan_id

    @property
    def version(self) -> int:
        """The version that is shown."""
        return self.snapshot.number

    @property
    def draft(self) -> Draft:
        """The inputs as typed."""
        return self.snapshot.draft

    @property
    def bau(self) -> Result | None:
        """Business as usual of the answer."""
        return self.usual

    @property
    def name(self) -> str:
        """The plan's name in lists."""
        return self.snapshot.info.name


class NoSuchPlan(Exception):
    """The link opens nothing."""


def who() -> str:
    """Who is signed in; empty without sign-in."""
    return str(st.user.get("email") or st.user.get("name") or "") if signing_in() else ""


def signing_in() -> bool:
    """True when sign-in is set up and somebody is signed in."""
    return bool(st.user.get("is_logged_in", False))


def must_sign_in() -> bool:
    """True when sign-in is set up (docs/deployment.md) and nobody is signed in yet."""
    return st.user.get("is_logged_in") is False


SOMEBODY = "Somebody, or you in another tab,"
"""Who made a change, where nobody is known by name."""


def owner() -> str:
    """Who waits for a solve: this tab."""
    return str(st.session_state.setdefault("owner", uuid.uuid4().hex))


def open_link() -> None:
    """Find the plan that the address names, or the one for who names none, and load what is new of it.

    Raises NoSuchPlan. Called once at the start of each run, before anything is drawn.
    """
    ss, at = st.session_state, st.query_params
    if key := at.get(PLAN) or at.get(VIEW):
        if ss.get("link") != key:
            try:
                access = services.store().open_link(key)
            except UnknownPlan as error:
                raise NoSuchPlan from error
            ss.link, ss.read_only = key, not access.can_write
            hold(access.plan_id)
    elif "link" not in ss:
        ss.read_only = False
        hold(_first())
        ss.link = ss.snapshot.plan_id
    # Page links drop the address's parameters; a reload must find the plan again.
    parameter = VIEW if ss.read_only else PLAN
    if at.get(parameter) != ss.link:
        at[parameter] = ss.link
    refresh()


def private() -> bool:
    """True when a plan is found by its link alone: the setting PLANNER_PRIVATE (see docs/deployment.md)."""
    return os.environ.get("PLANNER_PRIVATE", "").strip().lower() in ("1", "true", "yes", "on")


def listed(archived: bool = False) -> list[PlanInfo]:
    """The plans that this session may see in a list: all, with sign-in one's own, in private those opened here."""
    found = services.store().list_plans(archived=archived, by=who() or None)
    if private() and not who():
        found = [info for info in found if info.plan_id in st.session_state.get("opened", ())]
    return found


def _first() -> str:
    """The plan that somebody without a link sees: of those listed the one changed last that has an answer.

    A room that opens the address must not land on what somebody has begun to type. Without any answer it is
    the plan changed last, without any plan the sample anew.
    """
    mine, answered = listed(), services.store().answers.plans()
    shown = [info for info in mine if info.plan_id in answered] or mine
    return shown[0].plan_id if shown else services.add_sample(services.store(), who()).plan_id


def hold(plan_id: str) -> None:
    """Take another plan in hand."""
    st.session_state.snapshot = services.store().load(plan_id)
    st.session_state.clash = None
    if not st.session_state.read_only:
        st.session_state.setdefault("opened", set()).add(plan_id)


def go_to(plan_id: str) -> None:
    """Take another plan in hand, to change it, and put its link into the address."""
    ss = st.session_state
    ss.link, ss.read_only = plan_id, False
    hold(plan_id)
    st.query_params.clear()
    st.query_params[PLAN] = plan_id


def refresh() -> None:
    """Load the newest version if it is not the one in hand, and mark it as somebody else's.

    What did not change is not read again.
    """
    here: Snapshot = st.session_state.snapshot
    try:
        newest = services.store().newest(here.plan_id)
        if newest.version != here.number or newest.name != here.info.name:
            st.session_state.snapshot = services.store().load(here.plan_id, known=here.draft.tables.values())
            if newest.version != here.number:
                st.session_state[OTHERS] = (here.plan_id, newest.version)
    except UnknownPlan as error:
        raise NoSuchPlan from error


def others() -> str:
    """Who saved the version in hand, and what it is, where it came from elsewhere; else nothing."""
    here: Snapshot = st.session_state.snapshot
    if st.session_state.get(OTHERS) != (here.plan_id, here.number):
        return ""
    return f"{here.info.changed_by or 'Somebody'} changed this plan meanwhile: {here.version.what or 'no words'}"


def current() -> Current:
    """The plan in hand with its newest answer, for a page. Asking again in a run is cheap."""
    if not st.session_state.get(THROUGH_APP):
        _through_app()
    return now()


def now() -> Current:
    """The same for fragments and callbacks, which run without the app around them."""
    snapshot: Snapshot = st.session_state.snapshot
    reading = services.reading_of(snapshot.draft)
    answered, outcome = None, None
    if reading.plan is not None:
        outcome = services.best(reading.plan.content_hash)
        if outcome is not None and outcome.has_plan:
            answered = reading.plan
            _note(snapshot.plan_id, answered.content_hash)
    stale = answered is None
    if stale and (last := services.store().answers.get(snapshot.plan_id)):
        answered = services.inputs(last)
    result = services.best(answered.content_hash) if answered is not None else None
    usual = None
    if answered is not None:
        usual = services.best(services.usual_of(answered.content_hash, answered).content_hash)
    return Current(
        snapshot=snapshot,
        reading=reading,
        read_only=bool(st.session_state.read_only),
        plan=answered or reading.plan,
        result=result,
        usual=usual if usual is not None and usual.has_plan else None,
        outcome=None if outcome is None or outcome.status == "unsolved" else outcome,
        stale=stale,
        unsolved=outcome is not None and outcome.status == "unsolved",
    )


def _through_app() -> NoReturn:
    """Run the app around a page that Streamlit has started by itself.

    Until the first call of `st.navigation` it takes a folder called pages for the pages of an older
    kind of app: a link to a page would run that page alone after a start of the server.
    """
    runpy.run_path(str(APP), run_name="__main__")
    st.stop()


def _note(plan_id: str, plan_hash: str) -> None:
    if st.session_state.get("noted") != (plan_id, plan_hash):
        services.store().answers.note(plan_id, plan_hash)
        st.session_state.noted = (plan_id, plan_hash)


def save(draft: Draft, what: str) -> bool:
    """Keep a change at once. False when it was refused: the page then offers a choice."""
    here: Snapshot = st.session_state.snapshot
    if st.session_state.read_only:
        return False
    try:
        services.store().save(here.plan_id, here.number, draft, who(), what)
    except StaleWrite as stale:
        st.session_state.clash = Clash(here.draft, draft, what, stale)
        return False
    finally:
        known = (*here.draft.tables.values(), *draft.tables.values())
        st.session_state.snapshot = services.store().load(here.plan_id, known=known)
    return True


def save_table(name: str, table: RawTable, what: str) -> bool:
    """Keep a change of one table at once."""
    here: Snapshot = st.session_state.snapshot
    return save(Draft({**here.draft.tables, name: table}), what)


def undo() -> None:
    """Take the last change back."""
    _step(services.store().undo, "")


def redo() -> None:
    """Make the change again that was taken back last."""
    _step(services.store().redo, "Done again after it was undone")


def _step(step: Callable[[str, int, str], Snapshot], why: str) -> None:
    here: Snapshot = st.session_state.snapshot
    if st.session_state.read_only:
        return
    try:
        st.session_state.snapshot = step(here.plan_id, here.number, who())
        log_moves(here.draft, why)
    except NothingToUndo as nothing:
        st.toast(str(nothing))
    except StaleWrite as stale:
        st.toast(f"Not done: {stale.by or 'somebody'} changed the plan a moment ago.")


def log_moves(before: Draft, why: str) -> None:
    """Let the workshop's log say what a step through the history did to what was agreed on or dropped.

    Without `why` the step was an undo.
    """
    here: Snapshot = st.session_state.snapshot
    services.store().board.log_moves(here.plan_id, before, here.draft, speaker(), why)


def speaker() -> str:
    """Who writes into the workshop's log: who is signed in, else the name that this tab gave there last."""
    return who() or str(st.session_state.get("log-by", ""))


def hold_back(base: Draft, mine: Draft, what: str, stale: StaleWrite) -> None:
    """Hold a change back until somebody has chosen what shall become of it."""
    st.session_state.clash = Clash(base, mine, what, stale)


def _settled() -> Clash:
    """The clash, which is over now; editors are put on the page anew, without what they held."""
    ss = st.session_state
    settled: Clash = ss.clash
    ss.clash = None
    for name in TABLES:
        ss.pop(f"{EDITOR}{name}", None)
    ss[RECOVERED] = ss.get(RECOVERED, set()) | set(TABLES)
    return settled


def keep_copy() -> None:
    """Answer to a clash: my change as a plan of its own; theirs stays what it is."""
    clash = _settled()
    here: Snapshot = st.session_state.snapshot
    made = services.store().create(clash.mine, f"{here.info.name} (my copy)", who(), what=clash.what)
    services.store().choices.copy(here.plan_id, made.plan_id)
    go_to(made.plan_id)


def take_theirs() -> None:
    """Answer to a clash: their version as it is; my change is given up."""
    _settled()


def apply_mine() -> None:
    """Answer to a clash: my change on top of theirs."""
    clash = _settled()
    here: Snapshot = st.session_state.snapshot
    both = merge_cells(clash.base, clash.mine, here.draft)
    save(both, clash.what)
