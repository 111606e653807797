"""What whoever watches over the server asks (api.md)."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from flask import Flask

from tests.databases import TestDatabase
from tests.pages import Browser
from tests.queries import count_queries


def test_the_process_lives_whatever_the_database_does(client: Browser) -> None:
    with count_queries() as queries:
        answer = client.get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})
    assert queries == []


def test_it_is_ready_with_every_migration(client: Browser) -> None:
    assert client.get("/readyz").get_json() == {"status": "ok"}


def test_it_is_not_ready_with_another_schema(
    make_database: Callable[[str], TestDatabase], make_app: Callable[..., Flask]
) -> None:
    old = make_database("old_schema")
    with psycopg.connect(old.superuser_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    answer = Browser(make_app(old)).get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json() == {
        "status": "not ready",
        "reason": "The database lacks migrations, or has newer ones.",
    }
