"""The sweep at start-up and once a minute (engine.md, two transactions), in a thread of each web process.

Whichever process comes first takes a lock in the database and sweeps; the others leave it to that one.
"""

from __future__ import annotations

import logging
import threading

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from ticketflower.clock import utc_now
from ticketflower.db import make_engine, make_sessions
from ticketflower.services.sweep import sweep

EVERY_SECONDS = 60.0
#: Any number that nobody else locks: "sweep" in ASCII.
LOCK = 0x7377656570

log = logging.getLogger(__name__)


class Sweeper:
    """Sweeps until it is stopped.

    Args:
        url: the app role's database.
        every: seconds between two sweeps.
    """

    def __init__(self, url: str, every: float = EVERY_SECONDS) -> None:
        self._engine = make_engine(url)
        self._every = every
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        """Sweeps at once and then again and again, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Sweeps no more; doesn't wait for a sweep that is under way: it may be cut off anywhere."""
        self._stopped.set()

    def _run(self) -> None:
        sessions = make_sessions(self._engine)
        while not self._stopped.is_set():
            try:
                self._sweep(sessions)
            except (SQLAlchemyError, psycopg.Error) as failure:
                log.warning("The sweep was cut off and begins again in %s s: %s", self._every, failure)
            self._stopped.wait(self._every)
        self._engine.dispose()

    def _sweep(self, sessions: sessionmaker[Session]) -> None:
        with sessions() as holder:
            if holder.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}):
                sweep(sessions, utc_now())
            holder.commit()
