"""A submitter's own tickets."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from ticketflower.actor import Actor
from ticketflower.blueprints import htmx
from ticketflower.blueprints.ticket_rows import TicketList, ticket_list
from ticketflower.blueprints.tickets.blueprint import SUBMITTER, tickets
from ticketflower.db import db
from ticketflower.live.fragments import fragment
from ticketflower.live.topics import list_address
from ticketflower.web.identity import current_actor


@tickets.get("", allow=SUBMITTER)
def show_mine() -> ResponseReturnValue:
    """The tickets that the person submitted: those under way, or those that have ended."""
    found = _mine(db.session(), current_actor(), request.args)
    return htmx.page_or_fragment(
        "tickets/mine.html",
        "tickets/_mine.html",
        list=found,
        live_url=list_address("my-tickets", request.query_string, live=found.first),
    )


@fragment("my-tickets", topics=["tickets:{user}"], target="#my-tickets", roles=[SUBMITTER])
def my_tickets(session: Session, actor: Actor, view: MultiDict[str, str]) -> str:
    """The list once more, after one of the person's tickets changed."""
    return render_template("tickets/_mine.html", list=_mine(session, actor, view))


def _mine(session: Session, actor: Actor, view: MultiDict[str, str]) -> TicketList:
    return ticket_list(session, actor, view, "tickets.show_mine", mine=True)
