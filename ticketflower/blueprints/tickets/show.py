"""One ticket's page: where it stands, what was asked, what has happened, and the offers that it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ticketflower.access import LARGEST_ID, visible_ticket
from ticketflower.actor import Actor
from ticketflower.blueprints import htmx
from ticketflower.blueprints.sending import new_key, sent_once
from ticketflower.blueprints.tickets.back import list_of
from ticketflower.blueprints.tickets.blueprint import ADMIN, READERS, tickets
from ticketflower.blueprints.tickets.story import Moment, story_of
from ticketflower.blueprints.wording.of_tickets import state_of
from ticketflower.clock import utc_now
from ticketflower.db import db
from ticketflower.engine.words import ErrorStatus
from ticketflower.engine.writing import Statement
from ticketflower.forms import Shown, display_values
from ticketflower.live.fragments import fragment
from ticketflower.live.topics import live_address
from ticketflower.queries.subjects import subject_in
from ticketflower.queries.tickets import TicketErrorLine, TicketTask, TicketView, ticket_view
from ticketflower.queries.timeline import timeline
from ticketflower.services.tickets import take_offer
from ticketflower.web.application import Destination
from ticketflower.web.identity import current_actor
from ticketflower.web.viewing import belongs_to

#: Errors that another try does not mend: they are answered on the desk, or by assigning the task.
ANSWERED_ELSEWHERE = ("write_conflict", "no_worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPage:
    """What a ticket's page shows to one person.

    Args:
        subject: what the ticket is about, in a few words, or "".
        state: where it stands, one sentence.
        asked: what was submitted, as it is now; ``come_of_it`` is what has been filled in since.
        moments: what has happened, the newest first; ``before`` is where the earlier ones begin.
        latest: whether these are the newest moments, which are live.
        errors: what an admin has to look at.
        is_admin: the reader looks after tickets.
        back: the list that the reader came from.
        offer_key: the idempotency key of the offers' buttons.
    """

    ticket: TicketView
    subject: str
    state: str
    asked: Sequence[Shown]
    come_of_it: Sequence[Shown]
    moments: Sequence[Moment]
    before: int | None
    latest: bool
    errors: Sequence[TicketErrorLine]
    is_admin: bool
    back: Destination
    offer_key: str

    @property
    def is_stuck(self) -> bool:
        """Whether running the engine again may help: nobody is at work, or something failed that no answer mends."""
        return not self.ticket.waits_for or any(error.code not in ANSWERED_ELSEWHERE for error in self.errors)

    def may_open(self, task: TicketTask) -> bool:
        """Whether the reader may look at a task of the ticket."""
        return self.is_admin or task.mine or task.claimable

    def openable(self, task_id: int | None) -> bool:
        """Whether the reader may look at the task with this number."""
        return any(task.id == task_id and self.may_open(task) for task in self.ticket.tasks)


@tickets.get("/<int:ticket_id>", allow=READERS)
def show(ticket_id: int) -> ResponseReturnValue:
    """The page; ``?before=`` shows what happened before a line of the log."""
    before = request.args.get("before", type=int)
    before = before if before is not None and 0 < before <= LARGEST_ID else None
    page = _page(db.session(), current_actor(), ticket_id, utc_now(), before)
    belongs_to(page.back)
    return htmx.page_or_fragment(
        "tickets/show.html",
        "tickets/_ticket.html",
        page=page,
        live_url=live_address(f"ticket:{ticket_id}") if page.latest else live_address(),
    )


@fragment("ticket", topics=["ticket:{id}"], target="#ticket-{id}", roles=READERS, check=visible_ticket)
def ticket_now(session: Session, actor: Actor, ticket_id: int) -> str:
    """The ticket once more, after something happened to it."""
    return render_template("tickets/_ticket.html", page=_page(session, actor, ticket_id, utc_now()))


@tickets.post("/<int:ticket_id>/offers/<key>", allow=READERS)
def take(ticket_id: int, key: str) -> ResponseReturnValue:
    """Takes an offer: the task starts, and its page is next."""
    session, actor, now = db.session(), current_actor(), utc_now()

    def act(also: Sequence[Statement]) -> str:
        task_id = take_offer(session, actor, ticket_id, key, now, also)
        flash("The task is yours. Nothing has happened yet: fill it in and complete it.", "success")
        return url_for("work.show", task_id=task_id)

    def found_at(made: int | None) -> str:
        return url_for("work.show", task_id=made) if made else url_for("tickets.show", ticket_id=ticket_id)

    return htmx.go(sent_once(actor, now, act, found_at))


def _page(session: Session, actor: Actor, ticket_id: int, now: datetime, before: int | None = None) -> TicketPage:
    ticket = ticket_view(session, actor, ticket_id, now)
    log = timeline(session, actor, ticket, before)
    workflow = ticket.version.workflow
    asked, others = _fields(ticket)
    admin = actor.has(ADMIN)
    return TicketPage(
        ticket=ticket,
        subject=subject_in(workflow.fields, asked, ticket.data),
        state=state_of(ticket, log.lines),
        asked=_shown(actor, ticket, asked, workflow.tickets[ticket.ticket_type].display_layout),
        come_of_it=_shown(actor, ticket, others, workflow.display_layout),
        moments=story_of(log.lines, workflow, log.people),
        before=log.before,
        latest=before is None,
        errors=[each for each in ticket.errors if each.error_status != ErrorStatus.RESOLVED] if admin else [],
        is_admin=admin,
        back=list_of(actor, ticket.created_by.id),
        offer_key=new_key(),
    )


def _fields(ticket: TicketView) -> tuple[list[str], list[str]]:
    """The fields that were submitted, and the others that have been written; of both only what the reader may see."""
    submitted = ticket.version.workflow.tickets[ticket.ticket_type].fields
    asked = [name for name in submitted if name in ticket.fields]
    others = [name for name in ticket.fields if name in ticket.data and name not in submitted]
    return asked, others


def _shown(actor: Actor, ticket: TicketView, fields: Sequence[str], layout: object) -> list[Shown]:
    return display_values(
        ticket.version.workflow.fields,
        fields,
        layout if isinstance(layout, dict) else None,
        ticket.data,
        users=ticket.people,
        zone=ZoneInfo(actor.time_zone),
    )
