"""The shell's second half: writes what the core decided, as one flight that ends with the commit."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg

from ticketflower.engine import announce, events, sql
from ticketflower.engine.failpoints import armed, failpoint
from ticketflower.engine.failures import EngineFailure
from ticketflower.engine.reading import Loaded, execute
from ticketflower.engine.state import Held, State, TaskState
from ticketflower.engine.words import ACTIVE_TASK, ENDED_WORKFLOW, WorkflowStatus

#: security.md, Budgets: a workspace of 1 MB.
MAX_WORKSPACE = 1024 * 1024


def dumps(value: Any) -> str:
    """JSON as the database takes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write(conn: psycopg.Connection[Any], loaded: Loaded, happened: Sequence[events.Event], now: datetime) -> set[str]:
    """Writes an advance, commits it and announces it, in one flight.

    Args:
        conn: the connection that holds the instance's lock.
        loaded: what was decided on; its state is as the core left it.
        happened: the core's events.
        now: the moment of the advance.

    Returns:
        The topics that have something new.

    Raises:
        EngineFailure: the workspace has become too large.
    """
    numbers = _number(conn, loaded)
    keys: dict[str, Any] = {
        "company": loaded.version.company_id,
        "instance": loaded.instance_id,
        "ticket": loaded.ticket["id"],
        "now": now,
    }
    topics = topics_of(loaded, happened)
    plan, rare = _plan(loaded, happened, numbers, keys), list(_rare(loaded, happened, numbers, keys))
    with conn.pipeline() as flight:
        for statement, params in (plan, *rare):
            conn.execute(statement, params)
        if armed("advance.before_commit"):
            flight.sync()
            failpoint("advance.before_commit")
        conn.execute(sql.COMMIT)
        if armed("advance.after_commit"):
            flight.sync()
            failpoint("advance.after_commit")
        conn.execute(sql.NOTIFY, {"payload": announce.payload(loaded.version.company_id, topics)})
    return topics


def _number(conn: psycopg.Connection[Any], loaded: Loaded) -> dict[int, int]:
    """Gives each new task its number; the core called them -1, -2, ..."""
    new = sorted((number for number in loaded.state.tasks if number < 0), reverse=True)
    ids = list(loaded.ids)
    if len(new) > len(ids):
        more = execute(conn, sql.RESERVE_TASK_IDS, {"count": len(new) - len(ids)}).fetchall()
        ids += [row["nextval"] for row in more]
    return dict(zip(new, ids, strict=False))


Statement = tuple[str, Mapping[str, Any]]


def _plan(
    loaded: Loaded, happened: Sequence[events.Event], numbers: Mapping[int, int], keys: Mapping[str, Any]
) -> Statement:
    """What each advance writes, for ``write_advance``."""
    plan = {
        "company": keys["company"],
        "instance": keys["instance"],
        "ticket": keys["ticket"],
        "new_tasks": _new_tasks(loaded, numbers),
        "tasks": _changed_tasks(loaded),
        "iterations": [_iteration(event) for event in happened if isinstance(event, events.IterationMade)],
        "log": [_line(event, numbers) for event in happened],
        "state": _state(loaded.state),
        "loads": list(_loads(loaded, happened)),
    }
    return sql.WRITE_ADVANCE, {"plan": dumps(plan), "now": keys["now"]}


def _rare(
    loaded: Loaded, happened: Sequence[events.Event], numbers: Mapping[int, int], keys: Mapping[str, Any]
) -> Iterator[Statement]:
    """What only some advances write: errors, corrections, the ticket's status."""
    for event in happened:
        number = _real(event.task_id, numbers)
        if isinstance(event, events.IterationMade) and event.correction_id is not None:
            yield sql.WRITE_CORRECTION, {**keys, "iteration": event.iteration, "correction": event.correction_id}
        elif isinstance(event, events.Finding):
            yield _finding(event, number, keys)
        elif isinstance(event, events.CauseGone):
            yield sql.CLOSE_ERROR, {**keys, "cause": cause_of(event.cause, number), "note": event.note}
    if loaded.status_before is not loaded.state.status:
        yield sql.WRITE_TICKET_STATUS, {**keys, "status": loaded.state.status}
    if loaded.state.status in ENDED_WORKFLOW:
        yield sql.CLOSE_EVERY_ERROR, {**keys, "note": "The workflow ended."}
    if not loaded.folds:
        if loaded.due:
            yield sql.STILL_DUE, keys
    elif loaded.failed_before:
        yield from went_through(keys)


def _real(number: int | None, numbers: Mapping[int, int]) -> int | None:
    return number if number is None else numbers.get(number, number)


def went_through(keys: Mapping[str, Any]) -> Iterator[Statement]:
    """A ticket whose advance had failed has advanced: its error is closed, its tries are forgotten."""
    yield sql.FORGET_FAILURES, keys
    yield sql.CLOSE_ERROR, {**keys, "cause": "advance", "note": "The next try went through."}


def cause_of(code: str, task_id: int | None) -> str:
    """What ``ticket_errors.cause`` holds for a finding: its code, and the task that it is about."""
    return code if task_id is None else f"{code}:{task_id}"


def _iteration(event: events.IterationMade) -> dict[str, Any]:
    if len(dumps(event.workspace).encode()) > MAX_WORKSPACE:
        raise EngineFailure(
            "workspace_too_large",
            f"The workspace would grow beyond {MAX_WORKSPACE // 1024} KB at iteration {event.iteration}. "
            f"Written: {', '.join(event.written)}. Send less in these fields, or cancel the ticket.",
        )
    return {
        "iteration": event.iteration,
        "workspace": event.workspace,
        "written": event.written,
        "cleared": event.cleared,
        "writer": event.writer,
        "task": event.task_id,
        "actor": event.actor_id,
        "reason": event.reason,
    }


def _finding(event: events.Finding, number: int | None, keys: Mapping[str, Any]) -> Statement:
    error = {
        "task": number,
        "error_type": event.error_type,
        "code": event.code,
        "cause": cause_of(event.code, number),
        "message": event.message,
        "details": None if event.details is None else dumps(event.details),
        "stack_trace": None,
    }
    return sql.WRITE_ERROR, {**keys, **error}


def _new_tasks(loaded: Loaded, numbers: Mapping[int, int]) -> list[dict[str, Any]]:
    return [
        {
            "id": numbers[task.id],
            "definition": loaded.version.task_ids[task.key],
            "made_at": task.made_at_iteration,
            "start": task.start_iteration,
            "item": task.item,
            "status": task.status,
            "assigned_to": task.assigned_to,
        }
        for task in loaded.state.tasks.values()
        if task.id < 0
    ]


def _changed_tasks(loaded: Loaded) -> list[dict[str, Any]]:
    return [
        {"id": task.id, "status": task.status, "end_iteration": task.end_iteration}
        for task in loaded.state.tasks.values()
        if task.id > 0 and (task.end_iteration is not None or task.status is not loaded.before[task.id][0])
    ]


def _line(event: events.Event, numbers: Mapping[int, int]) -> dict[str, Any]:
    return {
        "iteration": max(event.iteration, 0),
        "event": event.word,
        "task_id": _real(event.task_id, numbers),
        "key": event.key,
        "values": event.values(),
        "actor_id": event.actor_id,
    }


def _state(state: State) -> dict[str, Any]:
    return {
        "status": state.status,
        "iteration": max(state.iteration, 0),
        "field_versions": {name: [v.written, v.touched, v.task_id] for name, v in state.versions.items()},
        "task_counts": {
            key: [c.started, c.completed, c.last_start, c.queued] for key, c in state.counts.items() if c.started
        },
        "held": held_as_json(state.held),
        "iteration_limit": state.iteration_limit,
        "completion_key": state.completion_key,
        "stalled": state.stalled,
        "ended": state.status in ENDED_WORKFLOW,
    }


def held_as_json(held: Held | None) -> dict[str, Any] | None:
    """What an instance's ``held`` column stores."""
    if held is None:
        return None
    return {"written": list(held.written), "after_idle": held.after_idle, "settle": held.settle}


def _loads(loaded: Loaded, happened: Iterable[events.Event]) -> Iterator[dict[str, Any]]:
    """What each worker's count of active tasks changes by, in the order of user_id."""
    changes: defaultdict[int, int] = defaultdict(int)
    for task in loaded.state.tasks.values():
        was_status, was_assigned = loaded.before.get(task.id, (None, None))
        if was_assigned is not None and was_status in ACTIVE_TASK:
            changes[was_assigned] -= 1
        if task.assigned_to is not None and task.active:
            changes[task.assigned_to] += 1
    assigned = {event.user_id for event in happened if isinstance(event, events.TaskAssigned)}
    for user_id in sorted(changes):
        worker = loaded.facts.workers.get(user_id)
        at = worker.last_assigned_at if worker and user_id in assigned else None
        if changes[user_id] or at:
            yield {"user": user_id, "change": changes[user_id], "assigned_at": at and at.isoformat()}


def topics_of(loaded: Loaded, happened: Sequence[events.Event]) -> set[str]:
    """The live pages that have something new after this advance."""
    topics = {
        announce.ticket_topic(loaded.ticket["id"]),
        announce.tickets_topic(loaded.ticket["created_by"]),
        announce.BOARD,
    }
    for task in loaded.state.tasks.values():
        topics |= queues_of(task, loaded.before.get(task.id))
    if any(isinstance(event, events.Finding | events.CauseGone) for event in happened) or loaded.failed_before:
        topics.add(announce.ERRORS)
    if loaded.state.status is WorkflowStatus.CANCELLED or loaded.state.status is WorkflowStatus.COMPLETED:
        topics.add(announce.ERRORS)
    return topics


def queues_of(task: TaskState, before: tuple[Any, int | None] | None) -> set[str]:
    """The queues in which a task appears, changes or disappears."""
    if before is not None and before == (task.status, task.assigned_to) and task.end_iteration is None:
        return set()
    people = {task.assigned_to} if before is None else {task.assigned_to, before[1]}
    return {announce.UNASSIGNED if person is None else announce.queue_topic(person) for person in people}
