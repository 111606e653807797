"""What people do with a ticket: submit, correct, hold, resume, cancel, take an offer.

Each commits the person's change first and then advances the workflow (engine.md, How a change becomes state).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ticketflower.access import may_do, require_role, visible_ticket
from ticketflower.actor import Actor
from ticketflower.engine import by_hand
from ticketflower.engine.advance import Advanced, advance
from ticketflower.engine.announce import BOARD, announce, ticket_topic, tickets_topic
from ticketflower.engine.catalog import Version, version_of
from ticketflower.engine.failpoints import failpoint
from ticketflower.engine.words import (
    ENDED_WORKFLOW,
    DefinitionStatus,
    SystemRole,
    WorkflowStatus,
)
from ticketflower.engine.writing import Statement
from ticketflower.errors import Conflict, NotFound, Unacceptable
from ticketflower.models import (
    Correction,
    TicketDefinition,
    TicketInstance,
    TicketLog,
    WorkflowDefinition,
    WorkflowInstance,
)
from ticketflower.problems import Problem
from ticketflower.services.activity import record_activity
from ticketflower.services.answers import require_good_answers
from ticketflower.services.statements import run_statements

MAX_REASON = 2000


def submit_ticket(
    session: Session, actor: Actor, type_key: str, data: Any, now: datetime, also: Sequence[Statement] = ()
) -> int:
    """Submits a ticket of an active type: the ticket is durable first, then its workflow begins.

    Args:
        type_key: a ticket type's key; only types that the person's company roles allow (checklist B11).
        data: the fields of the type, checked against their schemas.
        also: statements that belong to the same commit (an idempotency key).

    Returns:
        The ticket's number.

    Raises:
        Forbidden: the person may not submit tickets at all.
        NotFound: there is no such type for them.
        Unacceptable: the data breaks a rule; nothing was stored.
    """
    require_role(actor, SystemRole.USER)
    version, type_id = submittable_type(session, actor, type_key)
    ticket_type = version.workflow.tickets[type_key]
    require_good_answers(session, version.workflow, ticket_type.fields, ticket_type.optional_fields, data)

    ticket = TicketInstance(
        company_id=actor.company_id,
        ticket_type_id=type_id,
        data=data,
        created_by=actor.user_id,
        created_at=now,
        updated_at=now,
    )
    session.add(ticket)
    session.flush()
    record_activity(session, actor, "ticket:submit", ticket.id, type=type_key)
    run_statements(session, also, ticket.id)
    failpoint("submit.before_commit")
    session.commit()
    failpoint("submit.after_commit")
    advance(session, ticket.id, now)
    return ticket.id


def submittable_type(session: Session, actor: Actor, type_key: str) -> tuple[Version, int]:
    """The active version and the row of a ticket type that the person may submit.

    Raises:
        NotFound: there is no such type for them.
    """
    if "\0" in type_key:  # PostgreSQL has no text with it
        raise NotFound
    found = session.execute(
        select(TicketDefinition.workflow_id, TicketDefinition.id)
        .join(
            WorkflowDefinition,
            (WorkflowDefinition.company_id == TicketDefinition.company_id)
            & (WorkflowDefinition.id == TicketDefinition.workflow_id),
        )
        .where(TicketDefinition.key == type_key, WorkflowDefinition.status == DefinitionStatus.ACTIVE)
    ).one_or_none()
    if found is None:
        raise NotFound
    version = version_of(session, found.workflow_id)
    if not actor.may_by_company_role(version.workflow.tickets[type_key].company_role_access):
        raise NotFound
    return version, found.id


def correct_fields(
    session: Session, actor: Actor, ticket_id: int, data: Any, reason: str | None, now: datetime
) -> Advanced:
    """Writes fields of a running workflow by an admin's hand: an iteration of its own (engine.md, Iterations).

    Raises:
        Forbidden: the person is no ticket admin.
        NotFound: there is no such ticket for them.
        Unacceptable: no reason, no field, or a value that breaks a rule.
        Conflict: the workflow has not begun, is on hold or has ended.
    """
    require_role(actor, SystemRole.TICKET_ADMIN)
    ticket = visible_ticket(session, actor, ticket_id)
    instance = _locked_instance(session, ticket)
    if instance is None or instance.status != WorkflowStatus.IN_PROGRESS:
        raise _not_now(ticket, "A value can be corrected only while the workflow is in progress")
    workflow = version_of(session, instance.workflow_id).workflow
    require_good_answers(session, workflow, tuple(workflow.fields), frozenset(workflow.fields), data)
    _require_correction(data, reason)

    session.add(
        Correction(
            company_id=actor.company_id,
            workflow_instance_id=instance.id,
            data=data,
            reason=(reason or "").strip(),
            actor_id=actor.user_id,
            created_at=now,
        )
    )
    instance.advance_due = True
    record_activity(session, actor, "ticket:correct", ticket_id, fields=sorted(data), reason=reason)
    session.commit()
    return advance(session, ticket_id, now)


def hold_ticket(session: Session, actor: Actor, ticket_id: int, reason: str | None, now: datetime) -> None:
    """Pauses a workflow: nothing is folded in until it is resumed (engine.md, Hold).

    Raises:
        Forbidden, NotFound: the person may not, or there is no such ticket for them.
        Conflict: the workflow is not in progress.
    """
    require_role(actor, SystemRole.TICKET_ADMIN)
    ticket = visible_ticket(session, actor, ticket_id)
    instance = _locked_instance(session, ticket)
    if instance is None or instance.status != WorkflowStatus.IN_PROGRESS:
        raise _not_now(ticket, "Only a workflow that is in progress can be put on hold")
    _set_status(session, actor, instance, WorkflowStatus.ON_HOLD, reason, now)
    session.commit()
    announce(session, _topics(ticket))


def resume_ticket(session: Session, actor: Actor, ticket_id: int, reason: str | None, now: datetime) -> Advanced:
    """Lets a paused workflow go on: what was left of the held iteration, then what was kept (engine.md, Hold).

    Raises:
        Forbidden, NotFound: the person may not, or there is no such ticket for them.
        Conflict: the workflow is not on hold.
    """
    require_role(actor, SystemRole.TICKET_ADMIN)
    ticket = visible_ticket(session, actor, ticket_id)
    instance = _locked_instance(session, ticket)
    if instance is None or instance.status != WorkflowStatus.ON_HOLD:
        raise _not_now(ticket, "Only a workflow that is on hold can be resumed")
    _set_status(session, actor, instance, WorkflowStatus.IN_PROGRESS, reason, now)
    instance.advance_due = True
    session.commit()
    announce(session, _topics(ticket))
    return advance(session, ticket_id, now)


def cancel_ticket(session: Session, actor: Actor, ticket_id: int, reason: str | None, now: datetime) -> None:
    """Ends a ticket at the word of its submitter or a ticket admin: active tasks are cancelled.

    Raises:
        Forbidden, NotFound: the person may not, or there is no such ticket for them.
        Conflict: it has ended already.
    """
    require_role(actor, SystemRole.TICKET_ADMIN, SystemRole.USER)
    ticket = visible_ticket(session, actor, ticket_id)
    if ticket.created_by != actor.user_id:
        require_role(actor, SystemRole.TICKET_ADMIN)
    record_activity(session, actor, "ticket:cancel", ticket_id, reason=_reason(reason))
    session.flush()
    if not by_hand.cancel(session, ticket_id, actor.user_id, _reason(reason), now):
        session.rollback()
        raise _not_now(ticket, "It has ended already")


def advance_ticket(session: Session, actor: Actor, ticket_id: int, now: datetime) -> Advanced:
    """Runs the engine again for a ticket: the retry button (engine.md, two transactions).

    Raises:
        Forbidden, NotFound: the person may not, or there is no such ticket for them.
        Conflict: the ticket is on hold or has ended: there is nothing to advance.
    """
    require_role(actor, SystemRole.TICKET_ADMIN)
    ticket = visible_ticket(session, actor, ticket_id)
    if ticket.status in ENDED_WORKFLOW or ticket.status == WorkflowStatus.ON_HOLD:
        raise _not_now(ticket, "Only a ticket that is under way can be advanced")
    return advance(session, ticket_id, now)


def take_offer(
    session: Session, actor: Actor, ticket_id: int, key: str, now: datetime, also: Sequence[Statement] = ()
) -> int:
    """Takes an on-demand task that the ticket's page offers: it starts, assigned to the person (engine.md, On demand).

    Returns:
        The task's number.

    Raises:
        NotFound: no such ticket for them, or no such offer that they may take.
        Conflict: the offer does not stand now.
    """
    ticket = visible_ticket(session, actor, ticket_id)
    if ticket.workflow_id is None:
        raise _not_now(ticket, "Its workflow has not begun")
    version = _version_of_ticket(session, ticket)
    task = version.workflow.tasks.get(key)
    if task is None or not task.on_demand or not may_do(actor, task, ticket.created_by):
        raise NotFound
    task_id = by_hand.take_offer(session, ticket_id, key, actor.user_id, now, also)
    if task_id is None:
        raise Conflict(f"“{task.title}” is not offered now: the ticket has moved on. Look at the ticket again.")
    return task_id


def _version_of_ticket(session: Session, ticket: TicketInstance) -> Version:
    version_id = session.scalars(
        select(TicketDefinition.workflow_id).where(TicketDefinition.id == ticket.ticket_type_id)
    ).one()
    return version_of(session, version_id)


def _locked_instance(session: Session, ticket: TicketInstance) -> WorkflowInstance | None:
    """The ticket's workflow under its lock, as it is now."""
    return session.scalars(
        select(WorkflowInstance)
        .where(WorkflowInstance.ticket_id == ticket.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _set_status(
    session: Session,
    actor: Actor,
    instance: WorkflowInstance,
    status: WorkflowStatus,
    reason: str | None,
    now: datetime,
) -> None:
    word = "on_hold" if status is WorkflowStatus.ON_HOLD else "resumed"
    why = _reason(reason)
    instance.status = status
    instance.updated_at = now
    session.execute(
        update(TicketInstance)
        .where(TicketInstance.id == instance.ticket_id)
        .values(status=status, updated_at=now)
        .execution_options(synchronize_session=False)
    )
    session.add(
        TicketLog(
            company_id=actor.company_id,
            ticket_id=instance.ticket_id,
            at=now,
            iteration=instance.iteration,
            event=word,
            values={"reason": why} if why else None,
            actor_id=actor.user_id,
        )
    )
    verb = "hold" if status is WorkflowStatus.ON_HOLD else "resume"
    record_activity(session, actor, f"ticket:{verb}", instance.ticket_id, reason=why)


def _reason(reason: str | None) -> str | None:
    """A reason, trimmed; too long a one is refused."""
    trimmed = (reason or "").strip()
    if len(trimmed) > MAX_REASON:
        raise Unacceptable([Problem("/reason", f"Reason must be {MAX_REASON:,} characters or less", code="too_long")])
    return trimmed or None


def _require_correction(data: dict[str, Any], reason: str | None) -> None:
    problems = []
    if not data:
        problems.append(Problem("/data", "Enter at least one field to correct", code="required"))
    if _reason(reason) is None:
        problems.append(Problem("/reason", "Enter a reason", "It is kept with the iteration.", code="required"))
    if problems:
        raise Unacceptable(problems)


_STATES = {
    WorkflowStatus.NOT_STARTED: "has not begun: look at its errors, then retry",
    WorkflowStatus.IN_PROGRESS: "is in progress",
    WorkflowStatus.ON_HOLD: "is on hold: resume it first",
    WorkflowStatus.COMPLETED: "is completed",
    WorkflowStatus.CANCELLED: "is cancelled",
}


def _not_now(ticket: TicketInstance, rule: str) -> Conflict:
    return Conflict(f"{rule}. Ticket {ticket.id} {_STATES[WorkflowStatus(ticket.status)]}.")


def _topics(ticket: TicketInstance) -> set[str]:
    return {ticket_topic(ticket.id), tickets_topic(ticket.created_by), BOARD}
