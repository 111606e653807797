"""From one iteration to the next: the rules of engine.md, decided on plain values.

``advance`` takes what waits (a submission, completed tasks, corrections), folds it in one iteration at a time and walks
the five steps for each. It changes the ``State`` that it is given and returns the events, in order. It asks no clock
and no database: run it in a prompt on a dictionary.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ticketflower.engine import events
from ticketflower.engine.assign import choose
from ticketflower.engine.conditions import Condition, ConditionTooCostly, values_read
from ticketflower.engine.definition import Completion, Task, Workflow
from ticketflower.engine.failures import EngineFailure
from ticketflower.engine.state import MAX_ITERATIONS, MAX_STARTS, Facts, FieldVersion, Held, State, TaskState
from ticketflower.engine.words import (
    ENDED_WORKFLOW,
    ErrorType,
    Retrigger,
    TaskStatus,
    TaskType,
    WaitFor,
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
    return [task for task in workflow.tasks.values() if task.on_demand and run.holds(task.condition, data, _of(task))]


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


@dataclass(slots=True)
class Run:
    """One advance under way: the instance, what is known, and what has happened so far."""

    workflow: Workflow | None
    state: State
    facts: Facts
    happened: list[events.Event] = field(default_factory=list)
    starts: int = 0

    # --- folding -----------------------------------------------------------------------------------------------------

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
            f"(now {_short(seen['theirs'])}, this task gives {_short(seen['ours'])})"
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

    # --- the five steps ----------------------------------------------------------------------------------------------

    def steps(self, written: tuple[str, ...]) -> None:
        """Steps 1 to 6 of the iteration that was just made."""
        data = self.seen(written)
        completion = self.first_completion(written, data)
        if completion is not None:
            self.complete(completion, Held(written))
        elif self.state.iteration >= self.state.iteration_limit:
            self.suspect_loop(written)
        else:
            self.withdraw_and_start(written, data)
            self.idle(written)

    def first_completion(self, written: Sequence[str], data: Mapping[str, Json]) -> Completion | None:
        """Step 1: the first completion that reads a written field and whose condition holds."""
        for rule in self.require().completions.values():
            triggered = not rule.when_idle and not set(rule.fields).isdisjoint(written)
            if triggered and self.holds(rule.condition, data, f"completions.{rule.key}.condition"):
                return rule
        return None

    def complete(self, rule: Completion, held: Held) -> None:
        """Ends the workflow by a rule, or puts it on hold."""
        if rule.completion_status is WorkflowStatus.ON_HOLD:
            self.hold(held, completion=rule.key)
        else:
            self.end(rule.completion_status, completion=rule.key)

    def withdraw_and_start(self, written: Sequence[str], data: Mapping[str, Json]) -> None:
        """Steps 2 to 4. Both see ``_`` as it stood before step 1."""
        for task in [task for task in self.state.tasks.values() if task.active]:
            definition = self.definition(task.key)
            if definition.cancel_when is not None and self.holds(
                definition.cancel_when, data, f"tasks.{task.key}.cancel_when"
            ):
                self.withdraw(task, "cancel_when")
        for definition in self.require().tasks.values():
            if not definition.on_demand:
                self.consider(definition, written, data)

    def consider(self, definition: Task, written: Sequence[str], data: Mapping[str, Json]) -> None:
        """Steps 3 and 4 for one definition: triggered, remembered, or neither."""
        state = self.state
        count = state.count(definition.key)
        busy = state.busy(definition.key)
        triggered = self.triggered(definition, written)
        remembered = count.queued and not busy
        if not triggered and not remembered:
            return
        holds = self.holds(definition.condition, data, _of(definition))
        if not holds:
            if triggered:
                self.skip(definition, data)
            if remembered:
                count.queued = False
                self.log(events.QueueForgotten, key=definition.key)
        elif not busy:
            self.start(definition)
        else:
            self.again(definition, busy)

    def triggered(self, definition: Task, written: Sequence[str]) -> bool:
        """Whether a written field triggers a task; with ``wait_for: all`` only when the join is complete (step 3)."""
        if set(definition.input_fields).isdisjoint(written):
            return False
        if definition.wait_for is WaitFor.ANY:
            return True
        last_start = self.state.count(definition.key).last_start
        return all(self.written_after(name, last_start) for name in definition.input_fields)

    def written_after(self, name: str, last_start: int | None) -> bool:
        """Whether a field was written, and not cleared since, after an iteration (at any time, if there is none)."""
        version = self.state.versions.get(name)
        if version is None or version.written is None:
            return False
        return last_start is None or version.written > last_start

    def again(self, definition: Task, busy: Sequence[TaskState]) -> None:
        """Step 4: a task would start while an instance of its definition is active."""
        match definition.on_retrigger:
            case Retrigger.PARALLEL:
                self.start(definition)
            case Retrigger.IGNORE:
                self.log(events.TaskIgnored, key=definition.key)
            case Retrigger.QUEUE:
                self.state.count(definition.key).queued = True
                self.log(events.TaskQueued, key=definition.key)
            case Retrigger.RESTART:
                replaced = [task for task in busy if task.active]
                for task in replaced:
                    self.withdraw(task, "restarted")
                self.start(definition, preferred=replaced[-1].assigned_to if replaced else None)

    def idle(self, written: Sequence[str], after: str | None = None) -> None:
        """Step 5: nothing is active any more. ``after`` leaves out the rules up to that one."""
        if self.state.busy():
            return
        data = self.seen(written)
        rules = [rule for rule in self.require().completions.values() if rule.when_idle]
        if after is not None:
            keys = [rule.key for rule in rules]
            rules = rules[keys.index(after) + 1 :] if after in keys else rules
        for rule in rules:
            if self.holds(rule.condition, data, f"completions.{rule.key}.condition"):
                self.complete(rule, Held(tuple(written), after_idle=rule.key))
                return
        if not self.state.stalled:
            self.state.stalled = True
            self.find(ErrorType.WORKFLOW_TRANSITION, "stalled", self.stalled_message())

    def stalled_message(self) -> str:
        """Where the workflow stands still, which starts were skipped last, and what cures it."""
        skipped = [e.key for e in self.happened if isinstance(e, events.TaskSkipped) and e.key]
        why = f" Skipped, because their conditions did not hold: {', '.join(skipped)}." if skipped else ""
        return (
            f"The workflow stands still at iteration {self.state.iteration}: no task is active, none started and no "
            f"completion holds.{why} Correct a field so that a task or a completion reacts, or cancel the ticket."
        )

    def suspect_loop(self, written: tuple[str, ...]) -> None:
        """Step 6: too many iterations; the workflow is put on hold until somebody has looked."""
        counts = sorted(self.state.counts.items(), key=lambda item: -item[1].started)
        loop = ", ".join(f"{key} ({count.started} times)" for key, count in counts[:5] if count.started)
        self.hold(Held(written))
        self.find(
            ErrorType.WORKFLOW_TRANSITION,
            "loop",
            f"The workflow made iteration {self.state.iteration} and was put on hold, because it looks like a loop. "
            f"Started most often: {loop or 'nothing'}. Resume it to allow {MAX_ITERATIONS} more, or cancel the ticket.",
        )

    # --- resuming ----------------------------------------------------------------------------------------------------

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

    # --- changes of state --------------------------------------------------------------------------------------------

    def make(self, definition: Task, iteration: int) -> TaskState:
        """A new instance; ``item`` tells it apart from others that the same iteration started."""
        self.starts += 1
        if self.starts > MAX_STARTS:
            raise EngineFailure(
                "too_many_starts",
                f"tasks.{definition.key}: more than {MAX_STARTS} tasks would start at once. Make the conditions of the "
                "tasks narrower, or correct a field.",
                ErrorType.TASK_CREATION,
                definition.key,
            )
        state = self.state
        same = [t.item for t in state.tasks.values() if t.key == definition.key and t.made_at_iteration == iteration]
        new = min((*state.tasks, 0)) - 1
        task = TaskState(new, definition.key, TaskStatus.OPEN, iteration, iteration, item=max(same, default=-1) + 1)
        state.tasks[new] = task
        count = state.count(definition.key)
        count.started += 1
        count.last_start = iteration
        count.queued = False
        return task

    def start(self, definition: Task, preferred: int | None = None) -> None:
        """Starts an instance at the current iteration and finds somebody for it."""
        task = self.make(definition, self.state.iteration)
        self.log(events.TaskStarted, task=task)
        if definition.task_type is not TaskType.FORM:
            task.status = TaskStatus.ERROR
            self.find(
                ErrorType.TASK_CREATION,
                "not_enabled",
                f"tasks.{definition.key}.task_type: {definition.task_type} tasks are not enabled on this server. "
                "Cancel the ticket, or correct the fields that the task would have written.",
                task=task,
            )
            return
        choice = choose(definition, self.state.workspace, self.facts.workers, preferred)
        if choice.worker is None:
            if choice.wanted:
                self.find(ErrorType.WORKFLOW_TRANSITION, "no_worker", _no_worker(definition, choice.why), task=task)
            return
        task.assigned_to = choice.worker.user_id
        choice.worker.active += 1
        choice.worker.last_assigned_at = self.facts.now + timedelta(microseconds=self.starts)
        self.log(events.TaskAssigned, task=task, user_id=choice.worker.user_id, why=choice.why)

    def count_again(self, task: TaskState) -> None:
        """A completed task is active again, so its worker has one more."""
        worker = self.facts.workers.get(task.assigned_to or 0)
        if worker is not None:
            worker.active += 1

    def withdraw(self, task: TaskState, why: str) -> None:
        """Cancels an active or waiting task and closes what stood against it."""
        worker = self.facts.workers.get(task.assigned_to or 0)
        if worker is not None and task.active:
            worker.active -= 1
        if task.status is TaskStatus.ERROR:
            for cause in ("write_conflict", "not_enabled"):
                self.close(cause, "The task was cancelled.", task)
        if task.assigned_to is None:
            self.close("no_worker", "The task was cancelled.", task)
        task.status = TaskStatus.CANCELLED
        self.log(events.TaskWithdrawn, task=task, why=why)

    def end(
        self,
        status: WorkflowStatus,
        completion: str | None = None,
        actor_id: int | None = None,
        reason: str | None = None,
    ) -> None:
        """The workflow is over: nothing starts, active tasks and waiting outputs are cancelled (step 1)."""
        for task in self.state.busy():
            self.withdraw(task, "workflow_ended")
        self.state.status = status
        self.state.completion_key = completion
        self.state.held = None
        self.state.stalled = False
        self.log(events.StatusChanged, status=status, completion=completion, actor_id=actor_id, reason=reason)

    def hold(self, held: Held, completion: str | None = None) -> None:
        """The workflow pauses here; ``held`` is what resuming will do."""
        self.state.status = WorkflowStatus.ON_HOLD
        self.state.held = held
        self.log(events.StatusChanged, status=WorkflowStatus.ON_HOLD, completion=completion)

    # --- looking -----------------------------------------------------------------------------------------------------

    def seen(self, written: Sequence[str]) -> dict[str, Json]:
        """What a condition sees: the workspace, and the engine's values under ``_`` (What a condition sees)."""
        state = self.state
        active = dict.fromkeys(self.require().tasks, 0)
        for task in state.busy():
            active[task.key] = active.get(task.key, 0) + 1
        tasks = {
            key: {"started": count.started, "active": active[key], "completed": count.completed}
            for key in self.require().tasks
            for count in (state.count(key),)
        }
        return {
            **state.workspace,
            "_": {
                "iteration": state.iteration,
                "written": list(written),
                "written_at": {name: version.written for name, version in state.versions.items()},
                "tasks": tasks,
                "ticket": self.facts.ticket,
                "now": self.facts.now.isoformat().replace("+00:00", "Z"),
                "today": self.facts.today,
            },
        }

    def holds(self, condition: Condition | None, data: Mapping[str, Json], place: str) -> bool:
        """Whether a condition holds; none always does."""
        if condition is None:
            return True
        try:
            return condition.holds(data)
        except ConditionTooCostly as too_costly:
            raise EngineFailure(
                "condition_failed",
                f"{place} took too much work with {_short(values_read(condition.source, data))}: {too_costly}. "
                "Correct a field, or make the condition simpler in the next version.",
            ) from too_costly

    def skip(self, definition: Task, data: Mapping[str, Json]) -> None:
        """The log says that a triggered task did not start, and with which values."""
        assert definition.condition is not None
        self.log(events.TaskSkipped, key=definition.key, seen=values_read(definition.condition.source, data))

    def require(self) -> Workflow:
        """The definition; ``cancel`` alone works without one."""
        assert self.workflow is not None
        return self.workflow

    def definition(self, key: str) -> Task:
        """A task's definition."""
        return self.require().tasks[key]

    # --- telling -----------------------------------------------------------------------------------------------------

    def log(self, kind: type[events.Event], task: TaskState | None = None, **values: Any) -> None:
        """Writes down that something happened at the current iteration."""
        if task is not None:
            values |= {"key": task.key, "task_id": task.id}
        self.happened.append(kind(iteration=self.state.iteration, **values))

    def find(
        self,
        error_type: ErrorType,
        code: str,
        message: str,
        task: TaskState | None = None,
        details: Mapping[str, Json] | None = None,
    ) -> None:
        """Puts an error on the admin's desk, in the iteration's own transaction."""
        self.log(events.Finding, task=task, error_type=error_type, code=code, message=message, details=details)

    def close(self, cause: str, note: str, task: TaskState | None = None) -> None:
        """The cause of an error is gone."""
        self.log(events.CauseGone, task=task, cause=cause, note=note)


def _of(definition: Task) -> str:
    return f"tasks.{definition.key}.condition"


def _writer(task_id: int | None) -> str:
    return f"task {task_id}" if task_id else "a correction"


def _short(value: Json, most: int = 200) -> str:
    text = repr(value)
    return text if len(text) <= most else text[: most - 1] + "…"


def _no_worker(definition: Task, why: str) -> str:
    roles = ", ".join(definition.company_role_access)
    who = f"a task worker with the company role {roles}" if roles else "a task worker"
    return (
        f"tasks.{definition.key}: nobody to do it ({why}). Assign it to somebody, give {who} "
        "the right to work here, or let somebody claim it."
    )
