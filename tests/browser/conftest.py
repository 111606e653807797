"""A real browser before the real server: gunicorn, as ``make run`` starts it, on a database of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlalchemy.orm import Session, sessionmaker

from config import PROJECT
from scripts import browser as browser_program
from tests.browser.steps import sign_in
from tests.databases import TestDatabase
from tests.people import Company, Person, make_company
from tests.ports import free_port
from ticketflower.clock import utc_now
from ticketflower.db import make_engine, make_sessions

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 8_000


class Site:
    """The product on gunicorn, in processes of its own.

    Attributes:
        origin: its address.
        sessions: sessions on its database, for making what a test begins with.
    """

    def __init__(self, database: TestDatabase, folder: Path) -> None:
        port = free_port()
        self.origin = f"http://127.0.0.1:{port}"
        self.log = folder / "server.log"
        self.engine = make_engine(database.url)
        self.sessions: sessionmaker[Session] = make_sessions(self.engine)
        settings = {
            "DATABASE_URL": database.url,
            "DATABASE_ADMIN_URL": database.admin_url,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "BASE_URL": self.origin,
            "SECRET_KEY": "a-key-for-browser-tests-0123456789-abcdefghij",
            "INSTANCE_DIR": str(folder),
            "WORKERS": "2",
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ticketflower.run"],
                cwd=PROJECT,
                env={**os.environ, **settings},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        assert any("runs at" in line for line in self.process.stdout), self.log.read_text()

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=30)
        self.engine.dispose()


@pytest.fixture(scope="package")
def site(make_database: Callable[[str], TestDatabase], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The server. It is shared: each test works in companies of its own."""
    site = Site(make_database("browser"), tmp_path_factory.mktemp("browser"))
    yield site
    site.stop()


# Of the package, not of the session: one process can have one Playwright at a time, and other folders start theirs.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser; with none the tests fail and say what to install."""
    try:
        path = browser_program.chromium()
    except browser_program.NoBrowser as missing:
        pytest.fail(str(missing), pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


_numbers = count(1)


def new_company(site: Site) -> Company:
    """A company with Ana, who has every role, and Ben, who submits and does tasks."""
    number = next(_numbers)
    company = make_company(
        site.sessions, f"Acme {number}", utc_now(), admin=f"ana{number}@acme.example", first_name="Ana", last_name="Alm"
    )
    company.add(f"ben{number}@acme.example", "Ben", "Berg", ["user", "task_worker"])
    return company


@pytest.fixture
def company(site: Site) -> Company:
    """A company of the test's own."""
    return new_company(site)


@pytest.fixture
def ana(company: Company) -> Person:
    """Who signed the company up; she has every role."""
    return company.people["ana"]


@pytest.fixture
def ben(company: Company) -> Person:
    """A colleague of Ana's: user and task_worker."""
    return company.people["ben"]


class Windows:
    """Browser windows with cookies of their own. What their consoles and the server complain about is kept."""

    def __init__(self, chromium: Browser, origin: str) -> None:
        self._chromium = chromium
        self._origin = origin
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def open(self, person: Person | None = None, **options: Any) -> Page:
        """A new window; somebody is signed in by the page. The options are Playwright's for a context."""
        context = self._chromium.new_context(base_url=self._origin, timezone_id="Europe/Lisbon", **options)
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        page = self._watched(context.new_page())
        if person is not None:
            sign_in(page, person)
        return page

    def beside(self, page: Page) -> Page:
        """Another tab of the same window: the same cookies."""
        return self._watched(page.context.new_page())

    def _watched(self, page: Page) -> Page:
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self._note(page, said.type, said.text))
        page.on("response", lambda answer: self._note_status(answer.status, answer.request.method, answer.url))
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _note(self, page: Page, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:  # statuses are noted below, with their address
            self.complaints.append(f"{page.url}: {text}")

    def _note_status(self, status: int, method: str, url: str) -> None:
        if status >= 500 or (status == 404 and method == "GET"):
            self.complaints.append(f"{method} {url}: {status}")


@pytest.fixture
def windows(chromium: Browser, site: Site) -> Iterator[Windows]:
    """Opens windows. The test fails when a console shows an error, a resource is missing, or the server failed."""
    expect.set_options(timeout=PATIENCE_MS)
    windows = Windows(chromium, site.origin)
    yield windows
    windows.close()
    assert windows.complaints == []
