"""The connection that hears announcements: what it passes on, and what it survives."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.databases import TestDatabase
from ticketflower import embedded
from ticketflower.db import company_session
from ticketflower.engine.announce import EVERYTHING, MOST_TOPICS, announce
from ticketflower.live.hub import Hub
from ticketflower.live.listener import Listener
from ticketflower.live.outbox import Outbox

ACME, ANA = 1, 11
PATIENCE = 30


class Ear:
    """One socket's queue, to wait at."""

    def __init__(self, hub: Hub) -> None:
        self.outbox: Outbox = hub.join(ACME, ANA, ["errors", "queue:11"])
        self.event = threading.Event()
        self.outbox.wake_with(self.event)

    def heard(self) -> set[str]:
        """What came, waited for if need be."""
        assert self.event.wait(PATIENCE), "nothing came"
        self.event.clear()
        return set(self.outbox.take())


@pytest.fixture
def listen() -> Iterator[Callable[[str, Hub], Listener]]:
    """Starts listeners and waits until they listen."""
    listeners: list[Listener] = []

    def start(url: str, hub: Hub) -> Listener:
        listener = Listener(url, hub)
        listeners.append(listener)
        listener.start()
        assert listener.listening.wait(PATIENCE)
        return listener

    yield start
    for listener in listeners:
        listener.stop()


def test_who_was_there_before_the_first_connection_looks_again(
    database: TestDatabase, listen: Callable[[str, Hub], Listener]
) -> None:
    hub = Hub()
    ear = Ear(hub)
    listen(database.url, hub)
    assert ear.heard() == {EVERYTHING}


def test_what_is_announced_after_a_commit_arrives(
    database: TestDatabase, sessions: sessionmaker[Session], listen: Callable[[str, Hub], Listener]
) -> None:
    hub = Hub()
    listen(database.url, hub)
    ear = Ear(hub)
    with company_session(sessions, ACME) as session:
        announce(session, ["errors", "board"])
        assert ear.heard() == {"errors"}
        announce(session, [f"ticket:{number}" for number in range(MOST_TOPICS + 1)])
        assert ear.heard() == {EVERYTHING}


@pytest.mark.parametrize("payload", ["", "not json", "[]", "{}", '{"company": 1}', '{"company": "x", "topics": []}'])
def test_what_cannot_be_read_is_logged_and_passed_over(
    database: TestDatabase,
    admin: psycopg.Connection,
    listen: Callable[[str, Hub], Listener],
    caplog: pytest.LogCaptureFixture,
    payload: str,
) -> None:
    hub = Hub()
    listen(database.url, hub)
    ear = Ear(hub)
    with caplog.at_level(logging.WARNING, "ticketflower.live"):
        admin.execute("SELECT pg_notify('ticketflower', %s)", [payload])
        admin.execute("""SELECT pg_notify('ticketflower', '{"company":1,"topics":["errors"]}')""")
        assert ear.heard() == {"errors"}
    assert "could not be read" in caplog.text


def test_starting_twice_is_one_connection_and_stopping_ends_it(
    database: TestDatabase, admin: psycopg.Connection, listen: Callable[[str, Hub], Listener]
) -> None:
    def connections() -> int:
        row = admin.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'ticketflower live' AND datname = current_database()"
        ).fetchone()
        assert row is not None
        return int(row[0])

    before = connections()
    listener = listen(database.url, Hub())
    listener.start()
    assert connections() == before + 1
    listener.stop()
    assert not listener.listening.is_set()
    while connections() > before:  # the server notices a moment later
        pass


@pytest.mark.crash
def test_a_killed_database_server_is_heard_again_and_nothing_stays_missed(
    tmp_path: Path, listen: Callable[[str, Hub], Listener]
) -> None:
    with embedded.throwaway(tmp_path) as server:
        hub = Hub()
        listener = listen(server.url, hub)
        ear = Ear(hub)
        os.kill(server.postmaster_pid, signal.SIGKILL)
        server.wait_until_ready()
        assert ear.heard() == {EVERYTHING}
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("""SELECT pg_notify('ticketflower', '{"company":1,"topics":["queue:11"]}')""")
        assert ear.heard() == {"queue:11"}
        listener.stop()
