"""The versions of one workflow, for the pages that show, edit and activate them."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketflower.access import require_role
from ticketflower.actor import Actor
from ticketflower.engine.words import OPEN_WORKFLOW, DefinitionStatus
from ticketflower.models import TicketDefinition, TicketInstance, WorkflowDefinition
from ticketflower.queries.definitions import READERS, VersionRow, WorkflowRow


def workflow_row(session: Session, actor: Actor, key: str) -> WorkflowRow | None:
    """One workflow as it stands in the list, its newest version first; None when there is none. One query.

    Raises:
        Forbidden: the person is neither a workflow creator nor a ticket admin.
    """
    require_role(actor, *READERS)
    if "\0" in key:
        return None
    # The company is named here, too: a select inside another may lie beyond the reach of the session's filter.
    running = (
        select(func.count())
        .select_from(TicketDefinition)
        .join(TicketInstance, TicketInstance.ticket_type_id == TicketDefinition.id)
        .where(
            TicketDefinition.company_id == actor.company_id,
            TicketDefinition.workflow_id == WorkflowDefinition.id,
            TicketInstance.status.in_(sorted(OPEN_WORKFLOW)),
        )
        .correlate(WorkflowDefinition)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            WorkflowDefinition.version,
            WorkflowDefinition.title,
            WorkflowDefinition.description,
            WorkflowDefinition.status,
            WorkflowDefinition.created_at,
            WorkflowDefinition.updated_at,
            running.label("running"),
        )
        .where(WorkflowDefinition.key == key)
        .order_by(WorkflowDefinition.version.desc())
    ).all()
    versions = tuple(
        VersionRow(row.version, row.title, DefinitionStatus(row.status), row.created_at, row.updated_at, row.running)
        for row in rows
    )
    return WorkflowRow(key, rows[0].title, rows[0].description, versions) if rows else None
