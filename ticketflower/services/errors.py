"""What an admin does about an error: look, retry, resolve, and the three answers to a conflict (engine.md, Errors)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ScalarResult, Select, select
from sqlalchemy.orm import Session

from ticketflower.access import LARGEST_ID, require_role
from ticketflower.actor import Actor
from ticketflower.engine.advance import Advanced, advance
from ticketflower.engine.announce import BOARD, ERRORS, announce, queue_topic, ticket_topic
from ticketflower.engine.reading import held_from
from ticketflower.engine.words import ENDED_WORKFLOW, ErrorStatus, SystemRole, TaskStatus, WorkflowStatus
from ticketflower.errors import Conflict, NotFound, Unacceptable
from ticketflower.models import TaskDefinition, TaskInstance, TicketError, TicketLog, WorkflowInstance
from ticketflower.models.workflow import CHANGE_ORDER
from ticketflower.problems import Problem
from ticketflower.services.activity import record_activity
from ticketflower.services.loads import shift_loads

Row = TypeVar("Row")

MAX_NOTES = 2000
#: The cause of an error that stands until the advance has gone through.
FAILED_ADVANCE = "advance"


def retry_error(session: Session, actor: Actor, error_id: int, notes: str | None, now: datetime) -> Advanced:
    """Runs the engine again for the error's ticket; what was wrong and is right now closes the error.

    Raises:
        Forbidden, NotFound: the person may not, or there is no such error.
        Conflict: the error is resolved already.
    """
    error = _open_error(session, actor, error_id)
    ticket_id = error.ticket_id
    _note(error, notes)
    record_activity(session, actor, "error:retry", error_id)
    session.commit()
    return advance(session, ticket_id, now)


def review_error(session: Session, actor: Actor, error_id: int, notes: str | None, now: datetime) -> None:
    """Marks an error as looked at.

    Raises:
        Forbidden, NotFound: the person may not, or there is no such error.
        Conflict: the error is resolved already.
    """
    error = _open_error(session, actor, error_id)
    error.error_status = ErrorStatus.REVIEWED
    error.updated_at = now
    _note(error, notes)
    record_activity(session, actor, "error:review", error_id)
    _commit_and_tell(session, error.ticket_id)


def resolve_error(session: Session, actor: Actor, error_id: int, notes: str | None, now: datetime) -> None:
    """Closes an error by hand.

    Raises:
        Forbidden, NotFound: the person may not, or there is no such error.
        Conflict: it is resolved already, or its cause (a conflict, a failed advance) still stands.
    """
    error = _open_error(session, actor, error_id)
    if error.code == "write_conflict":
        raise Conflict("The conflict still stands. Apply the output, discard it or send the task back.")
    if error.cause == FAILED_ADVANCE:
        raise Conflict("The workflow has not moved on yet. Retry it, or cancel the ticket.")
    _resolve(error, actor, notes, now)
    record_activity(session, actor, "error:resolve", error_id)
    _commit_and_tell(session, error.ticket_id)


def apply_output(session: Session, actor: Actor, error_id: int, notes: str | None, now: datetime) -> Advanced:
    """Lets the conflicting output win: it is folded in as an iteration like any other (engine.md, Write conflicts).

    Raises:
        Forbidden, NotFound: the person may not, or there is no such error.
        Conflict: no conflict stands there, or the workflow is on hold.
    """
    standing = _standing_conflict(session, actor, error_id)
    if standing.instance.status == WorkflowStatus.ON_HOLD:
        raise Conflict(f"Ticket {standing.error.ticket_id} is on hold. Resume it, then apply the output.")
    task = standing.task
    task.status = TaskStatus.COMPLETED
    task.applied = True
    task.change_order = session.scalar(select(CHANGE_ORDER.next_value()))
    return _answer(session, actor, standing, "applied", notes, now, load=-1)


def discard_output(session: Session, actor: Actor, error_id: int, notes: str | None, now: datetime) -> Advanced:
    """Drops the conflicting output; the task is cancelled and keeps it (engine.md, Write conflicts).

    Raises:
        Forbidden, NotFound: the person may not, or there is no such error.
        Conflict: no conflict stands there.
    """
    standing = _standing_conflict(session, actor, error_id)
    standing.task.status = TaskStatus.CANCELLED
    if held_from(standing.instance.held) is None:
        standing.instance.held = {"settle": True}
    return _answer(session, actor, standing, "discarded", notes, now, load=-1)


def send_back(session: Session, actor: Actor, error_id: int, notes: str | None, now: datetime) -> Advanced:
    """Gives the same task back to be done again with the inputs of now; no new start (engine.md, Write conflicts).

    Raises:
        Forbidden, NotFound: the person may not, or there is no such error.
        Conflict: no conflict stands there.
    """
    standing = _standing_conflict(session, actor, error_id)
    task = standing.task
    task.status = TaskStatus.OPEN
    task.start_iteration = standing.instance.iteration
    task.change_order = None
    task.started_at = None
    task.completed_at = None
    task.completed_by = None
    return _answer(session, actor, standing, "sent_back", notes, now, load=0)


@dataclass(frozen=True, slots=True)
class _Standing:
    """A write conflict that stands, its instance and task under their locks."""

    error: TicketError
    instance: WorkflowInstance
    task: TaskInstance


def _standing_conflict(session: Session, actor: Actor, error_id: int) -> _Standing:
    """Locks in the engine's order: the instance, the task, the error; another order would deadlock with an advance."""
    error = _open_error(session, actor, error_id, lock=False)
    if error.code != "write_conflict":
        raise Conflict("This error is no write conflict. Retry it, or resolve it with a note.")
    instance = _locked(session, select(WorkflowInstance).where(WorkflowInstance.ticket_id == error.ticket_id)).one()
    task = _locked(session, select(TaskInstance).where(TaskInstance.id == error.task_id)).one()
    if instance.status in ENDED_WORKFLOW or task.status != TaskStatus.ERROR:
        raise Conflict("The conflict has been answered already. Load the page again and look at it.")
    return _Standing(_open_error(session, actor, error_id), instance, task)


def _locked(session: Session, query: Select[Row]) -> ScalarResult[Row]:
    """Rows under their locks, as they are now, not as the session remembers them."""
    return session.scalars(query.with_for_update().execution_options(populate_existing=True))


def _answer(
    session: Session, actor: Actor, standing: _Standing, word: str, notes: str | None, now: datetime, load: int
) -> Advanced:
    """Writes an answer down: the instance is due, the error is closed, the log says who; then the engine goes on."""
    error, instance, task = standing.error, standing.instance, standing.task
    task.updated_at = now
    instance.advance_due = True
    _resolve(error, actor, notes, now)
    key = session.scalars(select(TaskDefinition.key).where(TaskDefinition.id == task.task_definition_id)).one()
    session.add(
        TicketLog(
            company_id=actor.company_id,
            ticket_id=error.ticket_id,
            at=now,
            iteration=instance.iteration,
            event=word,
            task_id=task.id,
            key=key,
            values={"error_id": error.id},
            actor_id=actor.user_id,
        )
    )
    record_activity(session, actor, f"error:{word}", error.id)
    session.flush()
    shift_loads(session, {task.assigned_to: load})
    session.commit()
    people = set() if task.assigned_to is None else {queue_topic(task.assigned_to)}
    announce(session, {ERRORS, BOARD, ticket_topic(error.ticket_id), *people})
    return advance(session, error.ticket_id, now)


def _open_error(session: Session, actor: Actor, error_id: int, *, lock: bool = True) -> TicketError:
    """An error that is not resolved, under its lock unless that comes later."""
    require_role(actor, SystemRole.TICKET_ADMIN)
    if not 0 < error_id <= LARGEST_ID:
        raise NotFound
    query = select(TicketError).where(TicketError.id == error_id)
    error = (_locked(session, query) if lock else session.scalars(query)).one_or_none()
    if error is None:
        raise NotFound
    if error.error_status == ErrorStatus.RESOLVED:
        raise Conflict("This error is resolved already. Its notes say how.")
    return error


def _note(error: TicketError, notes: str | None) -> None:
    """Adds a person's words to the error's notes."""
    trimmed = (notes or "").strip()
    if len(trimmed) > MAX_NOTES:
        raise Unacceptable([Problem("/notes", f"Notes must be {MAX_NOTES:,} characters or less", code="too_long")])
    if trimmed:
        error.resolution_notes = "\n".join(filter(None, (error.resolution_notes, trimmed)))


def _resolve(error: TicketError, actor: Actor, notes: str | None, now: datetime) -> None:
    _note(error, notes)
    error.error_status = ErrorStatus.RESOLVED
    error.resolved_by = actor.user_id
    error.updated_at = now


def _commit_and_tell(session: Session, ticket_id: int) -> None:
    session.commit()
    announce(session, {ERRORS, BOARD, ticket_topic(ticket_id)})
