"""Who hears what: the sockets of this process, by company and topic.

The hub holds ids and queues, never a database session, a socket or a template. Other processes have hubs of their
own; PostgreSQL's NOTIFY reaches each of them through its listener.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable

from ticketflower.engine.announce import EVERYTHING
from ticketflower.errors import Refusal
from ticketflower.live.outbox import MOST_WAITING, CloseCode, Outbox


class NoRoom(Refusal):
    """No socket more for now."""

    status = 503
    title = "No room for a live page"
    kind = "no-room"


class Hub:
    """The registry of this process's sockets. Safe to use from any thread.

    Args:
        most_per_user: how many sockets one person has in this process. How many there are in all is bounded before a
            request gets this far (``serving.live_sockets``).
        most_waiting: how many topics wait for one socket before it is closed.
    """

    def __init__(self, most_per_user: int = 20, most_waiting: int = MOST_WAITING) -> None:
        self._most_per_user = most_per_user
        self._most_waiting = most_waiting
        self._lock = threading.Lock()
        self._outboxes: set[Outbox] = set()
        self._by_topic: defaultdict[tuple[int, str], set[Outbox]] = defaultdict(set)
        self._per_user: Counter[tuple[int, int]] = Counter()
        self._closed = False

    def __len__(self) -> int:
        """How many sockets are open, those included that are about to open."""
        return len(self._outboxes)

    def join(self, company_id: int, user_id: int, topics: Iterable[str]) -> Outbox:
        """Make room for a socket and hear for it from now on.

        Call it before the upgrade: what is announced while the socket opens waits in its queue.

        Raises:
            NoRoom: the person has as many sockets as allowed, or the process is shutting down.
        """
        outbox = Outbox(company_id, user_id, topics, self._most_waiting)
        with self._lock:
            self._refuse_without_room(outbox)
            self._outboxes.add(outbox)
            self._per_user[company_id, user_id] += 1
            for topic in outbox.topics:
                self._by_topic[company_id, topic].add(outbox)
        return outbox

    def _refuse_without_room(self, outbox: Outbox) -> None:
        if self._closed:
            raise NoRoom("The server is restarting. Try again in a moment.")
        if self._per_user[outbox.company_id, outbox.user_id] >= self._most_per_user:
            raise NoRoom(f"You have {self._most_per_user} live pages open, the most allowed. Close one of them.")

    def leave(self, outbox: Outbox) -> None:
        """Forget a socket; harmless when it is forgotten already."""
        person = (outbox.company_id, outbox.user_id)
        with self._lock:
            if outbox not in self._outboxes:
                return
            self._outboxes.remove(outbox)
            self._per_user[person] -= 1
            if not self._per_user[person]:
                del self._per_user[person]
            for topic in outbox.topics:
                self._forget(topic, outbox)

    def _forget(self, topic: str, outbox: Outbox) -> None:
        key = (outbox.company_id, topic)
        self._by_topic[key].discard(outbox)
        if not self._by_topic[key]:
            del self._by_topic[key]

    def deliver(self, company_id: int, topics: Iterable[str]) -> None:
        """Tell the sockets of one company what has something new."""
        for topic in topics:
            for outbox in self._hearing(company_id, topic):
                outbox.put(topic)

    def _hearing(self, company_id: int, topic: str) -> list[Outbox]:
        with self._lock:
            if topic == EVERYTHING:
                return [outbox for outbox in self._outboxes if outbox.company_id == company_id]
            return list(self._by_topic.get((company_id, topic), ()))

    def tell_all(self) -> None:
        """Tell every socket to look at everything again: something may have been missed."""
        for outbox in self._all():
            outbox.put(EVERYTHING)

    def close(self) -> None:
        """Take no socket any more and ask all of them to close with ``RESTART``: the browsers come back."""
        with self._lock:
            self._closed = True
        for outbox in self._all():
            outbox.close(CloseCode.RESTART)

    def _all(self) -> list[Outbox]:
        with self._lock:
            return list(self._outboxes)
