"""Every page: it is there, it fits, it can be read by everybody, it asks nobody outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from planner.store import Store
from tests.browser.conftest import PHONE, OpenTab
from tests.browser.hands import Tab

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = {"type": "rule", "values": ["color-contrast"]}
"""What a theme changes."""
PATHS = {
    "": "Overview",
    "plan_detail": "Plan",
    "finance": "Finance",
    "chargeback": "Chargeback",
    "executive": "What if",
    "why": "Why this plan",
    "scenarios": "Scenarios",
    "tradeoffs": "Trade-offs",
    "alternatives": "Near-optimal plans",
    "negotiation": "Negotiation",
    "lenses": "Lenses",
    "workshop": "Workshop",
    "demand": "Demand",
    "places": "Sites and network",
    "offers": "Offers",
    "policies": "Policies",
    "assets": "Assets",
    "settings": "Settings",
    "optimize": "Optimize",
    "plans": "Plans",
}
APP = '[data-testid="stApp"]'
FITS = "document.documentElement.scrollWidth <= innerWidth"
# What Streamlit itself draws and the app cannot change, each with why it is left out.
OURS_NOT = {
    "list": "the navigation's own list, which holds sections",
    "listitem": "the same",
    "scrollable-region-focusable": "the navigation's own list",
    "aria-required-children": "the canvas grid's hidden table",
    "nested-interactive": "the canvas grid",
}


def violations(one: Tab, only: Any = RULES) -> list[str]:
    """What axe-core finds on the page by these rules, by rule and element."""
    if not one.page.evaluate("'axe' in window"):
        one.page.add_script_tag(path=str(AXE))
    found: list[dict[str, Any]] = one.page.evaluate(
        f"axe.run(document, {{runOnly: {only}, resultTypes: ['violations']}})"
    )["violations"]
    said = []
    for rule in found:
        if rule["id"] in OURS_NOT:
            continue
        for node in rule["nodes"]:
            why = (node.get("any") or [{}])[0].get("message", "")
            said.append(f"{rule['id']}: {node['html'][:160]} {why[:160]}")
    return said


def violations_in_both_themes(one: Tab) -> list[str]:
    """What axe-core finds on the page in the light theme and, of colours, in the dark one, which follows the system's."""
    found = []
    for scheme, only in (("light", RULES), ("dark", COLOURS)):
        one.page.emulate_media(color_scheme=scheme)
        one.page.wait_for_function(f"getComputedStyle(document.querySelector({APP!r})).colorScheme == {scheme!r}")
        one.page.wait_for_timeout(200)  # charts and grids are drawn again
        found += [f"{scheme}: {v}" for v in violations(one, only)]
    return found


def test_every_page_passes_axe_and_fits_in_the_navigation(tab: OpenTab) -> None:
    one = tab()
    wrong: dict[str, list[str]] = {}
    for path, title in PATHS.items():
        if path:
            one.open_page(title)
        one.page.wait_for_timeout(300)
        assert one.page.get_by_role("heading", level=1).count() == 1, path
        assert one.page.evaluate(FITS), path
        if found := violations_in_both_themes(one):
            wrong[path or "overview"] = found
    assert not wrong, "\n".join(f"{p}: {v}" for p, vs in wrong.items() for v in vs)


def test_every_page_opens_by_its_address_and_fits_a_phone(tab: OpenTab) -> None:
    one = tab(size=PHONE)
    for path in PATHS:
        one.go(path)
        assert one.page.get_by_role("heading", level=1).count() == 1, path
        assert one.page.evaluate(FITS), path
        assert "plan=" in one.page.url


def test_the_first_thing_that_anybody_sees_is_an_answer(tab: OpenTab) -> None:
    one = tab()
    assert one.page.get_by_test_id("stMetric").count() >= 4
    one.page.get_by_test_id("stMetric").filter(has_text="Present value").first.wait_for()
    one.sidebar().get_by_text("Up to date").wait_for()


def test_a_link_that_opens_nothing_says_so(tab: OpenTab) -> None:
    one = tab("?plan=nothing-has-this-key")
    one.page.get_by_text("No plan has this link").wait_for()
    one.press("Open the last plan with an answer")
    one.page.get_by_test_id("stMetric").filter(has_text="Present value").first.wait_for()


def test_the_menu_of_a_phone_leads_to_other_pages(tab: OpenTab) -> None:
    one = tab(size=PHONE)
    one.page.get_by_test_id("stExpandSidebarButton").click()
    one.open_page("Policies")
    one.page.get_by_role("heading", name="Policies", level=1).wait_for()


def test_a_read_only_link_shows_and_changes_nothing(tab: OpenTab, store: Store, pilot: str) -> None:
    one = tab(f"demand?view={store.view_token(pilot)}")
    one.sidebar().get_by_text("cannot be changed by this link").wait_for()
    assert pilot not in one.page.content()
    assert one.page.get_by_role("button", name="Undo").count() == 0
    one.select(0, 3)
    one.page.keyboard.type("5", delay=60)
    one.page.keyboard.press("Enter")
    one.settle()
    assert store.newest(pilot).version == 1
    one.open_page("Plans")
    assert pilot not in one.page.content()
    assert f"view={store.view_token(pilot)}" in one.page.url


def test_a_grid_offers_no_download_that_is_not_defused(tab: OpenTab, pilot: str) -> None:
    one = tab(f"demand?plan={pilot}")
    one.grid().hover()
    toolbar = one.page.get_by_test_id("stElementToolbar").first
    toolbar.get_by_role("button", name="Search").wait_for()
    for button in toolbar.get_by_role("button").all():
        assert "Download" not in (button.get_attribute("aria-label") or "") or not button.is_visible()
