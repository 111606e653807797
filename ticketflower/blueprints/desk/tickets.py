"""All tickets of the company, for those who look after them."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from ticketflower.actor import Actor
from ticketflower.blueprints import htmx
from ticketflower.blueprints.desk.blueprint import ADMIN, desk
from ticketflower.blueprints.ticket_rows import TicketList, ticket_list
from ticketflower.db import db
from ticketflower.live.fragments import fragment
from ticketflower.live.topics import list_address
from ticketflower.queries.ticket_types import ticket_types
from ticketflower.web.identity import current_actor


@desk.get("/tickets/all", allow=ADMIN)
def show_tickets() -> ResponseReturnValue:
    """The company's tickets: those under way or those that have ended, by status, type and words."""
    session, actor = db.session(), current_actor()
    found = _all(session, actor, request.args)
    live = list_address("all-tickets", request.query_string, live=found.first)
    if htmx.wants_fragment():
        return htmx.page_or_fragment("desk/tickets.html", "desk/_tickets.html", list=found)
    types = ticket_types(session)
    return render_template("desk/tickets.html", list=found, types=types, live_url=live)


@fragment("all-tickets", topics=["board"], target="#all-tickets", roles=[ADMIN])
def all_tickets(session: Session, actor: Actor, view: MultiDict[str, str]) -> str:
    """The list once more, after a ticket changed."""
    return render_template("desk/_tickets.html", list=_all(session, actor, view))


def _all(session: Session, actor: Actor, view: MultiDict[str, str]) -> TicketList:
    return ticket_list(session, actor, view, "desk.show_tickets")
