"""The tour's pictures.

Starts the app on the sample plan with a data folder of its own, opens every page in Chromium and
writes a picture of each in light and dark at 1440 x 900 and at 390 x 844.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.app_server import AppServer
from tests.browser.conftest import DESKTOP, PHONE, launch
from tests.browser.hands import Tab

HERE = Path(__file__).resolve().parent
PAGES = (
    *("", "plan_detail", "finance", "chargeback"),
    *("executive", "why", "scenarios", "tradeoffs", "alternatives", "negotiation", "lenses", "workshop"),
    *("demand", "places", "offers", "policies", "assets", "settings", "optimize", "plans"),
)
SIZES = {"desktop": DESKTOP, "phone": PHONE}
SCHEMES = ("light", "dark")
TALLEST = 6000


def main(arguments: Sequence[str] = ()) -> int:
    """Take every picture; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the pictures (default: this one)")
    parser.add_argument("--whole", action="store_true", help="the whole length of each page, not the first screen")
    args = parser.parse_args(arguments)
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        server = AppServer(Path(folder))
        server.start()
        try:
            with sync_playwright() as playwright:
                browser = launch(playwright.chromium)
                for size in SIZES:
                    for scheme in SCHEMES:
                        walk(browser, server.url, args.out, size, scheme, args.whole)
                browser.close()
        finally:
            server.stop()
    return 0


def walk(browser: Browser, url: str, out: Path, size: str, scheme: str, whole: bool) -> None:
    """A picture of every page in one size and theme."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    tab = Tab(context.new_page(), url)
    for page in PAGES:
        tab.go(page)
        tab.page.wait_for_timeout(900)  # charts draw after the script is done
        if whole:
            tall = int(tab.main().evaluate("e => e.scrollHeight")) + 40
            tab.page.set_viewport_size({"width": width, "height": min(max(tall, height), TALLEST)})
            tab.settle()
            tab.page.wait_for_timeout(600)
        path = out / f"{page or 'overview'}-{size}-{scheme}.png"
        tab.page.screenshot(path=path)
        tab.page.set_viewport_size({"width": width, "height": height})
        print(path.name)
    tab.assert_healthy()
    context.close()
