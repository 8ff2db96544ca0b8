"""Steps are kept in their order, the newest twenty of a visitor; tabs stand each where they stood."""

import threading
from collections.abc import Callable

from planner.store import Store
from planner.store.trail import MOST


def test_steps_keep_their_order_and_their_visitor(store: Store):
    trail = store.trail
    for step, body in (("a", "1"), ("b", "2"), ("a", "3")):
        trail.keep("p", "ana", "base", step, body)
    trail.keep("p", "ben", "base", "c", "4")
    trail.keep("p", "ana", "older", "d", "5")
    assert trail.steps("p", "ana", "base") == ["3", "2"]
    assert trail.steps("p", "ben", "base") == ["4"]
    assert trail.steps("p", "cem", "base") == []


def test_beyond_the_most_the_oldest_is_forgotten(store: Store):
    for number in range(MOST + 3):
        store.trail.keep("p", "ana", "base", str(number), str(number))
    assert store.trail.steps("p", "ana", "base") == [str(n) for n in range(3, MOST + 3)]


def test_tabs_stand_apart_and_beyond_a_restart(open_store: Callable[..., Store]):
    first = open_store()
    first.trail.stand("p", "ana", "tab 1", "here")
    first.trail.stand("p", "ana", "tab 1", "there")
    first.trail.stand("p", "ana", "tab 2", "elsewhere")
    first.close()
    again = open_store()
    assert again.trail.stood("p", "ana", "tab 1") == "there"
    assert again.trail.stood("p", "ana", "tab 2") == "elsewhere"
    assert again.trail.stood("p", "ben", "tab 1") is None
    assert again.trail.stood("q", "ana", "tab 1") is None


def test_two_tabs_at_once_lose_no_step(store: Store):
    errors: list[BaseException] = []

    def tab(mine: int) -> None:
        try:
            for step in range(6):
                store.trail.keep("p", "ana", "base", str(step), str(step))
                store.trail.keep("p", "ana", "base", f"{mine} {step}", "own")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=tab, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    found = store.trail.steps("p", "ana", "base")
    assert sorted(b for b in found if b != "own") == [str(n) for n in range(6)]
    assert found.count("own") == 12
