"""Plans and their history: nothing lost, nothing overwritten unseen. Each test runs on SQLite and PostgreSQL."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from planner.store import Draft, NothingToUndo, StaleWrite, Store, StoreUnavailable, UnknownPlan
from planner.store.database import CONTENTS, META, VERSIONS

OPEN = Callable[..., Store]


def draft(x: object, y: object = 0) -> Draft:
    return Draft.of({"sites": pd.DataFrame({"site": [x]}), "offers": pd.DataFrame({"offer": [y]})})


def test_what_was_saved_is_there_after_the_server_is_gone(open_store: OPEN):
    first = open_store()
    plan = first.create(draft("=1+1"), "Rollout", "ana")
    assert first.save(plan.plan_id, 1, draft("clowd"), "ben", "typed a fault") == 2
    first.close()
    again = open_store().load(plan.plan_id)
    assert (again.number, again.version.by, again.version.what) == (2, "ben", "typed a fault")
    assert again.draft == draft("clowd")
    assert again.info.name == "Rollout"
    assert (again.info.created_by, again.info.changed_by) == ("ana", "ben")
    assert open_store().load(plan.plan_id, 1).draft == draft("=1+1")
    assert not open_store().load(plan.plan_id, 1).newest


def test_a_stale_write_is_refused_and_says_what_stands_there(store: Store):
    plan = store.create(draft(1), "p")
    store.save(plan.plan_id, 1, draft(2), "ana", "changed sites")
    with pytest.raises(StaleWrite, match="ana") as refused:
        store.save(plan.plan_id, 1, draft(3), "ben")
    assert (refused.value.version, refused.value.by, refused.value.what) == (2, "ana", "changed sites")
    assert store.load(plan.plan_id).draft == draft(2)
    assert len(store.history(plan.plan_id)) == 2
    for step in (store.undo, store.redo):
        with pytest.raises(StaleWrite):
            step(plan.plan_id, 1, "ben")


def test_a_save_of_nothing_new_adds_no_version(store: Store):
    plan = store.create(draft(1), "p")
    assert store.save(plan.plan_id, 1, draft(1), "ben", "nothing") == 1
    assert [v.number for v in store.history(plan.plan_id)] == [1]
    assert store.save(plan.plan_id, 1, draft(2)) == 2


def test_undo_and_redo_walk_like_an_editor(store: Store):
    """Against the plainest model: a list of contents and a cursor."""
    plan = store.create(draft(0), "p")
    seed = random.Random(7)
    contents, cursor, number = [draft(0)], 0, 1
    for i in range(1, 40):
        act = seed.choice(["edit", "undo", "undo", "redo"])
        if act == "edit":
            contents[cursor + 1 :] = [draft(i)]
            cursor += 1
            number = store.save(plan.plan_id, number, draft(i), what=f"edit {i}")
        else:
            to = cursor - 1 if act == "undo" else cursor + 1
            step = store.undo if act == "undo" else store.redo
            if not 0 <= to < len(contents):
                with pytest.raises(NothingToUndo):
                    step(plan.plan_id, number)
            else:
                cursor, number = to, step(plan.plan_id, number).number
        now = store.load(plan.plan_id)
        assert now.draft == contents[cursor]
        assert now.number == number
        assert (now.can_undo, now.can_redo) == (cursor > 0, cursor + 1 < len(contents))
    assert {v.number for v in store.history(plan.plan_id)} == set(range(1, number + 1))


def test_undo_says_what_it_undid(store: Store):
    plan = store.create(draft(0), "p")
    store.save(plan.plan_id, 1, draft(1), "ana", "raised a price")
    assert store.undo(plan.plan_id, 2, "ben").version.what == "Undid: raised a price"
    assert store.redo(plan.plan_id, 3, "ben").version.what == "Redid: raised a price"


def test_restore_is_a_change_that_can_be_undone(store: Store):
    plan = store.create(draft(0), "p")
    store.name_version(plan.plan_id, 1, "Board paper")
    store.save(plan.plan_id, 1, draft(1))
    number = store.restore(plan.plan_id, 2, 1, "ana")
    now = store.load(plan.plan_id)
    assert (number, now.draft, now.version.what) == (3, draft(0), "Back to Board paper")
    assert store.undo(plan.plan_id, 3).draft == draft(1)
    assert [v.label for v in store.history(plan.plan_id, named=True)] == ["Board paper"]


def test_an_edit_costs_only_the_table_that_it_changed(store: Store):
    rows = pd.DataFrame({"site": [f"site {i}" for i in range(500)]})
    plan = store.create(draft(1).replace(sites=rows), "p")
    for i in range(2, 12):
        store.save(plan.plan_id, i - 1, draft(1, y=i).replace(sites=rows))
    with store.engine.begin() as db:
        sizes = [len(body) for body in db.execute(sa.select(CONTENTS.c.body)).scalars()]
    assert len(sizes) == 1 + 11
    assert sorted(sizes)[-2] < 200
    known = store.load(plan.plan_id).draft.tables["sites"]
    assert store.load(plan.plan_id, 3, known=[known]).draft.tables["sites"] is known


def test_history_is_bounded_but_named_versions_stay(open_store: OPEN):
    store = open_store(keep=10)
    plan = store.create(draft(0), "p")
    store.name_version(plan.plan_id, 1, "first")
    number = 1
    for i in range(1, 45):
        number = store.save(plan.plan_id, number, draft(i))
    numbers = [v.number for v in store.history(plan.plan_id)]
    assert numbers[0] == number
    assert numbers[-1] == 1
    assert len(numbers) < 1 + 10 + 20
    with store.engine.begin() as db:
        assert db.execute(sa.select(sa.func.count()).select_from(CONTENTS)).scalar() == len(numbers) + 1
        assert db.execute(sa.select(sa.func.count()).select_from(VERSIONS)).scalar() == len(numbers)
    while (now := store.load(plan.plan_id)).can_undo:
        number = store.undo(plan.plan_id, now.number).number
    assert store.load(plan.plan_id, 1).draft == draft(0)


def test_lists_names_archive_and_copies(store: Store):
    a, b = store.create(draft(1), "a", "ana"), store.create(draft(2), "b", "ben")
    assert a.plan_id != b.plan_id
    assert len(a.plan_id) >= 20
    store.save(a.plan_id, 1, draft(3), "ben")
    assert [p.name for p in store.list_plans()] == ["a", "b"]
    assert [p.name for p in store.list_plans(by="ben")] == ["b"]
    store.rename(b.plan_id, "B <script>")
    store.archive(a.plan_id)
    assert [p.name for p in store.list_plans()] == ["B <script>"]
    assert [p.name for p in store.list_plans(archived=True)] == ["a"]
    store.archive(a.plan_id, archived=False)
    assert len(store.list_plans()) == 2
    copy = store.duplicate(a.plan_id, "copy", "cleo")
    assert (copy.number, copy.draft, copy.can_undo) == (1, draft(3), False)
    assert copy.version.what == "Copy of a, version 2"
    assert store.duplicate(a.plan_id, "copy", version=1).draft == draft(1)


def test_a_view_link_cannot_write_and_can_be_made_void(store: Store):
    plan = store.create(draft(1), "p")
    token = store.view_token(plan.plan_id)
    assert token not in plan.plan_id
    assert store.open_link(plan.plan_id).can_write
    access = store.open_link(token)
    assert (access.plan_id, access.can_write) == (plan.plan_id, False)
    with pytest.raises(UnknownPlan):  # the token is no plan
        store.save(token, 1, draft(2))
    assert store.view_token(plan.plan_id, renew=True) != token
    with pytest.raises(UnknownPlan):
        store.open_link(token)


def test_unknown_plans_and_versions_are_said_to_be_unknown(store: Store):
    plan = store.create(draft(1), "p").plan_id
    for act in (
        lambda: store.load("nobody"),
        lambda: store.load(plan, 9),
        lambda: store.newest("nobody"),
        lambda: store.save("nobody", 1, draft(1)),
        lambda: store.undo("nobody", 1),
        lambda: store.history("nobody"),
        lambda: store.name_version(plan, 9, "x"),
        lambda: store.rename("nobody", "x"),
        lambda: store.open_link("' or 1=1 --"),
    ):
        with pytest.raises(UnknownPlan):
            act()


def test_twelve_threads_neither_lock_nor_lose_a_change(store: Store):
    """Everyone appends to the list that they read; a change that was accepted must be in the end's list."""
    plan = store.create(draft(""), "p").plan_id
    accepted: list[str] = []
    seen: Counter[str] = Counter()
    errors: list[BaseException] = []

    def hammer(who: int) -> None:
        try:
            for i in range(12):
                now = store.load(plan)
                text = f"{now.draft.tables['sites'].rows[0][0]};{who}.{i}"
                try:
                    store.save(plan, now.number, draft(text), str(who))
                    accepted.append(f"{who}.{i}")
                except StaleWrite:
                    seen["stale"] += 1
                store.list_plans()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=hammer, args=(who,)) for who in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    last = store.load(plan)
    assert sorted(last.draft.tables["sites"].rows[0][0].split(";")[1:]) == sorted(accepted)
    assert last.number == 1 + len(accepted)
    assert len(accepted) + seen["stale"] == 12 * 12
    assert seen["stale"] > 0


def test_a_store_of_a_newer_version_is_refused(open_store: OPEN):
    with open_store().engine.begin() as db:
        db.execute(META.update().values(value="99"))
    with pytest.raises(StoreUnavailable, match="newer"):
        open_store()


def test_a_database_that_cannot_be_used_is_said_in_words(tmp_path: Path):
    (tmp_path / "no.db").write_text("this is no database, and long enough to be read as a damaged one " * 20)
    for url in (
        f"sqlite:///{tmp_path / 'no.db'}",
        "nonsense",
        "sqlite://",
        "postgresql://planner:secret@127.0.0.1:1/none",
    ):
        with pytest.raises(StoreUnavailable) as refused:
            Store.open(url)
        assert "secret" not in str(refused.value)


def test_the_settings_name_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PLANNER_DATA_DIR", str(tmp_path / "one"))
    Store.open().close()
    assert (tmp_path / "one" / "planner.db").exists()
    monkeypatch.setenv("PLANNER_DATABASE_URL", f"sqlite:///{tmp_path / 'two.db'}")
    Store.open().close()
    assert (tmp_path / "two.db").exists()


def test_the_inputs_that_were_answered_last_are_remembered(open_store: OPEN):
    first = open_store()
    plan = first.create(draft(1), "p").plan_id
    assert first.answers.get(plan) is None
    first.answers.note(plan, "a" * 64)
    first.answers.note(plan, "b" * 64)
    assert open_store().answers.get(plan) == "b" * 64
