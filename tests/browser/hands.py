"""What a person's hands and eyes do in the app, for Playwright."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, TimeoutError

STEADY = '[data-testid="stApp"][data-test-connection-state="CONNECTED"][data-test-script-state="notRunning"]'
NOISE = ("/_stcore/health", "/_stcore/host-config", "404 (Not Found)")
"""A deep link makes the browser look for the app's base path first; these misses mean nothing."""


class Tab:
    """A browser tab on the app, with everything that went wrong in it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.problems: list[str] = []
        page.set_default_timeout(40_000)
        page.on("pageerror", lambda e: self.problems.append(f"page error: {e}"))
        page.on("console", lambda m: m.type == "error" and self.problems.append(f"console: {m.text}"))
        page.on("request", lambda r: self._asked(r.url))

    def _asked(self, url: str) -> None:
        if url.startswith(("http", "ws")) and not url.startswith((self.url, self.url.replace("http", "ws", 1))):
            self.problems.append(f"outside request: {url}")

    def go(self, path: str = "") -> None:
        """Open an address of the app and wait until it is drawn."""
        self.page.goto(f"{self.url}/{path}")
        self.settle()

    def settle(self) -> None:
        """Wait until the script has finished, twice, so that a rerun that follows is seen too."""
        for _ in range(2):
            self.page.wait_for_selector(STEADY, timeout=45_000)
            self.page.wait_for_timeout(150)
        self.page.wait_for_function("!document.querySelector('[data-testid=\"stSkeleton\"]')")

    def open_page(self, title: str) -> None:
        """Go to a page by its link in the navigation."""
        self.page.get_by_test_id("stSidebarNavLink").filter(has_text=title).first.click()
        self.settle()

    def press(self, name: str, exact: bool = True) -> None:
        """Press a button by what it says."""
        self.button(name, exact).click()
        self.settle()

    def button(self, name: str, exact: bool = True) -> Locator:
        """A button by what it says."""
        return self.page.get_by_role("button", name=name, exact=exact).first

    def main(self) -> Locator:
        """The page beside the sidebar."""
        return self.page.get_by_test_id("stMain")

    def sidebar(self) -> Locator:
        """The sidebar."""
        return self.page.get_by_test_id("stSidebar")

    def grid(self, number: int = 0) -> Locator:
        """An editor or table on the page."""
        return self.page.get_by_test_id("stDataFrame").nth(number)

    def select(self, row: int, column: int, grid: int = 0) -> None:
        """Select a cell; rows and columns count from 0 over what is shown, row markers not counted.

        The grid is a canvas with a hidden table that tells what is selected. A click on the first
        data column and arrow keys reach any cell, whatever the widths.
        """
        frame = self.grid(grid)
        frame.scroll_into_view_if_needed()
        first = frame.locator('td[role="gridcell"]').first
        first.wait_for(state="attached")
        marker = int((first.get_attribute("data-testid") or "glide-cell-0-0").split("-")[2])
        cell = f'td[data-testid="glide-cell-{{}}-{row}"][aria-selected="true"]'
        for last in (False, False, False, False, True):  # a chart that arrives late may move the grid away
            box = frame.bounding_box()
            assert box is not None
            self.page.mouse.click(box["x"] + (60 if marker else 20), box["y"] + 35 + 35 * row + 17)
            try:
                for at in range(column + 1):
                    if at:
                        self.page.keyboard.press("ArrowRight")
                    frame.locator(cell.format(at + marker)).wait_for(state="attached", timeout=3_000)
                return
            except TimeoutError:
                if last:
                    raise

    def type_into(self, row: int, column: int, text: str, grid: int = 0) -> None:
        """Type into a cell and commit it."""
        self.select(row, column, grid)
        self.page.keyboard.press("Enter")
        box = self.page.locator("#portal").locator("textarea, input").first
        box.wait_for()
        box.fill(text)
        self.page.wait_for_timeout(80)  # Enter in the same tick would commit the value before
        box.press("Enter")
        self.settle()

    def assert_healthy(self) -> None:
        """Nothing went wrong so far: no exception shown, no error in the console, no outside request."""
        shown = self.page.get_by_test_id("stException")
        assert shown.count() == 0, shown.first.inner_text()
        assert self.page.get_by_text("something went wrong").count() == 0
        found = [p for p in self.problems if not any(n in p for n in NOISE)]
        assert not found, found
