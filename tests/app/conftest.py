"""Visitors of the app without a browser, each test with a store of its own."""

import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.caching.cache_utils import CachedFunc
from streamlit.testing.v1 import AppTest

from pages import _figures
from pages._shared import accounting, board, meaning, services
from planner.jobs.queue import Queue

APP = Path(__file__).parents[2] / "app.py"
OF_CONTENT_ALONE = (
    _figures._figure,
    _figures._insight,
    _figures._odd,
    accounting._money,
    board._plans,
    meaning._figure,
    services._reading,
    services.usual_of,
)
"""Caches keyed by all that they depend on: a server that is asked again, whichever its store is, has them warm."""


def forget() -> None:
    """Forget everything that a server keeps of its store and its jobs: every cache that is not named above."""
    for name, module in list(sys.modules.items()):
        if name.startswith("pages."):
            for cached in vars(module).values():
                if isinstance(cached, CachedFunc) and cached not in OF_CONTENT_ALONE:
                    cached.clear()


@pytest.fixture(scope="session", autouse=True)
def _packages_are_looked_through_once() -> Iterator[None]:
    """Each visitor without a browser would read the metadata of every installed package again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_child_waits_for_a_job() -> Iterator[None]:
    """Most tests run no job: a child of the queue starts for those that do, which solve by themselves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "Queue", lambda **given: Queue(**{**given, "warm": 0}))
        patch.setenv("PLANNER_SWEEP", "here")
        yield


@pytest.fixture(scope="session")
def first_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store as the app makes it at its very first visit: the sample plan with its answers."""
    folder = tmp_path_factory.mktemp("first")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNER_DATA_DIR", str(folder))
        forget()
        services.store().close()
    return folder / "planner.db"


@pytest.fixture
def visit(first_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Opens the app as a new visitor does, on a page, by a link."""
    shutil.copy(first_store, tmp_path)
    monkeypatch.setenv("PLANNER_DATA_DIR", str(tmp_path))
    forget()

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
    forget()


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
