"""Running web servers, and sockets of people who are signed in."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from tests.databases import TestDatabase
from tests.live.sockets import LiveSocket
from tests.people import Person
from ticketflower.clock import utc_now
from ticketflower.services import accounts

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET_KEY = "a-key-for-live-tests-0123456789-abcdefghij"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def sign_in(person: Person) -> str:
    """A new session of the person; its secret."""
    with person.company.sessions() as session:
        return accounts.sign_in(session, person.email, person.password, "127.0.0.1", "test", utc_now())


def cookie(secret: str) -> tuple[str, str]:
    """The header with the cookie that the sign-in page would set."""
    app = Flask("cookies")
    app.secret_key = SECRET_KEY
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    return "Cookie", f"ticketflower={serializer.dumps({'_user_id': secret, '_fresh': True})}"


class Site:
    """One running web server process tree, and its log."""

    def __init__(self, database: TestDatabase, folder: Path, **environ: str) -> None:
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"server-{self.port}.log"
        settings = {
            "DATABASE_URL": database.url,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "SECRET_KEY": SECRET_KEY,
            "INSTANCE_DIR": str(folder),
            "MAX_SOCKETS": "200",
            "WORKERS": "1",
            **environ,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.live.server"],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=self.log.open("w"),
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "READY\n", self.log.read_text()

    def open(self, person: Person | str | None, *topics: str, **options: object) -> LiveSocket:
        """A socket of this person (or of a session's secret), or ``Refused``."""
        secret = sign_in(person) if isinstance(person, Person) else person
        headers = [("Origin", str(options.pop("origin", self.origin)))] + ([cookie(secret)] if secret else [])
        target = f"/live?topics={quote(','.join(topics))}" if topics else "/live"
        return LiveSocket(("127.0.0.1", self.port), target, headers, **options)  # type: ignore[arg-type]

    def stop(self) -> float:
        """SIGTERM, and how many seconds it took."""
        before = utc_now()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        return (utc_now() - before).total_seconds()


@pytest.fixture
def start_site(database: TestDatabase, tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Starts web servers on the test's database; keyword arguments are environment variables."""
    sites: list[Site] = []

    def start(**environ: str) -> Site:
        sites.append(Site(database, tmp_path, **environ))
        return sites[-1]

    yield start
    for site in sites:
        site.stop()


@pytest.fixture(scope="session")
def shared_site(shared_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The web server behind ``site``; starting one takes seconds."""
    site = Site(shared_database, tmp_path_factory.mktemp("site"))
    yield site
    site.stop()


@pytest.fixture
def site(shared_site: Site, database: TestDatabase) -> Site:
    """One web server on a clean database. Don't stop it: start your own with ``start_site``."""
    return shared_site


@pytest.fixture
def announce(admin: psycopg.Connection) -> Callable[..., None]:
    """Announces as ``engine.announce`` does."""
    from ticketflower.engine.announce import payload

    def announce(company_id: int, *topics: str) -> None:
        admin.execute("SELECT pg_notify('ticketflower', %s)", [payload(company_id, topics)])

    return announce
