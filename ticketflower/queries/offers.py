"""What a ticket's page offers: the on-demand tasks whose condition holds now (engine.md, On demand)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ticketflower.engine import decide
from ticketflower.engine.catalog import Version
from ticketflower.engine.definition import Task
from ticketflower.engine.failures import EngineFailure
from ticketflower.engine.reading import facts
from ticketflower.engine.state import FieldVersion, State, TaskCount, TaskState
from ticketflower.engine.words import WorkflowStatus
from ticketflower.queries.rows import AnyRow


def offered(
    version: Version, ticket: AnyRow, workspace: Mapping[str, Any], busy: Iterable[TaskState], now: datetime
) -> list[Task]:
    """The offers of a ticket in progress, whoever may take them.

    A condition that is too costly is no offer: taking it would fail as well, and the ticket's page is for reading.

    Args:
        ticket: the columns of ``queries.tickets``: ticket, time zone, and what the instance's row keeps.
        workspace: the whole workspace now.
        busy: the tasks that count as active in ``_``.
    """
    state = State(
        status=WorkflowStatus(ticket.status),
        iteration=ticket.iteration,
        workspace=dict(workspace),
        versions={name: FieldVersion(*kept) for name, kept in ticket.field_versions.items()},
        counts={key: TaskCount(*kept) for key, kept in ticket.task_counts.items()},
        tasks={task.id: task for task in busy},
    )
    try:
        return decide.offers(version.workflow, state, facts(version, dict(ticket._mapping), (), now))
    except EngineFailure:
        return []
