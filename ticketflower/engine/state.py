"""One running workflow as the engine's core sees it: plain values, loaded and written by the shell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ticketflower.engine.words import ACTIVE_TASK, TaskStatus, WorkflowStatus

Json = Any

#: engine.md, step 6.
MAX_ITERATIONS = 1000
#: security.md, Budgets.
MAX_STARTS = 100


@dataclass(slots=True)
class TaskState:
    """A task that is active, or completed and waiting to be folded in.

    Args:
        id: the task's number; negative while the task is new and the database has not numbered it.
        key: its definition.
        status: see engine.md, Tasks.
        made_at_iteration: the iteration whose writes started it; never changes.
        start_iteration: the iteration whose snapshot it works on.
        item: tells apart several starts of one definition in one iteration.
        output: what was given at its completion, or None.
        change_order: its turn among the completions and corrections that wait, or None.
        completed_by: the person who completed it, or None.
        applied: an admin lets its output win over a conflicting write.
        end_iteration: the iteration that it made, once it is folded in.
    """

    id: int
    key: str
    status: TaskStatus
    made_at_iteration: int
    start_iteration: int
    item: int = 0
    assigned_to: int | None = None
    output: Mapping[str, Json] | None = None
    change_order: int | None = None
    completed_by: int | None = None
    applied: bool = False
    end_iteration: int | None = None

    @property
    def active(self) -> bool:
        """OPEN, IN_PROGRESS, PENDING or ERROR."""
        return self.status in ACTIVE_TASK

    @property
    def waiting(self) -> bool:
        """Completed, and not folded into the workspace yet."""
        return self.status is TaskStatus.COMPLETED and self.end_iteration is None


@dataclass(slots=True)
class FieldVersion:
    """When a field was last written (None: never, or cleared since), when last touched at all, and by which task."""

    written: int | None
    touched: int
    task_id: int | None


@dataclass(slots=True)
class TaskCount:
    """What is remembered about a definition over the life of a ticket (engine.md, steps 3 and 4)."""

    started: int = 0
    completed: int = 0
    last_start: int | None = None
    queued: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """What the next advance still has to do for an iteration that was made before.

    Args:
        written: the fields that the iteration wrote.
        after_idle: the key of the ``when_idle`` completion that held it; then only step 5 is left, behind that one.
        settle: an output was discarded; the queue of step 4 and step 5 are looked at (engine.md, Write conflicts).
    """

    written: tuple[str, ...] = ()
    after_idle: str | None = None
    settle: bool = False


@dataclass(slots=True)
class State:
    """A workflow instance. The core changes it in place; the shell writes what changed.

    Args:
        tasks: those that are active or waiting, and those that this advance starts; by number.
        held: see ``Held``; None when nothing is left to do.
        iteration_limit: the iteration at which a loop is suspected (engine.md, step 6).
        stalled: an open ``stalled`` error stands on the admin's desk.
    """

    status: WorkflowStatus = WorkflowStatus.IN_PROGRESS
    iteration: int = -1
    workspace: dict[str, Json] = field(default_factory=dict)
    versions: dict[str, FieldVersion] = field(default_factory=dict)
    counts: dict[str, TaskCount] = field(default_factory=dict)
    tasks: dict[int, TaskState] = field(default_factory=dict)
    held: Held | None = None
    iteration_limit: int = MAX_ITERATIONS
    completion_key: str | None = None
    stalled: bool = False

    def count(self, key: str) -> TaskCount:
        """The memory of a definition, made when it is first asked for."""
        return self.counts.setdefault(key, TaskCount())

    def busy(self, key: str | None = None) -> list[TaskState]:
        """The tasks (of one definition) that count as active: active ones, and completed ones that wait."""
        return [t for t in self.tasks.values() if (key is None or t.key == key) and (t.active or t.waiting)]


@dataclass(slots=True)
class Worker:
    """A task worker to whom new tasks may go now (engine.md, Assignment)."""

    user_id: int
    active: int
    last_assigned_at: datetime | None = None
    company_roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """What the core is told about the world. It asks no clock and no database.

    Args:
        now: the moment of this advance, with its time zone.
        today: the company's day, ``YYYY-MM-DD``.
        ticket: ``id``, ``type``, ``created_by``, ``created_at`` as conditions see them.
        workers: those to whom tasks may go, by user id; their numbers change as the core assigns.
    """

    now: datetime
    today: str
    ticket: Mapping[str, Json]
    workers: Mapping[int, Worker] = field(default_factory=dict)
