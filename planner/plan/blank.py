"""A plan to start from: settings as they are by default, and nothing else yet."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from planner.plan.cells import plain
from planner.plan.tables import SETTING_COLUMNS, TABLES


def blank_tables(name: str) -> dict[str, pd.DataFrame]:
    """The raw tables of a plan of this name in which every setting stands with its default."""
    values = {c.name: str(c.default) if c.is_text else plain(float(str(c.default))) for c in SETTING_COLUMNS}
    values["name"] = name
    return {"settings": pd.DataFrame({"key": list(values), "value": list(values.values())})}


def still_blank(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """The tables that a plan cannot do without and that have no row yet, in the order in which they build on each other."""
    return [
        name
        for name, table in TABLES.items()
        if table.required and (name not in tables or tables[name].dropna(how="all").empty)
    ]
