"""Tasks: list, read, start, claim, release, assign, complete."""

from __future__ import annotations

from typing import Any

from ticketflower.blueprints.api import shapes
from ticketflower.blueprints.api.answers import paged
from ticketflower.blueprints.api.blueprint import operations
from ticketflower.blueprints.api.bodies import Body
from ticketflower.blueprints.api.operations import Call
from ticketflower.blueprints.api.parameters import PAGING, number, text, words
from ticketflower.engine.words import SystemRole, TaskStatus
from ticketflower.queries import task_lists
from ticketflower.queries import tasks as task_queries
from ticketflower.services import tasks as services

Json = Any
USER, WORKER, ADMIN = SystemRole.USER, SystemRole.TASK_WORKER, SystemRole.TICKET_ADMIN

OUTPUT = Body("Output", {"data": {"title": "Data"}}, example={"data": {"approved": True}})
ASSIGNEE = Body("Assignee", {"user_id": {"type": "integer", "title": "User"}}, example={"user_id": 7})


def task_after(call: Call, made: int | None) -> Json:
    """The task as it is after a change."""
    task_id = call.place.get("task_id", made)
    return shapes.task(task_queries.task_view(call.session, call.actor, task_id, had_it=True, tells_why=False))


@operations.reads(
    "/tasks",
    tag="Tasks",
    allow=(WORKER, ADMIN),
    gives="Tasks",
    query=(
        words("status", "One status.", TaskStatus),
        text("assigned_to", "`me`, `none`, or a user's number."),
        number("ticket", "A ticket's number."),
        *PAGING,
    ),
)
def list_tasks(call: Call) -> Json:
    """List tasks, the newest first.

    A task_worker sees their own and those that they may claim, a ticket_admin all of the company's.
    """
    return paged(task_lists.list_tasks(call.session, call.actor, **call.query), shapes.task_row)


@operations.reads("/tasks/<number:task_id>", tag="Tasks", allow=(USER, WORKER, ADMIN), gives="Task")
def show_task(call: Call) -> Json:
    """Read a task: its input, and the JSON Schema of its output form.

    For its worker, who may claim it, and ticket admins. `input` holds the values at its `start_iteration`.
    """
    return shapes.task(task_queries.task_view(call.session, call.actor, call.place["task_id"], tells_why=False))


@operations.changes(
    "/tasks/<number:task_id>/start", tag="Tasks", allow=WORKER, gives="Task", shows=task_after, can=(409,)
)
def start_task(call: Call) -> None:
    """Say that you have begun with a task of yours."""
    services.start_task(call.session, call.actor, call.place["task_id"], call.now)


@operations.changes(
    "/tasks/<number:task_id>/claim", tag="Tasks", allow=WORKER, gives="Task", shows=task_after, can=(409,)
)
def claim_task(call: Call) -> None:
    """Claim a task that is nobody's."""
    services.claim_task(call.session, call.actor, call.place["task_id"], call.now)


@operations.changes(
    "/tasks/<number:task_id>/release", tag="Tasks", allow=WORKER, gives="Task", shows=task_after, can=(409,)
)
def release_task(call: Call) -> None:
    """Give a task of yours back: it is open and nobody's."""
    services.release_task(call.session, call.actor, call.place["task_id"], call.now)


@operations.changes(
    "/tasks/<number:task_id>/complete",
    tag="Tasks",
    allow=(USER, WORKER, ADMIN),
    gives="Task",
    body=OUTPUT,
    shows=task_after,
    can=(409,),
)
def complete_task(call: Call) -> None:
    """Complete a task with its output.

    For its assignee and ticket admins; it need not have been started. A write conflict is not the worker's error: the
    answer is 200 with the task as it then is, and the admin gets the error. 409 tells why it can't be completed (any
    more).
    """
    services.complete_task(call.session, call.actor, call.place["task_id"], call.body["data"], call.now)


@operations.changes(
    "/tasks/<number:task_id>/assign",
    tag="Tasks",
    allow=ADMIN,
    gives="Task",
    body=ASSIGNEE,
    shows=task_after,
    can=(409,),
)
def assign_task(call: Call) -> None:
    """Give a task to a worker, whoever had it before."""
    services.assign_task(call.session, call.actor, call.place["task_id"], call.body["user_id"], call.now)
