"""The area's blueprint, who may call what in it, and its place in the navigation."""

from __future__ import annotations

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from ticketflower.engine.words import SystemRole
from ticketflower.web.application import Destination, TicketFlower

work = Blueprint("work", __name__, url_prefix="/tasks")

WORKER = SystemRole.TASK_WORKER
ADMIN = SystemRole.TICKET_ADMIN
#: Who may see one or the other task: also a submitter, who may have taken an offer. Which one, the queries decide.
READERS = (SystemRole.USER, SystemRole.TASK_WORKER, SystemRole.TICKET_ADMIN)


@work.record_once
def set_up(state: BlueprintSetupState) -> None:
    """Workers find their tasks in the navigation."""
    app = state.app
    assert isinstance(app, TicketFlower)
    app.add_destination(Destination("tasks", "work.show_list", "My tasks", "tasks", order=10))
