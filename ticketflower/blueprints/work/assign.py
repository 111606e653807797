"""Handing a task to somebody, whoever had it before."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from ticketflower.blueprints import htmx
from ticketflower.blueprints.asking import Question, ask
from ticketflower.blueprints.sending import problems_of
from ticketflower.blueprints.work.blueprint import ADMIN, work
from ticketflower.clock import utc_now
from ticketflower.db import db
from ticketflower.engine.words import ACTIVE_TASK
from ticketflower.errors import Conflict, Unacceptable
from ticketflower.forms import Form, build_form
from ticketflower.queries.tasks import TaskView, task_view
from ticketflower.queries.workers import WorkerRow, workers_for
from ticketflower.services.tasks import assign_task
from ticketflower.web.identity import current_actor


@work.get("/<int:task_id>/assign", allow=ADMIN)
def ask_assign(task_id: int) -> ResponseReturnValue:
    """Who could do the task, with how much each has to do."""
    task = _assignable(task_id)
    return ask(_question(task), _form(task))


@work.post("/<int:task_id>/assign", allow=ADMIN)
def assign(task_id: int) -> ResponseReturnValue:
    """Gives the task to the chosen person."""
    task = _assignable(task_id)
    form = _form(task)
    reading = form.read(request.form)
    try:
        if reading.problems:
            raise Unacceptable(reading.problems)
        assign_task(db.session(), current_actor(), task_id, int(str(reading.data["user_id"])), utc_now())
    except Unacceptable as refusal:
        return ask(_question(task), form.with_reading(reading).with_problems(problems_of(refusal)), 422)
    flash(f"“{task.definition.title}” is assigned.", "success")
    return htmx.go(url_for("tickets.show", ticket_id=task.ticket_id))


def _assignable(task_id: int) -> TaskView:
    task = task_view(db.session(), current_actor(), task_id)
    if task.status not in ACTIVE_TASK:
        raise Conflict(f"Task {task_id} is not to be done any more. Look at ticket {task.ticket_id}.")
    return task


def _form(task: TaskView) -> Form:
    workers = workers_for(db.session(), task.definition)
    offered: list[dict[str, Any]] = [{"const": str(worker.id), "title": _words(worker)} for worker in workers]
    # Without anybody to choose, a text field would stand there: an empty group of checkboxes says that nobody is there.
    empty = {"type": "array", "items": {"type": "string", "format": "user"}}
    who = {"title": "Who shall do it?", **({"oneOf": offered} if offered else empty)}
    now = {"user_id": str(task.assigned_to.id)} if task.assigned_to else {}
    return build_form({"user_id": who}, ["user_id"], [], None, now)


def _words(worker: WorkerRow) -> str:
    load = "1 open task" if worker.active == 1 else f"{worker.active or 'no'} open tasks"
    return f"{worker.name} – {load}" + ("" if worker.available else ", away")


def _question(task: TaskView) -> Question:
    has = f"{task.assigned_to.name} has it now." if task.assigned_to else "Nobody has it now."
    return Question(
        title=f"Assign “{task.definition.title}”",
        text=f"{has} Whoever you choose finds it in their tasks at once.",
        button="Assign the task",
        url=url_for("work.assign", task_id=task.id),
        back_url=url_for("tickets.show", ticket_id=task.ticket_id),
        back_label=f"Ticket {task.ticket_id}",
    )
