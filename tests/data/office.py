"""A small company at work, with one word in everything that it says: tickets in every state, errors, drafts, files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import psycopg
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests.conftest import NOON
from tests.data.rows import TENANT_TABLES, insert_row, past_every_wall, row_of, table_of
from tests.databases import TestDatabase
from tests.people import Company, make_company
from ticketflower.engine.advance import advance
from ticketflower.models import CompanyRole, TaskDefinition, TaskInstance, TicketError, TicketInstance
from ticketflower.queries.errors import ErrorRow, ErrorView, error_view
from ticketflower.queries.tickets import TicketView, ticket_view
from ticketflower.services import definitions, drafts, errors, people, tasks, tickets

DOCUMENT = """
workflow: MARK-flow
title: MARK flow
description: MARK description
fields_schema:
  type: object
  properties:
    MARK_a: {type: string, title: MARK A}
    MARK_b: {type: string, title: MARK B}
    MARK_c: {type: string, title: MARK C}
    MARK_who: {type: string, format: user, title: MARK who}
    MARK_end: {type: string, title: MARK end}
tickets:
  MARK-go: {title: MARK go, description: MARK asks, fields: [MARK_a, MARK_who]}
tasks:
  MARK_left: {title: MARK left, task_type: FORM, input_fields: [MARK_a, MARK_who], output_fields: [MARK_b]}
  MARK_right:
    title: MARK right
    task_type: FORM
    input_fields: [MARK_a]
    output_fields: [MARK_b, MARK_c]
    company_role_access: [MARK-role]
    assignment: manual
  MARK_ask: {title: MARK ask, task_type: FORM, on_demand: true, input_fields: [MARK_a], output_fields: [MARK_end]}
completions:
  MARK_done: {title: MARK done, completion_status: COMPLETED, fields: [MARK_end]}
"""


@dataclass(frozen=True)
class Office:
    """A company at work.

    Attributes:
        mark: the word, in small letters.
        ticket_ids, task_ids, error_ids, role_ids: all there are.
        view, conflict: the ticket with a write conflict, and that error, as the admin sees them.
    """

    mark: str
    company: Company
    ticket_ids: tuple[int, ...]
    task_ids: tuple[int, ...]
    error_ids: tuple[int, ...]
    role_ids: tuple[int, ...]
    view: TicketView
    conflict: ErrorView

    @property
    def error(self) -> ErrorRow:
        """The write conflict's row."""
        return self.conflict.row


def open_office(database: TestDatabase, sessions: sessionmaker[Session], mark: str) -> Office:
    """Founds a company and has it work; a row with the word is in every tenant table."""
    company = make_company(
        sessions, f"{mark} company", NOON, admin=f"boss@{mark}.example", first_name="Boss", last_name=mark
    )
    company.add(f"worker@{mark}.example", "Worker", mark, ["user", "task_worker"], [f"{mark}-role"])
    company.add(f"user@{mark}.example", "User", mark, ["user"])
    with company.session() as session:
        _work(session, company, mark)
    with past_every_wall(database.superuser_url) as connection:
        for name in TENANT_TABLES:
            insert_row(connection, table_of(name), row_of(table_of(name), company.id, mark))
    return _described(company, mark)


def _work(session: Session, company: Company, mark: str) -> None:
    boss = company.admin.actor
    role = people.create_company_role(session, boss, f"{mark} second role", f"{mark} words", NOON)
    assert role
    source = DOCUMENT.replace("MARK", mark)
    for text, activate in ((source, True), (source.replace("description: ", "description: new "), False)):
        definitions.store_draft(session, boss, f"{mark}-flow", text, "application/yaml", NOON, activate=activate)
    data = {f"{mark}_a": f"{mark} said", f"{mark}_who": str(company.people["worker"].id)}
    made = [tickets.submit_ticket(session, boss, f"{mark}-go", data, NOON) for _ in range(5)]
    tickets.hold_ticket(session, boss, made[0], f"{mark} holds", NOON)
    tickets.cancel_ticket(session, boss, made[1], f"{mark} cancels", NOON)
    tickets.correct_fields(session, boss, made[2], {f"{mark}_a": f"{mark} corrected"}, f"{mark} reason", NOON)
    tickets.correct_fields(session, boss, made[3], {f"{mark}_end": f"{mark} ended"}, f"{mark} reason", NOON)
    for part, output in (("left", ("b",)), ("right", ("b", "c"))):
        given = {f"{mark}_{field}": f"{mark} {part} {field}" for field in output}
        tasks.complete_task(session, boss, _task(session, made[4], f"{mark}_{part}"), given, NOON + timedelta(hours=1))
    advance(session, made[4], NOON)
    error = session.scalars(select(TicketError.id)).one()
    errors.review_error(session, boss, error, f"{mark} looks", NOON)
    open_task = _task(session, made[2], f"{mark}_left")
    drafts.save_draft(session, boss, drafts.of_task(open_task), [("f-x", f"{mark} half")], f"{mark}-key", NOON)
    session.commit()


def _task(session: Session, ticket_id: int, key: str) -> int:
    task = (
        select(TaskInstance.id)
        .join(TaskDefinition, TaskDefinition.id == TaskInstance.task_definition_id)
        .where(TaskInstance.ticket_id == ticket_id, TaskDefinition.key == key)
        .order_by(TaskInstance.id)
    )
    return session.scalars(task).all()[0]


def _described(company: Company, mark: str) -> Office:
    with company.session() as session:
        numbers = [
            tuple(session.scalars(select(model.id).order_by(model.id)))
            for model in (TicketInstance, TaskInstance, TicketError, CompanyRole)
        ]
        conflict = session.scalars(select(TicketError).where(TicketError.code == "write_conflict")).one()
        boss = company.admin.actor
        view = ticket_view(session, boss, conflict.ticket_id, NOON)
        return Office(mark, company, *numbers, view, error_view(session, boss, conflict.id))


def words_without(database: TestDatabase, office: Office) -> set[str]:
    """The columns of text, lists and JSON in which no row of the company has its word."""
    without = set()
    with psycopg.connect(database.superuser_url) as connection:
        for name in TENANT_TABLES:
            for column in table_of(name).columns:
                if column.type.python_type in (str, list, object):
                    query = f'SELECT 1 FROM {name} WHERE company_id = %s AND "{column.name}"::text ILIKE %s'
                    if not connection.execute(query, (office.company.id, f"%{office.mark}%")).fetchone():
                        without.add(f"{name}.{column.name}")
    return without
