"""The error desk: what needs an admin, and what they can do about it (api.md; engine.md, Errors)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketflower.access import LARGEST_ID, require_role
from ticketflower.actor import Actor
from ticketflower.engine.catalog import Version, version_of
from ticketflower.engine.words import ErrorStatus, ErrorType, SystemRole, TaskStatus, WorkflowStatus
from ticketflower.errors import NotFound
from ticketflower.forms import Choice
from ticketflower.models import TaskDefinition, TaskInstance, TicketDefinition, TicketError, TicketInstance, User
from ticketflower.queries.names import Person, people_named_in, person_of
from ticketflower.queries.paging import PAGE, Page, number_after, page_of, word_of
from ticketflower.queries.rows import AnyRow

STATUSES = ("open", *ErrorStatus)


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """An error in a list. There is no stack trace in it: that is for the platform's staff (security.md, Web).

    Args:
        ticket_title: the title of its ticket's type; ``task_title`` that of the task that it is about.
        resolved_by: who closed it; None while it is open, and when the engine closed it.
    """

    id: int
    ticket_id: int
    ticket_title: str
    ticket_status: WorkflowStatus
    task_id: int | None
    task_key: str | None
    task_title: str | None
    task_status: TaskStatus | None
    error_type: ErrorType
    code: str
    error_message: str
    error_status: ErrorStatus
    resolution_notes: str
    resolved_by: Person | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Clash:
    """One field of a write conflict: both values, and what wrote the other (engine.md, Write conflicts)."""

    theirs: Any
    ours: Any
    iteration: int
    task_id: int | None


@dataclass(frozen=True, slots=True)
class ErrorView:
    """One error.

    Args:
        row: as in the list.
        version: what its ticket runs on, for the titles of fields.
        conflict: by field, when it is a write conflict; else None.
        actions: what an admin may do now: ``retry``, ``review``, ``resolve``, ``apply``, ``discard``, ``send-back``.
        people: the people that values of ``user`` fields name.
    """

    row: ErrorRow
    version: Version
    conflict: Mapping[str, Clash] | None
    actions: frozenset[str]
    people: tuple[Choice, ...] = ()


def list_errors(
    session: Session,
    actor: Actor,
    *,
    status: str | None = None,
    ticket: int | None = None,
    limit: int = PAGE,
    cursor: str | None = None,
) -> Page[ErrorRow]:
    """Errors, the newest first; one query.

    Args:
        status: one status, or ``open`` (NEW and REVIEWED).
        ticket: a ticket's number.

    Raises:
        Forbidden: the person is no ticket admin.
        Unacceptable: a parameter's value can't be taken.
    """
    require_role(actor, SystemRole.TICKET_ADMIN)
    word_of("status", status, STATUSES)
    before = number_after("errors", cursor)
    query = _ERRORS.order_by(TicketError.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(TicketError.id < before)
    if status == "open":
        query = query.where(TicketError.error_status.in_((ErrorStatus.NEW, ErrorStatus.REVIEWED)))
    elif status is not None:
        query = query.where(TicketError.error_status == status)
    if ticket is not None:
        query = query.where(TicketError.ticket_id == ticket)
    return page_of("errors", [_row(row) for row in session.execute(query)], limit, lambda error: error.id)


def error_view(session: Session, actor: Actor, error_id: int) -> ErrorView:
    """One error, in at most two queries.

    Raises:
        Forbidden: the person is no ticket admin.
        NotFound: the company has no such error.
    """
    require_role(actor, SystemRole.TICKET_ADMIN)
    if not 0 < error_id <= LARGEST_ID:
        raise NotFound
    found = session.execute(_ERRORS.where(TicketError.id == error_id)).one_or_none()
    if found is None:
        raise NotFound
    version = version_of(session, found.version_id)
    conflict = _conflict(found)
    sides = [{name: clash.theirs for name, clash in (conflict or {}).items()}]
    sides += [{name: clash.ours for name, clash in (conflict or {}).items()}]
    row = _row(found)
    return ErrorView(
        row=row,
        version=version,
        conflict=conflict,
        actions=_actions(row, found.cause),
        people=people_named_in(session, version.workflow.fields, *sides),
    )


_ERRORS = (
    select(
        TicketError.id,
        TicketError.ticket_id,
        TicketDefinition.title.label("ticket_title"),
        TicketDefinition.workflow_id.label("version_id"),
        TicketInstance.status.label("ticket_status"),
        TicketError.task_id,
        TaskDefinition.key.label("task_key"),
        TaskDefinition.title.label("task_title"),
        TaskInstance.status.label("task_status"),
        TicketError.error_type,
        TicketError.code,
        TicketError.cause,
        TicketError.error_message,
        TicketError.error_status,
        TicketError.details,
        TicketError.resolution_notes,
        TicketError.resolved_by,
        User.first_name,
        User.last_name,
        User.email,
        TicketError.created_at,
        TicketError.updated_at,
    )
    .join(TicketInstance, TicketInstance.id == TicketError.ticket_id)
    .join(TicketDefinition, TicketDefinition.id == TicketInstance.ticket_type_id)
    .outerjoin(TaskInstance, TaskInstance.id == TicketError.task_id)
    .outerjoin(TaskDefinition, TaskDefinition.id == TaskInstance.task_definition_id)
    .outerjoin(User, User.id == TicketError.resolved_by)
)


def _row(row: AnyRow) -> ErrorRow:
    return ErrorRow(
        id=row.id,
        ticket_id=row.ticket_id,
        ticket_title=row.ticket_title,
        ticket_status=WorkflowStatus(row.ticket_status),
        task_id=row.task_id,
        task_key=row.task_key,
        task_title=row.task_title,
        task_status=TaskStatus(row.task_status) if row.task_status else None,
        error_type=ErrorType(row.error_type),
        code=row.code,
        error_message=row.error_message,
        error_status=ErrorStatus(row.error_status),
        resolution_notes=row.resolution_notes,
        resolved_by=person_of(row.resolved_by, row.first_name, row.last_name, row.email),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _conflict(row: AnyRow) -> dict[str, Clash] | None:
    fields = (row.details or {}).get("conflict")
    return {name: Clash(**clash) for name, clash in fields.items()} if fields else None


def _actions(row: ErrorRow, cause: str) -> frozenset[str]:
    """What the services would allow, as things stand."""
    if row.error_status is ErrorStatus.RESOLVED:
        return frozenset()
    if row.code == "write_conflict":
        answers = {"discard", "send-back"}
        if row.ticket_status is not WorkflowStatus.ON_HOLD:
            answers.add("apply")
        return frozenset({"review", *answers})
    if cause == "advance":
        return frozenset({"review", "retry"})
    return frozenset({"review", "retry", "resolve"})
