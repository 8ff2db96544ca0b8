"""The data dictionary in docs/plan-format.md, written from the declarations.

`python -m planner.plan.dictionary` rewrites the marked block; `--check` only says whether it is up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from planner.plan.cells import plain
from planner.plan.schema import Column, Table
from planner.plan.tables import MONTHS_PER_PERIOD, PROVENANCE, SETTING_COLUMNS, SETTINGS, TABLES

DOCUMENT = Path(__file__).parents[2] / "docs" / "plan-format.md"
BEGIN = "<!-- begin: python -m planner.plan.dictionary -->"
END = "<!-- end -->"
HEAD = "| column | type | unit | blank means | allowed | meaning |\n| --- | --- | --- | --- | --- | --- |"


def dictionary() -> str:
    """Every table and column in Markdown: type, unit, default, what is allowed, meaning."""
    return "\n\n".join(_section(table) for table in TABLES.values())


def _section(table: Table) -> str:
    lines = [f"### {table.name}", f"{table.help}. {_key(table)}"]
    if table is SETTINGS:
        lines.append(_rows(SETTING_COLUMNS, "key"))
    else:
        lines.append(_rows(table.columns, "column"))
    return "\n\n".join(lines)


def _key(table: Table) -> str:
    key = ", ".join(f"`{k}`" for k in table.key)
    rows = "At least one row is needed." if table.required else "May be missing."
    return f"Key: {key}. {rows}"


def _rows(columns: Sequence[Column], first: str) -> str:
    return "\n".join([HEAD.replace("column", first, 1), *(_row(c) for c in columns)])


def _row(column: Column) -> str:
    cells = (
        f"`{column.name}`{' *' if column.required else ''}",
        column.kind,
        f"currency {column.unit}" if column.money else column.unit,
        blank_means(column),
        _allowed(column),
        column.help,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def blank_means(column: Column) -> str:
    """What a blank cell stands for."""
    if column.required:
        return "not allowed"
    if column.default is None:
        return "none"
    return column.default if isinstance(column.default, str) else plain(column.default)


def _allowed(column: Column) -> str:
    if column.name == "months_per_period":
        return "one of " + ", ".join(map(str, MONTHS_PER_PERIOD))
    if column.ref:
        return f"`{column.ref}`{', several' if column.kind == 'list' else ''}"
    if column.choices:
        return ", ".join(f"`{c}`" for c in column.choices) + (", several" if column.kind == "list" else "")
    return column.allowed.removeprefix("a whole number").removeprefix("a number").strip() if not column.is_text else ""


def provenance() -> str:
    """The columns that every table may carry."""
    return "\n".join(f"- `{c.name}`: {c.help[0].lower()}{c.help[1:]}" for c in PROVENANCE)


def with_dictionary(document: str) -> str:
    """The document with the block between its marks written anew. Raises ValueError without the marks."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has no block from {BEGIN} to {END}")
    return f"{before}{BEGIN}\n\n{dictionary()}\n\nEvery table may also carry:\n\n{provenance()}\n\n{END}{after}"


def main(argv: Sequence[str]) -> int:
    """Rewrite the block, or with --check return 1 where it is out of date."""
    said = DOCUMENT.read_text(encoding="utf-8")
    meant = with_dictionary(said)
    if "--check" in argv:
        return int(said != meant)
    DOCUMENT.write_text(meant, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
