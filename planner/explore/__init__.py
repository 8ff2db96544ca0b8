"""What else: questions that take many solves, and the one runner that does them."""

from __future__ import annotations

import importlib
import pkgutil

from planner.explore.question import QUESTIONS, Question


def questions() -> dict[str, Question]:
    """Every question by name: those that any module of this folder declares."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return dict(sorted(QUESTIONS.items()))
