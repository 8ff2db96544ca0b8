"""Steps of a trail as text that can be kept: what was tried, and what came of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from planner.explore.difference import Difference
from planner.explore.tries import Try
from planner.report.tried import Tried


def packed_try(tried: Try) -> str:
    """A try as text; `unpacked_try` is the inverse."""
    return json.dumps(asdict(tried), ensure_ascii=False)


def unpacked_try(body: str) -> Try:
    """The try that `packed_try` made the text from."""
    return _try(json.loads(body))


def _try(said: Mapping[str, Any]) -> Try:
    return Try(tuple((str(name), float(at)) for name, at in said["moves"]), str(said["without"]))


def key(tried: Try) -> str:
    """By which a step is found again: SHA-256 of what was tried, in hex."""
    return hashlib.sha256(packed_try(tried).encode()).hexdigest()


def packed(step: Tried) -> str:
    """A step as text; `unpacked` is the inverse."""
    return json.dumps(asdict(step), ensure_ascii=False, default=lambda number: number.item())  # of numpy


def unpacked(bodies: Iterable[str]) -> list[Tried]:
    """The steps that `packed` made the texts from; those of another version of the planner are left out."""
    out = []
    for body in bodies:
        try:
            said = json.loads(body)
            difference = None if said["difference"] is None else Difference(**said["difference"])
            out.append(Tried(**{**said, "tried": _try(said["tried"]), "difference": difference}))
        except (ValueError, KeyError, TypeError):
            continue
    return out
