"""The server where gunicorn doesn't run (Windows): Werkzeug's, with threads and without its debugger."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from config import Config
from ticketflower.serving.shutdown import close_live_pages


class QuietHandler(WSGIRequestHandler):
    """Doesn't print a line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: the application logs what matters."""


def serve(config: Config, make_app: Callable[[], Flask], when_ready: Callable[[], None]) -> None:
    """Serve until Ctrl-C."""
    app = make_app()
    server = make_server(config.HOST.strip("[]"), config.PORT, app, threaded=True, request_handler=QuietHandler)
    server.daemon_threads = True  # type: ignore[attr-defined]  # make_server's threaded server is a ThreadingMixIn
    when_ready()
    try:
        server.serve_forever()
    finally:
        close_live_pages(app)
        server.server_close()
