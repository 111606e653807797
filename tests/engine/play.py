"""Plays a workflow through the engine's core in the words of the document: no database, no clock.

flow = Play('''...a workflow document in YAML...''').submit(item="x")
flow.complete("review", approved=True)
assert flow.open == ["order"]
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ticketflower import documents
from ticketflower.engine import decide, events
from ticketflower.engine.definition import compile_workflow
from ticketflower.engine.state import Facts, State, TaskState, Worker
from ticketflower.engine.words import TaskStatus, WorkflowStatus

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

#: Fields, ticket and completion that most tests need; a test gives the tasks.
FRAME = """
workflow: test
title: Test
fields_schema:
  type: object
  properties:
    a: {type: string}
    b: {type: string}
    c: {type: string}
    d: {type: string}
    n: {type: number}
    ok: {type: boolean}
    end: {type: boolean}
tickets:
  go: {title: Go, fields: [a], optional_fields: [a]}
completions:
  done: {title: Done, completion_status: COMPLETED, fields: [end]}
"""


class Play:
    """One ticket of one workflow, played by hand.

    Args:
        parts: YAML that is laid over ``FRAME``, key by key.
        workers: user ids of available task workers; a dictionary gives each its company roles.
    """

    def __init__(self, parts: str, workers: list[int] | dict[int, set[str]] = (1, 2)) -> None:  # type: ignore[assignment]
        document = {**documents.read(FRAME, "application/yaml").document}
        document |= documents.read(parts, "application/yaml").document
        self.workflow = compile_workflow(document)
        self.state = State()
        roles = workers if isinstance(workers, dict) else {user_id: set() for user_id in workers}
        self.workers = {user: Worker(user, 0, None, frozenset(names)) for user, names in roles.items()}
        self.now = NOON
        self.events: list[events.Event] = []
        self.tasks: dict[int, TaskState] = {}
        self._turn = 0

    # What people do.

    def submit(self, **data: Any) -> Play:
        """Submits the ticket."""
        return self._advance([decide.Submission(data, actor_id=9)])

    def complete(self, key: str | int, **output: Any) -> Play:
        """Completes the oldest active task of a key (or the one with this number) and advances."""
        return self.finish(key, **output).advance()

    def finish(self, key: str | int, **output: Any) -> Play:
        """Completes a task and doesn't advance: its output waits."""
        task = self.task(key)
        worker = self.workers.get(task.assigned_to or 0)
        if worker:
            worker.active -= 1
        self._turn += 1
        task.status, task.output, task.change_order = TaskStatus.COMPLETED, output, self._turn
        task.completed_by = task.assigned_to
        return self

    def advance(self) -> Play:
        """Folds the outputs that wait, in the order of their completion."""
        waiting = sorted((t for t in self.state.tasks.values() if t.waiting), key=lambda t: t.change_order or 0)
        return self._advance([decide.Completed(task.id) for task in waiting])

    def correct(self, **data: Any) -> Play:
        """An admin writes fields."""
        return self._advance([decide.Corrected(1, data, "because", actor_id=8)])

    def hold(self) -> Play:
        """An admin puts the workflow on hold."""
        self.state.status = WorkflowStatus.ON_HOLD
        return self

    def resume(self) -> Play:
        """An admin resumes it."""
        self.state.status = WorkflowStatus.IN_PROGRESS
        return self.advance()

    def cancel(self) -> Play:
        """Somebody cancels the ticket."""
        return self._took(decide.cancel(self.state, self.facts(), 9, None))

    def take(self, key: str, user_id: int) -> Play:
        """Somebody takes an offer."""
        return self._took(decide.take_offer(self.workflow, self.state, key, user_id, self.facts()))

    # What can be seen.

    @property
    def open(self) -> list[str]:
        """The keys of the active tasks that wait for a person, in the order of their making."""
        return [task.key for task in self.state.tasks.values() if task.active and task.status is not TaskStatus.ERROR]

    @property
    def status(self) -> str:
        """The workflow's status."""
        return self.state.status.value

    @property
    def fields(self) -> dict[str, Any]:
        """The workspace."""
        return self.state.workspace

    @property
    def iteration(self) -> int:
        """The number of the last iteration."""
        return self.state.iteration

    @property
    def errors(self) -> list[str]:
        """The codes of the errors that are open, in the order of their making."""
        standing: list[tuple[str, int | None]] = []
        for event in self.events:
            if isinstance(event, events.Finding):
                standing.append((event.code, event.task_id))
            if isinstance(event, events.CauseGone) and (event.cause, event.task_id) in standing:
                standing.remove((event.cause, event.task_id))
        return [code for code, _ in standing]

    @property
    def offers(self) -> list[str]:
        """The keys of the on-demand tasks that are offered."""
        return [task.key for task in decide.offers(self.workflow, self.state, self.facts())]

    def words(self, *wanted: str) -> list[tuple[str, str | None]]:
        """What the log says, as (event, key), of these events."""
        return [(event.word, event.key) for event in self.events if event.word in wanted]

    def task(self, key: str | int) -> TaskState:
        """The oldest active task of a key, or the task with this number."""
        if isinstance(key, int):
            return self.tasks[key]
        return next(task for task in self.state.tasks.values() if task.key == key and task.active)

    def all(self, key: str) -> list[TaskState]:
        """Every instance of a key that was ever made, in order."""
        return [task for task in self.tasks.values() if task.key == key]

    def facts(self) -> Facts:
        """What the core is told."""
        ticket = {"id": 77, "type": "go", "created_by": 9, "created_at": "2026-11-20T08:00:00Z"}
        return Facts(self.now, self.now.date().isoformat(), ticket, self.workers)

    def _advance(self, arrivals: list[decide.Arrival]) -> Play:
        return self._took(decide.advance(self.workflow, self.state, arrivals, self.facts()))

    def _took(self, happened: list[events.Event]) -> Play:
        """Numbers the new tasks as a database would and forgets what is neither active nor waiting."""
        numbers = {old: len(self.tasks) + place + 1 for place, old in enumerate(sorted(self._new(), reverse=True))}
        for old, number in numbers.items():
            task = self.state.tasks.pop(old)
            task.id = number
            self.state.tasks[number] = self.tasks[number] = task
        for event in happened:
            if event.task_id in numbers:
                object.__setattr__(event, "task_id", numbers[event.task_id])
        self.state.tasks = {n: t for n, t in sorted(self.state.tasks.items()) if t.active or t.waiting}
        self.events += happened
        self.now += timedelta(minutes=1)
        return self

    def _new(self) -> list[int]:
        return [number for number in self.state.tasks if number < 0]
