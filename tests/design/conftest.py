"""A real browser for the scripts."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.design.backstage import Backstage, serving

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium: the one that ``CHROMIUM`` names, else the first on the PATH, else Playwright's own."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=found, args=options)
        yield browser
        browser.close()


@pytest.fixture
def behind() -> Backstage:
    return Backstage()


@pytest.fixture
def address(behind: Backstage) -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with serving(behind) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page whose console stays silent: a word from the content security policy or an error fails the test."""
    context = browser.new_context(base_url=address, timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.set_default_timeout(5000)
    expect.set_options(timeout=5000)
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda m: said.append(m.text) if "Content Security Policy" in m.text else None)
    yield page
    context.close()
    assert said == []
