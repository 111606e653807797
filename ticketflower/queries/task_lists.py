"""Lists of tasks: a worker's queue, and the lists that the API gives (api.md, ``GET /tasks``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Subquery, func, literal_column, or_, select, true, union_all
from sqlalchemy.orm import Session

from ticketflower.access import LARGEST_ID, claimable_definitions, require_role
from ticketflower.actor import Actor
from ticketflower.engine.words import SystemRole, TaskStatus, WorkflowStatus
from ticketflower.models import TaskDefinition, TaskInstance, TicketDefinition, TicketInstance, User
from ticketflower.queries.active import ACTIVE_TASKS
from ticketflower.queries.names import Person, person_of
from ticketflower.queries.paging import PAGE, Page, number_after, page_of, unacceptable, word_of
from ticketflower.queries.rows import AnyRow

#: Tasks that a person had and did not complete themselves; the words are those of a partial index (models.task).
_LOST: ColumnElement[Any] = literal_column(
    "(task_instances.status = 'CANCELLED' OR (task_instances.status = 'COMPLETED'"
    " AND task_instances.completed_by IS DISTINCT FROM task_instances.assigned_to))"
)
_DONE: ColumnElement[Any] = literal_column("task_instances.status = 'COMPLETED'")


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task in a list. ``ticket_title`` is the title of its ticket's type."""

    id: int
    ticket_id: int
    ticket_title: str
    ticket_status: WorkflowStatus
    key: str
    title: str
    status: TaskStatus
    assigned_to: Person | None
    start_iteration: int
    end_iteration: int | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Queue:
    """A worker's queue: their own active tasks and those that they may claim, the oldest first.

    Args:
        more_mine: there are more of their own than shown; ``more_claimable`` alike.
    """

    mine: tuple[TaskRow, ...]
    claimable: tuple[TaskRow, ...]
    more_mine: bool
    more_claimable: bool


def queue(session: Session, actor: Actor, limit: int = PAGE) -> Queue:
    """A worker's queue, in two queries that cost the same however many tasks there are.

    Raises:
        Forbidden: the person is neither a task worker nor a user, who may hold an offer that they took.
    """
    require_role(actor, SystemRole.TASK_WORKER, SystemRole.USER)
    own = _TASKS.where(TaskInstance.assigned_to == actor.user_id, ACTIVE_TASKS)
    mine = _rows(session.execute(own.order_by(TaskInstance.id).limit(limit + 1)).all())
    claimable: list[TaskRow] = []
    if actor.has(SystemRole.TASK_WORKER):
        oldest = _oldest_claimable(actor, limit + 1)
        free = _TASKS.join(oldest, oldest.c.id == TaskInstance.id).order_by(TaskInstance.id)
        claimable = _rows(session.execute(free).all())
    return Queue(tuple(mine[:limit]), tuple(claimable[:limit]), len(mine) > limit, len(claimable) > limit)


def _oldest_claimable(actor: Actor, most: int) -> Subquery:
    """The oldest unassigned tasks of each definition that lets the person in: one look into an index for each."""
    lets_in = or_(
        func.cardinality(TaskDefinition.company_role_access) == 0,
        TaskDefinition.company_role_access.overlap(sorted(actor.company_roles)),
    )
    oldest = (
        select(TaskInstance.id)
        .where(TaskInstance.task_definition_id == TaskDefinition.id, TaskInstance.assigned_to.is_(None), ACTIVE_TASKS)
        .order_by(TaskInstance.id)
        .limit(most)
        .correlate(TaskDefinition)
        .lateral()
    )
    free = select(oldest.c.id).select_from(TaskDefinition).join(oldest, true()).where(lets_in)
    return free.order_by(oldest.c.id).limit(most).subquery()


def list_tasks(
    session: Session,
    actor: Actor,
    *,
    status: str | None = None,
    assigned_to: str | None = None,
    ticket: int | None = None,
    limit: int = PAGE,
    cursor: str | None = None,
) -> Page[TaskRow]:
    """Tasks, the newest first: a worker's own and those that they may claim, a ticket admin's all; two queries.

    Args:
        status: one task status.
        assigned_to: ``me``, ``none`` or a person's number.
        ticket: a ticket's number.

    Raises:
        Forbidden: the person is neither a task worker nor a ticket admin.
        Unacceptable: a parameter's value can't be taken.
    """
    require_role(actor, SystemRole.TASK_WORKER, SystemRole.TICKET_ADMIN)
    word_of("status", status, tuple(TaskStatus))
    person = _person(actor, assigned_to)
    before = number_after("tasks", cursor)
    narrow: list[ColumnElement[bool]] = []
    if before is not None:
        narrow.append(TaskInstance.id < before)
    if status is not None:
        narrow.append(TaskInstance.status == status)
    if ticket is not None:
        narrow.append(TaskInstance.ticket_id == ticket)
    query = _TASKS.order_by(TaskInstance.id.desc()).limit(limit + 1)
    branches = _branches(session, actor, assigned_to, person)
    if branches is None:
        query = query.where(*narrow)
    elif branches:
        newest = _newest(branches, narrow, limit + 1)
        query = query.join(newest, newest.c.id == TaskInstance.id)
    else:
        return Page(())
    return page_of("tasks", _rows(session.execute(query).all()), limit, lambda task: task.id)


def _person(actor: Actor, assigned_to: str | None) -> int | None:
    if assigned_to in (None, "none"):
        return None
    if assigned_to == "me":
        return actor.user_id
    assert assigned_to is not None
    if not (assigned_to.isascii() and assigned_to.isdigit() and len(assigned_to) < 20):
        raise unacceptable("assigned_to", "assigned_to must be me, none or a person's number")
    return min(int(assigned_to), LARGEST_ID)


Conditions = list[ColumnElement[bool]]


def _branches(session: Session, actor: Actor, assigned_to: str | None, person: int | None) -> list[Conditions] | None:
    """The sets of tasks that the list is made of, disjoint, an index for each; None for all of the company's."""
    admin = actor.has(SystemRole.TICKET_ADMIN)
    if admin and assigned_to is None:
        return None
    if admin and assigned_to == "none":
        return [[TaskInstance.assigned_to.is_(None)]]
    branches: list[Conditions] = []
    if assigned_to != "none":
        branches += _of_person(person if person is not None else actor.user_id, actor, admin)
    if not admin and assigned_to in (None, "none"):
        definitions = claimable_definitions(session, actor)
        free = [TaskInstance.assigned_to.is_(None), ACTIVE_TASKS, TaskInstance.task_definition_id.in_(definitions)]
        branches += [free] if definitions else []
    return branches


def _of_person(person: int, actor: Actor, admin: bool) -> list[Conditions]:
    """The tasks that are or were assigned to a person; of a colleague's, a worker sees those they completed."""
    theirs = TaskInstance.assigned_to == person
    if person == actor.user_id:
        by_them: Conditions = [TaskInstance.completed_by == person, _DONE]
        return [[theirs, ACTIVE_TASKS], by_them, [theirs, _LOST]]
    if admin:
        by_them = [theirs, TaskInstance.completed_by == person, _DONE]
        return [[theirs, ACTIVE_TASKS], by_them, [theirs, _LOST]]
    return [[theirs, TaskInstance.completed_by == actor.user_id, _DONE]]


def _newest(branches: Sequence[Conditions], narrow: Conditions, most: int) -> Subquery:
    """The newest of several sets, no more of each than the page can show."""
    parts = [
        select(TaskInstance.id).where(*branch, *narrow).order_by(TaskInstance.id.desc()).limit(most).subquery()
        for branch in branches
    ]
    together = union_all(*(select(part.c.id) for part in parts)).subquery()
    return select(together.c.id).order_by(together.c.id.desc()).limit(most).subquery()


_TASKS = (
    select(
        TaskInstance.id,
        TaskInstance.ticket_id,
        TicketDefinition.title.label("ticket_title"),
        TicketInstance.status.label("ticket_status"),
        TaskDefinition.key,
        TaskDefinition.title,
        TaskInstance.status,
        TaskInstance.start_iteration,
        TaskInstance.end_iteration,
        TaskInstance.created_at,
        TaskInstance.started_at,
        TaskInstance.completed_at,
        TaskInstance.assigned_to,
        User.first_name,
        User.last_name,
        User.email,
    )
    .join(TaskDefinition, TaskDefinition.id == TaskInstance.task_definition_id)
    .join(TicketInstance, TicketInstance.id == TaskInstance.ticket_id)
    .join(TicketDefinition, TicketDefinition.id == TicketInstance.ticket_type_id)
    .outerjoin(User, User.id == TaskInstance.assigned_to)
)


def _rows(rows: Sequence[AnyRow]) -> list[TaskRow]:
    return [
        TaskRow(
            id=row.id,
            ticket_id=row.ticket_id,
            ticket_title=row.ticket_title,
            ticket_status=WorkflowStatus(row.ticket_status),
            key=row.key,
            title=row.title,
            status=TaskStatus(row.status),
            assigned_to=person_of(row.assigned_to, row.first_name, row.last_name, row.email),
            start_iteration=row.start_iteration,
            end_iteration=row.end_iteration,
            created_at=row.created_at,
            started_at=row.started_at,
            completed_at=row.completed_at,
        )
        for row in rows
    ]
