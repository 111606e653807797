"""The words of engine.md: statuses and kinds, as they stand in the database, the API and the documents."""

from __future__ import annotations

from enum import StrEnum


class DefinitionStatus(StrEnum):
    """Where a version of a definition stands (engine.md, Definitions)."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"


class WorkflowStatus(StrEnum):
    """Where a ticket's workflow stands; NOT_STARTED means that it has no instance yet (engine.md, Tasks)."""

    NOT_STARTED = "NOT_STARTED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    ON_HOLD = "ON_HOLD"


class TaskStatus(StrEnum):
    """Where a task stands (engine.md, Tasks)."""

    OPEN = "OPEN"
    IN_PROGRESS = "IN_PROGRESS"
    PENDING = "PENDING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    ERROR = "ERROR"


class TaskType(StrEnum):
    """Who does a task: a person, or a call to a server (engine.md, Tasks)."""

    FORM = "FORM"
    SYNC_ACTION = "SYNC_ACTION"
    ASYNC_ACTION = "ASYNC_ACTION"


class ErrorType(StrEnum):
    """On which part of the way an error arose (engine.md, Errors)."""

    WORKFLOW_CREATION = "WORKFLOW_CREATION"
    TASK_CREATION = "TASK_CREATION"
    TASK_UPDATE = "TASK_UPDATE"
    WORKFLOW_TRANSITION = "WORKFLOW_TRANSITION"


class ErrorStatus(StrEnum):
    """What has been done about an error (engine.md, Errors)."""

    NEW = "NEW"
    REVIEWED = "REVIEWED"
    RESOLVED = "RESOLVED"


class SystemRole(StrEnum):
    """What a person may do in a company (checklist B1 to B5)."""

    ADMIN = "admin"
    USER = "user"
    TICKET_ADMIN = "ticket_admin"
    TASK_WORKER = "task_worker"
    WORKFLOW_CREATOR = "workflow_creator"


class Retrigger(StrEnum):
    """What a trigger does while an instance of the task is active (engine.md, step 4)."""

    PARALLEL = "parallel"
    RESTART = "restart"
    QUEUE = "queue"
    IGNORE = "ignore"


class WaitFor(StrEnum):
    """Whether one written input field triggers a task, or only all of them together (engine.md, step 3)."""

    ANY = "any"
    ALL = "all"


ACTIVE_TASK = frozenset({TaskStatus.OPEN, TaskStatus.IN_PROGRESS, TaskStatus.PENDING, TaskStatus.ERROR})
ENDED_WORKFLOW = frozenset({WorkflowStatus.COMPLETED, WorkflowStatus.CANCELLED})
OPEN_WORKFLOW = frozenset({WorkflowStatus.NOT_STARTED, WorkflowStatus.IN_PROGRESS, WorkflowStatus.ON_HOLD})
