"""To whom a new task goes (engine.md, Assignment; document.md, ``assignment``). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ticketflower.engine.definition import Task
from ticketflower.engine.state import Worker

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Choice:
    """Who gets a task, and why; nobody when ``worker`` is None.

    Args:
        wanted: somebody should have got it, so that nobody is an error (``no_worker``).
    """

    worker: Worker | None
    why: str
    wanted: bool = True


def allowed(task: Task, worker: Worker) -> bool:
    """Whether a worker may do a task: one of its company roles, or none named (engine.md, Assignment)."""
    return not task.company_role_access or not worker.company_roles.isdisjoint(task.company_role_access)


def choose(
    task: Task, workspace: Mapping[str, Any], workers: Mapping[int, Worker], preferred: int | None = None
) -> Choice:
    """Chooses the worker for a new task.

    Args:
        task: its definition.
        workspace: the fields, for ``assignment: {field: F}``.
        workers: the available task workers, by user id.
        preferred: who had the task that this one replaces; gets it again if still available and allowed.
    """
    again = workers.get(preferred) if preferred is not None else None
    if again is not None and allowed(task, again):
        return Choice(again, "had it before")
    if isinstance(task.assignment, Mapping):
        return _named(task, workspace, workers, task.assignment["field"])
    if task.assignment == "manual":
        return Choice(None, "assigned by hand", wanted=False)
    able = [worker for worker in workers.values() if allowed(task, worker)]
    if not able:
        return Choice(None, "nobody available")
    if task.assignment == "round_robin":
        return Choice(min(able, key=_longest_ago), "whose turn it was")
    return Choice(min(able, key=_least_loaded), "fewest active tasks")


def _named(task: Task, workspace: Mapping[str, Any], workers: Mapping[int, Worker], field: str) -> Choice:
    value = workspace.get(field)
    named = workers.get(int(value)) if isinstance(value, str) and value.isascii() and value.isdigit() else None
    if named is not None and allowed(task, named):
        return Choice(named, f"named in {field}")
    return Choice(None, f"{field} names nobody who is available and may do it")


def _least_loaded(worker: Worker) -> tuple[int, datetime, int]:
    return worker.active, worker.last_assigned_at or _NEVER, worker.user_id


def _longest_ago(worker: Worker) -> tuple[datetime, int]:
    return worker.last_assigned_at or _NEVER, worker.user_id
