"""Questions about a plan and its answer: declared once, asked by a page, the command line or a program."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from planner.explore.runner import Runner
from planner.plan.csv_tables import defused
from planner.plan.plan import Plan
from planner.result.result import Result


class QuestionError(ValueError):
    """A question cannot be answered as it was asked; the message says why in words for the person who asked."""


@dataclass(frozen=True)
class Answer:
    """Tidy frames and a few facts (plain JSON values); `sentences` say the main things in words."""

    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()

    def pack(self) -> bytes:
        """The answer as bytes; `unpack` is the inverse."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("answer.json", json.dumps({"facts": self.facts, "sentences": self.sentences}))
            for name, frame in self.frames.items():
                archive.writestr(f"{name}.parquet", frame.to_parquet(index=False))
        return buffer.getvalue()

    @classmethod
    def unpack(cls, body: bytes) -> Answer:
        """The answer that `pack` made the bytes from."""
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            said = json.loads(archive.read("answer.json"))
            frames = {
                name.removesuffix(".parquet"): pd.read_parquet(io.BytesIO(archive.read(name)))
                for name in archive.namelist()
                if name.endswith(".parquet")
            }
        return cls(frames, said["facts"], tuple(said["sentences"]))

    def write(self, folder: str | Path) -> None:
        """Write a CSV for each frame, and `answer.json`, into the folder, made when missing."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in self.frames.items():
            texts = [c for c in frame.columns if pd.api.types.is_string_dtype(frame[c])]
            safe = frame.assign(**{c: frame[c].map(lambda x: defused(x) if isinstance(x, str) else x) for c in texts})
            safe.to_csv(folder / f"{name}.csv", index=False)
        said = {"facts": self.facts, "sentences": self.sentences}
        (folder / "answer.json").write_text(json.dumps(said, indent=2))


@dataclass(frozen=True)
class Param:
    """What a question can be told: text, a number or a whole number, perhaps one of `choices`; None: it must be told."""

    name: str
    help: str
    default: str | float | int | None = None
    kind: type = str
    choices: tuple[str, ...] = ()

    def value(self, given: object) -> Any:
        """The value in its type. Raises QuestionError."""
        if given is None or given == "":
            if self.default is None:
                raise QuestionError(f"{self.name} is missing: {self.help}")
            return self.default
        try:
            value = self.kind(given)
        except (TypeError, ValueError) as error:
            raise QuestionError(f"{self.name}: found {given!r}; a number is needed") from error
        if self.choices and value not in self.choices:
            raise QuestionError(f"{self.name}: found {given!r}; allowed is one of {', '.join(self.choices)}")
        return value


Function = Callable[..., Answer]


@dataclass(frozen=True)
class Question:
    """A question: its name, what it is called and does, what it can be told, and the function that answers it.

    `reads`: tables that change no answer of a solve and yet one of this question.
    """

    name: str
    title: str
    help: str
    params: tuple[Param, ...]
    function: Function
    reads: tuple[str, ...] = ()

    def told(self, given: Mapping[str, object]) -> dict[str, Any]:
        """All parameters with their values. Raises QuestionError for one that is unknown or wrong."""
        unknown = set(given) - {p.name for p in self.params}
        if unknown:
            raise QuestionError(f"{self.name} knows no {', '.join(sorted(unknown))}")
        return {p.name: p.value(given.get(p.name)) for p in self.params}

    def key(self, plan: Plan, given: Mapping[str, object]) -> str:
        """What makes two askings the same, beside the plan's content."""
        said = {"question": self.name, "told": self.told(given)}
        if self.reads:
            said["reads"] = plan.hash_of(*self.reads)
        return json.dumps(said, sort_keys=True, separators=(",", ":"))

    def ask(self, plan: Plan, result: Result, runner: Runner, **given: object) -> Answer:
        """The answer. `result` is the plan's own. Raises QuestionError, PatchError."""
        if not result.has_plan:
            raise QuestionError("there is no plan to ask about: solve it first")
        return self.function(plan, result, runner, **self.told(given))


QUESTIONS: dict[str, Question] = {}
"""Those of the modules imported so far; `planner.explore.questions()` gives all."""


def question(
    name: str, title: str, help: str, params: Sequence[Param] = (), reads: Sequence[str] = ()
) -> Callable[[Function], Function]:
    """Declare a function `(plan, result, runner, **params) -> Answer` as a question."""

    def declare(function: Function) -> Function:
        QUESTIONS[name] = Question(name, title, help, tuple(params), function, tuple(reads))
        return function

    return declare
