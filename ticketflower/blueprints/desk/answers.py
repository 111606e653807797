"""What an admin answers to an error: look at it, try again, close it; and the three answers to a write conflict."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ticketflower.actor import Actor
from ticketflower.blueprints import htmx
from ticketflower.blueprints.asking import form_for
from ticketflower.blueprints.desk.blueprint import ADMIN, desk
from ticketflower.blueprints.desk.errors import NOTES, answer
from ticketflower.blueprints.sending import problems_of
from ticketflower.clock import utc_now
from ticketflower.db import db
from ticketflower.engine.advance import Advanced
from ticketflower.errors import Unacceptable
from ticketflower.services import errors as services
from ticketflower.web.identity import current_actor

Service = Callable[[Session, Actor, int, str | None, datetime], Any]


@desk.post("/errors/<int:error_id>/retry", allow=ADMIN)
def retry(error_id: int) -> ResponseReturnValue:
    """Runs the engine again for the error's ticket."""
    return _do(error_id, services.retry_error, "The engine has tried again. An error whose cause is gone is resolved.")


@desk.post("/errors/<int:error_id>/review", allow=ADMIN)
def review(error_id: int) -> ResponseReturnValue:
    """Says that somebody has looked at it."""
    return _do(error_id, services.review_error, "The error is marked as reviewed.")


@desk.post("/errors/<int:error_id>/resolve", allow=ADMIN)
def resolve(error_id: int) -> ResponseReturnValue:
    """Closes it by hand."""
    return _do(error_id, services.resolve_error, "The error is resolved.")


@desk.post("/errors/<int:error_id>/apply", allow=ADMIN)
def apply(error_id: int) -> ResponseReturnValue:
    """Lets the task's values win."""
    return _do(error_id, services.apply_output, "The task's answers are applied.")


@desk.post("/errors/<int:error_id>/discard", allow=ADMIN)
def discard(error_id: int) -> ResponseReturnValue:
    """Lets the present values stand."""
    return _do(error_id, services.discard_output, "The task's answers are discarded.")


@desk.post("/errors/<int:error_id>/send-back", allow=ADMIN)
def send_back(error_id: int) -> ResponseReturnValue:
    """Has the task done again, with the values of now."""
    return _do(error_id, services.send_back, "The task is open again.")


def _do(error_id: int, service: Service, done: str) -> ResponseReturnValue:
    session, actor = db.session(), current_actor()
    form = form_for({"notes": NOTES})
    reading = form.read(request.form)
    notes = reading.data.get("notes")
    try:
        result = service(session, actor, error_id, notes if isinstance(notes, str) else None, utc_now())
    except Unacceptable as refusal:
        return answer(session, actor, error_id, form.with_reading(reading).with_problems(problems_of(refusal)), 422)
    if isinstance(result, Advanced) and result.failed:
        flash("It failed again. The error says why.", "error")
    else:
        flash(done, "success")
    return htmx.go(url_for("desk.show_error", error_id=error_id))
