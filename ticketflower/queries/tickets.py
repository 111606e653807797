"""Tickets for reading: the lists, one ticket as its reader may see it, its iterations and its log (api.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketflower.access import LARGEST_ID, may_do, require_role
from ticketflower.actor import Actor
from ticketflower.engine.catalog import Version, version_of
from ticketflower.engine.definition import Task
from ticketflower.engine.state import TaskState
from ticketflower.engine.words import ACTIVE_TASK, ENDED_WORKFLOW, SystemRole, TaskStatus, WorkflowStatus
from ticketflower.errors import NotFound
from ticketflower.forms import Choice
from ticketflower.models import (
    Company,
    TaskInstance,
    TicketDefinition,
    TicketError,
    TicketInstance,
    User,
    WorkflowData,
    WorkflowInstance,
)
from ticketflower.queries.names import Person, people_named_in, person_of
from ticketflower.queries.offers import offered
from ticketflower.queries.rows import AnyRow

READERS = (SystemRole.USER, SystemRole.TASK_WORKER, SystemRole.TICKET_ADMIN)


@dataclass(frozen=True, slots=True)
class TicketTask:
    """A task on its ticket's page.

    Args:
        mine: the reader has it, or completed it.
        claimable: it is nobody's, and the reader may claim it.
    """

    id: int
    key: str
    title: str
    status: TaskStatus
    assigned_to: Person | None
    start_iteration: int
    end_iteration: int | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    completed_by: int | None
    mine: bool = False
    claimable: bool = False

    @property
    def active(self) -> bool:
        """OPEN, IN_PROGRESS, PENDING or ERROR: the ticket waits for it."""
        return self.status in ACTIVE_TASK


@dataclass(frozen=True, slots=True)
class TicketErrorLine:
    """An error on its ticket's page."""

    id: int
    code: str
    error_type: str
    error_status: str
    error_message: str
    task_id: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket as one person may see it.

    Args:
        version: the compiled version that it runs on; ``version.workflow`` holds titles, schemas and layouts.
        iteration: the newest; None while the workflow has not begun.
        data: the workspace now; for a worker the fields of their tasks only.
        fields: the fields whose values the reader may see, in the document's order.
        completion: the key of the completion that ended it.
        tasks: in the order of their making.
        errors: in the order of their making; a worker sees those of their tasks.
        offers: the on-demand tasks that the reader may take now.
        actions: what the reader may do to the ticket now: ``cancel``, ``hold``, ``resume``, ``advance``, ``correct``.
        whole: the reader sees everything, not only the fields of their tasks.
        people: the people that values of ``user`` fields name.
    """

    id: int
    ticket_type: str
    title: str
    status: WorkflowStatus
    version: Version
    created_at: datetime
    created_by: Person
    updated_at: datetime
    ended_at: datetime | None
    iteration: int | None
    data: Mapping[str, Any]
    fields: tuple[str, ...]
    completion: str | None
    tasks: tuple[TicketTask, ...]
    errors: tuple[TicketErrorLine, ...]
    offers: tuple[Task, ...]
    actions: frozenset[str]
    whole: bool
    people: tuple[Choice, ...] = field(default=())

    @property
    def waits_for(self) -> tuple[TicketTask, ...]:
        """The tasks that it waits for, each with who has it."""
        return tuple(task for task in self.tasks if task.active)


def ticket_view(session: Session, actor: Actor, ticket_id: int, now: datetime) -> TicketView:
    """One ticket, in at most five queries.

    Args:
        now: the moment, which the conditions of offers may ask for.

    Raises:
        Forbidden: none of the person's roles lets them read tickets.
        NotFound: there is no such ticket for them.
    """
    require_role(actor, *READERS)
    row = _ticket(session, ticket_id)
    version = version_of(session, row.version_id)
    tasks = _tasks(session, actor, version, ticket_id)
    whole = row.created_by == actor.user_id or actor.has(SystemRole.TICKET_ADMIN)
    theirs = [task for task in tasks if task.mine or task.claimable]
    if not whole and not theirs:
        raise NotFound
    workspace = _workspace(session, row)
    fields = _visible_fields(version, None if whole else theirs)
    data = {name: value for name, value in workspace.items() if name in fields}
    return TicketView(
        id=row.id,
        ticket_type=version.ticket_keys[row.ticket_type_id],
        title=version.workflow.tickets[version.ticket_keys[row.ticket_type_id]].title,
        status=WorkflowStatus(row.status),
        version=version,
        created_at=row.created_at,
        created_by=_submitter(row),
        updated_at=row.updated_at,
        ended_at=row.ended_at,
        iteration=row.iteration,
        data=data,
        fields=fields,
        completion=row.completion_key,
        tasks=tasks,
        errors=_errors(session, ticket_id, None if whole else {task.id for task in theirs}),
        offers=_offers(actor, row, version, workspace, tasks, now),
        actions=_actions(actor, row),
        whole=whole,
        people=people_named_in(session, version.workflow.fields, data),
    )


def _ticket(session: Session, ticket_id: int) -> AnyRow:
    """The ticket with its submitter, its company's time zone and what the instance's row keeps."""
    if not 0 < ticket_id <= LARGEST_ID:
        raise NotFound
    row = session.execute(_TICKET.where(TicketInstance.id == ticket_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


_TICKET = (
    select(
        TicketInstance.id,
        TicketInstance.status,
        TicketInstance.data,
        TicketInstance.ticket_type_id,
        TicketInstance.created_at,
        TicketInstance.updated_at,
        TicketInstance.created_by,
        User.first_name,
        User.last_name,
        User.email,
        TicketDefinition.workflow_id.label("version_id"),
        Company.time_zone,
        WorkflowInstance.id.label("instance_id"),
        WorkflowInstance.iteration,
        WorkflowInstance.field_versions,
        WorkflowInstance.task_counts,
        WorkflowInstance.completion_key,
        WorkflowInstance.ended_at,
    )
    .join(TicketDefinition, TicketDefinition.id == TicketInstance.ticket_type_id)
    .join(User, User.id == TicketInstance.created_by)
    .join(Company, Company.id == TicketInstance.company_id)
    .outerjoin(WorkflowInstance, WorkflowInstance.id == TicketInstance.workflow_id)
)


def _submitter(row: AnyRow) -> Person:
    person = person_of(row.created_by, row.first_name, row.last_name, row.email)
    assert person is not None
    return person


def _workspace(session: Session, row: AnyRow) -> dict[str, Any]:
    """The workspace now; what was submitted while there is none."""
    if row.instance_id is None:
        return dict(row.data)
    newest = (
        select(WorkflowData.workflow_data)
        .where(WorkflowData.workflow_id == row.instance_id)
        .order_by(WorkflowData.iteration.desc())
        .limit(1)
    )
    return dict(session.scalars(newest).one_or_none() or {})


def _tasks(session: Session, actor: Actor, version: Version, ticket_id: int) -> tuple[TicketTask, ...]:
    rows = session.execute(
        select(
            TaskInstance.id,
            TaskInstance.task_definition_id,
            TaskInstance.status,
            TaskInstance.assigned_to,
            TaskInstance.start_iteration,
            TaskInstance.end_iteration,
            TaskInstance.created_at,
            TaskInstance.started_at,
            TaskInstance.completed_at,
            TaskInstance.completed_by,
            User.first_name,
            User.last_name,
            User.email,
        )
        .outerjoin(User, User.id == TaskInstance.assigned_to)
        .where(TaskInstance.ticket_id == ticket_id)
        .order_by(TaskInstance.id)
    )
    return tuple(_task(actor, version, row) for row in rows)


def _task(actor: Actor, version: Version, row: AnyRow) -> TicketTask:
    task = version.workflow.tasks[version.task_keys[row.task_definition_id]]
    status = TaskStatus(row.status)
    return TicketTask(
        id=row.id,
        key=task.key,
        title=task.title,
        status=status,
        assigned_to=person_of(row.assigned_to, row.first_name, row.last_name, row.email),
        start_iteration=row.start_iteration,
        end_iteration=row.end_iteration,
        created_at=row.created_at,
        started_at=row.started_at,
        completed_at=row.completed_at,
        completed_by=row.completed_by,
        mine=actor.user_id in (row.assigned_to, row.completed_by),
        claimable=row.assigned_to is None and status in ACTIVE_TASK and may_do(actor, task),
    )


def _visible_fields(version: Version, tasks: Sequence[TicketTask] | None) -> tuple[str, ...]:
    """All fields, or those that a worker's tasks show and fill in (api.md: the fields of their tasks only)."""
    workflow = version.workflow
    if tasks is None:
        return tuple(workflow.fields)
    definitions = [workflow.tasks[task.key] for task in tasks]
    seen = {name for task in definitions for name in (*task.shown_fields(), *task.output_fields)}
    return tuple(name for name in workflow.fields if name in seen)


def _errors(session: Session, ticket_id: int, of_tasks: set[int] | None) -> tuple[TicketErrorLine, ...]:
    """A message may tell values of any field, so a worker sees the errors of their tasks alone."""
    query = select(
        TicketError.id,
        TicketError.code,
        TicketError.error_type,
        TicketError.error_status,
        TicketError.error_message,
        TicketError.task_id,
        TicketError.created_at,
    ).where(TicketError.ticket_id == ticket_id)
    if of_tasks is not None:
        query = query.where(TicketError.task_id.in_(of_tasks))
    return tuple(TicketErrorLine(*row) for row in session.execute(query.order_by(TicketError.id)))


def _offers(
    actor: Actor,
    row: AnyRow,
    version: Version,
    workspace: Mapping[str, Any],
    tasks: Sequence[TicketTask],
    now: datetime,
) -> tuple[Task, ...]:
    """The offers that the person may take; the conditions are not asked when there is none for them."""
    takeable = [t.key for t in version.workflow.tasks.values() if t.on_demand and may_do(actor, t, row.created_by)]
    if not takeable or row.status != WorkflowStatus.IN_PROGRESS:
        return ()
    counted = [
        TaskState(task.id, task.key, task.status, task.start_iteration, task.start_iteration)
        for task in tasks
        if task.active or (task.status is TaskStatus.COMPLETED and task.end_iteration is None)
    ]
    return tuple(task for task in offered(version, row, workspace, counted, now) if task.key in takeable)


def _actions(actor: Actor, row: AnyRow) -> frozenset[str]:
    if row.status in ENDED_WORKFLOW:
        return frozenset()
    if not actor.has(SystemRole.TICKET_ADMIN):
        submitter = row.created_by == actor.user_id and actor.has(SystemRole.USER)
        return frozenset({"cancel"}) if submitter else frozenset()
    by_status = {
        WorkflowStatus.NOT_STARTED: {"advance"},
        WorkflowStatus.IN_PROGRESS: {"advance", "hold", "correct"},
        WorkflowStatus.ON_HOLD: {"resume"},
    }
    return frozenset({"cancel", *by_status[WorkflowStatus(row.status)]})
