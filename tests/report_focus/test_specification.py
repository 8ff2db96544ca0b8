"""Our columns and lists against those of the specification's own rules.

The two tables are taken from the FinOps Foundation's machine-readable requirements model 1.2.0.1 (FOCUS 1.2, CC BY
4.0), as its validator 2.2.1 bundles it.
"""

from __future__ import annotations

import csv
from pathlib import Path

from planner.report.focus_columns import COLUMNS, CORRECTION, SERVICES

HERE = Path(__file__).parent
CONTRADICTED = {"CommitmentDiscountStatus": ("Used", "Unused")}
"""Where the model's list is not that of the specification's text (section Commitment Discount Status), which holds."""


def read(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(newline="") as file:
        return list(csv.DictReader(file))


def test_columns_levels_types_and_nullability_are_the_specifications() -> None:
    rows = read("columns_1_2.csv")
    assert [r["column"] for r in rows] == [c.name for c in COLUMNS]
    for row, ours in zip(rows, COLUMNS, strict=True):
        assert (ours.level, "yes" if ours.nullable else "no", ours.type) == (row["level"], row["nullable"], row["type"]), ours.name  # fmt: skip


def test_allowed_values_are_the_specifications() -> None:
    ours = {c.name: c for c in COLUMNS}
    lists = {r["column"]: tuple(r["allowed"].split("|")) for r in read("columns_1_2.csv") if r["allowed"]}
    for name, allowed in (lists | CONTRADICTED).items():
        assert set(ours[name].allowed) == set(allowed), name
    assert {c.name for c in COLUMNS if c.allowed} == {*lists, "ChargeClass", "ServiceCategory", "ServiceSubcategory"}
    assert ours["ChargeClass"].allowed == (CORRECTION,)


def test_service_categories_and_subcategories_are_the_specifications() -> None:
    theirs: dict[str, set[str]] = {}
    for row in read("services_1_2.csv"):
        theirs.setdefault(row["category"], set()).add(row["subcategory"])
    assert {k: set(v) for k, v in SERVICES.items()} == theirs
