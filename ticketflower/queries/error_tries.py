"""What was tried about an error: when it came up, by whom it was looked at, and the engine's own next try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketflower.engine.advance import MAX_ATTEMPTS
from ticketflower.models import Activity, TicketInstance, User
from ticketflower.queries.errors import ErrorRow
from ticketflower.queries.names import Person, person_of

MOST = 50


@dataclass(frozen=True, slots=True)
class Try:
    """Something that a person did about an error; ``verb`` is ``retry``, ``review``, ``resolve``, ``applied``, ..."""

    verb: str
    at: datetime
    actor: Person | None


@dataclass(frozen=True, slots=True)
class Tries:
    """What was tried, in order.

    Args:
        attempts: how often in a row the engine has failed on this ticket.
        next_at: when it tries again by itself; None when it waits for an admin.
    """

    by_people: tuple[Try, ...]
    attempts: int
    next_at: datetime | None


def tries_of(session: Session, error: ErrorRow) -> Tries:
    """The tries for an error that the reader was shown already (``queries.errors``); two queries."""
    rows = session.execute(
        select(Activity.action, Activity.at, Activity.actor_id, User.first_name, User.last_name, User.email)
        .outerjoin(User, User.id == Activity.actor_id)
        .where(Activity.subject == "error", Activity.subject_id == error.id)
        .order_by(Activity.id)
        .limit(MOST)
    )
    by_people = tuple(
        Try(row.action.partition(":")[2], row.at, person_of(row.actor_id, row.first_name, row.last_name, row.email))
        for row in rows
    )
    ticket = session.execute(
        select(TicketInstance.advance_attempts, TicketInstance.advance_after).where(
            TicketInstance.id == error.ticket_id
        )
    ).one()
    waits_for_admin = ticket.advance_attempts >= MAX_ATTEMPTS
    return Tries(by_people, ticket.advance_attempts, None if waits_for_admin else ticket.advance_after)
