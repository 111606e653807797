"""What can go wrong with the embedded PostgreSQL server."""

from __future__ import annotations


class EmbeddedServerError(Exception):
    """The embedded PostgreSQL server can't be used; the message says why and what to do next."""
