"""One advance under way: what is known, what has happened so far, and how the log and the admin's desk hear of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ticketflower.engine import events
from ticketflower.engine.conditions import Condition, ConditionTooCostly, values_read
from ticketflower.engine.definition import Task, Workflow
from ticketflower.engine.failures import EngineFailure
from ticketflower.engine.state import Facts, State, TaskState
from ticketflower.engine.words import ErrorType

Json = Any


@dataclass(slots=True)
class Ledger:
    """The instance, the facts, and the events so far.

    Args:
        workflow: the version that the ticket runs on; None only to cancel, which needs no definition.
        state: the instance; changed in place.
        facts: now, today, the ticket and the available workers.
        happened: the events, in order.
        starts: how many tasks this advance has started (security.md, Budgets).
    """

    workflow: Workflow | None
    state: State
    facts: Facts
    happened: list[events.Event] = field(default_factory=list)
    starts: int = 0

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
                f"{place} took too much work with {short(values_read(condition.source, data))}: {too_costly}. "
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


def short(value: Json, most: int = 200) -> str:
    """A value for a message, cut when it is long."""
    text = repr(value)
    return text if len(text) <= most else text[: most - 1] + "…"
