"""The log of who did what to which thing (checklist B20)."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from ticketflower.actor import Actor
from ticketflower.models import Activity


def record_activity(session: Session, actor: Actor, action: str, subject_id: int | None, **values: Any) -> None:
    """Adds a line to the company's activity log, in the transaction of the change itself.

    Args:
        action: ``subject:verb``, for example ``ticket:submit``.
        subject_id: the number of the thing.
        values: what changed, as far as it helps a reader; never passwords or tokens.
    """
    session.add(
        Activity(
            company_id=actor.company_id,
            actor_id=actor.user_id,
            action=action,
            subject=action.partition(":")[0],
            subject_id=subject_id,
            values=values or None,
        )
    )
