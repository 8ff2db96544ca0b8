"""The accounting policy as parameters of a question, derived from its fields, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_args, get_type_hints

from planner.explore.question import Param, QuestionError
from planner.finance import AccountingPolicy
from planner.finance.lens import NOT_OF_THE_DECISION

SEPARATOR = "|"
"""Between several values of one choice."""
BLANK = "default"
"""What stands for a choice that is left to the plan or the books."""
_HINTS = get_type_hints(AccountingPolicy)
CHOICES = {
    f.name: getattr(AccountingPolicy(), f.name) for f in fields(AccountingPolicy) if f.name not in NOT_OF_THE_DECISION
}
"""Every choice that an objective can depend on, with its default."""


def _allowed(name: str) -> tuple[str, ...]:
    """Values of a choice, `BLANK` among them where it may be left open; empty for a number or several values."""
    parts = get_args(_HINTS[name])
    values = [v for p in parts for v in ((p,) if isinstance(p, str) else get_args(p))]
    if isinstance(CHOICES[name], tuple) or not all(isinstance(v, str) for v in values) or not values:
        return ()
    return (BLANK, *values) if CHOICES[name] is None else tuple(values)


def _text(value: Any) -> Any:
    """A value of the policy as a parameter."""
    if isinstance(value, tuple):
        return SEPARATOR.join(value)
    return BLANK if value is None else value


def params() -> tuple[Param, ...]:
    """One parameter for each choice, named as the policy names it."""
    return tuple(
        Param(
            name,
            f"Accounting policy: {name.replace('_', ' ')}",
            _text(default),
            type(_text(default)),
            _allowed(name),
        )
        for name, default in CHOICES.items()
    )


def told(policy: AccountingPolicy) -> dict[str, Any]:
    """The policy as the parameters of a question; only what is not the default, so that equal questions look equal."""
    return {n: _text(getattr(policy, n)) for n, default in CHOICES.items() if getattr(policy, n) != default}


def policy_of(values: Mapping[str, Any]) -> AccountingPolicy:
    """The policy that the parameters say. Raises QuestionError for what is not allowed."""
    made: dict[str, Any] = {}
    for name, default in CHOICES.items():
        value = values.get(name, _text(default))
        if isinstance(default, tuple):
            value = tuple(v.strip() for v in str(value).split(SEPARATOR) if v.strip())
        elif default is None:
            value = None if value == BLANK else value if _allowed(name) else _number(name, value)
        made[name] = value
    try:
        return AccountingPolicy(**made)
    except ValueError as error:
        raise QuestionError(str(error)) from error


def _number(name: str, text: object) -> float:
    try:
        return float(str(text))
    except ValueError as error:
        raise QuestionError(f"{name}: found {text!r}; a number is needed") from error
