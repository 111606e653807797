"""The area's blueprint, and its place in the navigation."""

from __future__ import annotations

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from ticketflower.engine.words import SystemRole
from ticketflower.web.application import Destination, TicketFlower

design = Blueprint("design", __name__, url_prefix="/workflows")

CREATOR = SystemRole.WORKFLOW_CREATOR
READERS = (SystemRole.WORKFLOW_CREATOR, SystemRole.TICKET_ADMIN)


@design.record_once
def set_up(state: BlueprintSetupState) -> None:
    """Workflows stand in the navigation of who may read them."""
    app = state.app
    assert isinstance(app, TicketFlower)
    app.add_destination(Destination("definitions", "design.show_list", "Workflows", "flow", order=60))
