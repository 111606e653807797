"""One task for reading: what it shows, what it asks for, and what its reader may do (api.md, ``GET /tasks/{id}``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketflower.access import LARGEST_ID, may_do, require_role
from ticketflower.actor import Actor
from ticketflower.engine.catalog import Version, version_of
from ticketflower.engine.definition import Task
from ticketflower.engine.words import ACTIVE_TASK, SystemRole, TaskStatus, TaskType, WorkflowStatus
from ticketflower.errors import NotFound
from ticketflower.forms import Choice, json_schema_for
from ticketflower.models import (
    TaskDefinition,
    TaskInstance,
    TicketDefinition,
    TicketInstance,
    TicketLog,
    User,
    WorkflowData,
    WorkflowInstance,
)
from ticketflower.queries.names import Person, people_named_in, person_of
from ticketflower.queries.rows import AnyRow

READERS = (SystemRole.USER, SystemRole.TASK_WORKER, SystemRole.TICKET_ADMIN)


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task as one person may see it.

    Args:
        definition: its part of the document; ``version.workflow`` has the fields' schemas.
        ticket_title: the title of its ticket's type.
        input: the values of the fields that it shows, as they were at its ``start_iteration``.
        current: the present values of its output fields, which fill the form in beforehand (engine.md).
        output: what was given at its completion; it stays whatever becomes of the task.
        workspace: the whole workspace now, for the form's conditions alone; never shown to a worker.
        why: how its assignee was chosen, in the engine's words; None while it is nobody's.
        actions: what the reader may do now: ``start``, ``claim``, ``release``, ``complete``, ``assign``.
        people: the people that values of ``user`` fields name.
    """

    id: int
    ticket_id: int
    ticket_title: str
    ticket_status: WorkflowStatus
    version: Version
    definition: Task
    status: TaskStatus
    assigned_to: Person | None
    completed_by: int | None
    start_iteration: int
    end_iteration: int | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    updated_at: datetime
    input: Mapping[str, Any]
    current: Mapping[str, Any]
    output: Mapping[str, Any] | None
    workspace: Mapping[str, Any]
    why: str | None
    actions: frozenset[str]
    people: tuple[Choice, ...] = field(default=())

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of what completing it takes."""
        task = self.definition
        return json_schema_for(self.version.workflow.fields, task.output_fields, task.optional_fields)


def task_view(
    session: Session, actor: Actor, task_id: int, *, had_it: bool = False, tells_why: bool = True
) -> TaskView:
    """One task, in at most four queries.

    Args:
        had_it: the reader has just done something with it, so they see what has become of it: who released a task
            need not be one of those who may claim it.
        tells_why: also look up how the task came to its assignee, which a page shows.

    Raises:
        Forbidden: none of the person's roles lets them read tasks.
        NotFound: there is no such task for them: they are not its worker, may not claim it and are no ticket admin.
    """
    require_role(actor, *READERS)
    row = _task(session, task_id)
    version = version_of(session, row.version_id)
    task = version.workflow.tasks[version.task_keys[row.task_definition_id]]
    if not (had_it or _may_see(actor, row, task)):
        raise NotFound
    then, now = _workspaces(session, row)
    shown = {name: then[name] for name in task.shown_fields() if name in then}
    current = {name: now[name] for name in task.output_fields if name in now}
    return TaskView(
        id=row.id,
        ticket_id=row.ticket_id,
        ticket_title=row.ticket_title,
        ticket_status=WorkflowStatus(row.ticket_status),
        version=version,
        definition=task,
        status=TaskStatus(row.status),
        assigned_to=person_of(row.assigned_to, row.first_name, row.last_name, row.email),
        completed_by=row.completed_by,
        start_iteration=row.start_iteration,
        end_iteration=row.end_iteration,
        created_at=row.created_at,
        started_at=row.started_at,
        completed_at=row.completed_at,
        updated_at=row.updated_at,
        input=shown,
        current=current,
        output=row.output,
        workspace=now,
        why=_why(session, row) if tells_why and row.assigned_to is not None else None,
        actions=_actions(actor, row, task),
        people=people_named_in(session, version.workflow.fields, shown, current, row.output or {}),
    )


_TASK = (
    select(
        TaskInstance.id,
        TaskInstance.ticket_id,
        TaskInstance.workflow_instance_id,
        TaskInstance.task_definition_id,
        TaskInstance.status,
        TaskInstance.assigned_to,
        TaskInstance.completed_by,
        TaskInstance.start_iteration,
        TaskInstance.end_iteration,
        TaskInstance.created_at,
        TaskInstance.started_at,
        TaskInstance.completed_at,
        TaskInstance.updated_at,
        TaskInstance.output,
        TaskDefinition.workflow_id.label("version_id"),
        TicketInstance.status.label("ticket_status"),
        TicketDefinition.title.label("ticket_title"),
        WorkflowInstance.iteration,
        User.first_name,
        User.last_name,
        User.email,
    )
    .join(TaskDefinition, TaskDefinition.id == TaskInstance.task_definition_id)
    .join(TicketInstance, TicketInstance.id == TaskInstance.ticket_id)
    .join(TicketDefinition, TicketDefinition.id == TicketInstance.ticket_type_id)
    .join(WorkflowInstance, WorkflowInstance.id == TaskInstance.workflow_instance_id)
    .outerjoin(User, User.id == TaskInstance.assigned_to)
)


def _task(session: Session, task_id: int) -> AnyRow:
    if not 0 < task_id <= LARGEST_ID:
        raise NotFound
    row = session.execute(_TASK.where(TaskInstance.id == task_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _may_see(actor: Actor, row: AnyRow, task: Task) -> bool:
    if actor.has(SystemRole.TICKET_ADMIN) or actor.user_id in (row.assigned_to, row.completed_by):
        return True
    return row.assigned_to is None and row.status in ACTIVE_TASK and may_do(actor, task)


def _workspaces(session: Session, row: AnyRow) -> tuple[dict[str, Any], dict[str, Any]]:
    """The workspace at the task's start, and the one now."""
    wanted = {row.start_iteration, row.iteration}
    rows = session.execute(
        select(WorkflowData.iteration, WorkflowData.workflow_data).where(
            WorkflowData.workflow_id == row.workflow_instance_id, WorkflowData.iteration.in_(wanted)
        )
    )
    found: dict[int, dict[str, Any]] = {row.iteration: row.workflow_data for row in rows}
    return found.get(row.start_iteration, {}), found.get(row.iteration, {})


def _why(session: Session, row: AnyRow) -> str | None:
    """The log's last word about how the task came to its assignee."""
    values = session.scalars(
        select(TicketLog.values)
        .where(TicketLog.ticket_id == row.ticket_id, TicketLog.task_id == row.id, TicketLog.event == "assigned")
        .order_by(TicketLog.id.desc())
        .limit(1)
    ).one_or_none()
    return (values or {}).get("why")


def _actions(actor: Actor, row: AnyRow, task: Task) -> frozenset[str]:
    """What the services would let this person do, as things stand."""
    if row.status not in ACTIVE_TASK:
        return frozenset()
    admin = actor.has(SystemRole.TICKET_ADMIN)
    own = row.assigned_to == actor.user_id
    may = {"assign"} if admin else set()
    if row.assigned_to is None and may_do(actor, task):
        may.add("claim")
    if row.status == TaskStatus.ERROR:
        return frozenset(may)
    if own:
        may.add("release")
    if own and row.status == TaskStatus.OPEN:
        may.add("start")
    by_hand = task.task_type is TaskType.FORM and row.ticket_status != WorkflowStatus.ON_HOLD
    if by_hand and (own or admin):
        may.add("complete")
    return frozenset(may)
