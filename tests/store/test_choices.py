"""Choices belong to the plan: they outlive a restart, come along with a copy, and the last word counts."""

import threading
from collections.abc import Callable

from planner.plan.plan import Plan
from planner.store import Store, draft_from_plan


def bodies(store: Store, plan_id: str) -> dict[str, str]:
    return {name: chosen.body for name, chosen in store.choices.of(plan_id).items()}


def test_choices_are_kept_by_name_and_outlive_a_restart(open_store: Callable[..., Store]):
    first = open_store()
    first.choices.choose("p", {"leases": "1", "tax": "2"}, "ana")
    first.choices.choose("p", {"leases": "3"}, "ben")
    first.choices.choose("q", {"leases": "4"})
    first.close()
    again = open_store()
    assert bodies(again, "p") == {"leases": "3", "tax": "2"}
    assert {name: c.by for name, c in again.choices.of("p").items()} == {"leases": "ben", "tax": "ana"}
    assert bodies(again, "q") == {"leases": "4"}
    assert bodies(again, "r") == {}


def test_a_copy_of_a_plan_takes_them_along(store: Store, small_plan: Plan):
    made = store.create(draft_from_plan(small_plan), "Small")
    store.choices.choose(made.plan_id, {"leases": "1"}, "ana")
    store.choices.choose(made.plan_id, {"tax": "2"}, "ben")
    copy = store.duplicate(made.plan_id, "Copy")
    assert store.choices.of(copy.plan_id) == store.choices.of(made.plan_id)
    store.choices.choose(copy.plan_id, {"leases": "5"})
    assert bodies(store, made.plan_id) == {"leases": "1", "tax": "2"}


def test_two_who_choose_at_once_lose_nothing(open_store: Callable[..., Store]):
    errors: list[BaseException] = []

    def choose(mine: int, store: Store) -> None:
        try:
            for number in range(8):
                store.choices.choose("p", {f"both {number}": str(mine), f"own {mine} {number}": "own"})
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=choose, args=(i, open_store())) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    found = bodies(open_store(), "p")
    assert sorted(found) == sorted(f"{kind} {n}" for kind in ("both", "own 0", "own 1") for n in range(8))
