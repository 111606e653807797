"""The HTTP API (api.md): everything that the pages can do, for programs.

``operations`` is how a call is declared; the modules named after things declare them; ``openapi`` describes them.
"""

from ticketflower.blueprints.api import descriptions, errors, people, tasks, tickets, workflows
from ticketflower.blueprints.api.blueprint import api, operations

__all__ = ["api", "descriptions", "errors", "operations", "people", "tasks", "tickets", "workflows"]
