"""Who could do a task, with how much each has to do already: for handing it out by hand."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketflower.engine.definition import Task
from ticketflower.engine.words import SystemRole
from ticketflower.models import User, UserLoad, UserSystemRole
from ticketflower.queries.names import person_of


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A task worker. ``active`` counts their active tasks; ``available`` is whether new ones come by themselves."""

    id: int
    name: str
    active: int
    available: bool


def workers_for(session: Session, task: Task) -> list[WorkerRow]:
    """The active task workers who may do a task, the least busy first; one query."""
    query = (
        select(User.id, User.first_name, User.last_name, User.email, UserLoad.active, UserLoad.available)
        .join(UserSystemRole, UserSystemRole.user_id == User.id)
        .join(UserLoad, UserLoad.user_id == User.id)
        .where(User.active, UserSystemRole.role == SystemRole.TASK_WORKER)
    )
    if task.company_role_access:
        query = query.where(UserLoad.company_roles.overlap(list(task.company_role_access)))
    found = []
    for row in session.execute(query):
        person = person_of(row.id, row.first_name, row.last_name, row.email)
        assert person is not None
        found.append(WorkerRow(person.id, person.name, row.active, row.available))
    return sorted(found, key=lambda worker: (not worker.available, worker.active, worker.name.casefold(), worker.id))
