"""What has happened to a ticket: its iterations and its log (api.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketflower.access import LARGEST_ID, require_role
from ticketflower.actor import Actor
from ticketflower.engine.words import SystemRole
from ticketflower.errors import NotFound
from ticketflower.models import TicketInstance, TicketLog, User, WorkflowData
from ticketflower.queries.names import Person, person_of
from ticketflower.queries.paging import PAGE, Page, number_after, page_of


@dataclass(frozen=True, slots=True)
class Iteration:
    """One version of the workspace.

    Args:
        writer: ``submission``, ``task`` or ``correction``; ``reason`` is an admin's words.
        actor: who wrote it.
        data: the whole workspace after it; None when it was not asked for.
    """

    iteration: int
    written: tuple[str, ...]
    cleared: tuple[str, ...]
    writer: str
    task_id: int | None
    actor: Person | None
    reason: str | None
    at: datetime
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """Something that the engine or a person did; ``event`` is one of the words of ``engine.events``."""

    id: int
    at: datetime
    iteration: int | None
    event: str
    task_id: int | None
    key: str | None
    values: Mapping[str, Any] | None
    actor: Person | None


def iterations(
    session: Session,
    actor: Actor,
    ticket_id: int,
    *,
    with_data: bool = False,
    limit: int = PAGE,
    cursor: str | None = None,
) -> Page[Iteration]:
    """A ticket's iterations from 0 on, for its submitter and ticket admins; two queries.

    Raises:
        Forbidden: none of the person's roles may read them.
        NotFound: there is no such ticket for them; a worker sees the fields of their tasks only.
        Unacceptable: the cursor can't be read.
    """
    require_role(actor, SystemRole.USER, SystemRole.TICKET_ADMIN)
    after = number_after("iterations", cursor)
    ticket = _ticket(session, actor, ticket_id)
    columns = [
        WorkflowData.iteration,
        WorkflowData.written,
        WorkflowData.cleared,
        WorkflowData.writer,
        WorkflowData.task_id,
        WorkflowData.actor_id,
        WorkflowData.reason,
        WorkflowData.created_at,
        User.first_name,
        User.last_name,
        User.email,
    ]
    query = (
        select(*columns, *([WorkflowData.workflow_data] if with_data else []))
        .outerjoin(User, User.id == WorkflowData.actor_id)
        .where(
            WorkflowData.workflow_id == ticket.workflow_id, WorkflowData.iteration > (-1 if after is None else after)
        )
        .order_by(WorkflowData.iteration)
        .limit(limit + 1)
    )
    found = [
        Iteration(
            iteration=row.iteration,
            written=tuple(row.written),
            cleared=tuple(row.cleared),
            writer=row.writer,
            task_id=row.task_id,
            actor=person_of(row.actor_id, row.first_name, row.last_name, row.email),
            reason=row.reason,
            at=row.created_at,
            data=row.workflow_data if with_data else None,
        )
        for row in session.execute(query)
    ]
    return page_of("iterations", found, limit, lambda each: each.iteration)


def log(
    session: Session, actor: Actor, ticket_id: int, *, limit: int = PAGE, cursor: str | None = None
) -> Page[LogLine]:
    """A ticket's log from the beginning, for ticket admins; two queries.

    Raises:
        Forbidden: the person is no ticket admin.
        NotFound: the company has no such ticket.
        Unacceptable: the cursor can't be read.
    """
    require_role(actor, SystemRole.TICKET_ADMIN)
    after = number_after("log", cursor)
    _ticket(session, actor, ticket_id)
    rows = session.execute(
        select(
            TicketLog.id,
            TicketLog.at,
            TicketLog.iteration,
            TicketLog.event,
            TicketLog.task_id,
            TicketLog.key,
            TicketLog.values.label("seen"),
            TicketLog.actor_id,
            User.first_name,
            User.last_name,
            User.email,
        )
        .outerjoin(User, User.id == TicketLog.actor_id)
        .where(TicketLog.ticket_id == ticket_id, TicketLog.id > (after or 0))
        .order_by(TicketLog.id)
        .limit(limit + 1)
    )
    lines = [
        LogLine(
            id=row.id,
            at=row.at,
            iteration=row.iteration,
            event=row.event,
            task_id=row.task_id,
            key=row.key,
            values=row.seen,
            actor=person_of(row.actor_id, row.first_name, row.last_name, row.email),
        )
        for row in rows
    ]
    return page_of("log", lines, limit, lambda line: line.id)


def _ticket(session: Session, actor: Actor, ticket_id: int) -> TicketInstance:
    """A ticket that the person sees whole."""
    if not 0 < ticket_id <= LARGEST_ID:
        raise NotFound
    ticket = session.scalars(select(TicketInstance).where(TicketInstance.id == ticket_id)).one_or_none()
    if ticket is None or not (ticket.created_by == actor.user_id or actor.has(SystemRole.TICKET_ADMIN)):
        raise NotFound
    return ticket
