"""With 100,000 tickets and tasks the lists use their indexes, under row-level security (datapath.md, Traps)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from tests.api.workflows import store
from tests.conftest import NOON
from tests.databases import TestDatabase
from tests.people import Company, make_company
from ticketflower.actor import Actor
from ticketflower.db import driver_of, make_engine, make_sessions
from ticketflower.queries import errors, task_lists, ticket_lists
from ticketflower.services import tickets

MANY = 100_000
BIG = {"ticket_instances", "task_instances", "ticket_errors"}
PAGE = 26

Query = Callable[[Session, Actor], Any]

#: By list: what asks for it, who asks, the indexes that it goes by.
LISTS: dict[str, tuple[str, Query, set[str]]] = {
    "a worker's queue": (
        "bob",
        lambda session, actor: task_lists.queue(session, actor),
        {"ix_task_instances_queue", "ix_task_instances_claimable"},
    ),
    "a worker's tasks": (
        "bob",
        lambda session, actor: task_lists.list_tasks(session, actor),
        {"ix_task_instances_queue", "ix_task_instances_done_by", "ix_task_instances_lost"},
    ),
    "all tasks": ("alice", lambda session, actor: task_lists.list_tasks(session, actor), {"pk_task_instances"}),
    "somebody's tasks": (
        "alice",
        lambda session, actor: task_lists.list_tasks(session, actor, assigned_to=str(actor.user_id)),
        {"ix_task_instances_queue", "ix_task_instances_done_by", "ix_task_instances_lost"},
    ),
    "a ticket's tasks": (
        "alice",
        lambda session, actor: task_lists.list_tasks(session, actor, ticket=_newest_ticket(session)),
        {"ix_task_instances_company_id_ticket_id_id"},
    ),
    "all tickets": ("alice", lambda session, actor: ticket_lists.list_tickets(session, actor), {"pk_ticket_instances"}),
    "tickets on hold": (
        "alice",
        lambda session, actor: ticket_lists.list_tickets(session, actor, status="ON_HOLD"),
        {"ix_ticket_instances_company_id_status_id"},
    ),
    "my tickets on hold": (
        "bob",
        lambda session, actor: ticket_lists.list_tickets(session, actor, status="ON_HOLD"),
        {"ix_ticket_instances_company_id_created_by_status_id"},
    ),
    "new errors": (
        "alice",
        lambda session, actor: errors.list_errors(session, actor, status="NEW"),
        {"ix_ticket_errors_company_id_error_status_id"},
    ),
}


@pytest.fixture(scope="module")
def crowd(make_database: Callable[[str], TestDatabase]) -> Iterator[Company]:
    """A company with very many tickets, nine of ten of them over, in a database of its own."""
    database = make_database("plans")
    engine = make_engine(database.url)
    acme = make_company(
        make_sessions(engine), "Acme", NOON, admin="alice@acme.example", first_name="Alice", last_name="Archer"
    )
    bob = acme.add("bob@acme.example", "Bob", "Baker", ["user", "task_worker"])
    store(acme, "purchase-approval")
    with acme.session() as session:
        data = {"item": "A desk", "amount": 420, "requester": "Bob"}
        first = tickets.submit_ticket(session, acme.admin.actor, "purchase-request", data, acme.now)
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        _multiply(connection, first, acme.admin.id, bob.id)
    yield acme
    engine.dispose()


def _multiply(connection: psycopg.Connection, first: int, alice: int, bob: int) -> None:
    names = {"first": first, "alice": alice, "bob": bob, "many": MANY}
    connection.execute("SET session_replication_role = replica")
    connection.execute(
        """
        INSERT INTO ticket_instances (company_id, ticket_type_id, status, data, created_at, updated_at, created_by)
        SELECT t.company_id, t.ticket_type_id,
               CASE WHEN g % 10 > 0 THEN 'COMPLETED' WHEN g % 1000 = 0 THEN 'ON_HOLD' ELSE 'IN_PROGRESS' END,
               t.data, now(), now(), CASE WHEN g % 2 = 0 THEN %(alice)s ELSE %(bob)s END
          FROM ticket_instances t, generate_series(1, %(many)s) g WHERE t.id = %(first)s
        """.replace("% 1", "%% 1").replace("% 2", "%% 2"),
        names,
    )
    connection.execute(
        """
        INSERT INTO task_instances (company_id, workflow_instance_id, ticket_id, task_definition_id, made_at_iteration,
                                    start_iteration, item, status, assigned_to, completed_by, created_at, updated_at)
        SELECT k.company_id, k.workflow_instance_id, t.id, k.task_definition_id, 0, 0, t.id,
               CASE WHEN t.status = 'COMPLETED' THEN 'COMPLETED' ELSE 'OPEN' END,
               CASE WHEN t.id %% 3 = 0 AND t.status <> 'COMPLETED' THEN NULL
                    WHEN t.id %% 3 = 1 THEN %(alice)s ELSE %(bob)s END,
               CASE WHEN t.status <> 'COMPLETED' THEN NULL WHEN t.id %% 3 = 1 THEN %(alice)s ELSE %(bob)s END,
               now(), now()
          FROM task_instances k, ticket_instances t WHERE k.ticket_id = %(first)s AND t.id <> %(first)s
        """,
        names,
    )
    connection.execute(
        """
        INSERT INTO ticket_errors (company_id, ticket_id, error_type, code, cause, error_message, error_status)
        SELECT company_id, id, 'WORKFLOW_TRANSITION', 'stalled', 'stalled', 'x',
               CASE WHEN id %% 1000 = 0 THEN 'NEW' ELSE 'RESOLVED' END
          FROM ticket_instances
        """,
        names,
    )
    connection.execute("VACUUM ANALYZE")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_goes_by_its_indexes_and_reads_little_more_than_it_shows(name: str, crowd: Company) -> None:
    who, ask, expected = LISTS[name]
    used: set[str] = set()
    for scan in _scans(crowd, crowd.people[who].actor, ask):
        if scan.get("Relation Name") not in BIG:
            continue
        assert scan["Node Type"] != "Seq Scan", scan
        used.add(scan.get("Index Name", ""))
        read = (scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)) * scan["Actual Loops"]
        assert read <= 4 * PAGE, scan
    assert expected <= used


def _scans(company: Company, actor: Actor, ask: Query) -> Iterator[dict[str, Any]]:
    """The nodes of the plans of the statements that a list makes."""
    statements: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        statements.append((statement, parameters))

    engine = company.sessions.kw["bind"]
    with company.session() as session:
        event.listen(engine, "before_cursor_execute", note)
        try:
            ask(session, actor)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        for statement, parameters in statements:
            plan = driver_of(session).execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).fetchone()
            assert plan is not None
            yield from _nodes(plan[0][0]["Plan"])


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _newest_ticket(session: Session) -> int:
    return int(session.connection().exec_driver_sql("SELECT max(id) FROM ticket_instances").scalar_one())
