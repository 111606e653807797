"""From one iteration to the next: the rules of engine.md, decided on plain values.

``advance`` takes what waits (a submission, completed tasks, corrections), folds it in one iteration at a time and walks
the five steps for each. It changes the ``State`` that it is given and returns the events, in order. It asks no clock
and no database: run it in a prompt on a dictionary.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ticketflower.engine import events
from ticketflower.engine.definition import Task, Workflow
from ticketflower.engine.ledger import short
from ticketflower.engine.state import MAX_ITERATIONS, Facts, FieldVersion, State, TaskState
from ticketflower.engine.steps import Steps, place_of
from ticketflower.engine.words import (
    ENDED_WORKFLOW,
    ErrorType,
    TaskStatus,
    WorkflowStatus,
)

Json = Any


@dataclass(frozen=True, slots=True)
class Submission:
    """The ticket as it was submitted: iteration 0."""

    data: Mapping[str, Json]
    actor_id: int


@dataclass(frozen=True, slots=True)
class Completed:
    """A completed task whose output waits."""

    task_id: int


@dataclass(frozen=True, slots=True)
class Corrected:
    """An admin's writing of fields that waits."""

    correction_id: int
    data: Mapping[str, Json]
    reason: str
    actor_id: int


Arrival = Submission | Completed | Corrected


def advance(workflow: Workflow, state: State, arrivals: Iterable[Arrival], facts: Facts) -> list[events.Event]:
    """Folds what waits into the workspace and decides what follows (engine.md, two transactions).

    Args:
        workflow: the version that the ticket runs on.
        state: the instance; changed in place.
        arrivals: what waits, in the order in which it came.
        facts: now, today, the ticket and the available workers.

    Returns:
        What happened, in order. With nothing waiting and nothing held: an empty list, and nothing changed.

    Raises:
        EngineFailure: a condition is too costly, or more tasks would start than one advance may start.
    """
    run = Run(workflow, state, facts)
    if state.held is not None and state.status is WorkflowStatus.IN_PROGRESS:
        run.continue_held()
    for arrival in arrivals:
        run.take(arrival)
    return run.happened


def cancel(state: State, facts: Facts, actor_id: int, reason: str | None) -> list[events.Event]:
    """Ends the workflow at a person's word: active tasks and waiting outputs are cancelled (engine.md, step 1)."""
    run = Run(None, state, facts)
    run.end(WorkflowStatus.CANCELLED, actor_id=actor_id, reason=reason)
    return run.happened


def offers(workflow: Workflow, state: State, facts: Facts) -> list[Task]:
    """The on-demand tasks that are offered now: those whose condition holds (engine.md, On demand)."""
    if state.status is not WorkflowStatus.IN_PROGRESS:
        return []
    run = Run(workflow, state, facts)
    data = run.seen(())
    return [
        task for task in workflow.tasks.values() if task.on_demand and run.holds(task.condition, data, place_of(task))
    ]


def take_offer(workflow: Workflow, state: State, key: str, user_id: int, facts: Facts) -> list[events.Event]:
    """Starts an on-demand task at the current iteration for the person who takes it (engine.md, On demand).

    The caller has asked ``offers``.
    """
    run = Run(workflow, state, facts)
    task = run.make(workflow.tasks[key], state.iteration)
    task.assigned_to = user_id
    run.log(events.TaskStarted, task=task, actor_id=user_id)
    run.log(events.TaskAssigned, task=task, user_id=user_id, why="took the offer", actor_id=user_id)
    return run.happened


class Run(Steps):
    """Folds what waits, and goes on with what was left."""

    __slots__ = ()

    def take(self, arrival: Arrival) -> None:
        """Folds one thing that waits; on hold it keeps waiting, after the end it is cancelled."""
        if self.state.status is WorkflowStatus.ON_HOLD:
            return
        if self.state.status in ENDED_WORKFLOW:
            if isinstance(arrival, Corrected):
                self.log(events.CorrectionDropped, correction_id=arrival.correction_id, data=arrival.data)
            return
        if isinstance(arrival, Submission):
            self.iterate(arrival.data, writer="submission", actor_id=arrival.actor_id)
        elif isinstance(arrival, Corrected):
            self.iterate(
                arrival.data,
                writer="correction",
                actor_id=arrival.actor_id,
                reason=arrival.reason,
                correction_id=arrival.correction_id,
            )
        else:
            self.fold(self.state.tasks[arrival.task_id])

    def fold(self, task: TaskState) -> None:
        """Folds a completed task's output, unless somebody wrote one of its fields meanwhile (Write conflicts)."""
        output = task.output or {}
        conflicts = {} if task.applied else self.conflicts(task, output)
        if conflicts:
            task.status = TaskStatus.ERROR
            self.count_again(task)
            self.log(events.ConflictFound, task=task, fields=conflicts)
            self.find(
                ErrorType.TASK_UPDATE,
                "write_conflict",
                self.conflict_message(task, conflicts),
                task=task,
                details={"conflict": conflicts},
            )
            return
        if task.assigned_to is None:
            self.close("no_worker", "The task was completed.", task)
        definition = self.definition(task.key)
        self.iterate(output, writer="task", actor_id=task.completed_by, task=task, clears=definition.clears)

    def conflicts(self, task: TaskState, output: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
        """The fields of an output that something else wrote or cleared after the task's start, with both values."""
        found: dict[str, dict[str, Json]] = {}
        for name, ours in output.items():
            version = self.state.versions.get(name)
            if version is not None and version.touched > task.start_iteration:
                theirs = self.state.workspace.get(name)
                found[name] = {
                    "theirs": theirs,
                    "ours": ours,
                    "iteration": version.touched,
                    "task_id": version.task_id,
                }
        return found

    def conflict_message(self, task: TaskState, conflicts: Mapping[str, Mapping[str, Json]]) -> str:
        """Which field, which other writer, which iterations and both values (engine.md, Write conflicts)."""
        parts = [
            f"{name} was written by {_writer(seen['task_id'])} at iteration {seen['iteration']} "
            f"(now {short(seen['theirs'])}, this task gives {short(seen['ours'])})"
            for name, seen in conflicts.items()
        ]
        return (
            f"tasks.{task.key}: task {task.id} began at iteration {task.start_iteration}, and meanwhile "
            f"{'; '.join(parts)}. Apply this task's output over it, discard it, or send the task back."
        )

    def iterate(
        self,
        written: Mapping[str, Json],
        *,
        writer: str,
        actor_id: int | None,
        task: TaskState | None = None,
        clears: Sequence[str] = (),
        reason: str | None = None,
        correction_id: int | None = None,
    ) -> None:
        """Makes the next iteration and walks its steps (engine.md, Iterations and writes)."""
        state = self.state
        state.iteration += 1
        task_id = task.id if task else None
        state.workspace = {**state.workspace, **written}
        for name in written:
            state.versions[name] = FieldVersion(state.iteration, state.iteration, task_id)
        for name in clears:
            state.workspace.pop(name, None)
            state.versions[name] = FieldVersion(None, state.iteration, task_id)
        if task:
            task.end_iteration = state.iteration
            state.count(task.key).completed += 1
        self.log(
            events.IterationMade,
            task=task,
            actor_id=actor_id,
            writer=writer,
            written=tuple(written),
            cleared=tuple(clears),
            workspace=state.workspace,
            reason=reason,
            correction_id=correction_id,
        )
        if state.stalled:
            state.stalled = False
            self.close("stalled", "The workflow moved on.")
        self.steps(tuple(written))

    def continue_held(self) -> None:
        """What was left: after a hold steps 2 to 5, without the completions again; after a discard queue and step 5."""
        held, self.state.held = self.state.held, None
        assert held is not None
        if self.state.iteration >= self.state.iteration_limit:
            self.state.iteration_limit = self.state.iteration + MAX_ITERATIONS
            self.close("loop", "The workflow was resumed.")
        data = self.seen(held.written)
        if held.settle or held.after_idle is not None:
            self.start_remembered(data)
        else:
            self.withdraw_and_start(held.written, data)
        self.idle(held.written, after=held.after_idle)

    def start_remembered(self, data: Mapping[str, Json]) -> None:
        """The queue of step 4, without anything new written."""
        for definition in self.require().tasks.values():
            if self.state.count(definition.key).queued:
                self.consider(definition, (), data)


def _writer(task_id: int | None) -> str:
    return f"task {task_id}" if task_id else "a correction"
