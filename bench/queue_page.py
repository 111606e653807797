"""What a list costs with 100,000 tickets (200,000 tasks) in the tables: ``python -m bench.queue_page``.

CPU is that of the web process, which the aim is about (at most 5 ms for the whole queue page); the wall's time has the
database in it. Beside it the same rows by hand, in one statement of plain psycopg without a company to keep apart.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from sqlalchemy.orm import Session

from tests.data.many_tickets import Many, fill
from tests.databases import TestDatabase, make_template
from ticketflower import embedded
from ticketflower.actor import Actor
from ticketflower.db import company_session, make_engine, make_sessions
from ticketflower.queries import task_lists, ticket_lists
from ticketflower.queries.counts import counts_of

TIMES = 300
WARM = 30

BY_HAND = """
SELECT k.id, k.ticket_id, y.title, t.status, d.key, d.title, k.status, k.start_iteration, k.end_iteration, k.created_at,
       k.started_at, k.completed_at, k.assigned_to, u.first_name, u.last_name, u.email
  FROM task_instances k
  JOIN task_definitions d ON d.company_id = k.company_id AND d.id = k.task_definition_id
  JOIN ticket_instances t ON t.company_id = k.company_id AND t.id = k.ticket_id
  JOIN ticket_definitions y ON y.company_id = t.company_id AND y.id = t.ticket_type_id
  LEFT JOIN users u ON u.company_id = k.company_id AND u.id = k.assigned_to
 WHERE k.company_id = %s AND k.assigned_to = %s AND k.status IN ('OPEN', 'IN_PROGRESS', 'PENDING', 'ERROR')
 ORDER BY k.id LIMIT 26
"""

#: By what is asked: who asks, and the call.
CALLS: dict[str, tuple[str, Callable[[Session, Actor], Any]]] = {
    "queue of a worker with 5,000 tasks": ("busy", task_lists.queue),
    "queue of a worker with none": ("idle", task_lists.queue),
    "the navigation's counts, every role": ("boss", counts_of),
    "my active tickets": ("heavy", lambda s, a: ticket_lists.list_tickets(s, a, status="active", mine=True)),
    "all active tickets": ("boss", lambda s, a: ticket_lists.list_tickets(s, a, status="active")),
    "the archive": ("boss", lambda s, a: ticket_lists.list_tickets(s, a, status="archive")),
}


def main() -> None:
    """Fills a throw-away server, measures each call and prints the table."""
    with tempfile.TemporaryDirectory() as folder, embedded.throwaway(Path(folder) / "pg") as server:
        database = TestDatabase.copy(server, make_template(server), "queue_page")
        sessions = make_sessions(make_engine(database.url))
        many = fill(database, sessions, datetime.now(UTC))
        print("| 25 rows among 100,000 tickets | CPU ms | p50 ms | p95 ms |\n| --- | --- | --- | --- |")
        with psycopg.connect(database.superuser_url) as connection:
            asked = (many.company.id, many.company.people["busy"].id)
            show("that queue by hand, own tasks only", lambda: connection.execute(BY_HAND, asked).fetchall())
        with company_session(sessions, many.company.id) as session:
            for what, (person, ask) in CALLS.items():
                show(what, in_a_request(session, many, person, ask))


def in_a_request(session: Session, many: Many, person: str, ask: Callable[[Session, Actor], Any]) -> Callable[[], None]:
    """One call in a transaction of its own, as a request makes it."""
    actor = many.company.people[person].actor

    def call() -> None:
        ask(session, actor)
        session.commit()

    return call


def show(what: str, call: Callable[[], Any]) -> None:
    """Prints one line of the table."""
    for _ in range(WARM):
        call()
    walls = []
    cpu = time.process_time()
    for _ in range(TIMES):
        begun = time.perf_counter()
        call()
        walls.append((time.perf_counter() - begun) * 1000)
    cpu = (time.process_time() - cpu) * 1000 / TIMES
    print(f"| {what} | {cpu:.2f} | {median(walls):.2f} | {sorted(walls)[int(TIMES * 0.95)]:.2f} |")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
