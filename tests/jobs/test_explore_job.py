"""The job that answers questions: kept in the store, with the results of its solves, and joined by equal askings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from planner.explore.case import Case
from planner.explore.question import QUESTIONS, Answer, Param, Question, QuestionError
from planner.jobs import Queue
from planner.jobs.explore import StoredResults, submit_question
from planner.store import Store
from tests.builders import EXACT, solved, tiny

SOON = 60.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'planner.db'}")
    yield store
    store.close()


def plan(**tables):
    return tiny([{"price_per_hour": 2.0}], volume=100.0, **tables)


def scenarios() -> Question:
    from planner.explore import questions

    return questions()["scenarios"]


def test_an_answer_is_kept_with_the_results_behind_it(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PLANNER_SWEEP", "here")
    rows = [{"scenario": "boom", "step": 1, "table": "demand", "column": "volume", "change": "multiply", "value": "2"}]
    base = plan(scenarios=[{"scenario": "boom"}], changes=rows)
    result = solved(base)
    queue = Queue(slots=1, warm=1)
    try:
        asked = scenarios()
        job = submit_question(queue, store, asked, base, result, {}, "ana")
        assert submit_question(queue, store, asked, base, result, {}, "ben") is job
        assert job.wait(SOON)
        assert job.state == "done", job.error
        body = store.results.answer(base.content_hash, asked.key(base, {}))
        assert body is not None
        assert Answer.unpack(body).frames
        # The scenario's plan was solved for it, and is an answer to that plan wherever it is asked.
        doubled = plan().replace(demand=base.tables["demand"].assign(volume=200.0))
        found = store.results.best(doubled.content_hash)
        assert found is not None
        assert found.objective == pytest.approx(400.0)
    finally:
        queue.close()


def test_what_people_try_is_part_of_the_question(store: Store):
    asked = scenarios()
    one, two = plan(scenarios=[{"scenario": "a"}]), plan(scenarios=[{"scenario": "b"}])
    assert one.content_hash == two.content_hash
    assert asked.key(one, {}) != asked.key(two, {})


def test_the_cache_of_cases_keeps_plain_solves_apart_from_other_aims(store: Store):
    cache = StoredResults(store)
    case = Case("a", plan(), EXACT)
    assert cache.get(case) is None
    cache.put(case, solved(plan()))
    found = cache.get(case)
    assert found is not None
    assert found.objective == pytest.approx(200.0)


def test_an_answer_travels_as_bytes_and_as_a_folder(tmp_path: Path):
    frame = pd.DataFrame({"what": ["=1+1", "plain"], "cost": [1.5, 2.0]})
    answer = Answer({"table": frame}, {"gap": 0.01}, ("One sentence.",))
    again = Answer.unpack(answer.pack())
    assert again.frames["table"].equals(frame)
    assert (again.facts, again.sentences) == (answer.facts, answer.sentences)
    answer.write(tmp_path)
    assert "'=1+1" in (tmp_path / "table.csv").read_text()


def test_what_is_told_is_checked():
    asked = Question("q", "Q", "", (Param("share", "", 0.1, float), Param("kind", "", None, str, ("a", "b"))), Answer)
    assert asked.told({"share": "0.2", "kind": "a"}) == {"share": 0.2, "kind": "a"}
    for wrong in ({}, {"kind": "c"}, {"kind": "a", "share": "much"}, {"kind": "a", "colour": "red"}):
        with pytest.raises(QuestionError):
            asked.told(wrong)


def test_every_question_is_declared_under_its_own_name():
    from planner.explore import questions

    assert questions()
    assert all(name == q.name and q.title and q.help for name, q in questions().items())
    assert set(questions()) == set(QUESTIONS)
