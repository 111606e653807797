"""What is told before the server stops: live pages close with 1012, so that they come back (ux.md, Live 3 and 7)."""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Flask

AT_SHUTDOWN = "ticketflower_at_shutdown"
log = logging.getLogger(__name__)


def at_shutdown(app: Flask, close: Callable[[], object]) -> None:
    """Have ``close`` called when the web process is told to stop, in a thread of its own; it must not block for long.

    Args:
        app: the application of this process.
        close: for example the hub's "close every socket with 1012".
    """
    app.extensions.setdefault(AT_SHUTDOWN, []).append(close)


def close_live_pages(app: Flask) -> None:
    """Call what ``at_shutdown`` was given, each one whatever happens to the others."""
    for close in app.extensions.get(AT_SHUTDOWN, ()):
        try:
            close()
        except Exception:
            log.exception("Closing live pages failed; they come back by themselves when their connection is gone.")
