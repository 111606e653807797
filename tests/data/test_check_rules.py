"""Each rule of the checker finds what breaks it: a sound database is broken in each way, behind every wall's back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.conftest import NOON
from tests.databases import TestDatabase
from ticketflower.db import make_engine, make_sessions
from ticketflower.services import accounts
from ticketflower.services.check import MOST, RULES, check
from ticketflower.services.demo import fill_demo

TASK = "(SELECT min(id) FROM task_instances WHERE {})"
INSTANCE = "(SELECT min(id) FROM workflow_instances WHERE {})"
TICKET = "(SELECT min(id) FROM ticket_instances WHERE {})"

FOLDED = TASK.format("end_iteration IS NOT NULL")
OPEN = TASK.format("status = 'OPEN'")
GOING = INSTANCE.format("status = 'IN_PROGRESS' AND iteration > 0")
ENDED = TICKET.format("status = 'COMPLETED'")
OTHER_COMPANY = "(SELECT max(id) FROM companies)"

#: The constraint's name is longer than PostgreSQL keeps.
WITHOUT_UNIQUE_STARTS = """
DO $$ BEGIN
    EXECUTE (SELECT format('ALTER TABLE task_instances DROP CONSTRAINT %I', conname)
               FROM pg_constraint WHERE conrelid = 'task_instances'::regclass AND contype = 'u');
END $$"""

#: By rule, the ways to break it.
BREAKS: dict[str, list[str]] = {
    "an instance has one row of workflow_data for each iteration from 0, without a gap": [
        f"DELETE FROM workflow_data WHERE workflow_id = {GOING} AND iteration = 0",
        f"DELETE FROM workflow_data WHERE workflow_id = {GOING}",
        f"UPDATE workflow_instances SET iteration = iteration + 1 WHERE id = {GOING}",
        f"UPDATE workflow_data SET iteration = iteration + 99 WHERE workflow_id = {GOING} AND iteration = 1",
    ],
    "a folded task made exactly one iteration, the one that it names": [
        f"UPDATE task_instances SET end_iteration = end_iteration + 50 WHERE id = {FOLDED}",
        f"UPDATE task_instances SET status = 'CANCELLED' WHERE id = {FOLDED}",
        f"UPDATE workflow_data SET task_id = NULL WHERE task_id = {FOLDED}",
    ],
    "an iteration made by a task belongs to a task that was folded there": [
        f"UPDATE workflow_data SET task_id = {OPEN} WHERE task_id = {FOLDED}",
        f"UPDATE workflow_data SET task_id = NULL WHERE task_id = {FOLDED}",
        f"UPDATE task_instances SET end_iteration = NULL WHERE id = {FOLDED}",
    ],
    "a start is unique by instance, definition, iteration and item": [
        f"""
        {WITHOUT_UNIQUE_STARTS};
        INSERT INTO task_instances (company_id, workflow_instance_id, ticket_id, task_definition_id, made_at_iteration,
                                    start_iteration, status)
        SELECT company_id, workflow_instance_id, ticket_id, task_definition_id, made_at_iteration, 0, 'OPEN'
          FROM task_instances WHERE id = {OPEN}
        """,
    ],
    "nothing is active or waiting in an ended workflow": [
        f"UPDATE task_instances SET status = 'OPEN' WHERE id = {TASK.format(f'ticket_id = {ENDED}')}",
        f"UPDATE task_instances SET end_iteration = NULL WHERE id = {TASK.format(f'ticket_id = {ENDED}')}",
        f"""
        UPDATE workflow_instances SET status = 'CANCELLED'
         WHERE id = (SELECT workflow_instance_id FROM task_instances WHERE id = {OPEN})
        """,
    ],
    "a snapshot is the one before, with what was written laid on top and what was cleared taken out": [
        f"UPDATE workflow_data SET workflow_data = workflow_data || '{{\"x\": 1}}' WHERE workflow_id = {GOING}",
        f"UPDATE workflow_data SET workflow_data = '{{}}' WHERE workflow_id = {GOING} AND iteration = 1",
        f"UPDATE workflow_data SET written = '{{}}' WHERE workflow_id = {GOING} AND iteration = 1",
        f"UPDATE workflow_data SET cleared = written WHERE workflow_id = {GOING} AND iteration = 1",
        f"UPDATE task_instances SET output = NULL WHERE id = {FOLDED}",
        'UPDATE corrections SET data = \'{"item": "something else"}\'',
        f"UPDATE ticket_instances SET data = '{{}}' WHERE id = {ENDED}",
    ],
    "a workflow in progress has something to do, or its standstill is known": [
        f"""
        UPDATE task_instances SET status = 'CANCELLED'
         WHERE workflow_instance_id = {GOING} AND status IN ('OPEN', 'IN_PROGRESS', 'PENDING', 'ERROR')
        """,
        f"UPDATE workflow_instances SET status = 'IN_PROGRESS' WHERE ticket_id = {ENDED}",
    ],
    "a ticket's status is its workflow's": [
        f"UPDATE ticket_instances SET status = 'ON_HOLD' WHERE id = {ENDED}",
        f"UPDATE ticket_instances SET workflow_id = NULL WHERE id = {ENDED}",
        f"UPDATE ticket_instances SET workflow_id = {GOING} WHERE id = {ENDED}",
        f"DELETE FROM workflow_instances WHERE ticket_id = {ENDED}",
    ],
    "a worker's load is the number of active tasks assigned to them": [
        "UPDATE user_loads SET active = active + 1 WHERE user_id = (SELECT min(user_id) FROM user_loads)",
        "UPDATE user_loads SET active = 0",
        f"UPDATE task_instances SET assigned_to = NULL WHERE id = {OPEN}",
        f"UPDATE task_instances SET status = 'CANCELLED' WHERE id = {OPEN}",
    ],
    "a worker is available when active, not away and a task worker, and their company roles are known": [
        "DELETE FROM user_loads WHERE user_id = (SELECT min(user_id) FROM user_loads)",
        "UPDATE users SET away = true WHERE email = 'tara@willow.example'",
        "UPDATE users SET active = false WHERE email = 'tara@willow.example'",
        "UPDATE user_loads SET available = NOT available",
        "DELETE FROM user_system_roles WHERE role = 'task_worker'",
        "UPDATE user_loads SET company_roles = company_roles || '{buyer}'",
        "UPDATE user_loads SET company_roles = '{}'",
        "UPDATE company_roles SET role_name = 'renamed ' || role_name",
        "DELETE FROM user_company_roles",
    ],
    "an instance's counts are those of its tasks": [
        f"UPDATE workflow_instances SET task_counts = '{{}}' WHERE id = {GOING}",
        f"DELETE FROM task_instances WHERE id = {FOLDED}",
        f"UPDATE task_instances SET made_at_iteration = made_at_iteration + 7 WHERE id = {OPEN}",
        f"UPDATE task_instances SET end_iteration = NULL WHERE id = {FOLDED}",
    ],
    "a field's version is the iteration that last wrote or cleared it": [
        f"UPDATE workflow_instances SET field_versions = '{{}}' WHERE id = {GOING}",
        f"""
        UPDATE workflow_instances
           SET field_versions = (SELECT jsonb_object_agg(key, (value - 0) || '[99]') FROM jsonb_each(field_versions))
         WHERE id = {GOING}
        """,
        f"UPDATE workflow_data SET cleared = written WHERE workflow_id = {GOING} AND iteration = 1",
    ],
    "a task with a write conflict and its open error come together": [
        "UPDATE ticket_errors SET error_status = 'RESOLVED' WHERE code = 'write_conflict'",
        "DELETE FROM ticket_errors WHERE code = 'write_conflict'",
        """
        UPDATE task_instances SET status = 'OPEN'
         WHERE id IN (SELECT task_id FROM ticket_errors WHERE code = 'write_conflict')
        """,
    ],
    "no error is open on a ticket that has ended": [
        """
        UPDATE ticket_instances SET status = 'CANCELLED'
         WHERE id IN (SELECT ticket_id FROM ticket_errors WHERE error_status <> 'RESOLVED')
        """,
        f"""
        INSERT INTO ticket_errors (company_id, ticket_id, error_type, code, cause, error_message)
        SELECT company_id, id, 'TASK_CREATION', 'no_worker', 'x', 'x' FROM ticket_instances WHERE id = {ENDED}
        """,
    ],
    "everything belongs to the company of its parent": [
        f"UPDATE {table} SET company_id = {OTHER_COMPANY} WHERE id = (SELECT min(id) FROM {table})"
        for table in ("task_instances", "workflow_data", "ticket_instances", "ticket_errors", "workflow_instances")
    ],
}
CASES = [(claim, statement) for claim, statements in BREAKS.items() for statement in statements]


@pytest.fixture(scope="module")
def sound(make_database: Callable[[str], TestDatabase]) -> TestDatabase:
    """The demo, whose tickets are in every state, with a write conflict and a correction; and a second company."""
    database = make_database("sound")
    sessions = sessions_of(database)
    fill_demo(sessions, NOON)
    with sessions() as session:
        accounts.sign_up(session, "Other", "o@other.example", "a long password", "O", "Ther", NOON)
    return database


def sessions_of(database: TestDatabase) -> sessionmaker[Session]:
    return make_sessions(make_engine(database.url))


@pytest.fixture
def breaking(sound: TestDatabase) -> Iterator[psycopg.Connection]:
    """A superuser's transaction that is rolled back; references are not looked at."""
    with psycopg.connect(sound.superuser_url) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        yield connection
        connection.rollback()


def found_by(connection: psycopg.Connection) -> set[str]:
    """The rules that are broken in this transaction, asked as the checker asks: as the app's role, by company."""
    companies = connection.execute("SELECT id FROM companies ORDER BY id").fetchall()
    connection.execute("SET LOCAL ROLE ticketflower_app")
    broken = set()
    for (company_id,) in companies:
        connection.execute(f"SET LOCAL app.company_id = '{company_id}'")
        broken |= {rule.claim for rule in RULES if connection.execute(rule.query).fetchone()}
    connection.execute("RESET ROLE")
    return broken


def test_every_rule_has_a_way_to_break_it() -> None:
    assert list(BREAKS) == [rule.claim for rule in RULES]


def test_the_database_is_sound_before_it_is_broken(sound: TestDatabase, breaking: psycopg.Connection) -> None:
    assert found_by(breaking) == set()
    assert check(sessions_of(sound)) == []


@pytest.mark.parametrize(
    ("claim", "statement"), CASES, ids=[f"{list(BREAKS).index(c)}-{n}" for n, (c, _) in enumerate(CASES)]
)
def test_what_breaks_a_rule_is_found_by_it(breaking: psycopg.Connection, claim: str, statement: str) -> None:
    changed = breaking.execute(statement)
    assert changed.rowcount != 0, "nothing was broken"
    assert claim in found_by(breaking)


def test_the_checker_names_company_rule_and_place_and_at_most_twenty_of_each(
    make_database: Callable[[str], TestDatabase],
) -> None:
    database = make_database("unsound")
    sessions = sessions_of(database)
    demo = fill_demo(sessions, NOON)
    with psycopg.connect(database.superuser_url) as connection:
        connection.execute(f"UPDATE ticket_instances SET status = 'ON_HOLD' WHERE id = {ENDED}")
        connection.execute("UPDATE workflow_instances SET field_versions = '{}'")
    problems = check(sessions)
    [ticket] = [problem for problem in problems if "a ticket's status is its workflow's: ticket" in problem]
    assert ticket.startswith(f"company {demo.company_id}: ")
    assert ticket.endswith("is ON_HOLD, its workflow COMPLETED")
    versions = [problem for problem in problems if "a field's version is" in problem]
    assert len(versions) == MOST
