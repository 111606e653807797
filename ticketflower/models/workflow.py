"""A running workflow: the instance, its workspace at every iteration, and the corrections that wait for their turn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Sequence, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ticketflower.engine.words import WorkflowStatus
from ticketflower.models.base import Base, Numbered, moment, of_company, one_of

#: Orders completions and corrections as they came (engine.md: folded "in order of completion").
CHANGE_ORDER = Sequence("change_order", metadata=Base.metadata)

WRITERS = ("submission", "task", "correction")


class WorkflowInstance(Numbered):
    """The workflow of one ticket (checklist J61 to J66).

    What the engine needs at each step is kept on this row, so that a completion costs the same at iteration 1 and at
    iteration 1,000 (datapath.md, What keeps it flat):

    * ``field_versions``: per field ``[last write, last write or clear, task that did it]``, iterations or null;
    * ``task_counts``: per task key ``[started, completed, last start, queued]``;
    * ``held``: what the next advance still has to do for an earlier iteration (engine.md, Hold), null when nothing;
    * ``stalled``: an open ``stalled`` error stands on the admin's desk;
    * ``iteration_limit``: the iteration at which a loop is suspected next.
    """

    __tablename__ = "workflow_instances"
    __table_args__ = (
        of_company("workflow_id", table="workflow_definitions"),
        of_company("ticket_id", table="ticket_instances"),
        one_of("status", WorkflowStatus),
        UniqueConstraint("company_id", "ticket_id"),
        Index(None, "company_id", "workflow_id", "status"),
        Index("ix_workflow_instances_inbox", "company_id", "id", postgresql_where=text("advance_due")),
    )

    workflow_id: Mapped[int]
    ticket_id: Mapped[int]
    status: Mapped[str] = mapped_column(server_default=WorkflowStatus.IN_PROGRESS)
    iteration: Mapped[int] = mapped_column(server_default=text("0"))
    field_versions: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    task_counts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    held: Mapped[dict[str, Any] | None]
    advance_due: Mapped[bool] = mapped_column(server_default=text("false"))
    iteration_limit: Mapped[int]
    stalled: Mapped[bool] = mapped_column(server_default=text("false"))
    completion_key: Mapped[str | None]
    created_at: Mapped[datetime] = moment()
    updated_at: Mapped[datetime] = moment()
    ended_at: Mapped[datetime | None]


class WorkflowData(Numbered):
    """The whole workspace after one iteration (checklist J67 to J70). No row is ever updated.

    ``workflow_id`` is the instance (the seeds' name). ``written`` and ``cleared`` name fields; ``writer`` is what made
    the iteration, ``task_id`` the task if it was one, ``actor_id`` the person, ``reason`` an admin's words.
    """

    __tablename__ = "workflow_data"
    __table_args__ = (
        of_company("workflow_id", table="workflow_instances"),
        of_company("task_id", table="task_instances", use_alter=True),
        of_company("actor_id", table="users"),
        one_of("writer", WRITERS),
        UniqueConstraint("company_id", "workflow_id", "iteration"),
    )

    workflow_id: Mapped[int]
    iteration: Mapped[int]
    workflow_data: Mapped[dict[str, Any]]
    written: Mapped[list[str]]
    cleared: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    writer: Mapped[str]
    task_id: Mapped[int | None]
    actor_id: Mapped[int | None]
    reason: Mapped[str | None]
    created_at: Mapped[datetime] = moment()


class Correction(Numbered):
    """An admin's writing of fields, durable before the engine folds it (engine.md, two transactions).

    ``iteration`` is the one that it made; null while it waits.
    """

    __tablename__ = "corrections"
    __table_args__ = (
        of_company("workflow_instance_id", table="workflow_instances"),
        of_company("actor_id", table="users"),
        Index("ix_corrections_inbox", "company_id", "workflow_instance_id", postgresql_where=text("iteration IS NULL")),
    )

    workflow_instance_id: Mapped[int]
    data: Mapped[dict[str, Any]]
    reason: Mapped[str]
    actor_id: Mapped[int]
    change_order: Mapped[int] = mapped_column(CHANGE_ORDER, server_default=CHANGE_ORDER.next_value())
    iteration: Mapped[int | None]
    created_at: Mapped[datetime] = moment()
