"""One server and one browser for all tests of a worker; a context of its own for each tab."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from pages._shared.services import add_sample
from planner.store import Store
from tests.browser.app_server import AppServer, add_pilot
from tests.browser.hands import Tab

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESKTOP, PHONE = (1440, 900), (390, 844)

OpenTab = Callable[..., Tab]


def launch(playwright_chromium: object) -> Browser:
    """The machine's Chromium."""
    from pathlib import Path

    path = next((p for p in CHROMIUM if Path(p).exists()), None)
    return playwright_chromium.launch(executable_path=path, args=FLAGS)  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    made = AppServer(tmp_path_factory.mktemp("app"))
    made.start()
    yield made
    made.stop()
    assert not made.tracebacks(), made.tracebacks()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = launch(playwright.chromium)
        yield made
        made.close()


@pytest.fixture
def store(server: AppServer) -> Iterator[Store]:
    opened = server.store()
    yield opened
    opened.close()


@pytest.fixture
def pilot(store: Store) -> str:
    """A plan of its own for the test."""
    return add_pilot(store)


@pytest.fixture
def sample(store: Store) -> str:
    """The sample plan with its answers, whatever other tests opened last."""
    return add_sample(store).plan_id


@pytest.fixture
def tab(browser: Browser, server: AppServer) -> Iterator[OpenTab]:
    """Opens tabs; each is checked for errors and outside requests at the end."""
    made = []

    def open_tab(
        path: str = "", size: tuple[int, int] = DESKTOP, scheme: str = "light", url: str = "", check: bool = True
    ) -> Tab:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,  # type: ignore[arg-type]
            accept_downloads=True,
            locale="en-GB",
            timezone_id="UTC",
            reduced_motion="reduce",
        )
        one = Tab(context.new_page(), url or server.url)
        made.append((context, one, check))
        one.go(path)
        return one

    yield open_tab
    for context, one, check in made:
        try:
            if check:
                one.assert_healthy()
        finally:
            context.close()
