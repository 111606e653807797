"""A database with 100,000 tickets of one company, made in a few seconds: set by set, without checks of references.

The numbers are unkind on purpose. Active tickets are the oldest, so that who goes through the newest first to find
them goes through everything; one person submitted half of all tickets, another three.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session, sessionmaker

from tests.data.rows import past_every_wall, plain_engine
from tests.databases import TestDatabase
from tests.people import Company, make_company
from ticketflower.services import definitions

TICKETS = 100_000
#: The oldest ones are active, every tenth of them on hold; the rest have ended, every twentieth of them cancelled.
ACTIVE = 10_000
RARE_TICKETS = 3
FIRST = 1_000_001  # the first number of each table

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True)
class Many:
    """What was made.

    Attributes:
        company: its people are ``boss`` (every role), ``heavy`` (submitted half of the tickets), ``light`` (three of
            them), ``busy`` (a worker with 5,000 active tasks) and ``idle`` (a worker with none).
        active, ended: a ticket's number.
        open_task: a task that Busy has; ``free_task`` one that is nobody's.
    """

    company: Company
    active: int
    ended: int
    open_task: int
    free_task: int
    error: int


def fill(database: TestDatabase, sessions: sessionmaker[Session], now: datetime) -> Many:
    """Makes a company with many tickets, and another with a few thousand."""
    other = _company(sessions, "Other", now)
    company = _company(sessions, "Many", now)
    with past_every_wall(database.superuser_url) as connection:
        _fill(connection, company, TICKETS)
        _fill(connection, other, TICKETS // 10)
    with plain_engine(database.superuser_url).connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM (ANALYZE)"))
        return _described(connection, company)


def _company(sessions: sessionmaker[Session], name: str, now: datetime) -> Company:
    domain = f"{name.lower()}.example"
    company = make_company(sessions, name, now, admin=f"boss@{domain}", first_name="Boss", last_name=name)
    for first_name in ("Heavy", "Light"):
        company.add(f"{first_name}@{domain}", first_name, "Submitter", ["user"])
    for first_name in ("Busy", "Idle"):
        company.add(f"{first_name}@{domain}", first_name, "Worker", ["user", "task_worker"])
    for number in range(8):
        company.add(f"w{number}@{domain}", f"W{number}", "Worker", ["task_worker"])
    with company.session() as session:
        for key in ("purchase-approval", "content-review", "house-rules"):
            source = (EXAMPLES / f"{key}.yaml").read_text(encoding="utf-8")
            definitions.store_draft(session, company.admin.actor, key, source, "application/yaml", now, activate=True)
    return company


#: Each statement may use the numbers of ``_numbers``, ``:n`` tickets and ``n`` in 1..n as a ticket's place.
STATEMENTS = (
    """
    CREATE TEMP TABLE made ON COMMIT DROP AS
    SELECT n, :first + n AS ticket, :first + n AS instance, :first + 2 * n AS review, :first + 2 * n + 1 AS order_,
           CASE WHEN n <= :active THEN CASE WHEN n % 10 = 0 THEN 'ON_HOLD' ELSE 'IN_PROGRESS' END
                WHEN n % 20 = 0 THEN 'CANCELLED' ELSE 'COMPLETED' END AS status,
           CASE WHEN n <= 3 THEN :light WHEN n % 2 = 0 THEN :heavy ELSE :boss END AS submitter,
           timestamptz '2026-01-01' + n * interval '1 second' AS at,
           jsonb_build_object('item', 'Chair ' || n, 'amount', n % 5000, 'requester', 'Ana') AS data
      FROM generate_series(1, :n) n
    """,
    """
    INSERT INTO ticket_instances (company_id, id, ticket_type_id, workflow_id, status, data, created_by, created_at,
                                  updated_at)
    OVERRIDING SYSTEM VALUE
    SELECT :company, ticket, CASE WHEN n <= :rare THEN :rare_type ELSE :type END, instance, status, data,
           submitter, at, at
      FROM made
    """,
    """
    INSERT INTO workflow_instances (company_id, id, workflow_id, ticket_id, status, iteration, field_versions,
                                    task_counts, iteration_limit, completion_key, created_at, updated_at, ended_at)
    OVERRIDING SYSTEM VALUE
    SELECT :company, instance, :version, ticket, status, 1,
           '{"item": [0, 0, null], "amount": [0, 0, null], "requester": [0, 0, null], "approved": [1, 1, 0]}',
           '{"manager_review": [1, 1, 0, false], "order": [1, 0, 1, false]}', 1000,
           CASE WHEN n > :active THEN 'done' END, at, at, CASE WHEN n > :active THEN at END
      FROM made
    """,
    """
    INSERT INTO task_instances (company_id, id, workflow_instance_id, ticket_id, task_definition_id, made_at_iteration,
                                start_iteration, end_iteration, status, output, change_order, assigned_to,
                                completed_at, completed_by, created_at, updated_at)
    OVERRIDING SYSTEM VALUE
    SELECT :company, review, instance, ticket, :review, 0, 0, 1, 'COMPLETED', '{"approved": true}'::jsonb, n, :boss, at,
           CASE WHEN n % 100 = 0 THEN :heavy ELSE :boss END, at, at
      FROM made
    UNION ALL
    SELECT :company, order_, instance, ticket, :order, 1, 1, NULL,
           CASE WHEN n > :active THEN 'CANCELLED' WHEN n <= 10 THEN 'ERROR' ELSE 'OPEN' END, NULL, NULL,
           CASE WHEN n > :active THEN :w0 WHEN n % 4 = 0 THEN NULL WHEN n % 4 = 1 THEN :w0 ELSE :busy END,
           NULL, NULL, at, at
      FROM made
    """,
    """
    INSERT INTO workflow_data (company_id, workflow_id, iteration, workflow_data, written, writer, task_id, actor_id)
    SELECT :company, instance, 0, data, '{item,amount,requester}'::text[], 'submission', NULL::bigint, submitter
      FROM made
    UNION ALL
    SELECT :company, instance, 1, data || '{"approved": true}', '{approved}', 'task', review, :boss
      FROM made
    """,
    """
    INSERT INTO ticket_log (company_id, ticket_id, at, iteration, event, task_id, key, "values")
    SELECT :company, ticket, at, 0, 'assigned', order_, 'order', '{"why": "fewest active tasks"}'::jsonb FROM made
    UNION ALL
    SELECT :company, ticket, at, 1, 'iteration', review, 'manager_review', '{}' FROM made
    """,
    """
    INSERT INTO ticket_errors (company_id, ticket_id, task_id, error_type, code, cause, error_message, error_status,
                               created_at, updated_at)
    SELECT :company, ticket, order_, 'TASK_CREATION', 'no_worker', 'no_worker:' || order_, 'Nobody is available.',
           CASE WHEN n <= 10 THEN 'NEW' WHEN n <= 20 THEN 'REVIEWED' ELSE 'RESOLVED' END, at, at
      FROM made WHERE n % 2 = 0 OR n <= 20
    """,
    """
    INSERT INTO activity_log (company_id, at, actor_id, action, subject, subject_id)
    SELECT :company, at, submitter, 'ticket:submit', 'ticket', ticket FROM made
    """,
    """
    UPDATE user_loads l SET active = (
           SELECT count(*) FROM task_instances k
            WHERE k.company_id = l.company_id AND k.assigned_to = l.user_id
              AND k.status IN ('OPEN', 'IN_PROGRESS', 'PENDING', 'ERROR'))
     WHERE company_id = :company
    """,
    "DROP TABLE made",
)


def _fill(connection: Connection, company: Company, tickets: int) -> None:
    numbers = _numbers(connection, company) | {
        "n": tickets,
        "active": tickets * ACTIVE // TICKETS,
        "rare": RARE_TICKETS,
        "first": FIRST + (0 if tickets == TICKETS else 10 * TICKETS),
    }
    for statement in STATEMENTS:
        connection.execute(text(statement), {name: numbers[name] for name in numbers if f":{name}" in statement})
    for table in ("ticket_instances", "workflow_instances", "task_instances"):
        connection.execute(text(f"ALTER TABLE {table} ALTER COLUMN id RESTART WITH {FIRST + 20 * TICKETS}"))


def _numbers(connection: Connection, company: Company) -> dict[str, int]:
    definition = "SELECT id FROM {} WHERE company_id = :company AND key = :key AND workflow_id IN (SELECT id FROM w)"
    version = "WITH w AS (SELECT id FROM workflow_definitions WHERE company_id = :company AND key = :workflow) "

    def one(table: str, key: str, workflow: str = "purchase-approval") -> int:
        query = text(version + definition.format(table))
        found = connection.scalar(query, {"company": company.id, "key": key, "workflow": workflow})
        assert found, (table, key)
        return int(found)

    of_version = text(version + "SELECT id FROM w")
    return {
        "company": company.id,
        "version": connection.scalar(of_version, {"company": company.id, "workflow": "purchase-approval"}) or 0,
        "type": one("ticket_definitions", "purchase-request"),
        "rare_type": one("ticket_definitions", "content-request", "content-review"),
        "review": one("task_definitions", "manager_review"),
        "order": one("task_definitions", "order"),
        **{name: person.id for name, person in company.people.items()},
    }


def _described(connection: Connection, company: Company) -> Many:
    def one(condition: str, table: str = "task_instances") -> int:
        query = f"SELECT max(id) FROM {table} WHERE company_id = {company.id} AND {condition}"
        return int(connection.scalar(text(query)) or 0)

    return Many(
        company=company,
        active=one("status = 'IN_PROGRESS'", "ticket_instances"),
        ended=one("status = 'COMPLETED'", "ticket_instances"),
        open_task=one(f"status = 'OPEN' AND assigned_to = {company.people['busy'].id}"),
        free_task=one("status = 'OPEN' AND assigned_to IS NULL"),
        error=one("error_status = 'NEW'", "ticket_errors"),
    )
