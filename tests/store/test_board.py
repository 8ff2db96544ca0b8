"""Votes are one for each visitor and scenario, whoever else votes; the log keeps its order."""

import threading
from collections.abc import Callable

import pytest

from planner.store import Store
from planner.store.board import AGREED, DECISION, OPEN_POINT


def test_a_vote_counts_once_and_can_be_taken_back(store: Store):
    board = store.board
    for _ in range(2):
        board.vote("p", "cheap", "ana")
    board.vote("p", "cheap", "ben")
    board.vote("p", "green", "ana")
    board.vote("other", "cheap", "cem")
    assert board.votes("p") == {"cheap": {"ana", "ben"}, "green": {"ana"}}
    for _ in range(2):
        board.vote("p", "cheap", "ana", wanted=False)
    board.vote("p", "green", "ana", wanted=False)
    assert board.votes("p") == {"cheap": {"ben"}}
    assert board.votes("nobody's") == {}


def test_votes_and_log_are_there_after_the_server_is_gone(open_store: Callable[..., Store]):
    first = open_store()
    first.board.vote("p", "cheap", "ana")
    first.board.log("p", DECISION, "Start with Stockholm", "ana")
    first.close()
    again = open_store()
    assert again.board.votes("p") == {"cheap": {"ana"}}
    assert [e.text for e in again.board.entries("p")] == ["Start with Stockholm"]


def test_a_room_votes_at_once(store: Store):
    """Everyone votes for everything, from two tabs each, and takes one vote back."""
    people, scenarios = [f"visitor {i}" for i in range(8)], ["a", "b", "c"]
    errors: list[BaseException] = []

    def vote(who: str) -> None:
        try:
            for scenario in scenarios:
                store.board.vote("p", scenario, who)
            store.board.log("p", DECISION, f"{who} was here", who)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=vote, args=(who,)) for who in people * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert store.board.votes("p") == {s: set(people) for s in scenarios}
    store.board.vote("p", "b", people[0], wanted=False)
    assert len(store.board.votes("p")["b"]) == 7
    entries = store.board.entries("p")
    assert sorted(e.who for e in entries) == sorted(people * 2)
    assert [e.number for e in entries] == sorted({e.number for e in entries})


def test_the_log_is_in_the_order_in_which_it_was_written(store: Store):
    told = [
        (AGREED, "cheap", "The board wants the least cost"),
        (DECISION, "", "Order in March"),
        (OPEN_POINT, "", "Who signs?"),
        (AGREED, "cheap", ""),
    ]
    for what, scenario, text in told:
        entry = store.board.log("p", what, text, "ana", scenario)
        store.board.log("other", what, text, "ben", scenario)
    found = store.board.entries("p")
    assert [(e.what, e.scenario, e.text) for e in found] == told
    assert {e.who for e in found} == {"ana"}
    assert [e.at for e in found] == sorted(e.at for e in found)
    assert found[-1].number < entry.number + 1


@pytest.mark.parametrize(("what", "text"), [("praise", "well done"), (DECISION, "  ")])
def test_an_entry_that_says_nothing_is_refused(store: Store, what: str, text: str):
    with pytest.raises(ValueError, match="log"):
        store.board.log("p", what, text)
    assert store.board.entries("p") == []
