"""How a solve is asked for, and how it reports on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True)
class Options:
    """What a solve aims at.

    `gap`: relative optimality gap at which it may stop. `time_limit`: seconds for the solver
    (None: no limit). `threads`: solver threads; the same input and threads give the same answer.
    `solver`: HiGHS, or CBC as the fallback.
    """

    gap: float = 0.001
    time_limit: float | None = None
    threads: int = 1
    solver: Literal["highs", "cbc"] = "highs"

    def __post_init__(self) -> None:
        if self.gap < 0 or (self.time_limit is not None and self.time_limit <= 0) or self.threads < 1:
            raise ValueError("gap must be 0 or more, the time limit above 0, threads 1 or more")


@dataclass(frozen=True)
class Progress:
    """Where a solve stands: money in present value, `gap` relative, `seconds` since it began."""

    stage: str
    incumbent: float | None
    bound: float | None
    gap: float | None
    seconds: float


class Cancel(Protocol):
    """Anything that says whether the caller wants to stop, such as `threading.Event`."""

    def is_set(self) -> bool:
        """True when the solve should stop and keep the best plan so far."""
        ...


ProgressCallback = Callable[[Progress], None]


def relative_gap(objective: float | None, bound: float | None) -> float | None:
    """(objective - bound) / |objective|, at least 0; None while one of them is missing."""
    if objective is None or bound is None:
        return None
    return max(0.0, objective - bound) / max(abs(objective), 1e-9)
