"""The document says what the declarations say."""

import re

import pytest

from planner.plan import dictionary, limits
from planner.plan.csv_tables import RISKY
from planner.plan.odd_figures import USED_BY
from planner.plan.tables import MEASURES, PRICINGS, SETTING_COLUMNS, TABLES
from planner.result.frames import CATEGORIES, FRAMES

TEXT = dictionary.DOCUMENT.read_text(encoding="utf-8")


def test_dictionary_is_up_to_date():
    assert dictionary.with_dictionary(TEXT) == TEXT, "run python -m planner.plan.dictionary"


def test_every_column_is_in_it():
    for table in TABLES.values():
        section = dictionary.dictionary().split(f"### {table.name}\n")[1].split("\n### ")[0]
        for column in SETTING_COLUMNS if table.name == "settings" else table.columns:
            assert f"| `{column.name}`" in section
            assert column.help in section


def test_a_changed_declaration_is_noticed(monkeypatch):
    smaller = {name: t for name, t in TABLES.items() if name != "assets"}
    monkeypatch.setattr(dictionary, "TABLES", smaller)
    assert dictionary.with_dictionary(TEXT) != TEXT
    assert dictionary.main(["--check"]) == 1


def test_a_document_without_marks_is_refused():
    with pytest.raises(ValueError, match="no block"):
        dictionary.with_dictionary("# nothing here")


def test_results_are_those_declared():
    said = re.findall(r"^\| (\w+) \| [^|]+ \| ([^|]+) \|$", TEXT.split("## Results")[1], flags=re.M)
    assert {name: cells.split(", ") for name, cells in said if name != "table"} == {
        name: list(columns) for name, columns in FRAMES.items()
    }
    assert f"is one of {', '.join(CATEGORIES)}." in TEXT


def test_words_of_the_text_are_those_of_the_code():
    measures = TEXT.split("| measure | is |")[1].split("\n\n")[0]
    assert set(re.findall(r"\w+", " ".join(re.findall(r"^\| ([^|]+) \|", measures, flags=re.M)))) >= set(MEASURES)
    for pricing in PRICINGS:
        assert re.search(rf"^\|[^|]*\b{pricing}\b", TEXT, flags=re.M)
    assert set(USED_BY) <= set(TABLES["offers"].names)
    assert f"at most {limits.MOST_BYTES / 1e6:.0f} MB" in TEXT
    assert f"at most {limits.MOST_UNPACKED / 1e6:.0f} MB and {limits.MOST_RATIO} times its size" in TEXT
    assert f"at most {limits.MOST_ROWS:,} rows" in TEXT
    for mark in set(RISKY) - {"\t", "\r", "'"}:
        assert f"`{mark}`" in TEXT
