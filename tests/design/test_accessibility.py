"""WCAG 2.2 AA on the pages of the stage, light and dark, wide and narrow; targets that a thumb can hit."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
TARGETS = (
    ".button, .nav__link, .nav__toggle, .choice, .field input:not([type=radio]), select, textarea, .masthead__brand"
)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", ["/", "/form", "/gate", "/kit"])
def test_axe_finds_nothing(browser: Browser, address: str, path: str, width: int, theme: str) -> None:
    context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address + path)
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": LEVELS}}).response
    context.close()
    assert len(found["passes"]) > 10, "axe looked at the page"
    assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == []


@pytest.mark.parametrize(("touch", "smallest"), [(False, 24), (True, 44)])
@pytest.mark.parametrize("path", ["/", "/form", "/gate", "/kit"])
def test_targets_are_large_enough_for_the_pointer_at_hand(
    browser: Browser, address: str, path: str, touch: bool, smallest: int
) -> None:
    context = browser.new_context(has_touch=touch, is_mobile=touch, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(address + path)
    sizes = page.locator(TARGETS).evaluate_all(
        "all => all.filter(one => one.checkVisibility())"
        ".map(one => [one.outerHTML.slice(0, 90), one.getBoundingClientRect().height])"
    )
    context.close()
    assert sizes
    assert [(html, height) for html, height in sizes if height < smallest - 0.5 and "button--small" not in html] == []
