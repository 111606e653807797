"""The error desk: what needs an admin, and one error's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from ticketflower.actor import Actor
from ticketflower.blueprints import htmx
from ticketflower.blueprints.asking import form_for
from ticketflower.blueprints.desk.blueprint import ADMIN, desk
from ticketflower.blueprints.wording.of_errors import KINDS, part_at_fault, title_of_code
from ticketflower.db import db
from ticketflower.forms import Form, Shown, display_values
from ticketflower.live.fragments import fragment
from ticketflower.live.topics import list_address, live_address
from ticketflower.queries.conflicts import Side, sides_of
from ticketflower.queries.error_tries import Tries, tries_of
from ticketflower.queries.errors import Clash, ErrorRow, ErrorView, error_view, list_errors
from ticketflower.queries.subjects import subjects_of_tickets
from ticketflower.web.identity import current_actor

NOTES = {"type": "string", "format": "textarea", "title": "Notes"}
OPEN = "open"
TABS = {OPEN: "Open", "NEW": "New", "REVIEWED": "Reviewed", "RESOLVED": "Resolved"}


@dataclass(frozen=True, slots=True)
class ErrorList:
    """One page of the desk's list; ``subjects`` says what each ticket is about, by its number."""

    errors: Sequence[ErrorRow]
    subjects: dict[int, str]
    status: str
    next_url: str | None
    first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """One error's page.

    Args:
        title: what it is called; ``kind`` on which part of the way it arose.
        part: the part of the definition at fault, as the document names it.
        clashes: for a write conflict, each field with both values; ``theirs`` and ``ours`` say whose they are.
        tries: what was tried about it.
    """

    view: ErrorView
    title: str
    kind: str
    part: str | None
    clashes: Sequence[tuple[str, Shown, Shown, Side]]
    ours: Side | None
    tries: Tries


@desk.get("/errors", allow=ADMIN)
def show_errors() -> ResponseReturnValue:
    """The errors with the status that is asked for: by default those that are open."""
    found = _list(db.session(), current_actor(), request.args)
    return htmx.page_or_fragment(
        "desk/errors.html",
        "desk/_errors.html",
        list=found,
        tabs=TABS,
        live_url=list_address("errors", request.query_string, live=found.first),
    )


@desk.get("/errors/<int:error_id>", allow=ADMIN)
def show_error(error_id: int) -> ResponseReturnValue:
    """One error with what may be done about it."""
    session, actor = db.session(), current_actor()
    if htmx.wants_fragment():
        return htmx.page_or_fragment("desk/error.html", "desk/_error.html", page=page_of(session, actor, error_id))
    return answer(session, actor, error_id, form_for({"notes": NOTES}))


@fragment("errors", topics=["errors"], target="#errors", roles=[ADMIN])
def errors_now(session: Session, actor: Actor, view: MultiDict[str, str]) -> str:
    """The list once more, after an error came up or was answered."""
    return render_template("desk/_errors.html", list=_list(session, actor, view))


@fragment("error", topics=["errors"], target="#error-{id}", roles=[ADMIN], check=error_view)
def error_now(session: Session, actor: Actor, error_id: int) -> str:
    """The error once more; the form with the answers stands beside it and is left alone."""
    return render_template("desk/_error.html", page=page_of(session, actor, error_id))


def answer(session: Session, actor: Actor, error_id: int, form: Form, status: int = 200) -> Response:
    """The whole page, with the notes that were typed."""
    html = render_template(
        "desk/error.html",
        page=page_of(session, actor, error_id),
        form=form,
        has_errors=bool(form.problems),
        live_url=live_address(f"error:{error_id}"),
    )
    return htmx.vary(make_response(html, status))


def page_of(session: Session, actor: Actor, error_id: int) -> ErrorPage:
    """The page of an error."""
    view = error_view(session, actor, error_id)
    row, conflict = view.row, view.conflict or {}
    sides = sides_of(session, row, conflict)
    return ErrorPage(
        view=view,
        title=title_of_code(row.code),
        kind=KINDS[row.error_type],
        part=part_at_fault(row.error_message, row.task_key),
        clashes=[
            (name, *_both(actor, view, name, clash), sides.theirs[clash.iteration]) for name, clash in conflict.items()
        ],
        ours=sides.ours,
        tries=tries_of(session, row),
    )


def _both(actor: Actor, view: ErrorView, name: str, clash: Clash) -> tuple[Shown, Shown]:
    """Both values of a field, in words."""
    fields = view.version.workflow.fields
    theirs, ours = (
        display_values(fields, [name], None, {name: value}, users=view.people, zone=ZoneInfo(actor.time_zone))[0]
        for value in (clash.theirs, clash.ours)
    )
    return theirs, ours


def _list(session: Session, actor: Actor, view: MultiDict[str, str]) -> ErrorList:
    status = view.get("status") or OPEN
    page = list_errors(session, actor, status=status, cursor=view.get("cursor"))
    further = url_for("desk.show_errors", status=status, cursor=page.next) if page.next else None
    subjects = subjects_of_tickets(session, {error.ticket_id for error in page.items})
    return ErrorList(page.items, subjects, status, further, "cursor" not in view)
