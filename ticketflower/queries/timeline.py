"""A ticket's log for its page, the newest first, as much of it as its reader may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketflower.actor import Actor
from ticketflower.engine.words import SystemRole
from ticketflower.models import TicketLog, User
from ticketflower.queries.history import LogLine
from ticketflower.queries.names import person_of
from ticketflower.queries.tickets import TicketView

#: Lines of one page.
PAGE = 60
#: What only a ticket admin is told: why the engine did not do something, and what went wrong.
FOR_ADMINS = ("skipped", "ignored", "queued", "forgotten", "error", "error_closed", "conflict", "correction_dropped")


@dataclass(frozen=True, slots=True)
class Timeline:
    """Lines in the order in which things happened.

    Args:
        people: the names of those whom the lines' values mention, by number.
        before: where the page with the earlier lines begins; None when these are the first.
    """

    lines: tuple[LogLine, ...]
    people: Mapping[int, str]
    before: int | None


def timeline(session: Session, actor: Actor, ticket: TicketView, before: int | None = None) -> Timeline:
    """The newest lines of a ticket's log, or those before a line; at most two queries.

    A worker, who sees the fields of their tasks only, is told what became of these tasks.

    Args:
        ticket: as ``ticket_view`` gave it for the same person.
    """
    query = (
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
        .where(TicketLog.ticket_id == ticket.id)
        .order_by(TicketLog.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        query = query.where(TicketLog.id < before)
    if not actor.has(SystemRole.TICKET_ADMIN):
        query = query.where(TicketLog.event.not_in(FOR_ADMINS))
    if not ticket.whole:
        theirs = [task.id for task in ticket.tasks if task.mine or task.claimable]
        query = query.where(TicketLog.task_id.in_(theirs))
    rows = session.execute(query).all()
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
        for row in reversed(rows[:PAGE])
    ]
    return Timeline(tuple(lines), _named(session, lines), lines[0].id if len(rows) > PAGE else None)


def _named(session: Session, lines: list[LogLine]) -> dict[int, str]:
    wanted = {line.values["user_id"] for line in lines if line.event == "assigned" and line.values}
    known = {line.actor.id: line.actor.name for line in lines if line.actor}
    missing = wanted - known.keys()
    if not missing:
        return known
    rows = session.execute(select(User.id, User.first_name, User.last_name, User.email).where(User.id.in_(missing)))
    people = [person_of(*row) for row in rows]
    return {**known, **{person.id: person.name for person in people if person}}
