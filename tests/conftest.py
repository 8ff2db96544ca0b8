"""What every test shares: a data folder of its own, and hypothesis settings that do not flicker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "planner",
    deadline=None,  # two shared cores: a time limit for one example says nothing
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("planner")


@pytest.fixture(autouse=True, scope="session")
def _own_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the plans of the person who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNER_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        patch.delenv("PLANNER_DATABASE_URL", raising=False)
        yield


LONG = ("tests/browser/test_pages.py", "tests/report_workbook", "tests/browser", "tests/app", "tests/explore")
"""What takes longest, first: it goes out first, so that no worker is left with it while the other one waits."""
TOGETHER = ("tests/report_workbook",)
"""Folders that stay on one worker: what all of their files share takes longer to make than their tests."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long folders first; the order within a folder stays."""
    items.sort(key=lambda item: next((i for i, path in enumerate(LONG) if item.nodeid.startswith(path)), len(LONG)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Whole files, and some whole folders, on one worker: they share servers, browsers and workbooks."""
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((f for f in TOGETHER if nodeid.startswith(f)), nodeid.split("::", 1)[0])

    config.option.loadscopereorder = False  # it would put the files with most tests first, which are short
    return Together(config, log)
