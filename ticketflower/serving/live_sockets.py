"""WebSockets at the door of the application: how many, how they end (ux.md, Live 3 and 7)."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

RETRY_AFTER_SECONDS = "30"
FULL = b"All places for live pages are taken. The page asks again by itself.\n"
GOODBYE_MAY_TAKE_SECONDS = 2.0
GUNICORNS_SOCKET = "gunicorn.socket"


class LiveSockets:
    """WSGI middleware that keeps WebSockets from harming the rest of the process.

    Beyond ``most`` of them at once, the next gets 503 before the upgrade (its page polls instead), so that plain
    requests always find a thread. The client's offer to compress messages is taken back: simple-websocket accepts it
    without asking, and it costs about 60 KB for each socket.

    Args:
        app: the application.
        most: how many at once; 0 refuses all.
    """

    def __init__(self, app: WSGIApplication, most: int) -> None:
        self.app = app
        self.places = threading.BoundedSemaphore(most) if most else None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request; one that is a WebSocket occupies a place until it is closed."""
        if environ.get("HTTP_UPGRADE", "").lower() != "websocket":
            return self.app(environ, start_response)
        if self.places is None or not self.places.acquire(blocking=False):
            start_response(
                "503 Service Unavailable",
                [
                    ("Content-Type", "text/plain; charset=utf-8"),
                    ("Content-Length", str(len(FULL))),
                    ("Retry-After", RETRY_AFTER_SECONDS),
                ],
            )
            return [FULL]
        try:
            environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
            return _with_a_socket_of_its_own(self.app, environ, start_response)
        finally:
            self.places.release()


def _with_a_socket_of_its_own(
    app: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Give simple-websocket a duplicate of gunicorn's socket, and end it afterwards.

    simple-websocket's reader closes its socket whenever it likes. If that is gunicorn's own, gunicorn counts the
    connection down twice and soon takes a busy worker for an idle one. A reader that waits for a vanished phone would
    also keep a stopping process alive; with the connection shut down it wakes up.
    """
    gunicorns: socket.socket | None = environ.get(GUNICORNS_SOCKET)
    if gunicorns is None:
        return app(environ, start_response)
    own = environ[GUNICORNS_SOCKET] = gunicorns.dup()
    try:
        answer = app(environ, start_response)
    except StopIteration:  # so flask-sock ends a request that became a WebSocket
        _say_goodbye(own)
        raise
    except BaseException:
        own.close()
        raise
    own.close()
    return answer


def _say_goodbye(own: socket.socket) -> None:
    """Wait a moment for the other side, so that it reads our close code before the connection is gone.

    Closing is left to the reader: a socket that is closed under it does not wake it up.
    """
    with contextlib.suppress(OSError):
        own.shutdown(socket.SHUT_WR)
    deadline = time.monotonic() + GOODBYE_MAY_TAKE_SECONDS
    while own.fileno() != -1 and time.monotonic() < deadline:
        time.sleep(0.01)
    with contextlib.suppress(OSError):
        own.shutdown(socket.SHUT_RDWR)
