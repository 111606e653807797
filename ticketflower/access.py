"""Fetch and authorise in one step: what a person may see and do (api.md; security.md, Walls between companies).

A thing that was never made, another company's and a colleague's that the person may not see are one answer: NotFound.
"""

from __future__ import annotations

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ticketflower.actor import Actor
from ticketflower.engine.definition import Task
from ticketflower.engine.words import SystemRole
from ticketflower.errors import Forbidden, NotFound
from ticketflower.models import TaskDefinition, TaskInstance, TicketInstance
from ticketflower.models.task import ACTIVE

#: The largest number that an id column holds; anything beyond is no such thing, not a database error.
LARGEST_ID = 2**63 - 1


def require_role(actor: Actor, *roles: SystemRole) -> None:
    """Refuses a person who has none of these roles.

    Raises:
        Forbidden: none of their roles may make this call.
    """
    if not actor.has(*roles):
        wanted = " or ".join(role.value for role in roles)
        raise Forbidden(f"This needs the role {wanted}. Ask an administrator of your company for it.")


def may_do(actor: Actor, task: Task, submitter_id: int | None = None) -> bool:
    """Whether a person may do a task: a task worker with one of its company roles (none named: every task worker).

    An on-demand task is also for the ticket's submitter, who withdraws, reminds and asks for changes (engine.md, On
    demand).
    """
    works = actor.has(SystemRole.TASK_WORKER) or (task.on_demand and submitter_id == actor.user_id)
    return works and actor.may_by_company_role(task.company_role_access)


def claimable_definitions(session: Session, actor: Actor) -> list[int]:
    """The task definitions, of every version, whose unassigned tasks the person may claim."""
    if not actor.has(SystemRole.TASK_WORKER):
        return []
    open_to_all = func.cardinality(TaskDefinition.company_role_access) == 0
    theirs = TaskDefinition.company_role_access.overlap(sorted(actor.company_roles))
    return list(session.scalars(select(TaskDefinition.id).where(or_(open_to_all, theirs))))


def visible_ticket(session: Session, actor: Actor, ticket_id: int) -> TicketInstance:
    """A ticket that the person may see: their own, as ticket admin any, as worker those of their tasks.

    Raises:
        NotFound: there is none for them.
    """
    ticket = _by_id(session, TicketInstance, ticket_id)
    if ticket.created_by == actor.user_id or actor.has(SystemRole.TICKET_ADMIN):
        return ticket
    if works_on(session, actor, ticket.id):
        return ticket
    raise NotFound


def works_on(session: Session, actor: Actor, ticket_id: int) -> bool:
    """Whether one of the ticket's tasks is, was, or may become the person's."""
    own = or_(TaskInstance.assigned_to == actor.user_id, TaskInstance.completed_by == actor.user_id)
    tasks = select(TaskInstance.id).where(TaskInstance.ticket_id == ticket_id)
    if session.scalar(tasks.where(own).limit(1)) is not None:
        return True
    definitions = claimable_definitions(session, actor)
    if not definitions:
        return False
    free = tasks.where(
        TaskInstance.assigned_to.is_(None), ACTIVE, TaskInstance.task_definition_id.in_(definitions)
    ).limit(1)
    return session.scalar(free) is not None


def _by_id(session: Session, model: type[TicketInstance], number: int) -> TicketInstance:
    if not 0 < number <= LARGEST_ID:
        raise NotFound
    found = session.scalars(select(model).where(model.id == number)).one_or_none()
    if found is None:
        raise NotFound
    return found
