"""One LISTEN connection per process: what any process announces reaches this one's hub.

NOTIFY is not durable. After every (re)connection all sockets are told to look at everything again, so what was
announced while nobody listened is not lost (ux.md, Live 8).
"""

from __future__ import annotations

import json
import logging
import random
import selectors
import socket
import threading
from typing import Any

import psycopg
from sqlalchemy import make_url

from ticketflower.live.hub import Hub

log = logging.getLogger(__name__)

#: The channel of ``engine.announce`` and of the engine's own SQL.
CHANNEL = "ticketflower"

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 10.0
#: A server that vanished without a word is noticed by a question that nobody answers.
HEARTBEAT_SECONDS = 30.0
CONNECTION: dict[str, Any] = {
    "application_name": "ticketflower live",
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


class Listener:
    """Listens in a thread of its own from ``start`` to ``stop``, whatever happens to the server meanwhile.

    Args:
        url: the app role's address; NOTIFY carries ids only, so it needs no other rights.
        hub: whom to tell.
    """

    def __init__(self, url: str, hub: Hub) -> None:
        self._url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._hub = hub
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self.listening = threading.Event()

    def start(self) -> None:
        """Start the thread at the first call; later calls do nothing.

        The first socket calls it, so the thread belongs to the process that serves, not to one that forks it.
        """
        with self._starting:
            if self._thread is None:
                self._bell, self._ring = socket.socketpair()
                self._thread = threading.Thread(target=self._run, name="live-listener", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End the thread and its connection; harmless where there is none."""
        with self._starting:
            if self._thread is None or self._stopped.is_set():
                return
            self._stopped.set()
            self._ring.send(b"\0")
            self._thread.join(timeout=10)
            self._bell.close()
            self._ring.close()

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopped.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True, **CONNECTION) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    pause = FIRST_PAUSE
                    self.listening.set()
                    self._hub.tell_all()
                    self._listen(connection)
            except psycopg.Error as error:
                log.warning("Live updates wait for the database: %s", str(error).strip())
            self.listening.clear()
            # The spread keeps many processes from coming back in the same moment.
            self._stopped.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311 (not a secret)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _listen(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(connection.fileno(), selectors.EVENT_READ)
            selector.register(self._bell, selectors.EVENT_READ)
            while not self._stopped.is_set():
                if not selector.select(HEARTBEAT_SECONDS):
                    connection.execute("SELECT 1")
                for notify in connection.notifies(timeout=0):
                    self._heard(notify.payload)

    def _heard(self, payload: str) -> None:
        try:
            announced = json.loads(payload)
            company_id, topics = int(announced["company"]), [str(topic) for topic in announced["topics"]]
        except (ValueError, TypeError, KeyError):
            log.warning("An announcement could not be read: %.200r", payload)
            return
        self._hub.deliver(company_id, topics)
