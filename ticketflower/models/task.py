"""A task that somebody does, or did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ticketflower.engine.words import TaskStatus
from ticketflower.models.base import Numbered, moment, of_company, one_of

ACTIVE = text("status IN ('OPEN', 'IN_PROGRESS', 'PENDING', 'ERROR')")


class TaskInstance(Numbered):
    """One task of one ticket (checklist J71 to J80).

    ``made_at_iteration`` never changes and with ``item`` makes a start unique; ``start_iteration`` moves when the task
    is sent back. ``output`` is what was given at completion; it stays whatever becomes of the task. ``change_order`` is
    the turn of a completion. ``applied`` tells that an admin let the output win over a conflicting write.
    """

    __tablename__ = "task_instances"
    __table_args__ = (
        of_company("workflow_instance_id", table="workflow_instances"),
        of_company("ticket_id", table="ticket_instances"),
        of_company("task_definition_id", table="task_definitions"),
        of_company("assigned_to", table="users"),
        of_company("completed_by", table="users"),
        one_of("status", TaskStatus),
        UniqueConstraint("company_id", "workflow_instance_id", "task_definition_id", "made_at_iteration", "item"),
        Index("ix_task_instances_queue", "company_id", "assigned_to", "id", postgresql_where=ACTIVE),
        Index(
            "ix_task_instances_claimable",
            "company_id",
            "task_definition_id",
            "id",
            postgresql_where=text("assigned_to IS NULL AND status IN ('OPEN', 'IN_PROGRESS', 'PENDING', 'ERROR')"),
        ),
        Index(
            "ix_task_instances_inbox",
            "company_id",
            "workflow_instance_id",
            postgresql_where=text("status = 'COMPLETED' AND end_iteration IS NULL"),
        ),
        Index("ix_task_instances_active", "company_id", "workflow_instance_id", postgresql_where=ACTIVE),
        Index(None, "company_id", "ticket_id", "id"),
        Index(None, "company_id", "status", "id"),
        Index(
            "ix_task_instances_done_by",
            "company_id",
            "completed_by",
            "id",
            postgresql_where=text("status = 'COMPLETED'"),
        ),
        Index(
            "ix_task_instances_lost",
            "company_id",
            "assigned_to",
            "id",
            postgresql_where=text(
                "status = 'CANCELLED' OR (status = 'COMPLETED' AND completed_by IS DISTINCT FROM assigned_to)"
            ),
        ),
    )

    workflow_instance_id: Mapped[int]
    ticket_id: Mapped[int]
    task_definition_id: Mapped[int]
    made_at_iteration: Mapped[int]
    item: Mapped[int] = mapped_column(server_default=text("0"))
    start_iteration: Mapped[int]
    end_iteration: Mapped[int | None]
    status: Mapped[str] = mapped_column(server_default=TaskStatus.PENDING)
    output: Mapped[dict[str, Any] | None]
    applied: Mapped[bool] = mapped_column(server_default=text("false"))
    change_order: Mapped[int | None]
    assigned_to: Mapped[int | None]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[int | None]
    created_at: Mapped[datetime] = moment()
    updated_at: Mapped[datetime] = moment()
