"""The job that answers a question about a plan: what the child does, and how the server asks for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from planner.explore import questions
from planner.explore.case import Case
from planner.explore.question import Question, QuestionError
from planner.explore.runner import Runner
from planner.jobs.job import Job
from planner.jobs.kinds import JobError, Report
from planner.jobs.queue import Queue
from planner.model.options import Cancel
from planner.plan.patch import PatchError
from planner.plan.plan import Plan
from planner.result.result import Result
from planner.store import Store, options_key
from planner.store.cache import AIM, SWEEP
from planner.store.results import pack_frames, pack_result, unpack_frames, unpack_result

PLAN, RESULT, ANSWER = "plan.frames", "result.frames", "answer.zip"


class StoredResults:
    """A cache of cases in the store, shared with every solve that the app ever did."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def get(self, case: Case) -> Result | None:
        """The result of an equal question, or None."""
        return self.store.results.get(case.plan.content_hash, self._key(case))

    def put(self, case: Case, result: Result) -> None:
        """Keep a result."""
        kind = SWEEP if case.aim is None else AIM
        self.store.results.put(case.plan, self._key(case), result, kind)

    @staticmethod
    def _key(case: Case) -> str:
        """Of a plain solve the same key as anywhere; with an aim its digest, which is short."""
        plain = options_key(case.options)
        return plain if case.aim is None else f"aim {hashlib.sha256(case.key.encode()).hexdigest()}"


def mark_of(plan: Plan) -> str:
    """How the keys of all questions about a plan begin."""
    return f"explore {plan.content_hash} "


def ask_key(question: Question, plan: Plan, told: Mapping[str, Any]) -> str:
    """What makes two askings the same."""
    return mark_of(plan) + question.key(plan, told)


def submit_question(
    queue: Queue,
    store: Store,
    question: Question,
    plan: Plan,
    result: Result,
    told: Mapping[str, Any],
    owner: str = "",
) -> Job:
    """Have a question answered by a child process; joins one that is under way. Raises QuestionError for what is told wrong.

    The answer is in `store.results.answer(plan hash, question.key(plan, told))` as soon as the job is done.
    """
    key = question.key(plan, told)

    def finish(folder: Path, said: Mapping[str, Any]) -> None:
        if not said["stopped"]:
            store.results.put_answer(plan.content_hash, key, (folder / ANSWER).read_bytes())

    return queue.submit(
        {
            "kind": "explore",
            "question": question.name,
            "told": dict(told),
            "store": store.engine.url.render_as_string(hide_password=False),
        },
        key=ask_key(question, plan, told),
        owner=owner,
        background=True,
        files={PLAN: pack_frames(plan.tables, {}), RESULT: pack_result(result)},
        finish=finish,
    )


def run(spec: Mapping[str, Any], report: Report, cancel: Cancel) -> Mapping[str, Any]:
    """Answer the question `question` about the plan and result in the job's folder."""
    plan = Plan.of(unpack_frames(Path(PLAN).read_bytes())[0])
    result = unpack_result(Path(RESULT).read_bytes())
    question = questions()[spec["question"]]

    def tell(done: int, asked: int, name: str) -> None:
        report(stage=name, done=done, total=asked)

    try:
        with Runner(cache=StoredResults(Store.open(spec["store"])), tell=tell, cancel=cancel) as runner:
            answer = question.ask(plan, result, runner, **spec["told"])
            lost = list(runner.lost)
    except (QuestionError, PatchError) as error:
        raise JobError(str(error)) from error
    Path(ANSWER).write_bytes(answer.pack())
    return {"stopped": cancel.is_set(), "lost": lost}
