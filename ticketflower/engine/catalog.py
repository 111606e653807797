"""Compiled definitions, one per version and process: a version that tickets run on is never changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketflower.engine.definition import Workflow, compile_workflow
from ticketflower.models import TaskDefinition, TicketDefinition, WorkflowDefinition

#: How many versions a process keeps compiled; the least recently used goes first.
KEPT = 512


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a workflow, compiled, with the numbers of its parts' rows.

    Args:
        id: the row of ``workflow_definitions``.
        company_id: whose it is.
        number: 1, 2, ...
        task_ids: the row of ``task_definitions`` of each task key; ``task_keys`` is the way back.
        ticket_ids: the row of ``ticket_definitions`` of each ticket type's key; ``ticket_keys`` is the way back.
    """

    id: int
    company_id: int
    number: int
    workflow: Workflow
    task_ids: Mapping[str, int]
    task_keys: Mapping[int, str]
    ticket_ids: Mapping[str, int]
    ticket_keys: Mapping[int, str]


#: By database, because a number means something else in another one; most recently used last.
_kept: WeakKeyDictionary[object, OrderedDict[tuple[int, int], Version]] = WeakKeyDictionary()
_lock = threading.Lock()


def version_of(session: Session, workflow_definition_id: int) -> Version:
    """The compiled version, from memory or from the database.

    Only versions that tickets run on may be asked for: drafts change under their number.

    Raises:
        LookupError: this company has no such version.
    """
    wanted = (session.info["company_id"], workflow_definition_id)
    database = session.get_bind()
    with _lock:
        kept = _kept.setdefault(database, OrderedDict())
        if wanted in kept:
            kept.move_to_end(wanted)
            return kept[wanted]
    version = _load(session, workflow_definition_id)
    with _lock:
        kept[wanted] = version
        while len(kept) > KEPT:
            kept.popitem(last=False)
    return version


def _load(session: Session, workflow_definition_id: int) -> Version:
    wanted = select(WorkflowDefinition).where(WorkflowDefinition.id == workflow_definition_id)
    definition = session.scalars(wanted).one_or_none()
    if definition is None:
        raise LookupError(f"there is no workflow definition {workflow_definition_id}")
    tasks = select(TaskDefinition.key, TaskDefinition.id).where(TaskDefinition.workflow_id == definition.id)
    tickets = select(TicketDefinition.key, TicketDefinition.id).where(TicketDefinition.workflow_id == definition.id)
    task_ids = {row.key: row.id for row in session.execute(tasks)}
    ticket_ids = {row.key: row.id for row in session.execute(tickets)}
    return Version(
        id=definition.id,
        company_id=definition.company_id,
        number=definition.version,
        workflow=compile_workflow(definition.document),
        task_ids=task_ids,
        task_keys={number: key for key, number in task_ids.items()},
        ticket_ids=ticket_ids,
        ticket_keys={number: key for key, number in ticket_ids.items()},
    )
