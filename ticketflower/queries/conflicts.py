"""Whose the two values of a write conflict are, and since when (engine.md, Write conflicts)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketflower.models import TaskDefinition, TaskInstance, User, WorkflowData, WorkflowInstance
from ticketflower.queries.errors import Clash, ErrorRow
from ticketflower.queries.names import Person, person_of


@dataclass(frozen=True, slots=True)
class Side:
    """Who gave a value, when, and by what: a task's title, or None for a correction."""

    person: Person | None
    at: datetime | None
    task_title: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Sides:
    """``theirs`` by the iteration that wrote it; ``ours`` is the task's that is in conflict."""

    theirs: Mapping[int, Side]
    ours: Side | None


def sides_of(session: Session, error: ErrorRow, conflict: Mapping[str, Clash]) -> Sides:
    """Both sides of a conflict that the reader was shown (``queries.errors``); two queries, none without one."""
    if not conflict:
        return Sides({}, None)
    iterations = {clash.iteration for clash in conflict.values()}
    return Sides(_theirs(session, error.ticket_id, iterations), _ours(session, error))


def _theirs(session: Session, ticket_id: int, iterations: set[int]) -> dict[int, Side]:
    rows = session.execute(
        select(
            WorkflowData.iteration,
            WorkflowData.created_at,
            WorkflowData.reason,
            TaskDefinition.title,
            User.id,
            User.first_name,
            User.last_name,
            User.email,
        )
        .join(WorkflowInstance, WorkflowInstance.id == WorkflowData.workflow_id)
        .outerjoin(TaskInstance, TaskInstance.id == WorkflowData.task_id)
        .outerjoin(TaskDefinition, TaskDefinition.id == TaskInstance.task_definition_id)
        .outerjoin(User, User.id == WorkflowData.actor_id)
        .where(WorkflowInstance.ticket_id == ticket_id, WorkflowData.iteration.in_(iterations))
    )
    nobody = Side(None, None, None)
    found = {
        row.iteration: Side(
            person_of(row.id, row.first_name, row.last_name, row.email), row.created_at, row.title, row.reason
        )
        for row in rows
    }
    return {iteration: found.get(iteration, nobody) for iteration in iterations}


def _ours(session: Session, error: ErrorRow) -> Side:
    row = session.execute(
        select(TaskInstance.completed_at, User.id, User.first_name, User.last_name, User.email)
        .outerjoin(User, User.id == TaskInstance.completed_by)
        .where(TaskInstance.id == error.task_id)
    ).one_or_none()
    if row is None:
        return Side(None, None, error.task_title)
    return Side(person_of(row.id, row.first_name, row.last_name, row.email), row.completed_at, error.task_title)
