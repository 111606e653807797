"""The steps from one iteration to the next (engine.md, From one iteration to the next), decided on plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from ticketflower.engine import events
from ticketflower.engine.assign import choose
from ticketflower.engine.definition import Completion, Task
from ticketflower.engine.failures import EngineFailure
from ticketflower.engine.ledger import Ledger
from ticketflower.engine.state import MAX_ITERATIONS, MAX_STARTS, Held, TaskState
from ticketflower.engine.words import ErrorType, Retrigger, TaskStatus, TaskType, WaitFor, WorkflowStatus

Json = Any


class Steps(Ledger):
    """Steps 1 to 6 of an iteration, and the changes of state that they make."""

    __slots__ = ()

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
        holds = self.holds(definition.condition, data, place_of(definition))
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


def place_of(definition: Task) -> str:
    """Where a task's condition stands in the document."""
    return f"tasks.{definition.key}.condition"


def _no_worker(definition: Task, why: str) -> str:
    roles = ", ".join(definition.company_role_access)
    who = f"a task worker with the company role {roles}" if roles else "a task worker"
    return (
        f"tasks.{definition.key}: nobody to do it ({why}). Assign it to somebody, give {who} "
        "the right to work here, or let somebody claim it."
    )
