"""The stage with a server behind it: pages with a live list and a form, a socket, and doors that a test can shut."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR
from typing import Any

from flask import Flask, Response, make_response, redirect, render_template, request
from flask_sock import Sock
from werkzeug.serving import make_server

from tests.design.stage import stage
from ticketflower.blueprints import htmx


class Backstage:
    """What the page cannot see: the tasks, what was posted, the open sockets, and how the server answers."""

    def __init__(self) -> None:
        self.tasks = [10, 20, 30]
        self.posts: list[dict[str, str]] = []
        self.drafts: list[dict[str, str]] = []
        self.tokens: list[str | None] = []
        self.fetched = 0
        self.handshakes = 0
        self.walled = False
        self.condition = '{"==": [{"var": "approved"}, false]}'
        self.answer: Any = ("After", 200)
        self.gate = threading.Event()
        self.gate.set()
        self._sockets: set[queue.Queue[Any]] = set()

    @property
    def connected(self) -> bool:
        """Whether a socket is open."""
        return bool(self._sockets)

    def push(self, html: str) -> None:
        """Send a message to each open socket."""
        for socket in list(self._sockets):
            socket.put(html)

    def close(self, code: int) -> None:
        """Close each open socket with a code."""
        for socket in list(self._sockets):
            socket.put(code)

    def hold(self, socket: Any) -> None:
        """Serve one socket until a code comes."""
        messages: queue.Queue[Any] = queue.Queue()
        self._sockets.add(messages)
        try:
            while not isinstance(message := messages.get(), int):
                socket.send(message)
            socket.close(message)
            # The development server writes an HTTP answer behind the close frame, and the browser would see code 1006.
            socket.thread.join(5)
            with suppress(OSError):
                request.environ["werkzeug.socket"].shutdown(SHUT_RDWR)
        finally:
            self._sockets.discard(messages)


def app_of(behind: Backstage) -> Flask:
    app = stage()
    sock = Sock(app)

    @app.before_request
    def door() -> tuple[str, int] | None:
        if request.path == "/live":
            behind.handshakes += 1
            if behind.walled:
                return "full", 503
        return None

    @app.get("/")
    def page() -> str:
        return render_template("queue.html", tasks=behind.tasks)

    @app.get("/queue")
    def fragment() -> Response:
        behind.fetched += 1
        return htmx.page_or_fragment("queue.html", "_queue.html", tasks=behind.tasks)

    @app.get("/form")
    def form() -> str:
        return render_template("form.html", condition=behind.condition)

    @app.get("/gate")
    def gate() -> str:
        return render_template("gate.html", viewer=None)

    @app.get("/kit")
    def kit() -> str:
        return render_template("kit.html")

    @app.get("/sign-in")
    def sign_in() -> str:
        return "<title>Sign in</title>"

    @app.post("/post")
    def post() -> Response:
        behind.posts.append(request.form.to_dict())
        behind.gate.wait(10)
        return redirect("/", 303)

    @app.post("/answer")
    def answer() -> Response:
        behind.posts.append(request.form.to_dict())
        behind.tokens.append(request.headers.get("X-CSRFToken"))
        behind.gate.wait(10)
        return htmx.say("Not now.", 403) if behind.answer == "refused" else make_response(*behind.answer)

    @app.post("/draft")
    def draft() -> tuple[str, int]:
        behind.drafts.append(request.form.to_dict())
        behind.tokens.append(request.headers.get("X-CSRFToken"))
        return "", 204

    sock.route("/live")(behind.hold)
    return app


@contextmanager
def serving(behind: Backstage) -> Iterator[str]:
    """The address of a server for this one test."""
    server = make_server("127.0.0.1", 0, app_of(behind), threaded=True)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        behind.close(1001)
        server.shutdown()
        server.server_close()
