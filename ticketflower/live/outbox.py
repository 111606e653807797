"""What one socket still has to be told: a bounded queue that any thread fills and the socket's own thread empties."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from enum import IntEnum

#: As many topics may wait for one socket. Its writer empties the queue at every round, so only a reader that takes
#: nothing for many seconds gets here.
MOST_WAITING = 500


class CloseCode(IntEnum):
    """Why the server ends a socket. The browser comes back after each but ``SIGN_IN`` (ux.md, Live 3)."""

    POLICY = 1008  #: it sent something: this socket speaks from server to browser only
    FAILED = 1011  #: a fragment could not be rendered; the log has the reason
    RESTART = 1012  #: the server stops, or can't reach its database for a moment
    TOO_SLOW = 1013  #: more was waiting than the queue holds: come back and fetch everything again
    SIGN_IN = 4401  #: signed out, deactivated, or without the role that the page needs


class Outbox:
    """The queue of one socket, and the place where others ask it to close. Safe to use from any thread.

    Args:
        company_id: the company whose topics it hears.
        user_id: whose socket it is, for the cap per person.
        topics: what it wants to hear of.
        most_waiting: how many topics may wait.
    """

    def __init__(self, company_id: int, user_id: int, topics: Iterable[str], most_waiting: int = MOST_WAITING) -> None:
        self.company_id = company_id
        self.user_id = user_id
        self.topics = frozenset(topics)
        self._most_waiting = most_waiting
        self._lock = threading.Lock()
        self._waiting: list[str] = []
        self._closing: CloseCode | None = None
        self._wake = threading.Event()

    def wake_with(self, event: threading.Event) -> None:
        """From now on set this event whenever there is something to do.

        The socket's reader sets the same event, so that one thread can wait for both. What came before the socket
        was there is not forgotten: the event is then set at once.
        """
        with self._lock:
            self._wake = event
            if self._waiting or self._closing is not None:
                event.set()

    def put(self, topic: str) -> None:
        """Note that a topic has something new; on overflow forget everything and close with ``TOO_SLOW``."""
        with self._lock:
            if self._closing is not None:
                return
            if len(self._waiting) >= self._most_waiting:
                self._close(CloseCode.TOO_SLOW)
                return
            self._waiting.append(topic)
            self._wake.set()

    def close(self, code: CloseCode) -> None:
        """Ask the socket's writer to close; the first reason stays."""
        with self._lock:
            if self._closing is None:
                self._close(code)

    def _close(self, code: CloseCode) -> None:
        self._closing = code
        self._waiting.clear()
        self._wake.set()

    @property
    def closing(self) -> CloseCode | None:
        """The code to close with, once somebody asked for it."""
        return self._closing

    @property
    def has_waiting(self) -> bool:
        """Whether there is something to take."""
        return bool(self._waiting)

    def take(self) -> frozenset[str]:
        """Everything that waits, each topic once; a burst of the same topic costs one rendering."""
        with self._lock:
            taken = frozenset(self._waiting)
            self._waiting.clear()
            return taken
