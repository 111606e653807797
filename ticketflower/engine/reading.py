"""The shell's first half: locks an instance and loads it as the values that the core decides on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
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
class Reads:
    """Cursors of statements that are under way in one flight; their rows are there when the flight has landed."""

    ticket: Rows
    instance: Rows
    workspace: Rows
    tasks: Rows
    workers: Rows
    ids: Rows


@dataclass(slots=True)
class Loaded:
    """An instance under its lock, ready to be decided on.

    Args:
        before: status and assignee of each task as it stands in the database, by id.
        ids: numbers reserved for tasks that may start.
        due: ``advance_due`` was set.
        failed_before: an advance of this ticket has failed and nobody has taken that back yet.
    """

    version: Version
    instance_id: int
    ticket: Row
    state: State
    facts: Facts
    arrivals: Sequence[Arrival]
    due: bool = False
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


def queue_reads(conn: psycopg.Connection[Any], keys: Mapping[str, Any], reserve: int) -> Reads:
    """Puts the lock and the reads behind it into the flight that is open.

    Args:
        keys: ``company``, ``ticket`` and ``instance``.
        reserve: how many task numbers to reserve, at least.
    """
    return Reads(
        instance=execute(conn, sql.LOCK_INSTANCE, keys),
        ticket=execute(conn, sql.FIND_TICKET, keys),
        workspace=execute(conn, sql.READ_WORKSPACE, keys),
        tasks=execute(conn, sql.READ_TASKS, keys),
        workers=execute(conn, sql.READ_WORKERS, keys),
        ids=execute(conn, sql.RESERVE_TASK_IDS, {"count": reserve}),
    )


def load(conn: psycopg.Connection[Any], reads: Reads, version: Version, now: datetime) -> Loaded:
    """The rows of a landed flight as values. Corrections are fetched only when the instance is marked as due."""
    instance = reads.instance.fetchone()
    ticket = reads.ticket.fetchone()
    workspace = reads.workspace.fetchone()
    assert instance is not None
    assert ticket is not None
    tasks = {row["id"]: _task(row, version) for row in reads.tasks.fetchall()}
    corrections: list[Row] = []
    if instance["advance_due"]:
        keys = {"company": version.company_id, "instance": instance["id"]}
        corrections = execute(conn, sql.READ_CORRECTIONS, keys).fetchall()
    status = WorkflowStatus(instance["status"])
    return Loaded(
        version=version,
        instance_id=instance["id"],
        ticket=ticket,
        state=_state(instance, workspace["workflow_data"] if workspace else {}, tasks),
        facts=facts(version, ticket, reads.workers.fetchall(), now),
        arrivals=arrivals(tasks.values(), corrections) if status is WorkflowStatus.IN_PROGRESS else (),
        due=instance["advance_due"] and status is WorkflowStatus.IN_PROGRESS,
        before={task.id: (task.status, task.assigned_to) for task in tasks.values()},
        ids=iter([row["nextval"] for row in reads.ids.fetchall()]),
    )


def facts(version: Version, ticket: Row, workers: Sequence[Row], now: datetime) -> Facts:
    """What the core is told about the world."""
    return Facts(
        now=now,
        today=now.astimezone(ZoneInfo(ticket["time_zone"])).date().isoformat(),
        ticket={
            "id": ticket["id"],
            "type": version.ticket_keys[ticket["ticket_type_id"]],
            "created_by": ticket["created_by"],
            "created_at": ticket["created_at"].isoformat().replace("+00:00", "Z"),
        },
        workers={
            row["user_id"]: Worker(
                row["user_id"], row["active"], row["last_assigned_at"], frozenset(row["company_roles"])
            )
            for row in workers
        },
    )


def arrivals(tasks: Any, corrections: Sequence[Row]) -> list[Arrival]:
    """What waits, in the order in which it came (engine.md, two transactions)."""
    waiting: list[tuple[int, Arrival]] = [(t.change_order or 0, Completed(t.id)) for t in tasks if t.waiting]
    waiting += [
        (row["change_order"], Corrected(row["id"], row["data"], row["reason"], row["actor_id"])) for row in corrections
    ]
    return [arrival for _, arrival in sorted(waiting, key=lambda item: item[0])]


def submission(version: Version, instance_id: int, ticket: Row, workers: Sequence[Row], now: datetime) -> Loaded:
    """A ticket without an instance: everything begins with iteration 0."""
    return Loaded(
        version=version,
        instance_id=instance_id,
        ticket=ticket,
        state=State(),
        facts=facts(version, ticket, workers, now),
        arrivals=[Submission(ticket["data"], ticket["created_by"])],
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


def _state(instance: Row, workspace: dict[str, Any], tasks: dict[int, TaskState]) -> State:
    return State(
        status=WorkflowStatus(instance["status"]),
        iteration=instance["iteration"],
        workspace=workspace,
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
