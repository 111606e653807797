"""The area's blueprint, and its places in the navigation."""

from __future__ import annotations

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from ticketflower.blueprints.wording.of_errors import title_of_code
from ticketflower.engine.words import SystemRole
from ticketflower.web.application import Destination, TicketFlower

desk = Blueprint("desk", __name__)

ADMIN = SystemRole.TICKET_ADMIN


@desk.record_once
def set_up(state: BlueprintSetupState) -> None:
    """Ticket admins find errors and all tickets in the navigation; any template may name an error's code."""
    app = state.app
    assert isinstance(app, TicketFlower)
    app.add_destination(Destination("errors", "desk.show_errors", "Errors", "alert", order=40))
    app.add_destination(Destination("board", "desk.show_tickets", "All tickets", "board", order=50))
    app.jinja_env.globals["code_title"] = title_of_code
