"""How much there is to do, for one person: the navigation's counts and the dashboard's figures, in one query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, literal, or_, select
from sqlalchemy.orm import Session

from ticketflower.actor import Actor
from ticketflower.engine.words import OPEN_WORKFLOW, DefinitionStatus, ErrorStatus, SystemRole, WorkflowStatus
from ticketflower.models import TaskDefinition, TaskInstance, TicketError, TicketInstance, WorkflowDefinition
from ticketflower.models.task import ACTIVE

#: Counting stops here: nobody reads the difference, and a page costs the same however much there is.
MOST = 1000


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is of what, by key; only what concerns the person's roles.

    Keys: ``tasks`` (active and assigned to them), ``unassigned`` (that they may claim), ``my-tickets`` (open and
    submitted by them), ``errors`` (new), ``drafts``, and ``tickets:STATUS`` for the open statuses.
    """

    by_key: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, key: str) -> int:
        return self.by_key.get(key, 0)

    def shown(self, key: str) -> str:
        """The count as it is read: "" for none, "999+" where counting stopped."""
        count = self[key]
        return f"{MOST - 1}+" if count >= MOST else str(count or "")


def counts_of(session: Session, actor: Actor) -> Counts:
    """Counts for one person, with one query; none for somebody whose roles have nothing to count."""
    wanted: dict[str, ScalarSelect[int]] = {}
    if actor.has(SystemRole.TASK_WORKER):
        wanted |= {"tasks": _capped(_tasks(actor)), "unassigned": _capped(_claimable(actor))}
    if actor.has(SystemRole.USER):
        wanted |= {"my-tickets": _capped(_own_tickets(actor))}
    if actor.has(SystemRole.TICKET_ADMIN):
        wanted |= {"errors": _capped(_new_errors(actor))}
        wanted |= {f"tickets:{status}": _capped(_tickets(actor, status)) for status in sorted(OPEN_WORKFLOW)}
    if actor.has(SystemRole.WORKFLOW_CREATOR):
        wanted |= {"drafts": _capped(_drafts(actor))}
    if not wanted:
        return Counts()
    row = session.execute(select(*wanted.values())).one()
    return Counts(dict(zip(wanted, row, strict=True)))


def _capped(rows: Select[Any]) -> ScalarSelect[int]:
    return select(func.count()).select_from(rows.limit(MOST).subquery()).scalar_subquery()


def _of(actor: Actor, model: Any, *conditions: ColumnElement[bool] | Any) -> Select[Any]:
    # The company is named here, too: these selects stand inside others, where the session's filter may not reach.
    return select(literal(1)).select_from(model).where(model.company_id == actor.company_id, *conditions)


def _tasks(actor: Actor) -> Select[Any]:
    return _of(actor, TaskInstance, TaskInstance.assigned_to == actor.user_id, ACTIVE)


def _claimable(actor: Actor) -> Select[Any]:
    access = TaskDefinition.company_role_access
    theirs = select(TaskDefinition.id).where(
        TaskDefinition.company_id == actor.company_id,
        or_(func.cardinality(access) == 0, access.overlap(sorted(actor.company_roles))),
    )
    return _of(
        actor, TaskInstance, TaskInstance.assigned_to.is_(None), ACTIVE, TaskInstance.task_definition_id.in_(theirs)
    )


def _own_tickets(actor: Actor) -> Select[Any]:
    return _of(
        actor,
        TicketInstance,
        TicketInstance.created_by == actor.user_id,
        TicketInstance.status.in_(sorted(OPEN_WORKFLOW)),
    )


def _tickets(actor: Actor, status: WorkflowStatus) -> Select[Any]:
    return _of(actor, TicketInstance, TicketInstance.status == status)


def _new_errors(actor: Actor) -> Select[Any]:
    return _of(actor, TicketError, TicketError.error_status == ErrorStatus.NEW)


def _drafts(actor: Actor) -> Select[Any]:
    return _of(actor, WorkflowDefinition, WorkflowDefinition.status == DefinitionStatus.DRAFT)
