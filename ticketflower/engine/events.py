"""What an advance did, as plain values, in order; the log, the errors and the live pages come from these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ticketflower.engine.words import ErrorType, WorkflowStatus

Json = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened at an iteration. ``word`` is what the log calls it."""

    word: ClassVar[str] = ""
    iteration: int
    key: str | None = None
    task_id: int | None = None
    actor_id: int | None = None

    def values(self) -> dict[str, Json] | None:
        """What the log shows beside it."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class IterationMade(Event):
    """The workspace has a new version. ``writer`` is ``submission``, ``task`` or ``correction``."""

    writer: str
    written: tuple[str, ...]
    cleared: tuple[str, ...]
    workspace: Mapping[str, Json]
    reason: str | None = None
    correction_id: int | None = None

    @property
    def word(self) -> str:  # type: ignore[override]
        """``submitted``, ``completed`` or ``corrected``."""
        return {"submission": "submitted", "task": "completed"}.get(self.writer, "corrected")

    def values(self) -> dict[str, Json]:
        """The names of the fields that were written and cleared, and an admin's reason."""
        shown: dict[str, Json] = {"written": list(self.written)}
        if self.cleared:
            shown["cleared"] = list(self.cleared)
        if self.reason:
            shown["reason"] = self.reason
        return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStarted(Event):
    """An instance of a task was made."""

    word = "started"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAssigned(Event):
    """A task went to somebody; ``why`` says how they were chosen."""

    word = "assigned"
    user_id: int
    why: str

    def values(self) -> dict[str, Json]:
        """Who, and why."""
        return {"user_id": self.user_id, "why": self.why}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSkipped(Event):
    """A triggered task did not start, because its condition did not hold with these values."""

    word = "skipped"
    seen: Mapping[str, Json]

    def values(self) -> dict[str, Json]:
        """The values that made it so."""
        return dict(self.seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskIgnored(Event):
    """A triggered task did not start, because an instance is active and ``on_retrigger`` is ``ignore``."""

    word = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQueued(Event):
    """A triggered task is remembered until no instance is active (``on_retrigger: queue``)."""

    word = "queued"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueForgotten(Event):
    """A remembered start was dropped: its condition does not hold any more."""

    word = "forgotten"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskWithdrawn(Event):
    """A task was cancelled; ``why`` is ``cancel_when``, ``restarted``, ``workflow_ended`` or ``discarded``."""

    word = "withdrawn"
    why: str

    def values(self) -> dict[str, Json]:
        """Why it was cancelled."""
        return {"why": self.why}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictFound(Event):
    """A completed task's output could not be folded in; per field both values, and who wrote the other."""

    word = "conflict"
    fields: Mapping[str, Mapping[str, Json]]

    def values(self) -> dict[str, Json]:
        """The fields, each with ``theirs``, ``ours``, ``iteration`` and ``task_id``."""
        return dict(self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged(Event):
    """The workflow ended, was put on hold or goes on; ``completion`` is the rule that did it, if one did."""

    status: WorkflowStatus
    completion: str | None = None
    reason: str | None = None

    @property
    def word(self) -> str:  # type: ignore[override]
        """``workflow_completed``, ``workflow_cancelled``, ``on_hold`` or ``resumed``."""
        return {
            WorkflowStatus.COMPLETED: "workflow_completed",
            WorkflowStatus.CANCELLED: "workflow_cancelled",
            WorkflowStatus.ON_HOLD: "on_hold",
        }.get(self.status, "resumed")

    def values(self) -> dict[str, Json] | None:
        """The rule, and a person's reason."""
        shown = {"completion": self.completion, "reason": self.reason}
        return {name: value for name, value in shown.items() if value} or None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionDropped(Event):
    """A correction was not applied, because the workflow had ended before its turn."""

    word = "correction_dropped"
    correction_id: int
    data: Mapping[str, Json] = field(default_factory=dict)

    def values(self) -> dict[str, Json]:
        """What it would have written."""
        return dict(self.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Event):
    """Something that an admin has to see; it is written with the iteration (engine.md, Errors).

    The cause that has to go away for it to be closed is its code, of its task if it has one.
    """

    word = "error"
    error_type: ErrorType
    code: str
    message: str
    details: Mapping[str, Json] | None = None

    def values(self) -> dict[str, Json]:
        """The error's code."""
        return {"code": self.code}


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseGone(Event):
    """The cause of an error (its code, of the same task if it had one) is gone; the engine closes it with this note."""

    word = "error_closed"
    cause: str
    note: str

    def values(self) -> dict[str, Json]:
        """What was closed, and why."""
        return {"cause": self.cause, "note": self.note}
