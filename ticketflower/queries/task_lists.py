"""Lists of tasks: a worker's queue, and the lists that the API gives (api.md, ``GET /tasks``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Subquery, func, literal_column, or_, select, true, union_all
from sqlalchemy.orm import Session

from ticketflower.access import LARGEST_ID, require_role
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
Conditions = list[ColumnElement[bool]]
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
        oldest = _claimable(actor, limit + 1)
        free = _TASKS.join(oldest, oldest.c.id == TaskInstance.id).order_by(TaskInstance.id)
        claimable = _rows(session.execute(free).all())
    return Queue(tuple(mine[:limit]), tuple(claimable[:limit]), len(mine) > limit, len(claimable) > limit)


def _claimable(actor: Actor, most: int, narrow: Conditions | None = None, *, newest: bool = False) -> Subquery:
    """The oldest or newest unassigned tasks that the person may claim."""
    lets_in = or_(
        func.cardinality(TaskDefinition.company_role_access) == 0,
        TaskDefinition.company_role_access.overlap(sorted(actor.company_roles)),
    )
    return _unassigned(lets_in, most, narrow, newest=newest)


def _unassigned(
    definitions: ColumnElement[bool], most: int, narrow: Conditions | None = None, *, newest: bool = False
) -> Subquery:
    """The oldest or newest unassigned active tasks of some definitions.

    One look into an index for each definition: however many tasks wait, no more of each are read than are shown.
    """
    each = (
        select(TaskInstance.id)
        .where(TaskInstance.task_definition_id == TaskDefinition.id, TaskInstance.assigned_to.is_(None), ACTIVE_TASKS)
        .where(*(narrow or ()))
        .order_by(TaskInstance.id.desc() if newest else TaskInstance.id)
        .limit(most)
        .correlate(TaskDefinition)
        .lateral()
    )
    free = select(each.c.id).select_from(TaskDefinition).join(each, true()).where(definitions)
    return free.order_by(each.c.id.desc() if newest else each.c.id).limit(most).subquery()


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
    """Tasks, the newest first: a worker's own and those that they may claim, a ticket admin's all; one query.

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
    narrow: Conditions = []
    if before is not None:
        narrow.append(TaskInstance.id < before)
    if status is not None:
        narrow.append(TaskInstance.status == status)
    if ticket is not None:
        narrow.append(TaskInstance.ticket_id == ticket)
    query = _TASKS.order_by(TaskInstance.id.desc()).limit(limit + 1)
    parts = _parts(actor, assigned_to, person, narrow, limit + 1)
    if parts is None:
        query = query.where(*narrow)
    else:
        newest = _newest(parts, limit + 1)
        query = query.join(newest, newest.c.id == TaskInstance.id)
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


def _parts(
    actor: Actor, assigned_to: str | None, person: int | None, narrow: Conditions, most: int
) -> list[Subquery] | None:
    """The disjoint sets that the list is made of, each by an index of its own; None for all of the company's tasks."""
    admin = actor.has(SystemRole.TICKET_ADMIN)
    if admin and assigned_to is None:
        return None
    if admin and assigned_to == "none":
        return [_unassigned(true(), most, narrow, newest=True), _ended_unassigned(narrow, most)]
    parts: list[Subquery] = []
    if assigned_to != "none":
        whose = actor.user_id if person is None else person
        parts += [_ids([*conditions, *narrow], most) for conditions in _of_person(whose, actor, admin)]
    if not admin and assigned_to in (None, "none"):
        parts.append(_claimable(actor, most, narrow, newest=True))
    return parts


def _of_person(person: int, actor: Actor, admin: bool) -> list[Conditions]:
    """The tasks that are or were assigned to a person; of a colleague's, a worker sees those they completed."""
    theirs = TaskInstance.assigned_to == person
    if person == actor.user_id:
        return [[theirs, ACTIVE_TASKS], [TaskInstance.completed_by == person, _DONE], [theirs, _LOST]]
    if admin:
        return [[theirs, ACTIVE_TASKS], [theirs, TaskInstance.completed_by == person, _DONE], [theirs, _LOST]]
    return [[theirs, TaskInstance.completed_by == actor.user_id, _DONE]]


def _ids(conditions: Conditions, most: int) -> Subquery:
    """The newest tasks of a set, no more than the page can show."""
    return select(TaskInstance.id).where(*conditions).order_by(TaskInstance.id.desc()).limit(most).subquery()


def _ended_unassigned(narrow: Conditions, most: int) -> Subquery:
    """The newest tasks that ended as nobody's.

    Ordered as the index is: PostgreSQL does not see that rows without an assignee all stand together in it.
    """
    ended = select(TaskInstance.id).where(TaskInstance.assigned_to.is_(None), _LOST, *narrow)
    return ended.order_by(TaskInstance.assigned_to.desc(), TaskInstance.id.desc()).limit(most).subquery()


def _newest(parts: Sequence[Subquery], most: int) -> Subquery:
    """The newest of several sets."""
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
