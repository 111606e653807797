"""The area's blueprint, who may call what in it, and its places in the navigation."""

from __future__ import annotations

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from ticketflower.engine.words import SystemRole
from ticketflower.web.application import Destination, TicketFlower

tickets = Blueprint("tickets", __name__, url_prefix="/tickets")

SUBMITTER = SystemRole.USER
ADMIN = SystemRole.TICKET_ADMIN
#: Who may see one or the other ticket; which one, the queries decide.
READERS = (SystemRole.USER, SystemRole.TASK_WORKER, SystemRole.TICKET_ADMIN)


@tickets.record_once
def set_up(state: BlueprintSetupState) -> None:
    """Submitters find their tickets and the way to a new one in the navigation."""
    app = state.app
    assert isinstance(app, TicketFlower)
    app.add_destination(Destination("my-tickets", "tickets.show_mine", "My tickets", "ticket", order=20))
    app.add_destination(Destination("submit", "tickets.show_types", "New ticket", "plus", order=30))
