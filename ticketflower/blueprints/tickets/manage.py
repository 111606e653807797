"""What changes a ticket as a whole: cancel or withdraw it, hold it, resume it, run the engine again.

Each has a page that asks first, so that it works without script and a pushed change never takes a reason away.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ticketflower.access import visible_ticket
from ticketflower.actor import Actor
from ticketflower.blueprints import htmx
from ticketflower.blueprints.asking import REASON, Question, ask, form_for
from ticketflower.blueprints.sending import problems_of
from ticketflower.blueprints.tickets.back import list_of
from ticketflower.blueprints.tickets.blueprint import ADMIN, SUBMITTER, tickets
from ticketflower.clock import utc_now
from ticketflower.db import db
from ticketflower.errors import Unacceptable
from ticketflower.models import TicketInstance
from ticketflower.services import tickets as services
from ticketflower.web.identity import current_actor
from ticketflower.web.viewing import belongs_to

Service = Callable[[Session, Actor, int, str | None, datetime], Any]


@tickets.get("/<int:ticket_id>/cancel", allow=(SUBMITTER, ADMIN))
def ask_cancel(ticket_id: int) -> ResponseReturnValue:
    """Asks whether the ticket shall end here."""
    return ask(_cancelling(ticket_id), form_for({"reason": REASON}))


@tickets.post("/<int:ticket_id>/cancel", allow=(SUBMITTER, ADMIN))
def cancel(ticket_id: int) -> ResponseReturnValue:
    """Ends the ticket."""
    return _do(ticket_id, _cancelling(ticket_id), services.cancel_ticket, f"Ticket {ticket_id} has ended.")


@tickets.get("/<int:ticket_id>/hold", allow=ADMIN)
def ask_hold(ticket_id: int) -> ResponseReturnValue:
    """Asks why the ticket shall be put on hold."""
    return ask(_holding(ticket_id), form_for({"reason": REASON}))


@tickets.post("/<int:ticket_id>/hold", allow=ADMIN)
def hold(ticket_id: int) -> ResponseReturnValue:
    """Puts the ticket on hold."""
    return _do(ticket_id, _holding(ticket_id), services.hold_ticket, f"Ticket {ticket_id} is on hold.")


@tickets.get("/<int:ticket_id>/resume", allow=ADMIN)
def ask_resume(ticket_id: int) -> ResponseReturnValue:
    """Asks whether the ticket shall go on."""
    return ask(_resuming(ticket_id), form_for({"reason": REASON}))


@tickets.post("/<int:ticket_id>/resume", allow=ADMIN)
def resume(ticket_id: int) -> ResponseReturnValue:
    """Lets the ticket go on."""
    return _do(ticket_id, _resuming(ticket_id), services.resume_ticket, f"Ticket {ticket_id} goes on.")


@tickets.post("/<int:ticket_id>/advance", allow=ADMIN)
def advance(ticket_id: int) -> ResponseReturnValue:
    """Runs the engine again for the ticket."""
    result = services.advance_ticket(db.session(), current_actor(), ticket_id, utc_now())
    if result.failed:
        flash("It could not be moved on this time either. The error says why.", "error")
    elif result.events:
        flash("It moves again.", "success")
    else:
        flash("There was nothing to move on: the ticket waits for what is shown here.", "info")
    return htmx.go(url_for("tickets.show", ticket_id=ticket_id))


def _do(ticket_id: int, question: Question, service: Service, done: str) -> ResponseReturnValue:
    form = form_for({"reason": REASON})
    reading = form.read(request.form)
    reason = reading.data.get("reason")
    try:
        service(db.session(), current_actor(), ticket_id, reason if isinstance(reason, str) else None, utc_now())
    except Unacceptable as refusal:
        return ask(question, form.with_reading(reading).with_problems(problems_of(refusal)), 422)
    flash(done, "success")
    return htmx.go(url_for("tickets.show", ticket_id=ticket_id))


def _cancelling(ticket_id: int) -> Question:
    own = _ticket(ticket_id).created_by == current_actor().user_id
    verb = "Withdraw" if own else "Cancel"
    return _question(
        ticket_id,
        "cancel",
        title=f"{verb} ticket {ticket_id}?",
        text="Its open tasks are cancelled and nothing new starts. This can't be taken back.",
        button=f"{verb} the ticket",
        kind="danger",
    )


def _holding(ticket_id: int) -> Question:
    _ticket(ticket_id)
    return _question(
        ticket_id,
        "hold",
        title=f"Put ticket {ticket_id} on hold?",
        text="Its tasks stay where they are, and nobody can complete one until you resume the ticket.",
        button="Put it on hold",
    )


def _resuming(ticket_id: int) -> Question:
    _ticket(ticket_id)
    return _question(
        ticket_id,
        "resume",
        title=f"Resume ticket {ticket_id}?",
        text="What was kept meanwhile is taken now, and the next tasks start.",
        button="Resume the ticket",
    )


def _ticket(ticket_id: int) -> TicketInstance:
    actor = current_actor()
    ticket = visible_ticket(db.session(), actor, ticket_id)
    belongs_to(list_of(actor, ticket.created_by))
    return ticket


def _question(ticket_id: int, verb: str, **words: str) -> Question:
    return Question(
        url=url_for(f"tickets.{verb}", ticket_id=ticket_id),
        back_url=url_for("tickets.show", ticket_id=ticket_id),
        back_label=f"Ticket {ticket_id}",
        **words,
    )
