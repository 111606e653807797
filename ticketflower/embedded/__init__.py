"""The PostgreSQL server that comes with TicketFlower, for those who have none: ``start(instance_dir)``."""

from __future__ import annotations

from ticketflower.embedded.errors import EmbeddedServerError
from ticketflower.embedded.launcher import Server, start, throwaway

__all__ = ["EmbeddedServerError", "Server", "start", "throwaway"]
