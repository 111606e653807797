"""Definitions: a workflow document's versions, and the rows that its tasks, ticket types and completions make."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ticketflower.engine.words import DefinitionStatus, Retrigger, TaskType, WaitFor, WorkflowStatus
from ticketflower.models.base import Numbered, moment, of_company, one_of, to_company

EMPTY_LIST = text("'{}'")


def _one_each(status: DefinitionStatus) -> Index:
    """At most one version of a workflow has this status."""
    name = f"uq_workflow_definitions_{status.lower()}"
    return Index(name, "company_id", "key", unique=True, postgresql_where=text(f"status = '{status}'"))


class Described(Numbered):
    """What every part of a document has: title, description, references, who made it and when, how it is shown."""

    __abstract__ = True

    key: Mapped[str]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    ext_ref: Mapped[Any] = mapped_column(JSONB, server_default=text("'[]'"))
    version: Mapped[int]
    display_layout: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = moment()
    updated_at: Mapped[datetime] = moment()
    created_by: Mapped[int | None]


class WorkflowDefinition(Described):
    """One version of a workflow document (checklist J1 to J12).

    ``document`` is the whole as the author ordered it (json keeps the order of keys, jsonb doesn't); ``source`` is the
    text that was uploaded, comments included. The other rows of this module repeat its parts for queries and pages.
    """

    __tablename__ = "workflow_definitions"
    __table_args__ = (
        to_company(),
        of_company("created_by", table="users"),
        one_of("status", DefinitionStatus),
        UniqueConstraint("company_id", "key", "version"),
        _one_each(DefinitionStatus.ACTIVE),
        _one_each(DefinitionStatus.DRAFT),
    )

    fields_schema: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(server_default=DefinitionStatus.DRAFT)
    version: Mapped[int] = mapped_column(server_default=text("1"))
    document: Mapped[Any] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(server_default="")
    source_format: Mapped[str] = mapped_column(server_default="json")
    warnings: Mapped[Any] = mapped_column(JSONB, server_default=text("'[]'"))


class Part(Described):
    """A part of one version of a workflow, in the order of the document."""

    __abstract__ = True

    workflow_id: Mapped[int]
    position: Mapped[int]


class TaskDefinition(Part):
    """A task of one version (checklist J13 to J32, document.md)."""

    __tablename__ = "task_definitions"
    __table_args__ = (
        of_company("workflow_id", table="workflow_definitions", ondelete="CASCADE"),
        of_company("created_by", table="users"),
        one_of("task_type", TaskType),
        one_of("wait_for", WaitFor),
        one_of("on_retrigger", Retrigger),
        UniqueConstraint("company_id", "workflow_id", "key"),
    )

    task_type: Mapped[str]
    input_fields: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    output_fields: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    optional_fields: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    context_fields: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    clears: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    condition: Mapped[dict[str, Any] | None]
    cancel_when: Mapped[dict[str, Any] | None]
    required_when: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    wait_for: Mapped[str] = mapped_column(server_default=WaitFor.ANY)
    on_retrigger: Mapped[str] = mapped_column(server_default=Retrigger.PARALLEL)
    on_demand: Mapped[bool] = mapped_column(server_default=text("false"))
    assignment: Mapped[Any] = mapped_column(JSONB, server_default=text("'\"least_loaded\"'"))
    company_role_access: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    edit_layout: Mapped[dict[str, Any] | None]
    action_url: Mapped[str | None]
    input_transform: Mapped[dict[str, Any] | None]
    output_transform: Mapped[dict[str, Any] | None]
    timeout_seconds: Mapped[float | None]


class TicketDefinition(Part):
    """A ticket type of one version (checklist J33 to J46)."""

    __tablename__ = "ticket_definitions"
    __table_args__ = (
        of_company("workflow_id", table="workflow_definitions", ondelete="CASCADE"),
        of_company("created_by", table="users"),
        UniqueConstraint("company_id", "workflow_id", "key"),
        Index(None, "company_id", "key"),
    )

    fields: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    optional_fields: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    company_role_access: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    edit_layout: Mapped[dict[str, Any] | None]


class WorkflowCompletion(Part):
    """A rule that ends or pauses the workflow, of one version (checklist J47 to J60)."""

    __tablename__ = "workflow_completion"
    __table_args__ = (
        of_company("workflow_id", table="workflow_definitions", ondelete="CASCADE"),
        of_company("created_by", table="users"),
        one_of("completion_status", (WorkflowStatus.COMPLETED, WorkflowStatus.CANCELLED, WorkflowStatus.ON_HOLD)),
        UniqueConstraint("company_id", "workflow_id", "key"),
    )

    completion_status: Mapped[str]
    fields: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    condition: Mapped[dict[str, Any] | None]
    when_idle: Mapped[bool] = mapped_column(server_default=text("false"))
