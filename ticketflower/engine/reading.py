"""The shell's first half: locks an instance and loads it as the values that the core decides on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import dict_row

from ticketflower.engine import sql
from ticketflower.engine.catalog import Version
from ticketflower.engine.decide import Arrival, Completed, Corrected, Submission
from ticketflower.engine.state import Facts, FieldVersion, Held, State, TaskCount, TaskState, Worker
from ticketflower.engine.words import TaskStatus, WorkflowStatus

Row = dict[str, Any]
Rows = psycopg.Cursor[Row]


@dataclass(slots=True)
class Loaded:
    """An instance under its lock, ready to be decided on.

    Args:
        status_before: the instance's status under its lock, which is the ticket's as well.
        before: status and assignee of each task as it stands in the database, by id.
        ids: numbers reserved for tasks that may start.
        due: ``advance_due`` was set.
        folds: what waits is folded in or cancelled; False leaves it waiting, and a failed advance failed.
        failed_before: an advance of this ticket has failed and nobody has taken that back yet.
    """

    version: Version
    instance_id: int
    ticket: Row
    state: State
    facts: Facts
    arrivals: Sequence[Arrival]
    status_before: WorkflowStatus
    due: bool = False
    folds: bool = True
    before: dict[int, tuple[TaskStatus, int | None]] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: iter(()))

    @property
    def failed_before(self) -> bool:
        """Whether the last advance of this ticket failed."""
        return bool(self.ticket["advance_attempts"])

    @property
    def idle(self) -> bool:
        """Nothing waits: an advance must write nothing, not even what it read (datapath.md, Traps)."""
        return not self.arrivals and not self.due


def execute(conn: psycopg.Connection[Any], statement: str, params: Mapping[str, Any]) -> Rows:
    """One fixed statement, its rows as dictionaries."""
    cursor = conn.cursor(row_factory=dict_row)
    cursor.execute(statement, params)
    return cursor


def queue_read(conn: psycopg.Connection[Any], keys: Mapping[str, Any], reserve: int) -> Rows:
    """Puts the lock and the reads behind it into the flight that is open.

    Args:
        keys: ``company`` and ``instance``.
        reserve: how many task numbers to reserve, at least.
    """
    return execute(conn, sql.LOCK_AND_READ, {**keys, "reserve": reserve})


def load(read: Rows, ticket: Row, version: Version, now: datetime) -> Loaded:
    """What a landed flight read, as values.

    Args:
        ticket: the ticket's facts, as ``FIND_TASK`` or ``FIND_TICKET`` gave them.
    """
    row = read.fetchone()
    assert row is not None
    found: Row = row["found"]
    tasks = {task["id"]: _task(task, version) for task in found["tasks"]}
    going = found["status"] == WorkflowStatus.IN_PROGRESS
    return Loaded(
        version=version,
        instance_id=found["id"],
        ticket=ticket,
        state=_state(found, tasks),
        facts=facts(version, ticket, found["workers"], now),
        arrivals=arrivals(tasks.values(), found["corrections"] or ()) if going else (),
        status_before=WorkflowStatus(found["status"]),
        due=found["advance_due"] and going,
        before={task.id: (task.status, task.assigned_to) for task in tasks.values()},
        ids=iter(found["ids"] or ()),
    )


def facts(version: Version, ticket: Row, workers: Sequence[Sequence[Any]], now: datetime) -> Facts:
    """What the core is told about the world."""
    return Facts(
        now=now,
        today=now.astimezone(ZoneInfo(ticket["time_zone"])).date().isoformat(),
        ticket={
            "id": ticket["id"],
            "type": version.ticket_keys[ticket["ticket_type_id"]],
            "created_by": ticket["created_by"],
            "created_at": ticket["created_at"].astimezone(UTC).isoformat().replace("+00:00", "Z"),
        },
        workers={user_id: _worker(user_id, *rest) for user_id, *rest in workers},
    )


def _worker(user_id: int, active: int, last_assigned_at: str | None, company_roles: Sequence[str]) -> Worker:
    at = datetime.fromisoformat(last_assigned_at) if last_assigned_at else None
    return Worker(user_id, active, at, frozenset(company_roles))


def arrivals(tasks: Any, corrections: Sequence[Row]) -> list[Arrival]:
    """What waits, in the order in which it came (engine.md, two transactions)."""
    waiting: list[tuple[int, Arrival]] = [(t.change_order or 0, Completed(t.id)) for t in tasks if t.waiting]
    waiting += [
        (row["change_order"], Corrected(row["id"], row["data"], row["reason"], row["actor_id"])) for row in corrections
    ]
    return [arrival for _, arrival in sorted(waiting, key=lambda item: item[0])]


def submission(
    version: Version, instance_id: int, ticket: Row, workers: Sequence[Sequence[Any]], now: datetime
) -> Loaded:
    """A ticket without an instance: everything begins with iteration 0."""
    return Loaded(
        version=version,
        instance_id=instance_id,
        ticket=ticket,
        state=State(),
        facts=facts(version, ticket, workers, now),
        arrivals=[Submission(ticket["data"], ticket["created_by"])],
        status_before=WorkflowStatus.NOT_STARTED,
    )


def _task(row: Row, version: Version) -> TaskState:
    return TaskState(
        id=row["id"],
        key=version.task_keys[row["task_definition_id"]],
        status=TaskStatus(row["status"]),
        made_at_iteration=row["made_at_iteration"],
        start_iteration=row["start_iteration"],
        item=row["item"],
        assigned_to=row["assigned_to"],
        output=row["output"],
        change_order=row["change_order"],
        completed_by=row["completed_by"],
        applied=row["applied"],
    )


def _state(instance: Row, tasks: dict[int, TaskState]) -> State:
    return State(
        status=WorkflowStatus(instance["status"]),
        iteration=instance["iteration"],
        workspace=instance["workspace"],
        versions={name: FieldVersion(*version) for name, version in instance["field_versions"].items()},
        counts={key: TaskCount(*count) for key, count in instance["task_counts"].items()},
        tasks=tasks,
        held=held_from(instance["held"]),
        iteration_limit=instance["iteration_limit"],
        completion_key=instance["completion_key"],
        stalled=instance["stalled"],
    )


def held_from(stored: Row | None) -> Held | None:
    """What ``writing.held_as_json`` stored."""
    if stored is None:
        return None
    return Held(tuple(stored.get("written", ())), stored.get("after_idle"), stored.get("settle", False))
