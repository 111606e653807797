"""A ticket: what somebody submitted, and what went wrong on its way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ticketflower.engine.words import ErrorStatus, ErrorType, WorkflowStatus
from ticketflower.models.base import Numbered, moment, of_company, one_of, to_company


class TicketInstance(Numbered):
    """A submitted ticket (checklist J81 to J87); its id is the number that people use (D5).

    ``data`` is what was submitted. ``status`` repeats the workflow instance's for the lists (NOT_STARTED while there is
    none) and is written with it. ``advance_attempts`` counts the failed tries in a row, ``advance_after`` is the
    earliest next one (security.md).
    """

    __tablename__ = "ticket_instances"
    __table_args__ = (
        to_company(),
        of_company("ticket_type_id", table="ticket_definitions"),
        of_company("workflow_id", table="workflow_instances", use_alter=True),
        of_company("created_by", table="users"),
        one_of("status", WorkflowStatus),
        Index(None, "company_id", "status", "id"),
        Index(None, "company_id", "created_by", "status", "id"),
        Index(None, "company_id", "ticket_type_id", "status", "id"),
        Index("ix_ticket_instances_inbox", "company_id", "id", postgresql_where=text("status = 'NOT_STARTED'")),
    )

    ticket_type_id: Mapped[int]
    workflow_id: Mapped[int | None]
    status: Mapped[str] = mapped_column(server_default=WorkflowStatus.NOT_STARTED)
    data: Mapped[dict[str, Any]]
    advance_attempts: Mapped[int] = mapped_column(server_default=text("0"))
    advance_after: Mapped[datetime | None]
    created_at: Mapped[datetime] = moment()
    updated_at: Mapped[datetime] = moment()
    created_by: Mapped[int]


class TicketError(Numbered):
    """Something that needs an admin (checklist J88 to J97; engine.md, Errors).

    ``cause`` names what has to go away for the error to be closed (``write_conflict:12``, ``stalled``, ``advance``):
    one open error per cause and ticket. ``details`` holds what a conflict's page shows, ``stack_trace`` is for the
    platform's staff alone.
    """

    __tablename__ = "ticket_errors"
    __table_args__ = (
        of_company("ticket_id", table="ticket_instances"),
        of_company("task_id", table="task_instances"),
        of_company("resolved_by", table="users"),
        one_of("error_type", ErrorType),
        one_of("error_status", ErrorStatus),
        Index(
            "uq_ticket_errors_open_cause",
            "company_id",
            "ticket_id",
            "cause",
            unique=True,
            postgresql_where=text("error_status <> 'RESOLVED'"),
        ),
        Index(None, "company_id", "ticket_id", "id"),
        Index(None, "company_id", "error_status", "id"),
    )

    ticket_id: Mapped[int]
    task_id: Mapped[int | None]
    error_type: Mapped[str]
    code: Mapped[str]
    cause: Mapped[str]
    error_message: Mapped[str]
    details: Mapped[dict[str, Any] | None]
    stack_trace: Mapped[str | None]
    error_status: Mapped[str] = mapped_column(server_default=ErrorStatus.NEW)
    resolution_notes: Mapped[str] = mapped_column(server_default="")
    resolved_by: Mapped[int | None]
    created_at: Mapped[datetime] = moment()
    updated_at: Mapped[datetime] = moment()


class TicketLog(Numbered):
    """A line of a ticket's log: what the engine and people did (api.md, ``GET /tickets/{id}/log``). Never updated."""

    __tablename__ = "ticket_log"
    __table_args__ = (
        of_company("ticket_id", table="ticket_instances"),
        Index(None, "company_id", "ticket_id", "id"),
    )

    ticket_id: Mapped[int]
    at: Mapped[datetime]
    iteration: Mapped[int | None]
    event: Mapped[str]
    task_id: Mapped[int | None]
    key: Mapped[str | None]
    values: Mapped[dict[str, Any] | None]
    actor_id: Mapped[int | None]
