"""Fixtures that every test may use: the server, a clean database, the application, and people of two companies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import settings
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from tests.databases import TestDatabase, make_template
from tests.pages import Browser
from tests.people import Company, Person, make_company
from tests.queries import count_queries
from ticketflower import create_app, embedded
from ticketflower.db import make_engine, make_sessions
from ticketflower.services import passwords

__all__ = ["count_queries"]

# In continuous integration the generated cases are the same in each run, so that a change is judged and not its luck;
# everywhere else, and in `make soak`, they are new ones.
settings.register_profile("the same", derandomize=True, database=None)
if os.environ.get("CI"):
    settings.load_profile("the same")

#: The moment at which tests happen, where they don't say otherwise.
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Server]:
    """One throw-away PostgreSQL server for this test run (with xdist: for this worker).

    ``postgres.url`` is the app role's address, ``postgres.admin_url`` the owner's; ``create_database`` makes more.
    """
    with embedded.throwaway(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def template(postgres: embedded.Server) -> str:
    """The name of a database with all migrations and no rows; ``database_of`` copies it."""
    return make_template(postgres)


@pytest.fixture(scope="session")
def make_database(postgres: embedded.Server, template: str) -> Callable[[str], TestDatabase]:
    """Makes another migrated database, for a module with many rows of its own: ``make_database("many_tickets")``."""
    return lambda name: TestDatabase.copy(postgres, template, name)


@pytest.fixture(scope="session")
def shared_database(make_database: Callable[[str], TestDatabase]) -> TestDatabase:
    """The database behind ``database``; tests take that one."""
    return make_database("shared")


@pytest.fixture
def database(shared_database: TestDatabase) -> TestDatabase:
    """A migrated database without rows. Numbers rise from test to test, so that nothing cached by number is wrong."""
    shared_database.empty()
    return shared_database


@pytest.fixture(scope="session")
def engine(shared_database: TestDatabase) -> Iterator[Engine]:
    """Connections of the app's role to the shared database."""
    engine = make_engine(shared_database.url)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(database: TestDatabase, engine: Engine) -> sessionmaker[Session]:
    """Makes sessions of the app's role on a clean database: ``with sessions() as session``."""
    return make_sessions(engine)


@pytest.fixture
def admin(database: TestDatabase) -> Iterator[psycopg.Connection]:
    """A superuser's connection, which no wall between companies holds back: for looking behind, in autocommit."""
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Argon2 with the least costs: the real ones take 50 ms at each sign-in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def instance_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The instance folder of the application in tests."""
    return tmp_path_factory.mktemp("instance")


@pytest.fixture(scope="session")
def make_app(instance_dir: Path) -> Callable[..., Flask]:
    """Makes an application of its own: ``make_app(database, BASE_URL="https://tickets.example.org")``.

    Keyword arguments are environment variables (``.env.example``).
    """

    def make(database: TestDatabase, **environ: str) -> Flask:
        config = Config.from_environment({"INSTANCE_DIR": str(instance_dir), "BASE_URL": "http://localhost", **environ})
        app = create_app(config.flask_settings(database.url, database.admin_url))
        app.testing = True
        return app

    return make


@pytest.fixture(scope="session")
def shared_app(shared_database: TestDatabase, make_app: Callable[..., Flask]) -> Flask:
    """The application behind ``app``; tests take that one."""
    return make_app(shared_database)


@pytest.fixture
def app(shared_app: Flask, database: TestDatabase) -> Flask:
    """The application on a clean database. Don't change its settings: make your own with ``make_app``."""
    return shared_app


@pytest.fixture
def browser(app: Flask) -> Callable[[], Browser]:
    """Makes browsers, each with cookies of its own: ``browser().sign_in(alice)``."""
    return lambda: Browser(app)


@pytest.fixture
def client(app: Flask) -> Browser:
    """One browser that nobody has signed in with."""
    return Browser(app)


@pytest.fixture
def acme(sessions: sessionmaker[Session]) -> Company:
    """A company with Alice (every role) and Bob (user and task_worker)."""
    company = make_company(sessions, "Acme", NOON, admin="alice@acme.example", first_name="Alice", last_name="Archer")
    company.add("bob@acme.example", "Bob", "Baker", ["user", "task_worker"])
    return company


@pytest.fixture
def alice(acme: Company) -> Person:
    """Who signed Acme up: she has every system role."""
    return acme.people["alice"]


@pytest.fixture
def bob(acme: Company) -> Person:
    """A colleague of Alice's: user and task_worker."""
    return acme.people["bob"]


@pytest.fixture
def umbrella(sessions: sessionmaker[Session]) -> Company:
    """Another company, with Charlie."""
    return make_company(
        sessions, "Umbrella", NOON, admin="charlie@umbrella.example", first_name="Charlie", last_name="Cook"
    )


@pytest.fixture
def charlie(umbrella: Company) -> Person:
    """An outsider: every system role, in another company."""
    return umbrella.people["charlie"]
