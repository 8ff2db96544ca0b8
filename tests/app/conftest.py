"""Visitors of the app without a browser, each test with a store of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages._shared import services

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture
def visit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Opens the app as a new visitor does, on a page, by a link."""
    monkeypatch.setenv("PLANNER_DATA_DIR", str(tmp_path))
    st.cache_resource.clear()

    def go(page: str = "overview", **link: str) -> AppTest:
        visitor = AppTest.from_file(APP, default_timeout=60)
        for name, key in link.items():
            visitor.query_params[name] = key
        visitor.run()
        if page != "overview":
            visitor.switch_page(f"pages/{page}.py").run()
        return visitor

    yield go
    services.work().queue.close()
    services.store().close()
    st.cache_resource.clear()


def edit(visitor: AppTest, table: str, row: int, **cells: Any) -> AppTest:
    """Commit cells of a table's editor, as the grid sends them."""
    return send(visitor, table, edited_rows={row: cells})


def send(visitor: AppTest, table: str, **edits: Any) -> AppTest:
    """Send edits of a table's editor: edited_rows, added_rows, deleted_rows."""
    key = visitor.session_state[f"open-{table}"].key
    visitor.session_state[key] = {"edited_rows": {}, "added_rows": [], "deleted_rows": [], **edits}
    return visitor.run()


def healthy(visitor: AppTest) -> AppTest:
    """Fails when anything went wrong in the run."""
    assert not visitor.exception
    assert not [e.value for e in visitor.error]
    assert len(visitor.title) == 1
    return visitor


def sidebar(visitor: AppTest) -> str:
    """Everything that the sidebar says."""
    return " | ".join(str(getattr(e, "value", "") or getattr(e, "label", "")) for e in visitor.sidebar)


def cell(visitor: AppTest, table: str, row: int, column: str) -> Any:
    """A cell as the store has it now."""
    draft = services.store().load(visitor.query_params["plan"]).draft
    return draft.tables[table].frame()[column][row]
