"""What people do with a task: start, claim, release, hand over, complete.

A task's row is its lock: two people who act at once are served one after the other, and the second is told what has
become of the task.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ticketflower.access import LARGEST_ID, may_do, require_role
from ticketflower.actor import Actor
from ticketflower.db import COMPANY, driver_of
from ticketflower.engine import sql
from ticketflower.engine.advance import Advanced, FoundTask, complete_and_advance, find_task
from ticketflower.engine.announce import BOARD, ERRORS, UNASSIGNED, announce, queue_topic, ticket_topic
from ticketflower.engine.catalog import version_of
from ticketflower.engine.definition import Task
from ticketflower.engine.reading import execute
from ticketflower.engine.words import ACTIVE_TASK, ErrorStatus, SystemRole, TaskStatus, TaskType, WorkflowStatus
from ticketflower.engine.writing import Statement
from ticketflower.errors import Conflict, NotFound, Unacceptable
from ticketflower.models import (
    TaskDefinition,
    TaskInstance,
    TicketError,
    TicketLog,
    User,
    UserCompanyRole,
    UserSystemRole,
)
from ticketflower.models.company import CompanyRole
from ticketflower.problems import Problem
from ticketflower.services.activity import record_activity
from ticketflower.services.answers import require_good_answers, required_now
from ticketflower.services.loads import shift_loads


def complete_task(
    session: Session, actor: Actor, task_id: int, data: Any, now: datetime, also: Sequence[Statement] = ()
) -> Advanced:
    """Takes a task's output: it is durable first, then the workflow advances (engine.md, two transactions).

    A write conflict and a failing engine are not the worker's error: the task is then as it is, and the admin gets
    the error.

    Args:
        data: the task's output fields, checked against their schemas.
        also: statements that belong to the same commit (an idempotency key).

    Raises:
        NotFound: there is no such task for this person.
        Conflict: it is not active any more, unassigned, an admin's to mend, or its workflow is on hold.
        Unacceptable: the data breaks a rule; nothing was stored.
    """
    found = _found(session, task_id)
    version = version_of(session, found.version_id)
    task = version.workflow.tasks[version.task_keys[found.definition_id]]
    _require_completable(session, actor, found, task)
    workspace = _workspace(session, found) if task.required_when else {}
    must = required_now(task, workspace, data)
    require_good_answers(session, version.workflow, task.output_fields, task.optional_fields, data, must)

    done = complete_and_advance(session, found, data, actor.user_id, now, also)
    if done is None:
        raise _changed(session, task_id)
    return done


def start_task(session: Session, actor: Actor, task_id: int, now: datetime) -> None:
    """Says that the person has begun with a task of theirs.

    Raises:
        NotFound: there is no such task for this person.
        Conflict: it is not open.
    """
    row, task = _locked(session, actor, task_id)
    if row.assigned_to is None:
        raise Conflict(f"Task {task_id} is nobody's yet. Claim it first.")
    if row.assigned_to != actor.user_id:
        raise NotFound
    if row.status != TaskStatus.OPEN:
        raise _not_active(row) if row.status not in ACTIVE_TASK else Conflict(_standing(row))
    row.status = TaskStatus.IN_PROGRESS
    row.started_at = row.started_at or now
    row.updated_at = now
    _log(session, actor, row, task, "begun", now)
    session.commit()
    announce(session, _topics(row, actor.user_id))


def claim_task(session: Session, actor: Actor, task_id: int, now: datetime) -> None:
    """Takes an unassigned task that the person may do.

    Raises:
        NotFound: there is no such task for this person.
        Conflict: somebody has it already, or it is not active any more.
    """
    row, task = _locked(session, actor, task_id)
    if row.status not in ACTIVE_TASK:
        raise _not_active(row)
    if row.assigned_to is not None:
        raise Conflict(f"Task {task_id} is assigned already. Look at the unassigned tasks again.")
    if not may_do(actor, task):
        raise NotFound
    row.assigned_to = actor.user_id
    row.updated_at = now
    _log(session, actor, row, task, "assigned", now, {"user_id": actor.user_id, "why": "claimed"})
    _close_no_worker(session, actor, row, "The task was claimed.", now)
    session.flush()
    shift_loads(session, {actor.user_id: 1}, now)
    session.commit()
    announce(session, {*_topics(row, actor.user_id), UNASSIGNED, ERRORS})


def release_task(session: Session, actor: Actor, task_id: int, now: datetime) -> None:
    """Gives a task back: it is open and unassigned, without an error (engine.md, Assignment).

    Raises:
        NotFound: there is no such task for this person.
        Conflict: it is not active any more, or waits for an admin.
    """
    row, task = _locked(session, actor, task_id)
    if row.assigned_to != actor.user_id:
        raise NotFound
    if row.status not in ACTIVE_TASK:
        raise _not_active(row)
    if row.status == TaskStatus.ERROR:
        raise Conflict(_standing(row))
    row.assigned_to = None
    row.status = TaskStatus.OPEN
    row.started_at = None
    row.updated_at = now
    _log(session, actor, row, task, "released", now)
    session.flush()
    shift_loads(session, {actor.user_id: -1})
    session.commit()
    announce(session, {*_topics(row, actor.user_id), UNASSIGNED})


def assign_task(session: Session, actor: Actor, task_id: int, user_id: Any, now: datetime) -> None:
    """Gives a task to a worker, whoever had it before.

    Raises:
        Forbidden: the person is no ticket admin.
        NotFound: there is no such task.
        Conflict: the task is not active any more.
        Unacceptable: the user is not an active task worker who may do it.
    """
    require_role(actor, SystemRole.TICKET_ADMIN)
    row, task = _locked(session, actor, task_id)
    if row.status not in ACTIVE_TASK:
        raise _not_active(row)
    _require_worker(session, task, user_id)
    before = row.assigned_to
    if before == user_id:
        session.commit()
        return
    row.assigned_to = user_id
    row.updated_at = now
    if row.status == TaskStatus.IN_PROGRESS:
        row.status = TaskStatus.OPEN
        row.started_at = None
    _log(session, actor, row, task, "assigned", now, {"user_id": user_id, "why": "by an admin"})
    record_activity(session, actor, "task:assign", task_id, user_id=user_id, before=before)
    _close_no_worker(session, actor, row, "The task was assigned.", now)
    session.flush()
    shift_loads(session, {before: -1, user_id: 1}, now)
    session.commit()
    topics = {*_topics(row, user_id), ERRORS, UNASSIGNED if before is None else queue_topic(before)}
    announce(session, topics)


def _found(session: Session, task_id: int) -> FoundTask:
    found = find_task(session, task_id) if 0 < task_id <= LARGEST_ID else None
    if found is None:
        raise NotFound
    return found


def _require_completable(session: Session, actor: Actor, found: FoundTask, task: Task) -> None:
    admin = actor.has(SystemRole.TICKET_ADMIN)
    if found.assigned_to is None and not admin:
        if not may_do(actor, task):
            raise NotFound
        if found.status in ACTIVE_TASK:
            raise Conflict(f"Task {found.id} is nobody's yet. Claim it first.")
    elif not admin and found.assigned_to != actor.user_id:
        raise NotFound
    if found.status not in ACTIVE_TASK or found.status == TaskStatus.ERROR:
        raise _changed(session, found.id)
    if found.workflow_status == WorkflowStatus.ON_HOLD:
        raise Conflict(f"Ticket {found.ticket_id} is on hold. Your answers can be sent when it is resumed.")
    if task.task_type is not TaskType.FORM:
        raise Conflict(f"Task {found.id} is done by a server, not by a person.")


def _workspace(session: Session, found: FoundTask) -> dict[str, Any]:
    keys = {"company": session.info[COMPANY], "instance": found.instance_id}
    row = execute(driver_of(session), sql.READ_WORKSPACE, keys).fetchone()
    return dict(row["workflow_data"]) if row else {}


def _locked(session: Session, actor: Actor, task_id: int) -> tuple[TaskInstance, Task]:
    """A task under its lock, as it is now, with its definition; only one that the person may see."""
    if not 0 < task_id <= LARGEST_ID:
        raise NotFound
    row = session.scalars(
        select(TaskInstance)
        .where(TaskInstance.id == task_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    task = _definition(session, row)
    mine = row.assigned_to == actor.user_id or row.completed_by == actor.user_id
    if not (mine or actor.has(SystemRole.TICKET_ADMIN) or may_do(actor, task)):
        raise NotFound
    return row, task


def _definition(session: Session, row: TaskInstance) -> Task:
    version_id = session.scalars(
        select(TaskDefinition.workflow_id).where(TaskDefinition.id == row.task_definition_id)
    ).one()
    version = version_of(session, version_id)
    return version.workflow.tasks[version.task_keys[row.task_definition_id]]


def _require_worker(session: Session, task: Task, user_id: Any) -> None:
    """Only an active task worker with one of the task's company roles can be given it."""
    problem = Problem("/user_id", "Select a task worker of your company who may do this task", code="not_allowed")
    if not isinstance(user_id, int) or isinstance(user_id, bool) or not 0 < user_id <= LARGEST_ID:
        raise Unacceptable([problem])
    worker = session.scalars(
        select(User.id)
        .join(UserSystemRole, (UserSystemRole.company_id == User.company_id) & (UserSystemRole.user_id == User.id))
        .where(User.id == user_id, User.active, UserSystemRole.role == SystemRole.TASK_WORKER)
    ).one_or_none()
    if worker is None:
        raise Unacceptable([problem])
    if task.company_role_access and not set(task.company_role_access) & _company_roles(session, user_id):
        raise Unacceptable([problem])


def _company_roles(session: Session, user_id: int) -> set[str]:
    return set(
        session.scalars(
            select(CompanyRole.role_name)
            .join(
                UserCompanyRole,
                (UserCompanyRole.company_id == CompanyRole.company_id) & (UserCompanyRole.role == CompanyRole.id),
            )
            .where(UserCompanyRole.user_id == user_id)
        )
    )


def _close_no_worker(session: Session, actor: Actor, row: TaskInstance, note: str, now: datetime) -> None:
    session.execute(
        update(TicketError)
        .where(
            TicketError.ticket_id == row.ticket_id,
            TicketError.cause == f"no_worker:{row.id}",
            TicketError.error_status != ErrorStatus.RESOLVED,
        )
        .values(error_status=ErrorStatus.RESOLVED, resolution_notes=note, resolved_by=actor.user_id, updated_at=now)
        .execution_options(synchronize_session=False)
    )


def _log(
    session: Session,
    actor: Actor,
    row: TaskInstance,
    task: Task,
    event: str,
    now: datetime,
    values: dict[str, Any] | None = None,
) -> None:
    session.add(
        TicketLog(
            company_id=actor.company_id,
            ticket_id=row.ticket_id,
            at=now,
            event=event,
            task_id=row.id,
            key=task.key,
            values=values,
            actor_id=actor.user_id,
        )
    )


def _topics(row: TaskInstance, *people: int) -> set[str]:
    return {ticket_topic(row.ticket_id), BOARD, *(queue_topic(user_id) for user_id in people)}


def _changed(session: Session, task_id: int) -> Conflict:
    """Why a task can't be completed (any more), as it is now."""
    session.rollback()
    row = session.scalars(
        select(TaskInstance).where(TaskInstance.id == task_id).execution_options(populate_existing=True)
    ).one()
    return _not_active(row) if row.status not in ACTIVE_TASK else Conflict(_standing(row))


def _not_active(row: TaskInstance) -> Conflict:
    if row.status == TaskStatus.COMPLETED:
        return Conflict(f"Task {row.id} is completed already. Look at the ticket to see what was answered.")
    return Conflict(f"Task {row.id} was cancelled: the ticket has moved on or ended. Nothing is left to do.")


def _standing(row: TaskInstance) -> str:
    if row.status == TaskStatus.ERROR:
        return f"Task {row.id} waits for a ticket admin. They have been told and will answer, or send it back to you."
    if row.status == TaskStatus.IN_PROGRESS:
        return f"Task {row.id} has been started already."
    return f"Task {row.id} has changed meanwhile. Load the page again and look at it."
