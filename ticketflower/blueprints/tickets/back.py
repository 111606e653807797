"""The list that a ticket's pages belong to, for one reader: the navigation marks it, and a link leads back."""

from __future__ import annotations

from ticketflower.actor import Actor
from ticketflower.blueprints.tickets.blueprint import ADMIN, SUBMITTER
from ticketflower.engine.words import SystemRole
from ticketflower.web.application import Destination, this_app


def list_of(actor: Actor, submitter_id: int) -> Destination:
    """Where the reader finds a ticket of this submitter: among their own, else by their strongest role."""
    if submitter_id == actor.user_id and actor.has(SUBMITTER):
        key = "my-tickets"
    elif actor.has(ADMIN):
        key = "board"
    else:
        key = "tasks" if actor.has(SystemRole.TASK_WORKER) else "home"
    return this_app().destinations[key]
