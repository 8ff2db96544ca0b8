"""What is wrong with a plan, said so that a person can find and mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault: table, row as a person counts where it was read (None: the whole table), column, message.

    In a file the header is row 1; in an editor of the app, which does not count it, row 0.
    """

    table: str
    row: int | None
    column: str
    message: str

    @property
    def text(self) -> str:
        """`table:row:column: message`, as the command line prints it, on one line."""
        text = f"{self.table}:{'' if self.row is None else self.row}:{self.column}: {self.message}"
        return " ".join(text.split())


@dataclass(frozen=True)
class Notice(Fault):
    """Something legal but odd: the same places, a milder word."""


def near(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known word nearest to `word` in spelling, empty when none is near."""
    lookup = {k.lower(): k for k in known}
    found = difflib.get_close_matches(word[:100].lower(), lookup, n=1, cutoff=cutoff)
    return lookup[found[0]] if found else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean X?` for the nearest known word, empty when none is near."""
    found = near(word, known)
    return f"; did you mean {found}?" if found else ""


def shown(cell: object, most: int = 60) -> str:
    """A cell as a message quotes it: short, on one line."""
    text = " ".join(str(cell).split())
    return repr(text if len(text) <= most else text[: most - 1] + "…")
