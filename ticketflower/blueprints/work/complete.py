"""Completing a task, and keeping its half-filled form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ticketflower.actor import Actor
from ticketflower.blueprints import htmx
from ticketflower.blueprints.sending import problems_of, sent_key, sent_once
from ticketflower.blueprints.work.blueprint import READERS, work
from ticketflower.blueprints.work.show import after, answer, form_of, page_of
from ticketflower.clock import utc_now
from ticketflower.db import db
from ticketflower.engine.advance import Advanced
from ticketflower.engine.events import ConflictFound
from ticketflower.engine.words import ACTIVE_TASK
from ticketflower.engine.writing import Statement
from ticketflower.errors import Conflict, Refusal, Unacceptable
from ticketflower.forms import Form
from ticketflower.queries.tasks import TaskView, task_view
from ticketflower.services import drafts
from ticketflower.services.answers import required_now
from ticketflower.services.tasks import complete_task
from ticketflower.web.identity import current_actor

KEPT = "Your answers are kept."


@work.post("/<int:task_id>/complete", allow=READERS)
def complete(task_id: int) -> ResponseReturnValue:
    """Takes the answers; or adds a row to the form, or shows what is wrong with it."""
    session, actor, now = db.session(), current_actor(), utc_now()
    task = task_view(session, actor, task_id)
    form = form_of(session, actor, task)
    changed = form.row_change(request.form)
    if changed is not None:
        return answer(page_of(session, actor, task, form=changed))

    def must(data: Mapping[str, object]) -> list[str]:
        return required_now(task.definition, task.workspace, data)

    reading = form.read(request.form, must)

    def act(_also: Sequence[Statement]) -> str:
        if reading.problems and task.status in ACTIVE_TASK:
            raise Unacceptable(reading.problems)
        done = complete_task(session, actor, task_id, dict(reading.data), now)
        drafts.discard_draft(session, actor, drafts.of_task(task_id))
        flash(*_told(task, done))
        return after(actor, task)

    try:
        return htmx.go(sent_once(actor, now, act, lambda _made: after(actor, task)))
    except Conflict as refusal:
        typed = form.with_answers(request.form).with_problems(problems_of(refusal))
        return _refused(session, actor, task_id, typed, refusal)
    except Unacceptable as refusal:
        kept = form.with_reading(reading)
        told = kept if reading.problems else kept.with_problems(problems_of(refusal), "/data")
        return _refused(session, actor, task_id, told, refusal)


@work.post("/<int:task_id>/draft", allow=READERS)
def save_draft(task_id: int) -> ResponseReturnValue:
    """Keeps what stands in the form: by itself while somebody types, or at the press of a button."""
    session, actor, now = db.session(), current_actor(), utc_now()
    if task_view(session, actor, task_id).status not in ACTIVE_TASK:
        raise Conflict(f"Task {task_id} is not to be done any more. Copy what you typed if you need it elsewhere.")
    drafts.save_draft(session, actor, drafts.of_task(task_id), request.form.items(multi=True), sent_key(), now)
    if "save" not in request.form:
        return "", 204
    flash("Your answers are kept. Come back whenever you like.", "success")
    return htmx.go(url_for("work.show", task_id=task_id))


@work.post("/<int:task_id>/draft/discard", allow=READERS)
def discard_draft(task_id: int) -> ResponseReturnValue:
    """Forgets what was kept; the form begins anew."""
    session, actor = db.session(), current_actor()
    task_view(session, actor, task_id)
    drafts.discard_draft(session, actor, drafts.of_task(task_id))
    return htmx.go(url_for("work.show", task_id=task_id))


def _refused(session: Session, actor: Actor, task_id: int, form: Form, refusal: Refusal) -> ResponseReturnValue:
    """The form once more, with every answer kept; also when the task was withdrawn or completed meanwhile."""
    task = task_view(session, actor, task_id, had_it=True)
    return answer(page_of(session, actor, task, form=form, asked=True), refusal.status)


def _told(task: TaskView, done: Advanced) -> tuple[str, str]:
    """What somebody is told who has completed a task; what went wrong after that is not theirs to mend."""
    if any(isinstance(event, ConflictFound) and event.task_id == task.id for event in done.events):
        told = f"{KEPT} Somebody changed the same value meanwhile, so a ticket admin decides how it goes on."
        return told, "warning"
    if done.failed:
        return f"{KEPT} The ticket could not move on by itself; a ticket admin has been told.", "warning"
    return f"“{task.definition.title}” is completed.", "success"
