"""Submitting a ticket: choose a type, fill in its form, send it; half-filled forms are kept."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from flask import flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from ticketflower.actor import Actor
from ticketflower.blueprints import htmx
from ticketflower.blueprints.sending import new_key, problems_of, sent_key, sent_once
from ticketflower.blueprints.tickets.blueprint import SUBMITTER, tickets
from ticketflower.clock import utc_now
from ticketflower.db import db
from ticketflower.engine.definition import TicketType, Workflow
from ticketflower.engine.words import SystemRole
from ticketflower.engine.writing import Statement
from ticketflower.errors import Unacceptable
from ticketflower.forms import Form, build_form
from ticketflower.queries.definitions import submittable_types
from ticketflower.queries.drafts import KeptDraft, draft_of
from ticketflower.queries.form_people import people_for
from ticketflower.services import drafts
from ticketflower.services.tickets import submit_ticket, submittable_type
from ticketflower.web.identity import current_actor


@tickets.get("/new", allow=SUBMITTER)
def show_types() -> ResponseReturnValue:
    """The ticket types that the person may submit."""
    actor = current_actor()
    return render_template(
        "tickets/types.html",
        types=submittable_types(db.session(), actor),
        may_write=actor.has(SystemRole.WORKFLOW_CREATOR),
    )


@tickets.get("/new/<key>", allow=SUBMITTER)
def show_form(key: str) -> ResponseReturnValue:
    """The form of a type, as the person left it."""
    session, actor = db.session(), current_actor()
    workflow, ticket_type = _type(session, actor, key)
    form = _form(session, actor, workflow, ticket_type)
    draft = draft_of(session, actor, drafts.of_ticket_type(key))
    return _page(ticket_type, form.with_answers(MultiDict(draft.entered)) if draft else form, draft=draft)


@tickets.post("/new/<key>", allow=SUBMITTER)
def submit(key: str) -> ResponseReturnValue:
    """Submits a ticket; or adds a row to the form, or shows what is wrong with it."""
    session, actor, now = db.session(), current_actor(), utc_now()
    workflow, ticket_type = _type(session, actor, key)
    form = _form(session, actor, workflow, ticket_type)
    changed = form.row_change(request.form)
    if changed is not None:
        return _page(ticket_type, changed)
    reading = form.read(request.form)

    def act(also: Sequence[Statement]) -> str:
        if reading.problems:
            raise Unacceptable(reading.problems)
        done = (*also, drafts.forgetting(actor, drafts.of_ticket_type(key)))
        ticket_id = submit_ticket(session, actor, key, dict(reading.data), now, also=done)
        flash(f"Ticket {ticket_id} is submitted. You can see here how it goes on.", "success")
        return url_for("tickets.show", ticket_id=ticket_id)

    try:
        return htmx.go(sent_once(actor, now, act, _found_at))
    except Unacceptable as refusal:
        kept = form.with_reading(reading)
        return _page(ticket_type, kept if reading.problems else kept.with_problems(problems_of(refusal), "/data"), 422)


@tickets.post("/new/<key>/draft", allow=SUBMITTER)
def save_draft(key: str) -> ResponseReturnValue:
    """Keeps what stands in the form: by itself while somebody types, or at the press of a button."""
    session, actor, now = db.session(), current_actor(), utc_now()
    _type(session, actor, key)
    drafts.save_draft(session, actor, drafts.of_ticket_type(key), request.form.items(multi=True), sent_key(), now)
    if "save" not in request.form:
        return "", 204
    flash("Your answers are kept. Come back whenever you like.", "success")
    return htmx.go(url_for("tickets.show_form", key=key))


@tickets.post("/new/<key>/draft/discard", allow=SUBMITTER)
def discard_draft(key: str) -> ResponseReturnValue:
    """Forgets what was kept; the form is empty again."""
    session, actor = db.session(), current_actor()
    _type(session, actor, key)
    drafts.discard_draft(session, actor, drafts.of_ticket_type(key))
    return htmx.go(url_for("tickets.show_form", key=key))


def _type(session: Session, actor: Actor, key: str) -> tuple[Workflow, TicketType]:
    version, _number = submittable_type(session, actor, key)
    return version.workflow, version.workflow.tickets[key]


def _form(session: Session, actor: Actor, workflow: Workflow, ticket_type: TicketType) -> Form:
    return build_form(
        workflow.fields,
        ticket_type.fields,
        ticket_type.optional_fields,
        ticket_type.edit_layout,
        {},
        users=people_for(session, workflow.fields, ticket_type.fields),
        zone=ZoneInfo(actor.time_zone),
    )


def _page(ticket_type: TicketType, form: Form, status: int = 200, draft: KeptDraft | None = None) -> Response:
    page = render_template(
        "tickets/form.html",
        ticket_type=ticket_type,
        form=form,
        draft=draft,
        key=new_key(),
        has_errors=bool(form.problems),
    )
    return htmx.vary(make_response(page, status))


def _found_at(made: int | None) -> str:
    return url_for("tickets.show", ticket_id=made) if made else url_for("tickets.show_mine")
