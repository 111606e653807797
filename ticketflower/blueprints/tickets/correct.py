"""Correcting a value of a running ticket: pick the field, then enter what it shall be, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from ticketflower.actor import Actor
from ticketflower.blueprints import htmx
from ticketflower.blueprints.asking import REASON
from ticketflower.blueprints.sending import problems_of
from ticketflower.blueprints.tickets.back import list_of
from ticketflower.blueprints.tickets.blueprint import ADMIN, tickets
from ticketflower.clock import utc_now
from ticketflower.db import db
from ticketflower.errors import Conflict, NotFound, Unacceptable
from ticketflower.forms import Form, build_form
from ticketflower.problems import Problem, pointer
from ticketflower.queries.form_people import people_for
from ticketflower.queries.tickets import TicketView, ticket_view
from ticketflower.services.tickets import correct_fields
from ticketflower.web.identity import current_actor
from ticketflower.web.viewing import belongs_to

#: No field can be called so: keys have no blanks (document.md).
WHY = "the reason"


@tickets.get("/<int:ticket_id>/correct", allow=ADMIN)
def ask_correction(ticket_id: int) -> ResponseReturnValue:
    """The fields to pick from; with ``?field=`` the form for that one."""
    actor = current_actor()
    ticket = _correctable(actor, ticket_id)
    field = request.args.get("field")
    return _page(ticket, field, _form(actor, ticket, field) if field is not None else None)


@tickets.post("/<int:ticket_id>/correct/<field>", allow=ADMIN)
def correct(ticket_id: int, field: str) -> ResponseReturnValue:
    """Writes the value: an iteration of its own."""
    actor = current_actor()
    ticket = _correctable(actor, ticket_id)
    form = _form(actor, ticket, field)
    changed = form.row_change(request.form)
    if changed is not None:
        return _page(ticket, field, changed)
    reading = form.read(request.form)
    kept = form.with_reading(reading)
    data = {name: value for name, value in reading.data.items() if name == field}
    try:
        if reading.problems or not data:
            raise Unacceptable(reading.problems or [Problem(pointer(field), _unchanged(ticket, field))])
        correct_fields(db.session(), actor, ticket_id, data, str(reading.data[WHY]), utc_now())
    except Unacceptable as refusal:
        return _page(ticket, field, kept.with_problems(map(_at_its_place, problems_of(refusal)), "/data"), 422)
    flash(f"{ticket.version.workflow.title_of(field)} is corrected.", "success")
    return htmx.go(url_for("tickets.show", ticket_id=ticket_id))


def _correctable(actor: Actor, ticket_id: int) -> TicketView:
    ticket = ticket_view(db.session(), actor, ticket_id, utc_now())
    if "correct" not in ticket.actions:
        raise Conflict(f"A value can be corrected only while the ticket is in progress. Look at ticket {ticket_id}.")
    belongs_to(list_of(actor, ticket.created_by.id))
    return ticket


def _form(actor: Actor, ticket: TicketView, field: str) -> Form:
    schemas = ticket.version.workflow.fields
    if field not in schemas:
        raise NotFound
    both: Mapping[str, Mapping[str, Any]] = {field: schemas[field], WHY: REASON}
    return build_form(
        both,
        [field, WHY],
        [field],
        None,
        ticket.data,
        users=people_for(db.session(), schemas, [field]),
        zone=ZoneInfo(actor.time_zone),
    )


def _page(ticket: TicketView, field: str | None, form: Form | None, status: int = 200) -> Response:
    page = render_template(
        "tickets/correct.html",
        ticket=ticket,
        field=field,
        form=form,
        titles=ticket.version.workflow.titles(),
        has_errors=bool(form and form.problems),
    )
    return htmx.vary(make_response(page, status))


def _unchanged(ticket: TicketView, field: str) -> str:
    return f"{ticket.version.workflow.title_of(field)} must be another value than it is now"


def _at_its_place(problem: Problem) -> Problem:
    if problem.pointer != "/reason":
        return problem
    return Problem(pointer(WHY), problem.detail, code=problem.code)
