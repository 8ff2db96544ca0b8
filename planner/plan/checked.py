"""Tables on their way from raw cells to a plan, with what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planner.plan.faults import Fault


@dataclass
class Checked:
    """Canonical frames with bad cells blank, rows as people count them, cells that are bad, and faults.

    `muted`: rows that reading the file found broken; whatever else is wrong there follows from that.
    `unread`: tables that are there but could not be read, wholly or their key; nothing can be said
    of references to them.
    """

    faults: list[Fault]
    muted: set[tuple[str, int | None]] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    rows: dict[str, np.ndarray] = field(default_factory=dict)
    bad: dict[str, pd.DataFrame] = field(default_factory=dict)

    def say(self, table: str, row: int | None, column: str, message: str) -> None:
        """Add a fault, unless its row is muted."""
        if (table, row) not in self.muted:
            self.faults.append(Fault(table, None if row is None else int(row), column, message))

    def say_at(self, table: str, position: int, column: str, message: str) -> None:
        """Add a fault for a row of a frame by its position, unless its cell has one already."""
        if not self.bad[table].loc[position, column]:
            self.say(table, self.rows[table][position], column, message)
            self.bad[table].loc[position, column] = True

    def clean(self, *tables: str) -> bool:
        """True when none of the tables has a fault so far: what follows from them is worth saying."""
        return not set(tables) & ({f.table for f in self.faults} | self.unread)
