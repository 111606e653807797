"""Lists of tickets: a submitter's own, a ticket admin's all (api.md, ``GET /tickets``)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Subquery, Text, cast, exists, func, literal_column, or_, select, true, union_all
from sqlalchemy.orm import Session

from ticketflower.access import LARGEST_ID, require_role
from ticketflower.actor import Actor
from ticketflower.engine.words import ENDED_WORKFLOW, OPEN_WORKFLOW, SystemRole, TaskStatus, WorkflowStatus
from ticketflower.models import TaskDefinition, TaskInstance, TicketDefinition, TicketInstance, User
from ticketflower.queries.active import ACTIVE_TASKS
from ticketflower.queries.names import Person, person_of
from ticketflower.queries.paging import PAGE, Page, number_after, page_of, unacceptable, word_of
from ticketflower.queries.rows import AnySelect

STATUSES = ("active", "archive", *WorkflowStatus)
LONGEST_SEARCH = 200
_GROUPS = {"active": OPEN_WORKFLOW, "archive": ENDED_WORKFLOW}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task that a ticket waits for, and who has it."""

    task_id: int
    key: str
    title: str
    status: TaskStatus
    assigned_to: Person | None
    since: datetime


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket in a list. ``title`` is its type's; ``waits_for`` its active tasks, the oldest first."""

    id: int
    ticket_type: str
    title: str
    status: WorkflowStatus
    created_at: datetime
    created_by: Person
    updated_at: datetime
    waits_for: tuple[Waiting, ...] = ()


def list_tickets(
    session: Session,
    actor: Actor,
    *,
    status: str | None = None,
    type_key: str | None = None,
    q: str | None = None,
    mine: bool = False,
    limit: int = PAGE,
    cursor: str | None = None,
) -> Page[TicketRow]:
    """Tickets, the newest first; two queries.

    Args:
        status: ``active``, ``archive`` (COMPLETED and CANCELLED) or one status.
        type_key: a ticket type's key.
        q: a ticket's number, or words that what was submitted or the type's title contains.
        mine: only the person's own, also for a ticket admin.

    Raises:
        Forbidden: the person is neither a user nor a ticket admin.
        Unacceptable: a parameter's value can't be taken.
    """
    require_role(actor, SystemRole.USER, SystemRole.TICKET_ADMIN)
    word_of("status", status, STATUSES)
    before = number_after("tickets", cursor)
    own = mine or not actor.has(SystemRole.TICKET_ADMIN)
    narrow: list[ColumnElement[bool]] = [TicketInstance.created_by == actor.user_id] if own else []
    if before is not None:
        narrow.append(TicketInstance.id < before)
    of_type = None if type_key is None else _text("type", type_key)
    query = _TICKETS.order_by(TicketInstance.id.desc()).limit(limit + 1)
    if q is not None:
        query = query.where(*narrow, *_matches(_text("q", q)), TicketInstance.status.in_(_statuses(status)))
        query = query if of_type is None else query.where(TicketDefinition.key == of_type)
    elif not own and status is None and of_type is None:
        query = query.where(*narrow)
    else:
        newest = _newest(narrow, _statuses(status), of_type, limit + 1)
        query = query.join(newest, newest.c.id == TicketInstance.id)
    return page_of("tickets", _rows(session, query), limit, lambda ticket: ticket.id)


_TICKETS = (
    select(
        TicketInstance.id,
        TicketDefinition.key,
        TicketDefinition.title,
        TicketInstance.status,
        TicketInstance.created_at,
        TicketInstance.updated_at,
        TicketInstance.created_by,
        User.first_name,
        User.last_name,
        User.email,
    )
    .join(TicketDefinition, TicketDefinition.id == TicketInstance.ticket_type_id)
    .join(User, User.id == TicketInstance.created_by)
)


def _statuses(status: str | None) -> list[str]:
    return sorted(WorkflowStatus if status is None else _GROUPS.get(status, {status}))


def _newest(narrow: Sequence[ColumnElement[bool]], statuses: Iterable[str], of_type: str | None, most: int) -> Subquery:
    """The newest tickets: of each status (and version of a type) no more than are shown, by an index that is in order.

    Asked for all at once, PostgreSQL goes through the newest of all tickets, which may be none of these.
    """
    parts = []
    for status in statuses:
        own = select(TicketInstance.id).where(TicketInstance.status == status, *narrow)
        own = own.order_by(TicketInstance.id.desc()).limit(most)
        if of_type is None:
            parts.append(select(own.subquery().c.id))
            continue
        each = own.where(TicketInstance.ticket_type_id == TicketDefinition.id).correlate(TicketDefinition).lateral()
        of_versions = select(each.c.id).select_from(TicketDefinition).join(each, true())
        parts.append(of_versions.where(TicketDefinition.key == of_type))
    together = union_all(*parts).subquery()
    return select(together.c.id).order_by(together.c.id.desc()).limit(most).subquery()


def _rows(session: Session, query: AnySelect) -> list[TicketRow]:
    found = session.execute(query).all()
    waiting = _waiting(session, [row.id for row in found])
    tickets = []
    for row in found:
        submitter = person_of(row.created_by, row.first_name, row.last_name, row.email)
        assert submitter is not None
        tickets.append(
            TicketRow(
                id=row.id,
                ticket_type=row.key,
                title=row.title,
                status=WorkflowStatus(row.status),
                created_at=row.created_at,
                created_by=submitter,
                updated_at=row.updated_at,
                waits_for=tuple(waiting.get(row.id, ())),
            )
        )
    return tickets


def _waiting(session: Session, ticket_ids: Sequence[int]) -> dict[int, list[Waiting]]:
    """What each of some tickets waits for."""
    if not ticket_ids:
        return {}
    rows = session.execute(
        select(
            TaskInstance.ticket_id,
            TaskInstance.id,
            TaskDefinition.key,
            TaskDefinition.title,
            TaskInstance.status,
            TaskInstance.created_at,
            TaskInstance.assigned_to,
            User.first_name,
            User.last_name,
            User.email,
        )
        .join(TaskDefinition, TaskDefinition.id == TaskInstance.task_definition_id)
        .outerjoin(User, User.id == TaskInstance.assigned_to)
        .where(TaskInstance.ticket_id.in_(ticket_ids), ACTIVE_TASKS)
        .order_by(TaskInstance.id)
    )
    waiting: dict[int, list[Waiting]] = {}
    for row in rows:
        person = person_of(row.assigned_to, row.first_name, row.last_name, row.email)
        waits = Waiting(row.id, row.key, row.title, TaskStatus(row.status), person, row.created_at)
        waiting.setdefault(row.ticket_id, []).append(waits)
    return waiting


def _text(parameter: str, value: str) -> str:
    if "\0" in value or len(value) > LONGEST_SEARCH:
        raise unacceptable(parameter, f"{parameter} must be text of at most {LONGEST_SEARCH} characters")
    return value


def _matches(q: str) -> Iterable[ColumnElement[bool]]:
    """One condition for each word.

    Under row-level security no index serves a search in text (datapath.md, Traps), so all tickets that the other
    filters leave are gone through: 2 to 4 microseconds each. The text of the whole JSON is looked at first, which is
    cheap and lets through too much (keys, for one); then its values.
    """
    number = q.strip().lstrip("#")
    if number.isascii() and number.isdigit() and len(number) < 19 and int(number) <= LARGEST_ID:
        yield or_(TicketInstance.id == int(number), _says(number))
        return
    for word in q.split()[:10]:
        yield or_(_says(word), TicketDefinition.title.icontains(word, autoescape=True))


def _says(word: str) -> ColumnElement[bool]:
    as_json = json.dumps(word, ensure_ascii=False)[1:-1]
    values = func.jsonb_path_query(TicketInstance.data, _TEXTS_AND_NUMBERS).table_valued("value").render_derived()
    says = exists(
        select(1).select_from(values).where(values.c.value.op("#>>")(_WHOLE).icontains(word, autoescape=True))
    )
    return cast(TicketInstance.data, Text).icontains(as_json, autoescape=True) & says


_TEXTS_AND_NUMBERS: ColumnElement[Any] = literal_column(
    """'strict $.** ? (@.type() == "string" || @.type() == "number")'::jsonpath"""
)
_WHOLE: ColumnElement[Any] = literal_column("'{}'::text[]")
