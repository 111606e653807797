"""Tickets: submit, list, read, correct, hold, resume, cancel, advance, take an offer."""

from __future__ import annotations

from typing import Any

from ticketflower.blueprints.api import shapes
from ticketflower.blueprints.api.answers import paged
from ticketflower.blueprints.api.blueprint import operations
from ticketflower.blueprints.api.bodies import Body
from ticketflower.blueprints.api.operations import Call
from ticketflower.blueprints.api.parameters import PAGING, switch, text, words
from ticketflower.blueprints.api.tasks import task_after
from ticketflower.engine.words import SystemRole
from ticketflower.queries import history, ticket_lists
from ticketflower.queries import tickets as ticket_queries
from ticketflower.queries.definitions import submittable_types
from ticketflower.queries.paging import Page, page_of, text_after
from ticketflower.services import tickets as services

Json = Any
USER, WORKER, ADMIN = SystemRole.USER, SystemRole.TASK_WORKER, SystemRole.TICKET_ADMIN
TEXT = {"type": "string"}

NEW_TICKET = Body(
    "NewTicket",
    {"ticket_type": {**TEXT, "title": "Ticket type"}, "data": {"title": "Data"}},
    example={"ticket_type": "purchase-request", "data": {"item": "A desk", "amount": 420, "requester": "Bob"}},
)
CORRECTION = Body(
    "Correction",
    {"data": {"title": "Data"}, "reason": {**TEXT, "title": "Reason"}},
    example={"data": {"amount": 380}, "reason": "The offer was lower"},
)
REASON = Body("Reason", {"reason": {**TEXT, "title": "Reason"}}, frozenset({"reason"}), required=False)
OFFER = Body("Offer", {"key": {**TEXT, "title": "Key"}}, example={"key": "withdraw"})


def ticket_after(call: Call, made: int | None) -> Json:
    """The ticket as it is after a change."""
    number = call.place.get("ticket_id", made)
    return shapes.ticket(ticket_queries.ticket_view(call.session, call.actor, number, call.now))


@operations.reads("/ticket-types", tag="Tickets", allow=USER, gives="TicketTypes", query=PAGING)
def list_ticket_types(call: Call) -> Json:
    """List the ticket types that you may submit.

    Each with the JSON Schema of its form. In the order of their keys.
    """
    after = text_after("ticket-types", call.query.get("cursor"))
    limit = call.query.get("limit", 25)
    types = sorted(submittable_types(call.session, call.actor), key=lambda each: each.ticket_type.key)
    behind = [each for each in types if after is None or each.ticket_type.key > after]
    page: Page[Any] = page_of("ticket-types", behind[: limit + 1], limit, lambda each: each.ticket_type.key)
    return paged(page, shapes.ticket_type)


@operations.changes(
    "/tickets",
    tag="Tickets",
    allow=USER,
    gives="Ticket",
    status=201,
    body=NEW_TICKET,
    shows=ticket_after,
    makes=True,
    found_at="/tickets/{}",
    can=(404,),
)
def submit_ticket(call: Call) -> int:
    """Submit a ticket.

    The ticket is kept before anything else happens; then its workflow begins. 404: you may submit no such type.
    """
    body = call.body
    return services.submit_ticket(call.session, call.actor, body["ticket_type"], body["data"], call.now, also=call.also)


@operations.reads(
    "/tickets",
    tag="Tickets",
    allow=(USER, ADMIN),
    gives="Tickets",
    query=(
        words("status", "`active`, `archive` (COMPLETED and CANCELLED), or one status.", ticket_lists.STATUSES),
        text("type", "A ticket type's key."),
        text("q", "A ticket's number, or words that stand in what was submitted or in the type's title."),
        switch("mine", "Only the tickets that you submitted."),
        *PAGING,
    ),
)
def list_tickets(call: Call) -> Json:
    """List tickets, the newest first.

    A user sees their own, a ticket_admin all of the company's.
    """
    query = dict(call.query)
    page = ticket_lists.list_tickets(call.session, call.actor, type_key=query.pop("type", None), **query)
    return paged(page, shapes.ticket_row)


@operations.reads("/tickets/<number:ticket_id>", tag="Tickets", allow=(USER, WORKER, ADMIN), gives="Ticket")
def show_ticket(call: Call) -> Json:
    """Read a ticket.

    For its submitter, ticket admins, and the workers of its tasks, who see the fields of their tasks only.
    """
    return ticket_after(call, None)


@operations.changes(
    "/tickets/<number:ticket_id>/tasks",
    tag="Tickets",
    allow=(USER, WORKER, ADMIN),
    gives="Task",
    status=201,
    body=OFFER,
    shows=task_after,
    makes=True,
    found_at="/tasks/{}",
    can=(409,),
)
def take_offer(call: Call) -> int:
    """Take an offer: an on-demand task starts, assigned to you."""
    return services.take_offer(
        call.session, call.actor, call.place["ticket_id"], call.body["key"], call.now, also=call.also
    )


@operations.changes(
    "/tickets/<number:ticket_id>/fields",
    tag="Tickets",
    allow=ADMIN,
    gives="Ticket",
    body=CORRECTION,
    shows=ticket_after,
    can=(409,),
)
def correct_fields(call: Call) -> None:
    """Correct fields of a running ticket: an iteration of its own."""
    body = call.body
    services.correct_fields(call.session, call.actor, call.place["ticket_id"], body["data"], body["reason"], call.now)


@operations.reads(
    "/tickets/<number:ticket_id>/iterations",
    tag="Tickets",
    allow=(USER, ADMIN),
    gives="Iterations",
    query=(switch("data", "Add the whole workspace after each iteration."), *PAGING),
)
def list_iterations(call: Call) -> Json:
    """List a ticket's iterations, from 0 on.

    For its submitter and ticket admins.
    """
    query = dict(call.query)
    page = history.iterations(
        call.session, call.actor, call.place["ticket_id"], with_data=query.pop("data", False), **query
    )
    return paged(page, shapes.iteration)


@operations.reads("/tickets/<number:ticket_id>/log", tag="Tickets", allow=ADMIN, gives="Log", query=PAGING)
def list_log(call: Call) -> Json:
    """List what happened to a ticket, from the beginning.

    Started, skipped (with the values that made it so), completed, assigned, withdrawn and the like.
    """
    return paged(history.log(call.session, call.actor, call.place["ticket_id"], **call.query), shapes.log_line)


@operations.changes(
    "/tickets/<number:ticket_id>/cancel",
    tag="Tickets",
    allow=(USER, ADMIN),
    gives="Ticket",
    body=REASON,
    shows=ticket_after,
    can=(409,),
)
def cancel_ticket(call: Call) -> None:
    """Cancel a ticket.

    For its submitter and ticket admins: its active tasks are cancelled.
    """
    services.cancel_ticket(call.session, call.actor, call.place["ticket_id"], call.body.get("reason"), call.now)


@operations.changes(
    "/tickets/<number:ticket_id>/hold",
    tag="Tickets",
    allow=ADMIN,
    gives="Ticket",
    body=REASON,
    shows=ticket_after,
    can=(409,),
)
def hold_ticket(call: Call) -> None:
    """Put a ticket on hold: nothing is folded in until it is resumed."""
    services.hold_ticket(call.session, call.actor, call.place["ticket_id"], call.body.get("reason"), call.now)


@operations.changes(
    "/tickets/<number:ticket_id>/resume",
    tag="Tickets",
    allow=ADMIN,
    gives="Ticket",
    body=REASON,
    shows=ticket_after,
    can=(409,),
)
def resume_ticket(call: Call) -> None:
    """Resume a ticket that is on hold: what was kept is folded in now."""
    services.resume_ticket(call.session, call.actor, call.place["ticket_id"], call.body.get("reason"), call.now)


@operations.changes(
    "/tickets/<number:ticket_id>/advance",
    tag="Tickets",
    allow=ADMIN,
    gives="Ticket",
    body=REASON,
    shows=ticket_after,
    can=(409,),
)
def advance_ticket(call: Call) -> None:
    """Run the engine again for a ticket.

    Without anything that waits it changes nothing.
    """
    services.advance_ticket(call.session, call.actor, call.place["ticket_id"], call.now)
