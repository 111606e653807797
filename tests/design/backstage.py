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

IMPORT = '{%- import "_macros.html" as ui with context -%}'
PAGES = {
    "_row.html": '<li class="row" id="task-{{ n }}" data-key="{{ n }}">'
    '<a class="row__title" id="task-{{ n }}-link" href="/">Task {{ n }}</a></li>',
    "_queue.html": IMPORT + '<section id="queue" {{ ui.live("/queue") }}>'
    '<ul class="rows" id="queue-rows" data-live-list data-noun="task" data-nouns="tasks">'
    '{% for n in tasks %}{% include "_row.html" %}{% endfor %}</ul>'
    '{{ ui.empty_state("No tasks", "They appear here.", live=true) }}</section>',
    "queue.html": '{% extends "base.html" %}'
    + IMPORT
    + "{% block title %}Queue{% endblock %}"
    + '{% block main %}<h1>Queue</h1><p id="aside">Beside</p>{% include "_queue.html" %}{% endblock %}'
    + "{% block scripts %}{{ ui.list_scripts() }}{% endblock %}",
    "form.html": '{% extends "base.html" %}'
    + IMPORT
    + """{% block title %}Form{% endblock %}{% block main %}<h1>Form</h1>
    <form class="form" id="form" method="post" action="/post" data-draft="/draft" data-values='{"amount": 5}'>
      <fieldset class="field" data-field="approved" data-type="boolean"><legend>Approved?</legend>
        <div class="choices">
        <div class="choice">
          <input type="radio" id="yes" name="f-approved" value="true"><label for="yes">Yes</label></div>
        <div class="choice">
          <input type="radio" id="no" name="f-approved" value="false"><label for="no">No</label></div>
        </div></fieldset>
      <div class="field" data-field="kind" data-type="string"><label for="kind">Kind</label>
        <select id="kind" name="f-kind">
          <option value="">None</option><option value="b" selected>Big</option></select></div>
      <div class="field" data-field="price" data-type="number"><label for="price">Price</label>
        <input id="price" name="f-price" value="1.234,50"></div>
      <div class="field" data-field="lines" data-type="array"><label for="lines">Lines</label>
        <textarea id="lines" name="f-lines">
x
 y </textarea></div>
      <div class="field" data-field="reason" data-type="string" data-visible-when="{{ condition }}">
        <label class="field__label" for="f-reason">Reason</label>
        <span class="field__hint field__when" id="when">Only when Approved is No</span>
        <input id="f-reason" name="f-reason"></div>
      <p class="draft" role="status" data-draft-status></p>
      <button class="button button--primary" id="send" type="submit">Send</button>
      <button class="button" type="button" data-copy-form="#form">Copy what I typed</button>
    </form>
    <form id="swap" method="post" action="/post" hx-post="/answer" hx-target="#place" hx-swap="innerHTML">
      <button id="swap-button" type="submit">Ask</button></form>
    <div id="place">Before</div>{% endblock %}{% block scripts %}{{ ui.form_scripts() }}{% endblock %}""",
}


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
    app = stage(PAGES)
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
