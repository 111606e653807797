"""The ticket types that tickets of the company may have, for a filter."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from ticketflower.engine.words import DefinitionStatus
from ticketflower.forms import Choice
from ticketflower.models import TicketDefinition, WorkflowDefinition


def ticket_types(session: Session) -> list[Choice]:
    """The types of every version that was ever active, with the title of the newest, by title; one query."""
    rows = session.execute(
        select(TicketDefinition.key, TicketDefinition.title)
        .join(WorkflowDefinition, WorkflowDefinition.id == TicketDefinition.workflow_id)
        .where(WorkflowDefinition.status != DefinitionStatus.DRAFT)
        .order_by(TicketDefinition.key, TicketDefinition.id.desc())
        .ext(distinct_on(TicketDefinition.key))
    )
    return sorted((Choice(row.key, row.title) for row in rows), key=lambda choice: choice.label.casefold())
